"""How fast Spark reads X12 and links on one machine: python -m bench.spark, with the extra `spark` and Java.

A file of claims is read as the table `claims`, and facts as `bench.sets` makes them are linked. Seconds are by the clock.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from bench.claims import write_claims
from bench.sets import make


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.spark", description="How fast Spark reads claims and links them.")
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--authorizations", type=int, default=10_000)
    parser.add_argument("--master", default="local[2]")
    options = parser.parse_args()
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    with tempfile.TemporaryDirectory(prefix="edi-spark-") as name:
        folder = Path(name)
        write_claims(folder / "claims.837", claims=options.claims)
        make(folder / "facts", options.claims, options.authorizations)
        _measure(folder, options.master, options.claims)
    return 0


def _measure(folder: Path, master: str, claims: int) -> None:
    from pyspark.sql import SparkSession

    from edi.jobs.spark import X12DataSource, link

    print(f"| {master} | claims | seconds | claims a second |\n|---|--:|--:|--:|")
    began = time.perf_counter()
    builder = SparkSession.builder.master(master).config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
    spark = builder.config("spark.local.dir", str(folder / "spark")).config("spark.sql.shuffle.partitions", "4").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.dataSource.register(X12DataSource)
    spark.sql("select 1").collect()
    began = _tell("Spark's start", 0, began)
    read = spark.read.format("x12").option("table", "claims").load(str(folder / "claims.837"))
    (row,) = read.selectExpr("count(*) as claims", "sum(charge)").collect()
    began = _tell("the table `claims`, counted and summed", row.claims, began)
    verdicts = link(spark, str(folder / "facts")).groupBy("verdict").count().collect()
    _tell("`link`, by verdict", sum(each["count"] for each in verdicts), began)
    spark.stop()
    print()
    print(", ".join(f"{each.verdict} {each['count']:,}" for each in sorted(verdicts, key=lambda each: -each["count"])))


def _tell(what: str, claims: int, began: float) -> float:
    now = time.perf_counter()
    rate = f"{claims / (now - began):,.0f}" if claims else ""
    print(f"| {what} | {f'{claims:,}' if claims else ''} | {now - began:,.1f} | {rate} |", flush=True)
    return now


if __name__ == "__main__":
    sys.exit(main())

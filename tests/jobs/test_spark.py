"""Spark reads what the library reads, and links as it links; with real executors, where PySpark and Java are."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import edi
from edi.jobs.tables import problem_rows

pytest.importorskip("pyspark", reason='PySpark is not installed: pip install "edi-authlink[spark]"')
if shutil.which("java") is None:
    pytest.skip("Spark needs Java, and none is here", allow_module_level=True)

STORY = Path(__file__).parents[2] / "testdata" / "story"
pytestmark = pytest.mark.filterwarnings("ignore")  # Spark's own


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    from edi.jobs.spark import X12DataSource

    root = str(Path(edi.__file__).parents[1])
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("PYSPARK_PYTHON", sys.executable)
        changed.setenv("PYTHONPATH", os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]))
        local = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.driver.host": "127.0.0.1"}
        builder = SparkSession.builder.master("local[2]").config("spark.local.dir", str(tmp_path_factory.mktemp("spark")))
        for name, value in local.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.dataSource.register(X12DataSource)
        yield session
        session.stop()


@pytest.mark.parametrize(
    ("table", "pattern"),
    [
        ("claims", "claims/batch.837"),
        ("lines", "claims/*.837"),
        ("payments", "remittances/batch.835"),
        ("adjustments", "remittances/batch.835"),
        ("findings", "remittances/batch.835"),
        ("authorizations", "responses/*.278"),
        ("services", "responses/*.278"),
    ],
)
def test_it_reads_what_slices_say(spark: Any, table: str, pattern: str) -> None:
    read = spark.read.format("x12").option("table", table).option("size", "2000").load(str(STORY / pattern))
    expected = [row for path in sorted(STORY.glob(pattern)) for one in edi.plan_slices(path) for row in edi.tables(one)[table]]
    assert sorted(map(repr, map(tuple, read.collect()))) == sorted(map(repr, expected))
    assert expected


def test_it_says_which_files_are_cut_off(spark: Any, tmp_path: Path) -> None:
    whole = (STORY / "claims/batch.837").read_bytes()
    (tmp_path / "whole.837").write_bytes(whole)
    cut = tmp_path / "cut.837"
    cut.write_bytes(whole[: whole.rindex(b"CLM*")])
    read = spark.read.format("x12").option("table", "problems").option("size", "2000").load(str(tmp_path / "*.837"))
    expected = [row for one in edi.plan_slices(cut, 2000) for row in problem_rows(one)]
    assert [tuple(row) for row in read.collect()] == expected
    assert len(expected) == 1


def test_it_links_as_the_library_links(spark: Any, tmp_path: Path) -> None:
    from edi.jobs.spark import link
    from edi.jobs.worlds.making import make

    make(tmp_path, seed=4, size=200)
    answers = sorted([*tmp_path.glob("requests/*.278"), *tmp_path.glob("responses/*.278")])
    held = edi.joined([record for path in answers for record in edi.read_authorizations(path)])
    edi.write_authorization_facts(held, tmp_path / "facts")
    usage, expected = edi.Usage(), []
    for path in sorted(tmp_path.glob("claims/*.837")):
        for one in edi.plan_slices(path):
            edi.write_claim_facts(one, tmp_path / "facts")
        for row in edi.link(list(edi.read_claims(path)), held, usage=usage).claims:
            expected.append((str(path), row.offset, row.line, row.verdict.value, row.authorization, row.placement, row.amount))
    rows = link(spark, str(tmp_path / "facts")).collect()
    found = [(r.file, r["offset"], r.line, r.verdict, r.authorization, r.placement, r.amount) for r in rows]
    assert len(found) == len(expected)
    assert set(found) == set(expected)
    assert sum(row.clear for row in rows) > 30


def test_a_table_that_there_is_not_is_said(spark: Any) -> None:
    with pytest.raises(Exception, match="There is no table claim; there are claims, lines, payments"):
        spark.read.format("x12").option("table", "claim").load(str(STORY / "claims/batch.837")).collect()

"""X12 as a data source of Spark, and the set-based join there; the only module that imports PySpark.

    from edi.jobs.spark import X12DataSource, link

    spark.dataSource.register(X12DataSource)
    spark.read.format("x12").option("table", "claims").load("inbox/*.837")
    link(spark, "facts").show()

A partition is a slice (`edi.jobs.slices`), so one large file is read by all executors. They need this package and its extra
`spark`; the driver's Python is told to them by PYSPARK_PYTHON.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

from edi.errors import EdiError
from edi.jobs.facts import FACTS, from_text
from edi.jobs.join import STEPS, TOLD
from edi.jobs.sets import decided
from edi.jobs.slices import SIZE, Slice, plan_slices
from edi.jobs.tables import BY_NAME, PROBLEMS, problem_rows, tables
from edi.linkage.usage import Usage
from edi.records.authorization import Authorization
from edi.records.claim import Claim
from edi.records.columns import DATE, FLAG, INTEGER, MOMENT, PLACES, TEXT, Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["X12DataSource", "link"]

_TYPES: Final = {INTEGER: "bigint", TEXT: "string", FLAG: "boolean", DATE: "date", MOMENT: "timestamp"} | {
    type: f"decimal({digits},{places})" for type, (digits, places) in PLACES.items()
}
_BY_NAME: Final = {**BY_NAME, PROBLEMS.name: PROBLEMS}
_FUNCTIONS: Final = (
    "create or replace temporary function has_all(words array<string>, wanted array<string>) returns boolean"
    " return size(array_except(wanted, words)) = 0",
    "create or replace temporary function has_any(words array<string>, wanted array<string>) returns boolean"
    " return arrays_overlap(words, wanted)",
    "create or replace temporary function days_between(later date, earlier date) returns int return datediff(later, earlier)",
    "create or replace temporary function octets(word string) returns int return octet_length(word)",
)
_ID: Final = "shiftleft(cast(f.number as bigint), 40) + x.`offset` as claim_id"
_VIEWS: Final = {
    "all_claims": f"select {_ID}, x.`offset` as place, x.* except (`offset`) from claims x join files f using (file)",
    "claim_lines": f"select {_ID}, x.* except (file, `offset`) from lines x join files f using (file)",
    "claim_keys": f"select {_ID}, x.kind, x.key from keys x join files f using (file)",
}
_TOLD: Final = (
    "file string, `offset` bigint, claim string, payer string, line string, verdict string, authorization string,"
    " written boolean, placement string, amount decimal(12,2), clear boolean"
)


class X12DataSource(DataSource):  # type: ignore[misc]  # PySpark is not installed where types are checked
    """Files of X12 as one of the tables of `edi.jobs.tables`, of which `problems` says what was not read whole.

    Options: `path` (what `load` is given: a name or a pattern), `table` (default: claims), `size` (bytes of a slice, about).
    """

    @classmethod
    def name(cls) -> str:
        """What `format` is given."""
        return "x12"

    def schema(self) -> str:
        """The columns of the table."""
        return ", ".join(f"`{field.name}` {_TYPES[field.type]}" for field in self._table.fields)

    def reader(self, schema: Any) -> DataSourceReader:
        """What reads the slices."""
        return _Reader(self._table.name, self.options.get("path", ""), int(self.options.get("size", SIZE)))

    @property
    def _table(self) -> Table:
        name = self.options.get("table", "claims")
        if name not in _BY_NAME:
            raise EdiError(f"There is no table {name}; there are {', '.join(_BY_NAME)}.")
        return _BY_NAME[name]


class _Part(InputPartition):  # type: ignore[misc]  # as above
    """A slice as a partition."""

    def __init__(self, one: Slice) -> None:
        super().__init__(one.name)
        self.one = one


class _Reader(DataSourceReader):  # type: ignore[misc]  # as above
    def __init__(self, table: str, pattern: str, size: int) -> None:
        self._table, self._pattern, self._size = table, pattern, size

    def partitions(self) -> list[_Part]:
        """The slices of all files."""
        pattern = Path(self._pattern)
        found = sorted(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor))))
        return [_Part(one) for path in found or [pattern] for one in plan_slices(path, self._size)]

    def read(self, partition: _Part) -> Iterator[tuple[Any, ...]]:
        """The rows of a slice."""
        yield from problem_rows(partition.one) if self._table == PROBLEMS.name else tables(partition.one)[self._table]


def link(spark: SparkSession, folder: str) -> DataFrame:
    """What the facts in a folder come to, as `edi.link_sets` says it: the join is done by the executors, the rest by the driver.

    The rest needs an order, and its claims with their candidates are held in the driver's memory.
    """
    for statement in _FUNCTIONS:
        spark.sql(statement)
    for table in FACTS:
        spark.read.parquet(f"{folder}/{table.name}").createOrReplaceTempView(table.name)
    numbered = "select file, row_number() over (order by file) as number from (select distinct file from claims)"
    spark.sql(numbered).createOrReplaceTempView("files")
    for name, view in _VIEWS.items():
        spark.sql(view).createOrReplaceTempView(name)
    for name, select in STEPS.items():  # each done once: Spark would plan what is named twice twice, and that many times over
        spark.sql(select).localCheckpoint().createOrReplaceTempView(name)
    spark.sql(TOLD).localCheckpoint().createOrReplaceTempView("clear")
    clear = spark.sql(
        "select c.file, c.place as `offset`, c.claim, c.payer, l.number as line, x.verdict, x.number as authorization, x.written,"
        " x.placement, if(x.position is null, c.amount, l.charge) as amount, true as clear"
        " from clear x join all_claims c using (claim_id)"
        " left join claim_lines l on l.claim_id = x.claim_id and l.position = x.position"
    )
    return clear.union(spark.createDataFrame(list(_rest(spark)), _TOLD))


def _rest(spark: SparkSession) -> Iterator[tuple[Any, ...]]:
    """What the library says of the claims that are not clear."""
    spark.sql("select * from all_claims left anti join clear using (claim_id)").createOrReplaceTempView("rest")
    near: dict[int, list[Authorization]] = {}
    asked = (
        "select distinct k.claim_id, a.id, r.record from rest join claim_keys k using (claim_id)"
        " join authorization_keys a using (kind, key) join authorizations r using (id) order by a.id"
    )
    known: dict[int, Authorization] = {}
    for claim_id, id, text in spark.sql(asked).collect():
        near.setdefault(claim_id, []).append(known.get(id) or known.setdefault(id, from_text(Authorization, text)))
    usage = Usage()
    rest = spark.sql("select claim_id, file, delimiters, record from rest order by claim_id")
    for claim_id, file, delimiters, text in rest.collect():
        for row in decided(file, delimiters, from_text(Claim, text), near.get(claim_id, []), usage):
            own = (row.claim, row.payer, row.line, row.verdict.value, row.authorization, row.written, row.placement, row.amount)
            yield row.file, row.offset, *own, row.clear

"""Tables as files for other programs to calculate with: Parquet, and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO, Final

from edi.errors import EdiError
from edi.records.columns import DATE, FLAG, INTEGER, MOMENT, PLACES, TEXT, Table
from edi.reports.columns import safe

__all__ = ["WRITERS", "write_csv", "write_parquet"]

Rows = Sequence[tuple[Any, ...]]


def write_csv(file: BinaryIO, table: Table, batches: Iterable[Rows]) -> int:
    """A table as CSV (UTF-8, commas, a head); how many rows. What is absent is empty; moments are in UTC; texts are `safe`."""
    text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in table.fields])
    count = 0
    for batch in batches:
        writer.writerows([_written(value) for value in row] for row in batch)
        count += len(batch)
    text.detach()
    return count


def _written(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else "" if value is None else safe(value)


def _array(made: Callable[..., Any], column: Sequence[Any], kind: Any) -> Any:
    """A column; bytes of a file's name that are no text are written as escapes, as in CSV."""
    try:
        return made(column, kind)
    except UnicodeEncodeError:
        return made(
            [each.encode("utf-8", "backslashreplace").decode() if isinstance(each, str) else each for each in column], kind
        )


def write_parquet(file: BinaryIO, table: Table, batches: Iterable[Rows]) -> int:
    """A table as Parquet (zstd); how many rows. Each column's meaning stands in its metadata.

    Raises EdiError where pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise EdiError('Parquet needs its library: pip install "edi-authlink[parquet]"; or --format csv.') from error
    types = {
        INTEGER: pyarrow.int64(),
        TEXT: pyarrow.string(),
        FLAG: pyarrow.bool_(),
        DATE: pyarrow.date32(),
        MOMENT: pyarrow.timestamp("us", tz="UTC"),
        **{kind: pyarrow.decimal128(*places) for kind, places in PLACES.items()},
    }
    columns = [
        pyarrow.field(f.name, types[f.type], f.name not in table.key or f.type == TEXT, {"description": f.said})
        for f in table.fields
    ]
    schema = pyarrow.schema(columns, {"description": table.said})
    count = 0
    with pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in filter(None, batches):
            arrays = [_array(pyarrow.array, *each) for each in zip(zip(*batch, strict=True), schema.types, strict=True)]
            writer.write_batch(pyarrow.record_batch(arrays, schema=schema))
            count += len(batch)
    return count


WRITERS: Final[dict[str, Callable[[BinaryIO, Table, Iterable[Rows]], int]]] = {"parquet": write_parquet, "csv": write_csv}
"""By format, which is the end of the file's name too."""

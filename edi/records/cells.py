"""Tables as spreadsheets save them (CSV): rows by the names in the header, days as people write them, what is wrong where."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from edi.errors import RecordError

_AMERICAN: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_FIRST_ROW: Final = 2
"""The spreadsheet's own number of the row below the header."""
Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row (the header is 1), and in which column; the value is not repeated."""

    row: int
    column: str
    message: str

    def to_json(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "message": self.message}


class WrongCell(Exception):  # noqa: N818 - not an error of the program: it becomes a RowProblem
    """A cell that cannot be read."""

    def __init__(self, column: str, message: str) -> None:
        self.column, self.message = column, message


def rows_in(
    data: bytes, columns: Sequence[str], needed: Sequence[str] = (), *, others: bool = False
) -> tuple[list[tuple[int, Cells]], list[RowProblem]]:
    """The rows of a CSV file with their numbers, each by the names in its header, and what is wrong with them or the header.

    A RecordError where the header lacks a column that is `needed`. With `others` columns that are not known are nothing wrong.
    """
    rows = _rows(data)
    names = [name.strip().lower().replace(" ", "_") for name in rows[0]] if rows else []
    if missing := [name for name in needed if name not in names]:
        raise RecordError(f"The first row must be the header, and it has no column {' and no column '.join(missing)}.")
    odd = [] if others else [name for name in names if name not in columns]
    problems = [RowProblem(1, name, "there is no such column; it is passed over") for name in odd]
    problems += [RowProblem(1, name, "stands twice") for name in columns if names.count(name) > 1]
    found: list[tuple[int, Cells]] = []
    for row, values in enumerate(rows[1:], _FIRST_ROW):
        if not any(value.strip() for value in values):
            continue
        if len(values) > len(names) and any(value.strip() for value in values[len(names) :]):
            problems.append(RowProblem(row, "", "has more cells than the header"))
        else:
            found.append((row, dict(zip(names, (value.strip() for value in values), strict=False))))
    return found, problems


def day_in(said: str) -> date:
    """2026-03-09, or as American spreadsheets have it, 3/9/2026. A RecordError where it is no day."""
    found = _AMERICAN.fullmatch(said)
    try:
        if found:
            return date(int(found[3]), int(found[1]), int(found[2]))
        if len(said) == len("2026-03-09"):
            return date.fromisoformat(said)
    except ValueError:
        pass
    raise RecordError("must be a date, such as 2026-03-09 or 3/9/2026.")


def _rows(data: bytes) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(io.StringIO(_text(data), newline=""), delimiter=_delimiter(data)))
    except csv.Error as error:
        what = f"a cell of more than {csv.field_size_limit():,} characters; a quotation mark may not be closed"
        raise RecordError(f"Row {len(rows) + 1} has {what}.") from error
    return rows


def _text(data: bytes) -> str:
    """UTF-8, else as older spreadsheets save it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _delimiter(data: bytes) -> str:
    """What divides the cells of the header: some countries' spreadsheets write semicolons, some people copy with tabs."""
    head = data.partition(b"\n")[0]
    return max(",;\t", key=lambda mark: head.count(mark.encode()))

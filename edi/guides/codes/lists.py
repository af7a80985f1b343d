"""Code lists from edi/x12/codes.tsv and edi/x12/codes/*.tsv: look up a code on a date, say what it means.

A list whose codes are here is a list of its time: what it does not have may be newer. So a code that is not in it makes a
warning, which says of when the list is. A list under licence is only a shape, until a file of the user's takes its place:

    code,start,stop,description
    197,2006-10-31,,authorization absent

Divided by commas or tabs; the first line may name the columns, in any order; dates are 2006-10-31, 20061031 or 10/31/2006, "?"
one that is not known; the day of a stop is the last on which a code is good. Lines that begin with # are remarks, in which "As of
2026-11-01" dates the list.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from edi import resources
from edi.errors import ERROR, WARNING, DefinitionError, SourceError

Period = tuple[dt.date, dt.date]
"""The first day and the last."""

ALWAYS: Final[Period] = (dt.date.min, dt.date.max)
LISTS: Final = "x12/codes.tsv"
NONE: Final = "-"
UNKNOWN_DATE: Final = "?"
COLUMNS: Final = ("code", "start", "stop", "description")

_AS_OF: Final = re.compile(r"\bAs of (\d{4}-\d{2}-\d{2})")
_DATE: Final = (
    re.compile(r"(?P<y>\d{4})-?(?P<m>\d{2})-?(?P<d>\d{2})\Z"),
    re.compile(r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})\Z"),
)


class Code(NamedTuple):
    """What a list says of a code: the first and the last day on which it is good, and what it means, in our words."""

    start: dt.date | None = None
    stop: dt.date | None = None
    description: str = ""
    ended: bool = False
    """Whether it has a last day, be that known or not."""


class Contents(NamedTuple):
    """What a list's file says: its codes, of when they are, and its remarks."""

    codes: Mapping[str, Code]
    as_of: str
    head: str


class CodeList:
    """A code list: how it is called, what shape its codes have, and, where they are here, the codes.

    The codes are read when they are first asked for.
    """

    def __init__(self, row: Mapping[str, str], file: Path | None = None) -> None:
        self.name, self.label, self.severity = row["name"], row["label"], row["severity"]
        self.shape, self.looks = re.compile(row["shape"]), row["looks"]
        self.source = row["source"]
        self.answer = row["dated"] == "answer"
        """Whether a payer says these codes, on a day after that of service."""
        self.file = file
        self.period: Period = (_day(row["from"]) or dt.date.min, _day(row["until"]) or dt.date.max)
        self.row = row
        """What the table of lists says of it."""
        self.newer = row["newer"]
        """The shape of codes that are newer than the list; "" for a list that has all."""
        self._contents: Contents | None = None
        self._read = False

    def replaced(self, file: Path) -> CodeList:
        """The list with the codes of a file of the user's, all of which are read now; DefinitionError says what is wrong."""
        other = CodeList({**self.row, "newer": ""}, file)
        other._contents, other._read = _read(file), True
        return other

    @property
    def contents(self) -> Contents | None:
        """The codes with their date and remarks; None for a list that is only a shape."""
        if not self._read:
            if self.file is not None:
                self._contents = _read(self.file)
            elif self.name == "ICD-10-CM":
                self._contents = _icd10cm()
            self._read = True
        return self._contents

    @property
    def codes(self) -> Mapping[str, Code] | None:
        """The codes; None for a list that is only a shape."""
        contents = self.contents
        return contents.codes if contents else None

    @property
    def when(self) -> str:
        """Of when the list is, for a message: "as of 2026-11-24", "of FILE"."""
        contents = self.contents
        if contents is None:
            return "by shape"
        return f"as of {contents.as_of}" if contents.as_of else f"of {self.file.name}" if self.file else ""

    def wrong(self, code: str, on: dt.date | None = None) -> str:
        """Why a code is not good: "shape", "unknown", "check-digit", or on a day "early", "ended"; "" for a good one."""
        codes = self.codes
        if codes is None or code not in codes:
            if not self.shape.fullmatch(code):
                return "shape"
            if codes is not None and not (self.newer and re.fullmatch(self.newer, code)):
                return "unknown"
            if self.name == "NPI" and not npi(code):
                return "check-digit"
        if on is None:
            return ""
        first, last = self.period_of(code)
        return "early" if on < first else "ended" if on > last else ""

    def period_of(self, code: str) -> Period:
        """The days on which a code is good, as far as they are known."""
        first, last = self.period
        entry = self.codes.get(code) if self.codes else None
        return (max(first, entry.start or first), min(last, entry.stop or last)) if entry else self.period

    def near(self, code: str) -> list[str]:
        """Codes of the list that go on from one that is none of them, or else look like it."""
        codes = self.codes or ()
        longer = [each for each in codes if each.startswith(code)] if code else []
        return longer[:3] or get_close_matches(code.upper(), codes, n=3, cutoff=0.5)


def npi(number: str) -> bool:
    """Whether the check digit of a national provider identifier is right: Luhn's, over 80840 and the number (45 CFR 162.406)."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = (2 * digit for digit in digits[1::2])
    return (24 + sum(digits[::2]) + sum(digit - 9 if digit > 9 else digit for digit in doubled)) % 10 == 0


@cache
def code_lists() -> Mapping[str, CodeList]:
    """The lists that are shipped, by name, in the order of their table."""
    rows = list(_rows(resources.definition(LISTS)))
    names = rows[0][1]
    lists = {}
    for number, row in rows[1:]:
        if len(row) != len(names):
            raise DefinitionError(f"expected {len(names)} columns divided by tabs", LISTS, number, 1, "\t".join(row))
        each = dict(zip(names, row, strict=True))
        if each["severity"] not in (ERROR, WARNING):
            raise DefinitionError(f"a severity is {ERROR} or {WARNING}", LISTS, number, 1, "\t".join(row))
        lists[each["name"]] = CodeList(each, resources.code_list(each["name"]))
    return MappingProxyType(lists)


def with_files(files: Mapping[str, Path | str]) -> Mapping[str, CodeList]:
    """The shipped lists, with files of the user's in the place of some: {"CARC": "carc-2026.csv"}; the name in any case.

    DefinitionError for a list that there is not, or a file that is broken; SourceError for one that cannot be read.
    """
    lists = dict(code_lists())
    for name, file in files.items():
        lists[find(name).name] = find(name).replaced(Path(file))
    return MappingProxyType(lists)


def find(name: str, lists: Mapping[str, CodeList] | None = None) -> CodeList:
    """A list by its name, in any case; DefinitionError names those that look like it."""
    lists = lists or code_lists()
    found = lists.get(name.upper())
    if found is None:
        near = get_close_matches(name.upper(), lists, n=3) or lists
        raise DefinitionError(f"there is no such code list; there is {', '.join(near)}", name)
    return found


def _read(file: Path) -> Contents:
    """The codes of a file, divided by commas or tabs."""
    codes: dict[str, Code] = {}
    lines: dict[str, int] = {}
    columns: tuple[str, ...] = COLUMNS
    head = _remarks(file)
    for number, row in _rows(file):
        if not lines and "code" in map(str.lower, row):
            columns = tuple(name.lower() for name in row)
            continue
        cells = dict(zip(columns, row, strict=False))
        code = cells.get("code", "")
        if not code:
            raise DefinitionError("expected a code", str(file), number)
        if code in lines:
            raise DefinitionError(f"{code} stands on line {lines[code]} already", str(file), number)
        lines[code] = number
        start, stop = (_dated(cells.get(name, ""), file, number) for name in ("start", "stop"))
        if start and stop and stop < start:
            raise DefinitionError(f"{code} stops before it starts", str(file), number)
        codes[code] = Code(start, stop, cells.get("description", ""), ended=bool(cells.get("stop")))
    if not codes:
        raise DefinitionError("there is no code in this file", str(file))
    dated = _AS_OF.search(head)
    return Contents(MappingProxyType(codes), dated[1] if dated else "", head)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DefinitionError(
            "is not UTF-8 text; save it as such", str(file), error.object[: error.start].count(b"\n") + 1
        ) from error
    except OSError as error:
        raise SourceError(f"{file}: {error.strerror}.") from error


def _remarks(file: Path) -> str:
    """The lines that begin with #, but for the one that names the columns."""
    return " ".join(line.lstrip("# ") for line in _text(file).splitlines() if line.startswith("#") and "\t" not in line)


def _rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table with their numbers of line, the names of the columns too; a cell of "-" is empty."""
    lines = [
        (number, line.removeprefix("#"))
        for number, line in enumerate(_text(file).splitlines(), 1)
        if line.strip() and (not line.startswith("#") or "\t" in line)
    ]
    tab = bool(lines) and "\t" in lines[0][1]
    for number, line in lines:
        try:
            cells = line.split("\t") if tab else next(csv.reader([line], strict=True))
        except csv.Error as error:
            raise DefinitionError(f"expected values divided by commas ({error})", str(file), number, 1, line) from error
        yield number, ["" if cell.strip() == NONE else cell.strip() for cell in cells]


def _dated(text: str, file: Path, number: int) -> dt.date | None:
    try:
        return _day(text)
    except ValueError as error:
        raise DefinitionError(f"{text!r} is no date", str(file), number) from error


def _day(text: str) -> dt.date | None:
    """A day; None where there is none or it is not known."""
    if text in ("", UNKNOWN_DATE):
        return None
    for form in _DATE:
        if found := form.match(text):
            return dt.date(int(found["y"]), int(found["m"]), int(found["d"]))
    raise ValueError(text)


def _icd10cm() -> Contents | None:
    """ICD-10-CM from the package simple-icd-10-cm, without importing it; None where it is not installed.

    Its file lists chapters, blocks, categories and codes in the order of the tree, without dots: a code can be billed when the
    line after it does not go on from it.
    """
    file = resources.icd10cm()
    if file is None:
        return None
    lines = [line for line in file.read_text(encoding="ascii").split() if len(line) > 2 and "-" not in line]
    codes = dict.fromkeys((code for code, after in pairwise([*lines, ""]) if not after.startswith(code)), Code())
    release = " ".join(file.stem.removeprefix("code-list-").split("-"))
    return Contents(
        MappingProxyType(codes), release, f"ICD-10-CM by simple-icd-10-cm, release of {release}. NCHS, public domain."
    )

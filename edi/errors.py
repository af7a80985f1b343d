"""Errors stop the program; problems describe a document.

    EdiError                    what every caller may catch: one clear sentence, exit code 2
    ├── SourceError             a file or stream that cannot be opened or read
    ├── CannotWriteError        an output that cannot be written or put in its place
    ├── DefinitionError         a guide, rules file or code list of ours (or the user's) that is broken
    ├── PathError               a path into a document that cannot be read, or names nothing that is needed
    ├── RecordError             a record that cannot be written as X12 or kept, or JSON that is not a record
    │   ├── UnfitNumberError    a number that its file cannot hold anywhere
    │   ├── NoRoomError         the guide has no room for one number more there
    │   └── OtherNumberError    another number stands there, and is not to be replaced
    ├── ComparisonError         pyx12 cannot judge a file
    └── LedgerError             the ledger cannot be reached, or refuses a change
        └── RefusedError        it refuses what was to be kept or looked for, by what that is: other things it goes on to take

Those that are not here stand with what raises them.

A `Problem` is never raised. It is a value that every reader and judge returns beside its result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final

ERROR: Final = "error"
WARNING: Final = "warning"
INFO: Final = "info"


class EdiError(Exception):
    """Something stops the program. `str(error)` is one sentence for a person, free of PHI."""


class SourceError(EdiError):
    """A file or stream cannot be opened or read."""


class RecordError(EdiError):
    """A record cannot be written as X12 or kept, or JSON is not the record that it should be."""


class LedgerError(EdiError):
    """The ledger cannot be reached, or refuses a change."""


class RefusedError(LedgerError):
    """The ledger refuses what was to be kept or looked for, by what that is: other things it goes on to take."""


_SHOWN: Final = 130
"""Characters of a broken line that are shown."""


class DefinitionError(EdiError):
    """A definition file is broken: where (file, line, column, all counted from 1), and what was expected there."""

    def __init__(self, message: str, path: str, line: int = 0, column: int = 0, text: str = "") -> None:
        self.message, self.path, self.line, self.column, self.text = message, path, line, column, text
        super().__init__(self._sentence())

    def __reduce__(self) -> tuple[type[DefinitionError], tuple[str, str, int, int, str]]:
        """What another process makes it of: `args` have the sentence alone."""
        return type(self), (self.message, self.path, self.line, self.column, self.text)

    def _sentence(self) -> str:
        place = ":".join([self.path, *(str(n) for n in (self.line, self.column) if n)])
        if not self.text:
            return f"{place}: {self.message}"
        begin = max(0, self.column - _SHOWN // 2) if len(self.text) > _SHOWN else 0  # a file may be one long line
        caret = " " * max(self.column - 1 - begin, 0) + "^"
        return f"{place}: {self.message}\n    {self.text[begin : begin + _SHOWN]}\n    {caret}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a document, and where.

    `position` counts the segments of the transaction set from ST = 1, and is None outside of it; `element` counts from 1 and is
    None for a fault of the whole segment; `offset` is in bytes from the start of the source. `value` is what was found, as text;
    it may be PHI, so reports show it only where they are asked to. `x12` holds the codes that an acknowledgment would carry, by
    acknowledgment: {"999": "IK304=8 IK403=7"}; for a situation also what called for it,
    CTX=segment/position/element-component/loop.
    """

    code: str
    message: str
    severity: str = ERROR
    level: int = 1
    interchange: str | None = None
    group: str | None = None
    transaction: str | None = None
    claim: str | None = None
    loop: str | None = None
    segment: str | None = None
    position: int | None = None
    element: int | None = None
    component: int | None = None
    repetition: int | None = None
    offset: int | None = None
    value: str | None = None
    x12: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)  # a dict has no hash

    def __reduce__(self) -> tuple[Callable[..., Problem], tuple[Any, ...]]:  # a view of a dict cannot be pickled
        return _problem, (*(getattr(self, each) for each in _FIELDS), dict(self.x12))


_FIELDS: Final = tuple(each.name for each in fields(Problem) if each.name != "x12")


def _problem(*values: Any) -> Problem:
    *plain, x12 = values
    return Problem(**dict(zip(_FIELDS, plain, strict=True)), x12=MappingProxyType(x12))

"""The files that a run works off, each taken when it is asked for, in the order in which they are decided about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from edi.errors import EdiError
from edi.guides.selection import Asked
from edi.jobs.batch.inbox import Inbox
from edi.jobs.batch.judged import Found, found
from edi.jobs.batch.partners import PartnerTerms
from edi.jobs.batch.prepared import ahead
from edi.jobs.validating import Also
from edi.ledger.survey import InterchangeFound

_ORDER: Final = (b"278", b"837", b"835")
_SET: Final = re.compile(rb"\WST\W(\d{3})\W")
_HEAD: Final = 2048


class Judging(Protocol):
    """By what terms files are judged."""

    @property
    def others(self) -> PartnerTerms:
        """Those for what is no partner's."""

    def terms(self, interchanges: Sequence[InterchangeFound]) -> PartnerTerms:
        """Those for a file."""


class Taken:
    """The files that this run works off, each taken when it is asked for. It may be gone through more than once."""

    def __init__(
        self, inbox: Inbox, names: Sequence[str], old: Sequence[Path], settings: Judging, stop: Callable[[], bool]
    ) -> None:
        self._inbox, self._settings, self._stop = inbox, settings, stop
        waiting = [*((name, None) for name in names), *((path.name, path) for path in old)]
        self._next = iter(sorted(waiting, key=lambda one: (_rank(one[1] or inbox.folder / one[0]), one[0])))
        self._paths: list[Path] = []
        self._found: dict[str, Found | EdiError] = {}
        self._begun: set[str] = set()

    def __iter__(self) -> Iterator[str]:
        at = 0
        while at < len(self._paths) or self._take():
            yield str(self._paths[at])
            at += 1

    def asked(self, source: str) -> Asked:
        """What a file is judged by."""
        one = self._found[source]
        return one.terms.asked if isinstance(one, Found) else self._settings.others.asked

    def also(self, source: str) -> Also | None:
        """What is made of a file beside."""
        one = self._found[source]
        return ahead(one) if isinstance(one, Found) else None

    def found(self, source: str) -> Found | EdiError:
        """What is in a file, or why it cannot be read."""
        self._begun.add(source)
        return self._found[source]

    def done(self, source: str) -> None:
        """It is worked off."""
        del self._found[source]

    def give_back(self) -> None:
        """Put back what was taken, and not begun."""
        for source in self._found.keys() - self._begun:
            self._inbox.give_back(Path(source))

    def _take(self) -> bool:
        """Take one more; whether there was one."""
        for name, there in self._next:
            if self._stop():
                return False
            path = there or self._inbox.take(name)
            if path is None:
                continue
            self._paths.append(path)
            try:
                self._found[str(path)] = found(path, self._settings.terms)
            except EdiError as error:
                self._found[str(path)] = error
            return True
        return False


def _rank(path: Path) -> int:
    """What comes first of files that lie in an inbox together: authorizations, claims, then what answers these."""
    try:
        with path.open("rb") as file:
            set = _SET.search(file.read(_HEAD))
    except OSError:  # somebody took it, or it cannot be read
        return len(_ORDER)
    return _ORDER.index(set[1]) if set and set[1] in _ORDER else len(_ORDER)

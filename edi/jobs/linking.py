"""The claims of a file linked on several cores: other processes read its parts and decide, here it is put together and written.

They read the ledger for themselves. What cannot be done that way (a process died) is done here, as with one core, so that the
result is the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from edi.guides.document import Take, Unit
from edi.jobs.slices import Slice, plan_slices, units_of
from edi.jobs.workers import Asked, asking
from edi.ledger.part_worker import Decider, within_reach
from edi.linkage.file_part import DecidedPart
from edi.linkage.identity import NO_ALIASES
from edi.linkage.whole_file import AskParts
from edi.speed import at_hand
from edi.text.segments import Source

SIZE: Final = 640 << 10
"""Bytes of a part, about: a thousand claims."""
_AHEAD: Final = 5
"""So many parts are given away before the first of them is waited for."""


class _Told(NamedTuple):
    """What a process decides by."""

    url: str
    rules: tuple[str, ...]
    replace: bool
    chosen: tuple[tuple[str, str], ...]
    brief: bool


@dataclass(frozen=True, slots=True)
class PendingPart:
    """A part of a file, and what waits for the answer about it."""

    slice: Slice
    answer: Callable[[], DecidedPart | None]

    @property
    def start(self) -> int:
        return self.slice.start

    @property
    def stop(self) -> int:
        return self.slice.stop

    @property
    def last(self) -> bool:
        return self.slice.last

    def units(self, take: Take | None = None) -> Iterator[Unit]:
        return units_of(self.slice, take)


@contextmanager
def deciding(
    url: str,
    rules: Sequence[str | Path] = (),
    *,
    replace: bool = False,
    chosen: Mapping[str, str] = NO_ALIASES,
    brief: bool = False,
    jobs: int = 1,
) -> Iterator[AskParts | None]:
    """So many processes that decide for `Ledger.link` or `Ledger.check`, by what these are told too; None for one alone.

    One alone decides about parts, too, where the compiled linker can: that takes many claims in a row. To be asked before the
    ledger is opened: a process must not come by an open connection.
    """
    if jobs < 2 or not within_reach(url):
        yield _Parts(_alone, elsewhere=False) if brief and at_hand() is not None else None
        return
    with asking(jobs) as ask:
        told = _Told(url, tuple(map(str, rules)), replace, tuple(chosen.items()), brief)
        yield _Parts(partial(_given, ask, told), elsewhere=True)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of files, each with what waits for its answer."""

    given: Callable[[Iterable[Slice]], Iterator[PendingPart]]
    elsewhere: bool

    def __call__(self, source: Source) -> Iterable[PendingPart] | None:
        if not isinstance(source, str | Path) or not Path(source).is_file():
            return None
        slices = plan_slices(source, SIZE)
        first = next(slices, None)
        return None if first is None else self.given(chain([first], slices))


def _alone(slices: Iterable[Slice]) -> Iterator[PendingPart]:
    return (PendingPart(one, lambda: None) for one in slices)


def _given(ask: Asked, told: _Told, slices: Iterable[Slice]) -> Iterator[PendingPart]:
    waiting: deque[PendingPart] = deque()
    for one in slices:
        waiting.append(PendingPart(one, ask(_answer, told, one)))
        if len(waiting) > _AHEAD:
            yield waiting.popleft()
    yield from waiting


def _answer(told: _Told, one: Slice) -> DecidedPart | None:
    return _decider(told)(partial(units_of, one), last=one.last)


@cache
def _decider(told: _Told) -> Decider:
    """That of this process, kept for its next part."""
    return Decider(told.url, told.rules, replace=told.replace, chosen=dict(told.chosen), brief=told.brief)

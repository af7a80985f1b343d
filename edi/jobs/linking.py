"""The claims of a file linked on several cores: it is read and written here, and other processes decide.

They read the ledger for themselves. What cannot be done that way (a process died) is done here, as with one core, so that the
result is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from edi.guides.packing import Packed
from edi.jobs.asking import asking
from edi.ledger.elsewhere import Decider, within_reach
from edi.linkage.elsewhere import Answer, Ask


class _Told(NamedTuple):
    """What a process decides by."""

    url: str
    rules: tuple[str, ...]
    replace: bool
    brief: bool


@contextmanager
def deciding(
    url: str, rules: Sequence[str | Path] = (), *, replace: bool = False, brief: bool = False, jobs: int = 1
) -> Iterator[Ask | None]:
    """So many processes that decide for `Ledger.link` of a ledger, by what that is told too; None for one alone.

    To be asked before the ledger is opened: a process must not come by an open connection.
    """
    if jobs < 2 or not within_reach(url):
        yield None
        return
    with asking(jobs) as ask:
        yield partial(ask, _answer, _Told(url, tuple(map(str, rules)), replace, brief))


def _answer(told: _Told, packed: Packed) -> Answer:
    return _decider(told)(packed)


@cache
def _decider(told: _Told) -> Decider:
    """That of this process, kept for its next batch."""
    return Decider(told.url, told.rules, replace=told.replace, brief=told.brief)

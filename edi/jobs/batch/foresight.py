"""Has another process decide what becomes of files of claims, while this one is at the files before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TypeAlias

from edi.jobs.batch.judged import MOST, Found, Judged
from edi.jobs.batch.prepared import Prepared
from edi.jobs.workers import Asked, asking
from edi.ledger.foreseeing import Foreseer, Order
from edi.ledger.part_worker import within_reach

Waiting: TypeAlias = Callable[[], bytes | None]
"""What was foreseen of a file, once it is there; None: nothing."""


def unforeseen() -> None:
    """Of a file that nobody was asked about."""


class Foresight:
    """Asks about files as they come, in their order."""

    def __init__(self, ask: Asked, url: str) -> None:
        self._ask, self._url = ask, url

    def of(self, file: Found, number: int, kept: int) -> Waiting:
        """What is foreseen of a file by its number; the ledger has kept what those below `kept` came to."""
        return self._ask(_foreseen, self._url, Order(number, kept, file.path, tuple(map(str, file.terms.rules)), MOST))

    def close(self) -> None:
        """Have the ledger closed there, before it is closed here."""
        self._ask(_let_go, self._url)()


@contextmanager
def foresight(url: str, jobs: int) -> Iterator[Foresight | None]:
    """Of a ledger; None where this process is to be alone.

    To be asked before the ledger is opened: a process must not come by an open connection.
    """
    if jobs < 2 or not within_reach(url):
        yield None
        return
    with asking(1) as ask:
        yield Foresight(ask, url)


def foreseeable(file: Found, judged: Judged, ahead: Prepared) -> bool:
    """Whether a file is of claims that are linked and sent, all of them in one interchange that was read ahead."""
    return judged.valid and file.sent and file.interchanges[0].digest in ahead.read


def _foreseen(url: str, order: Order) -> bytes | None:
    return _foreseer(url)(order)


def _let_go(url: str) -> None:
    _foreseer(url).close()


@cache
def _foreseer(url: str) -> Foreseer:
    """That of this process, which remembers."""
    return Foreseer(url)

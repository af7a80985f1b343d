"""The remittances of a file matched with several cores: it is read and written here, and other processes read its payments.

They find the claims that payments are of in the ledger as it is before the file, and compare what is denied with those. What
cannot be done that way is done here, so that the result is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

from edi.jobs.workers import asking
from edi.ledger.part_worker import PaymentReader, within_reach
from edi.ledger.payments.reading import AskPayments, Order, ReadPayment


@contextmanager
def reading(url: str, rules: Sequence[str | Path] = (), *, jobs: int = 1) -> Iterator[AskPayments | None]:
    """So many processes that read payments for `Ledger.match` of a ledger, with the same `rules`; None for one alone.

    To be asked before the ledger is opened: a process must not come by an open connection.
    """
    if jobs < 2 or not within_reach(url):
        yield None
        return
    with asking(jobs) as ask:
        yield partial(ask, _rows, url, tuple(map(str, rules)))


def _rows(url: str, rules: tuple[str, ...], order: Order) -> list[ReadPayment]:
    return _reader(url, rules)(order)


@cache
def _reader(url: str, rules: tuple[str, ...]) -> PaymentReader:
    """That of this process, kept for its next batch."""
    return PaymentReader(url, rules)

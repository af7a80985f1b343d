"""Claims decided, and payments read and compared, in another process with what the ledger says, of which nothing changes.

The process that writes keeps other writers out until it has ended, so whoever reads meanwhile reads what it began with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from edi.ledger.candidates import Finder
from edi.ledger.database import Database
from edi.ledger.payments.reading import Order, ReadPayment, rows_of_order
from edi.ledger.production import alike
from edi.ledger.shares import shares
from edi.linkage.file_part import DecidedPart, Read, answer
from edi.linkage.identity import NO_ALIASES
from edi.linkage.linking import wanted_by
from edi.linkage.terms import Terms


class Decider:
    """Decides parts of files, each as if it were the file's first."""

    def __init__(
        self,
        url: str,
        rules: Sequence[str | Path] = (),
        *,
        replace: bool = False,
        chosen: Mapping[str, str] = NO_ALIASES,
        brief: bool = False,
    ) -> None:
        required, referral = wanted_by(rules)
        self._terms = Terms(replace, required=required, referral=referral, chosen=chosen, brief=brief)
        self._database = Database(url)

    def __call__(self, read: Read, *, last: bool) -> DecidedPart | None:
        """What comes of a part, behind which (`last`) nothing of its file stands."""
        with reading(self._database) as session:
            find = Finder(session, linking=True)
            found = answer(lambda take: alike(session, read(take)), find, self._terms, last=last)
            if found is None:
                return None
            used = shares(session, {int(key): find.usage.rows_of(key) for key in found.uses})
            return found._replace(shares={key: used[int(key)] for key in found.uses})


class PaymentReader:
    """Reads batches of payments, each as if it were the file's first."""

    def __init__(self, url: str, rules: Sequence[str | Path] = ()) -> None:
        self._required, _ = wanted_by(rules)
        self._database = Database(url)

    def __call__(self, order: Order) -> list[ReadPayment]:
        """The payments as they are written."""
        with reading(self._database) as session:
            return rows_of_order(session, order, self._required)


@contextmanager
def reading(database: Database) -> Iterator[Session]:
    """A session of which nothing stays open: whoever writes closes a SQLite ledger last, and then it is one file again."""
    try:
        with database.reading() as session:
            yield session
    finally:
        database.close()


def within_reach(url: str) -> bool:
    """Whether another process can open a ledger: one that is in memory is its own process's."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # opening it says so
        return False
    return parsed.get_backend_name() != "sqlite" or not (parsed.database or ":").startswith((":", "file:"))

"""The worklist of a ledger: asked for, and changed by who works through it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Final

from sqlmodel import Session

from edi.ledger import silence
from edi.ledger.database import Database
from edi.ledger.questions import USUAL
from edi.ledger.storing import Writer
from edi.ledger.work import agenda, working
from edi.ledger.work.worklist import OPEN, WORKED, WorkItem
from edi.linkage.deadlines import Deadlines

_ALL: Final = 2**31


class Work:
    """What is to be done, who does it, and what became of it (`Ledger.work`). Items are named as the list names them: W12.

    Each change is of all the items that it names, or of none; it raises LedgerError where it cannot be. `now` is the clock.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def items(
        self,
        today: date,
        *,
        owner: str | None = None,
        states: Sequence[str] = (OPEN, WORKED),
        kind: str = "",
        payer: str = "",
        due_before: date | None = None,
        expiring: int | None = None,
        deadlines: Deadlines = USUAL,
    ) -> list[WorkItem]:
        """What is to be done, by money and deadline: all that is not closed, or that for which all that is asked is so.

        Somebody has it (`owner`; "": nobody), it is in one of `states`, of a `kind`, a payer's, due before a day. `expiring`:
        also authorizations that end within so many days and are not used up. `deadlines` says by what terms payers have to
        answer requests. `page` gives the same piece by piece.
        """
        wanted = agenda.WorkQuery(
            today=today,
            owner=owner,
            states=tuple(states),
            kind=kind,
            payer=payer,
            due_before=due_before,
            expiring=expiring,
            deadlines=deadlines,
        )
        return list(self.page(wanted, limit=_ALL).items)

    def page(self, wanted: agenda.WorkQuery, *, limit: int = 100, after: str = "") -> agenda.WorkPage:
        """At most `limit` items of those that `items` would give, from the first or from behind a cursor.

        The cursor is `next` of the page before. Raises LedgerError for one that is of no such list.
        """
        with self._database.reading() as session:
            return agenda.page(session, wanted, limit=limit, after=after)

    def total(self, wanted: agenda.WorkQuery) -> agenda.WorkTotal:
        """How many items `items` would give, and the money at stake in them."""
        with self._database.reading() as session:
            return agenda.total(session, wanted)

    def show(self, item: str, *, deadlines: Deadlines = USUAL) -> working.WorkLife:
        """An item with its history. Raises LedgerError where there is none of this name."""
        with self._database.reading() as session:
            return working.life(session, item, deadlines)

    def take(self, items: Sequence[str], *, by: str, now: datetime, over: bool = False) -> None:
        """Somebody takes items on; `over`: also from who has them."""
        with self._writing(now) as (session, writer):
            working.take(session, writer, items, by=by, over=over, now=now)

    def note(self, item: str, said: str, *, by: str, now: datetime, minutes: int = 0) -> None:
        """Somebody says what was done about an item, and in how many minutes."""
        with self._writing(now) as (session, writer):
            working.note(session, writer, item, said, by=by, minutes=minutes, now=now)

    def close(self, items: Sequence[str], *, why: str, by: str, now: datetime, minutes: int = 0) -> None:
        """Somebody says that nothing is left to do about items; `minutes` are those of each."""
        with self._writing(now) as (session, writer):
            working.close(session, writer, items, why=why, by=by, minutes=minutes, now=now)

    def reopen(self, items: Sequence[str], *, by: str, now: datetime, why: str = "") -> None:
        """Somebody says that closed items are to be done after all."""
        with self._writing(now) as (session, writer):
            working.reopen(session, writer, items, why=why, by=by, now=now)

    def note_silence(self, today: date, *, now: datetime, deadlines: Deadlines = USUAL) -> None:
        """Keep as work the claims of which nothing was heard for too long as of `today`; those heard of are work no more."""
        with self._writing(now) as (session, writer):
            silence.settle_silence(session, writer, today, deadlines, now)

    @contextmanager
    def _writing(self, now: datetime) -> Iterator[tuple[Session, Writer]]:
        with self._database.writing() as session:
            yield session, Writer(session, interchange=None, now=now)

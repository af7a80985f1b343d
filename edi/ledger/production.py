"""Tests and production (ISA15) apart: a ledger keeps one of the two, whichever came first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.errors import LedgerError
from edi.guides.document import Unit
from edi.ledger.statements import ask
from edi.ledger.tables import InterchangeRow

TEST: Final = "T"
"""ISA15 of a test."""
_FIRST: Final = select(col(InterchangeRow.usage)).order_by(col(InterchangeRow.id)).limit(1)


def refusal(session: Session, control: str, usage: str) -> str:
    """Why an interchange has no place in this ledger; "" where it has one."""
    kept = ask(session, _FIRST).scalar()
    if kept is None or (kept == TEST) == (usage == TEST):
        return ""
    mine, theirs = ("a test", "production") if usage == TEST else ("production", "tests")
    return f"Interchange {control} is {mine} (ISA15), and this ledger keeps {theirs}: it needs a ledger of its own."


def alike(session: Session, units: Iterable[Unit]) -> Iterator[Unit]:
    """The units of a file whose interchanges are of the kind that the ledger keeps; LedgerError at one that is not."""
    checked = None
    for unit in units:
        isa = unit.context.isa
        if isa is not None and isa is not checked:
            checked = isa
            if why := refusal(session, isa.get(13).strip(), isa.get(15).strip()):
                raise LedgerError(why)
        yield unit

"""Whose claim a piece of work is about: a CLM01 may be that of several patients, or of several who bill."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.questions import NAMES, chunks
from edi.ledger.reading import read_as
from edi.ledger.statements import ask, one_of
from edi.ledger.tables import ClaimRow, PaymentRow
from edi.linkage.identity import Who, whose
from edi.linkage.joining import folded
from edi.records.claim import Claim

_ANSWERED: Final = (
    select(col(PaymentRow.id), col(PaymentRow.member_key), col(ClaimRow.record))
    .join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id), isouter=True)
    .where(one_of(col(PaymentRow.id), "ids"))
)


def kept(who: Who) -> str:
    """Whose a claim is, as it is kept: who bills, member, name and birth, folded, blanks between; "" where none is told."""
    biller, member, last, first, born = who
    parts = (folded(biller), folded(member), folded(f"{last}{first}"), str(born or ""))
    return " ".join(parts) if any(parts) else ""


def agree(one: str, other: str) -> bool:
    """Whether two are one's: of one who bills, and most of the rest the same, for any of it may have been mended."""
    if not one or not other:
        return True
    (biller, *person), (their_biller, *their_person) = one.split(" "), other.split(" ")
    told = [(mine, theirs) for mine, theirs in zip(person, their_person, strict=True) if mine and theirs]
    same = sum(mine == theirs for mine, theirs in told)
    return (not biller or not their_biller or biller == their_biller) and (not told or 2 * same > len(told))


def answered(session: Session, payments: Iterable[int]) -> dict[int, str]:
    """By payment whose claim it answers: as that says it, and where it was not found the member that the payment names."""
    read, found = read_as(Claim), dict[int, str]()
    for ids in chunks(sorted(payments), NAMES):
        for id, member, record in ask(session, _ANSWERED, ids=ids):
            found[id] = kept(whose(read(record)) if record else ("", member, "", "", 0))
    return found

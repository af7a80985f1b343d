"""Payments that pay a claim as it was sent, written and compared at once by the compiled judge, where that is installed.

Most payments are such. Of what it is not sure of it says nothing: `edi.ledger.payments.writing` and `.pairs` come to the same,
only slower, and come to all else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from sqlmodel import Session

from edi.guides.document import Unit
from edi.ledger.payments.pairs import sent_by_number
from edi.ledger.payments.writing import Header
from edi.ledger.storing import OF_PAYMENT
from edi.linkage.denials.kinds import never_denies
from edi.speed import at_hand
from edi.text.segments import Delimiters, decode

Paid: TypeAlias = "tuple[tuple[Any, ...], int]"
"""The columns of a payment (`edi.ledger.storing.OF_PAYMENT`), and the claim that it pays, by its id."""
_Packed: TypeAlias = tuple[bytes, int, bytes | None]
_CLAIM: Final = b"CLP"
_BEFORE: Final = OF_PAYMENT.index("claim_id")
_LONGEST: Final = 120
"""Bytes of a payment in which its number stands with what is before and behind it."""


def paid(session: Session, payments: Sequence[tuple[Unit, Header]]) -> list[Paid | None]:
    """The payments, each with what stands before it, as they are written; None of those that must be looked at otherwise."""
    write = _writer()
    if write is None:
        return [None] * len(payments)
    numbers = [_number(unit.loop.packed, unit.context.delimiters) for unit, _ in payments]
    sent = sent_by_number(session, set(filter(None, numbers)))
    found: list[Paid | None] = []
    for (unit, header), number in zip(payments, numbers, strict=True):
        of_number, packed = sent.get(number, ()), unit.loop.packed
        if len(of_number) != 1 or packed is None:
            found.append(None)
            continue
        raw, offset, behind = packed
        (id, claim), d, payer = of_number[0], unit.context.delimiters, header.transfer.payer
        about = (header.json, header.payee, payer.id, payer.name)
        row = write(raw, d.element + d.component, behind, offset, *about, claim, never_denies)
        found.append(None if row is None else ((*row[:_BEFORE], id, False, "", *row[_BEFORE:]), id))
    return found


def _writer() -> Callable[..., tuple[Any, ...] | None] | None:
    return getattr(at_hand(), "paid", None)


def _number(packed: _Packed | None, delimiters: Delimiters) -> str:
    """CLP01 of a payment whose segments all end alike; "" of others."""
    if packed is None or packed[2] is None:
        return ""
    id, number, more = (*packed[0][:_LONGEST].split(delimiters.element, 2), b"", b"")[:3]
    return decode(number) if id == _CLAIM and more else ""

"""837: one claim divided into several, each with some of its lines.

Each part is the claim once more, with its own number (CLM01), the sum of its lines (CLM02), its lines numbered from 1 (LX01) and,
where the bill states its dates (DTP*434), those of its lines. What the patient paid (AMT*F5, AMT*F3) stays with the first part.
Every other byte is the claim's; the level (HL) around it stays as it is, since a level may hold several claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from edi.guides.document import Loop, Unit
from edi.records.claim import LINE
from edi.records.services import Period
from edi.records.values import write_amount, write_date
from edi.text.segments import Segment

PATIENT_PAID: Final = ("F5", "F3")
"""AMT01 of 2300: what the patient paid (837P, 837D), or is thought to owe (837I)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a part of a claim is to be."""

    id: str
    """Its CLM01."""
    lines: tuple[int, ...]
    """Which of the claim's lines, from 0."""
    charge: Decimal
    period: Period | None = None
    """The dates of its lines, for a bill that states them."""


def divide(unit: Unit, shares: Sequence[Share]) -> list[Unit]:
    """The parts of a claim, in the order of the shares. That every line has its share, once, is the caller's business."""
    return [replace(unit, loop=_part(unit.loop, share, first=share is shares[0])) for share in shares]


def _part(claim: Loop, share: Share, *, first: bool) -> Loop:
    lines = claim.loops(LINE)
    dropped = {id(line) for n, line in enumerate(lines) if n not in share.lines}
    part = _copy(claim, None, dropped)
    clm = part.first("CLM")
    assert clm is not None
    part.replace(clm, clm.replaced(1, share.id).replaced(2, _plain(share.charge)))
    for number, line in enumerate(part.loops(LINE), 1):
        if lx := line.first("LX"):
            line.replace(lx, lx.replaced(1, str(number)))
    stated = part.first("DTP", "434")
    if stated is not None and share.period is not None:
        part.replace(stated, _dated(stated, share.period))
    for paid in () if first else part.every("AMT", *PATIENT_PAID):
        part.remove(paid)
    return part


def _copy(loop: Loop, parent: Loop | None, dropped: set[int]) -> Loop:
    """A loop with all that is in it but the loops in `dropped`; segments are never changed, so both may hold them."""
    copy = Loop(loop.id, loop.step, parent)
    for child in loop.children:
        if isinstance(child, Loop):
            if id(child) not in dropped:
                copy.children.append(_copy(child, copy, dropped))
        else:
            copy.children.append(child)
    return copy


def _dated(stated: Segment, period: Period) -> Segment:
    """DTP*434 says a range, also of one day."""
    return stated.replaced(3, f"{write_date(period.start)}-{write_date(period.end)}")


def _plain(amount: Decimal) -> str:
    """An amount without the zeros that X12 leaves out."""
    text = write_amount(amount)
    return text.rstrip("0").rstrip(".") if "." in text else text

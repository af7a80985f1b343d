"""835: payments and adjustments, read as far as they can be; what is missing or odd is a default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Final

from edi.guides.document import Loop, Unit, units
from edi.records.forms import Form, read_procedure, text
from edi.records.parties import (
    NO_PARTY,
    Party,
    Person,
    Reference,
    party_of,
    person_of,
    read_address,
    read_contact,
    read_references,
)
from edi.records.services import Period, Procedure
from edi.records.values import ZERO, read_amount, read_date
from edi.text.segments import Segment, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One triplet of a CAS: group (CO, PR, OA, PI, CR), reason (CARC), amount with its sign, units where given."""

    group: str
    reason: str
    amount: Decimal
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLine:
    """2110: one service as the payer adjudicated it."""

    ordinal: int
    """Counted from 1 in its claim."""
    control_number: str = ""
    """REF*6R: the 837's line control number, when it had one."""
    procedure: Procedure | None = None
    submitted: Procedure | None = None
    """SVC06, when the payer changed the code."""
    revenue_code: str = ""
    charge: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    units: Decimal | None = None
    period: Period | None = None
    """DTM*472 or 150/151, else the claim's 232/233."""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    """LQ*HE."""
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """2100: one claim as the payer adjudicated it, with the remittance that it stands in."""

    claim: str
    """CLP01."""
    payer_claim: str = ""
    """CLP07."""
    status: str = ""
    """CLP02: 1 2 3 primary to tertiary, 4 patient unknown, 22 reversal, 25 predetermination ..."""
    charge: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    patient_share: Decimal | None = None
    filing: str = ""
    facility: str = ""
    frequency: str = ""
    patient: Person
    insured: Person | None = None
    period: Period | None = None
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    """MIA05 and 20-23, MOA03-07."""
    references: tuple[Reference, ...] = ()
    rendering: Party | None = None
    lines: tuple[PaidLine, ...] = ()
    payer: Party
    payee: Party
    trace: str = ""
    """TRN02: the check or EFT number."""
    paid_on: date | None = None
    """BPR16."""
    produced_on: date | None = None
    """DTM*405, else BPR16."""
    transaction: str = ""
    """ST02."""
    offset: int = 0


PAYMENT: Final = "2100"
_NU: Final = "NU"
"""SVC01-1 of a line that has a revenue code and no procedure."""
_TRIPLETS: Final = range(2, 18, 3)
_MIA: Final = (5, 20, 21, 22, 23)
_MOA: Final = range(3, 8)


def read_payments(source: Source) -> Iterator[Payment]:
    """Every claim payment of a source whose guide is known; what is none is passed over."""
    return (payment_of(unit) for unit in units(source) if unit.kind == "unit" and unit.loop.id == PAYMENT)


def payment_of(unit: Unit) -> Payment:
    """The payment that a unit (2100) holds, with the remittance that it stands in."""
    loop, context = unit.loop, unit.context
    first = next(loop.walk())
    clp = loop.first("CLP") or first
    header = context.header
    bpr, trn = (header.first("BPR"), header.first("TRN")) if header else (None, None)
    paid_on = read_date(bpr.get(16)) if bpr else None
    insured, rendering = loop.first("NM1", "IL"), loop.first("NM1", "82")
    period = _period(loop, ("232", "472"), "233")
    return Payment(
        claim=clp.get(1),
        payer_claim=clp.get(7),
        status=clp.get(2),
        charge=read_amount(clp.get(3)) or ZERO,
        paid=read_amount(clp.get(4)) or ZERO,
        patient_share=read_amount(clp.get(5)),
        filing=clp.get(6),
        facility=clp.get(8),
        frequency=clp.get(9),
        patient=person_of(loop.first("NM1", "QC")),
        insured=person_of(insured) if insured else None,
        period=period,
        adjustments=_adjustments(loop),
        remarks=_remarks(loop),
        references=read_references(loop),
        rendering=party_of(rendering) if rendering else None,
        lines=tuple(_line(inner, n, period) for n, inner in enumerate(loop.loops("2110"), 1)),
        payer=_party(header, "1000A"),
        payee=_party(header, "1000B"),
        trace=trn.get(2) if trn else "",
        paid_on=paid_on,
        produced_on=(_date(header, "405") if header else None) or paid_on,
        transaction=context.st.get(2) if context.st else "",
        offset=first.offset,
    )


def _line(loop: Loop, ordinal: int, period: Period | None) -> PaidLine:
    svc = loop.first("SVC") or next(loop.walk())
    procedure = read_procedure(svc, 1)
    bare = procedure is not None and procedure.qualifier == _NU
    control = loop.first("REF", "6R")
    return PaidLine(
        ordinal=ordinal,
        control_number=control.get(2) if control else "",
        procedure=procedure,
        submitted=read_procedure(svc, 6),
        revenue_code=svc.get(4) or (procedure.code if procedure and bare else ""),
        charge=read_amount(svc.get(2)) or ZERO,
        paid=read_amount(svc.get(3)) or ZERO,
        units=read_amount(svc.get(5)),
        period=_period(loop, ("472", "150"), "151") or period,
        adjustments=_adjustments(loop),
        remarks=tuple(code for lq in loop.every("LQ", "HE") if (code := lq.get(2))),
        references=read_references(loop),
    )


def _adjustments(loop: Loop) -> tuple[Adjustment, ...]:
    """Every triplet of every CAS."""
    return tuple(chain.from_iterable(_triplets(segment) for segment in loop.every("CAS")))


def _triplets(cas: Segment) -> Iterator[Adjustment]:
    group = cas.get(1)
    for at in _TRIPLETS:
        reason, amount = cas.get(at), read_amount(cas.get(at + 1))
        if reason or amount:
            yield Adjustment(group=group, reason=reason, amount=amount or ZERO, quantity=read_amount(cas.get(at + 2)))


def _remarks(loop: Loop) -> tuple[str, ...]:
    found = [segment.get(at) for id, places in (("MIA", _MIA), ("MOA", _MOA)) for segment in loop.every(id) for at in places]
    return tuple(code for code in found if code)


def _period(loop: Loop, starts: tuple[str, ...], end: str) -> Period | None:
    """From the first of the dates that begin one to the one that ends it; where one is missing, that day alone."""
    first = next((day for code in starts if (day := _date(loop, code))), None)
    last = _date(loop, end) or first
    first = first or last
    return Period(start=first, end=last) if first and last else None


def _date(loop: Loop, code: str) -> date | None:
    segment = loop.first("DTM", code)
    return read_date(segment.get(2)) if segment else None


_N1: Final = Form("N1", role=text(1), name=text(2), id_qualifier=text(3), id=text(4))


def _party(header: Loop | None, id: str) -> Party:
    """An N1 loop as a party."""
    loop = header.loop(id) if header else None
    segment = loop.first("N1") if loop else None
    if loop is None or segment is None:
        return NO_PARTY
    return Party(**_N1.read(segment), references=read_references(loop), address=read_address(loop), contact=read_contact(loop))

"""835: payments and adjustments, read as far as they can be; what is missing or odd is a default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Final, TypeAlias

from edi.errors import Problem
from edi.frozen import quick
from edi.guides.document import Loop, Unit, units
from edi.guides.texts import Texts
from edi.records.adjudication import (
    ClaimFigure,
    InpatientAdjudication,
    OutpatientAdjudication,
    figures_of,
    inpatient_of,
    outpatient_of,
)
from edi.records.balance import (
    CLAIM_CHARGE,
    CLAIM_PAYMENT,
    LINE_PAYMENT,
    PATIENT_SHARE,
    PATIENT_SHARE_MISSING,
    Balance,
    less,
    total,
)
from edi.records.forms import procedure_in
from edi.records.parties import Contact, Party, Person, Reference, contact_by, party_by, person_by, references_by
from edi.records.reading import Records
from edi.records.services import Period, Procedure
from edi.records.transfer import Transfer, read_transfer
from edi.records.values import ZERO, read_amount, read_date
from edi.text.segments import Source


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One triplet of a CAS: group (CO, PR, OA, PI, CR), reason (CARC), amount with its sign, units where given."""

    group: str
    reason: str
    amount: Decimal
    quantity: Decimal | None = None


@quick
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
    """SVC05: paid for."""
    submitted_units: Decimal | None = None
    """SVC07, when the payer paid for another number."""
    period: Period | None = None
    """DTM*472 or 150/151, else the claim's 232/233."""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    """LQ*HE."""
    rejects: tuple[str, ...] = ()
    """LQ*RX: the pharmacy's codes (NCPDP)."""
    references: tuple[Reference, ...] = ()
    """6R, 0K the policy that decided, G1 and BB authorizations, APC, 1S, RB rate, and the rendering provider's."""
    amounts: tuple[ClaimFigure, ...] = ()
    quantities: tuple[ClaimFigure, ...] = ()

    @property
    def balance(self) -> Balance:
        """Charge less adjustments is what was paid."""
        adjusted = total(adjustment.amount for adjustment in self.adjustments)
        return Balance(rule=LINE_PAYMENT, expected=less(self.charge, adjusted), found=self.paid, line=self.ordinal)

    @property
    def allowed(self) -> Decimal | None:
        """AMT*B6."""
        return next((amount.value for amount in self.amounts if amount.code == "B6"), None)


@quick
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
    drg: str = ""
    """CLP11."""
    drg_weight: Decimal | None = None
    discharged: Decimal | None = None
    """CLP13: which part of the DRG is paid to the hospital that discharged."""
    patient: Person
    insured: Person | None = None
    corrected: Person | None = None
    """NM1*74: the patient, or the insured, as the payer knows them."""
    other_subscriber: Person | None = None
    """NM1*GB: of another payer."""
    period: Period | None = None
    """DTM*232 and 233."""
    received_on: date | None = None
    """DTM*050."""
    covered_until: date | None = None
    """DTM*036."""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    """MIA05 and 20-23, MOA03-07."""
    references: tuple[Reference, ...] = ()
    """F8, G1 and BB authorizations, CE contract, 1L, EA and others, and the rendering provider's."""
    amounts: tuple[ClaimFigure, ...] = ()
    quantities: tuple[ClaimFigure, ...] = ()
    inpatient: InpatientAdjudication | None = None
    outpatient: OutpatientAdjudication | None = None
    contacts: tuple[Contact, ...] = ()
    """PER*CX."""
    rendering: Party | None = None
    forwarded_to: Party | None = None
    """NM1*TT: the payer that the claim was passed on to."""
    earlier_payer: Party | None = None
    """NM1*PR: who should have paid before."""
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

    def every_adjustment(self) -> Iterator[Adjustment]:
        """The claim's own, then those of its lines."""
        return chain(self.adjustments, *(line.adjustments for line in self.lines))

    @property
    def balances(self) -> tuple[Balance, ...]:
        """What must add up in it: each line, what was paid, what was charged, what the patient owes."""
        adjusted = total(adjustment.amount for adjustment in self.every_adjustment())
        found = [line.balance for line in self.lines]
        found.append(Balance(rule=CLAIM_PAYMENT, expected=less(self.charge, adjusted), found=self.paid))
        if self.lines:
            found.append(Balance(rule=CLAIM_CHARGE, expected=total(line.charge for line in self.lines), found=self.charge))
        if self.status == REVERSAL:
            return tuple(found)
        patient = total(adjustment.amount for adjustment in self.every_adjustment() if adjustment.group == PATIENT)
        if self.patient_share is not None:
            found.append(Balance(rule=PATIENT_SHARE, expected=patient, found=self.patient_share))
        elif patient > 0:
            found.append(Balance(rule=PATIENT_SHARE_MISSING, expected=patient, found=ZERO))
        return tuple(found)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What does not add up in it."""
        wrong = (balance for balance in self.balances if not balance.holds)
        return tuple(one.problem(transaction=self.transaction, claim=self.claim, offset=self.offset) for one in wrong)


PAYMENT: Final = "2100"
REVERSAL: Final = "22"
"""CLP02: takes back what was paid before."""
PATIENT: Final = "PR"
"""The group of what the patient owes."""
_LINE: Final = "2110"
BARE: Final = "NU"
"""SVC01-1 of a line that has a revenue code and no procedure."""
TRIPLETS: Final = range(2, 18, 3)
"""Where in a CAS a reason stands; behind it the amount and the quantity."""
_ABSENT: Final = ("",) * 25
Rows: TypeAlias = Mapping[str, Sequence[Sequence[str]]]
"""Segments by their ids, or by the code in their first element."""


def read_payments(source: Source) -> Records[Payment]:
    """Every claim payment of a source whose guide is known; what is none is passed over."""
    read = Payments()
    return Records(units(source), lambda unit: (read.of(unit),) if is_payment(unit) else ())


class Payments:
    """Reads payments one behind another: what stands before those of one transaction is read once."""

    def __init__(self) -> None:
        self._header: Loop | None = None
        self._transfer = Transfer()

    def of(self, unit: Unit) -> Payment:
        """The payment that a unit (2100) holds."""
        if unit.context.header is not self._header:
            self._header, self._transfer = unit.context.header, read_transfer(unit.context.header)
        return payment_of(unit, self._transfer)


def is_payment(unit: Unit) -> bool:
    """Whether a unit is a loop 2100."""
    return unit.kind == "unit" and unit.loop.id == PAYMENT


def payment_of(unit: Unit, transfer: Transfer | None = None) -> Payment:
    """The payment that a unit (2100) holds, with the remittance that it stands in; `transfer` where that was read before."""
    transfer = transfer or read_transfer(unit.context.header)
    claim = unit.loop.texts(unit.context.delimiters)
    rows, component = claim.rows(), claim.component
    clp = rows["CLP"][0] if "CLP" in rows else _ABSENT
    names, dates = _by_code(rows, "NM1"), _by_code(rows, "DTM")
    period = _period(dates, ("232", "472"), "233")
    mia, moa = rows.get("MIA"), rows.get("MOA")
    inpatient, outpatient = inpatient_of(mia[0]) if mia else None, outpatient_of(moa[0]) if moa else None
    return Payment(
        claim=clp[1],
        payer_claim=clp[7],
        status=clp[2],
        charge=read_amount(clp[3]) or ZERO,
        paid=read_amount(clp[4]) or ZERO,
        patient_share=read_amount(clp[5]),
        filing=clp[6],
        facility=clp[8],
        frequency=clp[9],
        drg=clp[11],
        drg_weight=read_amount(clp[12]),
        discharged=read_amount(clp[13]),
        patient=_person(names, "QC") or Person(),
        insured=_person(names, "IL"),
        corrected=_person(names, "74"),
        other_subscriber=_person(names, "GB"),
        period=period,
        received_on=_date(dates, "050"),
        covered_until=_date(dates, "036"),
        adjustments=_adjustments(rows),
        remarks=(inpatient.remarks if inpatient else ()) + (outpatient.remarks if outpatient else ()),
        references=references_by(rows.get("REF", ())),
        amounts=figures_of(rows.get("AMT", ())),
        quantities=figures_of(rows.get("QTY", ())),
        inpatient=inpatient,
        outpatient=outpatient,
        contacts=tuple([contact_by(per) for per in rows.get("PER", ())]),
        rendering=_party(names, "82"),
        forwarded_to=_party(names, "TT"),
        earlier_payer=_party(names, "PR"),
        lines=tuple([_line(inner, n, period, component) for n, inner in enumerate(_lines(claim), 1)]),
        payer=transfer.payer,
        payee=transfer.payee,
        trace=transfer.trace,
        paid_on=transfer.paid_on,
        produced_on=transfer.produced_on,
        transaction=transfer.transaction,
        offset=_offset(unit.loop),
    )


def _offset(loop: Loop) -> int:
    found = loop.offset("CLP")
    return next(loop.walk()).offset if found is None else found


def _lines(claim: Texts) -> list[Texts]:
    return [inner for inner in claim.loops if inner.id == _LINE]


def _line(loop: Texts, ordinal: int, period: Period | None, component: str) -> PaidLine:
    rows = loop.rows()
    svc = rows["SVC"][0] if "SVC" in rows else _ABSENT
    procedure = procedure_in(svc[1], component)
    bare = procedure is not None and procedure.qualifier == BARE
    references, remarks = references_by(rows.get("REF", ())), _by_code(rows, "LQ")
    return PaidLine(
        ordinal=ordinal,
        control_number=next((reference.value for reference in references if reference.qualifier == "6R"), ""),
        procedure=procedure,
        submitted=procedure_in(svc[6], component),
        revenue_code=svc[4] or (procedure.code if procedure and bare else ""),
        charge=read_amount(svc[2]) or ZERO,
        paid=read_amount(svc[3]) or ZERO,
        units=read_amount(svc[5]),
        submitted_units=read_amount(svc[7]),
        period=_period(_by_code(rows, "DTM"), ("472", "150"), "151") or period,
        adjustments=_adjustments(rows),
        remarks=_codes(remarks, "HE"),
        rejects=_codes(remarks, "RX"),
        references=references,
        amounts=figures_of(rows.get("AMT", ())),
        quantities=figures_of(rows.get("QTY", ())),
    )


def _by_code(rows: Rows, id: str) -> Rows:
    """The segments of one kind by the code in their first element."""
    found: dict[str, list[Sequence[str]]] = {}
    for row in rows.get(id, ()):
        found.setdefault(row[1], []).append(row)
    return found


def _codes(remarks: Rows, list_: str) -> tuple[str, ...]:
    return tuple([row[2] for row in remarks.get(list_, ()) if row[2]])


def _adjustments(rows: Rows) -> tuple[Adjustment, ...]:
    """Every triplet of every CAS."""
    return tuple([adjustment for cas in rows.get("CAS", ()) for adjustment in _triplets(cas)])


def _triplets(cas: Sequence[str]) -> Iterable[Adjustment]:
    for at in TRIPLETS:
        reason, amount = cas[at], read_amount(cas[at + 1])
        if reason or amount:
            yield Adjustment(group=cas[1], reason=reason, amount=amount or ZERO, quantity=read_amount(cas[at + 2]))


def _period(dates: Rows, starts: tuple[str, ...], end: str) -> Period | None:
    """From the first of the dates that begin one to the one that ends it; where one is missing, that day alone."""
    first = next((day for code in starts if (day := _date(dates, code))), None)
    last = _date(dates, end) or first
    first = first or last
    return Period(start=first, end=last) if first and last else None


def _date(dates: Rows, code: str) -> date | None:
    return read_date(dates[code][0][2]) if code in dates else None


def _person(names: Rows, code: str) -> Person | None:
    return person_by(names[code][0]) if code in names else None


def _party(names: Rows, code: str) -> Party | None:
    return party_by(names[code][0]) if code in names else None

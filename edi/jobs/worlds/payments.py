"""A payment of a world before it is X12, with what is right about each of its adjustments, and its segments (2100 and below)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from edi.jobs.worlds.bills import INPATIENT
from edi.jobs.worlds.truth import Adjustment, Remitted
from edi.records.claim import Claim, ClaimLine
from edi.records.parties import Person
from edi.records.services import Procedure
from edi.records.values import write_date
from edi.text.segments import Delimiters, Segment, compose

PRIMARY, SECONDARY, UNKNOWN_PATIENT, REVERSAL, ESTIMATE = "1", "2", "4", "22", "25"
_UNLISTED: Final = "99499"
"""A code in the place of the one that was billed."""
_FILING: Final = {"CI": "12", "BL": "12"}
"""CLP06 for what a claim says (SBR09), where the remittance has no such code."""
Elements = tuple[str | Sequence[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """One adjustment as the payer writes it, with what is right about it."""

    group: str
    reason: str
    amount: Decimal
    kind: str = ""
    """"" where nothing was denied: contract, patient's share, another payer's payment."""
    cause: str = ""
    authorization: str = ""
    """The number that is meant, where there is one."""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLine:
    """One line as the payer adjudicated it."""

    line: ClaimLine
    charge: Decimal
    adjusted: tuple[Adjusted, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def paid(self) -> Decimal:
        return self.charge - total(self.adjusted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One claim as the payer adjudicated it."""

    id: str
    """CLP01."""
    claim: Claim
    """As it was sent; what is another's has its own id, patient and lines here."""
    answers: str
    """CLM01 of the claim of this world that it answers, "" for none."""
    story: str
    payer_claim: str
    original: str = ""
    """REF*F8."""
    status: str = PRIMARY
    charge: Decimal
    adjusted: tuple[Adjusted, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: tuple[PaidLine, ...] = ()
    controls: bool = True
    """Whether lines give back their control numbers (REF*6R)."""
    suffix: str = ""
    """What the payer adds to the member id."""
    another_code: bool = False
    """Whether the payer decided by another procedure; the one that was billed stands in SVC06."""

    @property
    def paid(self) -> Decimal:
        return self.charge - total(self.every)

    @property
    def every(self) -> tuple[Adjusted, ...]:
        """The adjustments of the claim, then those of its lines."""
        return (*self.adjusted, *(one for line in self.lines for one in line.adjusted))

    @property
    def share(self) -> Decimal:
        """What the patient owes."""
        return total([one for one in self.every if one.group == "PR"])

    def truth(self, file: str, position: int) -> Remitted:
        """What is right, now that it is known which payment of which file this is."""
        return Remitted(
            file=file,
            position=position,
            claim=self.id,
            payer_claim=self.payer_claim,
            answers=self.answers,
            story=self.story,
            adjustments=tuple(self._told()),
        )

    def _told(self) -> Iterator[Adjustment]:
        for one in by_group(self.adjusted):
            yield _told(None, one)
        for ordinal, line in enumerate(self.lines, 1):
            known = self.answers and self.controls
            for one in by_group(line.adjusted):
                yield _told(line.line.number if known else str(ordinal), one)


def _told(line: str | None, one: Adjusted) -> Adjustment:
    return Adjustment(
        line=line,
        code=f"{one.group}-{one.reason}",
        amount=f"{one.amount:.2f}",
        kind=one.kind,
        cause=one.cause,
        authorization=one.authorization,
        reason=one.why,
    )


def total(adjusted: Sequence[Adjusted]) -> Decimal:
    """What these come to."""
    return sum((one.amount for one in adjusted), Decimal(0))


def by_group(adjusted: Sequence[Adjusted]) -> list[Adjusted]:
    """In the order in which they are written: those of one group together."""
    groups = list(dict.fromkeys(one.group for one in adjusted))
    return sorted(adjusted, key=lambda one: groups.index(one.group))


def reversed_(payment: Payment) -> Payment:
    """The reversal: every amount with the other sign, under the same numbers."""
    lines = tuple(
        replace(line, charge=-line.charge, adjusted=tuple(map(_negated, line.adjusted)))
        for line in payment.lines
    )  # fmt: skip
    adjusted = tuple(map(_negated, payment.adjusted))
    return replace(payment, status=REVERSAL, charge=-payment.charge, adjusted=adjusted, lines=lines)


def _negated(one: Adjusted) -> Adjusted:
    return replace(one, amount=-one.amount)


def segments(payment: Payment, d: Delimiters, received: date) -> list[Segment]:
    """2100 and what is below it. `received` is when the payer had the claim."""
    return [compose(d, *elements) for elements in _elements(payment, received)]


def written(amount: Decimal) -> str:
    """An amount as X12 wants it: no zeros behind the point that say nothing."""
    return f"{amount.normalize():f}" if amount else "0"


def _elements(payment: Payment, received: date) -> Iterator[Elements]:
    claim = payment.claim
    share = written(payment.share) if payment.share and payment.status != REVERSAL else ""
    yield (
        "CLP", payment.id, payment.status, written(payment.charge), written(payment.paid), share,
        _FILING.get(claim.filing, claim.filing), payment.payer_claim, claim.place, claim.frequency,
    )  # fmt: skip
    yield from _adjustments(payment.adjusted)
    subscriber = replace(claim.subscriber, member_id=claim.subscriber.member_id + payment.suffix)
    yield _person("QC", claim.patient, subscriber.member_id)
    if claim.dependent:
        yield _person("IL", subscriber, subscriber.member_id)
    if payment.remarks:
        inpatient = claim.kind == "institutional" and claim.place == INPATIENT
        first, *others = payment.remarks
        yield ("MIA", "0", "", "", "", first, *[""] * 14, *others) if inpatient else ("MOA", "", "", *payment.remarks)
    if payment.original:
        yield "REF", "F8", payment.original
    if claim.period and not payment.lines:
        yield "DTM", "232", write_date(claim.period.start)
        yield "DTM", "233", write_date(claim.period.end)
    yield "DTM", "050", write_date(received)
    for line in payment.lines:
        yield from _line(payment, line)


def _person(role: str, person: Person, member: str) -> Elements:
    return "NM1", role, "1", person.last_name, person.first_name, person.middle_name, "", "", "MI", member


def _adjustments(adjusted: Sequence[Adjusted]) -> Iterator[Elements]:
    """A CAS for each group."""
    for group in dict.fromkeys(one.group for one in adjusted):
        found: list[str] = []
        for one in adjusted:
            if one.group == group:
                found += ["", one.reason, written(one.amount)] if found else [one.reason, written(one.amount)]
        yield "CAS", group, *found


def _line(payment: Payment, paid: PaidLine) -> Iterator[Elements]:
    line = paid.line
    procedure = _procedure(line.procedure) if line.procedure else ("NU", line.revenue_code)
    revenue = line.revenue_code if line.procedure else ""
    quantity = line.quantity.amount if line.quantity else Decimal(1)
    changed = payment.another_code and line.procedure is not None
    decided, billed = ((procedure[0], _UNLISTED), procedure) if changed else (procedure, "")
    yield "SVC", decided, written(paid.charge), written(paid.paid), revenue, written(quantity), billed
    if line.period:
        if line.period.start == line.period.end:
            yield "DTM", "472", write_date(line.period.start)
        else:
            yield "DTM", "150", write_date(line.period.start)
            yield "DTM", "151", write_date(line.period.end)
    yield from _adjustments(paid.adjusted)
    if payment.controls and line.control_number:
        yield "REF", "6R", line.control_number
    if paid.paid > 0:
        yield "AMT", "B6", written(paid.paid + total([one for one in paid.adjusted if one.group == "PR"]))
    for remark in paid.remarks:
        yield "LQ", "HE", remark


def _procedure(procedure: Procedure) -> tuple[str, ...]:
    return (procedure.qualifier, procedure.code, *procedure.modifiers)

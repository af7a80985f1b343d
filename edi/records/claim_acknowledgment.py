"""277CA: which claims of an 837 were taken in, and why the others were not; written, and read back.

What `read_batch` reads is written piece by piece (`write_opening`, `write_provider`, `write_patient`, `write_claim`), with the
counts of its levels as arguments: a batch may have any size. Loops are those of 005010X214.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from edi.frozen import quick
from edi.records.parties import NO_PARTY, NOBODY, Party, Person, party_of, person_of
from edi.records.services import Period
from edi.records.values import ZERO, read_amount, read_count, read_date, read_period, write_amount, write_date, write_period
from edi.text.segments import Delimiters, Segment, compose

TAKEN: Final = "WQ"
REFUSED: Final = "U"
VERSION: Final = "005010X214"
PURPOSE: Final = "0085"
_REFUSALS: Final = ("A3", "A4", "A6", "A7", "A8")
_SOURCE, _RECEIVER, _PROVIDER, _PATIENT = "20", "21", "19", "PT"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class StatusInformation:
    """STC: one status of a batch, provider, claim or line."""

    category: str
    """A1 received, A2 accepted, A3 unprocessable, A6 information missing, A7 invalid, A8 contradicting, ..."""
    code: str
    entity: str = ""
    """Whom the status is about (STC01-3), such as 85."""
    further: tuple[tuple[str, str, str], ...] = ()
    """STC10 and STC11: category, code, entity."""
    day: date | None = None
    action: str = ""
    """STC03: WQ taken, U refused."""
    amount: Decimal | None = None
    text: str = ""
    """STC12."""


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTotals:
    """Claims taken and refused, and their charges."""

    taken: int = 0
    refused: int = 0
    amount_taken: Decimal = ZERO
    amount_refused: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStatus:
    """2220D: a service line that is refused."""

    procedure: tuple[str, ...] = ()
    """SVC01, component by component."""
    amount: Decimal | None = None
    revenue_code: str = ""
    quantity: Decimal | None = None
    statuses: tuple[StatusInformation, ...] = ()
    control: str = ""
    """REF*FJ: the number that the sender gave the line (REF*6R of the 837)."""
    prescription: str = ""
    period: Period | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStatus:
    """2200D: one claim."""

    id: str
    """CLM01 of the claim."""
    statuses: tuple[StatusInformation, ...] = ()
    payer_number: str = ""
    trace: str = ""
    """REF*D9, the clearinghouse's own number."""
    bill_type: str = ""
    period: Period | None = None
    lines: tuple[LineStatus, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether a status says so, by its action or else by its category."""
        return any(s.action == REFUSED or s.category in _REFUSALS for s in self.statuses)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientStatus:
    """2000D: one patient and his claims."""

    patient: Person = NOBODY
    claims: tuple[ClaimStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderStatus:
    """2000C: one billing provider, and the patients with claims of his."""

    provider: Party = NO_PARTY
    trace: str = ""
    statuses: tuple[StatusInformation, ...] = ()
    totals: BatchTotals = BatchTotals()
    patients: tuple[PatientStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimBatch:
    """One 277CA: who says it (2000A) to whom (2000B), and what became of a batch of claims (one 837 transaction)."""

    reference: str = ""
    """BHT03 of the 277CA itself."""
    source: Party = NO_PARTY
    receipt: str = ""
    """TRN of the source: its number for what it received."""
    received: date | None = None
    processed: date | None = None
    receiver: Party = NO_PARTY
    batch: str = ""
    """BHT03 of the 837."""
    statuses: tuple[StatusInformation, ...] = ()
    totals: BatchTotals = BatchTotals()
    providers: tuple[ProviderStatus, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether anything was: the batch, or a claim in it."""
        said = [*self.statuses, *(s for provider in self.providers for s in provider.statuses)]
        claims = (c for provider in self.providers for patient in provider.patients for c in patient.claims)
        return any(s.action == REFUSED for s in said) or self.totals.refused > 0 or any(claim.refused for claim in claims)


# -- written -------------------------------------------------------------------------------------------------------------------


def write_opening(
    batch: ClaimBatch, written: tuple[str, str], d: Delimiters, *, has_providers: bool | None = None
) -> Iterator[Segment]:
    """BHT, 2000A and 2000B: the levels 1 and 2."""
    below = bool(batch.providers) if has_providers is None else has_providers
    yield compose(d, "BHT", PURPOSE, "08", batch.reference, *written, "TH")
    yield compose(d, "HL", "1", "", _SOURCE, "1")
    yield _name(batch.source, d)
    yield compose(d, "TRN", "1", batch.receipt)
    for code, day in (("050", batch.received), ("009", batch.processed)):
        if day:
            yield compose(d, "DTP", code, "D8", write_date(day))
    yield compose(d, "HL", "2", "1", _RECEIVER, "1" if below else "0")
    yield _name(batch.receiver, d)
    yield compose(d, "TRN", "2", batch.batch)
    yield from _statuses(batch.statuses, d)
    yield from _totals(batch.totals, ("90", "AA"), d)


def write_provider(provider: ProviderStatus, level: int, d: Delimiters, *, has_patients: bool = True) -> Iterator[Segment]:
    """2000C with its own status."""
    yield compose(d, "HL", str(level), "2", _PROVIDER, "1" if has_patients else "0")
    yield _name(provider.provider, d)
    if provider.trace or provider.statuses:
        yield compose(d, "TRN", "1", provider.trace)
        yield from _statuses(provider.statuses, d)
        yield from _totals(provider.totals, ("QA", "QC"), d)


def write_patient(patient: Person, level: int, above: int, d: Delimiters) -> Iterator[Segment]:
    """2000D up to its first claim."""
    yield compose(d, "HL", str(level), str(above), _PATIENT)
    who, number = patient, (patient.member_id_qualifier, patient.member_id)
    yield compose(d, "NM1", "QC", "1", who.last_name, who.first_name, who.middle_name, who.prefix, who.suffix, *number)


def write_claim(claim: ClaimStatus, d: Delimiters) -> Iterator[Segment]:
    """2200D."""
    yield compose(d, "TRN", "2", claim.id)
    yield from _statuses(claim.statuses, d)
    yield from _references((("1K", claim.payer_number), ("D9", claim.trace), ("BLT", claim.bill_type)), d)
    yield from _service_dates(claim.period, d)
    for line in claim.lines:
        amount = "" if line.amount is None else write_amount(line.amount)
        quantity = "" if line.quantity is None else write_amount(line.quantity)
        yield compose(d, "SVC", line.procedure, amount, "", line.revenue_code, "", "", quantity)
        yield from _statuses(line.statuses, d)
        yield from _references((("FJ", line.control), ("XZ", line.prescription)), d)
        yield from _service_dates(line.period, d)


def _name(party: Party, d: Delimiters) -> Segment:
    kind = "2" if party.organization else "1"
    who = (party.name, party.first_name, party.middle_name, party.prefix, party.suffix)
    return compose(d, "NM1", party.role, kind, *who, party.id_qualifier, party.id)


def _statuses(statuses: Sequence[StatusInformation], d: Delimiters) -> Iterator[Segment]:
    for s in statuses:
        day, amount = write_date(s.day) if s.day else "", "" if s.amount is None else write_amount(s.amount)
        tenth, eleventh = (*s.further, (), ())[:2]
        yield compose(
            d, "STC", (s.category, s.code, s.entity), day, s.action, amount, "", "", "", "", "", tenth, eleventh, s.text
        )


def _totals(totals: BatchTotals, codes: tuple[str, str], d: Delimiters) -> Iterator[Segment]:
    counts, amounts = (totals.taken, totals.refused), (totals.amount_taken, totals.amount_refused)
    yield from (compose(d, "QTY", code, str(n)) for code, n in zip(codes, counts, strict=True) if n)
    yield from (compose(d, "AMT", code, write_amount(a)) for code, a, n in zip(("YU", "YY"), amounts, counts, strict=True) if n)


def _references(references: Sequence[tuple[str, str]], d: Delimiters) -> Iterator[Segment]:
    return (compose(d, "REF", code, value) for code, value in references if value)


def _service_dates(period: Period | None, d: Delimiters) -> Iterator[Segment]:
    if period is not None:
        yield compose(d, "DTP", "472", *write_period(period))


# -- read ----------------------------------------------------------------------------------------------------------------------


def read_batch(body: Sequence[Segment]) -> ClaimBatch:
    """The segments between ST and SE. What is missing is a default; levels are taken in their order, whatever their numbers."""
    bht = _find(body, "BHT")
    levels = _parted(body, "HL")
    known: dict[str, list[Sequence[Segment]]] = {}
    providers: list[ProviderStatus] = []
    patients: list[PatientStatus] = []
    for level in reversed(levels):
        code = level[0].get(3)
        if code == _PATIENT:
            patients.insert(0, _read_patient(level))
        elif code == _PROVIDER:
            providers.insert(0, _read_provider(level, tuple(patients)))
            patients = []
        known.setdefault(code, []).append(level)
    source = (known.get(_SOURCE) or [()])[-1]
    receiver = (known.get(_RECEIVER) or [()])[-1]
    return ClaimBatch(
        reference=bht.get(3) if bht else "",
        source=_party(source),
        receipt=_text(source, "TRN", 2),
        received=read_date(_text(source, "DTP", 3, "050")),
        processed=read_date(_text(source, "DTP", 3, "009")),
        receiver=_party(receiver),
        batch=_text(receiver, "TRN", 2),
        statuses=_read_statuses(receiver),
        totals=_read_totals(receiver, ("90", "AA")),
        providers=tuple(providers),
    )


def _read_provider(level: Sequence[Segment], patients: tuple[PatientStatus, ...]) -> ProviderStatus:
    return ProviderStatus(
        provider=_party(level),
        trace=_text(level, "TRN", 2),
        statuses=_read_statuses(level),
        totals=_read_totals(level, ("QA", "QC")),
        patients=patients,
    )


def _read_patient(level: Sequence[Segment]) -> PatientStatus:
    claims = tuple(_read_claim(claim) for claim in _parted(level, "TRN"))
    return PatientStatus(patient=person_of(_find(level, "NM1")), claims=claims)


def _read_claim(part: Sequence[Segment]) -> ClaimStatus:
    lines = _parted(part, "SVC")
    own = part[: len(part) - sum(map(len, lines))]
    return ClaimStatus(
        id=_text(own, "TRN", 2),
        statuses=_read_statuses(own),
        payer_number=_text(own, "REF", 2, "1K"),
        trace=_text(own, "REF", 2, "D9"),
        bill_type=_text(own, "REF", 2, "BLT"),
        period=read_period(_text(own, "DTP", 3, "472")),
        lines=tuple(_read_line(line) for line in lines),
    )


def _read_line(part: Sequence[Segment]) -> LineStatus:
    svc = part[0]
    return LineStatus(
        procedure=tuple(svc.components(1)),
        amount=read_amount(svc.get(2)),
        revenue_code=svc.get(4),
        quantity=read_amount(svc.get(7)),
        statuses=_read_statuses(part),
        control=_text(part, "REF", 2, "FJ"),
        prescription=_text(part, "REF", 2, "XZ"),
        period=read_period(_text(part, "DTP", 3, "472")),
    )


def _read_statuses(segments: Sequence[Segment]) -> tuple[StatusInformation, ...]:
    return tuple(_read_status(segment) for segment in segments if segment.id == "STC")


def _read_status(stc: Segment) -> StatusInformation:
    further = tuple((stc.get(at, 1), stc.get(at, 2), stc.get(at, 3)) for at in (10, 11) if stc.get(at))
    return StatusInformation(
        category=stc.get(1, 1),
        code=stc.get(1, 2),
        entity=stc.get(1, 3),
        further=further,
        day=read_date(stc.get(2)),
        action=stc.get(3),
        amount=read_amount(stc.get(4)),
        text=stc.get(12),
    )


def _read_totals(segments: Sequence[Segment], codes: tuple[str, str]) -> BatchTotals:
    taken, refused = (read_count(_text(segments, "QTY", 2, code)) or 0 for code in codes)
    amounts = (read_amount(_text(segments, "AMT", 2, code)) or ZERO for code in ("YU", "YY"))
    amount_taken, amount_refused = amounts
    return BatchTotals(taken=taken, refused=refused, amount_taken=amount_taken, amount_refused=amount_refused)


def _party(segments: Sequence[Segment]) -> Party:
    name = _find(segments, "NM1")
    return party_of(name) if name else NO_PARTY


def _parted(segments: Sequence[Segment], id: str) -> list[Sequence[Segment]]:
    starts = [at for at, segment in enumerate(segments) if segment.id == id]
    return [segments[start:stop] for start, stop in pairwise([*starts, len(segments)])]


def _find(segments: Sequence[Segment], id: str, code: str = "") -> Segment | None:
    return next((segment for segment in segments if segment.id == id and (not code or segment.get(1) == code)), None)


def _text(segments: Sequence[Segment], id: str, element: int, code: str = "") -> str:
    found = _find(segments, id, code)
    return found.get(element) if found else ""

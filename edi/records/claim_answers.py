"""The claims of one 837, told in a 277CA as they come: taken, or refused and why.

A fault refuses every claim below the level that it stands in: one of the billing provider all his claims, one of the subscriber
those of his patients. What is written waits in temporary files until the totals are known, which stand before the claims.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, NamedTuple, cast

from edi.frozen import changed
from edi.records.claim_acknowledgment import (
    REFUSED,
    TAKEN,
    VERSION,
    BatchTotals,
    ClaimBatch,
    ClaimStatus,
    LineStatus,
    ProviderStatus,
    StatusInformation,
    write_claim,
    write_opening,
    write_patient,
    write_provider,
)
from edi.records.claim_faults import Fault, Faults, status_of
from edi.records.claim_lines import LINE_AT_FAULT, OpenLine
from edi.records.outgoing import Outgoing, clean
from edi.records.parties import NO_PARTY, NOBODY, Party, Person, party_of, person_of
from edi.records.services import Period, span
from edi.records.values import ZERO, read_amount, read_period, write_date
from edi.text.envelope import ENVELOPE
from edi.text.marks import Marks
from edi.text.segments import Segment

IN_MEMORY: Final = 1 << 20
"""So much of a temporary file is kept in memory."""
_RECEIVED: Final = ("A1", "19")
_ACCEPTED: Final = ("A2", "20")
_SOURCE: Final = "AY"
"""NM101 and STC01-3: who answers is a clearinghouse."""
_LONGEST_TEXT: Final = 264
_LEVELS: Final = {"20": "provider", "22": "subscriber", "23": "patient"}
_OF: Final = {"header": 0, "provider": 1, "subscriber": 2, "patient": 3, "claim": 4}
_DATES: Final = ("434", "472", "435")
"""DTP01 of a claim's dates, the best first: statement dates, service, admission."""
_TAX_IDS: Final = {"EI": "FI", "SY": "FI", "G2": "SV"}
"""REF01 of the billing provider, and the NM108 under which its value stands where he has no NPI."""
_TOLD_OF: Final = frozenset((b"BHT", b"HL", b"NM1", b"REF", b"CLM", b"DTP"))
"""Segments that say something of what is told where nothing is wrong (any more)."""
_BESIDE_CLAIMS: Final[Marks] = (*sorted(ENVELOPE), *sorted(_TOLD_OF))
_IN_A_CLAIM: Final[Marks] = (*sorted(ENVELOPE), b"HL", b"CLM", b"DTP", b"REF D9")
_ENTITIES: Final = frozenset(
    "03 1P 1Z 40 41 71 72 73 77 82 85 87 DK DN DQ FA GB HK IL LI MSC PR PRP QB QC QD SEP TL TTP TU".split()
)
"""Whom STC01-3 can name."""
_NO_NAME: Final = "UNKNOWN"


class _Provider(NamedTuple):
    """A billing provider whose claims are written: his level, and how many bytes and segments his claims take."""

    status: ProviderStatus
    level: int
    length: int
    segments: int


class ClaimAnswers:
    """Takes the segments of an 837 between its ST and SE; `write` puts the 277CA into an interchange."""

    def __init__(self, out: Outgoing, faults: Faults) -> None:
        self._out, self._faults = out, faults.in_order()
        self._next = next(self._faults, None)
        self._day: date = out.created.date()
        self._claims = cast(BinaryIO, SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - closed by `write`
        self._providers = cast(BinaryIO, SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - as above
        self._totals = BatchTotals()
        self._batch, self._source, self._receiver = "", NO_PARTY, NO_PARTY
        self._statuses: list[list[StatusInformation]] = [[] for _ in _OF]
        self._at = 0
        self._last_name = ""
        self._level = 2
        self._provider, self._provider_level, self._provider_totals = NO_PARTY, 0, BatchTotals()
        self._start = self._segments = 0
        self._subscriber: Person = NOBODY
        self._patient: Person = NOBODY
        self._patient_told = False
        self._clm: Segment | None = None
        self._line: OpenLine | None = None
        self._lines: list[LineStatus] = []
        self._dates: dict[str, list[Period]] = {}
        self._trace = ""

    @property
    def marks(self) -> Marks | None:
        """The segments that say something from here on; None: all may."""
        if not self._clean:
            return None
        return _BESIDE_CLAIMS if self._clm is None else _IN_A_CLAIM

    @property
    def _clean(self) -> bool:
        """Whether nothing is wrong from here on, nor in the line that is open."""
        return self._next is None and self._line is None

    # -- reading -----------------------------------------------------------------------------------------------------

    def take(self, segment: Segment) -> None:
        """The next segment."""
        name = segment.elements[0]
        if name not in _TOLD_OF and self._clean:
            return
        if name == b"HL" or name == b"CLM":
            self._late_faults(segment)
            self._end_claim()
            if name == b"HL":
                self._enter(_LEVELS.get(segment.get(3), "patient"))
            else:
                self._begin(segment)
        elif name == b"LX" and self._clm is not None:
            self._end_line()
            if self._next is not None:  # a line that nothing rejects is not told of
                self._line = OpenLine(segment)
        elif name == b"NM1":
            self._name(segment)
        elif name == b"DTP" and self._clm is not None:
            period = read_period(segment.get(3))
            if period is not None:
                self._dates.setdefault(segment.get(1), []).append(period)
        elif name == b"REF":
            self._reference(segment)
        elif name == b"BHT":
            self._batch = segment.get(3)
        if self._line is not None:
            self._line.take(segment)
        while self._next is not None and self._next[0] <= segment.offset:
            self._fault(segment)

    def _enter(self, level: str) -> None:
        """A hierarchical level begins."""
        if level == "provider":
            self._end_provider()
        self._at = _OF[level]
        for below in self._statuses[self._at :]:
            below.clear()
        self._patient, self._patient_told = NOBODY, False
        if level == "subscriber":
            self._subscriber = NOBODY

    def _begin(self, clm: Segment) -> None:
        self._clm, self._trace = clm, ""
        self._dates.clear()
        self._statuses[_OF["claim"]].clear()

    def _name(self, nm1: Segment) -> None:
        code = self._last_name = nm1.get(1)
        if self._clm is not None:
            return
        if code == "85":
            self._provider = party_of(nm1)
        elif code == "IL":
            self._subscriber = person_of(nm1)
        elif code == "QC":
            self._patient = person_of(nm1)
        elif code == "41":
            self._receiver = party_of(nm1)
        elif code == "40":
            self._source = party_of(nm1)

    def _reference(self, ref: Segment) -> None:
        code = ref.get(1)
        if self._clm is not None:
            self._trace = ref.get(2) if code == "D9" else self._trace
        elif self._at == _OF["provider"] and self._last_name == "85" and not self._provider.id and code in _TAX_IDS:
            self._provider = changed(self._provider, id=ref.get(2), id_qualifier=_TAX_IDS[code])

    # -- faults ------------------------------------------------------------------------------------------------------

    def _late_faults(self, segment: Segment) -> None:
        """What a claim lacks may be said of the segment behind it: it is the claim's still."""
        found = self._next
        while found is not None and found[0] <= segment.offset and self._clm is not None:
            if found[0] == segment.offset and (not found[1] or segment.elements[0] == b"CLM"):
                return
            self._fault(None)
            found = self._next

    def _fault(self, segment: Segment | None) -> None:
        """The next fault, in the level or claim that is open."""
        assert self._next is not None
        offset, _, fault = self._next
        self._next = next(self._faults, None)
        there = segment if segment is not None and (segment.offset, segment.id) == (offset, fault.segment) else None
        status = self._status(fault, there)
        if self._line is not None:
            self._line.refuse(status)
            status = changed(status, code=LINE_AT_FAULT, entity="")
        here = self._statuses[_OF["claim"] if self._clm is not None else self._at]
        if status not in here:
            here.append(status)

    def _status(self, fault: Fault, segment: Segment | None) -> StatusInformation:
        code, of_party = status_of(fault, segment)
        entity = segment.get(1) if segment is not None and fault.segment == "NM1" else self._last_name
        text = clean(fault.message, self._out.delimiters, _LONGEST_TEXT)
        named = entity if of_party and entity in _ENTITIES else ""
        return StatusInformation(category=fault.category, code=code, entity=named, day=self._day, action=REFUSED, text=text)

    # -- claims ------------------------------------------------------------------------------------------------------

    def _end_claim(self) -> None:
        clm = self._clm
        if clm is None:
            return
        self._end_line()
        self._clm = None
        amount = read_amount(clm.get(2)) or ZERO
        refused = [changed(status, amount=amount) for level in self._statuses for status in level]
        category, code = _ACCEPTED
        taken = StatusInformation(category=category, code=code, day=self._day, action=TAKEN, amount=amount)
        claim = ClaimStatus(
            id=clm.get(1),
            statuses=tuple(refused) or (taken,),
            trace=self._trace,
            bill_type=f"{clm.get(5, 1)}{clm.get(5, 3)}" if clm.get(5, 2) == "A" else "",
            period=self._period(),
            lines=tuple(self._lines),
        )
        self._lines.clear()
        self._count(amount, refused=bool(refused))
        self._tell(claim)

    def _end_line(self) -> None:
        told = self._line.told() if self._line is not None else None
        if told is not None:
            self._lines.append(told)
        self._line = None

    def _period(self) -> Period:
        """The dates of a claim; the day on which it came, which the guide wants in their place, where it has none."""
        for code in _DATES:
            if found := span(self._dates.get(code, ())):
                return found
        return Period(start=self._day, end=self._day)

    def _tell(self, claim: ClaimStatus) -> None:
        d = self._out.delimiters
        if not self._provider_level:
            self._level += 1
            self._provider_level = self._level
        if not self._patient_told:
            self._level += 1
            self._keep(write_patient(self._who(), self._level, self._provider_level, d))
            self._patient_told = True
        self._keep(write_claim(claim, d))

    def _who(self) -> Person:
        """The patient: a dependent has the subscriber's number."""
        who = self._subscriber if self._patient == NOBODY else self._patient
        number = who.member_id or self._subscriber.member_id
        qualifier = "II" if self._subscriber.member_id_qualifier == "II" else "MI"
        name, number = who.last_name or _NO_NAME, number or _NO_NAME
        return changed(who, last_name=name, member_id=number, member_id_qualifier=qualifier, prefix="")

    def _keep(self, segments: Iterator[Segment]) -> None:
        for segment in segments:
            self._claims.write(self._out.as_written(segment))
            self._segments += 1

    def _count(self, amount: Decimal, *, refused: bool) -> None:
        self._totals = _counted(self._totals, amount, refused)
        self._provider_totals = _counted(self._provider_totals, amount, refused)

    def _end_provider(self) -> None:
        if self._provider_level:
            status = ProviderStatus(
                provider=self._billing(),
                trace="0",
                statuses=(self._receipt(self._provider_totals, None),),
                totals=self._provider_totals,
            )
            length = self._claims.tell() - self._start
            pickle.dump(_Provider(status, self._provider_level, length, self._segments), self._providers)
        self._start, self._segments = self._claims.tell(), 0
        self._provider, self._provider_level, self._provider_totals = NO_PARTY, 0, BatchTotals()

    def _billing(self) -> Party:
        who = self._provider
        qualifier = who.id_qualifier if who.id_qualifier in ("FI", "SV", "XX") else "SV"
        return changed(
            who, role="85", name=who.name or _NO_NAME, id=who.id or _NO_NAME, id_qualifier=qualifier, prefix="", taxonomy=""
        )

    def _receipt(self, totals: BatchTotals, day: date | None) -> StatusInformation:
        """That a batch, or a provider's part of it, was received; what became of its claims is said of each."""
        category, code = _RECEIVED
        amount = totals.amount_taken + totals.amount_refused
        return StatusInformation(category=category, code=code, entity=_SOURCE, day=day, action=TAKEN, amount=amount)

    # -- writing -----------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """The transaction set."""
        while self._next is not None and self._clm is not None:
            self._fault(None)
        self._end_claim()
        self._end_provider()
        out, d = self._out, self._out.delimiters
        batch = self._whole(out.reference)
        out.open_set("277", VERSION)
        has_providers = self._providers.tell() > 0
        written = write_date(self._day), f"{out.created:%H%M%S}"
        out.add(write_opening(batch, written, d, has_providers=has_providers))
        self._claims.seek(0)
        stop = self._providers.tell()
        self._providers.seek(0)
        while self._providers.tell() < stop:
            provider: _Provider = pickle.load(self._providers)  # our own, of a moment ago
            out.add(write_provider(provider.status, provider.level, d))
            out.add_written(_pieces(self._claims, provider.length), provider.segments)
        out.close_set()
        self._claims.close()
        self._providers.close()

    def _whole(self, reference: str) -> ClaimBatch:
        source = changed(self._source, role=_SOURCE, organization=True, name=self._source.name or _NO_NAME, first_name="")
        return ClaimBatch(
            reference=reference,
            source=changed(source, middle_name="", prefix="", suffix="", id_qualifier="46", id=source.id or _NO_NAME),
            receipt=reference,
            received=self._day,
            processed=self._day,
            receiver=changed(
                self._receiver,
                role="41",
                name=self._receiver.name or _NO_NAME,
                prefix="",
                suffix="",
                id_qualifier="46",
                id=self._receiver.id or _NO_NAME,
            ),
            batch=self._batch or "0",
            statuses=(self._receipt(self._totals, self._day),),
            totals=self._totals,
        )


def _counted(totals: BatchTotals, amount: Decimal, refused: bool) -> BatchTotals:
    """The totals with one claim more."""
    if refused:
        return changed(totals, refused=totals.refused + 1, amount_refused=totals.amount_refused + amount)
    return changed(totals, taken=totals.taken + 1, amount_taken=totals.amount_taken + amount)


def _pieces(file: BinaryIO, length: int) -> Iterator[bytes]:
    """So many bytes of a file, piece by piece."""
    while length > 0 and (piece := file.read(min(length, IN_MEMORY))):
        length -= len(piece)
        yield piece

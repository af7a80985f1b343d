"""A judged source answered: TA1, 999 and 277CA, written from what was found in it.

    TA1     where the interchange asks for it (ISA14) or is at fault; a fault of the envelope rejects it, with all that is in it
    999     for each functional group but those of 999s and 997s: what is wrong at levels 1 and 2, segment by segment
    277CA   for each 837 that its 999 accepts: the claims, taken, or refused by errors of levels 3 to 7

The source is read once more beside what was found, in order, so that neither need be held in memory. docs/acknowledgments.md
says which fault rejects what, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from edi.errors import ERROR, Problem, SourceError
from edi.guides.selection import Asked
from edi.guides.shapes import BINARY
from edi.guides.validation import TransactionReport, judge
from edi.records import acknowledgment as ack
from edi.records.claim_acknowledgment import VERSION
from edi.records.claim_answers import ClaimAnswers
from edi.records.claim_faults import Faults
from edi.records.group_answers import CLAIMS, GUIDE_LEVELS, GroupReply, SetReply, codes_of, listed
from edi.records.outgoing import Outgoing, digits, numbers
from edi.records.values import read_moment
from edi.text.envelope import ENVELOPE
from edi.text.marks import Marks, read_marked
from edi.text.segments import Segment, Source, open_source

_NO_ERROR: Final = "000"
_NOT_WHOLE: Final = "022"
_ANOTHER: Final = "What is to be acknowledged is not what was judged; nothing is written."
_ENVELOPES: Final[Marks] = (*sorted(ENVELOPE), *BINARY)
_CLOSINGS: Final = frozenset(("se-missing", "ge-missing", "iea-missing"))
"""Said of what comes in the place of what is missing."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where the three kinds go. Each is read from and written to its end."""

    interchange: BinaryIO
    functional: BinaryIO
    claims: BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgments:
    """What a source is answered with, as X12; b"" where there is nothing to say."""

    interchange: bytes
    """TA1."""
    functional: bytes
    """999."""
    claims: bytes
    """277CA."""


def acknowledge(source: Source, *, control: int, created: datetime, level: int = 7, values: bool = False) -> Acknowledgments:
    """Judge a source, and write its acknowledgments.

    `control`: the first of the control numbers that are used (ISA13, GS06); `values`: a 999 repeats what was wrong also where it
    is about a person.
    """
    data: Source = source if isinstance(source, str | Path | bytes) and source != "-" else open_source(source).read()
    found: list[Problem | TransactionReport] = []
    judge(data, found.append, found.append, asked=Asked(level))
    files = Files(BytesIO(), BytesIO(), BytesIO())
    write_acknowledgments(data, found, files, controls=numbers(control), created=created, values=values)
    ta1, functional, claims = (
        file.getvalue() for file in (files.interchange, files.functional, files.claims) if isinstance(file, BytesIO)
    )
    return Acknowledgments(interchange=ta1, functional=functional, claims=claims)


def write_acknowledgments(
    source: Source,
    found: Iterable[Problem | TransactionReport],
    files: Files,
    *,
    controls: Iterator[int],
    created: datetime,
    values: bool = False,
) -> None:
    """Write the acknowledgments of a source that was judged. `found`: all that judging it handed on, in its order."""
    _Acknowledging(found, files, controls, created, values).run(source)


class _Acknowledging:
    """Goes through the envelopes of a source, and through what was found in it, side by side."""

    def __init__(
        self,
        found: Iterable[Problem | TransactionReport],
        files: Files,
        controls: Iterator[int],
        created: datetime,
        values: bool,
    ) -> None:
        self._found = iter(found)
        self._head = next(self._found, None)
        self._values, self._created = values, created
        self._ta1 = Outgoing(files.interchange, controls, created)
        self._functional = Outgoing(files.functional, controls, created)
        self._claims = Outgoing(files.claims, controls, created)
        self._isa: Segment | None = None
        self._group: GroupReply | None = None
        self._batch: ClaimAnswers | None = None
        self._note, self._rejected = _NO_ERROR, False
        """TA105 of the interchange that is open: its first fault, or rather the first that rejects it."""
        self._groups = 0
        self._holds_ta1 = False
        self._data_until = 0
        """What stands before this byte is binary data, whatever it looks like."""

    def run(self, source: Source) -> None:
        for segment in read_marked(source, self._marks):
            name = segment.elements[0]
            if segment.offset < self._data_until:
                continue
            if name not in ENVELOPE:
                if self._batch is not None:
                    self._batch.take(segment)
                elif name in BINARY:
                    self._data_until = _end_of_data(segment)
                continue
            self._end_batch()
            if name == b"ST":
                self._set(segment)
            elif name == b"TA1":
                self._holds_ta1 = True
            elif name != b"SE":
                self._turn(segment)
        self._end_batch()
        self._take_until(None)
        if self._head is not None:
            raise SourceError(_ANOTHER)
        self._end_interchange()

    def _marks(self) -> Marks | None:
        """The segments that matter from here on; None: all."""
        return _ENVELOPES if self._batch is None else self._batch.marks

    # -- envelopes ---------------------------------------------------------------------------------------------------

    def _turn(self, segment: Segment) -> None:
        """An interchange or group begins or ends."""
        name = segment.id
        self._take_until(segment, closing=name in ("GE", "IEA"))
        if name in ("ISA", "IEA"):
            self._end_interchange()
        else:
            self._end_group(segment if name == "GE" else None)
        if name == "ISA":
            self._isa = segment
            self._groups, self._holds_ta1 = 0, False
            for out in (self._ta1, self._functional, self._claims):
                out.begin(segment)
        elif name == "GS":
            self._groups += 1
            answered = self._isa is not None and segment.get(1) in listed("AK1", 1)
            self._group = GroupReply(segment, self._functional if answered else None)

    def _take_until(self, segment: Segment | None, *, closing: bool = False) -> None:
        """What was found before a segment, and on it where it closes what the faults are of."""
        while isinstance(self._head, Problem):
            problem, at = self._head, self._head.offset
            if segment is not None and at is not None:
                here = at == segment.offset and (closing or problem.code in _CLOSINGS)
                if at >= segment.offset and not here:
                    return
            self._envelope_fault(problem)
            self._head = next(self._found, None)

    def _envelope_fault(self, problem: Problem) -> None:
        """Note a fault of the interchange or of the group that is open."""
        rejects = problem.severity == ERROR
        if "TA1" in problem.x12:
            if self._note == _NO_ERROR or (rejects and not self._rejected):
                self._note, self._rejected = problem.x12["TA1"].removeprefix("TA105="), rejects
        elif self._group is not None and (code := codes_of(problem).get("AK905")):
            self._group.fault(code, rejects)
        elif rejects and problem.interchange is not None and not problem.x12:  # a segment without an end
            self._note, self._rejected = _NOT_WHOLE, True

    def _end_group(self, ge: Segment | None) -> None:
        group = self._group
        self._group = None
        if group is not None:
            group.end(ge)
            if group.batches:
                if group.rejected:
                    self._claims.drop_group()
                else:
                    self._claims.close_group()

    def _end_interchange(self) -> None:
        self._end_group(None)
        isa, note, rejected = self._isa, self._note, self._rejected
        self._isa, self._note, self._rejected = None, _NO_ERROR, False
        if isa is None:
            return
        if rejected:
            self._functional.drop()
            self._claims.drop()
        if (note != _NO_ERROR or isa.get(14).strip() == "1") and not (self._holds_ta1 and not self._groups):
            result = ack.REJECTED if rejected else ack.ACCEPTED if note == _NO_ERROR else ack.WITH_ERRORS
            self._ta1.answer(self._answer(isa, result, note))
        for out in (self._ta1, self._functional, self._claims):
            out.end()

    def _answer(self, isa: Segment, result: str, note: str) -> Segment:
        day, clock = isa.get(9).strip(), isa.get(10).strip()
        moment = read_moment(f"20{day}", clock) if len(day) == len("YYMMDD") else None
        if moment is None or f"{moment:%H%M}" != clock:  # what is no date and time cannot be repeated
            day, clock = f"{self._created:%y%m%d}", f"{self._created:%H%M}"
        control = digits(isa.get(13)).zfill(9)
        answer = ack.InterchangeAnswer(control=control, date=day, time=clock, result=result, note=note)
        return ack.write_interchange_answer(answer, self._ta1.delimiters)

    # -- transactions ------------------------------------------------------------------------------------------------

    def _set(self, st: Segment) -> None:
        """A transaction set, with all that was found up to its end."""
        group = self._group or GroupReply(st, None)
        is_claims = st.get(1) == CLAIMS
        answer = SetReply(st, group, self._functional.delimiters, self._values)
        faults = Faults()
        while isinstance(self._head, Problem):
            problem = self._head
            if "TA1" in problem.x12 or "AK905" in codes_of(problem):
                self._envelope_fault(problem)
            elif problem.level <= GUIDE_LEVELS or not is_claims:
                answer.take(problem)
            elif problem.severity == ERROR:
                faults.add(problem)
            self._head = next(self._found, None)
        judged = self._head
        self._head = next(self._found, None)
        if judged is None:  # judging ended before
            self._note, self._rejected = _NOT_WHOLE, True
        elif (judged.set, judged.control) != (st.get(1), st.get(2)):
            raise SourceError(_ANOTHER)
        answer.end()
        if is_claims and answer.accepted and group.answered and judged is not None and judged.guide is not None:
            if not group.batches:
                self._claims.open_group("HN", VERSION, group.gs)
            group.batches += 1
            self._batch = ClaimAnswers(self._claims, faults)

    def _end_batch(self) -> None:
        if self._batch is not None and self._group is not None:
            self._batch.write()
        self._batch = None


def _end_of_data(segment: Segment) -> int:
    """The byte behind the data of a BIN or BDS, by the length that it names; its own beginning where it names none."""
    element = BINARY[segment.elements[0]]
    length = segment.get(element)
    if not (length.isascii() and length.isdigit()):
        return segment.offset
    before = sum(len(each) + 1 for each in segment.elements[: element + 1])
    return segment.offset + before + int(length[:16])

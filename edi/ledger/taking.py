"""A file taken into the ledger: each interchange once, what it is seen from its sets, all of it or nothing.

The same interchange again (its bytes) changes nothing. A known control number with other content is taken and warned of,
since senders do reuse numbers. A ledger keeps either production or tests (ISA15), whichever came first: the other is a problem,
and not taken. A set that the ledger does not keep (270, 834, ...) is a problem; so is every error that the
validator finds at levels 1 and 2, while what can be read is taken all the same. Nothing is taken of a set in the midst of which
a file ends: half a number is another number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO, Final, NamedTuple, TypeVar

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from edi.errors import ERROR, INFO, WARNING, Problem
from edi.guides.selection import Asked
from edi.guides.validation import judge
from edi.ledger import accepting
from edi.ledger.accepting import Envelope
from edi.ledger.columns import compressed
from edi.ledger.foreseen import Sent
from edi.ledger.interchange_records import ACKNOWLEDGED, Known, nothing, read_answers
from edi.ledger.payments.accounts import keep_beside, recoupments
from edi.ledger.payments.matched import Matched, matched
from edi.ledger.payments.reading import Advice, AskPayments, Piece, ReadPayment, read_rows, with_pairs
from edi.ledger.payments.repeats import Repeats, remitted
from edi.ledger.production import refusal
from edi.ledger.questions import batches
from edi.ledger.settling import Settling
from edi.ledger.statements import ask
from edi.ledger.storing import Writer, next_id
from edi.ledger.survey import InterchangeFound, SetFound, interchanges, readable
from edi.ledger.tables import ClaimTextRow, InterchangeRow, TransactionRow
from edi.linkage.denials.acceptance import REJECTED, ClaimAnswer
from edi.linkage.shapes import misshapen_numbers
from edi.linkage.terms import PayerRules
from edi.records.authorization import Authorization, Decision, read_with_copies
from edi.records.certification import ACKNOWLEDGMENT, INQUIRY, NOTICE, NOTIFICATION
from edi.records.claim import Claim
from edi.records.claim_acknowledgment import VERSION as CLAIMS_VERSION
from edi.records.provider_adjustment import ProviderAdjustment
from edi.records.single import read_sent

KEPT: Final = frozenset({"278", "837", "835"}) | ACKNOWLEDGED
REMITTANCES: Final = frozenset({"835"})
BATCH: Final = 500
"""Records that are asked about, and written, together."""
_STATUS, _OF_CLAIMS = "277", CLAIMS_VERSION
LEVEL: Final = 2
"""How far a file is judged when it is taken: its envelope and its guide."""
_COUNTS: Final = {
    ("278", False): "requests",
    ("278", True): "responses",
    (INQUIRY, False): "inquiries",
    (INQUIRY, True): "answers",
    (NOTIFICATION, False): "notifications",
    (NOTIFICATION, True): "notifications",
    (ACKNOWLEDGMENT, False): "acknowledgments",
    (ACKNOWLEDGMENT, True): "acknowledgments",
}
"""What a message counts as, by its source and whether it answers."""
_OTHER_COUNTS: Final = ("unasked", "claims", "payments", "provider_adjustments", "claim_answers", "rejections")
T = TypeVar("T")
_KNOWN: Final = select(col(InterchangeRow.id)).where(col(InterchangeRow.digest) == bindparam("digest"))
_SAME_NUMBER: Final = select(col(InterchangeRow.id)).where(
    *(col(getattr(InterchangeRow, name)) == bindparam(name) for name in ("sender", "receiver", "control"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenInterchange:
    """One interchange of a file, and whether it was known already (by its content)."""

    control: str
    sender: str
    receiver: str
    usage: str
    sets: tuple[str, ...]
    known: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "control": self.control,
            "sender": self.sender,
            "receiver": self.receiver,
            "usage": self.usage,
            "sets": list(self.sets),
            "known": self.known,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a file brought: how many of each record were new, and its problems (an ERROR or WARNING each; INFO is a notice)."""

    name: str
    interchanges: tuple[TakenInterchange, ...]
    requests: int
    responses: int
    inquiries: int = 0
    answers: int = 0
    """Reviews told of, or refused, in answers to inquiries."""
    notifications: int = 0
    acknowledgments: int = 0
    """Of notifications."""
    unasked: int = 0
    """Responses, answers and acknowledgments of nothing that is on file."""
    claims: int
    payments: int
    provider_adjustments: int = 0
    """Amounts that remittances settle beside claims (PLB)."""
    claim_answers: int = 0
    """What TA1s, 999s and 277CAs say of what was sent: of all of a set or an interchange, or of one claim."""
    rejections: int = 0
    """Of these: that something was rejected."""
    problems: tuple[Problem, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing was wrong: that an interchange is known already is not wrong."""
        return all(problem.severity == INFO for problem in self.problems)

    def to_json(self) -> dict[str, Any]:
        """The shape of a file in `edi ledger import --format json`, without its path and problems."""
        return {
            "interchanges": [interchange.to_json() for interchange in self.interchanges],
            "requests": self.requests,
            "responses": self.responses,
            "inquiries": self.inquiries,
            "answers": self.answers,
            "notifications": self.notifications,
            "acknowledgments": self.acknowledgments,
            "unasked": self.unasked,
            "claims": self.claims,
            "payments": self.payments,
            "provider_adjustments": self.provider_adjustments,
            "claim_answers": self.claim_answers,
            "rejections": self.rejections,
        }


class Telling(NamedTuple):
    """Who is told how far a file has come."""

    read: Callable[[int, int], object] = lambda _, __: None
    """How many records more were read, up to which byte."""
    judged: Callable[[int], object] = lambda _: None
    """How many payments more were judged."""


SILENT: Final = Telling()


class FileTaking:
    """One file on its way into the ledger, in one transaction."""

    def __init__(
        self,
        session: Session,
        *,
        name: str,
        now: datetime | None,
        required: PayerRules | None = None,
        telling: Telling = SILENT,
        level: int = LEVEL,
        ask: AskPayments | None = None,
        known: Known = nothing,
        survey: Sequence[InterchangeFound] | None = None,
    ) -> None:
        """`level`: how far the file is judged, for its errors to be told; 0: not at all. `ask` has other processes read payments
        (`edi.jobs.matching`). `known` has what was read of the file before, `survey` what is in it, where that is known.
        """
        self._session, self._name, self._now, self._heard, self._level = session, name, now, telling.read, level
        self._ask, self._known_of, self._survey = ask, known, survey
        self._problems: list[Problem] = []
        self._ids: dict[int, InterchangeFound] = {}
        self._settling = Settling(session, now, required, telling.judged)
        self._rules = required.wanted if required else ()
        self._wanted = KEPT
        self._counts = dict.fromkeys((*_COUNTS.values(), *_OTHER_COUNTS), 0)

    def run(self, file: BinaryIO) -> Taken:
        """Take what is new of a file that can be read twice."""
        taken = self._read(file)
        self._settling.interchanges(list(self._ids))
        self._settling.finish()
        return replace(taken, unasked=taken.unasked + len(self._settling.astray))

    def match(self, file: BinaryIO) -> Matched:
        """Take what is new of a file's remittances; what their payments deny or cut, also of those that are known."""
        self._wanted = REMITTANCES
        taken = self._read(file)
        payments, beside = remitted(self._session, self._ids, partial(readable, file))
        self._settling.payments(payments)
        self._settling.interchanges(list(self._ids))
        problems = [problem for problem in taken.problems if problem.severity != INFO]
        found = matched(len(payments), self._settling.finish(), problems)
        return replace(found, recouped=tuple(recoupments(self._session, beside)))

    def _read(self, file: BinaryIO) -> Taken:
        found = interchanges(file) if self._survey is None else self._survey
        self._judge(file)
        taken = tuple(self._interchange(file, one) for one in found)
        return Taken(name=self._name, interchanges=taken, problems=tuple(self._problems), **self._counts)

    def _judge(self, file: BinaryIO) -> None:
        """The errors of the file. A guide's warnings are the validator's business."""
        if self._level:
            file.seek(0)
            judge(file, lambda one: self._problems.append(one) if one.severity == ERROR else None, asked=Asked(self._level))

    def _interchange(self, file: BinaryIO, found: InterchangeFound) -> TakenInterchange:
        sets = tuple(dict.fromkeys(one.set for one in found.sets))
        kept = {one.set for one in found.sets if one.set != _STATUS or one.version == _OF_CLAIMS}
        wanted = not self._wanted.isdisjoint(kept) or (found.acknowledges and self._wanted is KEPT)
        id = self._known(found)
        known = id is not None
        if id is not None:
            self._ids[id] = found
        elif wanted and not self._mixes(found):
            self._warn_of_number(found)
            self._records(file, found, kept)
            if (cut := found.cut_off) is not None:
                self._say(found, "LEDGER-CUT", "It was cut off: nothing of this transaction is taken.", of=cut)
        for other in sorted(set(sets) - kept.intersection(KEPT if wanted else self._wanted)):
            why = "it is no remittance (835)" if other in kept & KEPT else "the ledger takes 278, 837, 835, 999 and 277CA"
            self._say(found, "LEDGER-SET", f"A transaction set {other} is not kept: {why}.")
        if known:
            self._say(found, "LEDGER-KNOWN", f"Interchange {found.control} was taken before; nothing changed.", INFO)
        return TakenInterchange(
            control=found.control,
            sender=found.sender,
            receiver=found.receiver,
            usage=found.usage,
            sets=sets,
            known=known,
        )

    def _known(self, found: InterchangeFound) -> int | None:
        known: int | None = ask(self._session, _KNOWN, digest=found.digest).scalar()
        return known

    def _mixes(self, found: InterchangeFound) -> bool:
        """Whether a test would come among production, or production among tests."""
        why = refusal(self._session, found.control, found.usage)
        if why:
            self._say(found, "LEDGER-USAGE", why)
        return bool(why)

    def _warn_of_number(self, found: InterchangeFound) -> None:
        same = {"sender": found.sender, "receiver": found.receiver, "control": found.control}
        if ask(self._session, _SAME_NUMBER, **same).first() is not None:
            message = f"The control number {found.control} was used before by this sender, for other content."
            self._say(found, "LEDGER-CONTROL", message, WARNING)

    def _records(self, file: BinaryIO, found: InterchangeFound, sets: set[str]) -> None:
        id, now = next_id(self._session, InterchangeRow), self._now or found.sent
        self._ids[id] = found
        writer = Writer(self._session, interchange=id, now=now)
        writer.insert(InterchangeRow, [_interchange_row(id, found, self._name, now)])
        for rows in batches(_transaction_rows(id, found), BATCH):
            writer.insert(TransactionRow, rows)
        starts, ahead = [one.start for one in found.sets], self._known_of(found)
        if "278" in sets:
            read = read_with_copies(readable(file, found)) if ahead.authorizations is None else ahead.authorizations
            for some in batches(read, BATCH):
                self._authorizations(writer, some, found)
        if ahead.sent is not None:
            self._sent(writer, ahead.sent, starts)
        elif "837" in sets:
            for claims in batches(read_sent(readable(file, found)) if ahead.claims is None else ahead.claims, BATCH):
                self._heard(len(claims), found.start + claims[-1][0].offset)
                self._claims(writer, claims, starts)
        if "835" in sets:
            repeats = Repeats(self._session, writer, id, found, readable(file, found))
            for said in repeats.said:
                self._say(found, *said)
            unread = read_rows(self._session, readable(file, found), self._ask) if ahead.payments is None else None
            for pieces in unread or with_pairs(self._session, ahead.payments or ()):
                self._payments(writer, pieces, repeats, found.start)
        if found.acknowledges or not ACKNOWLEDGED.isdisjoint(sets):
            for answers in batches(read_answers(readable(file, found)) if ahead.answers is None else ahead.answers, BATCH):
                self._answers(writer, answers, found, id)

    def _authorizations(self, writer: Writer, batch: list[tuple[Authorization, bytes]], found: InterchangeFound) -> None:
        self._heard(len(batch), found.start)
        records, copies = [record for record, _ in batch], [copy for _, copy in batch]
        for record in records:
            for said in misshapen_numbers(record, self._rules) if self._rules else ():
                self._say(found, "LEDGER-NUMBER", said, WARNING)
            decides = record.kind != NOTICE and record.decision is not Decision.UNANSWERED
            refuses = record.kind == NOTICE and record.decision is Decision.REJECTED
            self._counts[_COUNTS[record.source, decides or refuses]] += 1
        before = len(writer.unasked)
        self._settling.authorizations(writer.authorizations(records, copies))
        self._counts["unasked"] += len(writer.unasked) - before

    def _claims(self, writer: Writer, batch: list[tuple[Claim, bytes]], starts: Sequence[int]) -> None:
        self._counts["claims"] += len(batch)
        claims = [claim for claim, _ in batch]
        ids = writer.claims(claims, starts)
        writer.insert_values(ClaimTextRow, [(id, compressed(text)) for id, (_, text) in zip(ids, batch, strict=True)])
        self._settling.claims(ids, claims)

    def _sent(self, writer: Writer, sent: Sent, starts: Sequence[int]) -> None:
        self._counts["claims"] += len(sent.claims)
        ids = writer.sent([claim for claim, _ in sent.claims], starts)
        writer.insert_values(ClaimTextRow, [(id, copy) for id, (_, copy) in zip(ids, sent.claims, strict=True)])
        self._settling.foreseen(ids, sent)

    def _answers(self, writer: Writer, batch: list[ClaimAnswer], found: InterchangeFound, id: int) -> None:
        self._heard(len(batch), found.start)
        self._counts["claim_answers"] += len(batch)
        self._counts["rejections"] += sum(answer.result == REJECTED for answer in batch)
        envelope = Envelope(interchange=id, sender=found.sender, receiver=found.receiver, made_at=found.sent)
        self._settling.answers(accepting.keep(writer, batch, envelope, self._now or found.sent))

    def _payments(self, writer: Writer, pieces: Sequence[Piece], repeats: Repeats, start: int) -> None:
        rows = [row for _, row in pieces if row is not None]
        if rows:
            self._heard(len(rows), start + rows[-1].offset)
        repeats.heed(rows)
        new: list[tuple[Advice, ReadPayment]] = []
        beside: list[tuple[Advice, list[ProviderAdjustment]]] = []
        for advice, row in pieces:  # in their order: what comes first is what is kept
            if row is None:
                beside.append((advice, repeats.new_beside(advice)))
            elif repeats.is_new(row):
                new.append((advice, row))
        self._counts["payments"] += len(new)
        ids = writer.payments((advice.header.transfer, row.values) for advice, row in new)
        self._settling.payments(ids, [row.pair for _, row in new], [row.judged for _, row in new])
        for advice, settled in beside:
            self._counts["provider_adjustments"] += len(settled)
            if settled or not (advice.adjustments or advice.payments or repeats.knows(advice)):  # else its payments bring it
                keep_beside(writer, advice.header.transfer, settled)

    def _say(self, found: InterchangeFound, code: str, message: str, severity: str = ERROR, of: SetFound | None = None) -> None:
        """Of an interchange, or of one of its sets."""
        segment, at = ("ISA", found.start) if of is None else ("ST", found.start + of.start)
        self._problems.append(
            Problem(
                code=code,
                message=message,
                severity=severity,
                interchange=found.control,
                group=of.group_control if of else None,
                transaction=of.control if of else None,
                segment=segment,
                offset=at,
            )
        )


def _interchange_row(id: int, found: InterchangeFound, name: str, now: datetime | None) -> dict[str, Any]:
    return {
        "id": id,
        "digest": found.digest,
        "control": found.control,
        "sender": found.sender,
        "receiver": found.receiver,
        "usage": found.usage,
        "sent": found.sent,
        "name": name,
        "size": found.stop - found.start,
        "taken_at": now,
    }


def _transaction_rows(id: int, found: InterchangeFound) -> Iterator[dict[str, Any]]:
    return (
        {
            "interchange_id": id,
            "position": position,
            "set": one.set,
            "version": one.version,
            "control": one.control,
            "group_control": one.group_control,
            "reference": one.reference,
        }
        for position, one in enumerate(found.sets)
        if not one.cut_off
    )

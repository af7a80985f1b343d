"""What acknowledgments say of what was sent, kept, and tied to that; what they say of claims is acted on.

A claim that is rejected uses nothing and is work: it was never adjudicated. An acceptance that comes later, or a payment, settles
that. Of several acknowledgments the one that knows more speaks (277CA before 999 before TA1), and of those the latest. They may
come before what they answer: whatever comes, what may concern it is tied anew. What follows for requests: `edi.ledger.refusing`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlmodel import Session, col

from edi.ledger.answer_tables import ClaimAnswerRow
from edi.ledger.inserting import change
from edi.ledger.payments.denying import is_older
from edi.ledger.questions import NAMES, chunks
from edi.ledger.reading import read_as, to_json
from edi.ledger.sendings import LONG_AGO, Sending, last_ones, sendings
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import Rows, Writer, claim_key, table_of
from edi.ledger.tables import ClaimRow, EventRow, InterchangeRow, PaymentRow, RemittanceRow, TransactionRow
from edi.ledger.using import use_near
from edi.ledger.work.worklist import REJECTION, WorkItem, open_subjects, settle
from edi.linkage.denials.acceptance import (
    CLAIMS,
    GROUP,
    INTERCHANGE,
    RECEIVED,
    REJECTED,
    RESEND,
    REVIEWS,
    SOURCES,
    ClaimAnswer,
    claim_answers,
)
from edi.linkage.denials.pairing import same_member_id
from edi.linkage.joining import folded
from edi.linkage.terms import PayerRules
from edi.records.claim import Claim
from edi.records.received import Acknowledgment

_SET: Final = 500
_DECIDES: Final = ("answered", "acknowledged", "inquiry-refused")
"""Messages that are the payer's own (`EventRow.kind`)."""
ANY_ANSWER: Final = select(col(ClaimAnswerRow.id)).limit(1)
_ANSWERS: Final = select(*table_of(ClaimAnswerRow).columns).where(one_of(col(ClaimAnswerRow.id), "ids"))
_ANSWERS_OF_CLAIMS: Final = select(*table_of(ClaimAnswerRow).columns).where(one_of(col(ClaimAnswerRow.claim_id), "ids"))
ANSWERS_OF_SETS: Final = select(*table_of(ClaimAnswerRow).columns).where(one_of(col(ClaimAnswerRow.answered_id), "ids"))
_POSSIBLE: Final = (
    select(
        col(ClaimRow.id),
        col(ClaimRow.claim),
        col(ClaimRow.claim_key),
        col(ClaimRow.record),
        func.coalesce(col(InterchangeRow.sent), col(ClaimRow.sent_at)).label("sent"),
        col(TransactionRow.reference),
    )
    .join(InterchangeRow, col(InterchangeRow.id) == col(ClaimRow.interchange_id), isouter=True)
    .join(
        TransactionRow,
        and_(
            col(TransactionRow.interchange_id) == col(ClaimRow.interchange_id),
            col(TransactionRow.position) == col(ClaimRow.set_position),
        ),
        isouter=True,
    )
    .where(one_of(col(ClaimRow.claim_key), "keys"))
    .order_by(col(ClaimRow.id))
)
_ADJUDICATED: Final = (
    select(col(PaymentRow.claim_id), col(RemittanceRow.produced_on))
    .join(RemittanceRow, col(RemittanceRow.id) == col(PaymentRow.remittance_id))
    .where(one_of(col(PaymentRow.claim_id), "ids"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The interchange that brings an acknowledgment: its id, ISA06, ISA08, and when it was made."""

    interchange: int | None = None
    sender: str = ""
    receiver: str = ""
    made_at: datetime | None = None


def keep_made(writer: Writer, acknowledgments: Iterable[Acknowledgment], now: datetime | None) -> list[int]:
    """Keep what acknowledgments say that came in no file, as if they had been made `now`; gives the ids."""
    said = [answer for one in acknowledgments for answer in claim_answers(one)]
    return keep(writer, said, Envelope(made_at=now), now)


def keep(writer: Writer, answers: Sequence[ClaimAnswer], envelope: Envelope, now: datetime | None) -> list[int]:
    """Keep what was said; gives its ids."""
    ids = [writer.new_id(ClaimAnswerRow) for _ in answers]
    rows: Rows = [
        {
            "id": id,
            "interchange_id": envelope.interchange,
            "source": answer.source,
            "sender": envelope.sender,
            "receiver": envelope.receiver,
            "control": answer.control,
            "transaction": answer.transaction,
            "claim": answer.claim,
            "claim_key": claim_key(answer.claim),
            "payer_claim": answer.payer_claim,
            "result": answer.result,
            "codes": " ".join(answer.codes),
            "made_at": envelope.made_at,
            "recorded_at": now,
            **_NOWHERE._asdict(),
            "provider": answer.provider,
            "record": to_json(answer),
        }
        for id, answer in zip(ids, answers, strict=True)
    ]
    writer.insert(ClaimAnswerRow, rows)
    return ids


# -- what an answer is about ---------------------------------------------------------------------------------------------------


def concerning(session: Session, claims: Collection[int], interchanges: Collection[int]) -> set[int]:
    """The answers that may be about claims, or about interchanges, which came just now."""
    found: set[int] = set()
    if ask(session, ANY_ANSWER).first() is None:
        return found
    of_claims, of_sets = _concerning()
    for question, came in ((of_claims, claims), (of_sets, interchanges)):
        for ids in chunks(sorted(came), NAMES):
            found.update(ask(session, question, ids=ids).scalars())
    return found


@cache
def _concerning() -> tuple[Select[Any], Select[Any]]:
    keys = select(col(ClaimRow.claim_key)).where(one_of(col(ClaimRow.id), "ids"))
    sets = one_of(col(TransactionRow.interchange_id), "ids")
    named = or_(
        col(ClaimAnswerRow.control).in_(select(col(InterchangeRow.control)).where(one_of(col(InterchangeRow.id), "ids"))),
        col(ClaimAnswerRow.control).in_(select(col(TransactionRow.group_control)).where(sets)),
        col(ClaimAnswerRow.control).in_(select(col(TransactionRow.reference)).where(sets)),
    )
    return (
        select(col(ClaimAnswerRow.id)).where(col(ClaimAnswerRow.claim) != "", col(ClaimAnswerRow.claim_key).in_(keys)),
        select(col(ClaimAnswerRow.id)).where(col(ClaimAnswerRow.claim) == "", named),
    )


class _Place(NamedTuple):
    """What an answer is about, as its row has it: a claim, or the first to the last set of an interchange that was sent."""

    claim_id: int | None = None
    answered_id: int | None = None
    first_set: int = 0
    last_set: int = 0


_NOWHERE: Final = _Place()


class Placed(NamedTuple):
    """What answers that were tied to what they are about concern, before and now."""

    claims: set[int]
    interchanges: set[int]
    astray: set[int]
    """The answers about nothing that is on file."""


def place(session: Session, answers: Collection[int]) -> Placed:
    """Tie answers to what they are about."""
    placed = Placed(set(), set(), set())
    for ids in chunks(sorted(answers), _SET):
        rows = ask(session, _ANSWERS, ids=ids).all()
        claims = _claims_meant(session, [row for row in rows if row.claim])
        moved: list[dict[str, Any]] = []
        for row in rows:
            before = _Place(row.claim_id, row.answered_id, row.first_set, row.last_set)
            now = _Place(claims.get(row.id)) if row.claim else _sets_meant(session, row)
            if now != before:
                moved.append({"id": row.id, **now._asdict()})
            if now == _NOWHERE:
                placed.astray.add(row.id)
            for each in {before, now}:
                placed.claims.update(_concerned(session, each, row.provider))
            placed.interchanges.update(id for id in (before.answered_id, now.answered_id) if id is not None)
        if moved:
            change(session.connection(), table_of(ClaimAnswerRow), moved)
    return placed


def _concerned(session: Session, place: _Place, provider: str) -> set[int]:
    """The claims that an answer is about: of sets those of a provider, where it names one."""
    if place.claim_id is not None:
        return {place.claim_id}
    if place.answered_id is None:
        return set()
    of_provider = [col(ClaimRow.billing_id) == provider] if provider else []
    found = select(col(ClaimRow.id)).where(
        col(ClaimRow.interchange_id) == place.answered_id,
        col(ClaimRow.set_position).between(place.first_set, place.last_set),
        *of_provider,
    )
    return set(session.execute(found).scalars())


def _claims_meant(session: Session, rows: Sequence[Any]) -> dict[int, int]:
    """The claim that each 277CA's status is about, as it was last sent before that was said."""
    keys = {row.claim_key for row in rows}
    possible: dict[str, list[tuple[Any, Claim]]] = {}
    read = read_as(Claim)
    for chunk in chunks(sorted(keys), _SET):
        for found in ask(session, _POSSIBLE, keys=chunk):
            possible.setdefault(found.claim_key, []).append((found, read(found.record)))
    said = read_as(ClaimAnswer)
    meant: dict[int, int] = {}
    for row in rows:
        answer, alike = said(row.record), possible.get(row.claim_key, ())
        near = [one for one, claim in alike if _is_about(answer, claim)] or _of_batch(row, answer, alike)
        near = [one for one in near if one.claim == row.claim] or near
        near = [one for one in near if row.control and one.reference == row.control] or near
        if chosen := _sent_before(near, row.made_at):
            meant[row.id] = chosen.id
    return meant


def _of_batch(row: Any, answer: ClaimAnswer, alike: Sequence[tuple[Any, Claim]]) -> list[Any]:
    """The only claim of the batch that is named with its number and charge, whatever member id came back."""
    if not row.control or answer.charge is None:
        return []
    named = [(one, claim) for one, claim in alike if (one.claim, one.reference) == (row.claim, row.control)]
    found = [one for one, claim in named if _is_about(replace(answer, member=""), claim)]
    return found if len(found) == 1 else []


def _is_about(answer: ClaimAnswer, claim: Claim) -> bool:
    """Whether number, patient, provider and charge are the claim's, as far as they are told. A number may come back cut."""
    return (
        folded(claim.id).startswith(folded(answer.claim))
        and _is_of_member(answer, claim)
        and (not answer.provider or not claim.billing.npi or answer.provider == claim.billing.npi)
        and (not answer.charge or answer.charge == claim.charge)
    )


def _is_of_member(answer: ClaimAnswer, claim: Claim) -> bool:
    """Whether the member id is the patient's or the subscriber's, as far as both are known."""
    member, ours = folded(answer.member), {folded(one.member_id) for one in (claim.patient, claim.subscriber)} - {""}
    return not member or not ours or any(same_member_id(member, one) for one in ours)


def _sent_before(found: Sequence[Any], moment: datetime | None) -> Any:
    """Of what may be meant what was sent last before a moment; where clocks disagree, the first."""
    ordered = sorted(found, key=lambda one: (one.sent or LONG_AGO, one.id))
    before = [one for one in ordered if moment is None or one.sent is None or one.sent <= moment]
    return before[-1] if before else next(iter(ordered), None)


def _sets_meant(session: Session, row: Any) -> _Place:
    """What of what was sent an answer without a claim is about. What holds the payer's own messages is none of that."""
    said = read_as(ClaimAnswer)(row.record)
    controls = {row.control, row.control.lstrip("0")}
    of = {
        INTERCHANGE: col(InterchangeRow.control) == row.control,
        GROUP: col(TransactionRow.group_control).in_(controls),
    }.get(row.source, col(TransactionRow.reference) == row.control)
    named = [col(TransactionRow.control) == row.transaction] if row.transaction else []
    rows = session.execute(
        select(
            col(TransactionRow.interchange_id).label("id"),
            col(TransactionRow.position),
            col(TransactionRow.version),
            col(InterchangeRow.sent),
            col(InterchangeRow.sender),
            col(InterchangeRow.receiver),
        )
        .join(InterchangeRow, col(InterchangeRow.id) == col(TransactionRow.interchange_id))
        .where(col(TransactionRow.set).in_((CLAIMS, REVIEWS) if row.source == INTERCHANGE else (said.set,)), of, *named)
        .where(~exists().where(col(EventRow.interchange_id) == col(InterchangeRow.id), col(EventRow.kind).in_(_DECIDES)))
        .order_by(col(TransactionRow.interchange_id), col(TransactionRow.position))
    ).all()
    if row.source == INTERCHANGE:
        rows = [one for one in rows if one.sent == said.sent] or rows
    rows = [one for one in rows if one.version == said.version] or rows
    answered = [one for one in rows if (one.sender, one.receiver) == (row.receiver, row.sender)] or rows
    chosen = _sent_before(answered, row.made_at)
    if chosen is None:
        return _NOWHERE
    positions = [one.position for one in answered if one.id == chosen.id]
    return _Place(None, chosen.id, positions[0], positions[-1])


# -- what follows --------------------------------------------------------------------------------------------------------------


def settle_rejections(
    session: Session, writer: Writer, claims: Collection[int], now: datetime | None, required: PayerRules | None = None
) -> dict[int, str]:
    """Have what claims use, and the work that they are, agree with what acknowledgments and payments say.

    Gives the claims (with their keys) that were decided anew, by the rules of payers (`required`), as they were at first.
    """
    if not claims or ask(session, ANY_ANSWER).first() is None:
        return {}
    found = sendings(session, claims)
    last = last_ones(found.values())
    standing = last_words(session, list(found.values()))
    rejected = {id for id, row in standing.items() if row.result == REJECTED} - _adjudicated(session, found)
    changes = [{"id": one.id, "rejected": one.id in rejected} for one in found.values() if one.rejected != (one.id in rejected)]
    if changes:
        change(session.connection(), table_of(ClaimRow), changes)
    anew = use_near(session, writer, [change["id"] for change in changes], required, rejected=sorted(rejected & last))
    names = sorted({one.claim for one in found.values()})
    items = list(_items(session, {id: standing[id] for id in rejected & last}))
    mine = [subject for subject in open_subjects(session, REJECTION, names) if int(subject.split(":")[1]) in found]
    why = "It was accepted, answered or sent again after it had been rejected."
    settle(writer, session, items, dict.fromkeys(mine, why), now)
    return anew


def last_words(session: Session, found: Sequence[Sending]) -> dict[int, Any]:
    """What is said of each sending: by who knows more, the latest; of what was said at one moment, that it was rejected."""
    said: dict[int, list[Any]] = {}
    for some in chunks(found, NAMES):
        ids = [one.id for one in some]
        for row in ask(session, _ANSWERS_OF_CLAIMS, ids=ids):
            said.setdefault(row.claim_id, []).append(row)
        interchanges = {one.interchange_id for one in some if one.interchange_id is not None}
        of_sets: dict[int, list[Any]] = {}
        for row in ask(session, ANSWERS_OF_SETS, ids=interchanges):
            of_sets.setdefault(row.answered_id, []).append(row)
        for one in some:
            for row in of_sets.get(one.interchange_id or 0, ()):
                within = one.set_position is not None and row.first_set <= one.set_position <= row.last_set
                if within and row.provider in ("", one.billing_id):
                    said.setdefault(one.id, []).append(row)
    decided = {id: [row for row in rows if row.result != RECEIVED] for id, rows in said.items()}
    return {id: max(rows, key=weight) for id, rows in decided.items() if rows}


def weight(row: Any) -> tuple[int, datetime, bool, str]:
    """By which of several answers the one that speaks is the greatest."""
    return SOURCES.index(row.source), row.made_at or LONG_AGO, row.result == REJECTED, row.codes


def _adjudicated(session: Session, found: Mapping[int, Sending]) -> set[int]:
    """The claims that a payment answers which is not older than they are."""
    answered: set[int] = set()
    for ids in chunks(sorted(found), NAMES):
        rows = ask(session, _ADJUDICATED, ids=ids)
        answered.update(id for id, day in rows if not is_older(day, found[id].sent))
    return answered


def _items(session: Session, rejected: dict[int, Any]) -> Iterable[tuple[WorkItem, str]]:
    for ids in chunks(sorted(rejected), NAMES):
        columns = (ClaimRow.id, ClaimRow.claim, ClaimRow.payer_name, ClaimRow.payer_id, ClaimRow.charge, ClaimRow.record)
        for row in session.execute(select(*map(col, columns)).where(col(ClaimRow.id).in_(ids))):
            answer = rejected[row.id]
            other = answer.claim and not _is_of_member(read_as(ClaimAnswer)(answer.record), read_as(Claim)(row.record))
            item = WorkItem(
                subject=f"rejection:{row.id}",
                kind=REJECTION,
                claim=row.claim,
                payer=row.payer_name or row.payer_id,
                payer_id=row.payer_id,
                reason=" ".join(filter(None, ("rejected", answer.source, answer.codes, "of another member id" if other else ""))),
                amount=row.charge,
                action=RESEND,
            )
            made = f" of {answer.made_at:%Y-%m-%d}" if answer.made_at else ""
            yield item, f"An acknowledgment ({answer.source}){made} rejects the claim."

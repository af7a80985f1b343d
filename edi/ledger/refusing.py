"""Requests, inquiries and notifications (278) that were not taken in, by what acknowledgments (TA1, 999) say of their sets.

A message's set is found by its interchange and BHT03; of several sets with one BHT03 each is of the message in its place. Where
the same message is sent again under other control numbers, it is no message of its own, and what is said of the last sending
counts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.accepting import ANSWERS_OF_SETS, ANY_ANSWER, weight
from edi.ledger.inserting import change
from edi.ledger.questions import NAMES, chunks
from edi.ledger.sendings import LONG_AGO
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import Writer, table_of
from edi.ledger.tables import EventRow, IdentifierRow, InterchangeRow, TransactionRow
from edi.linkage.denials.acceptance import ACCEPTED, RECEIVED, REJECTED, REVIEWS
from edi.linkage.joining import folded
from edi.records.response import Decision

_ASKING: Final = ("requested", "inquired", "notified")
_EVENTS: Final = (
    select(*map(col, (EventRow.id, EventRow.authorization_id, EventRow.interchange_id, EventRow.refused, EventRow.record)))
    .where(
        col(EventRow.kind).in_(_ASKING),
        col(EventRow.decision) == Decision.UNANSWERED.value,
        col(EventRow.interchange_id).is_not(None),
    )
    .order_by(col(EventRow.id))
)
_OF_AUTHORIZATIONS: Final = _EVENTS.where(one_of(col(EventRow.authorization_id), "ids"))
_OF_INTERCHANGES: Final = _EVENTS.where(one_of(col(EventRow.interchange_id), "ids"))
_SETS: Final = (
    select(*map(col, (TransactionRow.interchange_id, TransactionRow.position, TransactionRow.reference)))
    .where(col(TransactionRow.set) == REVIEWS, one_of(col(TransactionRow.reference), "references"))
    .order_by(col(TransactionRow.interchange_id), col(TransactionRow.position))
)
_SENT: Final = select(*map(col, (InterchangeRow.id, InterchangeRow.sent, InterchangeRow.sender, InterchangeRow.receiver))).where(
    one_of(col(InterchangeRow.id), "ids")
)
_REFERENCES: Final = select(col(TransactionRow.reference)).where(
    col(TransactionRow.set) == REVIEWS, one_of(col(TransactionRow.interchange_id), "ids")
)
_CALLED: Final = select(col(IdentifierRow.authorization_id)).where(
    one_of(col(IdentifierRow.folded), "names"), col(IdentifierRow.kind) == "request"
)


class _Event(NamedTuple):
    """A message of ours; `reference` is its BHT03."""

    id: int
    authorization: int
    interchange: int
    refused: str
    reference: str


class _Set(NamedTuple):
    """A set that was sent."""

    interchange: int
    position: int
    reference: str


def settle_refusals(
    session: Session, writer: Writer, authorizations: Collection[int], interchanges: Collection[int]
) -> Collection[int]:
    """Have authorizations agree with what acknowledgments say, those that had a message and those of interchanges that had an
    answer; gives those that stand otherwise than before.
    """
    if ask(session, ANY_ANSWER).first() is None:
        return ()
    events = _events(session, _OF_AUTHORIZATIONS, {*authorizations, *_asked_in(session, interchanges)})
    words = _words_of(session, events, wanted=REJECTED)
    said = {one: told(words[one.id]) if one.id in words and words[one.id].result == REJECTED else "" for one in events}
    other = {one: refused for one, refused in said.items() if refused != one.refused}
    if not other:
        return ()
    change(session.connection(), table_of(EventRow), [{"id": one.id, "refused": refused} for one, refused in other.items()])
    concerned = {one.authorization for one in other}
    writer.restate(concerned)
    return concerned


def taken_in(session: Session, authorization: int) -> dict[int, str]:
    """By message (event) of ours the acknowledgment that says that it was taken in."""
    words = _words_of(session, _events(session, _OF_AUTHORIZATIONS, [authorization]), wanted=ACCEPTED)
    return {id: told(word) for id, word in words.items() if word.result == ACCEPTED}


def told(answer: Any) -> str:
    """What an acknowledgment is called: "999 of 2026-11-03", and why it rejects, in brackets."""
    made = f" of {answer.made_at:%Y-%m-%d}" if answer.made_at else ""
    return f"{answer.source}{made}{f' ({answer.codes})' if answer.codes else ''}"


def _asked_in(session: Session, interchanges: Collection[int]) -> set[int]:
    """The authorizations whose messages these interchanges brought, for the first time or again."""
    found: set[int] = set()
    for ids in chunks(sorted(interchanges), NAMES):
        names = sorted({folded(name) for name in ask(session, _REFERENCES, ids=ids).scalars()} - {""})
        for some in chunks(names, NAMES):
            found.update(ask(session, _CALLED, names=some).scalars())
    return found


def _events(session: Session, question: Any, ids: Collection[int]) -> list[_Event]:
    rows = (row for some in chunks(sorted(ids), NAMES) for row in ask(session, question, ids=some))
    return [
        _Event(id, authorization, interchange, refused, json.loads(record).get("request_reference", ""))
        for id, authorization, interchange, refused, record in rows
    ]


def _words_of(session: Session, events: Collection[_Event], *, wanted: str) -> dict[int, Any]:
    """By message (its id) the last that acknowledgments say of it; of none where nothing that is said is what is wanted."""
    sendings: dict[str, list[_Set]] = {}
    for names in chunks(sorted({one.reference for one in events}), NAMES):
        for row in ask(session, _SETS, references=names):
            sendings.setdefault(row.reference, []).append(_Set(*row))
    interchanges = {one.interchange for sets in sendings.values() for one in sets}
    words = _words(session, interchanges)
    if not any(word.result == wanted for word in words.values()):
        return {}
    brought: dict[tuple[int, str], list[int]] = {}
    for one in _events(session, _OF_INTERCHANGES, interchanges):
        brought.setdefault((one.interchange, one.reference), []).append(one.id)
    sent = {row.id: row for ids in chunks(sorted(interchanges), NAMES) for row in ask(session, _SENT, ids=ids)}
    found: dict[int, Any] = {}
    for one in events:
        said = [words.get(each[:2]) for each in _last_sending(one, sendings.get(one.reference, ()), brought, sent)]
        if len({word and word.result for word in said}) == 1 and said[0] is not None:
            found[one.id] = said[0]
    return found


def _last_sending(
    one: _Event, sets: Sequence[_Set], brought: Mapping[tuple[int, str], list[int]], sent: Mapping[int, Any]
) -> list[_Set]:
    """The set that sent a message last, of all sets with its BHT03; several, where it is not known which of them."""
    own = [each for each in sets if each.interchange == one.interchange]
    if not own:  # it came before BHT03 was kept of sets
        return []
    beside, first = brought[one.interchange, one.reference], sent[one.interchange]
    if len(own) == len(beside):
        own = [own[beside.index(one.id)]]
    again = [
        (sent[each.interchange].sent or LONG_AGO, each)
        for each in sets
        if (each.interchange, each.reference) not in brought
        and (sent[each.interchange].sender, sent[each.interchange].receiver) == (first.sender, first.receiver)
    ]
    later = [each for each in again if each > (first.sent or LONG_AGO, own[0])]
    return [max(later)[1]] if later else own


def _words(session: Session, interchanges: Collection[int]) -> dict[tuple[int, int], Any]:
    """By interchange and position of each set what the answer that knows most says of it."""
    found: dict[tuple[int, int], Any] = {}
    for ids in chunks(sorted(interchanges), NAMES):
        for row in ask(session, ANSWERS_OF_SETS, ids=ids):
            for position in range(row.first_set, row.last_set + 1) if row.result != RECEIVED else ():
                before = found.get((row.answered_id, position))
                found[row.answered_id, position] = row if before is None else max(before, row, key=weight)
    return found

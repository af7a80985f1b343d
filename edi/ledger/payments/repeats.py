"""Remittances that came before in another envelope: payments are kept, and counted, once.

A payer, a clearinghouse or a bank sends an 835 again with new control numbers (ISA13, GS06, ST02), cut from a larger file or put
into one. What makes it the same is its trace (TRN02), its payer (TRN03) and payee (1000B), and its amount (BPR02), with the same
content between ST and SE, whatever the delimiters. With other content it is told and taken; what it says again word for word, as
a whole file does after one that was cut off, is not counted again.
"""

from __future__ import annotations

import hashlib
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.errors import INFO, WARNING
from edi.ledger.answer_tables import TraceRow
from edi.ledger.asking import ask, one_of
from edi.ledger.payments.reading import Row
from edi.ledger.questions import NAMES, chunks
from edi.ledger.storing import Writer, adapter, to_json
from edi.ledger.survey import InterchangeFound
from edi.ledger.tables import InterchangeRow, PaymentRow, RemittanceRow
from edi.records.remittance import Payment
from edi.records.values import read_amount
from edi.text.marks import read_marked, segment_ends
from edi.text.segments import Delimiters, Segment, Source

REMITTANCE: Final = "835"
_PAYEE: Final = "PE"
_CONTROL: Final = frozenset({b"GS", b"GE", b"ISA", b"IEA", b"TA1"})
_MARKS: Final = (b"ISA", b"IEA", b"TA1", b"BPR", b"TRN", b"GS", b"GE", b"ST", b"SE", b"N1")
"""The segments that end a remittance, begin one, or say what makes it the same."""
_EARLIER: Final = (
    select(TraceRow, col(InterchangeRow.control))
    .join(InterchangeRow, col(InterchangeRow.id) == col(TraceRow.interchange_id))
    .where(one_of(col(TraceRow.trace), "traces"))
    .order_by(col(TraceRow.interchange_id), col(TraceRow.position))
)
_REMITTED: Final = select(col(PaymentRow.id)).where(
    col(PaymentRow.remittance_id).in_(
        select(col(RemittanceRow.id)).where(one_of(col(RemittanceRow.interchange_id), "interchanges"))
    )
)
_AGAIN: Final = select(col(TraceRow.again_id), col(TraceRow.again_control)).where(
    one_of(col(TraceRow.interchange_id), "interchanges"), col(TraceRow.again_id).is_not(None)
)


@dataclass(slots=True)
class _Told:
    """A remittance by its header: what makes it the same, and the hash of what it says."""

    position: int
    control: str
    trace: str = ""
    payer: str = ""
    payee: str = ""
    amount: Decimal | None = None
    digest: str = ""

    @property
    def parties(self) -> tuple[str, str, str]:
        return self.trace, self.payer, self.payee


class Repeats:
    """The remittances of one interchange, held against those that came before."""

    def __init__(self, session: Session, writer: Writer, interchange: int, found: InterchangeFound, source: Source) -> None:
        self._session, self._starts = session, [one.start for one in found.sets]
        self.said: list[tuple[str, str, str]] = []
        """Code, message and severity of what is to be told."""
        self._known: set[int] = set()
        """The positions of the sets that say nothing new."""
        self._before: dict[int, Counter[str]] = {}
        """By the position of a set: the payments that came under its trace before, and that it may say again."""
        positions = [at for at, one in enumerate(found.sets) if one.set == REMITTANCE]
        told = list(_read(source, positions))
        earlier = _earlier(session, told)
        rows = []
        for one in told:
            rows.append(self._noted(one, interchange, found.control, earlier))
            if one.trace:
                earlier.setdefault(one.parties, []).append((TraceRow(**rows[-1]), found.control))
        writer.insert(TraceRow, rows)

    def knows(self, offset: int) -> bool:
        """Whether the remittance that stands at a byte of the interchange says nothing new."""
        return bisect(self._starts, offset) - 1 in self._known

    def is_new(self, row: Row) -> bool:
        """Whether a payment did not come before."""
        at = bisect(self._starts, row.offset) - 1
        before = self._before.get(at)
        if at in self._known or before is None:
            return at not in self._known
        said = _content(adapter(Payment).validate_json(row.record))
        before[said] -= 1
        return before[said] < 0

    def _noted(
        self, one: _Told, interchange: int, control: str, earlier: dict[tuple[str, str, str], list[tuple[TraceRow, str]]]
    ) -> dict[str, Any]:
        """The row of a remittance, once it is told what it repeats."""
        same = earlier.get(one.parties, []) if one.trace else []
        copies = [(row, name) for row, name in same if (row.amount, row.digest) == (one.amount, one.digest)]
        others = [(row, name) for row, name in same if row.amount == one.amount] or same
        row = {
            "interchange_id": interchange,
            "position": one.position,
            "control": one.control,
            "trace": one.trace,
            "payer": one.payer,
            "payee": one.payee,
            "amount": one.amount,
            "digest": one.digest,
            "again_id": None,
            "again_control": "",
        }
        if not same:
            return row
        first, name = (copies or others)[0]
        if copies:
            self._known.add(one.position)
            said = f"The remittance of trace {one.trace} was taken before, in interchange {name}; none of its payments is new."
            self.said.append(("LEDGER-REMITTANCE", said, INFO))
        else:
            said = f"The trace {one.trace} of this payer and payee came before, in interchange {name}, with other content."
            self.said.append(("LEDGER-TRACE", said, WARNING))
        if first.amount == one.amount:
            where = (first.again_id, first.again_control) if copies and first.again_id else (first.interchange_id, first.control)
            row |= {"again_id": where[0], "again_control": where[1]}
            if not copies:
                self._before[one.position] = _payments(self._session, *where)
        return row


def _read(source: Source, positions: Sequence[int]) -> Iterator[_Told]:
    """The remittances of an interchange; `positions` are those of their sets.

    Most segments of a remittance are passed over by a search for the next mark, and hashed so.
    """
    left = iter(positions)
    one: _Told | None = None
    content = hashlib.sha256()

    def passed(segments: bytes, delimiters: Delimiters) -> None:
        if one is not None:
            content.update(_plain_text(segments, delimiters))

    for segment in read_marked(source, lambda: _MARKS, passed):
        mark = segment.elements[0]
        if mark == b"ST":
            one = None
            if segment.get(1) == REMITTANCE and (at := next(left, None)) is not None:
                one, content = _Told(at, segment.get(2)), hashlib.sha256()
        elif one is not None and (mark == b"SE" or mark in _CONTROL):
            one.digest = content.hexdigest()
            yield one
            one = None
        elif one is not None:
            content.update(_plain_text(segment.raw, segment.delimiters) + b"\n")
            _note(one, segment, mark)


def _plain_text(segments: bytes, d: Delimiters) -> bytes:
    """Segments with the delimiters that are usual, and one line break behind each."""
    own = d.element + d.component + (d.repetition or b"")
    neutral = bytes.maketrans(own, b"*:^"[: len(own)])
    return b"\n".join([segment.translate(neutral) for segment in segment_ends(d).split(segments)])


def _note(one: _Told, segment: Segment, mark: bytes) -> None:
    if mark == b"BPR":
        one.amount = read_amount(segment.get(2))
    elif mark == b"TRN" and not one.trace:
        one.trace, one.payer = segment.get(2).strip(), segment.get(3).strip()
    elif mark == b"N1" and segment.get(1) == _PAYEE and not one.payee:
        one.payee = segment.get(4).strip()


def _earlier(session: Session, told: Sequence[_Told]) -> dict[tuple[str, str, str], list[tuple[TraceRow, str]]]:
    """By trace, payer and payee: what came before, and the number of the interchange that brought it."""
    found: dict[tuple[str, str, str], list[tuple[TraceRow, str]]] = {}
    for traces in chunks(sorted({one.trace for one in told} - {""}), NAMES):
        for row, control in session.execute(_EARLIER, {"traces": traces}):
            found.setdefault((row.trace, row.payer, row.payee), []).append((row, control))
    return found


def remitted(session: Session, interchanges: Sequence[int]) -> list[int]:
    """The ids of the payments that interchanges tell of, also of those that came before them."""
    found = set(ask(session, _REMITTED, interchanges=interchanges).scalars())
    for id, control in ask(session, _AGAIN, interchanges=interchanges).all():
        found.update(
            session.execute(select(col(PaymentRow.id)).where(col(PaymentRow.remittance_id).in_(_of(id, control)))).scalars()
        )
    return sorted(found)


def _payments(session: Session, id: int, control: str) -> Counter[str]:
    """What the payments of a remittance say, and how often."""
    read_payment = adapter(Payment).validate_json
    rows = session.execute(select(col(PaymentRow.record)).where(col(PaymentRow.remittance_id).in_(_of(id, control)))).scalars()
    return Counter(_content(read_payment(record)) for record in rows)


def _of(id: int, control: str) -> Any:
    return select(col(RemittanceRow.id)).where(col(RemittanceRow.interchange_id) == id, col(RemittanceRow.transaction) == control)


def _content(payment: Payment) -> str:
    """A payment without what its envelope makes of it."""
    return to_json(replace(payment, offset=0, transaction=""))

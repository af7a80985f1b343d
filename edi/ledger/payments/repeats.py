"""Remittances that came before in another envelope: payments are kept, and counted, once.

A payer, a clearinghouse or a bank sends an 835 again with new control numbers (ISA13, GS06, ST02), cut from a larger file or put
into one. What makes it the same is its trace (TRN02), its payer (TRN03) and payee (1000B), and its amount (BPR02), with the same
content between ST and SE, whatever the delimiters. With other content it is told and taken: it may be another part of the
payment, the whole after one that was cut off, or corrected. What it says again of a claim, or beside claims (PLB), is not counted
again.
"""

from __future__ import annotations

import hashlib
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import select
from sqlmodel import Session, col

from edi.errors import INFO, WARNING
from edi.ledger.answer_tables import TraceRow
from edi.ledger.payments.accounts import ProviderAdjustmentRow
from edi.ledger.payments.reading import Advice, ReadPayment, read_pieces
from edi.ledger.questions import NAMES, chunks
from edi.ledger.reading import read_as, to_json
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import Writer
from edi.ledger.survey import InterchangeFound
from edi.ledger.tables import InterchangeRow, PaymentRow, RemittanceRow
from edi.linkage.verdict import money
from edi.records.parties import NO_PARTY
from edi.records.provider_adjustment import ProviderAdjustment
from edi.records.remittance import Payment
from edi.records.values import ZERO, read_amount
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
_OWN: Final = tuple(
    select(col(of.id))
    .join(RemittanceRow, col(RemittanceRow.id) == col(of.remittance_id))
    .where(one_of(col(RemittanceRow.interchange_id), "interchanges"))
    for of in (PaymentRow, ProviderAdjustmentRow)
)
_PAID: Final = (
    select(
        col(PaymentRow.id),
        col(PaymentRow.record),
        col(RemittanceRow.interchange_id),
        col(RemittanceRow.transaction),
    )
    .join(RemittanceRow, col(RemittanceRow.id) == col(PaymentRow.remittance_id))
    .where(one_of(col(PaymentRow.claim), "claims"))
    .order_by(col(PaymentRow.id))
)
_BESIDE: Final = (
    select(ProviderAdjustmentRow, col(RemittanceRow.interchange_id), col(RemittanceRow.transaction))
    .join(RemittanceRow, col(RemittanceRow.id) == col(ProviderAdjustmentRow.remittance_id))
    .where(one_of(col(RemittanceRow.interchange_id), "interchanges"))
    .order_by(col(ProviderAdjustmentRow.id))
)
_AGAIN: Final = (
    select(TraceRow)
    .where(one_of(col(TraceRow.interchange_id), "interchanges"), col(TraceRow.again_id).is_not(None))
    .order_by(col(TraceRow.interchange_id), col(TraceRow.position))
)
_Parties: TypeAlias = tuple[str, str, str]
"""Trace, payer and payee."""
_Set: TypeAlias = tuple[int, str]
"""An interchange, and the control number (ST02) of a remittance in it."""


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
    def parties(self) -> _Parties:
        return self.trace, self.payer, self.payee


class Repeats:
    """The remittances of one interchange, held against those that came before."""

    def __init__(self, session: Session, writer: Writer, interchange: int, found: InterchangeFound, source: Source) -> None:
        self._session, self._starts = session, [one.start for one in found.sets]
        self.said: list[tuple[str, str, str]] = []
        """Code, message and severity of what is to be told."""
        self._known: set[int] = set()
        """The positions of the sets that say nothing new."""
        self._others: dict[int, _Parties] = {}
        """By the position of a set: whose trace it has, where another one has that too."""
        self._before: dict[_Parties, set[_Set]] = {}
        """The remittances that came before, by their traces."""
        self._kept: dict[_Parties, Counter[str]] = {}
        """What is kept under the traces of these, of the claims that were asked about."""
        self._asked: set[tuple[_Parties, str | None]] = set()
        """The claims that were, of each trace; None for what is settled beside them."""
        self._left: dict[int, Counter[str]] = {}
        """By the position of a set that was begun: what was kept before it, and it did not say again yet."""
        positions = [at for at, one in enumerate(found.sets) if one.set == REMITTANCE]
        told = list(_read(source, positions))
        earlier = _earlier(session, told)
        self._before = {parties: {_set_of(row) for row, _ in same} for parties, same in earlier.items()}
        rows = []
        for one in told:
            rows.append(self._noted(one, interchange, found.control, earlier))
            if one.trace:
                earlier.setdefault(one.parties, []).append((TraceRow(**rows[-1]), found.control))
        self._others = {one.position: one.parties for one in told if len(earlier.get(one.parties, ())) > 1}
        writer.insert(TraceRow, rows)

    def heed(self, rows: Sequence[ReadPayment]) -> None:
        """Look up what was kept of the claims of payments, before it is asked whether these are new."""
        claims: dict[_Parties, dict[int, set[str]]] = {}
        for row in rows:
            at = self._position(row.offset)
            parties = self._others.get(at)
            if parties in self._before and at not in self._known and (parties, row.claim) not in self._asked:
                claims.setdefault(parties, {}).setdefault(at, set()).add(row.claim)
        for parties, by_set in claims.items():
            some = set().union(*by_set.values())
            self._asked.update((parties, claim) for claim in some)
            self._keep(parties, by_set, _paid_of(self._session, self._before[parties], some))

    def is_new(self, row: ReadPayment) -> bool:
        """Whether a payment did not come before. They are asked about in their order, with what stands beside them."""
        return self._is_new(self._position(row.offset), partial(_content, row.record))

    def new_beside(self, advice: Advice) -> list[ProviderAdjustment]:
        """What a remittance settles beside its payments, and did not come before."""
        at = self._position(advice.offset)
        parties = self._others.get(at)
        if advice.adjustments and parties in self._before and (parties, None) not in self._asked:
            self._asked.add((parties, None))
            self._keep(parties, [at], _beside_of(self._session, self._before[parties]))
        return [one for one in advice.adjustments if self._is_new(at, partial(_settled, one))]

    def knows(self, advice: Advice) -> bool:
        """Whether a remittance says nothing new."""
        return self._position(advice.offset) in self._known

    def _position(self, offset: int) -> int:
        return bisect(self._starts, offset) - 1

    def _keep(self, parties: _Parties, begun: Iterable[int], found: Iterable[tuple[_Place, str]]) -> None:
        """What was kept before, also for the sets that are begun."""
        said = [each for _, each in found]
        self._kept.setdefault(parties, Counter()).update(said)
        for at in begun:
            if at in self._left:
                self._left[at].update(said)

    def _is_new(self, at: int, content: Callable[[], str]) -> bool:
        parties = self._others.get(at)
        if parties is None or at in self._known:
            return at not in self._known
        kept = self._kept.setdefault(parties, Counter())
        left = self._left.setdefault(at, kept.copy())
        said = content()
        left[said] -= 1
        if left[said] >= 0:
            return False
        kept[said] += 1
        return True

    def _noted(
        self, one: _Told, interchange: int, control: str, earlier: dict[_Parties, list[tuple[TraceRow, str]]]
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
        return row | {"again_id": first.interchange_id, "again_control": first.control}


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


def _earlier(session: Session, told: Iterable[_Told | TraceRow]) -> dict[_Parties, list[tuple[TraceRow, str]]]:
    """By trace, payer and payee: what came before, and the number of the interchange that brought it."""
    found: dict[_Parties, list[tuple[TraceRow, str]]] = {}
    for traces in chunks(sorted({one.trace for one in told} - {""}), NAMES):
        for row, control in session.execute(_EARLIER, {"traces": traces}):
            found.setdefault(row.parties, []).append((row, control))
    return found


class Remitted(NamedTuple):
    """What remittances tell of, by the ids of the rows, whichever interchange brought it first."""

    payments: list[int]
    beside: list[int]
    """The provider adjustments (PLB)."""


def remitted(
    session: Session, interchanges: Mapping[int, InterchangeFound], source: Callable[[InterchangeFound], Source]
) -> Remitted:
    """What interchanges tell of, by their ids, also as far as it came before them; each thing once.

    What one says again is found out by reading it again: few do.
    """
    payments, beside = (set(ask(session, own, interchanges=list(interchanges)).scalars()) for own in _OWN)
    again: dict[int, list[TraceRow]] = {}
    for some in chunks(list(interchanges), NAMES):
        for row in session.execute(_AGAIN, {"interchanges": some}).scalars():
            again.setdefault(row.interchange_id, []).append(row)
    for id, rows in again.items():
        told, earlier = _told_by(source(interchanges[id]), interchanges[id]), _earlier(session, rows)
        for row in rows:
            left, claims = told.get(row.position, (Counter(), set()))
            left.subtract(said for _, said in _kept_of(session, {_set_of(row)}, claims))
            before = {_set_of(one) for one, _ in earlier[row.parties] if (one.interchange_id, one.position) < (id, row.position)}
            for place, said in _kept_of(session, before, claims):
                if left[said] > 0:
                    left[said] -= 1
                    (payments if place.of is PaymentRow else beside).add(place.id)
    return Remitted(sorted(payments), sorted(beside))


class _Place(NamedTuple):
    """A payment, or what is settled beside them."""

    of: type[PaymentRow | ProviderAdjustmentRow]
    id: int


def _set_of(row: TraceRow) -> _Set:
    return row.interchange_id, row.control


def _kept_of(session: Session, sets: Set[_Set], claims: Set[str]) -> list[tuple[_Place, str]]:
    """What was kept of remittances, as far as it is of these claims or beside claims, and what each of it says."""
    return [*_paid_of(session, sets, claims), *_beside_of(session, sets)]


def _paid_of(session: Session, sets: Set[_Set], claims: Set[str]) -> Iterator[tuple[_Place, str]]:
    for some in chunks(sorted(claims), NAMES):
        for id, record, *place in ask(session, _PAID, claims=some):
            if tuple(place) in sets:
                yield _Place(PaymentRow, id), _content(record)


def _beside_of(session: Session, sets: Set[_Set]) -> Iterator[tuple[_Place, str]]:
    for some in chunks(sorted({interchange for interchange, _ in sets}), NAMES):
        for row, *place in session.execute(_BESIDE, {"interchanges": some}):
            if tuple(place) in sets:
                yield _Place(ProviderAdjustmentRow, row.id), _settled(row)


def _told_by(source: Source, found: InterchangeFound) -> dict[int, tuple[Counter[str], set[str]]]:
    """What the remittances of an interchange say, by their positions, and the claims that they say it of."""
    told: dict[int, tuple[Counter[str], set[str]]] = {}
    starts = [one.start for one in found.sets]
    for advice, read in (piece for pieces in read_pieces(source) for piece in pieces):
        said, claims = told.setdefault(bisect(starts, advice.offset) - 1, (Counter(), set()))
        if read is None:
            said.update(map(_settled, advice.adjustments))
        else:
            said[_content(read[1].values["record"])] += 1
            claims.add(read[1].values["claim"])
    return told


def _content(record: str) -> str:
    """A payment without what its envelope makes of it, and without the header of its remittance but for trace and day."""
    payment = read_as(Payment)(record)
    return to_json(replace(payment, offset=0, transaction="", payer=NO_PARTY, payee=NO_PARTY, produced_on=None))


def _settled(adjustment: ProviderAdjustment | ProviderAdjustmentRow) -> str:
    return f"{adjustment.code}*{adjustment.reference}*{money(adjustment.amount or ZERO)}"

"""Payments as they are written: read from their units, here or by another process, each with its pair among the claims.

Another process also compares those that are not plain with their pairs, by what the ledger knows before all of them.
What stands beside the payments of a remittance, and how many it has, is known behind the last of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from sqlmodel import Session

from edi.guides.document import Unit, units
from edi.guides.packing import Packed, pack, unpack
from edi.ledger.payments.comparing import compared
from edi.ledger.payments.matched import Judged
from edi.ledger.payments.paid import paid
from edi.ledger.payments.pairs import pairs
from edi.ledger.payments.writing import Header, Written, columns, written, written_of
from edi.ledger.reading import read_as
from edi.ledger.storing import OF_PAYMENT, Writer
from edi.linkage.terms import PayerRules
from edi.records.advice import SET
from edi.records.provider_adjustment import ProviderAdjustment, provider_adjustments
from edi.records.remittance import Payment, is_payment
from edi.records.transfer import Transfer, read_transfer
from edi.text.segments import Source

BATCH: Final = 500
"""Payments that are read, asked about and written together."""
_CLAIM: Final = OF_PAYMENT.index("claim_id")
_RECORD: Final = OF_PAYMENT.index("record")
_CALLED: Final = OF_PAYMENT.index("claim")
AHEAD: Final = 6
"""So many batches are given to other processes before the first of them is waited for."""


class ReadPayment(NamedTuple):
    """A payment as it is written, but for its ids."""

    offset: int
    values: tuple[Any, ...]
    """Its columns, in the order of `edi.ledger.storing.OF_PAYMENT`."""
    pair: int
    """The claim that is its pair, by its id; 0 where none is known to be (see `edi.ledger.payments.pairs`)."""
    judged: Judged | None = None
    """What came of the comparison with it, where that was made; without the id of the payment."""

    @property
    def is_plain(self) -> bool:
        """Whether it pays its pair as that was sent."""
        return self.values[_CLAIM] is not None

    @property
    def claim(self) -> str:
        """The number of its claim (CLP01)."""
        return str(self.values[_CALLED])

    @property
    def record(self) -> str:
        """The payment as JSON."""
        return str(self.values[_RECORD])


@dataclass(slots=True)
class Advice:
    """A remittance around its payments."""

    header: Header
    offset: int
    """Where its ST begins."""
    adjustments: list[ProviderAdjustment]
    payments: int = 0


class Order(NamedTuple):
    """Payments for another process to read: their units, and what stands before each, by its place among the `transfers`."""

    packed: Packed
    transfers: tuple[Transfer, ...]
    places: tuple[int, ...]


AskPayments: TypeAlias = Callable[[Order], Callable[[], list[ReadPayment] | None]]
"""Gives a batch to another process; what it gives back waits for the rows. None: there are none."""
Piece: TypeAlias = tuple[Advice, ReadPayment | None]
"""A payment, or (None) the end of a remittance."""
_Read: TypeAlias = tuple[Advice, Unit | None, ReadPayment | None]
"""A payment, with its row where that is known, or the end of a remittance."""
ReadPiece: TypeAlias = tuple[Advice, "tuple[int, Written] | None"]
"""The same before the ledger is asked for its claim: where the payment stands, and how it is written."""


def _paired(session: Session, payments: Sequence[Written]) -> list[tuple[tuple[Any, ...], int]]:
    """The columns of payments as they are written, with what the ledger knows of their claims; and the pair of each, else 0."""
    rows = []
    for one, pair in zip(payments, pairs(session, payments), strict=True):
        pays = (pair.claim_id, pair.lines) if pair is not None and pair.lines is not None else (None, "")
        rows.append((columns(one, *pays), pair.claim_id if pair is not None else 0))
    return rows


def _rows_of(session: Session, payments: Iterable[tuple[Unit, Header]]) -> list[ReadPayment]:
    return _with_pairs(session, [_read(unit, header) for unit, header in payments])


def _read(unit: Unit, header: Header) -> tuple[int, Written]:
    return unit.loop.start or 0, written(unit, header)


def _with_pairs(session: Session, read: Sequence[tuple[int, Written]]) -> list[ReadPayment]:
    found = _paired(session, [one for _, one in read])
    return [ReadPayment(start, values, pair) for (start, _), (values, pair) in zip(read, found, strict=True)]


def keep_made(writer: Writer, payments: Sequence[Payment]) -> tuple[list[int], list[int]]:
    """Write payments that did not come in a file; gives their ids, and those of the claims that are their pairs (else 0)."""
    found = _paired(writer.session, [written_of(payment) for payment in payments])
    ids = writer.payments((payment, values) for payment, (values, _) in zip(payments, found, strict=True))
    return ids, [pair for _, pair in found]


def rows_of_order(session: Session, order: Order, required: PayerRules | None) -> list[ReadPayment]:
    """What another process is asked for."""
    headers = [Header(transfer) for transfer in order.transfers]
    units = unpack(order.packed)
    rows = _rows_of(session, [(unit, headers[place]) for unit, place in zip(units, order.places, strict=True)])
    read = read_as(Payment)
    pairs = {n: row.pair for n, row in enumerate(rows) if row.pair and not row.is_plain}
    for one in compared(session, [(n, read(rows[n].record)) for n in pairs], pairs, None, required) if pairs else ():
        rows[one.id] = rows[one.id]._replace(judged=one)
    return rows


def read_rows(session: Session, source: Source, ask: AskPayments | None = None) -> Iterator[list[Piece]]:
    """The payments of a source and the ends of its remittances, batch after batch, in their order."""
    waiting = deque[tuple[list[_Read], Callable[[], list[ReadPayment] | None]]]()
    for batch in _batches(_parts(source)):
        read = _read_paid(session, batch)
        order = _order(read) if ask is not None else None
        waiting.append((read, ask(order) if ask is not None and order is not None else _none))
        if ask is None or len(waiting) > AHEAD:
            yield _together(session, *waiting.popleft())
    while waiting:
        yield _together(session, *waiting.popleft())


def read_pieces(source: Source) -> Iterator[list[ReadPiece]]:
    """What `read_rows` reads, as far as it needs no ledger."""
    for batch in _batches(_parts(source)):
        yield [(advice, _read(unit, advice.header) if unit is not None else None) for advice, unit in batch]


def with_pairs(session: Session, batches: Iterable[Sequence[ReadPiece]]) -> Iterator[list[Piece]]:
    """What `read_rows` gives, of what was read before."""
    for batch in batches:
        rows = iter(_with_pairs(session, [read for _, read in batch if read is not None]))
        yield [(advice, next(rows) if read is not None else None) for advice, read in batch]


def _none() -> None:
    """Nobody was asked."""


def _read_paid(session: Session, batch: Sequence[tuple[Advice, Unit | None]]) -> list[_Read]:
    """A batch, with the rows of what pays a claim as it was sent."""
    found = iter(paid(session, [(unit, advice.header) for advice, unit in batch if unit is not None]))
    read: list[_Read] = []
    for advice, unit in batch:
        one = next(found) if unit is not None else None
        read.append((advice, unit, ReadPayment(unit.loop.start or 0, *one) if unit is not None and one is not None else None))
    return read


def _together(session: Session, read: Sequence[_Read], waited: Callable[[], list[ReadPayment] | None]) -> list[Piece]:
    rows = waited()
    if rows is None:
        rows = _rows_of(session, [(unit, advice.header) for advice, unit in _left(read)])
    left = iter(rows)
    return [(advice, row if row is not None or unit is None else next(left)) for advice, unit, row in read]


def _left(read: Sequence[_Read]) -> list[tuple[Advice, Unit]]:
    """The payments of a batch that are not read yet."""
    return [(advice, unit) for advice, unit, row in read if unit is not None and row is None]


def _order(batch: Sequence[_Read]) -> Order | None:
    """What is left of a batch for another process; None where there is nothing to read, or it cannot be sent."""
    places: dict[int, int] = {}
    transfers: list[Transfer] = []
    read = _left(batch)
    for advice, _ in read:
        if id(advice) not in places:
            places[id(advice)] = len(transfers)
            transfers.append(advice.header.transfer)
    packed = pack([unit for _, unit in read]) if read else None
    return Order(packed, tuple(transfers), tuple(places[id(advice)] for advice, _ in read)) if packed is not None else None


def _batches(parts: Iterable[tuple[Advice, Unit | None]]) -> Iterator[list[tuple[Advice, Unit | None]]]:
    batch: list[tuple[Advice, Unit | None]] = []
    payments = 0
    for advice, unit in parts:
        batch.append((advice, unit))
        payments += unit is not None
        if payments >= BATCH or len(batch) >= 2 * BATCH:
            yield batch
            batch, payments = [], 0
    yield batch


def _parts(source: Source) -> Iterator[tuple[Advice, Unit | None]]:
    """Every payment of a source as a unit, with its remittance, and the end of each remittance."""
    advice: Advice | None = None
    for unit in units(source):
        if unit.kind == "header":
            if advice is not None:
                yield advice, None
            advice = _advice(unit)
        elif advice is not None and is_payment(unit):
            advice.payments += 1
            yield advice, unit
        elif advice is not None and unit.kind == "trailer":
            advice.adjustments += provider_adjustments(unit.loop)
    if advice is not None:
        yield advice, None


def _advice(header: Unit) -> Advice | None:
    guide, st = header.context.guide, header.context.st
    if guide is None or guide.set != SET:
        return None
    # Without claims, all of it is header.
    return Advice(Header(read_transfer(header.loop)), st.offset if st else 0, list(provider_adjustments(header.loop)))

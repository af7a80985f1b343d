"""What the ledger knows of a claim's money: its chain of payments, and what remittances took back beside claims (PLB)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Date, Select, func, or_, select
from sqlmodel import Field, Session, SQLModel, col

from edi.ledger.columns import exact, key, of
from edi.ledger.payments.payers import by_payer
from edi.ledger.questions import NAMES, chunks
from edi.ledger.reading import read_as
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import Writer
from edi.ledger.tables import PaymentRow, RemittanceRow
from edi.linkage.denials.netting import BRIDGES, Net, chains, net, numbers, payee_names, payers_of, places_of
from edi.linkage.identity import payer_keys
from edi.linkage.joining import folded
from edi.linkage.verdict import money
from edi.records.balance import total
from edi.records.provider_adjustment import ProviderAdjustment
from edi.records.remittance import Payment
from edi.records.transfer import Transfer

_PARTIES: Final = (RemittanceRow.payer_id, RemittanceRow.payer_name, RemittanceRow.payee_id)


class ProviderAdjustmentRow(SQLModel, table=True):
    """One pair of a remittance's PLB, by its position among them."""

    __tablename__ = "provider_adjustments"

    id: int = key()
    remittance_id: int = of("remittances", index=True)
    position: int
    code: str
    reference: str
    claim: str = Field(index=True)
    """What it names of a claim, folded, whatever is known of that: the payer's number or ours; "" where it names none."""
    amount: Decimal | None = exact()


def keep_beside(writer: Writer, remittance: Transfer, adjustments: Sequence[ProviderAdjustment]) -> None:
    """Keep what a remittance settles beside its payments."""
    id = writer.remittance(remittance)
    rows = [
        {
            "id": writer.new_id(ProviderAdjustmentRow),
            "remittance_id": id,
            "position": position,
            "code": adjustment.code,
            "reference": adjustment.reference,
            "claim": folded(adjustment.claim),
            "amount": adjustment.amount,
        }
        for position, adjustment in enumerate(adjustments)
    ]
    writer.insert(ProviderAdjustmentRow, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoupment:
    """What a remittance took back beside its claims (WO, CS), and what is known of the claim that it names."""

    code: str
    payer_claim: str
    """The number by which it names the claim."""
    claim: str
    """Our number, where a payment of the claim is on file, else ""."""
    amount: Decimal
    trace: str
    unexplained: Decimal
    """What was taken back of the claim in all, and no reversal says why."""

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "payer_claim": self.payer_claim,
            "claim": self.claim or None,
            "amount": money(self.amount),
            "trace": self.trace,
            "unexplained": money(self.unexplained),
        }


def recoupments(session: Session, adjustments: Sequence[int]) -> list[Recoupment]:
    """What these provider adjustments, by their ids, took back of claims, by all that the ledger knows of those now."""
    rows = [row for row in ask(session, _taken_back(), adjustments=adjustments) if row.amount and row.amount > 0]
    told = [(ProviderAdjustment(code=row.code, reference=row.reference, amount=row.amount), row) for row in rows]
    claims = {adjustment.claim for adjustment, _ in told}
    known = accounts_of(session, claims)
    nets = [account.net for account in known]
    strays = {row.id: stray.bridge for stray in strays_of(session, claims, known) for row in stray.beside}
    found = []
    for adjustment, row in told:
        whose = next((one for one in nets if adjustment in one.beside), None)
        found.append(
            Recoupment(
                code=adjustment.code,
                payer_claim=adjustment.claim,
                claim=next(iter(whose.payments)).claim if whose else "",
                amount=adjustment.amount,
                trace=row.trace,
                unexplained=max(whose.bridge if whose else strays.get(row.id, row.amount), Decimal(0)),
            )
        )
    return found


@cache
def _taken_back() -> Select[Any]:
    of = ProviderAdjustmentRow
    columns: tuple[Any, ...] = (of.id, of.code, of.reference, of.amount, RemittanceRow.trace, *_PARTIES)
    return (
        select(*columns)
        .join(RemittanceRow, col(RemittanceRow.id) == col(ProviderAdjustmentRow.remittance_id))
        .where(one_of(col(ProviderAdjustmentRow.id), "adjustments"), col(ProviderAdjustmentRow.code).in_(BRIDGES))
        .where(col(ProviderAdjustmentRow.claim) != "")
        .order_by(col(ProviderAdjustmentRow.id))
    )


def accounts(session: Session, claim: str) -> list[Net]:
    """What stands of a claim, by our number or the payer's: for each payer, payee and patient that have one of that number."""
    nets = (account.net for account in accounts_of(session, {claim}))
    return [one for one in nets if any(claim in called(payment) for payment in one.payments)]


def strays(session: Session, claim: str) -> list[SettledBeside]:
    """What remittances settled beside a claim with this number, of which no payment is on file."""
    found = strays_of(session, {claim}, accounts_of(session, {claim}))
    return [one for one in found if folded(one.claim) == folded(claim)]


def called(payment: Payment) -> tuple[str, ...]:
    """All that a payment calls its claim: our number, and the payer's."""
    return (payment.claim, *numbers(payment))


class Account(NamedTuple):
    """What stands of a claim, and what that rests on."""

    first: int
    """The id of its payment that was taken first."""
    net: Net
    beside: Sequence[Any]
    """What remittances settled beside it, with `trace` and `produced_on`, the oldest first."""


def accounts_of(session: Session, claims: Collection[str], today: date = date.max) -> list[Account]:
    """What stands of the claims with these numbers, and of those that these lead to, by the remittances of `today` and before."""
    every = _payments(session, claims)
    kept = {place: one for place, one in every.items() if (one.produced_on or one.paid_on or date.min) <= today}
    places = {id(payment): place for place, payment in kept.items()}
    beside = _beside(session, {number for payment in kept.values() for number in called(payment)}, today)
    return [
        Account(min(places[id(one)].id for one in chain), net(_holding(chain, places), map(_adjustment, own)), own)
        for chain in chains(kept.values())
        for own in [_of(chain, beside)]
    ]


class _Place(NamedTuple):
    """A payment, by its id, and the remittance that it stands in."""

    id: int
    remittance: int


def _holding(chain: Sequence[Payment], places: Mapping[int, _Place]) -> list[Payment]:
    """A chain without what a later remittance of the same trace tells otherwise: a check pays once, so it was corrected."""
    told: dict[tuple[object, ...], list[Payment]] = {}
    for one in chain:
        same = (one.trace, one.paid_on, one.claim, one.payer_claim, one.status, one.charge, frozenset(places_of(one)))
        told.setdefault(same if one.trace else (id(one),), []).append(one)

    def order(payment: Payment) -> tuple[date, int]:
        return payment.produced_on or date.min, places[id(payment)].remittance

    last = {place: max(map(order, group)) for place, group in told.items()}
    return [one for place, group in told.items() for one in group if order(one) == last[place]]


def _payments(session: Session, claims: Collection[str]) -> dict[_Place, Payment]:
    """The payments with these numbers, and those that they lead to."""
    read = read_as(Payment)
    columns = (col(PaymentRow.id), col(PaymentRow.remittance_id), col(PaymentRow.record))
    found: dict[_Place, Payment] = {}
    wanted, asked = set(claims), set[str]()
    while wanted:
        new: dict[_Place, Payment] = {}
        for some in chunks(sorted(wanted), NAMES):
            by_number = or_(col(PaymentRow.claim).in_(some), col(PaymentRow.payer_claim).in_(some))
            rows = session.execute(select(*columns).where(by_number))
            new.update((place, read(record)) for *ids, record in rows if (place := _Place(*ids)) not in found)
        found |= new
        asked |= wanted
        wanted = {number for payment in new.values() for number in called(payment)} - asked
    return dict(sorted(found.items()))


class SettledBeside(NamedTuple):
    """What one payer settled beside a claim with one payee, and no payment of that claim is on file."""

    claim: str
    """What it names last."""
    beside: Sequence[Any]
    """As an account has it."""

    @property
    def bridge(self) -> Decimal:
        """What was taken back of it (WO, CS), less what was given back."""
        return total(row.amount or Decimal(0) for row in self.beside if row.code in BRIDGES)

    @property
    def told(self) -> list[tuple[str, date | None, ProviderAdjustment]]:
        """Each with the trace and the day of its remittance."""
        return [(row.trace, row.produced_on, _adjustment(row)) for row in self.beside]


def strays_of(session: Session, claims: Collection[str], known: Iterable[Account]) -> list[SettledBeside]:
    """What remittances settled of these numbers, and of those of `known` accounts, and belongs to none of them."""
    known = list(known)
    placed = {row.id for account in known for row in account.beside}
    wanted = {*claims, *(number for account in known for payment in account.net.payments for number in called(payment))}
    found: dict[tuple[str, str], list[Any]] = {}
    for row in _beside(session, wanted):
        if row.id not in placed:
            found.setdefault((folded(_adjustment(row).claim), folded(row.payee_id)), []).append(row)
    return [SettledBeside(_adjustment(some[-1]).claim, some) for rows in found.values() for some in by_payer(rows)]


def _beside(session: Session, claims: Iterable[str], today: date = date.max) -> list[Any]:
    """What remittances settled of claims with these numbers, the oldest first; each once, also where one came twice."""
    wanted = set(map(folded, claims)) - {""}
    columns = (ProviderAdjustmentRow.position, ProviderAdjustmentRow.code, ProviderAdjustmentRow.reference)
    whose = (*_PARTIES, RemittanceRow.trace, RemittanceRow.produced_on)
    day = func.coalesce(RemittanceRow.produced_on, RemittanceRow.paid_on, date.min, type_=Date)
    rows: dict[Any, Any] = {}
    for some in chunks(sorted(wanted), NAMES):
        query = (
            select(*map(col, columns), col(ProviderAdjustmentRow.amount), *map(col, whose), col(ProviderAdjustmentRow.id))
            .join(RemittanceRow, col(RemittanceRow.id) == col(ProviderAdjustmentRow.remittance_id))
            .where(col(ProviderAdjustmentRow.claim).in_(some), day <= today)
            .order_by(col(RemittanceRow.produced_on), col(ProviderAdjustmentRow.id))
        )
        for row in session.execute(query):
            rows.setdefault(row[:-1], row)
    return list(rows.values())


def _of(chain: Sequence[Payment], beside: Iterable[Any]) -> list[Any]:
    """Those of a chain's payer, by its numbers; by ours, which other practices may have too, those to the chain's payee."""
    ours = {folded(number) for payment in chain for number in called(payment)} - {""}
    theirs = {folded(number) for payment in chain for number in numbers(payment)} - {""}
    payers = {key for each in chain for key in payers_of(each)}
    payees = {name for each in chain for name in payee_names(each.payee)}
    found = []
    for row in beside:
        number = folded(_adjustment(row).claim)
        our_payee = folded(row.payee_id) in payees or number in theirs
        if number in ours and our_payee and not payers.isdisjoint(payer_keys(row.payer_id, row.payer_name)):
            found.append(row)
    return found


def _adjustment(row: Any) -> ProviderAdjustment:
    return ProviderAdjustment(code=row.code, reference=row.reference, amount=row.amount)

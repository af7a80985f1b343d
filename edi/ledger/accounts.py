"""What the ledger knows of a claim's money: its chain of payments, and what remittances took back beside claims (PLB)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from sqlalchemy import or_, select
from sqlmodel import Field, Session, SQLModel, col

from edi.ledger.columns import exact, key, of
from edi.ledger.storing import Writer, adapter
from edi.ledger.tables import PaymentRow, RemittanceRow
from edi.linkage.joining import folded
from edi.linkage.netting import Net, chains, net, numbers
from edi.records.advice import Remittance, read_remittances
from edi.records.provider_adjustment import ProviderAdjustment
from edi.records.remittance import Payment
from edi.text.segments import Source


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


def taken_payments(writer: Writer, source: Source, known: Callable[[int], bool]) -> Iterator[Payment]:
    """The payments of a source; behind those of each remittance is kept what it settles beside them, if that is not known.

    `known` tells by the byte where a remittance begins.
    """
    for remittance in read_remittances(source):
        yield from remittance.payments
        if not known(remittance.offset):
            _keep(writer, remittance)


def _keep(writer: Writer, remittance: Remittance) -> None:
    adjustments = remittance.adjustments
    if not adjustments and remittance.totals.claims:
        return  # its payments bring it
    id = writer.remittance(remittance.transfer)
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


def accounts(session: Session, claim: str) -> list[Net]:
    """What stands of a claim, by our number or the payer's: for each payer, payee and patient that have one of that number."""
    found = [chain for chain in chains(_payments(session, claim)) if any(_called(payment, claim) for payment in chain)]
    return [net(chain, _beside(session, chain)) for chain in found]


def _called(payment: Payment, claim: str) -> bool:
    return claim in (payment.claim, *numbers(payment))


def _payments(session: Session, claim: str) -> list[Payment]:
    """The payments with this number, and those that these lead to."""
    read = adapter(Payment).validate_json
    found: dict[int, Payment] = {}
    wanted, asked = {claim}, set[str]()
    while wanted:
        query = select(col(PaymentRow.id), col(PaymentRow.record)).where(
            or_(col(PaymentRow.claim).in_(wanted), col(PaymentRow.payer_claim).in_(wanted))
        )
        new = {id: read(record) for id, record in session.execute(query.order_by(col(PaymentRow.id))) if id not in found}
        found |= new
        asked |= wanted
        wanted = {number for payment in new.values() for number in (payment.claim, *numbers(payment))} - asked
    return [found[id] for id in sorted(found)]


def _beside(session: Session, chain: Sequence[Payment]) -> Iterable[ProviderAdjustment]:
    """What remittances of the chain's payer to its payee settled of its numbers; each once, also where one came twice."""
    wanted = {folded(number) for payment in chain for number in (payment.claim, *numbers(payment))} - {""}
    parties = {_parties(payment.payer.id, payment.payer.name, payment.payee.id) for payment in chain}
    columns = (ProviderAdjustmentRow.position, ProviderAdjustmentRow.code, ProviderAdjustmentRow.reference)
    whose = (RemittanceRow.payer_id, RemittanceRow.payer_name, RemittanceRow.payee_id, RemittanceRow.trace)
    query = (
        select(*map(col, columns), col(ProviderAdjustmentRow.amount), *map(col, whose))
        .join(RemittanceRow, col(RemittanceRow.id) == col(ProviderAdjustmentRow.remittance_id))
        .where(col(ProviderAdjustmentRow.claim).in_(wanted))
        .order_by(col(RemittanceRow.produced_on), col(ProviderAdjustmentRow.id))
    )
    rows = dict.fromkeys(tuple(row) for row in session.execute(query))
    for _, code, reference, amount, payer_id, payer_name, payee_id, _ in rows:
        adjustment = ProviderAdjustment(code=code, reference=reference, amount=amount)
        if _parties(payer_id, payer_name, payee_id) in parties:
            yield adjustment


def _parties(payer_id: str, payer_name: str, payee_id: str) -> tuple[str, str]:
    return folded(payer_id or payer_name), folded(payee_id)

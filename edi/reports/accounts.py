"""What stands of a claim after all its remittances, as text and JSON; patients are not named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from edi.linkage.denials.netting import PAID, REVERSED, UNPAID, AdjustmentPlace, Net
from edi.linkage.verdict import money as plain_money
from edi.records.remittance import Adjustment, Payment
from edi.reports.columns import columns, money
from edi.reports.remittances import settled, settled_to_json, status
from edi.reports.text import printable

if TYPE_CHECKING:  # reports do not load the ledger
    from edi.ledger.payments.accounts import SettledBeside

__all__ = ["of_claims", "stray_to_json", "stray_to_text", "to_json", "to_text"]

_STATES: Final = {PAID: "paid", UNPAID: "decided, and nothing paid", REVERSED: "taken back, and not decided anew"}
_HEAD: Final = ("date", "remittance", "payer's number", "decided", "charge", "paid", "")


def to_text(net: Net) -> Iterator[str]:
    """A claim's payments by date, each with what became of it; then what stands."""
    told = _told(net)
    first, _ = told[0]
    payers = first.payer.name or first.payer.id or "a payer without a name"
    yield printable(f"Claim {first.claim}, {payers}: {_STATES[net.state]}")
    yield from (f"    {line}" for line in columns(_HEAD, [_row(*one) for one in told], right=[4, 5]))
    yield f"    Stands: charged {money(net.charge)}, paid {money(net.paid)}, patient owes {money(net.patient_share)}"
    for place, adjustments in net.adjustments.items():
        where = _where(place)
        said = ", ".join(f"{_code(each)} {money(each.amount)}" for each in adjustments)
        yield printable(f"    Adjusted{f', {where}' if where else ''}: {said}")
    for adjustment in net.beside:
        yield printable(f"    Beside claims: {settled(adjustment)}")
    if net.beside:
        yield f"    Came for it: {money(net.received)}"
    yield from (f"    {said}" for said in _open(net.bridge))


def stray_to_text(stray: SettledBeside) -> Iterator[str]:
    """What was settled beside a claim of which no payment is on file."""
    row = stray.beside[-1]
    payer = row.payer_name or row.payer_id or "a payer without a name"
    yield printable(f"Claim {stray.claim}, {payer}: no payment of it is on file")
    for trace, day, adjustment in stray.told:
        yield printable(f"    Beside claims, remittance {trace}{f' of {day}' if day else ''}: {settled(adjustment)}")
    yield from (f"    {said}" for said in _open(stray.bridge))


def stray_to_json(stray: SettledBeside) -> dict[str, Any]:
    """The same for programs."""
    row = stray.beside[-1]
    told = (({"trace": trace, "date": str(day) if day else None}, adjustment) for trace, day, adjustment in stray.told)
    return {
        "claim": stray.claim,
        "payer": {"name": row.payer_name, "id": row.payer_id},
        "payee": row.payee_id,
        "bridge": plain_money(stray.bridge),
        "provider_adjustments": [{**where, **settled_to_json(adjustment)} for where, adjustment in told],
    }


def of_claims(nets: Iterable[Net]) -> Iterator[str]:
    """The payments of several claims as one table; below it what was settled beside them, and what is open."""
    rows, notes = [], []
    for net in nets:
        told = _told(net)
        first, _ = told[0]
        payer = first.payer.name or first.payer.id
        rows += [(payment.claim, payer, *_row(payment, became)) for payment, became in told]
        notes += [f"{first.claim}, beside claims: {settled(adjustment)}" for adjustment in net.beside]
        notes += [f"{first.claim}: {said}" for said in _open(net.bridge)]
    yield from columns(("claim", "payer", *_HEAD), rows, right=[6, 7])
    yield from map(printable, notes)


def _row(payment: Payment, became: str) -> tuple[str, ...]:
    return (
        str(payment.produced_on or ""),
        payment.trace,
        payment.payer_claim,
        status(payment),
        money(payment.charge),
        money(payment.paid),
        became,
    )


def _told(net: Net) -> list[tuple[Payment, str]]:
    """Every payment with what became of it, by date."""
    parts = {id(payment) for payment, _ in net.partly}
    told = [(payment, "stands, but for a part" if id(payment) in parts else "stands") for payment in net.standing]
    told += [(reversal, f"takes back a part of {payment.trace}") for payment, reversal in net.partly]
    for payment, reversal in net.taken_back:
        told += [(payment, f"taken back {reversal.produced_on or ''}".rstrip()), (reversal, f"takes back {payment.trace}")]
    told += [(reversal, "takes back what is not on file") for reversal in net.unpaired]
    return sorted(told, key=lambda one: (str(one[0].produced_on or ""), one[0].trace, one[0].offset))


def _open(bridge: Decimal) -> Iterator[str]:
    """What is not settled yet between the payer and the practice."""
    if bridge < 0:
        yield f"The payer has yet to take back {money(-bridge)}."
    elif bridge > 0:
        yield f"The payer took back {money(bridge)}, and no reversal says why."


def _where(place: AdjustmentPlace) -> str:
    if place.control:
        return f"line {place.control}"
    return " ".join(filter(None, (place.procedure, str(place.start or ""))))


def _code(adjustment: Adjustment) -> str:
    return f"{adjustment.group}-{adjustment.reason}"


def to_json(net: Net) -> dict[str, Any]:
    """The same for programs."""
    told = _told(net)
    first, _ = told[0]
    return {
        "claim": first.claim,
        "payer": {"name": first.payer.name, "id": first.payer.id},
        "payee": {"name": first.payee.name, "id": first.payee.id},
        "state": net.state,
        "charge": plain_money(net.charge),
        "paid": plain_money(net.paid),
        "patient_share": plain_money(net.patient_share),
        "received": plain_money(net.received),
        "bridge": plain_money(net.bridge),
        "adjustments": [_adjustment(place, each) for place, left in net.adjustments.items() for each in left],
        "provider_adjustments": [settled_to_json(adjustment) for adjustment in net.beside],
        "payments": [_payment(payment, became) for payment, became in told],
    }


def _adjustment(place: AdjustmentPlace, adjustment: Adjustment) -> Mapping[str, str | None]:
    return {
        "line": place.control or None,
        "procedure": place.procedure or None,
        "date": str(place.start) if place.start else None,
        "group": adjustment.group,
        "reason": adjustment.reason,
        "amount": plain_money(adjustment.amount),
    }


def _payment(payment: Payment, became: str) -> Mapping[str, str | None]:
    return {
        "date": str(payment.produced_on) if payment.produced_on else None,
        "trace": payment.trace,
        "claim": payment.claim,
        "payer_claim": payment.payer_claim or None,
        "status": payment.status,
        "charge": plain_money(payment.charge),
        "paid": plain_money(payment.paid),
        "became": became,
    }

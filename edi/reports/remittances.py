"""Remittances (835) as text, JSON and CSV: who pays whom how much, what that is made of, and what does not add up.

Nothing is kept but sums: each claim is told when it is read. Patients are not named.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from textwrap import indent
from typing import Any, Final

from edi.errors import Problem
from edi.linkage.verdict import money as plain_money
from edi.records.advice import Remittance, RemittanceTotals
from edi.records.balance import total
from edi.records.parties import Party, Reference
from edi.records.provider_adjustment import ProviderAdjustment
from edi.records.remittance import Adjustment, PaidLine, Payment
from edi.records.services import Period, Procedure, span
from edi.records.transfer import CHECK, NO_MONEY, Transfer
from edi.reports.columns import counted, dates, money, number, safe
from edi.reports.json import to_json as problem_to_json
from edi.reports.text import printable

__all__ = [
    "CLAIM_HEAD",
    "HEAD",
    "RemittanceTally",
    "claim_cells",
    "csv_row",
    "payment_to_json",
    "remittance_cells",
    "remittances_to_json",
    "settled",
    "settled_to_json",
    "status",
    "to_text",
]

HEAD: Final = (
    "path", "transaction", "trace", "method", "amount", "paid_on", "produced_on", "payer", "payee", "payee_id", "claims",
    "reversals", "charge", "paid", "contractual", "other", "payer_initiated", "patient", "withheld", "adds_up",
)  # fmt: skip
CLAIM_HEAD: Final = (
    "path", "trace", "claim", "payer_claim", "status", "charge", "paid", "patient_share", "contractual", "other",
    "payer_initiated", "patient", "reasons", "remarks", "from", "until", "lines", "adds_up",
)  # fmt: skip
_GROUPS: Final = ("CO", "OA", "PI", "PR")
_GROUP_WORDS: Final = {"CO": "contractual", "OA": "other", "PI": "payer's own", "PR": "patient"}
_METHODS: Final = {CHECK: "Check", "ACH": "Transfer", "FWT": "Wire", "BOP": "Payment", NO_MONEY: "No money"}
_STATUSES: Final = {
    "1": "as primary", "2": "as secondary", "3": "as tertiary", "4": "patient not known", "19": "as primary, passed on",
    "20": "as secondary, passed on", "21": "as tertiary, passed on", "22": "reversal", "23": "passed on", "25": "estimate",
}  # fmt: skip
_NUMBERS: Final = ("G1", "BB")
_ORIGINAL: Final = "F8"


class RemittanceTally:
    """Counts what was told of a file: whether there was a remittance, and whether all adds up."""

    def __init__(self) -> None:
        self.remittances = self.faults = 0

    @property
    def clean(self) -> bool:
        return bool(self.remittances) and not self.faults

    def claims(self, remittance: Remittance) -> Iterator[tuple[Payment, tuple[Problem, ...]]]:
        """The payments of a remittance, each with what does not add up in it."""
        self.remittances += 1
        for payment in remittance.payments:
            problems = payment.problems
            self.faults += len(problems)
            yield payment, problems

    def whole(self, remittance: Remittance) -> tuple[Problem, ...]:
        """What does not add up in the remittance itself."""
        problems = remittance.problems
        self.faults += len(problems)
        return problems


# -- text ----------------------------------------------------------------------------------------------------------------


def to_text(remittances: Iterable[Remittance], told: RemittanceTally, *, claims: bool) -> Iterator[str]:
    """Some lines for each remittance; `claims` tells of its claims and lines too."""
    for remittance in remittances:
        transfer = remittance.transfer
        yield printable(_headline(transfer))
        yield f"    {printable(f'{_party(transfer.payer)} to {_party(transfer.payee)}')}"
        for payment, problems in told.claims(remittance):
            if claims:
                yield from (f"    {printable(line)}" for line in _claim(payment))
            elif problems:
                yield f"    Claim {printable(payment.claim)}:"
            yield from (f"        ! {problem.message}" for problem in problems)
        yield from (f"    {printable(line)}" for line in _sums(remittance))
        problems = told.whole(remittance)
        yield from (f"    ! {problem.message}" for problem in problems)
        if not problems:
            yield f"    {_equation(remittance.totals, transfer.amount)}"
        yield ""


def _headline(transfer: Transfer) -> str:
    method = _METHODS.get(transfer.method, transfer.method or "Payment")
    taken = ", taken from the payee" if transfer.debit else ""
    on = f" of {transfer.paid_on}" if transfer.paid_on else ""
    return f"{method} {transfer.trace}{on}: {money(transfer.amount)}{taken}"


def _party(party: Party) -> str:
    number = party.npi or party.id
    return f"{party.name or 'without a name'}{f' ({number})' if number else ''}"


def _sums(remittance: Remittance) -> Iterator[str]:
    totals = remittance.totals
    reversals = f", {counted(totals.reversals, 'reversal')} among them" if totals.reversals else ""
    yield f"{counted(totals.claims, 'claim')}{reversals}: charged {money(totals.charge)}, paid {money(totals.paid)}"
    if totals.adjusted:
        yield "Adjusted: " + ", ".join(f"{group} {_group(group)}{money(amount)}" for group, amount in totals.adjusted.items())
    for adjustment in remittance.adjustments:
        yield f"Beside claims: {settled(adjustment)}"


def _group(group: str) -> str:
    return f"({_GROUP_WORDS[group]}) " if group in _GROUP_WORDS else ""


def settled(adjustment: ProviderAdjustment) -> str:
    """A pair of a PLB: what it is, of which claim or remittance, and which way the money goes."""
    whose = f" of claim {adjustment.claim}" if adjustment.claim else ""
    whose = f", remittance {adjustment.remittance}" if adjustment.remittance else whose
    other = f" {_reference_of(adjustment)}" if adjustment.reference and not whose else ""
    label = f" ({adjustment.label})" if adjustment.label else ""
    way = "less" if adjustment.amount > 0 else "more"
    return f"{adjustment.code}{other}{label}{whose}: {money(abs(adjustment.amount))} {way}"


def _reference_of(adjustment: ProviderAdjustment) -> str:
    """PLB03-2 without what stands behind a blank: there Medicare puts the patient's number."""
    return next(iter(adjustment.reference.split()), "")


def _equation(totals: RemittanceTotals, amount: Decimal) -> str:
    if not totals.withheld:
        return f"The whole adds up: {money(totals.paid)} paid."
    beside = f"less {money(totals.withheld)}" if totals.withheld > 0 else f"and {money(-totals.withheld)} more"
    return f"The whole adds up: {money(totals.paid)} {beside} is {money(amount)}."


def status(payment: Payment) -> str:
    """CLP02 in words."""
    return _STATUSES.get(payment.status, f"status {payment.status}")


def _claim(payment: Payment) -> Iterator[str]:
    owed = f", patient owes {money(payment.patient_share)}" if payment.patient_share else ""
    theirs = f" ({payment.payer_claim})" if payment.payer_claim else ""
    yield f"{payment.claim}{theirs} {status(payment)}: charged {money(payment.charge)}, paid {money(payment.paid)}{owed}"
    yield from _reasons(payment.adjustments, payment.remarks)
    for line in payment.lines:
        yield f"    line {line.ordinal}  {_service(line)}: charged {money(line.charge)}, paid {money(line.paid)}"
        yield from (f"    {said}" for said in _reasons(line.adjustments, line.remarks))


def _service(line: PaidLine) -> str:
    """The procedure with its units, and what was billed where the payer paid another."""
    billed = f" for {_code(line.submitted)}" if line.submitted else ""
    units = f" x {number(line.units)}" if line.units is not None else ""
    other = f" of {number(line.submitted_units)}" if line.submitted_units is not None else ""
    on = f" on {dates(line.period.start, line.period.end)}" if line.period else ""
    return f"{_code(line.procedure) or line.revenue_code or 'no code'}{billed}{units}{other}{on}"


def _code(procedure: Procedure | None) -> str:
    return "-".join((procedure.code, *procedure.modifiers)) if procedure else ""


def _reasons(adjustments: Sequence[Adjustment], remarks: Sequence[str]) -> Iterator[str]:
    said = [f"{_reason(adjustment)} {money(adjustment.amount)}" for adjustment in adjustments]
    if said or remarks:
        yield "    " + "; ".join(filter(None, (", ".join(said), f"remarks {' '.join(remarks)}" if remarks else "")))


def _reason(adjustment: Adjustment) -> str:
    return f"{adjustment.group}-{adjustment.reason}"


# -- CSV -----------------------------------------------------------------------------------------------------------------


def csv_row(cells: Sequence[object]) -> str:
    """A line of CSV; a number stays one, and no spreadsheet takes a text for a formula."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow([_cell(cell) for cell in cells])
    return out.getvalue()


def _cell(cell: object) -> object:
    return plain_money(cell) if isinstance(cell, Decimal) else safe("" if cell is None else cell)


def remittance_cells(path: str, remittance: Remittance, told: RemittanceTally) -> tuple[object, ...]:
    """What stands under HEAD."""
    transfer = remittance.transfer
    faults = sum(bool(problems) for _, problems in told.claims(remittance)) + len(told.whole(remittance))
    totals = remittance.totals
    return (
        path, transfer.transaction, transfer.trace, transfer.method, transfer.amount, transfer.paid_on, transfer.produced_on,
        transfer.payer.name, transfer.payee.name, transfer.payee.id, totals.claims, totals.reversals, totals.charge, totals.paid,
        *(totals.adjusted.get(group, Decimal(0)) for group in _GROUPS), totals.withheld, "no" if faults else "yes",
    )  # fmt: skip


def claim_cells(path: str, payment: Payment, problems: Sequence[Problem]) -> tuple[object, ...]:
    """What stands under CLAIM_HEAD."""
    adjustments = list(payment.every_adjustment())
    by_group = [total(each.amount for each in adjustments if each.group == group) for group in _GROUPS]
    remarks = dict.fromkeys((*payment.remarks, *(remark for line in payment.lines for remark in line.remarks)))
    period = payment.period or span(line.period for line in payment.lines)
    start, end = (period.start, period.end) if period else (None, None)
    return (
        path, payment.trace, payment.claim, payment.payer_claim, payment.status, payment.charge, payment.paid,
        payment.patient_share, *by_group, " ".join(dict.fromkeys(map(_reason, adjustments))),
        " ".join(remarks), start, end, len(payment.lines), "no" if problems else "yes",
    )  # fmt: skip


# -- JSON ----------------------------------------------------------------------------------------------------------------


def remittances_to_json(remittances: Iterable[Remittance], told: RemittanceTally, *, claims: bool) -> Iterator[str]:
    """The members of an array, piece by piece: each remittance, with `payments` where `claims` are asked for."""
    between = ""
    for remittance in remittances:
        yield between
        between = ",\n"
        opened = json.dumps(_transfer_to_json(remittance), indent=2).removesuffix("\n}")
        yield indent(opened, _IN_ARRAY)
        problems: list[Problem] = []
        if claims:
            yield f',\n{_IN_ARRAY}  "payments": ['
        apart = "\n"
        for payment, wrong in told.claims(remittance):
            if claims:
                yield apart + indent(json.dumps(payment_to_json(payment, wrong), indent=2), _IN_ARRAY + "    ")
                apart = ",\n"
            else:
                problems += wrong[: _MOST - len(problems)]
        if claims:
            yield f"\n{_IN_ARRAY}  ]"
        problems += told.whole(remittance)
        yield ",\n" + indent(json.dumps(_sums_to_json(remittance, problems), indent=2).removeprefix("{\n"), _IN_ARRAY)


_IN_ARRAY: Final = " " * 8
_MOST: Final = 10_000
"""Faults of claims that are told where the claims are not: as many as the validator tells."""


def _transfer_to_json(remittance: Remittance) -> dict[str, Any]:
    transfer = remittance.transfer
    return {
        "interchange": remittance.interchange,
        "transaction": transfer.transaction,
        "trace": transfer.trace,
        "handling": transfer.handling,
        "method": transfer.method,
        "amount": plain_money(transfer.amount),
        "debit": transfer.debit,
        "paid_on": _day(transfer.paid_on),
        "produced_on": _day(transfer.produced_on),
        "payer": _party_to_json(transfer.payer),
        "payee": _party_to_json(transfer.payee),
    }


def _party_to_json(party: Party) -> dict[str, str]:
    return {"name": party.name, "id_qualifier": party.id_qualifier, "id": party.id}


def _sums_to_json(remittance: Remittance, problems: Sequence[Problem]) -> dict[str, Any]:
    totals = remittance.totals
    return {
        "claims": totals.claims,
        "reversals": totals.reversals,
        "charge": plain_money(totals.charge),
        "paid": plain_money(totals.paid),
        "adjusted": {group: plain_money(amount) for group, amount in totals.adjusted.items()},
        "withheld": plain_money(totals.withheld),
        "provider_adjustments": [settled_to_json(adjustment) for adjustment in remittance.adjustments],
        "balances": [
            {"rule": one.rule, "expected": plain_money(one.expected), "found": plain_money(one.found), "holds": one.holds}
            for one in remittance.balances
        ],
        "problems": [problem_to_json(problem) for problem in problems],
    }


def settled_to_json(adjustment: ProviderAdjustment) -> dict[str, Any]:
    """A pair of a PLB for programs."""
    return {
        "code": adjustment.code,
        "label": adjustment.label or None,
        "reference": _reference_of(adjustment) or None,
        "claim": adjustment.claim or None,
        "remittance": adjustment.remittance or None,
        "amount": plain_money(adjustment.amount),
        "provider": adjustment.provider,
        "fiscal": _day(adjustment.fiscal),
    }


def payment_to_json(payment: Payment, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    """A claim payment without the patient."""
    return {
        "claim": payment.claim,
        "payer_claim": payment.payer_claim or None,
        "original": _reference(payment.references, _ORIGINAL) or None,
        "status": payment.status,
        "charge": plain_money(payment.charge),
        "paid": plain_money(payment.paid),
        "patient_share": _amount(payment.patient_share),
        "filing": payment.filing or None,
        "frequency": payment.frequency or None,
        **_period(payment.period),
        "received_on": _day(payment.received_on),
        "covered_until": _day(payment.covered_until),
        **_decided(payment.adjustments, payment.remarks, payment.references),
        "amounts": [{"code": figure.code, "amount": plain_money(figure.value)} for figure in payment.amounts],
        "lines": [_line_to_json(line) for line in payment.lines],
        "problems": [problem_to_json(problem) for problem in problems],
    }


def _line_to_json(line: PaidLine) -> dict[str, Any]:
    return {
        "ordinal": line.ordinal,
        "control_number": line.control_number or None,
        "procedure": _code(line.procedure) or None,
        "submitted": _code(line.submitted) or None,
        "revenue_code": line.revenue_code or None,
        "charge": plain_money(line.charge),
        "paid": plain_money(line.paid),
        "allowed": _amount(line.allowed),
        "units": number(line.units) or None,
        "submitted_units": number(line.submitted_units) or None,
        **_period(line.period),
        **_decided(line.adjustments, line.remarks, line.references),
    }


def _decided(adjustments: Sequence[Adjustment], remarks: Sequence[str], references: Sequence[Reference]) -> Mapping[str, Any]:
    return {
        "adjustments": [
            {
                "group": each.group,
                "reason": each.reason,
                "amount": plain_money(each.amount),
                "quantity": number(each.quantity) or None,
            }
            for each in adjustments
        ],
        "remarks": list(remarks),
        "authorizations": [reference.value for reference in references if reference.qualifier in _NUMBERS],
    }


def _reference(references: Sequence[Reference], qualifier: str) -> str:
    return next((reference.value for reference in references if reference.qualifier == qualifier), "")


def _period(period: Period | None) -> dict[str, str | None]:
    return {"from": _day(period.start if period else None), "until": _day(period.end if period else None)}


def _day(day: date | None) -> str | None:
    return str(day) if day else None


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else plain_money(amount)

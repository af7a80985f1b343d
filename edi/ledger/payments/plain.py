"""Payments that pay a claim as it was sent, told by a few of its facts: most are such, and neither need be read as a record.

A payment is plain where the one claim of its number has its charge, member, patient, payee, payer and dates, its lines stand in
their places, nothing is denied, and nothing else was said or is to be done about the claim. What `match_payment`, `findings` and
`settle_denials` come to is known then; whatever is not plain they judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from pydantic_core import from_json
from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from edi.ledger.inserting import change
from edi.ledger.payments.denying import UNKNOWN_PATIENT, ordinals
from edi.ledger.storing import table_of
from edi.ledger.tables import ClaimRow, FindingRow, PaymentRow, RemittanceRow, WorkRow
from edi.ledger.work.worklist import CLOSED
from edi.linkage.denials.kinds import never_denies
from edi.linkage.denials.netting import ORIGINAL
from edi.linkage.denials.pairing import REVERSAL

Facts: TypeAlias = Mapping[str, Any]
"""A record as it is kept: what has its default value is left out, amounts and dates are text."""
_NOTHING: Final[Facts] = MappingProxyType({})
_DENYING: Final = frozenset({REVERSAL, UNKNOWN_PATIENT})


class Plain(NamedTuple):
    """A payment, by its id, that pays a claim as it was sent."""

    id: int
    claim_id: int
    payer_claim: str
    claim: str
    lines: str
    """Those of the claim that it answers, by their ordinals."""

    @property
    def called(self) -> tuple[str, ...]:
        """All that it calls its claim."""
        return tuple(filter(None, (self.claim, self.payer_claim)))

    @property
    def reverses(self) -> bool:
        return False


def asked_about(session: Session, payments: Sequence[int]) -> list[Any]:
    """Payments by their ids, each with the claim of its number, if there is one, and whether more is to be looked at (`other`).

    That is another claim of that number, another payment of either, a finding of this one, or work that is not closed.
    """
    row, sent, again, beside = PaymentRow, ClaimRow, aliased(ClaimRow), aliased(PaymentRow)
    another = (
        exists().where(
            col(again.claim_key) == col(row.claim_key),
            func.trim(col(again.claim)) == func.trim(col(row.claim)),
            col(again.id) != col(sent.id),
        ),
        exists().where(col(beside.claim) == col(row.claim), col(beside.id) != col(row.id)),
        exists().where(col(beside.claim_id) == col(sent.id), col(beside.id) != col(row.id)),
        exists().where(col(FindingRow.payment_id) == col(row.id)),
        exists().where(col(WorkRow.claim) == col(row.claim), col(WorkRow.state) != CLOSED),
    )
    query = (
        select(
            col(RemittanceRow.interchange_id),
            *map(col, (row.id, row.claim, row.status, row.charge, row.claim_id, row.record)),
            or_(col(row.denied), col(row.denied_lines) != "", col(sent.denied), col(sent.denied_lines) != "", *another).label(
                "other"
            ),
            col(sent.id).label("sent_id"),
            col(sent.record).label("sent"),
        )
        .join(RemittanceRow, col(RemittanceRow.id) == col(row.remittance_id))
        .join(sent, col(sent.claim) == col(row.claim), isouter=True)
        .where(col(row.id).in_(payments))
        .order_by(col(RemittanceRow.interchange_id), col(row.id), col(sent.id))
    )
    return list({found.id: found for found in session.execute(query)}.values())


def keep_plain(session: Session, rows: Sequence[Any]) -> list[Plain]:
    """Those of payments (as `asked_about` has them) that are plain; what they answer is kept beside them."""
    found = [plain for row in rows if _may_be(row) and (plain := _plain(row)) is not None]
    changes = [{"id": one.id, "claim_id": one.claim_id, "other_lines": one.lines} for one in found]
    if changes:
        change(session.connection(), table_of(PaymentRow), changes)
    return found


def _may_be(row: Any) -> bool:
    """By what is kept beside the records."""
    known = row.sent_id is not None and not row.other and row.claim_id in (None, row.sent_id)
    return known and row.status not in _DENYING and (row.charge or 0) > 0


def _plain(row: Any) -> Plain | None:
    paid = from_json(row.record, cache_strings="keys")
    if not (_is_first(paid) and _denies_nothing(paid)):
        return None
    sent = from_json(row.sent, cache_strings="keys")
    if not (row.claim == paid["claim"] == sent["id"] and _is_same(paid, sent)):
        return None
    lines = _places(paid.get("lines", ()), sent.get("lines", ()))
    return None if lines is None else Plain(row.id, row.sent_id, paid.get("payer_claim", ""), row.claim, ordinals(lines))


def _is_first(payment: Facts) -> bool:
    """Whether it names no number of the payer's for a claim before this one (F8)."""
    return all(reference["qualifier"] != ORIGINAL for reference in payment.get("references", ()))


def _denies_nothing(payment: Facts) -> bool:
    adjusted = (payment, *payment.get("lines", ()))
    return all(never_denies(each["group"], each["reason"]) for one in adjusted for each in one.get("adjustments", ()))


def _is_same(payment: Facts, claim: Facts) -> bool:
    """Whether charge, member, patient, payee, payer and dates of both are the same."""
    return (
        _amount(payment) == _amount(claim)
        and not _members(payment, "patient", "insured").isdisjoint(_members(claim, "subscriber", "patient"))
        and _name(payment) == _name(claim)
        and _npi(payment["payee"]) == _npi(claim["billing"]) != ""
        and _is_same_payer(payment["payer"], claim["payer"])
        and _is_same_time(payment, claim.get("period"))
    )


def _amount(record: Facts) -> Decimal:
    return Decimal(record.get("charge", "0"))


def _members(record: Facts, *people: str) -> set[str]:
    return {id for person in people if (id := (record.get(person) or _NOTHING).get("member_id", "").strip())}


def _name(record: Facts) -> tuple[str, str]:
    person = record.get("patient") or _NOTHING
    return person.get("last_name", ""), person.get("first_name", "")


def _npi(party: Facts) -> str:
    found: str = party.get("id", "") if party.get("id_qualifier") == "XX" else ""
    return found


def _is_same_payer(one: Facts, other: Facts) -> bool:
    """By id or name; who gives no id may be any."""
    ids, names = (one.get("id"), other.get("id")), (one.get("name"), other.get("name"))
    return not all(ids) or ids[0] == ids[1] or (all(names) and names[0] == names[1])


def _is_same_time(payment: Facts, sent: Facts | None) -> bool:
    """Whether a line's dates, else the payment's, are among the claim's; nothing speaks against it where one has none."""
    told = [line["period"] for line in payment.get("lines", ()) if line.get("period")] or [payment.get("period")]
    return any(one is None or sent is None or (one["start"] <= sent["end"] and sent["start"] <= one["end"]) for one in told)


def _places(paid: Sequence[Facts], sent: Sequence[Facts]) -> list[int] | None:
    """The positions of the claim's lines that paid ones answer, where each stands in its place; else None."""
    if len(paid) > len(sent):
        return None
    numbers = [line.get("control_number", "") for line in sent]
    for one, other, number in zip(paid, sent, numbers, strict=False):
        own = one.get("control_number", "")
        if (own != number or numbers.count(own) > 1) if own in numbers and own else not _is_same_service(one, other):
            return None
    return list(range(len(paid)))


def _is_same_service(paid: Facts, sent: Facts) -> bool:
    """Whether code, modifiers, dates and charge are the same."""
    one, other = paid.get("submitted") or paid.get("procedure"), sent.get("procedure")
    if one is None or other is None:
        same = one is other and paid.get("revenue_code", "") == sent.get("revenue_code", "") != ""
    else:
        same = one["code"] == other["code"] and set(one.get("modifiers", ())) == set(other.get("modifiers", ()))
    return same and paid.get("period") in (None, sent.get("period")) and _amount(paid) == _amount(sent)

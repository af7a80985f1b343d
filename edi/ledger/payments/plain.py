"""Payments that pay a claim as it was sent, told by a few of its facts: most are such, and neither need be read as a record.

A payment is plain where the one claim of its number has its charge, member, patient, payee, payer and dates, its lines stand in
their places, nothing is denied, and nothing else was said or is to be done about the claim. What `match_payment`, `findings` and
`settle_denials` come to is known then; whatever is not plain they judge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from pydantic_core import from_json
from sqlalchemy import func, select
from sqlmodel import Session, col

from edi.ledger.inserting import change
from edi.ledger.payments.denying import UNKNOWN_PATIENT, ordinals
from edi.ledger.storing import claim_key, table_of
from edi.ledger.tables import ClaimRow, FindingRow, PaymentRow, WorkRow
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


def keep_plain(session: Session, rows: Sequence[Any]) -> list[Plain]:
    """Those of payments (rows of their table) that are plain; what they answer is kept beside them."""
    found = list(_plain(session, rows))
    changes = [{"id": one.id, "claim_id": one.claim_id, "other_lines": one.lines} for one in found]
    if changes:
        change(session.connection(), table_of(PaymentRow), changes)
    return found


def _plain(session: Session, rows: Sequence[Any]) -> Iterable[Plain]:
    paid = [(row, facts) for row in rows if _may_be(row) and _is_first(facts := from_json(row.record)) and _denies_nothing(facts)]
    claims = _sent(session, {claim_key(row.claim) for row, _ in paid})
    pairs = [
        (row, facts, claim)
        for row, facts in paid
        if (claim := claims.get(row.claim)) is not None and not (claim.denied or claim.denied_lines)
    ]
    spoken_of = _spoken_of(session, pairs) if pairs else frozenset()
    for row, facts, claim in pairs:
        if row.claim_id in (None, claim.id) and row.claim not in spoken_of:
            sent = from_json(claim.record)
            if row.claim == facts["claim"] == sent["id"] and _is_same(facts, sent):
                lines = _places(facts.get("lines", ()), sent.get("lines", ()))
                if lines is not None:
                    yield Plain(row.id, claim.id, facts.get("payer_claim", ""), row.claim, ordinals(lines))


def _may_be(row: Any) -> bool:
    """By what is kept beside the record."""
    return row.status not in _DENYING and (row.charge or 0) > 0 and not (row.denied or row.denied_lines)


def _is_first(payment: Facts) -> bool:
    """Whether it names no number of the payer's for a claim before this one (F8)."""
    return all(reference["qualifier"] != ORIGINAL for reference in payment.get("references", ()))


def _denies_nothing(payment: Facts) -> bool:
    adjusted = (payment, *payment.get("lines", ()))
    return all(never_denies(each["group"], each["reason"]) for one in adjusted for each in one.get("adjustments", ()))


def _sent(session: Session, keys: Collection[str]) -> dict[str, Any]:
    """The claims that were sent once, by their numbers."""
    columns = (ClaimRow.id, ClaimRow.claim, ClaimRow.denied, ClaimRow.denied_lines, ClaimRow.record)
    found: dict[str, Any] = {}
    several: set[str] = set()
    for row in session.execute(select(*map(col, columns)).where(col(ClaimRow.claim_key).in_(sorted(keys)))):
        name = row.claim.strip()
        if name in found:
            several.add(name)
        found[name] = row
    return {name: row for name, row in found.items() if name not in several}


def _spoken_of(session: Session, pairs: Sequence[tuple[Any, Facts, Any]]) -> frozenset[str]:
    """The numbers of claims of which another payment speaks, or a finding of this one, or work that is not closed."""
    names = sorted({row.claim for row, _, _ in pairs})
    of_payment = {row.id: row.claim for row, _, _ in pairs}
    of_claim = {claim.id: row for row, _, claim in pairs}
    name, id, claim_id = col(PaymentRow.claim), col(PaymentRow.id), col(PaymentRow.claim_id)
    found = set(session.execute(select(name).where(name.in_(names)).group_by(name).having(func.count() > 1)).scalars())
    answers = session.execute(select(claim_id, id).where(claim_id.in_(sorted(of_claim))))
    found.update(of_claim[answered].claim for answered, payment in answers if of_claim[answered].id != payment)
    denied = select(col(FindingRow.payment_id)).where(col(FindingRow.payment_id).in_(sorted(of_payment)))
    found.update(of_payment[payment] for payment in session.execute(denied).scalars())
    waiting = select(col(WorkRow.claim)).where(col(WorkRow.claim).in_(names), col(WorkRow.state) != CLOSED)
    return frozenset(found.union(session.execute(waiting).scalars()))


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

"""The claim that a payment is of as it was sent, told by a few facts of both: neither need be read as a record.

A payment and the one claim of its number are a pair where charge, member, patient, payee, payer and dates are the same. It is
plain where nothing is denied and its lines stand in their places. What `match_payment` comes to is known of a pair; of a plain
one, also what `findings` do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.payments.denying import UNKNOWN_PATIENT, ordinals
from edi.ledger.questions import NAMES, chunks
from edi.ledger.reading import read_facts
from edi.ledger.statements import ask, one_of
from edi.ledger.tables import ClaimRow
from edi.linkage.denials.kinds import never_denies
from edi.linkage.denials.netting import ORIGINAL
from edi.linkage.denials.pairing import REVERSAL
from edi.linkage.identity import plainly_paid_by

Facts: TypeAlias = Mapping[str, Any]
"""A record as it is kept: what has its default value is left out, dates are text, and amounts may be."""
_SENT: Final = select(col(ClaimRow.claim), col(ClaimRow.id), col(ClaimRow.record)).where(one_of(col(ClaimRow.claim), "claims"))
_NOTHING: Final[Facts] = MappingProxyType({})
_DENYING: Final = frozenset({REVERSAL, UNKNOWN_PATIENT})


class Pair(NamedTuple):
    """The claim that a payment is of, by its id, as the row of the payment is compared with that of the claim."""

    claim_id: int
    lines: str | None
    """The lines of the claim that it pays, by their ordinals; None where it is not plain."""


def pairs(session: Session, payments: Sequence[tuple[Mapping[str, Any], Facts]]) -> list[Pair | None]:
    """The pair of each of these payments (rows with claim, status and charge, and facts), where it has one.

    Whether there is another claim that it may be of under another spelling of the number is not asked.
    """
    sent = sent_by_number(session, {row["claim"] for row, _ in payments if may_pair(row["status"], row["charge"])})
    found: list[Pair | None] = []
    for row, facts in payments:
        of_number = sent.get(row["claim"], ()) if may_pair(row["status"], row["charge"]) else ()
        found.append(pair(row["claim"], facts, *of_number[0]) if len(of_number) == 1 else None)
    return found


def sent_by_number(session: Session, numbers: Collection[str]) -> dict[str, list[tuple[int, str]]]:
    """The claims with these numbers, each with its id and its record as it is kept."""
    sent: dict[str, list[tuple[int, str]]] = {}
    for some in chunks(sorted(numbers), NAMES):
        for claim, id, record in ask(session, _SENT, claims=some).all():
            sent.setdefault(claim, []).append((id, record))
    return sent


def may_pair(status: str, charge: Decimal | None) -> bool:
    """Whether a payment may be of a claim as it was sent."""
    return status not in _DENYING and (charge or 0) > 0


def pair(number: str, paid: Facts, claim_id: int, claim: str) -> Pair | None:
    """A payment and a claim, a record as it is kept, as a pair, where they are one; `number` is the claim's."""
    sent: Facts = read_facts(claim)
    if not (number == paid["claim"] == sent["id"] and _is_same(paid, sent)):
        return None
    lines = _places(paid.get("lines", ()), sent.get("lines", ())) if _is_first(paid) and _denies_nothing(paid) else None
    return Pair(claim_id, None if lines is None else ordinals(lines))


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
        and npi_of(payment["payee"]) == npi_of(claim["billing"]) != ""
        and plainly_paid_by(_both(payment, claim, "id"), _both(payment, claim, "name"))
        and _is_same_time(payment, claim.get("period"))
    )


def _amount(record: Facts) -> Decimal:
    return Decimal(record.get("charge", "0"))


def _members(record: Facts, *people: str) -> set[str]:
    return {id for person in people if (id := (record.get(person) or _NOTHING).get("member_id", "").strip())}


def _name(record: Facts) -> tuple[str, str]:
    person = record.get("patient") or _NOTHING
    return person.get("last_name", ""), person.get("first_name", "")


def npi_of(party: Facts) -> str:
    found: str = party.get("id", "") if party.get("id_qualifier") == "XX" else ""
    return found


def _both(payment: Facts, claim: Facts, what: str) -> tuple[str, str]:
    """What the payers of both say."""
    return payment["payer"].get(what, ""), claim["payer"].get(what, "")


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

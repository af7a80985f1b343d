"""Which claim a payment answers, by how much evidence; of two that it may be, neither.

The tiers, and what payers do to claim numbers, are those of the linkage reference, section 7. A claim of another patient or of
another payee is never taken, whatever its number says: payers mix claims up, and practices share numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from edi.linkage.identity import NO_ALIASES, folded_name, member_ids, same_payer
from edi.records.claim import Claim
from edi.records.parties import Party, Person
from edi.records.remittance import Payment
from edi.records.services import Period

REVERSAL: Final = "22"
_SHORTEST: Final = 14
"""What the payers that cut a claim number shortest leave of it."""
_SUFFIX: Final = 2
"""Payers add a person's number, of so many digits, to the member id."""
_ORIGINAL: Final = "F8"
_NUMBERS: Final = frozenset({"G1", "BB"})
_NEAREST: Final = 5
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Match:
    """The claim that a payment answers, how that was found, and whether it is sure; or None, with the nearest (CLM01)."""

    claim: Claim | None
    how: str
    sure: bool
    nearest: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"how": self.how, "sure": self.sure}


UNMATCHED: Final = "no claim"


def match_payment(
    payment: Payment,
    claims: Sequence[Claim],
    *,
    payers: Mapping[str, str] = NO_ALIASES,
    payer_claims: Mapping[str, str] = _NONE,
) -> Match:
    """The claim among `claims` (as they were sent, oldest first) that a payment answers.

    `payer_claims` tells the CLM01 of payers' claim numbers known from earlier remittances. Sure is the exact claim number
    with the charge and the patient, or a payer's claim number that is known, with the patient. The rest is to be looked at.
    """
    possible = [claim for claim in claims if _same_member(payment, claim) and not _other_payee(payment, claim)]
    known = {payer_claims.get(number) for number in _payer_numbers(payment)} - {None}
    tiers: tuple[tuple[str, bool, Callable[[Claim], bool]], ...] = (
        ("claim number", True, lambda c: c.id.strip() == payment.claim.strip() and _same_charge(payment, c)),
        ("payer's claim number", True, lambda c: c.id in known),
        ("claim number, with another charge", False, lambda c: c.id.strip() == payment.claim.strip()),
        (
            "damaged claim number",
            False,
            lambda c: _damaged(payment.claim, c.id) and _same_charge(payment, c) and _same_dates(payment, c),
        ),
        ("line control number", False, lambda c: _same_lines(payment, c) and _same_charge(payment, c)),
        ("authorization number", False, lambda c: _same_number(payment, c) and _same_dates(payment, c)),
    )
    for how, sure, fits in tiers:
        found = _narrowed([claim for claim in possible if fits(claim)], payment, payers)
        if len(found) == 1:
            return Match(found[0], how, sure and not _other_payer(payment, found[0], payers))
        if found:
            return Match(None, f"several claims by {how}", False, _ids(found))
    near = [c for c in claims if c.id.strip() == payment.claim.strip() or _damaged(payment.claim, c.id)]
    near += [claim for claim in possible if _same_dates(payment, claim)]
    return Match(None, UNMATCHED, False, _ids(near))


def _ids(claims: Iterable[Claim]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(claim.id for claim in claims))[:_NEAREST]


def _narrowed(found: list[Claim], payment: Payment, payers: Mapping[str, str]) -> list[Claim]:
    """Of several: those of the payment's payer, those of its frequency; and one sent twice is one."""
    number = payment.payer_claim
    choices: tuple[Callable[[Claim], bool], ...] = (
        lambda c: same_payer(payment.payer, c.payer, payers),
        lambda c: bool(payment.frequency) and payment.frequency == c.frequency,
        lambda c: _same_dates(payment, c),
        lambda c: not number or c.original != number,  # what replaced the claim of this number is another one
        lambda c: bool(number and c.original),  # and another number is the replacement's
    )
    for choice in choices:
        if len(found) > 1:
            found = [claim for claim in found if choice(claim)] or found
    sent = {(c.id, c.charge, c.period, c.payer.id, c.frequency, c.original): c for c in found}
    return list(sent.values())


def _same_member(payment: Payment, claim: Claim) -> bool:
    """By member id, which a payer may have lengthened; where one of the two gives none, by the folded name."""
    people = (payment.patient, *((payment.insured,) if payment.insured else ()))
    theirs, ours = member_ids(*people), member_ids(claim.subscriber, claim.patient)
    if theirs and ours:
        return any(_like(one, other) for one in theirs for other in ours)
    return _named(payment.patient) == _named(claim.patient) != ("", "")


def _like(one: str, other: str) -> bool:
    short, long = sorted((one.upper(), other.upper()), key=len)
    return short == long or (long.startswith(short) and 0 < len(long) - len(short) <= _SUFFIX and long[len(short) :].isdigit())


def _named(person: Person) -> tuple[str, str]:
    return folded_name(person.last_name), folded_name(person.first_name)


def _other_payee(payment: Payment, claim: Claim) -> bool:
    """Whether the money went to somebody else: both NPIs are known and differ, and so do the tax ids."""
    npis, taxes = (payment.payee.npi, claim.billing.npi), (_tax_id(payment.payee), _tax_id(claim.billing))
    if all(taxes) and taxes[0] == taxes[1]:
        return False
    return all(npis) and npis[0] != npis[1]


def _tax_id(party: Party) -> str:
    """The tax id, which the 835 gives as N104 with FI or as REF*TJ."""
    reference = next((r.value for r in party.references if r.qualifier == "TJ"), "")
    return (party.tax_id or (party.id if party.id_qualifier == "FI" else reference)).replace("-", "")


def _other_payer(payment: Payment, claim: Claim, payers: Mapping[str, str]) -> bool:
    """Whether id and name both speak against it. The 835 often knows its payer by another id than the 837."""
    theirs, ours = payment.payer, claim.payer
    if not (theirs.id and ours.id) or same_payer(theirs, ours, payers):
        return False
    return bool(theirs.name and ours.name) and folded_name(theirs.name) != folded_name(ours.name)


def _payer_numbers(payment: Payment) -> set[str]:
    return {payment.payer_claim, *(r.value for r in payment.references if r.qualifier == _ORIGINAL)} - {""}


def _same_charge(payment: Payment, claim: Claim) -> bool:
    """A reversal's charge has the opposite sign."""
    return (-payment.charge if payment.status == REVERSAL else payment.charge) == claim.charge


def _same_dates(payment: Payment, claim: Claim) -> bool:
    """Whether the dates overlap; nothing speaks against it where one side has none."""
    periods = [line.period for line in payment.lines if line.period is not None]
    return any(_overlap(period, claim.period) for period in periods or (payment.period,))


def _overlap(one: Period | None, other: Period | None) -> bool:
    return one is None or other is None or (one.start <= other.end and other.start <= one.end)


def _damaged(returned: str, sent: str) -> bool:
    """Whether a payer may have made one of the other: case, punctuation, leading zeros, cut at the end, something added."""
    one, other = _plain(returned), _plain(sent)
    if not one or not other:
        return False
    short, long = sorted((one, other), key=len)
    return short == long or (long.startswith(short) and (len(short) >= _SHORTEST or (short == other and len(short) >= 6)))


def _plain(number: str) -> str:
    return "".join(c for c in number.upper() if c.isalnum()).lstrip("0")


def _same_lines(payment: Payment, claim: Claim) -> bool:
    """Whether every line's control number (REF*6R) is one of the claim's, and one at least has one."""
    theirs = {line.control_number for line in payment.lines} - {""}
    return bool(theirs) and theirs <= {line.control_number for line in claim.lines}


def _same_number(payment: Payment, claim: Claim) -> bool:
    references = (*payment.references, *(r for line in payment.lines for r in line.references))
    theirs = {r.value.strip() for r in references if r.qualifier in _NUMBERS} - {""}
    ours = {claim.authorization, *claim.authorizations, *(n.value for line in claim.lines for n in line.authorizations)}
    return not theirs.isdisjoint(number.strip() for number in ours)

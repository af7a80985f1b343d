"""Which claim a payment answers, by how much evidence; of two that it may be, neither.

The tiers, and what payers do to claim numbers, are those of the linkage reference, section 7. A claim of another patient or of
another payee is never taken, whatever its number says: payers mix claims up, and practices share numbers. How they are told, with
an example of each, is in docs/matching-remittances.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from edi.linkage.identity import NO_ALIASES, folded_name, may_be_same_payer, member_ids, same_payer
from edi.linkage.verdict import money
from edi.records.claim import Claim, ClaimLine
from edi.records.parties import Party, Person
from edi.records.remittance import PaidLine, Payment
from edi.records.services import Period

REVERSAL: Final = "22"
SHORTEST: Final = 14
"""What the payers that cut a claim number shortest leave of it."""
LEAST: Final = 4
"""A claim number shorter than this is not looked for in a longer one, whatever patient, dates and charge say."""
LENGTHENED: Final = 2
"""Payers add a person's number, of so many digits, to the member id."""
_ORIGINAL: Final = "F8"
_NUMBERS: Final = frozenset({"G1", "BB"})
_NEAREST: Final = 5
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PaymentMatch:
    """The claim that a payment answers, how that was found, and whether it is sure; or None, with the nearest (CLM01)."""

    claim: Claim | None
    how: str
    sure: bool
    nearest: tuple[str, ...] = ()
    against: tuple[tuple[str, ...], ...] = ()
    """What speaks against each of the nearest."""

    def to_json(self) -> dict[str, Any]:
        return {"how": self.how, "sure": self.sure}


UNMATCHED: Final = "no claim"
TOGETHER: Final = "several claims paid as one"
_ANOTHER_CHARGE: Final = "claim number, with another charge"


def match_payment(
    payment: Payment,
    claims: Sequence[Claim],
    *,
    payers: Mapping[str, str] = NO_ALIASES,
    payer_claims: Mapping[str, str] = _NONE,
) -> PaymentMatch:
    """The claim among `claims` (as they were sent, oldest first) that a payment answers.

    `payer_claims` tells the CLM01 of payers' claim numbers known from earlier remittances and acknowledgments. Sure is the exact
    claim number with the charge, the dates and the patient (where the payer divided the claim, with some of its lines), or a
    payer's claim number that is known, with these. The rest is to be looked at.
    """
    possible = [claim for claim in claims if _same_member(payment, claim) and not _other_payee(payment, claim)]
    known = {payer_claims.get(number) for number in _payer_numbers(payment)} - {None}
    tiers: tuple[tuple[str, bool, Callable[[Claim], bool]], ...] = (
        ("claim number", True, lambda c: _same_id(payment, c) and _same_charge(payment, c)),
        ("claim number, of a part of the claim", True, lambda c: _same_id(payment, c) and _is_part(payment, c)),
        ("payer's claim number", True, lambda c: c.id in known),
        (_ANOTHER_CHARGE, False, lambda c: _same_id(payment, c)),
        (
            "damaged claim number",
            False,
            lambda c: _damaged(payment.claim, c.id) and _same_charge(payment, c) and _same_dates(payment, c),
        ),
        ("line control number", False, lambda c: _same_lines(payment, c) and (_same_charge(payment, c) or _is_part(payment, c))),
        ("authorization number", False, lambda c: _same_number(payment, c) and _same_dates(payment, c)),
        ("patient, date, procedure and charge", False, lambda c: _same_services(payment, c)),
    )
    for how, sure, fits in tiers:
        found = [claim for claim in possible if fits(claim)]
        if how == _ANOTHER_CHARGE and (together := _together(payment, possible)):
            named = next((claim for claim in together if claim in found), None)
            return PaymentMatch(named, TOGETHER, False, tuple(claim.id for claim in together), ((TOGETHER,),) * len(together))
        found = _narrowed(found, payment, payers)
        if len(found) == 1:
            return PaymentMatch(found[0], how, sure and not _unlike(payment, found[0], payers))
        if found:
            return _none(f"several claims by {how}", payment, found, payers)
    near = [c for c in claims if _same_id(payment, c) or _damaged(payment.claim, c.id)]
    near += [claim for claim in possible if _same_dates(payment, claim)]
    return _none(UNMATCHED, payment, near, payers)


def _none(how: str, payment: Payment, near: Iterable[Claim], payers: Mapping[str, str]) -> PaymentMatch:
    """No claim, and why not one of those that are near."""
    by_number: dict[str, Claim] = {}
    for claim in near:
        by_number.setdefault(claim.id, claim)
    nearest = dict(islice(by_number.items(), _NEAREST))
    return PaymentMatch(None, how, False, tuple(nearest), tuple(_against(payment, claim, payers) for claim in nearest.values()))


def _against(payment: Payment, claim: Claim, payers: Mapping[str, str]) -> tuple[str, ...]:
    """What speaks against a claim, the gravest first; of two that fit equally, that there is another."""
    patient = "another patient" if not _same_member(payment, claim) else "another person with the same member id"
    said = (
        (patient, not _same_member(payment, claim) or _other_person(payment, claim)),
        ("another payee", _other_payee(payment, claim)),
        ("another payer", not may_be_same_payer(payment.payer, claim.payer, payers)),
        ("another claim number", not _same_id(payment, claim)),
        (f"a charge of {money(claim.charge)}, not {money(abs(payment.charge))}", not _same_charge(payment, claim)),
        ("other dates", not _same_dates(payment, claim)),
        ("other procedures", bool(payment.lines) and not any(map(_same_code(claim), payment.lines))),
    )
    return tuple(words for words, so in said if so) or ("another claim fits as well",)


def _narrowed(found: list[Claim], payment: Payment, payers: Mapping[str, str]) -> list[Claim]:
    """Of several: those of the patient among a family, of the payment's payer, of its frequency; and one sent twice is one."""
    number = payment.payer_claim
    choices: tuple[Callable[[Claim], bool], ...] = (
        lambda c: not _other_person(payment, c),
        lambda c: not _members(payment).isdisjoint(_members_of(c, payment)),
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


def _unlike(payment: Payment, claim: Claim, payers: Mapping[str, str]) -> bool:
    """Whether something speaks against a claim whose number is right: a number may be the account's, for every visit."""
    other_payer = not may_be_same_payer(payment.payer, claim.payer, payers)
    return other_payer or _other_person(payment, claim) or not _same_dates(payment, claim)


def _same_member(payment: Payment, claim: Claim) -> bool:
    """By member id, which a payer may have lengthened; where one of the two gives none, by the folded name."""
    theirs, ours = _members(payment), _members_of(claim, payment)
    if theirs and ours:
        return any(same_member_id(one, other) for one in theirs for other in ours)
    return _named(payment.patient) == _named(claim.patient) != ("", "")


def _members_of(claim: Claim, payment: Payment) -> frozenset[str]:
    """The member ids that a payment for a claim may give: another payer on the claim has its own."""
    others = [o.subscriber for o in claim.other_payers if same_payer(payment.payer, Party(id=o.id, name=o.name), NO_ALIASES)]
    return member_ids(claim.subscriber, claim.patient, *others)


def _members(payment: Payment) -> frozenset[str]:
    return member_ids(payment.patient, *((payment.insured,) if payment.insured else ()))


def same_member_id(one: str, other: str) -> bool:
    """Whether two member ids are one, which a payer may have lengthened by a person's number."""
    short, long = sorted((one.upper(), other.upper()), key=len)
    return short == long or (long.startswith(short) and 0 < len(long) - len(short) <= LENGTHENED and long[len(short) :].isdigit())


def _other_person(payment: Payment, claim: Claim) -> bool:
    """Whether it is another of those who share a member id. A name may be cut, and a last name may have changed."""
    (last, first), (our_last, our_first) = _named(payment.patient), _named(claim.patient)
    one, other = (first, our_first) if first and our_first else (last, our_last)
    return bool(one and other) and not (one.startswith(other) or other.startswith(one))


def _named(person: Person) -> tuple[str, str]:
    return folded_name(person.last_name), folded_name(person.first_name)


def _other_payee(payment: Payment, claim: Claim) -> bool:
    """Whether the money went to somebody else: neither NPI nor tax id is the same, and of one of them both are known."""
    npis, taxes = (payment.payee.npi, claim.billing.npi), (_tax_id(payment.payee), _tax_id(claim.billing))
    if all(taxes) and taxes[0] == taxes[1]:
        return False
    return npis[0] != npis[1] if all(npis) else all(taxes)


def _same_payee(payment: Payment, claim: Claim) -> bool:
    npi, tax_id = payment.payee.npi, _tax_id(payment.payee)
    return (bool(npi) and npi == claim.billing.npi) or (bool(tax_id) and tax_id == _tax_id(claim.billing))


def _tax_id(party: Party) -> str:
    """The tax id, which the 835 gives as N104 with FI or as REF*TJ."""
    reference = next((r.value for r in party.references if r.qualifier == "TJ"), "")
    return (party.tax_id or (party.id if party.id_qualifier == "FI" else reference)).replace("-", "")


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
    return one is None or other is None or one.overlaps(other)


def _same_id(payment: Payment, claim: Claim) -> bool:
    return claim.id.strip() == payment.claim.strip()


def _damaged(returned: str, sent: str) -> bool:
    """Whether a payer may have made one of the other: case, punctuation, leading zeros, cut at the end, something added."""
    theirs, ours = plain_number(returned), plain_number(sent)
    if not theirs or not ours:
        return False
    cut = len(theirs) >= SHORTEST and ours.startswith(theirs)
    added = len(ours) >= LEAST and (theirs.startswith(ours) or theirs.endswith(ours))
    return theirs == ours or cut or added


def plain_number(number: str) -> str:
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


def _is_part(payment: Payment, claim: Claim) -> bool:
    """Whether the payer divided the claim (MA15), and these are some of its lines, each with its whole charge."""
    billed: dict[int, Decimal] = {}
    for paid in payment.lines:
        at = _line_of(paid, claim, billed)
        if at is None:
            return False
        billed[at] = billed.get(at, Decimal(0)) + abs(paid.charge)
    whole = all(claim.lines[at].charge == charge for at, charge in billed.items())
    return whole and bool(billed) and sum(billed.values()) == abs(payment.charge) < claim.charge


def _line_of(paid: PaidLine, claim: Claim, taken: Iterable[int]) -> int | None:
    """The position of a claim's line: by control number, which a divided line keeps; else the first such that is not taken."""
    if paid.control_number:
        named = [n for n, line in enumerate(claim.lines) if line.control_number == paid.control_number]
        if named:
            return named[0] if len(named) == 1 else None
    return next((n for n, line in enumerate(claim.lines) if n not in taken and _same_service(paid, line)), None)


def _same_service(paid: PaidLine, line: ClaimLine) -> bool:
    return paid_code(paid) == billed_code(line) and abs(paid.charge) == line.charge and _overlap(paid.period, line.period)


def _same_code(claim: Claim) -> Callable[[PaidLine], bool]:
    codes = {billed_code(line) for line in claim.lines}
    return lambda paid: paid_code(paid) in codes


def paid_code(paid: PaidLine) -> str:
    """What was submitted: the payer may have paid another code."""
    procedure = paid.submitted or paid.procedure
    return procedure.code if procedure else paid.revenue_code


def billed_code(line: ClaimLine) -> str:
    return line.procedure.code if line.procedure else line.revenue_code


def _same_services(payment: Payment, claim: Claim) -> bool:
    """Whether patient, dates, procedures and charges are all the same, and the payee is known to be."""
    if not payment.lines or not _same_charge(payment, claim) or _other_person(payment, claim) or not _same_payee(payment, claim):
        return False
    return _left_of(list(payment.lines), claim) == [] and all(line.period or payment.period for line in payment.lines)


def _left_of(paid: list[PaidLine], claim: Claim) -> list[PaidLine] | None:
    """The lines that are left when those of a claim are taken out; None where the claim has one that is not there."""
    left = list(paid)
    for line in claim.lines:
        at = next((n for n, one in enumerate(left) if _same_service(one, line)), None)
        if at is None:
            return None
        del left[at]
    return left


def _together(payment: Payment, possible: Sequence[Claim]) -> list[Claim]:
    """The claims that a payer made one of: all their lines, and no others, are in the payment. None where others may be meant."""
    lines = list(payment.lines)
    if len(lines) < 2 or len(possible) < 2:
        return []
    parts = {claim.id: claim for claim in possible if claim.lines and _left_of(lines, claim) is not None}
    left: list[PaidLine] | None = lines
    for claim in parts.values():
        left = _left_of(left, claim) if left else None
    return list(parts.values()) if left == [] and len(parts) > 1 else []

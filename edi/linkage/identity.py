"""Whether two records speak of the same patient, payer or provider.

A name alone proves nothing, and neither does a member id, which a family shares. What is compared, and how, is the table of
claim fields in the linkage reference: 2010BA and 2010CA of the 837 against 2010C and 2010D of the 278.

Who asks whether two are one payer, the strictest first; aliases apart, what the first takes the second does, and so on:

    same_payer            authorization and claim: a number must not go to another payer. By the ids, as aliases have them; by the
                          names only where one has no id. The set-based join says so in SQL, without aliases (edi.jobs.comparing).
    payer_keys            payments among themselves (netting, what stands of a claim, what was settled beside claims): they have
                          one id or one name in common. Who says neither has nothing in common with anybody.
    may_be_same_payer     payment and claim, whose number, patient and payee are compared besides: ids and names do not both
                          differ. The 835 often knows its payer by another id than the 837.
    plainly_paid_by       the same at a glance, letter by letter: never laxer, and what it does not take is asked the long way.

And whether two are one patient:

    same_patient          authorization and claim: a number is written by it. Member id to the letter, with birth date or name.
    may_be_same_patient   the claim that was sent and the one to be sent in its place, of one provider and payer: a correction of
                          the name or of the member id must not make it another claim. Either is enough.

Who may be meant under another member id or a mistyped name, which is told and never written, is asked in edi.linkage.patients;
whom a payment names, by a member id that the payer may have lengthened, in edi.linkage.denials.pairing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

from edi.records.authorization import Authorization
from edi.records.claim import Claim, ClaimLine
from edi.records.parties import Party, Person
from edi.records.values import write_date

Who: TypeAlias = tuple[str, str, str, str, int]
"""The ids of who bills and of the member, the patient's last and first name, and birth as a number (CCYYMMDD, 0: not told)."""
NOT_TOLD: Final[Who] = ("", "", "", "", 0)
NO_ALIASES: Final[Mapping[str, str]] = MappingProxyType({})
_SUFFIXES: Final = frozenset({"JR", "SR", "II", "III", "IV"})
_PERFORMING: Final = frozenset({"82", "71", "72", "77", "DQ", "ZZ", "85"})
"""NM101 of who takes part in giving the service on a claim: rendering, attending, operating, other operating, facility,
supervising. Who referred (DN, P3) or ordered (DK) does not."""
ASKING: Final = frozenset({"DN", "DK", "P3"})
"""The same for a 278: referring, ordering, primary care provider."""


@lru_cache(maxsize=4096)
def folded_name(name: str) -> str:
    """A name for comparison: capital letters and digits, without accents, punctuation, blanks and a suffix such as JR."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).upper()
    words = "".join(c if c.isalnum() or c.isspace() else "" if c in "'-." else " " for c in plain).split()
    if len(words) > 1 and words[-1] in _SUFFIXES:
        words.pop()
    return "".join(words)


def whose(claim: Claim) -> Who:
    """Whose a claim is, as it says it."""
    patient = claim.patient
    born = int(write_date(patient.birth_date)) if patient.birth_date else 0
    return claim.billing.id, claim.subscriber.member_id.strip(), patient.last_name, patient.first_name, born


def member_ids(*people: Person) -> frozenset[str]:
    """The member ids of people, outer blanks taken off."""
    return frozenset([id for person in people if (id := person.member_id.strip())])


def same_patient(authorization: Authorization, claim: Claim) -> bool:
    """Whether both are about one person.

    A member id must be the same, byte for byte; then, for a subscriber, the birth date, or the name where one of the two
    gives no birth date. Dependents share the subscriber's id, so for them first and last name and the birth date must all be
    the same, and the gender where both give one.
    """
    if not member_ids(authorization.subscriber, authorization.patient) & member_ids(claim.subscriber, claim.patient):
        return False
    theirs, ours = authorization.patient, claim.patient
    if theirs.birth_date and ours.birth_date and theirs.birth_date != ours.birth_date:
        return False
    if authorization.dependent or claim.dependent:
        known = theirs.birth_date is not None and ours.birth_date is not None
        return known and same_name(theirs, ours) and not genders_differ(theirs, ours)
    return (theirs.birth_date is not None and ours.birth_date is not None) or same_name(theirs, ours)


def may_be_same_patient(one: Claim, other: Claim) -> bool:
    """Whether two claims may be one patient's: by a member id, or by the name."""
    people = member_ids(one.subscriber, one.patient) & member_ids(other.subscriber, other.patient)
    return bool(people) or same_name(one.patient, other.patient)


def same_name(one: Person, other: Person) -> bool:
    """Whether first and last names are the same once folded; middle names and prefixes are left out of account."""
    last, first = folded_name(one.last_name), folded_name(one.first_name)
    return bool(last) and last == folded_name(other.last_name) and first == folded_name(other.first_name)


def genders_differ(one: Person, other: Person) -> bool:
    """Whether one is said to be a woman and the other a man."""
    return {one.gender, other.gender} == {"F", "M"}


def payer_id(party: Party, aliases: Mapping[str, str] = NO_ALIASES) -> str:
    """A payer's id as `aliases` (an id, and the id that it stands for) has it."""
    id = party.id.strip().upper()
    return aliases.get(id, id)


def same_payer(one: Party, other: Party, aliases: Mapping[str, str] = NO_ALIASES) -> bool:
    """Whether two parties, 2010A of the 278 and 2010BB of the 837, are one payer.

    By their ids as `aliases` has them, and by their names only where one of the two gives no id: several ids go by one name.
    """
    if aliases and (known := _payers(one, aliases)) and known & _payers(other, aliases):
        return True
    if one.id.strip() and other.id.strip():
        return payer_id(one, aliases) == payer_id(other, aliases)
    return bool(one.name) and folded_name(one.name) == folded_name(other.name)


def may_be_same_payer(one: Party, other: Party, aliases: Mapping[str, str] = NO_ALIASES) -> bool:
    """Whether nothing speaks against two parties being one payer: ids and names do not both differ."""
    if not (one.id and other.id) or same_payer(one, other, aliases):
        return True
    return not (one.name and other.name) or folded_name(one.name) == folded_name(other.name)


def plainly_paid_by(ids: tuple[str, str], names: tuple[str, str]) -> bool:
    """Whether a payment's payer is the claim's at a glance, by the ids and the names of both; who gives no id may be any."""
    return not all(ids) or ids[0] == ids[1] or (all(names) and names[0] == names[1])


def payer_keys(id: str, name: str) -> frozenset[tuple[str, str]]:
    """What the payer of a payment is known by, by its id (`id_of_payer`) and its name: of one payer is what shares one of them.

    Today it calls itself by one id, tomorrow by another, or by the name alone. Nothing is no key.
    """
    keys = {("id", id.strip().upper()), ("name", folded_name(name))}
    return frozenset(key for key in keys if key[1])


def _payers(party: Party, aliases: Mapping[str, str]) -> frozenset[str]:
    """What `aliases` knows a party's id, or where it has none its name, to stand for."""
    found = aliases.get((party.id.strip() or party.name.strip()).upper(), "")
    return frozenset({found} - {""})


def performing(claim: Claim, line: ClaimLine | None) -> tuple[Party, ...]:
    """Who gives the service, with the billing provider: a line's own rendering, operating ... provider replaces the claim's."""
    parties = claim.providers
    if line is not None and line.providers:
        roles = {party.role for party in line.providers}
        parties = (*line.providers, *(party for party in parties if party.role not in roles))
    return (*[party for party in parties if party.role in _PERFORMING], claim.billing)


def certified_providers(authorization: Authorization, providers: tuple[Party, ...]) -> tuple[Party, ...]:
    """Who may give a service: its own providers, else the event's, else the requester; only those with an NPI or tax id."""
    for parties in (providers, authorization.providers, (authorization.requester,)):
        known = [party for party in parties if party.role not in ASKING and (party.npi or party.tax_id)]
        if known:
            return tuple(known)
    return ()

"""Whether the providers of a claim are those that are certified, as the payer's rule says who must be.

Without a rule it is enough that one certified provider takes part: rendering, operating, attending, supervising, facility or
billing. A rule may name roles; each provider who takes part in one of them must then be certified.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from edi.guides.rules.match import NO_PROVIDER, NPI, ONE_PROVIDER, TAX_ID
from edi.linkage.agreement import NOTHING_AGREED, Agreement, day_of
from edi.linkage.identity import ASKING, certified_providers, performing
from edi.records.authorization import Authorization
from edi.records.claim import Claim, ClaimLine
from edi.records.parties import Party

_BILLING: Final = "billing"
_FACILITY: Final = "facility"
_REFERRING: Final = "referring"
_ROLES: Final = {
    "rendering": ("82",),
    _FACILITY: ("77",),
    _REFERRING: ("DN", "P3"),
    "operating": ("72",),
    "attending": ("71",),
    "supervising": ("DQ",),
}
"""NM101 of loops 2310 and 2420."""
_STOOD_FOR: Final = frozenset({"rendering", _FACILITY})
"""Roles that X12 names only where they are not the billing provider's."""
_CERTIFIED_FACILITY: Final = "FA"
_GIVING: Final = ("82", "71")
"""NM101 of who gives the care."""


def rendering_id(record: Claim) -> str:
    """Who gave the care (NM109): the rendering provider, else who attended; "" where the claim names neither."""
    return next((party.id for role in _GIVING for party in record.providers if party.role == role and party.id), "")


def compare_providers(
    authorization: Authorization, certified: tuple[Party, ...], claim: Claim, line: ClaimLine | None, agreed: Agreement
) -> tuple[bool, str] | None:
    """Whether the providers fit, in words; None where nothing is compared. `certified` are the service's own providers."""
    named, rule = agreed.said("providers")
    roles, day = named or ONE_PROVIDER, day_of(claim, line)
    by = f" (rule {rule})" if rule else ""
    if roles == NO_PROVIDER:
        return None
    known = certified_providers(authorization, certified)
    if roles == ONE_PROVIDER:
        if not known:
            return None
        if any(_is_certified(party, known, claim, agreed, day) for party in performing(claim, line)):
            return True, f"a certified provider takes part{by}"
        return False, f"certified for {_names(known)}, who takes no part in the claim{by}"
    for role in roles:
        of_role = _certified_in(role, authorization, certified, known)
        if not of_role:
            return False, f"no {role} provider is certified, and it must match{by}"
        parties = _in_role(role, claim, line)
        if not parties or not all(_is_certified(party, of_role, claim, agreed, day) for party in parties):
            return False, f"certified for {_names(of_role)}, who is not the {role} provider{by}"
    return True, f"the {' and '.join(roles)} provider is certified{by}"


def takes_part(known: Sequence[Party], claim: Claim, line: ClaimLine | None) -> bool:
    """Whether one of the certified providers takes part in a line, by no rule."""
    return any(_is_certified(party, known, claim, NOTHING_AGREED, None) for party in performing(claim, line))


def _certified_in(
    role: str, authorization: Authorization, certified: tuple[Party, ...], known: tuple[Party, ...]
) -> tuple[Party, ...]:
    """Those certified in a role; who is certified without saying as what counts for each role but the referring."""
    if role == _REFERRING:
        asking = (party for party in (*certified, *authorization.providers) if party.role in ASKING)
        return tuple(party for party in (*asking, authorization.requester) if party.npi or party.tax_id)
    facilities = tuple(party for party in known if party.role == _CERTIFIED_FACILITY)
    return facilities or known if role == _FACILITY else known


def _in_role(role: str, claim: Claim, line: ClaimLine | None) -> tuple[Party, ...]:
    if role == _BILLING:
        return (claim.billing,)
    own = tuple(party for party in (line.providers if line else ()) if party.role in _ROLES[role])
    found = own or tuple(party for party in claim.providers if party.role in _ROLES[role])
    return found or ((claim.billing,) if role in _STOOD_FOR else ())


def _is_certified(party: Party, certified: Sequence[Party], claim: Claim, agreed: Agreement, day: date | None) -> bool:
    """By NPI, or by the tax id of who bills; an id that took the place of another is the same from that day on."""
    npi = party.npi
    if npi and npi in [each.npi for each in certified]:
        return True
    tax_id = _digits(claim.billing.tax_id) if party is claim.billing else ""
    return any(
        (each.npi and npi and agreed.renamed(NPI, each.npi, npi, day))
        or (tax_id and (_digits(each.tax_id) == tax_id or agreed.renamed(TAX_ID, _digits(each.tax_id), tax_id, day)))
        for each in certified
    )


@lru_cache(maxsize=4096)
def _digits(value: str) -> str:
    return "".join(c for c in value if c.isdigit())


def _names(parties: Sequence[Party]) -> str:
    return ", ".join(dict.fromkeys(f"NPI {party.npi}" if party.npi else f"tax id {party.tax_id}" for party in parties))

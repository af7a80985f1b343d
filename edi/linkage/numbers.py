"""What stands in REF*G1: a number, or words that say that there is none.

The words, and how a number is compared, are those of the linkage reference, section 4: byte for byte to be right, folded only
to say how a wrong one differs.
"""

from __future__ import annotations

import re
from typing import Final

from edi.records.claim import Claim

_PLACEHOLDERS: Final = frozenset(
    (
        *("NA", "NONE", "NO", "NOAUTH", "NOTREQUIRED", "NOTREQ", "NPR", "NPN", "NAR", "NOPA", "PENDING", "PEND", "TBD", "UNK"),
        *("UNKNOWN", "VERBAL", "ONFILE", "SEE", "ATTACHED", "SEEATTACHED", "EXEMPT", "WAIVED", "RETRO", "COVID", "DISASTER"),
        *("GOLDCARD", "TEST", "AUTH", "NOAUTHREQUIRED", "NOAUTHREQ", "AUTHNOTREQUIRED", "NONEREQUIRED", "NOPRIORAUTH"),
        *("NOTAPPLICABLE", "NOTNEEDED"),
    )
)
_EMPTY: Final = re.compile(r"0+|9+|X+")
_DATE: Final = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_LOOK_ALIKE: Final = str.maketrans("OIS", "015")


def folded_number(number: str) -> str:
    """A number for finding, never for writing: capital letters, without hyphens, dots, slashes and blanks."""
    return re.sub(r"[-./\s]", "", number).upper()


def is_placeholder(value: str, claim: Claim) -> bool:
    """Whether what stands in a REF*G1 of this claim means that there is no number.

    Besides the usual words: a bare date, and what is known as something else: the member id, an NPI or CLM01 of the claim.
    """
    if says_none(value):
        return True
    parties = (claim.billing, *claim.providers, *(party for line in claim.lines for party in line.providers))
    others = {claim.subscriber.member_id, claim.patient.member_id, claim.id, *(party.npi for party in parties)}
    return value.strip() in {other.strip() for other in others if other.strip()}


def says_none(value: str) -> bool:
    """Whether these are words that say that there is no number, or a bare date, whoever's claim it is."""
    plain = re.sub(r"\W|_", "", value).upper()
    return not plain or plain in _PLACEHOLDERS or bool(_EMPTY.fullmatch(plain) or _DATE.fullmatch(plain))


def difference(one: str, other: str) -> str:
    """In what two unequal numbers differ, when it is so little that one is the other mistyped; else ""."""
    if one.strip() == other.strip():
        return "outer blanks"
    if one.upper() == other.upper():
        return "capital and small letters"
    a, b = folded_number(one), folded_number(other)
    if a == b:
        return "hyphens, dots, slashes or blanks"
    if a.lstrip("0") == b.lstrip("0"):
        return "leading zeros"
    if a.translate(_LOOK_ALIKE) == b.translate(_LOOK_ALIKE):
        return "letters that look like digits"
    if len(b) >= 5 and b in a:
        return "what stands around it"
    return ""

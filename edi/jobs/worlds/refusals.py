"""What payers of a world say when they refuse: reason (CARC) and remarks (RARC) by what is behind it, and the kind that this is.

Kinds and causes are written here as words and not taken from the matching, which is judged by them. The pairs of codes are those
that payers were seen to send; some payers still send reasons that have ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from edi.jobs.worlds.truth import RightVerdict

MISSING, INVALID, PENALTY = "authorization-missing", "authorization-invalid", "authorization-penalty"
SERVICE, PROVIDER, DATE = "authorization-wrong-service", "authorization-wrong-provider", "authorization-wrong-date"
EXCEEDED, LATE, REFUSED = "authorization-exceeded", "authorization-late", "authorization-refused"
REFERRAL: Final = "referral"
NECESSITY: Final = "medical-necessity"
HELD, SENT, NEVER = "held-not-sent", "sent-correctly", "never-requested"
REQUESTED_LATE: Final = "requested-late"
UNKNOWN: Final = "unknown"
DUPLICATE: Final = "18"


class Words(NamedTuple):
    """A reason with its remarks."""

    kind: str
    reason: str
    remarks: tuple[str, ...] = ()
    numbered: str = ""
    """The kind where the claim carried a number, where that makes it another."""


_ABSENT: Final = (
    Words(MISSING, "197"), Words(MISSING, "197"), Words(MISSING, "197", ("N210",)), Words(MISSING, "197", ("M62",), INVALID),
    Words(MISSING, "16", ("M62",), INVALID), Words(INVALID, "15"),
)  # fmt: skip
_UNITS: Final = (Words(EXCEEDED, "198"), Words(EXCEEDED, "96", ("N640",)), Words(EXCEEDED, "197", ("N362",)))
_DATES: Final = (Words(DATE, "302"), Words(DATE, "302"), Words(DATE, "197", ("N351",)), Words(MISSING, "197"))
_REFUSED: Final = (Words(REFUSED, "39"), Words(REFUSED, "197", ("N758",)), Words(REFUSED, "96", ("N758",)))
_OPEN: Final = (Words(MISSING, "197"), Words(MISSING, "197", ("M62",), INVALID))
WORDS: Final[Mapping[str, tuple[Words, ...]]] = MappingProxyType({
    HELD: _ABSENT,
    NEVER: (*_ABSENT, Words(LATE, "210")),
    SENT: (
        Words(MISSING, "197"), Words(MISSING, "197", ("M62",), INVALID), Words(INVALID, "15"), Words(SERVICE, "284"),
        Words(PROVIDER, "296"), Words(DATE, "302"), Words(EXCEEDED, "198"), Words(REFUSED, "39"),
    ),
    "wrong-number": (*_OPEN, Words(INVALID, "15"), Words(SERVICE, "284")),
    "service-mismatch": (
        Words(SERVICE, "284"), Words(SERVICE, "197", ("N54",)), Words(SERVICE, "96", ("N54",)), Words(SERVICE, "15", ("N54",)),
        Words(MISSING, "197"),
    ),
    "before-period": _DATES,
    "after-period": _DATES,
    "provider-mismatch": (Words(PROVIDER, "296"), Words(PROVIDER, "296"), Words(MISSING, "197")),
    "place-mismatch": (Words(SERVICE, "197", ("N54",)), Words(SERVICE, "284"), Words(MISSING, "197")),
    "other-payer": _OPEN,
    "authorization-pending": _OPEN,
    "request-rejected": _OPEN,
    "authorization-cancelled": (*_OPEN, Words(REFUSED, "197", ("N758",)), Words(DATE, "302")),
    "authorization-denied": _REFUSED,
    REQUESTED_LATE: (Words(LATE, "210"), Words(REFUSED, "39")),
    "units-short": _UNITS,
    "units-used-up": (*_UNITS, Words(MISSING, "197")),
    "not-required": _OPEN,
})  # fmt: skip
"""By what is behind it."""
REFERRALS: Final = (
    Words(REFERRAL, "243"), Words(REFERRAL, "288"), Words(REFERRAL, "16", ("N286",)), Words(REFERRAL, "165"),
)  # fmt: skip
OTHERS: Final = (
    Words("eligibility", "27"), Words("eligibility", "26"), Words("eligibility", "31"), Words(NECESSITY, "50"),
    Words(NECESSITY, "50"), Words(NECESSITY, "96", ("N661",)), Words("timely-filing", "29"),
    Words("documentation", "252", ("N706",)), Words("documentation", "16", ("N705",)), Words("network", "242"),
    Words("other", "97"), Words("other", "119"), Words("other", "96", ("N130",)), Words("other", "204"),
)  # fmt: skip
"""What has nothing to do with authorizations."""
_BEHIND: Final = MappingProxyType({
    "linked": HELD, "ambiguous": HELD, "split-needed": HELD, "already-linked": SENT, "number-unknown": "wrong-number",
    "call-payer": "authorization-pending", "requirement-unknown": NEVER, "missing": NEVER, "exception-claimed": NEVER,
})  # fmt: skip
"""What is behind a refusal, by the verdict that is right for the claim; the other verdicts are words for it themselves."""
_BY_STORY: Final = MappingProxyType({"rejected": "request-rejected", "asked-too-late": REQUESTED_LATE})
"""Stories of which the verdict does not tell all."""


def behind(row: RightVerdict, story: str, *, carried: bool) -> str:
    """What is behind a refusal of the claim, or line, of which this row is right. `carried`: the right number was on it."""
    if carried:
        return SENT
    return _BY_STORY.get(story) or _BEHIND.get(row.verdict, row.verdict)

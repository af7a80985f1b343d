"""What we know of a denial: its cause, in a word and in a sentence.

The cause is what the comparison that links claims says of the claim as it was sent; a verdict has another word here where it
means another thing once the claim was denied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from edi.linkage.denials.kinds import NECESSITY, PREFIX, REFERRAL, Said
from edi.linkage.identity import same_patient
from edi.linkage.misfit import Misfit, plain
from edi.linkage.offers import Offer
from edi.linkage.placement import Outcome
from edi.linkage.quantities import counted
from edi.linkage.verdict import Verdict
from edi.records.authorization import Authorization, Decision
from edi.records.claim import Claim, ClaimLine

LATE: Final = PREFIX + "late"
EXCEEDED: Final = PREFIX + "exceeded"
HELD_NOT_SENT, SENT_CORRECTLY, NEVER_REQUESTED = "held-not-sent", "sent-correctly", "never-requested"
REQUESTED_LATE, REQUEST_REJECTED, UNKNOWN = "requested-late", "request-rejected", "unknown"
_LATE_REASON: Final = "17"
"""HCR03: the time limit was missed."""
_CAUSES: Final = {
    Verdict.LINKED: HELD_NOT_SENT,
    Verdict.AMBIGUOUS: HELD_NOT_SENT,
    Verdict.ALREADY_LINKED: SENT_CORRECTLY,
    Verdict.NUMBER_UNKNOWN: Verdict.WRONG_NUMBER.value,
    Verdict.CALL_PAYER: Verdict.AUTHORIZATION_PENDING.value,
    Verdict.REQUIREMENT_UNKNOWN: NEVER_REQUESTED,
    Verdict.MISSING: NEVER_REQUESTED,
    Verdict.EXCEPTION_CLAIMED: NEVER_REQUESTED,
}
"""Verdicts that have another word as a cause; the others keep theirs."""
_ORDINALS: Final = ("", *"first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split())
_TOLD: Final = 5
"""So many claims are named; of more it is said how many."""
_PER: Final = {"DA": " a day", "WK": " a week", "MO": " a month"}


def cause_of(says: Said, outcome: Outcome, claim: Claim, line: ClaimLine | None, held: Sequence[Authorization]) -> str:
    """The cause of a denial of a claim, or of a line of it. `held` is what is on file for the claim."""
    if _late(says, outcome, claim, line):
        return REQUESTED_LATE
    if outcome.offer is not None and outcome.offer.service.decision is Decision.REJECTED:
        return REQUEST_REJECTED
    if outcome.verdict is Verdict.UNITS_SHORT and says.kind != EXCEEDED and outcome.subject.held != outcome.number:
        return HELD_NOT_SENT
    if outcome.verdict in (Verdict.REQUIREMENT_UNKNOWN, Verdict.MISSING) and _rejected(claim, held):
        return REQUEST_REJECTED
    return _CAUSES.get(outcome.verdict, outcome.verdict.value)


def certified(outcome: Outcome) -> bool:
    """Whether what was billed was certified, whatever the payer says: with the number on the claim, or without."""
    return outcome.verdict in (Verdict.ALREADY_LINKED, Verdict.LINKED) and outcome.offer is not None


def explains(outcome: Outcome) -> int:
    """How well an outcome explains a denial of the whole claim: what is wrong, then what is right, then what is not known."""
    if outcome.verdict is Verdict.ALREADY_LINKED:
        return 1
    return 0 if outcome.verdict is Verdict.REQUIREMENT_UNKNOWN else 2


def _rejected(claim: Claim, held: Iterable[Authorization]) -> bool:
    """Whether a request for this patient was rejected as a whole, so that it is not known what it was for."""
    return any(a.decision is Decision.REJECTED and not a.services and same_patient(a, claim) for a in held)


def _late(says: Said, outcome: Outcome, claim: Claim, line: ClaimLine | None) -> bool:
    """Whether the payer was asked only after the service: it says so itself, or refused for that reason."""
    period = (line.period if line else None) or claim.period
    if outcome.offer is None or period is None:
        return False
    authorization, service = outcome.offer.authorization, outcome.offer.service
    asked = authorization.issued or authorization.received
    refused = service.decision is Decision.DENIED and _LATE_REASON in service.reasons
    return asked is not None and asked > period.start and (says.kind == LATE or refused)


# -- in a sentence -------------------------------------------------------------------------------------------------------


def told(cause: str, says: Said, outcome: Outcome, *, beside: bool = False) -> str:
    """What is known, in one sentence. `beside`: other lines of the claim use what this one is about."""
    offer, misfit = outcome.offer, outcome.misfit
    match cause:
        case "sent-correctly" if says.kind == NECESSITY:
            return f"The payer certified this service: {_named(outcome, small=True)} was on the claim."
        case "held-not-sent" if says.kind == NECESSITY:
            return f"The payer certified this service: {_named(outcome, small=True)}, without which the claim went out."
        case "held-not-sent":
            return _held(outcome)
        case "sent-correctly" if says.kind == EXCEEDED:
            return f"{_named(outcome)} was on the claim and fits: by our count it was not used up."
        case "sent-correctly":
            return f"{_named(outcome)} was on the claim and fits: the payer passed it over."
        case "wrong-number":
            return _wrong_number(outcome)
        case "never-requested":
            what = REFERRAL if says.kind == REFERRAL else "authorization"
            return f"Nobody asked for it: no {what} for this service is on file."
        case "request-rejected":
            return "The request was rejected for a fault (AAA), and never decided."
        case "requested-late":
            return _requested_late(outcome)
        case "not-required" if offer is not None:
            return f"The payer itself answered that none is needed{_on(offer)}."
        case "not-required":
            return "By the payer's own rule none is needed."
        case "authorization-pending" if outcome.verdict is Verdict.CALL_PAYER:
            return f"What the payer answered{_on(offer)} is not settled: it has to be called."
        case "authorization-pending":
            return f"The request{_numbered(outcome)} was not decided when the claim was sent."
        case "authorization-denied":
            return f"The payer refused the request{_on(offer)}: it denies what it refused before."
        case "authorization-cancelled":
            return f"{_named(outcome)} was cancelled{_on(offer)}."
        case "units-short" | "units-used-up" if misfit is not None:
            return _units(_named(outcome), misfit, beside=beside)
    return _misfit(cause, outcome, misfit) if misfit is not None else ""


def _held(outcome: Outcome) -> str:
    if outcome.verdict is Verdict.AMBIGUOUS:
        fitting = [candidate.authorization for candidate in outcome.candidates if candidate.fits]
        return f"{listed(fitting)} fit equally, and the claim went out without one of them."
    instead = f"it carried {outcome.previous} instead" if outcome.previous else "it went out without it"
    return f"{_named(outcome)} was on file and fits the claim, but {instead}."


def _wrong_number(outcome: Outcome) -> str:
    subject = outcome.subject
    if subject.crowded:
        return f"{subject.held_at} carried more than one number; the one that fits is {outcome.number}."
    if outcome.number and outcome.number != subject.held:
        return f"The claim carried {subject.held} in {subject.held_at}; the number that fits is {outcome.number}."
    return f"The claim carried {subject.held} in {subject.held_at}, which is no number of this service that we know."


def _requested_late(outcome: Outcome) -> str:
    assert outcome.offer is not None, "what was requested late was requested"
    authorization, period = outcome.offer.authorization, outcome.subject.period
    asked = authorization.issued or authorization.received
    assert asked is not None, "what is late has a day"
    day = period.start if period else None
    after = f", {_days((asked - day).days)} after the service of {day}" if day else ""
    return f"The payer dealt with it only on {asked}{after}."


def _misfit(cause: str, outcome: Outcome, misfit: Misfit) -> str:
    """In what the claim and the authorization that it is about differ, and by how much."""
    named, ours, theirs = _named(outcome), listed(misfit.certified), listed(misfit.billed)
    match cause:
        case "service-mismatch":
            return f"{named} certifies {ours or 'no such service'}; the claim bills {theirs}."
        case "before-period":
            first = misfit.certified[0] if misfit.certified else "a later day"
            return f"{named} certifies from {first} on; the service{_of(misfit)} was {_days(misfit.days)} too early."
        case "after-period":
            last = misfit.certified[-1] if misfit.certified else "then"
            return (
                f"{named} had expired: it certifies until {last}, and the service{_of(misfit)} was {_days(misfit.days)} too late."
            )
        case "provider-mismatch":
            return f"{named} certifies {ours or 'another provider'}; the claim names {theirs or 'nobody with an NPI'}."
        case "place-mismatch":
            return f"{named} certifies place {ours}; the claim bills place {theirs}."
        case "other-payer":
            return f"{named} is payer {ours}'s; the claim went to {theirs}."
    return ""


def _units(named: str, misfit: Misfit, *, beside: bool) -> str:
    """How many are certified, which claims used them, and how many of this one are over."""
    limit = Decimal(misfit.certified[0])
    left, over = misfit.left or Decimal(0), misfit.over or Decimal(0)
    per = _PER.get(misfit.per, "")
    certifies = f"{named} certifies {counted(limit, misfit.unit)}{per}"
    users = [f"claim{'s' if len(misfit.used_by) > 1 else ''} {listed(misfit.used_by)}"] if misfit.used_by else []
    users += ["other lines of this claim"] if beside or not users else []
    used = f"{' and '.join(users)} used {plain(limit - left)}{' of that time' if per else ''}" if limit > left else ""
    wanted = left + over
    if not left and wanted == 1 and limit == int(limit):
        this = f"this one is the {ordinal(int(limit) + 1)}"
    elif left:
        this = f"of the {counted(wanted, misfit.unit)} billed here {plain(left)} are left and {plain(over)} are over"
    else:
        this = f"nothing is left for the {counted(wanted, misfit.unit)} billed here"
    return "; ".join(part for part in (certifies, used, this) if part) + "."


def ordinal(number: int) -> str:
    """1 is the first, 13 the 13th."""
    if number < len(_ORDINALS):
        return _ORDINALS[number]
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: A, B and C; of many the first and how many more."""
    shown, more = list(names[:_TOLD]), len(names) - _TOLD
    if more > 0:
        shown.append(f"{more} more")
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)


def _what(outcome: Outcome) -> str:
    return "referral" if outcome.offer is not None and outcome.offer.authorization.kind == REFERRAL else "authorization"


def _named(outcome: Outcome, *, small: bool = False) -> str:
    label = outcome.offer.label if outcome.offer is not None else outcome.number
    named = f"{_what(outcome)} {label}" if label else f"the {_what(outcome)}"
    return named if small else named[0].upper() + named[1:]


def _numbered(outcome: Outcome) -> str:
    label = outcome.offer.label if outcome.offer is not None else ""
    return f" {label}" if label else ""


def _on(offer: Offer | None) -> str:
    return f" on {offer.authorization.issued}" if offer is not None and offer.authorization.issued else ""


def _of(misfit: Misfit) -> str:
    """The billed dates."""
    days = dict.fromkeys(misfit.billed)
    return f" of {' to '.join(days)}" if days else ""


def _days(days: int | None) -> str:
    return "1 day" if days == 1 else f"{days or 0} days"

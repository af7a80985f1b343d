"""One certified service against one line of a claim: what fits, and the first thing that does not.

Compared in this order: patient (before this, see `identity`), payer, procedure, decision, dates, provider, place; units come
last, see `usage`. Nothing is compared with today, and nothing is taken to fit because it is the only one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction
from typing import Final, NamedTuple

from edi.frozen import changed, quick
from edi.linkage.agreement import FREE, NOTHING_AGREED, Agreement, day_of
from edi.linkage.amending import AMENDING
from edi.linkage.identity import NO_ALIASES, same_payer
from edi.linkage.leeway import widened
from edi.linkage.offers import POSITIVE, Offer
from edi.linkage.procedures import Compared, compare_service, rate
from edi.linkage.providers import compare_providers
from edi.linkage.quantities import certified_nothing
from edi.linkage.remarks import coded
from edi.linkage.stays import inpatient, is_later_bill, leave, nights, outpatient
from edi.linkage.verdict import Verdict
from edi.records.authorization import Authorization, CertifiedService, Decision
from edi.records.claim import Claim, ClaimLine
from edi.records.parties import Party
from edi.records.services import NEVER, Period, Procedure

_FAMILY: Final = 3
"""So many characters of a diagnosis are its family (ICD-10-CM's category)."""
_AMBULATORY: Final = frozenset({"02", "10", "11", "12", "19", "20", "22", "23", "24", "49", "50", "62", "65", "71", "72"})
"""Places of service where nobody stays."""
_FAR: Final = 1_000_000
_ONE: Final = Fraction(1)
DATELESS: Final = "without dates"
_ORDER: Final = {verdict: n for n, verdict in enumerate(Verdict)}
DECISIONS: Final = {
    Decision.DENIED: (Verdict.AUTHORIZATION_DENIED, "denied"),
    Decision.PENDED: (Verdict.AUTHORIZATION_PENDING, "pended, and not decided yet"),
    Decision.UNANSWERED: (Verdict.AUTHORIZATION_PENDING, "requested, and no answer came"),
    Decision.REJECTED: (Verdict.AUTHORIZATION_PENDING, "not decided: the request was rejected and must be mended"),
    Decision.CANCELLED: (Verdict.AUTHORIZATION_CANCELLED, "cancelled"),
    Decision.CONTACT_PAYER: (Verdict.CALL_PAYER, "not decided: the payer asks to be called"),
    Decision.PARTLY_CERTIFIED: (Verdict.CALL_PAYER, "certified in part, and the answer does not say which part"),
}
"""What speaks against what was decided, and in which words."""


class Stage(IntEnum):
    """How far a comparison came: what it failed at, or FITS."""

    PAYER = 0
    PROCEDURE = 1
    DECISION = 2
    DATES = 3
    PROVIDER = 4
    PLACE = 5
    UNITS = 6
    FITS = 7


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is decided about: one line of a claim; or, `line` None, an inpatient claim as one stay."""

    claim: Claim
    line: ClaimLine | None = None
    held: str = ""
    """The number, or the placeholder, that stands for it in REF*G1."""
    held_at: str = ""
    """Where that stands: 2400 its own, 2300 the claim's."""
    crowded: bool = False
    """More than one number of the destination payer stands there."""

    @property
    def procedures(self) -> tuple[Procedure, ...]:
        """What is billed: the line's procedure, or all procedures of a stay."""
        lines = self.claim.lines if self.line is None else (self.line,)
        return tuple(line.procedure for line in lines if line.procedure is not None)

    @property
    def period(self) -> Period | None:
        """The line's dates, else the claim's."""
        return (self.line.period if self.line else None) or self.claim.period


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An offer compared with a subject: the first failure with its verdict, or FITS."""

    offer: Offer
    stage: Stage
    verdict: Verdict
    why: str
    near: bool
    """Whether it may be what is meant: the same procedure, one near it, or the number that the claim carries."""
    distance: int = 0
    """Days between the dates, to tell the nearest of several."""
    speaks_for: tuple[str, ...] = ()
    """All that was compared and fits, in words, and all that does not."""
    speaks_against: tuple[str, ...] = ()
    by_rule: bool = False
    """Whether the procedure or the dates fit by a payer's rule, not by what is certified in so many words."""
    denied_number: bool = False
    """Nothing but the payer's refusal speaks against it, and the payer wants the number of what it refused."""
    rate: Fraction = _ONE
    """How much of a certified unit a billed one is."""
    perhaps: str = ""
    """In what its patient differs, where that may be the same person; nothing is written then."""

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against it, units left aside."""
        return self.stage is Stage.FITS


def compare(
    subject: Subject,
    offer: Offer,
    *,
    carries: bool = False,
    wanted: bool = False,
    codeless: bool = False,
    payers: Mapping[str, str] = NO_ALIASES,
    agreed: Agreement = NOTHING_AGREED,
    patient: str = "",
    perhaps: str = "",
    brief: bool = False,
) -> Evidence:
    """An offer of the same patient against a subject.

    `carries`: the claim carries the offer's number; `wanted`: a payer's rule asks for an authorization. Either makes an offer
    for another procedure one that may be meant. `codeless`: approval by service type needs no code (referrals). `agreed` is
    what the payer's matching rules say of the subject; `patient` why the patient is the same by one of them, `perhaps` in what
    a patient differs who may be the same. `brief`: of what cannot be meant it is enough that it is for another procedure.
    """
    lines = subject.claim.lines if subject.line is None else (subject.line,)
    stay = subject.line is None and inpatient(subject.claim)
    codeless = codeless or (carries and not (offer.stay and outpatient(subject.claim)))
    procedure = compare_service(lines, offer, agreed, stay=stay, codeless=codeless)
    if stay and offer.stay and (away := leave(subject.claim)):
        of = len(nights(subject.claim)) + away
        procedure = procedure._replace(why=f"the stay ({away} of its {of} days {'is' if away == 1 else 'are'} leave)")
    decision = offer.service.decision
    near = carries or (decision in POSITIVE and (procedure.near or wanted))
    near = near or (procedure.fits and decision is not Decision.NOT_REQUIRED)
    if brief and not (near or procedure.fits or perhaps) and offer.service.procedure is not None:
        return Evidence(offer=offer, stage=Stage.PROCEDURE, verdict=Verdict.SERVICE_MISMATCH, why=procedure.why, near=False)
    share = rate(offer.service, subject.line, agreed) if procedure.fits else _ONE
    found = list(_findings(subject, offer, procedure, share, payers, agreed))
    fitting = [each.why for each in found if each.verdict is None]
    failures = [each for each in found if each.verdict is not None]
    failure = failures[0] if failures else _last(offer, procedure, found, patient)
    evidence = Evidence(
        offer=offer,
        stage=failure.stage,
        verdict=failure.verdict or Verdict.LINKED,
        why=failure.why,
        near=near,
        distance=max(each.distance for each in found),
        speaks_for=(patient, *fitting) if patient else tuple(fitting),
        speaks_against=(*((perhaps,) if perhaps else ()), *(each.why for each in failures)),
        by_rule=bool(procedure.rule) or any(each.verdict is None and each.distance for each in found),
        rate=share or _ONE,
        perhaps=perhaps,
        denied_number=decision is Decision.DENIED and _denied(offer, failures, agreed),
    )
    if failure.stage is Stage.PAYER:
        return _of_another_payer(subject, evidence, procedure, payers, carries=carries)
    return evidence


class _Finding(NamedTuple):
    """One thing that was compared: what speaks for an offer, or (with a verdict) against it."""

    stage: Stage
    verdict: Verdict | None
    why: str
    distance: int = 0
    """Days between the dates, also where a rule lets them pass."""


def _findings(
    subject: Subject,
    offer: Offer,
    procedure: Compared,
    share: Fraction | None,
    payers: Mapping[str, str],
    agreed: Agreement,
) -> Iterator[_Finding]:
    """Everything that was compared, in the order in which it counts. `share` is how much of a certified unit is billed."""
    service, authorization, claim = offer.service, offer.authorization, subject.claim
    yield _payer_finding(authorization, claim, payers, agreed)
    yield _Finding(Stage.PROCEDURE, None if procedure.fits else Verdict.SERVICE_MISMATCH, procedure.why)
    if diagnosis := _diagnosis(authorization, claim, agreed):
        yield _Finding(Stage.PROCEDURE, *diagnosis)
    if service.decision in DECISIONS:
        yield _Finding(Stage.DECISION, *refused(service))
    else:
        yield _Finding(Stage.DECISION, None, service.decision.value)
    yield _dates(subject, offer, agreed)
    if late := _late(subject, authorization, agreed):
        yield _Finding(Stage.DATES, Verdict.CALL_PAYER, late)
    providers = compare_providers(authorization, service.providers, claim, subject.line, agreed)
    if providers is not None:
        fits, why = providers
        yield _Finding(Stage.PROVIDER, None if fits else Verdict.PROVIDER_MISMATCH, why)
    if place := _place(subject, offer, agreed):
        yield place
    if service.decision in POSITIVE and not offer.number:
        yield _Finding(Stage.UNITS, Verdict.CALL_PAYER, "certified, and the answer gives no number")
    elif service.decision in POSITIVE and (none := certified_nothing(service)):
        yield _Finding(Stage.UNITS, Verdict.CALL_PAYER, f"certified for {none}, of which nothing can be used")
    elif subject.line is not None and subject.line.negative:
        yield _Finding(Stage.UNITS, Verdict.CALL_PAYER, "the line bills a negative quantity, which nobody certifies")
    elif share is None:
        yield _Finding(Stage.UNITS, Verdict.CALL_PAYER, "certified in other units than billed; no rule says how many are one")


def refused(service: CertifiedService) -> tuple[Verdict, str]:
    """What speaks against a service that was decided otherwise than certified, and the words for it."""
    verdict, why = DECISIONS[service.decision]
    rejections = [f"AAA {coded('AAA03', [rejection.reason])}" for rejection in service.rejections]
    codes = ", ".join(part for part in (coded("HCR03", service.reasons), *rejections) if part)
    return verdict, f"{why} ({codes})" if codes else why


def _last(offer: Offer, procedure: Compared, found: Sequence[_Finding], patient: str) -> _Finding:
    """That nothing speaks against it."""
    if offer.service.decision is Decision.NOT_REQUIRED:
        return _Finding(Stage.FITS, Verdict.NOT_REQUIRED, f"the payer answered that {procedure.why} needs none")
    days = next(each.why for each in found if each.stage is Stage.DATES)
    by = f"; {patient}" if patient else ""
    return _Finding(Stage.FITS, None, f"{certifies(procedure.why, days)}{by}")


def certifies(what: str, days: str) -> str:
    """What a service certifies, and for which days, in words."""
    return f"certifies {what}{', ' if days == DATELESS else ' '}{days}"


def _denied(offer: Offer, failures: Sequence[_Finding], agreed: Agreement) -> bool:
    """Whether nothing but the payer's refusal speaks against an offer, and the payer wants its number all the same."""
    return len(failures) == 1 and failures[0].stage is Stage.DECISION and bool(offer.number and agreed.said("denied_numbers")[0])


def _payer_finding(authorization: Authorization, claim: Claim, payers: Mapping[str, str], agreed: Agreement) -> _Finding:
    ours, theirs = _payer(claim.payer), _payer(authorization.payer)
    if same_payer(authorization.payer, claim.payer, payers):
        return _Finding(Stage.PAYER, None, f"payer {ours}" if ours == theirs else f"payer {theirs} is {ours}")
    if rule := agreed.reviewer(authorization.payer):
        return _Finding(Stage.PAYER, None, f"{theirs} decides for {ours} (rule {rule})")
    return _Finding(Stage.PAYER, Verdict.OTHER_PAYER, f"certified by payer {theirs}, and the claim goes to {ours}")


def _of_another_payer(
    subject: Subject, evidence: Evidence, procedure: Compared, payers: Mapping[str, str], *, carries: bool
) -> Evidence:
    """It may be meant when all but the payer speaks for it; the claim's own other payers are not mistaken for its destination."""
    offer = evidence.offer
    theirs = offer.authorization.payer
    if any(same_payer(theirs, Party(id=other.id, name=other.name), payers) for other in subject.claim.other_payers):
        return changed(evidence, near=carries, why=f"certified by payer {_payer(theirs)}, another payer of this claim")
    good = procedure.fits and offer.service.decision in POSITIVE and _dates(subject, offer, NOTHING_AGREED).verdict is None
    return changed(evidence, near=carries or good)


def _diagnosis(authorization: Authorization, claim: Claim, agreed: Agreement) -> tuple[Verdict | None, str] | None:
    """Whether a diagnosis of the claim is one of the authorized, where a rule asks; its codes are not told."""
    how, rule = agreed.said("diagnosis")
    if how is None or not authorization.diagnoses:
        return None
    length = _FAMILY if how == "family" else None
    certified, billed = (
        {diagnosis.code.replace(".", "")[:length] for diagnosis in record.diagnoses} for record in (authorization, claim)
    )
    if certified & billed:
        return None, f"an authorized diagnosis (rule {rule})"
    return Verdict.SERVICE_MISMATCH, f"certified for other diagnoses than the claim gives (rule {rule})"


def _late(subject: Subject, authorization: Authorization, agreed: Agreement) -> str:
    """Why a number was given too late after the service, where a rule says what is too late; else ""."""
    most, rule = agreed.said("late")
    day, issued = day_of(subject.claim, subject.line), authorization.issued
    if most is None or most < 0 or day is None or issued is None or (issued - day).days <= most:
        return ""
    if authorization.certification_type in AMENDING:  # what was issued last is the amendment, and not when it was certified
        return ""
    return f"certified on {issued}, {_apart((issued - day).days)} after the service, which is too late (rule {rule})"


def dates_compared(subject: Subject, offer: Offer) -> tuple[Period | None, Period | None, str]:
    """The dates that are billed and those that are certified, as they are compared, and what the billed ones are dates of."""
    claim, service = subject.claim, offer.service
    billed, certified, what = subject.period, service.period, "the service"
    admission = claim.admission or (claim.period.start if claim.period else None)
    if subject.line is None and inpatient(claim) and admission is not None:
        if offer.authorization.admission is not None or offer.stay:
            begun, what = admission, "the admission"
            own = offer.authorization.admission
            if claim.period is not None and is_later_bill(claim):  # what was certified for these days, not the first ones
                begun, what = claim.period.start, "the statement"
                certified = certified or (Period(start=own.start, end=NEVER) if own else None)
            elif own is not None and (certified is None or own.start in certified):
                certified = own
            billed = Period(start=begun, end=begun)
        elif billed is not None and certified is not None:  # a procedure on some day of the stay
            nearest = min(max(certified.start, billed.start), billed.end)
            billed, what = Period(start=nearest, end=nearest), "the stay"
    return billed, certified, what


def _dates(subject: Subject, offer: Offer, agreed: Agreement) -> _Finding:
    """Whether the dates fit, the words for it, and how many days they are apart."""
    billed, certified, what = dates_compared(subject, offer)
    if (own := subject.period) is not None and own.reversed:
        return _Finding(Stage.DATES, Verdict.BEFORE_PERIOD, f"the claim's dates ({dated(own)}) end before they begin", _FAR)
    if certified is not None and certified.reversed:
        why = f"certified for dates ({dated(certified)}) that end before they begin"
        return _Finding(Stage.DATES, Verdict.CALL_PAYER, why, _FAR)
    if certified is None:
        return _Finding(Stage.DATES, None, DATELESS)
    if billed is None:
        why = f"the claim gives no date to compare with {dated(certified)}"
        return _Finding(Stage.DATES, Verdict.BEFORE_PERIOD, why, _FAR)
    if billed.start < certified.start:
        apart, verdict, word = (certified.start - billed.start).days, Verdict.BEFORE_PERIOD, "before"
    elif billed.end > certified.end:
        apart, verdict, word = (billed.end - certified.end).days, Verdict.AFTER_PERIOD, "after"
    else:
        return _Finding(Stage.DATES, None, f"for {dated(certified)}")
    why = f"{what} ({dated(billed)}) is {_apart(apart)} {word} {dated(certified)}"
    for allowed, rule in widened(certified, offer.authorization.due, agreed):
        if billed.start >= allowed.start and billed.end <= allowed.end:
            return _Finding(Stage.DATES, None, f"for {dated(certified)}, and {why} (allowed by rule {rule})", apart)
    return _Finding(Stage.DATES, verdict, why, apart)


def _place(subject: Subject, offer: Offer, agreed: Agreement) -> _Finding | None:
    """Whether the places are the same (place of service, type of bill); None where they cannot be compared, or need not be.

    What is certified for a place where nobody stays is no part of a stay.
    """
    claim, service = subject.claim, offer.service
    qualifier = claim.place_qualifier or ("A" if claim.kind == "institutional" else "B")
    billed = (subject.line.place if subject.line else "") or claim.place
    matter, _ = agreed.said("place")
    if not service.place or not billed or matter == FREE:
        return None
    if service.place_qualifier != qualifier:
        if qualifier == "B" or service.place not in _AMBULATORY or offer.stay or subject.line is not None or not inpatient(claim):
            return None
        why = f"certified for place of service {service.place}, billed an inpatient stay"
        return _Finding(Stage.PLACE, Verdict.PLACE_MISMATCH, why)
    what = "type of bill" if qualifier == "A" else "place of service"
    if service.place == billed:
        return _Finding(Stage.PLACE, None, f"{what} {billed}")
    if rule := agreed.one_place(service.place, billed):
        return _Finding(Stage.PLACE, None, f"{what} {billed} as {service.place} (rule {rule})")
    return _Finding(Stage.PLACE, Verdict.PLACE_MISMATCH, f"certified for {what} {service.place}, billed {billed}")


def nearest(evidence: Sequence[Evidence]) -> Evidence | None:
    """Of what may be meant, what came furthest; then the nearest dates, then what was issued last; in any order the same."""

    def order(e: Evidence) -> tuple[object, ...]:
        issued = e.offer.authorization.issued or date.min
        return e.stage, -e.distance, issued, -_ORDER[e.verdict], e.offer.label, -e.offer.position

    return max((e for e in evidence if e.near and not e.fits), key=order, default=None)


def dated(period: Period) -> str:
    """Dates for a sentence, ISO 8601."""
    if period.end == date.max:
        return f"the time from {period.start}"
    if period.start == date.min:
        return f"the time until {period.end}"
    return str(period.start) if period.start == period.end else f"{period.start} to {period.end}"


def _apart(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _payer(party: Party) -> str:
    return party.id.strip() or party.name or "without a name"

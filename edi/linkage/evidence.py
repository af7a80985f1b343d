"""One certified service against one line of a claim: what fits, and the first thing that does not.

Compared in this order: patient (before this, see `identity`), payer, procedure, decision, dates, provider, place; units come
last, see `usage`. Nothing is compared with today, and nothing is taken to fit because it is the only one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from typing import Final

from edi.linkage.identity import NO_ALIASES, certified_providers, provider_fits, same_payer
from edi.linkage.offers import POSITIVE, Offer
from edi.linkage.verdict import Verdict
from edi.records.authorization import Decision
from edi.records.claim import Claim, ClaimLine
from edi.records.parties import Party
from edi.records.services import Period, Procedure

_NEAR: Final = 4
"""Procedures are near when they agree in so many first characters."""
_INPATIENT: Final = frozenset({"11", "18", "21", "28", "41", "51", "61", "65", "66", "86"})
"""CLM05-1 of an 837I, the first two digits of the type of bill: inpatient, and swing bed or residential."""
_FAR: Final = 1_000_000
_ORDER: Final = {verdict: n for n, verdict in enumerate(Verdict)}
_DECISIONS: Final = {
    Decision.DENIED: (Verdict.AUTHORIZATION_DENIED, "denied"),
    Decision.PENDED: (Verdict.AUTHORIZATION_PENDING, "pended, and not decided yet"),
    Decision.UNANSWERED: (Verdict.AUTHORIZATION_PENDING, "requested, and no answer came"),
    Decision.REJECTED: (Verdict.AUTHORIZATION_PENDING, "not decided: the request was rejected and must be mended"),
    Decision.CANCELLED: (Verdict.AUTHORIZATION_CANCELLED, "cancelled"),
    Decision.CONTACT_PAYER: (Verdict.CALL_PAYER, "not decided: the payer asks to be called"),
    Decision.PARTLY_CERTIFIED: (Verdict.CALL_PAYER, "certified in part, and the answer does not say which part"),
}


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

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against it, units left aside."""
        return self.stage is Stage.FITS


def inpatient(claim: Claim) -> bool:
    """Whether a claim is one stay: by its type of bill, else (where it gives none) by its date of admission."""
    if claim.kind != "institutional":
        return False
    return claim.place in _INPATIENT or (claim.admission is not None and not claim.place)


def compare(
    subject: Subject,
    offer: Offer,
    *,
    carries: bool = False,
    wanted: bool = False,
    codeless: bool = False,
    payers: Mapping[str, str] = NO_ALIASES,
) -> Evidence:
    """An offer of the same patient against a subject.

    `carries`: the claim carries the offer's number; `wanted`: a payer's rule asks for an authorization. Either makes an offer
    for another procedure one that may be meant. `codeless`: approval by service type needs no code (referrals).
    """
    procedure = _procedure(subject, offer, codeless=codeless or carries)
    near = carries or (offer.service.decision in POSITIVE and (procedure.near or wanted))
    near = near or (procedure.fits and offer.service.decision is not Decision.NOT_REQUIRED)
    found = _first_failure(subject, offer, procedure, payers)
    if found.stage is Stage.PAYER:
        return _of_another_payer(subject, offer, procedure, found, carries=carries)
    return replace(found, near=near)


@dataclass(frozen=True, slots=True)
class _Compared:
    fits: bool
    near: bool
    why: str


def _first_failure(subject: Subject, offer: Offer, procedure: _Compared, payers: Mapping[str, str]) -> Evidence:
    def failed(stage: Stage, verdict: Verdict, why: str) -> Evidence:
        return Evidence(offer=offer, stage=stage, verdict=verdict, why=why, near=False, distance=distance)

    service, authorization = offer.service, offer.authorization
    when, days, distance = _dates(subject, offer)
    claim = subject.claim
    if not same_payer(authorization.payer, claim.payer, payers):
        ours, theirs = _payer(claim.payer), _payer(authorization.payer)
        return failed(Stage.PAYER, Verdict.OTHER_PAYER, f"certified by payer {theirs}, and the claim goes to {ours}")
    if not procedure.fits:
        return failed(Stage.PROCEDURE, Verdict.SERVICE_MISMATCH, procedure.why)
    if service.decision in _DECISIONS:
        verdict, why = _DECISIONS[service.decision]
        codes = [*service.reasons, *(f"AAA {rejection.reason}" for rejection in service.rejections)]
        return failed(Stage.DECISION, verdict, f"{why} ({', '.join(codes)})" if codes else why)
    if when is not None:
        return failed(Stage.DATES, when, days)
    certified = certified_providers(authorization, service.providers)
    if certified and not provider_fits(certified, claim, subject.line):
        names = ", ".join(dict.fromkeys(_provider(party) for party in certified))
        return failed(Stage.PROVIDER, Verdict.PROVIDER_MISMATCH, f"certified for {names}, who takes no part in the claim")
    if place := _place(subject, offer):
        return failed(Stage.PLACE, Verdict.PLACE_MISMATCH, place)
    if service.decision is Decision.NOT_REQUIRED:
        return failed(Stage.FITS, Verdict.NOT_REQUIRED, f"the payer answered that {procedure.why} needs none")
    if not offer.number:
        return failed(Stage.UNITS, Verdict.CALL_PAYER, "certified, and the answer gives no number")
    return failed(Stage.FITS, Verdict.LINKED, f"certifies {procedure.why}{days}")


def _of_another_payer(subject: Subject, offer: Offer, procedure: _Compared, found: Evidence, *, carries: bool) -> Evidence:
    """It may be meant when all but the payer speaks for it; the claim's own other payers are not mistaken for its destination."""
    theirs = offer.authorization.payer
    if any(same_payer(theirs, Party(id=other.id, name=other.name)) for other in subject.claim.other_payers):
        return replace(found, near=carries, why=f"certified by payer {_payer(theirs)}, another payer of this claim")
    good = procedure.fits and offer.service.decision in POSITIVE and _dates(subject, offer)[0] is None
    return replace(found, near=carries or good)


def _procedure(subject: Subject, offer: Offer, *, codeless: bool) -> _Compared:
    service = offer.service
    if subject.line is None and offer.stay and inpatient(subject.claim):
        return _Compared(True, True, "the stay")
    if service.procedure is None:
        revenue = {line.revenue_code for line in ((subject.line,) if subject.line else subject.claim.lines)} - {""}
        if service.revenue_code:
            if service.revenue_code in revenue:
                return _Compared(True, True, f"revenue code {service.revenue_code}")
            billed = ", ".join(sorted(revenue)) or "none"
            return _Compared(False, False, f"certified for revenue code {service.revenue_code}, billed {billed}")
        what = "for a stay" if offer.stay else f"by service type {service.service_type or 'only'}"
        if codeless:
            return _Compared(True, True, f"what is approved {what}, without a code,")
        codes = ", ".join(dict.fromkeys(p.code for p in subject.procedures)) or "what is billed"
        return _Compared(False, False, f"approved {what}, without a code; no rule says that it covers {codes}")
    compared = [_code(service.procedure, billed) for billed in subject.procedures]
    if not compared:
        return _Compared(False, False, f"certified for {said(service.procedure)}, and no procedure is billed")
    return max(compared, key=lambda c: (c.fits, c.near))


def _code(certified: Procedure, billed: Procedure) -> _Compared:
    """The same kind of code, the code or a range that holds it, and all certified modifiers among those billed."""
    same_kind = certified.qualifier == billed.qualifier
    if same_kind and certified.covers(billed.code):
        missing = [modifier for modifier in certified.modifiers if modifier not in billed.modifiers]
        if not missing:
            return _Compared(True, True, said(billed))
        return _Compared(False, True, f"certified for {said(certified)}, billed as {said(billed)}")
    starts = {code[:_NEAR] for code in (certified.code, certified.code_end) if len(code) >= _NEAR}
    near = same_kind and billed.code[:_NEAR] in starts
    return _Compared(False, near, f"certified for {said(certified)}, billed {said(billed)}")


def dates_compared(subject: Subject, offer: Offer) -> tuple[Period | None, Period | None, str]:
    """The dates that are billed and those that are certified, as they are compared, and what the billed ones are dates of."""
    claim, service = subject.claim, offer.service
    billed, certified, what = subject.period, service.period, "the service"
    admission = claim.admission or (claim.period.start if claim.period else None)
    if subject.line is None and inpatient(claim) and admission is not None:
        if offer.authorization.admission is not None or offer.stay:
            billed, what = Period(start=admission, end=admission), "the admission"
            certified = offer.authorization.admission or certified
        elif billed is not None and certified is not None:  # a procedure on some day of the stay
            nearest = min(max(certified.start, billed.start), billed.end)
            billed, what = Period(start=nearest, end=nearest), "the stay"
    return billed, certified, what


def _dates(subject: Subject, offer: Offer) -> tuple[Verdict | None, str, int]:
    """The verdict on the dates (None: they fit), the words for it, and how many days they are apart."""
    billed, certified, what = dates_compared(subject, offer)
    if certified is None:
        return None, ", without dates", 0
    if billed is None:
        return Verdict.BEFORE_PERIOD, f"the claim gives no date to compare with {dated(certified)}", _FAR
    if billed.start < certified.start:
        apart = (certified.start - billed.start).days
        return Verdict.BEFORE_PERIOD, f"{what} ({dated(billed)}) is {_apart(apart)} before {dated(certified)}", apart
    if billed.end > certified.end:
        apart = (billed.end - certified.end).days
        return Verdict.AFTER_PERIOD, f"{what} ({dated(billed)}) is {_apart(apart)} after {dated(certified)}", apart
    return None, f" for {dated(certified)}", 0


def _place(subject: Subject, offer: Offer) -> str:
    """In what the places differ, "" when they are the same or cannot be compared (place of service, type of bill)."""
    service, claim = offer.service, subject.claim
    qualifier = claim.place_qualifier or ("A" if claim.kind == "institutional" else "B")
    billed = (subject.line.place if subject.line else "") or claim.place
    if not service.place or not billed or service.place_qualifier != qualifier or service.place == billed:
        return ""
    what = "type of bill" if qualifier == "A" else "place of service"
    return f"certified for {what} {service.place}, billed {billed}"


def nearest(evidence: Sequence[Evidence]) -> Evidence | None:
    """Of what may be meant, what came furthest; then the nearest dates, then what was issued last; in any order the same."""

    def order(e: Evidence) -> tuple[object, ...]:
        issued = e.offer.authorization.issued or date.min
        return e.stage, -e.distance, issued, -_ORDER[e.verdict], e.offer.label, -e.offer.position

    return max((e for e in evidence if e.near and not e.fits), key=order, default=None)


def said(procedure: Procedure) -> str:
    """A procedure for a sentence: "27447-RT", "97110 to 97140"."""
    code = "-".join((procedure.code, *procedure.modifiers))
    return f"{code} to {procedure.code_end}" if procedure.code_end else code


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


def _provider(party: Party) -> str:
    return f"NPI {party.npi}" if party.npi else f"tax id {party.tax_id}"

"""Candidates, evidence, verdict.

`decide` says of each line of a claim (of an inpatient claim: as a whole) which authorization covers it, and where on the claim
the number stands or shall stand. Of two that fit equally neither is taken. The same number twice, of an event and its service
or of an answer received twice, is one. Where numbers go is `placement`'s business; what is compared, `evidence`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from edi.linkage.evidence import Evidence, Stage, Subject, compare, inpatient, nearest
from edi.linkage.identity import NO_ALIASES, same_patient
from edi.linkage.numbers import difference, is_placeholder
from edi.linkage.offers import REFERRAL, Offer, offers
from edi.linkage.placement import CLAIM as CLAIM_LEVEL
from edi.linkage.placement import LINE, Level, Outcome, place
from edi.linkage.quantities import counted
from edi.linkage.usage import VOID, Room, Taking, Usage
from edi.linkage.verdict import Candidate as Candidate
from edi.linkage.verdict import Row as Row
from edi.linkage.verdict import Verdict as Verdict
from edi.records.authorization import Authorization, Decision
from edi.records.claim import Claim, ClaimLine, HeldNumber
from edi.records.numbering import QUALIFIERS

_REPORTING: Final = "RP"
AUTHORIZATION: Final = "authorization"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a payer's rule says of a service: whether it wants an authorization, and the REF*4N reasons that do instead of one."""

    needed: bool
    why: str
    """The rule, in a sentence."""
    exceptions: frozenset[str] = frozenset()


Required: TypeAlias = Callable[[Claim, ClaimLine | None], Requirement | None]
"""Asked of a claim and its line (None: of the stay); None when no rule speaks of it. Without it the verdicts `missing` and
`exception-claimed` cannot be reached, and `not-required` only by the payer's answer NA."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What comparisons depend on besides the two records."""

    replace: bool = False
    """Whether wrong numbers are replaced."""
    payers: Mapping[str, str] = field(default_factory=lambda: NO_ALIASES)
    """Payer ids, in capital letters, and the ids that they stand for."""
    required: Required | None = None
    kind: str = AUTHORIZATION
    """Or "referral": REF*9F against referrals."""
    referral: Required | None = None
    """As `required`, of referrals."""
    level: Callable[[Claim], Level] | None = None
    """At which level the payer wants the number; None: where the guide has it."""
    loop: str = CLAIM_LEVEL
    """Where the claim's number stands: 2300, another payer's in 2330B."""


def decide(
    claim: Claim,
    authorizations: Sequence[Authorization],
    usage: Usage,
    *,
    replace: bool = False,
    payers: Mapping[str, str] = NO_ALIASES,
    required: Required | None = None,
    level: Callable[[Claim], Level] | None = None,
) -> tuple[Row, ...]:
    """The verdict on a claim: one row, or one for each line where lines differ.

    `authorizations` may be all there are, or what was found for the claim; numbers of other patients among them are told as
    such. What the claim uses is taken from `usage`, so that later claims find less; nothing else changes. `level` says at which
    level the claim's payer wants the number.
    """
    if reason := not_applicable(claim):
        if claim.frequency == VOID:
            usage.give_back(claim)
        outcome = Outcome(subject=Subject(claim=claim), verdict=Verdict.NOT_APPLICABLE, reasons=(reason,))
        return place(claim, (outcome,))[1]
    outcomes = judge(claim, authorizations, usage, Terms(replace, payers, required))
    placed, rows = place(claim, outcomes, level(claim) if level is not None else Level.GUIDE)
    taken(placed, Taking(usage, claim)).commit()
    return rows


def taken(outcomes: Sequence[Outcome], taking: Taking) -> Taking:
    """With what lines use of the numbers that they carry."""
    for outcome in outcomes:
        if outcome.carried and outcome.room is not None:
            taking.grant(outcome.room)
    return taking


def judge(claim: Claim, authorizations: Sequence[Authorization], usage: Usage, terms: Terms) -> tuple[Outcome, ...]:
    """What each line (or the stay) comes to, before it is known where numbers go. `usage` is asked, not changed."""
    mine = [a for a in authorizations if (a.kind == REFERRAL) == (terms.kind == REFERRAL) and same_patient(a, claim)]
    cancelled = {a.number for a in mine if a.decision is Decision.CANCELLED and a.number}
    offered = [_standing(offer, cancelled) for authorization in mine for offer in offers(authorization)]
    numbers = {offer.number for offer in offered if offer.number}
    subjects = _subjects(claim, terms)
    wanted = [terms.required(claim, s.line) if terms.required else None for s in subjects]
    evidence = [[_compare(s, o, w, terms) for o in offered] for s, w in zip(subjects, wanted, strict=True)]
    subjects = _concerned(subjects, evidence, numbers, terms.loop)
    judging = _Judging(claim, frozenset(numbers), _others(authorizations, mine), Taking(usage, claim), terms)
    outcomes = []
    for subject, found, requirement in zip(subjects, evidence, wanted, strict=True):
        if subject.held in numbers:
            found = [e if e.offer.number != subject.held else _carried(subject, e, terms) for e in found]
        outcomes.append(judging.settle(subject, found, requirement))
    return tuple(outcomes)


def not_applicable(claim: Claim) -> str:
    """Why a claim carries no number at all, in a sentence; "" where it may."""
    if claim.frequency == VOID:
        return "A void (CLM05-3 is 8) takes the claim back as it was sent."
    if claim.predetermination:
        return "A predetermination of benefits needs no authorization."
    if claim.purpose == _REPORTING:
        return "Data reporting (BHT06 is RP), not a claim to be paid."
    return ""


def _standing(offer: Offer, cancelled: set[str]) -> Offer:
    """An offer as it stands: a number that was cancelled in any message is not valid any more."""
    if offer.number not in cancelled or offer.service.decision is Decision.CANCELLED:
        return offer
    return replace(offer, service=replace(offer.service, decision=Decision.CANCELLED))


def _subjects(claim: Claim, terms: Terms) -> list[Subject]:
    """What is decided about, each with the number that stands for it."""
    if terms.kind == REFERRAL:
        at_claim = [claim.referral.strip()] if claim.referral.strip() else []
    else:
        at_claim = list(dict.fromkeys(n.strip() for n in claim.authorizations or (claim.authorization,) if n.strip()))
    held, held_at, crowded = at_claim[0] if at_claim else "", terms.loop if at_claim else "", len(at_claim) > 1
    if inpatient(claim) or not claim.lines:
        return [Subject(claim=claim, held=held, held_at=held_at, crowded=crowded)]
    found = []
    for line in claim.lines:
        own = _to_destination(line.referrals if terms.kind == REFERRAL else line.authorizations, claim)
        if own:
            found.append(Subject(claim=claim, line=line, held=own[0], held_at=LINE, crowded=len(own) > 1))
        else:
            found.append(Subject(claim=claim, line=line, held=held, held_at=held_at, crowded=crowded))
    return found


def _to_destination(held: Sequence[HeldNumber], claim: Claim) -> list[str]:
    """A line's numbers of the payer that the claim goes to: without REF04, or with that payer's id in it."""
    ours = [number.value.strip() for number in held if number.payer_id in ("", claim.payer.id)]
    return list(dict.fromkeys(number for number in ours if number))


def _compare(subject: Subject, offer: Offer, requirement: Requirement | None, terms: Terms) -> Evidence:
    needed = requirement is not None and requirement.needed
    return compare(subject, offer, wanted=needed, codeless=terms.kind == REFERRAL, payers=terms.payers)


def _carried(subject: Subject, evidence: Evidence, terms: Terms) -> Evidence:
    """The same once more, now that the claim carries the offer's number."""
    return compare(subject, evidence.offer, carries=True, payers=terms.payers)


def _concerned(subjects: list[Subject], evidence: list[list[Evidence]], numbers: set[str], loop: str) -> list[Subject]:
    """The claim's number (`loop`) stands for the lines that it fits; else for those that it is near, else for all.

    A number at the claim is right when it fits one line: an office visit beside an authorized treatment needs no other.
    """
    held = next((s.held for s in subjects if s.held_at == loop), "")
    if not held:
        return subjects
    judged = [
        [e for e in found if s.held_at == loop and (held not in numbers or e.offer.number == held)]
        for s, found in zip(subjects, evidence, strict=True)
    ]
    for lines in ([any(e.fits for e in found) for found in judged], [any(e.near for e in found) for found in judged]):
        if any(lines):
            freed = zip(subjects, lines, strict=True)
            return [s if mine or s.held_at != loop else replace(s, held="", held_at="") for s, mine in freed]
    return subjects


def _others(authorizations: Sequence[Authorization], mine: Sequence[Authorization]) -> dict[str, Authorization]:
    """Numbers that are known and not of this patient, or not of this kind, and whose they are."""
    ids = {id(a) for a in mine}
    return {offer.number: a for a in authorizations if id(a) not in ids for offer in offers(a) if offer.number}


@dataclass(slots=True)
class _Judging:
    """One claim's lines, one after the other, each with what those before it took."""

    claim: Claim
    known: frozenset[str]
    others: Mapping[str, Authorization]
    taking: Taking
    terms: Terms

    def settle(self, subject: Subject, evidence: Sequence[Evidence], requirement: Requirement | None) -> Outcome:
        """The outcome for one subject."""
        rooms = {n: self.taking.ask(e.offer, subject.line) for n, e in enumerate(evidence) if _certifies(e)}
        evidence = [self._with_units(e, rooms.get(n)) for n, e in enumerate(evidence)]
        base = Outcome(subject=subject, verdict=Verdict.REQUIREMENT_UNKNOWN, candidates=_candidates(evidence, rooms))
        full = [n for n, room in rooms.items() if room.full]
        some = [n for n, room in rooms.items() if not room.full and (room.use is not None or self.taking.has(evidence[n].offer))]
        for choice in (full, some):
            fitting = list(dict.fromkeys(evidence[n].offer.number for n in choice))
            if len(fitting) > 1 and subject.held in fitting:
                fitting = [subject.held]
            if len(fitting) > 1:
                return self._ambiguous(base, fitting)
            if fitting:
                n = max((n for n in choice if evidence[n].offer.number == fitting[0]), key=lambda n: _roominess(rooms[n]))
                return self._fits(base, evidence[n], rooms[n])
        return self._fits_not(base, evidence, requirement)

    def _with_units(self, evidence: Evidence, room: Room | None) -> Evidence:
        """The evidence once units are counted: UNITS where there are not enough."""
        if room is None or room.full:
            return evidence
        short = room.use is not None or self.taking.has(evidence.offer)
        verdict = Verdict.UNITS_SHORT if short else Verdict.UNITS_USED_UP
        return replace(evidence, stage=Stage.UNITS, verdict=verdict, why=self._units(evidence, room), near=True)

    def _units(self, evidence: Evidence, room: Room) -> str:
        assert room.limit is not None
        unit = room.limit.unit
        wants = f"{counted(room.wanted, unit)} wanted"
        by = f", used by {', '.join(room.used_by)}" if room.used_by else ""
        if room.use is None and self.taking.has(evidence.offer):
            return f"{wants}; what was left of {room.limit} certified goes to other lines of this claim{by}"
        return f"{wants}, {counted(room.left, unit)} left of {room.limit} certified{by}"

    def _ambiguous(self, base: Outcome, numbers: Sequence[str]) -> Outcome:
        reason = f"{len(numbers)} authorizations fit equally: {', '.join(numbers)}."
        held, at = base.subject.held, base.subject.held_at
        reasons = (reason, f"{held} stays in {at}.") if held else (reason,)
        return replace(base, verdict=Verdict.AMBIGUOUS, reasons=reasons, previous=held, placement=at)

    def _fits(self, base: Outcome, evidence: Evidence, room: Room) -> Outcome:
        subject, offer = base.subject, evidence.offer
        held, number = subject.held, offer.number
        found = replace(base, number=number, offer=offer, room=room, reasons=(_sentence(evidence),))
        verdict = Verdict.LINKED if room.full else Verdict.UNITS_SHORT
        if subject.crowded:
            many = f"{subject.held_at} carries more than one REF*{QUALIFIERS[self.terms.kind]}"
            reason = f"{many}, of which a receiver may keep only one; {number} fits."
            found = replace(found, previous=held, placement=subject.held_at, reasons=(reason, *found.reasons))
            return replace(found, verdict=Verdict.WRONG_NUMBER)
        if held == number:
            self.taking.grant(room)
            kept = Verdict.ALREADY_LINKED if room.full else verdict
            return replace(found, verdict=kept, carried=True, placement=subject.held_at)
        if not held or self._is_placeholder(held):
            self.taking.grant(room)
            return replace(found, verdict=verdict, carried=True, write=True, previous=held)
        wrong = self._what_is_wrong(held, number)
        if self.terms.replace:
            self.taking.grant(room)
        found = replace(found, previous=held, placement=subject.held_at, reasons=(wrong, *found.reasons))
        write = self.terms.replace
        return replace(found, verdict=Verdict.WRONG_NUMBER, carried=write, write=write)

    def _is_placeholder(self, held: str) -> bool:
        return held not in self.known and held not in self.others and is_placeholder(held, self.claim)

    def _of_the_other_kind(self, held: str) -> str:
        """What a number of this patient in the wrong place is; "" for another patient's."""
        if not same_patient(self.others[held], self.claim):
            return ""
        if self.terms.kind == REFERRAL:
            return "the number of an authorization, which belongs into REF*G1"
        return "the number of a referral, which belongs into REF*9F"

    def _what_is_wrong(self, held: str, number: str) -> str:
        if held in self.others:
            whose = self._of_the_other_kind(held) or "another patient's or another kind of number"
            return f"{held} is {whose}; {number} fits."
        if held in self.known:
            return f"{held} does not fit; {number} does."
        if how := difference(held, number):
            return f"{held} is not {number}, which fits: it differs in {how}."
        return f"{held} is not known; {number} fits."

    def _fits_not(self, base: Outcome, evidence: Sequence[Evidence], requirement: Requirement | None) -> Outcome:
        held = base.subject.held
        if held and not self._is_placeholder(held):
            return self._held_fits_not(base, evidence)
        if held:
            base = replace(base, previous=held, reasons=(f"{held} stands for no number.",))
        said = (e for e in evidence if e.fits and e.verdict is Verdict.NOT_REQUIRED)
        answered = min(said, key=lambda e: e.offer.label, default=None)
        if answered is not None:
            return _spoken(base, answered)
        if requirement is not None and not requirement.needed:
            return replace(base, verdict=Verdict.NOT_REQUIRED, reasons=(*base.reasons, requirement.why))
        near = nearest(evidence)
        claimed = self.claim.exception
        if requirement is not None and claimed and claimed in requirement.exceptions:
            reason = f"REF*4N gives the reason {claimed}, which the payer accepts."
            return replace(base, verdict=Verdict.EXCEPTION_CLAIMED, reasons=(*base.reasons, reason))
        if near is not None:
            return _spoken(base, near)
        if requirement is not None:
            reasons = (*base.reasons, requirement.why, "None is on file.")
            return replace(base, verdict=Verdict.MISSING, reasons=reasons)
        reasons = (*base.reasons, "No rule asks for one, and none on file is near.")
        codeless = (_sentence(e) for e in evidence if e.stage is Stage.PROCEDURE and e.offer.service.procedure is None)
        return replace(base, reasons=(*reasons, *dict.fromkeys(codeless)))

    def _held_fits_not(self, base: Outcome, evidence: Sequence[Evidence]) -> Outcome:
        """A number stands there, and nothing fits: it stays, and its own misfit is the verdict where it is this patient's."""
        held = base.subject.held
        found = replace(base, number=held, placement=base.subject.held_at)
        if held in self.known:
            own = [e for e in evidence if e.offer.number == held]
            near = next((e for e in own if e.fits), None) or nearest(own)
            assert near is not None, "what the claim carries is near"
            return replace(_spoken(found, near), placement=found.placement)
        if held in self.others:
            whose = self._of_the_other_kind(held) or "another patient's, or another kind of number"
            reason = f"{held} is {whose}."
            return replace(found, verdict=Verdict.WRONG_NUMBER, reasons=(reason,))
        like = next((f" It is {n} but for {how}." for n in sorted(self.known) if (how := difference(held, n))), "")
        near = nearest(evidence)
        reasons = (f"{held} is not known, and nothing else fits.{like}", *((_sentence(near),) if near else ()))
        return replace(found, verdict=Verdict.NUMBER_UNKNOWN, reasons=reasons)


def _certifies(evidence: Evidence) -> bool:
    return evidence.fits and evidence.verdict is Verdict.LINKED


def _roominess(room: Room) -> tuple[bool, bool, object]:
    """To take the service with the most left, where several of one number fit."""
    return room.full, room.use is not None, room.left


def _spoken(base: Outcome, evidence: Evidence) -> Outcome:
    """The verdict that a piece of evidence speaks."""
    offer = evidence.offer
    reasons = (*base.reasons, _sentence(evidence))
    number = offer.number or base.number
    return replace(base, verdict=evidence.verdict, number=number, offer=offer, reasons=reasons)


def _sentence(evidence: Evidence) -> str:
    issued, asked = evidence.offer.authorization.issued, evidence.offer.service.decision is Decision.UNANSWERED
    when = f", {'asked' if asked else 'answered'} {issued}" if issued and evidence.stage is Stage.DECISION else ""
    what = "Referral" if evidence.offer.authorization.kind == REFERRAL else "Authorization"
    label = evidence.offer.label + _channel(evidence.offer.authorization)
    return f"{what} {label}: {evidence.why}{when}." if label else f"{what} without a number: {evidence.why}{when}."


def _channel(authorization: Authorization) -> str:
    """How an authorization came that did not come as a 278: " (by phone, call 4711)"."""
    if authorization.source == "278":
        return ""
    return f" (by {authorization.source}{', reference ' if authorization.call_reference else ''}{authorization.call_reference})"


def _candidates(evidence: Sequence[Evidence], rooms: Mapping[int, Room]) -> tuple[Candidate, ...]:
    """One for each authorization that was looked at, by its best service."""
    best: dict[str, tuple[int, Candidate]] = {}
    for n, e in enumerate(evidence):
        fits = n in rooms and (rooms[n].full or e.verdict is Verdict.UNITS_SHORT)
        known = best.get(e.offer.label)
        if known is None or known[0] < e.stage:
            best[e.offer.label] = (e.stage, Candidate(e.offer.label, fits, e.why))
    return tuple(candidate for _, candidate in best.values())


__all__ = [
    "Candidate",
    "Level",
    "Outcome",
    "Required",
    "Requirement",
    "Row",
    "Terms",
    "Verdict",
    "decide",
    "judge",
    "not_applicable",
    "taken",
]

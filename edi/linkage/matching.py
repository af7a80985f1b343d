"""Candidates, evidence, verdict.

`decide` says of each line of a claim (of an inpatient claim: as a whole) which authorization covers it, and where on the claim
the number stands or shall stand. Of two that fit equally neither is taken. The same number twice, of an event and its service
or of an answer received twice, is one. Where numbers go is `placement`'s business; what is compared, `evidence`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from edi.frozen import changed
from edi.guides.rules.match import SERVICE_TYPE
from edi.linkage.agreement import Matching, with_payers
from edi.linkage.coordination import as_destined
from edi.linkage.evidence import Evidence, Stage, Subject, compare, nearest
from edi.linkage.identity import same_patient, same_payer
from edi.linkage.measuring import lacking, measured
from edi.linkage.numbers import difference, is_placeholder
from edi.linkage.offers import POSITIVE, REFERRAL, Offer, offers
from edi.linkage.patients import by_patient, resemblance
from edi.linkage.placement import CLAIM, OTHER, Level, Outcome, not_applicable, place
from edi.linkage.shapes import with_shape
from edi.linkage.stays import inpatient
from edi.linkage.subjects import concerned, subjects_of
from edi.linkage.telling import candidates, sentence
from edi.linkage.terms import AUTHORIZATION, Requirement, Terms
from edi.linkage.usage import VOID, ClaimUse, Room, Usage
from edi.linkage.verdict import NOTHING_NAMED, Row, Verdict
from edi.records.authorization import Authorization, Decision
from edi.records.claim import Claim, OtherPayer
from edi.records.numbering import QUALIFIERS
from edi.records.parties import Party

OTHERS: Final = "another patient's"
NOTHING_KNOWN: Final = "No rule asks for one, and none on file is near."
NOT_KNOWN: Final = "is not known, and nothing else fits."


def decide(claim: Claim, authorizations: Sequence[Authorization], usage: Usage, terms: Terms) -> tuple[Row, ...]:
    """The verdict on a claim: one row, or one for each line where lines differ.

    `authorizations` may be all there are, or what was found for the claim; numbers of other patients among them are told as
    such. What the claim uses is taken from `usage`, so that later claims find less; nothing else changes.
    """
    if reason := not_applicable(claim):
        if claim.frequency == VOID:
            usage.give_back(claim)
        outcome = Outcome(subject=Subject(claim=claim), verdict=Verdict.NOT_APPLICABLE, reasons=(reason,))
        return place(claim, (outcome,))[1]
    outcomes = judge(claim, authorizations, usage, terms)
    wanted = terms.level(claim) if terms.level else level_of(claim, terms.matching)
    placed, rows = place(claim, outcomes, wanted)
    taken(placed, ClaimUse(usage, claim)).commit()
    return rows


def level_of(claim: Claim, matching: Matching) -> Level:
    """At which level the claim's payer wants its number, as its file of rules says."""
    return Level(matching.of(claim).said("number")[0] or "")


def unknown(claim: Claim) -> Row:
    """The verdict on a claim that carries no number, where no rule speaks of it and nothing is on file."""
    outcome = Outcome(subject=Subject(claim=claim), verdict=Verdict.REQUIREMENT_UNKNOWN, reasons=(NOTHING_KNOWN,))
    (row,) = place(claim, (outcome,))[1]
    return row


def taken(outcomes: Sequence[Outcome], taking: ClaimUse) -> ClaimUse:
    """With what lines use of the numbers that they carry."""
    for outcome in outcomes:
        if outcome.carried and outcome.room is not None:
            taking.grant(outcome.room)
    return taking


def judge(claim: Claim, authorizations: Sequence[Authorization], usage: Usage, terms: Terms) -> tuple[Outcome, ...]:
    """What each line (or the stay) comes to, before it is known where numbers go. `usage` is asked, not changed."""
    if terms.matching.payers:
        terms = replace(terms, payers=with_payers(terms.payers, terms.matching))
    whole = terms.matching.of(claim)
    mine, perhaps = by_patient(claim, [a for a in authorizations if (a.kind == REFERRAL) == (terms.kind == REFERRAL)], whole)
    perhaps = [(a, why) for a, why in perhaps if _with_another(a, claim, terms.payers) is None]
    cancelled = {a.number for a, _ in mine if a.decision is Decision.CANCELLED and a.number}
    offered = [(_standing(offer, cancelled), why) for authorization, why in mine for offer in offers(authorization)]
    numbers = {offer.number for offer, _ in offered if offer.number}
    subjects = subjects_of(claim, terms)
    asked = [_Asked(s, terms.required(claim, s.line) if terms.required else None, terms) for s in subjects]
    evidence = [[each.compare(offer, patient=why) for offer, why in offered] for each in asked]
    subjects = concerned(subjects, evidence, numbers, terms.loop)
    others = _others(claim, authorizations, [a for a, _ in mine])
    judging = _Judging(claim, frozenset(numbers), others, ClaimUse(usage, claim, whole.roles), terms)
    outcomes = []
    for subject, found, each in zip(subjects, evidence, asked, strict=True):
        if subject.held in numbers:
            pairs = zip(found, offered, strict=True)
            found = [e if e.offer.number != subject.held else each.compare(o, patient=why, carries=True) for e, (o, why) in pairs]
        unsure = [each.compare(offer, perhaps=why) for a, why in perhaps for offer in offers(a)]
        outcomes.append(measured(judging.settle(subject, found, each.requirement, unsure), judging.taking, found))
    return tuple(map(with_shape, outcomes, [each.requirement for each in asked]))


def _standing(offer: Offer, cancelled: set[str]) -> Offer:
    """An offer as it stands: a number that was cancelled in any message is not valid any more."""
    if offer.number not in cancelled or offer.service.decision is Decision.CANCELLED:
        return offer
    return changed(offer, service=changed(offer.service, decision=Decision.CANCELLED))


def _with_another(authorization: Authorization, claim: Claim, payers: Mapping[str, str]) -> OtherPayer | None:
    """The other payer of a claim that an authorization is of, with this patient as its member; one payer may have two plans."""
    for other in claim.other_payers:
        known = same_payer(authorization.payer, Party(id=other.id, name=other.name), payers)
        if known and same_patient(authorization, as_destined(claim, other)):
            return other
    return None


class _Asked:
    """A subject with what the payer's rules say of it, to be compared with offers."""

    def __init__(self, subject: Subject, requirement: Requirement | None, terms: Terms) -> None:
        self.subject, self.requirement, self._terms = subject, requirement, terms
        self._agreed = terms.matching.of(subject.claim, subject.line)

    def compare(self, offer: Offer, *, patient: str = "", perhaps: str = "", carries: bool = False) -> Evidence:
        """An offer against the subject; see `evidence.compare`."""
        return compare(
            self.subject,
            offer,
            carries=carries,
            wanted=self.requirement is not None and self.requirement.needed,
            codeless=self._terms.kind == REFERRAL,
            payers=self._terms.payers,
            agreed=self._agreed,
            patient=patient,
            perhaps=perhaps,
            brief=self._terms.brief,
        )


def _others(claim: Claim, authorizations: Sequence[Authorization], mine: Sequence[Authorization]) -> dict[str, Authorization]:
    """Numbers that are known and not of this patient, or not of this kind, and whose they are."""
    ids = {id(a) for a in mine}
    found: dict[str, Authorization] = {}
    for a in [a for a in authorizations if id(a) not in ids]:
        for number in {offer.number for offer in offers(a)} - {""}:
            if number not in found or same_patient(a, claim):  # whosever it is besides
                found[number] = a
    return found


@dataclass(slots=True)
class _Judging:
    """One claim's lines, one after the other, each with what those before it took."""

    claim: Claim
    known: frozenset[str]
    others: Mapping[str, Authorization]
    taking: ClaimUse
    terms: Terms

    @property
    def chosen(self) -> str:
        """The number that a person chose for the claim."""
        return self.terms.chosen.get(self.claim.id, "")

    def settle(
        self, subject: Subject, evidence: Sequence[Evidence], requirement: Requirement | None, perhaps: Sequence[Evidence]
    ) -> Outcome:
        """The outcome for one subject; `perhaps` is evidence of who may be the same patient."""
        if not evidence and not perhaps:
            return self._fits_not(Outcome(subject=subject, verdict=Verdict.REQUIREMENT_UNKNOWN), (), requirement, ())
        rooms = {n: self.taking.ask(e.offer, subject.line, e.rate) for n, e in enumerate(evidence) if _certifies(e)}
        evidence = [self._with_units(e, rooms.get(n)) for n, e in enumerate(evidence)]
        told = candidates(evidence, rooms, perhaps, brief=self.terms.brief)
        base = Outcome(subject=subject, verdict=Verdict.REQUIREMENT_UNKNOWN, candidates=told)
        full = [n for n, room in rooms.items() if room.full]
        some = [n for n, room in rooms.items() if not room.full and (room.use is not None or self.taking.has(evidence[n].offer))]
        if first := _of_the_stay(subject, evidence, [*full, *some]):
            full, some = ([n for n in choice if n in first] for choice in (full, some))
        for choice in (full, some):
            held = [n for n in choice if evidence[n].offer.number == subject.held]
            # What is certified in so many words goes before what a rule covers.
            choice = held or [n for n in choice if not evidence[n].by_rule] or choice
            fitting = list(dict.fromkeys(evidence[n].offer.number for n in choice))
            if len(fitting) > 1 and self.chosen in fitting:
                base = changed(base, reasons=(f"{self.chosen} was chosen of {', '.join(fitting)}.",))
                choice = [n for n in choice if evidence[n].offer.number == self.chosen]
            elif len(fitting) > 1:
                return self._ambiguous(base, fitting)
            if fitting:
                n = max(choice, key=lambda n: _roominess(rooms[n]))
                return self._fits(base, evidence[n], rooms[n])
        refused = {e.offer.number: e for e in evidence if e.denied_number}
        if refused and (not subject.held or self._is_placeholder(subject.held)):
            if len(refused) > 1:
                return self._ambiguous(base, list(refused))
            return self._refused(base, *refused.values())
        return self._fits_not(base, evidence, requirement, perhaps)

    def _refused(self, base: Outcome, evidence: Evidence) -> Outcome:
        """What the payer refused, where it wants the number of that on the claim."""
        reason = "The payer wants the number of what it refused on the claim."
        found = changed(_spoken(base, evidence), carried=True, write=True, previous=base.subject.held)
        return changed(found, reasons=(*found.reasons, reason))

    def _with_units(self, evidence: Evidence, room: Room | None) -> Evidence:
        """The evidence once units are counted: UNITS where there are not enough."""
        if room is None or room.full:
            return evidence
        verdict, why = lacking(room, has=self.taking.has(evidence.offer))
        return changed(evidence, stage=Stage.UNITS, verdict=verdict, why=why, near=True, speaks_against=(why,))

    def _ambiguous(self, base: Outcome, numbers: Sequence[str]) -> Outcome:
        held, at = base.subject.held, base.subject.held_at
        reasons = [f"{len(numbers)} authorizations fit equally: {', '.join(numbers)}."]
        reasons += [f"{self.chosen} was chosen, and is none of them."] * bool(self.chosen)
        reasons += [f"{held} stays in {at}."] * bool(held)
        return changed(base, verdict=Verdict.AMBIGUOUS, reasons=tuple(reasons), previous=held, placement=at)

    def _fits(self, base: Outcome, evidence: Evidence, room: Room) -> Outcome:
        subject, offer = base.subject, evidence.offer
        held, number = subject.held, offer.number
        reasons = (*base.reasons, sentence(evidence), *self._exception())
        found = changed(base, number=number, offer=offer, room=room, reasons=reasons)
        verdict = Verdict.LINKED if room.full else Verdict.UNITS_SHORT
        if subject.crowded:
            many = f"{subject.held_at} carries more than one REF*{QUALIFIERS[self.terms.kind]}"
            reason = f"{many}, of which a receiver may keep only one; {number} fits."
            found = changed(found, previous=held, placement=subject.held_at, reasons=(reason, *found.reasons))
            return changed(found, verdict=Verdict.WRONG_NUMBER)
        if held == number:
            self.taking.grant(room)
            kept = Verdict.ALREADY_LINKED if room.full else verdict
            return changed(found, verdict=kept, carried=True, placement=subject.held_at)
        if not held or self._is_placeholder(held):
            self.taking.grant(room)
            return changed(found, verdict=verdict, carried=True, write=True, previous=held)
        wrong = self._what_is_wrong(held, number)
        if self.terms.replace:
            self.taking.grant(room)
        found = changed(found, previous=held, placement=subject.held_at, reasons=(wrong, *found.reasons))
        write = self.terms.replace
        return changed(found, verdict=Verdict.WRONG_NUMBER, carried=write, write=write)

    def _exception(self) -> Sequence[str]:
        """A word where the claim gives the reason why there is no number."""
        own = self.terms.kind == AUTHORIZATION and self.terms.loop == CLAIM
        return ("The claim also says why it has none (REF*4N): one of the two is wrong.",) if own and self.claim.exception else ()

    def _is_placeholder(self, held: str) -> bool:
        return held not in self.known and held not in self.others and is_placeholder(held, self.claim)

    def _whose(self, held: str) -> str:
        """What a number of this patient is that is of the other kind, or of another of the claim's payers; "" of a stranger."""
        owner, claim, payers = self.others[held], self.claim, self.terms.payers
        what = "referral" if owner.kind == REFERRAL else "authorization"
        if same_patient(owner, claim):
            article = "a" if owner.kind == REFERRAL else "an"
            return f"the number of {article} {what}, which belongs into REF*{QUALIFIERS[owner.kind]}"
        if (other := _with_another(owner, claim, payers)) is not None:
            where = CLAIM if self.terms.loop == OTHER else OTHER
            return f"the number of this patient's {what} with payer {other.id or other.name}, whose place is {where}"
        return ""

    def _what_is_wrong(self, held: str, number: str) -> str:
        if held in self.others and held not in self.known:
            alike = resemblance(self.others[held], self.claim)
            stranger = f"{OTHERS}, who may be the same: {alike}" if alike else OTHERS
            return f"{held} is {self._whose(held) or stranger}; {number} fits."
        if held in self.known:
            return f"{held} does not fit; {number} does."
        if how := difference(held, number):
            return f"{held} is not {number}, which fits: it differs in {how}."
        return f"{held} is not known; {number} fits."

    def _fits_not(
        self, base: Outcome, evidence: Sequence[Evidence], requirement: Requirement | None, perhaps: Sequence[Evidence]
    ) -> Outcome:
        held = base.subject.held
        if held and not self._is_placeholder(held):
            return self._held_fits_not(base, evidence, perhaps)
        if held:
            base = changed(base, previous=held, reasons=(f"{held} stands for no number.",))
        said = (e for e in evidence if e.fits and e.verdict is Verdict.NOT_REQUIRED)
        answered = min(said, key=lambda e: e.offer.label, default=None)
        if answered is not None:
            return _spoken(base, answered)
        if requirement is not None and not requirement.needed:
            return changed(base, verdict=Verdict.NOT_REQUIRED, reasons=(*base.reasons, requirement.why))
        near = nearest(evidence)
        claimed = self.claim.exception
        if requirement is not None and claimed and claimed in requirement.exceptions:
            reason = f"REF*4N gives the reason {claimed}, which the payer accepts."
            return changed(base, verdict=Verdict.EXCEPTION_CLAIMED, reasons=(*base.reasons, reason))
        if near is not None:
            return _spoken(base, near)
        if sure := [e for e in perhaps if _certifies(e) and self.chosen and e.offer.number == self.chosen]:
            rooms = [self.taking.ask(e.offer, base.subject.line, e.rate) for e in sure]
            room, fitting = max(zip(rooms, sure, strict=True), key=lambda pair: _roominess(pair[0]))
            return self._fits(changed(base, reasons=(*base.reasons, f"{self.chosen} was chosen.")), fitting, room)
        if meant := [e for e in perhaps if _certifies(e) or (e.stage is Stage.PAYER and e.near)]:
            return _unsure(base, meant)
        nameless = tuple(dict.fromkeys(self._of_no_service(base.subject, evidence)))
        if requirement is not None:
            none = "None on file names the service." if nameless else "None is on file."
            reasons = (*base.reasons, requirement.why, *filter(None, (requirement.wanted,)), none, *nameless)
            return changed(base, verdict=Verdict.MISSING, reasons=reasons)
        return changed(base, reasons=(*base.reasons, NOTHING_NAMED if nameless else NOTHING_KNOWN, *nameless))

    def _of_no_service(self, subject: Subject, evidence: Sequence[Evidence]) -> Iterator[str]:
        """What is approved for these dates and names no service, where no rule says what that covers."""
        agreed, billed = self.terms.matching.of(self.claim), subject.period
        for each in evidence:
            service = each.offer.service
            if each.stage is not Stage.PROCEDURE or service.procedure is not None or service.decision not in POSITIVE:
                continue
            if service.period is not None and billed is not None and not service.period.overlaps(billed):
                continue
            if not service.service_type or not any(agreed.coverings(SERVICE_TYPE, service.service_type)):
                yield sentence(each)

    def _held_fits_not(self, base: Outcome, evidence: Sequence[Evidence], perhaps: Sequence[Evidence]) -> Outcome:
        """A number stands there, and nothing fits: it stays, and its own misfit is the verdict where it is this patient's."""
        held = base.subject.held
        found = changed(base, number=held, placement=base.subject.held_at)
        if held in self.known:
            own = [e for e in evidence if e.offer.number == held]
            near = next((e for e in own if e.fits), None) or nearest(own)
            assert near is not None, "what the claim carries is near"
            return changed(_spoken(found, near), placement=found.placement)
        if held in self.others:
            whose = self._whose(held)
            unsure = () if whose else tuple(sentence(e) for e in perhaps if e.offer.number == held)
            return changed(found, verdict=Verdict.WRONG_NUMBER, reasons=unsure or (f"{held} is {whose or OTHERS}.",))
        like = next((f" It is {n} but for {how}." for n in sorted(self.known) if (how := difference(held, n))), "")
        near = nearest(evidence)
        reasons = (f"{held} {NOT_KNOWN}{like}", *((sentence(near),) if near else ()))
        return changed(found, verdict=Verdict.NUMBER_UNKNOWN, reasons=reasons)


def _of_the_stay(subject: Subject, evidence: Sequence[Evidence], certifying: Sequence[int]) -> set[int]:
    """What certifies a stay itself, before what certifies a procedure in it; none where the claim carries the number of that."""
    if subject.line is not None or not inpatient(subject.claim):
        return set()
    held = [n for n in certifying if evidence[n].offer.number == subject.held]
    return {n for n in held or certifying if evidence[n].offer.stay}


def _certifies(evidence: Evidence) -> bool:
    return evidence.fits and evidence.verdict is Verdict.LINKED


def _unsure(base: Outcome, meant: Sequence[Evidence]) -> Outcome:
    """What fits but for the patient, who may be the same: for a person to look at, or (all of them) another payer's."""
    told = changed(base, reasons=(*base.reasons, *dict.fromkeys(sentence(e) for e in meant)))
    elsewhere = nearest(meant)
    if elsewhere is None or any(map(_certifies, meant)):
        return changed(told, verdict=Verdict.AMBIGUOUS)
    return changed(told, verdict=Verdict.OTHER_PAYER, number=elsewhere.offer.number, offer=elsewhere.offer)


def _roominess(room: Room) -> tuple[bool, bool, object]:
    """To take the service with the most left, where several of one number fit."""
    return room.full, room.use is not None, room.left


def _spoken(base: Outcome, evidence: Evidence) -> Outcome:
    """The verdict that a piece of evidence speaks."""
    offer = evidence.offer
    reasons = (*base.reasons, sentence(evidence))
    number = offer.number or base.number
    return changed(base, verdict=evidence.verdict, number=number, offer=offer, reasons=reasons)

"""A world as it grows: its people, what payers were asked and answered, the claims, and the case that a story begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from edi.jobs.worlds import people
from edi.jobs.worlds.bills import OUTPATIENT, Bill, Line
from edi.jobs.worlds.care import KINDS, PAYERS, PHARMACY, VISITS, Care, Moved
from edi.jobs.worlds.people import Clinician, Patient, Payer, Practice
from edi.jobs.worlds.reviews import Asked, Review, as_clinician, as_provider
from edi.records.parties import Party
from edi.records.services import Period

FIRST_DAY: Final = date(2026, 1, 5)
_STARTS: Final = 240
"""Days in which certified dates begin."""
OFFICES: Final = ("professional", "dental")
"""Kinds of claims whose lines can have numbers of their own."""
_ROOM: Final = 4
"""So many kinds of care a patient who is met again must be free of: stories take one, and up to two more."""
_LONG: Final = (30, 60, 90)
_USUAL: Final = ("professional",) * 13 + ("institutional",) * 4 + ("dental",) * 3


@dataclass(frozen=True, slots=True)
class Posted:
    """A request or an answer: which of them is sent, and whether the answer may leave out what was asked."""

    review: Review
    asks: bool = True
    answers: bool = True


@dataclass(kw_only=True)
class World:
    """What a seed makes."""

    random: Random
    practices: dict[str, tuple[Practice, ...]]
    posted: list[Posted]
    sequences: list[list[Bill]]
    """The claims of each story, in the order in which they are sent."""
    members: dict[str, list[Patient]] = field(default_factory=dict)
    """Patients of earlier stories who may be met again, by payer."""
    treated: dict[str, set[str]] = field(default_factory=dict)
    """The codes of all care that is on file, or billed, under a member id."""
    moved: list[Moved] = field(default_factory=list)
    """Tax ids that changed, which payers' manuals tell."""
    story: str = ""
    count: int = 0

    @classmethod
    def of(cls, seed: int) -> World:
        """An empty world."""
        random = Random(seed)
        return cls(random=random, practices=people.practices(random), posted=[], sequences=[], count=4000 + random.randrange(900))

    def next(self) -> int:
        """A count that nothing else in this world has."""
        self.count += 1
        return self.count

    def number(self, payer: Payer) -> str:
        """A new authorization number of a payer."""
        return payer.number.format(70_000 + self.next())

    def subscriber(self, payer: Payer) -> Patient:
        return people.subscriber(self.random, payer, self.next())

    def patient(self, payer: Payer) -> Patient:
        """A new member; every fourth patient is a dependent."""
        member = self.subscriber(payer)
        return people.relative(self.random, member) if self.random.random() < 0.25 else member

    def _patient(self, kind: str, payer: Payer, care: Care) -> Patient:
        """A new patient, or one of an earlier story (or of that family) who was not treated for this, nor for too much else."""
        known = [who for who in self.members.get(payer.id, ()) if self._has_room(who, kind, care)]
        if not known or self.random.random() < 0.7:
            return self.patient(payer)
        who = self.random.choice(known)
        return people.relative(self.random, replace(who, person=who.subscriber)) if self.random.random() < 0.3 else who

    def _has_room(self, patient: Patient, kind: str, care: Care) -> bool:
        untreated = self.untreated(patient, kind)
        return (care in untreated or care.code in patient.payer.spares) and len(untreated) >= _ROOM

    def untreated(self, patient: Patient, kind: str) -> list[Care]:
        """Care that such a claim bills, that nothing about the family is of yet, and that the payer's list does not spare."""
        gone = self.treated.get(patient.subscriber.member_id, set()) | patient.payer.spares
        return [care for care in KINDS if billed_by(care, kind) and care.code not in gone]

    def post(self, *reviews: Review, asks: bool | None = None, answers: bool = True) -> None:
        """Requests and their answers, in their order. As a rule the request is there too; without it the answer says it all."""
        for review in reviews:
            known = self.random.random() < 0.85 if asks is None else asks
            self.posted.append(Posted(review, asks=known, answers=answers))

    def send(self, *bills: Bill) -> None:
        """The claims of a story, each planned with what is right for it."""
        for bill in bills:
            bill.story = self.story
        self.sequences.append(list(bills))

    def case(
        self,
        kinds: Sequence[str] = _USUAL,
        *,
        cares: Sequence[Care] = KINDS,
        payers: Sequence[Payer] = PAYERS,
        wanted: bool | None = None,
        alone: bool = False,
        strict: bool = False,
    ) -> Case:
        """A patient of some payer who needs some care, with dates that will be certified.

        `wanted`: whether the payer's list asks for an authorization. Care of which the list says that it needs none is not
        chosen; `spared` gives that. `alone`: nothing else may be on file about the patient, before or later. `strict`: care for
        which the payer's manual lets neither another code nor another provider pass.
        """
        kind = self.random.choice(kinds)
        fitting = [(payer, care) for payer in payers for care in cares if billed_by(care, kind) and care.code not in payer.spares]
        if wanted is not None:
            fitting = [(payer, care) for payer, care in fitting if (care.code in payer.wants) == wanted]
        if strict:
            fitting = [(payer, care) for payer, care in fitting if care.code not in payer.covers | payer.anybody]
        return self._begin(kind, *self.random.choice(fitting), alone=alone)

    def spared(self, kinds: Sequence[str] = _USUAL) -> Case:
        """A case of care that the payer's list lets go without."""
        kind = self.random.choice(kinds)
        fitting = [(payer, care) for payer in PAYERS for care in KINDS if billed_by(care, kind) and care.code in payer.spares]
        return self._begin(kind, *self.random.choice(fitting), alone=False)

    def _begin(self, kind: str, payer: Payer, care: Care, *, alone: bool) -> Case:
        random = self.random
        start = FIRST_DAY + timedelta(random.randrange(_STARTS))
        practice = random.choice(self.practices[kind])
        place = OUTPATIENT if kind == "institutional" else "11" if kind == "dental" else random.choice(care.places)
        patient = self.patient(payer) if alone else self._patient(kind, payer, care)
        if not alone and patient not in self.members.setdefault(payer.id, []):
            self.members[payer.id].append(patient)
        self.treated.setdefault(patient.subscriber.member_id, set()).add(care.code)
        return Case(
            world=self,
            kind=kind,
            payer=payer,
            patient=patient,
            care=care,
            practice=practice,
            clinician=random.choice(practice.clinicians),
            place=place,
            side=(random.choice(care.modifiers),) if care.modifiers else (),
            period=Period(start=start, end=start + timedelta(random.choice(_LONG))),
        )


def billed_by(care: Care, kind: str) -> bool:
    """Whether such a claim bills this care."""
    return (care.kind == "dental") == (kind == "dental") and (kind != "institutional" or bool(care.revenue))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A patient, the care, who gives it, and when it will be certified."""

    world: World
    kind: str
    payer: Payer
    patient: Patient
    care: Care
    practice: Practice
    clinician: Clinician
    place: str
    side: tuple[str, ...]
    period: Period

    def day(self, *, first: int = 0, last: int = 0) -> date:
        """A day within the certified dates, not among the first or last so many of them; often the very first or last."""
        start, end = self.period.start + timedelta(first), self.period.end - timedelta(last)
        edge = self.world.random.random()
        return (
            start if edge < 0.1 else end if edge < 0.2 else start + timedelta(self.world.random.randrange((end - start).days + 1))
        )

    def asked(self, **changes: Any) -> Asked:
        """The care as it is asked for."""
        care, random = self.care, self.world.random
        usual: dict[str, Any] = {
            "code": care.code,
            "qualifier": care.qualifier,
            "modifiers": self.side,
            "amount": random.randint(max(care.most // 2, 1), care.most),
            "unit": care.unit,
        }
        return Asked(**(usual | changes))

    def review(self, **changes: Any) -> Review:
        """A request for the care, certified as it was asked."""
        world = self.world
        asked = self.period.start - timedelta(world.random.randint(3, 25))
        placed = world.random.random() < 0.7
        usual: dict[str, Any] = {
            "reference": f"Q{world.next()}",
            "number": world.number(self.payer),
            "payer": self.payer,
            "patient": self.patient,
            "practice": self.practice,
            "providers": self._providers(),
            "services": (self.asked(),),
            "period": self.period,
            "place": self.place if placed else "",
            "place_qualifier": ("A" if self.kind == "institutional" else "B") if placed else "",
            "diagnosis": self.care.diagnosis,
            "reviewer": self._reviewer(),
            "asked": asked,
            "answered": asked + timedelta(world.random.randint(0, 9)),
        }
        return Review(**(usual | changes))

    def _reviewer(self) -> tuple[str, str]:
        """Who answers for the payer: itself, under one of its ids, or its reviewer."""
        payer = self.payer
        others = [who for who in ((payer.also, payer.name), payer.reviewer) if who[0]]
        return self.world.random.choice(others) if others and self.world.random.random() < 0.3 else (payer.id, payer.name)

    def _providers(self) -> tuple[Party, ...]:
        """Who is certified: nobody but who asked, the practice (by NPI or tax id), the clinician, or both."""
        practice, clinician = as_provider(self.practice), as_clinician(self.clinician, self.kind)
        taxed = replace(practice, id_qualifier="24", id=self.practice.tax_id)
        return self.world.random.choice(((), (practice,), (taxed,), (clinician,), (practice, clinician)))

    def line(self, day: date, **changes: Any) -> Line:
        """The care on a day, as it is billed."""
        care = self.care
        amount = changes.get("amount", 1)
        usual: dict[str, Any] = {
            "code": care.code,
            "qualifier": care.qualifier,
            "modifiers": self.side,
            "charge": care.price * amount,
            "days": Period(start=day, end=day),
            "revenue": care.revenue if self.kind == "institutional" else "",
        }
        return Line(**(usual | changes))

    def bill(self, *days: date, **changes: Any) -> Bill:
        """A claim with the care on each of these days (`lines`: with these lines)."""
        usual: dict[str, Any] = {
            "id": self.practice.claim_number(self.world.next()),
            "kind": self.kind,
            "practice": self.practice,
            "clinician": self.clinician,
            "patient": self.patient,
            "place": self.place,
            "diagnosis": self.care.diagnosis,
            "lines": [self.line(day) for day in days],
        }
        return Bill(**(usual | changes))

    def visit(self, day: date) -> Line:
        """An office visit on the day, which needs nothing."""
        return self.line(day, code=self.world.random.choice(VISITS), modifiers=("25",), charge=140)

    def pharmacy(self, day: date) -> Line:
        """A hospital's line without a procedure."""
        return self.line(day, code="", modifiers=(), charge=85, revenue=PHARMACY)

    def late(self, days: int) -> date:
        """So many days behind the certified dates and what the payer lets pass."""
        return self.period.end + timedelta(self.payer.grace + days)

    def perhaps(self, number: str) -> str:
        """The number for every third claim, nothing for the others."""
        return number if self.world.random.random() < 0.33 else ""

    def elsewhere(self, kind: str = "") -> Practice:
        """Another practice that sends such claims."""
        others = [practice for practice in self.world.practices[kind or self.kind] if practice is not self.practice]
        return self.world.random.choice(others)

    def other_care(self, *, wanted: bool | None = None) -> Care:
        """Care that is not near this, for a claim of the same kind, and that nothing else about the family is of.

        `wanted`: whether the payer's list asks for an authorization.
        """
        found = self.world.untreated(self.patient, self.kind)
        care = self.world.random.choice([care for care in found if wanted is None or (care.code in self.payer.wants) == wanted])
        self.world.treated[self.patient.subscriber.member_id].add(care.code)
        return care

    def other_payer(self) -> Payer:
        return self.world.random.choice([payer for payer in PAYERS if payer is not self.payer])

"""Lives of one authorization, made by Hypothesis: a request, and what payers and practices say of it one after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from edi.records.authorization import Authorization, CertifiedService, Decision
from edi.records.parties import Party, Person
from edi.records.response import Rejection
from edi.records.services import DeliveryPattern, Period, Procedure, Quantity
from tests.ledger.conftest import CLINIC, PATIENT, PAYER, SPRING

KNOWN_TO_THE_PAYER: Final = replace(PATIENT, member_id="W1000001-01", gender="", birth_date=None)
"""The patient as a payer may give it back: under a member id of its own."""
FIRST: Final = date(2026, 2, 20)
STEPS: Final = (
    "pended", "certified", "modified", "partly", "denied", "rejected", "extension", "renewal", "revision", "cancellation",
    "appeal", "phone", "again", "call for more", "inquired", "inquiry refused", "inquiry answered", "notified",
)  # fmt: skip
CODES: Final = ("97110", "97112", "97140")


def _service(code: str, amount: int, decision: Decision, number: str = "", period: Period | None = SPRING) -> CertifiedService:
    return CertifiedService(
        decision=decision,
        number=number,
        procedure=Procedure(code=code),
        period=period,
        quantity=Quantity(unit="UN", amount=Decimal(amount)),
    )


class Life:
    """Messages about one authorization, in the order in which they were made."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.messages: list[Authorization] = []
        self._now = datetime.combine(FIRST, time(8))
        self._turn, self._kind = 1, "I"
        self._numbers: list[str] = []
        """What the payer called it so far."""
        self._certified = self._refused = self._met = False
        """Whether there was an answer with a number, and one with the payer's handle (REF*NT)."""
        self._codes = CODES[: draw(st.integers(1, 3))]
        self._patient = draw(st.sampled_from([PATIENT, KNOWN_TO_THE_PAYER]))
        self._timed = draw(st.booleans())

    def ask(self, kind: str = "I", **more: Any) -> None:
        """A request of a kind (UM02), with a trace of its own."""
        self._turn, self._kind = self._turn + (kind != "I"), kind
        asked = tuple(_service(code, 6, Decision.UNANSWERED) for code in self._codes)
        self._say(decision=Decision.UNANSWERED, certification_type=kind, services=asked, **more)

    def answer(self, decision: Decision, number: str = "", **more: Any) -> None:
        """A response to the latest request."""
        kind = self._kind
        said = {"services": self._answered(decision, number)} | more
        self._say(decision=decision, certification_type=kind, number=number, **said)
        patient = Person() if decision is Decision.REJECTED and self._draw(st.booleans()) else self._patient
        if self._turn == 1 and patient is self._patient:
            self._met = True
        elif not self._met:
            patient = PATIENT  # under another member id than the request's a payer is not known before it gives back its trace
        alone = self._patient is PATIENT and self._draw(st.booleans())  # BHT03 may be all that is given back
        traces = () if alone else self.messages[-1].traces
        self.messages[-1] = replace(self.messages[-1], subscriber=patient, patient=patient, traces=traces)

    def _answered(self, decision: Decision, number: str) -> tuple[CertifiedService, ...]:
        if self._draw(st.booleans()):
            return ()
        units, late = self._draw(st.integers(1, 9)), self._draw(st.booleans())
        period = Period(start=self._now.date(), end=self._now.date() + timedelta(60)) if late else SPRING
        return tuple(_service(code, units, decision, number, period) for code in self._codes)

    def _say(self, **said: Any) -> None:
        self._now += timedelta(hours=self._draw(st.sampled_from([0, 1, 2, 24, 100])))
        created = self._now if self._timed else None
        made = Authorization(
            payer=PAYER,
            requester=CLINIC,
            subscriber=PATIENT,
            patient=PATIENT,
            category="HS",
            issued=self._now.date(),
            created=created,
            period=SPRING,
            **{"number": "", "traces": (f"T-{self._turn}",), "request_reference": f"R-{self._turn}"} | said,
        )
        self.messages.append(made)

    def step(self, name: str) -> None:
        """One thing that happens."""
        number = self._numbers[0] if self._numbers else "A100"
        earlier = {"previous_number": number} if self._certified else {"administrative_reference": "NT1"}
        self._refused = self._refused or name in ("pended", "call for more", "denied")
        if name in ("pended", "call for more"):
            decision = Decision.PENDED if name == "pended" else Decision.CONTACT_PAYER
            self.answer(decision, administrative_reference="NT1", reasons=("0U",), services=())
        elif name in ("certified", "modified", "partly"):
            self._certify(number)
            self.answer(
                {"modified": Decision.MODIFIED, "partly": Decision.PARTLY_CERTIFIED}.get(name, Decision.CERTIFIED), number=number
            )
        elif name == "denied":
            self.answer(Decision.DENIED, administrative_reference="NT1", reasons=("0F",))
        elif name == "rejected":
            self.answer(Decision.REJECTED, services=(), rejections=(Rejection(loop="2000E", reason="57", follow_up="C"),))
        elif name == "phone":
            self._told(number)
        elif name in ("inquired", "inquiry refused"):
            decision = Decision.UNANSWERED if name == "inquired" else Decision.REJECTED
            self._say(decision=decision, kind="notice", source="inquiry", certification_type=self._kind, traces=("T-1",))
        elif name in ("inquiry answered", "notified"):
            self._restated("inquiry" if name == "inquiry answered" else "notification", number)
        elif name == "again":
            self.messages.append(self._draw(st.sampled_from(self.messages)))
        elif self._certified or (self._refused and name in ("revision", "appeal", "cancellation")):
            self._amend(name, number, earlier)

    def _amend(self, name: str, number: str, earlier: dict[str, str]) -> None:
        kind = {
            "extension": "4",
            "renewal": "R",
            "revision": "S",
            "cancellation": "3",
            "appeal": self._draw(st.sampled_from("12N")),
        }[name]
        if self._draw(st.booleans()) or not self._certified:
            self.ask(kind, **earlier)
        else:
            self._turn, self._kind = self._turn + 1, kind
        if name == "cancellation":
            self.answer(self._draw(st.sampled_from([Decision.CANCELLED, Decision.DENIED])), **earlier)
            return
        decision = self._draw(st.sampled_from([Decision.CERTIFIED, Decision.MODIFIED, Decision.DENIED, Decision.PENDED]))
        positive = decision in (Decision.CERTIFIED, Decision.MODIFIED)
        own = f"A{100 + len(self._numbers)}" if name == "renewal" or self._draw(st.booleans()) else number
        if positive:
            self._certify(own)
        self.answer(decision, own if positive else "", **earlier)

    def _restated(self, source: str, number: str) -> None:
        """What stands, told again or changed: by its trace or its number, with or without its services, maybe as an extension."""
        decision = self._draw(st.sampled_from([Decision.CERTIFIED, Decision.PENDED, Decision.DENIED, Decision.CANCELLED]))
        positive = decision is Decision.CERTIFIED
        if positive and not self._certified:
            self._certify(number)
        kind = self._draw(st.sampled_from(["", self._kind, "4"])) if self._certified else "I"
        services = self._answered(decision, number if positive else "")
        said = {"certification_type": kind, "number": number if positive else "", "services": services, "source": source}
        self._say(decision=decision, request_reference="", traces=("T-1",), **said)
        known = positive and self._draw(st.booleans()) and number in {m.number for m in self.messages[:-1] if m.traces}
        if known:
            self.messages[-1] = replace(self.messages[-1], traces=())

    def _certify(self, number: str) -> None:
        self._certified = True
        if number not in self._numbers:
            self._numbers.append(number)

    def _told(self, number: str) -> None:
        """By phone: the day alone, and less than a response says."""
        self._now += timedelta(hours=self._draw(st.sampled_from([0, 24])))
        decision = self._draw(st.sampled_from([Decision.CERTIFIED, Decision.PENDED, Decision.DENIED]))
        positive = decision is Decision.CERTIFIED
        if positive:
            self._certify(number)
        self.messages.append(
            Authorization(
                payer=Party(name=PAYER.name, id=PAYER.id),
                requester=Party(),
                subscriber=Person(member_id=PATIENT.member_id),
                patient=Person(member_id=PATIENT.member_id),
                decision=decision,
                number=number if positive else "",
                traces=("T-1",),
                certification_type="I",
                issued=self._now.date(),
                source="phone",
                told_by="J. Reed",
                quantity=self._draw(st.none() | st.just(Quantity(unit="VS", amount=Decimal(4)))),
                pattern=self._draw(
                    st.none() | st.just(DeliveryPattern(quantity=Quantity(unit="VS", amount=Decimal(2)), per="WK"))
                ),
            )
        )


@st.composite
def lives(draw: st.DrawFn, most: int = 5) -> list[Authorization]:
    """A request and up to `most` things that happen to it."""
    life = Life(draw)
    life.ask()
    for name in draw(st.lists(st.sampled_from(STEPS), max_size=most)):
        life.step(name)
    return life.messages

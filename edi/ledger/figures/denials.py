"""What was denied for an authorization or a referral, and what became of it: by payer, cause, provider, procedure and month.

Only claims that were denied are looked at one by one, in batches; what they are compared with is counted by the database
(`edi.ledger.figures.adjudicated`). A claim belongs to the month, and to the span that is asked for, of the payer's first answer,
with all that became of it since: so each dollar is in one month.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any, Final

from sqlmodel import Session

from edi.ledger.figures.adjudicated import (
    Answered,
    FigureSpan,
    FirstPass,
    Payers,
    StoppedClaims,
    answered,
    answered_procedures,
    first_pass,
    payers,
    stopped,
)
from edi.ledger.figures.denied import Case, cases, denied_claims
from edi.ledger.figures.recouped import Recouped, recouped
from edi.ledger.figures.recovery import ClaimPayment, Denial, Recovery, outcomes, remittances
from edi.ledger.questions import chunks
from edi.linkage.denials.pairing import REVERSAL
from edi.linkage.verdict import money
from edi.records.made import of_type

DIMENSIONS: Final = ("payer", "kind", "cause", "billing", "rendering", "procedure", "month")
_SET: Final = 400
_ZERO: Final = Decimal(0)


@dataclass(slots=True, kw_only=True)
class DenialFigures:
    """What was denied of one payer's, for one cause, and so on. `denied` is the sum of the four parts behind it."""

    key: str
    name: str = ""
    """The payer's name."""
    answered: int | None = None
    """How many claims were answered; None where that cannot be said: by kind and cause, and where no claim was found."""
    claims: int = 0
    """How many of them were denied, in whole or in part."""
    denied: Decimal = _ZERO
    recovered: Decimal = _ZERO
    otherwise: Decimal = _ZERO
    lost: Decimal = _ZERO
    open: Decimal = _ZERO
    days: list[int] = field(default_factory=list)
    """From each denial of which something was recovered to the payment."""
    minutes: int = 0
    """What persons say that they spent on its work."""

    @property
    def rate(self) -> float | None:
        """The part of the answered claims that was denied."""
        return self.claims / self.answered if self.answered and self.claims <= self.answered else None

    @property
    def median_days(self) -> float | None:
        """Half of what was recovered took no longer."""
        return median(self.days) if self.days else None

    def add(self, outcome: Recovery) -> None:
        """Count dollars in."""
        for part in ("denied", "recovered", "otherwise", "lost", "open"):
            setattr(self, part, getattr(self, part) + getattr(outcome, part))
        if outcome.mended_on and outcome.answer.produced_on:
            self.days.append((outcome.mended_on - outcome.answer.produced_on).days)

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "name": self.name or None,
            "answered": self.answered,
            "claims": self.claims,
            "rate": None if self.rate is None else round(self.rate, 4),
            "denied": money(self.denied),
            "recovered": money(self.recovered),
            "otherwise": money(self.otherwise),
            "lost": money(self.lost),
            "open": money(self.open),
            "median_days": self.median_days,
            "minutes": self.minutes,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Denials:
    """The figures of the claims in a span: in all, by each of DIMENSIONS (the most denied dollars first; months in order)."""

    span: FigureSpan
    today: date
    total: DenialFigures
    by: dict[str, list[DenialFigures]]
    first_pass: tuple[FirstPass, FirstPass]
    stopped: list[StoppedClaims]
    recouped: list[Recouped] = field(default_factory=list)
    """What remittances of the span took back beside their claims, by payer."""

    def to_json(self) -> dict[str, Any]:
        """The report, version 1."""
        span = self.span
        return {
            "version": 1,
            "from": span.start.isoformat() if span.start else None,
            "until": span.end.isoformat() if span.end else None,
            "payer": span.payer or None,
            "today": self.today.isoformat(),
            "total": self.total.to_json(),
            "by": {name: [one.to_json() for one in self.by[name]] for name in DIMENSIONS},
            "first_pass": [one.to_json() for one in self.first_pass],
            "stopped": [{"verdict": s.verdict, "claims": s.claims, "amount": money(s.amount)} for s in self.stopped],
            "recouped": [one.to_json() for one in self.recouped],
        }


def denials(session: Session, span: FigureSpan, today: date) -> Denials:
    """The figures of the claims in a span; what is late is so on `today`, and what came later is left out of account."""
    of_type(date, today=today)
    of_type(date | None, start=span.start, end=span.end)
    known = payers(session)
    span = replace(span, payer=known.id(span.payer), today=today)
    total = DenialFigures(key="all", answered=0)
    by: dict[str, dict[str, DenialFigures]] = {name: {} for name in DIMENSIONS}
    answers = list(answered(session, span, known))
    _count_answered(answers, answered_procedures(session, span, known), known, total, by)
    seen: set[int] = set()
    for chunk in chunks(denied_claims(session), _SET):
        for case in cases(session, chunk, known, span):
            if seen.isdisjoint(case.answers):
                _count(case, span, today, total, by)
            seen.update(case.answers)
    return Denials(
        span=span,
        today=today,
        total=total,
        by={name: _sorted(name, found.values()) for name, found in by.items()},
        first_pass=first_pass(answers),
        stopped=stopped(session, span, known),
        recouped=recouped(session, span, known),
    )


def _sorted(name: str, found: Iterable[DenialFigures]) -> list[DenialFigures]:
    """What was denied, and by payer, provider and month also where nothing was."""
    told = [one for one in found if one.claims or one.minutes or name != "procedure"]
    return sorted(told, key=lambda one: (one.key,) if name == "month" else (-one.denied, -(one.answered or 0), one.key))


def _count_answered(
    answers: Iterable[Answered],
    procedures: Mapping[str, int],
    known: Payers,
    total: DenialFigures,
    by: dict[str, dict[str, DenialFigures]],
) -> None:
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("payer", "billing", "rendering", "month")}
    for one in answers:
        for name, count in counts.items():
            count[getattr(one, name)] += one.claims
    total.answered = counts["payer"].total()
    for name, found in (*counts.items(), ("procedure", procedures)):
        by[name] = {key: DenialFigures(key=key, answered=count) for key, count in found.items()}
    for figures in by["payer"].values():
        figures.name = known.names.get(figures.key, "")


def _count(case: Case, span: FigureSpan, today: date, total: DenialFigures, by: dict[str, dict[str, DenialFigures]]) -> None:
    first: dict[str, date | None] = {}
    for told in remittances(case.answers.values()):
        if any(answer.status != REVERSAL for answer in told):
            first.setdefault(told[0].payer, told[0].produced_on)
    counted: set[tuple[str, str]] = set()
    for outcome in outcomes(case.answers.values(), today):
        payer = outcome.answer.payer
        if span.has(payer, first.get(payer)):
            for name, one in _figures(case, outcome.answer, outcome.denial, first, total, by):
                one.add(outcome)
                place = (name, f"{payer} {one.key}")
                one.claims += place not in counted
                counted.add(place)
    for answer in case.answers.values():
        for denial in answer.denials:
            if denial.minutes and span.has(answer.payer, first.get(answer.payer)):
                for _, one in _figures(case, answer, denial, first, total, by):
                    one.minutes += denial.minutes


def _figures(
    case: Case,
    answer: ClaimPayment,
    denial: Denial,
    first: Mapping[str, date | None],
    total: DenialFigures,
    by: dict[str, dict[str, DenialFigures]],
) -> list[tuple[str, DenialFigures]]:
    """All figures that a denial counts for, by dimension."""
    row = case.claims[answer.id]
    day = first.get(answer.payer)
    keys = {
        "payer": answer.payer,
        "kind": denial.kind,
        "cause": denial.cause,
        "billing": row.billing,
        "rendering": row.rendering,
        "procedure": case.procedure(answer, denial),
        "month": day.isoformat()[:7] if day else "",
    }
    return [("", total), *((name, by[name].setdefault(key, DenialFigures(key=key))) for name, key in keys.items())]

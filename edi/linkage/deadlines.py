"""Until when a payer has to answer a request: by its own terms, else by the rules for its line of business."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product, zip_longest
from types import MappingProxyType
from typing import Any, Final

from edi import resources
from edi.errors import DefinitionError

LINES: Final = "278/deadlines.tsv"
APPEAL: Final = "appeal"
"""What a payer has another time for than for a first review (""); for all else that is asked for, no rule is known."""
USUAL_LINE: Final = "medicare-advantage"
"""What a payer is taken for of which nothing is said: 7 calendar days, 72 hours when expedited."""
EXTENSION: Final = timedelta(days=14)
"""By so much a payer may extend its time, when it says so (42 CFR 422.568(b), 422.572(b), 438.210(d))."""
_TERM: Final = re.compile(r"(\d{1,4})([dh])", re.ASCII)
_KEYS: Final = ("line", "standard", "expedited", "silence")
SILENCE: Final = timedelta(days=30)
"""For so long nothing may be heard of a claim that was sent, where a payer's settings say nothing: most prompt-pay laws give a
payer 30 days for a clean claim.
"""


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """How long a payer has, from its receipt; None where nothing limits it."""

    start: date
    """The first day on which requests have these terms."""
    standard: timedelta | None
    expedited: timedelta | None
    appeal: timedelta | None
    expedited_appeal: timedelta | None

    def span(self, review: str, *, expedited: bool) -> timedelta | None:
        """How long a payer has for what is asked for (`State.review`)."""
        if review == APPEAL:
            return self.expedited_appeal if expedited else self.appeal
        if review:
            return None
        return self.expedited if expedited else self.standard


@dataclass(frozen=True, slots=True)
class Window:
    """Requests of one kind and urgency from `start` to the day before `end` (None: to this day), and how long their payer has.

    `payer` None: every payer of which the settings say nothing.
    """

    payer: str | None
    review: str
    expedited: bool
    start: date
    end: date | None
    span: timedelta


class Deadlines:
    """When answers are due. `payers` are the settings of some, by payer id: a line of business, or terms of their own."""

    def __init__(self, payers: Mapping[str, Mapping[str, str]] = MappingProxyType({})) -> None:
        self._payers = {payer: _terms(payer, said) for payer, said in payers.items()}
        self._silence = {payer: _span(payer, "silence", said["silence"]) for payer, said in payers.items() if "silence" in said}

    def due(
        self, payer: str, asked_at: datetime | None, *, expedited: bool, decide_by: date | None = None, review: str = ""
    ) -> datetime | None:
        """When the answer to a request is due; None where no rule says. `review` is what is asked for (`State.review`).

        A payer that said so (`decide_by`) has until the end of that day, once, and never more than EXTENSION beyond its time.
        """
        said = datetime(decide_by.year, decide_by.month, decide_by.day, 23, 59, tzinfo=UTC) if decide_by else None
        if asked_at is None:
            return said
        terms = self._payers.get(payer) or _lines()[USUAL_LINE]
        held = max((one for one in terms if one.start <= asked_at.date()), key=lambda one: one.start)
        span = held.span(review, expedited=expedited)
        if span is None or said is None:
            return said if span is None else asked_at + span
        usual = asked_at + span
        return max(usual, min(said.replace(tzinfo=usual.tzinfo), usual + EXTENSION))

    def silence(self, payer: str) -> timedelta:
        """For how long nothing may be heard of a claim that was sent to a payer."""
        return self._silence.get(payer, SILENCE)

    def shortest_silence(self) -> timedelta:
        """The least of these, of all payers."""
        return min((SILENCE, *self._silence.values()))

    def windows(self) -> Iterator[Window]:
        """Every combination under which answers are due a certain time after the request."""
        for payer in (None, *self._payers):
            terms = sorted(self._payers[payer] if payer is not None else _lines()[USUAL_LINE], key=lambda one: one.start)
            for one, later in zip_longest(terms, terms[1:]):
                for review, expedited in product(("", APPEAL), (False, True)):
                    if (span := one.span(review, expedited=expedited)) is not None:
                        yield Window(payer, review, expedited, one.start, later.start if later else None, span)

    def named(self) -> tuple[str, ...]:
        """The payers of which the settings say something."""
        return tuple(self._payers)


def _terms(payer: str, said: Mapping[str, Any]) -> tuple[AnswerTimes, ...]:
    """What settings say of a payer. Terms of its own hold at any time, and its line of business fills what they leave out; those
    for appeals are always the line's.
    """
    for key in said:
        if key not in _KEYS:
            raise _wrong(payer, f"there is no setting {key!r}; there are {', '.join(_KEYS)}")
    line = said.get("line", USUAL_LINE)
    if line not in _lines():
        raise _wrong(payer, f"line must be one of {', '.join(_lines())}")
    own = {key: _span(payer, key, said[key]) for key in ("standard", "expedited") if key in said}
    return tuple(
        replace(one, standard=own.get("standard", one.standard), expedited=own.get("expedited", one.expedited))
        for one in _lines()[line]
    )


def _span(payer: str, key: str, said: Any) -> timedelta:
    found = _TERM.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise _wrong(payer, f'{key} must be days or hours, such as "7d" or "72h"')
    return timedelta(days=int(found[1])) if found[2] == "d" else timedelta(hours=int(found[1]))


def _wrong(payer: str, message: str) -> DefinitionError:
    return DefinitionError(f"{message}.", f"[payers.{payer}]")


@cache
def _lines() -> Mapping[str, tuple[AnswerTimes, ...]]:
    """The terms of each line of business, the oldest first."""
    found: dict[str, tuple[AnswerTimes, ...]] = {}
    with resources.definition(LINES).open(encoding="utf-8") as lines:
        for text in lines:
            if not text.startswith("#"):
                line, start, *spans = text.split()
                terms = AnswerTimes(date.fromisoformat(start), *map(_hours, spans))
                found[line] = (*found.get(line, ()), terms)
    return MappingProxyType(found)


def _hours(said: str) -> timedelta | None:
    return None if said == "-" else timedelta(hours=int(said))

"""Rules of what payers want that claims and their answers suggest, for a person to look over: payers' lists are seldom complete.

Two things are seen. A payer denies a procedure for want of an authorization (or a referral), and no rule that is named wants
one; or a rule wants one, and the payer pays without. What speaks for a rule and against it are claims with that procedure, by
their first answer: denied for it, or paid though they carried no number. Professional and institutional claims are apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from edi.guides.rules.requirement import NO_REFERRAL, NOTHING, RequirementRule
from edi.linkage.requirements import Need, RequirementAnswer, payer_in, query_of, requirement
from edi.records.claim import Claim, ClaimLine

AUTHORIZATION, REFERRAL = "prior authorization", "referral"
LEAST: Final = 3
"""Claims that must say the same before anything is suggested."""
SHARE: Final = Decimal("0.8")
"""The part of the claims that must."""
_INSTITUTIONAL: Final = "A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One line of a claim, and what its first answer said of it."""

    claim: Claim
    line: ClaimLine
    denied: frozenset[str] = frozenset()
    """What it was denied for the want of: AUTHORIZATION, REFERRAL."""
    amount: Decimal = Decimal(0)
    """How much was denied for that."""
    paid: Decimal = Decimal(0)
    carried: frozenset[str] = frozenset()
    """Of what the claim carried a number there."""


@dataclass(slots=True, kw_only=True)
class Suggestion:
    """A rule that is suggested, with what speaks for it."""

    payer: str
    names: frozenset[str]
    """What else the payer is called: ids, names."""
    wants: str
    """As in a rule: prior authorization, referral, nothing, no referral."""
    procedure: str
    institutional: bool
    places: frozenset[str]
    """Places of service, or types of bill (13x), of the claims that speak for it."""
    start: date | None
    end: date | None
    """The first and the last day of service of these claims."""
    claims: int
    """How many claims speak for it, of how many that speak at all."""
    of: int
    amount: Decimal
    """What was denied of them; where the rule says that none is needed, what was paid."""
    rule: str = ""
    """The rule that says otherwise."""


@dataclass(slots=True)
class _Side:
    """Claims that say one thing of a procedure."""

    claims: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    amount: Decimal = Decimal(0)
    rules: set[str] = field(default_factory=set)

    def add(self, seen: Seen, amount: Decimal, rule: str) -> None:
        self.claims.add(seen.claim.id)
        self.places.add(_place(seen))
        self.amount += amount
        self.rules.add(rule)
        if period := seen.line.period or seen.claim.period:
            self.days.add(period.start)


@dataclass(slots=True)
class _Tally:
    """All that was seen of a payer's procedure."""

    names: set[str] = field(default_factory=set)
    denied: _Side = field(default_factory=_Side)
    """Denied, and no rule wants one."""
    expected: _Side = field(default_factory=_Side)
    """Denied, as a rule says."""
    paid: _Side = field(default_factory=_Side)
    """Paid without a number, and no rule wants one."""
    against: _Side = field(default_factory=_Side)
    """Paid without a number, although a rule wants one."""


def suggest(
    seen: Iterable[Seen], rules: Sequence[RequirementRule] = (), *, least: int = LEAST, share: Decimal = SHARE
) -> list[Suggestion]:
    """What lines and their answers suggest beside `rules`, by payer and procedure.

    At least so many claims (`least`) must say the same, and so large a `share` of those that say anything.
    """
    tallies: dict[tuple[str, str, bool, str], _Tally] = {}
    for one in seen:
        if one.line.procedure is None:
            continue
        payer = one.claim.payer.id or one.claim.payer.name
        asked = payer_in(rules, one.claim.payer.id, one.claim.payer.name, one.claim.filing)
        query = query_of(one.claim, one.line, asked)
        for what in (AUTHORIZATION, REFERRAL):
            place = payer, one.line.procedure.code, _institutional(one), what
            tally = tallies.setdefault(place, _Tally())
            tally.names.update({one.claim.payer.id, one.claim.payer.name} - {""})
            _count(tally, one, what, requirement(query, rules, referral=what == REFERRAL))
    found: list[Suggestion] = []
    for (payer, code, institutional, what), tally in sorted(tallies.items()):
        nothing = NOTHING if what == AUTHORIZATION else NO_REFERRAL
        speaking = tally.denied.claims | tally.paid.claims
        for wants, side, all_ in (
            (what, tally.denied, speaking),
            (nothing, tally.against, tally.against.claims | tally.expected.claims),
        ):
            if len(side.claims) >= least and len(side.claims) >= share * len(all_):
                found.append(
                    Suggestion(
                        payer=payer,
                        names=frozenset(tally.names),
                        wants=wants,
                        procedure=code,
                        institutional=institutional,
                        places=frozenset(side.places - {""}),
                        start=min(side.days, default=None),
                        end=max(side.days, default=None),
                        claims=len(side.claims),
                        of=len(all_),
                        amount=side.amount,
                        rule=", ".join(sorted(side.rules - {""})),
                    )
                )
    return found


def _count(tally: _Tally, one: Seen, what: str, answer: RequirementAnswer) -> None:
    wanted = answer.need is Need.REQUIRED
    rule = answer.rule.name if answer.rule and answer.need is not Need.NOT_KNOWN else ""
    if what in one.denied:
        (tally.expected if wanted else tally.denied).add(one, one.amount, rule)
    elif one.paid > 0 and what not in one.carried:
        (tally.against if wanted else tally.paid).add(one, one.paid, rule)


def _institutional(one: Seen) -> bool:
    return one.claim.place_qualifier == _INSTITUTIONAL


def _place(one: Seen) -> str:
    """The place of service, or the type of bill without its frequency."""
    if _institutional(one):
        return f"{one.claim.place}x" if one.claim.place else ""
    return one.line.place or one.claim.place

"""What a payer wants for a service.

Of a payer's rules the first that applies answers; every payer's (laws) come before it. What the question leaves open and a rule
asks makes the answer "not known" (and says what it depends on), unless every rule that may apply says the same. No rule is no
permission: that is "not known" too, and "not required" only where a rule says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeAlias

from edi.guides.rules.requirement import GOLD_CARDED, IN_NETWORK, VOLUNTARY, Duration, RequirementRule, Span
from edi.linkage.identity import performing
from edi.linkage.terms import Required, Requirement
from edi.records.claim import Claim, ClaimLine

_DATE: Final = "the date of service"
_UNITS: Final = {
    "unit": frozenset({"UN"}),
    "visit": frozenset({"VS"}),
    "day": frozenset({"DY", "DA"}),
    "hour": frozenset({"HS"}),
    "minute": frozenset({"MJ"}),
    "month": frozenset({"MN"}),
}
"""What the words of a rule are in a claim or a request. A visit may be billed as units of 15 minutes."""


_AT_HOSPITALS: Final = {
    "11": (("21",), frozenset({"11", "19", "22", "24"})),
    "13": (("19", "22"), frozenset({"11", "21", "24"})),
}
"""By the type of bill: the places of service of a hospital's inpatients and outpatients, and places that are surely others."""
_FACILITY: Final = "77"
_EMERGENCY_ROOM: Final = "23"
_EMERGENCY: Final = "045"
"""How the revenue codes of an emergency room begin."""


class Need(StrEnum):
    """Whether a service needs an authorization (or a referral)."""

    REQUIRED = "required"
    NOT_REQUIRED = "not-required"
    NOT_KNOWN = "not-known"


_FIRST: Final = (Need.REQUIRED, Need.NOT_KNOWN, Need.NOT_REQUIRED)
"""Of answers for several days the one that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One service. None is "not said"; "" and () say that there is none."""

    payer: str
    """An id or a name."""
    procedure: str
    """A CPT, HCPCS or CDT code; "" for a stay as a whole."""
    modifiers: tuple[str, ...] | None = None
    together: tuple[str, ...] | None = None
    """The other procedures of the same day."""
    diagnoses: tuple[str, ...] | None = None
    place: str | None = None
    bill: str | None = None
    """The type of bill, 131; "" on a professional claim. Where no place is said, it tells that of a hospital's service."""
    emergency: bool = False
    """Whether the bill is also for an emergency room: then the place of each of its services is not known."""
    on: date | None = None
    """The date of service, or its first."""
    until: date | None = None
    """Its last; None: it has one. Rules of all its days are asked."""
    state: str | None = None
    plans: tuple[str, ...] | None = None
    """What is known of the plan: its name, its kind, who funds it. Another word says nothing against one that a rule has."""
    age: int | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    """In which this service is billed or asked for (UN, VS ...), whatever went before; None: the quantity is all that counts for
    the rule, in the rule's own words."""
    npis: tuple[str, ...] | None = None
    """Of who gives the service."""
    network: bool | None = None
    gold_carded: bool = False
    """Whether the payer told the provider of an exemption. It does so in writing, so there is none unless it is said."""


Possible: TypeAlias = tuple[RequirementRule, tuple[str, ...]]
"""A rule that may apply, and what that depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementAnswer:
    """What is known, by which rule, and in a sentence why; what it depends on where it is not known."""

    need: Need
    rule: RequirementRule | None = None
    """The rule that answers; where it is not known, the first that may apply."""
    why: str
    depends_on: tuple[str, ...] = ()
    possible: tuple[Possible, ...] = ()
    """Rules that may apply beside the one that does, in their order; while it is not known, all that may."""

    def to_json(self) -> dict[str, Any]:
        """The answer as in reports; what is absent is None. What the rule wants stands there also while it is not known."""
        return {
            "answer": self.need.value,
            "why": self.why,
            "depends_on": list(self.depends_on),
            "rule": to_json(self.rule) if self.rule else None,
        }


def to_json(rule: RequirementRule) -> dict[str, Any]:
    """What a rule wants, as in reports; what is absent is None."""
    limit = rule.limit
    return {
        "name": rule.name,
        "payer": rule.payer or None,
        "source": rule.source,
        "wants": rule.wants,
        "from": rule.start or None,
        "until": rule.end or None,
        "documents": [{"name": document.name, "type": document.type or None} for document in rule.documents],
        "facts": list(rule.facts),
        "tried": list(rule.tried),
        "standard": _time(rule.standard),
        "expedited": _time(rule.expedited),
        "decided_by": rule.decided_by or None,
        "valid": _time(rule.valid),
        "limit": {"amount": limit.amount, "what": limit.what, "within": _time(limit.within)} if limit else None,
        "number": rule.number or None,
        "exceptions": list(rule.exceptions),
        "note": rule.note or None,
    }


def _time(duration: Duration | None) -> dict[str, Any] | None:
    return {"amount": duration.amount, "unit": duration.unit} if duration else None


def requirement(query: Query, rules: Sequence[RequirementRule], *, referral: bool = False) -> RequirementAnswer:
    """Whether a service needs an authorization, or with `referral` a referral, by rules in their order (`rules.requirements`).

    Where other rules are in force on some of its days, it needs one if it does on any of them, and needs none if on none of them.
    """
    own = [rule for rule in rules if rule.is_for(query.payer) and rule.about_referral == referral]
    what = "referral" if referral else "authorization"
    if any(rule.payer for rule in own):
        why = f"No rule of {query.payer} about {what}s speaks of this service."
    else:
        why = f"There is no rule of {query.payer} about {what}s{_meant(query.payer, rules)}"
    answers = [_on_a_day(replace(query, on=day), own, why) for day in _days(query, own)]
    return min(answers, key=lambda answer: _FIRST.index(answer.need))


def _days(query: Query, rules: Sequence[RequirementRule]) -> Sequence[date | None]:
    """The first day, and those within the service on which a rule begins, or has ended."""
    if query.on is None or query.until is None:
        return [query.on]
    begun = {date.fromisoformat(rule.start) for rule in rules if rule.start}
    begun |= {date.fromisoformat(rule.end) + timedelta(1) for rule in rules if rule.end and rule.end < date.max.isoformat()}
    return [query.on, *sorted(day for day in begun if query.on < day <= query.until)]


def _meant(payer: str, rules: Sequence[RequirementRule]) -> str:
    """How to go on after a payer that no rule knows: whose name is near."""
    near = get_close_matches(payer.casefold(), {rule.payer.casefold() for rule in rules if rule.payer}, 1)
    meant = next((rule.payer for rule in rules if near == [rule.payer.casefold()] and not rule.is_for(payer)), "")
    return f"; did you mean {meant}?" if meant else "."


def _on_a_day(query: Query, own: Sequence[RequirementRule], why: str) -> RequirementAnswer:
    """The answer of a payer's rules where the same are in force all the time; `why` where none speaks."""
    possible: list[Possible] = []
    for rule in own:
        conditions = list(_conditions(rule, query))
        if any(holds is False for _, holds in conditions):
            if [name for name, holds in conditions if holds is False] == [_DATE]:
                why += f" Rule {rule.name} would, but {_not_then(rule, query)}."
            continue
        open_ = tuple(name for name, holds in conditions if holds is None)
        if not open_:
            return _certain(rule, possible)
        possible.append((rule, open_))
    if not possible:
        return RequirementAnswer(need=Need.NOT_KNOWN, why=why)
    return _depending(possible, possible)


def _certain(rule: RequirementRule, before: Sequence[Possible]) -> RequirementAnswer:
    """The answer of a rule that applies, unless one before it may apply and says otherwise."""
    need = _need(rule)
    otherwise = [(other, open_) for other, open_ in before if _need(other) is not need]
    if otherwise:
        depends = tuple(dict.fromkeys(name for _, open_ in otherwise for name in open_))
        return _depending(otherwise, [*before, (rule, depends)])
    return RequirementAnswer(need=need, rule=rule, why=_sentence(rule), possible=tuple(before))


def _depending(counting: Sequence[Possible], possible: Sequence[Possible]) -> RequirementAnswer:
    first = counting[0][0]
    depends = tuple(dict.fromkeys(name for _, open_ in counting for name in open_))
    why = f"It depends on {' and '.join(depends)}: {_sentence(first)}"
    return RequirementAnswer(need=Need.NOT_KNOWN, rule=first, why=why, depends_on=depends, possible=tuple(possible))


def _need(rule: RequirementRule) -> Need:
    return Need.NOT_REQUIRED if rule.exempts or rule.wants.startswith(VOLUNTARY) else Need.REQUIRED


def _sentence(rule: RequirementRule) -> str:
    if rule.exempts:
        said = "none is needed"
    elif rule.wants.startswith(VOLUNTARY):
        said = f"{rule.wants.removeprefix(VOLUNTARY)} may be asked for and need not be"
    else:
        said = f"{rule.payer or 'Every payer'} wants {rule.wants}"
    return f"Rule {rule.name}: {said} ({rule.source})."


def _not_then(rule: RequirementRule, query: Query) -> str:
    if rule.start and query.on is not None and query.on.isoformat() < rule.start:
        return f"only from {rule.start}"
    return f"only until {rule.end}"


def _conditions(rule: RequirementRule, query: Query) -> Iterator[tuple[str, bool | None]]:
    """Each condition of a rule, in words, and whether it holds; None where the question does not say."""
    if rule.start or rule.end:
        day = query.on.isoformat() if query.on else None
        yield _DATE, None if day is None else rule.start <= day <= (rule.end or "9999")
    if rule.procedures:
        yield "the procedure", _covered(rule.procedures, (query.procedure,))
    if rule.together:
        yield "the other procedures", _covered(rule.together, query.together)
    if rule.modifiers:
        yield "the modifiers", _covered(rule.modifiers, query.modifiers)
    if rule.diagnoses:
        known = query.diagnoses
        yield "the diagnosis", None if known is None else any(span.begins(code) for span in rule.diagnoses for code in known)
    if rule.places:
        yield "the place of service", _placed(rule, query)
    for name, spans, said in (
        ("the type of bill", rule.bills, query.bill),
        ("the state", rule.states, query.state),
    ):
        if spans:
            yield name, _covered(spans, None if said is None else (said,))
    if rule.plans:
        plans = {plan.casefold() for plan in query.plans or ()}
        named = any(plan.casefold() in plans for plan in rule.plans)
        yield "the plan", True if named else False if query.plans == () else None
    if rule.ages:
        low, high = rule.ages
        yield "the age", None if query.age is None else low <= query.age and (high is None or query.age <= high)
    if rule.more_than:
        yield "the quantity", beyond(*rule.more_than, query)
    if isinstance(rule.providers, str):
        yield from _standing(rule.providers, query)
    elif rule.providers:
        yield "the provider's NPI", _covered(rule.providers, query.npis)


def _placed(rule: RequirementRule, query: Query) -> bool | None:
    """Whether it is done at a place of the rule; of a hospital's bill, which names none, as far as its type tells."""
    if query.place or not query.bill:
        return _covered(rule.places, None if query.place is None else (query.place,))
    usual, others = _AT_HOSPITALS.get(query.bill[:2], ((), ()))
    if query.emergency:
        usual = (*usual, _EMERGENCY_ROOM)
    if usual and all(_covered(rule.places, (place,)) for place in usual):
        return True
    return False if all(str(span) in others for span in rule.places) else None


def beyond(most: int, words: str, query: Query) -> bool | None:
    """Whether it is more than so many visits, units ...; of what went before a claim or a request says nothing."""
    if query.quantity is None or query.unit is None:
        return None if query.quantity is None else query.quantity > most
    named = _UNITS.get(words.strip().casefold().removesuffix("s"), frozenset())
    return True if query.unit in named and query.quantity > most else None


def _standing(wanted: str, query: Query) -> Iterator[tuple[str, bool | None]]:
    """How a provider must stand with the payer."""
    if wanted == GOLD_CARDED:
        yield "the exemption", query.gold_carded
    else:
        yield "the network", None if query.network is None else query.network == (wanted == IN_NETWORK)


def _covered(spans: Sequence[Span], codes: Sequence[str] | None) -> bool | None:
    return None if codes is None else any(span.covers(code) for span in spans for code in codes)


def payer_in(rules: Sequence[RequirementRule], *names: str) -> str:
    """The first of an id and other names by which the rules know a payer; the first of all where they know none."""
    given = [name.strip() for name in names if name.strip()]
    known = (name for name in given if any(rule.payer and rule.is_for(name) for rule in rules))
    return next(known, given[0] if given else "")


def age_on(birth: date, day: date) -> int:
    """Whole years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def age_in(birth: date | None, on: date | None, until: date | None) -> int | None:
    """The age throughout a service; None where it is not known, or changes on the way."""
    if birth is None or on is None or birth > on:
        return None
    age = age_on(birth, on)
    return age if until is None or age_on(birth, until) == age else None


# -- of claims -----------------------------------------------------------------------------------------------------------


def required(rules: Sequence[RequirementRule], *, referral: bool = False) -> Required:
    """What `decide` asks of a claim's lines: the payers' rules about authorizations, or referrals. None where it is not known."""
    payers: dict[tuple[str, str, str], tuple[str, tuple[RequirementRule, ...]]] = {}

    def ask(claim: Claim, line: ClaimLine | None) -> Requirement | None:
        names = (claim.payer.id, claim.payer.name, claim.filing)
        if names not in payers:
            payer = payer_in(rules, *names)
            payers[names] = payer, tuple(rule for rule in rules if rule.is_for(payer))
        payer, own = payers[names]
        answer = requirement(query_of(claim, line, payer), own, referral=referral)
        if answer.need is Need.NOT_KNOWN or answer.rule is None:
            return None
        rule = answer.rule
        return Requirement(answer.need is Need.REQUIRED, answer.why, frozenset(rule.exceptions), rule.number, _wanted(rule))

    return ask


@cache
def _wanted(rule: RequirementRule) -> str:
    """What a rule wants to come with a request, in a sentence."""
    found = [*map(str, rule.documents), *(f"what was tried before: {tried}" for tried in rule.tried)]
    return f"It wants {', '.join(found)}." if found else ""


def query_of(claim: Claim, line: ClaimLine | None, payer: str) -> Query:
    """A claim's line (None: its stay) as a question to this payer."""
    institutional = claim.place_qualifier == "A"
    period = line.period if line else claim.period
    on, until = (period.start, period.end) if period else (None, None)
    if line is None and claim.admission:
        on, until = claim.admission, None
    birth = claim.patient.birth_date
    others = tuple(each.procedure.code for each in claim.lines if each is not line and each.procedure)
    return Query(
        payer=payer,
        procedure=line.procedure.code if line and line.procedure else "",
        modifiers=line.procedure.modifiers if line and line.procedure else (),
        together=others,
        diagnoses=_diagnoses(claim, line),
        place=None if institutional else (line.place if line else "") or claim.place or None,
        bill=claim.place + claim.frequency if institutional else "",
        emergency=any(each.revenue_code.startswith(_EMERGENCY) for each in claim.lines),
        on=on,
        until=until,
        state=_state(claim, line),
        age=age_in(birth, on, until),
        quantity=line.quantity.amount if line and line.quantity else None,
        unit=line.quantity.unit if line and line.quantity else None,
        npis=tuple(party.npi for party in performing(claim, line) if party.npi),
    )


def _diagnoses(claim: Claim, line: ClaimLine | None) -> tuple[str, ...] | None:
    """Those that a line points to, else all of the claim's; None where it points to one that is not there."""
    codes = tuple(diagnosis.code for diagnosis in claim.diagnoses)
    if line is None or not line.pointers:
        return codes
    return tuple(codes[n - 1] for n in line.pointers) if all(1 <= n <= len(codes) for n in line.pointers) else None


def _state(claim: Claim, line: ClaimLine | None) -> str | None:
    """Where the service is done: at the facility that is named, whose address may not be, else where the provider bills from."""
    where = next((party for party in performing(claim, line) if party.role == _FACILITY), claim.billing)
    return (where.address.state if where.address else "") or None

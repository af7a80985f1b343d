"""What a rule is about: the loops it is judged for, what must be there for it to have anything to say, what its problem names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from edi.guides.guide import Guide, LoopUse, SegmentUse
from edi.guides.rules.files import Route, Rule, Term
from edi.guides.rules.scopes import Reach, Scopes, first, inside, key, scopes

OPENED: Final = ""
"""What a rule waits for that is judged for every loop of its scope."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the problem of a rule is: from a loop down, the segment, the element and component (0: the whole)."""

    start: str
    loops: tuple[str, ...]
    segment: str
    element: int
    component: int


@dataclass(frozen=True, slots=True)
class Trigger:
    """The only segment that a rule's condition looks at: its place, and what the uses of it are kept under in its loop."""

    place: Place
    keys: tuple[str, ...]
    within: bool
    """It is the segment that the rule is judged for."""


def trigger_of(rule: Rule, guide: Guide) -> Trigger | None:
    """What calls for what a rule asks; None where its condition looks at several segments, or picks one by a code."""
    loop, segment = scope_of(rule, scopes(guide))
    named = list(routes(rule.when)) if rule.when else []
    reached = [scopes(guide).reach(route, loop, segment) for route in named]
    found = {Trigger(_place(reach, 0, 0), reach.keys, reach.within) for reach in reached if reach.keys and not reach.pick}
    if len(found) != 1 or len(reached) != sum(bool(reach.keys and not reach.pick) for reach in reached):
        return None
    places = {(route.elements, route.component) for route in named}
    elements, component = places.pop()
    if places or len(elements) != 1:
        return found.pop()
    return replace(found.pop(), place=_place(reached[0], elements[0], component))


def place_of(rule: Rule, guide: Guide) -> Place:
    """Where the problem of a rule is."""
    route = place_route(rule)
    reach = scopes(guide).reach(route, *scope_of(rule, scopes(guide)))
    return _place(reach, route.elements[0] if len(route.elements) == 1 else 0, route.component)


def _place(reach: Reach, element: int, component: int) -> Place:
    return Place(reach.start.id, tuple(inner.id for inner in reach.loops), reach.segment, element, component)


def awaited(rule: Rule, guide: Guide) -> tuple[str, str]:
    """The loop of a rule, and what must be in it for the rule to have anything to say: a key, a loop's id, or `OPENED`."""
    loop, segment = scope_of(rule, scopes(guide))
    if loop is guide.root and any(inner.unit for inner in inside(loop)):
        return loop.id, OPENED  # what is said of a whole transaction is known at its end
    if segment:
        uses = [use for use in loop.items if isinstance(use, SegmentUse) and use.id == segment]
        keys = {key(use, code) for use in uses for code in use.qualifiers or ("",)}
        return loop.id, keys.pop() if len(keys) == 1 else OPENED
    opening = {key(first(loop), code) for code in first(loop).qualifiers or ("",)}
    for route in _necessary(rule):
        reach = scopes(guide).reach(route, loop)
        waits = [loop.id for loop in reach.loops[:1]] or reach.keys
        if reach.start is loop and len(waits) == 1 and waits[0] not in opening:
            return loop.id, waits[0]
    return loop.id, OPENED


def scope_of(rule: Rule, known: Scopes) -> tuple[LoopUse, str]:
    """The loop that a rule is judged for, and the segment in it, where it is judged for each of those."""
    *loops, (last, _) = rule.scope.steps
    if last in known.loops:
        return known.loops[last], ""
    return known.loops[loops[-1][0]], last


def _necessary(rule: Rule) -> Iterator[Route]:
    """What must be there for a rule to find anything."""
    if rule.asks in ("forbids", "most"):
        yield rule.asked[-1]
    conditions = list(rule.when.parts if rule.when.kind == "all" else [rule.when]) if rule.when else []
    if rule.asks == "must":
        conditions.append(rule.asked[0])
    for term in conditions:
        if term.kind == "quantified" and term.parts[0] == "any" and term not in rule.asked:
            yield term.parts[1]
        elif term.kind == "given":
            if not term.negated and term not in rule.asked:
                yield term.parts[0]
        elif term.kind in ("is", "has", "like", "same", "differ"):
            yield term.parts[0]
        elif term.kind in ("dated", "compared"):
            yield from (part.parts[0] for part in term.parts[1:] if part.kind in ("path", "end"))


def place_route(rule: Rule) -> Route:
    """What a rule's problem names: what `at` says, what is asked for, else the first thing in the condition."""
    if rule.at is not None:
        return rule.at
    if rule.asks == "must":
        return next(routes(rule.asked[0]), rule.scope)
    found = rule.asked[-1] if rule.asks == "most" else rule.asked[0]
    assert isinstance(found, Route)
    return found


def routes(term: Term) -> Iterator[Route]:
    """The routes in a condition or an amount that start where it does, in their order."""
    if term.kind == "quantified":
        yield term.parts[1]
        return
    for part in term.parts:
        if isinstance(part, Route):
            yield part
            if term.kind in ("sum", "count"):
                return
        elif isinstance(part, Term):
            yield from routes(part)

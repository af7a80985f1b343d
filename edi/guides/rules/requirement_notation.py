"""The notation of one `require` read into a rule about requirements, or refused with its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any, Final, NoReturn

from edi.guides.guide import SegmentUse, load
from edi.guides.rules.pattern import flaw
from edi.guides.rules.requirement import (
    BILLS,
    MODIFIERS,
    NPIS,
    PLACES,
    PROCEDURES,
    STATES,
    Document,
    Duration,
    Limit,
    RequirementRule,
    Shape,
    Span,
    is_range,
)
from edi.guides.rules.scopes import near, scopes

_SPANS: Final = {
    "procedures": PROCEDURES,
    "together": PROCEDURES,
    "modifiers": MODIFIERS,
    "places": PLACES,
    "bills": BILLS,
    "states": STATES,
}
"""What stands in a line, and how it looks: a rule with anything else would never apply."""
_TEXTS: Final = ("plans", "facts", "tried")
Fail = Callable[[str, Any], NoReturn]


def requirement(tree: Any, payer: str, known: tuple[str, ...], fail: Fail) -> RequirementRule:
    """The requirement that a tree of the grammar states; `fail` tells what is wrong with it, and where."""
    name, *lines = tree.children
    said: dict[str, Any] = {}
    for line in lines:
        if line.data in said:
            fail("a requirement says this once: make another one of it", line)
        said[line.data] = line
    for wanted, example in (("wants", "wants prior authorization"), ("source", 'source "..."')):
        if wanted not in said:
            fail(f"requirement {name} has no line {example}", name)
    found: dict[str, Any] = {}
    for key, line in said.items():
        found |= _read(key, line, fail)
    if found.get("start", "") > (found.get("end") or "9999"):
        fail(f"requirement {name} ends before it begins", said["end_day"])
    return RequirementRule(name=str(name), payer=payer, known=known, line=name.line or 0, **found)


def _read(key: str, line: Any, fail: Fail) -> dict[str, Any]:
    children = line.children
    if key == "diagnoses":
        return {key: _diagnoses(children[0], fail)}
    if key in _SPANS:
        return {key: spans(children[0], fail, _SPANS[key])}
    if key in _TEXTS:
        return {key: tuple(unquoted(token) for token in children)}
    match key:
        case "start_day" | "end_day":
            return {key.removesuffix("_day"): day(children[0], fail)}
        case "wants":
            return {"wants": " ".join(children[0].split())}
        case "age":
            return {"ages": _ages(children[0], fail)}
        case "more_than":
            return {"more_than": (int(children[0]), unquoted(children[1]))}
        case "providers":
            (who,) = children
            return {"providers": " ".join(who.children[0].split()) if who.data == "such" else spans(who.children[0], fail, NPIS)}
        case "documents":
            return {"documents": tuple(_document(each, fail) for each in children)}
        case "decided":
            return dict(zip(("standard", "expedited"), map(duration, children), strict=False))
        case "valid":
            return {"valid": duration(children[0])}
        case "limit":
            return {"limit": Limit(int(children[0]), unquoted(children[1]), *map(duration, children[2:]))}
        case "number_like":
            return {"number": _expression(children[0], fail)}
        case "exceptions":
            return {"exceptions": tuple(map(str, spans(children[0], fail)))}
        case _:
            return {key: " ".join(map(unquoted, children[0].children))}


def unquoted(token: Any) -> str:
    """A text without its quotation marks, in one line."""
    return " ".join(str(token)[1:-1].split())


def spans(tree: Any, fail: Fail, shape: Shape | None = None) -> tuple[Span, ...]:
    """Codes and ranges of codes, of this shape where one is given."""
    found = tuple(span(token, fail) for token in tree.children)
    if shape is not None:
        for each, token in zip(found, tree.children, strict=True):
            for code in filter(None, (each.first, each.last)):
                if not shape.fits(code):
                    fail(f"{code} is no {shape.name}: {shape.words}{shape.any}", token)
    return found


def span(token: Any, fail: Fail) -> Span:
    """A code, or a range with both its ends."""
    first, _, last = str(token).partition("-")
    if last and not is_range(first, last):
        fail(f"{token} is no range: both ends must have letters and digits at the same places, the smaller one first", token)
    return Span(first, last)


def _diagnoses(tree: Any, fail: Fail) -> tuple[Span, ...]:
    """Categories and codes of ICD-10-CM, in whose order a letter stands behind the digits: C7A between C79 and C80."""
    found = [(str(token).partition("-"), token) for token in tree.children]
    for (first, _, last), token in found:
        if last and (len(first) != len(last) or first > last):
            fail(f"{token} is no range: both ends must be equally long, the smaller one first", token)
    return tuple(Span(first, last) for (first, _, last), _ in found)


def day(token: Any, fail: Fail) -> str:
    """A day that there is, ISO 8601."""
    try:
        return date.fromisoformat(str(token)).isoformat()
    except ValueError:
        fail(f"there is no day {token}", token)


def _ages(tree: Any, fail: Fail) -> tuple[int, int | None]:
    numbers = [int(token) for token in tree.children]
    match tree.data:
        case "under":
            low, high = 0, numbers[0] - 1
        case "or_over":
            return numbers[0], None
        case _:
            low, high = numbers
    if low > high:
        fail("nobody has this age: the smaller number stands first", tree.children[0])
    return low, high


def duration(tree: Any) -> Duration:
    unit = " ".join(str(tree.children[1]).split())
    return Duration(int(tree.children[0]), unit if unit.endswith("s") else f"{unit}s")


def _document(tree: Any, fail: Fail) -> Document:
    name, *types = tree.children
    for type_ in types:
        if str(type_) not in document_types():
            fail(f"{type_} is no type of document (PWK01){near(type_, document_types())}", type_)
    return Document(unquoted(name), *map(str, types))


@cache
def document_types() -> frozenset[str]:
    """PWK01 of a 278 request."""
    items = [item for loop in scopes(load("278/request")).loops.values() for item in loop.items]
    uses = [item for item in items if isinstance(item, SegmentUse) and item.id == "PWK"]
    return frozenset(code for use in uses for element in use.elements if element.position == 1 for code in element.codes)


def _expression(token: Any, fail: Fail) -> str:
    if said := flaw(token[1:-1]):
        fail(said, token)
    return str(token[1:-1])

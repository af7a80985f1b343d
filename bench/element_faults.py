"""Elements and components too long, of a wrong type or code, missing, or too many."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from bench.expectation import Document, Mutant, Named, changed, path
from edi.guides.guide import Element, ElementUse, Guide, LoopUse, SegmentUse

WIDEST: Final = 1000
"""Characters; elements that may be longer are not made too long."""
ELSEWISE: Final = {
    ("ST", 1): frozenset({"guide-unknown"}),
    ("ST", 3): frozenset({"guide-unknown", "version-mismatch"}),
    ("GE", 1): frozenset({"ge-count"}),
    ("GE", 2): frozenset({"ge-control"}),
    ("IEA", 1): frozenset({"iea-count"}),
    ("IEA", 2): frozenset({"iea-control"}),
    ("GS", 1): frozenset({"group-mismatch"}),
    **{("ISA", element): frozenset({"isa-length", "isa-missing"}) for element in range(1, 18)},
}
"""What is right to say too where an envelope's element is wrong."""
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Leaf(NamedTuple):
    """An element or component that holds a value in a document."""

    element: int
    component: int | None
    use: ElementUse
    value: str
    form: str
    """The date format (element 1250) before it."""


def element_faults(document: Document, index: int, rng: random.Random, *, qualifier_only: bool) -> Iterator[Mutant]:
    """Every value of a segment made wrong, and elements added to it; or its qualifier alone, which tells its use."""
    segment, spot = document.tokens[index], document.spots[index]

    def mutant(kind: str, codes: set[str], element: int, component: int | None, wrong: list[str]) -> Mutant:
        at = range(index + 1, index + 2) if document.guide.set != "envelope" else None
        loop = None if _qualifies(spot.use, element, component) else path(spot)  # without it the loop is anyone's guess
        named = [Named(frozenset(codes), at, spot.use.id, loop, element, component)]
        if (spot.use.id, element) in ELSEWISE:
            named.append(Named(ELSEWISE[spot.use.id, element], at, spot.use.id, None, None))
        tokens = [*document.tokens[:index], wrong, *document.tokens[index + 1 :]]
        if loop is None or kind == "missing":  # what becomes of it may be another use, or an empty composite
            return changed(document, kind, index, tokens, *named)
        return Mutant(document, kind, index, tokens, tuple(named))

    for leaf in leaves(spot.use, segment):
        if qualifier_only and not _qualifies(spot.use, leaf.element, leaf.component):
            continue
        element, component, use = leaf.element, leaf.component, leaf.use
        prefix = "element" if component is None else "component"
        for kind, value, codes in _values(document.guide, spot.use, leaf, rng):
            yield mutant(kind, codes, element, component, put(segment, element, component, value))
        if use.usage == "R":
            wrong = put(segment, element, component, "")
            if component is not None and (len(wrong) <= element or not wrong[element]):
                yield mutant("missing", {"element-missing"}, element, None, wrong)
            else:
                yield mutant("missing", {f"{prefix}-missing"}, element, component, wrong)
        if component is None and not qualifier_only:
            yield mutant("component", {"component-extra"}, element, 2, put(segment, element, None, f"{leaf.value}:X"))
    if qualifier_only:
        return
    beyond = [*segment, *[""] * (spot.use.size - len(segment) + 1), "X"]
    yield mutant("extra", {"element-extra"}, spot.use.size + 1, None, beyond)
    named = {use.position for use in spot.use.elements}
    unused = [p for p in range(1, spot.use.size + 1) if p not in named]
    if unused:
        position = rng.choice(unused)
        yield mutant("extra", {"element-unused"}, position, None, put(segment, position, None, "X"))
    for use in spot.use.elements:
        value = segment[use.position] if use.position < len(segment) else ""
        if not value:
            continue
        too_often = "^".join([value] * (use.repeats + 1))
        yield mutant("extra", {"repetition-extra"}, use.position, None, put(segment, use.position, None, too_often))
        if use.element is None:
            wrong = put(segment, use.position, use.size + 1, "X")
            yield mutant("component", {"component-extra"}, use.position, use.size + 1, wrong)
            inner = {c.position for c in use.components}
            spare = [p for p in range(1, use.size + 1) if p not in inner]
            if spare:
                position = rng.choice(spare)
                yield mutant("component", {"component-unused"}, use.position, position, put(segment, use.position, position, "X"))


def _qualifies(use: SegmentUse, element: int, component: int | None) -> bool:
    return bool(use.qualifiers) and (element, component or 0) == use.qualifier


def leaves(use: SegmentUse, segment: Sequence[str]) -> Iterator[Leaf]:
    """The elements and components of a segment that hold values."""
    form = ""
    for element in use.elements:
        value = segment[element.position] if element.position < len(segment) else ""
        if not value:
            form = ""
        elif element.element is not None:
            yield Leaf(element.position, None, element, value, form)
            form = value if element.element.number == "1250" else ""
        else:
            parts = value.split(":")
            inner = ""
            for component in element.components:
                part = parts[component.position - 1] if component.position <= len(parts) else ""
                if part:
                    yield Leaf(element.position, component.position, component, part, inner)
                inner = part if component.element is not None and component.element.number == "1250" else ""


def put(segment: Sequence[str], element: int, component: int | None, value: str) -> list[str]:
    """A segment with one value changed; what is empty at the end is left out."""
    changed = [*segment, *[""] * (element + 1 - len(segment))]
    if component is None:
        changed[element] = value
    else:
        parts = changed[element].split(":")
        parts += [""] * (component - len(parts))
        parts[component - 1] = value
        changed[element] = ":".join(parts).rstrip(":")
    while len(changed) > 1 and not changed[-1]:
        changed.pop()
    return changed


def _values(guide: Guide, use: SegmentUse, leaf: Leaf, rng: random.Random) -> Iterator[tuple[str, str, set[str]]]:
    """Values that are wrong for an element: the kind, the value, the codes that are right for it."""
    element, codes = leaf.use.element, leaf.use.codes
    if element is None:
        return
    if codes:
        longer = leaf.value + "X" * (element.maximum + 1 - len(leaf.value))
        yield "long", longer, {"element-long", "element-code"}
        bad = _bad_code(guide, use, leaf, element, rng)
        if bad:
            yield "code", bad, {"element-code"}
        return
    dated = element.number == "1251" and bool(leaf.form)
    if element.maximum <= WIDEST:
        digit = "1" if dated or element.type in ("DT", "TM", "R") or element.type[0] == "N" else "X"
        longer = digit * (element.maximum + 1)
        yield "long", longer, {"element-long", "element-date"} if dated else {"element-long"}
    if dated or element.type == "DT":
        yield "type", "A" * len(leaf.value), {"element-date", "element-type"}
    elif element.type == "TM":
        yield "type", "A" * len(leaf.value), {"element-time", "element-type"}
    elif element.type == "R" or element.type[0] == "N":
        yield "type", "A" * len(leaf.value), {"element-type"}
    elif element.type in ("AN", "ID"):
        yield "type", leaf.value[:-1] + "\x01", {"element-character"}


def _bad_code(guide: Guide, use: SegmentUse, leaf: Leaf, element: Element, rng: random.Random) -> str:
    """A code that the element does not have here, and that makes the segment no other use of the guide; "" if there is none."""
    taken = set(leaf.use.codes) | _qualifiers(guide.root, use.id)
    for length in range(element.minimum, element.maximum + 1):
        for _ in range(200):
            code = "".join(rng.choice(LETTERS) for _ in range(length))
            if code not in taken:
                return code
    return ""


def _qualifiers(loop: LoopUse, id: str) -> set[str]:
    found: set[str] = set()
    for item in loop.items:
        if isinstance(item, LoopUse):
            found |= _qualifiers(item, id)
        elif item.id == id:
            found |= set(item.qualifiers)
    return found

"""A guide shown to a person: as a tree of loops and segments, or one segment with its elements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from edi.errors import DefinitionError
from edi.guides.guide import ElementUse, Guide, LoopUse, Note, SegmentUse

_USAGE: Final = {"R": "required", "S": "situational"}
_NOTES: Final = {
    "P": "all of {} or none",
    "R": "one of {} at least",
    "E": "one of {} at most",
    "C": "if {first}, then {rest} too",
    "L": "if {first}, then one of {rest} too",
}
_STEP: Final = re.compile(r"(\w+)(?:\[([^\]]*)\])?(?:-(\d\d))?\Z")
_CODES: Final = 76


def show(guide: Guide, path: str = "") -> Iterator[str]:
    """Lines of text: the whole guide, or what `path` names in it ("2300", "2300/REF[G1]", "CLM-05")."""
    if not path:
        also = f" (also {', '.join(guide.versions[1:])})" if guide.versions[1:] else ""
        yield f"{guide.name}: {guide.label}"
        yield f"set {guide.set}, version {guide.version}{also}" + (f", group {guide.group}" if guide.group else "")
        for element, codes in guide.when:
            yield f"where {element} is {_or(codes)}"
        yield f"what it does not name is {'a warning' if guide.unused == 'warning' else 'an error'}"
        yield ""
        yield from _tree(guide.root, 0, set())
        return
    found = list(_find(guide.root, path, guide))
    for number, (place, use, position) in enumerate(found):
        if number:
            yield ""
        if isinstance(use, LoopUse):
            yield f"{'/'.join((*place, use.id))}  {use.label}: {_often(use.usage, use.most)}{', a unit' if use.unit else ''}"
            yield from _tree(use, 1, set())
        else:
            yield from _segment(place, use, position)


def _find(root: LoopUse, path: str, guide: Guide) -> Iterator[tuple[tuple[str, ...], SegmentUse | LoopUse, int]]:
    """Where `path` leads: the loops above, what is there, the element asked for (0: all). A loop met again is passed by."""
    *above, last = path.strip("/").split("/")
    step = _STEP.match(last)
    seen: set[int] = set()

    def walk(loop: LoopUse, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], SegmentUse | LoopUse, int]]:
        for item in loop.items:
            within = not above or place[-len(above) :] == tuple(above)
            if isinstance(item, LoopUse):
                if within and item.id == last:
                    yield place, item, 0
                if id(item.items) not in seen:
                    seen.add(id(item.items))
                    yield from walk(item, (*place, item.id))
            elif within and step and item.id == step[1] and (not step[2] or step[2] in item.qualifiers or step[2] == item.name):
                yield place, item, int(step[3] or 0)

    found = list(walk(root, ()))
    sizes = [use.size for _, use, _ in found if isinstance(use, SegmentUse)]
    if step and step[3] and sizes and not 1 <= int(step[3]) <= max(sizes):
        raise DefinitionError(f"has no element {step[3]} in {step[1]}, which ends at {max(sizes):02}", guide.name)
    if not found:
        raise DefinitionError(f"has nothing at {path}; a path looks like 2300, 2300/REF[G1] or CLM-05", guide.name)
    yield from found


def _tree(loop: LoopUse, depth: int, seen: set[int]) -> Iterator[str]:
    for item in loop.items:
        indent = "  " * depth
        if isinstance(item, SegmentUse):
            yield f"{indent}{_head(item):<{max(34 - len(indent), 1)}} {item.label:<40} {item.usage} {_most(item.most)}"
            continue
        unit = "  unit" if item.unit else ""
        again = id(item.items) in seen
        line = f"{indent}{item.id:<{max(34 - len(indent), 1)}} {item.label:<40} {item.usage} {_most(item.most)}{unit}"
        yield line + ("  as above" if again else "")
        if not again:
            seen.add(id(item.items))
            yield from _tree(item, depth + 1, seen)


def _head(use: SegmentUse) -> str:
    codes = "|".join(use.qualifiers)
    return use.id + (f"[{codes if len(codes) < 21 else codes[:18].rsplit('|', 1)[0] + '|...'}]" if codes else "")


def _segment(place: Sequence[str], use: SegmentUse, position: int) -> Iterator[str]:
    yield f"{'/'.join((*place, _head(use)))}  {use.label}: {_often(use.usage, use.most)}"
    for element in use.elements:
        if position in (0, element.position):
            yield from _element(use.id, element, "  ")
    unused = [f"{n:02}" for n in range(1, use.size + 1) if n not in {e.position for e in use.elements}]
    asked = [n for n in unused if position in (0, int(n))]
    if asked:
        yield f"  not used: {', '.join(asked)}"
    if not position:
        yield from _notes(use.notes, "  ", {e.position for e in use.elements})


def _element(of: str, use: ElementUse, indent: str) -> Iterator[str]:
    name = f"{of}{use.position:02}"
    repeats = f", up to {use.repeats} times" if use.repeats > 1 else ""
    if use.element is None:
        yield f"{indent}{name:<8} {use.usage}  composite {use.composite}{repeats}"
        for component in use.components:
            yield from _element(f"{name}-", component, indent + "  ")
        yield from _notes(use.notes, indent + "  ", {c.position for c in use.components})
        return
    element = use.element
    length = f"{element.minimum}" if element.minimum == element.maximum else f"{element.minimum}-{element.maximum}"
    yield f"{indent}{name:<8} {use.usage}  {element.number:<5} {element.type:<2} {length:<6} {element.name}{repeats}"
    line = ""
    for code in use.codes:
        if line and len(line) + len(code) > _CODES:
            yield f"{indent}{'':<12}{line}"
            line = ""
        line += f" {code}" if line else code
    if line:
        yield f"{indent}{'':<12}{line}"


def _notes(notes: Sequence[Note], indent: str, used: set[int]) -> Iterator[str]:
    for note in notes:
        places = [f"{p:02}" for p in note.positions]
        if len(used & set(note.positions)) > 1:
            words = _NOTES[note.kind].format(", ".join(places), first=places[0], rest=", ".join(places[1:]))
            yield f"{indent}{note.kind}{''.join(places)}: {words}"


def _often(usage: str, most: int | None) -> str:
    return f"{_USAGE[usage]}, " + ("any number of times" if most is None else "once" if most == 1 else f"up to {most} times")


def _most(most: int | None) -> str:
    return ">1" if most is None else str(most)


def _or(codes: Sequence[str]) -> str:
    return ", ".join(codes[:-1]) + f" or {codes[-1]}" if len(codes) > 1 else codes[0]

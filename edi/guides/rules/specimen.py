"""The specimen of a guide, edited: a whole small document for each example of a rule.

    CLM-11=AA:::OH      an element (or component) set
    +DTP*439*D8*2026    a segment put where the guide wants it, with the loop that it opens
    2400+REF*G1*A1      the same in a loop that is named
    -REF[G1]  -2310B    a segment, or a loop, taken out
    2300@2              what follows is about the second claim

What is named is sought in the loop that the rule is about (that around it, where the specimen has none) and in those around,
then in the loop that was put in last; a place for a segment in the latter first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from edi.guides.document import Loop, Unit, whole, write
from edi.guides.path import PathError
from edi.guides.rules.files import Example, Rule
from edi.guides.rules.scopes import scopes
from edi.guides.rules.subject import scope_of
from edi.guides.table import Place, Step
from edi.text.segments import Delimiters, Segment, encode

_EDIT: Final = re.compile(
    r"(?P<one>[A-Z0-9]+)@(?P<number>[0-9]{1,9})|(?P<out>-)(?P<gone>.+)"
    r"|(?P<loop>[A-Z0-9/\[\]]*)\+(?P<segment>.+)|(?P<path>[^=]+)=(?P<value>.*)",
    re.DOTALL,
)


def edited(specimen: bytes | Path, rule: Rule, example: Example) -> bytes:
    """The specimen as an example of a rule has it; PathError where an edit does not fit it."""
    units = list(whole(specimen))
    transaction = next(unit for unit in units if unit.kind == "header")
    assert transaction.context.guide is not None  # such units have one
    known = scopes(transaction.context.guide)
    loop, _ = scope_of(rule, known)
    editor = _Editor(transaction, [around.id for around in known.outward(loop)])
    for edit in example.edits:
        editor.edit(edit)
    return b"".join(write(units))


def _loops(around: Loop, id: str) -> Iterator[Loop]:
    """The loops with this id in another, however deep."""
    for loop in around.loops():
        if loop.id == id:
            yield loop
        else:
            yield from _loops(loop, id)


class _Editor:
    def __init__(self, unit: Unit, scopes: Sequence[str]) -> None:
        self._delimiters: Delimiters = unit.context.delimiters
        self._whole = unit.loop
        self._here = next((found for scope in scopes for found in _loops(unit.loop, scope)), unit.loop)
        self._last = self._here
        """The loop that a segment was put into last."""

    def edit(self, edit: str) -> None:
        match = _EDIT.fullmatch(edit)
        if match is None:
            raise PathError(f"{edit}: an edit looks like CLM-11=AA, +DTP*439*D8*20260101 or -REF[G1].")
        if match["one"]:
            self._go(match["one"], int(match["number"]))
        elif match["out"]:
            self._remove(match["gone"])
        elif match["segment"]:
            self._insert(match["loop"], match["segment"])
        else:
            self._set(match["path"], match["value"])

    def _go(self, id: str, number: int) -> None:
        loops = list(_loops(self._whole, id))
        if not 0 < number <= len(loops):
            raise PathError(f"{id}@{number}: the specimen has {len(loops)} of these loops.")
        self._here = self._last = loops[number - 1]

    def _around(self, *starts: Loop) -> Iterator[Loop]:
        for start in starts or (self._here, self._last):
            loop: Loop | None = start
            while loop is not None:
                yield loop
                loop = loop.parent

    def _set(self, path: str, value: str) -> None:
        for loop in self._around():
            try:
                loop.set(path, value)
            except PathError:
                continue
            return
        raise PathError(f"{path}: the specimen has no such segment.")

    def _remove(self, path: str) -> None:
        above, _, last = path.rpartition("/")
        for loop in self._around():
            holders = [hit for hit in loop.find(above) if isinstance(hit, Loop)] if above else [loop]
            for holder in holders:
                for hit in holder.find(last)[:1]:
                    holder.children.remove(hit)  # type: ignore[arg-type]  # a path without an element names no text
                    holder.touch()
                    return
        raise PathError(f"{path}: the specimen has nothing there.")

    def _insert(self, within: str, text: str) -> None:
        raw = self._delimiters.element.join(map(encode, text.split("*")))
        segment = Segment(raw, self._delimiters.segment + b"\n", -1, self._delimiters)
        starts: Iterable[Loop] = self._around(self._last, self._here)
        if within:
            starts = [hit for loop in self._around() for hit in loop.find(within) if isinstance(hit, Loop)]
        for loop in starts:
            place = _place(loop.step, segment)
            if place is not None:
                self._last = _put(loop, place, segment)
                return
        raise PathError(f"{text}: the guide has no place for it there.")


def _place(step: Step | None, segment: Segment) -> Place | None:
    """The place of a segment in a loop, as one of its own or as the beginning of a loop in it."""
    places = step.of(segment.elements, segment.delimiters) if step is not None else ()
    return next((place for place in places if place.order > 0), None)


def _put(loop: Loop, place: Place, segment: Segment) -> Loop:
    """Put a segment behind all that belongs before it; the loop that it stands in then."""
    after = 0
    for index, child in enumerate(loop.children):
        if _order(loop, child) <= place.order:
            after = index + 1
    if place.loop is None:
        loop.children.insert(after, segment)
        loop.touch()
        return loop
    inner = Loop(place.loop.id, place.step, loop)
    inner.children.append(segment)
    loop.children.insert(after, inner)
    loop.touch()
    return inner


def _order(loop: Loop, child: Segment | Loop) -> int:
    assert loop.step is not None
    if isinstance(child, Loop):
        return next(place.order for place in loop.step.places if place.loop is not None and place.loop.id == child.id)
    places = loop.step.of(child.elements, child.delimiters)
    return places[0].order if places else 0

"""What a rule has found, as a problem: which segment it is about, where that stands, what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from edi.errors import Problem
from edi.guides.elements import Fault as CodeFault
from edi.guides.rules.files import Rule
from edi.guides.rules.ruleset import LEVEL_OF_CODES, Ruleset
from edi.guides.rules.subject import Place, Trigger
from edi.guides.rules.values import Elements, View, around, opening
from edi.text.segments import decode

_CLAIMS: Final = (b"CLM", b"CLP")
LEVEL_OF_SITUATIONS: Final = 4
Fault: TypeAlias = tuple[str, str]
"""The loop and the segment of a problem."""
Finding: TypeAlias = "tuple[int, View, Elements | None, bool, tuple[str, ...]]"
"""The rule's number, the view, the row, whether what the rule names is absent, what stands in its message."""


class Stretch:
    """Segments of a unit: which, after how many others, and where each begins."""

    __slots__ = ("offsets", "position", "rows")

    def __init__(self, rows: list[Elements], position: int, offsets: Callable[[int], int]) -> None:
        self.rows, self.position, self.offsets = rows, position, offsets


class Unit:
    """A unit that is open."""

    __slots__ = ("faults", "holders", "stretches", "view")

    def __init__(self, view: View, faults: Set[Fault]) -> None:
        self.view = view
        self.faults = set(faults)
        """Where level 2 has found something, in it or around it."""
        self.holders: list[View] = []
        """The views in it that hold others: they hold each other, and are let go of by hand."""
        self.stretches: list[Stretch] = []


def told(rules: Ruleset, units: Sequence[Unit], finding: Finding, where: Mapping[str, Any]) -> Problem:
    """A finding as a problem, among the units that are open."""
    number, view, row, absent, values = finding
    rule, place = rules.rules[number][0], rules.places[number]
    position, offset = _stand(units, row) if row else (None, None)
    if position is None:
        position, offset = _stand(units, opening(view))
    value = row[place.element] if row and not absent and 0 < place.element < len(row) else b""
    if value and place.component:
        value = [*value.split(rules.delimiters.component), *[b""] * place.component][place.component - 1]
    whole = not place.element or (absent and (row is None or decode(row[0]) != place.segment))
    return Problem(
        code=rule.name,
        message=rule.say.format(*values).removesuffix("."),  # what was found follows in reports
        severity=rule.severity,
        level=rule.level,
        claim=_claim(units),
        loop=_path(view, place) or None,
        segment=place.segment,
        position=position,
        element=None if whole else place.element,
        component=None if whole else place.component or None,
        offset=offset,
        value=decode(value) or None,
        x12=_answer(rule, whole, _called_for(units, rules.triggers[number], view, row)),
        **where,
    )


def told_of_code(
    rules: Ruleset, units: Sequence[Unit], row: Elements, found: CodeFault, where: Mapping[str, Any]
) -> Problem | None:
    """A fault of a code as a problem, among the units that are open; None where level 2 has said something of its segment."""
    unit = units[-1]
    holder = _holder(unit.view, row) or unit.view
    loop, segment = _loops(holder), decode(row[0])
    if (holder[""], segment) in unit.faults:
        return None
    position, offset = _stand(units, row)
    return Problem(
        code=found.code,
        message=found.message,
        severity=found.severity,
        level=LEVEL_OF_CODES,
        claim=_claim(units),
        loop="/".join(loop) or None,
        segment=segment,
        position=position,
        element=found.element,
        component=found.component,
        repetition=found.repetition,
        offset=offset,
        value=None if found.value is None else decode(found.value),
        x12=MappingProxyType({"999": f"IK304=8 IK403={found.x12}"}),
        **where,
    )


def _claim(units: Sequence[Unit]) -> str | None:
    """The number of the claim that the innermost unit is."""
    row = opening(units[-1].view) if units[-1].view is not units[0].view else [b""]
    return decode(row[1]) if row[0] in _CLAIMS and len(row) > 1 else None


def _holder(view: View, row: Elements) -> View | None:
    """The loop that a segment stands in, from a unit downward."""
    for key, held in view.items():
        if key in ("", "^", "sums"):
            continue
        for each in held:
            if each is row:
                return view
            found = _holder(each, row) if isinstance(each, dict) else None
            if found is not None:
                return found
    return None


def _stand(units: Sequence[Unit], row: Elements) -> tuple[int | None, int | None]:
    """The position and the offset of a segment, in the unit at hand or one around it.

    Not in the outermost one that is open: a part of a transaction does not know where that stands.
    """
    for number, unit in enumerate(units):
        for stretch in unit.stretches if number != 1 or unit is units[-1] else ():
            for number, each in enumerate(stretch.rows):
                if each is row:
                    return stretch.position + number + 1, stretch.offsets(number)
    return None, None


def fault(problem: Problem, root: View) -> Fault:
    """Where a problem is, as the rules name it."""
    loop: str = (problem.loop or root[""]).rpartition("/")[2]
    return loop, problem.segment or ""


def _path(view: View, place: Place) -> str:
    """The loops down to the place that a rule names, from a view that stands in or above it."""
    ids = _loops(view)
    if place.start in ids:
        ids = ids[: ids.index(place.start) + 1]
    elif "^" not in view or place.start == "":
        ids = []
    return "/".join((*ids, *place.loops))


def _loops(view: View) -> list[str]:
    """The loops down to one, without the transaction itself."""
    ids: list[str] = []
    while "^" in view:
        ids.insert(0, view[""])
        view = view["^"]
    return ids


def _called_for(units: Sequence[Unit], trigger: Trigger | None, view: View, row: Elements | None) -> str:
    """What called for what a rule asks, as a 999 has it, where that is one segment: CTX=UM/14/5-3/2000E."""
    if trigger is None:
        return ""
    place, rows = trigger.place, [row] if row and trigger.within and decode(row[0]) == trigger.place.segment else []
    if not trigger.within:
        views = [around(view, place.start)]
        for loop in place.loops:
            views = [inner for each in views for inner in each.get(loop, ())]
        rows = [found for each in views for key in trigger.keys for found in each.get(key, ())]
    position = _stand(units, rows[0])[0] if len(rows) == 1 else None
    if position is None:
        return ""
    element = f"{place.element or ''}{f'-{place.component}' if place.component else ''}"
    return f" CTX={place.segment}/{position}/{element}/{place.loops[-1] if place.loops else place.start}"


def _answer(rule: Rule, whole: bool, called_for: str) -> Mapping[str, str]:
    """What a 999 says of a situation that the guide asks something in."""
    codes = {"needs": ("IK304=I6", "IK304=8 IK403=I9"), "forbids": ("IK304=I9", "IK304=8 IK403=I13")}.get(rule.asks)
    return MappingProxyType({"999": codes[not whole] + called_for} if codes and rule.level == LEVEL_OF_SITUATIONS else {})


def let_go(unit: Unit) -> None:
    """Take a unit's views apart, which hold each other: no collector is waited for."""
    for view in unit.holders:
        view.clear()
    unit.view.clear()

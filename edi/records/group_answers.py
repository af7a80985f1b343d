"""A functional group answered by a 999: AK1 to AK9, with each set's AK2 to IK5, written as the faults come.

What stands where: x12 core, 005010X231A1. A set is rejected (IK501 R) by errors, accepted with errors (E) where warnings alone
have a code of the 999, else accepted. A group is rejected by errors of its own; else all, some or none of its sets say how it
is (A or E, P, R).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from edi.errors import ERROR, Problem
from edi.guides.dictionary import dictionary
from edi.guides.guide import LoopUse, SegmentUse, load
from edi.records import acknowledgment as ack
from edi.records.outgoing import Outgoing, clean, digits
from edi.text.redaction import shown
from edi.text.segments import Delimiters, Segment

GUIDE: Final = "005010X231A1"
GUIDE_LEVELS: Final = 2
"""What is wrong at these levels rejects a transaction; what is wrong above refuses a claim of an 837."""
CLAIMS: Final = "837"
_SEGMENT_AT_FAULT: Final = "5"
_GUIDE_AT_FAULT: Final = "I5"
_ELEMENTS_AT_FAULT: Final = "8"
_LONGEST_VALUE: Final = 99
_LONGEST_UNIT: Final = 35
_LONGEST_LOOP: Final = 4
_NO_ID: Final = "???"
"""IK301 of a segment whose id cannot be repeated."""


class GroupReply:
    """A functional group that was received, and the 999 about it (none where `out` is None)."""

    def __init__(self, gs: Segment, out: Outgoing | None) -> None:
        self.gs, self.out = gs, out
        self.batches = 0
        """277CAs written of it."""
        self.rejected = False
        self._codes: list[str] = []
        self._results = Counter[str]()
        if out is not None:
            d = out.delimiters
            out.open_group("FA", GUIDE, gs)
            out.open_set("999", GUIDE)
            version = clean(gs.get(8), d, 12) or "005010"
            out.add([ack.write_group_opening(gs.get(1), digits(gs.get(6)), version, d)])

    @property
    def answered(self) -> bool:
        return self.out is not None

    def fault(self, code: str, rejects: bool) -> None:
        """A fault of the group itself (AK905)."""
        self.rejected |= rejects
        if code not in self._codes:
            self._codes.append(code)

    def add(self, segments: Iterable[Segment]) -> None:
        if self.out is not None:
            self.out.add(segments)

    def result(self, result: str) -> None:
        """What became of a transaction set."""
        self._results[result] += 1

    def end(self, ge: Segment | None) -> None:
        out = self.out
        if out is None:
            return
        received = self._results.total()
        accepted = 0 if self.rejected else received - self._results[ack.REJECTED]
        sent = int(digits(ge.get(1), 6)) if ge is not None else received
        if self.rejected or (received and not accepted):
            result = ack.REJECTED
        elif accepted < received:
            result = ack.PARTLY
        else:
            result = ack.WITH_ERRORS if self._codes or self._results[ack.WITH_ERRORS] else ack.ACCEPTED
        out.add([ack.write_group_result(result, (sent, received, accepted), self._codes, out.delimiters)])
        out.close_set()
        out.close_group()


class SetReply:
    """AK2 to IK5 of one transaction set, written as the faults come; those of one segment go together."""

    def __init__(self, st: Segment, group: GroupReply, d: Delimiters, values: bool) -> None:
        self._group, self._d, self._values = group, d, values
        self._claims = st.get(1) == CLAIMS
        self._told = group.answered and st.get(1) in listed("AK2", 1)
        self._codes: list[str] = []
        self._noted = self._rejected = False
        self._position = 0
        self._faults: dict[ack.SegmentFault, list[ack.ElementFault]] = {}
        if self._told:
            control = clean(st.get(2), d, 9).rjust(4, "0")
            group.add([ack.write_set_opening(st.get(1), control, clean(st.get(3), d, 35), d)])

    @property
    def accepted(self) -> bool:
        return not self._rejected

    def take(self, problem: Problem) -> None:
        """A fault of the set, or of a segment in it."""
        codes = codes_of(problem)
        rejects = problem.severity == ERROR and (bool(codes) or problem.level <= GUIDE_LEVELS)
        self._rejected |= rejects
        self._noted |= bool(codes)
        if "IK304" in codes:
            self._segment(problem, codes)
        elif "IK502" in codes:
            self._code(codes["IK502"])
        elif rejects:
            self._code(_SEGMENT_AT_FAULT)

    def end(self) -> None:
        self._write()
        if not self._told:
            self._group.result(ack.REJECTED)
            self._rejected = True
            return
        result = ack.REJECTED if self._rejected else ack.WITH_ERRORS if self._noted else ack.ACCEPTED
        self._group.result(result)
        self._group.add([ack.write_set_result(result, self._codes, self._d)])

    def _code(self, code: str) -> None:
        if code not in self._codes:
            self._codes.append(code)

    def _segment(self, problem: Problem, codes: Mapping[str, str]) -> None:
        position = problem.position or 1
        if position != self._position:
            self._write()
            self._position = position
        code, element_code = codes["IK304"], codes.get("IK403", "")
        of_guide = code.startswith("I") or element_code.startswith("I")
        self._code(_GUIDE_AT_FAULT if of_guide else _SEGMENT_AT_FAULT)
        loop = (problem.loop or "").rpartition("/")[2]
        contexts = _contexts(problem, codes, self._claims, self._d)
        of_element = code == _ELEMENTS_AT_FAULT and element_code
        fault = ack.SegmentFault(
            segment=_segment_id(problem, self._d),
            position=position,
            loop=loop if len(loop) <= _LONGEST_LOOP else "",
            code=code,
            contexts=tuple(c for c in contexts if not of_element or c.units[0][0] != ack.TRIGGER),
        )
        elements = self._faults.setdefault(fault, [])
        if of_element:
            elements.append(self._element(problem, element_code, contexts))

    def _element(self, problem: Problem, code: str, contexts: tuple[ack.FaultContext, ...]) -> ack.ElementFault:
        element, component = problem.element or 1, problem.component or 0
        value = problem.value if self._values else shown(problem)
        return ack.ElementFault(
            element=element,
            component=component,
            repetition=problem.repetition or 0,
            number=_number(problem.segment or "", element, component),
            code=code,
            value=_repeatable(value or "", self._d),
            contexts=tuple(c for c in contexts if c.units[0][0] == ack.TRIGGER),
        )

    def _write(self) -> None:
        """The faults of one segment."""
        if self._told:
            for fault, elements in self._faults.items():
                self._group.add(ack.write_fault(replace(fault, elements=tuple(elements)), self._d))
        self._faults.clear()


def codes_of(problem: Problem) -> Mapping[str, str]:
    """What a 999 would say: {"IK304": "8", "IK403": "7"}."""
    return _parsed(problem.x12.get("999", ""))


@lru_cache(maxsize=1024)
def _parsed(codes: str) -> Mapping[str, str]:
    return MappingProxyType({name: code for name, _, code in (word.partition("=") for word in codes.split())})


def _contexts(problem: Problem, codes: Mapping[str, str], of_claims: bool, d: Delimiters) -> tuple[ack.FaultContext, ...]:
    """What called for it (where the problem says so: CTX=UM/14/5-3/2000E), and the claim that it is in."""
    found = []
    if "CTX" in codes:
        segment, position, place, loop = [*codes["CTX"].split("/"), "", "", ""][:4]
        element, component = (int(digits(part)) for part in [*place.split("-"), "", ""][:2])
        found.append(
            ack.FaultContext(
                units=((ack.TRIGGER, ""),),
                segment=segment,
                position=int(digits(position)),
                loop=loop if len(loop) <= _LONGEST_LOOP else "",
                element=element,
                component=component,
                number=_number(segment, element, component) if element else 0,
            )
        )
    claim = clean(problem.claim or "", d, _LONGEST_UNIT)
    if of_claims and claim:
        found.append(ack.FaultContext(units=((ack.CLAIM, claim),)))
    return tuple(found)


def _segment_id(problem: Problem, d: Delimiters) -> str:
    found = clean(problem.segment or problem.value or "", d, 4)
    return found if 2 <= len(found) <= 3 else _NO_ID


def _repeatable(value: str, d: Delimiters) -> str:
    """A value as IK404 can repeat it; nothing where it cannot be repeated as it is."""
    cut = value[:_LONGEST_VALUE].rstrip()
    return cut if clean(cut, d, _LONGEST_VALUE) == cut else ""


@lru_cache(maxsize=1024)
def _number(segment: str, element: int, component: int) -> int:
    """The dictionary's number of an element; 0 where a composite or nothing known stands."""
    known = dictionary()
    standard = known.segments.get(segment)
    if standard is None or element > len(standard.places):
        return 0
    place = standard.places[element - 1]
    if place.composite and component:
        places = known.composites[place.reference].places
        if component > len(places):
            return 0
        place = places[component - 1]
    return 0 if place.composite else int(digits(place.reference))


@lru_cache(maxsize=8)
def listed(segment: str, element: int) -> tuple[str, ...]:
    """The codes that the 999's guide has for an element."""
    uses = [use for item in load("x12/999").root.items for use in (item.items if isinstance(item, LoopUse) else (item,))]
    found = next(use for use in uses if isinstance(use, SegmentUse) and use.id == segment)
    return next(use.codes for use in found.elements if use.position == element)

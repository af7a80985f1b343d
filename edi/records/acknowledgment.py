"""TA1 and 999: what a receiver says of an interchange, and of a functional group, set by set.

`write_interchange_answer` is the inverse of `read_interchange_answer`. What `read_group_answer` reads is written piece by piece
(`write_group_opening`, `write_set_opening`, `write_fault` ...), so that nobody need hold it. What the codes mean is in
`x12/acknowledgment.tsv`, as words in `edi.reports.acknowledgments`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from edi.records.values import read_count
from edi.text.segments import Delimiters, Segment, compose, decode

ACCEPTED: Final = "A"
WITH_ERRORS: Final = "E"
PARTLY: Final = "P"
REJECTED: Final = "R"
TRIGGER: Final = "SITUATIONAL TRIGGER"
CLAIM: Final = "CLM01"
"""What a CTX calls a claim by its number."""
MOST_CODES: Final = 5
"""Codes in one IK5 or AK9."""
_OF_997: Final = {"AK3": "IK3", "AK4": "IK4", "AK5": "IK5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeAnswer:
    """TA1: what became of one interchange."""

    control: str
    """ISA13 of the interchange that is answered."""
    date: str
    """Its ISA09, YYMMDD, as sent."""
    time: str
    """Its ISA10."""
    result: str
    """TA104: A accepted, E accepted with errors, R rejected."""
    note: str
    """TA105: why; 000 for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultContext:
    """CTX: the claim (or other record) that a fault is in, or what called for what is missing."""

    units: tuple[tuple[str, str], ...]
    """Names and values: ("CLM01", the claim's number), ("SITUATIONAL TRIGGER", "")."""
    segment: str = ""
    position: int = 0
    loop: str = ""
    element: int = 0
    component: int = 0
    repetition: int = 0
    number: int = 0
    """The dictionary's number of the element."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementFault:
    """IK4: what is wrong with an element."""

    element: int
    component: int = 0
    repetition: int = 0
    number: int = 0
    """The dictionary's number of the element; 0 where it is not said."""
    code: str
    value: str = ""
    contexts: tuple[FaultContext, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFault:
    """IK3: what is wrong with a segment, and with its elements."""

    segment: str
    position: int
    """In the set, ST = 1; of a missing segment that of what was found in its place."""
    loop: str = ""
    code: str = ""
    contexts: tuple[FaultContext, ...] = ()
    elements: tuple[ElementFault, ...] = ()

    @property
    def claim(self) -> str:
        """The number of the claim that the fault is in, where it is said."""
        return next((value for context in self.contexts for name, value in context.units if name == CLAIM), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAnswer:
    """AK2 to IK5: what became of one transaction set."""

    set: str
    control: str
    version: str = ""
    result: str
    """IK501: A accepted, E accepted with errors, R rejected; M, W, X rejected for a reason of security."""
    codes: tuple[str, ...] = ()
    faults: tuple[SegmentFault, ...] = ()

    @property
    def accepted(self) -> bool:
        return self.result in (ACCEPTED, WITH_ERRORS)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAnswer:
    """AK1 to AK9: what became of one functional group. A 997 is read as a 999 is."""

    group: str
    """GS01 of the group that is answered."""
    control: str
    version: str = ""
    result: str
    """AK901: A accepted, E accepted with errors, P partly, R rejected."""
    sent: int = 0
    """Transaction sets by GE01."""
    received: int = 0
    accepted: int = 0
    codes: tuple[str, ...] = ()
    sets: tuple[SetAnswer, ...] = ()


Answer: TypeAlias = InterchangeAnswer | GroupAnswer


# -- TA1 -----------------------------------------------------------------------------------------------------------------------


def read_interchange_answer(ta1: Segment) -> InterchangeAnswer:
    return InterchangeAnswer(control=ta1.get(1), date=ta1.get(2), time=ta1.get(3), result=ta1.get(4), note=ta1.get(5))


def write_interchange_answer(answer: InterchangeAnswer, d: Delimiters) -> Segment:
    return compose(d, "TA1", answer.control, answer.date, answer.time, answer.result, answer.note)


# -- 999 -----------------------------------------------------------------------------------------------------------------------


def read_group_answer(body: Sequence[Segment]) -> GroupAnswer | None:
    """The segments between ST and SE of a 999 or 997; None where there is no AK1. What is missing is a default."""
    head, sets = _parted(body, "AK2")
    group = _first(head, "AK1")
    if group is None:
        return None
    result = _first(body, "AK9")
    return GroupAnswer(
        group=group.get(1),
        control=group.get(2),
        version=group.get(3),
        result=result.get(1) if result else "",
        sent=_count(result, 2),
        received=_count(result, 3),
        accepted=_count(result, 4),
        codes=_codes(result, 5),
        sets=tuple(_read_set(part) for part in sets),
    )


def write_group_opening(group: str, control: str, version: str, d: Delimiters) -> Segment:
    return compose(d, "AK1", group, control, version)


def write_set_opening(set: str, control: str, version: str, d: Delimiters) -> Segment:
    return compose(d, "AK2", set, control, version)


def write_fault(fault: SegmentFault, d: Delimiters) -> Iterator[Segment]:
    """IK3 with what stands below it."""
    yield compose(d, "IK3", fault.segment, str(fault.position), fault.loop, fault.code)
    yield from (_write_context(context, d) for context in fault.contexts)
    for one in fault.elements:
        place = _place(one.element, one.component, one.repetition)
        yield compose(d, "IK4", place, str(one.number or ""), one.code, one.value)
        yield from (_write_context(context, d) for context in one.contexts)


def write_set_result(result: str, codes: Sequence[str], d: Delimiters) -> Segment:
    return compose(d, "IK5", result, *codes[:MOST_CODES])


def write_group_result(result: str, counts: tuple[int, int, int], codes: Sequence[str], d: Delimiters) -> Segment:
    """`counts`: sets by GE01, sets received, sets accepted."""
    return compose(d, "AK9", result, *map(str, counts), *codes[:MOST_CODES])


def _read_set(part: Sequence[Segment]) -> SetAnswer:
    head, faults = _parted(part, "IK3")
    opening, result = head[0], _first(part, "IK5")
    return SetAnswer(
        set=opening.get(1),
        control=opening.get(2),
        version=opening.get(3),
        result=result.get(1) if result else "",
        codes=_codes(result, 2),
        faults=tuple(_read_fault(fault) for fault in faults),
    )


def _read_fault(part: Sequence[Segment]) -> SegmentFault:
    head, elements = _parted(part, "IK4")
    opening = head[0]
    return SegmentFault(
        segment=opening.get(1),
        position=_count(opening, 2),
        loop=opening.get(3),
        code=opening.get(4),
        contexts=_read_contexts(head),
        elements=tuple(_read_element(element) for element in elements),
    )


def _read_element(part: Sequence[Segment]) -> ElementFault:
    opening = part[0]
    return ElementFault(
        element=_count(opening, 1, 1),
        component=_count(opening, 1, 2),
        repetition=_count(opening, 1, 3),
        number=_count(opening, 2),
        code=opening.get(3),
        value=opening.get(4),
        contexts=_read_contexts(part),
    )


def _read_contexts(segments: Sequence[Segment]) -> tuple[FaultContext, ...]:
    return tuple(_read_context(segment) for segment in segments if segment.id == "CTX")


def _read_context(ctx: Segment) -> FaultContext:
    component = decode(ctx.delimiters.component)
    units = (unit.partition(component) for unit in ctx.repetitions(1))
    return FaultContext(
        units=tuple((name, value) for name, _, value in units),
        segment=ctx.get(2),
        position=_count(ctx, 3),
        loop=ctx.get(4),
        element=_count(ctx, 5, 1),
        component=_count(ctx, 5, 2),
        repetition=_count(ctx, 5, 3),
        number=_count(ctx, 6, 1),
    )


def _write_context(context: FaultContext, d: Delimiters) -> Segment:
    component, repetition = decode(d.component), decode(d.repetition or b"^")
    units = repetition.join(f"{name}{component}{value}" if value else name for name, value in context.units)
    place = _place(context.element, context.component, context.repetition)
    return compose(d, "CTX", units, context.segment, str(context.position or ""), context.loop, place, str(context.number or ""))


def _place(element: int, component: int, repetition: int) -> tuple[str, str, str]:
    return (str(element or ""), str(component or ""), str(repetition or ""))


# -- pieces --------------------------------------------------------------------------------------------------------------------


def _parted(segments: Sequence[Segment], id: str) -> tuple[Sequence[Segment], list[Sequence[Segment]]]:
    """What stands before the first segment with an id, and then each such segment with what follows it."""
    starts = [at for at, segment in enumerate(segments) if _id(segment) == id]
    parts = [segments[start:stop] for start, stop in pairwise([*starts, len(segments)])]
    return segments[: starts[0]] if starts else segments, parts


def _first(segments: Sequence[Segment], id: str) -> Segment | None:
    return next((segment for segment in segments if _id(segment) == id), None)


def _id(segment: Segment) -> str:
    return _OF_997.get(segment.id, segment.id)


def _count(segment: Segment | None, element: int, component: int = 0) -> int:
    return (read_count(segment.get(element, component)) or 0) if segment else 0


def _codes(segment: Segment | None, first: int) -> tuple[str, ...]:
    if segment is None:
        return ()
    return tuple(code for at in range(first, first + MOST_CODES) if (code := segment.get(at)))

"""837: one claim with all that stands above it, apart from the file that it came in; and such claims written as a file again.

What is kept of a claim is the bytes from the ISA to its last segment, without the other claims and levels between them. Each
such claim becomes a transaction of its own, under its header and its levels. What must be new in a file that is sent again:

    ISA09 10 13, GS04 05 06, ST02, BHT03 04 05   numbers and the clock; BHT02 says that it is the original (00)
    HL01 02 04                                   levels counted from 1; 2000B has a level below it, or none
    SE, GE, IEA                                  the counts and numbers that go with these

Every other byte is as it was. The clock and the control number are arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edi.errors import RecordError
from edi.guides.document import Unit, units
from edi.records.claim import Claim, claim_of, is_claim
from edi.records.values import write_date
from edi.text.segments import Segment, Source, compose

_ISA: Final = (1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16)
"""The elements that say from whom an interchange goes to whom, and how it is written."""
_GS: Final = (1, 2, 3, 7, 8)
_ORIGINAL: Final = "00"


def single(unit: Unit) -> bytes:
    """A claim's bytes (2300) behind those of its ISA, GS, header and levels."""
    context = unit.context
    above = (context.isa, context.gs, context.header, *context.parents)
    return b"".join(bytes(part) for part in (*above, unit.loop) if part is not None)


def read_single(data: bytes) -> Unit:
    """The claim that `single` gave the bytes of, in its context. A RecordError where there is none, or no envelope."""
    unit = next(filter(is_claim, units(data, compiled=False)), None)
    if unit is None or unit.context.isa is None or unit.context.gs is None:
        raise RecordError("There is no claim (837) in an envelope here.")
    return unit


def read_sent(source: Source) -> Iterator[tuple[Claim, bytes]]:
    """Every claim of a source whose guide is known, with its bytes as `single` gives them."""
    return ((claim_of(unit), single(unit)) for unit in units(source) if is_claim(unit))


@dataclass(frozen=True, slots=True)
class Batch:
    """Claims that go in one interchange, in one group."""

    claims: tuple[Unit, ...]

    @property
    def sender(self) -> tuple[str, str]:
        """ISA05 and ISA06."""
        isa = _isa(self.claims[0])
        return isa.get(5).strip(), isa.get(6).strip()

    @property
    def receiver(self) -> tuple[str, str]:
        """ISA07 and ISA08."""
        isa = _isa(self.claims[0])
        return isa.get(7).strip(), isa.get(8).strip()

    @property
    def usage(self) -> str:
        """ISA15."""
        return _isa(self.claims[0]).get(15).strip()

    def write(self, control: int, now: datetime) -> bytes:
        """The interchange with this number (ISA13, GS06, and the beginning of each BHT03), made at `now`, a local time."""
        day, clock = write_date(now.date()), f"{now:%H%M}"
        isa = _isa(self.claims[0]).replaced(9, day[2:]).replaced(10, clock).replaced(13, f"{control:09d}")
        gs = _gs(self.claims[0]).replaced(4, day).replaced(5, clock).replaced(6, str(control))
        out = [isa, gs]
        for count, unit in enumerate(self.claims, 1):
            out += _transaction(unit, f"{count:04d}", f"{control:09d}{count:04d}", day, clock)
        out += _ending(gs, "GE", str(len(self.claims)), str(control)), _ending(isa, "IEA", "1", f"{control:09d}")
        return b"".join(map(bytes, out))


def batches(claims: Iterable[Unit]) -> list[Batch]:
    """Claims by the interchange that they can go in: they have sender, receiver, usage, guide and delimiters in common."""
    found: dict[tuple[object, ...], list[Unit]] = {}
    for unit in claims:
        isa, gs = _isa(unit), _gs(unit)
        elements = (*(isa.raw_element(n) for n in _ISA), *(gs.raw_element(n) for n in _GS))
        found.setdefault((unit.context.delimiters, isa.end, *elements), []).append(unit)
    return [Batch(tuple(together)) for together in found.values()]


def _isa(unit: Unit) -> Segment:
    assert unit.context.isa is not None, "read_single sees to it"
    return unit.context.isa


def _gs(unit: Unit) -> Segment:
    assert unit.context.gs is not None, "read_single sees to it"
    return unit.context.gs


def _transaction(unit: Unit, number: str, reference: str, day: str, clock: str) -> list[Segment]:
    context = unit.context
    assert context.header is not None, "a claim is read by its guide, behind a header"
    new: dict[str, Callable[[Segment], Segment]] = {
        "ST": lambda st: st.replaced(2, number),
        "BHT": lambda bht: bht.replaced(2, _ORIGINAL).replaced(3, reference).replaced(4, day).replaced(5, clock),
    }
    segments = [new.get(segment.id, _same)(segment) for segment in context.header.walk()]
    for count, level in enumerate(context.parents, 1):
        last = count == len(context.parents)
        segments += [_level(each, count, last=last) if each.id == "HL" else each for each in level.walk()]
    segments += unit.loop.walk()
    count = sum(bool(segment.raw) for segment in segments)
    return [*segments, _ending(segments[0], "SE", str(count + 1), number)]


def _same(segment: Segment) -> Segment:
    return segment


def _level(hl: Segment, number: int, *, last: bool) -> Segment:
    return hl.replaced(1, str(number)).replaced(2, str(number - 1) if number > 1 else "").replaced(4, "0" if last else "1")


def _ending(begun: Segment, *elements: str) -> Segment:
    """The segment that closes what another one opened, with the line break of that."""
    return compose(begun.delimiters, *elements, end=begun.end)

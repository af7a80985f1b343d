"""ISA/GS/ST ... SE/GE/IEA: open, number, count, close.

What an envelope must keep (counts, control numbers, uniqueness) is judged here; the shape of its elements is judged with
`x12/envelope.guide`, like that of any other segment.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final

from edi.errors import Problem
from edi.text.segments import Segment, decode

ENVELOPE: Final = frozenset((b"ISA", b"IEA", b"GS", b"GE", b"ST", b"SE", b"TA1"))
ISA_LENGTH: Final = 106
_VERSION: Final = re.compile(rb"00[2-8]0\d\Z")
"""ISA12: 00200 to 00802 and what is published in between (X12's versions and releases)."""


class Envelope:
    """Follows the envelopes of one source; each fault goes to `emit`. What is open stands in `isa`, `gs` and `st`."""

    def __init__(self, emit: Callable[[Problem], None]) -> None:
        self._emit = emit
        self.isa: Segment | None = None
        self.gs: Segment | None = None
        self.st: Segment | None = None
        self._groups = self._sets = 0
        self._group_numbers: set[str] = set()
        self._set_numbers: set[str] = set()

    @property
    def where(self) -> dict[str, Any]:
        """The control numbers of what is open: interchange, group, transaction."""
        return {
            "interchange": self.isa.get(13).strip() if self.isa else None,
            "group": self.gs.get(6) if self.gs else None,
            "transaction": self.st.get(2) if self.st else None,
        }

    def take(self, segment: Segment, position: int = 0) -> None:
        """One envelope segment. For SE, `position` is its place in the set, counted from ST = 1."""
        getattr(self, f"_{segment.id.lower()}")(segment, position)

    def finish(self, offset: int, tail: Segment | None) -> None:
        """The source ends at `offset`; `tail` is a last segment without its terminator."""
        if tail is not None:
            self.cut_off(tail, f"The file ends at byte {offset} inside a segment: it was cut off")
        self._end_interchange(offset)

    def cut_off(self, segment: Segment, how: str) -> None:
        """A segment has no end."""
        self._fault("cut-off", how, segment, "TA1", "TA105=023")

    def outside(self, segment: Segment) -> None:
        """A segment that stands in no transaction."""
        if self.isa is None:
            self._fault("isa-missing", "This is not inside an interchange: no ISA before it", segment, "TA1", "TA105=024")
        else:
            self._fault("segment-outside", "This segment stands outside every transaction", segment, "TA1", "TA105=024")

    # -- opening -----------------------------------------------------------------------------------------------------

    def _isa(self, segment: Segment, position: int) -> None:
        self._end_interchange(segment.offset)
        self.isa = segment
        self._groups = 0
        self._group_numbers.clear()
        if len(segment.raw) + 1 != ISA_LENGTH:
            self._fault(
                "isa-length",
                f"The ISA has {len(segment.raw) + 1} bytes with its terminator, it must have {ISA_LENGTH}",
                segment,
                "TA1",
                "TA105=022",
            )
        d, repetition, version = segment.delimiters, segment.raw_element(11), segment.raw_element(12)
        if len(version) == 5 and not _VERSION.match(version):
            text = "ISA12 is no version of X12, such as 00401 or 00501"
            self._fault("isa-version", text, segment, "TA1", "TA105=017", element=12, value=decode(version))
        elif version < b"00402" and repetition not in (b"", b"U"):
            text = f"ISA11 must be U in version {decode(version)}: elements do not repeat before 00402"
            self._fault("isa-standard", text, segment, "TA1", "TA105=016", element=11, value=decode(repetition))
        used = [d.element, d.component, d.segment]
        if version >= b"00402" and not repetition.isalnum():
            used.append(repetition)
        if len(set(used)) < len(used):
            self._fault("isa-delimiters", "The delimiters must differ from each other", segment, "TA1", "TA105=027")

    def _gs(self, segment: Segment, position: int) -> None:
        if self.isa is None:
            self.outside(segment)
        self._end_group(segment.offset)
        self.gs = segment
        self._groups += 1
        self._sets = 0
        self._set_numbers.clear()
        number = segment.get(6)
        if number in self._group_numbers:
            self._fault("gs-control-repeated", "GS06 was used before in this interchange", segment, "999", "AK905=19", element=6)
        self._group_numbers.add(number)

    def _st(self, segment: Segment, position: int) -> None:
        if self.gs is None:
            self.outside(segment)
        self.close_set(segment.offset)
        self.st = segment
        self._sets += 1
        number = segment.get(2)
        if number in self._set_numbers:
            self._fault(
                "st-control-repeated", "ST02 was used before in this group", segment, "999", "IK502=23", element=2, position=1
            )
        self._set_numbers.add(number)

    def _ta1(self, segment: Segment, position: int) -> None:
        if self.isa is None or self.gs is not None or self._groups:
            self._fault("ta1-misplaced", "TA1 belongs behind ISA, before the first GS", segment, "TA1", "TA105=024")

    # -- closing -----------------------------------------------------------------------------------------------------

    def _se(self, segment: Segment, position: int) -> None:
        if self.st is None:
            self.outside(segment)
            return
        if segment.get(1).strip() not in (str(position), str(position).zfill(len(segment.get(1)))):
            self._fault(
                "se-count",
                f"SE01 should be {position}, the number of segments from ST to SE",
                segment,
                "999",
                "IK502=4",
                element=1,
                position=position,
                value=segment.get(1),
            )
        if segment.get(2) != self.st.get(2):
            self._fault(
                "se-control",
                "SE02 must be the control number in ST02",
                segment,
                "999",
                "IK502=3",
                element=2,
                position=position,
                value=segment.get(2),
            )
        self.st = None

    def _ge(self, segment: Segment, position: int) -> None:
        self.close_set(segment.offset)
        if self.gs is None:
            self.outside(segment)
            return
        self._count(segment, self._sets, "ge-count", "GE01", "transaction sets in the group", "999", "AK905=5")
        if segment.get(2) != self.gs.get(6):
            self._fault(
                "ge-control",
                "GE02 must be the control number in GS06",
                segment,
                "999",
                "AK905=4",
                element=2,
                value=segment.get(2),
            )
        self.gs = None

    def _iea(self, segment: Segment, position: int) -> None:
        self._end_group(segment.offset)
        if self.isa is None:
            self.outside(segment)
            return
        self._count(segment, self._groups, "iea-count", "IEA01", "groups in the interchange", "TA1", "TA105=021")
        if segment.get(2).strip() != self.isa.get(13).strip():
            self._fault(
                "iea-control",
                "IEA02 must be the control number in ISA13",
                segment,
                "TA1",
                "TA105=001",
                element=2,
                value=segment.get(2),
            )
        self.isa = None

    def _count(self, segment: Segment, count: int, code: str, name: str, what: str, answer: str, x12: str) -> None:
        said = segment.get(1).strip()
        if not (said.isascii() and said.isdigit()) or int(said[:12]) != count:
            self._fault(code, f"{name} should be {count}, the number of {what}", segment, answer, x12, element=1, value=said)

    def close_set(self, offset: int) -> None:
        """The set that is open has no SE, and ends before `offset`. Nothing happens where none is open."""
        if self.st is not None:
            self._absent("SE", "se-missing", f"Transaction {self.st.get(2)} has no SE", offset, "999", "IK502=2")
            self.st = None

    def _end_group(self, offset: int) -> None:
        self.close_set(offset)
        if self.gs is not None:
            self._absent("GE", "ge-missing", f"Group {self.gs.get(6)} has no GE", offset, "999", "AK905=3")
            self.gs = None

    def _end_interchange(self, offset: int) -> None:
        self._end_group(offset)
        if self.isa is not None:
            self._absent("IEA", "iea-missing", f"Interchange {self.isa.get(13).strip()} has no IEA", offset, "TA1", "TA105=023")
            self.isa = None

    # -- problems ----------------------------------------------------------------------------------------------------

    def _absent(self, name: str, code: str, message: str, offset: int, answer: str, x12: str) -> None:
        self._emit(
            Problem(code=code, message=message, segment=name, offset=offset, x12=MappingProxyType({answer: x12}), **self.where)
        )

    def _fault(
        self,
        code: str,
        message: str,
        segment: Segment,
        answer: str,
        x12: str,
        *,
        element: int | None = None,
        position: int | None = None,
        value: str | None = None,
    ) -> None:
        name = decode(segment.elements[0][:3])
        self._emit(
            Problem(
                code=code,
                message=message,
                segment=name or None,
                element=element,
                position=position,
                offset=segment.offset,
                value=value,
                x12=MappingProxyType({answer: x12}),
                **self.where,
            )
        )

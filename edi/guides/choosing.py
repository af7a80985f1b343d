"""Which guide a transaction is judged by: ST01, its version, and BHT02 where two guides share those."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from edi.errors import Problem
from edi.guides.guide import Guide, purposes, select
from edi.text.envelope import ENVELOPE
from edi.text.segments import Segment
from edi.text.window import Window

BEFORE_BHT: Final = 8
"""So many segments behind ST are looked through for the BHT."""


class Purpose(NamedTuple):
    """What tells guides of one version apart: the codes of BHT02 (none where one guide serves), the BHT, and its place."""

    codes: tuple[str, ...]
    position: int
    offset: int
    bht: Segment | None

    @property
    def code(self) -> str:
        """BHT02, "" where there is none."""
        return self.bht.get(2) if self.bht is not None else ""


def purpose(window: Window, match: re.Match[bytes], segment: Segment, version: str) -> Purpose:
    """The purpose of a transaction, whose ST was cut from the window; its BHT is found also when something stands before it."""
    set, start = segment.get(1), window.base + match.end()
    codes = purposes(set, segment.get(3).strip()) or purposes(set, version)
    for position in range(2, BEFORE_BHT + 2) if codes else ():
        found = window.cutter.match(window.data, match.end())
        if found is None:
            break
        behind = window.segment(found)
        if behind.id == "BHT":
            return Purpose(codes, position, behind.offset, behind)
        if behind.elements[0] in ENVELOPE:
            break
        match = found
    return Purpose(codes, 2, start, None)


def chosen(segment: Segment, version: str, code: str) -> Guide | None:
    """The guide by ST, by the group's version (GS08) where ST03 names none, and by BHT02."""
    convention = segment.get(3).strip()
    return select(segment.get(1), convention or version, code) or select(segment.get(1), version, code)


def unclear(purpose: Purpose, where: Mapping[str, Any]) -> Problem:
    """No guide for want of a BHT02 that tells one: that is what is wrong."""
    code, element, x12, value = "segment-missing", None, "IK304=3", purpose.code or None
    message = "BHT is missing, whose BHT02 tells the guide: only the envelope is judged"
    if purpose.bht is not None:
        code, element, x12 = ("element-code", 2, "IK304=8 IK403=7") if value else ("element-missing", 2, "IK304=8 IK403=1")
        message = f"BHT02 must be one of {', '.join(purpose.codes)}, it tells the guide: only the envelope is judged"
    return Problem(
        code=code,
        message=message,
        level=2,
        segment="BHT",
        position=purpose.position,
        element=element,
        offset=purpose.offset,
        value=value,
        x12=MappingProxyType({"999": x12}),
        **where,
    )

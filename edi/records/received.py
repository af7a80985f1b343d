"""Acknowledgments that were received: every TA1, 999 (or 997) and 277CA of a source, as records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from edi.records.acknowledgment import GroupAnswer, InterchangeAnswer, read_group_answer, read_interchange_answer
from edi.records.claim_acknowledgment import PURPOSE, VERSION, ClaimBatch, read_batch
from edi.text.envelope import ENVELOPE
from edi.text.segments import Segment, Source, read

Acknowledgment: TypeAlias = InterchangeAnswer | GroupAnswer | ClaimBatch
_FUNCTIONAL: Final = ("999", "997")
_CLAIMS: Final = "277"


def read_acknowledgments(source: Source) -> Iterator[Acknowledgment]:
    """Each acknowledgment, in order, in the memory of one transaction set; what is none is passed over.

    Nothing is judged: what cannot be read is a default, and a set that is cut off says as much as is there.
    """
    st: Segment | None = None
    gs: Segment | None = None
    body: list[Segment] = []
    for segment in read(source):
        name = segment.elements[0]
        if name not in ENVELOPE:
            if st is not None and segment.raw:
                body.append(segment)
            continue
        if st is not None:
            yield from _of_set(st, gs, body)
        st, body = None, []
        if name == b"TA1":
            yield read_interchange_answer(segment)
        elif name == b"GS":
            gs = segment
        elif name == b"ST" and segment.get(1) in (*_FUNCTIONAL, _CLAIMS):
            st = segment
    if st is not None:
        yield from _of_set(st, gs, body)


def _of_set(st: Segment, gs: Segment | None, body: list[Segment]) -> Iterator[Acknowledgment]:
    if st.get(1) in _FUNCTIONAL:
        group = read_group_answer(body)
        if group is not None:
            yield group
    elif (st.get(3) or (gs.get(8) if gs else "")) == VERSION or any(s.id == "BHT" and s.get(1) == PURPOSE for s in body[:1]):
        yield read_batch(body)

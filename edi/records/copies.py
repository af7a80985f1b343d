"""One transaction apart from the file that it came in: its own bytes, behind those of its ISA and GS, and closed again."""

from __future__ import annotations

from edi.guides.document import Unit
from edi.text.segments import Segment, compose, read


def copy_of(unit: Unit) -> bytes:
    """A transaction's bytes, from ST to SE, behind those of its ISA and GS."""
    context = unit.context
    return b"".join(bytes(part) for part in (context.isa, context.gs, unit.loop) if part is not None)


def closed(copy: bytes) -> bytes:
    """What `copy_of` gave, as an interchange of one transaction: behind it GE and IEA, with the numbers that it came with.

    One that was cut off before its SE stays as it is.
    """
    segments = [segment for segment in read(copy) if segment.raw]
    begun = {segment.id: segment for segment in segments if segment.id in ("ISA", "GS")}
    if len(begun) < 2 or segments[-1].id != "SE":
        return copy
    group, interchange = begun["GS"], begun["ISA"]
    return copy + bytes(_ending(group, "GE", group.get(6))) + bytes(_ending(interchange, "IEA", interchange.get(13)))


def _ending(begun: Segment, name: str, number: str) -> Segment:
    """The segment that closes what another one opened, with the line break of that."""
    return compose(begun.delimiters, name, "1", number, end=begun.end)

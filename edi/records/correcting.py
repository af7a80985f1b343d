"""837: a claim made the replacement, the void or the new claim that comes after it.

CLM05-3 says what it is, REF*F8 of 2300 names the payer's claim that it replaces or voids; the place of the REF is the guide's.
All else stays, byte for byte.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from edi.errors import RecordError
from edi.guides.document import Unit
from edi.guides.path import PathError
from edi.records.numbering import check_number
from edi.text.segments import Segment, compose, decode

ORIGINAL: Final = "F8"


def recast(unit: Unit, *, frequency: str, original: str = "") -> None:
    """Write CLM05-3 and REF*F8 into a claim; without `original` it has no REF*F8. What X12 cannot carry is a RecordError."""
    loop = unit.loop
    if not all(segment.complete for segment in loop.walk() if segment.raw):
        raise RecordError("The claim is cut off: it has a segment without an end.")
    loop.set("CLM-05-3", frequency)
    held = loop.every("REF", ORIGINAL)
    if not original:
        for ref in held:
            loop.remove(ref)
        return
    check_number(original, unit.context.delimiters, "The payer's claim number")
    for ref in held[1:]:
        loop.remove(ref)
    if held:
        loop.replace(held[0], held[0].replaced(2, original))
        return
    try:
        loop.insert(compose(unit.context.delimiters, "REF", ORIGINAL, original))
    except PathError:
        raise RecordError("The guide has no place for the payer's claim number (REF*F8) in this claim.") from None


def differing(one: Unit, other: Unit) -> tuple[str, ...]:
    """In which segments two readings of a claim, with its levels, differ: their ids, of a REF with its qualifier (REF*G1).

    What `recast` writes, and the count of levels, is left out of account.
    """
    ours, theirs = _said(one), _said(other)
    differing = (*(theirs - ours), *(ours - theirs))
    return tuple(dict.fromkeys("*".join(said[:2]) if said[0] == "REF" else said[0] for said in differing))


def _said(unit: Unit) -> Counter[tuple[str, ...]]:
    """What the segments of a claim and its levels say, whatever the delimiters."""
    found: Counter[tuple[str, ...]] = Counter()
    for loop in (*unit.context.parents, unit.loop):
        for segment in loop.walk():
            if segment.raw and segment.id != "HL" and not (segment.id == "REF" and segment.get(1) == ORIGINAL):
                found[_elements(segment)] += 1
    return found


def _elements(segment: Segment) -> tuple[str, ...]:
    component = decode(segment.delimiters.component)
    elements = [decode(element).replace(component, ":") for element in segment.elements]
    if segment.id == "CLM" and len(elements) > 5:  # the frequency, which is what changes
        elements[5] = ":".join(segment.components(5)[:2])
    return tuple(elements)

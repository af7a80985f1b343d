"""837: an authorization number put where its guide wants it, and taken out again.

REF*G1 in 2300 is the claim's, in 2400 the line's own; there REF04 names another payer than the destination. The place within the
loop is the guide's (`Loop.insert`); no other byte changes.
"""

from __future__ import annotations

from typing import Final

from edi.errors import RecordError
from edi.guides.document import Loop, Unit
from edi.guides.elements import BASIC_AND_EXTENDED
from edi.guides.path import PathError
from edi.records.claim import AUTHORIZATION, LINE, OTHER_PAYER, is_claim, payer_of
from edi.text.segments import Delimiters, Segment, compose, decode

LONGEST: Final = 50
"""REF02."""
_MOST_ON_A_LINE: Final = 5
_FIRST_ACCENT: Final = 0xA0


def put_number(unit: Unit, number: str, *, line: str | None = None, payer_id: str = "", replace: str = "") -> str:
    """Write `number` as REF*G1 of a claim, or of its line (LX01), byte for byte; the loop where it stands then, 2300 or 2400.

    `payer_id` is another payer's (NM109 of a 2330B), for a line. A number that is there already stays alone: the same one is no
    change, `replace` names the one that may be written over, any other is a RecordError. So is what X12 cannot carry, and a line
    of an institutional claim, which has no number of its own.
    """
    _check(number, unit.context.delimiters, "The authorization number")
    loop = _target(unit, line)
    if payer_id:
        _check_payer(unit, payer_id, line)
    held = [ref for ref in loop.every("REF", AUTHORIZATION) if payer_of(ref) == payer_id]
    if len(held) > 1:
        raise RecordError(f"Loop {loop.id} has {len(held)} authorization numbers (REF*G1) already.")
    if held:
        return _over(loop, held[0], number, replace)
    if line is not None and len(loop.every("REF", AUTHORIZATION)) >= _MOST_ON_A_LINE:
        raise RecordError(f"Loop {loop.id} has {_MOST_ON_A_LINE} authorization numbers (REF*G1) already.")
    if not all(segment.complete for segment in loop.segments() if segment.raw):
        raise RecordError("The claim is cut off: it has a segment without an end.")
    named = ("", (OTHER_PAYER, payer_id)) if payer_id else ()
    try:
        loop.insert(compose(unit.context.delimiters, "REF", AUTHORIZATION, number, *named))
    except PathError:
        raise RecordError(f"The guide has no place for an authorization number (REF*G1) in this loop {loop.id}.") from None
    return loop.id


def remove_number(unit: Unit, number: str, *, line: str | None = None, payer_id: str = "") -> None:
    """The inverse of `put_number`: take REF*G1 with this number out of a claim, or of its line."""
    loop = _target(unit, line)
    for ref in loop.every("REF", AUTHORIZATION):
        if ref.get(2) == number and payer_of(ref) == payer_id:
            loop.remove(ref)
            return
    raise RecordError(f"Loop {loop.id} does not have this authorization number (REF*G1).")


def _target(unit: Unit, line: str | None) -> Loop:
    if not is_claim(unit):
        raise RecordError("Only a claim (loop 2300) can have an authorization number.")
    if line is None:
        return unit.loop
    found = [loop for loop in unit.loop.loops(LINE) if (lx := loop.first("LX")) and lx.get(1) == line]
    if len(found) != 1:
        raise RecordError(f"The claim has {'several lines' if found else 'no line'} with the number (LX01) that was named.")
    return found[0]


def _over(loop: Loop, ref: Segment, number: str, replace: str) -> str:
    if ref.get(2) == number:
        return loop.id
    if not replace or ref.get(2) != replace:
        raise RecordError(f"Loop {loop.id} has another authorization number (REF*G1), which was not to be replaced.")
    loop.replace(ref, ref.replaced(2, number))
    return loop.id


def _check_payer(unit: Unit, payer_id: str, line: str | None) -> None:
    """REF04 exists on lines only, and must point to one of the claim's other payers."""
    _check(payer_id, unit.context.delimiters, "The payer id")
    if line is None:
        raise RecordError("Another payer's number stands in its loop 2330B, or on a line, not in 2300.")
    payers = (inner.loop("2330B") for inner in unit.loop.loops("2320"))
    if payer_id not in {name.get(9) for payer in payers if payer and (name := payer.first("NM1"))}:
        raise RecordError("The claim has no other payer (2330B) with this id.")


def _check(value: str, delimiters: Delimiters, name: str) -> None:
    if not 1 <= len(value) <= LONGEST:
        raise RecordError(f"{name} must have 1 to {LONGEST} characters.")
    if value != value.strip(" "):
        raise RecordError(f"{name} must not begin or end with a blank.")
    used = {decode(d) for d in (delimiters.element, delimiters.component, delimiters.segment, delimiters.repetition) if d}
    for at, character in enumerate(value, 1):
        if character in used:
            raise RecordError(f"{name}: character {at} is {character!r}, a delimiter of this file.")
        code = ord(character)
        if code > 0xFF or (code not in BASIC_AND_EXTENDED and code < _FIRST_ACCENT):
            raise RecordError(f"{name}: character {at} is not in X12's character sets.")

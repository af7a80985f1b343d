"""837: the number of an authorization or a referral put where its guide wants it, and taken out again.

    REF*G1, REF*9F in 2300     the destination payer's, for the whole claim
    in 2330B                   that other payer's, for the whole claim
    in 2400                    the line's own; REF04 names the payer where it is not the destination (837P, 837D)

The place within the loop is the guide's (`Loop.insert`); no other byte changes.
"""

from __future__ import annotations

from typing import Final

from edi.errors import RecordError
from edi.guides.document import Loop, Unit
from edi.guides.elements import BASIC_AND_EXTENDED
from edi.guides.path import PathError
from edi.records.claim import AUTHORIZATION, LINE, OTHER_PAYER, OTHER_PAYER_LOOP, REFERRAL, is_claim, payer_of
from edi.text.segments import Delimiters, Segment, compose, decode

LONGEST: Final = 50
"""REF02."""
QUALIFIERS: Final = {"authorization": AUTHORIZATION, "referral": REFERRAL}
"""REF01 by the kind of a number, as `Authorization.kind` has it."""
_MOST_ON_A_LINE: Final = 5
_FIRST_ACCENT: Final = 0xA0


class UnfitNumberError(RecordError):
    """A number, or a payer's id, that this file cannot hold anywhere."""


class NoRoomError(RecordError):
    """The guide has no room for one number more there."""


class OtherNumberError(RecordError):
    """Another number stands there, and is not to be replaced."""


def put_number(
    unit: Unit, number: str, *, line: str | None = None, payer_id: str = "", replace: str = "", kind: str = "authorization"
) -> str:
    """Write `number` into a claim, or its line (LX01), byte for byte; the loop where it stands then: 2300, 2330B or 2400.

    As REF*G1, or of the `kind` "referral" as REF*9F. `payer_id` is another payer's (NM109 of a 2330B). A number of the kind that
    is there already stays alone: the same one is no change, `replace` names the one that may be written over, any other is an
    OtherNumberError. What X12 cannot carry is an UnfitNumberError; a line that is full, or one of an institutional claim, which
    has no number of its own, a NoRoomError; that it cannot be said where the number goes, a RecordError.
    """
    qualifier = QUALIFIERS[kind]
    check_number(number, unit.context.delimiters, f"The {kind} number")
    loop, named = _target(unit, line, payer_id)
    held = [ref for ref in loop.every("REF", qualifier) if payer_of(ref) == named]
    if len(held) > 1:
        raise OtherNumberError(f"Loop {loop.id} has {len(held)} {kind} numbers (REF*{qualifier}) already.")
    if held:
        return _over(loop, held[0], number, replace, kind)
    if named:
        _other_payer(unit, named)
    if line is not None and len(loop.every("REF", qualifier)) >= _MOST_ON_A_LINE:
        raise NoRoomError(f"Loop {loop.id} has {_MOST_ON_A_LINE} {kind} numbers (REF*{qualifier}) already.")
    if not all(segment.complete for segment in loop.segments() if segment.raw):
        raise RecordError("The claim is cut off: it has a segment without an end.")
    payer = ("", (OTHER_PAYER, named)) if named else ()
    try:
        loop.insert(compose(unit.context.delimiters, "REF", qualifier, number, *payer))
    except PathError:
        raise NoRoomError(f"The guide has no place for the {kind} number (REF*{qualifier}) in this loop {loop.id}.") from None
    return loop.id


def remove_number(unit: Unit, number: str, *, line: str | None = None, payer_id: str = "", kind: str = "authorization") -> None:
    """The inverse of `put_number`: take the REF with this number out of a claim, or of its line."""
    loop, named = _target(unit, line, payer_id)
    for ref in loop.every("REF", QUALIFIERS[kind]):
        if ref.get(2) == number and payer_of(ref) == named:
            loop.remove(ref)
            return
    raise RecordError(f"Loop {loop.id} does not have this {kind} number (REF*{QUALIFIERS[kind]}).")


def _target(unit: Unit, line: str | None, payer_id: str) -> tuple[Loop, str]:
    """The loop that a number belongs into, and the payer that REF04 names there, on lines alone."""
    if not is_claim(unit):
        raise RecordError("Only a claim (loop 2300) can have such a number.")
    if line is None:
        return _other_payer(unit, payer_id) if payer_id else unit.loop, ""
    found = [loop for loop in unit.loop.loops(LINE) if [*map(decode, loop.opening[:2])] == ["LX", line]]
    if len(found) != 1:
        raise RecordError(f"The claim has {'several lines' if found else 'no line'} with the number (LX01) that was named.")
    return found[0], payer_id


def _other_payer(unit: Unit, payer_id: str) -> Loop:
    """The 2330B of an other payer. REF04 must point to one of the claim's, and only one can be meant."""
    check_number(payer_id, unit.context.delimiters, "The payer id")
    payers = [payer for inner in unit.loop.loops("2320") if (payer := inner.loop(OTHER_PAYER_LOOP))]
    found = [payer for payer in payers if (name := payer.first("NM1")) and name.get(9) == payer_id]
    if len(found) != 1:
        raise RecordError(f"The claim has {'several other payers' if found else 'no other payer'} (2330B) with this id.")
    return found[0]


def _over(loop: Loop, ref: Segment, number: str, replace: str, kind: str) -> str:
    if ref.get(2) == number:
        return loop.id
    if not replace or ref.get(2) != replace:
        raise OtherNumberError(f"Loop {loop.id} has another {kind} number (REF*{ref.get(1)}), which was not to be replaced.")
    loop.replace(ref, ref.replaced(2, number))
    return loop.id


def check_number(value: str, delimiters: Delimiters, name: str, whose: str = "this file") -> None:
    """See that a value can stand in an element of a file with these delimiters, `whose` they are; else an UnfitNumberError."""
    if not 1 <= len(value) <= LONGEST:
        raise UnfitNumberError(f"{name} must have 1 to {LONGEST} characters.")
    if value != value.strip(" "):
        raise UnfitNumberError(f"{name} must not begin or end with a blank.")
    used = {decode(d) for d in (delimiters.element, delimiters.component, delimiters.segment, delimiters.repetition) if d}
    for at, character in enumerate(value, 1):
        if character in used:
            raise UnfitNumberError(f"{name}: character {at} is {character!r}, a delimiter of {whose}.")
        code = ord(character)
        if code > 0xFF or (code not in BASIC_AND_EXTENDED and code < _FIRST_ACCENT):
            raise UnfitNumberError(f"{name}: character {at} is not in X12's character sets.")

"""Questions to the rules as people write them: a procedure with its modifiers, a place, a state; and what else they know."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Final

from edi.errors import RecordError
from edi.guides.rules.requirement import BILLS, MODIFIERS, PLACES, PROCEDURES, STATES, Shape
from edi.linkage.requirements import Query
from edi.records.cells import day_in as day_in

NONE: Final = "NONE"
"""What is said where there are none."""
_PART_A: Final = "MA"
_BETWEEN: Final = re.compile(r"[\s,;]+")
_RUN_ON: Final = re.compile(r"((?:1[1-9]|2[0-9]|3[1-9]|[4-9][0-9]|[AEGHJ-MP-V][0-9])[0-9]{3})([0-9A-Z]{2})")
"""A code of five characters and a modifier without a hyphen. Seven characters of ICD-10-PCS never begin so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a question beside what a request says, as `Query` has it; None is "not said"."""

    bill: str | None = None
    state: str | None = None
    plans: tuple[str, ...] | None = None
    age: int | None = None
    quantity: Decimal | None = None
    """Of each service, with what went before, as the rule counts."""
    npis: tuple[str, ...] | None = None
    network: bool | None = None
    gold_carded: bool | None = None

    def added_to(self, query: Query) -> Query:
        """A question with this in it, in the place of what it says."""
        said = {field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None}
        return replace(query, **said, unit=query.unit if self.quantity is None else None)


NOTHING_ELSE: Final = Known()


def payer_named(said: str) -> str:
    """Who is asked. MA is no payer: it stands for Medicare in a claim (SBR09), and for Medicare Advantage among people."""
    if said.strip().upper() == _PART_A:
        raise RecordError("is no payer: MEDICARE is Medicare with fees for services, a Medicare Advantage plan has its own name.")
    return said


def procedure_in(said: str) -> tuple[str, tuple[str, ...]]:
    """A code and its modifiers: 27447, or 27447-RT. A RecordError says what is wrong, as of all of these."""
    code, *modifiers = said.upper().split("-")
    if found := _RUN_ON.fullmatch(code):
        raise RecordError(f"is no procedure: a modifier stands behind a hyphen, {found[1]}-{found[2]}.")
    return _shaped(PROCEDURES, code, said), tuple([_shaped(MODIFIERS, each, said) for each in modifiers])


def modifiers_in(said: str) -> tuple[str, ...]:
    """Modifiers with blanks or commas between; () where it is said that there are none."""
    return tuple([_shaped(MODIFIERS, code, said) for code in _codes(said)])


def together_in(said: str) -> tuple[str, ...]:
    """Other procedures, of which modifiers do not count; () where it is said that there are none."""
    return tuple([procedure_in(code)[0] for code in _codes(said)])


def diagnoses_in(said: str) -> tuple[str, ...]:
    """Diagnoses, with a dot or without; () where it is said that there are none."""
    return tuple(_codes(said))


def _codes(said: str) -> list[str]:
    codes = [code for code in _BETWEEN.split(said.upper()) if code]
    return [] if codes == [NONE] else codes


def place_in(said: str) -> str:
    """A place of service with both its digits."""
    return _shaped(PLACES, said.zfill(2), said)


def state_in(said: str) -> str:
    """A state by its two letters."""
    return _shaped(STATES, said.upper(), said)


def bill_in(said: str) -> str:
    """A type of bill with its frequency, without a leading zero; "" where it is said that there is none."""
    if said.upper() == NONE:
        return ""
    return _shaped(BILLS, said.upper().removeprefix("0" if len(said) > 3 else ""), said)


def _shaped(shape: Shape, code: str, said: str) -> str:
    """What was said as a code of this shape; the x of rules, which is any character, is none of a code."""
    if not said.isascii() or "x" in code or not shape.fits(code):
        raise RecordError(f"is no {shape.name}: {shape.words}.")
    return code

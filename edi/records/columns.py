"""Tables of records: their columns, typed and explained, and which of them are about a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from functools import cache
from typing import Any, Final

from edi.text.redaction import Tokens

INTEGER, TEXT, FLAG, DATE, MOMENT = "integer", "text", "flag", "date", "moment"
MONEY, QUANTITY = "money", "quantity"
PLACES: Final = {MONEY: (12, 2), QUANTITY: (18, 6)}
"""Digits in all, and behind the point, of decimals."""
ID, NAME, DAY = "id", "name", "date"
"""Kinds of what is about a person, as `edi.text.redaction` has them."""
_HASH: Final = 8


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its type, what it says, what kind of PHI it is ("" none), and where it comes from, for who made the table."""

    name: str
    type: str
    said: str
    source: Any = None
    phi: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what a row is, the columns that tell rows apart, and all columns."""

    name: str
    said: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]


def within(whose: str, start: Any = None, end: Any = None) -> tuple[Field, Field]:
    """The columns of a period, and where they come from."""
    return (
        Field("period_start", DATE, f"the first day {whose}", start, DAY),
        Field("period_end", DATE, f"the last day {whose}", end, DAY),
    )


TEETH: Final = (
    Field("teeth", TEXT, "dental: the teeth that it is for, with their surfaces: 3-MO 14"),
    Field("oral_cavity", TEXT, "dental: areas of the mouth, with blanks between"),
)
"""Where in the mouth a service is done."""
PAYMENT_LINE: Final = (
    Field("ordinal", INTEGER, "counted from 1"),
    Field("control_number", TEXT, "REF*6R"),
    Field("code", TEXT, "the procedure that was paid"),
    Field("submitted_code", TEXT, "SVC06: the one that was billed, where the payer changed it"),
    Field("revenue_code", TEXT, "SVC04"),
    Field("charge", MONEY, "SVC02"),
    Field("paid", MONEY, "SVC03"),
    Field("units", QUANTITY, "SVC05"),
)
"""What is told of a service line of a payment, whatever names the payment."""
ADJUSTMENT: Final = (
    Field("ordinal", INTEGER, "of payment_lines; 0 for the whole claim"),
    Field("position", INTEGER, "counted from 0 among those of the line or claim"),
    Field("group_code", TEXT, "CO, PR, OA, PI, CR"),
    Field("reason_code", TEXT, "CARC"),
    Field("amount", MONEY, "with its sign"),
    Field("quantity", QUANTITY, "units, where given"),
)
"""What is told of one triplet of a CAS."""


def column(field: Field, values: Iterable[Any], tokens: Tokens | None) -> list[Any]:
    """The values of a column, None where there is nothing. Under `tokens` people are tokens, and their days are left out."""
    if field.phi and tokens is not None:
        if field.phi == DAY:
            return [None for _ in values]
        return [f"{field.phi}-{tokens.digest(field.phi, value, _HASH).hex()}" if value else None for value in values]
    if field.type == TEXT:
        return [value or None for value in values]
    if field.type in PLACES:
        return [fitting(value, field.type) for value in values]
    if field.type == DATE:
        return [date.fromisoformat(value) if isinstance(value, str) else value for value in values]
    return list(values)


def fitting(value: Decimal | str | None, type: str) -> Decimal | None:
    """An amount as a column of this type has it; None where it has no room for it, or would change it."""
    if value is None:
        return None
    exact, least = _exact(type)
    try:
        return Decimal(value).quantize(least, context=exact)
    except (Inexact, InvalidOperation):
        return None


@cache
def _exact(type: str) -> tuple[Context, Decimal]:
    """How a column calculates, and the least amount that it can tell."""
    digits, places = PLACES[type]
    return Context(prec=digits, rounding=ROUND_HALF_EVEN, traps=[Inexact, InvalidOperation]), Decimal(1).scaleb(-places)

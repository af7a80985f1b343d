"""The expressions by which the units of a guide are accepted, many at once."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from edi.guides import chain
from edi.guides.expression import expressions
from edi.guides.guide import Guide, LoopUse, opener
from edi.guides.table import Table, table
from edi.text.segments import Delimiters, decode, encode

RANGE: Final = b"RD8"
"""What says (element 1250) that a range of dates follows."""


class Units:
    """The expressions of one guide for one set of delimiters.

    One match takes all units that follow, as far as they are clean and whole. Units that hold no others and have no level
    (claims, payments) are only counted then; which of the others may stand where is for `stepping` to see.
    """

    def __init__(self, found: Table, delimiters: Delimiters) -> None:
        made = expressions(delimiters)
        self.header = made.whole(made.items(found.header), found.followers)
        self.chain = chain.links(found)
        bodies = dict.fromkeys(unit.items for unit in found.units)  # one loop may stand below several
        self.unit: re.Pattern[bytes] | None = None
        if self.chain:
            self.unit = made.chained(chain.expression(self.chain, sorted(found.followers)))
        elif bodies:
            self.unit = made.run([made.items(items) for items in bodies], found.followers)
        self.qualified: dict[bytes, int] = {}
        """The place of the qualifier in the first segment of a unit, by its id; 0 where there is none."""
        self.inner: dict[tuple[bytes, bytes], tuple[bytes, int | None]] = {}
        """The id of the units that run behind a unit (by its id and qualifier), and how many there may be."""
        self.runs = frozenset(encode(opener(unit).id) for unit in found.units if _runs(unit))
        self.limited = frozenset(encode(opener(unit).id) for unit in found.units if _runs(unit) and unit.most is not None)
        """Those of which there may be only so many."""
        for unit in found.units:
            if _runs(unit):
                continue
            first = opener(unit)
            self.qualified[encode(first.id)] = first.qualifier[0] if first.qualifiers else 0
            inside = [item for item in unit.items if isinstance(item, LoopUse) and item.unit and _runs(item)]
            for code in first.qualifiers or ("",):
                if inside:
                    self.inner[encode(first.id), encode(code)] = (encode(opener(inside[0]).id), inside[0].most)
        element, end = re.escape(delimiters.element), re.escape(delimiters.segment)
        between = b"[" + re.escape(delimiters.element + delimiters.component) + b"]"
        ranged = any(decode(RANGE) in codes for codes in found.codes.values())
        self.ranges = re.compile(RANGE + between + rb"(\d{8})-(\d{8})") if ranged else None
        """The ranges of dates, where the guide has any."""
        self.levels = re.compile(b"(?:(?<=" + end + b")|(?<=[\r\n]))HL" + element + b"[^" + end + b"]*+")


def _runs(unit: LoopUse) -> bool:
    """Whether a unit holds no others and has no number in a hierarchy: then many are stepped over at once."""
    first = opener(unit)
    return not first.qualifiers and first.id != "HL" and not any(isinstance(i, LoopUse) and i.unit for i in unit.items)


@lru_cache(maxsize=32)
def units(guide: Guide, delimiters: Delimiters) -> Units:
    return Units(table(guide), delimiters)

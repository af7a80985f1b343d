"""Until when a payer takes a claim, a corrected claim and an appeal, as data: one `limits` of a file of rules.

What it leaves out it says nothing of. Texts are as in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edi.guides.rules.requirement import Duration, Span, same_payer_named

SERVICE: Final = "service"
LAST_SERVICE: Final = "the last service"
REMITTANCE: Final = "remittance"
RECEIPT: Final = "receipt"


@dataclass(frozen=True, slots=True)
class Limited:
    """So long, counted from the first or the last day of service, from the remittance's date, or from its receipt."""

    within: Duration
    since: str

    def __str__(self) -> str:
        return f"within {self.within} of {self.since}"


@dataclass(frozen=True, slots=True)
class LimitRule:
    """One `limits`: for which claims it speaks, and how long each step may take."""

    name: str
    payer: str
    """"" for every payer."""
    known: tuple[str, ...]
    """The payer's ids and other names."""
    source: str
    start: str = ""
    """The first day of service that it is for (ISO 8601), and the last; "" where there is none."""
    end: str = ""
    for_bills: tuple[Span, ...] = ()
    """Only on these types of bill."""
    file: Limited | None = None
    """A claim, and a new one in its place."""
    correct: Limited | None = None
    """A replacement."""
    appeal: Limited | None = None
    """A first appeal, or a reconsideration."""
    receipt: int = 0
    """So many days after its date a remittance is taken to have come."""
    note: str = ""
    line: int = 0

    def is_for(self, payer: str) -> bool:
        """Whether it is this payer's, by an id or its name; capital letters or small."""
        return same_payer_named(self.payer, self.known, payer)


LIMIT_KINDS: Final = (Limited, LimitRule)
"""What a file of limits is made of besides spans and durations, to be kept in the user's cache."""

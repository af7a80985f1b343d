"""What a payer says by its codes, and what is done about it: edi/835/denials.tsv and edi/835/actions.tsv."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from edi import resources
from edi.errors import DefinitionError

DENIALS: Final = "835/denials.tsv"
ACTIONS: Final = "835/actions.tsv"
OTHER: Final = "other"
REFERRAL: Final = "referral"
NECESSITY: Final = "medical-necessity"
DUPLICATE: Final = "duplicate"
PREFIX: Final = "authorization-"
NO_FINDING: Final = "none"
KINDS: Final = (
    *(PREFIX + word for word in ("missing", "invalid", "wrong-service", "wrong-provider", "wrong-date")),
    *(PREFIX + word for word in ("exceeded", "late", "refused", "penalty")),
    *(REFERRAL, "eligibility", NECESSITY, "timely-filing", "documentation", "network", DUPLICATE, OTHER),
)
ANY: Final = "-"
NOT_KNOWN: Final = "?"
"""A date of a code that is not known."""
_SAYS: Final = {ANY: None, "yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Said:
    """A kind of finding, and what the payer says, in our words."""

    kind: str
    label: str
    until: str = ""
    """The last day of the codes on X12's list (ISO 8601), "?" where that is not known; "" for those that are in use."""

    @property
    def linkage(self) -> bool:
        """Whether it is about an authorization or a referral, so that there is a cause to look for."""
        return self.kind == REFERRAL or self.kind.startswith(PREFIX)


@dataclass(frozen=True, slots=True)
class _Denial:
    groups: frozenset[str]
    reasons: frozenset[str]
    remarks: frozenset[str]
    number: bool | None
    paid: bool | None
    said: Said

    def may_fit(self, group: str, reason: str) -> bool:
        """Whether it fits these codes with some remarks beside them."""
        return (not self.groups or group in self.groups) and (not self.reasons or reason in self.reasons)

    @property
    def always(self) -> bool:
        """Whether it asks nothing but group and reason."""
        return not self.remarks and self.number is None and self.paid is None

    def fits(self, group: str, reason: str, remarks: frozenset[str], number: bool | None, paid: bool) -> bool:
        return (
            self.may_fit(group, reason)
            and (not self.remarks or not self.remarks.isdisjoint(remarks))
            and (self.number is None or self.number is number)
            and (self.paid is None or self.paid is paid)
        )


def said(reason: str, remarks: Iterable[str], *, group: str = "", number: bool | None = None, paid: bool = False) -> Said | None:
    """What a reason (CARC) of a group with its remarks (RARC) says; None where nothing was denied: contract, patient's share.

    `number` tells whether the claim carried one (None: the claim is not known), `paid` whether something was paid all the same.
    """
    return _said(group, reason.lstrip("0"), frozenset(remarks), number, paid)


@lru_cache(maxsize=4096)
def _said(group: str, code: str, remarks: frozenset[str], number: bool | None, paid: bool) -> Said | None:
    found = next((row.said for row in _denials() if row.fits(group, code, remarks, number, paid)), Said(OTHER, ""))
    return None if found.kind == NO_FINDING else found


@lru_cache(maxsize=4096)
@lru_cache(maxsize=1024)
def never_denies(group: str, reason: str) -> bool:
    """Whether a reason of a group is contract, patient's share or the like, whatever remarks stand beside it."""
    code = reason.lstrip("0")
    first = next((row for row in _denials() if row.may_fit(group, code)), None)
    return first is not None and first.said.kind == NO_FINDING and first.always


def action(kind: str, cause: str | None, *, number: str, corrected: str) -> str:
    """What to do next, in a sentence. `corrected` is the claim to send, in words."""
    for row_kind, row_cause, text in _actions():
        if row_kind in (ANY, kind) and row_cause in (ANY, cause):
            return text.format(number=number or "the number", corrected=corrected)
    return ""


@cache
def _denials() -> tuple[_Denial, ...]:
    found = []
    for line, row in rows(DENIALS, 9):
        groups, reasons, remarks, number, paid, kind, label, _, until = row
        if number not in _SAYS or paid not in _SAYS or kind not in (*KINDS, NO_FINDING):
            raise DefinitionError("not a kind of finding, or not yes, no or -", DENIALS, line, 1, "\t".join(row))
        says = Said(kind, label, "" if until == ANY else until)
        found.append(_Denial(_codes(groups), _codes(reasons), _codes(remarks), _SAYS[number], _SAYS[paid], says))
    return tuple(found)


@cache
def _actions() -> tuple[tuple[str, str, str], ...]:
    return tuple((kind, cause, text) for _, (kind, cause, text) in rows(ACTIONS, 3))


def _codes(cell: str) -> frozenset[str]:
    return frozenset(() if cell == ANY else cell.split())


def rows(name: str, columns: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table of definitions, each with the number of its line; DefinitionError where one has not so many columns."""
    with resources.definition(name).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            row = line.rstrip("\r\n").split("\t")
            if len(row) != columns:
                raise DefinitionError(f"expected {columns} columns divided by tabs", name, number, 1, line.rstrip())
            yield number, row

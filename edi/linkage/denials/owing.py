"""Whose money an adjustment is, and which ways back are open: edi/835/groups.tsv, edi/835/rights.tsv and edi/835/steps.tsv."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from edi.errors import DefinitionError
from edi.linkage.denials.kinds import ANY, rows

GROUPS: Final = "835/groups.tsv"
RIGHTS: Final = "835/rights.tsv"
STEPS: Final = "835/steps.tsv"
OWED: Final = ("practice", "patient", "other-payer", "payer")
FILE, CORRECT, APPEAL, EITHER = "file", "correct", "appeal", "either"
_STEPS: Final = (FILE, CORRECT, APPEAL, EITHER)
_NEW: Final = "new"
_APPEALS: Final = (ANY, "yes", "no")
_CLAIMS: Final = (ANY, _NEW, "void", "wait")


@dataclass(frozen=True, slots=True)
class Group:
    """Whose money a group's adjustments are, one of `OWED` or None where it does not say, and what that allows, in words."""

    owed: str | None
    says: str


@dataclass(frozen=True, slots=True)
class Right:
    """What a remark says of appeals (yes, no) and of the claim to send (new, void, wait); "-" where it says nothing."""

    appeal: str
    claim: str
    says: str


def group(code: str) -> Group:
    """Whose money an adjustment of this group (CAS01) is."""
    return _groups().get(code, Group(None, "no group of the 835: whose money it is, the payer has to say"))


def rights(remarks: Iterable[str]) -> Iterator[tuple[str, Right]]:
    """Those of the remarks that speak of a way back, each once, with what they say."""
    known = _rights()
    return ((remark, known[remark]) for remark in dict.fromkeys(remarks) if remark in known)


def new_claim(remarks: Iterable[str]) -> bool:
    """Whether the remarks ask for a new claim: the first one was not processed, or its replacement not taken."""
    return any(right.claim == _NEW for _, right in rights(remarks))


def unprocessed(remarks: Iterable[str]) -> bool:
    """Whether the remarks say that the claim was not processed: a new one is wanted, and there is nothing to appeal."""
    return any(right.claim == _NEW and right.appeal == "no" for _, right in rights(remarks))


def step(kind: str, cause: str | None, remarks: Iterable[str] = ()) -> str:
    """Which limit the next step must keep: `FILE`, `CORRECT`, `APPEAL` or `EITHER`. Remarks may ask for a new claim instead."""
    found = next(
        (word for row_kind, row_cause, word in _steps() if row_kind in (ANY, kind) and row_cause in (ANY, cause)), EITHER
    )
    remarks = tuple(remarks)
    return FILE if unprocessed(remarks) or (found in (CORRECT, EITHER) and new_claim(remarks)) else found


@cache
def _groups() -> Mapping[str, Group]:
    found: dict[str, Group] = {}
    for line, row in rows(GROUPS, 3):
        code, owed, says = row
        _one_of((ANY, *OWED), owed, GROUPS, line, row)
        found[code] = Group(None if owed == ANY else owed, says)
    return MappingProxyType(found)


@cache
def _rights() -> Mapping[str, Right]:
    found: dict[str, Right] = {}
    for line, row in rows(RIGHTS, 4):
        remark, appeal, claim, says = row
        _one_of(_APPEALS, appeal, RIGHTS, line, row)
        _one_of(_CLAIMS, claim, RIGHTS, line, row)
        found[remark] = Right(appeal, claim, says)
    return MappingProxyType(found)


@cache
def _steps() -> tuple[tuple[str, str, str], ...]:
    found = []
    for line, row in rows(STEPS, 3):
        kind, cause, word = row
        _one_of(_STEPS, word, STEPS, line, row)
        found.append((kind, cause, word))
    return tuple(found)


def _one_of(words: tuple[str, ...], word: str, name: str, line: int, row: list[str]) -> None:
    if word not in words:
        raise DefinitionError(f"expected {', '.join(words)}", name, line, 1, "\t".join(row))

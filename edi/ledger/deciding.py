"""Claims decided with what the ledger knows: those of an 837, into which the numbers are put, or records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from sqlmodel import Session

from edi.guides.document import units
from edi.ledger.apart import alike
from edi.ledger.candidates import Finder
from edi.linkage.deciding import Decided, decide_all
from edi.linkage.elsewhere import Ask, link_elsewhere
from edi.linkage.linking import Linked, Passed, link_units, wanted_by
from edi.linkage.terms import Terms
from edi.linkage.unmapped import Unmapped
from edi.records.claim import Claim
from edi.text.segments import Source, is_source


def decided(
    session: Session,
    find: Finder,
    claims: Source | Iterable[Claim],
    rules: Sequence[str | Path],
    *,
    replace: bool,
    heard: Callable[[int], object] | None,
    ask: Ask | None = None,
    brief: bool = False,
    seen: Callable[[Passed, int], object] | None = None,
) -> Linked | Decided:
    """What `Ledger.link` and `Ledger.check` give; `find` looks for authorizations, and has what the claims use of them.

    `seen` is told of each unit of an 837, and at which byte of the one with its numbers it begins.
    """
    required, referral = wanted_by(rules)
    terms = Terms(replace, required=required, referral=referral, brief=brief)
    if not is_source(claims):
        return decide_all(claims, find, find.usage, terms)
    parts = alike(session, units(claims))
    passed = link_units(parts, find, find.usage, terms) if ask is None else link_elsewhere(parts, find, terms, ask)
    return Linked(passed if heard is None else _heard(passed, heard), Unmapped(required), seen)


def _heard(passed: Iterable[Passed], heard: Callable[[int], object]) -> Iterator[Passed]:
    for one in passed:
        if one.rows:
            heard(one.rows[0].offset)
        yield one

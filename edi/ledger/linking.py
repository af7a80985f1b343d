"""Claims decided with what the ledger knows: those of an 837, into which the numbers are put, or records; and claims divided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from sqlmodel import Session

from edi.guides.document import units
from edi.ledger.candidates import Finder
from edi.ledger.production import alike
from edi.ledger.storing import Writer
from edi.ledger.using import release
from edi.linkage.identity import NO_ALIASES
from edi.linkage.linking import Linked, Passed, Piece, link_units, wanted_by
from edi.linkage.one_by_one import Decided, decide_all
from edi.linkage.rows import heads
from edi.linkage.splitting import Split, split_units
from edi.linkage.terms import Terms
from edi.linkage.unmapped import Unmapped
from edi.linkage.whole_file import AskParts, link_together
from edi.records.claim import Claim
from edi.text.segments import Source, is_source


def decided(
    session: Session,
    find: Finder,
    claims: Source | Iterable[Claim],
    rules: Sequence[str | Path],
    *,
    replace: bool,
    chosen: Mapping[str, str] = NO_ALIASES,
    heard: Callable[[int], object] | None,
    ask: AskParts | None = None,
    brief: bool = False,
    seen: Callable[[Passed], Piece] | None = None,
) -> Linked | Decided:
    """What `Ledger.link` and `Ledger.check` give; `find` looks for authorizations, and has what the claims use of them.

    `seen` is told of each unit of an 837, and gives it as it is written.
    """
    required, referral = wanted_by(rules)
    terms = Terms(replace, required=required, referral=referral, chosen=chosen, brief=brief)
    if not is_source(claims):
        return decide_all(claims, find, find.usage, terms)
    check, parts = partial(alike, session), ask(claims) if ask is not None else None
    passed: Iterable[Passed | Piece]
    if parts is None:
        linked = link_units(check(units(claims)), find, find.usage, terms)
        passed = linked if seen is None else map(seen, linked)
    else:
        passed = link_together(claims, parts, find, terms, check)
    return Linked(passed if heard is None else _heard(passed, heard), Unmapped(required))


def divided(session: Session, source: Source, rules: Sequence[str | Path]) -> Split:
    """What `Ledger.split` gives; what the divided claims had reserved is given back."""
    required, _ = wanted_by(rules)
    find = Finder(session, linking=True)
    found = split_units(source, find, find.usage, Terms(required=required))
    release(session, Writer(session, interchange=None, now=None), found.divided)
    return found


def _heard(passed: Iterable[Passed | Piece], heard: Callable[[int], object]) -> Iterator[Passed | Piece]:
    for one in passed:
        for offset in dict.fromkeys(head.offset for head in heads(one.rows)):
            heard(offset)
        yield one

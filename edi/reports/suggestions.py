"""Suggested rules in the language of rules, with the counts that speak for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from edi.guides.rules.requirement import BILLS, NO_REFERRAL, NOTHING, PLACES, PROCEDURES
from edi.linkage.suggesting import Suggestion
from edi.reports.columns import counted, dates, money

__all__ = ["files", "to_rules"]


def files(found: Sequence[Suggestion]) -> Iterator[tuple[str, list[Suggestion]]]:
    """Each payer with what is suggested of it, as far as its codes can be written."""
    for payer, its in groupby((one for one in found if _can_be_written(one)), key=lambda one: one.payer):
        yield payer, list(its)


def _can_be_written(one: Suggestion) -> bool:
    """Whether its codes can stand in a file of rules; a rule without the places that were seen would say too much."""
    return PROCEDURES.fits(one.procedure) and bool(_places(one)) == bool(one.places)


def _places(one: Suggestion) -> list[str]:
    return sorted(filter((BILLS if one.institutional else PLACES).fits, one.places))


def to_rules(found: Sequence[Suggestion]) -> str:
    """A file of rules of one payer, as `edi rules check` takes it. Exceptions are first, as the first that applies answers."""
    payer = found[0]
    names = sorted(payer.names - {payer.payer}) or [payer.payer]
    known = ", ".join(map(_quoted, sorted({payer.payer, *names[1:]})))
    exceptions = [one for one in found if one.wants in (NOTHING, NO_REFERRAL)]
    rest = [one for one in found if one not in exceptions]
    lines = [
        "# Suggested by what this payer denied and paid, and read by nobody yet: look each over, and keep what its list says.",
        "# Name this file before the one that it makes an exception of." if exceptions else "",
        f"payer {_quoted(names[0])} known as {known}",
    ]
    blocks = ["\n".join(filter(None, lines)), *("\n".join(_rule(one)) for one in (*exceptions, *rest))]
    return "\n\n".join(blocks) + "\n"


def _rule(one: Suggestion) -> Iterator[str]:
    said = "paid without a number" if one.wants in (NOTHING, NO_REFERRAL) else "denied for it"
    name = "-".join(re.findall("[a-z0-9]+", f"suggested-{one.procedure}-{one.wants}".lower()))
    yield f"require {name}-institutional" if one.institutional else f"require {name}"
    if one.start:
        yield f"  from       {one.start}"
    yield f"  procedures {one.procedure}"
    if places := _places(one):
        yield f"  {'type of bill' if one.institutional else 'places    '} {', '.join(places)}"
    yield f"  wants      {one.wants}"
    share = f"{one.claims:,} of {counted(one.of, 'claim')} {said}, {money(one.amount)}"
    yield f"  note       {_quoted(f'Suggested, not confirmed: {share}.')}"
    if one.rule:
        yield f"             {_quoted(f'Rule {one.rule} says otherwise.')}"
    yield f"  source     {_quoted(f'our own claims of {dates(one.start, one.end)}' if one.start else 'our own claims')}"


def _quoted(text: str) -> str:
    plain = " ".join(text.replace('"', "'").split())
    return f'"{plain}"'

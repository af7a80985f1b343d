"""Claims that were decided, as text for people and as CSV for a spreadsheet: what is at risk first, by money."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterator, Sequence
from decimal import Decimal
from heapq import merge
from typing import Final

from edi.linkage.misfit import DATES, UNITS, Misfit, plain
from edi.linkage.offers import REFERRAL
from edi.linkage.quantities import counted as counted_units
from edi.linkage.rows import heads, left, noted, told
from edi.linkage.unmapped import UnmappedPayer
from edi.linkage.verdict import Row, Verdict, totals
from edi.linkage.verdict import money as plain_money
from edi.reports.columns import columns, counted, money, safe
from edi.reports.text import printable

__all__ = ["at_risk", "linked_text", "misses", "risk", "to_csv", "to_text", "unmapped_text"]

_HEAD: Final = (
    "at_risk", "amount", "claim", "line", "transaction", "payer", "verdict", "authorization", "previous", "written",
    "misfit", "certified", "billed", "days", "over", "left", "unit", "until", "reasons", "notes", "what_to_do", "offset", "kind",
)  # fmt: skip


def at_risk(rows: Sequence[Row]) -> list[Row]:
    """The rows that leave something to do, the largest amounts first; of the same amount in the order of the file."""
    return sorted(left(rows), key=lambda row: -row.amount)


def to_text(
    rows: Sequence[Row],
    beside: Sequence[Row] = (),
    unmapped: Sequence[UnmappedPayer] = (),
    *,
    whole: bool = False,
    source: str = "-",
) -> Iterator[str]:
    """Lines for a person to work by: what is at risk and what to do about it, what is running out, and all by verdict.

    `beside` are referrals and other payers' numbers, whose dollars are counted with the claims. With `whole` every row is told,
    those that leave nothing to do last; else of these only what an approval that names no service may be for. `source` is the
    file of the claims; - is none that can be named again.
    """
    yield from unmapped_text(unmapped)
    settled = [row for row in (*rows, *beside) if row.verdict.settled] if whole else [row for row in told(rows) if row.doubtful]
    listed = [*at_risk(rows), *left(beside), *settled]
    if listed:
        cells = [(_amount(row), _named(row), row.verdict.value, row.authorization, misses(row.misfit)) for row in listed]
        lines = columns(("amount", "claim", "verdict", "authorization", "misses by"), cells, right=[0])
        yield next(lines)
        for line, row in zip(lines, listed, strict=True):
            yield line
            yield from _told(*row.reasons)
            if not row.verdict.settled:
                yield f"    -> {row.verdict.action}"
            if row.verdict is Verdict.MISSING and source != "-" and not _is_beside(row):
                yield from _told(f"-> {_drafting(row, source)}")
        yield ""
    if running_out := list(noted(rows)):
        yield "Running out"
        for row in running_out:
            yield from _told(*(f"{_named(row)}: {note}" for note in row.notes))
        yield ""
    yield from _by_verdict(rows)
    yield ""
    yield risk(rows)


def _drafting(row: Row, source: str) -> str:
    """The command that drafts a request for what was never asked."""
    line = ("--line", row.line) if row.line else ()
    return shlex.join(("edi", "request", "from-claim", source, "--claim", row.claim, *line, "-o", f"{row.claim}.json"))


def linked_text(rows: Sequence[Row], beside: Sequence[Row] = (), unmapped: Sequence[UnmappedPayer] = ()) -> Iterator[str]:
    """Lines that say what was done: the claims that were changed or want a person, in their order; then all by verdict."""
    yield from unmapped_text(unmapped)
    ordered = merge(told(rows), told(beside), key=lambda row: row.offset)
    said = [(_in_short(row), tuple(_told(*row.reasons, *_written(row), *row.notes))) for row in ordered]
    if said:
        lines = columns(("claim", "verdict", "number", "amount"), [cells for cells, _ in said], right=[3])
        yield next(lines)
        for line, (_, why) in zip(lines, said, strict=True):
            yield line
            yield from why
        yield ""
    yield from _by_verdict(rows)


def unmapped_text(unmapped: Sequence[UnmappedPayer]) -> Iterator[str]:
    """A line for each payer that no file of rules names: its authorizations may be under another id."""
    for payer in unmapped:
        called = " ".join(filter(None, (printable(payer.id), printable(payer.name)))) or "without a name"
        going = f"{counted(payer.claims, 'claim')}, {money(payer.amount)}"
        yield f"No file of rules names payer {called} ({going}); authorizations may be on file under another id of it."
    if unmapped:
        yield ""


def to_csv(rows: Sequence[Row], beside: Sequence[Row] = ()) -> str:
    """Every row with its figures, those at risk first; referrals and other payers' numbers at the end, without dollars."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEAD)
    for row in (*at_risk(rows), *(row for row in rows if row.verdict.settled)):
        writer.writerow([safe(cell) for cell in _cells(row)])
    for row in beside:
        writer.writerow([safe(cell) for cell in _cells(row)])
    return out.getvalue()


def risk(rows: Sequence[Row]) -> str:
    """How much is at risk, in a sentence."""
    risky = at_risk(rows)
    claims = {(row.claim, row.offset) for row in heads(rows)}
    charged, lost = (sum((row.amount for row in some), Decimal(0)) for some in (heads(rows), risky))
    if not risky:
        return f"Nothing at risk of {money(charged)} in {counted(len(claims), 'claim')}."
    concerned = {(row.claim, row.offset) for row in risky}
    return f"At risk: {money(lost)} of {money(charged)}, {len(concerned):,} of {counted(len(claims), 'claim')}."


def misses(misfit: Misfit | None) -> str:
    """By what a claim misses the authorization, in a word or two: "5 days", "27446 for 27447-RT", "2 visits"."""
    if misfit is None:
        return ""
    if misfit.what == DATES:
        return "" if misfit.days is None else counted(misfit.days, "day")
    if misfit.what == UNITS:
        return "" if misfit.over is None else counted_units(misfit.over, misfit.unit)
    certified, billed = (", ".join(codes) or "none" for codes in (misfit.certified, misfit.billed))
    return f"{billed} for {certified}"


def _is_beside(row: Row) -> bool:
    return row.other or row.kind == REFERRAL


def _amount(row: Row) -> str:
    return "" if _is_beside(row) else money(row.amount)


def _named(row: Row) -> str:
    line, payer = f" line {row.line}" if row.line else "", f" payer {row.payer}" if row.other else ""
    return f"{row.claim}{line}{payer}{' referral' if row.kind == REFERRAL else ''}"


def _in_short(row: Row) -> tuple[str, str, str, str]:
    return _named(row), row.verdict.value, row.authorization, _amount(row)


def _written(row: Row) -> list[str]:
    if not row.written:
        return []
    place = "line" if row.placement == "2400" else "claim"
    place += " as its referral" if row.kind == REFERRAL else ""
    place += f" for payer {row.payer}" if row.other else ""
    instead = f" in the place of {row.previous}" if row.previous else ""
    return [f"{row.authorization} goes on the {place}{instead}."]


def _told(*sentences: str) -> Iterator[str]:
    return (f"    {printable(sentence)}" for sentence in sentences)


def _by_verdict(rows: Sequence[Row]) -> Iterator[str]:
    cells = [
        (verdict, counted(total["claims"], "claim"), money(Decimal(total["amount"])))
        for verdict, total in totals(heads(rows)).items()
    ]
    lines = columns(("", "", ""), cells, right=[1, 2])
    next(lines)
    return lines


def _cells(row: Row) -> tuple[object, ...]:
    misfit, remaining = row.misfit or Misfit(what=""), row.remaining
    left = remaining.left if remaining else misfit.left
    return (
        "no" if row.verdict.settled else "yes",
        "" if _is_beside(row) else plain_money(row.amount),
        row.claim,
        row.line or "",
        row.transaction,
        row.payer,
        row.verdict.value,
        row.authorization,
        row.previous,
        "yes" if row.written else "no",
        misfit.what,
        "; ".join(misfit.certified),
        "; ".join(misfit.billed),
        "" if misfit.days is None else misfit.days,
        "" if misfit.over is None else plain(misfit.over),
        "" if left is None else plain(left),
        (remaining.unit if remaining else "") or misfit.unit,
        (remaining.until or "") if remaining else "",
        " ".join(row.reasons),
        " ".join(row.notes),
        row.verdict.action,
        row.offset,
        row.kind,
    )

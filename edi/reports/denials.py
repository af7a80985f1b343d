"""Denials for authorizations and referrals, and what became of them, as text and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from edi.ledger.figures.denials import DIMENSIONS, DenialFigures, Denials
from edi.ledger.figures.recouped import Recouped
from edi.linkage.verdict import money as plain
from edi.reports.columns import columns, counted, money, safe

__all__ = [
    "HEADINGS", "LONGEST", "RECOUPED", "cells", "first_pass_text", "heads", "lead", "recouped_cells", "span_text", "title",
    "to_csv", "to_text",
]  # fmt: skip

LONGEST: Final = 20
"""Rows of a table for people; the CSV and the JSON have all."""
HEADINGS: Final = {
    "payer": "payer",
    "kind": "what the payer says",
    "cause": "what we know",
    "billing": "billing provider",
    "rendering": "who gave the care",
    "procedure": "procedure",
    "month": "month",
}
_AMOUNTS: Final = ("denied", "recovered", "otherwise", "lost", "open")
_UNNAMED: Final = {
    "cause": "not about an authorization on file", "procedure": "claim not found", "month": "no date", "payer": "no payer named",
}  # fmt: skip


RECOUPED: Final = ("taken back beside claims, by payer", "claims", "amount", "no reversal says why")


def title(name: str, one: DenialFigures) -> str:
    """What a row is about, for people."""
    shown = f"{one.name} ({one.key})" if one.name and one.name != one.key else one.key
    return shown or _UNNAMED.get(name, "not known")


def lead(found: Denials) -> str:
    """The figures in a sentence or two."""
    all_ = found.total
    if not all_.claims:
        return f"Nothing denied for an authorization or a referral; {counted(all_.answered or 0, 'claim')} answered."
    share = f" ({all_.rate:.1%})" if all_.rate is not None else ""
    parts = [f"{money(getattr(all_, name))} {words}" for name, words in _BECAME if getattr(all_, name)]
    return (
        f"{all_.claims:,} of {counted(all_.answered or 0, 'answered claim')}{share} denied for an authorization or a referral: "
        f"{money(all_.denied)}, of which {', '.join(parts)}."
    )


_BECAME: Final = (
    ("recovered", "recovered"),
    ("otherwise", "answered otherwise"),
    ("lost", "lost"),
    ("open", "still open"),
)


def span_text(found: Denials) -> str:
    """Whose claims of which days."""
    span = found.span
    days = [f"from {span.start}"] if span.start else []
    days += [f"until {span.end}"] if span.end else []
    whose = f"of payer {span.payer}" if span.payer else "of all payers"
    return f"Claims {whose}, first answered {' '.join(days) or 'at any time'}; what became of them by {found.today}"


def first_pass_text(found: Denials) -> Iterator[str]:
    """A sentence for each: what passed at first with its number, and without."""
    for one in found.first_pass:
        rate = "" if one.rate is None else f" ({one.rate:.1%})"
        yield f"{'with' if one.with_number else 'without'} its number: {one.passed:,} of {counted(one.claims, 'claim')}{rate}"


def to_text(found: Denials) -> Iterator[str]:
    """For people: a sentence, then a table by each dimension, the most denied dollars first."""
    yield f"{span_text(found)}."
    yield lead(found)
    if found.total.median_days is not None:
        yield f"What was recovered came {_days(found.total)} days after the denial (median)."
    if found.total.minutes:
        yield f"{counted(found.total.minutes, 'minute')} were spent on it."
    for name in DIMENSIONS:
        if rows := [one for one in found.by[name] if one.claims or one.minutes]:
            yield ""
            yield from _table(name, rows)
    if any(one.claims for one in found.first_pass):
        yield ""
        yield "Authorized services that passed at first, of claims that were sent"
        yield from (f"  {said}" for said in first_pass_text(found))
    if found.stopped:
        yield ""
        rows_ = [(one.verdict, f"{one.claims:,}", money(one.amount)) for one in found.stopped]
        yield from columns(("stopped before sending, and mended", "claims", "amount"), rows_, right=(1, 2))
    if found.recouped:
        yield ""
        yield from columns(RECOUPED, [recouped_cells(one) for one in found.recouped[:LONGEST]], right=(1, 2, 3))


def recouped_cells(one: Recouped) -> tuple[str, ...]:
    """A row of the table that `RECOUPED` begins."""
    return _payer(one), f"{one.claims:,}", money(one.amount), money(one.unexplained)


def _payer(one: Recouped) -> str:
    shown = f"{one.name} ({one.payer})" if one.name and one.name != one.payer else one.payer
    return shown or _UNNAMED["payer"]


def _table(name: str, rows: Sequence[DenialFigures]) -> Iterator[str]:
    told = [(title(name, one), *cells(one, rows)) for one in rows[:LONGEST]]
    head = (HEADINGS[name], *heads(rows))
    yield from columns(head, told, right=range(1, len(head)))
    if more := rows[LONGEST:]:
        yield f"{len(more):,} more are in the CSV and the JSON."


def heads(rows: Sequence[DenialFigures]) -> tuple[str, ...]:
    """The columns of a table of figures, behind what each row is about; without the share where nobody knows of what."""
    share = ("answered", "claims denied", "rate") if _shared(rows) else ("claims denied",)
    return (*share, *_AMOUNTS, "days", *(("minutes",) if _timed(rows) else ()))


def cells(one: DenialFigures, rows: Sequence[DenialFigures]) -> tuple[str, ...]:
    """A row of the table that `heads` begins."""
    answered = "" if one.answered is None else f"{one.answered:,}"
    rate = "" if one.rate is None else f"{one.rate:.1%}"
    share = (answered, f"{one.claims:,}", rate) if _shared(rows) else (f"{one.claims:,}",)
    amounts = (money(getattr(one, part)) for part in _AMOUNTS)
    return (*share, *amounts, _days(one), *((f"{one.minutes:,}",) if _timed(rows) else ()))


def _shared(rows: Sequence[DenialFigures]) -> bool:
    return any(one.answered is not None for one in rows)


def _timed(rows: Sequence[DenialFigures]) -> bool:
    return any(one.minutes for one in rows)


def _days(one: DenialFigures) -> str:
    return "" if one.median_days is None else f"{one.median_days:g}"


def to_csv(found: Denials) -> str:
    """A row for each figure: of all, by each dimension, what passed at first, what was stopped, what was taken back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("by", "key", "name", "answered", "claims", *_AMOUNTS, "median_days", "minutes"))
    for by, rows in (("all", [found.total]), *found.by.items()):
        for one in rows:
            amounts = [plain(getattr(one, part)) for part in _AMOUNTS]
            writer.writerow(
                (
                    by,
                    safe(one.key),
                    safe(one.name),
                    _known(one.answered),
                    one.claims,
                    *amounts,
                    _known(one.median_days),
                    one.minutes,
                )
            )
    for passed in found.first_pass:
        key = "with number" if passed.with_number else "without number"
        writer.writerow(("first-pass", key, "", passed.claims, passed.claims - passed.passed, *[""] * len(_AMOUNTS), "", ""))
    for stopped in found.stopped:
        row = ("stopped", stopped.verdict, "", "", stopped.claims, plain(stopped.amount))
        writer.writerow((*row, *[""] * (len(_AMOUNTS) + 1)))
    for one_ in found.recouped:
        amounts = [plain(one_.amount), *[""] * (len(_AMOUNTS) - 2), plain(one_.unexplained)]
        writer.writerow(("recouped", safe(one_.payer), safe(one_.name), "", one_.claims, *amounts, "", ""))
    return out.getvalue()


def _known(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

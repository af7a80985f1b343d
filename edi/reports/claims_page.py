"""Claims that were decided, as one page for a browser that needs no network and no script.

Dollars by verdict come first, as a picture and as a table; then what a person has to do, the largest amounts first, each with
the authorizations that were looked at. Of a very long list the beginning is shown: the CSV has all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from importlib.metadata import version
from typing import Final

from edi.errors import Problem
from edi.linkage.misfit import DATES, Misfit
from edi.linkage.offers import REFERRAL
from edi.linkage.quantities import counted as counted_units
from edi.linkage.unmapped import UnmappedPayer
from edi.linkage.verdict import Candidate, Row, Verdict, totals
from edi.reports.claims import at_risk, misses, risk, unmapped_text
from edi.reports.columns import counted, money
from edi.reports.text import named, printable
from edi.resources import definition

__all__ = ["to_html"]

LONGEST: Final = 1_000
"""Rows that are shown one by one."""
_LABEL: Final = 190
_BAR: Final = 380
_FIGURES: Final = 190
_ROW: Final = 26


def to_html(
    source: str,
    rows: Sequence[Row],
    problems: Sequence[Problem] = (),
    beside: Sequence[Row] = (),
    unmapped: Sequence[UnmappedPayer] = (),
) -> Iterator[str]:
    """The page, in pieces. Claims are named by their numbers, nobody by name.

    `beside` are referrals and other payers' numbers, whose dollars are counted with the claims.
    """
    style = definition("reports/page.css").read_text(encoding="utf-8")
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex"><title>Claims and their authorizations</title>\n'
        f"<style>\n{style}</style></head>\n<body><header><h1>Claims and their authorizations</h1>"
        f'<p class="note">{_said(named(source))}, by edi {_said(version("edi-authlink"))}. '
        "Claims are named by their numbers; no patient is named.</p></header>\n<main>\n"
    )
    yield f'<p class="lead">{_said(risk(rows))}</p>\n'
    if rows:
        yield _picture(rows)
        yield from _by_verdict(rows)
    if unmapped:
        said = "".join(f"<li>{_said(line)}</li>\n" for line in unmapped_text(unmapped) if line)
        yield f"<section><h2>Payers that no file of rules names</h2><ul>\n{said}</ul></section>\n"
    yield from _to_do("To do, the largest amounts first", at_risk(rows))
    yield from _to_do("Referrals and other payers' numbers", [row for row in beside if not row.verdict.settled])
    yield from _running_out([row for row in rows if row.notes])
    if problems:
        said = "".join(f"<li>{_said(problem.message)} (byte {problem.offset or 0:,})</li>\n" for problem in problems)
        yield f"<section><h2>What could not be read</h2><ul>\n{said}</ul></section>\n"
    yield "</main></body></html>\n"


def _picture(rows: Sequence[Row]) -> str:
    """Dollars by verdict: a bar for each, what is at risk in another colour than what is not."""
    found = [(Verdict(name), total["claims"], Decimal(total["amount"])) for name, total in totals(rows).items()]
    most = max((amount for _, _, amount in found), default=Decimal(0))
    width, height = _LABEL + _BAR + _FIGURES, _ROW * len(found)
    parts = [
        f'<svg class="bars" viewBox="0 0 {width} {height}" role="img" aria-labelledby="picture">',
        '<title id="picture">Dollars by verdict</title>',
    ]
    for n, (verdict, claims, amount) in enumerate(found):
        top, middle = n * _ROW, n * _ROW + 17
        length = float(amount / most) * _BAR if most > 0 and amount > 0 else 0
        kind = "safe" if verdict.settled else "risk"
        parts.append(f'<text class="label" x="{_LABEL - 10}" y="{middle}">{verdict.value}</text>')
        parts.append(f'<rect class="{kind}" x="{_LABEL}" y="{top + 4}" width="{max(length, 1):.1f}" height="{_ROW - 8}"></rect>')
        said = f"{money(amount)} · {counted(claims, 'claim')}"
        parts.append(f'<text x="{_LABEL + length + 8:.1f}" y="{middle}">{said}</text>')
    caption = '<span class="safe">nothing to do</span>, <span class="risk">at risk</span>'
    return "<figure>" + "\n".join([*parts, "</svg>"]) + f"<figcaption>Dollars by verdict: {caption}</figcaption></figure>\n"


def _by_verdict(rows: Sequence[Row]) -> Iterator[str]:
    yield (
        '<div class="wide" role="region" aria-label="Verdicts" tabindex="0"><table><caption>Verdicts</caption><thead><tr>'
        '<th scope="col">verdict</th><th scope="col" class="number">claims</th><th scope="col" class="number">amount</th>'
        '<th scope="col">what to do</th></tr></thead><tbody>\n'
    )
    for name, total in totals(rows).items():
        verdict = Verdict(name)
        mark = "good" if verdict.settled else "bad"
        yield (
            f'<tr><th scope="row"><span class="{mark}">{name}</span></th><td class="number">{total["claims"]:,}</td>'
            f'<td class="number">{money(Decimal(total["amount"]))}</td><td>{_said(verdict.action or "Nothing.")}</td></tr>\n'
        )
    yield "</tbody></table></div>\n"


def _to_do(title: str, rows: Sequence[Row]) -> Iterator[str]:
    if not rows:
        return
    yield f"<section><h2>{_said(title)}</h2>\n"
    for row in rows[:LONGEST]:
        yield _article(row)
    if more := rows[LONGEST:]:
        amount = sum((row.amount for row in more), Decimal(0))
        yield f"<p>{len(more):,} more, {money(amount)} in all, are in the CSV and the JSON.</p>\n"
    yield "</section>\n"


def _article(row: Row) -> str:
    """One claim or line: the amount, the verdict, why, and what to do."""
    by = misses(row.misfit)
    title = f"{money(row.amount)} · claim {_claim(row)} · {row.verdict.value}{f', by {by}' if by and _counts(row.misfit) else ''}"
    place = [f"payer {row.payer}"] if row.payer else []
    place += [f"authorization {row.authorization}"] if row.authorization else []
    place += [f"transaction {row.transaction}", f"byte {row.offset:,}"]
    reasons = "".join(f"<p>{_said(reason)}</p>" for reason in row.reasons)
    return (
        f'<article class="error"><h3>{_said(title)}</h3>{reasons}{_figures(row.misfit)}'
        f"<p><strong>To do:</strong> {_said(row.verdict.action)}</p>"
        f'<p class="where">{_said(" · ".join(place))}</p>{_candidates(row.candidates)}</article>\n'
    )


def _counts(misfit: Misfit | None) -> bool:
    """Whether a misfit is so many of something."""
    return misfit is not None and (misfit.days is not None or misfit.over is not None)


def _figures(misfit: Misfit | None) -> str:
    """What is certified and what is billed, side by side."""
    if misfit is None:
        return ""
    between = " to " if misfit.what == DATES else ", "
    sides = (("certified", misfit.certified), ("billed", misfit.billed))
    pairs = [(name, between.join(dict.fromkeys(side)) or "none") for name, side in sides]
    if misfit.left is not None:
        pairs.append(("left", counted_units(misfit.left, misfit.unit)))
    if misfit.dates:
        pairs.append(("without room", ", ".join(map(str, misfit.dates))))
    if misfit.used_by:
        pairs.append(("used by", ", ".join(misfit.used_by)))
    return '<dl class="figures">' + "".join(f"<dt>{name}</dt><dd>{_said(value)}</dd>" for name, value in pairs) + "</dl>"


def _candidates(candidates: Sequence[Candidate]) -> str:
    if not candidates:
        return ""
    said = "".join(
        f"<li>{_said(candidate.authorization)} {'fits' if candidate.fits else 'does not fit'}: {_said(candidate.why)}</li>"
        for candidate in candidates
    )
    return f"<details><summary>{counted(len(candidates), 'authorization')} looked at</summary><ul>{said}</ul></details>"


def _running_out(rows: Sequence[Row]) -> Iterator[str]:
    """Authorizations that fit and will not much longer."""
    if not rows:
        return
    yield "<section><h2>Running out</h2><ul>\n"
    for row in rows[:LONGEST]:
        yield f"<li>Claim {_said(_claim(row))}: {_said(' '.join(row.notes))}</li>\n"
    if len(rows) > LONGEST:
        yield f"<li>{len(rows) - LONGEST:,} more are in the CSV and the JSON.</li>\n"
    yield "</ul></section>\n"


def _claim(row: Row) -> str:
    payer, referral = f", payer {row.payer}" if row.other else "", ", referral" if row.kind == REFERRAL else ""
    return row.claim + (f", line {row.line}" if row.line else "") + payer + referral


def _said(text: str) -> str:
    """Text for the page."""
    return escape(printable(text))

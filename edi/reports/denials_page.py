"""Denials for authorizations and referrals as one page to be shown, with pictures, for a browser without network and script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from importlib.metadata import version
from typing import Final

from edi.ledger.figures.adjudicated import StoppedClaims
from edi.ledger.figures.denials import DIMENSIONS, DenialFigures, Denials
from edi.reports.columns import counted, money
from edi.reports.denials import HEADINGS, LONGEST, RECOUPED, cells, heads, lead, recouped_cells, span_text, title
from edi.reports.text import printable
from edi.resources import definition

__all__ = ["to_html"]

_PARTS: Final = (
    ("recovered", "recovered"),
    ("otherwise", "answered otherwise"),
    ("open", "still open"),
    ("lost", "lost"),
)
"""What became of denied dollars, in the order in which bars show it."""
_MOST: Final = 12
"""Bars in a picture: payers, causes; of months the last ones."""
_LABEL, _BAR, _FIGURES, _ROW = 280, 440, 230, 30
_COLUMN_WIDTH, _COLUMN_HEIGHT, _BELOW = 900, 220, 44


def to_html(found: Denials) -> Iterator[str]:
    """The page, in pieces. No claim and no patient is named."""
    style = definition("reports/page.css").read_text(encoding="utf-8")
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex"><title>Denials for authorizations and referrals</title>\n'
        f"<style>\n{style}</style></head>\n<body><header><h1>Denials for authorizations and referrals</h1>"
        f'<p class="note">{_said(span_text(found))}, by edi {_said(version("edi-authlink"))}.</p></header>\n<main>\n'
    )
    yield f'<p class="lead">{_said(lead(found))}</p>\n{_tiles(found)}'
    months = [one for one in found.by["month"] if one.key][-_MOST:]
    if found.total.claims:
        if len(months) > 1:
            caption = "Denied dollars by month of the first answer, and below which part of the claims is denied"
            yield _figure("months", caption, _months(months))
        yield _figure("causes", "Denied dollars by cause", _bars("cause", found.by["cause"]))
        yield _figure(
            "payers", "Denied dollars by payer, with the part of its claims that is denied", _bars("payer", found.by["payer"])
        )
    if all(one.claims for one in found.first_pass):
        yield _figure(
            "passed", "Authorized services that pass at first, with the number on the claim and without", _passed(found), ""
        )
    if found.stopped:
        caption = "Dollars that the check stopped, and that were mended before they were sent"
        yield _figure("stopped", caption, _stopped(found.stopped), legend="")
    for name in DIMENSIONS:
        yield from _table(name, [one for one in found.by[name] if one.claims or one.minutes])
    if found.recouped:
        yield from _cells("Taken back", RECOUPED, [recouped_cells(one) for one in found.recouped])
    yield "</main></body></html>\n"


def _tiles(found: Denials) -> str:
    """The few figures that a meeting begins with."""
    all_ = found.total
    mended = all_.recovered / (all_.denied - all_.open) if all_.denied > all_.open else None
    told = [
        ("claims denied", "" if all_.rate is None else f"{all_.rate:.1%}", f"{all_.claims:,} of {all_.answered or 0:,}"),
        ("denied", money(all_.denied), ""),
        ("recovered", money(all_.recovered), "" if mended is None else f"{mended:.0%} of what is settled"),
        ("still open", money(all_.open), ""),
        ("lost", money(all_.lost), ""),
    ]
    if all_.median_days is not None:
        told.append(("days to be paid", f"{all_.median_days:g}", "median"))
    if all_.minutes:
        told.append(("hours of work", f"{all_.minutes / 60:,.1f}", f"{all_.minutes:,} minutes"))
    tiles = "".join(
        f"<div><dt>{name}</dt><dd>{value or 'none'}{f' <small>{more}</small>' if more else ''}</dd></div>"
        for name, value, more in told
    )
    return f'<dl class="tiles">{tiles}</dl>\n'


def _figure(id: str, caption: str, picture: str, legend: str | None = None) -> str:
    """A picture with its caption above and what its colours mean below."""
    if legend is None:
        legend = "".join(f'<span class="{part}">{words}</span>' for part, words in _PARTS)
    return (
        f'<figure aria-labelledby="{id}"><h2 id="{id}">{caption}</h2>\n{picture}'
        + (f'<figcaption class="legend">{legend}</figcaption>' if legend else "")
        + "</figure>\n"
    )


def _bars(name: str, rows: Sequence[DenialFigures]) -> str:
    """A bar for each row, as long as what was denied, in the colours of what became of it."""
    shown = [one for one in rows if one.denied][:_MOST]
    most = max((one.denied for one in shown), default=Decimal(1))
    parts = []
    for n, one in enumerate(shown):
        rate = f" · {one.rate:.1%} of {one.answered or 0:,}" if one.rate is not None else f" · {counted(one.claims, 'claim')}"
        parts.append(_row(n, title(name, one), f"{money(one.denied)}{rate}", float(one.denied / most), _shares(one)))
    return _svg(_LABEL + _BAR + _FIGURES, _ROW * len(shown), parts)


def _passed(found: Denials) -> str:
    rows = [
        _row(
            n,
            "number on the claim" if one.with_number else "without its number",
            f"{one.rate or 0:.1%} of {counted(one.claims, 'claim')}",
            one.rate or 0,
            [("recovered", 1.0, f"{one.passed:,} passed")],
        )
        for n, one in enumerate(found.first_pass)
    ]
    return _svg(_LABEL + _BAR + _FIGURES, _ROW * len(rows), rows)


def _stopped(stopped: Sequence[StoppedClaims]) -> str:
    most = max((one.amount for one in stopped), default=Decimal(0)) or Decimal(1)
    rows = [
        _row(
            n,
            one.verdict,
            f"{money(one.amount)} · {counted(one.claims, 'claim')}",
            float(one.amount / most),
            [("stopped", 1.0, money(one.amount))],
        )
        for n, one in enumerate(stopped[:_MOST])
    ]
    return _svg(_LABEL + _BAR + _FIGURES, _ROW * len(rows), rows)


def _shares(one: DenialFigures) -> list[tuple[str, float, str]]:
    """The parts of what was denied: which, how much of it, and in words."""
    amounts = [(part, words, getattr(one, part)) for part, words in _PARTS]
    return [(part, float(amount / one.denied), f"{words}: {money(amount)}") for part, words, amount in amounts if amount]


def _row(n: int, label: str, figures: str, length: float, shares: Sequence[tuple[str, float, str]]) -> str:
    """A bar of a length from 0 to 1, divided into shares."""
    top, middle = n * _ROW + 5, n * _ROW + 20
    drawn = [f'<text class="label" x="{_LABEL - 10}" y="{middle}">{_said(_short(label))}</text>']
    left = float(_LABEL)
    for part, share, words in shares:
        width = max(length * _BAR * share, 1)
        drawn.append(
            f'<rect class="{part}" x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_ROW - 10}">'
            f"<title>{_said(words)}</title></rect>"
        )
        left += width
    drawn.append(f'<text x="{left + 8:.1f}" y="{middle}">{_said(figures)}</text>')
    return "".join(drawn)


def _months(rows: Sequence[DenialFigures]) -> str:
    """A column for each month, of what was denied and what became of it, with the part of the claims that is denied below."""
    most = max(one.denied for one in rows) or Decimal(1)
    step = _COLUMN_WIDTH / len(rows)
    width = min(step * 0.6, 70)
    parts = []
    for n, one in enumerate(rows):
        middle = step * (n + 0.5)
        bottom = float(_COLUMN_HEIGHT)
        for part, share, words in reversed(_shares(one)) if one.denied else ():
            height = float(one.denied / most) * (_COLUMN_HEIGHT - 24) * share
            bottom -= height
            parts.append(
                f'<rect class="{part}" x="{middle - width / 2:.1f}" y="{bottom:.1f}" width="{width:.1f}" height="{height:.1f}">'
                f"<title>{one.key}, {_said(words)}</title></rect>"
            )
        rate = "" if one.rate is None else f"{one.rate:.1%}"
        for y, text, kind in (
            (bottom - 6, f"${one.denied:,.0f}", "middle"),
            (_COLUMN_HEIGHT + 17, one.key, "middle"),
            (_COLUMN_HEIGHT + 34, rate, "middle soft"),
        ):
            parts.append(f'<text class="{kind}" x="{middle:.1f}" y="{y:.1f}">{_said(text)}</text>')
    parts.append(f'<line class="ground" x1="0" x2="{_COLUMN_WIDTH}" y1="{_COLUMN_HEIGHT}" y2="{_COLUMN_HEIGHT}"></line>')
    return _svg(_COLUMN_WIDTH, _COLUMN_HEIGHT + _BELOW, parts)


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    drawn = "\n".join(parts)
    return f'<svg class="bars picture" viewBox="0 0 {width} {height}" role="img">\n{drawn}\n</svg>'


def _short(label: str) -> str:
    """A label that has room beside its bar."""
    return label if len(label) <= 34 else f"{label[:33]}…"


def _table(name: str, rows: Sequence[DenialFigures]) -> Iterator[str]:
    if rows:
        told = [(title(name, one), *cells(one, rows)) for one in rows]
        yield from _cells(f"By {HEADINGS[name]}", (HEADINGS[name], *heads(rows)), told)


def _cells(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table: what each row is about, then its figures."""
    columns = "".join(f'<th scope="col" class="number">{word}</th>' for word in head[1:])
    yield (
        f'<div class="wide" role="region" aria-label="{caption}" tabindex="0"><table><caption>{caption}</caption>'
        f'<thead><tr><th scope="col">{head[0]}</th>{columns}</tr></thead><tbody>\n'
    )
    for about, *figures in rows[:LONGEST]:
        told = "".join(f'<td class="number">{cell}</td>' for cell in figures)
        yield f'<tr><th scope="row">{_said(about)}</th>{told}</tr>\n'
    yield "</tbody></table></div>\n"
    if more := rows[LONGEST:]:
        yield f"<p>{len(more):,} more are in the CSV and the JSON.</p>\n"


def _said(text: str) -> str:
    """Text for the page."""
    return escape(printable(text))

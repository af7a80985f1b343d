"""Turnaround of payers as text, as CSV and as a picture (SVG)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape
from typing import Final

from edi.ledger.figures.turnaround import OUTCOMES, Turnaround, hours
from edi.reports.columns import columns, safe

__all__ = ["to_csv", "to_svg", "to_text"]

_SHOWN: Final = ("approved", "modified", "denied", "pended", "unanswered")
_COLOURS: Final = {
    "approved": "#2e7d32", "modified": "#9ccc65", "denied": "#c62828", "not-required": "#90a4ae", "cancelled": "#cfd8dc",
    "rejected": "#6d4c41", "pended": "#f9a825", "unanswered": "#ffe082",
}  # fmt: skip
_WIDTH: Final = 480
_LEFT: Final = 220
_ROW: Final = 34


def to_text(figures: Sequence[Turnaround]) -> Iterator[str]:
    """A table for people, the shares in percent of all requests."""
    head = ("payer", "urgency", "requests", *_SHOWN, "after appeal", "average", "median")
    rows = [
        (
            one.payer or one.payer_id,
            _urgency(one),
            f"{one.requests:,}",
            *(_percent(one.share(name)) for name in _SHOWN),
            str(one.approved_after_appeal),
            _span(one.average),
            _span(one.median),
        )
        for one in figures
    ]
    return columns(head, rows, right=range(2, len(head)))


def to_csv(figures: Sequence[Turnaround]) -> str:
    """A row for each payer and urgency: counts, so that shares can be made of any of them, and hours."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    plain = ("approved_after_appeal", "pended_first", "extended", "extended_approved", "timed")
    names = [name.replace("-", "_") for name in OUTCOMES]
    writer.writerow(("payer_id", "payer", "urgency", "requests", *names, *plain, "average_hours", "median_hours"))
    for one in figures:
        counts = [one.outcomes[name] for name in OUTCOMES] + [getattr(one, name) for name in plain]
        times = [hours(one.average), hours(one.median)]
        writer.writerow((safe(one.payer_id), safe(one.payer), _urgency(one), one.requests, *counts, *times))
    return out.getvalue()


def to_svg(figures: Sequence[Turnaround]) -> str:
    """A bar for each payer and urgency: the shares, with the median time beside it."""
    height = _ROW * (len(figures) + 1) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 130}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        "<title>What payers decided, and the median time that they took</title>",
    ]
    at = 10
    for name in OUTCOMES:
        parts.append(
            f'<rect x="{at}" y="8" width="10" height="10" fill="{_COLOURS[name]}"/><text x="{at + 14}" y="17">{name}</text>'
        )
        at += 100
    for row, one in enumerate(figures, 1):
        top = row * _ROW
        label = escape(f"{one.payer or one.payer_id} ({_urgency(one)}, {one.requests})")
        parts.append(f'<text x="{_LEFT - 8}" y="{top + 16}" text-anchor="end">{label}</text>')
        left = float(_LEFT)
        for name in OUTCOMES:
            width = _WIDTH * (one.share(name) or 0)
            if width:
                title = f"<title>{name}: {one.outcomes[name]}, {_percent(one.share(name))}</title>"
                place = f'x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_ROW - 10}"'
                parts.append(f'<rect {place} fill="{_COLOURS[name]}">{title}</rect>')
            left += width
        parts.append(f'<text x="{_LEFT + _WIDTH + 8}" y="{top + 16}">{_span(one.median)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _urgency(one: Turnaround) -> str:
    return "expedited" if one.expedited else "standard"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _span(span: timedelta | None) -> str:
    """A time as people say it: hours to three days, then days."""
    if span is None:
        return ""
    whole = span.total_seconds() / 3600
    return f"{whole:.1f} h" if whole < 72 else f"{whole / 24:.1f} d"

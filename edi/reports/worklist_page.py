"""The worklist as one page for a browser, to work through: it needs no network.

Everything is there without a script: what is at stake by kind and by payer, then the items in their order, what is late marked.
The script, which is part of the page, chooses among the items, and says what is at stake in those that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from html import escape
from importlib.metadata import version
from types import MappingProxyType
from typing import Final

from edi.ledger.work.agenda import WorkTotal
from edi.ledger.work.worklist import CLOSED, REQUEST, WorkItem, stake
from edi.reports.columns import counted, money
from edi.reports.text import printable
from edi.reports.worklist import about
from edi.resources import definition

__all__ = ["to_html"]

LONGEST: Final = 2_000
"""Items that are shown one by one: the others are in the CSV and the JSON."""
SOON: Final = timedelta(days=14)
"""What is due within it is marked."""
_HEADS: Final = ("item", "amount", "due", "claim or request", "payer", "why, and what to do", "owner")
_DUE: Final = {"late": "late", "soon": "due within 14 days", "overdue": "payer's answer overdue", "": "due later, or not at all"}
_MARKS: Final = {"late": "bad", "soon": "soon", "overdue": "soon"}
_BY: Final[Mapping[str, Callable[[WorkItem], str]]] = MappingProxyType(
    {
        "payer": lambda item: item.payer,
        "kind": lambda item: item.kind,
        "state": lambda item: item.state,
        "owner": lambda item: item.owner,
    }
)
"""What can be chosen by, beside the deadline."""


def to_html(items: Sequence[WorkItem], today: date, total: WorkTotal) -> Iterator[str]:
    """The page, in pieces. Claims and requests are named by their numbers, nobody by name."""
    style, script = (definition(f"reports/{name}").read_text(encoding="utf-8") for name in ("page.css", "worklist.js"))
    shown = items[:LONGEST]
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex"><title>Worklist</title>\n'
        f"<style>\n{style}</style></head>\n<body><header><h1>Worklist of {today}</h1>"
        f'<p class="note">By edi {_said(version("edi-authlink"))}. '
        "Claims and requests are named by their numbers; no patient is named.</p></header>\n<main>\n"
    )
    if not items:
        yield '<p class="lead">Nothing to do.</p>\n</main></body></html>\n'
        return
    late = [item for item in items if _due(item, today) == "late"]
    said = f"{counted(total.items, 'item')}, {money(total.amount) if total.amount else 'no amount'} at stake"
    yield f'<p class="lead">{said}; {len(late):,} late{_amount(late)}.</p>\n'
    yield from _summary("By kind", items, today, lambda item: item.kind)
    yield from _summary("By payer", items, today, lambda item: item.payer or "no payer")
    yield '<section><h2>To do, in this order</h2>\n<form class="choose" hidden>\n'
    for name, values in _choices(shown, today):
        options = "".join(f'<option value="{escape(value)}">{_said(text)}</option>' for value, text in values)
        yield f'<label>{name} <select name="{name}"><option value="*">all</option>{options}</select></label>\n'
    yield '</form>\n<p class="note" id="sum" aria-live="polite"></p>\n'
    heads = "".join(f'<th scope="col"{_number(head)}>{head}</th>' for head in _HEADS)
    yield (
        '<div class="wide" role="region" aria-label="Items" tabindex="0"><table id="items">'
        f'<caption class="unseen">Items</caption><thead><tr>{heads}</tr></thead><tbody>\n'
    )
    yield from (_row(item, today) for item in shown)
    yield "</tbody></table></div>\n"
    if total.items > len(shown):
        yield f"<p>{total.items - len(shown):,} more are in the CSV and the JSON.</p>\n"
    yield f"</section>\n</main>\n<script>\n{script}</script></body></html>\n"


def _summary(title: str, items: Sequence[WorkItem], today: date, by: Callable[[WorkItem], str]) -> Iterator[str]:
    """Items and money by something, the most money first."""
    groups: dict[str, list[WorkItem]] = {}
    for item in items:
        groups.setdefault(by(item), []).append(item)
    yield (
        f'<div class="wide" role="region" aria-label="{title}" tabindex="0"><table><caption>{title}</caption><thead><tr>'
        f'<th scope="col">{title.removeprefix("By ")}</th><th scope="col" class="number">items</th>'
        '<th scope="col" class="number">late</th><th scope="col" class="number">at stake</th></tr></thead><tbody>\n'
    )
    for name, group in sorted(groups.items(), key=lambda pair: (-_sum(pair[1]), pair[0])):
        late = sum(_due(item, today) == "late" for item in group)
        mark = f'<span class="bad">{late:,}</span>' if late else "0"
        yield (
            f'<tr><th scope="row">{_said(name)}</th><td class="number">{len(group):,}</td>'
            f'<td class="number">{mark}</td><td class="number">{money(_sum(group)) if _sum(group) else ""}</td></tr>\n'
        )
    yield "</tbody></table></div>\n"


def _choices(items: Sequence[WorkItem], today: date) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """What can be chosen by: the attribute of a row, and its values with their words."""
    for name, by in _BY.items():
        values = sorted({by(item) for item in items})
        yield name, [(value, value or ("nobody" if name == "owner" else "none")) for value in values]
    there = {_due(item, today) for item in items}
    yield "due", [(value, text) for value, text in _DUE.items() if value in there]


def _row(item: WorkItem, today: date) -> str:
    due = _due(item, today)
    attributes = {**{name: by(item) for name, by in _BY.items()}, "due": due}
    data = "".join(f' data-{name}="{escape(printable(value))}"' for name, value in attributes.items())
    mark = f'<br><span class="{_MARKS[due]}">{due}</span>' if due else ""
    number = f"authorization {item.authorization}" if item.claim and item.authorization else item.authorization
    names = [text for text in (about(item), number) if text]
    state = f"<br>{item.state}" if item.state != "open" else ""
    spent = f"<br>{counted(item.minutes, 'minute')}" if item.minutes else ""
    return (
        f'<tr{data} data-cents="{-stake(item.amount)}"><th scope="row">{item.item}</th>'
        f'<td class="number">{money(item.amount)}</td><td class="day">{item.deadline or ""}{mark}</td>'
        f"<td>{'<br>'.join(map(_said, names))}</td><td>{_said(item.payer)}</td>"
        f'<td><span class="note">{_said(f"{item.kind}, {item.reason}")}</span><br>{_said(item.action)}</td>'
        f"<td>{_said(item.owner)}{state}{spent}</td></tr>\n"
    )


def _due(item: WorkItem, today: date) -> str:
    """late, soon, overdue (a payer is), or "" for what has time, or is closed."""
    if item.deadline is None or item.state == CLOSED:
        return ""
    if item.kind == REQUEST:
        return "overdue" if item.deadline < today else ""
    return "late" if item.deadline < today else "soon" if item.deadline <= today + SOON else ""


def _sum(items: Sequence[WorkItem]) -> Decimal:
    return sum((item.amount for item in items if item.amount is not None), Decimal(0))


def _amount(items: Sequence[WorkItem]) -> str:
    return f" ({money(_sum(items))})" if _sum(items) else ""


def _number(head: str) -> str:
    return ' class="number"' if head == "amount" else ""


def _said(text: str) -> str:
    """Text for the page."""
    return escape(printable(text))

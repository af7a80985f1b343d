"""The worklist as text for people and as CSV for a spreadsheet, and the life of an item."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from edi.ledger.work.agenda import WorkPage, WorkTotal
from edi.ledger.work.working import WorkLife
from edi.ledger.work.worklist import CLOSED, WorkItem
from edi.linkage.verdict import money as plain_money
from edi.reports.columns import columns, counted, money, safe
from edi.reports.text import printable

__all__ = ["about", "life_text", "to_csv", "to_text"]

_HEAD: Final = (
    "item", "kind", "state", "owner", "amount", "due", "late", "claim", "line", "authorization", "payer", "payer_id", "why",
    "what_to_do", "minutes", "opened",
)  # fmt: skip


def to_text(page: WorkPage, today: date, total: WorkTotal) -> Iterator[str]:
    """A line for each item, and how much is at stake in all."""
    if not page.items:
        yield "Nothing to do."
        return
    owned = any(item.owner for item in page.items)
    head = ("item", "amount", "due", *(("owner",) if owned else ()), "claim or patient", "authorization", "payer", "why")
    rows = [
        (
            item.item,
            money(item.amount),
            _due(item, today),
            *((item.owner,) if owned else ()),
            about(item) or item.patient,
            item.authorization,
            item.payer,
            item.reason,
            item.action,
        )
        for item in page.items
    ]
    yield from columns((*head, "what to do"), rows, right=[1])
    yield ""
    whole = counted(total.items, "item")
    items = whole if len(page.items) == total.items else f"{len(page.items):,} of {whole}"
    more = "" if page.next is None else f" There are more: add --after {page.next} for the next ones."
    yield f"{items}, {money(total.amount) if total.amount else 'no amount'} at stake.{more}"


def about(item: WorkItem) -> str:
    """The claim, and its line."""
    return item.claim + (f" line {item.line}" if item.line else "")


def _due(item: WorkItem, today: date) -> str:
    if item.deadline is None:
        return ""
    return f"{item.deadline} (late)" if _late(item, today) else str(item.deadline)


def _late(item: WorkItem, today: date) -> bool:
    return item.state != CLOSED and item.deadline is not None and item.deadline < today


def to_csv(items: Iterable[WorkItem], today: date) -> str:
    """A row for each item, in the order of the list. Patients are not named."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEAD)
    for item in items:
        cells = (
            item.item,
            item.kind,
            item.state,
            item.owner,
            "" if item.amount is None else plain_money(item.amount),
            item.deadline or "",
            "yes" if _late(item, today) else "no",
            item.claim,
            item.line,
            item.authorization,
            item.payer,
            item.payer_id,
            item.reason,
            item.action,
            item.minutes,
            item.opened.isoformat() if item.opened else "",
        )
        writer.writerow([safe(cell) for cell in cells])
    return out.getvalue()


def life_text(life: WorkLife) -> Iterator[str]:
    """An item as a page: what it is about, what is known, what happened."""
    item = life.item
    yield printable(f"{item.item}: {item.kind}, {item.state}" + (f", {item.owner}'s" if item.owner else ""))
    lines = (
        ("claim", about(item)),
        ("patient", item.patient),
        ("authorization", item.authorization),
        ("payer", item.payer + (f" ({item.payer_id})" if item.payer_id not in ("", item.payer) else "")),
        ("amount", money(item.amount)),
        ("due", str(item.deadline or "")),
        ("why", item.reason + (f" ({', '.join(life.codes)})" if life.codes else "")),
        ("what to do", item.action),
        ("spent", counted(item.minutes, "minute") if item.minutes else ""),
    )
    yield from _indented([(name, said) for name, said in lines if said])
    if life.evidence:
        yield ""
        yield "What is known"
        yield from (f"  {printable(sentence)}" for sentence in life.evidence)
    yield ""
    if not life.history:
        yield "Nobody has done anything about it yet."
        return
    yield "What happened"
    yield from _indented(
        [
            (
                f"{event.at:%Y-%m-%d %H:%M}" if event.at else "",
                event.what,
                f"by {event.by}" if event.by else "",
                counted(event.minutes, "minute") if event.minutes else "",
                event.note,
            )
            for event in life.history
        ]
    )


def _indented(rows: list[tuple[str, ...]]) -> Iterator[str]:
    width = len(rows[0])
    return (f"  {line}" for line in list(columns(("",) * width, rows))[1:])

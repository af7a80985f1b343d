"""The X12 of a world's remittances (835): which check stands in which transaction, group, interchange and file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from random import Random
from typing import Final

from edi.jobs.worlds import payments
from edi.jobs.worlds.interchanges import CLEARINGHOUSE, Group, Post
from edi.jobs.worlds.payments import Payment, written
from edi.jobs.worlds.remitting import Check
from edi.records.values import write_date
from edi.text.segments import Delimiters, Segment, compose

VERSION: Final = "005010X221A1"
_WAITS: Final = (0, 16, 40, 61)
"""Days from the claims to the payments of each moment."""
_AGAIN: Final = 0.15
"""How often a clearinghouse sends a file again, in other envelopes."""
COPY: Final = "-again"
_TAX: Final = 990_000_000
_BY_ID: Final = frozenset({"BSH01", "GLC"})
"""Payers that name themselves by the id that claims have, others by another one, or in REF*2U."""
_BY_TAX_ID: Final = 0.15
"""How often a payee is named by its tax id alone."""


def files(post: Post, checks: Iterable[Check], sent: date) -> Iterator[tuple[str, bytes, list[Payment]]]:
    """The name, the bytes and the payments of each file: a payer's checks of one moment. `sent` is the day of the claims."""
    ordered = sorted(checks, key=lambda check: (check.moment, check.payer.id))
    for number, (key, group) in enumerate(groupby(ordered, lambda check: (check.moment, check.payer.id)), 1):
        some = [replace(check, trace=f"{check.payer.id}{post.random.randrange(10**8):08d}") for check in group]
        name = f"{number:02d}-{some[0].payer.name.split()[0].lower()}"
        day = sent + timedelta(_WAITS[key[0]] + number % 5)
        yield f"{name}.835", _posted(post, some, day), [payment for check in some for payment in check.payments]
        if post.random.random() < _AGAIN:
            yield f"{name}{COPY}.835", _posted(post, some, day), []


def _posted(post: Post, checks: Sequence[Check], day: date) -> bytes:
    """A file with checks of one payer."""
    half = post.random.choice((len(checks), max(len(checks) // 2, 1)))
    out = []
    for at in range(0, len(checks), half):
        d, line_break = post.delimiters()
        part = checks[at : at + half]
        bodies = [_body(check, d, day) for check in part]
        groups: list[Group] = [("HP", "835", VERSION, bodies)]
        created = datetime.combine(day, time(7, at % 60))
        out.append(
            post.interchange(groups, d, line_break, sender=part[0].payer.id, receiver=CLEARINGHOUSE, created=created)
        )  # fmt: skip
    return b"".join(out)


def _body(check: Check, d: Delimiters, day: date) -> list[Segment]:
    """What stands between ST and SE."""
    claim, payer = check.payments[0].claim, check.payer
    kept = check.recouped[1] if check.recouped else 0
    amount, tax = check.claims - kept, f"1{_TAX + sum(map(ord, payer.id))}"
    date_, random = write_date(day), Random(check.trace)
    bank = ("01", "041000124", "DA", "4400112", tax, "", "01", "044000037", "DA", "7712345")
    method = ("I", written(amount), "C", "ACH", "CCP", *bank) if amount else ("H", "0", "C", "NON", *[""] * 5, tax, *[""] * 5)
    known = ("XV", payer.id) if payer.id in _BY_ID else ("XV", payer.also) if payer.also and random.random() < 0.5 else ()
    npi, tax_id = claim.billing.npi, claim.billing.tax_id
    payee = ("FI", tax_id) if random.random() < _BY_TAX_ID else ("XX", npi)
    out = [
        compose(d, "BPR", *method, date_),
        compose(d, "TRN", "1", check.trace, tax),
        compose(d, "DTM", "405", date_),
        compose(d, "N1", "PR", payer.name, *known),
        compose(d, "N3", "1 PAYMENT PLAZA"),
        compose(d, "N4", "FERNHOLLOW", "OH", "430990120"),
        *([] if known else [compose(d, "REF", "2U", payer.id)]),
        compose(d, "PER", "BL", "EDI DESK", "TE", "6145550177"),
        compose(d, "N1", "PE", claim.billing.name, *payee),
        *([compose(d, "REF", "TJ", tax_id)] if payee[0] == "XX" else []),
        compose(d, "LX", "1"),
    ]
    for payment in check.payments:
        out += payments.segments(payment, d, day - timedelta(9))
    if check.recouped:
        code = "FB" if kept < 0 else "WO"
        out.append(compose(d, "PLB", npi, f"{day.year}1231", (code, check.recouped[0]), written(check.recouped[1])))
    return out

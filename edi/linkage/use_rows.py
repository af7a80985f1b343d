"""Uses of an authorization as rows, which are plain data: so a ledger gives them, and so one process tells them to another.

    service, role, claim (CLM01), days, amount, state

are the fields of a `Use` without its key: `service` an int, the others text, the days as in ISO 8601 with blanks between, the
amount as `str` gives it.

What is known of an authorization grows with every claim; what a part of a file changes of it does not. So who decides a part
tells who puts parts together how many of the uses that were there before stand as they were, in front, and the rows behind
those. None of the uses in front is one of a claim that changed: those of such claims are all in the rows. It is kept, and sent,
as bytes: most of it nobody asks about again.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Collection, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile
from typing import TypeAlias, cast

from edi.linkage.room import Use

UseCells: TypeAlias = tuple[int, str, str, str, str, str]
"""Service, role, claim, days, amount and state."""
Change: TypeAlias = tuple[int, tuple[UseCells, ...]]
"""How many of the uses that were there before stand in front, and what stands behind them."""

_amount: Callable[[str], Decimal] = lru_cache(maxsize=4096)(Decimal)
"""Uses say the same few amounts again and again."""


def change(before: Sequence[UseCells], now: Sequence[UseCells], changed: Collection[str]) -> Change:
    """What became of the uses of an authorization, where the uses of claims (CLM01) `changed`."""
    same = (one == other and one[2] not in changed for one, other in zip(before, now, strict=False))
    stand = sum(takewhile(bool, same))
    return stand, tuple(now[stand:])


def row_of(use: Use) -> UseCells:
    """A use as it is told."""
    return use.service, use.role, use.claim, _text_of(use.days), str(use.amount), use.state


def use_of(key: str, row: UseCells) -> Use:
    """The inverse, of an authorization."""
    service, role, claim, days, amount, state = row
    return Use(key, service, role, claim, days_of(days), _amount(amount), state)


def pack(change: Change) -> bytes:
    """A change as bytes, to be unpacked by a process of the same run."""
    return marshal.dumps(change, 2)  # the later versions look for what comes twice, which takes longer than to write it twice


def unpack(data: bytes) -> Change:
    """The inverse."""
    return cast(Change, marshal.loads(data))


def following(before: Sequence[UseCells], change: Change) -> list[UseCells]:
    """All uses of an authorization, by what was there before a change."""
    stand, rows = change
    return [*before[:stand], *rows]


@lru_cache(maxsize=4096)
def _text_of(days: tuple[date, ...]) -> str:
    return " ".join(day.isoformat() for day in days)


@lru_cache(maxsize=4096)
def days_of(text: str) -> tuple[date, ...]:
    """The days that are told, or kept, as text."""
    return tuple(map(date.fromisoformat, text.split()))

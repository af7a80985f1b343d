"""Which remittances are one payer's: it does not always call itself by the same id, or by one at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from edi.linkage.identity import folded_name


def by_payer(rows: Iterable[Any]) -> list[list[Any]]:
    """Rows of payments with the `payer_id` and `payer_name` of their remittances, those of one payer together."""
    found: list[list[Any]] = []
    for row in rows:
        same = [group for group in found if any(_is_same(row, other) for other in group)]
        found = [group for group in found if group not in same]
        found.append([*(one for group in same for one in group), row])
    return found


def _is_same(row: Any, other: Any) -> bool:
    """By id or by name."""
    if row.payer_id and row.payer_id == other.payer_id:
        return True
    return bool(folded_name(row.payer_name) == folded_name(other.payer_name))

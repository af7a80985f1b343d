"""Which remittances are one payer's: it does not always call itself by the same id, or by one at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from edi.linkage.identity import payer_keys


def by_payer(rows: Iterable[Any]) -> list[list[Any]]:
    """Rows of payments with the `payer_id` and `payer_name` of their remittances, those of one payer together."""
    found: list[tuple[frozenset[tuple[str, str]], list[Any]]] = []
    for row in rows:
        keys = payer_keys(row.payer_id, row.payer_name)
        same = [group for group in found if not group[0].isdisjoint(keys)]
        found = [group for group in found if group[0].isdisjoint(keys)]
        found.append((keys.union(*(known for known, _ in same)), [*(one for _, group in same for one in group), row]))
    return [group for _, group in found]

"""What needs a person of a file, as it is told: a claim that is not linked, a finding, what was rejected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edi.errors import EdiError
from edi.linkage.verdict import Row, money
from edi.records.claim import read_claims


def exception(
    tax_id: str, claim: str, what: str, action: str, line: str | None = None, amount: str | None = None
) -> dict[str, Any]:
    """Something that needs a person, of a provider."""
    return {
        "tax_id": tax_id.replace("-", "") or None,
        "claim": claim or None,
        "line": line,
        "what": what,
        "amount": amount,
        "action": action,
    }


def row_left(row: Row, tax_id: str) -> dict[str, Any]:
    return exception(tax_id, row.claim, row.verdict.value, row.verdict.action, row.line, money(row.amount))


def rejected_claims(path: Path) -> Iterator[dict[str, Any]]:
    """The claims of a file of rejected ones, as far as they can be read."""
    action = "It is not linked: mend it by its acknowledgment, and send it again."
    try:
        for claim in read_claims(path):
            yield exception(claim.billing.tax_id, claim.id, "rejected", action, None, money(claim.charge))
    except EdiError:
        yield exception("", "", "rejected", action)

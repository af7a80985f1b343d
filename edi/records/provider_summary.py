"""TS3 and TS2: what an 835 sums up of a provider's claims behind a header number (LX), as Medicare Part A does by facility."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from edi.guides.texts import Texts
from edi.records.values import ZERO, read_amount, read_date


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSummary:
    """Of one provider, type of facility and fiscal year. What is not told is not in `amounts`."""

    number: str
    """LX01."""
    provider: str
    """TS301."""
    facility: str = ""
    """TS302."""
    fiscal: date | None = None
    """TS303: the end of the provider's fiscal year."""
    claims: Decimal = ZERO
    """TS304."""
    charge: Decimal = ZERO
    """TS305."""
    amounts: Mapping[str, Decimal]
    """The other sums and counts by name: those of TS3, then those of TS2, which are of prospective payment."""


_TS3: Final = {
    "secondary_payer": 13,
    "non_laboratory": 15,
    "procedures_reported": 17,
    "procedures_payable": 18,
    "professional": 20,
    "secondary_liability_met": 21,
    "patients_reimbursed": 22,
    "interim_claims": 23,
    "interim_adjustment": 24,
}
_TS2: Final = {
    "drg": 1,
    "federal": 2,
    "hospital": 3,
    "disproportionate_share": 4,
    "capital": 5,
    "teaching": 6,
    "outlier_days": 7,
    "day_outlier": 8,
    "cost_outlier": 9,
    "average_stay": 10,
    "discharges": 11,
    "cost_report_days": 12,
    "covered_days": 13,
    "not_covered_days": 14,
    "secondary_pass_through": 15,
    "average_weight": 16,
    "capital_federal": 17,
    "capital_hospital": 18,
    "capital_disproportionate_share": 19,
}


def provider_summary(header_number: Texts) -> ProviderSummary | None:
    """What stands behind an LX (loop 2000); None where it is no more than the number."""
    rows = header_number.rows()
    if "TS3" not in rows and "TS2" not in rows:
        return None
    lx, ts3, ts2 = ((rows[id][0] if id in rows else ("",) * 26) for id in ("LX", "TS3", "TS2"))
    return ProviderSummary(
        number=lx[1],
        provider=ts3[1],
        facility=ts3[2],
        fiscal=read_date(ts3[3]),
        claims=read_amount(ts3[4]) or ZERO,
        charge=read_amount(ts3[5]) or ZERO,
        amounts=MappingProxyType({**_amounts(ts3, _TS3), **_amounts(ts2, _TS2)}),
    )


def _amounts(row: Sequence[str], places: Mapping[str, int]) -> dict[str, Decimal]:
    return {name: amount for name, at in places.items() if (amount := read_amount(row[at])) is not None}

"""What an 835 tells of a claim beside its adjustments: amounts, quantities, an inpatient stay (MIA), outpatient care (MOA)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from edi.frozen import quick
from edi.records.values import ZERO, read_amount


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFigure:
    """AMT or QTY: what is told (AMT01: AU covered, I interest, B6 allowed ...; QTY01: CA covered days ...), and how much."""

    code: str
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InpatientAdjudication:
    """MIA: how an inpatient claim came to its payment. PPS is the prospective payment of a whole stay, by its DRG."""

    covered: Decimal | None = None
    """MIA01: days or visits."""
    outlier: Decimal | None = None
    """MIA02, of operating cost."""
    psychiatric_days: Decimal | None = None
    """MIA03, of the lifetime's."""
    drg: Decimal | None = None
    """MIA04."""
    disproportionate_share: Decimal | None = None
    """MIA06."""
    secondary_pass_through: Decimal | None = None
    """MIA07: Medicare pays after another payer."""
    capital: Decimal | None = None
    """MIA08; MIA09 to MIA13 are its parts."""
    capital_federal: Decimal | None = None
    capital_hospital: Decimal | None = None
    capital_disproportionate_share: Decimal | None = None
    old_capital: Decimal | None = None
    capital_teaching: Decimal | None = None
    operating_hospital: Decimal | None = None
    """MIA14."""
    cost_report_days: Decimal | None = None
    """MIA15."""
    operating_federal: Decimal | None = None
    """MIA16."""
    capital_outlier: Decimal | None = None
    """MIA17."""
    teaching: Decimal | None = None
    """MIA18."""
    professional: Decimal | None = None
    """MIA19: the professional part, which is billed but not paid here."""
    capital_exception: Decimal | None = None
    """MIA24."""
    remarks: tuple[str, ...] = ()
    """MIA05 and MIA20 to MIA23."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutpatientAdjudication:
    """MOA: how an outpatient or professional claim came to its payment."""

    rate: Decimal | None = None
    """MOA01: what is reimbursed of a whole, 0 to 1."""
    payable: Decimal | None = None
    """MOA02: what is payable by procedure."""
    renal_disease: Decimal | None = None
    """MOA08: paid for end-stage renal disease."""
    professional: Decimal | None = None
    """MOA09: the professional part, which is billed but not paid here."""
    remarks: tuple[str, ...] = ()
    """MOA03 to MOA07."""


_INPATIENT: Final = (
    ("covered", 1),
    ("outlier", 2),
    ("psychiatric_days", 3),
    ("drg", 4),
    ("disproportionate_share", 6),
    ("secondary_pass_through", 7),
    ("capital", 8),
    ("capital_federal", 9),
    ("capital_hospital", 10),
    ("capital_disproportionate_share", 11),
    ("old_capital", 12),
    ("capital_teaching", 13),
    ("operating_hospital", 14),
    ("cost_report_days", 15),
    ("operating_federal", 16),
    ("capital_outlier", 17),
    ("teaching", 18),
    ("professional", 19),
    ("capital_exception", 24),
)
_INPATIENT_REMARKS: Final = (5, 20, 21, 22, 23)
_OUTPATIENT: Final = (("rate", 1), ("payable", 2), ("renal_disease", 8), ("professional", 9))
_OUTPATIENT_REMARKS: Final = (3, 4, 5, 6, 7)


def inpatient_of(mia: Sequence[str]) -> InpatientAdjudication:
    """The elements of an MIA (its id is element 0), empty ones behind the last."""
    known: dict[str, Any] = {name: read_amount(mia[at]) for name, at in _INPATIENT}
    return InpatientAdjudication(**known, remarks=_remarks(mia, _INPATIENT_REMARKS))


def outpatient_of(moa: Sequence[str]) -> OutpatientAdjudication:
    """The elements of an MOA."""
    known: dict[str, Any] = {name: read_amount(moa[at]) for name, at in _OUTPATIENT}
    return OutpatientAdjudication(**known, remarks=_remarks(moa, _OUTPATIENT_REMARKS))


def _remarks(row: Sequence[str], places: Iterable[int]) -> tuple[str, ...]:
    return tuple([row[at] for at in places if row[at]])


def figures_of(rows: Iterable[Sequence[str]]) -> tuple[ClaimFigure, ...]:
    """AMT or QTY segments; what is no number is 0, as with every amount of a remittance."""
    return tuple([ClaimFigure(code=row[1], value=read_amount(row[2]) or ZERO) for row in rows])

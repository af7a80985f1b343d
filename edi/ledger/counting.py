"""How much of everything the ledger keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlmodel import Session, SQLModel, col

from edi.ledger.tables import LISTED, AuthorizationRow, ClaimRow, FindingRow, InterchangeRow, PaymentRow, UseRow, WorkRow
from edi.linkage.usage import RESERVED, SENT
from edi.records.certification import NOTICE


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerStatus:
    """How much of everything the ledger keeps."""

    interchanges: int
    authorizations: int
    awaiting: int
    claims: int
    uses: int
    reserved: int
    payments: int
    findings: int
    work: int

    def to_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


def status(session: Session) -> LedgerStatus:
    """Counts: `awaiting` of authorizations without their answer, `uses` by claims that were sent, `work` of what is open."""
    return LedgerStatus(
        interchanges=_count(session, InterchangeRow),
        authorizations=_count(session, AuthorizationRow, col(AuthorizationRow.kind) != NOTICE),
        awaiting=_count(session, AuthorizationRow, col(AuthorizationRow.awaiting)),
        claims=_count(session, ClaimRow),
        uses=_count(session, UseRow, col(UseRow.state) == SENT),
        reserved=_count(session, UseRow, col(UseRow.state) == RESERVED),
        payments=_count(session, PaymentRow),
        findings=_count(session, FindingRow),
        work=_count(session, WorkRow, text(LISTED)),
    )


def _count(session: Session, table: type[SQLModel], *conditions: Any) -> int:
    return session.execute(select(func.count()).select_from(table).where(*conditions)).scalar() or 0

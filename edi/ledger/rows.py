"""What is kept of an authorization beside its record: the columns that questions are asked by."""

from __future__ import annotations

from datetime import date
from typing import Any

from edi.linkage.history import State
from edi.linkage.joining import member_key, patient_name
from edi.linkage.quantities import limits
from edi.linkage.remarks import wants
from edi.records.authorization import Authorization
from edi.records.parties import Party
from edi.records.services import Period, span


def party_name(party: Party) -> str:
    """An organization or a person as a biller reads it."""
    return ", ".join(part for part in (party.name, party.first_name) if part) or party.id


def authorization_row(id: int, state: State, text: str) -> dict[str, Any]:
    """An authorization as it stands; `text` is its record as JSON."""
    record = state.record
    return {
        "id": id,
        "kind": record.kind,
        "decision": record.decision.value,
        "awaiting": state.awaiting,
        "asked_at": state.asked_at,
        "expedited": state.expedited,
        "decide_by": state.decide_by,
        "review": state.review,
        "wanted": state.awaiting and wants(record),
        "refused": state.refused,
        "source": record.source,
        "number": record.number,
        "payer_id": record.payer.id,
        "payer_name": party_name(record.payer),
        "member_key": member_key(record.subscriber),
        "patient": patient_name(record.patient),
        **period_columns(_span(record)),
        "issued": record.issued,
        "record": f'{{"key":"{id}",{text[1:]}',  # the key is ours, so it is not in the record that was read
    }


def _span(record: Authorization) -> Period | None:
    """The certified dates of the event, else from the first to the last of its services."""
    return record.period or span(service.period for service in record.services)


def service_rows(id: int, record: Authorization) -> list[dict[str, Any]]:
    """What is certified of each service; dates that it does not tell are those of the event."""
    rows: list[dict[str, Any]] = []
    for position, service in enumerate(record.services):
        procedure = service.procedure
        total = next((limit for limit in limits(service) if not limit.per), None)
        rows.append(
            {
                "authorization_id": id,
                "position": position,
                "decision": service.decision.value,
                "number": service.number,
                "qualifier": procedure.qualifier if procedure else "",
                "code": procedure.code if procedure else "",
                "code_end": procedure.code_end if procedure else "",
                "revenue_code": service.revenue_code,
                "service_type": service.service_type,
                **period_columns(service.period or record.period),
                "unit": total.unit if total else "",
                "amount": total.amount if total else None,
            }
        )
    return rows


def period_columns(period: Period | None) -> dict[str, date | None]:
    """The columns that a period is kept in."""
    return {"period_start": period.start if period else None, "period_end": period.end if period else None}

"""278 response: what an answer says beside its decision, of the event and of each service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from edi.frozen import quick
from edi.records.parties import Party
from edi.records.response import AnsweredEvent, AnsweredService, Decision, ReviewAnswer
from edi.records.review import Attachment, RequestedService

_SETTLED: Final = frozenset({Decision.CERTIFIED, Decision.MODIFIED, Decision.CANCELLED, Decision.NOT_REQUIRED})
"""Decisions after which a payer wants nothing more: documents that such an answer names are those of the request."""
_NO_ANSWER: Final = ReviewAnswer()
_NO_SERVICE: Final = RequestedService()


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What an answer says beside its decision, of the event or of one service: what the payer wants, and its own words."""

    decision: Decision = Decision.PENDED
    service: str = ""
    """Of which service (`CertifiedService.label`); "" of the event."""
    day: date | None = None
    """On which the answer was made."""
    documents: tuple[Attachment, ...] = ()
    """PWK: what is to be sent, how, and under which number."""
    questions: tuple[str, ...] = ()
    """HI*LOI: what is to be answered, by LOINC."""
    contact: Party | None = None
    """2010EB, 2010FB: to whom."""
    message: str = ""
    """MSG: text of the payer's, which may speak of the patient."""


def remarks_of(
    event: AnsweredEvent, decision: Decision, services: Sequence[tuple[Decision, str]], day: date | None
) -> tuple[Remark, ...]:
    """What an answer says beside these decisions; `services` has those on each service, with what it is called.

    What is wanted for an event of which a service is pended, is wanted for that. A request says nothing.
    """
    if decision is Decision.UNANSWERED:
        return ()
    whole = Decision.PENDED if Decision.PENDED in dict(services) else decision
    found = [
        Remark(decision=decided, service=label, day=day, **_said(level, decided))
        for level, (decided, label) in zip(_levels(event), [(whole, ""), *services], strict=True)
    ]
    return tuple(one for one in found if one.documents or one.questions or one.contact or one.message)


def decided_by(event: AnsweredEvent, decision: Decision, services: Sequence[Decision]) -> date | None:
    """Until when a payer says that it decides: about the event that it pended, else about the first of its services."""
    days = [
        level.answer.expires if level.answer and decided is Decision.PENDED else None
        for level, decided in zip(_levels(event), [decision, *services], strict=True)
    ]
    return days[0] or min((day for day in days if day), default=None)


def _levels(event: AnsweredEvent) -> list[AnsweredEvent | AnsweredService]:
    """The event and its services."""
    return [event, *event.services]


def _said(level: AnsweredEvent | AnsweredService, decision: Decision) -> dict[str, Any]:
    """What a level says, as fields of a remark."""
    said = (level.event if isinstance(level, AnsweredEvent) else level.service) or _NO_SERVICE
    answer = level.answer or _NO_ANSWER
    wants = {"documents": said.attachments, "questions": answer.questions, "contact": answer.contact}
    return {"message": said.message} | (wants if decision not in _SETTLED else {})

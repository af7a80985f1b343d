"""X12 prior authorizations (278), linked to claims (837) and to remittances (835).

    report = edi.validate("claims.837", level=5)
    for authorization in edi.read_authorizations("response.278"): ...
    for claim in edi.read_claims("claims.837"): ...
    edi.link("claims.837", authorizations).write("out.837")

    with edi.Ledger("sqlite:///edi.db") as ledger:
        ledger.take("response.278")
        ledger.link("claims.837").write("out.837")
        findings = ledger.match("remittance.835").findings

Importing this costs nothing: a name is imported from its room when it is first used (PEP 562).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # the same names for editors and type checkers; tests/test_layout.py holds the two to each other
    from edi.errors import DefinitionError as DefinitionError
    from edi.errors import EdiError as EdiError
    from edi.errors import LedgerError as LedgerError
    from edi.errors import Problem as Problem
    from edi.errors import RecordError as RecordError
    from edi.errors import SourceError as SourceError
    from edi.guides.document import Loop as Loop
    from edi.guides.document import Unit as Unit
    from edi.guides.document import transactions as transactions
    from edi.guides.document import units as units
    from edi.guides.document import write as write
    from edi.guides.path import PathError as PathError
    from edi.guides.rules.files import requirements as requirements
    from edi.guides.validation import Report as Report
    from edi.guides.validation import TransactionReport as TransactionReport
    from edi.guides.validation import validate as validate
    from edi.jobs.batch.calling import run_batch as run_batch
    from edi.jobs.facts import write_authorization_facts as write_authorization_facts
    from edi.jobs.facts import write_claim_facts as write_claim_facts
    from edi.jobs.sets import link_sets as link_sets
    from edi.jobs.slices import Slice as Slice
    from edi.jobs.slices import plan as plan
    from edi.jobs.slices import read as read
    from edi.jobs.tables import tables as tables
    from edi.jobs.tables import write_tables as write_tables
    from edi.ledger import Ledger as Ledger
    from edi.linkage.completeness import Checked as Checked
    from edi.linkage.completeness import check_request as check_request
    from edi.linkage.deciding import Decided as Decided
    from edi.linkage.denials.denial import Finding as Finding
    from edi.linkage.denials.denial import findings as findings
    from edi.linkage.denials.netting import Net as Net
    from edi.linkage.denials.netting import net as net
    from edi.linkage.joining import joined as joined
    from edi.linkage.linking import Linked as Linked
    from edi.linkage.linking import link as link
    from edi.linkage.placement import Level as Level
    from edi.linkage.queries import Known as Known
    from edi.linkage.requirements import Answer as Answer
    from edi.linkage.requirements import Need as Need
    from edi.linkage.requirements import Query as Query
    from edi.linkage.requirements import requirement as requirement
    from edi.linkage.splitting import Split as Split
    from edi.linkage.splitting import split as split
    from edi.linkage.terms import Requirement as Requirement
    from edi.linkage.usage import Usage as Usage
    from edi.linkage.verdict import Verdict as Verdict
    from edi.records.acknowledging import Acknowledgments as Acknowledgments
    from edi.records.acknowledging import acknowledge as acknowledge
    from edi.records.acknowledgment import GroupAnswer as GroupAnswer
    from edi.records.acknowledgment import InterchangeAnswer as InterchangeAnswer
    from edi.records.advice import Remittance as Remittance
    from edi.records.advice import read_remittances as read_remittances
    from edi.records.authorization import Authorization as Authorization
    from edi.records.authorization import CertifiedService as CertifiedService
    from edi.records.authorization import Decision as Decision
    from edi.records.authorization import combine as combine
    from edi.records.authorization import read_authorizations as read_authorizations
    from edi.records.claim import Claim as Claim
    from edi.records.claim import ClaimLine as ClaimLine
    from edi.records.claim import HeldNumber as HeldNumber
    from edi.records.claim import read_claims as read_claims
    from edi.records.claim_acknowledgment import ClaimBatch as ClaimBatch
    from edi.records.drafting import draft as draft
    from edi.records.envelope import Envelope as Envelope
    from edi.records.inquiry import Inquiry as Inquiry
    from edi.records.inquiry import inquiry_about as inquiry_about
    from edi.records.inquiry import read_inquiries as read_inquiries
    from edi.records.inquiry import read_inquiry_answers as read_inquiry_answers
    from edi.records.inquiry import write_inquiries as write_inquiries
    from edi.records.inquiry import write_inquiry_answer as write_inquiry_answer
    from edi.records.notification import Notification as Notification
    from edi.records.notification import NotificationAnswer as NotificationAnswer
    from edi.records.notification import answer_notification as answer_notification
    from edi.records.notification import read_notification_answers as read_notification_answers
    from edi.records.notification import read_notifications as read_notifications
    from edi.records.notification import write_notification_answers as write_notification_answers
    from edi.records.notification import write_notifications as write_notifications
    from edi.records.numbering import put_number as put_number
    from edi.records.numbering import remove_number as remove_number
    from edi.records.parties import Party as Party
    from edi.records.parties import Person as Person
    from edi.records.reading import Records as Records
    from edi.records.received import read_acknowledgments as read_acknowledgments
    from edi.records.remittance import Payment as Payment
    from edi.records.remittance import read_payments as read_payments
    from edi.records.request import Request as Request
    from edi.records.request import read_requests as read_requests
    from edi.records.request import request_from_json as request_from_json
    from edi.records.request import request_schema as request_schema
    from edi.records.request import request_to_json as request_to_json
    from edi.records.request import write_request as write_request
    from edi.records.request import write_requests as write_requests
    from edi.records.response import Response as Response
    from edi.records.response import read_responses as read_responses
    from edi.records.response import write_response as write_response
    from edi.records.services import Period as Period
    from edi.records.services import Procedure as Procedure
    from edi.records.services import Quantity as Quantity

_HOME: Final = {
    "Acknowledgments": "edi.records.acknowledging",
    "Answer": "edi.linkage.requirements",
    "Authorization": "edi.records.authorization",
    "CertifiedService": "edi.records.authorization",
    "Checked": "edi.linkage.completeness",
    "Claim": "edi.records.claim",
    "ClaimBatch": "edi.records.claim_acknowledgment",
    "ClaimLine": "edi.records.claim",
    "Decided": "edi.linkage.deciding",
    "Decision": "edi.records.authorization",
    "DefinitionError": "edi.errors",
    "EdiError": "edi.errors",
    "Envelope": "edi.records.envelope",
    "Finding": "edi.linkage.denials.denial",
    "GroupAnswer": "edi.records.acknowledgment",
    "HeldNumber": "edi.records.claim",
    "Inquiry": "edi.records.inquiry",
    "InterchangeAnswer": "edi.records.acknowledgment",
    "Known": "edi.linkage.queries",
    "Ledger": "edi.ledger",
    "LedgerError": "edi.errors",
    "Level": "edi.linkage.placement",
    "Linked": "edi.linkage.linking",
    "Loop": "edi.guides.document",
    "Need": "edi.linkage.requirements",
    "Net": "edi.linkage.denials.netting",
    "Notification": "edi.records.notification",
    "NotificationAnswer": "edi.records.notification",
    "Party": "edi.records.parties",
    "PathError": "edi.guides.path",
    "Payment": "edi.records.remittance",
    "Period": "edi.records.services",
    "Person": "edi.records.parties",
    "Problem": "edi.errors",
    "Procedure": "edi.records.services",
    "Quantity": "edi.records.services",
    "Query": "edi.linkage.requirements",
    "RecordError": "edi.errors",
    "Records": "edi.records.reading",
    "Remittance": "edi.records.advice",
    "Report": "edi.guides.validation",
    "Request": "edi.records.request",
    "Requirement": "edi.linkage.terms",
    "Response": "edi.records.response",
    "Slice": "edi.jobs.slices",
    "SourceError": "edi.errors",
    "Split": "edi.linkage.splitting",
    "TransactionReport": "edi.guides.validation",
    "Unit": "edi.guides.document",
    "Usage": "edi.linkage.usage",
    "Verdict": "edi.linkage.verdict",
    "acknowledge": "edi.records.acknowledging",
    "answer_notification": "edi.records.notification",
    "check_request": "edi.linkage.completeness",
    "combine": "edi.records.authorization",
    "draft": "edi.records.drafting",
    "findings": "edi.linkage.denials.denial",
    "inquiry_about": "edi.records.inquiry",
    "joined": "edi.linkage.joining",
    "link": "edi.linkage.linking",
    "link_sets": "edi.jobs.sets",
    "net": "edi.linkage.denials.netting",
    "plan": "edi.jobs.slices",
    "put_number": "edi.records.numbering",
    "read": "edi.jobs.slices",
    "read_acknowledgments": "edi.records.received",
    "read_authorizations": "edi.records.authorization",
    "read_claims": "edi.records.claim",
    "read_inquiries": "edi.records.inquiry",
    "read_inquiry_answers": "edi.records.inquiry",
    "read_notification_answers": "edi.records.notification",
    "read_notifications": "edi.records.notification",
    "read_payments": "edi.records.remittance",
    "read_remittances": "edi.records.advice",
    "read_requests": "edi.records.request",
    "read_responses": "edi.records.response",
    "remove_number": "edi.records.numbering",
    "request_from_json": "edi.records.request",
    "request_schema": "edi.records.request",
    "request_to_json": "edi.records.request",
    "requirement": "edi.linkage.requirements",
    "requirements": "edi.guides.rules.files",
    "run_batch": "edi.jobs.batch.calling",
    "split": "edi.linkage.splitting",
    "tables": "edi.jobs.tables",
    "transactions": "edi.guides.document",
    "units": "edi.guides.document",
    "validate": "edi.guides.validation",
    "write": "edi.guides.document",
    "write_authorization_facts": "edi.jobs.facts",
    "write_claim_facts": "edi.jobs.facts",
    "write_inquiries": "edi.records.inquiry",
    "write_inquiry_answer": "edi.records.inquiry",
    "write_notification_answers": "edi.records.notification",
    "write_notifications": "edi.records.notification",
    "write_request": "edi.records.request",
    "write_requests": "edi.records.request",
    "write_response": "edi.records.response",
    "write_tables": "edi.jobs.tables",
}
"""A public name, and the module that has it."""

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'edi' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

"""X12 prior authorizations (278), linked to claims (837) and to remittances (835).

    report = edi.validate("claims.837", level=5)
    for authorization in edi.read_authorizations("response.278"): ...
    for claim in edi.read_claims("claims.837"): ...
    edi.link("claims.837", authorizations).write("out.837")

    with edi.Ledger("sqlite:///edi.db") as ledger:
        ledger.take("response.278")
        ledger.link("claims.837").write("out.837")
        findings = ledger.match("remittance.835").findings

Importing this costs nothing: a name is imported from its room when it is first used (PEP 562), and so is `__version__`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # the same names for editors and type checkers; tests/test_layout.py holds the two to each other
    __version__: str
    from edi.errors import DefinitionError as DefinitionError
    from edi.errors import EdiError as EdiError
    from edi.errors import LedgerError as LedgerError
    from edi.errors import Problem as Problem
    from edi.errors import RecordError as RecordError
    from edi.errors import RefusedError as RefusedError
    from edi.errors import SourceError as SourceError
    from edi.guides.document import Loop as Loop
    from edi.guides.document import Unit as Unit
    from edi.guides.document import transactions as transactions
    from edi.guides.document import units as units
    from edi.guides.document import write as write
    from edi.guides.path import PathError as PathError
    from edi.guides.rules.files import requirements as requirements
    from edi.guides.rules.requirement import RequirementRule as RequirementRule
    from edi.guides.validation import Report as Report
    from edi.guides.validation import TransactionReport as TransactionReport
    from edi.guides.validation import validate as validate
    from edi.jobs.batch.calling import run_batch as run_batch
    from edi.jobs.batch.running import BatchOutcome as BatchOutcome
    from edi.jobs.facts import write_authorization_facts as write_authorization_facts
    from edi.jobs.facts import write_claim_facts as write_claim_facts
    from edi.jobs.sets import SetRow as SetRow
    from edi.jobs.sets import link_sets as link_sets
    from edi.jobs.slices import Slice as Slice
    from edi.jobs.slices import plan_slices as plan_slices
    from edi.jobs.slices import read_slice as read_slice
    from edi.jobs.tables import tables as tables
    from edi.jobs.tables import write_tables as write_tables
    from edi.ledger import Ledger as Ledger
    from edi.ledger.corrections.answered import KeptClaim as KeptClaim
    from edi.ledger.corrections.appealing import AppealPacket as AppealPacket
    from edi.ledger.corrections.correcting import Corrected as Corrected
    from edi.ledger.corrections.correcting import Correction as Correction
    from edi.ledger.counting import LedgerStatus as LedgerStatus
    from edi.ledger.figures.adjudicated import FigureSpan as FigureSpan
    from edi.ledger.figures.adjudicated import FirstPass as FirstPass
    from edi.ledger.figures.adjudicated import StoppedClaims as StoppedClaims
    from edi.ledger.figures.denials import DenialFigures as DenialFigures
    from edi.ledger.figures.denials import Denials as Denials
    from edi.ledger.figures.exporting import Export as Export
    from edi.ledger.figures.recouped import Recouped as Recouped
    from edi.ledger.figures.turnaround import Turnaround as Turnaround
    from edi.ledger.listing import AuthorizationPage as AuthorizationPage
    from edi.ledger.listing import AuthorizationQuery as AuthorizationQuery
    from edi.ledger.lives import AuthorizationEvent as AuthorizationEvent
    from edi.ledger.lives import AuthorizationLife as AuthorizationLife
    from edi.ledger.payments.accounts import Recoupment as Recoupment
    from edi.ledger.payments.accounts import SettledBeside as SettledBeside
    from edi.ledger.payments.matched import Matched as Matched
    from edi.ledger.payments.matched import Unmatched as Unmatched
    from edi.ledger.payments.matches import MatchedPayment as MatchedPayment
    from edi.ledger.purging import Purged as Purged
    from edi.ledger.questions import HeldAuthorization as HeldAuthorization
    from edi.ledger.questions import HeldService as HeldService
    from edi.ledger.questions import HeldUse as HeldUse
    from edi.ledger.spreadsheet_news import ToldAuthorization as ToldAuthorization
    from edi.ledger.taking import Taken as Taken
    from edi.ledger.taking import TakenInterchange as TakenInterchange
    from edi.ledger.taking import Telling as Telling
    from edi.ledger.upkeep import Upkeep as Upkeep
    from edi.ledger.work.agenda import WorkPage as WorkPage
    from edi.ledger.work.agenda import WorkQuery as WorkQuery
    from edi.ledger.work.agenda import WorkTotal as WorkTotal
    from edi.ledger.work.desk import Work as Work
    from edi.ledger.work.working import WorkEvent as WorkEvent
    from edi.ledger.work.working import WorkLife as WorkLife
    from edi.ledger.work.worklist import WorkItem as WorkItem
    from edi.linkage.completeness import Checked as Checked
    from edi.linkage.completeness import check_request as check_request
    from edi.linkage.deadlines import Deadlines as Deadlines
    from edi.linkage.demands import Lack as Lack
    from edi.linkage.denials.appeal import Appeal as Appeal
    from edi.linkage.denials.appeal import AppealGround as AppealGround
    from edi.linkage.denials.appeal import ContestedDenial as ContestedDenial
    from edi.linkage.denials.correction import ClaimHistory as ClaimHistory
    from edi.linkage.denials.correction import ClaimRejection as ClaimRejection
    from edi.linkage.denials.correction import CorrectionPlan as CorrectionPlan
    from edi.linkage.denials.correction import Instrument as Instrument
    from edi.linkage.denials.correction import PayerAnswer as PayerAnswer
    from edi.linkage.denials.correction import Refusal as Refusal
    from edi.linkage.denials.denial import Finding as Finding
    from edi.linkage.denials.denial import findings as findings
    from edi.linkage.denials.netting import AdjustmentPlace as AdjustmentPlace
    from edi.linkage.denials.netting import Net as Net
    from edi.linkage.denials.netting import net as net
    from edi.linkage.denials.pairing import PaymentMatch as PaymentMatch
    from edi.linkage.joining import joined as joined
    from edi.linkage.linking import Linked as Linked
    from edi.linkage.linking import link as link
    from edi.linkage.misfit import Misfit as Misfit
    from edi.linkage.misfit import Remaining as Remaining
    from edi.linkage.one_by_one import Decided as Decided
    from edi.linkage.placement import Level as Level
    from edi.linkage.queries import Known as Known
    from edi.linkage.requirements import Need as Need
    from edi.linkage.requirements import Query as Query
    from edi.linkage.requirements import RequirementAnswer as RequirementAnswer
    from edi.linkage.requirements import requirement as requirement
    from edi.linkage.room import Use as Use
    from edi.linkage.splitting import Split as Split
    from edi.linkage.splitting import split as split
    from edi.linkage.suggesting import Suggestion as Suggestion
    from edi.linkage.terms import Requirement as Requirement
    from edi.linkage.unmapped import UnmappedPayer as UnmappedPayer
    from edi.linkage.usage import Usage as Usage
    from edi.linkage.verdict import Candidate as Candidate
    from edi.linkage.verdict import Row as Row
    from edi.linkage.verdict import Verdict as Verdict
    from edi.records.acknowledging import Acknowledgments as Acknowledgments
    from edi.records.acknowledging import acknowledge as acknowledge
    from edi.records.acknowledgment import ElementFault as ElementFault
    from edi.records.acknowledgment import FaultContext as FaultContext
    from edi.records.acknowledgment import GroupAnswer as GroupAnswer
    from edi.records.acknowledgment import InterchangeAnswer as InterchangeAnswer
    from edi.records.acknowledgment import SegmentFault as SegmentFault
    from edi.records.acknowledgment import SetAnswer as SetAnswer
    from edi.records.adjudication import ClaimFigure as ClaimFigure
    from edi.records.adjudication import InpatientAdjudication as InpatientAdjudication
    from edi.records.adjudication import OutpatientAdjudication as OutpatientAdjudication
    from edi.records.advice import Remittance as Remittance
    from edi.records.advice import RemittanceTotals as RemittanceTotals
    from edi.records.advice import read_remittances as read_remittances
    from edi.records.authorization import Authorization as Authorization
    from edi.records.authorization import CertifiedService as CertifiedService
    from edi.records.authorization import Decision as Decision
    from edi.records.authorization import combine as combine
    from edi.records.authorization import read_authorizations as read_authorizations
    from edi.records.balance import Balance as Balance
    from edi.records.claim import Claim as Claim
    from edi.records.claim import ClaimLine as ClaimLine
    from edi.records.claim import HeldNumber as HeldNumber
    from edi.records.claim import OtherPayer as OtherPayer
    from edi.records.claim import read_claims as read_claims
    from edi.records.claim_acknowledgment import BatchTotals as BatchTotals
    from edi.records.claim_acknowledgment import ClaimBatch as ClaimBatch
    from edi.records.claim_acknowledgment import ClaimStatus as ClaimStatus
    from edi.records.claim_acknowledgment import LineStatus as LineStatus
    from edi.records.claim_acknowledgment import PatientStatus as PatientStatus
    from edi.records.claim_acknowledgment import ProviderStatus as ProviderStatus
    from edi.records.claim_acknowledgment import StatusInformation as StatusInformation
    from edi.records.clinical import Ambulance as Ambulance
    from edi.records.clinical import Chiropractic as Chiropractic
    from edi.records.clinical import Condition as Condition
    from edi.records.clinical import HomeHealth as HomeHealth
    from edi.records.clinical import Oxygen as Oxygen
    from edi.records.clinical import Stay as Stay
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
    from edi.records.parties import Address as Address
    from edi.records.parties import Contact as Contact
    from edi.records.parties import Party as Party
    from edi.records.parties import Person as Person
    from edi.records.parties import Reference as Reference
    from edi.records.provider_adjustment import ProviderAdjustment as ProviderAdjustment
    from edi.records.provider_summary import ProviderSummary as ProviderSummary
    from edi.records.reading import Records as Records
    from edi.records.received import read_acknowledgments as read_acknowledgments
    from edi.records.rejection import Rejection as Rejection
    from edi.records.remarks import Remark as Remark
    from edi.records.remittance import Adjustment as Adjustment
    from edi.records.remittance import PaidLine as PaidLine
    from edi.records.remittance import Payment as Payment
    from edi.records.remittance import read_payments as read_payments
    from edi.records.request import Request as Request
    from edi.records.request import read_requests as read_requests
    from edi.records.request import request_from_json as request_from_json
    from edi.records.request import request_schema as request_schema
    from edi.records.request import request_to_json as request_to_json
    from edi.records.request import write_request as write_request
    from edi.records.request import write_requests as write_requests
    from edi.records.response import AnsweredEvent as AnsweredEvent
    from edi.records.response import AnsweredService as AnsweredService
    from edi.records.response import Response as Response
    from edi.records.response import ReviewAnswer as ReviewAnswer
    from edi.records.response import read_responses as read_responses
    from edi.records.response import write_response as write_response
    from edi.records.review import Attachment as Attachment
    from edi.records.review import OtherReview as OtherReview
    from edi.records.review import PatientEvent as PatientEvent
    from edi.records.review import RequestedService as RequestedService
    from edi.records.review import ServiceKind as ServiceKind
    from edi.records.review import Trace as Trace
    from edi.records.services import DeliveryPattern as DeliveryPattern
    from edi.records.services import Diagnosis as Diagnosis
    from edi.records.services import Period as Period
    from edi.records.services import Procedure as Procedure
    from edi.records.services import Quantity as Quantity
    from edi.records.services import Tooth as Tooth
    from edi.records.transfer import BankAccount as BankAccount
    from edi.records.transfer import RemittanceDelivery as RemittanceDelivery
    from edi.records.transfer import Transfer as Transfer
    from edi.text.redaction import Tokens as Tokens
    from edi.text.segments import Delimiters as Delimiters
    from edi.text.segments import Segment as Segment

_ROOMS: Final = {
    "edi.errors": "DefinitionError EdiError LedgerError Problem RecordError RefusedError SourceError",
    "edi.guides.document": "Loop Unit transactions units write",
    "edi.guides.path": "PathError",
    "edi.guides.rules.files": "requirements",
    "edi.guides.rules.requirement": "RequirementRule",
    "edi.guides.validation": "Report TransactionReport validate",
    "edi.jobs.batch.calling": "run_batch",
    "edi.jobs.batch.running": "BatchOutcome",
    "edi.jobs.facts": "write_authorization_facts write_claim_facts",
    "edi.jobs.sets": "SetRow link_sets",
    "edi.jobs.slices": "Slice plan_slices read_slice",
    "edi.jobs.tables": "tables write_tables",
    "edi.ledger": "Ledger",
    "edi.ledger.corrections.answered": "KeptClaim",
    "edi.ledger.corrections.appealing": "AppealPacket",
    "edi.ledger.corrections.correcting": "Corrected Correction",
    "edi.ledger.counting": "LedgerStatus",
    "edi.ledger.figures.adjudicated": "FigureSpan FirstPass StoppedClaims",
    "edi.ledger.figures.denials": "DenialFigures Denials",
    "edi.ledger.figures.exporting": "Export",
    "edi.ledger.figures.recouped": "Recouped",
    "edi.ledger.figures.turnaround": "Turnaround",
    "edi.ledger.listing": "AuthorizationPage AuthorizationQuery",
    "edi.ledger.lives": "AuthorizationEvent AuthorizationLife",
    "edi.ledger.payments.accounts": "Recoupment SettledBeside",
    "edi.ledger.payments.matched": "Matched Unmatched",
    "edi.ledger.payments.matches": "MatchedPayment",
    "edi.ledger.purging": "Purged",
    "edi.ledger.questions": "HeldAuthorization HeldService HeldUse",
    "edi.ledger.spreadsheet_news": "ToldAuthorization",
    "edi.ledger.taking": "Taken TakenInterchange Telling",
    "edi.ledger.upkeep": "Upkeep",
    "edi.ledger.work.agenda": "WorkPage WorkQuery WorkTotal",
    "edi.ledger.work.desk": "Work",
    "edi.ledger.work.working": "WorkEvent WorkLife",
    "edi.ledger.work.worklist": "WorkItem",
    "edi.linkage.completeness": "Checked check_request",
    "edi.linkage.demands": "Lack",
    "edi.linkage.deadlines": "Deadlines",
    "edi.linkage.one_by_one": "Decided",
    "edi.linkage.denials.appeal": "Appeal AppealGround ContestedDenial",
    "edi.linkage.denials.correction": "ClaimHistory ClaimRejection CorrectionPlan Instrument PayerAnswer Refusal",
    "edi.linkage.denials.denial": "Finding findings",
    "edi.linkage.denials.netting": "AdjustmentPlace Net net",
    "edi.linkage.denials.pairing": "PaymentMatch",
    "edi.linkage.joining": "joined",
    "edi.linkage.linking": "Linked link",
    "edi.linkage.misfit": "Misfit Remaining",
    "edi.linkage.placement": "Level",
    "edi.linkage.queries": "Known",
    "edi.linkage.requirements": "RequirementAnswer Need Query requirement",
    "edi.linkage.room": "Use",
    "edi.linkage.splitting": "Split split",
    "edi.linkage.suggesting": "Suggestion",
    "edi.linkage.terms": "Requirement",
    "edi.linkage.unmapped": "UnmappedPayer",
    "edi.linkage.usage": "Usage",
    "edi.linkage.verdict": "Candidate Row Verdict",
    "edi.records.acknowledging": "Acknowledgments acknowledge",
    "edi.records.acknowledgment": "ElementFault FaultContext GroupAnswer InterchangeAnswer SegmentFault SetAnswer",
    "edi.records.adjudication": "ClaimFigure InpatientAdjudication OutpatientAdjudication",
    "edi.records.advice": "Remittance RemittanceTotals read_remittances",
    "edi.records.authorization": "Authorization CertifiedService Decision combine read_authorizations",
    "edi.records.balance": "Balance",
    "edi.records.claim": "Claim ClaimLine HeldNumber OtherPayer read_claims",
    "edi.records.claim_acknowledgment": """
        BatchTotals ClaimBatch ClaimStatus LineStatus PatientStatus ProviderStatus StatusInformation
    """,
    "edi.records.clinical": "Ambulance Chiropractic Condition HomeHealth Oxygen Stay",
    "edi.records.drafting": "draft",
    "edi.records.envelope": "Envelope",
    "edi.records.inquiry": "Inquiry inquiry_about read_inquiries read_inquiry_answers write_inquiries write_inquiry_answer",
    "edi.records.notification": """
        Notification NotificationAnswer answer_notification
        read_notification_answers read_notifications write_notification_answers write_notifications
    """,
    "edi.records.numbering": "put_number remove_number",
    "edi.records.parties": "Address Contact Party Person Reference",
    "edi.records.provider_adjustment": "ProviderAdjustment",
    "edi.records.provider_summary": "ProviderSummary",
    "edi.records.reading": "Records",
    "edi.records.received": "read_acknowledgments",
    "edi.records.rejection": "Rejection",
    "edi.records.remarks": "Remark",
    "edi.records.remittance": "Adjustment PaidLine Payment read_payments",
    "edi.records.request": "Request read_requests request_from_json request_schema request_to_json write_request write_requests",
    "edi.records.response": "AnsweredEvent AnsweredService Response ReviewAnswer read_responses write_response",
    "edi.records.review": "Attachment OtherReview PatientEvent RequestedService ServiceKind Trace",
    "edi.records.services": "DeliveryPattern Diagnosis Period Procedure Quantity Tooth",
    "edi.records.transfer": "BankAccount RemittanceDelivery Transfer",
    "edi.text.redaction": "Tokens",
    "edi.text.segments": "Delimiters Segment",
}
"""A module, and the public names that it has."""
_HOME: Final = {name: module for module, names in _ROOMS.items() for name in names.split()}
"""A public name, and the module that has it."""

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = import_module("importlib.metadata").version("edi-authlink")
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module 'edi' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

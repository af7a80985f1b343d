"""The tables that are exported: their columns, typed and explained, and where in the ledger each comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import col

from edi.ledger.payments.accounts import ProviderAdjustmentRow
from edi.ledger.tables import (
    AuthorizationRow,
    ClaimAnswerRow,
    ClaimRow,
    FindingRow,
    LineRow,
    NumberRow,
    PaymentRow,
    RemittanceRow,
    ServiceRow,
    UseRow,
    WorkEventRow,
    WorkRow,
)
from edi.records.columns import (
    ADJUSTMENT,
    DATE,
    DAY,
    FLAG,
    ID,
    INTEGER,
    MOMENT,
    MONEY,
    NAME,
    PAYMENT_LINE,
    QUANTITY,
    TEETH,
    TEXT,
    Field,
    Table,
    within,
)


@dataclass(frozen=True, slots=True)
class ExportTable(Table):
    """A table with the question that the ledger is asked; a column's source is the ledger's own, None: out of a record."""

    query: Any


def _table(name: str, said: str, key: str, *fields: Field) -> ExportTable:
    """A table whose columns are the ledger's own."""
    return ExportTable(name, said, tuple(key.split()), fields, select(*(field.source.label(field.name) for field in fields)))


_A, _S, _C, _L, _N = AuthorizationRow, ServiceRow, ClaimRow, LineRow, NumberRow
_U, _R, _P, _F, _B = UseRow, RemittanceRow, PaymentRow, FindingRow, ProviderAdjustmentRow
_W, _V, _Q = WorkRow, WorkEventRow, ClaimAnswerRow

AUTHORIZATIONS: Final = _table(
    "authorizations",
    "an authorization, referral or notice as it stands",
    "authorization_id",
    Field("authorization_id", INTEGER, "its id in the ledger", col(_A.id)),
    Field("kind", TEXT, "authorization, referral or notice", col(_A.kind)),
    Field("decision", TEXT, "certified, modified, denied, pended, unanswered ...", col(_A.decision)),
    Field("number", TEXT, "the payer's number", col(_A.number)),
    Field("payer_id", TEXT, "the payer's id", col(_A.payer_id)),
    Field("payer", TEXT, "the payer's name", col(_A.payer_name)),
    Field("member", TEXT, "the subscriber's member id, in capitals without punctuation", col(_A.member_key), ID),
    Field("patient", TEXT, "the patient's name", col(_A.patient), NAME),
    *within("that is certified", col(_A.period_start), col(_A.period_end)),
    Field("issued", DATE, "when it was decided, by the payer's account", col(_A.issued)),
    Field("awaiting", FLAG, "whether a request of it waits for an answer", col(_A.awaiting)),
    Field("asked_at", MOMENT, "when the oldest request that waits was made", col(_A.asked_at)),
    Field("expedited", FLAG, "whether that request is urgent", col(_A.expedited)),
    Field("decide_by", DATE, "until when the payer says that it decides", col(_A.decide_by)),
    Field("source", TEXT, "278, inquiry, notification, phone, portal, fax, letter; TA1, 999: it was rejected", col(_A.source)),
    Field("used", INTEGER, "of the service used most, the share that is used, in hundredths of a percent", col(_A.used)),
)
_SERVICE: Final = (
    Field("authorization_id", INTEGER, "of authorizations", col(_S.authorization_id)),
    Field("position", INTEGER, "counted from 0", col(_S.position)),
    Field("decision", TEXT, "what was decided about it", col(_S.decision)),
    Field("number", TEXT, "its own number, where it has one", col(_S.number)),
    Field("qualifier", TEXT, "HC HCPCS, N4 NDC, ... of the code", col(_S.qualifier)),
    Field("code", TEXT, "the procedure; of a range the first", col(_S.code)),
    Field("code_end", TEXT, "of a range the last", col(_S.code_end)),
    Field("revenue_code", TEXT, "where it is certified by one", col(_S.revenue_code)),
    Field("service_type", TEXT, "UM03", col(_S.service_type)),
    *within("that is certified", col(_S.period_start), col(_S.period_end)),
    Field("unit", TEXT, "UN units, VS visits, DY days, MJ minutes ...", col(_S.unit)),
    Field("quantity", QUANTITY, "how much is certified in all, or was asked for", col(_S.amount)),
)
"""What has a column in the ledger."""
SERVICES: Final = ExportTable(
    "services",
    "a service of an authorization",
    ("authorization_id", "position"),
    (*_SERVICE, *TEETH),
    select(*(field.source.label(field.name) for field in _SERVICE), col(_A.record)).join(
        _A, col(_A.id) == col(_S.authorization_id)
    ),
)
CLAIMS: Final = _table(
    "claims",
    "a claim as it was sent, each time that it was",
    "claim_id",
    Field("claim_id", INTEGER, "its id in the ledger", col(_C.id)),
    Field("claim", TEXT, "CLM01", col(_C.claim)),
    Field("kind", TEXT, "professional, institutional or dental", col(_C.kind)),
    Field("frequency", TEXT, "CLM05-3: 1 original, 7 replacement, 8 void", col(_C.frequency)),
    Field("original", TEXT, "REF*F8: the payer's number of the claim that it replaces or voids", col(_C.original)),
    Field("payer_id", TEXT, "the destination payer's id", col(_C.payer_id)),
    Field("payer", TEXT, "its name", col(_C.payer_name)),
    Field("member", TEXT, "the subscriber's member id, in capitals without punctuation", col(_C.member_key), ID),
    Field("billing_id", TEXT, "the billing provider, mostly its NPI", col(_C.billing_id)),
    Field("rendering_id", TEXT, "who gave the care, where the claim says so", col(_C.rendering_id)),
    Field("charge", MONEY, "CLM02", col(_C.charge)),
    *within("of service", col(_C.period_start), col(_C.period_end)),
    Field("sent_at", MOMENT, "when its file was taken", col(_C.sent_at)),
    Field("denied", FLAG, "whether every dollar of it stands denied", col(_C.denied)),
    Field("rejected", FLAG, "whether it was not taken in (TA1, 999, 277CA)", col(_C.rejected)),
)
LINES: Final = _table(
    "lines",
    "a service line of a claim",
    "claim_id position",
    Field("claim_id", INTEGER, "of claims", col(_L.claim_id)),
    Field("position", INTEGER, "counted from 0", col(_L.position)),
    Field("number", TEXT, "LX01", col(_L.number)),
    Field("control_number", TEXT, "REF*6R", col(_L.control_number)),
    Field("code", TEXT, "the procedure, else the revenue code", col(_L.code)),
    Field("charge", MONEY, "the line's charge", col(_L.charge)),
    *within("of service", col(_L.period_start), col(_L.period_end)),
)
NUMBERS: Final = _table(
    "numbers",
    "a number of an authorization or a referral on a claim",
    "claim_id line number",
    Field("claim_id", INTEGER, "of claims", col(_N.claim_id)),
    Field("line", TEXT, "the line that it stands at (LX01); null at the claim", col(_N.line)),
    Field("number", TEXT, "as it was sent", col(_N.value)),
)
USES: Final = _table(
    "uses",
    "what a claim takes of one service of an authorization, in one role",
    "use_id",
    Field("use_id", INTEGER, "its id in the ledger", col(_U.id)),
    Field("authorization_id", INTEGER, "of authorizations", col(_U.authorization_id)),
    Field("service", INTEGER, "the service's position", col(_U.service)),
    Field("role", TEXT, "professional, facility, assistant, anaesthesia ...", col(_U.role)),
    Field("claim", TEXT, "CLM01: a claim counts once, however often it is sent", col(_U.claim)),
    Field("days", TEXT, "the days, ISO 8601, with blanks between", col(_U.days), DAY),
    Field("quantity", QUANTITY, "how much is taken", col(_U.amount)),
    Field("state", TEXT, "sent, reserved or denied", col(_U.state)),
)
_REMITTANCE: Final = (
    Field("trace", TEXT, "TRN02: the check or transfer", col(_R.trace)),
    Field("payer_id", TEXT, "the payer's id", col(_R.payer_id)),
    Field("payer", TEXT, "the payer's name", col(_R.payer_name)),
    Field("payee_id", TEXT, "who was paid", col(_R.payee_id)),
    Field("paid_on", DATE, "BPR16", col(_R.paid_on)),
    Field("produced_on", DATE, "DTM*405, else BPR16", col(_R.produced_on)),
)
_PAYMENT: Final = (
    Field("payment_id", INTEGER, "its id in the ledger", col(_P.id)),
    Field("claim_id", INTEGER, "of claims: the one that it answers, where that is sure", col(_P.claim_id)),
    Field("claim", TEXT, "CLP01", col(_P.claim)),
    Field("payer_claim", TEXT, "CLP07", col(_P.payer_claim)),
    Field("status", TEXT, "CLP02: 1 2 3 primary to tertiary, 4 denied, 22 reversal, 25 predetermination ...", col(_P.status)),
    Field("frequency", TEXT, "CLP09", col(_P.frequency)),
    Field("charge", MONEY, "CLP03", col(_P.charge)),
    Field("paid", MONEY, "CLP04", col(_P.paid)),
    Field("denied", FLAG, "whether every dollar of it is denied", col(_P.denied)),
    Field("member", TEXT, "the member id, in capitals without punctuation", col(_P.member_key), ID),
    Field("remittance_id", INTEGER, "one for each transaction (ST to SE)", col(_P.remittance_id)),
    *_REMITTANCE,
)
PAYMENTS: Final = ExportTable(
    "payments",
    "a claim as a payer answered it, with its remittance",
    ("payment_id",),
    _PAYMENT,
    select(*(field.source.label(field.name) for field in _PAYMENT)).join(_R, col(_R.id) == col(_P.remittance_id)),
)
PAYMENT_LINES: Final = ExportTable(
    "payment_lines",
    "a service line of a payment",
    ("payment_id", "ordinal"),
    (
        Field("payment_id", INTEGER, "of payments"),
        *PAYMENT_LINE,
        *within("of service"),
    ),
    select(col(_P.id), col(_P.record)),
)
ADJUSTMENTS: Final = ExportTable(
    "adjustments",
    "one triplet of a CAS",
    ("payment_id", "ordinal", "position"),
    (
        Field("payment_id", INTEGER, "of payments"),
        *ADJUSTMENT,
    ),
    select(col(_P.id), col(_P.record)),
)
PROVIDER_ADJUSTMENTS: Final = ExportTable(
    "provider_adjustments",
    "money of a remittance that is no claim's in it (PLB)",
    ("remittance_id", "position"),
    (
        Field("remittance_id", INTEGER, "one for each transaction (ST to SE)", col(_B.remittance_id)),
        Field("position", INTEGER, "counted from 0", col(_B.position)),
        Field("code", TEXT, "PLB03-1: WO overpayment taken back, FB carried forward, L6 interest ...", col(_B.code)),
        Field("claim", TEXT, "the claim that it is about, by the payer's number or ours, where the code is of one"),
        Field("other_trace", TEXT, "the remittance that it is carried to or from, where the code is of one"),
        Field("amount", MONEY, "with its sign: what is positive lessens the payment", col(_B.amount)),
        *_REMITTANCE,
    ),
    select(
        *(col(column) for column in (_B.remittance_id, _B.position, _B.code, _B.reference, _B.amount)),
        *(field.source.label(field.name) for field in _REMITTANCE),
    ).join(_R, col(_R.id) == col(_B.remittance_id)),
)
CLAIM_ANSWERS: Final = _table(
    "claim_answers",
    "what an acknowledgment says of one claim, or of all claims of the sets that it names",
    "answer_id",
    Field("answer_id", INTEGER, "its id in the ledger", col(_Q.id)),
    Field("source", TEXT, "TA1, 999 or 277CA", col(_Q.source)),
    Field("result", TEXT, "accepted, rejected or received", col(_Q.result)),
    Field("codes", TEXT, "what it gives as its reasons, with blanks between", col(_Q.codes)),
    Field("claim_id", INTEGER, "of claims, where it is about one that is on file", col(_Q.claim_id)),
    Field("claim", TEXT, "CLM01 as it names the claim; null of a whole set", col(_Q.claim)),
    Field("payer_claim", TEXT, "the payer's number of the claim", col(_Q.payer_claim)),
    Field("control", TEXT, "of what it answers: ISA13 (TA1), GS06 (999), BHT03 (277CA)", col(_Q.control)),
    Field("transaction", TEXT, "ST02 of what it answers", col(_Q.transaction)),
    Field("made_at", MOMENT, "when it was made, by its own clock", col(_Q.made_at)),
    Field("recorded_at", MOMENT, "when the ledger learned of it", col(_Q.recorded_at)),
)
FINDINGS: Final = ExportTable(
    "findings",
    "what a payment denies or cuts",
    ("payment_id", "position"),
    (
        Field("payment_id", INTEGER, "of payments"),
        Field("position", INTEGER, "counted from 0"),
        Field("line", TEXT, "LX01, else the ordinal; null for the whole claim"),
        Field("kind", TEXT, "what the payer says"),
        Field("cause", TEXT, "what we know; null where it is not about an authorization or a referral"),
        Field("codes", TEXT, "group and reason, then remarks, with blanks between"),
        Field("amount", MONEY, "with its sign"),
        Field("deadline", DATE, "until when something can be done"),
        Field("authorization_id", INTEGER, "of authorizations: the one that it speaks of"),
        Field("authorization", TEXT, "its number"),
        Field("how", TEXT, "how the claim was found"),
        Field("sure", FLAG, "whether that is sure"),
    ),
    select(col(_F.payment_id), col(_F.position), col(_F.kind), col(_F.cause), col(_F.amount), col(_F.deadline), col(_F.record)),
)
WORK: Final = ExportTable(
    "work",
    "something a person has to do, or had",
    ("work_id",),
    (
        Field("work_id", INTEGER, "its id in the ledger", col(_W.id)),
        Field("kind", TEXT, "denial, recoupment, reversal, link, rejection, silence, request, refusal or expiring", col(_W.kind)),
        Field("state", TEXT, "open, worked (somebody took it on) or closed", col(_W.state)),
        Field("payment_id", INTEGER, "of findings, with `position`: the denial that it is about"),
        Field("position", INTEGER, "see `payment_id`"),
        Field("claim", TEXT, "CLM01 or CLP01", col(_W.claim)),
        Field("line", TEXT, "the line; null for the whole claim", col(_W.line)),
        Field("authorization", TEXT, "its number", col(_W.authorization)),
        Field("payer", TEXT, "the payer", col(_W.payer)),
        Field("reason", TEXT, "the kind and the cause, or the verdict", col(_W.reason)),
        Field("amount", MONEY, "what is at stake", col(_W.amount)),
        Field("deadline", DATE, "until when", col(_W.deadline)),
        Field("owner", TEXT, "whose it is", col(_W.owner)),
        Field("minutes", INTEGER, "what was spent on it", col(_W.minutes)),
        Field("opened_at", MOMENT, "when it was opened", col(_W.opened_at)),
        Field("closed_at", MOMENT, "when it was closed", col(_W.closed_at)),
    ),
    select(WorkRow.__table__),  # type: ignore[attr-defined]  # SQLModel makes it, and does not declare it
)
WORK_EVENTS: Final = _table(
    "work_events",
    "something that happened to an item of work",
    "event_id",
    Field("event_id", INTEGER, "its id in the ledger", col(_V.id)),
    Field("work_id", INTEGER, "of work", col(_V.work_id)),
    Field("at", MOMENT, "when", col(_V.at)),
    Field("what", TEXT, "opened, taken, noted, closed or reopened", col(_V.what)),
    Field("by", TEXT, "the person; null where it happened by itself", col(_V.by)),
    Field("minutes", INTEGER, "what it took", col(_V.minutes)),
)
TABLES: Final = (
    AUTHORIZATIONS, SERVICES, CLAIMS, LINES, NUMBERS, USES, CLAIM_ANSWERS, PAYMENTS, PAYMENT_LINES, ADJUSTMENTS,
    PROVIDER_ADJUSTMENTS, FINDINGS, WORK, WORK_EVENTS,
)  # fmt: skip

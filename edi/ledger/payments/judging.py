"""What payments deny or cut, found and recorded: each payment with the claim that it answers, each finding once.

Judging again gives the same answer while the ledger knows the same; when it knows more (a claim or an authorization that came
late) the findings are those of now. What was denied is work, until a later payment settles it (`edi.ledger.payments.standing`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, or_, select, update
from sqlmodel import Session, col

from edi.ledger.accepting import settle_rejections
from edi.ledger.candidates import Finder
from edi.ledger.payments.accounts import Recoupment, called
from edi.ledger.payments.denying import denies, lines_denied, ordinals, payments_named, settle_denials
from edi.ledger.payments.earlier import Sequel
from edi.ledger.payments.plain import Plain, asked_about, keep_plain
from edi.ledger.payments.sent import Sent
from edi.ledger.payments.standing import Standing, standing
from edi.ledger.questions import chunks
from edi.ledger.rows import party_name
from edi.ledger.storing import Writer, adapter, to_json
from edi.ledger.tables import ClaimRow, FindingRow, PaymentRow
from edi.ledger.work.worklist import DENIAL, LINK, WorkItem, open_subjects, settle
from edi.linkage.denials.denial import NEVER_REQUESTED, Finding, Match, asks, findings, match_payment, totals
from edi.linkage.identity import NO_ALIASES
from edi.linkage.terms import PayerRules
from edi.linkage.usage import Usage
from edi.linkage.verdict import Verdict, money
from edi.records.remittance import REVERSAL, Payment

_SET: Final = 500


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A payment whose claim was not found, with how that was tried, the nearest claims, and what speaks against each."""

    payment: Payment
    match: Match

    @property
    def candidates(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The nearest claims, each with what speaks against it."""
        return tuple(zip(self.match.nearest, self.match.against, strict=True))

    def to_json(self) -> dict[str, Any]:
        return {
            "claim": self.payment.claim,
            "payer_claim": self.payment.payer_claim or None,
            "status": self.payment.status,
            "charge": money(self.payment.charge),
            "paid": money(self.payment.paid),
            "how": self.match.how,
            "nearest": list(self.match.nearest),
            "candidates": [{"claim": claim, "against": list(said)} for claim, said in self.candidates],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What remittances deny or cut, and which of their payments answer no claim that we know."""

    payments: int
    findings: tuple[Finding, ...]
    unmatched: tuple[Unmatched, ...]
    problems: tuple[Any, ...] = ()
    """What is wrong with the file (see `edi.errors.Problem`)."""
    recouped: tuple[Recoupment, ...] = ()
    """What they take back beside their claims (PLB)."""
    tax_ids: tuple[str, ...] = ()
    """Of each finding: the tax id of who was paid; "" where the remittance does not say it."""

    @property
    def unexplained(self) -> tuple[Recoupment, ...]:
        """What they take back, and no reversal says why."""
        return tuple(one for one in self.recouped if one.unexplained)

    @property
    def totals(self) -> dict[str, dict[str, Any]]:
        """By kind: findings and amounts."""
        return totals(self.findings)

    def to_json(self) -> dict[str, Any]:
        """The report, version 1."""
        return {
            "version": 1,
            "findings": [finding.to_json() for finding in self.findings],
            "unmatched": [one.to_json() for one in self.unmatched],
            "recouped": [one.to_json() for one in self.recouped],
            "totals": self.totals,
        }


class Told(NamedTuple):
    """What is told of one payment. A report has many of them, so they do not hold on to payments and claims."""

    tax_id: str
    """The payee's."""
    findings: tuple[Finding, ...]
    unmatched: Unmatched | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One payment, by its id, with the claim that it answers and what it denies or cuts."""

    id: int
    payment: Payment
    match: Match
    claim_id: int | None
    findings: tuple[Finding, ...]

    @property
    def payer_claim(self) -> str:
        return self.payment.payer_claim

    @property
    def called(self) -> tuple[str, ...]:
        """All that it calls its claim."""
        return called(self.payment)

    @property
    def reverses(self) -> bool:
        return self.payment.status == REVERSAL

    @property
    def told(self) -> Told | None:
        """What a report has of it; None where it denies nothing, and its claim was found."""
        unmatched = Unmatched(self.payment, self.match) if self.match.claim is None else None
        return Told(self.payment.payee.tax_id, self.findings, unmatched) if self.findings or unmatched else None


def judge(
    session: Session,
    writer: Writer,
    ids: Sequence[int],
    now: datetime | None,
    required: PayerRules | None = None,
    *,
    again: dict[int, str],
) -> Iterable[Judged | Plain]:
    """Judge payments anew and record what is found; to be run through to its end.

    `again` is told of the claims (with their keys) that were decided anew for what the payments gave back, or took.
    """
    rest: list[Any] = []
    for chunk in chunks(sorted(ids), _SET):
        for interchange, group in groupby(asked_about(session, chunk), key=lambda row: row.interchange_id):
            if len(rest) >= _SET or (rest and rest[0].interchange_id != interchange):
                yield from _judged_as_records(session, writer, rest, now, required, again)
                rest = []
            of_one = list(group)
            plain = {one.id: one for one in keep_plain(session, of_one)}
            again.update(settle_rejections(session, writer, {one.claim_id for one in plain.values()}, now, required))
            yield from plain.values()
            rest += [row for row in of_one if row.id not in plain]
    if rest:
        yield from _judged_as_records(session, writer, rest, now, required, again)


def _judged_as_records(
    session: Session,
    writer: Writer,
    rows: Sequence[Any],
    now: datetime | None,
    required: PayerRules | None,
    again: dict[int, str],
) -> list[Judged]:
    """Judge payments of one interchange, with the claims that they may answer."""
    read = adapter(Payment).validate_json
    judged = _judged(session, [(row.id, read(row.record)) for row in rows], rows[0].interchange_id, required)
    _record(session, writer, judged if required else _by_earlier_rules(session, judged), now, required, again)
    return judged


def _judged(
    session: Session, payments: Sequence[tuple[int, Payment]], interchange: int | None, required: PayerRules | None
) -> list[Judged]:
    sent = Sent(session, [payment for _, payment in payments], interchange=interchange)
    payers = required.matching.payers if required else NO_ALIASES
    matches: list[tuple[Match, int | None]] = []
    for _, payment in payments:
        possible = sent.of(payment)
        match = match_payment(payment, [claim for _, claim in possible], payers=payers, payer_claims=sent.payer_claims)
        ids = [id for id, claim in possible if claim is match.claim]
        matches.append((match, ids[0] if ids else None))
    find = Finder(session, reserved=False, denied=True)
    asking = [
        (match.claim, claim_id)
        for (_, payment), (match, claim_id) in zip(payments, matches, strict=True)
        if match.claim is not None and claim_id is not None and asks(payment)
    ]
    found = dict(zip((id for _, id in asking), find([claim for claim, _ in asking]) if asking else (), strict=True))
    order = Sequel(session, find.usage, list(found))
    judged = []
    for (id, payment), (match, claim_id) in zip(payments, matches, strict=True):
        candidates, usage = found.get(claim_id, []) if claim_id is not None else [], Usage()
        if match.claim is not None and claim_id in found:
            usage = order.when_sent(match.claim, claim_id, candidates, find.usage)
        what = findings(payment, match.claim, candidates, usage, match=match, payers=payers, required=required)
        judged.append(Judged(id, payment, match, claim_id if match.sure else None, what))
    return judged


def _by_earlier_rules(session: Session, judged: Sequence[Judged]) -> list[Judged]:
    """What is kept where no rules were named: that by a rule none is needed stands while the ledger knows no more, and so does
    the deadline that a rule gives.
    """
    ids = [one.id for one in judged]
    by_rule = or_(col(FindingRow.cause) == Verdict.NOT_REQUIRED.value, col(FindingRow.limited_by) != "")
    found = select(col(FindingRow.payment_id), col(FindingRow.record)).where(col(FindingRow.payment_id).in_(ids), by_rule)
    read = adapter(Finding).validate_json
    known: dict[int, list[Finding]] = {}
    for id, record in session.execute(found):
        known.setdefault(id, []).append(read(record))
    if not known:
        return list(judged)
    return [replace(one, findings=tuple(_kept(finding, known.get(one.id, ())) for finding in one.findings)) for one in judged]


def _kept(finding: Finding, known: Sequence[Finding]) -> Finding:
    """A finding, or what was found of the same adjustment by rules: where nothing is known of a request, and until when."""

    def same(other: Finding) -> bool:
        return (other.line, other.kind, other.codes, other.amount) == (finding.line, finding.kind, finding.codes, finding.amount)

    before = next(filter(same, known), None)
    if before is None:
        return finding
    if finding.cause == NEVER_REQUESTED and before.cause == Verdict.NOT_REQUIRED:
        return before
    if before.limit and before.step == finding.step:
        evidence = (*finding.evidence[:-1], before.evidence[-1])
        return replace(finding, deadline=before.deadline, limit=before.limit, evidence=evidence)
    return finding


def _record(
    session: Session,
    writer: Writer,
    judged: Sequence[Judged],
    now: datetime | None,
    required: PayerRules | None,
    again: dict[int, str],
) -> None:
    ids = [one.id for one in judged]
    answered = _answered(session, ids)
    session.execute(update(PaymentRow), [_told(one) for one in judged])
    session.execute(delete(FindingRow).where(col(FindingRow.payment_id).in_(ids)))
    rows = [_finding_row(one.id, n, finding) for one in judged for n, finding in enumerate(one.findings)]
    writer.insert(FindingRow, rows)
    answered.update(one.claim_id for one in judged if one.claim_id is not None)
    names = {one.payment.claim for one in judged}.union(payments_named(session, answered))
    found = standing(session, sorted(names))
    _work(session, writer, judged, found, now)
    again.update(settle_rejections(session, writer, answered, now, required))
    again.update(settle_denials(session, writer, answered, found.ids, required))


def _told(one: Judged) -> dict[str, Any]:
    """What is kept beside a payment: the claim that it answers, and what of that it denies."""
    denied, others = lines_denied(one.payment, one.match.claim) if one.match.claim is not None else ((), ())
    return {
        "id": one.id,
        "claim_id": one.claim_id,
        "denied": denies(one.payment, one.findings),
        "denied_lines": ordinals(denied),
        "other_lines": ordinals(others),
    }


def _answered(session: Session, payments: Sequence[int]) -> set[int]:
    """The claims that payments were taken to answer before they were judged anew."""
    before = select(col(PaymentRow.claim_id)).where(col(PaymentRow.id).in_(payments), col(PaymentRow.claim_id).is_not(None))
    return set(session.execute(before).scalars())


def _finding_row(id: int, position: int, finding: Finding) -> dict[str, Any]:
    return {
        "payment_id": id,
        "position": position,
        "kind": finding.kind,
        "cause": finding.cause or "",
        "amount": finding.amount,
        "deadline": finding.deadline,
        "limited_by": finding.limit,
        "record": to_json(finding),
    }


def _work(session: Session, writer: Writer, judged: Sequence[Judged], found: Standing, now: datetime | None) -> None:
    """Open work for what is denied and stands, close what a later payment settled. Reversals settle work and make none.

    What a claim's earlier payments denied is work again where their answer stands again.
    """
    claims = sorted({one.payment.claim for one in judged})
    items = [
        (item, _remittance(one.payment, "denies it"))
        for one in judged
        if one.id in found.ids
        for item in _items(one.id, one.payment, _payer(one), enumerate(one.findings))
    ]
    ours = {one.id for one in judged}
    items += _earlier(session, found.ids - ours)
    done = {
        subject: found.settled.get(id, "Judged again by what is known now, the payment denies nothing of this.")
        for subject in open_subjects(session, DENIAL, claims)
        if (id := place_of(subject)[0]) in ours or id not in found.ids
    }
    answers = {one.match.claim.id: one.payment for one in judged if one.match.claim is not None}
    answers.update((one.payment.claim, one.payment) for one in judged)
    for subject, claim in open_subjects(session, LINK, sorted(answers)).items():
        done[subject] = _remittance(answers[claim], "answers the claim")  # what was feared has come to pass, or not
    settle(writer, session, items, done, now)


def subject_of(id: int, position: int) -> str:
    """What the work about a finding is called."""
    return f"payment:{id}:{position}"


def place_of(subject: str) -> tuple[int, int]:
    """The payment, and the position among its findings, that `subject_of` names."""
    _, id, position = subject.split(":")
    return int(id), int(position)


def _payer(one: Judged) -> str:
    """The payer's id: by the remittance, which need not tell it, else by the claim."""
    return one.payment.payer.id or (one.match.claim.payer.id if one.match.claim is not None else "")


def _items(id: int, payment: Payment, payer_id: str, found: Iterable[tuple[int, Finding]]) -> Iterator[WorkItem]:
    """What a payment's findings, with their positions, leave to do."""
    for position, finding in found:
        if finding.amount > 0 and finding.action:
            yield WorkItem(
                subject=subject_of(id, position),
                kind=DENIAL,
                claim=finding.claim,
                line=finding.line or "",
                authorization=finding.authorization,
                payer=party_name(payment.payer),
                payer_id=payer_id,
                reason=f"{finding.kind}: {finding.cause}" if finding.cause else finding.kind,
                amount=finding.amount,
                deadline=finding.deadline,
                action=finding.action,
            )


def _earlier(session: Session, payments: Collection[int]) -> Iterator[tuple[WorkItem, str]]:
    """What earlier payments of the same claims denied, where they stand: what had answered it may be taken back now."""
    read, read_finding = adapter(Payment).validate_json, adapter(Finding).validate_json
    columns = (col(FindingRow.payment_id), col(FindingRow.position), col(FindingRow.record), col(PaymentRow.record))
    found = select(*columns, col(ClaimRow.payer_id)).join(PaymentRow, col(PaymentRow.id) == col(FindingRow.payment_id))
    found = found.join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id), isouter=True)
    for ids in chunks(sorted(payments), _SET):
        for id, position, finding, text, payer in session.execute(found.where(col(FindingRow.payment_id).in_(ids))):
            payment = read(text)
            for item in _items(id, payment, payment.payer.id or payer or "", [(position, read_finding(finding))]):
                yield item, "What had answered this was taken back: the denial stands again."


def _remittance(payment: Payment, did: str) -> str:
    """What a remittance did, in words."""
    return f"Remittance {payment.trace}{f' of {payment.produced_on}' if payment.produced_on else ''} {did}."


def matched(payments: int, told: Iterable[Told], problems: Sequence[Any] = ()) -> Matched:
    """So many payments as one report, with what those say that deny or cut something, or answer no claim."""
    told = list(told)
    found = [(finding, one.tax_id) for one in told for finding in one.findings]
    return Matched(
        payments=payments,
        findings=tuple(finding for finding, _ in found),
        unmatched=tuple(one.unmatched for one in told if one.unmatched is not None),
        problems=tuple(problems),
        tax_ids=tuple(tax_id for _, tax_id in found),
    )

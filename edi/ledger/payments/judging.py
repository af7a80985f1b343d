"""What payments deny or cut, found and recorded: each payment with the claim that it answers, each finding once.

Judging again gives the same answer while the ledger knows the same; when it knows more (a claim or an authorization that came
late) the findings are those of now. What was denied is work, until a later payment settles it (`edi.ledger.payments.standing`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import delete, or_, select
from sqlmodel import Session, col

from edi.ledger.accepting import settle_rejections
from edi.ledger.inserting import change
from edi.ledger.payments.comparing import compared, payments_of
from edi.ledger.payments.denying import payments_named, settle_denials
from edi.ledger.payments.matched import Judged
from edi.ledger.payments.plain import Plain, asked_about, keep_plain
from edi.ledger.payments.standing import Standing, standing
from edi.ledger.questions import chunks
from edi.ledger.reading import read_as, to_json
from edi.ledger.rows import party_name
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import Writer, table_of
from edi.ledger.tables import ClaimRow, FindingRow, PaymentRow
from edi.ledger.work.whose import answered
from edi.ledger.work.worklist import DENIAL, Links, WorkItem, open_subjects, place_of, settle, subject_of
from edi.linkage.denials.denial import NEVER_REQUESTED, Finding
from edi.linkage.terms import PayerRules
from edi.linkage.verdict import Verdict
from edi.records.remittance import Payment

_SET: Final = 500
_BY_RULE: Final = select(col(FindingRow.payment_id), col(FindingRow.record)).where(
    one_of(col(FindingRow.payment_id), "payments"),
    or_(col(FindingRow.cause) == Verdict.NOT_REQUIRED.value, col(FindingRow.limited_by) != ""),
)
_FORGOTTEN: Final = delete(FindingRow).where(one_of(col(FindingRow.payment_id), "payments"))
_ANSWERED: Final = select(col(PaymentRow.claim_id)).where(
    one_of(col(PaymentRow.id), "payments"), col(PaymentRow.claim_id).is_not(None)
)


def judge(
    session: Session,
    writer: Writer,
    ids: Sequence[int],
    now: datetime | None,
    required: PayerRules | None = None,
    *,
    again: dict[int, str],
    pair_of: Callable[[int], int] = lambda _: 0,
    compared_before: Callable[[int], Judged | None] = lambda _: None,
) -> Iterable[Judged | Plain]:
    """Judge payments anew and record what is found; to be run through to its end.

    `again` is told of the claims (with their keys) that were decided anew for what the payments gave back, or took. `pair_of` is
    as for `keep_plain`; `compared_before` has those that were compared with their pairs already, by what the ledger knew before
    it was told of any of them.
    """

    def judged() -> list[Judged]:
        found = _compared(session, rest, required, again, pair_of, compared_before)
        _record(session, writer, found if required else _by_earlier_rules(session, found), now, required, again)
        return found

    rest: list[Any] = []
    for chunk in chunks(sorted(ids), _SET):
        for interchange, group in groupby(asked_about(session, chunk), key=lambda row: row.interchange_id):
            if len(rest) >= _SET or (rest and rest[0].interchange_id != interchange):
                yield from judged()
                rest = []
            of_one = list(group)
            plain = {one.id: one for one in keep_plain(session, of_one, pair_of)}
            again.update(settle_rejections(session, writer, {one.claim_id for one in plain.values()}, now, required))
            yield from plain.values()
            rest += [row for row in of_one if row.id not in plain]
    if rest:
        yield from judged()


def _compared(
    session: Session,
    rows: Sequence[Any],
    required: PayerRules | None,
    again: Mapping[int, str],
    pair_of: Callable[[int], int],
    compared_before: Callable[[int], Judged | None],
) -> list[Judged]:
    """What payments of one interchange come to, with the claims that they may answer.

    What was found before stands where the pair does, and nothing was decided anew that the claim may depend on.
    """
    pairs = {row.id: row.sent_id for row in rows if row.sent_id is not None and not row.rival and row.sent_id == pair_of(row.id)}
    before = {id: one for id, claim in pairs.items() if (one := compared_before(id)) is not None and claim not in again}
    payments = payments_of(session, [row.id for row in rows if row.id not in before])
    left = {id: claim for id, claim in pairs.items() if id not in before}
    others = compared(session, payments, left, rows[0].interchange_id, required) if payments else ()
    found = before | {one.id: one for one in others}
    return [found[row.id] for row in rows]


def _by_earlier_rules(session: Session, judged: Sequence[Judged]) -> list[Judged]:
    """What is kept where no rules were named: that by a rule none is needed stands while the ledger knows no more, and so does
    the deadline that a rule gives.
    """
    read = read_as(Finding)
    known: dict[int, list[Finding]] = {}
    for id, record in ask(session, _BY_RULE, payments=[one.id for one in judged]):
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
    change(session.connection(), table_of(PaymentRow), [_told(one) for one in judged])
    ask(session, _FORGOTTEN, payments=ids)
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
    return {
        "id": one.id,
        "claim_id": one.claim_id,
        "denied": one.denied,
        "denied_lines": one.denied_lines,
        "other_lines": one.other_lines,
    }


def _answered(session: Session, payments: Sequence[int]) -> set[int]:
    """The claims that payments were taken to answer before they were judged anew."""
    return set(ask(session, _ANSWERED, payments=payments).scalars())


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
    claims = sorted({one.payment.claim for one in judged} | found.claims)
    items = [
        (item, _remittance(one.payment, "denies it"))
        for one in judged
        if one.id in found.ids
        for item in _items(one.id, one.payment, one.payer_id, enumerate(one.findings))
    ]
    ours = {one.id for one in judged}
    items += _earlier(session, found.ids - ours)
    done = {
        subject: found.settled.get(id, "Judged again by what is known now, the payment denies nothing of this.")
        for subject in open_subjects(session, DENIAL, claims)
        if (id := place_of(subject)[0]) in ours or id not in found.ids
    }
    answers: dict[str, list[Judged]] = {}
    for one in judged:
        for name in {one.sent, one.payment.claim} - {""}:
            answers.setdefault(name, []).append(one)
    links = Links(session, sorted(answers))
    people = answered(session, {one.id for name in links.waiting for one in answers[name]})
    for name in links.waiting:  # what was feared has come to pass, or not
        for one in answers[name]:
            done |= dict.fromkeys(links.about(name, people[one.id]), _remittance(one.payment, "answers the claim"))
    settle(writer, session, items, done, now)


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
    read, read_finding = read_as(Payment), read_as(Finding)
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

"""What payers took back and did not explain, kept as work: recoupments without a reversal, reversals without a new answer.

Both are judged by all that is on file of the claim, so that they are work no more when what was missing comes, in the same
remittance or in a later one, and whatever comes first makes no difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import or_, select, text
from sqlmodel import Session, col

from edi.ledger.payments.accounts import Account, ProviderAdjustmentRow, SettledBeside, accounts_of, strays_of
from edi.ledger.questions import NAMES, chunks
from edi.ledger.rows import party_name
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import Writer
from edi.ledger.tables import REPLACING, ClaimRow, PaymentRow, RemittanceRow, WorkRow
from edi.ledger.work.worklist import RECOUPMENT, REVERSAL, WorkItem, open_subjects, settle
from edi.linkage.denials.limits import due
from edi.linkage.denials.netting import BRIDGES, REVERSED, Net
from edi.linkage.denials.netting import numbers as numbers_of
from edi.linkage.denials.owing import APPEAL
from edi.linkage.joining import folded
from edi.linkage.terms import PayerRules
from edi.linkage.usage import VOID
from edi.records.balance import total
from edi.records.parties import NO_PARTY, Party, Person
from edi.records.provider_adjustment import REFUND, ProviderAdjustment
from edi.records.remittance import REVERSAL as TAKES_BACK
from edi.records.remittance import Payment

_KINDS: Final = (RECOUPMENT, REVERSAL)
_BESIDE: Final = (
    select(col(ProviderAdjustmentRow.code), col(ProviderAdjustmentRow.reference))
    .join(RemittanceRow, col(RemittanceRow.id) == col(ProviderAdjustmentRow.remittance_id))
    .where(one_of(col(RemittanceRow.interchange_id), "interchanges"), col(ProviderAdjustmentRow.claim) != "")
)
_REVERSALS: Final = select(col(PaymentRow.claim), col(PaymentRow.payer_claim)).where(
    col(PaymentRow.status) == TAKES_BACK,
    or_(one_of(col(PaymentRow.claim), "names"), one_of(col(PaymentRow.payer_claim), "names")),
)
_SETTLED: Final = select(col(ProviderAdjustmentRow.claim)).where(one_of(col(ProviderAdjustmentRow.claim), "folded"))
_VOIDED: Final = select(col(ClaimRow.original)).where(
    text(f"claims.{REPLACING}"), col(ClaimRow.frequency) == VOID, one_of(col(ClaimRow.original), "numbers")
)
_ANY_BESIDE: Final = select(col(ProviderAdjustmentRow.id)).limit(1)
_ASK_WHY: Final = "Ask the payer why it took this back: no reversal says so. Appeal it where it is wrong."
_ASK_OF_WHAT: Final = (
    "Ask the payer which payment it took back, and why: none of that claim is on file. Appeal where it is wrong."
)
_PLACED: Final = "A payment of the claim came: what was taken back is told with that."
_GIVEN_BACK: Final = "The payer gave it back, or a refund of it came in."
_ASK_PART: Final = "Ask the payer why it took a part of the payment back, and decided nothing anew. Appeal where that is wrong."
_ASK_ANEW: Final = "Ask the payer for its new decision: it took the payment back, and gave none. Appeal where that is wrong."


class TakenBack:
    """Collects the numbers of claims of which something was taken back. That is rare: of all others nothing is kept."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked: set[str] = set()
        self._found: set[str] = set()

    def payment(self, called: Iterable[str], reverses: bool) -> None:
        """A payment that was judged: all that it calls its claim, and whether it is a reversal."""
        (self._found if reverses else self._asked).update(called)
        if len(self._asked) >= NAMES:
            self._sift()

    def beside(self, interchanges: Sequence[int]) -> None:
        """All that remittances of these interchanges settled beside claims."""
        named = ask(self._session, _BESIDE, interchanges=interchanges)
        told = (ProviderAdjustment(code=code, reference=reference) for code, reference in named)
        self._found.update(adjustment.claim for adjustment in told)

    def claims(self) -> set[str]:
        """The numbers, as payments have them or folded."""
        self._sift()
        return self._found

    def _sift(self) -> None:
        """Keep of the numbers that were asked those of which a reversal or a PLB speaks."""
        for some in chunks(sorted(self._asked), NAMES):
            reversals = ask(self._session, _REVERSALS, names=some)
            self._found.update(number for row in reversals for number in row if number)
            if ask(self._session, _ANY_BESIDE).first() is not None:
                known = set(ask(self._session, _SETTLED, folded={folded(number) for number in some} - {""}).scalars())
                self._found.update(number for number in some if folded(number) in known)
        self._asked = set()


def settle_taken_back(
    session: Session, writer: Writer, claims: Collection[str], now: datetime | None, required: PayerRules | None = None
) -> None:
    """Open work for what was taken back of the claims with these numbers and is not explained, and close what has been.

    `required` has payers' limits of time; where no rules are named, a deadline that was told by some stays.
    """
    if not claims:
        return
    found = accounts_of(session, claims)
    numbers = sorted({payment.claim for account in found for payment in account.net.payments})
    voided = _voided(session, found)
    items = [item for account in found for item in _items(account, account.first in voided, required)]
    strays = strays_of(session, claims, found)
    items += [item for stray in strays for item in _of_stray(stray, required)]
    if required is None:
        items = _with_deadlines_kept(session, items)
    done = {subject: _explained(subject, found, voided) for kind in _KINDS for subject in open_subjects(session, kind, numbers)}
    done |= {_stray_subject(row): _PLACED for account in found for row in account.beside}
    done |= {_stray_subject(row): _GIVEN_BACK for stray in strays for row in stray.beside}
    settle(writer, session, [(item, item.reason) for item in items], done, now)


def _voided(session: Session, found: Iterable[Account]) -> set[int]:
    """The accounts of claims that a void was sent of: who asks for the money to be taken back knows why it was."""
    numbers = {number: account.first for account in found for payment in account.net.payments for number in numbers_of(payment)}
    return {numbers[name] for some in chunks(sorted(numbers), NAMES) for name in ask(session, _VOIDED, numbers=some).scalars()}


def _items(account: Account, voided: bool, required: PayerRules | None) -> Iterator[WorkItem]:
    """What an account leaves to do."""
    net, subject = account.net, _subject(REVERSAL, account)
    owed = _owed(net.bridge, account.beside)
    if (last := _last_taken(net.bridge, account.beside)) and not (voided and owed <= net.paid):
        payment = replace(_latest(net), produced_on=last.produced_on, paid_on=None)
        reason = f"{last.code} in {last.trace} and no reversal"
        yield _item(RECOUPMENT, _subject(RECOUPMENT, account), payment, reason, owed, _ASK_WHY, required)
    if net.state == REVERSED and (net.taken_back or net.unpaired) and not voided:
        lost, reversal = _lost(net)
        if lost > 0:
            reason = f"reversed in {reversal.trace} and not decided anew"
            yield _item(REVERSAL, subject, reversal, reason, lost, _ASK_ANEW, required)
    elif net.undecided and (lost := -total(part.paid for part in net.undecided)) > 0:
        part = net.undecided[-1]
        yield _item(REVERSAL, subject, part, f"reversed in part in {part.trace} and not decided anew", lost, _ASK_PART, required)


def _lost(net: Net) -> tuple[Decimal, Payment]:
    """What was taken back last of a claim, and by which reversal; it may be one of a payment that is not on file."""
    if not net.taken_back:
        return -total(back.paid for back in net.unpaired if back.trace == net.unpaired[-1].trace), net.unpaired[-1]
    paid, reversal = net.taken_back[-1]
    # Parts of a claim that the payer divided came together. A reversal that names no money takes back what was paid.
    return total(-back.paid if back.paid else one.paid for one, back in net.taken_back if one.trace == paid.trace), reversal


def _of_stray(stray: SettledBeside, required: PayerRules | None) -> Iterator[WorkItem]:
    """What is left to do of a claim of which no payment is on file: it was before the ledger, or its remittance is missing."""
    if last := _last_taken(stray.bridge, stray.beside):
        payer = Party(role="PR", id=last.payer_id, name=last.payer_name)
        payment = Payment(claim=stray.claim, patient=Person(), payer=payer, payee=NO_PARTY, produced_on=last.produced_on)
        reason, owed = f"{last.code} in {last.trace} and no payment on file", _owed(stray.bridge, stray.beside)
        first = min(stray.beside, key=lambda row: int(row.id))
        yield _item(RECOUPMENT, _stray_subject(first), payment, reason, owed, _ASK_OF_WHAT, required)


def _owed(bridge: Decimal, beside: Iterable[Any]) -> Decimal:
    """What was taken back, less refunds of it."""
    return total((bridge, *(row.amount or Decimal(0) for row in beside if row.code == REFUND)))


def _last_taken(bridge: Decimal, beside: Sequence[Any]) -> Any:
    """What took something back last; None where all of it was given back or refunded."""
    if bridge <= 0 or _owed(bridge, beside) <= 0:
        return None
    return [row for row in beside if row.code in BRIDGES and row.amount > 0][-1]


def _latest(net: Net) -> Payment:
    return max(net.payments, key=lambda payment: (payment.produced_on or date.min, payment.offset))


def _item(
    kind: str, subject: str, payment: Payment, reason: str, amount: Decimal, action: str, required: PayerRules | None
) -> WorkItem:
    limits = required.limits if required else ()
    return WorkItem(
        subject=subject,
        kind=kind,
        claim=payment.claim,
        payer=party_name(payment.payer),
        payer_id=payment.payer.id,
        reason=reason,
        amount=amount,
        deadline=due(APPEAL, payment, None, limits).day,
        action=action,
    )


def _subject(kind: str, account: Account) -> str:
    return f"{kind}:{account.first}"


def _stray_subject(row: Any) -> str:
    """By what of it came first."""
    return f"{RECOUPMENT}:beside {row.id}"


def _with_deadlines_kept(session: Session, items: Iterable[WorkItem]) -> list[WorkItem]:
    """Items with the deadlines that they have, where they are of the same money for the same reason."""
    known: dict[tuple[str, str, Decimal | None], date | None] = {}
    items = list(items)
    for some in chunks([item.subject for item in items], NAMES):
        columns = (col(WorkRow.subject), col(WorkRow.reason), col(WorkRow.amount), col(WorkRow.deadline))
        rows = session.execute(select(*columns).where(col(WorkRow.subject).in_(some)))
        known.update(((row.subject, row.reason, row.amount), row.deadline) for row in rows)
    return [replace(item, deadline=known.get((item.subject, item.reason, item.amount), item.deadline)) for item in items]


def _explained(subject: str, found: Iterable[Account], voided: Collection[int]) -> str:
    """Why something that was taken back is work no more."""
    account = next((account for account in found if subject.endswith(f":{account.first}")), None)
    if account is None:
        return "It is of a claim that is on file as another one."
    net = account.net
    if subject.startswith(REVERSAL) and net.standing:
        return f"Remittance {net.standing[-1].trace} decides the claim."
    if subject.startswith(RECOUPMENT) and net.taken_back:
        return "A reversal says why it was taken back."
    if account.first in voided:
        return "A void of the claim was sent: it was to be taken back."
    return _GIVEN_BACK

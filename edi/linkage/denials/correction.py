"""The replacement, void or new claim: which of them mends what a payer decided, and when none does.

    rejected before it was decided (999, 277CA)    the claim once more, as it was meant: new, without a payer's claim number
    not processed: MA130, N142                     a new claim (frequency 1), without REF*F8
    decided, and the answer would be another now   a replacement (frequency 7), REF*F8 the payer's newest claim number
    billed by mistake (asked for)                  a void (frequency 8), REF*F8 likewise

Nothing is sent that would get the same answer again: a replacement without a change is a duplicate. What changes an answer is a
number that the claim lacked, one that was certified after the answer, or a change in the claim itself. A payer may take neither
replacement nor void, by a rule of its own (`corrections`). All is pure; who asks gathers the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from edi.guides.rules.match import NEW_CLAIM
from edi.linkage.agreement import NOTHING_AGREED, Agreement
from edi.linkage.denials.denial import Finding
from edi.linkage.denials.kinds import PREFIX, REFERRAL
from edi.linkage.denials.owing import Right, rights
from edi.linkage.denials.pairing import REVERSAL
from edi.linkage.identity import may_be_same_patient
from edi.linkage.placement import not_applicable
from edi.linkage.replacing import LATE_CHARGES
from edi.linkage.usage import REPLACEMENT, VOID
from edi.linkage.verdict import Row, Verdict
from edi.records.authorization import Authorization
from edi.records.claim import Claim
from edi.records.remittance import Payment

_ORIGINAL: Final = "1"
_NEW, _VOID, _WAIT = "new", "void", "wait"
"""What remarks say of the claim to send (edi/835/rights.tsv)."""
_NO_NUMBER: Final = frozenset({"", "0"})
"""CLP07 of payers that have none to give."""
_NEED: Final = "medical-necessity"
NUMBERS: Final = frozenset({"REF*G1", "REF*9F"})
_NUMBER_STATUSES: Final = frozenset({"48", "84", "99", "252", "403", "611", "642", "674", "761"})
"""STC01-2 of a 277CA: referral or authorization missing, not good, used up (linkage reference, section 7.3)."""
_CARRIED: Final = frozenset({Verdict.LINKED, Verdict.ALREADY_LINKED})


class Instrument(StrEnum):
    """What is sent to mend a claim."""

    NEW = "new claim"
    REPLACEMENT = "replacement"
    VOID = "void"


class Refusal(StrEnum):
    """Why nothing is sent."""

    UNKNOWN = "unknown-claim"
    SHARED_NUMBER = "shared-number"
    SEVERAL_BILLS = "several-bills"
    NO_BYTES = "no-bytes"
    OTHER_CLAIM = "other-claim"
    NOT_PAYABLE = "not-payable"
    VOIDED = "voided"
    REPLACED = "replaced"
    CORRECTION_OUT = "correction-out"
    NOT_ANSWERED = "not-answered"
    REVERSED = "reversed"
    LATE_CHARGES = "late-charges"
    NO_PAYER_NUMBER = "no-payer-number"
    NOT_TAKEN = "not-taken"
    NOTHING_DENIED = "nothing-denied"
    NOTHING_CHANGED = "nothing-changed"
    NOTHING_CONTESTED = "nothing-contested"
    NO_APPEAL = "no-appeal"


@dataclass(frozen=True, slots=True)
class PayerAnswer:
    """What a payer decided about a claim, and what of it denies or cuts."""

    payment: Payment
    findings: tuple[Finding, ...] = ()

    @property
    def day(self) -> date | None:
        """The day of the remittance."""
        return self.payment.produced_on or self.payment.paid_on

    @property
    def denied(self) -> tuple[Finding, ...]:
        """What was taken off."""
        return tuple(finding for finding in self.findings if finding.amount > 0)

    def asking(self, claim: str) -> str:
        """The remarks that ask for this claim to be sent (new, void, wait), with what they say; "" where none does."""
        return "; ".join(f"{remark}: {right.says}" for remark, right in self._rights() if right.claim == claim)

    @property
    def final(self) -> str:
        """The remarks that leave no appeal, with what they say; "" where none does."""
        return "; ".join(f"{remark}: {right.says}" for remark, right in self._rights() if right.appeal == "no")

    def _rights(self) -> Iterator[tuple[str, Right]]:
        remarks = (*self.payment.remarks, *(remark for line in self.payment.lines for remark in line.remarks))
        return rights(dict.fromkeys(remarks))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRejection:
    """How a claim was rejected before it was decided."""

    source: str
    """TA1, 999, 277CA."""
    codes: tuple[str, ...] = ()
    of_claim: bool = True
    """Whether the claim was rejected, not all that came with it."""

    def __str__(self) -> str:
        codes = f" ({', '.join(self.codes)})" if self.codes else ""
        what = "it" if self.of_claim else "all that was sent with it"
        return f"The {self.source} rejected {what}{codes}."

    @property
    def about_numbers(self) -> bool:
        """Whether a code of its says that an authorization or referral is missing, or not good."""
        return any(status in _NUMBER_STATUSES for code in self.codes for status in code.split(":")[1:2])


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimHistory:
    """A claim as it was last sent, with what became of it."""

    claim: Claim
    sent: date | None = None
    answers: tuple[PayerAnswer, ...] = ()
    """Those of its payer to all that was sent under its number, oldest first."""
    rejected: ClaimRejection | None = None
    """Of what was sent last."""
    again: bool = False
    """Whether something was sent under its number before."""
    replaced_by: Claim | None = None
    """The claim under another number that replaces or voids it (REF*F8)."""
    shared: bool = False
    """Whether a claim of another patient was sent under its number within a year of it."""
    bills: tuple[str, ...] = ()
    """Of several bills under its number each, in a sentence, where nothing says which is meant;"""
    open: tuple[str, ...] = ()
    """and those of them that were denied or rejected, where that are several."""

    @property
    def last(self) -> PayerAnswer | None:
        """The payer's last answer to what was sent last; None where there is none."""
        answers = [answer for answer in self.answers if not _earlier(answer, self)]
        return _last(answers) if answers else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionPlan:
    """What is to be sent, with its CLM05-3 and REF*F8 ("": none), or why nothing is; and the reasons, in sentences."""

    instrument: Instrument | None = None
    frequency: str = ""
    original: str = ""
    refusal: Refusal | None = None
    reasons: tuple[str, ...] = ()
    answer: PayerAnswer | None = None
    """The payer's answer that is to become another,"""
    rejected: ClaimRejection | None = None
    """or the rejection."""


def refused(refusal: Refusal, *reasons: str) -> CorrectionPlan:
    """That nothing is sent."""
    return CorrectionPlan(refusal=refusal, reasons=reasons)


def course(history: ClaimHistory, *, void: bool = False, agreed: Agreement = NOTHING_AGREED) -> CorrectionPlan:
    """How a claim is mended: by a void where one is asked for, else by what its history calls for.

    Whether anything has changed that would change the answer is `with_changes`' business.
    """
    claim = history.claim
    if history.shared:
        reason = "Claims of several patients were sent under this number: which of them is meant is not told."
        return refused(Refusal.SHARED_NUMBER, reason, "Correct it where it was billed, under a number of its own.")
    if several := history.bills if void else history.open:
        reason = f"{len(several)} bills under this number may be meant: name the payer's claim number of one in its place."
        return refused(Refusal.SEVERAL_BILLS, reason, *several)
    if claim.frequency != VOID and (reason := not_applicable(claim)):
        return refused(Refusal.NOT_PAYABLE, reason)
    answer = history.last
    if history.rejected is not None and answer is None:
        return _sent_again(history, history.rejected, void=void)
    if claim.frequency == VOID:
        return _voided(history, answer)
    if (other := history.replaced_by) is not None:
        done = "voids" if other.frequency == VOID else "replaces"
        return refused(Refusal.REPLACED, f"Claim {other.id} {done} it: correct that one.")
    if answer is None:
        return _not_answered(history)
    if answer.payment.status == REVERSAL:
        reason = f"The payer took its payment back{_on(answer.day)} and has not decided anew: wait for its correction."
        return refused(Refusal.REVERSED, reason)
    return _mended(history, answer, void=void, agreed=agreed)


def _earlier(answer: PayerAnswer, history: ClaimHistory) -> bool:
    """Whether an answer is one to an earlier sending: it is older, or of the same day and what is replaced by this one."""
    original = history.claim.original
    if not (history.again or original) or answer.day is None or history.sent is None:
        return False
    replaced = bool(original) and answer.payment.payer_claim == original
    return answer.day < history.sent or (answer.day == history.sent and replaced)


def _last(answers: Sequence[PayerAnswer]) -> PayerAnswer:
    """The newest answer; of one remittance a correction goes before the reversal that it comes with."""
    last = answers[-1]
    same = [a for a in answers if a.payment.trace == last.payment.trace and a.day == last.day and a.payment.status != REVERSAL]
    return same[-1] if same else last


def _sent_again(history: ClaimHistory, rejected: ClaimRejection, *, void: bool) -> CorrectionPlan:
    """A claim that was rejected before it was decided, as it was meant: what it was to replace or void was decided."""
    claim = history.claim
    if void and claim.frequency != VOID:
        return refused(Refusal.NOT_ANSWERED, str(rejected), "There is nothing to void: the payer did not take it.")
    if claim.frequency not in (REPLACEMENT, VOID):
        said = "It was never decided: it is sent as a new claim, without a payer's claim number."
        return CorrectionPlan(instrument=Instrument.NEW, frequency=_new(claim), reasons=(str(rejected), said), rejected=rejected)
    instrument = Instrument.VOID if claim.frequency == VOID else Instrument.REPLACEMENT
    number = _newest(history.answers) or claim.original
    said = f"It is sent as the {instrument} that it was: REF*F8 {number}."
    reasons = (str(rejected), said)
    return CorrectionPlan(instrument=instrument, frequency=claim.frequency, original=number, reasons=reasons, rejected=rejected)


def _voided(history: ClaimHistory, answer: PayerAnswer | None) -> CorrectionPlan:
    """A claim that was voided is no more, unless its payer had asked for that, to be sent a new one behind it."""
    asked = [one for one in history.answers if one.asking(_VOID)]
    if not asked:
        return refused(Refusal.VOIDED, f"It was voided{_on(history.sent)}.")
    if answer is None:
        return _not_answered(history)
    reasons = (
        f"It was voided{_on(history.sent)}, as the payer had asked ({asked[-1].asking(_VOID)}): a new claim comes behind it.",
    )
    return CorrectionPlan(instrument=Instrument.NEW, frequency=_ORIGINAL, reasons=reasons, answer=asked[-1])


def _not_answered(history: ClaimHistory) -> CorrectionPlan:
    if history.again or history.claim.frequency == REPLACEMENT:
        what = {REPLACEMENT: "A replacement", VOID: "A void"}.get(history.claim.frequency, "It")
        reason = f"{what} was sent{_on(history.sent)}, and the payer has not answered it: wait for its remittance."
        return refused(Refusal.CORRECTION_OUT, reason)
    return refused(Refusal.NOT_ANSWERED, f"It was sent{_on(history.sent)}, and no remittance for it is on file.")


def _mended(history: ClaimHistory, answer: PayerAnswer, *, void: bool, agreed: Agreement) -> CorrectionPlan:
    """What mends a claim that the payer decided."""
    taken, rule = agreed.said("corrections")
    decided = f"Remittance {answer.payment.trace}{_on(answer.day)} decided it"
    number = _newest(history.answers)
    if not void and not answer.denied:
        return refused(Refusal.NOTHING_DENIED, f"{decided}, and took nothing off for a reason that could be mended.")
    if not void and (asked := answer.asking(_NEW)) and not answer.payment.paid:
        reasons = (f"{decided}. {asked}.", "So it comes as a new claim, without REF*F8.")
        return CorrectionPlan(instrument=Instrument.NEW, frequency=_new(history.claim), reasons=reasons, answer=answer)
    if asked := answer.asking(_WAIT):
        return refused(Refusal.NOT_ANSWERED, f"{decided}. {asked}.")
    if not void and (asked := answer.asking(_VOID)):
        return refused(Refusal.NOT_TAKEN, f"{decided}. {asked}.", "A void is written with --void.")
    if history.claim.frequency == LATE_CHARGES:
        reason = f"{decided}. It bills late charges alone, and what corrects it would take the place of the whole account."
        return refused(Refusal.LATE_CHARGES, reason, "Send a replacement of the first bill, with its lines and these.")
    wanted = Instrument.VOID if void else Instrument.REPLACEMENT
    if taken and wanted.value not in taken:
        other = "a reopening or an appeal" if NEW_CLAIM in taken else f"a {taken[0]}"
        return refused(Refusal.NOT_TAKEN, f"{decided}, and this payer takes no {wanted} (rule {rule}): ask for {other}.")
    if not number:
        return refused(Refusal.NO_PAYER_NUMBER, f"{decided}, and gave no claim number of its own, which a {wanted} has to name.")
    frequency = VOID if void else REPLACEMENT
    said = f"{decided} as {number}: a {wanted} (frequency {frequency}) names that in REF*F8."
    return CorrectionPlan(instrument=wanted, frequency=frequency, original=number, reasons=(said,), answer=answer)


def with_changes(
    plan: CorrectionPlan,
    rows: Sequence[Row],
    beside: Sequence[Row] = (),
    authorizations: Iterable[Authorization] = (),
    differs: Sequence[str] | None = None,
) -> CorrectionPlan:
    """The course with what has changed, or the refusal where nothing has that would change the answer.

    `rows` and `beside` are what linking says of the claim that is to be sent, and `authorizations` its candidates. `differs` are
    the segments in which it is not as it was sent before, now that it is linked; None where it is that claim but for the rows.
    A void needs no change.
    """
    if plan.instrument is None or plan.instrument is Instrument.VOID:
        return plan
    others = [segment for segment in differs or () if segment not in NUMBERS]
    changes = [f"It differs from what was sent in {', '.join(others)}."] if others else []
    if plan.rejected is not None and not plan.rejected.of_claim:
        changes.append("The fault need not be its own: it comes in another file.")
    held = {a.key or a.number: a for a in authorizations}
    for row in (*rows, *beside):
        if row.other or not _matters(row, plan):
            continue
        carries = row.written or (differs is not None and row.verdict in _CARRIED)
        if carries and (differs is None or NUMBERS.intersection(differs)):
            changes += _carries(row)
        elif row.verdict in _CARRIED:
            changes += _certified_since(row, plan.answer, held.get(row.key or row.authorization))
    if changes:
        return replace(plan, reasons=(*plan.reasons, *dict.fromkeys(changes)))
    reasons = [reason for row in rows if _matters(row, plan) for reason in row.reasons]
    actions = [finding.action for finding in plan.answer.denied if finding.action] if plan.answer else []
    said = "Nothing has changed that would change the answer."
    return replace(refused(Refusal.NOTHING_CHANGED, said, *dict.fromkeys((*reasons, *actions))), answer=plan.answer)


def on_file(rows: Iterable[Row]) -> str:
    """What fits already, or waits for its answer, in a sentence, so that nothing is to be asked for; "" where nothing does."""
    for row in rows:
        if row.verdict in (*_CARRIED, Verdict.AMBIGUOUS, Verdict.UNITS_SHORT):
            return f"Authorization {row.authorization} fits: correct the claim." if row.authorization else row.reasons[0]
        if row.verdict in (Verdict.AUTHORIZATION_PENDING, Verdict.NOT_REQUIRED):
            return row.reasons[0]
    return ""


def same_claim(sent: Claim, now: Claim) -> bool:
    """Whether what is to be sent in the place of a claim can be the same one: its provider's, payer's and patient's."""
    providers = sent.billing.id == now.billing.id and sent.payer.id.strip() == now.payer.id.strip()
    return providers and may_be_same_patient(sent, now)


def _matters(row: Row, plan: CorrectionPlan) -> bool:
    """Whether the payer took something off for what a row is about: its kind of number, its line."""
    if plan.answer is None:
        return plan.rejected is not None and plan.rejected.about_numbers
    for finding in plan.answer.denied:
        about = finding.kind == REFERRAL if row.kind == REFERRAL else finding.kind.startswith(PREFIX) or finding.kind == _NEED
        if about and (row.line is None or finding.line is None or row.line == finding.line):
            return True
    return False


def _carries(row: Row) -> Iterator[str]:
    where = f"{row.placement}, line {row.line}" if row.line else row.placement
    before = f", in the place of {row.previous}" if row.previous else ""
    yield f"It carries {row.authorization} in {where}{before}."
    yield from row.reasons


def _certified_since(row: Row, answer: PayerAnswer | None, held: Authorization | None) -> Iterator[str]:
    told = (held.issued or held.received) if held is not None else None
    if answer is not None and answer.day is not None and told is not None and told > answer.day:
        yield f"Authorization {row.authorization}, which it carries, was decided on {told}, after the remittance."


def _newest(answers: Iterable[PayerAnswer]) -> str:
    """The payer's newest claim number (CLP07) of the chain."""
    numbers = [a.payment.payer_claim.strip() for a in answers if a.payment.status != REVERSAL]
    return next((number for number in reversed(numbers) if number not in _NO_NUMBER), "")


def _new(claim: Claim) -> str:
    """CLM05-3 of a claim that is sent as if for the first time."""
    return _ORIGINAL if claim.frequency in (REPLACEMENT, VOID, "") else claim.frequency


def _on(day: date | None) -> str:
    return f" on {day}" if day else ""

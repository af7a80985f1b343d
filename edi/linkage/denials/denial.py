"""What the payer says, what we know.

A finding is one adjustment (a triplet of a CAS) that denies or cuts for a reason. Its kind is what the payer says by its codes;
its cause what we know: the claim compared with the authorizations by the comparison that links claims, as the claim was sent
and without its own use of units. Kind and cause are kept apart, for they often disagree, and then somebody is owed money.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from edi.guides.rules.limit import LimitRule
from edi.guides.rules.match import NEW_CLAIM, REPLACEMENT
from edi.linkage.coordination import as_destined
from edi.linkage.denials.answered import answered, by_control_number
from edi.linkage.denials.causes import EXCEEDED as EXCEEDED
from edi.linkage.denials.causes import NEVER_REQUESTED as NEVER_REQUESTED
from edi.linkage.denials.causes import UNKNOWN, cause_of, certified, explains, told
from edi.linkage.denials.kinds import NECESSITY, NOT_KNOWN, REFERRAL, Said, action, never_denies, said
from edi.linkage.denials.limits import DAYS, Due, due
from edi.linkage.denials.owing import APPEAL, group, new_claim, rights, unprocessed
from edi.linkage.denials.owing import step as next_step
from edi.linkage.denials.pairing import REVERSAL, UNMATCHED
from edi.linkage.denials.pairing import PaymentMatch as PaymentMatch
from edi.linkage.denials.pairing import match_payment as match_payment
from edi.linkage.identity import NO_ALIASES, folded_name, same_payer
from edi.linkage.matching import judge
from edi.linkage.placement import Outcome
from edi.linkage.requirements import required as required_of
from edi.linkage.terms import PayerRules, Required, Terms
from edi.linkage.usage import Usage
from edi.linkage.verdict import Verdict, money
from edi.records.authorization import Authorization
from edi.records.claim import Claim, ClaimLine
from edi.records.made import naming
from edi.records.parties import Party
from edi.records.remittance import Adjustment, PaidLine, Payment
from edi.records.transfer import id_of_payer

ESTIMATE: Final = "25"
"""CLP02 of a predetermination, which decides nothing."""
_NUMBERS: Final = ("G1", "BB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One adjustment that denies or cuts, with what is known about it."""

    claim: str
    """CLP01."""
    payer_claim: str = ""
    """CLP07."""
    line: str | None = None
    """LX01 by the line control number, else the ordinal of the SVC; None for an adjustment of the whole claim."""
    kind: str
    cause: str | None
    codes: tuple[str, ...]
    """The adjustment's group and reason, "CO-197", then the remarks beside it."""
    authorization: str = ""
    key: str = ""
    amount: Decimal
    """With its sign."""
    how: str = UNMATCHED
    sure: bool = False
    evidence: tuple[str, ...] = ()
    action: str = ""
    step: str = ""
    """Which of the payer's limits the action must keep: file, correct, appeal, or either of the last two; "" of a reversal."""
    deadline: date | None = None
    limit: str = ""
    """The payer's rule that gives the deadline; "" where it is a default."""
    owed: str | None = None
    """Whose money it is by its group: practice, patient, other-payer, payer; None where the group does not say."""

    def to_json(self) -> dict[str, Any]:
        """The finding as in reports; what is absent is None."""
        return {
            "claim": self.claim,
            "payer_claim": self.payer_claim or None,
            "line": self.line,
            "kind": self.kind,
            "cause": self.cause,
            "codes": list(self.codes),
            "authorization": self.authorization or None,
            "amount": money(self.amount),
            "match": {"how": self.how, "sure": self.sure},
            "evidence": list(self.evidence),
            "action": self.action,
            "deadline": self.deadline.isoformat() if self.deadline else None,
            "step": self.step or None,
            "limit": self.limit or None,
            "owed": self.owed,
        }


def totals(found: Iterable[Finding]) -> dict[str, dict[str, Any]]:
    """By kind: how many findings, and their amounts with their signs."""
    amounts: dict[str, list[Decimal]] = {}
    for finding in found:
        amounts.setdefault(finding.kind, []).append(finding.amount)
    return {kind: {"findings": len(a), "amount": money(sum(a, Decimal(0)))} for kind, a in sorted(amounts.items())}


@naming(payment=Payment, claim=Claim, authorizations=Authorization)
def findings(
    payment: Payment,
    claim: Claim | None,
    authorizations: Sequence[Authorization],
    usage: Usage,
    *,
    match: PaymentMatch | None = None,
    payers: Mapping[str, str] = NO_ALIASES,
    required: Required | None = None,
    days: int = DAYS,
) -> tuple[Finding, ...]:
    """What a payment denies or cuts, in its order: the claim's adjustments, then those of each line.

    `claim` is the claim that the payment answers, as it was sent (None: it was not found), and `match` how that was found;
    `authorizations` its candidates, `usage` what claims use; `required` asks what the payer's rules say, and has its limits where
    it is `PayerRules`; `days` is the limit where they say nothing. Nothing is changed, so asking again gives the same answer.
    """
    if payment.status == ESTIMATE or all(never_denies(each.group, each.reason) for each in payment.every_adjustment()):
        return ()
    how = match or PaymentMatch(claim, "given" if claim else UNMATCHED, claim is not None)
    case = _Case(payment, _as_the_payer_has_it(claim, payment, payers), authorizations, usage, payers, required, how, days)
    return tuple(case.findings())


def asks(payment: Payment) -> bool:
    """Whether a payment says something of which the cause is looked for, so that it matters which authorizations there are."""
    case = _Case(payment, None, (), Usage(), NO_ALIASES, None, PaymentMatch(None, UNMATCHED, False), DAYS)
    return payment.status != ESTIMATE and any(says.linkage or says.kind == NECESSITY for says in case.said())


def kind_of(adjustment: Adjustment, remarks: Iterable[str] = ()) -> str | None:
    """The kind of finding that an adjustment makes with its remarks; None where it makes none."""
    found = said(adjustment.reason, remarks, group=adjustment.group) if adjustment.amount else None
    return found.kind if found else None


def _as_the_payer_has_it(claim: Claim | None, payment: Payment, payers: Mapping[str, str]) -> Claim | None:
    """The claim with the answering payer as its destination, where that is another payer of the claim (a crossover).

    Payers are often called otherwise in the 835 than in the 837, so a name decides where no id does.
    """
    if claim is None:
        return None
    theirs = _answering(payment)
    if same_payer(theirs, claim.payer, payers):
        return claim
    others = [(other, Party(id=other.id, name=other.name)) for other in claim.other_payers if other.id]
    found = next((other for other, party in others if same_payer(theirs, party, payers)), None)
    if found is None and theirs.name and folded_name(theirs.name) != folded_name(claim.payer.name):
        named = [other for other, party in others if folded_name(party.name) == folded_name(theirs.name)]
        found = named[0] if len(named) == 1 else None
    return as_destined(claim, found) if found is not None else claim


def _answering(payment: Payment) -> Party:
    """Who paid, by the id that the 835 gives: N104, else REF*2U."""
    theirs = payment.payer
    return theirs if theirs.id.strip() else Party(role=theirs.role, name=theirs.name, id=id_of_payer(theirs))


@dataclass(slots=True)
class _Case:
    """One payment, the claim that it answers, and what is on file for it."""

    payment: Payment
    claim: Claim | None
    authorizations: Sequence[Authorization]
    usage: Usage
    payers: Mapping[str, str]
    required: Required | None
    match: PaymentMatch
    days: int
    _outcomes: dict[bool, tuple[Outcome, ...]] = field(default_factory=dict)
    """What the comparison says of the whole claim, for referrals and for authorizations, once it was asked."""

    def findings(self) -> Iterator[Finding]:
        for adjustment in self.payment.adjustments:
            yield from self._finding(adjustment, None)
        for line in self.payment.lines:
            for adjustment in line.adjustments:
                yield from self._finding(adjustment, line)

    def _finding(self, adjustment: Adjustment, paid_line: PaidLine | None) -> Iterator[Finding]:
        position = answered(paid_line, self.payment, self.claim) if paid_line and self.claim else None
        claim_line = self.claim.lines[position] if self.claim and position is not None else None
        says, remarks = self._says(adjustment, paid_line, claim_line)
        if says is None or not adjustment.amount:
            return
        outcome, beside = self._outcome(says, position)
        cause = self._cause(says, outcome, claim_line)
        number = _number(outcome, cause)
        reversal = self.payment.status == REVERSAL
        step = "" if reversal else next_step(says.kind, cause, self._all_remarks())
        until = Due() if reversal else due(step, self.payment, self.claim, self._limits(), self.days)
        codes = (f"{adjustment.group}-{adjustment.reason}", *remarks)
        evidence = (
            *self._said_by_codes(codes, says),
            *self._known(says, cause, outcome, beside=beside),
            *self._our_number(),
            *self._numbers_named(paid_line),
            *(f"{remark}: {right.says}." for remark, right in rights((*remarks, *self.payment.remarks))),
            f"{adjustment.group or 'No group'}: {group(adjustment.group).says}.",
            *((until.says,) if until.says else ()),
        )
        yield Finding(
            claim=self.payment.claim,
            payer_claim=self.payment.payer_claim,
            line=self._line(paid_line),
            kind=says.kind,
            cause=cause,
            codes=codes,
            authorization=number,
            key=outcome.offer.authorization.key if outcome and outcome.offer else "",
            amount=adjustment.amount,
            how=self.match.how,
            sure=self.match.sure,
            evidence=evidence,
            action=_REVERSED if reversal else self._action(says, cause, _which(outcome, cause) or number),
            step=step,
            deadline=until.day,
            limit=until.rule,
            owed=group(adjustment.group).owed,
        )

    def _our_number(self) -> Iterator[str]:
        if self.claim is not None and self.claim.id.strip() != self.payment.claim.strip():
            yield f"The claim was sent as {self.claim.id} (found by: {self.match.how})."

    def said(self) -> Iterator[Said]:
        """What the payer says by each adjustment that makes a finding."""
        for line in (None, *self.payment.lines):
            for adjustment in (line or self.payment).adjustments:
                if adjustment.amount and (says := self._says(adjustment, line, None)[0]) is not None:
                    yield says

    # -- what the payer says -----------------------------------------------------------------------------------------

    def _says(
        self, adjustment: Adjustment, paid_line: PaidLine | None, claim_line: ClaimLine | None
    ) -> tuple[Said | None, tuple[str, ...]]:
        """What the payer says, with the remarks that go with it.

        A line's adjustment goes with the line's remarks; where it has none, with the claim's, if they change the meaning. The
        claim's adjustment goes with the claim's remarks where they change the meaning, else with those of its lines that do.
        """
        number, paid = self._carries_number(claim_line, paid_line), (paid_line or self.payment).paid != 0

        def read(remarks: Iterable[str]) -> Said | None:
            return said(adjustment.reason, remarks, group=adjustment.group, number=number, paid=paid)

        if paid_line is not None:
            own, other = paid_line.remarks, () if paid_line.remarks else self.payment.remarks
        else:
            own = self.payment.remarks
            other = () if read(own) != read(()) else self._remarks_of_lines()
        says = read(own)
        if other and (told := read((*own, *other))) != says:
            return told, (*own, *other)
        return says, own

    def _remarks_of_lines(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(remark for line in self.payment.lines for remark in line.remarks))

    def _all_remarks(self) -> tuple[str, ...]:
        return (*self.payment.remarks, *self._remarks_of_lines())

    def _carries_number(self, line: ClaimLine | None, paid_line: PaidLine | None) -> bool | None:
        """Whether the claim carried a number of its own payer there; None where the claim is not known."""
        if self.claim is None:
            return None
        lines = self.claim.lines if paid_line is None or line is None else (line,)
        own = [n for one in lines for n in one.authorizations if n.payer_id in ("", self.claim.payer.id)]
        return bool(self.claim.authorizations or self.claim.authorization or own)

    def _line(self, line: PaidLine | None) -> str | None:
        if line is None:
            return None
        found = by_control_number(line, self.claim) if self.claim else None
        return self.claim.lines[found].number if self.claim and found is not None else str(line.ordinal)

    # -- what we know ------------------------------------------------------------------------------------------------

    def _outcome(self, says: Said, position: int | None) -> tuple[Outcome | None, bool]:
        """What the comparison says about the line, or about the claim: of its lines the one that explains a denial best.

        With it, whether other lines use what that one is about. What was denied as not necessary matters where it was certified.
        """
        if self.claim is None or not (says.linkage or says.kind == NECESSITY):
            return None, False
        referral = says.kind == REFERRAL
        if referral not in self._outcomes:
            self._outcomes[referral] = judge(self.claim, self.authorizations, self.usage, self._terms(referral))
        outcomes = self._outcomes[referral]
        possible = outcomes
        if position is not None and len(outcomes) == len(self.claim.lines):
            possible = outcomes[position : position + 1]
        if not says.linkage:
            possible = tuple(filter(certified, possible))
        if not possible:
            return None, False
        found = max(possible, key=lambda o: (explains(o), o.subject.line.charge if o.subject.line else self.payment.charge))
        beside = any(one is not found and one.offer == found.offer and one.room and one.room.use for one in outcomes)
        return found, beside

    def _terms(self, referral: bool) -> Terms:
        if not referral:
            return Terms(payers=self.payers, required=self.required)
        rules = self.required if isinstance(self.required, PayerRules) else None
        wanted = PayerRules(required_of(rules.wanted, referral=True), rules.matching) if rules else None
        return Terms(payers=self.payers, required=wanted, kind=REFERRAL)

    def _cause(self, says: Said, outcome: Outcome | None, line: ClaimLine | None) -> str | None:
        if self.claim is None or outcome is None:
            return UNKNOWN if says.linkage else None
        return cause_of(says, outcome, self.claim, line, self.authorizations)

    def _taken(self) -> tuple[Sequence[str], str]:
        """What corrects a claim that the payer decided, by its rule, and the rule; nothing where none says it."""
        if self.claim is None or not isinstance(self.required, PayerRules):
            return (), ""
        said, rule = self.required.matching.of(self.claim).said("corrections")
        return said or (), rule

    def _limits(self) -> tuple[LimitRule, ...]:
        return self.required.limits if isinstance(self.required, PayerRules) else ()

    # -- in words ----------------------------------------------------------------------------------------------------

    def _said_by_codes(self, codes: Sequence[str], says: Said) -> Iterator[str]:
        yield f"The payer says {', '.join(codes)}" + (f": {says.label}." if says.label else ".")
        on = self.payment.produced_on or self.payment.paid_on
        if says.until == NOT_KNOWN:
            yield "One of these codes is not on X12's list any more; it is read as it was meant then."
        elif says.until and on is not None and on.isoformat() > says.until:
            yield f"One of these codes ended on {says.until}, before this remittance; it is read as it was meant then."

    def _known(self, says: Said, cause: str | None, outcome: Outcome | None, *, beside: bool) -> Iterator[str]:
        if self.claim is None:
            near = f" The nearest: {', '.join(self.match.nearest)}." if self.match.nearest else ""
            yield f"The claim was not found ({self.match.how}).{near}"
        elif outcome is not None and cause is not None:
            if sentence := told(cause, says, outcome, beside=beside):
                yield sentence
            yield from outcome.reasons
            held, at = outcome.subject.held, outcome.subject.held_at
            yield f"The claim carried {held} in {at}." if held else "The claim carried no number there."

    def _numbers_named(self, line: PaidLine | None) -> Iterator[str]:
        references = (*self.payment.references, *(line.references if line else ()))
        for reference in dict.fromkeys(r.value for r in references if r.qualifier in _NUMBERS):
            yield f"The remittance names authorization {reference}."

    def _action(self, says: Said, cause: str | None, number: str) -> str:
        if unprocessed(self._all_remarks()) and next_step(says.kind, cause) == APPEAL:
            return _UNPROCESSED
        return action(says.kind, cause, number=number, corrected=self._corrected())

    def _corrected(self) -> str:
        if new_claim(self._all_remarks()):
            return "a new claim (frequency 1)"
        taken, rule = self._taken()
        if taken and REPLACEMENT not in taken:
            other = "a request for reopening" if NEW_CLAIM in taken else "a void, then a new claim,"
            return f"{other} (this payer takes no replacement, rule {rule})"
        number = f", REF*F8 {self.payment.payer_claim}" if self.payment.payer_claim else ""
        return f"a replacement (frequency 7{number})"


_UNPROCESSED: Final = "Send a new claim (frequency 1): the first one was not processed, so there is nothing to appeal."
_REVERSED: Final = "None: this takes an earlier payment back; look at the correction that comes with it, or after it."


def _number(outcome: Outcome | None, cause: str | None) -> str:
    """The number of the authorization that it is about; "" where there are several, or where what the claim carried is none."""
    if outcome is None or outcome.verdict is Verdict.AMBIGUOUS:
        return ""
    return "" if cause == Verdict.WRONG_NUMBER and outcome.number == outcome.subject.held else outcome.number


def _which(outcome: Outcome | None, cause: str | None) -> str:
    """Where no number is the one: of several that fit equally the choice that a person has, or where to look; else ""."""
    if outcome is None:
        return ""
    if cause == Verdict.WRONG_NUMBER and outcome.number == outcome.subject.held:
        return "the one that the payer gave, which is not on file"
    if outcome.verdict is not Verdict.AMBIGUOUS:
        return ""
    return f"the one that is meant of {', '.join(sorted(c.authorization for c in outcome.candidates if c.fits))}"

"""What the payer says, what we know.

A finding is one adjustment (a triplet of a CAS) that denies or cuts for a reason. Its kind is what the payer says by its codes;
its cause what we know: the claim compared with the authorizations by the comparison that links claims, as the claim was sent
and without its own use of units. Kind and cause are kept apart, for they often disagree, and then somebody is owed money.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from edi.linkage.coordination import as_destined
from edi.linkage.identity import NO_ALIASES, same_patient, same_payer
from edi.linkage.kinds import PREFIX, REFERRAL, Said, action, said
from edi.linkage.matching import judge
from edi.linkage.pairing import REVERSAL, UNMATCHED
from edi.linkage.pairing import Match as Match
from edi.linkage.pairing import match_payment as match_payment
from edi.linkage.placement import Outcome
from edi.linkage.terms import AUTHORIZATION, Required, Terms
from edi.linkage.usage import Usage
from edi.linkage.verdict import Verdict, money
from edi.records.authorization import Authorization, Decision
from edi.records.claim import Claim, ClaimLine
from edi.records.parties import Party
from edi.records.remittance import Adjustment, PaidLine, Payment

DAYS: Final = 60
"""The shortest of the common limits for a first appeal, counted from the remittance: the default where no rule says more."""
ESTIMATE: Final = "25"
"""CLP02 of a predetermination, which decides nothing."""
_NEW_CLAIM: Final = frozenset({"MA130", "N142"})
"""Remarks that ask for a new claim: the first one was not processed, or its replacement not taken."""
_LATE_REASON: Final = "17"
"""HCR03: the time limit was missed."""
LATE: Final = PREFIX + "late"
EXCEEDED: Final = PREFIX + "exceeded"
HELD_NOT_SENT, SENT_CORRECTLY, NEVER_REQUESTED = "held-not-sent", "sent-correctly", "never-requested"
REQUESTED_LATE, REQUEST_REJECTED, UNKNOWN = "requested-late", "request-rejected", "unknown"
_CAUSES: Final = {
    Verdict.LINKED: HELD_NOT_SENT,
    Verdict.AMBIGUOUS: HELD_NOT_SENT,
    Verdict.ALREADY_LINKED: SENT_CORRECTLY,
    Verdict.NUMBER_UNKNOWN: Verdict.WRONG_NUMBER.value,
    Verdict.CALL_PAYER: Verdict.AUTHORIZATION_PENDING.value,
    Verdict.REQUIREMENT_UNKNOWN: NEVER_REQUESTED,
    Verdict.MISSING: NEVER_REQUESTED,
    Verdict.EXCEPTION_CLAIMED: NEVER_REQUESTED,
}
"""Verdicts that have another word as a cause; the others keep theirs."""


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
    deadline: date | None = None

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
        }


def totals(found: Iterable[Finding]) -> dict[str, dict[str, Any]]:
    """By kind: how many findings, and their amounts with their signs."""
    amounts: dict[str, list[Decimal]] = {}
    for finding in found:
        amounts.setdefault(finding.kind, []).append(finding.amount)
    return {kind: {"findings": len(a), "amount": money(sum(a, Decimal(0)))} for kind, a in sorted(amounts.items())}


def findings(
    payment: Payment,
    claim: Claim | None,
    authorizations: Sequence[Authorization],
    usage: Usage,
    *,
    match: Match | None = None,
    payers: Mapping[str, str] = NO_ALIASES,
    required: Required | None = None,
    days: int = DAYS,
) -> tuple[Finding, ...]:
    """What a payment denies or cuts, in its order: the claim's adjustments, then those of each line.

    `claim` is the claim that the payment answers, as it was sent (None: it was not found), and `match` how that was found;
    `authorizations` its candidates, `usage` what claims use; `required` asks what the payer's rules say. Nothing is changed, so
    asking again gives the same answer.
    """
    if payment.status == ESTIMATE:
        return ()
    how = match or Match(claim, "given" if claim else UNMATCHED, claim is not None)
    case = _Case(payment, _as_the_payer_has_it(claim, payment, payers), authorizations, usage, payers, required, how, days)
    return tuple(case.findings())


def kind_of(adjustment: Adjustment, remarks: Iterable[str] = (), *, number: bool | None = None, paid: bool = False) -> str | None:
    """The kind of finding that an adjustment makes with its remarks; None where it makes none. Arguments: see `kinds.said`."""
    found = said(adjustment.reason, remarks, number=number, paid=paid) if adjustment.amount else None
    return found.kind if found else None


def _as_the_payer_has_it(claim: Claim | None, payment: Payment, payers: Mapping[str, str]) -> Claim | None:
    """The claim with the answering payer as its destination, where that is another payer of the claim (a crossover)."""
    if claim is None or not payment.payer.id or same_payer(payment.payer, claim.payer, payers):
        return claim
    others = (other for other in claim.other_payers if other.id)
    other = next((o for o in others if same_payer(payment.payer, Party(id=o.id, name=o.name), payers)), None)
    return as_destined(claim, other) if other is not None else claim


@dataclass(slots=True)
class _Case:
    """One payment, the claim that it answers, and what is on file for it."""

    payment: Payment
    claim: Claim | None
    authorizations: Sequence[Authorization]
    usage: Usage
    payers: Mapping[str, str]
    required: Required | None
    match: Match
    days: int

    def findings(self) -> Iterator[Finding]:
        for adjustment in self.payment.adjustments:
            yield from self._finding(adjustment, None)
        for line in self.payment.lines:
            for adjustment in line.adjustments:
                yield from self._finding(adjustment, line)

    def _finding(self, adjustment: Adjustment, paid_line: PaidLine | None) -> Iterator[Finding]:
        position = self._position(paid_line)
        claim_line = self.claim.lines[position] if self.claim and position is not None else None
        says, remarks = self._says(adjustment, paid_line, claim_line)
        if says is None or not adjustment.amount:
            return
        outcome = self._outcome(says, position) if says.linkage and self.claim else None
        cause = self._cause(says, outcome, claim_line) if says.linkage else None
        codes = (f"{adjustment.group}-{adjustment.reason}", *remarks)
        reversal = self.payment.status == REVERSAL
        number = self._number(outcome)
        deadline = None if reversal else self._deadline()
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
            evidence=tuple(self._evidence(codes, says, outcome, paid_line, deadline)),
            action=_REVERSED
            if reversal
            else action(says.kind, cause, number=number or _which(outcome), corrected=self._corrected()),
            deadline=deadline,
        )

    def _says(
        self, adjustment: Adjustment, paid_line: PaidLine | None, claim_line: ClaimLine | None
    ) -> tuple[Said | None, tuple[str, ...]]:
        """What the payer says, with the remarks that go with it: a line's own, else the claim's where they change the meaning."""
        number = self._carries_number(claim_line, paid_line)
        paid = (paid_line or self.payment).paid != 0
        own = (paid_line or self.payment).remarks
        says = said(adjustment.reason, own, number=number, paid=paid)
        if not own and (told := said(adjustment.reason, self.payment.remarks, number=number, paid=paid)) != says:
            return told, self.payment.remarks
        return says, own

    # -- which line --------------------------------------------------------------------------------------------------

    def _line(self, line: PaidLine | None) -> str | None:
        if line is None:
            return None
        found = self._by_control_number(line)
        return self.claim.lines[found].number if self.claim and found is not None else str(line.ordinal)

    def _by_control_number(self, line: PaidLine) -> int | None:
        if self.claim is None or not line.control_number:
            return None
        found = [n for n, one in enumerate(self.claim.lines) if one.control_number == line.control_number]
        return found[0] if len(found) == 1 else None

    def _position(self, line: PaidLine | None) -> int | None:
        """The claim's line that was paid: by control number, else by procedure, date and charge, else by its place."""
        if line is None or self.claim is None:
            return None
        found = self._by_control_number(line)
        if found is not None:
            return found
        for same in (_same_service_and_charge, _same_service, _same_code):
            like = [n for n, one in enumerate(self.claim.lines) if same(line, one)]
            if len(like) == 1:
                return like[0]
            if line.ordinal - 1 in like:
                return line.ordinal - 1
        return line.ordinal - 1 if len(self.claim.lines) == len(self.payment.lines) else None

    # -- what we know ------------------------------------------------------------------------------------------------

    def _carries_number(self, line: ClaimLine | None, paid_line: PaidLine | None) -> bool | None:
        """Whether the claim carried a number of its own payer there; None where the claim is not known."""
        if self.claim is None:
            return None
        lines = self.claim.lines if paid_line is None or line is None else (line,)
        own = [n for one in lines for n in one.authorizations if n.payer_id in ("", self.claim.payer.id)]
        return bool(self.claim.authorizations or self.claim.authorization or own)

    def _outcome(self, says: Said, position: int | None) -> Outcome | None:
        """What the comparison says about the line, or about the claim: of its lines the one that explains a denial best."""
        assert self.claim is not None
        kind = REFERRAL if says.kind == REFERRAL else AUTHORIZATION
        required = self.required if kind == AUTHORIZATION else None
        outcomes = judge(self.claim, self.authorizations, self.usage, Terms(payers=self.payers, required=required, kind=kind))
        if position is not None and len(outcomes) == len(self.claim.lines):
            return outcomes[position]
        return max(outcomes, key=lambda o: (_explains(o), o.subject.line.charge if o.subject.line else self.payment.charge))

    def _cause(self, says: Said, outcome: Outcome | None, line: ClaimLine | None) -> str:
        if outcome is None:
            return UNKNOWN
        if self._late(says, outcome, line):
            return REQUESTED_LATE
        if outcome.offer is not None and outcome.offer.service.decision is Decision.REJECTED:
            return REQUEST_REJECTED
        if outcome.verdict is Verdict.UNITS_SHORT and says.kind != EXCEEDED and outcome.subject.held != outcome.number:
            return HELD_NOT_SENT
        if outcome.verdict in (Verdict.REQUIREMENT_UNKNOWN, Verdict.MISSING) and self._rejected():
            return REQUEST_REJECTED
        return _CAUSES.get(outcome.verdict, outcome.verdict.value)

    def _rejected(self) -> bool:
        """Whether a request for this patient was rejected as a whole, so that it is not known what it was for."""
        assert self.claim is not None
        claim = self.claim
        return any(a.decision is Decision.REJECTED and not a.services and same_patient(a, claim) for a in self.authorizations)

    def _late(self, says: Said, outcome: Outcome, line: ClaimLine | None) -> bool:
        """Whether the payer was asked only after the service: it says so itself, or refused for that reason."""
        assert self.claim is not None
        period = (line.period if line else None) or self.claim.period
        if outcome.offer is None or period is None:
            return False
        authorization, service = outcome.offer.authorization, outcome.offer.service
        asked = authorization.issued or authorization.received
        refused = service.decision is Decision.DENIED and _LATE_REASON in service.reasons
        return asked is not None and asked > period.start and (says.kind == LATE or refused)

    def _number(self, outcome: Outcome | None) -> str:
        return outcome.number if outcome is not None and outcome.verdict is not Verdict.AMBIGUOUS else ""

    # -- in words ----------------------------------------------------------------------------------------------------

    def _evidence(
        self, codes: Sequence[str], says: Said, outcome: Outcome | None, line: PaidLine | None, deadline: date | None
    ) -> Iterator[str]:
        yield f"The payer says {', '.join(codes)}" + (f": {says.label}." if says.label else ".")
        if self.claim is None:
            near = f" The nearest: {', '.join(self.match.nearest)}." if self.match.nearest else ""
            yield f"The claim was not found ({self.match.how}).{near}"
        elif outcome is not None:
            yield from outcome.reasons
            held, at = outcome.subject.held, outcome.subject.held_at
            yield f"The claim carried {held} in {at}." if held else "The claim carried no number there."
        references = (*self.payment.references, *(line.references if line else ()))
        for reference in dict.fromkeys(r.value for r in references if r.qualifier in ("G1", "BB")):
            yield f"The remittance names authorization {reference}."
        if deadline is not None:
            since = self.payment.produced_on or self.payment.paid_on
            yield f"The deadline is a default, {self.days} days from the remittance of {since}; the payer's own may differ."

    def _deadline(self) -> date | None:
        since = self.payment.produced_on or self.payment.paid_on
        return since + timedelta(self.days) if since and since <= date.max - timedelta(self.days) else None

    def _corrected(self) -> str:
        remarks = {*self.payment.remarks, *(remark for line in self.payment.lines for remark in line.remarks)}
        if remarks & _NEW_CLAIM:
            return "a new claim (frequency 1)"
        number = f", REF*F8 {self.payment.payer_claim}" if self.payment.payer_claim else ""
        return f"a replacement (frequency 7{number})"


_REVERSED: Final = "None: this takes an earlier payment back; look at the correction that comes with it, or after it."


def _which(outcome: Outcome | None) -> str:
    """Of several numbers that fit equally, the choice that a person has; else ""."""
    if outcome is None or outcome.verdict is not Verdict.AMBIGUOUS:
        return ""
    return f"the one that is meant of {', '.join(c.authorization for c in outcome.candidates if c.fits)}"


def _explains(outcome: Outcome) -> int:
    """How well an outcome explains a denial of the whole claim: what is wrong, then what is right, then what is not known."""
    if outcome.verdict is Verdict.ALREADY_LINKED:
        return 1
    return 0 if outcome.verdict is Verdict.REQUIREMENT_UNKNOWN else 2


def _same_code(paid: PaidLine, line: ClaimLine) -> bool:
    """The submitted procedure (SVC06, else SVC01), or the revenue code of a line without one."""
    procedure = paid.submitted or paid.procedure
    if procedure is None or line.procedure is None:
        return bool(paid.revenue_code) and line.procedure is None and paid.revenue_code == line.revenue_code
    return procedure.code == line.procedure.code


def _same_service(paid: PaidLine, line: ClaimLine) -> bool:
    procedure = paid.submitted or paid.procedure
    modifiers = not procedure or not line.procedure or set(procedure.modifiers) == set(line.procedure.modifiers)
    return _same_code(paid, line) and modifiers and (paid.period is None or paid.period == line.period)


def _same_service_and_charge(paid: PaidLine, line: ClaimLine) -> bool:
    return _same_service(paid, line) and abs(paid.charge) == line.charge

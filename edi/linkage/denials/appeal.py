"""What speaks for an appeal: the denials that a corrected claim would not mend, and that the payer is to look at again.

    sent-correctly   the claim carried the number, and it fits
    not-required     by the payer's answer or its rule no authorization is needed
    certified        denied as not necessary, though the payer had certified the service
    retroactive      nobody asked this payer before the service, or too late: it is asked to decide afterwards

What a correction mends, and what the payer refused for reasons of its own, is not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from edi.linkage.denials.causes import HELD_NOT_SENT, NEVER_REQUESTED, REQUESTED_LATE, SENT_CORRECTLY
from edi.linkage.denials.correction import ClaimHistory, CorrectionPlan, PayerAnswer, Refusal, course, refused
from edi.linkage.denials.denial import Finding
from edi.linkage.verdict import Row, Verdict

_NEED: Final = "medical-necessity"
_ANSWERED: Final = frozenset({Refusal.NO_PAYER_NUMBER, Refusal.NOT_TAKEN})
"""Why a claim cannot be corrected that does not keep it from being appealed."""


class AppealGround(StrEnum):
    """Why a payer is asked to look again."""

    SENT_CORRECTLY = "sent-correctly"
    NOT_REQUIRED = "not-required"
    CERTIFIED = "certified"
    RETROACTIVE = "retroactive"


_GROUNDS: Final = {
    SENT_CORRECTLY: AppealGround.SENT_CORRECTLY,
    Verdict.NOT_REQUIRED.value: AppealGround.NOT_REQUIRED,
    NEVER_REQUESTED: AppealGround.RETROACTIVE,
    REQUESTED_LATE: AppealGround.RETROACTIVE,
    Verdict.OTHER_PAYER.value: AppealGround.RETROACTIVE,
}
"""By the cause of a finding."""


@dataclass(frozen=True, slots=True)
class ContestedDenial:
    """One denial, why the payer is asked to look again, and the authorization that speaks for it ("": none)."""

    finding: Finding
    ground: AppealGround
    authorization: str = ""
    why: tuple[str, ...] = ()
    """What linking says of it, in sentences; nothing where nothing was asked for in time."""


@dataclass(frozen=True, slots=True)
class Appeal:
    """What is contested of a payer's answer to a claim."""

    history: ClaimHistory
    answer: PayerAnswer
    contested: tuple[ContestedDenial, ...]

    @property
    def amount(self) -> Decimal:
        """What is at stake."""
        return sum((one.finding.amount for one in self.contested), Decimal(0))

    @property
    def deadline(self) -> date | None:
        """The first of the deadlines."""
        return min((day for one in self.contested if (day := one.finding.deadline)), default=None)

    @property
    def limited(self) -> bool:
        """Whether the deadline is the payer's own, by its rule."""
        return any(one.finding.limit for one in self.contested if one.finding.deadline == self.deadline)

    @property
    def grounds(self) -> tuple[AppealGround, ...]:
        """Each once, in the order of the lines."""
        return tuple(dict.fromkeys(one.ground for one in self.contested))

    @property
    def authorizations(self) -> tuple[str, ...]:
        """The numbers that speak for it."""
        return tuple(dict.fromkeys(one.authorization for one in self.contested if one.authorization))


def appeal(history: ClaimHistory, rows: Iterable[Row] = ()) -> Appeal | CorrectionPlan:
    """What speaks for an appeal of a claim that was decided, or why nothing does. `rows` are what linking says of it now."""
    plan = course(history)
    if plan.refusal is not None and plan.refusal not in _ANSWERED:
        return plan
    answer = history.last
    if answer is None:
        return refused(Refusal.NOT_ANSWERED, *plan.reasons)
    if answer.final:
        return refused(Refusal.NO_APPEAL, f"{answer.final}.")
    told = list(rows)
    contested = [one for finding in answer.denied if (one := _contested(finding, told)) is not None]
    if contested:
        return Appeal(history, answer, tuple(contested))
    actions = dict.fromkeys(finding.action for finding in answer.denied if finding.action)
    return refused(Refusal.NOTHING_CONTESTED, "Nothing that is on file speaks against the payer's answer.", *actions)


def _contested(finding: Finding, rows: Sequence[Row]) -> ContestedDenial | None:
    own = [row for row in rows if row.line is None or finding.line is None or row.line == finding.line]
    why = tuple(dict.fromkeys(reason for row in own for reason in row.reasons))
    if finding.kind == _NEED:
        carried = [row.authorization for row in own if row.verdict is Verdict.ALREADY_LINKED]
        known = [finding.authorization] if finding.cause in (SENT_CORRECTLY, HELD_NOT_SENT) else carried
        return ContestedDenial(finding, AppealGround.CERTIFIED, known[0], why) if known else None
    ground = _GROUNDS.get(finding.cause or "")
    if ground is None:
        return None
    if ground is AppealGround.RETROACTIVE:
        return ContestedDenial(finding, ground)
    return ContestedDenial(finding, ground, finding.authorization, why)

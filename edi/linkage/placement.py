"""Where on a claim each number goes, and the rows that report it.

The guides carry a number at the claim (2300, once) or, 837P and 837D, at a line (2400), where it counts for that line instead of
the claim's. X12 allows it there only when it differs from the claim's (RFI 2459); 837I has no place for it at a line, and so for
no second number (RFI 449: at most one for an institutional claim). Hence:

    one number, all lines        2300, once
    one number, some lines       each of these at its 2400, since 2300 would claim it for all; 837I: 2300
    several numbers              each at its 2400, none at 2300; 837I: split-needed
    a placeholder or wrong       the number takes its place; at 2300 when the other lines need none that we know of,
    number stands there          at a line when it stands at the line

An authorization's number is REF*G1, a referral's REF*9F. Another payer's stands in its 2330B instead of 2300, and at a line names
that payer. A payer may want its number at the claim (then as 837I, whatever the claim), at lines always, or not at all.

A claim's lines are told in one row when they come to the same, or when the number stands at the claim and the other lines need
none that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from edi.frozen import changed, quick
from edi.linkage.evidence import Subject
from edi.linkage.identity import whose
from edi.linkage.misfit import Misfit, Remaining, least, together
from edi.linkage.offers import Offer
from edi.linkage.usage import VOID, Room
from edi.linkage.verdict import Candidate, Row, Verdict
from edi.records.claim import Claim

CLAIM: Final = "2300"
LINE: Final = "2400"
OTHER: Final = "2330B"
"""For another payer what 2300 is for the destination."""
_REPORTING: Final = "RP"
_BENIGN: Final = frozenset({Verdict.REQUIREMENT_UNKNOWN, Verdict.NOT_REQUIRED})


class Level(StrEnum):
    """Where a payer wants its number, as its file of rules says (`number at line`)."""

    GUIDE = ""
    CLAIM = "at claim"
    LINE = "at line"
    """Where the guide has no place at a line (837I): at the claim."""
    NOWHERE = "not wanted"
    """The payer finds the authorization by itself."""


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a line (or a stay) came to."""

    subject: Subject
    verdict: Verdict
    number: str = ""
    offer: Offer | None = None
    """The certified service that it speaks of."""
    previous: str = ""
    carried: bool = False
    """Whether the claim carries the number when it is sent, and so uses what it certifies."""
    write: bool = False
    placement: str = ""
    room: Room | None = None
    reasons: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    misfit: Misfit | None = None
    remaining: Remaining | None = None


def not_applicable(claim: Claim) -> str:
    """Why a claim carries no number at all, in a sentence; "" where it may."""
    if claim.frequency == VOID:
        return "A void (CLM05-3 is 8) takes the claim back as it was sent."
    if claim.predetermination:
        return "A predetermination of benefits needs no authorization."
    if claim.purpose == _REPORTING:
        return "Data reporting (BHT06 is RP), not a claim to be paid."
    return ""


def place(claim: Claim, outcomes: Sequence[Outcome], level: Level = Level.GUIDE) -> tuple[tuple[Outcome, ...], tuple[Row, ...]]:
    """The outcomes with their places, and the rows."""
    if level is Level.NOWHERE:
        placed = tuple(_nowhere(o) if o.write else o for o in outcomes)
    elif claim.kind == "institutional" or level is Level.CLAIM:
        placed = tuple(_at_claim(outcomes, claim.kind))
    else:
        placed = tuple(_by_line(outcomes, always=level is Level.LINE))
    told = _as_one(placed)
    if told is not None:
        return placed, (_row(claim, told, whole=True),)
    return placed, tuple(_row(claim, outcome, whole=False) for outcome in placed)


def _nowhere(outcome: Outcome) -> Outcome:
    """The authorization fits and is used; what stands there, a placeholder or a wrong number, is left for a person to see."""
    reason = "The payer wants no number on the claim: none is written."
    return changed(outcome, write=False, placement="", reasons=(*outcome.reasons, reason))


def _at_claim(outcomes: Sequence[Outcome], kind: str) -> list[Outcome]:
    """Only 2300, only one number."""
    kept = {o.number for o in outcomes if o.carried and not o.write}
    numbers = kept | {o.number for o in outcomes if o.write}
    if len(numbers) <= 1:
        return [changed(o, placement=LINE if o.subject.held_at == LINE else CLAIM) if o.write else o for o in outcomes]
    what = "An institutional claim carries" if kind == "institutional" else "The payer wants numbers at the claim, which carries"
    reason = f"{what} one number, and this one needs {', '.join(sorted(numbers))}."

    def refused(o: Outcome) -> Outcome:
        return changed(o, verdict=Verdict.SPLIT_NEEDED, carried=False, write=False, reasons=(*o.reasons, reason))

    return [refused(o) if o.write else o for o in outcomes]


def _by_line(outcomes: Sequence[Outcome], *, always: bool) -> list[Outcome]:
    writing = [o for o in outcomes if o.write]
    if not writing:
        return list(outcomes)
    numbers = {o.number for o in outcomes if o.carried}
    at_line = any(o.subject.held_at == LINE for o in outcomes)
    others = [o for o in outcomes if not o.write]
    in_place = any(o.previous for o in writing) and all(o.verdict in _BENIGN for o in others)
    if len(numbers) == 1 and not always and not at_line and (not others or in_place):
        return [changed(o, placement=CLAIM) if o.write else o for o in outcomes]
    return [_at_line(o) if o.write else o for o in outcomes]


def _at_line(outcome: Outcome) -> Outcome:
    if not outcome.previous or outcome.subject.held_at == LINE:
        return changed(outcome, placement=LINE)
    kept = f"{outcome.previous} stays in {outcome.subject.held_at}; the line's own number counts instead of it."
    placeholder = outcome.verdict is not Verdict.WRONG_NUMBER
    previous = "" if placeholder else outcome.previous
    return changed(outcome, placement=LINE, previous=previous, reasons=(*outcome.reasons, kept))


def _as_one(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The one outcome that tells them all, or None."""
    first = outcomes[0]
    if len(outcomes) == 1:
        return first
    if all(_same(first, o) for o in outcomes) and first.placement != LINE:
        return _told(first, outcomes)
    main = [o for o in outcomes if o.verdict not in _BENIGN]
    if not main or not all(_same(main[0], o) and o.carried and o.placement not in ("", LINE) for o in main):
        return None
    lines = [o.subject.line.number for o in outcomes if o.verdict in _BENIGN and o.subject.line]
    return _told(main[0], main, needless(lines))


def needless(lines: Iterable[str]) -> str:
    """That these lines of a claim, by LX01, need no number."""
    return f"Line {', '.join(lines)} needs none that is known."


def _same(one: Outcome, other: Outcome) -> bool:
    def told(o: Outcome) -> tuple[object, ...]:
        return o.verdict, o.number, o.previous, o.write, o.placement

    return told(one) == told(other)


def _told(main: Outcome, outcomes: Sequence[Outcome], *more: str) -> Outcome:
    """One outcome with the reasons and candidates of all."""
    reasons: dict[str, None] = {}
    candidates: dict[str, Candidate] = {}
    for outcome in outcomes:
        reasons.update(dict.fromkeys(outcome.reasons))
        for candidate in outcome.candidates:
            known = candidates.get(candidate.authorization)
            if known is None or (candidate.fits and not known.fits):
                candidates[candidate.authorization] = candidate
    return changed(
        main,
        reasons=(*reasons, *more),
        candidates=tuple(candidates.values()),
        misfit=together([outcome.misfit for outcome in outcomes if outcome.misfit]),
        remaining=least([outcome.remaining for outcome in outcomes if outcome.remaining]),
    )


def _row(claim: Claim, outcome: Outcome, *, whole: bool) -> Row:
    line = outcome.subject.line
    amount: Decimal = claim.charge if whole or line is None else line.charge
    return Row(
        claim=claim.id,
        transaction=claim.transaction,
        payer=claim.payer.id.strip() or claim.payer.name,
        line=None if whole or line is None else line.number,
        verdict=outcome.verdict,
        written=outcome.write,
        authorization=outcome.number,
        key=outcome.offer.authorization.key if outcome.offer else "",
        previous=outcome.previous,
        placement=outcome.placement,
        reasons=outcome.reasons,
        candidates=outcome.candidates,
        misfit=outcome.misfit,
        remaining=outcome.remaining,
        amount=amount,
        offset=claim.offset,
        who=whose(claim),
    )

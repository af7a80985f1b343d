"""Claims that are clear, decided by their facts: nothing on file is near a line, or it is for one service that is on file, which
is certified and fits, or was refused, or is not decided yet.

The number that such a claim carries is the one that fits, or nobody's, or another patient's.

Of such a claim it is told at once what `matching` would tell. Whatever is not so plain is left to that: another payer's, what was
cancelled or needs no number, a code without its modifiers, a patient who may be the same, two that fit, a
referral, what the claim reserved before. So this way is stricter than the other, never laxer, and what it says is the same to
the word.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from edi.errors import RecordError
from edi.guides.document import Unit
from edi.linkage.agreement import NOTHING_AGREED
from edi.linkage.evidence import DATELESS, DECISIONS, Subject, certifies, compare, dated, refused
from edi.linkage.identity import Who, certified_providers, same_patient, same_payer, whose
from edi.linkage.matching import NOT_KNOWN, NOTHING_KNOWN, OTHERS
from edi.linkage.measuring import lacking, remaining_of, units_of
from edi.linkage.misfit import Misfit, Remaining, least, together
from edi.linkage.numbers import is_placeholder
from edi.linkage.offers import POSITIVE, REFERRAL, Offer, offers
from edi.linkage.patients import resemblance
from edi.linkage.placement import CLAIM, LINE, needless, not_applicable
from edi.linkage.procedures import covers, is_far, rate, said
from edi.linkage.providers import takes_part
from edi.linkage.quantities import certified_nothing
from edi.linkage.room import Room
from edi.linkage.telling import candidates, decided_on, spoken
from edi.linkage.terms import Terms
from edi.linkage.usage import ClaimUse, Usage
from edi.linkage.verdict import Candidate, Row, Verdict
from edi.records.authorization import Authorization, Decision
from edi.records.claim import AGAIN, Claim, ClaimLine, billing_of
from edi.records.claim_facts import Facts
from edi.records.claim_numbers import with_numbers
from edi.records.parties import Party

_BRIEF: Final = Terms(brief=True)
_PLACE: Final = "B"
"""CLM05-2 of a professional claim that gives none."""


_FITTING: Final = (Verdict.LINKED, Verdict.UNITS_SHORT)


class ClaimHead(NamedTuple):
    """A claim as rows name it: CLM01, ST02, the payer's id or name, the charge, where CLM begins, and whose it is."""

    id: str
    transaction: str
    payer: str
    charge: Decimal
    offset: int
    who: Who


class Billed(NamedTuple):
    """A line as rows name it: LX01, and the charge."""

    number: str
    charge: Decimal


class Meant(NamedTuple):
    """A service that a line is for, and what is told of it."""

    number: str
    key: str
    """The authorization's."""
    verdict: Verdict
    """`linked`, what the decision comes to that was made about it, or that its units are short or used up."""
    reason: str
    candidates: tuple[Candidate, ...] = ()
    remaining: Remaining | None = None
    misfit: Misfit | None = None

    @property
    def fits(self) -> bool:
        """Whether the line fits it, units left aside as far as there are some."""
        return self.verdict in _FITTING


class _UnclearError(Exception):
    """The claim is not clear."""


class Clear(NamedTuple):
    """A claim that was clear, as it was compared, and its rows."""

    claim: Claim
    rows: tuple[Row, ...]


def decide_clear(unit: Unit, facts: Facts, near: Sequence[Authorization], usage: Usage, terms: Terms) -> Clear | None:
    """The claim decided, with its numbers written into it; None, and nothing is done, where it is not clear.

    `terms` ask no rules. What the claim uses is taken from `usage`.
    """
    claim = facts.claim
    if unit.loop.unread is None or terms.payers or terms.level:  # somebody looked into it since, or wants it otherwise
        return None
    if usage.knows(claim.id) or claim.exception or len(claim.authorizations) > 1:
        return None
    held = claim.authorization.strip()
    try:
        if near and (claim.referral or claim.other_payers):
            _look_beside(claim, near)
        offered = _offered(claim, near)
        if not offered and not held and not claim.authorizations and not claim.lines:
            return Clear(claim, (row_of(_head(claim), None),))
        whole = facts.whole(billing_of(unit))
        if whole is None or any(line.authorizations or line.referrals for line in whole.lines):
            return None
        if claim.authorizations and not held:
            return None
        if not offered:
            return Clear(whole, (row_of(_head(whole), None) if not held else _unfitting(whole, held, near),))
        taking = ClaimUse(usage, whole)
        rows = _rows(whole, [_meant(whole, line, offered, taking, terms) for line in whole.lines], held)
        if numbers := {row.line if row.placement == LINE else None: row.authorization for row in rows if row.written}:
            unit.loop.rewrite(with_numbers(unit, facts, numbers))
    except (_UnclearError, RecordError):
        return None
    taking.commit()
    return Clear(whole, rows)


def use_clear(claim: Claim, near: Sequence[Authorization], usage: Usage) -> tuple[Row, ...] | None:
    """The rows of a claim that was sent, where no rules are asked, without their candidates; None where it is not clear.

    What it uses is taken from `usage`.
    """
    held = claim.authorization.strip()
    if usage.knows(claim.id) or claim.frequency in AGAIN or claim.exception or len(claim.authorizations) > 1:
        return None
    if not near:
        return ()
    if claim.kind != "professional" or not_applicable(claim) or not claim.lines or (claim.authorizations and not held):
        return None
    taking = ClaimUse(usage, claim)
    try:
        carried = [_carried(claim, line) for line in claim.lines]
        if claim.referral or claim.other_payers:
            _look_beside(claim, near)
        offered = _offered(claim, near)
        if not offered:
            return ()
        meant = [_meant(claim, line, offered, taking, _BRIEF) for line in claim.lines]
        rows = _rows_of_lines(claim, meant, carried) if any(carried) else _rows(claim, meant, held)
    except _UnclearError:
        return None
    if any(row.written for row in rows):
        return None  # it went out without the number that it might have had
    taking.commit()
    return rows


def _carried(claim: Claim, line: ClaimLine) -> str:
    """The one number that a line of a sent claim carries, which has none itself; "" where it carries none."""
    if line.referrals or len(line.authorizations) > 1:
        raise _UnclearError
    for number in line.authorizations:
        if claim.authorizations or number.payer_id not in ("", claim.payer.id) or not number.value.strip():
            raise _UnclearError
        return number.value.strip()
    return ""


def _look_beside(claim: Claim, near: Sequence[Authorization]) -> None:
    """See that nothing is to be said of a claim's referral and its other payers."""
    held, payers = claim.referral.strip(), [Party(id=other.id, name=other.name) for other in claim.other_payers]
    if any(other.authorization or other.referral for other in claim.other_payers):
        raise _UnclearError
    if held and any(offer.number == held for one in near for offer in offers(one)):
        raise _UnclearError
    if any(same_payer(one.payer, payer) for one in near for payer in payers):
        raise _UnclearError


def _offered(claim: Claim, near: Sequence[Authorization]) -> list[Offer]:
    """What is offered to the claim's patient."""
    found: list[Offer] = []
    for authorization in near:
        if authorization.kind == REFERRAL:
            raise _UnclearError
        if same_patient(authorization, claim):
            found += offers(authorization)
        elif resemblance(authorization, claim):
            raise _UnclearError
    return found


def _unfitting(claim: Claim, held: str, near: Sequence[Authorization]) -> Row:
    """What is told of a number that is not this patient's, where nothing is on file for the patient."""
    if any(offer.number == held for one in near for offer in offers(one)):
        return of_another(_head(claim), held)
    if is_placeholder(held, claim):
        raise _UnclearError
    return not_known(_head(claim), held)


def _meant(claim: Claim, line: ClaimLine, offered: Sequence[Offer], taking: ClaimUse, terms: Terms) -> Meant | None:
    """The one service that a line is for; None where none is near. What it uses is taken."""
    close = [offer for offer in offered if not _is_far(line, offer)]
    if not terms.brief and len({offer.label for offer in close}) < len({offer.label for offer in offered}):
        raise _UnclearError  # that it is far, and why, is to be told
    if not close:
        return None
    if len(close) > 1:
        raise _UnclearError
    offer, subject, rooms = close[0], Subject(claim=claim, line=line), dict[int, Room]()
    verdict, why = _compared(claim, line, offer)
    misfit: Misfit | None = None
    if verdict is Verdict.LINKED:
        if (share := rate(offer.service, line, NOTHING_AGREED)) is None:
            raise _UnclearError
        rooms[0] = room = taking.ask(offer, line, share)
        if not room.full:
            if not terms.brief:
                raise _UnclearError  # all that speaks for it and against it is to be told
            verdict, why = lacking(room, has=taking.has(offer))
            misfit = units_of(subject, offer, room)
        taking.grant(room)
    told = () if terms.brief else candidates((compare(subject, offer),), rooms, ())
    remaining = remaining_of(line, offer, taking) if verdict is Verdict.LINKED else None
    return Meant(offer.number, offer.authorization.key, verdict, spoken(offer, why), told, remaining, misfit)


def _is_far(line: ClaimLine, offer: Offer) -> bool:
    """Whether an offer cannot be meant, whatever else it says: it is certified for quite another procedure."""
    service = offer.service
    if service.procedure is None or Decision.CANCELLED in (service.decision, offer.authorization.decision):
        raise _UnclearError
    return line.procedure is not None and is_far(service.procedure, line.procedure, decided=service.decision in POSITIVE)


def _compared(claim: Claim, line: ClaimLine, offer: Offer) -> tuple[Verdict, str]:
    """What comes of an offer that is not far, and why, as `evidence` says it; it is unclear where that is not plain."""
    service, authorization, billed, certified = offer.service, offer.authorization, line.period, offer.service.period
    if service.procedure is None or line.procedure is None or not covers(service.procedure, line.procedure):
        raise _UnclearError
    if not same_payer(authorization.payer, claim.payer):
        raise _UnclearError
    if service.decision in DECISIONS:
        verdict, why = refused(service)
        return verdict, f"{why}{decided_on(offer)}"
    if service.decision not in POSITIVE or not offer.number:
        raise _UnclearError
    if (
        line.negative
        or certified_nothing(service) is not None
        or billed is None
        or billed.reversed
        or (certified is not None and not certified.start <= billed.start <= billed.end <= certified.end)
    ):
        raise _UnclearError
    known, place = certified_providers(authorization, service.providers), line.place or claim.place
    if known and not takes_part(known, claim, line):
        raise _UnclearError
    if service.place and place and service.place_qualifier == (claim.place_qualifier or _PLACE) and service.place != place:
        raise _UnclearError
    return Verdict.LINKED, certifies(said(line.procedure), f"for {dated(certified)}" if certified else DATELESS)


def _rows(claim: Claim, meant: Sequence[Meant | None], held: str) -> tuple[Row, ...]:
    lines = [Billed(line.number, line.charge) for line in claim.lines]
    if (rows := rows_of(_head(claim), lines, meant, held)) is None:
        raise _UnclearError
    return rows


def _rows_of_lines(claim: Claim, meant: Sequence[Meant | None], carried: Sequence[str]) -> tuple[Row, ...]:
    """The rows where lines carry numbers: each of those the one that fits it."""
    rows: list[Row] = []
    for line, one, number in zip(claim.lines, meant, carried, strict=True):
        if number and (one is None or one.verdict is not Verdict.LINKED or one.number != number):
            raise _UnclearError
        billed = Billed(line.number, line.charge) if len(claim.lines) > 1 else None
        verdict = Verdict.ALREADY_LINKED if number else Verdict.REQUIREMENT_UNKNOWN
        rows.append(row_of(_head(claim), billed, [one] if one is not None else (), LINE, verdict=verdict))
    return tuple(rows)


def rows_of(head: ClaimHead, lines: Sequence[Billed], meant: Sequence[Meant | None], held: str) -> tuple[Row, ...] | None:
    """The rows, as `placement` tells them: what is the same of all lines once, else each line; so are numbers put.

    None where a number is `held`, and what fits is something else.
    """
    found = [one for one in meant if one is not None]
    fitting = [one for one in found if one.fits]
    numbers = {one.number for one in fitting}
    if held:
        if numbers != {held} or any(one.verdict is not Verdict.LINKED for one in found):
            return None
        others = [line.number for line, one in zip(lines, meant, strict=True) if one is None]
        more = (needless(others),) if others else ()
        return (row_of(head, None, found, CLAIM, verdict=Verdict.ALREADY_LINKED, more=more),)
    everywhere = len(numbers) == 1 and len(fitting) == len(meant)
    if found and (len(found) < len(meant) or len({(one.verdict, one.number) for one in found}) > 1):
        place = CLAIM if everywhere else LINE
        return tuple([row_of(head, line, [one] if one else (), place) for line, one in zip(lines, meant, strict=True)])
    return (row_of(head, None, found, CLAIM),)


def not_known(head: ClaimHead, held: str) -> Row:
    """What is told of a number that nobody knows, where nothing is on file for the patient."""
    return row_of(head, None, verdict=Verdict.NUMBER_UNKNOWN, number=held, reason=f"{held} {NOT_KNOWN}")


def of_another(head: ClaimHead, held: str) -> Row:
    """What is told of a number that is another patient's."""
    return row_of(head, None, verdict=Verdict.WRONG_NUMBER, number=held, reason=f"{held} is {OTHERS}.")


def _head(claim: Claim) -> ClaimHead:
    return ClaimHead(
        claim.id, claim.transaction, claim.payer.id.strip() or claim.payer.name, claim.charge, claim.offset, whose(claim)
    )


def row_of(
    head: ClaimHead,
    line: Billed | None,
    found: Sequence[Meant] = (),
    place: str = CLAIM,
    *,
    verdict: Verdict = Verdict.REQUIREMENT_UNKNOWN,
    number: str = "",
    reason: str = NOTHING_KNOWN,
    more: tuple[str, ...] = (),
) -> Row:
    """What is told of a line, or (None) of the claim, which is told once; a number stands, or goes, to `place`."""
    first, stands = found[0] if found else None, bool(number)
    if first is not None:
        verdict = first.verdict if verdict is Verdict.REQUIREMENT_UNKNOWN else verdict
        number, stands = first.number, first.fits
    told: dict[str, Candidate] = {}
    for candidate in [each for one in found for each in one.candidates]:
        told.setdefault(candidate.authorization, candidate)
    return Row(
        claim=head.id,
        transaction=head.transaction,
        payer=head.payer,
        line=line.number if line is not None else None,
        verdict=verdict,
        written=verdict in _FITTING,
        authorization=number,
        key=first.key if first is not None else "",
        placement=place if stands else "",
        reasons=(*dict.fromkeys([one.reason for one in found]), *more) if found else (reason,),
        candidates=tuple(told.values()),
        misfit=together([one.misfit for one in found if one.misfit is not None]),
        remaining=least([one.remaining for one in found if one.remaining is not None]),
        amount=head.charge if line is None else line.charge,
        offset=head.offset,
        who=head.who,
    )

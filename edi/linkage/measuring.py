"""By how much a claim misses the authorization that its verdict speaks of, and what is left of one that it fits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from edi.frozen import changed
from edi.linkage.agreement import NOTHING_AGREED
from edi.linkage.evidence import Evidence, Subject, dates_compared
from edi.linkage.identity import certified_providers, performing
from edi.linkage.misfit import DATES, PAYER, PLACE, PROVIDER, SERVICE, UNITS, Misfit, Remaining, plain
from edi.linkage.offers import Offer
from edi.linkage.placement import Outcome
from edi.linkage.procedures import said
from edi.linkage.quantities import BY_DATE, Limit, billed, by_the_day, counted
from edi.linkage.teeth import compare_sites
from edi.linkage.usage import ClaimUse, Room
from edi.linkage.verdict import Verdict
from edi.records.claim import ClaimLine
from edi.records.parties import Party
from edi.records.services import Period


def measured(outcome: Outcome, taking: ClaimUse, evidence: Sequence[Evidence]) -> Outcome:
    """The outcome with its misfit, or with what remains; `taking` has granted what it carries, `evidence` led to it."""
    subject, offer = outcome.subject, outcome.offer
    if offer is None:
        return outcome
    if outcome.verdict in (Verdict.LINKED, Verdict.ALREADY_LINKED):
        return changed(outcome, remaining=remaining_of(subject.line, offer, taking))
    if outcome.verdict in (Verdict.BEFORE_PERIOD, Verdict.AFTER_PERIOD):
        return changed(outcome, misfit=_dates(subject, offer))
    if outcome.verdict is Verdict.SERVICE_MISMATCH:
        return changed(outcome, misfit=_service(subject, offer))
    if outcome.verdict is Verdict.PROVIDER_MISMATCH:
        certified = certified_providers(offer.authorization, offer.service.providers)
        giving = performing(subject.claim, subject.line)
        return changed(outcome, misfit=Misfit(what=PROVIDER, certified=_names(certified), billed=_names(giving)))
    if outcome.verdict is Verdict.PLACE_MISMATCH:
        place = (subject.line.place if subject.line else "") or subject.claim.place
        return changed(outcome, misfit=Misfit(what=PLACE, certified=(offer.service.place,), billed=(place,)))
    if outcome.verdict is Verdict.OTHER_PAYER:
        payers = (offer.authorization.payer, subject.claim.payer)
        theirs, ours = (payer.id.strip() or payer.name for payer in payers)
        return changed(outcome, misfit=Misfit(what=PAYER, certified=(theirs,), billed=(ours,)))
    if outcome.verdict in (Verdict.UNITS_SHORT, Verdict.UNITS_USED_UP):
        rate = next((each.rate for each in evidence if each.offer == offer), Fraction(1))
        room = outcome.room or taking.ask(offer, subject.line, rate)
        return changed(outcome, misfit=units_of(subject, offer, room))
    return outcome


def lacking(room: Room, *, has: bool) -> tuple[Verdict, str]:
    """That there is too little room for a line, or none, in words; `has`: other lines of its claim were granted some."""
    assert room.limit is not None
    unit = room.limit.unit
    wants = f"{counted(room.wanted, unit)} wanted"
    by = f", used by {', '.join(room.used_by)}" if room.used_by else ""
    if room.use is None and has:
        return Verdict.UNITS_SHORT, f"{wants}; what was left of {room.limit} certified goes to other lines of this claim{by}"
    verdict = Verdict.UNITS_SHORT if room.use is not None else Verdict.UNITS_USED_UP
    return verdict, f"{wants}, {counted(room.left, unit)} left of {room.limit} certified{by}"


def remaining_of(line: ClaimLine | None, offer: Offer, taking: ClaimUse) -> Remaining:
    """What is left of an offer that a line (None: the stay) was granted."""
    until = offer.service.period.end if offer.service.period else None
    found = taking.remaining(offer, line)
    if found is None:
        return Remaining(until=until)
    limit, before, left = found
    return Remaining(until=until, of=limit.amount, used=limit.amount - before, left=left, unit=limit.unit)


def _dates(subject: Subject, offer: Offer) -> Misfit:
    billed, certified, _ = dates_compared(subject, offer)
    if billed is None or certified is None or billed.reversed:
        return Misfit(what=DATES, certified=_ends(certified), billed=_ends(billed))
    early, late = (certified.start - billed.start).days, (billed.end - certified.end).days
    return Misfit(what=DATES, certified=_ends(certified), billed=_ends(billed), days=early if early > 0 else late)


def _ends(period: Period | None) -> tuple[str, ...]:
    return (period.start.isoformat(), period.end.isoformat()) if period else ()


def _service(subject: Subject, offer: Offer) -> Misfit:
    """What a line bills, or all that a stay does, with the teeth where the codes are the same. Approved without a code: nothing
    is certified that has one.
    """
    if offer.service.procedure is None and offer.service.revenue_code:
        lines = (subject.line,) if subject.line else subject.claim.lines
        codes = dict.fromkeys(line.revenue_code for line in lines if line.revenue_code)
        return Misfit(what=SERVICE, certified=(offer.service.revenue_code,), billed=tuple(codes))
    certified = [said(offer.service.procedure)] if offer.service.procedure else []
    theirs = list(dict.fromkeys(map(said, subject.procedures)))
    if subject.line is None and not {*certified}.isdisjoint(theirs):  # it is billed, and is not what the stay is
        theirs = list(dict.fromkeys(line.revenue_code for line in subject.claim.lines if by_the_day(line.revenue_code)))
    if subject.line is not None and certified == theirs and (sites := compare_sites(offer, subject.line, NOTHING_AGREED)):
        certified, theirs = [f"{certified[0]}{sites.certified}"], [f"{theirs[0]}{sites.billed}"]
    return Misfit(what=SERVICE, certified=tuple(certified), billed=tuple(theirs))


def _names(parties: Iterable[Party]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for party in parties if (name := party.npi or party.tax_id)))


def units_of(subject: Subject, offer: Offer, room: Room) -> Misfit | None:
    """What there is no room for. Asked again and found to have room, it is not units that the claim lacks."""
    if room.limit is None or room.full:
        return None
    by_date: tuple[date, ...] = ()
    if room.limit.unit in BY_DATE:
        granted = room.use.days if room.use else ()
        by_date = tuple(day for day in billed(subject.claim, subject.line, offer.service)[0] if day not in granted)
    return over(room.limit, room, by_date)


def over(limit: Limit, room: Room, dates: tuple[date, ...] = ()) -> Misfit:
    """What a limit has no room for; of a limit of days, which."""
    return Misfit(
        what=UNITS,
        certified=(plain(limit.amount),),
        billed=(plain(room.wanted),),
        left=room.left,
        over=room.wanted - room.left,
        unit=limit.unit,
        per=limit.per,
        dates=dates,
        used_by=room.used_by,
    )

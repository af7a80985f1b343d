"""What is certified against what a line bills: procedure, modifiers, service type, revenue code, teeth, units.

By itself a procedure covers its own code, or the codes of its range, with all its modifiers; a service type covers nothing. What
covers more is said by a payer's rule, and a rule's direction is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from edi.guides.rules.match import PROCEDURE, REVENUE_CODE, SERVICE_TYPE, Covering, Size
from edi.linkage.agreement import FREE, NOTHING_AGREED, STRICT, Agreement
from edi.linkage.offers import Offer
from edi.linkage.quantities import BY_DATE, IN_TIME, IN_UNITS, MINUTES, is_anaesthesia, limits
from edi.linkage.teeth import compare_sites
from edi.records.authorization import CertifiedService
from edi.records.claim import ClaimLine
from edi.records.services import Procedure

_NEAR: Final = 4
"""Procedures are near when they agree in so many first characters."""
INTERNATIONAL: Final = "F2"
_OBSERVATION: Final = "0762"
"""The revenue code of observation hours."""
_OBSERVED: Final = frozenset({"G0378", "G0379"})
"""Their procedures: the hours, and a direct admission to them."""
_UNIT: Final = "UN"
_ONE: Final = Fraction(1)


class Compared(NamedTuple):
    """Whether what is certified covers what is billed, or is near it, and why."""

    fits: bool
    near: bool
    why: str
    rule: str = ""
    """The rule by which it fits; "" where it is certified in so many words."""


def compare_service(lines: Sequence[ClaimLine], offer: Offer, agreed: Agreement, *, stay: bool, codeless: bool) -> Compared:
    """An offer against what lines bill. `stay`: they are an inpatient stay. `codeless`: a service type needs no code."""
    compared = _compared(lines, offer, agreed, stay=stay, codeless=codeless)
    sites = compare_sites(offer, lines[0], agreed) if compared.fits and len(lines) == 1 else None
    if sites is None:
        return compared
    if sites.fits:
        return compared._replace(why=f"{compared.why}{sites.billed}")
    certified, billed = (said(each.procedure) if each.procedure else "it" for each in (offer.service, lines[0]))
    return Compared(False, True, f"certified for {certified}{sites.certified}, billed {billed}{sites.billed}")


def _compared(lines: Sequence[ClaimLine], offer: Offer, agreed: Agreement, *, stay: bool, codeless: bool) -> Compared:
    """The same, wherever in the mouth it is done."""
    service = offer.service
    if stay and offer.stay:
        return Compared(True, True, "the stay")
    if service.procedure is not None:
        billed = [line.procedure for line in lines if line.procedure is not None]
        if not billed:
            return Compared(False, False, f"certified for {said(service.procedure)}, and no procedure is billed")
        found = max((_code(service.procedure, each, agreed) for each in billed), key=lambda c: (c.fits, not c.rule, c.near))
    elif service.revenue_code:
        found = _revenue_code(lines, service.revenue_code, agreed)
    else:
        return _codeless(lines, offer, agreed, codeless=codeless)
    if stay and found.fits and _observes(service):
        return Compared(False, True, f"certified for observation ({_named(service)}), billed an inpatient stay")
    return found


def _observes(service: CertifiedService) -> bool:
    """Whether hours of observation are certified: they may stand on the bill of a stay that began with them, and are no stay."""
    return service.revenue_code == _OBSERVATION if service.procedure is None else service.procedure.code in _OBSERVED


def _named(service: CertifiedService) -> str:
    return said(service.procedure) if service.procedure else f"revenue code {service.revenue_code}"


def _revenue_code(lines: Sequence[ClaimLine], certified: str, agreed: Agreement) -> Compared:
    billed = {line.revenue_code for line in lines} - {""}
    if certified in billed:
        return Compared(True, True, f"revenue code {certified}")
    for covering, rule in agreed.coverings(REVENUE_CODE, certified):
        for code in sorted(billed):
            if any(span.covers(code) for span in covering.covers):
                return Compared(True, True, f"revenue code {code} as {certified} (rule {rule})", rule)
    return Compared(False, False, f"certified for revenue code {certified}, billed {', '.join(sorted(billed)) or 'none'}")


def _codeless(lines: Sequence[ClaimLine], offer: Offer, agreed: Agreement, *, codeless: bool) -> Compared:
    """What is approved by service type covers the procedures that a rule names."""
    type_ = offer.service.service_type
    what = "for a stay" if offer.stay else f"by service type {type_ or 'only'}"
    codes = ", ".join(dict.fromkeys(line.procedure.code for line in lines if line.procedure)) or "what is billed"
    rules = "" if offer.stay else type_
    coverings = list(agreed.coverings(SERVICE_TYPE, rules)) if rules else []
    for covering, rule in coverings:
        for billed in (line.procedure for line in lines if line.procedure):
            if _covered(covering, billed):
                return Compared(True, True, f"{said(billed)} as service type {type_} (rule {rule})", rule)
    if coverings:
        names = ", ".join(dict.fromkeys(rule for _, rule in coverings))
        near = any(line.procedure and _among(covering, line.procedure) for covering, _ in coverings for line in lines)
        lacking = " without the modifier that it takes" if near else ""
        return Compared(False, near, f"approved {what}, which by rule {names} does not cover {codes}{lacking}")
    if codeless:
        return Compared(True, True, f"what is approved {what}, without a code,")
    if offer.stay:
        return Compared(False, False, f"certified for a stay, and {codes} is billed as none")
    return Compared(False, False, f"approved {what}, without a code; no rule says that it covers {codes}")


def _among(covering: Covering, billed: Procedure) -> bool:
    return any(span.covers(billed.code) for span in covering.covers)


def _covered(covering: Covering, billed: Procedure) -> bool:
    """Whether a rule's list has the code, with one of the modifiers that it wants."""
    return _among(covering, billed) and (not covering.modifiers or bool(set(covering.modifiers) & set(billed.modifiers)))


def _code(certified: Procedure, billed: Procedure, agreed: Agreement) -> Compared:
    """The same kind of code, the code itself, a range that holds it, or one that covers it by rule; and the modifiers."""
    same_kind = certified.qualifier == billed.qualifier
    own = same_kind and certified.covers(billed.code)
    rule = "" if own or not agreed.rules else next(_rules(certified, billed, agreed, same_kind=same_kind), "")
    if own or rule:
        if _modifiers(certified, billed, agreed):
            as_ = f" as {said(certified)} (rule {rule})" if rule else ""
            return Compared(True, True, f"{said(billed)}{as_}", rule)
        return Compared(False, True, f"certified for {said(certified)}, billed as {said(billed)}")
    if same_kind and agreed.rules and (backwards := next(_rules(billed, certified, agreed, same_kind=True), "")):
        why = f"certified for {said(certified)}, billed {said(billed)}, which covers it but is not covered (rule {backwards})"
        return Compared(False, True, why)
    near = same_kind and _is_near(certified, billed)
    return Compared(False, near, f"certified for {said(certified)}, billed {said(billed)}")


def _is_near(certified: Procedure, billed: Procedure) -> bool:
    """Whether two procedures, neither of which covers the other, are near."""
    return billed.code[:_NEAR] in [code[:_NEAR] for code in (certified.code, certified.code_end) if len(code) >= _NEAR]


def covers(certified: Procedure, billed: Procedure) -> bool:
    """Whether a procedure covers another by itself, with its modifiers."""
    own = certified.qualifier == billed.qualifier and certified.covers(billed.code)
    return own and _modifiers(certified, billed, NOTHING_AGREED)


def is_far(certified: Procedure, billed: Procedure, *, decided: bool) -> bool:
    """Whether a procedure cannot be what is meant, where no rule speaks of it: not fitting and not near, or not `decided` for."""
    if certified.qualifier != billed.qualifier:
        return True
    if certified.covers(billed.code):
        return not decided and not _modifiers(certified, billed, NOTHING_AGREED)
    return not (decided and _is_near(certified, billed))


def _rules(certified: Procedure, billed: Procedure, agreed: Agreement, *, same_kind: bool) -> Iterator[str]:
    """The rules by which one procedure covers another."""
    if same_kind:
        for covering, rule in agreed.coverings(PROCEDURE, certified.code, certified.code_end):
            if _covered(covering, billed):
                yield rule
        if not certified.code_end and (rule := agreed.alike(certified.code, billed.code)):
            yield rule
    for _, _, rule in agreed.sizes(certified.code, billed.code):
        yield rule


def _modifiers(certified: Procedure, billed: Procedure, agreed: Agreement) -> bool:
    """Every certified modifier is billed, or what it stands for; and none is billed beyond it that must match."""
    for modifier in certified.modifiers:
        found = modifier in billed.modifiers or any(agreed.stands_for(modifier, other) for other in billed.modifiers)
        if not found and agreed.modifier(modifier) != FREE:
            return False
    if not agreed.rules:
        return True
    beyond = [modifier for modifier in billed.modifiers if modifier not in certified.modifiers]
    return not any(
        agreed.modifier(modifier) == STRICT and not any(agreed.stands_for(own, modifier) for own in certified.modifiers)
        for modifier in beyond
    )


def rate(service: CertifiedService, line: ClaimLine | None, agreed: Agreement) -> Fraction | None:
    """How much of a certified unit (of time: of a minute) a billed unit is: 1, or as a rule says; None where the units differ
    and no rule says it.

    What differs by itself: a drug by its NDC against its procedure code, international units (F2) against units, time against
    units. But what an anaesthetist bills in minutes is one use of what is certified in units, however long it took.
    """
    certified = {_counted(limit.unit) for limit in limits(service)}
    if line is None or not certified:
        return _ONE
    unit, amount = (line.quantity.unit, line.quantity.amount) if line.quantity else (_UNIT, Decimal(1))
    totals = certified - BY_DATE or certified
    for one, other in _sizes(service, line, agreed):
        if _counted(other.unit) == unit and totals == {_counted(one.unit)}:
            return _in_minutes(one) / _in_minutes(other)
    named, done = service.procedure, line.procedure
    if named and done and (named.qualifier != done.qualifier or (INTERNATIONAL in certified and unit == _UNIT)):
        return None
    in_time, in_units = MINUTES in certified, not certified.isdisjoint(IN_UNITS)
    if not (in_units if unit == MINUTES else in_time):
        return _ONE
    if in_time or not is_anaesthesia(line):
        return None
    return 1 / Fraction(amount) if amount else _ONE


def _sizes(service: CertifiedService, line: ClaimLine, agreed: Agreement) -> Iterator[tuple[Size, Size]]:
    """What rules say of how much of what is certified is how much of what is billed; without a code, what is billed is meant."""
    billed = line.procedure.code if line.procedure else line.revenue_code
    certified = service.procedure.code if service.procedure else billed
    for one, other, _ in agreed.sizes(certified, billed):
        yield one, other
    if service.procedure is not None and certified != billed and service.procedure.covers(billed):  # by its range
        for one, other, _ in agreed.sizes(billed, billed):
            yield one, other


def _counted(unit: str) -> str:
    """The unit in which something is counted: all time in minutes."""
    return MINUTES if unit in IN_TIME else unit


def _in_minutes(size: Size) -> Fraction:
    return Fraction(size.amount) * (60 if size.unit == "HS" else 1)


def said(procedure: Procedure) -> str:
    """A procedure for a sentence: "27447-RT", "97110 to 97140"."""
    code = "-".join((procedure.code, *procedure.modifiers))
    return f"{code} to {procedure.code_end}" if procedure.code_end else code

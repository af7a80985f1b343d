"""Claims, authorizations and payments in one line each; every person in them is invented.

The usual case is knee surgery, 27447, by one surgeon on 2026-03-10, certified as A-1 for March to May.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from edi.linkage import matching
from edi.linkage.terms import PayerRules, Terms
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row
from edi.records.authorization import Authorization, CertifiedService, Decision
from edi.records.claim import Claim, ClaimLine, HeldNumber
from edi.records.parties import Party, Person, Reference
from edi.records.remittance import Adjustment, PaidLine, Payment
from edi.records.services import DeliveryPattern, Period, Procedure, Quantity

SURGEON, CLINIC, HOSPITAL, STRANGER, GROUP = "1234567893", "1245319599", "1987654321", "1679576722", "1093817465"
PAYER, OTHER_PAYER = "60054", "87726"
MARIA = Person(
    last_name="Keller",
    first_name="Maria",
    member_id="W100200300",
    member_id_qualifier="MI",
    birth_date=date(1961, 4, 2),
    gender="F",
)
JONAS = Person(last_name="Keller", first_name="Jonas", birth_date=date(2014, 9, 30), gender="M")


def day(text: str) -> date:
    """ "03-10" of 2026, or a whole ISO date."""
    return date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


def period(text: str) -> Period:
    """ "03-10" or "03-01/05-31"."""
    start, _, end = text.partition("/")
    return Period(start=day(start), end=day(end or start))


def amount(text: str) -> Quantity:
    """ "6 VS"."""
    number, unit = text.split()
    return Quantity(unit=unit, amount=Decimal(number))


def procedure(text: str) -> Procedure:
    """ "27447", "27447:RT", "97110-97140", "AD:D2740"."""
    qualifier = "HC"
    if text.startswith("AD:"):
        qualifier, text = "AD", text[3:]
    code, *modifiers = text.split(":")
    code, _, end = code.partition("-")
    return Procedure(qualifier=qualifier, code=code, code_end=end, modifiers=tuple(modifiers))


def provider(npi: str, role: str = "82", **more: Any) -> Party:
    return Party(role=role, id_qualifier="XX", id=npi, name="Invented", **more)


def payer(id: str = PAYER, role: str = "PR") -> Party:
    return Party(role=role, id_qualifier="PI", id=id, name="Invented Health Plan")


def service(code: str = "27447", dates: str = "03-01/05-31", quantity: str = "", **more: Any) -> CertifiedService:
    more.setdefault("decision", Decision.CERTIFIED)
    return CertifiedService(
        procedure=procedure(code) if code else None,
        period=period(dates) if dates else None,
        quantity=amount(quantity) if quantity else None,
        **more,
    )


def authorization(number: str = "A-1", *services: CertifiedService, **more: Any) -> Authorization:
    """Certified, of Maria, by the usual payer for the usual surgeon; one service 27447 unless others are given."""
    more.setdefault("decision", Decision.CERTIFIED)
    more.setdefault("subscriber", MARIA)
    more.setdefault("patient", more["subscriber"])
    more.setdefault("payer", payer(role="X3"))
    more.setdefault("requester", provider(CLINIC, "1P"))
    more.setdefault("providers", (provider(SURGEON, "SJ"),))
    found = services or (service(),)
    if more["decision"] not in (Decision.CERTIFIED, Decision.PARTLY_CERTIFIED):
        found = tuple(replace(s, decision=more["decision"]) for s in found)
    more.setdefault("services", found)
    return Authorization(number=number, **more)


def line(code: str = "27447", dates: str = "03-10", quantity: str = "1 UN", number: str = "1", **more: Any) -> ClaimLine:
    held = more.pop("held", "")
    if held:
        more["authorizations"] = (HeldNumber(value=held),)
    more.setdefault("charge", Decimal(100))
    return ClaimLine(
        number=number,
        procedure=procedure(code) if code else None,
        period=period(dates) if dates else None,
        quantity=amount(quantity) if quantity else None,
        **more,
    )


def claim(*lines: ClaimLine, **more: Any) -> Claim:
    """Maria's professional claim C-1 to the usual payer, by the usual surgeon; one line 27447 unless others are given."""
    found = tuple(replace(each, number=str(n)) for n, each in enumerate(lines or (line(),), 1))
    held = more.pop("held", "")
    if held:
        more.update(authorization=held, authorizations=(held,))
    more.setdefault("subscriber", MARIA)
    more.setdefault("patient", more["subscriber"])
    more.setdefault("payer", payer())
    more.setdefault("billing", provider(CLINIC, "85", references=(Reference(qualifier="EI", value="311234567"),)))
    more.setdefault("providers", (provider(SURGEON),))
    more.setdefault("charge", sum((each.charge for each in found), Decimal(0)))
    more.setdefault("place", "22")
    more.setdefault("place_qualifier", "B")
    more.setdefault("frequency", "1")
    periods = [each.period for each in found if each.period]
    if periods:
        more.setdefault("period", Period(start=min(p.start for p in periods), end=max(p.end for p in periods)))
    return Claim(id=more.pop("id", "C-1"), lines=found, transaction="0001", **more)


def hospital(*lines: ClaimLine, **more: Any) -> Claim:
    """An outpatient hospital claim (type of bill 13x)."""
    more.setdefault("place", "13")
    more.setdefault("billing", provider(HOSPITAL, "85"))
    more.setdefault("providers", (provider(SURGEON, "72"),))
    return claim(*lines, kind="institutional", place_qualifier="A", **more)


def stay(dates: str = "03-10/03-14", **more: Any) -> Claim:
    """An inpatient hospital claim (type of bill 11x): room and board."""
    more.setdefault("admission", period(dates).start)
    more.setdefault("place", "11")
    room = line("", "", "4 DA", revenue_code="0120")
    return hospital(room, period=period(dates), **more)


def admission(number: str = "ADM-1", dates: str = "03-10", quantity: str = "5 DY", **more: Any) -> Authorization:
    """A certified inpatient stay without services."""
    more.setdefault("providers", (provider(HOSPITAL, "FA"),))
    more.setdefault("quantity", amount(quantity) if quantity else None)
    return authorization(number, category="AR", services=(), admission=period(dates), **more)


def verdicts(rows: Sequence[Row]) -> list[str]:
    """ "linked", or "2 linked" for a line."""
    return [f"{row.line} {row.verdict}" if row.line else str(row.verdict) for row in rows]


def decide(claim: Claim, authorizations: Sequence[Authorization], usage: Usage, **terms: Any) -> tuple[Row, ...]:
    """As `matching.decide`, with the terms one by one."""
    return matching.decide(claim, authorizations, usage, Terms(**terms))


def decided(claim: Claim, *authorizations: Authorization, **more: Any) -> tuple[Row, ...]:
    more.setdefault("usage", Usage())
    if "matching" in more:
        more["required"] = PayerRules(lambda claim, line: None, more.pop("matching"))
    return decide(claim, authorizations, **more)


def only(claim: Claim, *authorizations: Authorization, **more: Any) -> Row:
    """The one row of a claim that has one."""
    (row,) = decided(claim, *authorizations, **more)
    return row


def pattern(text: str, per: str = "", length: str = "") -> DeliveryPattern:
    """ "2 VS" per "WK" for "6 35"."""
    many, unit = length.split() if length else ("", "")
    return DeliveryPattern(quantity=amount(text) if text else None, per=per, length=int(many) if many else None, length_unit=unit)


def adjustment(text: str) -> Adjustment:
    """ "CO-197 100"."""
    codes, money = text.split()
    group, reason = codes.split("-")
    return Adjustment(group=group, reason=reason, amount=Decimal(money))


def paid_line(*adjustments: str, paid: int = 0, **more: Any) -> PaidLine:
    more.setdefault("ordinal", 1)
    more.setdefault("procedure", procedure("27447"))
    more.setdefault("charge", Decimal(100))
    more.setdefault("period", period("03-10"))
    return PaidLine(paid=Decimal(paid), adjustments=tuple(map(adjustment, adjustments)), **more)


def payment(*lines: PaidLine, adjustments: Sequence[str] = (), **more: Any) -> Payment:
    """The usual payer's answer to claim C-1."""
    more.setdefault("claim", "C-1")
    more.setdefault("payer_claim", "P-77")
    more.setdefault("status", "1")
    more.setdefault("charge", sum((each.charge for each in lines), Decimal(0)) or Decimal(100))
    more.setdefault("patient", MARIA)
    more.setdefault("payer", payer())
    more.setdefault("payee", provider(CLINIC, "PE"))
    more.setdefault("produced_on", day("04-01"))
    return Payment(lines=tuple(lines), adjustments=tuple(map(adjustment, adjustments)), **more)

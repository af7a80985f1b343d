"""What a payer decided: reading order, what services inherit, and a response joined with its request."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from edi.records.authorization import (
    Authorization,
    CertifiedService,
    Decision,
    Rejection,
    authorization_of,
    authorizations_of,
    combine,
    read_authorizations,
)
from edi.records.parties import Party, Person
from edi.records.response import Response
from edi.records.services import DeliveryPattern, Period, Procedure, Quantity
from tests.drawing import examples
from tests.records.strategies import REQUESTS, RESPONSES

ISA = "ISA*00*          *00*          *ZZ*MAPLE          *ZZ*CLINIC         *260304*1400*^*00501*000000007*0*P*:~"
ABOVE = (
    "HL*1**20*1~NM1*X3*2*MAPLE HEALTH*****PI*MAPLE1~HL*2*1*21*1~NM1*1P*2*RIVERSIDE THERAPY*****XX*1234567893~"
    "HL*3*2*22*1~NM1*IL*1*QUILL*NORA****MI*W1000001~DMG*D8*19810405*F~"
)


def transaction(body: str, purpose: str = "11", above: str = ABOVE) -> bytes:
    kind = "*18" if purpose == "11" else ""
    inner = f"ST*278*0001*005010X217~BHT*0007*{purpose}*R1*20260304*1400{kind}~{above}{body}"
    count = inner.count("~") + 1
    return f"{ISA}GS*HI*MAPLE*CLINIC*20260304*1400*7*X*005010X217~{inner}SE*{count}*0001~GE*1*7~IEA*1*000000007~".encode()


def event(lines: str, *services: str) -> bytes:
    """A response with one event; each service is the segments below its HL."""
    inner = "".join(f"HL*{n}*4*SS*0~{segments}" for n, segments in enumerate(services, 5))
    return transaction(f"HL*4*3*EV*{1 if services else 0}~{lines}{inner}")


def one(data: bytes) -> Authorization:
    (found,) = read_authorizations(data)
    return found


def days(text: str) -> Period:
    start, _, end = text.partition("/")
    return Period(start=date.fromisoformat(start), end=date.fromisoformat(end or start))


def amount(text: str) -> Quantity:
    unit, number = text.split()
    return Quantity(unit=unit, amount=Decimal(number))


# -- decisions -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "decision"),
    [
        ("A1", Decision.CERTIFIED),
        ("A2", Decision.PARTLY_CERTIFIED),
        ("A3", Decision.DENIED),
        ("A4", Decision.PENDED),
        ("A6", Decision.MODIFIED),
        ("C", Decision.CANCELLED),
        ("CT", Decision.CONTACT_PAYER),
        ("NA", Decision.NOT_REQUIRED),
    ],
)
def test_hcr01_is_the_decision(code: str, decision: Decision) -> None:
    assert one(event(f"UM*HS*I~HCR*{code}~")).decision is decision


def test_a_service_s_own_hcr_comes_before_the_event_s() -> None:
    found = one(event("UM*HS*I~HCR*A2*E1*0M~", "HCR*A1*S1~SV1*HC:29827~", "HCR*A3**0F^0R~SV1*HC:23430~", "SV1*HC:97110~"))
    assert [(s.decision, s.number, s.reasons) for s in found.services] == [
        (Decision.CERTIFIED, "S1", ()),
        (Decision.DENIED, "E1", ("0F", "0R")),
        (Decision.UNANSWERED, "E1", ("0M",)),  # part certified: which part, this service does not say
    ]
    assert (found.number, found.reasons) == ("E1", ("0M",))


def test_a_service_without_an_hcr_is_as_the_event() -> None:
    found = one(event("UM*HS*I~HCR*A1*E1~", "SV1*HC:97110~"))
    assert [(s.decision, s.number) for s in found.services] == [(Decision.CERTIFIED, "E1")]


def test_aaa_is_a_rejection_and_no_denial() -> None:
    found = one(event("AAA*N**57*C~UM*HS*I~HCR*A3~", "AAA*N**33*N~HCR*A1*S1~SV1*HC:97110~", "SV1*HC:97112~"))
    assert found.decision is Decision.REJECTED
    assert found.rejections == (Rejection(loop="2000E", reason="57", follow_up="C"),)
    assert [s.decision for s in found.services] == [Decision.REJECTED, Decision.REJECTED]
    assert found.services[0].rejections == (Rejection(loop="2000F", reason="33", follow_up="N"),)


def test_aaa_above_the_event_is_a_rejection_of_all() -> None:
    above = ABOVE.replace("HL*3*2*22*1", "HL*3*2*22*0").replace("DMG*D8", "AAA*N**75*C~DMG*D8")
    found = one(transaction("", above=above))
    assert found.decision is Decision.REJECTED
    assert found.rejections == (Rejection(loop="2010C", reason="75", follow_up="C"),)
    assert (found.patient.last_name, found.requester.npi, found.payer.id) == ("QUILL", "1234567893", "MAPLE1")
    assert (found.services, found.request_reference) == ((), "R1")


def test_the_payer_cannot_answer_now() -> None:
    found = one(transaction("", above="HL*1**20*0~AAA*Y**42*P~NM1*X3*2*MAPLE HEALTH*****PI*MAPLE1~"))
    assert found.decision is Decision.REJECTED
    assert found.rejections == (Rejection(loop="2000A", reason="42", follow_up="P", valid=True),)
    assert found.patient == Person()


def test_aaa_of_a_provider_counts_where_nothing_else_is_decided() -> None:
    assert one(event("UM*HS*I~HCR*A1*E1~NM1*SJ*1*HELM~AAA*N**43*C~")).decision is Decision.CERTIFIED
    found = one(event("UM*HS*I~NM1*SJ*1*HELM~NM1*71*1*OAR~AAA*N**43*C~"))
    assert (found.decision, found.rejections[0].loop) == (Decision.REJECTED, "2010EA[2]")


@pytest.mark.parametrize(
    ("codes", "decision"),
    [
        ((), Decision.PENDED),
        (("", ""), Decision.PENDED),
        (("A1", "A1"), Decision.CERTIFIED),
        (("A1", "A6"), Decision.MODIFIED),
        (("A1", "A3"), Decision.PARTLY_CERTIFIED),
        (("A6", ""), Decision.PARTLY_CERTIFIED),
        (("A3", "A4"), Decision.PENDED),
        (("A3", "A3"), Decision.DENIED),
        (("A3", "C"), Decision.DENIED),
    ],
)
def test_an_event_without_a_decision_has_that_of_its_services(codes: tuple[str, ...], decision: Decision) -> None:
    services = [(f"HCR*{code}*S1~" if code else "") + "SV1*HC:97110~" for code in codes]
    found = one(event("UM*HS*I~", *services))
    assert found.decision is decision
    assert [s.decision is Decision.UNANSWERED for s in found.services] == [not code for code in codes]


def test_a_number_is_kept_byte_for_byte() -> None:
    assert one(event("UM*HS*I~HCR*A1* 00-1/a ~")).number == " 00-1/a "


def test_a_referral_is_told_by_its_category() -> None:
    assert one(event("UM*SC*I~HCR*A1*E1~")).kind == "referral"
    assert one(event("UM*HS*I~HCR*A1*E1~", "UM*SC*I~SV1*HC:99213~")).kind == "authorization"


def test_what_ties_a_response_to_its_request() -> None:
    found = one(
        event(
            "TRN*2*T1*1123456789~TRN*1*OWN*9MAPLE0000~UM*HS*I~HCR*A1*E1~REF*NT*N1~REF*BB*OLD~",
            "TRN*2*T1A*1123456789~SV1*HC:97110~",
        )
    )
    assert found.traces == ("T1", "T1A")
    assert found.services[0].trace == "T1A"
    assert (found.administrative_reference, found.previous_number, found.request_reference) == ("N1", "OLD", "R1")


def test_when_it_was_issued() -> None:
    assert one(event("UM*HS*I~HCR*A1*E1~DTP*102*D8*20260303~")).issued == date(2026, 3, 3)
    assert one(event("UM*HS*I~HCR*A1*E1~")).issued == date(2026, 3, 4)


# -- dates ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "period"),
    [
        ("DTP*007*RD8*20260301-20260531~DTP*AAH*D8*20260309~", "2026-03-01/2026-05-31"),
        ("DTP*007*D8*20260301~DTP*036*D8*20260430~", "2026-03-01/2026-04-30"),
        ("DTP*007*RD8*20260301-20260531~DTP*036*D8*20260430~", "2026-03-01/2026-04-30"),
        ("DTP*007*D8*20260301~", "2026-03-01/9999-12-31"),
        ("DTP*007*D8*20260301~DTP*AAH*RD8*20260201-20260630~", "2026-03-01/2026-06-30"),
        ("DTP*007*D8*20260301~DTP*AAH*D8*20260309~", "2026-03-01/9999-12-31"),
        ("DTP*036*D8*20260430~DTP*AAH*D8*20260309~", "2026-03-09/2026-04-30"),
        ("DTP*036*D8*20260430~DTP*102*D8*20260304~", "2026-03-04/2026-04-30"),
        ("DTP*036*D8*20260430~", "0001-01-01/2026-04-30"),
        ("DTP*AAH*RD8*20260301-20260531~DTP*435*D8*20260309~", "2026-03-01/2026-05-31"),
        ("DTP*435*D8*20260309~DTP*096*D8*20260314~", "2026-03-09/2026-03-14"),
        ("DTP*435*RD8*20260309-20260312~", "2026-03-09/2026-03-12"),
        ("DTP*435*D8*20260309~HSD*DY*5~", "2026-03-09/2026-03-14"),
        ("DTP*435*D8*20260309~HSD*VS*5~", None),
        ("DTP*435*D8*20260309~HSD*DY*-5~", "2026-03-09/2026-03-09"),
        ("DTP*435*D8*99991230~HSD*DY*5~", "9999-12-30/9999-12-31"),
        ("DTP*435*D8*20260309~", None),
        ("DTP*AAH*D8*20260309~", None),
        ("DTP*AAH*D8*20260309~HSD*DY*5~", "2026-03-09/2026-03-14"),
        ("DTP*AAH*D8*20260309~DTP*435*D8*20260309~HSD*DY*5~", "2026-03-09/2026-03-14"),
        ("DTP*036*D8*20260430~DTP*435*D8*20260309~", "2026-03-09/2026-04-30"),
        ("DTP*AAH*D8*SOON~", None),
        ("", None),
    ],
)
def test_the_dates_of_an_event(lines: str, period: str | None) -> None:
    found = one(event(f"UM*AR*I~HCR*A1*E1~{lines}", "SV1*HC:97110~"))
    assert found.period == (days(period) if period else None)
    assert found.services[0].period == found.period


def test_an_event_date_of_an_admission_is_the_day_of_admission() -> None:
    assert one(event("UM*AR*I~HCR*A1*E1~DTP*AAH*D8*20260309~")).admission == days("2026-03-09")
    assert one(event("UM*AR*I~HCR*A1*E1~DTP*AAH*RD8*20260309-20260312~")).admission is None
    assert one(event("UM*HS*I~HCR*A1*E1~DTP*AAH*D8*20260309~")).admission is None


@pytest.mark.parametrize(
    ("lines", "period"),
    [
        ("DTP*AAH*D8*20260309~", "2026-03-09"),
        ("DTP*AAH*D8*20260309~DTP*007*D8*20260309~", "2026-03-09"),
        ("DTP*AAH*D8*20260309~DTP*007*D8*20260301~", "2026-03-01/2026-03-09"),
        ("DTP*AAH*D8*20260309~DTP*007*D8*20260310~", "2026-03-10/9999-12-31"),
        ("DTP*007*D8*20260309~", "2026-03-09/9999-12-31"),
        ("DTP*AAH*D8*20260309~HSD*VS*1~", "2026-03-09"),
        ("DTP*AAH*D8*20260309~HSD*VS*12~", "2026-03-09/9999-12-31"),
        ("DTP*AAH*D8*20260309~HSD*DY*3~", "2026-03-09/9999-12-31"),
        ("DTP*AAH*D8*20260309~HSD*FL*3~", "2026-03-09"),
        ("DTP*AAH*D8*20260309~HSD*VS*1*WK~", "2026-03-09/9999-12-31"),
        ("DTP*AAH*D8*20260309~HSD*VS*2*WK**35*4~", "2026-03-09/2026-04-05"),
        ("DTP*AAH*D8*20260309~HSD*VS*3*WK**34*2~", "2026-03-09/2026-05-08"),
        ("DTP*AAH*D8*20260131~HSD*VS*3*WK**34*1~", "2026-01-31/2026-02-27"),
        ("DTP*AAH*D8*20260309~HSD*VS*12*DA**7*10~", "2026-03-09/2026-03-18"),
        ("DTP*AAH*D8*20260309~HSD*VS*1*MO**21*1~", "2026-03-09/2027-03-08"),
        ("DTP*AAH*D8*99991230~HSD*VS*1*MO**21*1~", "9999-12-30/9999-12-31"),
        ("DTP*AAH*RD8*20260309-20260320~HSD*VS*2*WK**35*4~", "2026-03-09/2026-03-20"),
    ],
)
def test_one_day_is_that_day_unless_it_begins_several(lines: str, period: str) -> None:
    assert one(event(f"UM*HS*I~HCR*A1*E1~{lines}")).period == days(period)


@pytest.mark.parametrize(
    ("lines", "period"),
    [
        ("DTP*472*D8*20260309~", "2026-03-09"),
        ("DTP*472*D8*20260309~DTP*007*D8*20260301~", "2026-03-01/2026-03-09"),
        ("DTP*007*D8*20260215~", "2026-02-15/2026-02-28"),
        ("DTP*036*D8*20260215~", "2026-02-01/2026-02-15"),
        ("DTP*472*D8*20260309~HSD*VS*6~", "2026-03-09/9999-12-31"),
        ("DTP*472*D8*20260309~DTP*007*RD8*20260301-20260401~", "2026-03-01/2026-04-01"),
        ("DTP*472*RD8*20260309-20260320~DTP*007*D8*20260301~", "2026-03-01/2026-03-20"),
        ("", "2026-02-01/2026-02-28"),
    ],
)
def test_the_dates_of_a_service(lines: str, period: str) -> None:
    found = one(event("UM*HS*I~HCR*A1*E1~DTP*AAH*RD8*20260201-20260228~", f"{lines}SV1*HC:97110~"))
    assert found.services[0].period == days(period)


# -- amounts, place, providers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "quantity", "pattern"),
    [
        ("SV1*HC:97110**UN*6~", "UN 6", None),
        ("SV2*0120*HC:33510**DA*5~", "DA 5", None),
        ("SV3*AD:D2740****I*1~", "UN 1", None),
        ("SV1*HC:97110**UN*6~HSD*VS*12~", "VS 12", DeliveryPattern(quantity=amount("VS 12"))),
        ("SV1*HC:97110**UN*24~HSD*VS*2*WK~", "UN 24", DeliveryPattern(quantity=amount("VS 2"), per="WK")),
        ("SV1*HC:97110~HSD*VS*2*WK~", None, DeliveryPattern(quantity=amount("VS 2"), per="WK")),
        ("SV1*HC:97110**UN*1~HSD*****29*2~", "UN 1", DeliveryPattern(length_unit="29", length=2)),
        ("SV1*HC:97110~", "DY 5", DeliveryPattern(quantity=amount("DY 5"))),
        ("HSD*VS*LOTS~SV1*HC:97110~", "DY 5", DeliveryPattern(quantity=amount("DY 5"))),
    ],
)
def test_how_much_is_certified(lines: str, quantity: str | None, pattern: DeliveryPattern | None) -> None:
    found = one(event("UM*HS*I~HCR*A1*E1~HSD*DY*5~", lines))
    assert found.quantity == amount("DY 5")
    assert found.services[0].quantity == (amount(quantity) if quantity else None)
    assert found.services[0].pattern == pattern


def test_place_and_providers_are_the_event_s_unless_the_service_has_its_own() -> None:
    found = one(
        event(
            "UM*HS*I*PT*11:B~HCR*A1*E1~NM1*SJ*1*HELM*****XX*1234567810~",
            "SV1*HC:97110~",
            "UM*HS*I*BC*12:B~SV1*HC:97112~NM1*72*1*OAR*****XX*1234567802~",
        )
    )
    assert [(s.place, s.place_qualifier, s.service_type, s.providers[0].role) for s in found.services] == [
        ("11", "B", "PT", "SJ"),
        ("12", "B", "BC", "72"),
    ]


def test_a_dependent_is_the_patient() -> None:
    above = f"{ABOVE}HL*4*3*23*1~NM1*QC*1*QUILL*IVO~INS*N*19~"
    found = one(transaction("HL*5*4*EV*0~UM*HS*I~HCR*A1*E1~", above=above))
    assert (found.dependent, found.patient.first_name, found.subscriber.first_name) == (True, "IVO", "NORA")
    assert found.patient.relationship == "19"


def test_a_response_may_answer_several_events() -> None:
    data = transaction("HL*4*3*EV*0~UM*HS*I~HCR*A1*E1~HL*5*3*EV*0~UM*HS*I~HCR*A3~")
    assert [(a.decision, a.number) for a in read_authorizations(data)] == [(Decision.CERTIFIED, "E1"), (Decision.DENIED, "")]


def test_a_request_is_unanswered() -> None:
    body = (
        "HL*4*3*EV*1~TRN*1*T1*1123456789~UM*HS*4*PT*11:B~REF*BB*OLD~DTP*AAH*RD8*20260301-20260531~"
        "HL*5*4*SS*0~TRN*1*T1A*1123456789~SV1*HC:97110:GP**UN*6~"
    )
    found = one(transaction(body, purpose="13"))
    assert (found.decision, found.number, found.previous_number) == (Decision.UNANSWERED, "", "OLD")
    assert (found.certification_type, found.traces, found.issued) == ("4", ("T1", "T1A"), date(2026, 3, 4))
    (service,) = found.services
    assert (service.decision, service.number, service.quantity) == (Decision.UNANSWERED, "", amount("UN 6"))
    assert service.procedure == Procedure(code="97110", modifiers=("GP",))
    assert service.period == days("2026-03-01/2026-05-31")


@pytest.mark.parametrize("data", [b"", b"nothing", transaction("").replace(b"X217", b"X215"), transaction("")])
def test_what_decides_nothing_is_passed_over(data: bytes) -> None:
    assert list(read_authorizations(data)) == []


def test_of_some_services_only_the_broken_one_is_odd() -> None:
    found = one(event("UM~HCR~", "SV1*97110*X*UN*Y~HCR*ZZ~", "SV1*HC:97112~HCR*A1*S1~"))
    assert [(s.decision, s.number, s.procedure and s.procedure.code) for s in found.services] == [
        (Decision.UNANSWERED, "", None),
        (Decision.CERTIFIED, "S1", "97112"),
    ]


# -- a response and its request ------------------------------------------------------------------------------------------

PAYER = Party(role="X3", name="MAPLE HEALTH", id_qualifier="PI", id="MAPLE1")
CLINIC = Party(role="1P", name="RIVERSIDE THERAPY", id_qualifier="XX", id="1234567893")
HELM = Party(role="SJ", organization=False, name="HELM", id_qualifier="XX", id="1234567810")
NORA = Person(last_name="QUILL", first_name="NORA", member_id="W1000001", birth_date=date(1981, 4, 5))
ASKED = CertifiedService(
    decision=Decision.UNANSWERED,
    procedure=Procedure(code="97110"),
    service_type="PT",
    period=days("2026-03-01/2026-05-31"),
    quantity=amount("UN 6"),
    place="11",
    place_qualifier="B",
    providers=(HELM,),
    trace="T1A",
)
REQUEST = Authorization(
    decision=Decision.UNANSWERED,
    category="HS",
    certification_type="I",
    payer=PAYER,
    requester=CLINIC,
    subscriber=NORA,
    patient=NORA,
    period=days("2026-03-01/2026-05-31"),
    providers=(HELM,),
    services=(ASKED, replace(ASKED, procedure=Procedure(code="97112"), trace="T1B", quantity=amount("UN 4"))),
    service_type="PT",
    place="11",
    place_qualifier="B",
    traces=("T1", "T1A", "T1B"),
    request_reference="R1",
    previous_number="OLD",
    issued=date(2026, 3, 1),
)


def response(decision: Decision = Decision.CERTIFIED, number: str = "A1", **changes: Any) -> Authorization:
    """A response that says no more than it must."""
    short = Person(last_name="QUILL", first_name="NORA", member_id="W1000001")
    made = Authorization(
        decision=decision,
        number=number,
        category="HS",
        certification_type="I",
        payer=replace(PAYER, id="MAPLE2"),
        requester=Party(),
        subscriber=short,
        patient=short,
        traces=("T1",),
        request_reference="R1",
        issued=date(2026, 3, 4),
    )
    return replace(made, **changes)


def certified(code: str, **changes: Any) -> CertifiedService:
    made = CertifiedService(decision=Decision.CERTIFIED, number="A1", procedure=Procedure(code=code) if code else None)
    return replace(made, **changes)


@pytest.mark.parametrize("decision", [d for d in Decision if d not in (Decision.MODIFIED, Decision.PARTLY_CERTIFIED)])
def test_what_changed_nothing_is_as_requested(decision: Decision) -> None:
    whole = combine(response(decision, reasons=("0U",)), REQUEST)
    assert (whole.decision, whole.number, whole.period) == (decision, "A1", REQUEST.period)
    assert (whole.place, whole.service_type, whole.providers) == ("11", "PT", (HELM,))
    assert whole.services == tuple(replace(s, decision=decision, number="A1", reasons=("0U",)) for s in REQUEST.services)


@pytest.mark.parametrize(
    ("decision", "of_services"), [(Decision.MODIFIED, Decision.MODIFIED), (Decision.PARTLY_CERTIFIED, Decision.UNANSWERED)]
)
def test_what_changed_something_leaves_the_rest_unknown(decision: Decision, of_services: Decision) -> None:
    whole = combine(response(decision), REQUEST)
    assert (whole.period, whole.place, whole.providers, whole.quantity) == (None, "", (), None)
    assert [s.procedure.code for s in whole.services if s.procedure] == ["97110", "97112"]
    assert {(s.decision, s.number, s.period, s.quantity, s.place, s.providers) for s in whole.services} == {
        (of_services, "A1", None, None, "", ())
    }


@pytest.mark.parametrize(
    ("decision", "period"),
    [(Decision.CERTIFIED, "2026-04-01/2026-05-31"), (Decision.MODIFIED, "2026-04-01/9999-12-31")],
)
def test_an_end_that_is_not_told_is_as_requested_unless_something_was_changed(decision: Decision, period: str) -> None:
    """The request is for March to May. DTP*007*D8 says the beginning alone."""
    began = Period(start=date(2026, 4, 1), end=date.max)
    whole = combine(response(decision, period=began), REQUEST)
    assert {whole.period, *(service.period for service in whole.services)} == {days(period)}
    planned = replace(REQUEST, period=days("2026-04-01"))
    assert combine(response(decision, period=began), planned).period == began
    late = Period(start=date(2026, 7, 1), end=date.max)
    assert combine(response(period=late), REQUEST).period == late
    answered = response(services=(certified("97110", period=began),))
    assert combine(answered, REQUEST).services[0].period == days("2026-04-01/2026-05-31")


def test_what_the_response_says_stands() -> None:
    summer = days("2026-06-01/2026-08-31")
    said = response(
        Decision.MODIFIED, period=summer, pattern=DeliveryPattern(quantity=amount("VS 3")), quantity=amount("VS 3"), place="12"
    )
    whole = combine(said, REQUEST)
    assert (whole.period, whole.quantity, whole.place) == (summer, amount("VS 3"), "12")
    assert {(s.period, s.quantity, s.place) for s in whole.services} == {(summer, amount("VS 3"), "12")}


def test_who_and_what_was_asked_for_is_filled_in_always() -> None:
    whole = combine(response(Decision.PARTLY_CERTIFIED, category="", certification_type="", request_reference=""), REQUEST)
    assert (whole.category, whole.certification_type, whole.request_reference, whole.previous_number) == ("HS", "I", "R1", "OLD")
    assert whole.requester == CLINIC
    assert whole.payer.id == "MAPLE2"  # what the response says is not overwritten
    assert whole.patient == whole.subscriber == NORA
    assert whole.traces == ("T1", "T1A", "T1B")
    assert whole.issued == date(2026, 3, 4)


def test_services_that_are_answered_one_by_one() -> None:
    """Tied by trace, else by code; what A1 leaves out is as requested, what A6 leaves out is unknown."""
    said = response(
        Decision.PARTLY_CERTIFIED,
        services=(
            certified("97112", decision=Decision.MODIFIED, quantity=amount("UN 2")),
            certified("", trace="T1A"),
            certified("97150", decision=Decision.DENIED),
        ),
    )
    second, first, other = combine(said, REQUEST).services
    assert (second.quantity, second.period, second.place, second.trace) == (amount("UN 2"), None, "", "T1B")
    assert first.procedure == Procedure(code="97110")
    assert (first.quantity, first.period, first.place, first.providers) == (amount("UN 6"), ASKED.period, "11", (HELM,))
    assert other == certified("97150", decision=Decision.DENIED)


def test_services_that_the_response_leaves_out_are_unanswered() -> None:
    whole = combine(response(services=(certified("97110"),)), REQUEST)
    assert [(s.procedure and s.procedure.code, s.decision, s.number) for s in whole.services] == [
        ("97110", Decision.CERTIFIED, "A1"),
        ("97112", Decision.UNANSWERED, ""),
    ]


def test_the_same_code_twice_is_told_apart_by_its_modifiers() -> None:
    left, right = (
        replace(ASKED, procedure=Procedure(code="20610", modifiers=(m,)), trace="", quantity=amount(q))
        for m, q in (("LT", "UN 1"), ("RT", "UN 2"))
    )
    asked = replace(REQUEST, services=(left, right))
    said = response(services=tuple(certified("20610", procedure=s.procedure) for s in (right, left)))
    assert [s.quantity for s in combine(said, asked).services] == [amount("UN 2"), amount("UN 1")]


def test_services_without_a_code_are_taken_in_their_order() -> None:
    whole = combine(response(services=(certified(""), certified("", decision=Decision.DENIED))), REQUEST)
    assert [(s.procedure and s.procedure.code, s.decision) for s in whole.services] == [
        ("97110", Decision.CERTIFIED),
        ("97112", Decision.DENIED),
    ]
    assert combine(response(services=(certified(""),)), REQUEST).services[0].procedure is None


def test_days_of_the_event_are_those_of_the_services_that_shared_them() -> None:
    stay = {"quantity": amount("DY 7"), "pattern": DeliveryPattern(quantity=amount("DY 7"))}
    asked = replace(REQUEST, services=(replace(ASKED, **stay), ASKED), **stay)
    fewer = {"quantity": amount("DY 5"), "pattern": DeliveryPattern(quantity=amount("DY 5"))}
    assert [s.quantity for s in combine(response(**fewer), asked).services] == [amount("DY 5"), amount("UN 6")]
    assert [s.quantity for s in combine(response(), asked).services] == [amount("DY 7"), amount("UN 6")]
    assert [s.quantity for s in combine(response(Decision.MODIFIED, **fewer), asked).services] == [amount("DY 5"), amount("DY 5")]


IVO = Person(last_name="QUILL", first_name="IVO", birth_date=date(2015, 6, 7), relationship="19")


def test_a_dependent_is_kept_where_the_response_ends_above() -> None:
    asked = replace(REQUEST, patient=IVO, dependent=True)
    whole = combine(response(Decision.REJECTED), asked)
    assert (whole.dependent, whole.patient, whole.subscriber) == (True, IVO, NORA)


def test_a_payer_may_know_the_dependent_as_a_member() -> None:
    asked = replace(REQUEST, patient=IVO, dependent=True)
    own = Person(last_name="QUILL", first_name="Ivo", member_id="W1000002")
    whole = combine(response(subscriber=own, patient=own), asked)
    assert (whole.dependent, whole.patient.member_id, whole.patient.birth_date) == (False, "W1000002", IVO.birth_date)
    assert whole.subscriber == whole.patient


def test_a_referral_stays_one() -> None:
    assert combine(response(category=""), replace(REQUEST, category="SC", kind="referral")).kind == "referral"


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(RESPONSES, REQUESTS)
def test_joining_twice_changes_nothing(answer: Response, asked: Any) -> None:
    request = authorization_of(asked)
    for said in authorizations_of(answer):
        whole = combine(said, request)
        assert combine(whole, request) == whole
        assert (whole.decision, whole.number) == (said.decision, said.number)
        assert len(whole.services) >= len(said.services)


# -- files of others -----------------------------------------------------------------------------------------------------

TABLE = {
    "admission-response": (
        ("modified", "AUTH0002", "2005-05-16/2005-05-21", "DY 5", ("97021001",)),
        [("certified", "AUTH0002", "33510", "2005-05-16", "DY 5")],
    ),
    "emergency-admission-response": (("pended", "", None, None, ("YZZ099",)), []),
    "referral-response": (("certified", "AUTH0001", "2005-05-02/2005-06-02", "VS 1", ("111099",)), []),
    "response-to-medical-services-reservation": (
        ("certified", "6735172961", None, None, ()),
        [("certified", "6735172961", "99212", "2005-01-10", "UN 1")],
    ),
    "response-to-non-emergency-transportation": (
        ("certified", "2005010796321", "2005-05-10", None, ()),
        [
            ("certified", "2005010796321", "A0428 RX", "2005-05-10", "UN 5"),
            ("certified", "2005010796321", "A0428 PD", "2005-05-10", "UN 8"),
            ("certified", "2005010796321", "A0428 DR", "2005-05-10", "UN 14"),
        ],
    ),
}
"""Each response of the corpus as a person reads it: decision, number, dates, amount, traces; then its services."""


@pytest.mark.corpus("278/*")
def test_the_corpus_decides_what_a_person_reads(corpus_file: Path) -> None:
    name = corpus_file.name.split("pass__")[1]
    found = one(corpus_file.read_bytes())
    expected = next((row for key, row in TABLE.items() if name.startswith(key)), None)
    if expected is None:
        assert "request" in name
        assert found.decision is Decision.UNANSWERED
        return
    said, services = expected
    decision, number, period, quantity, traces = said
    assert (found.decision, found.number, found.traces) == (decision, number, traces)
    assert found.period == (days(period) if period else None)
    assert found.quantity == (amount(quantity) if quantity else None)
    assert [
        (s.decision, s.number, " ".join((s.procedure.code, *s.procedure.modifiers)), s.period, s.quantity)
        for s in found.services
        if s.procedure
    ] == [(d, n, code, days(p), amount(q)) for d, n, code, p, q in services]
    assert found.kind == ("referral" if name.startswith("referral") else "authorization")
    if decision == "pended":
        assert (found.reasons, found.administrative_reference) == (("0U",), "P20030216001")

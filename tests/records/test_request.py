"""278 requests: written where the guide wants it, valid, and read back as the same record."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from edi.errors import RecordError
from edi.guides.validation import validate
from edi.records.clinical import Condition
from edi.records.envelope import Envelope
from edi.records.parties import Address, Contact, Party, Person, Reference
from edi.records.request import Request, read_requests, request_from_json, request_to_json, write_request
from edi.records.review import Attachment, OtherReview, PatientEvent, RequestedService, ServiceKind, Tooth, Trace
from edi.records.services import DeliveryPattern, Diagnosis, Period, Procedure, Quantity
from edi.text.segments import Delimiters, read
from tests.drawing import examples
from tests.records.strategies import ENVELOPES, REQUESTS

NOW = datetime(2026, 3, 2, 9, 30)
ENVELOPE = Envelope(sender="CLINIC", receiver="MAPLE", created=NOW, control=42, line_break=b"\n")
SPRING = Period(start=date(2026, 3, 1), end=date(2026, 5, 31))
SOME_DAY = Period(start=date(2026, 3, 9), end=date(2026, 3, 9))


def request(**changes: Any) -> Request:
    made = Request(
        reference="R1",
        created=NOW,
        utilization_manager=Party(role="X3", name="MAPLE HEALTH", id_qualifier="PI", id="MAPLE1"),
        requester=Party(role="1P", name="RIVERSIDE THERAPY", id_qualifier="XX", id="1234567893"),
        subscriber=Person(last_name="QUILL", first_name="NORA", member_id="W1000001", member_id_qualifier="MI"),
        event=PatientEvent(category="HS", certification_type="I", service_type="PT", place="11", place_qualifier="B"),
    )
    return replace(made, **changes)


def event(**changes: Any) -> Request:
    made = request()
    return replace(made, event=replace(made.event, **changes))


def service(**changes: Any) -> Request:
    made = RequestedService(procedure=Procedure(code="97110"), quantity=Quantity(unit="UN", amount=Decimal(6)))
    return event(services=(replace(made, **changes),))


def lines(data: bytes) -> list[str]:
    return [segment.raw.decode("latin-1") for segment in read(data)]


# -- where everything goes -----------------------------------------------------------------------------------------------

FULL = """\
ISA*00*          *00*          *ZZ*CLINIC         *ZZ*MAPLE          *260302*0930*^*00501*000000042*0*P*:
GS*HI*CLINIC*MAPLE*20260302*0930*42*X*005010X217
ST*278*0001*005010X217
BHT*0007*13*R1*20260302*0930
HL*1**20*1
NM1*X3*2*MAPLE HEALTH*****PI*MAPLE1
HL*2*1*21*1
NM1*1P*2*RIVERSIDE THERAPY*****XX*1234567893
REF*EI*123456789
N3*1 WHARF ROAD
N4*RIVERSIDE*OH*43000
PER*IC*DESK*TE*6145550101*FX*6145550102
PRV*RF*PXC*225100000X
HL*3*2*22*1
NM1*IL*1*QUILL*NORA****MI*W1000001
HL*4*3*23*1
NM1*QC*1*QUILL*IVO
REF*EJ*77
DMG*D8*20150607*M
INS*N*19***************2
HL*5*4*EV*1
TRN*1*T1*1123456789*DESK
UM*HS*S*PT*11:B*AA:EM::OH*U*1*2*Y*3
REF*BB*OLD1
REF*NT*ADM1
DTP*439*D8*20260201
DTP*AAH*RD8*20260301-20260531
DTP*435*D8*20260309
DTP*096*D8*20260310
HI*ABK:M5450:D8:20260201*ABF:E119
HSD*VS*3*WK*1*35*8*D*A
CRC*75*Y*02*03
PWK*AS*EL***AC*DOC1*NOTES
MSG*PLEASE HURRY
NM1*SJ*1*HELM*ADA*B*DR*MD*XX*1234567802
PRV*PE*PXC*225100000X
NM1*PW*2*HOME
N3*2 HILL STREET
N4*RIVERSIDE*OH*43000
NM1*GG*2*ELM TREE
REF*ZZ*REASON1**ZZ:REASON2:ZZ:REASON3
DTP*598*D8*20260115
HL*6*5*SS*0
TRN*1*T1A*1123456789
UM*HS*I*PT*12:B
REF*BB*OLD2
DTP*472*D8*20260309
SV1*HC:97110:GP:59:::DESCRIBED:97150*120.50*UN*6***1:2****Y*********3
HSD*VS*6
PWK*03*FX
MSG*SIX VISITS
NM1*SJ*2*RIVERSIDE
HL*7*5*SS*0
SV2*0120*HC:33510*900*DA*5*180***1*2
HL*8*5*SS*0
SV3*AD:D2740*800**10:20*I*1*****1
TOO*JP*13*M:O
SE*56*0001
GE*1*42
IEA*1*000000042
"""


def full() -> Request:
    """A request that says a little of everything."""
    made = request(
        dependent=Person(
            last_name="QUILL",
            first_name="IVO",
            birth_date=date(2015, 6, 7),
            gender="M",
            relationship="19",
            birth_order=2,
            references=(Reference(qualifier="EJ", value="77"),),
        )
    )
    home = Address(lines=("2 HILL STREET",), city="RIVERSIDE", state="OH", postal_code="43000")
    return replace(
        made,
        requester=replace(
            made.requester,
            references=(Reference(qualifier="EI", value="123456789"),),
            address=replace(home, lines=("1 WHARF ROAD",)),
            contact=Contact(name="DESK", numbers=(("TE", "6145550101"), ("FX", "6145550102"))),
            taxonomy="225100000X",
            taxonomy_role="RF",
        ),
        event=PatientEvent(
            category="HS",
            certification_type="S",
            service_type="PT",
            place="11",
            place_qualifier="B",
            accident_causes=("AA", "EM"),
            accident_state="OH",
            level_of_service="U",
            health_condition="1",
            prognosis="2",
            release="Y",
            delay_reason="3",
            traces=(Trace(number="T1", originator="1123456789", department="DESK"),),
            previous_number="OLD1",
            administrative_reference="ADM1",
            accident=date(2026, 2, 1),
            period=SPRING,
            admission=SOME_DAY,
            discharge=date(2026, 3, 10),
            diagnoses=(
                Diagnosis(qualifier="ABK", code="M5450", date=date(2026, 2, 1)),
                Diagnosis(qualifier="ABF", code="E119"),
            ),
            pattern=DeliveryPattern(
                quantity=Quantity(unit="VS", amount=Decimal(3)),
                per="WK",
                rate="1",
                length_unit="35",
                length=8,
                calendar="D",
                time="A",
            ),
            conditions=(Condition(category="75", codes=("02", "03")),),
            attachments=(Attachment(type="AS", transmission="EL", control_number="DOC1", description="NOTES"),),
            message="PLEASE HURRY",
            providers=(
                Party(
                    role="SJ",
                    organization=False,
                    name="HELM",
                    first_name="ADA",
                    middle_name="B",
                    prefix="DR",
                    suffix="MD",
                    id_qualifier="XX",
                    id="1234567802",
                    taxonomy="225100000X",
                    taxonomy_role="PE",
                ),
            ),
            transports=(Party(role="PW", name="HOME", address=home),),
            other_reviews=(
                OtherReview(role="GG", name="ELM TREE", reasons=("REASON1", "REASON2", "REASON3"), refused=date(2026, 1, 15)),
            ),
            services=(
                RequestedService(
                    traces=(Trace(number="T1A", originator="1123456789"),),
                    category="HS",
                    certification_type="I",
                    service_type="PT",
                    place="12",
                    place_qualifier="B",
                    previous_number="OLD2",
                    period=SOME_DAY,
                    procedure=Procedure(code="97110", modifiers=("GP", "59"), description="DESCRIBED", code_end="97150"),
                    charge=Decimal("120.50"),
                    quantity=Quantity(unit="UN", amount=Decimal(6)),
                    pointers=("1", "2"),
                    epsdt="Y",
                    level_of_care="3",
                    pattern=DeliveryPattern(quantity=Quantity(unit="VS", amount=Decimal(6))),
                    attachments=(Attachment(type="03", transmission="FX"),),
                    message="SIX VISITS",
                    providers=(Party(role="SJ", name="RIVERSIDE"),),
                ),
                RequestedService(
                    kind=ServiceKind.INSTITUTIONAL,
                    revenue_code="0120",
                    procedure=Procedure(code="33510"),
                    charge=Decimal(900),
                    quantity=Quantity(unit="DA", amount=Decimal(5)),
                    unit_rate=Decimal(180),
                    nursing_home_status="1",
                    level_of_care="2",
                ),
                RequestedService(
                    kind=ServiceKind.DENTAL,
                    procedure=Procedure(qualifier="AD", code="D2740"),
                    charge=Decimal(800),
                    quantity=Quantity(unit="UN", amount=Decimal(1)),
                    oral_cavity=("10", "20"),
                    prosthesis="I",
                    pointers=("1",),
                    teeth=(Tooth(number="13", surfaces=("M", "O")),),
                ),
            ),
        ),
    )


def test_everything_stands_where_the_guide_wants_it() -> None:
    data = write_request(full(), ENVELOPE)
    assert "\n".join(lines(data)) + "\n" == FULL
    assert validate(data, level=2).problems == ()


def test_what_was_written_is_read_back() -> None:
    assert list(read_requests(write_request(full(), ENVELOPE))) == [full()]


def test_the_patient_s_level_is_the_parent_of_the_event() -> None:
    """HL02 and HL04 of 278_guide 2.2: the event hangs on the patient, a service on the event; no 2000D for a subscriber."""
    data = write_request(service(), ENVELOPE)
    assert [line for line in lines(data) if line.startswith("HL")] == [
        "HL*1**20*1",
        "HL*2*1*21*1",
        "HL*3*2*22*1",
        "HL*4*3*EV*1",
        "HL*5*4*SS*0",
    ]
    alone = write_request(request(dependent=Person(last_name="QUILL")), ENVELOPE)
    assert [line for line in lines(alone) if line.startswith("HL")][2:] == ["HL*3*2*22*1", "HL*4*3*23*1", "HL*5*4*EV*0"]


def test_a_request_without_its_own_date_has_the_envelope_s() -> None:
    assert "BHT*0007*13*R1*20260302*0930" in lines(write_request(request(created=None), ENVELOPE))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 2, 0, 0), "0000"),
        (datetime(2026, 3, 2, 9, 30, 5), "093005"),
        (datetime(2026, 3, 2, 9, 30, 5, 120_000), "09300512"),
    ],
)
def test_a_time_is_written_as_exactly_as_it_is_known(moment: datetime, text: str) -> None:
    data = write_request(request(created=moment), ENVELOPE)
    assert f"BHT*0007*13*R1*20260302*{text}" in lines(data)
    assert next(read_requests(data)).created == moment


# -- laws ----------------------------------------------------------------------------------------------------------------

slow = settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@slow
@given(REQUESTS, ENVELOPES)
def test_a_request_is_valid_and_comes_back_from_x12(made: Request, envelope: Envelope) -> None:
    data = write_request(made, envelope)
    report = validate(data, level=2)
    assert report.problems == ()
    assert [t.guide for t in report.transactions] == ["005010X217"]
    assert list(read_requests(data)) == [made]


@slow
@given(REQUESTS)
def test_a_request_comes_back_from_json(made: Request) -> None:
    assert request_from_json(request_to_json(made)) == made
    assert request_from_json(request_to_json(made).encode()) == made


# -- what cannot be written ----------------------------------------------------------------------------------------------

PAPER = Attachment(type="AS", transmission="AA")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (event(message="A*B"), "event.message: character 2 is '*', which is a delimiter here: leave it out, or put another."),
        (event(message="A^B"), "event.message: character 2 is '^', which is a delimiter here: leave it out, or put another."),
        (event(message="A~"), "event.message: character 2 is '~', which is a delimiter here: leave it out, or put another."),
        (event(message=":"), "event.message: character 1 is ':', which is a delimiter here: leave it out, or put another."),
        (event(message="1 \u20ac"), "event.message: character 3 is outside ISO 8859-1."),
        (event(message="A\nB"), "event.message: character 2 (code 0x0a) is not in X12's character sets."),
        (event(message="`"), "event.message: character 1 (code 0x60) is not in X12's character sets."),
        (service(procedure=Procedure(code="97110", modifiers=("R*",))), "event.services[0].procedure.modifiers[0]: "),
        (service(procedure=Procedure(code="97110", modifiers=("A",) * 5)), "event.services[0].procedure.modifiers: at most 4"),
        (service(procedure=Procedure(code="97110", modifiers=("",))), "event.services[0].procedure.modifiers[0]: is empty."),
        (service(pointers=("1",) * 5), "event.services[0].pointers: at most 4"),
        (service(charge=Decimal("NaN")), "event.services[0].charge: is no amount that can be written."),
        (service(charge=Decimal("1E+99")), "event.services[0].charge: is no amount that can be written."),
        (service(revenue_code="0120"), "event.services[0].revenue_code: a professional service has none."),
        (service(teeth=(Tooth(number="1"),)), "event.services[0].teeth: a professional service has none."),
        (service(kind=ServiceKind.DENTAL, quantity=Quantity(unit="DA", amount=Decimal(1))), "event.services[0].quantity.unit: "),
        (service(kind=ServiceKind.DENTAL, procedure=None, quantity=None), "event.services[0].kind: needs a procedure"),
        (service(pattern=DeliveryPattern()), "event.services[0].pattern: says nothing; leave it out."),
        (service(pattern=DeliveryPattern(length=-1)), "event.services[0].pattern.length: must not be negative."),
        (service(period=Period(start=NOW.date(), end=date(2026, 2, 1))), "event.services[0].period: ends before it begins."),
        (event(diagnoses=(Diagnosis(qualifier="ABK", code="A000"),) * 13), "event.diagnoses: at most 12"),
        (event(attachments=(PAPER,) * 11), "event.attachments: at most 10 documents (PWK) can be written"),
        (service(attachments=(PAPER,) * 11), "event.services[0].attachments: at most 10 documents (PWK) can be written"),
        (event(conditions=(Condition(category="75", codes=("02",) * 6),)), "event.conditions[0].codes: at most 5"),
        (event(other_reviews=(OtherReview(role="GG", reasons=("A",) * 5),)), "event.other_reviews[0].reasons: at most 4"),
        (request(created=datetime.fromisoformat("2026-03-02T09:30:00+01:00")), "created: must be without a time zone"),
        (request(requester=Party(name="A", contact=Contact(numbers=(("TE", "1"),) * 4))), "requester.contact.numbers: at most 3"),
        (request(subscriber=Person(address=Address(lines=("1", "2", "3")))), "subscriber.address.lines: at most 2"),
    ],
)  # fmt: skip
def test_what_x12_cannot_carry_is_refused_by_the_field_s_name(made: Request, words: str) -> None:
    with pytest.raises(RecordError) as refused:
        write_request(made, ENVELOPE)
    assert str(refused.value).startswith(words)
    assert str(refused.value).count("\n") == 0


def test_a_delimiter_is_what_the_envelope_says() -> None:
    other = replace(ENVELOPE, delimiters=Delimiters(b"|", b">", b"\n", b"{"), line_break=b"")
    made = event(message="2*3: yes~")
    assert list(read_requests(write_request(made, other))) == [made]
    with pytest.raises(RecordError, match=r"event\.message: character 1 is '>'"):
        write_request(event(message=">"), other)


# -- reading -------------------------------------------------------------------------------------------------------------


def edited(change: Callable[[str], str]) -> Request:
    (made,) = read_requests(change(FULL).replace("\n", "~\n").encode("latin-1"))
    return made


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("DTP*AAH*RD8*20260301-20260531", "DTP*AAH*RD8*SOON"),
        ("DTP*435*D8*20260309", "DTP*435*D8*20261399"),
        ("HSD*VS*3*WK*1*35*8*D*A", "HSD*VS*MANY"),
        ("HI*ABK:M5450:D8:20260201*ABF:E119", "HI*ABK"),
        ("UM*HS*S*PT*11:B*AA:EM::OH*U*1*2*Y*3", "UM"),
        ("BHT*0007*13*R1*20260302*0930", "BHT*0007*13*R1*LATELY*9"),
        ("SV2*0120*HC:33510*900*DA*5*180***1*2", "SV2**HC*-*DA*X"),
        ("NM1*IL*1*QUILL*NORA****MI*W1000001\n", ""),
        ("HL*3*2*22*1\nNM1*IL*1*QUILL*NORA****MI*W1000001\n", ""),
    ],
)
def test_what_is_odd_is_a_default(old: str, new: str) -> None:
    assert old in FULL
    made = edited(lambda text: text.replace(old, new))
    assert made.reference == "R1"
    assert len(made.event.services) == 3


def test_what_is_no_request_is_passed_over() -> None:
    assert list(read_requests(b"")) == []
    assert list(read_requests(b"not X12 at all")) == []
    assert list(read_requests(FULL.replace("*13*R1", "*11*R1").replace("\n", "~").encode())) == []
    assert list(read_requests(FULL.replace("005010X217", "005010X216").replace("\n", "~").encode())) == []


# -- files of others, and ours -------------------------------------------------------------------------------------------

DIFFERENCES = {
    "admission-request-for-review.edi": {("SE*25*0001", "SE*26*0001")},  # SE01 is wrong there
    "request-for-home-health-care.edi": {("SE*19*0001", "SE*20*0001")},  # SE01 is wrong there
    "request-for-non-emergency-transportation.edi": {
        ("HL*6*5*SS*0", "HL*6*4*SS*0"),
        ("HL*7*6*SS*0", "HL*7*4*SS*0"),
    },  # wrong parents
}
"""What the corpus' requests say otherwise than what is written from them, segment by segment, between ST and SE."""


def between(segments: list[str]) -> list[str]:
    start = next(n for n, line in enumerate(segments) if line.startswith("ST*"))
    return segments[start : next(n for n, line in enumerate(segments) if line.startswith("SE*")) + 1]


@pytest.mark.corpus("278/*")
def test_the_corpus_requests_come_back(corpus_file: Path) -> None:
    data = corpus_file.read_bytes()
    made = list(read_requests(data))
    if b"*11*" in data.split(b"BHT", 1)[1][:9]:
        assert made == []
        return
    (asked,) = made
    written = write_request(asked, ENVELOPE)
    assert list(read_requests(written)) == [asked]
    assert request_from_json(request_to_json(asked)) == asked
    assert validate(written, level=2).problems == ()
    before, after = between(lines(data)), between(lines(written))
    name = corpus_file.name.split("pass__")[1]
    differing = {(old, new) for old, new in zip(before, after, strict=True) if old != new}
    assert differing == DIFFERENCES.get(name, set())


OURS = sorted(Path("testdata").glob("278/request/pass/*.edi")) + sorted(Path("testdata/story/requests").glob("*.278"))


@pytest.mark.parametrize("path", OURS, ids=[path.stem for path in OURS])
def test_our_own_requests_come_back(path: Path) -> None:
    for asked in read_requests(path):
        written = write_request(asked, ENVELOPE)
        assert list(read_requests(written)) == [asked]
        assert request_from_json(request_to_json(asked)) == asked
        assert validate(written, level=2).problems == ()


def test_json_leaves_out_what_has_its_default_value() -> None:
    assert json.loads(request_to_json(service())) == {
        "version": 1,
        "reference": "R1",
        "created": "2026-03-02T09:30:00",
        "utilization_manager": {"role": "X3", "name": "MAPLE HEALTH", "id_qualifier": "PI", "id": "MAPLE1"},
        "requester": {"role": "1P", "name": "RIVERSIDE THERAPY", "id_qualifier": "XX", "id": "1234567893"},
        "subscriber": {"last_name": "QUILL", "first_name": "NORA", "member_id": "W1000001", "member_id_qualifier": "MI"},
        "event": {
            "category": "HS",
            "certification_type": "I",
            "service_type": "PT",
            "place": "11",
            "place_qualifier": "B",
            "services": [{"procedure": {"code": "97110"}, "quantity": {"unit": "UN", "amount": "6"}}],
        },
    }

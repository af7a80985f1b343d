"""278 inquiries and their answers: read as they stand in public samples, and written back as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edi.errors import RecordError
from edi.guides.validation import validate
from edi.records.authorization import Decision, authorization_of, read_authorizations, read_messages
from edi.records.certification import INQUIRY, NOTICE, Authorization, CertifiedService
from edi.records.envelope import Envelope
from edi.records.inquiry import (
    Inquiry,
    inquiry_about,
    read_inquiries,
    read_inquiry_answers,
    write_inquiries,
    write_inquiry_answer,
)
from edi.records.parties import NO_PARTY, Party, Person
from edi.records.rejection import Rejection
from edi.records.request import Request
from edi.records.response import AnsweredEvent, Response, ReviewAnswer
from edi.records.review import PatientEvent, Trace
from edi.records.services import Period, Procedure, Tooth
from tests.drawing import examples
from tests.records.strategies import ENVELOPES, REQUESTS, RESPONSES, traces

NOW = datetime(2026, 9, 12, 9, 15)
ENVELOPE = Envelope(sender="LARKSPUR", receiver="MEADOWLARK", created=NOW, control=401)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def framed(body: str, version: str = "005010X215") -> bytes:
    """A body's segments, a line each, in an interchange."""
    head = ENVELOPE.wrap("278", "HI", version, [[]]).decode().split("~")
    lines = body.split()
    return "~".join([*head[:3], *lines, f"SE*{len(lines) + 2}*0001", *head[4:]]).encode()


ABOVE = """\
HL*1**20*1
NM1*X3*2*MAPLE_HEALTH*****PI*MAPLE1
HL*2*1*21*1
NM1*1P*2*RIVERSIDE*****XX*1234567893
HL*3*2*22*1
NM1*IL*1*QUILL*NORA****MI*W1000001
DMG*D8*19810405*F
"""
ANSWER = (
    "BHT*0007*49*I1*20260912*1015*RD\n"
    + ABOVE
    + """\
HL*4*3*EV*1
TRN*2*T1*9012345678
TRN*1*M77*9876543210
UM*HS*I*PT*11:B
HCR*A1*AUTH0001
DTP*AAH*RD8*20260901-20260930
HSD*VS*6
NM1*SJ*2*RIVERSIDE*****XX*1234567893
NM1*L5*2*MAPLE_HEALTH
HL*5*4*SS*0
HCR*A1*AUTH0002
SV1*HC:97110
HL*6*3*EV*0
UM*AR*I*1*21:B
HCR*A4**0U
REF*NT*ADM7
DTP*435*D8*20261001
"""
)


def test_an_inquiry_says_who_asks_whom_about_what() -> None:
    body = (
        "BHT*0007*28*I1*20260912*0915\n"
        + ABOVE
        + "HL*4*3*EV*0\nTRN*1*T1*9012345678\nUM*AR*I*18*12:B\nREF*NT*ADM7\nDTP*AAH*RD8*20260901-20260930\nNM1*SJ*2*RIVERSIDE\n"
    )
    data = framed(body)
    assert validate(data).problems == ()
    (made,) = read_inquiries(data)
    assert (made.purpose, made.reference, made.created) == ("28", "I1", NOW)
    assert (made.utilization_manager.id, made.requester.npi, made.subscriber.member_id) == ("MAPLE1", "1234567893", "W1000001")
    assert made.event is not None
    assert (made.event.administrative_reference, made.event.traces[0].number, made.event.place) == ("ADM7", "T1", "12")
    assert made.event.period == Period(start=date(2026, 9, 1), end=date(2026, 9, 30))
    assert list(read_inquiry_answers(data)) == []
    (notice,) = read_messages(data)
    assert (notice.kind, notice.source, notice.decision) == (NOTICE, INQUIRY, Decision.UNANSWERED)
    assert list(read_authorizations(data)) == []


def test_an_inquiry_may_ask_for_all_that_is_on_file() -> None:
    data = framed("BHT*0007*28*I1*20260912*0915\n" + ABOVE.replace("22*1", "22*0"))
    (made,) = read_inquiries(data)
    assert made.event is None
    assert list(read_inquiries(write_inquiries([made], ENVELOPE))) == [made]


def test_an_answer_tells_each_review_that_is_on_file() -> None:
    data = framed(ANSWER)
    assert validate(data).problems == ()
    (response,) = read_inquiry_answers(data)
    assert (response.purpose, response.reference, response.transaction_type) == ("49", "I1", "RD")
    first, second = response.events
    assert [party.role for party in first.event.providers] == ["SJ"]
    assert first.answer is not None
    assert first.answer.contact is not None
    assert list(read_inquiries(data)) == []
    certified, pended = read_authorizations(data)
    assert (certified.decision, certified.number, certified.traces) == (Decision.CERTIFIED, "AUTH0001", ("T1",))
    assert certified.originators == (("T1", "9012345678"),)
    assert [service.number for service in certified.services] == ["AUTH0002"]
    assert (pended.decision, pended.administrative_reference) == (Decision.PENDED, "ADM7")
    assert {one.source for one in (certified, pended)} == {INQUIRY}
    assert {one.request_reference for one in (certified, pended)} == {""}
    assert second.event.traces == ()


def test_a_trace_given_back_with_several_reviews_is_of_none() -> None:
    data = framed(ANSWER.replace("HL*6*3*EV*0\n", "HL*6*3*EV*0\nTRN*2*T1*9012345678\n"))
    assert [one.traces for one in read_authorizations(data)] == [(), ()]


def test_a_refused_inquiry_is_no_decision() -> None:
    data = framed("BHT*0007*49*I1*20260912*1015*RD\n" + ABOVE.replace("DMG", "AAA*N**67*C\nDMG").replace("22*1", "22*0"))
    (notice,) = read_messages(data)
    assert (notice.kind, notice.decision, notice.request_reference) == (NOTICE, Decision.REJECTED, "I1")
    assert notice.rejections == (Rejection(loop="2010C", reason="67", follow_up="C"),)
    assert list(read_authorizations(data)) == []


def _inquiry(made: Request) -> Inquiry:
    return Inquiry(
        reference=made.reference,
        created=made.created,
        utilization_manager=made.utilization_manager,
        requester=made.requester,
        subscriber=made.subscriber,
        dependent=made.dependent,
        event=replace(made.event, transports=(), other_reviews=()),
    )


@settings(max_examples=examples(40), deadline=None, suppress_health_check=SLOW)
@given(REQUESTS.map(_inquiry), ENVELOPES)
def test_an_inquiry_is_valid_and_comes_back(made: Inquiry, envelope: Envelope) -> None:
    data = write_inquiries([made, made], envelope)
    assert validate(data, level=2).problems == ()
    assert validate(data, level=7).valid
    assert list(read_inquiries(data)) == [made, made]


ANSWERS = st.tuples(RESPONSES, traces("1 2"), st.sampled_from(["49", "11"])).map(
    lambda made: replace(
        made[0], purpose=made[2], transaction_type="RD", traces=made[1] if made[0].subscriber is not None else ()
    )
)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=SLOW)
@given(ANSWERS, ENVELOPES)
def test_an_answer_is_valid_and_comes_back(made: Response, envelope: Envelope) -> None:
    data = write_inquiry_answer(made, envelope)
    assert validate(data, level=2).problems == ()
    assert validate(data, level=7).valid
    assert list(read_inquiry_answers(data)) == [made]
    assert sum(1 for _ in read_messages(data)) >= len(made.events)


def test_rejections_of_an_answer_stand_in_its_own_loops() -> None:
    rejected = tuple(Rejection(loop=loop, reason="33", follow_up="C") for loop in ("2000C", "2010C"))
    at_parties = tuple(Rejection(loop=loop, reason="43", follow_up="C") for loop in ("2000E", "2010EA[1]", "2010EA[2]"))
    made = Response(
        purpose="49",
        reference="I1",
        created=NOW,
        utilization_manager=Party(role="X3", name="MAPLE HEALTH", id_qualifier="PI", id="MAPLE1"),
        requesters=(Party(role="1P", name="RIVERSIDE", id_qualifier="XX", id="1234567893"),),
        subscriber=Person(last_name="QUILL", member_id="W1000001", member_id_qualifier="MI"),
        traces=(Trace(kind="2", number="T9"),),
        rejections=rejected,
        events=(
            AnsweredEvent(
                answer=ReviewAnswer(action="A1", contact=Party(role="L5", name="MAPLE HEALTH"), rejections=at_parties),
                event=PatientEvent(
                    category="HS",
                    certification_type="I",
                    providers=(Party(role="SJ", name="RIVERSIDE"),),
                    transports=(Party(role="PW", name="HOME"),),
                ),
            ),
        ),
    )
    data = write_inquiry_answer(made, ENVELOPE)
    assert list(read_inquiry_answers(data)) == [made]
    assert validate(data).valid


OURS = sorted(Path("testdata").glob("278/inquiry/pass/*.edi")) + sorted(Path("testdata/story/notices").glob("*.278"))


@pytest.mark.parametrize("path", OURS, ids=[path.stem for path in OURS])
def test_our_own_inquiries_and_answers_come_back(path: Path) -> None:
    asked, answered = list(read_inquiries(path)), list(read_inquiry_answers(path))
    if asked:
        written = write_inquiries(asked, ENVELOPE)
        assert list(read_inquiries(written)) == asked
        assert validate(written, level=7).valid
    for one in answered:
        written = write_inquiry_answer(one, ENVELOPE)
        assert list(read_inquiry_answers(written)) == [one]
        assert validate(written, level=7).valid


def authorization(**changes: object) -> Authorization:
    made = Authorization(
        decision=Decision.PENDED,
        category="HS",
        certification_type="I",
        payer=Party(role="X3", name="MAPLE HEALTH", id_qualifier="PI", id="MAPLE1"),
        requester=Party(role="1P", name="RIVERSIDE", id_qualifier="XX", id="1234567893"),
        subscriber=Person(last_name="QUILL", first_name="NORA", member_id="W1000001"),
        patient=Person(last_name="QUILL", first_name="NORA", member_id="W1000001"),
        traces=("T1", "T2", "T3", "T4"),
        originators=(("T2", "9012345678"), ("T4", "1987654321")),
        administrative_reference="ADM7",
        period=Period(start=date(2026, 9, 1), end=date.max),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a parameter of the test


def test_an_authorization_is_asked_about_by_all_that_it_is_known_by() -> None:
    made = inquiry_about(authorization(number="A1"), "I1")
    assert made.event is not None
    assert (made.event.previous_number, made.event.administrative_reference) == ("A1", "ADM7")
    assert [trace.number for trace in made.event.traces] == ["T1", "T2", "T3"]  # a level has three at most
    assert [trace.originator for trace in made.event.traces] == ["", "9012345678", ""]
    assert made.event.period == Period(start=date(2026, 9, 1), end=date(2026, 9, 1))  # an open end cannot be asked for
    assert made.subscriber.member_id_qualifier == "MI"
    assert validate(write_inquiries([made], ENVELOPE), level=7).valid


def test_a_dental_service_is_asked_about_with_its_teeth() -> None:
    sites = {"teeth": (Tooth(number="3", surfaces=("M", "O")), Tooth(number="14")), "oral_cavity": ("10",)}
    services = tuple(
        CertifiedService(decision=Decision.PENDED, procedure=Procedure(qualifier=qualifier, code=code), **sites)
        for qualifier, code in (("AD", "D2391"), ("HC", "97110"))
    )
    data = write_inquiries([inquiry_about(authorization(services=services), "I1")], ENVELOPE)
    assert validate(data, level=7).valid
    (made,) = read_inquiries(data)
    assert made.event is not None
    assert [(service.teeth, service.oral_cavity) for service in made.event.services] == [tuple(sites.values()), ((), ())]


@settings(max_examples=examples(40), deadline=None, suppress_health_check=SLOW)
@given(REQUESTS, ENVELOPES)
def test_whatever_was_requested_can_be_asked_about(asked: Request, envelope: Envelope) -> None:
    made = inquiry_about(authorization_of(asked), "I1")
    data = write_inquiries([made], envelope)
    assert validate(data, level=7).valid
    (again,) = read_inquiries(data)
    assert replace(again, created=None) == made
    given = {(trace.number, trace.originator) for level in (asked.event, *asked.event.services) for trace in level.traces}
    assert made.event is not None
    assert {(trace.number, trace.originator) for trace in made.event.traces} <= given


def test_a_dependent_with_a_member_id_of_its_own_is_asked_about() -> None:
    child = Person(last_name="QUILL", first_name="PIP", member_id="W1000001-02", relationship="19")
    made = inquiry_about(authorization(dependent=True, patient=child), "I1")
    assert made.dependent == replace(child, member_id_qualifier="MI")
    assert validate(write_inquiries([made], ENVELOPE), level=7).valid


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"requester": NO_PARTY}, "requester: is not known"),
        ({"payer": NO_PARTY}, "payer: is not known"),
        ({"subscriber": Person()}, "subscriber: is not known"),
    ],
)
def test_whom_to_ask_must_be_known(changes: dict[str, object], words: str) -> None:
    with pytest.raises(RecordError, match=words):
        inquiry_about(authorization(**changes), "I1")

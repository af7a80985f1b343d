"""278 responses: read level by level, and written back as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from edi.errors import RecordError
from edi.guides.validation import validate
from edi.records.envelope import Envelope
from edi.records.parties import Address, Contact, Party, Person
from edi.records.rejection import Rejection
from edi.records.response import (
    AnsweredEvent,
    AnsweredService,
    Decision,
    Response,
    ReviewAnswer,
    read_responses,
    write_response,
)
from edi.records.review import PatientEvent, RequestedService, Trace
from edi.records.services import Diagnosis, Period, Procedure
from edi.text.segments import read
from tests.drawing import examples
from tests.records.strategies import ENVELOPES, RESPONSES

NOW = datetime(2026, 3, 4, 14, 0)
ENVELOPE = Envelope(sender="MAPLE", receiver="CLINIC", created=NOW, control=7, line_break=b"\n")

FULL = """\
ST*278*0001*005010X217
BHT*0007*11*R1*20260304*1400*18
HL*1**20*1
AAA*Y**79*P
NM1*X3*2*MAPLE HEALTH*****PI*MAPLE1
PER*IC*UM DESK*TE*6145550199
HL*2*1*21*1
NM1*1P*2*RIVERSIDE THERAPY*****XX*1234567893
AAA*N**51*C
NM1*FA*2*RIVERSIDE CENTER*****XX*1234567802
HL*3*2*22*1
NM1*IL*1*QUILL*NORA****MI*W1000001
AAA*N**58*C
DMG*D8*19810405*F
HL*4*3*EV*1
TRN*2*T1*1123456789
AAA*N**57*C
UM*HS*I*PT*11:B
HCR*A2*AUTH1*0F^0R*Y
REF*NT*ADM1
DTP*AAH*D8*20260309
DTP*102*D8*20260304
DTP*036*D8*20260531
DTP*007*D8*20260301
HI*ABK:M5450*LOI:11502-2
NM1*SJ*1*HELM*ADA****XX*1234567810
AAA*N**43*C
PRV*PE*PXC*225100000X
NM1*L5*2*MAPLE HEALTH
N3*9 MAPLE STREET
N4*RIVERSIDE*OH*43000
NM1*PW*2*HOME
N3*2 HILL STREET
N4*RIVERSIDE*OH*43000
AAA*N**33*C
HL*5*4*SS*0
TRN*2*T1A*1123456789
AAA*N**33*C
HCR*A4**0U
HI*LOI:18804-5
SV1*HC:97110
NM1*SJ*2*RIVERSIDE
AAA*N**IP*N
NM1*L5*2*MAPLE HEALTH
N3*9 MAPLE STREET
N4*RIVERSIDE*OH*43000
HL*6*4*SS*0
HCR*A1*AUTH2
SE*49*0001
"""
MAPLE = Address(lines=("9 MAPLE STREET",), city="RIVERSIDE", state="OH", postal_code="43000")


def full() -> Response:
    """A response that says a little of everything."""
    home = Address(lines=("2 HILL STREET",), city="RIVERSIDE", state="OH", postal_code="43000")
    contact = Party(role="L5", name="MAPLE HEALTH", address=MAPLE)
    return Response(
        reference="R1",
        created=NOW,
        transaction_type="18",
        utilization_manager=Party(
            role="X3",
            name="MAPLE HEALTH",
            id_qualifier="PI",
            id="MAPLE1",
            contact=Contact(name="UM DESK", numbers=(("TE", "6145550199"),)),
        ),
        requesters=(
            Party(role="1P", name="RIVERSIDE THERAPY", id_qualifier="XX", id="1234567893"),
            Party(role="FA", name="RIVERSIDE CENTER", id_qualifier="XX", id="1234567802"),
        ),
        subscriber=Person(
            last_name="QUILL",
            first_name="NORA",
            member_id="W1000001",
            member_id_qualifier="MI",
            birth_date=date(1981, 4, 5),
            gender="F",
        ),
        rejections=(
            Rejection(loop="2000A", reason="79", follow_up="P", valid=True),
            Rejection(loop="2010B[1]", reason="51", follow_up="C"),
            Rejection(loop="2010C", reason="58", follow_up="C"),
        ),
        events=(
            AnsweredEvent(
                answer=ReviewAnswer(
                    action="A2",
                    number="AUTH1",
                    reasons=("0F", "0R"),
                    second_opinion="Y",
                    issued=date(2026, 3, 4),
                    expires=date(2026, 5, 31),
                    effective=Period(start=date(2026, 3, 1), end=date(2026, 3, 1)),
                    questions=("11502-2",),
                    contact=contact,
                    rejections=(
                        Rejection(loop="2000E", reason="57", follow_up="C"),
                        Rejection(loop="2010EA[1]", reason="43", follow_up="C"),
                        Rejection(loop="2010EC[1]", reason="33", follow_up="C"),
                    ),
                ),
                event=PatientEvent(
                    category="HS",
                    certification_type="I",
                    service_type="PT",
                    place="11",
                    place_qualifier="B",
                    traces=(Trace(kind="2", number="T1", originator="1123456789"),),
                    administrative_reference="ADM1",
                    period=Period(start=date(2026, 3, 9), end=date(2026, 3, 9)),
                    diagnoses=(Diagnosis(qualifier="ABK", code="M5450"),),
                    providers=(
                        Party(
                            role="SJ",
                            organization=False,
                            name="HELM",
                            first_name="ADA",
                            id_qualifier="XX",
                            id="1234567810",
                            taxonomy="225100000X",
                            taxonomy_role="PE",
                        ),
                    ),
                    transports=(Party(role="PW", name="HOME", address=home),),
                ),
                services=(
                    AnsweredService(
                        answer=ReviewAnswer(
                            action="A4",
                            reasons=("0U",),
                            questions=("18804-5",),
                            contact=contact,
                            rejections=(
                                Rejection(loop="2000F", reason="33", follow_up="C"),
                                Rejection(loop="2010FA[1]", reason="IP", follow_up="N"),
                            ),
                        ),
                        service=RequestedService(
                            traces=(Trace(kind="2", number="T1A", originator="1123456789"),),
                            procedure=Procedure(code="97110"),
                            providers=(Party(role="SJ", name="RIVERSIDE"),),
                        ),
                    ),
                    AnsweredService(answer=ReviewAnswer(action="A1", number="AUTH2")),
                ),
            ),
        ),
    )


def test_everything_stands_where_the_guide_wants_it() -> None:
    data = write_response(full(), ENVELOPE)
    inner = [segment.raw.decode() for segment in read(data)][2:-2]
    assert "\n".join(inner) + "\n" == FULL
    assert validate(data, level=2).problems == ()


def test_what_was_written_is_read_back() -> None:
    assert list(read_responses(write_response(full(), ENVELOPE))) == [full()]


def test_a_response_ends_at_the_level_that_was_rejected() -> None:
    cut = replace(full(), events=(), rejections=full().rejections[2:])
    levels = [s.raw.decode() for s in read(write_response(cut, ENVELOPE)) if s.id == "HL"]
    assert levels == ["HL*1**20*1", "HL*2*1*21*1", "HL*3*2*22*0"]
    cut = replace(cut, subscriber=None, requesters=(), rejections=full().rejections[:1])
    assert [s.raw.decode() for s in read(write_response(cut, ENVELOPE)) if s.id == "HL"] == ["HL*1**20*0"]


CONTRADICTIONS = {"event-expiry-order", "service-expiry-order", "issued-future", "payer-cannot-answer"}
"""What a payer may say against itself: a response is written as it is, whoever made it."""


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(RESPONSES, ENVELOPES)
def test_a_response_is_valid_and_comes_back(made: Response, envelope: Envelope) -> None:
    data = write_response(made, envelope)
    assert validate(data, level=2).problems == ()
    assert {problem.code for problem in validate(data).problems if problem.severity == "error"} <= CONTRADICTIONS
    assert list(read_responses(data)) == [made]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"rejections": (Rejection(loop="2010D", reason="15", follow_up="C"),)},
            "rejections[0].loop: must be one of 2000A, 2010A",
        ),
        ({"rejections": (Rejection(loop="2010B[3]", reason="15", follow_up="C"),)}, "rejections[0].loop: must be one of 2000A"),
        ({"requesters": (Party(role="1P", name="A*B"),), "rejections": ()}, "requesters[0].name: character 2 is '*'"),
    ],
)
def test_what_has_no_place_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(RecordError) as refused:
        write_response(replace(full(), **changes), ENVELOPE)  # type: ignore[arg-type]  # a parameter of the test
    assert str(refused.value).startswith(words)


def answered(**changes: object) -> Response:
    (event,) = full().events
    answer = replace(event.answer or ReviewAnswer(), **changes)  # type: ignore[arg-type]  # a parameter of the test
    return replace(full(), events=(replace(event, answer=answer),))


def test_at_most_five_reasons_and_rejections_where_they_belong() -> None:
    with pytest.raises(RecordError, match=r"events\[0\]\.answer\.reasons: at most 5"):
        write_response(answered(reasons=("0F",) * 6), ENVELOPE)
    with pytest.raises(RecordError, match=r"events\[0\]\.answer\.rejections\[0\]\.loop: must be one of 2000E"):
        write_response(answered(rejections=(Rejection(loop="2010EA[2]", reason="43", follow_up="C"),)), ENVELOPE)
    event = full().events[0]
    with_services = replace(event, event=replace(event.event, services=(RequestedService(service_type="1"),)))
    with pytest.raises(RecordError, match=r"events\[0\]\.event: services stand beside"):
        write_response(replace(full(), events=(with_services,)), ENVELOPE)


def test_the_decision_of_an_answer() -> None:
    def rejected(loop: str) -> tuple[Rejection, ...]:
        return (Rejection(loop=loop, reason="33", follow_up="C"),)

    assert ReviewAnswer().decision is Decision.UNANSWERED
    assert ReviewAnswer(action="A3").decision is Decision.DENIED
    assert ReviewAnswer(action="A3", rejections=rejected("2000E")).decision is Decision.REJECTED
    assert ReviewAnswer(action="A3", rejections=rejected("2010EA[1]")).decision is Decision.DENIED
    assert ReviewAnswer(rejections=rejected("2010FA[1]")).decision is Decision.REJECTED
    assert ReviewAnswer(action="A5").decision is Decision.UNANSWERED  # a code that this guide does not have


OURS = sorted(Path("testdata").glob("278/response/pass/*.edi")) + sorted(Path("testdata/story/responses").glob("*.278"))


@pytest.mark.parametrize("path", OURS, ids=[path.stem for path in OURS])
def test_our_own_responses_come_back(path: Path) -> None:
    for made in read_responses(path):
        written = write_response(made, ENVELOPE)
        assert list(read_responses(written)) == [made]
        assert validate(written, level=2).problems == ()


@pytest.mark.corpus("278/*")
def test_the_corpus_responses_come_back(corpus_file: Path) -> None:
    data = corpus_file.read_bytes()
    for made in read_responses(data):
        written = write_response(made, ENVELOPE)
        assert list(read_responses(written)) == [made]
        assert validate(written, level=2).problems == ()
        before, after = ([s.raw for s in read(d) if s.id not in ("ISA", "GS", "GE", "IEA")] for d in (data, written))
        assert sorted(before) == sorted(after)

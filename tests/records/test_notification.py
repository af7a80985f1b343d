"""278 notifications and their acknowledgments: read, written back as they were, answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.guides.validation import validate
from edi.records.authorization import Decision, read_authorizations, read_messages
from edi.records.certification import ACKNOWLEDGMENT, NOTICE, NOTIFICATION
from edi.records.envelope import Envelope
from edi.records.json import to_json
from edi.records.notification import (
    JSON_VERSION,
    Notification,
    NotificationAnswer,
    answer_notification,
    notification_from_json,
    read_notification_answers,
    read_notifications,
    write_notification_answers,
    write_notifications,
)
from edi.records.parties import Party
from edi.records.rejection import Rejection
from edi.records.response import Response
from tests.drawing import examples
from tests.records.strategies import ENVELOPES, RESPONSES, maybe, parties, traces, words
from tests.records.test_inquiry import ENVELOPE, SLOW, framed

ADMITTED = """\
BHT*0007*CN*N1*20260921*0800*RD
HL*1**20*1
NM1*FA*2*RIVERSIDE*****XX*1234567893
HL*2*1*21*1
NM1*PR*2*MAPLE_HEALTH*****PI*MAPLE1
HL*3*2*22*1
NM1*IL*1*QUILL*NORA****MI*W1000001
DMG*D8*19810405*F
HL*4*3*EV*1
TRN*1*NT1*9012345678
UM*AR*I*1*21:B**03
DTP*435*D8*20260920
HI*ABF:S72001A
NM1*71*1*HELM*ADA****XX*1234567810
HL*5*4*SS*0
TRN*1*NT2*9012345678
UM*HS*I*1
SV2*0120
"""
DECIDED = """\
BHT*0007*CN*N7*20260921*0800*RD
HL*1**20*1
NM1*X3*2*MAPLE_HEALTH*****PI*MAPLE1
HL*2*1*21*1
NM1*1P*2*RIVERSIDE*****XX*1234567893
HL*3*2*22*1
NM1*IL*1*QUILL*NORA****MI*W1000001
HL*4*3*EV*1
TRN*1*M9*9876543210
UM*HS*I*PT
HCR*A1*AUTH9
DTP*007*RD8*20260901-20261130
DTP*102*D8*20260919
HL*5*4*SS*0
SV1*HC:97110
HSD*VS*8
"""


def notification(body: str) -> Notification:
    data = framed(body, "005010X216")
    assert validate(data).problems == ()
    assert list(read_notification_answers(data)) == []
    (made,) = read_notifications(data)
    return made


def test_a_provider_tells_of_an_admission() -> None:
    made = notification(ADMITTED)
    assert (made.purpose, made.reference, made.transaction_type) == ("CN", "N1", "RD")
    assert [party.role for party in (*made.sources, *made.receivers)] == ["FA", "PR"]
    payer, provider = made.parties
    assert (payer.id, provider.npi) == ("MAPLE1", "1234567893")
    (notice,) = read_messages(framed(ADMITTED, "005010X216"))
    assert (notice.kind, notice.source, notice.decision) == (NOTICE, NOTIFICATION, Decision.UNANSWERED)
    assert (notice.payer.id, notice.traces) == ("MAPLE1", ("NT1", "NT2"))
    assert notice.admission is not None
    assert notice.admission.start == date(2026, 9, 20)
    assert list(read_authorizations(framed(ADMITTED, "005010X216"))) == []


def test_a_payer_tells_of_a_decision() -> None:
    payer, provider = notification(DECIDED).parties
    assert (payer.id, provider.npi) == ("MAPLE1", "1234567893")
    (told,) = read_authorizations(framed(DECIDED, "005010X216"))
    assert (told.kind, told.source, told.decision, told.number) == ("authorization", NOTIFICATION, Decision.CERTIFIED, "AUTH9")
    assert (told.issued, told.requester.npi) == (date(2026, 9, 19), "1234567893")
    assert told.services[0].quantity is not None


def test_without_roles_who_decides_pays() -> None:
    body = DECIDED.replace("NM1*X3", "NM1*P5").replace("NM1*1P", "NM1*P3")
    assert notification(body).parties[0].id == "MAPLE1"
    assert notification(body.replace("HCR*A1*AUTH9\n", "")).parties[0].npi == "1234567893"


def _notification(made: Response) -> Notification:
    return Notification(
        reference=made.reference,
        created=made.created,
        sources=(made.utilization_manager,),
        receivers=made.requesters,
        subscriber=made.subscriber,
        dependent=made.dependent,
        events=made.events,
    )


NOTIFICATIONS = st.tuples(
    RESPONSES.filter(lambda made: bool(made.events)).map(_notification),
    maybe(parties("FA", numbers="EI")),
    traces("1"),
    st.sampled_from(["CN", "14", "22"]),
).map(
    lambda made: replace(made[0], sources=(*made[0].sources, *((made[1],) if made[1] else ())), traces=made[2], purpose=made[3])
)


@settings(max_examples=examples(30), deadline=None, suppress_health_check=SLOW)
@given(NOTIFICATIONS, ENVELOPES, words(1, 30), st.booleans())
def test_a_notification_and_its_acknowledgment_are_valid_and_come_back(
    made: Notification, envelope: Envelope, receipt: str, refused: bool
) -> None:
    data = write_notifications([made, made], envelope)
    assert validate(data, level=2).problems == ()
    assert validate(data, level=7).valid
    assert list(read_notifications(data)) == [made, made]
    assert sum(1 for _ in read_messages(data)) == 2 * len(made.events)
    rejections = (Rejection(loop="2000E", reason="33", follow_up="C"),) if refused else ()
    answer = answer_notification(made, receipt=receipt, rejections=rejections)
    data = write_notification_answers([answer], envelope)
    assert validate(data, level=2).problems == ()
    assert validate(data, level=7).valid
    (again,) = read_notification_answers(data)
    assert replace(again, created=None) == answer
    assert again.refused == refused


def test_an_acknowledgment_gives_back_what_it_answers() -> None:
    made = notification(ADMITTED)
    answer = answer_notification(made, receipt="RCPT77")
    assert (answer.purpose, answer.reference, answer.refused) == ("53", "N1", False)
    (event,) = answer.events
    assert [(trace.kind, trace.number) for trace in event.event.traces] == [("2", "NT1")]
    assert event.event.administrative_reference == "RCPT77"
    data = write_notification_answers([answer], ENVELOPE)
    assert validate(data, level=7).problems == ()
    (notice,) = read_messages(data)
    assert (notice.kind, notice.source, notice.decision) == (NOTICE, ACKNOWLEDGMENT, Decision.UNANSWERED)
    assert (notice.traces, notice.administrative_reference, notice.payer.id) == (("NT1", "NT2"), "RCPT77", "MAPLE1")


@pytest.mark.parametrize("loop", ["2000A", "2010A[1]", "2010B[1]", "2000C", "2010C", "2000E"])
def test_a_refusal_stands_where_it_says(loop: str) -> None:
    rejections = (Rejection(loop=loop, reason="33", follow_up="C"),)
    answer = answer_notification(notification(ADMITTED), rejections=rejections)
    data = write_notification_answers([answer], ENVELOPE)
    assert validate(data).problems == ()
    (again,) = read_notification_answers(data)
    assert again.refused
    assert replace(again, created=None) == answer
    (notice,) = read_messages(data)
    assert (notice.decision, notice.rejections) == (Decision.REJECTED, rejections)


def test_a_receipt_may_stand_at_the_patient_and_have_any_qualifier() -> None:
    body = """\
BHT*0007*53*N1*20260921*0900
HL*1**20*1
NM1*FA*2*RIVERSIDE*****XX*1234567893
HL*2*1*21*1
NM1*PR*2*MAPLE_HEALTH*****PI*MAPLE1
HL*3*2*22*0
TRN*2*NT1*9012345678
REF*RZ*RCPT77
NM1*IL*1*QUILL*NORA****MI*W1000001
"""
    data = framed(body, "005010X216")
    assert validate(data).problems == ()
    (answer,) = read_notification_answers(data)
    assert (answer.receipt, answer.events) == ("RCPT77", ())
    (notice,) = read_messages(data)
    assert (notice.traces, notice.administrative_reference) == (("NT1",), "RCPT77")
    (again,) = read_notification_answers(write_notification_answers([answer], ENVELOPE))
    assert again == answer


def test_a_refusal_may_give_no_reason() -> None:
    answer = replace(answer_notification(notification(ADMITTED)), purpose="44")
    (notice,) = read_messages(write_notification_answers([answer], ENVELOPE))
    assert (notice.decision, notice.rejections) == (Decision.REJECTED, ())


def test_by_another_code_what_reviews_nothing_acknowledges() -> None:
    data = framed("BHT*0007*11*N1*20260921*0900\nHL*1**20*0\nAAA*N**42*N\nNM1*FA*2*RIVERSIDE\n", "005010X216")
    (answer,) = read_notification_answers(data)
    assert isinstance(answer, NotificationAnswer)
    assert answer.rejections == (Rejection(loop="2000A", reason="42", follow_up="N"),)
    (told,) = read_notifications(framed(ADMITTED.replace("*CN*", "*13*"), "005010X216"))
    assert told.sources == (Party(role="FA", name="RIVERSIDE", id_qualifier="XX", id="1234567893"),)


OURS = sorted(Path("testdata").glob("278/notification/pass/*.edi")) + sorted(Path("testdata/story/notices").glob("*.278"))


@pytest.mark.parametrize("path", OURS, ids=[path.stem for path in OURS])
def test_our_own_notifications_and_acknowledgments_come_back(path: Path) -> None:
    told, answers = list(read_notifications(path)), list(read_notification_answers(path))
    written = write_notifications(told, ENVELOPE)
    assert list(read_notifications(written)) == told
    assert validate(written, level=7).valid
    assert [notification_from_json(to_json(one, version=JSON_VERSION)) for one in told] == told
    written = write_notification_answers(answers, ENVELOPE)
    assert list(read_notification_answers(written)) == answers
    assert validate(written, level=7).valid

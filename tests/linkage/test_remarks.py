"""What payers say beside their decisions: what they want, until when they decide, why; as it stands after all answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import permutations

import pytest

from edi.linkage.history import Message, State, current, day_of
from edi.linkage.remarks import briefly, next_step, told, wants
from edi.records.authorization import Authorization, Decision, read_authorizations, read_messages
from edi.records.services import Period
from tests.linkage.test_lives import PT, asks, message

ASKED = f"{PT}DTP*AAH*RD8*20261001-20261231~PWK*M1*EL***AC*OURS1~MSG*OUR OWN WORDS~HL*5*4*SS*0~SV1*HC:97110**UN*12~"
TWO = f"{ASKED}HL*6*4*SS*0~SV1*HC:97140**UN*6~"
UNIT = "NM1*L5*2*MEADOWLARK RECORDS UNIT~N3*PO BOX 4711~N4*FERNHOLLOW*OH*43099~PER*IC*RECORDS*FX*6145550177~"
NOTES = "PWK*M1*FX***AC*ATT1*NOTES OF SIX MONTHS~"
EVENT = f"{PT}HCR*A4**0U~REF*NT*REV1~DTP*036*D8*20260925~HI*LOI:52460-3~{NOTES}MSG*SEND THE NOTES~{UNIT}"
SERVICE = "HL*5*4*SS*0~HCR*A4**0U~HI*LOI:11506-3~SV1*HC:97110**UN*12~PWK*OX*EL***AC*ATT2~"
CERTIFIED = f"{PT}HCR*A1*AUTH1~HL*5*4*SS*0~SV1*HC:97110**UN*12~"


def state(messages: Sequence[bytes]) -> State:
    """What stands of messages about one authorization, in whatever order they come."""
    read = [record for data in messages for record in read_messages(data)]
    assert len(read) == len(messages)
    made = [Message(record, day_of(record), order) for order, record in enumerate(read)]
    (one, *others) = [current(order) for order in permutations(made)]
    assert all(other.record.remarks == one.record.remarks for other in others)
    return one


def stands(*messages: bytes) -> Authorization:
    return state(messages).record


def wanted(record: Authorization) -> str:
    return briefly(record.remarks)


def test_what_a_pended_answer_wants_is_kept_with_the_answer_that_says_so() -> None:
    record = stands(asks(ASKED), message(EVENT + SERVICE))
    event, service = record.remarks
    assert [(one.service, one.day, one.decision) for one in record.remarks] == [
        ("", date(2026, 9, 4), Decision.PENDED),
        ("97110", date(2026, 9, 4), Decision.PENDED),
    ]
    (document,) = event.documents
    assert (document.type, document.transmission, document.control_number) == ("M1", "FX", "ATT1")
    assert (event.questions, event.message) == (("52460-3",), "SEND THE NOTES")
    assert event.contact and (event.contact.name, event.contact.contact and event.contact.contact.numbers) == (
        "MEADOWLARK RECORDS UNIT",
        (("FX", "6145550177"),),
    )
    assert (service.questions, [one.control_number for one in service.documents]) == (("11506-3",), ["ATT2"])


def test_what_comes_along_with_a_request_is_not_wanted() -> None:
    assert stands(asks(ASKED)).remarks == ()


def test_what_a_certified_answer_gives_back_of_the_request_is_not_wanted() -> None:
    (remark,) = stands(asks(ASKED), message(f"{PT}HCR*A1*AUTH1~{NOTES}MSG*CALL BEFORE THE VISIT~")).remarks
    assert (remark.documents, remark.message) == ((), "CALL BEFORE THE VISIT")


@pytest.mark.parametrize(
    ("later", "left"),
    [
        (f"{PT}HCR*A4**0U~PWK*OB*FX***AC*ATT9~", "OB"),
        (f"{PT}HCR*A4**0V~", ""),
        (CERTIFIED, ""),
        (f"{PT}HCR*A3**0F~", ""),
        (f"{PT}HCR*A3**0P~PWK*OB*FX~", "OB"),
    ],
    ids=["wants something else", "has it and reviews it", "certifies", "denies", "denies, and says what it lacks"],
)
def test_a_later_answer_takes_the_place_of_what_an_earlier_one_wanted(later: str, left: str) -> None:
    assert wanted(stands(asks(ASKED), message(EVENT + SERVICE), message(later, day=10))) == left


def test_what_is_wanted_for_a_service_stands_beside_an_answer_about_another() -> None:
    first = f"{PT}HCR*A2~{SERVICE}HL*6*4*SS*0~HCR*A4**0U~SV1*HC:97140**UN*6~PWK*OB*FX***AC*ATT3~"
    later = f"{PT}HL*5*4*SS*0~HCR*A1*AUTH1~SV1*HC:97110**UN*12~"
    record = stands(asks(TWO), message(first), message(later, day=10))
    assert [(one.service, briefly([one])) for one in record.remarks] == [("97140", "OB")]


def test_an_answer_to_an_inquiry_that_repeats_less_takes_nothing_back() -> None:
    again = message(f"{PT}HCR*A4~", day=10).replace(b"005010X217", b"005010X215").replace(b"*0007*11*", b"*0007*49*")
    record = stands(asks(ASKED), message(EVENT + SERVICE), again)
    assert wanted(record) == "M1, OX, LOINC 52460-3, LOINC 11506-3"


def test_what_is_wanted_for_an_extension_stands_beside_what_was_certified() -> None:
    more = "UM*HS*4*PT*11:B~%sREF*BB*AUTH1~%sHL*5*4*SS*0~SV1*HC:97110**UN*20~"
    messages = [
        asks(ASKED),
        message(CERTIFIED),
        asks(more % ("", ""), name="2"),
        message(more % ("HCR*A4**0U~", NOTES), name="2", day=10),
    ]
    found = state(messages)
    assert (found.record.decision, found.awaiting, wanted(found.record)) == (Decision.CERTIFIED, True, "M1")
    assert next_step(found.record).startswith("Send medical record (M1), by fax, control number ATT1")


def test_what_is_cancelled_wants_nothing() -> None:
    cancel = "UM*HS*3*PT*11:B~%s"
    messages = [asks(ASKED), message(EVENT), asks(cancel % "", name="2"), message(cancel % "HCR*C~", name="2", day=10)]
    assert stands(*messages).remarks == ()


@pytest.mark.parametrize("level", ["event", "service"])
def test_the_day_until_which_a_payer_decides_is_no_end_of_what_it_certifies(level: str) -> None:
    service = "HL*5*4*SS*0~HCR*A4**0U~DTP*036*D8*20260925~SV1*HC:97110**UN*12~"
    answer = EVENT if level == "event" else f"{PT}HCR*A2~{service}"
    found = state([asks(ASKED), message(answer)])
    asked = Period(start=date(2026, 10, 1), end=date(2026, 12, 31))
    assert [found.record.period, *(one.period for one in found.record.services)] == [asked if level == "event" else None, asked]
    assert (found.record.decide_by, found.decide_by) == (date(2026, 9, 25), date(2026, 9, 25))


SENTENCES = [
    (
        EVENT,
        "Send medical record (M1), by fax, control number ATT1, to MEADOWLARK RECORDS UNIT; answer LOINC 52460-3.",
    ),
    (f"{PT}HCR*A4**0U~HI*LOI:52460-3:::::::~", "Answer LOINC 52460-3."),
    (f"{PT}HCR*A4~PWK*99*VO~", "Send document 99, by phone."),
    (
        f"{PT}HCR*A4~PWK*M1*EL~PWK*OB*EL~PWK*RT*EL~PWK*RR*EL~PWK*RB*EL~",
        "Send medical record (M1), electronically, and operative note (OB), electronically, and test report (RT), "
        "electronically, and 2 more.",
    ),
    (
        f"{PT}HCR*A4**0U~",
        "Ask the payer what it wants (0U more about the patient is needed): its answer does not name it.",
    ),
    (f"{PT}HCR*A4~MSG*SEND THE NOTES~", "Send what the payer wants by its message: edi authorizations show has it."),
    (f"{PT}HCR*A4~", ""),
    (
        f"{PT}HCR*A4**0V~MSG*IN REVIEW~",
        "The payer reviews it (0V needs medical review): nothing is to be sent; ask when it decides.",
    ),
    (
        f"{PT}AAA*N**57*C~",
        "The request could not be processed (57 date of service missing or wrong, at 2000E): correct it, and send it again.",
    ),
    (f"{PT}AAA*N**56*N~", "The request could not be processed (56 date does not fit, at 2000E): do not send it again."),
]


@pytest.mark.parametrize(("answer", "sentence"), SENTENCES)
def test_what_is_to_be_done_is_said_in_a_sentence(answer: str, sentence: str) -> None:
    record = stands(asks(ASKED), message(answer))
    assert next_step(record) == sentence
    assert wants(record) == sentence.startswith(("Send", "Answer", "Ask"))


def test_all_that_is_said_has_its_day_its_service_and_its_words() -> None:
    day, answer = "2026-09-04", message(EVENT + SERVICE).replace(b"HL*2*1*21", b"PER*IC*UM DESK*TE*6145550199~HL*2*1*21")
    assert list(told(stands(asks(ASKED), answer))) == [
        (day, "", "for", "0U more about the patient is needed"),
        (day, "", "reference", "REV1"),
        (day, "", "send", "medical record (M1), by fax, control number ATT1: NOTES OF SIX MONTHS"),
        (day, "", "answer", "LOINC 52460-3"),
        (day, "", "to", "MEADOWLARK RECORDS UNIT, PO BOX 4711, FERNHOLLOW, OH 43099, RECORDS, fax 6145550177"),
        (day, "", "message", "SEND THE NOTES"),
        (day, "97110", "send", "oxygen therapy certification (OX), electronically, control number ATT2"),
        (day, "97110", "answer", "LOINC 11506-3"),
        (day, "", "contact", "UM DESK, phone 6145550199"),
    ]


def test_a_service_that_was_refused_for_other_reasons_says_its_own() -> None:
    (record,) = read_authorizations(
        message(f"{PT}HCR*A3**0F~MSG*NOT DOCUMENTED~HL*5*4*SS*0~HCR*A3**0L^ZZZ~SV1*HC:97110**UN*12~HL*6*4*SS*0~AAA*N**33*C~")
    )
    assert [(service, what, words) for _, service, what, words in told(record)] == [
        ("", "for", "0F not medically necessary"),
        ("97110", "for", "0L over the plan's maximum, ZZZ"),
        ("type PT", "rejected", "33 errors in what was sent, at 2000F: correct it, and send it again"),
        ("", "message", "NOT DOCUMENTED"),
    ]

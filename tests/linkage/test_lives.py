"""What stands of a request that is answered more than once, or in part: read from messages as payers write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import permutations

import pytest

from edi.linkage.joining import joined
from edi.linkage.offers import offers
from edi.records.authorization import Authorization, CertifiedService, Decision, read_authorizations
from edi.records.services import EVER

_ISA = "ISA*00*          *00*          *ZZ*MEADOWLARK     *ZZ*LARKSPUR       *260903*1401*^*00501*000000001*0*T*:~"
PT = "UM*HS*I*PT*11:B~"
ASKED = f"{PT}DTP*AAH*RD8*20261001-20261231~HL*5*4*SS*0~SV1*HC:97110**UN*12~HL*6*4*SS*0~SV1*HC:97140**UN*12~"
_YEAR = "DTP*007*RD8*20261001-20261231~"


def message(event: str, *, day: int = 4, answers: bool = True, name: str = "1", purpose: str = "18") -> bytes:
    """A request, or what answers it, made on a day of September; `event` stands from UM on."""
    bht, trace = (
        (f"BHT*0007*11*R{name}*202609{day:02d}*1401*{purpose}~", 2) if answers else (f"BHT*0007*13*R{name}*20260903*1401~", 1)
    )
    said = (
        f"{_ISA}GS*HI*MEADOWLARK*LARKSPUR*20260904*1401*1*X*005010X217~ST*278*0001*005010X217~{bht}"
        "HL*1**20*1~NM1*X3*2*MEADOWLARK HEALTH PLAN*****PI*MHP01~HL*2*1*21*1~NM1*1P*2*LARKSPUR ORTHOPEDICS*****XX*1999990017~"
        "HL*3*2*22*1~NM1*IL*1*TEASEL*ANISE****MI*MHP300000~DMG*D8*19600510*F~"
        f"HL*4*3*EV*1~TRN*{trace}*T{name}*1890004711~{event}SE*20*0001~GE*1*1~IEA*1*000000001~"
    )
    return said.encode()


def asks(event: str, *, name: str = "1") -> bytes:
    return message(event, answers=False, name=name)


def stands(messages: Sequence[bytes]) -> Authorization:
    """What stands of messages about one authorization, in whatever order they come."""
    read = [record for data in messages for record in read_authorizations(data)]
    (one, *others) = [joined(order) for order in permutations(read)]
    assert all([a.services for a in other] == [a.services for a in one] for other in others)
    (found,) = one
    return found


def services(found: Authorization) -> dict[str, CertifiedService]:
    return {service.procedure.code: service for service in found.services if service.procedure}


def decisions(found: Authorization) -> dict[str, str]:
    return {code: service.decision.value for code, service in services(found).items()}


PENDED = f"{PT}HCR*A2~{_YEAR}HL*5*4*SS*0~HCR*A1*AUTH1~SV1*HC:97110**UN*12~HL*6*4*SS*0~HCR*A4**0U~SV1*HC:97140**UN*12~"


@pytest.mark.parametrize(
    ("answer", "decided", "whole"),
    [("HCR*A1*AUTH1~", "certified", Decision.CERTIFIED), ("HCR*A3**0F~", "denied", Decision.PARTLY_CERTIFIED)],
)
def test_a_further_answer_leaves_what_it_does_not_speak_of(answer: str, decided: str, whole: Decision) -> None:
    later = message(f"{PT}HL*5*4*SS*0~{answer}SV1*HC:97140**UN*10~", day=10)
    found = stands([asks(ASKED), message(PENDED, purpose="19"), later])
    assert decisions(found) == {"97110": "certified", "97140": decided}
    assert (found.decision, services(found)["97110"].number) == (whole, "AUTH1")


def _revision(code: str) -> list[bytes]:
    first = f"{PT}HCR*A1*AUTH1~{_YEAR}HL*5*4*SS*0~SV1*HC:97110**UN*12~HL*6*4*SS*0~SV1*HC:97140**UN*12~"
    change = f"UM*HS*S*PT*11:B~%sREF*BB*AUTH1~HL*5*4*SS*0~SV1*HC:{code}**UN*20~"
    return [
        asks(ASKED),
        message(first),
        asks(change % "", name="2"),
        message(change % "HCR*A1*AUTH1~", name="2", day=10),
    ]


def test_a_revision_of_one_service_leaves_the_other() -> None:
    found = stands(_revision("97140"))
    assert decisions(found) == {"97110": "certified", "97140": "certified"}
    assert [(s.quantity.amount if s.quantity else None) for s in found.services] == [12, 20]
    assert {s.period.end if s.period else None for s in found.services} == {date(2026, 12, 31)}


def test_a_revision_leaves_what_was_certified_twice() -> None:
    """Two lines of one code, for two parts of a year: neither is lost where another service is changed."""
    both = "".join(
        f"HL*{n}*4*SS*0~SV1*HC:97110**UN*6~DTP*472*RD8*{days}~"
        for n, days in ((5, "20261001-20261031"), (7, "20261201-20261231"))
    )
    other = "HL*6*4*SS*0~SV1*HC:97140**UN*12~"
    _, _, *change = _revision("97140")
    found = stands([asks(f"{PT}{both}{other}"), message(f"{PT}HCR*A1*AUTH1~{both}{other}"), *change])
    assert sorted(s.period.end.month for s in found.services if s.procedure and s.procedure.code == "97110" and s.period) == [
        10,
        12,
    ]


def test_a_revision_that_speaks_of_another_service_replaces_all() -> None:
    assert decisions(stands(_revision("97112"))) == {"97112": "certified"}


def test_only_the_service_that_is_cancelled_is() -> None:
    answers = _revision("97140")[:2]
    one = message("UM*HS*3*PT*11:B~REF*BB*AUTH1~HL*5*4*SS*0~HCR*C*AUTH1~SV1*HC:97140**UN*12~", day=10)
    assert decisions(stands([*answers, one])) == {"97110": "certified", "97140": "cancelled"}
    every = message("UM*HS*3*PT*11:B~HCR*C*AUTH1~REF*BB*AUTH1~HL*5*4*SS*0~SV1*HC:97140**UN*12~", day=10)
    assert decisions(stands([*answers, every])) == {"97110": "cancelled", "97140": "cancelled"}


def test_nothing_is_certified_from_before_it_was_asked_for() -> None:
    found = stands([asks(ASKED), message(f"{PT}HCR*A1*S1~DTP*036*D8*20261130~")])
    assert {(s.period.start, s.period.end) for s in found.services if s.period} == {(date(2026, 10, 1), date(2026, 11, 30))}
    (alone,) = read_authorizations(message(f"{PT}HCR*A1*S1~DTP*036*D8*20261130~"))
    assert alone.period and alone.period.start == EVER


_FIRST = message(f"{PT}HCR*A1*S1~{_YEAR}HL*5*4*SS*0~SV1*HC:97110**UN*12~")


def test_an_extension_that_tells_its_end_alone_begins_behind_what_was_certified() -> None:
    more = "UM*HS*4*PT~HCR*A1*S1~REF*BB*S1~DTP*036*D8*20270331~HL*5*4*SS*0~SV1*HC:97110**UN*6~"
    found = stands([_FIRST, message(more, name="2", day=10)])
    days = [(s.period.start, s.period.end) for s in found.services if s.period]
    assert days == [(date(2026, 10, 1), date(2026, 12, 31)), (date(2027, 1, 1), date(2027, 3, 31))]


def test_an_extension_that_moves_the_end_alone_adds_no_units() -> None:
    more = "UM*HS*4*PT~HCR*A1*S1~REF*BB*S1~DTP*007*RD8*20261001-20270331~HL*5*4*SS*0~SV1*HC:97110~"
    (one,) = stands([_FIRST, message(more, name="2", day=10)]).services
    assert one.quantity and one.period
    assert (one.quantity.amount, one.period.end) == (12, date(2027, 3, 31))


@pytest.mark.parametrize(
    ("dates", "end"), [("DTP*007*RD8*20261005-20261005~", date(2026, 10, 5)), ("DTP*007*D8*20261005~", date(2026, 12, 31))]
)
def test_a_range_of_one_day_ends_on_it(dates: str, end: date) -> None:
    found = stands([asks(ASKED), message(f"{PT}HCR*A1*S1~{dates}")])
    assert {s.period.end for s in found.services if s.period} == {end}


def test_a_reservation_offers_nothing() -> None:
    event = f"UM*IN*I*PT*11:B~HCR*A1*RSV001~{_YEAR}HL*5*4*SS*0~SV1*HC:97110**UN*12~"
    (found,) = read_authorizations(message(event, purpose="RU"))
    assert offers(found) == ()


def test_a_referral_beside_what_is_authorized_offers_nothing() -> None:
    event = f"{PT}HCR*A1*N77~{_YEAR}HL*5*4*SS*0~UM*SC*I~HCR*A1*REFNO1~SV1*HC:97110**UN*12~HL*6*4*SS*0~SV1*HC:97140**UN*12~"
    (found,) = read_authorizations(message(event))
    assert [(offer.position, offer.number) for offer in offers(found)] == [(1, "N77")]

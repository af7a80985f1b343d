"""Records that their guides allow, made by Hypothesis: requests and responses of every kind, and envelopes for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from edi.records.clinical import Ambulance, Chiropractic, Condition, HomeHealth, Oxygen, Stay
from edi.records.envelope import Envelope
from edi.records.parties import Address, Contact, Party, Person, Reference
from edi.records.rejection import Rejection
from edi.records.request import Request
from edi.records.response import AnsweredEvent, AnsweredService, Response, ReviewAnswer
from edi.records.review import Attachment, OtherReview, PatientEvent, RequestedService, ServiceKind, Tooth, Trace
from edi.records.services import DeliveryPattern, Diagnosis, Period, Procedure, Quantity
from edi.text.segments import Delimiters

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz0123456789 .,'-()/&#%\u00e9\u00d8"
DELIMITERS = (
    Delimiters(),
    Delimiters(b"|", b">", b"\n", b"{"),
    Delimiters(b"*", b"<", b"\x1c", b"!"),
    Delimiters(b"\x1d", b"\x1f", b"\x1e", b"^"),
)


def words(least: int, most: int) -> st.SearchStrategy[str]:
    """A text of X12's characters that no delimiter and no outer blank is in."""
    longest = min(most, least + 12)
    return st.text(ALPHABET, min_size=least, max_size=longest).map(str.strip).filter(lambda text: len(text) >= least)


def codes(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from(text.split())


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def blank(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.just("") | strategy


def some(strategy: st.SearchStrategy[Any], most: int = 3, least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
PERIODS = st.tuples(DAYS, DAYS).map(lambda days: Period(start=min(days), end=max(days)))
AMOUNTS = st.decimals(Decimal(0), Decimal(99_999), places=2) | st.integers(0, 9999).map(Decimal)
COUNTS = st.integers(1, 999).map(Decimal)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2049, 12, 31)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 10_000 * 10_000)
)


def quantities(units: str) -> st.SearchStrategy[Quantity]:
    return st.builds(Quantity, unit=codes(units), amount=COUNTS)


def references(qualifiers: str, most: int, described: bool = False) -> st.SearchStrategy[tuple[Reference, ...]]:
    texts = blank(words(1, 80)) if described else st.just("")
    return some(st.builds(Reference, qualifier=codes(qualifiers), value=words(1, 50), description=texts), most)


ADDRESSES = st.builds(
    Address,
    lines=some(words(1, 55), 2, 1),
    city=words(2, 30),
    state=blank(codes("OH TX NY")),
    postal_code=blank(words(3, 15)),
    country=blank(codes("US CA")),
)
CONTACTS = st.builds(Contact, name=blank(words(1, 60)), numbers=some(st.tuples(codes("TE FX EM"), words(1, 256)), 3)).filter(
    lambda contact: contact != Contact()
)


def parties(roles: str, *, known: bool = True, numbers: str = "", contact: bool = False, **more: Any) -> st.SearchStrategy[Party]:
    """A party in one of these roles; `known` ones always have an id."""
    made = st.builds(
        Party,
        role=codes(roles),
        organization=st.booleans(),
        name=words(1, 60),
        first_name=blank(words(1, 35)),
        middle_name=blank(words(1, 25)),
        suffix=blank(words(1, 10)),
        id_qualifier=codes("24 34 46"),
        id=words(2, 80),
        references=references(numbers, 3, described=more.pop("described", False)) if numbers else st.just(()),
        contact=maybe(CONTACTS) if contact else st.none(),
        **more,
    )
    return made if known else made | made.map(lambda party: replace(party, id="", id_qualifier=""))


def providers(roles: str) -> st.SearchStrategy[Party]:
    made = parties(
        roles,
        known=False,
        numbers="0B 1G EI SY ZH",
        contact=True,
        described=True,
        prefix=blank(words(1, 10)),
        address=maybe(ADDRESSES),
    )
    return made | made.map(lambda party: replace(party, taxonomy="207Q00000X", taxonomy_role="PE"))


MANAGERS = parties("X3 PR 36 2B")
REQUESTERS = parties("1P FA", numbers="1G EI SY ZH", contact=True, address=maybe(ADDRESSES))


def _person(kept: dict[str, Any]) -> Person:
    """A gender goes with a birth date, a relationship with what says more of it."""
    person = Person(**kept)
    return replace(person, gender=person.gender if person.birth_date else "")


SUBSCRIBERS = st.fixed_dictionaries(
    {
        "last_name": words(1, 60),
        "first_name": blank(words(1, 35)),
        "middle_name": blank(words(1, 25)),
        "prefix": blank(words(1, 10)),
        "suffix": blank(words(1, 10)),
        "member_id": words(2, 80),
        "member_id_qualifier": codes("MI II"),
        "birth_date": maybe(DAYS),
        "gender": blank(codes("F M U")),
        "references": references("1L EJ HJ SY", 3),
        "address": maybe(ADDRESSES),
        "military_status": blank(codes("AO RU")),
    }
).map(lambda kept: _person(kept | ({"relationship": "18"} if kept["military_status"] else {})))
DEPENDENTS = st.fixed_dictionaries(
    {
        "last_name": words(1, 60),
        "first_name": blank(words(1, 35)),
        "suffix": blank(words(1, 10)),
        "birth_date": maybe(DAYS),
        "gender": blank(codes("F M U")),
        "references": references("EJ SY", 2),
        "address": maybe(ADDRESSES),
        "relationship": blank(codes("01 19 G8")),
        "birth_order": maybe(st.integers(1, 9)),
    }
).map(lambda kept: _person(kept | ({} if kept["relationship"] else {"birth_order": None})))

PLACES = st.sampled_from([("", ""), ("11", "B"), ("13", "A")])
PATTERNS = st.builds(
    DeliveryPattern,
    quantity=maybe(quantities("DY FL HS MN VS")),
    per=blank(codes("DA MO WK")),
    rate=blank(codes("1 2 1.5")),
    length_unit=codes("7 34 35 21"),
    length=maybe(st.integers(1, 99)),
    calendar=blank(codes("1 A SC")),
    time=blank(codes("A G")),
)
DIAGNOSES = st.tuples(
    st.builds(Diagnosis, qualifier=codes("ABK APR DR"), code=codes("A000 M5450 E119"), date=maybe(DAYS)),
    some(st.builds(Diagnosis, qualifier=codes("ABF PR"), code=codes("Z9 J441"), date=maybe(DAYS)), 9),
).map(lambda found: (found[0], *found[1]))


def traces(kinds: str) -> st.SearchStrategy[tuple[Trace, ...]]:
    return some(
        st.builds(Trace, kind=codes(kinds), number=words(1, 50), originator=words(10, 10), department=blank(words(1, 50))), 2
    )


def attachments(transmissions: str) -> st.SearchStrategy[tuple[Attachment, ...]]:
    made = st.builds(
        Attachment,
        type=codes("OZ 03 M1 PN".replace("OZ", "AS")),
        transmission=codes(transmissions),
        control_number=blank(words(2, 80)),
        description=blank(words(1, 80)),
    )
    return some(made, 3)


CONDITIONS = st.lists(
    st.tuples(codes("07 08 09 11 75 76 77"), st.booleans(), st.integers(1, 5)), unique_by=lambda made: made[0], max_size=7
).map(lambda found: tuple(Condition(category=c, applies=a, codes=(_CONDITION[c],) * n) for c, a, n in found))
_CONDITION = {"07": "01", "08": "11", "09": "01", "11": "06", "75": "02", "76": "10", "77": "01"}
STAYS = st.builds(
    Stay, admission_type=codes("1 2 3"), admission_source=blank(codes("1 4")), patient_status=blank(codes("01 30")),
    nursing_home_status=blank(codes("1 9")),
)  # fmt: skip
AMBULANCES = st.builds(
    Ambulance, weight=maybe(quantities("KG LB")), kind=codes("I R T X"), reason=blank(codes("A D")),
    distance=maybe(quantities("DH DK")), round_trip=blank(words(1, 80)), stretcher=blank(words(1, 80)),
)  # fmt: skip
CHIROPRACTICS = st.booleans().flatmap(
    lambda counted: st.builds(
        Chiropractic, treatment=st.integers(1, 99) if counted else st.none(), treatments=COUNTS if counted else st.none(),
        first_level=codes("C4 T11"), last_level=blank(codes("L5")), condition=codes("A C"), complication=codes("Y N"),
        description=blank(words(1, 80)), more=blank(words(1, 80)), x_rays=blank(codes("Y N")),
    )
)  # fmt: skip
OXYGENS = st.builds(
    Oxygen, equipment=codes("A B O"), more_equipment=blank(codes("C D")), reason=blank(words(1, 80)), flow=COUNTS,
    times_a_day=maybe(COUNTS), hours=maybe(COUNTS), therapist=blank(words(1, 80)), arterial_gas=maybe(COUNTS),
    saturation=maybe(COUNTS), test=blank(codes("E R S")), findings=some(codes("1 2 3"), 3), portable_flow=maybe(COUNTS),
    delivery=codes("A E"), portable=blank(codes("D")),
)  # fmt: skip
HOME_HEALTHS = st.booleans().flatmap(
    lambda surgery: st.builds(
        HomeHealth, prognosis=codes("1 8"), started=DAYS, certified=maybe(PERIODS), certification_type=codes("I R S"),
        surgery=DAYS if surgery else st.none(), surgery_qualifier=codes("HC") if surgery else st.just(""),
        surgery_code=codes("33510") if surgery else st.just(""), ordered=maybe(DAYS), last_visit=maybe(DAYS),
        physician_contact=maybe(DAYS),
    )
)  # fmt: skip


def procedures(qualifiers: str) -> st.SearchStrategy[Procedure]:
    return st.builds(
        Procedure,
        qualifier=codes(qualifiers),
        code=codes("97110 J0585 D2740"),
        modifiers=some(codes("RT LT 59 80"), 4),
        description=blank(words(1, 80)),
        code_end=blank(codes("97999")),
    )


def _services(
    kind: ServiceKind, transmissions: str, providers_: st.SearchStrategy[Party], kinds: str
) -> st.SearchStrategy[RequestedService]:
    own: dict[str, st.SearchStrategy[Any]] = {
        ServiceKind.PROFESSIONAL: {
            "procedure": procedures("HC N4"),
            "quantity": maybe(quantities("UN MJ F2")),
            "pointers": some(codes("1 2 12"), 4),
            "epsdt": blank(codes("Y N")),
            "level_of_care": blank(codes("1 8")),
        },
        ServiceKind.INSTITUTIONAL: {
            "revenue_code": codes("0120 0450"),
            "procedure": maybe(procedures("HC ZZ")),
            "quantity": maybe(quantities("DA UN")),
            "unit_rate": maybe(AMOUNTS),
            "nursing_home_status": blank(codes("1 8")),
            "level_of_care": blank(codes("1 8")),
        },
        ServiceKind.DENTAL: {
            "procedure": procedures("AD"),
            "quantity": quantities("UN"),
            "oral_cavity": some(codes("10 20 L"), 5),
            "prosthesis": blank(codes("I R")),
            "pointers": some(codes("1 2"), 4),
            "teeth": some(st.builds(Tooth, number=codes("1 A 32"), surfaces=some(codes("B D O"), 5)), 3),
        },
    }[kind]
    return st.tuples(
        PLACES,
        st.builds(
            RequestedService,
            kind=st.just(kind),
            traces=traces(kinds),
            category=codes("HS SC"),
            certification_type=blank(codes("I S 4")),
            service_type=blank(codes("1 PT 88")),
            previous_number=blank(words(1, 50)),
            administrative_reference=blank(words(1, 50)),
            period=maybe(PERIODS),
            charge=maybe(AMOUNTS),
            pattern=maybe(PATTERNS),
            attachments=attachments(transmissions),
            message=blank(words(1, 264)),
            providers=some(providers_, 2),
            **own,
        ),
    ).map(lambda made: replace(made[1], place=made[0][0], place_qualifier=made[0][1]))


def services(transmissions: str, kinds: str, roles: str) -> st.SearchStrategy[RequestedService]:
    made = providers(roles)
    return st.sampled_from(list(ServiceKind)).flatmap(lambda kind: _services(kind, transmissions, made, kinds))


def _events(transmissions: str, kinds: str, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[PatientEvent]:
    shared: dict[str, st.SearchStrategy[Any]] = {
        "category": codes("AR HS IN SC"),
        "certification_type": codes("1 2 3 4 I N R S"),
        "service_type": blank(codes("1 PT 88")),
        "level_of_service": blank(codes("03 E U")),
        "traces": traces(kinds),
        "previous_number": blank(words(1, 50)),
        "administrative_reference": blank(words(1, 50)),
        "accident": maybe(DAYS),
        "last_menstrual_period": maybe(DAYS),
        "estimated_birth": maybe(DAYS),
        "onset": maybe(DAYS),
        "period": maybe(PERIODS),
        "admission": maybe(PERIODS),
        "discharge": maybe(DAYS),
        "diagnoses": st.just(()) | DIAGNOSES,
        "pattern": maybe(PATTERNS),
        "stay": maybe(STAYS),
        "attachments": attachments(transmissions),
        "message": blank(words(1, 264)),
        "providers": some(providers("71 72 77 DN FA SJ"), 3),
    }
    made = st.tuples(PLACES, st.fixed_dictionaries(shared | more))
    return made.map(lambda found: PatientEvent(place=found[0][0], place_qualifier=found[0][1], **found[1]))


TRANSPORTS = some(st.builds(Party, role=codes("45 FS ND PW R3"), name=words(1, 60), address=ADDRESSES), 2)
_ACCIDENTS = st.sampled_from([(), ("AA",), ("EM",), ("AA", "EM", "AP")])
_STATED = st.tuples(_ACCIDENTS, blank(codes("OH")), blank(codes("US")))
EVENTS = st.tuples(
    _STATED,
    _events(
        "AA EL FX",
        "1",
        health_condition=blank(codes("1 E")),
        prognosis=blank(codes("1 8")),
        release=blank(codes("M Y")),
        delay_reason=blank(codes("1 15")),
        conditions=CONDITIONS,
        ambulance=maybe(AMBULANCES),
        chiropractic=maybe(CHIROPRACTICS),
        oxygen=maybe(OXYGENS),
        home_health=maybe(HOME_HEALTHS),
        transports=TRANSPORTS,
        other_reviews=some(
            st.builds(
                OtherReview, role=codes("00 CA GG"), name=blank(words(1, 60)), reasons=some(words(1, 50), 3, 1), refused=DAYS
            ),
            2,
        ),
        services=some(services("AA EL FX", "1", "72 DK FA SJ"), 3),
    ),
).map(
    lambda made: (
        replace(made[1], accident_causes=made[0][0], accident_state=made[0][1], accident_country=made[0][2])
        if made[0][0]
        else made[1]
    )
)
REQUESTS = st.builds(
    Request,
    purpose=codes("13 01 36"),
    reference=words(1, 50),
    created=MOMENTS,
    transaction_type=blank(codes("RU")),
    utilization_manager=MANAGERS,
    requester=REQUESTERS,
    subscriber=SUBSCRIBERS,
    dependent=maybe(DEPENDENTS),
    event=EVENTS,
)


def rejections(loop: str, reasons: str) -> st.SearchStrategy[tuple[Rejection, ...]]:
    return some(st.builds(Rejection, loop=st.just(loop), reason=codes(reasons), follow_up=codes("C N")), 2)


def answers(actions: str, loop: str, reasons: str, *, city: bool) -> st.SearchStrategy[ReviewAnswer | None]:
    contacts = parties("L5", address=ADDRESSES if city else maybe(ADDRESSES), contact=True)
    made = st.builds(
        ReviewAnswer,
        action=codes(actions),
        number=blank(words(1, 50)),
        reasons=some(codes("0U 0F 09 25"), 5),
        second_opinion=blank(codes("Y N")),
        issued=maybe(DAYS),
        expires=maybe(DAYS),
        effective=maybe(
            PERIODS.filter(lambda period: period.start < period.end) | DAYS.map(lambda day: Period(start=day, end=day))
        ),
        questions=some(codes("11502-2 18804-5"), 2),
        contact=maybe(contacts),
        rejections=rejections(loop, reasons),
    )
    return maybe(made)


def _questions_last(event: AnsweredEvent) -> AnsweredEvent:
    """Twelve codes at most in one HI."""
    return event if len(event.event.diagnoses) < 10 else replace(event, event=replace(event.event, diagnoses=()))


ANSWERED_SERVICES = st.builds(
    AnsweredService,
    answer=answers("A1 A3 A4 A6 C CT NA", "2000F", "15 33 T5", city=True),
    service=services("BM EL FX", "1 2", "72 DK FA SJ"),
)
ANSWERED_EVENTS = st.builds(
    AnsweredEvent,
    answer=answers("A1 A2 A3 A4 A6 C CT NA", "2000E", "15 33 57", city=False),
    event=_events("BM EL FX", "1 2", transports=TRANSPORTS),
    services=some(ANSWERED_SERVICES, 2),
).map(_questions_last)


def _cut(response: Response, depth: int) -> Response:
    """The response, ended at one of its levels."""
    if depth > 3:
        return response
    ended = replace(response, events=())
    if depth < 3:
        ended = replace(ended, dependent=None)
    if depth < 2:
        ended = replace(ended, subscriber=None)
    return replace(ended, requesters=()) if depth < 1 else ended


RESPONSES = st.tuples(
    st.builds(
        Response,
        reference=words(1, 50),
        created=MOMENTS,
        transaction_type=codes("18 19 AT RU"),
        utilization_manager=parties("X3 PR", contact=True),
        requesters=st.lists(parties("1P FA", numbers="1G EI"), min_size=1, max_size=2, unique_by=lambda party: party.role).map(
            tuple
        ),
        subscriber=SUBSCRIBERS,
        dependent=maybe(DEPENDENTS),
        rejections=rejections("2000A", "04 42 79")
        | rejections("2010A", "42 T4").map(lambda found: tuple(replace(one, follow_up="N") for one in found)),
        events=some(ANSWERED_EVENTS, 2),
    ),
    st.integers(0, 9),
).map(lambda made: _cut(*made))

ENVELOPES = st.builds(
    Envelope,
    sender=words(2, 15),
    receiver=words(2, 15),
    created=MOMENTS,
    control=st.integers(1, 999_999_999),
    first_set=st.integers(1, 9999),
    usage=codes("P T"),
    delimiters=st.sampled_from(DELIMITERS),
    line_break=st.sampled_from([b"", b"\n", b"\r\n"]),
).map(lambda made: replace(made, line_break=b"") if made.delimiters.segment == b"\n" else made)

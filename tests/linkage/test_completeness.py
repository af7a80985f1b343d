"""What a request lacks: nothing, when it is complete; each thing by its place when it is taken out."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edi.guides.rules.files import read
from edi.linkage.completeness import Checked, check_request
from edi.linkage.queries import NOTHING_ELSE, Known
from edi.records.request import request_from_json, request_schema

STORY = Path(__file__).parents[2] / "testdata" / "story"
TODAY = date(2026, 9, 1)
KNEE: dict[str, Any] = json.loads((STORY / "requests" / "approved.json").read_text(encoding="utf-8"))


def complete() -> dict[str, Any]:
    """The story's request for a knee, with all that its payer wants."""
    request: dict[str, Any] = json.loads(json.dumps(KNEE))
    event = request["event"]
    for party in (request["requester"], event["providers"][1]):
        party |= {"taxonomy": "207X00000X", "taxonomy_role": "PE"}
    event["level_of_service"] = "E"
    event["services"][0] |= {
        "attachments": [
            {"type": "RR", "transmission": "EL", "control_number": "LOA1"},
            {"type": "77", "transmission": "FX", "control_number": "LOA2", "description": "Office notes of March"},
        ],
        "message": "PHYSICAL THERAPY FROM MAY TO JULY WITHOUT RELIEF",
    }
    return request


def checked(request: dict[str, Any], today: date = TODAY) -> Checked:
    rules = read(STORY / "requirements" / "meadowlark.rules").requirements
    return check_request(request_from_json(json.dumps(request)), rules, today)


def missing(request: dict[str, Any]) -> list[str]:
    return [lack.path for lack in checked(request).missing]


def without(path: str) -> dict[str, Any]:
    """The complete request, with one thing taken out."""
    request = complete()
    *steps, last = path.replace("[", ".[").split(".")
    holder: Any = request
    for step in steps:
        holder = holder[int(step[1:-1])] if step.startswith("[") else holder[step]
    del holder[int(last[1:-1]) if last.startswith("[") else last]
    return request


def test_a_complete_request_lacks_nothing() -> None:
    found = checked(complete())
    assert found.missing == ()
    assert [(code, answer.need.value) for code, answer in found.answers] == [("27447", "required")]
    assert found.to_json()["complete"] is True


@pytest.mark.parametrize(
    "path",
    [
        "subscriber.member_id",
        "subscriber.last_name",
        "subscriber.first_name",
        "subscriber.birth_date",
        "subscriber.gender",
        "utilization_manager.id",
        "requester.id",
        "requester.taxonomy",
        "requester.taxonomy_role",
        "event.providers[0].id",
        "event.providers[1].taxonomy",
        "event.diagnoses",
        "event.services[0].quantity",
        "event.services[0].message",
        "event.services[0].attachments[0].control_number",
    ],
)
def test_what_is_taken_out_is_missing(path: str) -> None:
    assert missing(without(path)) == [path]


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ("event.place", ["event.services[0].place"]),
        ("event.period", ["event.services[0].period"]),
        ("event.providers", ["event.providers"]),
        ("event.services[0].attachments[0]", ["event.services[0].attachments"]),
        ("event.services[0].attachments[1].description", ["event.services[0].attachments"]),
    ],
)
def test_what_is_taken_out_is_missing_where_it_belongs(taken: str, told: list[str]) -> None:
    found = missing(without(taken))
    assert [path for path in found if path in told] == told


def test_each_document_is_told_with_its_rule() -> None:
    found = checked(without("event.services[0].attachments")).missing
    assert [(lack.message, lack.rule, lack.who) for lack in found] == [
        ("The payer wants X-ray report (PWK01 RR).", "meadowlark-knee", "medical records"),
        ("The payer wants office notes.", "meadowlark-knee", "medical records"),
    ]


@pytest.mark.parametrize("transmission", ["AA", "VO"])
def test_a_document_on_request_has_no_number_and_is_not_sent(transmission: str) -> None:
    request = complete()
    attachments = request["event"]["services"][0]["attachments"]
    attachments.append({"type": "RR", "transmission": transmission})
    assert missing(request) == []  # another one is sent
    del attachments[0]
    (lack,) = checked(request).missing
    assert (lack.path, lack.message) == (
        "event.services[0].attachments",
        f"The payer wants X-ray report (PWK01 RR), and it is not sent (PWK02 {transmission}).",
    )


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-09-02", ["The date of birth lies after the request (2026-09-01)."]),
        ("2026-09-01", []),
        ("2026-08-03", ["The date of birth lies after the service (2026-08-02)."]),
        ("2026-08-02", []),
    ],
)
@pytest.mark.parametrize("dependent", [False, True])
def test_nobody_is_treated_before_the_birth(dependent: bool, day: str, told: list[str]) -> None:
    request = complete() | {"created": "2026-09-01T09:00"}
    days = {"start": "2026-08-01", "end": "2026-08-02"} if "08" in day else {"start": "2026-09-03", "end": "2026-09-03"}
    request["event"] |= {"delay_reason": "11", "period": days}
    request["event"]["services"][0].pop("period", None)
    if dependent:
        request["dependent"] = {"last_name": "BRAMBLE", "first_name": "ROWAN", "gender": "F", "relationship": "19"}
    patient = "dependent" if dependent else "subscriber"
    request[patient] |= {"birth_date": day}
    found = [lack for lack in checked(request).missing if lack.path != "event.services[0].attachments"]
    assert [(lack.path, lack.message) for lack in found] == [(f"{patient}.birth_date", message) for message in told]


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_nothing_is_no_amount(amount: str) -> None:
    request = complete()
    request["event"]["services"][0]["quantity"] = {"unit": "UN", "amount": amount}
    assert [lack.place for lack in checked(request).missing] == ["2000F SV104"]
    service = request["event"]["services"][0]
    service["pattern"] = {"quantity": service.pop("quantity") | {"unit": "VS"}}
    assert [lack.place for lack in checked(request).missing] == ["2000F HSD02"]


def test_none_of_the_diagnoses_is_principal() -> None:
    request = complete()
    for diagnosis in request["event"]["diagnoses"]:
        diagnosis["qualifier"] = "ABF"
    found = checked(request)
    assert (found.missing, [lack.place for lack in found.warnings]) == ((), ["2000E HI01"])


def test_a_cancellation_needs_the_number_and_no_reasons() -> None:
    request = complete()
    event = request["event"]
    event["certification_type"] = "3"
    for name in ("diagnoses", "level_of_service", "period"):
        event.pop(name, None)
    event["services"] = [{"procedure": {"code": "27447"}}]
    assert missing(request) == ["event.previous_number"]
    event["previous_number"] = "MLK26080101"
    assert missing(request) == []
    assert [lack.place for lack in checked(request).warnings] == ["2000F DTP"]
    event["certification_type"] = "S"
    assert {"event.diagnoses", "event.services[0].quantity"} <= set(missing(request))


def test_what_the_guide_leaves_open_is_a_warning() -> None:
    request = complete()
    del request["event"]["level_of_service"]
    for party in (request["requester"], request["event"]["providers"][1]):
        del party["taxonomy"], party["taxonomy_role"]
    found = checked(request)
    assert (found.missing, found.complete) == ((), True)
    assert [lack.place for lack in found.warnings] == ["2010B PRV03", "2010EA PRV03", "2000E UM06"]


THERAPY = """payer "Meadowlark Health Plan" known as MHP01
require therapy
  procedures 97110
  more than 12 "visits"
  wants prior authorization
  documents "plan of care" as 08
  up to 24 "visits" in 90 days
  source "a test"
require knee
  procedures 27447
  plans "HMO"
  wants prior authorization
  documents "X-ray report" as RR
  source "a test"
require specialist
  procedures 27447
  wants referral
  documents "referral letter"
  source "a test"
"""


def by_therapy(request: dict[str, Any], tmp_path: Path, known: Known = NOTHING_ELSE) -> Checked:
    path = tmp_path / "own.rules"
    path.write_text(THERAPY, encoding="utf-8")
    return check_request(request_from_json(json.dumps(request)), read(path).requirements, TODAY, known=known)


def test_what_a_rule_wants_that_may_apply_may_be_missing(tmp_path: Path) -> None:
    request = without("event.services[0].attachments")
    found = by_therapy(request, tmp_path)
    assert (found.missing, found.complete) == ((), False)
    said = "The payer wants X-ray report (PWK01 RR) (it depends on the plan)."
    assert [(lack.message, lack.rule) for lack in found.possible] == [(said, "knee")]
    known = by_therapy(request, tmp_path, Known(plans=("HMO",)))
    assert ([lack.rule for lack in known.missing], known.possible) == (["knee"], ())
    assert [other.need.value for other in found.others] == ["required"]  # the referral
    assert by_therapy(complete(), tmp_path).complete
    request["event"] |= {"certification_type": "3", "previous_number": "MLK1"}
    assert by_therapy(request, tmp_path).possible == ()


@pytest.mark.parametrize(
    ("pattern", "asked"),
    [
        ({"quantity": {"unit": "VS", "amount": "2"}, "per": "WK", "length_unit": "35", "length": 20}, "40 visits"),
        ({"quantity": {"unit": "VS", "amount": "30"}}, "30 visits"),
        ({"quantity": {"unit": "VS", "amount": "24"}}, ""),
        ({"quantity": {"unit": "HS", "amount": "30"}}, ""),
    ],
)
def test_more_than_a_rule_gives_is_told(pattern: dict[str, Any], asked: str, tmp_path: Path) -> None:
    found = by_therapy(_therapy(pattern=pattern), tmp_path).warnings
    said = [f"{asked} are asked for, and one authorization gives up to 24 visits in 90 days."] if asked else []
    assert [lack.message for lack in found if lack.rule] == said


def test_a_tooth_is_treated_without_a_diagnosis() -> None:
    request = complete()
    service = {"kind": "dental", "procedure": {"qualifier": "AD", "code": "D2750"}, "quantity": {"unit": "UN", "amount": "1"}}
    request["event"]["services"] = [service]
    del request["event"]["diagnoses"]
    assert missing(request) == []
    request["event"]["services"].append({"procedure": {"code": "99213"}, "quantity": {"unit": "UN", "amount": "1"}})
    assert missing(request) == ["event.diagnoses"]


def test_a_dependent_is_the_patient() -> None:
    request = complete()
    request["dependent"] = {"last_name": "BRAMBLE", "first_name": "ROWAN"}
    assert missing(request) == ["dependent.birth_date", "dependent.gender", "dependent.relationship"]
    del request["subscriber"]["birth_date"]
    assert missing(request)[0] == "subscriber.birth_date"
    del request["subscriber"]["gender"]
    assert missing(request) == ["dependent.birth_date", "dependent.gender", "dependent.relationship"]


def test_an_event_without_services() -> None:
    request = complete()
    del request["event"]["services"]
    del request["event"]["service_type"]
    assert missing(request) == ["event.services"]


def test_what_follows_an_earlier_review_names_it() -> None:
    request = complete()
    request["event"]["certification_type"] = "4"
    assert missing(request) == ["event.previous_number"]
    request["event"]["previous_number"] = "MLK26080101"
    assert missing(request) == []


def test_a_late_request_has_its_reason() -> None:
    request = complete()
    request["created"] = "2026-09-20T09:00"
    assert missing(request) == ["event.delay_reason"]
    del request["created"]
    assert [lack.path for lack in checked(request, date(2026, 9, 16)).missing] == ["event.delay_reason"]
    assert checked(request, date(2026, 9, 15)).missing == ()


def test_an_admission_has_a_date() -> None:
    request = complete()
    request["event"]["category"] = "AR"
    assert missing(request) == ["event.admission"]


def test_what_is_not_required_demands_nothing() -> None:
    request = complete()
    request["event"]["services"] = [{"procedure": {"code": "99213"}, "quantity": {"unit": "UN", "amount": "1"}}]
    found = checked(request)
    assert found.missing == ()
    assert [answer.need.value for _, answer in found.answers] == ["not-required"]


def test_every_path_is_one_of_the_request_s() -> None:
    """What is told as missing can be put there."""
    definitions = request_schema()["$defs"]
    empty = {name: {} for name in ("utilization_manager", "requester", "subscriber", "dependent")}
    request = complete() | empty
    request["event"] = {"category": "AR", "certification_type": "4", "services": [{}], "providers": [{"role": "SJ"}]}
    for lack in checked(request).missing:
        steps = [step.partition("[")[0] for step in lack.path.split(".")]
        here = request_schema()
        for step in steps:
            assert step in here["properties"], lack.path
            reference = json.dumps(here["properties"][step]).partition("#/$defs/")[2].partition('"')[0]
            here = definitions.get(reference, here)


def _therapy(**said: Any) -> dict[str, Any]:
    request = complete()
    service = {"procedure": {"code": "97110"}, "period": {"start": "2026-10-01", "end": "2026-12-31"}, **said}
    request["event"] |= {"services": [service]}
    return request


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"pattern": {"quantity": {"unit": "VS", "amount": "3"}, "per": "WK", "length_unit": "35", "length": 8}}, True),
        ({"pattern": {"quantity": {"unit": "VS", "amount": "1"}, "per": "WK", "length_unit": "35", "length": 8}}, False),
        ({"pattern": {"quantity": {"unit": "VS", "amount": "24"}}, "quantity": {"unit": "UN", "amount": "1"}}, True),
        ({"pattern": {"quantity": {"unit": "VS", "amount": "12"}}}, False),
    ],
)
def test_so_much_a_week_is_asked_about_as_what_it_comes_to(said: dict[str, Any], wanted: bool) -> None:
    """The payer wants an authorization from the thirteenth visit on."""
    assert bool(checked(_therapy(**said)).missing) is wanted


def test_a_service_may_have_begun_before_its_event_says_anything() -> None:
    request = complete()
    service = request["event"]["services"][0]
    service["period"] = {"start": "2026-01-05", "end": "2026-01-05"}
    request["event"].pop("delay_reason", None)
    assert "event.delay_reason" in missing(request)


def test_the_number_of_the_earlier_review_may_stand_at_a_service() -> None:
    request = complete()
    request["event"]["certification_type"] = "4"
    assert "event.previous_number" in missing(request)
    request["event"]["services"][0]["previous_number"] = "MLK1"
    assert "event.previous_number" not in missing(request)


def test_a_cap_in_visits_is_not_compared_with_units() -> None:
    request = complete()
    request["event"]["services"][0] |= {"procedure": {"code": "97110"}, "quantity": {"unit": "UN", "amount": "16"}}
    ((_, answer),) = checked(request).answers
    assert (answer.need.value, answer.depends_on) == ("not-known", ("the quantity",))
    request["event"]["services"][0]["quantity"]["unit"] = "VS"
    assert checked(request).answers[0][1].need.value == "required"


@pytest.mark.parametrize(("bill", "answer"), [("13", "not-known"), ("11", "required"), ("85", "not-known")])
def test_an_institutional_request_tells_its_place_by_the_type_of_bill(bill: str, answer: str) -> None:
    request = complete()
    request["event"] |= {"place": bill, "place_qualifier": "A"}
    for name in ("place", "place_qualifier"):
        request["event"]["services"][0].pop(name, None)
    assert checked(request).answers[0][1].need.value == answer  # at 21, 22, 24, and not 19


@pytest.mark.parametrize(("category", "answer"), [("HS", "required"), ("AR", "not-known")])
def test_every_day_of_a_request_is_asked_and_an_admission_s_first(category: str, answer: str) -> None:
    request = complete()
    request["event"] |= {
        "category": category,
        "place": "21",
        "period": {"start": "2025-12-30", "end": "2026-01-02"},
        "admission": {"start": "2025-12-30", "end": "2026-01-02"},
    }
    request["event"]["services"][0].pop("period", None)
    assert checked(request).answers[0][1].need.value == answer

"""Records as JSON: what is not the record that it should be is refused by its place, and the published schema is the real one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edi.errors import RecordError
from edi.records.authorization import authorizations_of
from edi.records.json import as_json
from edi.records.request import Request, request_from_json, request_schema, request_to_json
from edi.records.response import Response
from tests.drawing import examples
from tests.records.strategies import REQUESTS, RESPONSES

PUBLISHED = Path("docs/schemas/request.v1.json")
GOOD: dict[str, Any] = {
    "reference": "R1",
    "utilization_manager": {"role": "X3", "name": "MAPLE HEALTH", "id_qualifier": "PI", "id": "MAPLE1"},
    "requester": {"role": "1P", "name": "RIVERSIDE THERAPY", "id_qualifier": "XX", "id": "1234567893"},
    "subscriber": {"last_name": "QUILL", "member_id": "W1000001", "birth_date": "1981-04-05"},
    "event": {
        "category": "HS",
        "certification_type": "I",
        "services": [{"procedure": {"code": "97110"}, "quantity": {"unit": "UN", "amount": "6"}}],
    },
}
SECRET = "QUILL SECRET"


def changed(path: str, value: object) -> str:
    """The good request with another value at a place; `...` takes the key away."""
    document = json.loads(json.dumps(GOOD))
    here = document
    *steps, last = path.split("/")
    for step in steps:
        here = here[int(step)] if step.isdigit() else here.setdefault(step, {})
    if value is ...:
        del here[last]
    else:
        here[int(last) if last.isdigit() else last] = value
    return json.dumps(document)


def test_the_good_one_is_good() -> None:
    assert request_from_json(json.dumps(GOOD)).event.services[0].quantity is not None
    assert request_from_json(json.dumps({"$schema": "request.v1.json", "version": 1, **GOOD})).reference == "R1"
    assert request_from_json(b"\xef\xbb\xbf" + json.dumps(GOOD).encode()).reference == "R1"
    assert request_from_json(changed("dependent", None)).dependent is None


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("refrence", SECRET, "refrence: is not known; did you mean reference?"),
        ("event/zzz", SECRET, "event.zzz: is not known; the keys are category, "),
        ("event/services/0/procedure/cod", SECRET, "event.services[0].procedure.cod: is not known; did you mean code?"),
        ("reference", ..., "reference: is missing."),
        ("event/category", ..., "event.category: is missing."),
        ("event/services/0/quantity/amount", ..., "event.services[0].quantity.amount: is missing."),
        ("reference", 7, "reference: must be a text."),
        ("reference", None, "reference: must be a text."),
        ("event", [SECRET], "event: must be an object."),
        ("event/services", {"code": SECRET}, "event.services: must be a list."),
        ("event/services/0", SECRET, "event.services[0]: must be an object."),
        ("event/services/0/kind", SECRET, "event.services[0].kind: must be one of professional, institutional, dental."),
        ("event/services/0/quantity/amount", 6, 'event.services[0].quantity.amount: must be an amount as a text, such as'),
        ("event/services/0/quantity/amount", SECRET, "event.services[0].quantity.amount: must be an amount as a text"),
        ("event/services/0/quantity/amount", "NaN", "event.services[0].quantity.amount: must be an amount"),
        ("event/services/0/quantity/amount", "1_0", "event.services[0].quantity.amount: must be an amount"),
        ("event/services/0/quantity/amount", " 5", "event.services[0].quantity.amount: must be an amount"),
        ("event/services/0/quantity/amount", "5\n", "event.services[0].quantity.amount: must be an amount"),
        ("event/services/0/quantity/amount", "\u0665", "event.services[0].quantity.amount: must be an amount"),
        ("event/services/0/quantity/amount", "1E+999999", "event.services[0].quantity.amount: must be an amount"),
        ("subscriber/birth_date", SECRET, "subscriber.birth_date: must be a date, such as 2026-03-09."),
        ("subscriber/birth_date", "19810405", "subscriber.birth_date: must be a date"),
        ("subscriber/birth_date", "2026-W10-1", "subscriber.birth_date: must be a date"),
        ("subscriber/birth_date", "2026-02-30", "subscriber.birth_date: must be a date"),
        ("subscriber/birth_date", 19810405, "subscriber.birth_date: must be a date"),
        ("created", "2026-03-09T14:30:00Z", "created: must be a date and time without a zone"),
        ("created", "2026-03-09", "created: must be a date and time without a zone"),
        ("requester/organization", "yes", "requester.organization: must be true or false."),
        ("requester/contact", {"numbers": [["TE"]]}, "requester.contact.numbers[0]: must be a list of 2."),
        ("requester/contact", {"numbers": ["TE"]}, "requester.contact.numbers[0]: must be a list."),
        ("dependent", {"birth_order": True}, "dependent.birth_order: must be a whole number."),
        ("dependent", {"birth_order": 1.0}, "dependent.birth_order: must be a whole number."),
        ("version", 2, "version: must be 1."),
        ("version", True, "version: must be 1."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_place_and_never_quoted(path: str, value: object, words: str) -> None:
    with pytest.raises(RecordError) as refused:
        request_from_json(changed(path, value))
    said = str(refused.value)
    assert said.startswith(words)
    assert SECRET not in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "This is not JSON: line 1, column 1."),
        ('{\n  "reference": QUILL}', "This is not JSON: line 2, column 16."),
        (b'{"reference": "\xff"}', "This is not UTF-8 text: byte 16."),
        ("[]", "The document must be an object."),
        ('{"reference": "A", "reference": "B"}', "reference: stands twice in one object."),
        ('{"reference": NaN}', "NaN is no JSON number."),
        ("[" * 100_000, "This is not JSON that can be a record"),
        ('{"version": ' + "9" * 5000 + "}", "This is not JSON that can be a record"),
    ],
)
def test_what_is_no_json_is_one_sentence(data: str | bytes, words: str) -> None:
    with pytest.raises(RecordError) as refused:
        request_from_json(data)
    assert str(refused.value).startswith(words)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "id", "code", "x"]), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=examples(200), deadline=None)
@given(st.sampled_from([*GOOD, "dependent", "created"]), JSON)
def test_no_json_makes_anything_but_a_record_or_a_record_error(key: str, value: Any) -> None:
    try:
        made = request_from_json(json.dumps({**GOOD, key: value}))
    except RecordError:
        return
    assert request_from_json(request_to_json(made)) == made


# -- the schema ----------------------------------------------------------------------------------------------------------


def test_the_published_schema_is_that_of_the_records() -> None:
    """To renew it: edi request schema > docs/schemas/request.v1.json."""
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == request_schema()
    assert PUBLISHED.read_text(encoding="utf-8") == json.dumps(request_schema(), indent=2, ensure_ascii=False) + "\n"


SCHEMA = jsonschema.Draft202012Validator(request_schema(), format_checker=jsonschema.FormatChecker())


def test_the_schema_is_one_and_says_which_element_a_field_is() -> None:
    jsonschema.Draft202012Validator.check_schema(request_schema())
    event = request_schema()["$defs"]["PatientEvent"]
    assert event["properties"]["category"]["description"].startswith("UM01")
    assert event["required"] == ["category", "certification_type"]


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(REQUESTS)
def test_every_request_keeps_the_schema(made: Request) -> None:
    SCHEMA.validate(json.loads(request_to_json(made)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("refrence", "A"),
        ("reference", ...),
        ("event/services/0/kind", "other"),
        ("event/services/0/quantity/amount", 6),
        ("event/services/0/quantity/amount", "six"),
        ("subscriber/birth_date", "1981-4-5"),
        ("created", "2026-03-09T14:30:00Z"),
        ("requester/contact", {"numbers": [["TE"]]}),
        ("version", 2),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(path: str, value: object) -> None:
    assert SCHEMA.is_valid(json.loads(changed("reference", "A")))
    assert not SCHEMA.is_valid(json.loads(changed(path, value)))
    with pytest.raises(RecordError):
        request_from_json(changed(path, value))


# -- other records -------------------------------------------------------------------------------------------------------


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(RESPONSES)
def test_responses_and_what_they_decide_are_json(made: Response) -> None:
    json.dumps([as_json(made), *(as_json(one) for one in authorizations_of(made))], allow_nan=False)


@pytest.mark.parametrize("module", ["claim", "remittance", "authorization", "request", "numbering"])
def test_reading_loads_no_more_than_it_needs(module: str) -> None:
    code = f"import sys, edi.records.{module}\nprint(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pydantic", "sqlmodel", "sqlalchemy", "lark", "click", "pyx12"} & set(ran.stdout.split())

"""What a payer wants for a service: required, not required, not known, and by which rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edi.guides.rules.files import files_named, read, requirements
from edi.guides.rules.requirement import RequirementRule
from edi.linkage.requirements import Need, Query, age_on, payer_in, requirement

STORY = Path(__file__).parents[2] / "testdata" / "story" / "requirements" / "meadowlark.rules"
ON = date(2026, 9, 15)


def asked(rules: tuple[RequirementRule, ...] | None = None, **said: Any) -> tuple[str, str, tuple[str, ...]]:
    """The answer to a question of 2026-09-15: need, rule, what it depends on."""
    answer = requirement(Query(**({"on": ON} | said)), requirements() if rules is None else rules)
    return answer.need.value, answer.rule.name if answer.rule else "", answer.depends_on


def own(tmp_path: Path, text: str) -> tuple[RequirementRule, ...]:
    path = tmp_path / "own.rules"
    path.write_text(f'payer "Maple Health" known as MAPLE1\n{text}')
    return read(path).requirements


MEDICARE = {"payer": "Medicare", "bill": "131", "place": "", "modifiers": ()}


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        # hospital outpatient departments: 42 CFR 419.83
        ({"procedure": "15823"}, ("required", "medicare-outpatient-eyelids", ())),
        ({"procedure": "15823", "on": date(2020, 6, 30)}, ("not-known", "", ())),
        ({"procedure": "15823", "on": date(2020, 7, 1)}, ("required", "medicare-outpatient-eyelids", ())),
        ({"procedure": "67905"}, ("not-known", "", ())),
        ({"procedure": "15823", "bill": ""}, ("not-known", "", ())),
        ({"procedure": "15823", "bill": None}, ("not-known", "medicare-outpatient-eyelids", ("the type of bill",))),
        ({"procedure": "15823", "bill": "111"}, ("not-known", "", ())),
        ({"procedure": "15823", "gold_carded": True}, ("not-required", "medicare-outpatient-exempt", ())),
        ({"procedure": "64615", "together": ("J0585",)}, ("required", "medicare-outpatient-botulinum", ())),
        ({"procedure": "64615", "together": ("99213",)}, ("not-known", "", ())),
        ({"procedure": "64615"}, ("not-known", "medicare-outpatient-botulinum", ("the other procedures",))),
        ({"procedure": "63650", "on": date(2021, 6, 30)}, ("not-known", "", ())),
        ({"procedure": "64493", "on": date(2023, 7, 1)}, ("required", "medicare-outpatient-facet-joints", ())),
        # medical equipment: 42 CFR 414.234
        ({"procedure": "K0823"}, ("required", "medicare-power-mobility", ())),
        ({"procedure": "K0817"}, ("not-known", "", ())),
        ({"procedure": "L1833", "on": date(2024, 8, 11)}, ("required", "medicare-orthoses-until-2024", ())),
        ({"procedure": "L1833", "on": date(2024, 8, 12)}, ("not-known", "", ())),
        ({"procedure": "L0651", "on": date(2026, 4, 12)}, ("not-known", "", ())),
        ({"procedure": "L0651", "on": date(2026, 4, 13)}, ("required", "medicare-orthoses-2026", ())),
        ({"procedure": "L0651", "modifiers": ("ST",)}, ("not-required", "medicare-orthoses-acute", ())),
        ({"procedure": "E0747"}, ("not-required", "medicare-osteogenesis-suspended", ())),
        # ambulance
        ({"procedure": "A0428", "bill": ""}, ("not-required", "medicare-ambulance", ())),
        ({"procedure": "A0425", "bill": ""}, ("not-required", "medicare-ambulance-mileage", ())),
        ({"procedure": "A0427", "bill": ""}, ("not-known", "", ())),
        ({"procedure": "99213"}, ("not-known", "", ())),
    ],
)
def test_medicare(said: dict[str, Any], answer: tuple[str, str, tuple[str, ...]]) -> None:
    assert asked(**(MEDICARE | said)) == answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"procedure": "27447"}, ("required", "river-valley-arthroplasty", ())),
        ({"procedure": "27447", "on": date(2021, 9, 30)}, ("not-known", "", ())),
        ({"procedure": "99213"}, ("not-known", "river-valley-out-of-network", ("the network",))),
        ({"procedure": "99213", "network": True}, ("not-known", "", ())),
        ({"procedure": "99213", "network": False}, ("required", "river-valley-out-of-network", ())),
        ({"procedure": "27447", "gold_carded": True}, ("not-known", "texas-gold-card", ("the state", "the plan"))),
        ({"procedure": "27447", "gold_carded": True, "state": "IA"}, ("required", "river-valley-arthroplasty", ())),
        (
            {"procedure": "27447", "gold_carded": True, "state": "TX", "plans": ("State-regulated",)},
            ("not-required", "texas-gold-card", ()),
        ),
        ({"procedure": "27447", "gold_carded": True, "state": "TX", "plans": ()}, ("required", "river-valley-arthroplasty", ())),
    ],
)
def test_a_commercial_list_and_a_state_s_law(said: dict[str, Any], answer: tuple[str, str, tuple[str, ...]]) -> None:
    assert asked(payer="uhcrv", **said) == answer


@pytest.mark.parametrize(
    ("lines", "said", "answer"),
    [
        ("diagnoses M17", {"diagnoses": ("M17.11", "I10")}, "required"),
        ("diagnoses M17", {"diagnoses": ("I10",)}, "not-known"),
        ("age under 21", {"age": 20}, "required"),
        ("age under 21", {"age": 21}, "not-known"),
        ("age 65 or over", {"age": 65}, "required"),
        ("age 65 or over", {"age": 64}, "not-known"),
        ('more than 12 "visits"', {"quantity": Decimal(13)}, "required"),
        ('more than 12 "visits"', {"quantity": Decimal(12)}, "not-known"),
        ("providers 1234567893", {"npis": ("1234567893",)}, "required"),
        ("providers 1234567893", {"npis": ("1245319599",)}, "not-known"),
        ("providers in network", {"network": True}, "required"),
        ("providers in network", {"network": False}, "not-known"),
        ("modifiers RT", {"modifiers": ("RT", "59")}, "required"),
        ("modifiers RT", {"modifiers": ("LT",)}, "not-known"),
        ("modifiers RT", {"modifiers": ()}, "not-known"),
        ('plans "HMO"', {"plans": ("Gold", "hmo")}, "required"),
        ('plans "HMO"', {"plans": ()}, "not-known"),
        ("places 21", {"place": "21"}, "required"),
        ("states TX", {"state": "OH"}, "not-known"),
    ],
)
def test_a_condition_holds_or_not(lines: str, said: dict[str, Any], answer: str, tmp_path: Path) -> None:
    rules = own(tmp_path, f'require own procedures 27447 {lines} wants prior authorization source "a test"')
    need, rule, depends = asked(rules, payer="MAPLE1", procedure="27447", **said)
    assert (need, depends) == (answer, ())
    assert bool(rule) == (answer == "required")


@pytest.mark.parametrize(
    ("lines", "depends"),
    [
        ("diagnoses M17", "the diagnosis"),
        ("age under 21", "the age"),
        ('more than 12 "visits"', "the quantity"),
        ("providers 1234567893", "the provider's NPI"),
        ("providers in network", "the network"),
        ("places 21", "the place of service"),
        ("states TX", "the state"),
        ('plans "HMO"', "the plan"),
        ("modifiers RT", "the modifiers"),
    ],
)
def test_what_is_not_said_makes_it_not_known(lines: str, depends: str, tmp_path: Path) -> None:
    rules = own(tmp_path, f'require own procedures 27447 {lines} wants prior authorization source "a test"')
    assert asked(rules, payer="MAPLE1", procedure="27447") == ("not-known", "own", (depends,))


def test_without_a_date_it_depends_on_it(tmp_path: Path) -> None:
    rules = own(tmp_path, 'require own from 2026-01-01 procedures 27447 wants prior authorization source "a test"')
    assert asked(rules, payer="MAPLE1", procedure="27447", on=None) == ("not-known", "own", ("the date of service",))


def test_no_rule_is_no_permission() -> None:
    answer = requirement(Query(payer="Nobody", procedure="27447", on=ON), requirements())
    assert (answer.need, answer.why) == (Need.NOT_KNOWN, "There is no rule of Nobody about authorizations.")


def test_a_rule_that_is_not_in_force_then_is_named() -> None:
    answer = requirement(Query(payer="Medicare", procedure="15823", bill="131", on=date(2019, 1, 1)), requirements())
    assert answer.why.endswith("Rule medicare-outpatient-eyelids would, but only from 2020-07-01.")


def test_rules_that_agree_need_not_be_told_apart(tmp_path: Path) -> None:
    rules = own(
        tmp_path,
        'require first places 21 procedures 27447 wants precertification source "a test"\n'
        'require second procedures 27447 wants prior authorization source "a test"\n',
    )
    assert asked(rules, payer="MAPLE1", procedure="27447") == ("required", "second", ())


def test_an_answer_depends_on_rules_that_say_otherwise_alone(tmp_path: Path) -> None:
    rules = own(
        tmp_path,
        'require first age under 21 procedures 27447 wants precertification source "a test"\n'
        'require second states TX procedures 27447 wants nothing source "a test"\n'
        'require third procedures 27447 wants prior authorization source "a test"\n',
    )
    assert asked(rules, payer="MAPLE1", procedure="27447") == ("not-known", "second", ("the state",))


def test_the_first_that_applies_answers(tmp_path: Path) -> None:
    rules = own(
        tmp_path,
        'require first procedures 27447 wants nothing source "a test"\n'
        'require second procedures 27447 wants prior authorization source "a test"\n',
    )
    assert asked(rules, payer="MAPLE1", procedure="27447") == ("not-required", "first", ())


def test_a_referral_is_a_matter_of_its_own() -> None:
    rules = read(STORY).requirements
    query = Query(payer="MHP01", procedure="99203", on=ON, plans=("HMO",))
    assert requirement(query, rules).need is Need.NOT_KNOWN
    referral = requirement(query, rules, referral=True)
    assert (referral.need, referral.rule and referral.rule.name) == (Need.REQUIRED, "meadowlark-referral")
    assert requirement(replace(query, procedure="27447", place="22"), rules, referral=True).need is Need.NOT_KNOWN


def test_an_age_is_in_whole_years() -> None:
    assert (age_on(date(2005, 9, 16), ON), age_on(date(2005, 9, 15), ON)) == (20, 21)


def test_files_of_one_payer_s_name_share_its_ids(tmp_path: Path) -> None:
    """A contractor's id in a file of one's own hides none of the shipped rules of Medicare, nor the other way round."""
    path = tmp_path / "contractor.rules"
    path.write_text('payer "MEDICARE" known as 12502 require own procedures 64492 wants nothing source "a test"')
    rules = requirements([path])
    payer = payer_in(rules, "12502", "NOVITAS", "MB")
    assert asked(rules, payer=payer, procedure="15823", bill="131")[1] == "medicare-outpatient-eyelids"
    assert asked(rules, payer="MB", procedure="64492")[:2] == ("not-required", "own")
    (file, shipped) = files_named([path, "medicare-outpatient"])
    assert {"12502", "MB"} <= set(file.known) == set(shipped.known)
    assert all(rule.is_for("12502") for rule in shipped.matching)


def test_another_word_about_the_plan_says_nothing_against_it(tmp_path: Path) -> None:
    rules = own(tmp_path, 'require own procedures 27447 plans "HMO" wants prior authorization source "a test"')
    assert asked(rules, payer="MAPLE1", procedure="27447", plans=("Gold",)) == ("not-known", "own", ("the plan",))

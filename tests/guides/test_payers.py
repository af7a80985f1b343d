"""Payers' rules that are shipped: each has its examples and its page, and asks nothing of another payer's claims."""

from __future__ import annotations

import re

import pytest

from edi import resources
from edi.guides.rules.files import Example, Rule, RuleFile, payer_files, read, shipped_files
from edi.guides.rules.ruleset import LEVEL_OF_CODES
from edi.guides.rules.specimen import edited
from edi.guides.validation import validate

PAYERS = resources.payer_names()
RULES = [(payer, file, rule) for payer, file in zip(PAYERS, payer_files(), strict=True) for rule in file.rules]
EXAMPLES = [(payer, rule, example) for payer, _, rule in RULES for example in rule.examples]


def test_three_payers_are_shipped() -> None:
    assert PAYERS == ("bcbs-texas", "medi-cal", "medicare-part-b")


@pytest.mark.parametrize(
    ("payer", "rule", "example"),
    EXAMPLES,
    ids=[f"{rule.name}-{'fails' if example.fails else 'passes'}-{n}" for n, (_, rule, example) in enumerate(EXAMPLES)],
)
def test_a_rule_says_what_its_examples_say(payer: str, rule: Rule, example: Example) -> None:
    document = edited(resources.specimen(read(payer).guide), rule, example)
    for compiled in (False, True):
        found = [p for p in validate(document, compiled=compiled, rules=[payer]).problems if p.level != LEVEL_OF_CODES]
        assert {problem.code for problem in found} == ({rule.name} if example.fails else set()), document.decode()
    assert validate(document).problems == ()  # it is the payer alone who asks


@pytest.mark.parametrize(("file", "rule"), [(file, rule) for _, file, rule in RULES], ids=[rule.name for *_, rule in RULES])
def test_a_rule_is_the_payer_s_own_and_explained(file: RuleFile, rule: Rule) -> None:
    assert rule.level == 7
    assert rule.source and rule.why and rule.mend
    assert {example.fails for example in rule.examples} == {True, False}
    assert not any(rule.name == each.name for guide in shipped_files() for each in guide.rules)
    assert rule.name.startswith(file.rules[0].name.partition("-")[0])


@pytest.mark.parametrize("payer", PAYERS)
def test_nothing_is_asked_of_another_payer_s_claims(payer: str) -> None:
    file = read(payer)
    assert file.payer and file.applies
    document = resources.specimen(file.guide).read_bytes().replace(b"CLM*S1001*250***11:B:1*", b"CLM*S1001*250***11:B:5*")
    document = re.sub(rb"HC:99213\*150", b"HC:99243*150", document)
    assert validate(document, rules=[payer]).problems == ()


@pytest.mark.parametrize("number", ["1EG4TE5MK73", "9Y04Y04YY99", "3AA4AA4AA00"])
def test_a_medicare_number_by_its_form(number: str) -> None:
    document = resources.specimen("837/professional").read_bytes().replace(b"GRP40******CI~", b"GRP40******MB~", 1)
    document = document.replace(b"MHP100006", number.encode())
    assert validate(document, rules=["medicare-part-b"]).problems == ()

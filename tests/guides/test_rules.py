"""Rules: each has its examples, and says what it should of them."""

from __future__ import annotations

import pytest

from edi import resources
from edi.guides.rules import files as rules
from edi.guides.rules.ruleset import LEVEL_OF_CODES
from edi.guides.rules.specimen import edited
from edi.guides.validation import validate

RULES = [(file, rule) for file in rules.shipped_files() for rule in file.rules]
EXAMPLES = [(file.guide, rule, example) for file, rule in RULES for example in rule.examples]


@pytest.mark.parametrize("guide", sorted({file.guide for file, _ in RULES}))
def test_a_specimen_is_clean(guide: str) -> None:
    assert validate(resources.specimen(guide)).problems == ()


@pytest.mark.parametrize(
    ("guide", "rule", "example"),
    EXAMPLES,
    ids=[f"{guide}-{rule.name}-{'fails' if example.fails else 'passes'}" for guide, rule, example in EXAMPLES],
)
def test_a_rule_says_what_its_examples_say(guide: str, rule: rules.Rule, example: rules.Example) -> None:
    document = edited(resources.specimen(guide), rule, example)
    for compiled in (False, True):
        found = [p for p in validate(document, compiled=compiled).problems if p.level != LEVEL_OF_CODES]
        assert {problem.code for problem in found} == ({rule.name} if example.fails else set()), document.decode()


@pytest.mark.parametrize("rule", [rule for _, rule in RULES], ids=lambda rule: rule.name)
def test_a_rule_has_its_source_and_an_example_of_each_kind(rule: rules.Rule) -> None:
    assert rule.source
    assert {example.fails for example in rule.examples} == {True, False}

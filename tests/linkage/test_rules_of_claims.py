"""What a payer's rules say of a claim's line or stay: "not required" only where the claim says all that they ask."""

from __future__ import annotations

from typing import Final

import pytest

from edi.linkage.requirements import payer_in, query_of, requirement
from edi.records.claim import Claim

from .build import claim, line
from .rules import HEAD, rule_file

WANTED: Final = 'wants prior authorization source "a test"'
NEEDLESS: Final = 'wants nothing source "a test"'


def need(asked: Claim, text: str, *, whole: bool = False) -> str:
    """What rules say of a claim's first line, or of its stay."""
    rules = rule_file(HEAD + text).requirements
    query = query_of(asked, None if whole else asked.lines[0], payer_in(rules, asked.payer.id))
    return requirement(query, rules).need.value


@pytest.mark.parametrize(
    ("words", "quantity", "answer"),
    [
        ("visits", "16 UN", "not-known"),
        ("visits", "2 UN", "not-known"),
        ("visits", "60 MJ", "not-known"),
        ("units", "16 UN", "required"),
        ("units", "2 UN", "not-known"),  # those before it stand on other claims
        ("units", "16 MJ", "not-known"),
        ("days", "13 DA", "required"),
        ("Visit", "13 VS", "required"),
        ("round trips", "13 UN", "not-known"),
    ],
)
def test_a_cap_counts_what_its_words_say(words: str, quantity: str, answer: str) -> None:
    rules = f'require cap procedures 97110 more than 12 "{words}" {WANTED} require first procedures 97110 {NEEDLESS}'
    assert need(claim(line("97110", quantity=quantity)), rules) == answer

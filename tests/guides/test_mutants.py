"""A sample of the faults that `python -m bench.mutants` puts into documents: how well they are named, and what is no fault."""

from __future__ import annotations

import itertools

import pytest

from bench.conformance import Conformance
from bench.expectation import made
from bench.faults import mutants
from bench.mutants import NAMED, Tally, judged, share
from edi.guides.guide import load

EVERY = 23
"""Of so many mutants one is judged, so that all kinds at all places take their turn from guide to guide."""
GUIDES = ("278/request", "835/remittance", "837/professional", "x12/271", "x12/834", "x12/envelope")


PLACES = ("delete", "twice", "swap", "move")
"""The kinds of fault by which segments are not where the guide wants them."""


@pytest.mark.parametrize("name", GUIDES)
def test_faults_are_named_and_nothing_is_said_of_what_is_none(name: str) -> None:
    values, places = Tally(), Tally()
    for mutant in itertools.islice(mutants(load(name), 1), 0, None, EVERY):
        (places if mutant.kind in PLACES else values).take(judged(mutant))
    assert not values.false and not places.false
    assert share(values.named, values.faults) >= NAMED and share(values.few, values.faults) >= 97
    assert share(places.named, places.faults) >= 97 and share(places.few, places.faults) >= 90


def test_what_is_one_of_the_guide_is_known_without_the_engine() -> None:
    document = made(load("837/professional"), 1, full=0.0)
    assert document.conformance.valid
    tokens = document.tokens
    reference = next(i for i, segment in enumerate(tokens) if segment[0] == "REF")
    assert document.conformance.holds(tokens)
    assert document.conformance.holds([*tokens[: reference + 1], ["REF", "0B", "A"], *tokens[reference + 1 :]])
    assert not document.conformance.holds([*tokens[:reference], *tokens[reference + 1 :]])
    assert not document.conformance.holds([*tokens[: reference + 1], tokens[reference], *tokens[reference + 1 :]])
    assert not document.conformance.holds([*tokens[:reference], ["REF", "QQ", "A"], *tokens[reference + 1 :]])
    assert not Conformance(document.guide, tokens[:-1]).valid

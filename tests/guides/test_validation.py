"""Judging a source leaves nothing behind: the command judges many files without a collector of circles."""

from __future__ import annotations

import gc
import random

import pytest

from bench.documents import Maker, interchange
from edi.guides.guide import load
from edi.guides.validation import validate
from tests.guides.samples import mutants


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("version", [b"005010X222A1", b"005010X999"])
def test_nothing_is_left_for_the_collector(version: bytes, compiled: bool) -> None:
    guide, rng = load("837/professional"), random.Random(1)
    tokens = Maker(guide, rng, full=0.3, units=1).transaction()
    data = interchange(guide, [tokens, *(mutant for _, mutant in mutants(tokens, rng, 20))]).replace(b"005010X222A1", version)
    validate(data, compiled=compiled)
    gc.collect()
    gc.disable()
    try:
        assert validate(data, compiled=compiled).problems
        assert gc.collect() == 0
    finally:
        gc.enable()

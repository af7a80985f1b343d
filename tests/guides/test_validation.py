"""Judging a source leaves nothing behind: the command judges many files without a collector of circles."""

from __future__ import annotations

import gc
import random

import pytest

from bench.changes import mutants
from bench.documents import Maker, interchange
from edi.guides.guide import load
from edi.guides.validation import validate


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("version", [b"005010X222A1", b"005010X999"])
def test_nothing_is_left_for_the_collector(version: bytes, compiled: bool) -> None:
    guide, rng = load("837/professional"), random.Random(1)
    tokens = Maker(guide, rng, full=0.3, units=1).transaction()
    data = interchange(guide, [tokens, *(mutant for _, mutant in mutants(tokens, rng, 20))]).replace(b"005010X222A1", version)
    validate(data, compiled=compiled)
    gc.disable()
    gc.freeze()  # what the tests have is not looked through: undone behind each of them
    assert validate(data, compiled=compiled).problems
    assert gc.collect() == 0


@pytest.mark.parametrize("separator", [b"-", b"."])
def test_a_format_s_own_character_may_be_a_delimiter(separator: bytes) -> None:
    """`RD8-20260915-20261214` is a date and an element too many where the hyphen separates elements."""
    segments = {
        b"-": [b"UM*HS*I*2*11:B", b"DTP*AAH*RD8*20260914*20261213", b"HSD*VS*2"],
        b".": [b"UM*HS*I*2*11:B", b"HSD*VS*2*5"],
    }[separator]
    head = (
        b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *260301*1200*^*00501*000000001*0*T*:~"
        b"GS*HI*A1*B1*20260301*1200*1*X*005010X217~ST*278*0001*005010X217~BHT*0007*13*A*20260301*1200~HL*1**20*1~"
        b"NM1*X3*2*A*****PI*A1~HL*2*1*21*1~NM1*1P*2*A*****XX*1999990017~HL*3*2*22*1~NM1*IL*1*A*B****MI*A1~HL*4*3*EV*0~"
    )
    body = head + b"~".join(segments) + b"~SE*%d*0001~GE*1*1~IEA*1*000000001~" % (10 + len(segments))
    data = body.replace(b"*", separator)
    assert validate(data, compiled=True).valid == validate(data, compiled=False).valid

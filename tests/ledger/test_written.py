"""Payments written from their bytes: their JSON and columns are those of the record."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from edi.guides.document import units
from edi.ledger.payments.pairs import Facts, _amount, _denies_nothing, _is_first, _members, _name, npi_of
from edi.ledger.payments.writing import Header, written, written_of
from edi.records.remittance import is_payment, payment_of
from edi.records.transfer import read_transfer
from tests.records.test_remittance import CLAIM, file

ROOT = Path(__file__).parents[2]
MORE = (
    "CLP*C2*2*0*0**12*PC2*11*7**470*1.5*0.8~NM1*QC*1~NM1*QC*1*TWICE~NM1*74*1*QUILL~NM1*GB*1*OAR~NM1*TT*2*ELM*****PI*ELM1~NM1*PR*2*OAK~"
    "MOA*0.5*12~REF*EA*M1*SAID~REF*CE~DTM*036*20261231~DTM*050*20260110~DTM*050*20260111~PER*CX**TE*6145550100*EX*1~"
    "AMT*I*X~QTY*CA*3~QTY*CD~CAS*CO*45~CAS*PR**0~SVC~DTM*151*20260112~SVC*HC:97110*0.00*0~REF*6R~REF*6R*L2~AMT*B6*1~QTY*ZL*2.50~LQ*HE~"
    "CLP*C5*1*10*5**12*PC5*11*1~NM1*QC*1*A~SVC*SVC*10*5**1*HC:1~CLP*C6*1*10*5~NM1*QC*1*A~SVC*HC:1*1*1~REF*6R*~"
    'CLP*C"3\\*1*.5*+1*00~DTM*472*20260109~SVC*NU:0420*1E5*1.**-0~DTM*472*20260230~CLP*c-4~NM1*IL*1*Ä\x7f*\t~'
)
ODD = [
    "",
    "0",
    "0.00",
    "-5",
    "+7.5",
    "007",
    ".5",
    "1.",
    "A1",
    '"',
    "\\",
    "\x1f",
    "é",
    "NU",
    "6R",
    "HC:",
    "HC::25",
    "NU:0450",
    "HE",
    "QC",
]


def agree(data: bytes) -> int:
    """How many payments there are that were not walked; of each, what is written is what is written of its record."""
    taken, header = 0, None
    for unit in filter(is_payment, units(data, compiled=True)):
        if unit.context.header is not header:
            header = unit.context.header
            before = Header(read_transfer(header))
        taken += unit.loop.packed is not None and unit.loop.packed[2] is not None
        found, record = written(unit, before), written_of(payment_of(unit))
        assert found.values == record.values
        assert compared(found.facts) == compared(record.facts)
    return taken


def compared(facts: Facts) -> list[Any]:
    """What pairs are found by."""
    people = [_members(facts, "patient", "insured"), _name(facts), npi_of(facts["payee"])]
    money = [_amount(facts), _is_first(facts), _denies_nothing(facts)]
    lines = [
        (
            line.get("control_number", ""),
            line.get("submitted") or line.get("procedure"),
            line.get("revenue_code", ""),
            line.get("period"),
            _amount(line),
        )
        for line in facts.get("lines", ())
    ]
    return [facts["claim"], *people, *money, facts.get("period"), facts["payer"], lines]


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n"])
def test_payments(end: str) -> None:
    assert agree(file().replace(b"~", end.encode())) == 1


@pytest.mark.parametrize("claim", [f"CLP*{each}" for each in (CLAIM + MORE).split("CLP*")[1:]])
def test_what_few_say(claim: str) -> None:
    assert agree(file(CLAIM + claim)) >= 1


def test_other_delimiters() -> None:
    assert agree(file().replace(b"*", b"|").replace(b":", b"\x1f").replace(b"~", b"\x1c")) == 1


def test_odd_payments() -> None:
    assert sum(agree(odd(seed)) for seed in range(100)) > 100


def odd(seed: int) -> bytes:
    """Payments in which something odd stands here and there."""
    chosen = random.Random(seed)
    segments = [one.split("*") for one in (CLAIM * 3 + MORE.replace("\t", "")).split("~")]
    for _ in range(8):
        row = chosen.choice(segments[1:-1])
        if len(row) > 1 and chosen.random() < 0.8:
            row[chosen.randrange(1, len(row))] = chosen.choice(ODD)
        else:
            row.append(chosen.choice(ODD))
    return file("~".join("*".join(row) for row in segments))


@pytest.mark.parametrize("path", sorted((ROOT / "testdata").rglob("*.835")), ids=str)
def test_our_files(path: Path) -> None:
    agree(path.read_bytes())


@pytest.mark.corpus("835/*")
def test_the_corpus(corpus_file: Path) -> None:
    agree(corpus_file.read_bytes())

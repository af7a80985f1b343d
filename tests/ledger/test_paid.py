"""Payments that the compiled judge writes: it says of none what is not written of it, and found of its claim, in Python."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edi.guides.document import Unit, units
from edi.ledger import Ledger
from edi.ledger.database import Database
from edi.ledger.payments.paid import paid
from edi.ledger.payments.pairs import pairs
from edi.ledger.payments.writing import Header, columns, written
from edi.records.claim import Claim, ClaimLine
from edi.records.parties import Party
from edi.records.remittance import PaidLine, Payment, is_payment, payment_of
from edi.records.services import Period, Procedure
from edi.records.transfer import read_transfer
from tests.ledger.conftest import Made
from tests.ledger.test_written import MORE, ODD
from tests.records.test_remittance import CLAIM, file

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("edi_speed") is None, reason="edi_speed is not installed (pip install ./speed)"
)
SENT = Made().claim()
PLAIN = (
    "CLP*C1*1*180.50*60*40*12*PC1*11*1**470~CAS*CO*45*-5.25*1*45*2**45*1~NM1*QC*1*QUILL*IVO*M*DR*JR*MI*W-1~"
    "NM1*IL*1*QUILL*NORA****MI*W2~NM1*74*1*QUIL~NM1*82*1*HELM*ADA****XX*1234567810~NM1*GB*1*OAR~MOA*0.5*12*MA01**MA07~"
    "REF*G1*A1*SAID~REF*EA*~DTM*232*20260109~DTM*233*20260112~DTM*050*20260201~AMT*AU*100~QTY*CA*0.00~"
    "SVC*HC:97110:GP*100*60**2*HC:97112:59~DTM*472*20260109~CAS*CO*45*40~REF*6R*L1~REF*G1*A2~AMT*B6*60.0~"
    "LQ*HE*N54~LQ*RX*75~LQ*HE*N1~"
    "SVC*HC:97140*80.50*0.00*0420~CAS*PR*1*80.5*1*2*-3.5**3*0~QTY*ZL*2.50~SVC*HC:G0151:GP::59**~DTM*150*20260110~DTM*151*20260111~"
    "CLP*00c-2*2*10*5**12*PC5~NM1*QC*1*A*B~NM1*IL*1*A*B****MI*W3~SVC*HC:1*10*5**1~DTM*472*20260110~"
    "CLP*C3*1*10*5~NM1*QC*1*A*B****MI*W3~NM1*82*2*OAK~MOA***MA01~"
)


def both(data: bytes, path: Path, change: random.Random | None = None) -> tuple[int, int]:
    """How many payments there are, and of how many the compiled judge says something: what is said of them in Python.

    The ledger has a claim for each, as it would have been sent; `change` changes something in it.
    """
    found = list(read(data))
    claims = {payment.claim: sent_for(payment) for payment in (payment_of(unit) for unit, _ in found)}
    url = f"sqlite:///{path}"
    path.unlink(missing_ok=True)
    with Ledger(url) as ledger:
        ledger.record_claims([changed(claim, change) if change else claim for claim in claims.values()])
    said = 0
    with Database(url).reading() as session:
        rows = [written(*each) for each in found]
        for one, row, pair in zip(paid(session, found), rows, pairs(session, rows), strict=True):
            if one is not None:
                said += 1
                assert pair is not None
                assert pair.lines is not None
                assert one == (columns(row, pair.claim_id, pair.lines), pair.claim_id)
    return len(found), said


def read(data: bytes) -> Iterator[tuple[Unit, Header]]:
    header = None
    for unit in filter(is_payment, units(data, compiled=True)):
        if unit.context.header is not header:
            header = unit.context.header
            before = Header(read_transfer(header))
        yield unit, before


def sent_for(payment: Payment) -> Claim:
    """The claim that a payment may be of."""
    patient = replace(payment.patient, member_id=payment.patient.member_id or (payment.insured or payment.patient).member_id)
    lines = tuple(line_for(line) for line in payment.lines)
    billing = Party(role="85", name="RIVERSIDE THERAPY", id_qualifier="XX", id=payment.payee.id)
    who = {"subscriber": patient, "patient": patient, "billing": billing, "payer": payment.payer}
    return replace(SENT, id=payment.claim, charge=payment.charge, period=None, lines=lines, **who)


def line_for(line: PaidLine) -> ClaimLine:
    return replace(
        SENT.lines[0],
        number=str(line.ordinal),
        control_number=line.control_number,
        procedure=line.submitted or line.procedure,
        revenue_code=line.revenue_code,
        charge=line.charge,
        period=line.period,
    )


def changed(claim: Claim, chosen: random.Random) -> Claim:
    """A claim of which a line, or something else, is another."""
    if claim.lines and chosen.random() < 0.5:
        lines = list(claim.lines)
        at = chosen.randrange(len(lines))
        lines[at] = replace(lines[at], **chosen.choice(OF_LINE)(lines[at]))
        return replace(claim, lines=tuple(chosen.sample(lines, len(lines)) if chosen.random() < 0.2 else lines))
    return replace(claim, **chosen.choice(OF_CLAIM)(claim))


def later(period: Period | None) -> Period | None:
    return Period(start=period.start + timedelta(1), end=period.end + timedelta(1)) if period else None


OF_LINE = (
    lambda line: {},
    lambda line: {"control_number": ""},
    lambda line: {"control_number": "L1"},
    lambda line: {"charge": line.charge + 1},
    lambda line: {"period": later(line.period)},
    lambda line: {"period": None},
    lambda line: {"procedure": Procedure(code="97110", modifiers=("GP", "59"))},
    lambda line: {"procedure": None, "revenue_code": "0420"},
)
OF_CLAIM = (
    lambda claim: {},
    lambda claim: {"charge": claim.charge + 1},
    lambda claim: {"charge": claim.charge * 10 / 10},
    lambda claim: {"patient": replace(claim.patient, first_name='IV"O')},
    lambda claim: {"patient": replace(claim.patient, last_name="QUILLÄ")},
    lambda claim: {"subscriber": replace(claim.subscriber, member_id="W2 ")},
    lambda claim: {"billing": replace(claim.billing, id_qualifier="FI")},
    lambda claim: {"payer": replace(claim.payer, id="OTHER")},
    lambda claim: {"payer": replace(claim.payer, id="OTHER", name="OAK")},
    lambda claim: {"period": claim.lines[0].period if claim.lines else None},
    lambda claim: {"period": later(later(later(claim.lines[0].period))) if claim.lines else None},
)


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n"])
def test_plain_payments(end: str, tmp_path: Path) -> None:
    assert both(file(PLAIN).replace(b"~", end.encode()), tmp_path / "a.db") == (3, 3)


def test_other_delimiters(tmp_path: Path) -> None:
    data = file(PLAIN).replace(b"*", b"|").replace(b":", b"\x1f").replace(b"~", b"\x1c")
    assert both(data, tmp_path / "a.db") == (3, 3)


def test_what_it_is_not_sure_of(tmp_path: Path) -> None:
    assert both(file(CLAIM + MORE), tmp_path / "a.db")[1] == 0


def test_odd_payments(tmp_path: Path) -> None:
    counts = [both(odd(seed), tmp_path / "a.db") for seed in range(60)]
    assert sum(said for _, said in counts) > 50


def odd(seed: int) -> bytes:
    """Payments in which something odd stands here and there."""
    chosen = random.Random(seed)
    segments = [one.split("*") for one in PLAIN.split("~")]
    for _ in range(3):
        row = chosen.choice(segments[:-1])
        if len(row) > 1 and chosen.random() < 0.8:
            row[chosen.randrange(1, len(row))] = chosen.choice(ODD)
        else:
            row.append(chosen.choice(ODD))
    return file("~".join("*".join(row) for row in segments))


def test_other_claims(tmp_path: Path) -> None:
    counts = [both(file(PLAIN), tmp_path / "a.db", random.Random(seed)) for seed in range(60)]
    assert 30 < sum(said for _, said in counts) < 150


@pytest.mark.parametrize("path", sorted((ROOT / "testdata").rglob("*.835")), ids=str)
def test_our_files(path: Path, tmp_path: Path) -> None:
    both(path.read_bytes(), tmp_path / "a.db")


@pytest.mark.corpus("835/*")
def test_the_corpus(corpus_file: Path, tmp_path: Path) -> None:
    both(corpus_file.read_bytes(), tmp_path / "a.db")

"""A document is a tree over the bytes: found, changed and written, and what was not changed is the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench.documents import Maker, interchange
from edi.guides.document import Loop, Unit, transactions, units, write
from edi.guides.guide import load
from edi.guides.path import PathError
from edi.text.segments import Segment, compose

TESTDATA = Path(__file__).parents[2] / "testdata"
CLAIM = (
    "CLM*C1*100***11:B:1*Y*A*Y*Y~DTP*435*D8*20260101~REF*4N*3~REF*9F*R1~REF*F8*P1~REF*D9*X~K3*N~NTE*ADD*Z~HI*ABK:A000~"
    "NM1*82*1*DOE*****XX*1234567893~LX*1~SV1*HC:99213:25*60*UN*1***1~DTP*472*D8*20260101~REF*6R*L1~REF*9F*R2~"
    "LX*2~SV1*HC:97110*40*UN*2***1~DTP*472*D8*20260102~"
)


def file(claim: str = CLAIM, end: str = "~") -> bytes:
    head = (
        "ISA*00*          *00*          *ZZ*A              *ZZ*B              *260301*1200*^*00501*000000001*0*T*:~"
        "GS*HC*A1*B1*20260301*1200*1*X*005010X222A1~ST*837*0001*005010X222A1~BHT*0019*00*1*20260101*1200*CH~NM1*41*2*A*****46*B1~"
        "PER*IC*A*TE*6145550100~NM1*40*2*A*****46*B1~HL*1**20*1~NM1*85*2*A*****XX*1234567893~N3*1 A ST~N4*BY*OH*430010001~"
        "REF*EI*123456789~HL*2*1*22*0~SBR*P*18*******CI~NM1*IL*1*C*****MI*D1~NM1*PR*2*E*****PI*F1~"
    )
    count = head.count("~") - 2 + claim.count("~") + 1  # ISA and GS do not count, SE does
    return (head + claim + f"SE*{count}*0001~GE*1*1~IEA*1*000000001~").replace("~", end).encode()


def claim_of(data: bytes) -> Unit:
    return next(u for u in units(data) if u.loop.id == "2300")


def test_units_are_the_envelope_the_levels_the_claims_and_the_trailer() -> None:
    found = [(u.kind, u.loop.id) for u in units(file())]
    assert found == [
        ("ISA", "ISA"),
        ("GS", "GS"),
        ("header", "837"),
        ("unit", "2000A"),
        ("unit", "2000B"),
        ("unit", "2300"),
        ("trailer", "837"),
        ("GE", "GE"),
        ("IEA", "IEA"),
    ]
    claim = claim_of(file())
    assert [p.id for p in claim.context.parents] == ["2000A", "2000B"]
    assert claim.context.parent("2000B").find("2010BA/NM1-09") == ["D1"]
    assert claim.context.header.find("1000A/NM1-03") == ["A"]


@pytest.mark.parametrize(
    ("path", "hits"),
    [
        ("CLM-01", ["C1"]),
        ("CLM-05-3", ["1"]),
        ("REF[F8]-02", ["P1"]),
        ("REF[#2]-02", ["R1"]),
        ("2400/SV1-01-2", ["99213", "97110"]),
        ("2400[2]/SV1-01-2", ["97110"]),
        ("2400[2]/DTP[472]-03", ["20260102"]),
        ("2400[3]/SV1-01", []),
        ("HI[ABK]-01-2", ["A000"]),
        ("2310B/NM1-09", ["1234567893"]),
        ("REF[G1]-02", []),
    ],
)
def test_paths(path: str, hits: list[str]) -> None:
    loop = claim_of(file()).loop
    assert loop.find(path) == hits
    assert loop.get(path) == (hits[0] if hits else "")


def test_a_path_without_an_element_finds_loops_and_segments() -> None:
    loop = claim_of(file()).loop
    assert [type(hit) for hit in loop.find("2400")] == [Loop, Loop]
    assert [hit.raw for hit in loop.find("REF[D9]") if isinstance(hit, Segment)] == [b"REF*D9*X"]


@pytest.mark.parametrize("path", ["", "2300/", "REF[", "REF-", "ref-02", "REF[G1]-02-03-04"])
def test_a_broken_path_is_one_sentence(path: str) -> None:
    with pytest.raises(PathError, match="not a path, at column"):
        claim_of(file()).loop.find(path)


def test_a_number_goes_where_the_guide_wants_it() -> None:
    """Behind CLM, DTP and REF 4N, 9F; before F8, D9, K3, NTE, HI. On a line before 6R and 9F (linkage reference, 1.3)."""
    claim = claim_of(file()).loop
    d = claim_of(file()).context.delimiters
    claim.insert(compose(d, "REF", "G1", "A1"))
    claim.loops("2400")[0].insert(compose(d, "REF", "G1", "A2"))
    claim.loops("2400")[1].insert(compose(d, "REF", "G1", "A3"))
    expected = CLAIM.replace("REF*F8", "REF*G1*A1~REF*F8").replace("REF*6R", "REF*G1*A2~REF*6R") + "REF*G1*A3~"
    assert bytes(claim).decode() == expected


def test_segments_out_of_place_do_not_lead_astray() -> None:
    """A REF behind the lines belongs to the claim, but a number is not put there; an unknown segment is stepped over."""
    mixed = CLAIM.replace("REF*9F*R1~", "").replace("HI*ABK", "ZZZ*1~HI*ABK") + "REF*EW*M1~"
    claim = claim_of(file(mixed)).loop
    claim.insert(compose(claim_of(file()).context.delimiters, "REF", "G1", "A1"))
    assert bytes(claim).decode() == mixed.replace("REF*F8", "REF*G1*A1~REF*F8")


def test_writing_recounts_only_what_was_edited() -> None:
    for end in ("~", "~\n", "~\r\n"):
        data = file(end=end)
        count = data.split(b"SE*")[1].split(b"*")[0]
        wrong = data.replace(b"SE*" + count, b"SE*0099")
        assert b"".join(write(units(wrong))) == wrong != data
        edited = b"".join(write(_numbered(wrong, "A1")))
        line = b"REF*G1*A1" + end.encode()
        assert edited == data.replace(b"REF*F8", line + b"REF*F8").replace(b"SE*" + count, b"SE*%d" % (int(count) + 1))


def _numbered(data: bytes, number: str) -> list[Unit]:
    parts = list(units(data))
    for unit in parts:
        if unit.loop.id == "2300":
            unit.loop.insert(compose(unit.context.delimiters, "REF", "G1", number))
    return parts


def test_set_replace_remove() -> None:
    loop = claim_of(file()).loop
    loop.set("REF[F8]-02", "P2")
    loop.set("CLM-05-3", "7")
    line = loop.loops("2400")[1]
    line.set("SV1-02", "50")
    loop.remove(loop.first("REF", "D9") or pytest.fail("no REF*D9"))
    expected = CLAIM.replace("P1", "P2").replace("11:B:1", "11:B:7").replace("97110*40", "97110*50").replace("REF*D9*X~", "")
    assert bytes(loop).decode() == expected
    with pytest.raises(PathError, match="no such segment"):
        loop.set("REF[G1]-02", "X")
    with pytest.raises(PathError, match="no place for SVC"):
        loop.insert(compose(claim_of(file()).context.delimiters, "SVC", "X"))


def test_what_has_no_guide_is_carried_along() -> None:
    data = file().replace(b"005010X222A1", b"005010X999")
    found = list(units(data))
    assert [u.kind for u in found] == ["ISA", "GS", "other", "GE", "IEA"]
    assert b"".join(write(found)) == data


def test_an_empty_segment_stays_where_it_stands() -> None:
    """Also behind a segment of an inner loop, and before one that opens the next."""
    data = file()
    for at in range(1, data.count(b"~")):
        parts = data.split(b"~")
        changed = b"~".join([*parts[:at], b"", b"", *parts[at:]])
        assert b"".join(write(units(changed))) == changed


def test_transactions_hold_all_in_one_tree() -> None:
    unit = next(transactions(file()))
    assert unit.loop.find("2000A/2000B/2300/2400[2]/SV1-01-2") == ["97110"]
    assert unit.loop.first("SE") is not None


@pytest.mark.parametrize("name", ["837/professional", "835/remittance", "278/request", "278/response"])
def test_every_byte_is_in_exactly_one_unit(name: str) -> None:
    guide = load(name)
    rng = random.Random(8)
    data = interchange(guide, [Maker(guide, rng).transaction() for _ in range(3)])
    assert b"".join(bytes(u.loop) for u in units(data)) == data
    cut = data[: len(data) * 2 // 3]
    assert b"".join(bytes(u.loop) for u in units(cut)) == cut


@pytest.mark.corpus("*/*", large=True)
def test_the_corpus_comes_back_through_units(corpus_file: Path) -> None:
    data = corpus_file.read_bytes()
    assert b"".join(write(units(data))) == data


def test_an_event_belongs_to_the_level_that_it_names() -> None:
    """Behind a dependent's events one may be the subscriber's: HL02 says whose, and with it who the patient is."""
    path = TESTDATA / "278/response/pass/subscribers-event-behind-a-dependents.edi"
    (transaction,) = transactions(path)
    (subscriber,) = transaction.loop.loops("2000A")[0].loops("2000B")[0].loops("2000C")
    assert [event.get("TRN-02") for event in subscriber.loops("2000E")] == ["LOT3007"]
    (dependent,) = subscriber.loops("2000D")
    assert [event.get("TRN-02") for event in dependent.loops("2000E")] == ["LOT3006", "LOT3008"]


def test_a_bht_that_something_stands_before_tells_the_guide() -> None:
    (transaction,) = transactions(TESTDATA / "278/request/fail/segment-before-bht.edi")
    assert transaction.context.guide is load("278/request")
    assert len(transaction.loop.loops("2000A")) == 1


def test_an_edit_counts_its_own_transaction_alone() -> None:
    """Behind the edited transaction stands one of a version without a guide: its SE01 is none of ours."""
    data = (TESTDATA / "odd" / "a-version-without-guide-behind.837").read_bytes()
    parts = list(units(data))
    claim = next(part for part in parts if part.loop.id == "2300")
    claim.loop.insert(compose(claim.context.delimiters, "REF", "G1", "A1"))
    first, behind = data.split(b"IEA*", 1)
    assert (
        b"".join(write(parts))
        == first.replace(b"\nREF*EA", b"\nREF*G1*A1~\nREF*EA").replace(b"SE*33*", b"SE*34*") + b"IEA*" + behind
    )

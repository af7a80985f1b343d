"""One claim apart from its file, and written as a file again: only what must be new is new."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bench.claims import write_claims
from edi.errors import RecordError
from edi.guides.validation import validate
from edi.records.claim import read_claims
from edi.records.single import batches, read_sent, read_single
from edi.text.segments import read

STORY = Path(__file__).parents[2] / "testdata" / "story" / "claims"
NOW = datetime(2026, 12, 30, 8, 30)


def written(source: Path | bytes, control: int = 77) -> list[bytes]:
    """Each claim of a source as a file of its own."""
    claims = [read_single(data) for _, data in read_sent(source)]
    return [batch.write(control, NOW) for claim in claims for batch in batches([claim])]


def segments(data: bytes) -> list[str]:
    return [segment.raw.decode() for segment in read(data)]


def test_what_is_new_in_a_file_of_one_claim() -> None:
    """The daughter's claim stands in a level below her father's."""
    before = segments((STORY / "dependent.837").read_bytes())
    (data,) = written(STORY / "dependent.837")
    after = segments(data)
    changed = {old.split("*")[0]: (old, new) for old, new in zip(before, after, strict=True) if old != new}
    assert changed.keys() == {"ISA", "GS", "BHT", "IEA", "GE"}
    assert changed["BHT"][1] == "BHT*0019*00*0000000770001*20261230*0830*CH"
    assert changed["ISA"][1].split("*")[9:14] == ["261230", "0830", "^", "00501", "000000077"]
    assert changed["GS"][1].split("*")[4:7] == ["20261230", "0830", "77"]
    assert (changed["GE"][1], changed["IEA"][1]) == ("GE*1*77", "IEA*1*000000077")
    assert data.count(b"\n") == len(after)  # each line break is where it was


def test_levels_are_counted_anew(tmp_path: Path) -> None:
    """Of 40 claims under one provider each stands alone, below a subscriber with a level below it or none."""
    path = tmp_path / "many.837"
    write_claims(path, claims=40, seed=3)
    alone = written(path)
    assert len(alone) == 40
    kinds = set()
    for claim, data in zip(read_claims(path), alone, strict=True):
        assert validate(data, level=2).problems == ()
        (again,) = read_claims(data)
        assert (again.id, again.patient, again.payer, again.lines) == (claim.id, claim.patient, claim.payer, claim.lines)
        levels = [segment for segment in segments(data) if segment.startswith("HL*")]
        dependent = ["HL*1**20*1", "HL*2*1*22*1", "HL*3*2*23*0"]
        assert levels == (dependent if claim.dependent else ["HL*1**20*1", "HL*2*1*22*0"])
        kinds.add(claim.dependent)
    assert kinds == {True, False}


def test_claims_that_go_the_same_way_go_together() -> None:
    batch = [read_single(data) for _, data in read_sent(STORY / "batch.837")]
    test = (STORY / "dependent.837").read_bytes().replace(b"*0*T*:", b"*0*P*:")
    (production,) = [read_single(data) for _, data in read_sent(test)]
    found = batches([production, *batch])
    assert [(one.usage, len(one.claims)) for one in found] == [("P", 1), ("T", len(batch))]
    data = found[1].write(9, NOW)
    assert validate(data, level=2).problems == ()
    assert [segment for segment in segments(data) if segment.startswith("SE*")][1].endswith("*0002")
    assert (found[1].sender, found[1].receiver) == (("ZZ", "LARKSPUR"), ("ZZ", "MEADOWLARK"))


def test_what_is_sent_again_is_no_reissue() -> None:
    data = (STORY / "dependent.837").read_bytes().replace(b"BHT*0019*00*", b"BHT*0019*18*")
    (alone,) = written(data)
    assert b"BHT*0019*00*0000000770001*" in alone


def test_what_has_no_envelope_is_refused() -> None:
    with pytest.raises(RecordError):
        read_single(b"")
    (unit_bytes,) = [data for _, data in read_sent(STORY / "dependent.837")]
    with pytest.raises(RecordError):
        read_single(unit_bytes[unit_bytes.index(b"ST*") :])


@pytest.mark.corpus("837[PID]/**/*")
def test_every_claim_of_the_corpus_stands_alone(corpus_file: Path) -> None:
    for claim, data in read_sent(corpus_file):
        (again,) = read_claims(data)
        assert (again.id, again.charge, again.patient, again.lines) == (claim.id, claim.charge, claim.patient, claim.lines)

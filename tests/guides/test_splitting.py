"""A file split in two: both are X12, the good one passes, and together they have what there was."""

from __future__ import annotations

import io
import random
import re
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from bench.claims import write_claims
from edi.errors import ERROR
from edi.guides.splitting import Faults, split
from edi.guides.validation import validate
from edi.text.segments import read

TESTDATA = Path(__file__).parents[2] / "testdata"
ENVELOPE = {"ISA", "GS", "ST", "SE", "GE", "IEA", "TA1"}


def halves(data: bytes, *, by_claim: bool = False) -> tuple[bytes, bytes]:
    good, bad = io.BytesIO(), io.BytesIO()
    with closing(Faults()) as faults:
        for problem in validate(data).problems:
            if problem.severity == ERROR:
                faults.add(problem)
        split(data, faults, good, bad, by_claim=by_claim)
    return good.getvalue(), bad.getvalue()


def claims(data: bytes) -> Counter[bytes]:
    """Each claim of a file, as its bytes from CLM on."""
    found: Counter[bytes] = Counter()
    claim = b""
    for segment in read(data):
        if segment.id in ENVELOPE | {"HL", "CLM"}:
            found[claim] += 1
            claim = segment.raw if segment.id == "CLM" else b""
        elif claim:
            claim += b"~" + segment.raw
    found[claim] += 1
    del found[b""]
    return found


def bodies(data: bytes) -> Counter[bytes]:
    """Each transaction, without its SE."""
    found: Counter[bytes] = Counter()
    body = b""
    for segment in read(data):
        if segment.id in ENVELOPE:
            found[body] += bool(body)
            body = segment.raw if segment.id == "ST" else b""
        elif body and segment.raw:
            body += b"~" + segment.raw
    return found + Counter([body] if body else [])


LEVEL_1 = re.compile(r"(isa|gs|st|se|ge|iea|hl|ta1)-.*|segment-outside|text-outside")


def check(data: bytes) -> None:
    whole = validate(data)
    for by_claim in (False, True):
        good, bad = halves(data, by_claim=by_claim)
        if good:
            assert [problem for problem in validate(good).problems if problem.severity == ERROR] == []
        if bad:
            envelope = [p for p in validate(bad, level=1).problems if LEVEL_1.fullmatch(p.code)]
            known = {problem.code for problem in whole.problems}
            assert {problem.code for problem in envelope} <= known - {"se-count", "ge-count", "iea-count", "se-missing"}
        assert claims(good) + claims(bad) == claims(data)
        if not by_claim:
            assert bodies(good) + bodies(bad) == bodies(data)
            if whole.valid:
                assert not bad


FILES = sorted(path for path in TESTDATA.rglob("*") if path.suffix in (".edi", ".278", ".835", ".837"))


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(TESTDATA).as_posix() for path in FILES])
def test_files_of_ours(path: Path) -> None:
    check(path.read_bytes())


@pytest.mark.corpus("**/*")
def test_files_of_others(corpus_file: Path) -> None:
    if corpus_file.suffix.lower() not in (".md", ".tsv"):
        check(corpus_file.read_bytes())


# -- claims --------------------------------------------------------------------------------------------------------------

BATCH = (TESTDATA / "story" / "claims" / "batch.837").read_bytes()


def recounted(data: bytes) -> bytes:
    """The batch with the right SE01 after a change."""
    count = data[data.index(b"ST*") : data.rindex(b"GE*")].count(b"~")
    return re.sub(rb"SE\*\d+\*", b"SE*%d*" % count, data)


def changed(data: bytes, chance: random.Random) -> bytes:
    """One segment of a file, not of its envelope, deleted, doubled, moved, or with an element that is emptied or wrong."""
    lines = data.split(b"\n")
    at = chance.choice([n for n, line in enumerate(lines) if line and line[:3].rstrip(b"*").decode() not in ENVELOPE])
    kind = chance.randrange(6)
    elements = lines[at].rstrip(b"~").split(b"*")
    element = chance.randrange(1, len(elements))
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[at])
    elif kind == 2:
        lines.insert(at + chance.choice((-2, 2, 5)), lines.pop(at))
    elif kind == 3:
        elements[element] = b""
        lines[at] = b"*".join(elements) + b"~"
    else:
        elements[element] = chance.choice((b"ZZZZZZZZZ", b"20260231", b"-", b"9" * 90))
        lines[at] = b"*".join(elements) + b"~"
    return b"\n".join(lines)


@pytest.mark.parametrize("seed", range(150))
def test_changed_at_random(seed: int) -> None:
    chance = random.Random(seed)
    data = BATCH
    for _ in range(chance.choice((1, 1, 2, 4))):
        data = changed(data, chance)
    check(data if seed % 10 == 0 else recounted(data))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LO2004*", "LO2004-OF-MORE-THAN-38-CHARACTERS-OF-WHICH-THERE-ARE-ENOUGH*"),  # in its first segment
        ("REF*6R*LO2004L1~\n", ""),  # nothing amiss
        ("LX*1~", ""),
    ],
)
def test_only_the_faulty_claim_goes(old: str, new: str) -> None:
    start = BATCH.index(b"CLM*LO2004")
    data = recounted(BATCH[:start] + BATCH[start:].replace(old.encode(), new.encode(), 1))
    good, bad = halves(data, by_claim=True)
    faulty = 0 if validate(data).valid else 1
    assert (len(claims(bad)), len(claims(good))) == (faulty, 15 - faulty)
    if faulty:
        assert b"LO2004" in bad and b"LO2004" not in good


def test_what_is_missing_at_a_claim_s_end_is_that_claim_s() -> None:
    """The lines of a claim miss: it is told at the next claim, or at the level behind."""
    for number in re.findall(rb"CLM\*(\w+)", BATCH):
        start = BATCH.index(b"CLM*" + number + b"*")
        stop = min(at for at in (BATCH.find(mark, start + 4) for mark in (b"CLM*", b"\nHL*", b"\nSE*")) if at > 0)
        lines = BATCH.index(b"LX*1~", start)
        assert lines < stop
        good, bad = halves(recounted(BATCH[:lines] + BATCH[stop:].lstrip(b"\n")), by_claim=True)
        assert [key.split(b"*")[1] for key in claims(bad)] == [number]
        assert len(claims(good)) == 14
        assert validate(good).valid


def test_a_level_s_fault_is_that_of_every_claim_below() -> None:
    level = BATCH.index(b"NM1*IL*1*", BATCH.index(b"\nHL*3*"))
    data = BATCH[:level] + BATCH[level:].replace(b"NM1*IL*1*", b"NM1*IL*9*", 1)
    below = re.findall(rb"CLM\*(\w+)", BATCH[level : re.compile(rb"\nHL\*\d+\*1\*22").search(BATCH, level).start()])  # type: ignore[union-attr]
    good, bad = halves(data, by_claim=True)
    assert below and [key.split(b"*")[1] for key in claims(bad)] == below
    assert validate(good).valid


def test_a_header_s_fault_is_that_of_all() -> None:
    good, bad = halves(BATCH.replace(b"NM1*41*2*", b"NM1*41*9*"), by_claim=True)
    assert not good
    assert bad == BATCH.replace(b"NM1*41*2*", b"NM1*41*9*")


def test_what_is_valid_is_not_changed_by_a_byte() -> None:
    assert halves(BATCH, by_claim=True) == halves(BATCH) == (BATCH, b"")


def test_one_in_ten_of_many(tmp_path: Path) -> None:
    path = tmp_path / "many.837"
    write_claims(path, claims=300, seed=3)
    data = path.read_bytes()
    starts = [found.start() for found in re.finditer(rb"CLM\*", data)]
    for start in reversed(starts[::10]):
        at = data.index(b"DTP*472*D8*", start) + len(b"DTP*472*D8*")
        data = data[:at] + b"20260231" + data[at + 8 :]
    check(data)
    good, bad = halves(data, by_claim=True)
    assert (len(claims(bad)), len(claims(good))) == (30, 270)


def test_transactions_of_several_groups() -> None:
    """Three groups of two transactions, one of each faulty, and one whole: counts and numbers are those of what is there."""
    head, body, foot = BATCH[: BATCH.index(b"GS*")], BATCH[BATCH.index(b"ST*") : BATCH.rindex(b"GE*")], b""
    gs = BATCH[BATCH.index(b"GS*") : BATCH.index(b"ST*")]
    number = gs.split(b"*")[6]
    wrong = body.replace(b"NM1*41*2*", b"NM1*41*9*").replace(b"*0001", b"*0002")
    groups = b""
    for each, sets in ((b"71", body + wrong), (b"72", wrong), (b"73", body)):
        count = sets.count(b"ST*837")
        groups += gs.replace(b"*" + number + b"*", b"*" + each + b"*") + sets + b"GE*%d*%s~\n" % (count, each)
    isa = head.split(b"*")[13]
    data = head + groups + b"IEA*3*" + isa + b"~\n" + foot
    assert not any(problem.level == 1 for problem in validate(data).problems)
    check(data)
    good, bad = halves(data)
    for half in (good, bad):
        assert (half.count(b"GS*"), half.count(b"ST*837")) == (2, 2)
        assert b"IEA*2*" + isa in half and b"GE*1*71~" in half
        assert validate(half, level=1).valid

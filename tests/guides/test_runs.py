"""Units that an expression takes in a row are the units that a walk finds: the same loops, segments, texts and bytes."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from bench.documents import Maker, interchange
from bench.faults import mutants
from bench.mutants import written
from edi.guides.document import Loop, Unit, units, write
from edi.guides.guide import load
from edi.guides.texts import Texts
from tests.drawing import every
from tests.guides.test_document import CLAIM, file

TESTDATA = Path(__file__).parents[2] / "testdata"
FILES = sorted(path for path in TESTDATA.rglob("*") if path.suffix in (".837", ".835", ".278", ".edi", ".x12"))
GUIDES = ("837/professional", "837/institutional", "837/dental", "835/remittance")
EVERY = every(15)
"""Of so many mutants one is read both ways."""
DOCUMENTS = 16
"""So many are made of each guide, from what must be there to all that may: making them costs more than reading them."""
TWO = CLAIM + CLAIM.replace("C1", "C2")


def tree(loop: Loop) -> tuple[Any, ...]:
    return (
        loop.id,
        loop.step.use.id if loop.step else None,
        [tree(child) if isinstance(child, Loop) else (child.raw, child.end, child.offset) for child in loop.children],
    )


def laid_out(texts: Texts) -> tuple[Any, ...]:
    return texts.id, texts.element, texts.component, texts.segments, [laid_out(inner) for inner in texts.loops]


def both(data: bytes) -> tuple[list[Unit], list[Unit]]:
    return list(units(data, compiled=False)), list(units(data, compiled=True))


def assert_same(data: bytes) -> int:
    """Read a source both ways; how many units were taken by an expression."""
    walked, taken = both(data)
    assert [(unit.kind, unit.loop.id) for unit in taken] == [(unit.kind, unit.loop.id) for unit in walked]
    assert b"".join(write(taken)) == data
    clean = sum(unit.loop.unread is not None for unit in taken)
    for one, other in zip(walked, taken, strict=True):
        delimiters = one.context.delimiters
        assert laid_out(other.loop.texts(delimiters)) == laid_out(one.loop.texts(delimiters))
        assert other.loop.opening == one.loop.opening
    for one, other in zip(walked, taken, strict=True):
        assert bytes(other.loop) == bytes(one.loop)
        assert tree(other.loop) == tree(one.loop)
        assert [tree(parent) for parent in other.context.parents] == [tree(parent) for parent in one.context.parents]
    assert b"".join(write(taken)) == data
    return clean


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTDATA)))
def test_our_files(path: Path) -> None:
    assert_same(path.read_bytes())


@pytest.mark.corpus("837*/**/*", "835/**/*", "27*/**/*", large=True)
def test_files_of_others(corpus_file: Path) -> None:
    assert_same(corpus_file.read_bytes())


@pytest.mark.parametrize("name", GUIDES)
def test_what_the_guide_allows(name: str) -> None:
    guide, taken = load(name), 0
    for seed in range(DOCUMENTS):
        maker = Maker(guide, random.Random(seed), full=seed / DOCUMENTS, units=2)
        taken += assert_same(interchange(guide, [maker.transaction(), maker.transaction()]))
    assert taken > 100


@pytest.mark.parametrize("name", GUIDES)
def test_what_it_does_not_allow(name: str) -> None:
    for mutant in itertools.islice(mutants(load(name), 5), 0, None, EVERY):
        assert_same(written(mutant))


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n", "\n"])
def test_line_breaks(end: str) -> None:
    assert assert_same(file(TWO, end)) == 4


ODD = {
    "line breaks that differ": (CLAIM.replace("~HI", "~\r\nHI").replace("~LX", "~\nLX"), 3),
    "a line break in a segment": (CLAIM.replace("NTE*ADD*Z", "NTE*ADD*Z\nCLM*C9*1"), 2),
    "a name like a segment": (CLAIM.replace("NTE*ADD*Z", "NTE*ADD*CLM*1").replace("DOE", "CLM"), 3),
    "an empty segment": (CLAIM.replace("HI*", "~HI*"), 2),
    "an unknown segment": (CLAIM + "ZZZ*1~" + CLAIM.replace("C1", "C2"), 3),
    "no qualifier": (CLAIM.replace("REF*D9*X", "REF"), 2),
    "another code": (CLAIM.replace("REF*D9*X", "REF*QQ*X"), 2),
    "a code with more behind it": (CLAIM.replace("REF*D9*X", "REF*D9:1*X"), 2),
    "elements that are wrong": (CLAIM.replace("20260101", "yesterday").replace("99213", "?"), 3),
    "a claim within another file's envelope": (CLAIM.replace("NTE*ADD*Z", "NTE*ADD*" + file()[:106].decode()), 2),
    "lines twice": (CLAIM + CLAIM[CLAIM.index("LX*1") :], 3),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_claims(name: str) -> None:
    """What stands where it should not is walked, as it ever was; odd elements are no reason to."""
    claim, taken = ODD[name]
    assert assert_same(file(claim)) == taken


def test_files_that_end_early() -> None:
    data = file(TWO)
    for stop in range(len(data) - 1, 300, -7):
        assert_same(data[:stop])


def test_one_file_behind_another_with_other_delimiters() -> None:
    other = file().replace(b"*", b"|").replace(b"~", b"'")
    assert assert_same(file(TWO) + other + file()) == 10


def test_a_level_that_was_walked_stands_above_claims_that_are_taken() -> None:
    data = file(TWO).replace(b"SBR*P", b"ZZZ*1~SBR*P")
    assert assert_same(data) == 3
    claim = next(unit for unit in units(data, compiled=True) if unit.loop.id == "2300")
    assert claim.loop.unread is not None
    assert claim.context.parent("2000B").find("2010BA/NM1-09") == ["D1"]  # type: ignore[union-attr]


def test_a_large_source_is_taken_by_itself_and_a_small_one_is_not() -> None:
    """Of one person's claims a hundred at most: those behind them are walked."""
    for count, taken in ((1, 0), (90, 0), (1500, 2 + 100)):
        data = file("".join(CLAIM.replace("C1", f"C{n}") for n in range(count)))
        found = list(units(data))
        assert sum(unit.loop.unread is not None for unit in found) == taken
        assert sum(unit.loop.id == "2300" for unit in found) == count
        assert b"".join(write(found)) == data

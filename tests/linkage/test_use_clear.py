"""What a sent claim uses is the same where it is clear as where all that is near it is compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edi
from edi.jobs.worlds.making import make
from edi.linkage.clear import use_clear
from edi.linkage.linking import Directory
from edi.linkage.one_by_one import decide_one
from edi.linkage.terms import Terms
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row, Verdict
from edi.records.authorization import Authorization
from tests.drawing import examples
from tests.linkage.build import JONAS, MARIA, authorization, claim, line, service
from tests.linkage.test_clear import OURS, TESTDATA, billed, linked
from tests.linkage.test_laws import authorizations
from tests.linkage.test_linking import x12


def right(rows: Sequence[Row]) -> list[tuple[str, str | None, str]]:
    """The rows that close work: the right number is on the claim."""
    return [(row.claim, row.line, row.authorization) for row in rows if row.verdict is Verdict.ALREADY_LINKED]


def assert_same(claims: Iterable[edi.Claim], held: Sequence[Authorization]) -> list[bool]:
    """Both ways come to the same; gives of each claim with something near whether it was clear."""
    find, one, other, clear = Directory(held).find, Usage(), Usage(), []
    for sent in claims:
        (near,) = find([sent])
        own, beside = decide_one(sent, near, other, Terms())
        rows = use_clear(sent, near, one)
        if rows is None:
            decide_one(sent, near, one, Terms())
        else:
            assert right(rows) == right((*own, *beside))
        assert one.all() == other.all()
        assert one.changed() == other.changed()
        if near:
            clear.append(rows is not None)
    return clear


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(billed(), min_size=1, max_size=5), st.lists(authorizations(), max_size=4), st.sampled_from((MARIA, JONAS)))
def test_small_worlds(claims: list[list[str]], held: list[Authorization], who: edi.Person) -> None:
    keyed = [replace(one, key=str(n), subscriber=who) for n, one in enumerate(held)]
    data = x12(*claims)
    assert_same(edi.read_claims(data), keyed)
    assert_same(edi.read_claims(linked(data, keyed, brief=True)[1]), keyed)


CERTIFIED = {"A-1": ("27447",), "A-2": ("97110",), "A-3": ("99213", "76942")}


@st.composite
def carrying(draw: st.DrawFn, id: str) -> edi.Claim:
    """A claim whose lines carry numbers, most of them the right ones."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        number = draw(st.sampled_from(tuple(CERTIFIED)))
        code, day = draw(st.sampled_from((*CERTIFIED[number], "20610"))), draw(st.sampled_from(("03-10",) * 5 + ("06-20",)))
        held = "" if code == "20610" else draw(st.sampled_from((number,) * 8 + ("", "A-2", "X")))
        found.append(line(code, day, f"{draw(st.sampled_from((1, 1, 2)))} UN", held=held))
    return claim(*found, id=id, held=draw(st.sampled_from(("",) * 8 + ("A-1", "X"))))


@settings(max_examples=examples(400), deadline=None)
@given(carrying("C-1"), carrying("C-2"), st.sampled_from(("1 UN", "2 UN", "6 UN")), st.booleans())
def test_lines_that_carry_numbers(first: edi.Claim, second: edi.Claim, certified: str, others: bool) -> None:
    held = [
        authorization(number, *[service(code, "03-01/05-31", certified) for code in codes], key=str(n))
        for n, (number, codes) in enumerate(CERTIFIED.items())
    ]
    claims = [first, second] if others else [first]
    assert_same(claims, held)


def test_numbers_at_lines_are_clear() -> None:
    held = [authorization(number, service(codes[0], "03-01/05-31", "6 UN"), key=number) for number, codes in CERTIFIED.items()]
    lines = [line("27447", held="A-1"), line("20610"), line("97110", held="A-2")]
    assert assert_same([claim(*lines), claim(lines[0], id="C-2")], held) == [True, True]
    wrong = [line("27447", held="A-2"), line("97110", held="A-2")]
    assert assert_same([claim(*wrong), claim(*lines, id="C-2", held="A-1")], held) == [False, False]


@pytest.fixture(scope="module")
def on_file() -> list[Authorization]:
    """Every authorization of our files."""
    read = (one for path in sorted(TESTDATA.rglob("*.278")) for one in edi.read_authorizations(path))
    return [replace(one, key=str(n)) for n, one in enumerate(edi.joined(read))]


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(TESTDATA)))
def test_our_files(path: Path, on_file: list[Authorization]) -> None:
    assert_same(edi.read_claims(path), on_file)
    assert_same(edi.read_claims(linked(path.read_bytes(), on_file, brief=True)[1]), on_file)


def test_some_of_a_world_are_clear(tmp_path: Path) -> None:
    make(tmp_path, seed=11, size=200)
    answers = sorted([*tmp_path.glob("requests/*.278"), *tmp_path.glob("responses/*.278")])
    held = edi.joined([record for path in answers for record in edi.read_authorizations(path)])
    clear = [
        each
        for path in sorted(tmp_path.glob("claims/*.837"))
        for data in (path.read_bytes(), linked(path.read_bytes(), held, brief=True)[1])
        for each in assert_same(edi.read_claims(data), held)
    ]
    assert clear.count(True) >= 20
    assert clear.count(False) >= 20

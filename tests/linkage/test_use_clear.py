"""What a sent claim uses is the same where it is clear as where all that is near it is compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edi
from edi.jobs.worlds.making import make
from edi.linkage.clear import use_clear
from edi.linkage.deciding import decide_one
from edi.linkage.linking import Directory
from edi.linkage.terms import Terms
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row, Verdict
from edi.records.authorization import Authorization
from tests.drawing import examples
from tests.linkage.build import JONAS, MARIA
from tests.linkage.test_clear import OURS, TESTDATA, billed, linked
from tests.linkage.test_laws import authorizations
from tests.linkage.test_linking import x12


def right(rows: Sequence[Row]) -> list[tuple[str, str | None, str]]:
    """The rows that close work: the right number is on the claim."""
    return [(row.claim, row.line, row.authorization) for row in rows if row.verdict is Verdict.ALREADY_LINKED]


def assert_same(data: bytes, held: Sequence[Authorization]) -> list[bool]:
    """Both ways come to the same; gives of each claim with something near whether it was clear."""
    find, one, other, clear = Directory(held).find, Usage(), Usage(), []
    for claim in edi.read_claims(data):
        (near,) = find([claim])
        own, beside = decide_one(claim, near, other, Terms())
        rows = use_clear(claim, near, one)
        if rows is None:
            decide_one(claim, near, one, Terms())
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
    assert_same(data, keyed)
    assert_same(linked(data, keyed, brief=True)[1], keyed)


@pytest.fixture(scope="module")
def on_file() -> list[Authorization]:
    """Every authorization of our files."""
    read = (one for path in sorted(TESTDATA.rglob("*.278")) for one in edi.read_authorizations(path))
    return [replace(one, key=str(n)) for n, one in enumerate(edi.joined(read))]


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(TESTDATA)))
def test_our_files(path: Path, on_file: list[Authorization]) -> None:
    assert_same(path.read_bytes(), on_file)
    assert_same(linked(path.read_bytes(), on_file, brief=True)[1], on_file)


def test_some_of_a_world_are_clear(tmp_path: Path) -> None:
    make(tmp_path, seed=11, size=200)
    answers = sorted([*tmp_path.glob("requests/*.278"), *tmp_path.glob("responses/*.278")])
    held = edi.joined([record for path in answers for record in edi.read_authorizations(path)])
    clear = [
        each
        for path in sorted(tmp_path.glob("claims/*.837"))
        for data in (path.read_bytes(), linked(path.read_bytes(), held, brief=True)[1])
        for each in assert_same(data, held)
    ]
    assert clear.count(True) >= 20
    assert clear.count(False) >= 20

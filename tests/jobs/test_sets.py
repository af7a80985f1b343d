"""What the join and the library say together is what the library says alone: on worlds, and on small ones made at random."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import edi
from edi.guides import document
from edi.jobs.comparing import EVIDENCE
from edi.jobs.facts import CLAIMS, FACTS, KEYS, LINES, as_text, from_text
from edi.jobs.sets import Linking, SetRow
from edi.jobs.slices import units_of
from edi.jobs.worlds.making import make
from edi.linkage.verdict import Row
from edi.records.claim import OtherPayer, is_claim
from edi.records.claim_facts import facts_of
from edi.records.services import Procedure
from edi.text.segments import encode
from tests.drawing import examples
from tests.linkage.build import authorization, claim, hospital, line, service
from tests.linkage.test_laws import authorizations, claims

duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")

STORY = Path(__file__).parents[2] / "testdata" / "story"
_COUNT = iter(range(1_000_000))


def told(row: Row | SetRow) -> tuple[Any, ...]:
    number = row.authorization
    return row.claim, row.payer, row.line, row.verdict, number, row.written, row.placement, row.amount


def by_place(rows: Iterable[tuple[str, Row | SetRow]]) -> dict[Any, Any]:
    found = [((file, row.offset, row.line), told(row)) for file, row in rows]
    assert len(dict(found)) == len(found)
    return dict(found)


def row_by_row(files: Sequence[tuple[str, list[edi.Claim]]], held: Sequence[edi.Authorization]) -> dict[Any, Any]:
    """What `edi.link` says of all claims, one after the other, by the places of their rows."""
    usage = edi.Usage()
    return by_place((name, row) for name, some in files for row in edi.link(some, held, usage=usage).claims)


@pytest.mark.parametrize("seed", range(1, 1 + examples(3)))
def test_worlds(seed: int, tmp_path: Path) -> None:
    make(tmp_path, seed=seed, size=300)
    answers = sorted([*tmp_path.glob("requests/*.278"), *tmp_path.glob("responses/*.278")])
    held = edi.joined([record for path in answers for record in edi.read_authorizations(path)])
    files = [(str(path), list(edi.read_claims(path))) for path in sorted(tmp_path.glob("claims/*.837"))]
    for path, some in files:
        assert sum(edi.write_claim_facts(one, tmp_path / "facts") for one in edi.plan_slices(path, 20_000)) == len(some)
    assert edi.write_authorization_facts(held, tmp_path / "facts") == len(held)
    rows = list(edi.link_sets(tmp_path / "facts"))
    assert by_place((row.file, row) for row in rows) == row_by_row(files, held)
    clear = {(row.file, row.offset): row.verdict for row in rows if row.clear}
    assert len(clear) >= 0.75 * sum(len(some) for _, some in files)
    assert set(clear.values()) >= {
        edi.Verdict(word)
        for word in "linked already-linked requirement-unknown wrong-number after-period units-used-up not-applicable".split()
    }


def test_facts_of_a_slice_are_those_of_its_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken from the bytes of plain claims says what their records say, but for what nobody compares."""
    monkeypatch.setattr(document, "COMPILE_FROM", 1)
    make(tmp_path, seed=2, size=60)
    taken = 0
    for path in sorted([*tmp_path.glob("claims/*.837"), *STORY.glob("claims/*.837")]):
        for one in edi.plan_slices(path, 20_000):
            sliced, whole = tmp_path / "sliced" / one.name, tmp_path / "whole" / one.name
            records = [record for record in edi.read_slice(one) if isinstance(record, edi.Claim)]
            taken += sum(facts_of(unit) is not None for unit in units_of(one) if is_claim(unit))
            assert edi.write_claim_facts(one, sliced) == edi.write_claim_facts(records, whole, name="records") == len(records)
            for table in (CLAIMS, LINES, KEYS):
                columns = "* exclude (file, record, delimiters)" if table is CLAIMS else "* exclude (file)"
                first, second = (
                    duckdb.execute(f"select {columns} from read_parquet('{folder}/{table.name}/*') order by all").fetchall()
                    for folder in (sliced, whole)
                )
                assert first == second
    assert taken >= 30


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(authorizations(), max_size=4), st.lists(claims(), min_size=1, max_size=5), st.booleans())
def test_small_worlds(tmp_path: Path, held: list[edi.Authorization], billed: list[edi.Claim], twice: bool) -> None:
    folder = tmp_path / str(next(_COUNT))
    keyed = [replace(one, key=str(n)) for n, one in enumerate(held)]
    named = [replace(one, id="C-0" if twice and n < 2 else f"C-{n}", offset=n) for n, one in enumerate(billed)]
    edi.write_claim_facts(named, folder, name="claims")
    edi.write_authorization_facts(keyed, folder)
    assert by_place((row.file, row) for row in edi.link_sets(folder)) == row_by_row([("claims", named)], keyed)


@st.composite
def wanting(draw: st.DrawFn) -> edi.Claim:
    """A claim that wants some of what is scarce, and carries a number or not."""
    held = st.sampled_from(("", "", "", "A-1", "A-2", "Z-9", "NONE"))
    found = [
        line(
            draw(st.sampled_from(("27447", "97110", "99213"))),
            draw(st.sampled_from(("03-05", "03-05", "03-10", "03-11", "03-12/03-13"))),
            draw(st.sampled_from(("1 UN", "2 UN", "0.5 UN", "0 UN", "30 MJ"))),
            held=draw(held),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    if draw(st.integers(0, 3)) == 0:
        return hospital(*(replace(each, authorizations=()) for each in found), id="C", held=draw(held))
    return claim(*found, id="C", held=draw(held))


scarce = st.lists(
    st.builds(
        service,
        st.sampled_from(("27447", "97110")),
        st.sampled_from(("03-01/05-31", "")),
        st.sampled_from(("1 UN", "3 UN", "1 VS", "2 VS", "2 DY", "1 HS", "45 MJ", "2 MN", "")),
    ),
    min_size=1,
    max_size=2,
)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(scarce, min_size=1, max_size=2), st.lists(wanting(), min_size=2, max_size=8), st.booleans())
def test_small_worlds_in_which_units_are_scarce(
    tmp_path: Path, certified: list[list[edi.CertifiedService]], billed: list[edi.Claim], shared: bool
) -> None:
    """`shared`: what the event certifies, in visits, is for all its services."""
    folder = tmp_path / str(next(_COUNT))
    event = {"quantity": edi.Quantity(unit="VS", amount=Decimal(2))} if shared else {}
    held = [authorization(f"A-{n}", *services, key=str(n), **event) for n, services in enumerate(certified, 1)]
    named = [replace(one, id=f"C-{n}", offset=n) for n, one in enumerate(billed)]
    edi.write_claim_facts(named, folder, name="claims")
    edi.write_authorization_facts(held, folder)
    assert by_place((row.file, row) for row in edi.link_sets(folder)) == row_by_row([("claims", named)], held)


def facts(folder: Path, billed: Sequence[edi.Claim], held: Sequence[edi.Authorization]) -> list[SetRow]:
    edi.write_claim_facts(billed, folder, name="claims")
    edi.write_authorization_facts(held, folder)
    return list(edi.link_sets(folder))


@pytest.fixture
def visit() -> edi.Claim:
    """A claim that fits the authorization of `answer`, and takes one of its units."""
    (claim,) = edi.read_claims(STORY / "claims/number-missing.837")
    return claim


@pytest.fixture
def answer() -> edi.Authorization:
    both = [next(iter(edi.read_authorizations(STORY / room / "approved.278"))) for room in ("requests", "responses")]
    (joined,) = edi.joined(both)
    return joined


def test_units_that_suffice_need_no_order(visit: edi.Claim, answer: edi.Authorization, tmp_path: Path) -> None:
    (row,) = facts(tmp_path, [visit], [answer])
    assert (row.verdict.value, row.authorization, row.written, row.placement) == ("linked", "MLK26090101", True, "2300")
    assert row.clear


def test_units_that_do_not_are_given_in_the_order_of_the_claims(
    visit: edi.Claim, answer: edi.Authorization, tmp_path: Path
) -> None:
    """One is certified: of two claims the first in the order of files and places gets it, whoever wrote its facts first."""
    for name in ("b.837", "a.837"):
        edi.write_claim_facts([replace(visit, id=name)], tmp_path, name=name)
    edi.write_authorization_facts([answer], tmp_path)
    rows = sorted((row.claim, row.verdict.value, row.clear) for row in edi.link_sets(tmp_path))
    assert rows == [("a.837", "linked", True), ("b.837", "units-used-up", True)]


def test_a_claim_that_carries_the_number_uses_its_unit_in_its_turn(
    visit: edi.Claim, answer: edi.Authorization, tmp_path: Path
) -> None:
    carrying = replace(visit, id="A", authorization="MLK26090101", authorizations=("MLK26090101",))
    rows = facts(tmp_path, [replace(carrying, offset=1), replace(visit, id="B", offset=2)], [answer])
    assert sorted((row.claim, row.verdict.value) for row in rows) == [("A", "already-linked"), ("B", "units-used-up")]
    assert all(row.clear for row in rows)


def test_who_may_use_a_limit_is_looked_at_too(visit: edi.Claim, answer: edi.Authorization, tmp_path: Path) -> None:
    """A claim with another payer is the library's, and so are all that may want the same unit."""
    other = OtherPayer(id="OTH01", name="OTHER PLAN", responsibility="S")
    first = replace(visit, id="A", offset=1, other_payers=(other,))
    rows = facts(tmp_path, [first, replace(visit, id="B", offset=2)], [answer])
    assert [(row.claim, row.verdict.value, row.clear) for row in rows] == [("A", "linked", False), ("B", "units-used-up", False)]


def test_the_same_claim_twice_is_for_the_library(visit: edi.Claim, answer: edi.Authorization, tmp_path: Path) -> None:
    rows = facts(tmp_path, [replace(visit, offset=1), replace(visit, offset=2)], [answer])
    assert [(row.verdict.value, row.clear) for row in rows] == [("linked", False)] * 2  # the same units


@pytest.mark.parametrize("number", ["A*1", "A|1", "A" * 51, "\u21161", "A-1"])
@pytest.mark.parametrize("delimiters", [b"*:~^", b"|:~^", b"*:~|"])
def test_a_number_that_the_file_cannot_hold_is_not_written(
    number: str, delimiters: bytes, answer: edi.Authorization, tmp_path: Path
) -> None:
    """As in the file itself, by its own delimiters; what is not written uses nothing."""
    path, (sample,) = tmp_path / "claims.837", STORY.glob("claims/number-missing.837")
    path.write_bytes(sample.read_bytes().translate(bytes.maketrans(b"*:~^", delimiters)))
    services = tuple(replace(each, number=number) for each in answer.services)
    held = [replace(answer, number=number, services=services)]
    for one in edi.plan_slices(path):
        edi.write_claim_facts(one, tmp_path / "facts")
    edi.write_authorization_facts(held, tmp_path / "facts")
    (row,) = edi.link_sets(tmp_path / "facts")
    (expected,) = edi.link(path, held).claims
    assert told(row) == told(expected)
    fits = number == "A-1" or (number in ("A*1", "A|1") and encode(number)[1] not in delimiters)
    assert (row.verdict.value, row.written, row.clear) == ("linked" if fits else "call-payer", fits, fits)


def test_nothing_on_file_at_all(visit: edi.Claim, tmp_path: Path) -> None:
    (row,) = facts(tmp_path, [visit], [])
    assert (row.verdict.value, row.clear, row.amount) == ("requirement-unknown", True, visit.charge)


def test_records_come_back_from_their_text(visit: edi.Claim, answer: edi.Authorization) -> None:
    assert from_text(edi.Claim, as_text(visit)) == visit
    assert from_text(edi.Authorization, as_text(answer)) == answer


def test_a_folder_without_facts_is_one_sentence(visit: edi.Claim, tmp_path: Path) -> None:
    edi.write_claim_facts([visit], tmp_path, name="claims")
    with pytest.raises(edi.EdiError, match=r": no facts of authorizations are here\.$"):
        Linking(tmp_path)


def test_without_the_library_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def absent(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "duckdb":
            raise ImportError(name)
        return known(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(edi.EdiError, match=r'pip install "edi-authlink\[duckdb\]"'):
        Linking(tmp_path)


def test_tables_have_their_keys() -> None:
    for table in FACTS:
        assert set(table.key) <= {field.name for field in table.fields}


@pytest.mark.parametrize("code", ["00830", "0042T", "0042U", "0999T", "J0585", "E0601", "97110", "9711A", "AB123", ""])
@pytest.mark.parametrize(
    "ends", [("0001T", "0999T"), ("A4000", "J0585"), ("00100", "0999T"), ("97110", "97140"), ("97110", "971400")]
)
def test_a_range_holds_the_same_codes_as_elsewhere(code: str, ends: tuple[str, str]) -> None:
    (text,) = (part for part in EVIDENCE["measured"].split("else ") if part.startswith("l.code between"))
    told = f"select {text.partition(' end as code')[0]} from (select ? as code) l, (select ? as code, ? as code_end) o"
    ((held,),) = duckdb.execute(told, [code, *ends]).fetchall()
    assert held == Procedure(code=ends[0], code_end=ends[1]).covers(code)

"""Records of a source that is cut off, or is no X12: what is there is given, and that it is not all is said."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

import edi
from bench.claims import write_claims

STORY = Path(__file__).parents[2] / "testdata" / "story"
READERS: dict[str, Callable[[bytes], edi.Records[edi.Claim] | edi.Records[edi.Payment] | edi.Records[edi.Authorization]]] = {
    "claims/batch.837": edi.read_claims,
    "remittances/batch.835": edi.read_payments,
    "responses/two-services.278": edi.read_authorizations,
}


@pytest.mark.parametrize("name", READERS)
def test_a_source_that_is_cut_off_is_said_to_be(name: str) -> None:
    data = (STORY / name).read_bytes()
    whole = READERS[name](data)
    count = len(list(whole))
    assert whole.problems == ()
    for end in {data.rindex(b"IEA*"), data.rindex(b"GE*"), data.rindex(b"SE*"), len(data) * 2 // 3, 300, 110}:
        found = READERS[name](data[:end])
        assert len(list(found)) <= count
        (problem,) = found.problems
        assert (problem.code, problem.severity, problem.offset) == ("cut-off", "error", end)
        assert f"byte {end}" in problem.message
        assert problem.interchange == data.split(b"*")[13].decode()


@pytest.mark.parametrize("name", READERS)
def test_so_is_one_behind_which_another_begins(name: str) -> None:
    data = (STORY / name).read_bytes()
    end = data.rindex(b"GE*")
    found = READERS[name](data[:end] + data)
    assert len(list(found)) == 2 * len(list(READERS[name](data)))
    assert [(problem.code, problem.offset) for problem in found.problems] == [("cut-off", end)]


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("data", [b"", b"\n\n", b"Dear payer,\n", b"ISA*00*"])
def test_a_source_that_is_no_x12_is_said_to_be_none(name: str, data: bytes) -> None:
    found = READERS[name](data)
    assert list(found) == []
    assert [problem.code for problem in found.problems] == ["isa-missing"]


def test_line_breaks_behind_the_end_are_nothing() -> None:
    data = (STORY / "claims/batch.837").read_bytes()
    found = edi.read_claims(data + b"\r\n\r\n")
    assert len(list(found)) == 15
    assert found.problems == ()


def test_records_are_an_iterator_that_is_gone_through_once() -> None:
    found = edi.read_claims((STORY / "claims/batch.837").read_bytes()[:6000])
    first = next(found)
    assert found.problems == ()
    assert first.id == "LO2001"
    assert first not in list(found)
    assert list(found) == []
    assert len(found.problems) == 1


def test_of_a_file_in_slices_the_last_says_it(tmp_path: Path) -> None:
    path = tmp_path / "claims.837"
    write_claims(path, claims=300)
    data = path.read_bytes()
    for end, problems in ((len(data), 0), (data.rindex(b"CLM*"), 1), (data.rindex(b"GE*"), 1)):
        slices = list(edi.plan_slices("in memory", 20_000, opener := lambda name, mode, end=end: io.BytesIO(data[:end])))  # type: ignore[misc]
        read = [edi.read_slice(one, opener) for one in slices]
        assert sum(len(list(records)) for records in read) >= 299
        assert len(slices) > 2
        assert [len(records.problems) for records in read] == [0] * (len(slices) - 1) + [problems]

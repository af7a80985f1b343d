"""What slices say, one behind another, is what the whole file says: of any size, in other processes, whatever is wrong."""

from __future__ import annotations

import io
import pickle
import random
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edi
from bench import fuzz
from bench.claims import write_claims
from bench.remittances import write_payments
from edi.jobs.slices import Opener, Record, Slice, plan_slices, read_slice
from edi.text.segments import Source
from tests.drawing import examples

TESTDATA = Path(__file__).parents[2] / "testdata"
FILES = fuzz.sources(TESTDATA)


def whole(source: Source) -> list[list[Record]]:
    """The records of a file by their kinds, as one reader gives them."""
    data = source if isinstance(source, bytes) else Path(str(source)).read_bytes()
    return [list(edi.read_claims(data)), list(edi.read_payments(data)), list(edi.read_authorizations(data))]


def by_kind(records: Iterable[Record]) -> list[list[Record]]:
    found: list[list[Record]] = [[], [], []]
    for record in records:
        found[(edi.Claim, edi.Payment, edi.Authorization).index(type(record))].append(record)
    return found


def in_memory(data: bytes) -> Opener:
    return lambda path, mode: io.BytesIO(data)


def sliced(data: bytes, size: int) -> list[list[Record]]:
    opener = in_memory(data)
    slices = pickle.loads(pickle.dumps(list(plan_slices("in memory", size, opener))))
    return by_kind(record for one in slices for record in read_slice(one, opener))


@pytest.mark.parametrize("size", [1, 500, 4000])
def test_slices_say_what_the_file_says(size: int) -> None:
    assert len(FILES) > 200
    for data in FILES:
        assert sliced(data, size) == whole(data)


@pytest.mark.corpus("**/*", large=True)
def test_so_do_those_of_files_by_others(corpus_file: Path) -> None:
    data = corpus_file.read_bytes()
    if len(data) < 500_000:
        for size in (1, 2000):
            assert sliced(data, size) == whole(data)


@settings(max_examples=examples(300), deadline=None, derandomize=True)
@given(seed=st.integers(0, 30_000), size=st.sampled_from([1, 1, 300, 3000]))
def test_so_do_those_of_files_with_any_fault(seed: int, size: int) -> None:
    data = fuzz.mutated(random.Random(seed), FILES)
    try:
        expected = whole(data)
    except edi.EdiError:
        return
    assert sliced(data, size) == expected


def test_a_large_transaction_is_cut_at_its_units(tmp_path: Path) -> None:
    claims, payments = tmp_path / "claims.837", tmp_path / "payments.835"
    write_claims(claims, claims=1000)
    write_payments(payments, segments=20_000)
    for path in (claims, payments):
        data = _in_one(path.read_bytes())
        slices = list(plan_slices("in memory", 120_000, in_memory(data)))
        assert len(slices) >= len(data) // 160_000 > 1
        assert all(one.around.above for one in slices[1:])
        assert [one.stop for one in slices] == [*(one.start for one in slices[1:]), len(data)]
        assert all(len(pickle.dumps(one)) < 3000 for one in slices)
        found = sliced(data, 120_000)
        assert found == whole(data)
        assert sum(map(len, found)) > 1000


def _in_one(data: bytes) -> bytes:
    """All transactions of a file as one."""
    head, *sets = data.split(b"~\nSE*")
    return b"".join([head, *(_units(one) for one in sets[:-1]), b"~\nSE*" + sets[-1]])


def _units(behind: bytes) -> bytes:
    """From the first unit behind an SE on."""
    at = min(found for name in (b"~\nHL*", b"~\nLX*") if (found := behind.find(name)) >= 0)
    return behind[at:]


def _read(one: Slice) -> list[Record]:
    return list(read_slice(one))


def test_processes_read_a_slice_each(tmp_path: Path) -> None:
    path = tmp_path / "claims.837"
    write_claims(path, claims=800)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = [record for records in pool.map(_read, plan_slices(path, 100_000)) for record in records]
    assert found == list(edi.read_claims(path))
    assert len(found) == 800


@pytest.mark.parametrize("line_end", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("delimiters", [b"*:~^", b"|>\x1c!"])
def test_where_an_envelope_begins_is_seen(line_end: bytes, delimiters: bytes) -> None:
    """A mark before the first byte, other delimiters in the second file, an ISA right behind a segment without an end."""
    data = (TESTDATA / "story/claims/batch.837").read_bytes().replace(b"~\n", b"~" + line_end)
    other = data.translate(bytes.maketrans(b"*:~^", delimiters))
    joined = b"\xef\xbb\xbf" + data + other + data[: len(data) // 2].rpartition(b"~")[0] + other
    expected = whole(joined)
    assert len(expected[0]) > 40
    assert sliced(joined, 1) == expected


def test_what_only_looks_like_a_transaction_is_none() -> None:
    """Line breaks in a text do not begin a segment."""
    data = (TESTDATA / "story/claims/batch.837").read_bytes()
    data = data.replace(b"~\nDTP*472", b"~\nNTE*ADD*SEE\nST*837*0009\nHL*1**20*1\nGS*X~\nDTP*472")
    slices = list(plan_slices("in memory", 1, in_memory(data)))
    assert all(data[one.start - 2 : one.start] == b"~\n" for one in slices)
    assert sliced(data, 1) == whole(data)


def test_a_file_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(edi.SourceError, match=r"nowhere\.837: No such file or directory\."):
        list(edi.plan_slices(tmp_path / "nowhere.837"))
    path = tmp_path / "claims.837"
    write_claims(path, claims=1)
    (one,) = edi.plan_slices(path)
    path.unlink()
    with pytest.raises(edi.SourceError, match=r"claims\.837: No such file or directory\."):
        list(edi.read_slice(one))


def test_what_is_no_x12_has_no_slices() -> None:
    for data in (b"", b"ISA", b"name,amount\nST*1~\n" * 1000, bytes(10_000)):
        assert list(plan_slices("in memory", 1, in_memory(data))) == []


def test_an_object_store_is_read_by_its_opener() -> None:
    memory = pytest.importorskip("fsspec", reason="fsspec is not installed").filesystem("memory")
    data = (TESTDATA / "story/claims/batch.837").read_bytes()
    memory.pipe("/inbox/batch.837", data)
    slices = list(edi.plan_slices("/inbox/batch.837", 1, memory.open))
    assert len(slices) > 10
    assert [record for one in slices for record in edi.read_slice(one, memory.open)] == list(edi.read_claims(data))

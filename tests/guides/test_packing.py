"""Units that went to another process and came back are what they were: their bytes, and what is read from them."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from edi.guides.document import Unit, units
from edi.guides.packing import Packed, Placed, pack, placed, some, unpack
from edi.records.claim import claim_of, is_claim

CLAIMS = sorted((Path(__file__).parents[2] / "testdata").rglob("*.837"))


def sent(found: list[Unit]) -> list[Unit]:
    packed = pack(found)
    assert packed is not None
    received: Packed = pickle.loads(pickle.dumps(packed))
    return unpack(received)


@pytest.mark.parametrize("compiled", [True, False], ids=["accepted", "walked"])
@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.name)
def test_a_claim_comes_through(path: Path, compiled: bool) -> None:
    found = [unit for unit in units(path, compiled=compiled) if is_claim(unit)]
    received = sent(found)
    assert [bytes(unit.loop) for unit in received] == [bytes(unit.loop) for unit in found]
    assert [unit.loop.count() for unit in received] == [unit.loop.count() for unit in found]
    assert [claim_of(unit) for unit in received] == [claim_of(unit) for unit in found]


@pytest.mark.parametrize("compiled", [True, False], ids=["accepted", "walked"])
def test_some_come_through_without_their_bytes(compiled: bool) -> None:
    """Which stand in the file."""
    for path in CLAIMS:
        data = path.read_bytes()
        found = [unit for unit in units(path, compiled=compiled) if is_claim(unit)]
        packed = pack(found)
        assert packed is not None
        known: Placed = pickle.loads(pickle.dumps(placed(packed)))
        which = list(range(len(found)))[::-2]
        received = unpack(some(known, which, lambda start, stop, data=data: data[start:stop]))  # type: ignore[misc]
        assert [claim_of(unit) for unit in received] == [claim_of(found[n]) for n in which]
        assert [bytes(unit.loop) for unit in received] == [bytes(found[n].loop) for n in which]
        assert len(pickle.dumps(known)) < len(pickle.dumps(packed)) or not (compiled and found)


def test_what_somebody_looked_into_comes_through() -> None:
    found = [unit for unit in units(CLAIMS[0], compiled=True) if is_claim(unit)]
    for unit in found:
        list(unit.loop.walk())
    assert [bytes(unit.loop) for unit in sent(found)] == [bytes(unit.loop) for unit in found]


def test_levels_are_sent_once() -> None:
    path = next(path for path in CLAIMS if path.name == "batch.837")
    packed = pack([unit for unit in units(path, compiled=True) if is_claim(unit)])
    assert packed is not None
    billing = [piece for piece in packed.levels if piece[2] == ("2000A",)]
    assert (len(billing), len(packed.around)) == (1, 1)


def test_what_has_no_guide_is_not_packed() -> None:
    envelope = next(units(CLAIMS[0]))
    assert pack([envelope]) is None

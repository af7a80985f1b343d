"""Frozen dataclasses with a quick `__init__`: the same parameters, defaults and refusals as without."""

from __future__ import annotations

import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, fields, replace
from typing import Any

import pytest

from edi.frozen import changed, quick
from edi.linkage.verdict import Row, Verdict
from edi.records.claim import Claim


@dataclass(frozen=True, slots=True)
class Plain:
    number: int
    name: str = "none"


@quick
@dataclass(frozen=True, slots=True)
class Quick:
    number: int
    name: str = "none"


@quick
@dataclass(frozen=True, slots=True)
class Single:
    number: int


@pytest.mark.parametrize("record", [Claim, Row])
def test_the_parameters_are_those_of_the_fields(record: Any) -> None:
    parameters = list(inspect.signature(record).parameters.values())
    assert [parameter.name for parameter in parameters] == [field.name for field in fields(record)]
    assert all(parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in parameters)


def test_it_is_made_as_without() -> None:
    for made, plain in (
        (Quick(1), Plain(1)),
        (Quick(1, "two"), Plain(1, "two")),
        (Quick(name="two", number=1), Plain(name="two", number=1)),
    ):
        assert (made.number, made.name) == (plain.number, plain.name)
    assert Quick(1) == Quick(1, "none") != Quick(1, "two")
    assert replace(Quick(1), name="two") == Quick(1, "two")
    assert hash(Quick(1)) == hash(Plain(1))


def test_it_refuses_what_it_refuses_without() -> None:
    for given in ((), (1, "two", 3)):
        with pytest.raises(TypeError, match=r"__init__\(\)"):
            Quick(*given)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(TypeError, match="unexpected keyword argument 'other'"):
        Quick(1, other=2)  # type: ignore[call-arg]  # that is the point
    with pytest.raises(FrozenInstanceError):
        Quick(1).number = 2  # type: ignore[misc]  # that is the point


def test_a_record_comes_through_pickling() -> None:
    row = Row(claim="C1", transaction="0001", payer="P", verdict=Verdict.LINKED, reasons=("it fits",))
    assert pickle.loads(pickle.dumps(row)) == row


def test_it_is_changed_as_without() -> None:
    one = Quick(1, "two")
    assert changed(one, number=3) == replace(one, number=3) == Quick(3, "two")
    assert changed(one, number=3, name="four") == Quick(3, "four")
    assert changed(one) == one == Quick(1, "two")
    row = Row(claim="C1", transaction="0001", payer="P", verdict=Verdict.LINKED)
    assert changed(row, other=True, line="2") == replace(row, other=True, line="2")
    with pytest.raises(TypeError, match="unexpected keyword argument 'more'"):
        changed(one, more=2)


def test_one_of_a_single_field_is_changed_and_pickled_too() -> None:
    assert changed(Single(1), number=2) == Single(2)
    assert pickle.loads(pickle.dumps(Single(1))) == Single(1)

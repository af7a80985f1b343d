"""Errors and problems go from one process to another, and into sets."""

from __future__ import annotations

import copy
import importlib
import pickle
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType

import pytest

from edi import errors
from edi.errors import DefinitionError, EdiError, Problem
from tests.test_layout import MODULES, PACKAGE


def _kinds(kind: type[EdiError] = EdiError) -> Iterator[type[EdiError]]:
    yield kind
    for inner in kind.__subclasses__():
        yield from _kinds(inner)


def _made(kind: type[EdiError]) -> EdiError:
    return kind("wrong", "own.rules", 3, 5, "must x") if issubclass(kind, DefinitionError) else kind("wrong")


@pytest.mark.parametrize("again", [lambda each: pickle.loads(pickle.dumps(each)), copy.copy, copy.deepcopy])
@pytest.mark.parametrize("kind", [kind for kind in _kinds() if kind.__module__.startswith("edi.")])
def test_an_error_comes_back_as_it_was(kind: type[EdiError], again: Callable[[EdiError], EdiError]) -> None:
    error = _made(kind)
    other = again(error)
    assert (type(other), str(other), other.args, vars(other)) == (kind, str(error), error.args, vars(error))


def test_all_errors_are_tried() -> None:
    named = {each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)}
    assert named <= set(_kinds())


def test_the_tree_that_is_drawn_is_that_of_the_classes() -> None:
    for module in MODULES.values():
        if re.search(r"^class \w+Error\(", module.read_text(encoding="utf-8"), re.MULTILINE):
            importlib.import_module(".".join(("edi", *module.relative_to(PACKAGE).with_suffix("").parts)))
    drawn = re.findall(r"^    ([│├└─ ]*)(\w+Error) ", errors.__doc__ or "", re.MULTILINE)
    above: dict[int, str] = {}
    parents: dict[str, str] = {}
    for branch, name in drawn:
        depth = len(branch)
        parents[name] = above.get(depth - 4, "Exception")
        above[depth] = name
    ours = {kind for kind in _kinds() if kind.__module__.startswith("edi.")}
    assert parents == {kind.__name__: kind.__bases__[0].__name__ for kind in ours}


def test_a_problem_may_stand_in_a_set() -> None:
    problem = Problem(code="segment-missing", message="HI is missing", x12=MappingProxyType({"999": "IK304=3"}))
    assert {problem, pickle.loads(pickle.dumps(problem)), replace(problem, x12=MappingProxyType({}))} == {
        problem,
        replace(problem, x12=MappingProxyType({})),
    }
    assert hash(problem) == hash(copy.deepcopy(problem))

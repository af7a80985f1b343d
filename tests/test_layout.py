"""The house: its layers, its doors, its definitions free of Python, its short modules, and what a start may load."""

from __future__ import annotations

import ast
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import edi

PACKAGE = Path(edi.__file__).parent
LAYERS = ("errors", "frozen", "resources", "speed", "text", "guides", "records", "linkage", "ledger", "reports", "jobs", "cli")
"""Each room imports from itself and from those on its left. `edi` itself only names, `edi.__main__` only starts."""
DEFINITIONS = ("278", "837", "835", "x12", "payers")
LONGEST_MODULE = 400
DOORS = {
    "alembic": ("ledger/",),
    "duckdb": ("jobs/sets.py",),
    "psycopg": ("ledger/",),
    "sqlalchemy": ("ledger/",),
    "sqlite3": ("ledger/",),
    "sqlmodel": ("ledger/",),
    "pyarrow": ("reports/datasets.py",),
    "pyspark": ("jobs/spark.py",),
    "pyx12": ("guides/comparison.py",),
    "edi_speed": ("speed.py",),
    "importlib.resources": ("resources.py",),
}
"""An outside thing, and who alone may import it."""
CLOCK = ("cli/", "jobs/")
"""Elsewhere the time is an argument."""

MODULES = {module.relative_to(PACKAGE).as_posix(): module for module in sorted(PACKAGE.rglob("*.py"))}
"""By its name in the package."""


def imports(tree: ast.Module) -> Iterator[str]:
    """The full name of every module, and of every name, that is imported anywhere in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """Every module, parsed once for all that is asked of it; by its name."""
    return {name: ast.parse(module.read_text(encoding="utf-8")) for name, module in MODULES.items()}


def test_a_room_imports_only_from_its_left(trees: dict[str, ast.Module]) -> None:
    wrong = []
    for name, tree in trees.items():
        room = name.split("/")[0].removesuffix(".py")
        if room in ("__init__", "__main__"):
            continue
        assert room in LAYERS, f"edi/{room} is in no layer"
        allowed = LAYERS[: LAYERS.index(room) + 1]
        for imported in imports(tree):
            parts = imported.split(".")
            if parts[0] == "edi" and parts[1] not in allowed:
                wrong.append(f"edi/{name} imports {imported}, but {room} stands left of {parts[1]}")
    assert wrong == []


def test_outside_things_have_one_door(trees: dict[str, ast.Module]) -> None:
    wrong = []
    for name, tree in trees.items():
        for imported in imports(tree):
            for thing, doors in DOORS.items():
                if (imported == thing or imported.startswith(f"{thing}.")) and not name.startswith(doors):
                    wrong.append(f"edi/{name} imports {imported}; the door is {', '.join(doors)}")
    assert wrong == []


def test_only_resources_knows_where_files_are(trees: dict[str, ast.Module]) -> None:
    knowing = {
        name
        for name, tree in trees.items()
        if any(isinstance(node, ast.Name) and node.id == "__file__" for node in ast.walk(tree))
    }
    assert knowing == {"resources.py"}


def test_the_clock_is_an_argument(trees: dict[str, ast.Module]) -> None:
    reading = [
        f"edi/{name}:{node.lineno}"
        for name, tree in trees.items()
        if not name.startswith(CLOCK)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("now", "utcnow", "today")
    ]
    assert reading == []


def test_a_module_is_short_and_says_what_it_is(trees: dict[str, ast.Module]) -> None:
    lengths = {name: len(module.read_text(encoding="utf-8").splitlines()) for name, module in MODULES.items()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}, "two ideas"
    assert [name for name, tree in trees.items() if not ast.get_docstring(tree)] == []


def test_all_is_sorted(trees: dict[str, ast.Module]) -> None:
    for module, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
                if not isinstance(node.value, ast.List | ast.Tuple):
                    continue
                names = [ast.literal_eval(name) for name in node.value.elts]
                in_order = sorted(names, key=lambda n: (not n.isupper(), not n[0].isupper(), n))  # as ruff's RUF022 does
                assert names == in_order, f"edi/{module}"


def test_every_room_says_what_it_is_for() -> None:
    rooms = {module.parent for module in MODULES.values()} - {PACKAGE}
    assert all((room / "__init__.py").is_file() for room in rooms if room.name != "versions")  # alembic's own folder


def test_definitions_have_no_python() -> None:
    for folder in DEFINITIONS:
        assert (PACKAGE / folder).is_dir()
        assert not list((PACKAGE / folder).rglob("*.py*")), f"edi/{folder} is for definitions"


def test_public_names_are_sorted_and_resolve() -> None:
    assert edi.__all__ == sorted(edi.__all__)
    for name in edi.__all__:
        assert getattr(edi, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        edi.nothing  # noqa: B018 - the access is what is tested


def test_type_checkers_see_the_names_that_there_are(trees: dict[str, ast.Module]) -> None:
    body = trees["__init__.py"].body
    for_them = next(node.body for node in body if isinstance(node, ast.If))
    declared = {alias.asname: line.module for line in for_them if isinstance(line, ast.ImportFrom) for alias in line.names}
    homes = importlib.import_module("edi")._HOME
    assert declared == homes


def loaded(code: str, *arguments: str, cache: Path) -> set[str]:
    """The modules that a fresh Python has loaded after it ran some code."""
    tail = "\nimport json, sys\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    ran = subprocess.run(
        [sys.executable, "-c", code + tail, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(PACKAGE.parent)},
    )
    return set(json.loads(ran.stderr.splitlines()[-1]))


def test_importing_edi_costs_nothing(tmp_path: Path) -> None:
    found = loaded("import edi", cache=tmp_path)
    assert [module for module in found if module.startswith("edi")] == ["edi"]


def test_validation_starts_light(tmp_path: Path, one_claim: Path) -> None:
    """Neither the ledger nor, once the guide is parsed, the grammar (0.6 s and 0.15 s) is loaded to judge a file."""
    code = "import sys\nfrom edi.cli.validate import validate\nassert validate(sys.argv[1:], standalone_mode=False) == 0"
    loaded(code, str(one_claim), cache=tmp_path)
    again = loaded(code, str(one_claim), cache=tmp_path)
    assert "edi.guides.validation" in again
    assert not again & {"alembic", "lark", "pydantic", "pyx12", "sqlalchemy", "sqlmodel", "xml.etree.ElementTree"}


@pytest.fixture
def one_claim(tmp_path: Path) -> Path:
    from bench.claims import write_claims

    path = tmp_path / "one.837"
    write_claims(path, claims=1, seed=1)
    return path

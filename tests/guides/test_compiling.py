"""Expressions kept between runs are those that `re.compile` would make, or are made by it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edi.guides import compiling
from edi.guides.compiling import compiled

EXPRESSION = rb"((?>(?>A[BC]*+D|E{2,3}+)(?=~))*+)" + b"(?>(?=~)X)?+" * 50


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "edi-authlink"


def test_it_is_what_re_makes_first_and_when_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = re.compile(EXPRESSION, re.DOTALL)
    assert compiled(EXPRESSION) == plain
    assert [path.suffix for path in folder.iterdir()] == [".re"]
    monkeypatch.setattr(compiling, "_numbers", None)
    again = compiled(EXPRESSION)
    assert again == plain
    assert again.groups == 1
    assert [m.groups() for m in again.finditer(b"ABCD~EE~")] == [m.groups() for m in plain.finditer(b"ABCD~EE~")]


@pytest.mark.parametrize("rest", [b"", b"no", b"\x78\x9c\x03\x00\x00\x00\x00\x01", b"cut"])
def test_a_broken_file_is_as_none(folder: Path, rest: bytes) -> None:
    compiled(EXPRESSION)
    (kept,) = folder.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[:20] if rest == b"cut" else rest)
    assert compiled(EXPRESSION).match(b"ABCD~") is not None
    assert kept.read_bytes() == whole


def test_numbers_that_are_no_pattern_are_refused(folder: Path) -> None:
    import zlib

    compiled(EXPRESSION)
    (kept,) = folder.iterdir()
    kept.write_bytes(zlib.compress(b"\x07\x00\x00\x00" * 9))
    assert compiled(EXPRESSION).match(b"ABCD~") is not None


def test_another_python_keeps_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled(EXPRESSION)
    monkeypatch.setattr("sys.version", "4.0")
    compiled(EXPRESSION)
    assert len(list(folder.iterdir())) == 2


def test_where_re_is_made_otherwise_re_compile_does_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(expression: bytes) -> list[int]:
        raise ImportError

    monkeypatch.setattr(compiling, "_numbers", gone)
    assert compiled(EXPRESSION) == re.compile(EXPRESSION, re.DOTALL)
    assert not folder.exists()

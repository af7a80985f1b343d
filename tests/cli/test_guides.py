"""edi guides: what can go wrong. What they show, find and derive is tested with the guides themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import Shell

BOMB = (
    '<!DOCTYPE t [<!ENTITY a "'
    + "a" * 1000
    + '">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 or str()};" * 10}">' for n in range(1, 12))
    + "]><transaction>&a11;</transaction>"
)
"""Some lines of XML that stand for a petabyte."""
NOT_A_GUIDE = {
    "empty": b"",
    "bytes": bytes(range(255, -1, -1)),
    "zeros": b"\0" * 10,
    "utf-16": "guide 837 005010X222A1".encode("utf-16"),
    "cut": b'guide 837 005010X222A1 "Claims"  group HC\n',
    "open": b"(" * 10_000,
    "x12": b"ISA*00*          *00*          *ZZ*",
}
NOT_A_MAP = {
    "empty": b"",
    "words": b"Dear payer,",
    "other": b"<x/>",
    "without-segments": b"<transaction/>",
    "cut": b"<transaction><segment>",
    "deep": b"<a>" * 100_000,
    "bomb": BOMB.encode(),
    "unplaced": b'<transaction><segment xid="ST"><element xid="ST01"><seq>x</seq></element></segment></transaction>',
    "outside": b'<!DOCTYPE t [<!ENTITY e SYSTEM "file:///etc/passwd">]><transaction xid="837">&e;</transaction>',
}


def test_what_comes_with_the_program_is_listed_and_can_be_shown(new_shell: Shell) -> None:
    listed = new_shell("guides", "list")
    assert (listed.exit_code, listed.stderr) == (0, "")
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    assert {"278/request", "278/response", "837/professional", "835/remittance"} <= set(names)
    for name in names:
        shown = new_shell("guides", "show", name)
        assert (shown.exit_code, shown.stdout.startswith(f"{name}: ")) == (0, True)


@pytest.mark.parametrize("name", ["nope", "", "../837", "837", "/", "\x1b[2J", "\0", "no.guide"])
def test_a_guide_that_is_not_there_is_one_sentence(name: str, new_shell: Shell) -> None:
    for command in ("show", "lint"):
        result = new_shell("guides", command, name)
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        assert result.stderr.startswith("edi: ")
        assert "\x1b" not in result.stderr


@pytest.mark.parametrize("path", ["nope", "[", "]", "/", "//", "REF[", "-", "CLM-x", "2300/REF[#1]", "é", " ", "\x1b[2J"])
def test_a_path_to_nowhere_is_one_sentence(path: str, new_shell: Shell) -> None:
    result = new_shell("guides", "show", "837/professional", "--", path)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "has nothing at" in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("path", ["CLM-99", "2300/CLM-21", "CLM-00"])
def test_an_element_that_is_not_there_is_one_sentence(path: str, new_shell: Shell) -> None:
    result = new_shell("guides", "show", "professional", path)
    said = f"edi: 837/professional: has no element {path[-2:]} in CLM, which ends at 20\n"
    assert (result.exit_code, result.output) == (2, said)


def test_an_element_that_is_not_used_is_called_so(new_shell: Shell) -> None:
    result = new_shell("guides", "show", "professional", "CLM-03")
    assert (result.exit_code, result.stdout.splitlines()[1:]) == (0, ["  not used: 03"])


def test_a_map_says_which_position_is_no_number(new_shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "map.xml"
    path.write_bytes(NOT_A_MAP["unplaced"])
    said = f"edi: {path}: has an element of ST at 'x': <seq> is the number of its position\n"
    assert new_shell("guides", "import", path).output == said


def test_what_a_broken_guide_says_does_nothing_to_a_terminal(new_shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "mine.guide"
    path.write_text('guide 837 005010X999 "A guide"\n\x1b[2JST R 1 : 01\n')
    result = new_shell("guides", "lint", path)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"refused: {path}:2") and "\\x1b[2JST R 1" in result.stdout
    assert "\x1b" not in result.output


@pytest.mark.parametrize("content", NOT_A_GUIDE.values(), ids=NOT_A_GUIDE)
def test_what_is_no_guide_is_refused_with_its_place(content: bytes, new_shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "mine.guide"
    path.write_bytes(content)
    shown, linted = new_shell("guides", "show", path), new_shell("guides", "lint", path)
    assert (shown.exit_code, shown.stdout, linted.exit_code, linted.stderr) == (2, "", 1, "")
    assert shown.stderr.startswith(f"edi: {path}:1")
    assert linted.stdout.startswith(f"refused: {path}:1")
    assert "\0" not in shown.output


@pytest.mark.parametrize("content", NOT_A_MAP.values(), ids=NOT_A_MAP)
def test_what_is_no_map_is_refused_and_leaves_nothing(content: bytes, new_shell: Shell, tmp_path: Path) -> None:
    path, out = tmp_path / "map.xml", tmp_path / "out.guide"
    path.write_bytes(content)
    result = new_shell("guides", "import", path, "-o", out)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith(f"edi: {path}:")
    assert "root:" not in result.stderr
    assert [found.name for found in tmp_path.iterdir()] == ["map.xml"]


def test_a_map_that_is_not_there_is_one_sentence(new_shell: Shell, tmp_path: Path) -> None:
    for path, why in ((tmp_path, "Is a directory"), (tmp_path / "no.xml", "No such file or directory")):
        result = new_shell("guides", "import", path)
        assert (result.exit_code, result.output) == (2, f"edi: {path}: cannot be read ({why})\n")

"""edi codes, as it is typed."""

from __future__ import annotations

from pathlib import Path

from tests.cli.shell import Shell


def test_the_lists_are_listed(new_shell: Shell) -> None:
    said = new_shell("codes", "list").stdout
    assert "CARC                     407  as of 2026-08-17  claim adjustment reason code\n" in said
    assert "TAXONOMY                   -  by shape          provider taxonomy\n" in said
    lists = {each["name"]: each for each in new_shell.json("codes", "list")["lists"]}
    assert (lists["POS"]["codes"], lists["NPI"]["codes"]) == (52, None)
    assert lists["NPI"]["severity"] == "error"
    assert "CMS" in lists["POS"]["source"]


def test_codes_are_shown(new_shell: Shell) -> None:
    result = new_shell("codes", "show", "carc", "197", "38")
    assert result.exit_code == 0
    assert result.stdout == (
        "CARC 197  authorization, pre-certification or notice absent; from 2006-10-31\n"
        "CARC 38   not provided or authorized by designated providers; from 1995-01-01; until 2013-01-01\n"
    )


def test_an_unknown_code_is_a_finding_with_its_neighbours(new_shell: Shell) -> None:
    result = new_shell("codes", "show", "POS", "11", "98", "1A")
    assert result.exit_code == 1
    assert result.stdout == (
        "POS 11  office\n"
        "POS 98  not in the list as of 2026-11-24; near it: 99, 81, 58\n"
        "POS 1A  another shape: expected two digits\n"
    )
    shown = new_shell.json("codes", "show", "POS", "98", code=1)
    assert shown["codes"][0]["why"] == "unknown"


def test_a_code_on_a_day(new_shell: Shell) -> None:
    assert new_shell("codes", "show", "CARC", "38", "--on", "2012-05-01").exit_code == 0
    result = new_shell("codes", "show", "CARC", "38", "--on", "2020-05-01")
    assert result.exit_code == 1
    assert "no longer good on 2020-05-01" in result.stdout


def test_a_shape_is_all_that_is_known_of_some(new_shell: Shell) -> None:
    assert new_shell("codes", "show", "NPI", "1234567893").stdout == "NPI 1234567893  has the right shape\n"
    result = new_shell("codes", "show", "NPI", "1234567890")
    assert (result.exit_code, result.stdout) == (1, "NPI 1234567890  the check digit is wrong\n")


def test_without_a_code_the_whole_list_is_shown(new_shell: Shell) -> None:
    lines = new_shell("codes", "show", "pos").stdout.splitlines()
    assert lines[0] == "POS: place of service; as of 2026-11-24; two digits."
    assert len(lines) == 1 + 52
    assert new_shell("codes", "show", "TAXONOMY").exit_code == 0


def test_a_file_takes_the_place_of_a_list(new_shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "carc.csv"
    file.write_text("code,start,stop,description\n999,2026-01-01,,of ours\n")
    shown = new_shell("codes", "show", "CARC", "999", "--codes", f"carc={file}")
    assert shown.stdout == "CARC 999  of ours; from 2026-01-01\n"
    assert new_shell("codes", "show", "CARC", "45", "--codes", f"CARC={file}").exit_code == 1


def test_what_cannot_be_done_is_told(new_shell: Shell, tmp_path: Path) -> None:
    result = new_shell("codes", "show", "CARK", "1")
    assert (result.exit_code, result.stderr) == (2, "edi: CARK: there is no such code list; there is CARC\n")
    result = new_shell("codes", "show", "CARC", "1", "--codes", "CARC")
    assert result.exit_code == 2
    assert "'CARC' is not LIST=FILE." in result.stderr
    file = tmp_path / "bad.csv"
    file.write_text("1,soon\n")
    result = new_shell("codes", "list", "--codes", f"CARC={file}")
    assert (result.exit_code, result.stderr) == (2, f"edi: {file}:1: 'soon' is no date\n")
    assert new_shell("codes", "list", "--codes", f"CARC={tmp_path / 'none.csv'}").exit_code == 2

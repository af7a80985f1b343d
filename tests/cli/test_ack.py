"""--ack and edi ack read: files in a folder, words and JSON out."""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import edi
from bench.claims import write_claims
from edi.cli import main
from edi.cli.validate import validate
from edi.jobs import validating
from tests.cli.shell import STORY

BATCH = STORY / "claims" / "batch.837"


def judged(*arguments: object, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(validate, [str(argument) for argument in arguments], input=io.BytesIO(stdin))


def read(*arguments: object, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["ack", "read", *map(str, arguments)], input=io.BytesIO(stdin))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "acks"


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.837"
    path.write_bytes(BATCH.read_bytes().replace(b"CLM*LO2003*84*", b"CLM*LO2003*8X4*").replace(b"*0*T*:", b"*1*T*:"))
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_file_s_acknowledgments_have_its_name(folder: Path, bad: Path) -> None:
    result = judged("--ack", folder, "--ack-control", 7, BATCH, bad)
    assert result.exit_code == 1
    assert names(folder) == ["bad.837.999", "bad.837.ta1", "batch.837.277", "batch.837.999"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    assert (folder / "batch.837.999").read_bytes()[90:99] == b"000000007"


def test_control_numbers_do_not_come_twice(folder: Path, bad: Path) -> None:
    judged("--ack", folder, "--ack-control", 999_999_998, BATCH, bad)
    controls = [path.read_bytes()[90:99] for path in folder.iterdir()]
    assert len(set(controls)) == len(controls) == 4


def test_the_output_is_as_without(folder: Path, bad: Path) -> None:
    assert judged("--ack", folder, bad).stdout == judged(bad).stdout


def test_standard_input_is_answered_too(folder: Path) -> None:
    result = judged("--ack", folder, "-", stdin=BATCH.read_bytes())
    assert (result.exit_code, names(folder)) == (0, ["stdin.277", "stdin.999"])


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="this system has no /dev/fd")
def test_a_pipe_is_answered_too(folder: Path) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(BATCH.read_bytes())
    result = judged("--ack", folder, f"/dev/fd/{reading}")
    os.close(reading)
    assert (result.exit_code, names(folder)) == (0, [f"{reading}.277", f"{reading}.999"])


def test_several_cores_give_the_same(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validating, "LARGE", 1 << 18)
    path = tmp_path / "large.837"
    write_claims(path, claims=600, seed=4, faulty=True, a_set=300)
    assert path.stat().st_size > validating.LARGE
    for jobs in ("1", "2"):
        judged("--ack", folder / jobs, "--ack-control", 1, "--jobs", jobs, path, BATCH)
    one, two = (sorted((folder / jobs).iterdir()) for jobs in ("1", "2"))
    assert [path.name for path in one] == [path.name for path in two] == ["batch.837.277", "batch.837.999", "large.837.999"]
    for left, right in zip(one, two, strict=True):
        assert _without_time(left) == _without_time(right)


def _without_time(path: Path) -> list[bytes]:
    """The segments but those that say when."""
    return [s for s in path.read_bytes().replace(b"\n", b"").split(b"~") if s[:3] not in (b"ISA", b"GS*", b"BHT")]


def test_an_input_is_never_written_over(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "a.999"
    first.write_bytes(BATCH.read_bytes())
    second.write_bytes(BATCH.read_bytes())
    result = judged("--ack", tmp_path, first, second)
    assert result.exit_code == 2
    assert "would be written over an input" in result.stderr
    assert second.read_bytes() == BATCH.read_bytes()


def test_two_inputs_of_one_name_are_not_answered_as_one(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "batch.837"
    other.write_bytes(BATCH.read_bytes())
    result = judged("--ack", folder, BATCH, other)
    assert result.exit_code == 2
    assert "would be written over those of" in result.stderr


def test_what_could_not_be_read_is_not_answered(folder: Path) -> None:
    assert judged("--ack", folder, "nowhere.837").exit_code == 2
    assert not folder.exists() or names(folder) == []


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = judged("--ack", tmp_path / "file", BATCH)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_it_does_not_go_with_compare(folder: Path) -> None:
    assert judged("--ack", folder, "--compare", "pyx12", BATCH).exit_code == 2


def test_values_that_are_about_a_person_are_repeated_where_asked(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "birth.837"
    path.write_bytes(BATCH.read_bytes().replace(b"DMG*D8*19610412", b"DMG*D8*19611312"))
    judged("--ack", folder, path)
    assert b"19611312" not in (folder / "birth.837.999").read_bytes()
    judged("--ack", folder, "--values", path)
    assert b"19611312" in (folder / "birth.837.999").read_bytes()


# -- read ----------------------------------------------------------------------------------------------------------------------


def test_what_was_accepted_is_0(folder: Path) -> None:
    judged("--ack", folder, BATCH)
    result = read(*sorted(folder.iterdir()))
    assert result.exit_code == 0
    assert "batch LOCB0033 from MEADOWLARK HEALTH PLAN: 15 claims accepted, $32,556.00; 0 rejected, $0.00" in result.stdout
    assert "group 75 (HC, 005010X222A1): accepted, 1 of 1 transaction set accepted" in result.stdout


def test_what_was_rejected_is_1_and_told_in_words(folder: Path, bad: Path) -> None:
    judged("--ack", folder, bad)
    result = read(folder / "bad.837.999")
    assert result.exit_code == 1
    assert "837 0001: rejected: a segment is at fault" in result.stdout
    assert "claim LO2003, segment " in result.stdout
    assert 'CLM02 (Monetary Amount) has a character that is not valid; found "8X4"' in result.stdout
    ta1 = read(folder / "bad.837.ta1")
    assert (ta1.exit_code, ta1.stdout.endswith("interchange 000000075: accepted\n")) == (0, True)


def test_a_claim_that_breaks_a_rule_is_rejected_alone(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "total.837"
    path.write_bytes(BATCH.read_bytes().replace(b"CLM*LO2003*84*", b"CLM*LO2003*85*"))
    assert judged("--ack", folder, path).exit_code == 1
    assert read(folder / "total.837.999").exit_code == 0
    result = read(folder / "total.837.277")
    assert result.exit_code == 1
    assert "14 claims accepted, $32,472.00; 1 rejected, $85.00" in result.stdout
    assert "claim LO2003 (2026-10-14, $85.00): rejected\n" in result.stdout
    assert "the claim does not balance (A8:400)" in result.stdout


def test_people_are_not_named_unless_asked(folder: Path) -> None:
    judged("--ack", folder, BATCH)
    path = folder / "batch.837.277"
    for form in ("text", "json"):
        assert "MHP100001" not in read("--format", form, path).stdout
        assert "MHP100001" in read("--format", form, "--values", path).stdout


def test_json_is_one_document_with_an_entry_for_each_path(folder: Path, bad: Path) -> None:
    judged("--ack", folder, bad)
    result = read("--format", "json", folder / "bad.837.999", "nowhere.999", folder / "bad.837.ta1")
    assert result.exit_code == 2
    document: dict[str, Any] = json.loads(result.stdout)
    first, second, third = document["files"]
    assert (document["version"], first["rejected"], third["rejected"]) == (1, True, False)
    assert second == {"path": "nowhere.999", "error": "nowhere.999: No such file or directory."}
    (fault,) = first["acknowledgments"][0]["sets"][0]["faults"]
    assert (fault["claim"], fault["segment"], fault["element"], fault["code"]) == ("LO2003", "CLM", 2, "6")


def test_a_file_without_an_acknowledgment_is_2() -> None:
    result = read("-", stdin=BATCH.read_bytes())
    assert (result.exit_code, result.stderr) == (2, "edi: standard input: there is no TA1, 999 or 277CA in it.\n")


def test_the_library_does_the_same(folder: Path, bad: Path) -> None:
    judged("--ack", folder, bad)
    (group,) = edi.read_acknowledgments(folder / "bad.837.999")
    assert isinstance(group, edi.GroupAnswer)
    assert group.sets[0].faults[0].claim == "LO2003"


@pytest.mark.corpus("[!LW]*/*")
def test_odd_files_are_read_or_refused(corpus_file: Path) -> None:
    result = read(corpus_file)
    assert result.exit_code in (0, 1, 2)
    assert "A fault of this program" not in result.output

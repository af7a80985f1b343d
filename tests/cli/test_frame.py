"""The frame of the commands: exit codes, one sentence for an error, never a traceback, never a document's words."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from edi.cli import main, options
from edi.errors import EdiError
from tests.cli.shell import STORY, Shell

EDI = [sys.executable, "-m", "edi"]


@click.group(cls=options.Group)
def sample() -> None:
    """A group like those of ours."""


@sample.command()
@click.argument("what")
def do(what: str) -> int | None:
    if what == "edi-error":
        raise EdiError("The file is upside down.")
    if what == "terminal":
        raise EdiError("a\x1b[2J.837: No such file.\n    the line")
    if what == "fault":
        raise ValueError("SMITH*JANE")
    if what == "interrupt":
        raise KeyboardInterrupt
    if what == "no-room":
        raise OSError(28, "No space left on device", "out.837")
    return int(what) if what.isdigit() else None


@sample.command()
@options.ledger_option
@options.format_option
def show(ledger_url: str, output_format: str) -> None:
    click.echo(f"{ledger_url} {output_format}")


@sample.command()
@options.sources_argument
@options.format_option
def take(sources: tuple[str, ...], output_format: str) -> None:
    if sources[-1] == "fault":
        raise ValueError("SMITH*JANE")
    raise EdiError("The file is upside down.")


@sample.command()
@options.output_option(required=True)
def write(output: str) -> None:
    with options.writing(output) as file:
        file.write(b"first")
        file.write(b"second")


def run(*arguments: str, env: dict[str, str | None] | None = None) -> Result:
    return CliRunner().invoke(sample, arguments, env=env)


@pytest.mark.parametrize(("what", "code"), [("0", 0), ("nothing", 0), ("1", 1), ("2", 2)])
def test_a_command_returns_its_exit_code(what: str, code: int) -> None:
    assert run("do", what).exit_code == code


def test_an_error_of_ours_is_its_sentence() -> None:
    result = run("do", "edi-error")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", "edi: The file is upside down.\n")


def test_a_sentence_does_nothing_to_a_terminal_and_keeps_its_lines() -> None:
    assert run("do", "terminal").stderr == "edi: a\\x1b[2J.837: No such file.\n    the line\n"


def test_a_fault_is_one_sentence_without_its_words() -> None:
    result = run("do", "fault")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "ValueError" in result.stderr
    assert "SMITH" not in result.output


def test_a_fault_is_shown_whole_to_who_asks() -> None:
    result = run("do", "fault", env={"EDI_DEBUG": "1"})
    assert isinstance(result.exception, ValueError)


def test_the_system_s_words_are_said_with_the_file() -> None:
    assert run("do", "no-room").stderr == "edi: out.837: No space left on device.\n"


def test_what_stops_a_command_is_a_document_where_json_was_asked_for() -> None:
    result = run("take", "a", "b", "--format", "json")
    assert (result.exit_code, result.stderr) == (2, "edi: The file is upside down.\n")
    said = "The file is upside down."
    files = [{"path": "a", "error": said}, {"path": "b", "error": said}]
    assert json.loads(result.stdout) == {"version": 1, "error": said, "files": files}
    assert run("take", "a", "b").stdout == ""
    fault = run("take", "a", "fault", "--format", "json")
    assert fault.exit_code == 2
    assert "ValueError" in json.loads(fault.stdout)["error"]
    assert "SMITH" not in fault.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("take", "--format", "json"), "Missing argument 'PATH...'."),
        (("take", "--format=json", "--nope", "a"), "No such option '--nope'."),
        (("nope", "--format", "text", "--format", "json"), "No such command 'nope'."),
    ],
)
def test_wrong_usage_is_a_document_too(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert (result.exit_code, json.loads(result.stdout)) == (2, {"version": 1, "error": said})
    assert result.stderr.endswith(f"Error: {said}\n")
    for other in (("take", "--", "--format", "json"), ("take", "--format", "json", "--format", "text"), ("take", "--format")):
        assert run(*other).stdout == ""


def test_broken_settings_and_what_a_command_refuses_are_documents_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["batch", "run", "--inbox", "", "--outbox", "out", "--format", "json"])
    assert (result.exit_code, json.loads(result.stdout)) == (2, {"version": 1, "error": "--inbox names no folder."})
    Path("edi.toml").write_text("levle = 1")
    result = CliRunner().invoke(main, ["validate", "a.837", "--format", "json"])
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"] == "edi.toml: there is no setting 'levle'; did you mean 'level'?"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it is Linux that has a device that is full")
def test_a_document_that_cannot_be_written_leaves_the_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*EDI, "codes", "list", "--nope", "--format", "json"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("Error: No such option '--nope'.")


@pytest.mark.parametrize("words", [("validate",), ("request", "read"), ("request", "build", "-o", "-"), ("ledger", "import")])
def test_a_name_that_is_empty_is_one_sentence(words: tuple[str, ...], new_shell: Shell) -> None:
    result = new_shell(*words, "")
    assert (result.exit_code, result.stderr) == (2, "edi: The name of the file to read is empty.\n")


@pytest.mark.parametrize(
    "words",
    [("ledger", "backup", ""), ("redact", STORY / "claims" / "batch.837", "-o", ""), ("authorizations", "export", "-o", "")],
)
def test_so_is_that_of_a_file_to_write(words: tuple[object, ...], new_shell: Shell) -> None:
    result = new_shell(*words)
    assert (result.exit_code, result.stderr) == (2, "edi: The name of the file to write is empty.\n")


@pytest.mark.parametrize(
    "words",
    [
        ("export", "", "--format", "csv"),
        ("tables", "write", "", STORY / "claims" / "batch.837", "--format", "csv"),
        ("validate", STORY / "claims" / "batch.837", "--ack", ""),
        ("worlds", "make", ""),
        ("demo", ""),
        ("claims", "appeal", "LO1001", "-o", ""),
    ],
)
def test_so_is_that_of_a_folder_to_write(
    words: tuple[object, ...], new_shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = new_shell(*words)
    assert (result.exit_code, result.stderr) == (2, "edi: The name of the folder to write is empty.\n")
    assert not [path for path in tmp_path.rglob("*") if "ledger" not in path.name]


def test_a_copy_of_a_ledger_is_no_folder(new_shell: Shell) -> None:
    assert new_shell("ledger", "backup", ".").stderr == "edi: .: File exists.\n"


def test_an_interrupt_is_130() -> None:
    assert run("do", "interrupt").exit_code == 130


@pytest.mark.parametrize(
    "arguments", [("do",), ("do", "1", "2"), ("--nope",), ("nope",), ("show", "--format", "xml"), ("write",)]
)
def test_wrong_usage_is_2(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


def test_the_ledger_s_option_wins_over_the_environment() -> None:
    assert run("show", env={"EDI_LEDGER": None}).stdout == "sqlite:///edi.db text\n"
    assert run("show", env={"EDI_LEDGER": "sqlite:///a.db"}).stdout == "sqlite:///a.db text\n"
    assert run("show", "--ledger", "sqlite:///b.db", env={"EDI_LEDGER": "sqlite:///a.db"}).stdout == "sqlite:///b.db text\n"


def test_output_is_the_owner_s_alone(tmp_path: Path) -> None:
    assert run("write", "-o", str(tmp_path / "out")).exit_code == 0
    assert (tmp_path / "out").read_bytes() == b"firstsecond"
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600


def test_output_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"before")
    with pytest.raises(ZeroDivisionError), options.writing(str(path)) as file:
        file.write(b"half")
        _ = 1 / 0
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_output_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    assert run("write", "-o", str(tmp_path / "link")).exit_code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"firstsecond"


def test_output_to_where_there_is_no_folder_is_one_sentence(tmp_path: Path) -> None:
    result = run("write", "-o", str(tmp_path / "no" / "out"))
    assert result.exit_code == 2
    assert result.stderr == f"edi: {tmp_path / 'no' / 'out'}: No such file or directory.\n"


def test_output_may_be_a_device() -> None:
    assert run("write", "-o", "/dev/null").exit_code == 0
    assert run("write", "-o", "-").stdout == "firstsecond"


def test_every_command_is_listed_and_has_help() -> None:
    listed = CliRunner().invoke(main, ["--help"])
    assert listed.exit_code == 0
    commands = main.list_commands(click.Context(main))
    assert commands == sorted(commands)
    for name in commands:
        assert f"  {name} " in listed.stdout
        result = CliRunner().invoke(main, [name, "--help"])
        assert result.exit_code == 0, result.output


def test_every_command_is_guarded() -> None:
    context = click.Context(main)
    for name in main.list_commands(context):
        assert isinstance(main.get_command(context, name), options.Command | options.Group)


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    path = tmp_path / "strays.837"
    path.write_bytes(b"not X12 at all")
    process = subprocess.Popen(
        [*EDI, "validate", *[str(path)] * 3000], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)
    )
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), said) == (141, b"")


@pytest.mark.parametrize("words", [("--help",), ("batch", "run", "--help"), ("--version",)])
def test_help_that_nobody_reads_is_as_any_output(words: tuple[str, ...]) -> None:
    gone, pipe = os.pipe()
    os.close(gone)
    done = subprocess.run([*EDI, *words], stdout=pipe, stderr=subprocess.PIPE)
    os.close(pipe)
    assert (done.returncode, done.stderr) == (141, b"")


def test_ctrl_c_is_quiet() -> None:
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # whoever runs the tests in the background has it ignored
    pipe = subprocess.PIPE
    process = subprocess.Popen([*EDI, "validate", "-"], stdin=pipe, stdout=pipe, stderr=pipe, preexec_fn=heard)
    assert process.stdin
    process.stdin.write(b"ISA")
    process.stdin.flush()
    time.sleep(2)  # it has begun to read by then, on a busy machine too
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in said


def test_a_module_and_a_script_are_the_same_command() -> None:
    module = subprocess.run([*EDI, "--help"], capture_output=True, text=True, check=True)
    assert module.stdout.startswith("Usage: edi [OPTIONS] COMMAND [ARGS]...")


@pytest.mark.parametrize(
    "words", [("worklist", "-o"), ("report", "denials", "-o"), ("authorizations", "export", "-o")], ids=" ".join
)
def test_nothing_is_written_over_the_ledger(shell: Shell, words: tuple[str, ...]) -> None:
    ledger = Path(shell.url.removeprefix("sqlite:///"))
    assert shell("ledger", "import", STORY / "requests" / "approved.278").exit_code == 0
    before = ledger.read_bytes()
    result = shell(*words, ledger)
    assert result.exit_code == 2
    assert f"{ledger}: it is read" in result.stderr
    assert ledger.read_bytes() == before


def test_a_report_is_not_written_over_what_it_is_of(tmp_path: Path) -> None:
    path = tmp_path / "claims.837"
    data = (STORY / "claims" / "batch.837").read_bytes()
    path.write_bytes(data)
    done = subprocess.run([*EDI, "validate", str(path), "-o", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, path.read_bytes()) == (2, data)
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_called_as_an_option_s_value_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = STORY / "claims" / "batch.837"
    for _ in range(2):  # the second time it is there
        result = CliRunner().invoke(main, ["validate", str(path), "-o", "text", "--format", "text"])
        assert (result.exit_code, result.output) == (0, "")
    assert "valid: 1 transaction" in Path("text").read_text()


def test_nothing_is_written_over_a_list_of_codes_or_another_name_of_what_is_read(tmp_path: Path) -> None:
    path, codes, link = tmp_path / "batch.837", tmp_path / "pos.csv", tmp_path / "link.837"
    path.write_bytes((STORY / "claims" / "batch.837").read_bytes())
    codes.write_text("11,,,office\n")
    link.hardlink_to(path)
    for output in (codes, link):
        result = CliRunner().invoke(main, ["validate", str(path), "--codes", f"POS={codes}", "-o", str(output)])
        assert (result.exit_code, result.stderr) == (2, f"edi: {output}: it is read, so nothing else can be written there.\n")


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite://", "sqlite:///:memory:"])
def test_a_ledger_that_would_be_gone_at_the_end_is_refused(url: str) -> None:
    result = CliRunner().invoke(main, ["ledger", "import", "--ledger", url, str(STORY / "requests" / "approved.278")])
    assert result.exit_code == 2
    assert "nothing would be kept" in result.stderr


@pytest.mark.parametrize("name", ["--inbox", "--outbox"])
def test_a_folder_without_a_name_is_not_the_one_at_hand(name: str, tmp_path: Path) -> None:
    folders = {"--inbox": str(tmp_path), "--outbox": str(tmp_path / "out"), name: ""}
    result = CliRunner().invoke(main, ["batch", "run", *(word for pair in folders.items() for word in pair)])
    assert result.exit_code == 2
    assert f"{name} names no folder" in result.stderr


def test_help_lists_every_command_once_by_what_it_is_for() -> None:
    said = CliRunner().invoke(main, ["--help"]).output
    first, *sections = re.findall(r"^(\S.*):\n((?:  .+\n)+)", said, flags=re.M)
    listed = [name for _, lines in sections for name in re.findall(r"^  (\w+) ", lines, flags=re.M)]
    assert (first[0], len(sections)) == ("Options", 4)
    assert sorted(listed) == main.list_commands(click.Context(main)) != listed

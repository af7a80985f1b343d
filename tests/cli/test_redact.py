"""edi redact: a file in, a file out that can be shown."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from edi.cli import main

BATCH = Path(__file__).parents[2] / "testdata" / "story" / "claims" / "batch.837"


def run(*words: object, stdin: bytes = b"", **environment: str) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=stdin, env=environment)


def test_a_copy_is_written_and_passes(tmp_path: Path) -> None:
    out = tmp_path / "shown.837"
    assert run("redact", BATCH, "-o", out).exit_code == 0
    assert out.stat().st_mode & 0o777 == 0o600
    assert run("validate", out).exit_code == 0
    assert b"BRAMBLE" not in out.read_bytes() and b"CLM*LO2001*" in out.read_bytes()


def test_a_key_makes_tokens_last(tmp_path: Path) -> None:
    outs = [tmp_path / str(number) for number in range(5)]
    for out, words, environment in zip(
        outs, ([], [], ["--key", "a"], [], ["--key", "b"]), ({}, {}, {}, {"EDI_KEY": "a"}, {"EDI_KEY": "a"}), strict=True
    ):
        assert run("redact", BATCH, "-o", out, *words, **environment).exit_code == 0
    texts = [out.read_bytes() for out in outs]
    assert texts[2] == texts[3]
    assert len(set(texts)) == 4


def test_standard_streams(tmp_path: Path) -> None:
    result = run("redact", "-", "-o", "-", "--key", "a", stdin=BATCH.read_bytes())
    out = tmp_path / "out"
    run("redact", BATCH, "-o", out, "--key", "a")
    assert result.stdout_bytes == out.read_bytes()


def test_a_file_that_cannot_be_read_writes_nothing(tmp_path: Path) -> None:
    result = run("redact", tmp_path / "nowhere", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_what_is_cut_off_is_copied_and_said(tmp_path: Path) -> None:
    data, out = BATCH.read_bytes(), tmp_path / "out"
    for cut in (data[:600], data[: data.index(b"IEA*")]):
        result = run("redact", "-", "-o", out, stdin=cut)
        assert (result.exit_code, result.stderr) == (1, "edi: standard input: it is cut off; so is the copy.\n")
        assert len(out.read_bytes()) == len(cut)


def test_what_holds_no_x12_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    for data in (b"", b"\r\n", b"Dear payer,\nplease call."):
        path.write_bytes(data)
        result = run("redact", path, "-o", tmp_path / "out")
        assert (result.exit_code, result.stderr) == (2, f"edi: {path}: there is no X12 in it.\n")
    assert list(tmp_path.iterdir()) == [path]

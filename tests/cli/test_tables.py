"""edi tables: what files say as tables, and claims linked as sets, as the library does both."""

from __future__ import annotations

import csv
import io
import sys
from collections import Counter
from pathlib import Path

import pytest

import edi
from edi.jobs.sets import ROWS
from edi.jobs.spread import each_slice
from tests.cli.shell import STORY, Shell

BATCH = STORY / "claims" / "batch.837"
ANSWERED = [STORY / room / "approved.278" for room in ("requests", "responses")]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_tables_of_several_files(shell: Shell, tmp_path: Path) -> None:
    folder, remittance = tmp_path / "new" / "tables", STORY / "remittances" / "batch.835"
    result = shell("tables", "write", folder, BATCH, remittance, "--format", "csv", "--values", "--jobs", "2")
    assert (result.exit_code, result.stderr) == (0, "")
    counts: Counter[str] = Counter()
    for path in (BATCH, remittance):
        for one in edi.plan_slices(path):
            counts.update(edi.write_tables(one, tmp_path / "library", format="csv"))
    assert result.stdout.splitlines() == [f"{name}: {count} rows" for name, count in counts.items()]
    for name in counts:
        (part,), (same,) = ((place / name).iterdir() for place in (folder, tmp_path / "library"))
        assert (part.name, part.read_bytes()) == (same.name, same.read_bytes())
        assert part.stat().st_mode & 0o777 == 0o600


def test_people_are_tokens_unless_they_are_asked_for(shell: Shell, tmp_path: Path) -> None:
    def members(*more: str) -> set[str]:
        folder = tmp_path / "-".join(("t", *more))
        assert shell("tables", "write", folder, BATCH, "--format", "csv", *more).exit_code == 0
        (part,) = (folder / "claims").iterdir()
        return {row["member"] for row in rows(part.read_text())}

    told = {row[9] for one in edi.plan_slices(BATCH) for row in edi.tables(one)["claims"]}
    assert members("--values") == told
    assert not members("--key", "ours") & told
    assert members("--key", "ours") == members("--key", "ours") != members("--key", "theirs")


def test_a_file_without_x12_is_said_and_the_others_are_written(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no claims today")
    result = shell("tables", "write", tmp_path / "tables", tmp_path / "note.txt", BATCH, "--format", "csv")
    assert (result.exit_code, result.stderr) == (1, f"edi: {tmp_path}/note.txt: there is no X12 in it.\n")
    assert result.stdout == "claims: 15 rows\nlines: 19 rows\n"
    result = shell("tables", "write", tmp_path / "tables", tmp_path / "gone.837")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"edi: {tmp_path}/gone.837: No such file or directory.\n"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_of_a_file_that_is_cut_off_what_is_there_is_written_and_it_is_said(shell: Shell, tmp_path: Path, jobs: str) -> None:
    data = BATCH.read_bytes()
    size = data.index(b"CLM*", data.index(b"CLM*") + 1)
    cut, two = tmp_path / "cut.837", tmp_path / "two.837"
    cut.write_bytes(data[:size])
    two.write_bytes(data[:size] + data)
    result = shell("tables", "write", tmp_path / "tables", cut, two, BATCH, "--format", "csv", "--jobs", jobs)
    said = f"The file is cut off at byte {size}: the interchange does not end with its IEA. What stood behind is not known."
    assert (result.exit_code, result.stderr) == (1, f"edi: {cut}: {said}\nedi: {two}: {said}\n")
    assert result.stdout.splitlines()[0] == "claims: 32 rows"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_claims_of_a_file_that_is_cut_off_are_linked_and_it_is_said(shell: Shell, tmp_path: Path, jobs: str) -> None:
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    data, cut = (STORY / "claims" / "number-missing.837").read_bytes(), tmp_path / "cut.837"
    size = data.index(b"SE*")
    given = [word for path in ANSWERED for word in ("--authorizations", path)]
    for content, told in (
        (data, ""),
        (data[:size], f"edi: {cut}: The file is cut off at byte {size}: the interchange does not end with its IEA. "),
    ):
        cut.write_bytes(content)
        result = shell("tables", "link", cut, *given, "--jobs", jobs, "-o", tmp_path / "rows.csv", "--format", "csv")
        assert (result.exit_code, result.stdout) == (int(bool(told)), "linked: 1 row\n")
        assert result.stderr.startswith(told)
        assert result.stderr.count("\n") == bool(told)


@pytest.mark.parametrize(
    ("absent", "needed"),
    [
        (("pyarrow",), 'library: pip install "edi-authlink[parquet]"'),
        (("duckdb",), 'library: pip install "edi-authlink[duckdb]"'),
        (("duckdb", "pyarrow"), 'libraries: pip install "edi-authlink[duckdb,parquet]"'),
    ],
)
def test_without_its_libraries_linking_says_how_to_get_them(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absent: tuple[str, ...], needed: str
) -> None:
    for name in ("duckdb", "pyarrow"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    for name in absent:
        monkeypatch.setitem(sys.modules, name, None)
    out = tmp_path / "rows.csv"
    result = shell("tables", "link", BATCH, "--authorizations", ANSWERED[1], "--format", "csv", "-o", out)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"edi: Linking by sets needs its {needed}.\n"
    assert not out.exists()


def test_claims_are_linked_as_the_library_links_them(shell: Shell, tmp_path: Path) -> None:
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    missing = STORY / "claims" / "number-missing.837"
    given = [word for path in ANSWERED for word in ("--authorizations", path)]
    result = shell("tables", "link", BATCH, missing, *given, "--jobs", "2")
    assert (result.exit_code, result.stderr) == (1, "")
    held = edi.joined([record for path in ANSWERED for record in edi.read_authorizations(path)])
    usage = edi.Usage()
    expected = [
        (str(path), str(row.offset), row.claim, row.line or "", row.verdict.value, row.authorization, row.placement)
        for path in (BATCH, missing)
        for row in edi.link(list(edi.read_claims(path)), held, usage=usage).claims
    ]
    names = ("file", "offset", "claim", "line", "verdict", "authorization", "placement")
    found = rows(result.stdout)
    assert list(found[0]) == [field.name for field in ROWS.fields]
    assert sorted(tuple(row[name] for name in names) for row in found) == sorted(expected)
    result = shell("tables", "link", missing, *given, "--format", "csv", "-o", tmp_path / "rows.csv")
    assert (result.exit_code, result.stdout) == (0, "linked: 1 row\n")
    (row,) = rows((tmp_path / "rows.csv").read_text())
    assert (row["verdict"], row["authorization"], row["written"]) == ("linked", "MLK26090101", "true")


def test_what_cannot_be_read_or_joined_is_one_sentence(shell: Shell, tmp_path: Path) -> None:
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    missing, answer = STORY / "claims" / "number-missing.837", ANSWERED[1]
    (tmp_path / "cut.278").write_bytes(answer.read_bytes()[:500])
    result = shell("tables", "link", missing, "--authorizations", tmp_path / "cut.278")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"edi: {tmp_path}/cut.278: The file ")
    (tmp_path / "note.txt").write_text("no claims today")
    result = shell("tables", "link", tmp_path / "note.txt", "--authorizations", answer)
    assert (result.exit_code, result.stderr) == (1, f"edi: {tmp_path}/note.txt: there is no X12 in it.\n")
    for memory, said in (
        ("8XB", "8XB is no size of memory; 8GB is one, 500MB another."),
        ("1MB", "The join has not enough memory"),
    ):
        result = shell("tables", "link", missing, "--authorizations", answer, "--memory", memory)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"edi: {said}")
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("jobs", [1, 3])
def test_slices_come_in_the_order_of_the_files(jobs: int) -> None:
    paths = [BATCH, STORY / "claims" / "number-missing.837"]
    expected = [one.name for path in paths for one in edi.plan_slices(path, 1)]
    assert list(each_slice(_name, paths, jobs, size=1)) == expected
    assert len(expected) > 9


def _name(one: edi.Slice) -> str:
    return one.name


@pytest.mark.skipif(sys.platform == "darwin", reason="names of files are text there")
def test_a_name_that_is_no_text_is_written_with_escapes(shell: Shell, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    odd = tmp_path / "l\udce9opold.837"
    odd.write_bytes(BATCH.read_bytes())
    result = shell("tables", "write", tmp_path / "tables", odd)
    assert (result.exit_code, result.stderr) == (0, "")
    (part,) = (tmp_path / "tables" / "claims").iterdir()
    assert part.name.startswith("l?opold.837-")
    assert parquet.read_table(part)["file"][0].as_py() == f"{tmp_path}/l\\udce9opold.837"
    linked = shell("tables", "link", odd, *(word for path in ANSWERED for word in ("--authorizations", path)))
    assert linked.stderr == ""
    assert {row["file"] for row in rows(linked.stdout)} == {f"{tmp_path}/l\\udce9opold.837"}

"""The README and the docs, held to the code: what they show is run, what they list is compared with what there is.

Each document has a folder of its own with the story's files in it (STARTS: with others), and is read there from its beginning to
its end:

    console   `$ command`, then all that it says; `...` alone on a line stands for any lines that are left out
    python    a session with `>>>`, in which `...` stands for anything that is left out (doctest)
"""

from __future__ import annotations

import ast
import csv
import doctest
import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner

import edi
from edi.cli import main
from edi.guides.codes.lists import code_lists
from edi.guides.rules.files import payer_files, shipped_files
from edi.guides.rules.words import counts
from edi.jobs.tables import TABLES as SLICED
from edi.ledger.figures.exported import TABLES
from edi.linkage.denials.correction import Refusal
from edi.linkage.denials.kinds import ACTIONS, KINDS
from edi.linkage.verdict import Verdict
from edi.records.columns import PLACES, Table
from edi.resources import payer_names
from tests.forking import commands as commands_of_this_tree

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = sorted(ROOT.glob("docs/*.md"))
ARCHITECTURE = ROOT / "docs" / "architecture.md"
SHOWING = [README, *DOCS]
DOCUMENTS = [*SHOWING, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("edi/*/README.md"))]
STARTS = {"decisions.md": "verdicts", "kinds.md": "kinds"}
"""Documents that are read in another folder of testdata."""
NOT_RUN = ("sh", "text", "toml", "yaml")
OURS = ("EDI_LEDGER", "EDI_SENDER", "EDI_RECEIVER", "EDI_DEBUG", "EDI_CONFIG", "FORCE_COLOR")
KEY = "documents"
"""Under it the tokens that documents show are always the same."""

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
_SPAN = re.compile(r"`([^`\n]+)`")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=named)


class Block(NamedTuple):
    """A fenced block, and the line that its text begins on."""

    line: int
    language: str
    text: str


def blocks(document: Path) -> Iterator[Block]:
    text = document.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        yield Block(text.count("\n", 0, found.start("text")) + 1, found["language"], found["text"])


def prose(document: Path) -> str:
    return _BLOCK.sub("", document.read_text(encoding="utf-8"))


def section(document: Path, heading: str) -> str:
    """What stands under a heading of any level, to the next heading."""
    found = re.search(
        rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found, f"{document.name} has no heading {heading!r}"
    return found[1]


def first_column(text: str) -> list[str]:
    """What stands in code spans in the first column of the tables in a text."""
    return [name for row in re.findall(r"^\| (`[^|]*)\|", text, re.MULTILINE) for name in _SPAN.findall(row)]


# -- what they show ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which `edi` and `edi-validate` are."""
    with commands_of_this_tree(tmp_path_factory.mktemp("scripts")) as folder:
        yield folder


@pytest.mark.parametrize("document", SHOWING, ids=named)
def test_what_is_shown_is_what_comes_out(document: Path, scripts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / STARTS.get(document.name, "story")
    shutil.copytree(ROOT / "testdata" / folder.name, folder)
    monkeypatch.chdir(folder)
    environment = _environment(scripts)
    names: dict[str, Any] = {}
    for block in blocks(document):
        if block.language == "console":
            assert _session(block.text, environment) == block.text, f"{document.name}:{block.line}"
        elif block.language == "python":
            _example(block, document, names)
        else:
            assert block.language in NOT_RUN, f"{document.name}:{block.line}"


def _environment(bin: Path) -> dict[str, str]:
    """The environment of a shell in which `edi` and `edi-validate` are of this tree, run by the Python that runs the tests."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**kept, "PATH": f"{bin}{os.pathsep}{kept['PATH']}", "PYTHONPATH": str(ROOT), "COLUMNS": "80", "EDI_KEY": KEY}


def _session(text: str, environment: dict[str, str]) -> str:
    """The session as it goes now: its own text where a command says what is shown, else what the command does say."""
    commands = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)
    assert commands[0] == "", "a session begins with a command"
    went = []
    for command, shown in zip(commands[1::2], commands[2::2], strict=True):
        ran = subprocess.run(
            command, shell=True, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        pattern = "".join("(?:.*\n)*?" if line == "...\n" else re.escape(line) for line in shown.splitlines(keepends=True))
        went.append(f"$ {command}\n{shown if re.fullmatch(pattern, ran.stdout) else ran.stdout}")
    return "".join(went)


def _example(block: Block, document: Path, names: dict[str, Any]) -> None:
    test = doctest.DocTestParser().get_doctest(block.text, names, document.name, str(document), block.line - 1)
    assert test.examples, f"{document.name}:{block.line}: an example is a session with >>>"
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(test, out=said.append, clear_globs=False)
    names.update(test.globs)
    assert not said, "".join(said)


# -- what they name ----------------------------------------------------------------------------------------------------------


def commands(group: click.Group = main, name: str = "edi") -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, groups too."""
    context = click.Context(group)
    yield name, group
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        assert command
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


COMMANDS = dict(commands())
OPTIONS = {option for command in COMMANDS.values() for parameter in command.params for option in parameter.opts}
LEAVES = sorted(
    name for name, command in COMMANDS.items() if not isinstance(command, click.Group) or command.invoke_without_command
)


@each_document
def test_commands_and_options_that_are_named_exist(document: Path) -> None:
    for span in _SPAN.findall(prose(document)):
        words = span.split()
        if words[0] == "edi" and len(words) > 1:
            named = [" ".join(words[:count]) for count in (3, 2)]
            assert any(name in COMMANDS for name in named), f"`{span}`"
        for option in re.findall(r"(?<!\S)--[a-z-]+", span):
            assert option in OPTIONS | {"--help"}, f"`{span}`"


def test_every_command_is_listed() -> None:
    listed = first_column(section(ROOT / "docs" / "commands.md", "Commands"))
    assert sorted(listed) == sorted({*LEAVES, "edi-validate"} - {"edi validate"})


@each_document
def test_files_that_are_linked_exist(document: Path) -> None:
    for target in _LINK.findall(prose(document)):
        assert (document.parent / target).exists(), target


def test_the_index_names_every_document() -> None:
    linked = set(_LINK.findall((ROOT / "docs" / "README.md").read_text(encoding="utf-8")))
    there = {path.relative_to(ROOT / "docs").as_posix() for path in ROOT.glob("docs/**/*") if path.is_file()}
    assert there - {"README.md"} <= linked


def test_every_public_name_is_in_the_library_s_document() -> None:
    text = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    assert [name for name in edi.__all__ if not re.search(rf"\bedi\.{name}\b", text)] == []


# -- what they list ----------------------------------------------------------------------------------------------------------


def test_the_map_has_every_room_with_its_own_sentence() -> None:
    (tree,) = (block.text for block in blocks(ARCHITECTURE) if block.language == "text")
    lines = dict(re.findall(r"^(\S+) +(.+)$", tree, re.MULTILINE))
    for path in lines:
        assert (ROOT / path).exists(), path
    rooms = {f"edi/{folder.name}/" for folder in (ROOT / "edi").iterdir() if folder.is_dir() and folder.name != "__pycache__"}
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = settings["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    top = {f"{name}/" if (ROOT / name).is_dir() else name for name in shipped}
    assert (rooms | top) - {"edi/"} <= set(lines)
    for path, said in lines.items():
        module = ROOT / path / "__init__.py" if path.endswith("/") else ROOT / path
        if path.startswith(("edi/", "bench/")) and module.suffix == ".py" and module.exists():
            assert said.lower() == _first_sentence(module).lower(), path


def test_modules_that_are_named_exist() -> None:
    for document in (ARCHITECTURE, ROOT / "CONTRIBUTING.md"):
        for span in _SPAN.findall(prose(document)):
            if re.fullmatch(r"[a-z_]+/[a-z_/]+\.py", span):
                assert (ROOT / span).exists() or (ROOT / "edi" / span).exists(), span


def _first_sentence(module: Path) -> str:
    said = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return " ".join(re.split(r"\.(?:\s|$)", said, maxsplit=1)[0].split())


def test_every_verdict_is_explained_in_its_order() -> None:
    assert first_column(section(ROOT / "docs" / "verdicts.md", "Verdicts")) == [verdict.value for verdict in Verdict]


def test_every_verdict_has_a_worked_example_on_its_own_files() -> None:
    document = ROOT / "docs" / "decisions.md"
    headings = re.findall(r"^### `(\S+)`$", document.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [verdict.value for verdict in Verdict]
    for heading in headings:
        example = section(document, f"`{heading}`")
        assert f" {heading}/claim.837" in example
        assert re.search(rf"^ *\$[\d,.]+ .* {heading}( |$)|^\w+ .* {heading} ", example, re.MULTILINE), heading


def test_the_levels_by_guide_are_counted() -> None:
    """docs/rules.md says how many rules there are."""
    rows = re.findall(
        r"^\| `(\S+)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", section(ROOT / "docs" / "rules.md", "Levels by guide"), re.M
    )
    counted = {file.guide: [str(levels[level]) for level in (3, 4, 6, 7)] for file, levels in counts(shipped_files())}
    assert {guide: found for guide, *found in rows} == counted


def test_the_payers_are_counted() -> None:
    """docs/payers.md says whose rules are shipped."""
    rows = re.findall(
        r"^\| `(\S+)` \| `(\S+)` \| (\d+) \|", section(ROOT / "docs" / "payers.md", "Payers whose rules are shipped"), re.M
    )
    assert rows == [(payer, file.guide, str(len(file.rules))) for payer, file in zip(payer_names(), payer_files(), strict=True)]


def test_every_kind_and_cause_of_a_denial_is_explained() -> None:
    verdicts = ROOT / "docs" / "verdicts.md"
    assert first_column(section(verdicts, "Kinds")) == list(KINDS)
    with (ROOT / "edi" / ACTIONS).open(encoding="utf-8", newline="") as lines:
        causes = {row[1] for row in csv.reader(lines, delimiter="\t") if len(row) == 3 and not row[0].startswith("#")}
    assert set(first_column(section(verdicts, "Causes"))) == causes - {"-"}


def test_every_refusal_to_correct_a_claim_is_explained() -> None:
    assert first_column(section(ROOT / "docs" / "corrections.md", "Refused")) == [refusal.value for refusal in Refusal]


def test_every_code_list_is_in_its_table_with_its_codes_and_date() -> None:
    text = section(ROOT / "docs" / "codes.md", "The lists")
    assert sorted(first_column(text)) == sorted(code_lists())
    for each in code_lists().values():
        row = next(line for line in text.splitlines() if re.match(rf"\| [^|]*`{each.name}`", line))
        if each.file is not None:
            assert each.contents
            assert f" {len(each.contents.codes)} codes" in row
            assert each.contents.as_of in row


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each command says as JSON, on the story's files."""
    folder = tmp_path_factory.mktemp("json")
    shutil.copytree(ROOT / "testdata" / "story", folder, dirs_exist_ok=True)
    bad = folder / "bad.837"
    sent = (folder / "claims" / "number-missing.837").read_bytes()
    bad.write_bytes(sent.replace(b"20261006", b"20260231").replace(b"*0*T*:", b"*1*T*:"))
    reviews = sorted(map(str, folder.glob("re[qs]*/*.278")))
    batch, remittance = str(folder / "claims" / "batch.837"), str(folder / "remittances" / "batch.835")

    def ask(*words: str) -> Any:
        result = CliRunner().invoke(main, [*words, "--format", "json"], env={"EDI_LEDGER": f"sqlite:///{folder / 'ledger.db'}"})
        assert result.exit_code in (0, 1), result.output
        return json.loads(result.stdout)

    acks = folder / "acks"
    ask("validate", "--ack", str(acks), str(bad), batch)
    return {
        "validate": ask("validate", str(bad)),
        "ta1": ask("ack", "read", str(acks / "bad.837.ta1")),
        "999": ask("ack", "read", str(acks / "bad.837.999")),
        "277": ask("ack", "read", str(acks / "batch.837.277")),
        "import": ask("ledger", "import", *reviews, batch),
        "link": ask("claims", "check", batch),
        "split": ask("claims", "split", str(folder / "claims" / "two-days.837"), "-o", str(folder / "parts.837")),
        "late": ask("claims", "check", str(folder / "claims" / "date-after.837")),
        "remitted": ask("remittances", "show", str(folder / "remittances" / "paid.835"), "--claims"),
        "match": ask("remittances", "match", remittance),
        "account": ask("remittances", "claim", "LO2001"),
        "correct": ask("claims", "correct", "LO2003", "-o", str(folder / "corrected.837")),
        "appeal": ask("claims", "appeal", "LO2011", "-o", str(folder / "packet")),
        "worklist": ask("worklist"),
        "work": ask("worklist", "show", "W1"),
        "list": ask("authorizations", "list"),
        "show": ask("authorizations", "show", "MLK26090202"),
        "turnaround": ask("report", "turnaround"),
        "denials": ask("report", "denials"),
        "status": ask("ledger", "status"),
        "requirement": ask("requirements", "ask", *("--payer", "MEDICARE", "--procedure", "15823", "--bill", "131")),
        "checked": ask("request", "check", str(folder / "requests" / "approved.json")),
        "codes": ask("codes", "show", "POS", "11"),
        "run": ask("batch", "run", "--inbox", _inbox(folder), "--outbox", str(folder / "out"), "--tests"),
    }


def _inbox(folder: Path) -> str:
    (folder / "in").mkdir()
    shutil.copy(folder / "claims" / "batch.837", folder / "in")
    return str(folder / "in")


@pytest.mark.parametrize(("name", "tables"), [("export.md", TABLES), ("scale.md", SLICED)])
def test_every_column_is_explained(name: str, tables: tuple[Table, ...]) -> None:
    document = ROOT / "docs" / name
    headings = re.findall(r"^### `(\w+)`$", document.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [table.name for table in tables]
    for table in tables:
        text = section(document, f"`{table.name}`")
        rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (.*) \|$", text, re.MULTILINE)
        types = {kind: f"decimal({digits},{places})" for kind, (digits, places) in PLACES.items()}
        assert rows == [
            (field.name, types.get(field.type, field.type), field.said.replace("*", r"\*") + ("; PHI" if field.phi else ""))
            for field in table.fields
        ]
        assert f"A row is {table.said}." in text


def a(value: Any, *keys: str) -> Any:
    """Down into a document; of a list its first entry."""
    for key in keys:
        value = value[key]
        value = value[0] if isinstance(value, list) else value
    return value


SHAPES = {
    "A judged file": ("validate", "files"),
    "Problem": ("validate", "files", "problems"),
    "Transaction": ("validate", "files", "transactions"),
    "Acknowledgments of a file": ("999", "files"),
    "Interchange acknowledged": ("ta1", "files", "acknowledgments"),
    "Group acknowledged": ("999", "files", "acknowledgments"),
    "Set acknowledged": ("999", "files", "acknowledgments", "sets"),
    "Fault": ("999", "files", "acknowledgments", "sets", "faults"),
    "Batch acknowledged": ("277", "files", "acknowledgments"),
    "Claim acknowledged": ("277", "files", "acknowledgments", "claims"),
    "Status": ("277", "files", "acknowledgments", "claims", "statuses"),
    "A file taken": ("import", "files"),
    "Interchange": ("import", "files", "interchanges"),
    "Claims decided": ("link",),
    "Row": ("link", "claims"),
    "Candidate": ("link", "claims", "candidates"),
    "Claims divided": ("split",),
    "Division": ("split", "claims"),
    "Part": ("split", "claims", "parts"),
    "Misfit": ("late", "claims", "misfit"),
    "Remaining": ("link", "claims", "remaining"),
    "Remittance": ("remitted", "files", "remittances"),
    "Settled beside claims": ("remitted", "files", "remittances", "provider_adjustments"),
    "Claim paid": ("remitted", "files", "remittances", "payments"),
    "Line paid": ("remitted", "files", "remittances", "payments", "lines"),
    "Account": ("account", "accounts"),
    "Remittances matched": ("match",),
    "Finding": ("match", "findings"),
    "Unmatched payment": ("match", "unmatched"),
    "Claims corrected": ("correct",),
    "Correction": ("correct", "claims"),
    "Appeal": ("appeal",),
    "Work item": ("worklist", "items"),
    "Work event": ("work", "item", "history"),
    "Authorization": ("list", "authorizations"),
    "Service": ("list", "authorizations", "services"),
    "Event": ("show", "authorizations", "events"),
    "Use": ("show", "authorizations", "uses"),
    "Turnaround": ("turnaround", "payers"),
    "Denials": ("denials",),
    "Figures": ("denials", "total"),
    "First pass": ("denials", "first_pass"),
    "Counts": ("status",),
    "Answer": ("requirement",),
    "Requirement": ("requirement", "rule"),
    "Request checked": ("checked",),
    "Missing": ("checked", "warnings"),
    "Service asked for": ("checked", "services"),
    "Code list": ("codes", "list"),
    "Code": ("codes", "codes"),
    "Run": ("run",),
    "File worked off": ("run", "files"),
    "Exception": ("run", "files", "exceptions"),
}
"""Headings of docs/json.md, and where the object under them is found."""


@pytest.mark.parametrize("heading", SHAPES)
def test_the_keys_of_json_are_those_that_come_out(heading: str, said: dict[str, Any]) -> None:
    explained = first_column(section(ROOT / "docs" / "json.md", heading))
    assert sorted(explained) == sorted(a(said, *SHAPES[heading]))

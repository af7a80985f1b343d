"""Invented worlds: the same from the same seed, valid, of every verdict, apart from the linker, and the linker against them.

What is paid for their claims, and the matching, is in test_remitting.
"""

from __future__ import annotations

import ast
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from edi.errors import EdiError
from edi.guides.validation import validate
from edi.jobs.worlds import checking, making
from edi.jobs.worlds.care import KINDS, PAYERS, VISITS
from edi.jobs.worlds.stories import STORIES
from edi.jobs.worlds.truth import FINE, from_json, to_json
from edi.ledger import Ledger
from edi.linkage.verdict import SETTLED, Verdict
from edi.records.claim import read_claims
from edi.text.segments import Delimiters
from tests.drawing import examples

SIZE = 180
SEEDS = range(1, 1 + examples(3))
"""The claims of one more world are held against the linker in test_remitting."""
AGAINST = ("checking.py", "reconciling.py")
"""The modules that hold a world against the linker and the matching."""


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module", params=SEEDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worlds") / f"of-{request.param}"
    making.make(folder, seed=request.param, size=SIZE)
    return folder


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one") / "world"
    making.make(folder, seed=4, size=SIZE)
    return folder


def copied(world: Path, to: Path) -> Path:
    """A copy of a world without its remittances, which is checked in half the time."""
    folder = Path(shutil.copytree(world, to / "world"))
    document = json.loads((folder / making.TRUTH).read_text())
    (folder / making.TRUTH).write_text(json.dumps(document | {"payments": []}))
    for path in (folder / making.REMITTANCES).iterdir():
        path.unlink()
    return folder


def test_the_linker_is_right_about_every_claim(world: Path) -> None:
    checked = checking.check(world)
    assert checked.judged == checked.claims >= SIZE
    assert [difference.to_json() for difference in checked.differences] == []


def test_the_linker_writes_over_wrong_numbers_and_no_others(world: Path, tmp_path: Path) -> None:
    """With --replace the numbers that fit stand in their place, and what has none that fits keeps what it had."""
    unpaid = copied(world, tmp_path)
    checked = checking.check(unpaid, replace=True)
    assert [difference.to_json() for difference in checked.differences] == []
    truths = [truth for of_file in checking.read_truth(unpaid)[0].values() for truth in of_file]
    assert any(truth.replaced != truth.numbers for truth in truths)
    assert all(row.verdict == "wrong-number" for truth in truths if truth.replaced != truth.numbers for row in truth.rows)


def test_linked_again_nothing_changes(one: Path, tmp_path: Path) -> None:
    """What is linked is right as it is, before it was sent and afterwards."""
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        for path in [*sorted(one.glob("requests/*")), *sorted(one.glob("responses/*"))]:
            ledger.take(path)
        rules = sorted(one.glob("rules/*"))
        for path in sorted(one.glob("claims/*")):
            once, twice = tmp_path / path.name, tmp_path / f"again-{path.name}"
            ledger.link(path, rules).write(once)
            for _ in range(2):
                ledger.link(once, rules).write(twice)
                assert twice.read_bytes() == once.read_bytes()
                ledger.take(once)


def test_answers_that_come_before_their_requests_are_the_same(one: Path, tmp_path: Path) -> None:
    found = []
    for name, rooms in (("usual", ("requests", "responses")), ("unusual", ("responses", "requests"))):
        with Ledger(f"sqlite:///{tmp_path / name}.db") as ledger:
            for room in rooms:
                for path in sorted(one.glob(f"{room}/*"), reverse=name == "unusual"):
                    ledger.take(path)
            rows = [row for path in sorted(one.glob("claims/*")) for row in ledger.link(path, sorted(one.glob("rules/*"))).claims]
            found.append([(row.claim, row.line, row.verdict, row.authorization) for row in rows])
    assert found[0] == found[1]


def test_every_file_is_valid_at_all_levels(world: Path) -> None:
    files = sorted([*world.glob("re*/*.278"), *world.glob("claims/*.837"), *world.glob("remittances/*.835")])
    assert {path.parent.name for path in files} == {"requests", "responses", "claims", "remittances"}
    errors = [(path.name, p.code, p.message) for path in files for p in validate(path).problems if p.severity == "error"]
    assert errors == []


def test_every_verdict_occurs_and_every_story_is_told(world: Path) -> None:
    truths, _ = from_json((world / making.TRUTH).read_text())
    assert {row.verdict for truth in truths for row in truth.rows} == {verdict.value for verdict in Verdict}
    assert {truth.story for truth in truths} == {story.__name__.replace("_", "-") for _, story in STORIES}


def test_the_truth_is_of_the_claims_in_the_files(one: Path) -> None:
    files = checking.read_truth(one)[0]
    assert [one / name for name in files] == sorted(one.glob("claims/*.837"))
    for name, truths in files.items():
        claims = list(read_claims(one / name))
        assert [truth.claim for truth in truths] == [claim.id for claim in claims]
        assert [truth.position for truth in truths] == list(range(1, len(claims) + 1))
        for truth, claim in zip(truths, claims, strict=True):
            lines = [row.line for row in truth.rows]
            assert lines in ([None], [line.number for line in claim.lines])


def test_the_same_seed_makes_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        making.make(tmp_path / name, seed=seed, size=90)
    one, two, three = (contents(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    assert one != three
    making.make(tmp_path / "three", seed=5, size=90)
    assert contents(tmp_path / "three") == one, "a world that stood there is gone"


def test_most_claims_are_fine(world: Path) -> None:
    truths = [truth for of_file in checking.read_truth(world)[0].values() for truth in of_file]
    fine = sum(all(row.verdict in FINE for row in truth.rows) for truth in truths) / len(truths)
    assert 0.6 < fine < 0.9
    kinds = Counter(truth.file.partition("-")[2] for truth in truths)
    assert kinds.keys() == {"dental.837", "institutional.837", "professional.837"}


def test_files_have_several_interchanges_groups_transactions_and_delimiters(one: Path) -> None:
    found = Counter[str]()
    delimiters = set()
    for path in one.rglob("*.[28][73]?"):
        data = path.read_bytes()
        for part in data.split(b"ISA")[1:]:
            known = Delimiters.of_isa(b"ISA" + part)
            assert known is not None
            delimiters.add(known)
            for name in (b"GS", b"ST"):
                found[name.decode()] += (b"ISA" + part).count(known.segment + name + known.element) > 1
            found["ISA"] += 1
    assert len(delimiters) >= 3
    assert found["ISA"] > len(list(one.rglob("*.[28][73]?")))


def test_a_world_is_made_without_the_linker() -> None:
    """Its truth would be worth nothing if the linker had said it."""
    folder = Path(making.__file__).parent
    modules = sorted(folder.glob("*.py"))
    assert len(modules) > 8
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            others = [name for name in names if name.startswith(("edi.linkage", "edi.ledger"))]
            assert others == [] or module.name in AGAINST, f"{module.name} imports {others}"


def test_fine_is_what_leaves_nothing_to_do() -> None:
    assert {verdict.value for verdict in SETTLED} == FINE


def test_no_two_kinds_of_care_are_near_each_other() -> None:
    """Else a story about one would be about the other too."""
    starts = [care.code[:4] for care in KINDS] + [VISITS[0][:4]]
    assert len(set(starts)) == len(starts)
    assert all(care.near[:4] == care.code[:4] and care.near != care.code for care in KINDS)
    listed = {code for payer in PAYERS for code in payer.wants | payer.spares}
    assert listed <= {care.code for care in KINDS}
    assert all(not payer.wants & payer.spares for payer in PAYERS)


def test_the_truth_is_read_as_it_was_written(one: Path) -> None:
    text = (one / making.TRUTH).read_text()
    document = json.loads(text)
    assert to_json(*from_json(text), seed=document["seed"], size=document["size"]) == text


# -- what a check finds --------------------------------------------------------------------------------------------------------


@pytest.fixture
def copy(one: Path, tmp_path: Path) -> Path:
    """A world that a test may change."""
    return copied(one, tmp_path)


def changed(folder: Path, story: str, **values: object) -> str:
    """The first claim of a story, with other values in the first row of its truth."""
    path = folder / making.TRUTH
    document = json.loads(path.read_text())
    claim = next(claim for claim in document["claims"] if claim["story"] == story)
    claim["rows"][0].update(values)
    path.write_text(json.dumps(document))
    return str(claim["claim"])


def test_a_verdict_that_differs_and_another_authorization_are_found(copy: Path) -> None:
    late, other = changed(copy, "too-late", verdict="before-period"), changed(copy, "stands-there", authorization="ANOTHER")
    checked = checking.check(copy)
    assert {(d.what, d.truth.claim, d.right) for d in checked.differences} == {
        ("verdict", late, "before-period"),
        ("authorization", other, "ANOTHER"),
    }
    assert {d.found for d in checked.differences if d.what == "verdict"} == {"after-period"}
    assert checked.right == 1 - 1 / checked.judged


def test_claims_that_nobody_linked_lack_their_numbers(copy: Path) -> None:
    checked = checking.check(copy, copy / "claims")
    assert checked.wrong_numbers == 0
    assert {d.what for d in checked.differences} == {"number"}
    assert {d.right != "" and d.found != d.right for d in checked.differences} == {True}


def test_a_number_that_belongs_to_nobody_here_is_a_wrong_number(copy: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    shutil.copytree(copy / "claims", linked)
    truths = [truth for of_file in checking.read_truth(copy)[0].values() for truth in of_file]
    truth = next(truth for truth in truths if truth.story == "stands-there" and "2300" in truth.numbers)
    path, number = linked / Path(truth.file).name, truth.numbers["2300"].encode()
    path.write_bytes(path.read_bytes().replace(number, number[::-1]))
    checked = checking.check(copy, linked)
    assert [(d.truth.claim, d.found) for d in checked.differences if d.what == checking.WRITTEN] == [
        (truth.claim, number[::-1].decode())
    ]
    assert checked.wrong_numbers == 1


def test_what_else_was_changed_is_found(copy: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    shutil.copytree(copy / "claims", linked)
    path = sorted(linked.iterdir())[0]
    path.write_bytes(path.read_bytes().replace(b"BRACKEN BILLING", b"BRACKEN BLILING"))
    changed = [d for d in checking.check(copy, linked).differences if d.what == checking.CHANGED]
    assert [(Path(d.truth.file).name, d.right[:3], d.found[:3]) for d in changed] == [(path.name, "NM1", "NM1")]


def test_a_claim_that_is_gone_is_found(copy: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    shutil.copytree(copy / "claims", linked)
    name, truths = next(iter(checking.read_truth(copy)[0].items()))
    path = linked / Path(name).name
    path.write_bytes(b"")
    found = [d.what for d in checking.check(copy, linked).differences if d.truth.file == name]
    assert found == ["claim"] * len(truths) + ["content"]


@pytest.mark.parametrize("text", ["{}", "[]", "not JSON", '{"version": 1, "claims": []}'])
def test_what_is_no_truth_is_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / making.TRUTH).write_text(text)
    with pytest.raises(EdiError, match="is not the truth of a world"):
        checking.check(tmp_path)

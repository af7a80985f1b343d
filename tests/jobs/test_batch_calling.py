"""edi.run_batch does what the command does."""

from __future__ import annotations

import gc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import edi
from edi.records.authorization import Authorization
from edi.records.claim import Claim
from edi.records.remittance import Payment
from edi.text.segments import Segment
from tests.jobs.inboxes import STORY, Folders, story


def test_it_is_the_command(tmp_path: Path) -> None:
    called, commanded = Folders(tmp_path / "one"), Folders(tmp_path / "two")
    finished: list[str] = []

    def tell(name: str, **told: Any) -> None:
        if name == "finished":
            finished.append(told["file"])

    for each in (called, commanded):
        each.put_all(story()[:12])
    outcome = edi.run_batch(called.inbox, str(called.outbox), tests=True, sent=True, settle=0, tell=tell)
    told = commanded.json("--sent", code=1)
    assert [*outcome.files] == told["files"]
    assert (outcome.error, outcome.left, outcome.clean) == ("", [], False)
    assert called.files() == commanded.files()
    for output in called.files():
        assert (called.outbox / output).read_bytes() == (commanded.outbox / output).read_bytes(), output
    assert finished == [file["name"] for file in told["files"]]


def test_partners_have_terms_of_their_own(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.put(STORY / "claims" / "number-right.837")
    partner = {"name": "larkspur", "sender": ["LARKSPUR"], "outbox": "theirs", "acknowledgments": []}
    outcome = edi.run_batch(folders.inbox, folders.outbox, tests=True, settle=0, partner=[partner])
    assert outcome.files[0]["partner"] == "larkspur"
    assert "theirs/number-right.837.linked.837" in folders.files()
    assert not [name for name in folders.files() if name.endswith("999")]


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.put_all(story()[:3])
    assert len(edi.run_batch(folders.inbox, folders.outbox, tests=True, settle=0, stop=lambda: True).files) == 0
    assert len(folders.left()) == 3


def test_what_cannot_be_is_said_before_anything_is_taken(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.put(STORY / "claims" / "number-right.837")
    with pytest.raises(edi.SourceError, match="The outbox cannot be the inbox"):
        edi.run_batch(folders.inbox, folders.inbox)
    with pytest.raises(edi.DefinitionError, match="split must be"):
        edi.run_batch(folders.inbox, folders.outbox, split="some")
    with pytest.raises(edi.DefinitionError, match="element-date cannot be 'loud', but error, warning, info, off"):
        edi.run_batch(folders.inbox, folders.outbox, severity={"element-date": "loud"})
    with pytest.raises(edi.EdiError, match=r"pos\.csv"):
        edi.run_batch(folders.inbox, folders.outbox, codes={"POS": tmp_path / "pos.csv"})
    with pytest.raises(edi.DefinitionError, match="there is no setting 'levels'"):
        edi.run_batch(folders.inbox, folders.outbox, partner=[{"name": "larkspur", "levels": 3}])
    with pytest.raises(edi.EdiError):
        edi.run_batch(folders.inbox, folders.outbox, rules=[tmp_path / "none.rules"])
    assert folders.left() == ["number-right.837"]


def test_a_ledger_that_is_none_is_said_in_the_outcome(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.put(STORY / "claims" / "number-right.837")
    outcome = edi.run_batch(folders.inbox, folders.outbox, ledger=f"sqlite:///{tmp_path / 'none' / 'edi.db'}", settle=0)
    assert "cannot be opened" in outcome.error
    assert not outcome.clean
    assert [name for name in folders.left() if not name.endswith(".lock")] == ["number-right.837"]


def test_what_was_read_of_a_file_is_let_go_with_it(tmp_path: Path) -> None:
    """A run of thousands of files has in memory what it reads of one: none of it is in a circle, which only a collector ends."""
    folders = Folders(tmp_path)
    folders.put_all(story())
    gc.collect()
    gc.disable()
    try:
        before = read()
        assert len(edi.run_batch(folders.inbox, folders.outbox, tests=True, sent=True, settle=0).files) > 20
        after = read()
    finally:
        gc.enable()
    assert after - before == Counter()


def read() -> Counter[str]:
    """How many records and segments there are in memory, of those that belong to one file."""
    return Counter(type(one).__name__ for one in gc.get_objects() if type(one) in (Segment, Authorization, Claim, Payment))

"""Whether what becomes of claims is foreseen by another process or not, a batch comes to the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.crash import World, compare, ended
from bench.mixed import write_mixed
from edi.ledger import files as ledger_files
from edi.ledger import foreseen

FILES = 40


@pytest.fixture
def mixed(tmp_path: Path) -> list[Path]:
    """Answers, claims of which many are of the same people, remittances and acknowledgments."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    write_mixed(folder, count=FILES)
    return sorted(folder.iterdir())


def test_a_batch_comes_to_the_same(
    make_url: Callable[[str], str], mixed: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, foreseeing = (World(tmp_path / name, make_url(name), mixed) for name in ("alone", "foreseeing"))
    assert ended(alone.start()) == 1
    told = tmp_path / "stood"

    def noted(*asked: object) -> bool:
        stood = foreseen.stands(*asked)  # type: ignore[arg-type]  # as it is asked
        with told.open("a") as file:
            file.write("+" if stood else "-")
        return stood

    monkeypatch.setattr(ledger_files, "stands", noted)
    assert ended(foreseeing.start(jobs=2)) == 1
    assert compare(alone, foreseeing) == []
    claims = sum(path.suffix == ".837" for path in mixed)
    assert told.read_text() == "+" * claims


def test_what_is_foreseen_wrongly_is_decided_anew(mixed: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, erring = (World(tmp_path / name, f"sqlite:///{tmp_path / name}.db", mixed) for name in ("alone", "erring"))
    assert ended(alone.start()) == 1
    monkeypatch.setattr("edi.ledger.foreseeing.Foreseer._remember", lambda *_: None)  # none knows of those before
    assert ended(erring.start(jobs=2)) == 1
    assert compare(alone, erring) == []

"""Whether what becomes of claims is foreseen by another process or not, a batch comes to the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.crash import World, compare, ended
from bench.mixed import write_mixed
from edi.ledger import files as ledger_files
from edi.ledger import foreseen

FILES = 24


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Answers, claims of which many are of the same people, remittances and acknowledgments."""
    folder = tmp_path_factory.mktemp("mixed")
    write_mixed(folder, count=FILES)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def alone(mixed: list[Path], tmp_path_factory: pytest.TempPathFactory) -> World:
    """What one process makes of it, once for all tests: both databases come to the same."""
    home = tmp_path_factory.mktemp("alone")
    world = World(home, f"sqlite:///{home / 'ledger.db'}", mixed)
    assert ended(world.start()) == 1
    return world


def test_a_batch_comes_to_the_same(
    make_url: Callable[[str], str], mixed: list[Path], alone: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreseeing = World(tmp_path / "foreseeing", make_url("foreseeing"), mixed)
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


def test_what_is_foreseen_wrongly_is_decided_anew(
    mixed: list[Path], alone: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    erring = World(tmp_path / "erring", f"sqlite:///{tmp_path / 'erring.db'}", mixed)
    monkeypatch.setattr("edi.ledger.foreseeing.Foreseer._remember", lambda *_: None)  # none knows of those before
    assert ended(erring.start(jobs=2)) == 1
    assert compare(alone, erring) == []

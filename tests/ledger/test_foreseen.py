"""What is foreseen of a file of claims is what becomes of it, and stands only while the ledger says the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edi.ledger import Ledger
from edi.ledger.database import Database
from edi.ledger.foreseeing import Foreseer, Order
from edi.ledger.foreseen import Foreseen, stands, unpack
from edi.ledger.interchange_records import InterchangeRecords, read_ahead
from edi.ledger.survey import interchanges
from edi.linkage.verdict import report

STORY = Path(__file__).parents[2] / "testdata" / "story"
CLAIMS = STORY / "claims" / "batch.837"
NOW = datetime(2026, 10, 26, tzinfo=UTC)
MOST = 1_000


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """One that knows the requests and answers of the story."""
    with Ledger(ledger_url) as ledger:
        for folder in ("requests", "responses"):
            for path in sorted((STORY / folder).glob("*.278")):
                ledger.take(path, now=NOW)
        yield ledger


def foreseen(foreseer: Foreseer, path: Path, number: int = 0, kept: int = 0) -> Foreseen | None:
    with closing(foreseer):
        waited = foreseer(Order(number, kept, path, (), MOST))
    return None if waited is None else unpack(waited)


def standing(url: str, found: Foreseen) -> bool:
    with closing(Database(url)) as database, database.reading() as session:
        return stands(session, found.said)


def others(folder: Path, letter: str = "X") -> Path:
    """The same claims under other numbers, in another interchange."""
    path = folder / f"{letter}.837"
    data = CLAIMS.read_bytes()
    path.write_bytes(data.replace(b"CLM*LO", b"CLM*" + letter.encode()).replace(data[90:99], b"00000%04d" % ord(letter)))
    return path


def test_it_is_what_becomes_of_the_file(ledger: Ledger, ledger_url: str, tmp_path: Path) -> None:
    found = foreseen(Foreseer(ledger_url), CLAIMS)
    assert found is not None
    with CLAIMS.open("rb") as file:
        survey = interchanges(file)
    written = tmp_path / "written.837"
    with ledger.together() as files:
        plain = files.check(CLAIMS, ())
        linked = files.foreseen(found, survey, ())
        assert linked is not None
        assert (linked.totals, linked.tax_ids, linked.problems) == (plain.totals, plain.tax_ids, plain.problems)
        told = report(plain.claims, plain.beside, plain.unmapped)
        assert json.loads(found.report) == json.loads(json.dumps({**told, "totals": plain.totals}))
        assert [(row.claim, row.verdict, row.reasons) for row in linked.claims] == [
            (row.claim, row.verdict, row.reasons) for row in plain.claims
        ]
        linked.write(written)
        plain.write(tmp_path / "plain.837")
        assert written.read_bytes() == (tmp_path / "plain.837").read_bytes()
    assert used(ledger, written, found) == used(ledger, written, None)


def used(ledger: Ledger, written: Path, found: Foreseen | None) -> object:
    """What is taken of a file, and used of authorizations then; the ledger is left as it was."""
    told: object = None
    with pytest.raises(LookupError), ledger.together() as files:
        if found is None:
            taken = files.take(written, (), now=NOW)
        else:
            sent = as_sent(found, CLAIMS)
            taken = files.take(written, (), now=NOW, known=lambda _: sent, survey=found.written)
        told = taken.to_json(), ledger.authorizations(), ledger.worklist(NOW.date()), ledger.sent(["LO2001", "LO2009"])
        raise LookupError
    return told


def as_sent(found: Foreseen, path: Path) -> InterchangeRecords:
    """What is known of the claims of a file as they are sent."""
    with path.open("rb") as file:
        (read,) = read_ahead(path, interchanges(file), claims=True).values()
    return InterchangeRecords(sent=found.sent(read.came or ()))


def take(ledger: Ledger, tmp_path: Path) -> None:
    ledger.link(others(tmp_path), now=NOW).write(tmp_path / "sent.837")
    ledger.take(tmp_path / "sent.837", now=NOW)


def reserve_others(ledger: Ledger, tmp_path: Path) -> None:
    ledger.link(others(tmp_path), now=NOW)


def reserve(ledger: Ledger, _: Path) -> None:
    ledger.link(CLAIMS, now=NOW)


def certify(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "again.278"
    data = (STORY / "responses" / "approved.278").read_bytes()
    path.write_bytes(data.replace(data[90:99], b"000000999").replace(b"MLK26090101", b"MLK26090199"))
    ledger.take(path, now=NOW)


@pytest.mark.parametrize("change", [take, reserve_others, reserve, certify])
def test_it_does_not_stand_when_the_ledger_says_something_else(
    ledger: Ledger, ledger_url: str, tmp_path: Path, change: Callable[[Ledger, Path], None]
) -> None:
    found = foreseen(Foreseer(ledger_url), CLAIMS)
    assert found is not None
    assert standing(ledger_url, found)
    change(ledger, tmp_path)
    assert not standing(ledger_url, found)


def test_it_stands_when_others_come(ledger: Ledger, ledger_url: str, tmp_path: Path) -> None:
    found = foreseen(Foreseer(ledger_url), CLAIMS)
    assert found is not None
    path = tmp_path / "nobody.278"
    data = (STORY / "responses" / "approved.278").read_bytes()
    for old, new in ((data[90:99], b"000000998"), (b"MLK26090101", b"ZZZ26090199"), (b"BRAMBLE", b"NOBODY"), (b"MHP1", b"ZZZ9")):
        data = data.replace(old, new)
    path.write_bytes(data)
    ledger.take(path, now=NOW)
    assert standing(ledger_url, found)


def test_what_was_foreseen_before_counts(ledger: Ledger, ledger_url: str, tmp_path: Path) -> None:
    """Of one file after the other, before the ledger has any of them; whoever was wrong once is right again when it has."""
    foreseer = Foreseer(ledger_url)
    paths = [others(tmp_path, letter) for letter in "ABC"]
    found = [foreseen(foreseer, path, number) for number, path in enumerate(paths)]
    alone = foreseen(Foreseer(ledger_url), paths[1])
    assert alone is not None
    for path, one in zip(paths, found, strict=True):
        assert one is not None
        assert standing(ledger_url, one)
        with path.open("rb") as file, ledger.together() as files:
            assert files.foreseen(one, interchanges(file), ()) is not None
        _take(ledger, path, one)
    assert not standing(ledger_url, alone)
    late = others(tmp_path, "D")
    wrong = foreseen(foreseer, late, 3, 0)
    take(ledger, tmp_path)
    right = foreseen(foreseer, late, 4, 5)
    assert wrong is not None
    assert right is not None
    assert standing(ledger_url, right)
    assert not standing(ledger_url, wrong)


def _take(ledger: Ledger, path: Path, one: Foreseen) -> None:
    written, sent = path.with_name("written.837"), as_sent(one, path)
    written.write_bytes(one.piece.data)
    with ledger.together() as files:
        files.take(written, (), now=NOW, known=lambda _: sent, survey=one.written)


@pytest.mark.parametrize("name", ["corrected", "void"])
def test_of_claims_that_give_something_back_nothing_is_foreseen(
    ledger: Ledger, ledger_url: str, tmp_path: Path, name: str
) -> None:
    path = tmp_path / f"{name}.837"
    path.write_bytes(CLAIMS.read_bytes().replace(b":1*Y*", b":7*Y*" if name == "corrected" else b":8*Y*"))
    assert path.read_bytes() != CLAIMS.read_bytes()
    assert foreseen(Foreseer(ledger_url), path) is None


def test_nothing_is_foreseen_of_claims_that_are_known(ledger: Ledger, ledger_url: str) -> None:
    ledger.link(CLAIMS, now=NOW)
    assert foreseen(Foreseer(ledger_url), CLAIMS) is None

"""What goes when a ledger is purged, and what stays: whole, and answering as before."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlmodel import SQLModel

from edi.cli import main
from edi.errors import LedgerError
from edi.jobs.worlds import making
from edi.ledger import Ledger
from edi.ledger.database import Database
from edi.records.claim import read_claims
from edi.records.parties import Reference
from edi.records.services import Period
from tests.ledger import whole
from tests.records.test_remittance import file

Open = Callable[[], Ledger]
BEFORE = date(2027, 1, 1)
NOW = datetime(2029, 3, 1, 9, 0, tzinfo=UTC)
THEN = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
CLOSED_ON = datetime(2026, 7, 2, tzinfo=UTC)


@pytest.fixture
def ledger(open_ledger: Open) -> Iterator[Ledger]:
    with open_ledger() as kept:
        yield kept


def left(ledger: Ledger, before: date = BEFORE) -> tuple[int, int, int]:
    """How many authorizations, claims and payments stay."""
    ledger.upkeep.purge(before, now=NOW)
    status = ledger.status()
    return status.authorizations, status.claims, status.payments


def finish(ledger: Ledger, made: Any, **payment: Any) -> None:
    """An authorization, a claim that uses it, and its payment, all of 2026."""
    ledger.record_authorizations([made.authorization()], now=THEN)
    ledger.record_claims([made.claim(number="A100")], now=made.now)
    ledger.record_payments([made.payment(**payment)], now=THEN)


def test_what_is_older_and_finished_goes_whole(ledger: Ledger, ledger_url: str, made: Any) -> None:
    finish(ledger, made)
    assert left(ledger) == (0, 0, 0)
    assert rows(ledger_url) == {"purges"}


def rows(url: str) -> set[str]:
    """The tables that have rows."""
    database = Database(url)
    with database.reading() as session:
        found = {
            name
            for name, table in SQLModel.metadata.tables.items()
            if session.execute(select(table).limit(1)).first() is not None
        }
    database.close()
    return found


def test_counting_changes_nothing(ledger: Ledger, made: Any) -> None:
    finish(ledger, made)
    before = ledger.status()
    counted = ledger.upkeep.purge(BEFORE, now=NOW, dry_run=True)
    assert ledger.status() == before
    assert counted.gone == {"authorizations": 1, "claims": 1, "payments": 1, "findings": 0, "work": 0}
    assert ledger.upkeep.purge(BEFORE, now=NOW) == counted
    assert set(ledger.upkeep.purge(BEFORE, now=NOW).gone.values()) == {0}


def test_an_authorization_that_ends_later_keeps_the_claims_that_used_it(ledger: Ledger, made: Any) -> None:
    long = Period(start=date(2026, 3, 1), end=date(2027, 1, 31))
    ledger.record_authorizations([made.authorization(period=long, services=(made.service(period=long),))], now=THEN)
    ledger.record_claims([made.claim(number="A100")], now=made.now)
    ledger.record_payments([made.payment()], now=THEN)
    assert left(ledger) == (1, 1, 1)
    (held,) = ledger.authorizations()
    assert held.services[0].used == 1


def test_a_claim_that_stays_keeps_what_it_used_and_whose_number_it_carries(ledger: Ledger, made: Any) -> None:
    finish(ledger, made)
    other = made.authorization("A200", traces=("T-B",), services=(made.service("97140", number="A200"),))
    ledger.record_authorizations([other], now=THEN)
    ledger.record_claims([made.claim("CLAIM2", number="A200", lines=(made.line(),))], now=datetime(2027, 1, 5, tzinfo=UTC))
    assert left(ledger) == (2, 2, 1)  # it uses the first, and carries the number of the second


@pytest.mark.parametrize(
    "still",
    [
        lambda ledger, made: ledger.record_claims([made.claim("CLAIM2")], now=made.now),
        lambda ledger, made: ledger.link([made.claim("CLAIM2", number="A100")]),
        lambda ledger, made: ledger.link([made.claim(number="A100", frequency="7", lines=(made.line(units=2),))]),
    ],
    ids=["not answered", "reserved", "a replacement is ready"],
)
def test_what_something_is_still_to_come_of_keeps_what_it_uses(still: Any, ledger: Ledger, made: Any) -> None:
    finish(ledger, made)
    still(ledger, made)
    before, lives = ledger.status(), ledger.authorization("A100")
    assert left(ledger) == (before.authorizations, before.claims, before.payments)
    assert ledger.authorization("A100") == lives


def test_open_work_keeps_everything_it_is_about(ledger: Ledger, made: Any) -> None:
    denied = made.adjustment("197")
    finish(ledger, made, lines=(replace(made.payment().lines[0], paid=Decimal(0), adjustments=(denied,)),), paid=Decimal(0))
    other = made.authorization("A300", traces=("T-C",), request_reference="R-C", services=(made.service("92507", number="A300"),))
    ledger.record_authorizations([other], now=THEN)
    assert left(ledger) == (2, 1, 1)  # the other one too, which may be what is asked for
    (item,) = ledger.work.items(date(2026, 4, 2), kind="denial")
    ledger.work.close([item.item], why="written off", by="ROWAN", now=datetime(2027, 1, 1, tzinfo=UTC))
    assert left(ledger) == (2, 1, 1)  # closed later than that day
    assert left(ledger, date(2027, 1, 2)) == (0, 0, 0)


def test_what_may_be_appealed_after_the_day_stays(ledger: Ledger, made: Any) -> None:
    lines = (replace(made.payment().lines[0], paid=Decimal(0), adjustments=(made.adjustment("197"),)),)
    finish(ledger, made, lines=lines, paid=Decimal(0), produced_on=date(2026, 5, 1))
    (item,) = ledger.work.items(date(2026, 5, 2), kind="denial")
    ledger.work.close([item.item], why="written off", by="ROWAN", now=datetime(2026, 5, 2, tzinfo=UTC))
    assert item.deadline == date(2026, 6, 30)
    assert left(ledger, date(2026, 6, 30)) == (1, 1, 1)
    assert left(ledger, date(2026, 7, 1)) == (0, 0, 0)


def test_a_request_without_its_answer_stays_until_its_work_is_closed(ledger: Ledger, made: Any) -> None:
    ledger.record_authorizations([made.request()], now=THEN)
    assert left(ledger) == (1, 0, 0)
    (item,) = ledger.work.items(date(2026, 4, 2))
    ledger.work.close([item.item], why="never sent", by="ROWAN", now=THEN)
    assert left(ledger) == (0, 0, 0)


def test_claims_that_payments_tie_together_go_or_stay_together(ledger: Ledger, made: Any) -> None:
    finish(ledger, made)
    again = made.claim("CLAIM9", frequency="7", original="PCLAIM1", number="A100")
    ledger.record_claims([again], now=datetime(2027, 2, 1, tzinfo=UTC))
    assert left(ledger) == (1, 2, 1)


@pytest.mark.parametrize("earlier", [True, False], ids=["the one that follows", "the one that is followed"])
def test_payments_that_follow_upon_each_other_stay_together(ledger: Ledger, made: Any, earlier: bool) -> None:
    """Also where our number stands on one of them otherwise than we wrote it."""
    finish(ledger, made, produced_on=date(2026, 5, 1) if earlier else date(2027, 5, 1))
    other = date(2027, 5, 1) if earlier else date(2026, 5, 1)
    after = made.payment(
        payer_claim="PCLAIM2", references=(Reference(qualifier="F8", value="PCLAIM1"),), produced_on=other, trace="CHECK2"
    )
    ledger.record_payments([replace(after, claim="XCLAIM1")], now=THEN)
    (before,) = ledger.account("XCLAIM1")
    assert len(before.payments) == 2
    assert left(ledger) == (1, 1, 2)
    assert ledger.account("XCLAIM1") == [before]
    assert left(ledger, date(2028, 1, 1)) == (0, 0, 0)


def test_a_claim_of_which_money_was_taken_back_later_stays(ledger: Ledger, made: Any) -> None:
    finish(ledger, made)
    taken = file("CLP*C9*1*100*80**12*P9~CAS*CO*45*20~NM1*QC*1*QUILL*IVO~PLB*1234567893*20271231*WO:PCLAIM1*30~")
    ledger.take(taken.replace(b"*20260", b"*20270"), now=NOW)
    assert ledger.status().payments == 2
    assert left(ledger) == (1, 1, 2)


def test_the_same_file_again_is_known_and_ids_are_not_given_again(ledger: Ledger, made: Any) -> None:
    batch = whole.STORY / "claims" / "number-right.837"
    for name in ("requests/approved.278", "responses/approved.278"):
        ledger.take(whole.STORY / name, now=whole.NOW)
    ledger.take(batch, now=whole.NOW)
    ledger.take(whole.STORY / "remittances" / "paid.835", now=whole.NOW)
    (key,) = [held.key for held in ledger.authorizations()]
    assert left(ledger, date(2028, 1, 1))[:2] == (0, 0)
    taken = ledger.take(batch, now=NOW)
    assert (taken.claims, [one.known for one in taken.interchanges]) == (0, [True])
    ledger.record_authorizations([made.authorization()])
    assert int(ledger.authorizations()[0].key) > int(key)


def test_a_day_that_is_not_past_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match=r"^2029-03-02 is not past yet"):
        ledger.upkeep.purge(date(2029, 3, 2), now=NOW)


def test_the_command_says_what_went(ledger: Ledger, ledger_url: str, made: Any) -> None:
    finish(ledger, made)
    words = ["ledger", "purge", "--ledger", ledger_url, "--before", "2026-07-01"]
    counted = CliRunner().invoke(main, [*words, "--dry-run"]).stdout.splitlines()
    assert counted[:2] == ["                would go  stays", "authorizations         1      0"]
    told = json.loads(CliRunner().invoke(main, [*words, "--format", "json"]).stdout)
    assert (told["before"], told["gone"]["claims"], told["stays"]["claims"]) == ("2026-07-01", 1, 0)
    refused = CliRunner().invoke(main, [*words[:-1], "9999-01-01"])
    assert (refused.exit_code, refused.stdout) == (2, "")


# -- a world -------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("purging") / "world"
    making.make(folder, seed=5, size=100)
    return folder


def files(world: Path) -> list[Path]:
    return [path for room in ("requests", "responses", "claims", "remittances") for path in sorted((world / room).iterdir())]


def answers(ledger: Ledger, world: Path) -> dict[str, dict[Any, Any]]:
    """What is asked of a ledger: each answer by what it is about; verdicts, of claims of which something is to be done."""
    held = {one.key: one for one in ledger.authorizations()}
    work = {item.item: item for item in ledger.work.items(date(2028, 1, 1))}
    to_do = {item.claim for item in work.values()}
    claims = [claim for path in sorted((world / "claims").iterdir()) for claim in read_claims(path) if claim.id in to_do]
    return {
        "authorizations": held,
        "lives": {
            one.held.key: one for number in {h.number for h in held.values()} - {""} for one in ledger.authorization(number)
        },
        "accounts": {one.sent: ledger.account(one.sent) for one in ledger.matches()},
        "work": work,
        "verdicts": {(row.claim, row.line): row for row in ledger.check(claims).claims},
    }


@pytest.fixture(scope="module")
def taken() -> dict[str, str]:
    """By the kind of database: the URL of a ledger that took the world, once for all tests."""
    return {}


@pytest.fixture(params=["sqlite", "postgresql"])
def world_url(request: pytest.FixtureRequest, world: Path, taken: dict[str, str], tmp_path: Path) -> str:
    """The URL of a copy of it, for one test."""
    make: Any = request.getfixturevalue("make_database") if request.param == "postgresql" else None
    if request.param not in taken:
        taken[request.param] = make() if make else f"sqlite:///{world.parent / 'ledger.db'}"
        with Ledger(taken[request.param]) as ledger:
            for path in files(world):
                ledger.take(path, now=CLOSED_ON)
            items = [item.item for item in ledger.work.items(CLOSED_ON.date()) if item.item.startswith("W")]
            some = [item for number, item in enumerate(items) if number % 3]
            ledger.work.close(some, why="written off", by="ROWAN", now=CLOSED_ON)
    if make:
        return str(make(taken[request.param]))
    return f"sqlite:///{shutil.copy(world.parent / 'ledger.db', tmp_path)}"


@pytest.mark.parametrize("before", [date(2027, 6, 1), date(2028, 1, 1)])
def test_a_world_answers_as_before_for_what_stays(world_url: str, world: Path, before: date) -> None:
    with Ledger(world_url) as ledger:
        _answers_as_before(ledger, world_url, world, before)


def _answers_as_before(ledger: Ledger, url: str, world: Path, before: date) -> None:
    status, known = ledger.status(), answers(ledger, world)
    purged = ledger.upkeep.purge(before, now=NOW)
    assert purged.gone["authorizations"]
    assert purged.gone["claims"]
    assert purged.stays["claims"]
    assert ledger.status().work == status.work
    now = answers(ledger, world)
    for name in known:
        assert now[name] == {key: known[name][key] for key in now[name]}, name
    assert (now["work"], now["verdicts"]) == (known["work"], known["verdicts"])
    assert astray(url) == {}
    assert all(one.known for path in files(world) for one in ledger.take(path).interchanges)
    assert set(ledger.upkeep.purge(before, now=NOW).gone.values()) == {0}


def astray(url: str) -> dict[str, int]:
    """Rows that name a row which is not there."""
    database = Database(url)
    found = {}
    with database.reading() as session:
        for table in SQLModel.metadata.tables.values():
            for key in table.foreign_keys:
                above = select(key.column).where(key.column == key.parent).correlate(table)
                lost = session.execute(select(table).where(key.parent.is_not(None), ~above.exists())).all()
                if lost:
                    found[f"{table.name}.{key.parent.name}"] = len(lost)
    database.close()
    return found

"""Claims linked with the compiled linker come out as without it, whatever is on file, and whatever is in the claims."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from bench.authorizations import write_answers
from bench.claims import write_claims
from bench.visits import Insured, interchange
from edi.guides import document, runs
from edi.guides.packing import some, unpack
from edi.jobs import linking
from edi.jobs.linking import deciding
from edi.jobs.slices import plan_slices, units_of
from edi.ledger import Ledger
from edi.ledger.part_worker import Decider
from edi.linkage import rows, use_rows
from edi.linkage.file_part import DecidedPart
from edi.linkage.quantities import PROFESSIONAL, ROLES_BY_MODIFIER
from edi.linkage.terms import Terms
from edi.records.claim import Claim
from edi.speed import installed
from tests.drawing import examples
from tests.jobs.test_linking import beside, written
from tests.jobs.test_linking import told as result
from tests.ledger.conftest import PATIENT, Made

pytestmark = pytest.mark.skipif(installed() is None, reason="edi_speed is not installed (pip install ./speed)")

MEMBERS: Final = 120
"""So few that an authorization is for several claims, and that a claim (CLM01) comes again for another of them."""
CLAIMS: Final = 120
SIZE: Final = 60_000
"""Bytes of a part: a hundred claims."""
FIRST: Final = """payer "First Insurance" known as FIRST

require first-images
  procedures 70551, 72148, 73721
  wants      prior authorization
  source     "list"

require first-visits
  procedures 99213
  wants      nothing
  source     "list"

match first-days
  grace      3 days after
  source     "manual"
"""
"""What the payer of one claim in ten wants."""
DAYS: Final = (b"20260309", b"20260601")
ODD: Final = (
    *(b"", b" ", b"0", b"1.5", b"80", b"7", b"8", b"A", b"NPR", b"G1", b"9F", b"UN", b"MJ", b"11:B:7", b"RD8", b"19810405"),
    *(b"HC:97110:26", b"HC:97110:GP", b"HC:97110-97140", b"O'MALLEY JR", b"M\xdcLLER", b"1" * 40, b"1\n0"),
)


@pytest.fixture(autouse=True)
def in_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "COMPILE_FROM", 0)
    monkeypatch.setattr(runs, "_WORTH", 2)


def changed(chance: Random, data: bytes, times: int) -> bytes:
    """A file with a few segments that are gone, come again, or say something else."""
    segments = data.split(b"~")
    for _ in range(times):
        at = chance.randrange(4, len(segments) - 4)
        id, *elements = segments[at].split(b"*")
        alike = [one for one in chance.sample(segments, 60) if one.startswith(id + b"*")]
        change = chance.randrange(8)
        if change == 0:
            segments.insert(at, chance.choice(segments[4:-4]))
        elif change == 1:
            del segments[at]
        elif change == 2 and alike:
            segments[at] = chance.choice(alike)
        elif elements:
            n = chance.randrange(len(elements))
            others = [one.split(b"*") for one in alike]
            values = [one[n + 1] for one in others if len(one) > n + 1]
            if change == 3:
                elements[n] = elements[n].lower() + b" "
            elif change < 6 and values:
                elements[n] = chance.choice(values)
            else:
                elements[n] = chance.choice(ODD)
            segments[at] = b"*".join((id, *elements))
    return b"~".join(segments)


def claims(folder: Path, chance: Random, count: int, changes: int = 0) -> bytes:
    path = folder / "claims.837"
    write_claims(path, claims=count, members=MEMBERS, seed=chance.randrange(1 << 30))
    data = re.sub(rb"(?<=DTP\*472\*D8\*)\d+", lambda _: chance.choice(DAYS), path.read_bytes())
    return changed(chance, data, changes)


def held(folder: Path, chance: Random) -> str:
    """The URL of a ledger that was answered, and where claims of the same names (CLM01) used some of that."""
    answers, url = folder / "answers.278", f"sqlite:///{folder / 'ledger.db'}"
    write_answers(answers, count=MEMBERS, seed=chance.randrange(1 << 30))
    answers.write_bytes(changed(chance, answers.read_bytes(), chance.choice((0, 10, 40))))
    with Ledger(url) as ledger:
        ledger.take(answers)
        before = claims(folder, chance, 40)
        ledger.link(before, brief=True)
        if chance.random() < 0.3:
            ledger.take(before)  # they are sent
    return url


def _asked(claim: Claim, *, settled: bool) -> tuple[object, ...]:
    """What is asked of a claim where the parts come together: who bills it only where something is left to do."""
    payer = claim.payer.id.strip(), claim.payer.name.strip()
    return claim.id, claim.offset, claim.charge, payer, "" if settled else claim.billing.tax_id


def told(data: bytes, answer: DecidedPart | None) -> Any:
    """What is said of a part, and what becomes of its bytes."""
    if answer is None:
        return None
    part = rows.PartRows(answer.rows, {})
    written = data
    for edit in sorted(answer.edits.values(), reverse=True):
        written = written[: edit.at] + edit.data + written[edit.at + edit.size :]
    again = unpack(some(answer.placed, range(len(answer.placed.units)), lambda start, stop: data[start:stop]))
    return {
        "rows": (list(part), list(part.heads()), answer.beside, answer.unsettled),
        "bytes": written,
        "uses": {key: use_rows.unpack(change) for key, change in answer.uses.items()},
        "users": {name: sorted(keys) for name, keys in answer.users.items()},
        "names": {name: sorted(places) for name, places in answer.names.items()},
        "changed": {n: sorted(names) for n, names in answer.changed.items()},
        "claims": {n: _asked(claim, settled=n not in answer.unsettled) for n, claim in answer.claims.items()},
        "rest": (answer.problems, answer.shares, answer.left, [(mark.at, mark.segments) for mark in answer.marks]),
        "units": [(bytes(unit.loop), unit.loop.start, list(map(bytes, unit.context.parents))) for unit in again],
    }


def decided(
    url: str, path: Path, monkeypatch: pytest.MonkeyPatch, speed: str, rules: Sequence[Path] = ()
) -> list[DecidedPart | None]:
    monkeypatch.setenv("EDI_SPEED", speed)
    decide = Decider(url, rules, brief=True)
    return [decide(partial(units_of, part), last=part.last) for part in plan_slices(path, SIZE)]


def assert_alike(url: str, path: Path, monkeypatch: pytest.MonkeyPatch, rules: Sequence[Path] = ()) -> None:
    data = path.read_bytes()
    by_python, by_both = (decided(url, path, monkeypatch, speed, rules) for speed in "01")
    for alone, fast in zip(by_python, by_both, strict=True):
        assert told(data, fast) == told(data, alone)
        if fast is not None and alone is not None:
            assert all(set(places) <= set(alone.keys.get(key, ())) for key, places in fast.keys.items())


@pytest.mark.parametrize("seed", range(examples(40)))
def test_changed_claims_are_decided_alike(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, surely_linked: list[int]
) -> None:
    chance, path = Random(seed), tmp_path / "changed.837"
    url, changes = held(tmp_path, chance), chance.choice((0, 3, 10, 30))
    path.write_bytes(claims(tmp_path, chance, CLAIMS, changes))
    assert_alike(url, path, monkeypatch)
    assert changes or len(surely_linked) > CLAIMS // 10, "little was compared"


@pytest.mark.parametrize("charge", [b"1,000.00", b"", b"1\n00", b"+1.", b".", b"1.2.3", b"100"])
def test_charges_that_are_no_amounts_are_told_alike(charge: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, path = Random(7), tmp_path / "charges.837"
    url, data = held(tmp_path, chance), claims(tmp_path, chance, CLAIMS)
    path.write_bytes(re.sub(rb"(CLM\*[^*]+\*)[^*]*", lambda found: found[1] + charge, data, count=40))
    assert_alike(url, path, monkeypatch)
    problems = [problem.code for answer in decided(url, path, monkeypatch, "1") if answer for problem in answer.problems]
    assert problems.count("claim-unreadable") == (0 if charge in (b"100", b"+1.") else 40)


def test_line_breaks_within_segments_are_told_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, path = Random(7), tmp_path / "lines.837"
    url, data = held(tmp_path, chance), claims(tmp_path, chance, CLAIMS)
    path.write_bytes(data.replace(b"*UN*", b"*U\r\nN*", 30).replace(b"\nHI*", b"\nH\nI*", 3))
    assert_alike(url, path, monkeypatch)
    problems = {problem.code for answer in decided(url, path, monkeypatch, "1") if answer for problem in answer.problems}
    assert problems == {"line-break", "claim-unreadable"}


@pytest.mark.parametrize("seed", range(examples(12)))
def test_rules_of_one_payer_leave_the_others_alone(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, surely_linked: list[int]
) -> None:
    chance, path, rules = Random(seed), tmp_path / "changed.837", tmp_path / "first.rules"
    rules.write_text(FIRST, encoding="ascii")
    url = held(tmp_path, chance)
    path.write_bytes(claims(tmp_path, chance, CLAIMS, chance.choice((0, 10))))
    assert_alike(url, path, monkeypatch, [rules])
    assert surely_linked
    some = [told(path.read_bytes(), one) for one in decided(url, path, monkeypatch, "1", [rules])]
    surely_linked.clear()
    monkeypatch.setattr(Terms, "asked_of", lambda *_: True)
    whole = [told(path.read_bytes(), one) for one in decided(url, path, monkeypatch, "1", [rules])]
    assert not surely_linked
    for one, other in zip(some, whole, strict=True):
        for key in ("rows", "bytes", "uses", "rest"):
            assert one[key] == other[key]


def test_what_a_claim_gives_back_is_there_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, surely_linked: list[int]
) -> None:
    """A name (CLM01) comes again for another person: of what it reserved the first one's next claim finds nothing used."""
    url, path, made = f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "again.837", Made()
    one, two, three = (Insured(id=f"W{n}", last=f"QUILL{n}") for n in range(3))  # of one family they might be each other
    with Ledger(url) as ledger:
        for who in (one, two, three):
            person = replace(PATIENT, member_id=who.id, last_name=who.last)
            ledger.record_authorizations([made.authorization(f"A-{who.id}", subscriber=person, patient=person)])
        ledger.link(interchange([(one, "C1", 2)]), brief=True)
    path.write_bytes(interchange([(two, "C1", 1), (one, "C2", 1), (three, "C3", 1), (three, "C4", 1)]))
    assert_alike(url, path, monkeypatch)
    assert surely_linked == [2], "nothing came behind what is left to Python, or what comes last"


def test_roles_are_told_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims in every role, also those of a surgical center that names nobody who renders its part, by what they use."""
    url, path, chance = held(tmp_path, Random(7)), tmp_path / "roles.837", Random(8)
    modifiers = ("", *ROLES_BY_MODIFIER, "54")
    data = claims(tmp_path, chance, CLAIMS)
    data = re.sub(rb"(SV1\*HC:\w+)", lambda m: b":".join([m[1], *filter(None, [chance.choice(modifiers).encode()])]), data)
    data = re.sub(rb"(CLM\*\w+\*[\d.]+\*\*\*)\d\d:", lambda m: m[1] + chance.choice((b"11:", b"24:")), data)
    data = re.sub(rb"PRV\*BI[^~]*~\s*", lambda m: chance.choice((b"", m[0])), data)
    path.write_bytes(re.sub(rb"NM1\*82[^~]*~\s*(PRV\*PE[^~]*~\s*)?", lambda m: chance.choice((b"", m[0])), data))
    assert_alike(url, path, monkeypatch)
    known = [one for one in decided(url, path, monkeypatch, "1") if one is not None]
    roles = {role for one in known for uses in one.uses.values() for _, role, *_ in use_rows.unpack(uses)[1]}
    assert {role.partition(" ")[0] for role in roles} == {PROFESSIONAL, *ROLES_BY_MODIFIER.values()}


@pytest.mark.parametrize("seed", range(3))
def test_a_ledger_keeps_the_same(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, surely_linked: list[int]) -> None:
    chance = Random(seed)
    held(tmp_path, chance)
    files = written(tmp_path, *(claims(tmp_path, chance, CLAIMS) for _ in range(2)))  # with the same names

    def linked(speed: str, *, alone: bool = False) -> list[Any]:
        monkeypatch.setenv("EDI_SPEED", speed)
        copy = shutil.copy(tmp_path / "ledger.db", tmp_path / f"{speed}{alone}.db")
        url = f"sqlite:///{copy}"
        with deciding(url, brief=True) as by_one, Ledger(url) as ledger:
            ask = by_one if alone else beside(url, brief=True, size=SIZE)
            found = [result(ledger.link(path, ask=ask, brief=True)) for path in files]
        with closing(sqlite3.connect(copy)) as database:
            uses = database.execute("SELECT authorization_id, service, role, claim, days, amount, state FROM uses")
            return [found, sorted(uses), database.execute("SELECT id, used FROM authorizations ORDER BY id").fetchall()]

    slow = linked("0")
    assert not surely_linked
    assert linked("0", alone=True) == slow
    assert not surely_linked
    assert linked("1") == slow
    surely_linked.clear()
    monkeypatch.setattr(linking, "SIZE", SIZE)
    assert linked("1", alone=True) == slow
    assert len(surely_linked) > CLAIMS // 10

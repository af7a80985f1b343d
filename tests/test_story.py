"""The story in `testdata/story`, told to the end: what it says is expected of every file is what comes out.

The expectations were written by reading the files. Every claim and remittance is tried on a ledger of its own, which took all
requests and responses before, so that no file's outcome depends on another's.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import edi
from edi.ledger import Ledger

STORY = Path(__file__).parents[1] / "testdata" / "story"
NOW = datetime(2026, 11, 20, 8, 0)
LedgerMaker = Callable[[], Ledger]


def table(name: str) -> list[dict[str, str]]:
    text = (STORY / name).read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    return list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))


VERDICTS, FINDINGS, SENT, HELD = (
    table(name) for name in ("claims/expected.tsv", "remittances/expected.tsv", "remittances/sent.tsv", "authorizations.tsv")
)
CLAIMS = sorted(STORY.glob("claims/*.837"))
REMITTANCES = sorted(STORY.glob("remittances/*.835"))
REVIEWS = sorted([*STORY.glob("requests/*.278"), *STORY.glob("responses/*.278")])


@pytest.fixture(scope="session")
def after_reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger that took every request and response."""
    path = tmp_path_factory.mktemp("story") / "ledger.db"
    with Ledger(f"sqlite:///{path}") as ledger:
        for review in REVIEWS:
            taken = ledger.take(review, now=NOW)
            assert taken.clean
            assert taken.requests + taken.responses == 1
    return path


@pytest.fixture
def new_ledger(after_reviews: Path, tmp_path: Path) -> Iterator[LedgerMaker]:
    """Makes ledgers that took every request and response, and nothing else."""
    made: list[Ledger] = []

    def make() -> Ledger:
        path = tmp_path / f"{len(made)}.db"
        shutil.copy(after_reviews, path)
        made.append(Ledger(f"sqlite:///{path}"))
        return made[-1]

    yield make
    for ledger in made:
        ledger.close()


def test_every_file_has_its_expectation() -> None:
    assert {path.name for path in CLAIMS} == {row["file"] for row in VERDICTS}
    assert {path.name for path in REMITTANCES} - {"matches-nothing.835"} == {row["file"] for row in SENT}
    assert {row["file"] for row in FINDINGS} == {path.name for path in REMITTANCES} - {"paid.835", "contractual-only.835"}


# -- what the payer answered -------------------------------------------------------------------------------------------------


def test_authorizations_are_what_the_answers_say(new_ledger: LedgerMaker) -> None:
    found = []
    for held in new_ledger().authorizations():
        for service in held.services or [None]:
            certified = service is not None and service.decision in ("certified", "modified")
            found.append(
                {
                    "patient": held.patient,
                    "kind": held.kind,
                    "decision": held.decision,
                    "number": held.number,
                    "procedure": service.procedure if service else "",
                    "service_decision": service.decision if service else "",
                    "service_number": service.number if service else "",
                    "certified": f"{service.certified} {service.unit}" if service and certified else "",
                    "from": str(service.start) if service and certified else "",
                    "to": str(service.end) if service and certified else "",
                    "waiting": "yes" if held.awaiting else "no",
                }
            )
    stated = [{key: row[key] for key in found[0]} for row in HELD]
    assert sorted(map(str, found)) == sorted(map(str, stated))


def test_answers_may_come_before_their_requests(tmp_path: Path, new_ledger: LedgerMaker) -> None:
    """In whichever order the files are taken, the same is certified."""
    with Ledger(f"sqlite:///{tmp_path / 'backwards.db'}") as backwards:
        for review in reversed(REVIEWS):
            backwards.take(review, now=NOW)
        there = backwards.authorizations()
    here = new_ledger().authorizations()

    def said(all_held: Iterable[Any]) -> list[str]:
        return sorted(
            f"{h.patient} {h.decision} {h.number} {[(s.procedure, s.number, s.certified) for s in h.services]}" for h in all_held
        )

    assert said(there) == said(here)


def test_the_request_is_the_same_as_json_and_as_x12() -> None:
    text = (STORY / "requests" / "approved.json").read_bytes()
    (asked,) = edi.read_requests(STORY / "requests" / "approved.278")
    assert edi.request_from_json(text) == asked


# -- claims ------------------------------------------------------------------------------------------------------------------


def numbers(claims: bytes) -> dict[tuple[str, str], tuple[str, str]]:
    """REF*G1 by claim and line ("" for the claim itself), with its loop; read here without the code that is tested."""
    text = claims.decode("latin-1")
    element, terminator = text[3], text[105]
    found: dict[tuple[str, str], tuple[str, str]] = {}
    claim = line = ""
    for segment in text.split(terminator):
        parts = segment.strip("\r\n").split(element)
        if parts[0] == "CLM":
            claim, line = parts[1], ""
        elif parts[0] == "LX":
            line = parts[1]
        elif parts[:2] == ["REF", "G1"]:
            assert (claim, line) not in found
            found[claim, line] = (parts[2], "2400" if line else "2300")
    return found


@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.stem)
def test_a_claim_gets_its_verdict_and_its_number(path: Path, new_ledger: LedgerMaker) -> None:
    expected = [row for row in VERDICTS if row["file"] == path.name]
    linked = new_ledger().link(path)
    assert linked.problems == ()
    assert [(row.claim, row.line or "", row.verdict.value, str(row.amount)) for row in linked.claims] == [
        (row["claim"], row["line"], row["verdict"], row["amount"]) for row in expected
    ]
    written = [row for row in linked.claims if row.written]
    assert [row.previous for row in written] == [
        row["previous"] for row in expected if row["verdict"] in ("linked", "units-short")
    ]
    out = io.BytesIO()
    linked.write(out)
    standing = numbers(out.getvalue())
    for row in expected:
        place = (row["claim"], row["line"] if row["placement"] == "2400" else "")
        assert standing.pop(place, ("", "")) == (row["number"], row["placement"]), row["why"]
    assert standing == {}
    report = edi.validate(out.getvalue())
    assert report.problems == (), "the written file is as valid as the one that was read"


@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.stem)
def test_nothing_but_the_numbers_changes(path: Path, new_ledger: LedgerMaker) -> None:
    """Without the REF*G1, the REF*9F that were told and the count in SE, what was written is what was read."""

    def rest(data: bytes, *but: bytes) -> list[bytes]:
        element, terminator = data[3:4], data[105:106]
        left_out = (b"REF" + element + b"G1", b"SE" + element, *(b"REF" + element + b"9F" + element + number for number in but))
        return [s for s in data.split(terminator) if not s.strip(b"\r\n").startswith(left_out)]

    out = io.BytesIO()
    linked = new_ledger().link(path)
    linked.write(out)
    referrals = [row.authorization.encode() for row in linked.beside if row.written]
    assert rest(out.getvalue(), *referrals) == rest(path.read_bytes())
    if not referrals and not any(row["verdict"] in ("linked", "units-short") for row in VERDICTS if row["file"] == path.name):
        assert out.getvalue() == path.read_bytes()


def test_a_referral_goes_into_its_own_place(new_ledger: LedgerMaker) -> None:
    path, out = STORY / "claims" / "referral.837", io.BytesIO()
    linked = new_ledger().link(path)
    linked.write(out)
    before = path.read_bytes().replace(b"SE*28*", b"SE*29*")
    assert out.getvalue() == before.replace(b"\nHI*", b"\nREF*9F*MLR26090801~\nHI*")
    (row,) = linked.beside
    assert (row.kind, row.verdict.value, row.placement) == ("referral", "linked", "2300")


@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.stem)
def test_an_empty_ledger_changes_nothing(path: Path, tmp_path: Path) -> None:
    out = io.BytesIO()
    with Ledger(f"sqlite:///{tmp_path / 'empty.db'}") as ledger:
        ledger.link(path).write(out)
    assert out.getvalue() == path.read_bytes()


def test_a_wrong_number_is_replaced_when_asked(new_ledger: LedgerMaker) -> None:
    out = io.BytesIO()
    linked = new_ledger().link(STORY / "claims" / "number-wrong.837", replace=True)
    linked.write(out)
    assert numbers(out.getvalue()) == {("LO1003", ""): ("MLK26090101", "2300")}
    assert [(row.verdict.value, row.previous, row.authorization) for row in linked.claims] == [
        ("wrong-number", "MLK26090202", "MLK26090101")
    ]


def test_linking_what_was_linked_changes_nothing(new_ledger: LedgerMaker) -> None:
    once, twice = io.BytesIO(), io.BytesIO()
    ledger = new_ledger()
    ledger.link(STORY / "claims" / "batch.837").write(once)
    again = ledger.link(once.getvalue())
    again.write(twice)
    assert twice.getvalue() == once.getvalue()
    assert "linked" not in {row.verdict.value for row in again.claims}


# -- remittances -------------------------------------------------------------------------------------------------------------


def send(ledger: Ledger, remittance: Path) -> None:
    """Import the claims that were sent before a remittance came."""
    for row in SENT:
        if row["file"] != remittance.name:
            continue
        claims = (STORY / "claims" / row["claims"]).read_bytes()
        if row["how"] == "linked":
            out = io.BytesIO()
            ledger.link(claims).write(out)
            claims = out.getvalue()
        assert ledger.take(claims, now=NOW).clean


@pytest.mark.parametrize("path", REMITTANCES, ids=lambda path: path.stem)
def test_a_remittance_gives_its_findings(path: Path, new_ledger: LedgerMaker) -> None:
    expected = [row for row in FINDINGS if row["file"] == path.name]
    ledger = new_ledger()
    send(ledger, path)
    matched = ledger.match(path)
    found = [
        (finding.claim, finding.line or "", finding.kind, finding.cause or "", " ".join(finding.codes), str(finding.amount))
        for finding in matched.findings
    ]
    assert found == [tuple(row[key] for key in ("claim", "line", "kind", "cause", "codes", "amount")) for row in expected]
    for finding, row in zip(matched.findings, expected, strict=True):
        if row["authorization"] != "-":
            assert finding.authorization == row["authorization"], row["why"]
        assert finding.action
        if finding.amount > 0:
            assert finding.deadline == date(2026, 11, 16) + timedelta(days=60)
    unmatched = {row["claim"] for row in expected if row["unmatched"]}
    assert {one.payment.claim for one in matched.unmatched} == unmatched


@pytest.mark.parametrize("path", REMITTANCES, ids=lambda path: path.stem)
def test_asking_again_gives_the_same_answer(path: Path, new_ledger: LedgerMaker) -> None:
    ledger = new_ledger()
    send(ledger, path)
    first = ledger.match(path).to_json()
    ledger.take(path, now=NOW)
    assert ledger.match(path).to_json() == first
    work = ledger.worklist(date(2026, 11, 20))
    ledger.take(path, now=NOW)
    assert ledger.worklist(date(2026, 11, 20)) == work

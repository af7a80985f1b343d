"""The story files, through the ledger: each claim's verdict and each remittance's findings, as testdata/story states them."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from edi.ledger import Ledger
from edi.linkage.denials.denial import Finding

STORY = Path(__file__).parents[2] / "testdata" / "story"
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def rows(name: str) -> list[dict[str, str]]:
    with (STORY / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))


CLAIMS = rows("claims/expected.tsv")
FINDINGS = rows("remittances/expected.tsv")
SENT = rows("remittances/sent.tsv")
REMITTANCES = sorted(path.name for path in STORY.glob("remittances/*.835"))


def take_all(ledger: Ledger) -> None:
    """Requests and responses by name: so it is in no particular order of days."""
    for folder in ("requests", "responses"):
        for path in sorted((STORY / folder).glob("*.278")):
            assert ledger.take(path, now=NOW).clean, path.name


@pytest.fixture(scope="session")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger file that took every request and response."""
    file = tmp_path_factory.mktemp("story") / "answered.db"
    with Ledger(f"sqlite:///{file}") as ledger:
        take_all(ledger)
    return file


@pytest.fixture
def ledger(answered: Path, tmp_path: Path) -> Iterator[Ledger]:
    file = tmp_path / "ledger.db"
    shutil.copy(answered, file)
    with Ledger(f"sqlite:///{file}") as opened:
        yield opened


def send(ledger: Ledger, name: str) -> None:
    """What had gone out before the remittance came."""
    for row in SENT:
        if row["file"] == name:
            source = STORY / "claims" / row["claims"]
            out = io.BytesIO(source.read_bytes())
            if row["how"] == "linked":
                ledger.link(source).write(out)
            ledger.take(out.getvalue(), now=NOW)


@pytest.mark.parametrize("name", sorted({row["file"] for row in CLAIMS}))
def test_each_claim_gets_its_verdict(ledger: Ledger, name: str) -> None:
    found = [
        (row.claim, row.line or "", row.verdict.value, row.authorization if row.written else "", row.amount)
        for row in ledger.link(STORY / "claims" / name).claims
    ]
    assert found == [
        (
            row["claim"],
            row["line"],
            row["verdict"],
            row["number"] if row["verdict"] in ("linked", "units-short") else "",
            Decimal(row["amount"]),
        )
        for row in CLAIMS
        if row["file"] == name
    ]


def found(findings: tuple[Finding, ...]) -> list[tuple[str, ...]]:
    return [(f.claim, f.line or "", f.kind, f.cause or "", " ".join(f.codes), str(f.amount.normalize())) for f in findings]


def expected(name: str) -> list[tuple[str, ...]]:
    return [
        (row["claim"], row["line"] or "", row["kind"], row["cause"] or "", row["codes"], str(Decimal(row["amount"]).normalize()))
        for row in FINDINGS
        if row["file"] == name
    ]


@pytest.mark.parametrize("name", REMITTANCES)
def test_each_remittance_has_its_findings_and_asking_again_gives_the_same(ledger: Ledger, name: str) -> None:
    send(ledger, name)
    matched = ledger.match(STORY / "remittances" / name, now=NOW)
    assert found(matched.findings) == expected(name)
    for finding, row in zip(matched.findings, (row for row in FINDINGS if row["file"] == name), strict=True):
        assert row["authorization"] in ("-", finding.authorization)
    unmatched = {row["claim"] for row in FINDINGS if row["file"] == name and row["unmatched"] == "yes"}
    assert {one.payment.claim for one in matched.unmatched} == unmatched
    before = (ledger.status(), ledger.worklist(NOW.date()))
    again = ledger.match(STORY / "remittances" / name, now=NOW)
    assert again.to_json() == matched.to_json()
    assert (ledger.status(), ledger.worklist(NOW.date())) == before


@pytest.mark.parametrize("name", ["batch.835", "denied-at-claim.835", "reversal-and-correction.835"])
def test_a_remittance_that_comes_before_claims_and_answers_ends_in_the_same(ledger_url: str, name: str, ledger: Ledger) -> None:
    send(ledger, name)
    wanted = ledger.match(STORY / "remittances" / name, now=NOW).to_json()
    items = [(i.kind, i.claim, i.line, i.reason, i.amount, i.action) for i in ledger.worklist(NOW.date()) if i.kind == "denial"]
    with Ledger(ledger_url) as late:
        late.take(STORY / "remittances" / name, now=NOW)
        for row in SENT:
            if row["file"] == name:
                out = io.BytesIO((STORY / "claims" / row["claims"]).read_bytes())
                if row["how"] == "linked":
                    ledger.link(STORY / "claims" / row["claims"]).write(out)
                late.take(out.getvalue(), now=NOW)
        take_all(late)
        kept = [(i.kind, i.claim, i.line, i.reason, i.amount, i.action) for i in late.worklist(NOW.date()) if i.kind == "denial"]
        assert kept == items
        assert late.match(STORY / "remittances" / name, now=NOW).to_json() == wanted


def test_a_reversal_closes_the_work_that_the_denial_opened(ledger: Ledger) -> None:
    send(ledger, "denied-though-right.835")
    ledger.take(STORY / "remittances" / "denied-though-right.835", now=NOW)
    (denied,) = (item for item in ledger.worklist(NOW.date()) if item.kind == "denial")
    assert (denied.claim, denied.amount, denied.reason) == ("LO1002", Decimal(4200), "authorization-missing: sent-correctly")
    ledger.take(STORY / "remittances" / "reversal-and-correction.835", now=NOW)
    assert [item for item in ledger.worklist(NOW.date()) if item.kind == "denial"] == []


def test_what_could_not_be_linked_is_work_until_it_can(ledger: Ledger) -> None:
    source = STORY / "claims" / "date-before.837"
    ledger.note(ledger.link(source).claims, now=NOW)
    (item,) = (item for item in ledger.worklist(NOW.date()) if item.kind == "link")
    assert (item.claim, item.reason, item.amount) == ("LO1006", "before-period", Decimal(4200))
    mended = source.read_bytes().replace(b"20260910", b"20260920")
    ledger.note(ledger.link(mended).claims, now=NOW)
    assert [item for item in ledger.worklist(NOW.date()) if item.kind == "link"] == []


def test_linking_again_what_was_sent_linked_finds_it_right(ledger: Ledger) -> None:
    """The whole of batch.837, sent with its numbers: what it used is its own."""
    out = io.BytesIO()
    first = ledger.link(STORY / "claims" / "batch.837")
    first.write(out)
    ledger.take(out.getvalue(), now=NOW)
    again = ledger.link(out.getvalue())
    verdicts = {"linked": "already-linked"}
    assert [row.verdict.value for row in again.claims] == [
        verdicts.get(row.verdict.value, row.verdict.value) for row in first.claims
    ]
    copy = io.BytesIO()
    again.write(copy)
    assert copy.getvalue() == out.getvalue()


def test_an_empty_ledger_leaves_every_byte(ledger_url: str) -> None:
    with Ledger(ledger_url) as ledger:
        for path in sorted((STORY / "claims").glob("*.837")):
            out = io.BytesIO()
            ledger.link(path).write(out)
            assert out.getvalue() == path.read_bytes()


def test_however_many_names_are_asked_for_the_answer_is_the_same(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long claims have more numbers than a database takes in one statement: they are asked for in pieces."""
    batch = STORY / "claims" / "batch.837"
    send(ledger, "batch.835")
    linked = ledger.link(batch).to_json()
    matched = ledger.match(STORY / "remittances" / "batch.835", now=NOW).to_json()
    monkeypatch.setattr("edi.ledger.questions.NAMES", 2)
    assert ledger.link(batch).to_json() == linked
    assert ledger.match(STORY / "remittances" / "batch.835", now=NOW).to_json() == matched

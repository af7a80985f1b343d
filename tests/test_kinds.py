"""The kinds of requests in testdata/kinds: each is built, valid at all levels, answered, and becomes what stands beside it.

kinds.tsv      the kinds, each with the one that it follows
request.json   what is asked; request.278 is what is built of it
response.278   what the payer answers
became.txt     what `edi authorizations show` says when both are in the ledger
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from edi.guides.validation import validate
from edi.ledger import Ledger
from edi.linkage.completeness import check_request
from edi.records.envelope import Envelope
from edi.records.request import read_requests, request_from_json, write_request
from edi.records.response import read_responses
from edi.text.segments import read
from tests.cli.shell import Shell

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "testdata" / "kinds"
DOCUMENT = ROOT / "docs" / "kinds.md"


class Kind(NamedTuple):
    """One line of kinds.tsv."""

    name: str
    after: str
    words: str

    @property
    def files(self) -> Path:
        return FOLDER / self.name


def kinds() -> list[Kind]:
    lines = (FOLDER / "kinds.tsv").read_text(encoding="utf-8").splitlines()
    return [Kind(*line.split("\t")) for line in lines if not line.startswith("#")]


KINDS = {kind.name: kind for kind in kinds()}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


@each_kind
def test_the_request_is_what_is_built_of_its_json(kind: Kind) -> None:
    request = request_from_json((kind.files / "request.json").read_bytes())
    data = (kind.files / "request.278").read_bytes()
    control = next(int(segment.get(13)) for segment in read(data) if segment.id == "ISA")
    created = request.created or datetime.min
    envelope = Envelope(sender="LARKSPUR", receiver="MEADOWLARK", created=created, control=control, usage="T", line_break=b"\n")
    assert write_request(request, envelope) == data
    assert [replace(again, created=request.created) for again in read_requests(data)] == [request]


LEFT_OUT = {
    "appealed/request.278": ["appeal-documents", "immediate-appeal-level"],
    "concurrent-review/request.278": ["admission-type"],
    "dependent/response.278": ["event-answer"],
    "renewed/request.278": ["home-health-plan"],
}
"""What payers may want besides, and these say without: warnings. The dependent's answer is given for the service alone."""


@each_kind
def test_both_messages_are_valid_at_all_levels(kind: Kind) -> None:
    for name in ("request.278", "response.278"):
        report = validate(kind.files / name, level=7)
        assert report.valid
        assert sorted(problem.code for problem in report.problems) == LEFT_OUT.get(f"{kind.name}/{name}", [])


LATE = {"not-required", "visits"}
"""Asked for after they began, and not why (UM10)."""


@each_kind
def test_nothing_is_missing_in_it(kind: Kind) -> None:
    request = request_from_json((kind.files / "request.json").read_bytes())
    missing = [lack.path for lack in check_request(request, (), date(2026, 9, 1)).missing]
    assert missing == (["event.delay_reason"] if kind.name in LATE else [])


@each_kind
def test_it_becomes_what_stands_beside_it(kind: Kind, tmp_path: Path) -> None:
    shell = Shell(f"sqlite:///{tmp_path / 'ledger.db'}")
    chain = [kind]
    while chain[0].after != "-":
        chain.insert(0, KINDS[chain[0].after])
    with Ledger(shell.url) as ledger:
        for one in chain:
            for name in ("request.278", "response.278"):
                assert ledger.take(one.files / name).clean
    (request,) = read_requests(kind.files / "request.278")
    page = shell("authorizations", "show", request.event.traces[0].number)
    assert page.output == (kind.files / "became.txt").read_text(encoding="utf-8")


@each_kind
def test_the_response_answers_the_request(kind: Kind) -> None:
    (request,) = read_requests(kind.files / "request.278")
    (response,) = read_responses(kind.files / "response.278")
    (event,) = response.events
    assert response.reference == request.reference
    assert [trace.number for trace in event.event.traces] == [trace.number for trace in request.event.traces]


def test_the_document_has_every_kind_and_its_codes() -> None:
    """Each row of docs/kinds.md: the folder, then UM01, UM02, UM06 of the request and HCR01 of the answers."""
    found = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if row := re.match(r"\| \[`([a-z-]+)`\]\(\.\./testdata/kinds/\1\) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|", line):
            found[row[1]] = tuple(cell.replace("`", "") for cell in row.groups()[1:])
    assert found == {kind.name: codes(kind) for kind in KINDS.values()}


def codes(kind: Kind) -> tuple[str, str, str, str]:
    """UM01, UM02, UM06 and HCR01, blanks between several."""
    (request,) = read_requests(kind.files / "request.278")
    (response,) = read_responses(kind.files / "response.278")
    (event,) = response.events
    answers = [event.answer, *(service.answer for service in event.services)]
    actions = dict.fromkeys(answer.action for answer in answers if answer)
    asked = request.event
    return asked.category, asked.certification_type, asked.level_of_service, " ".join(actions)


def test_every_folder_is_a_kind() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == set(KINDS)

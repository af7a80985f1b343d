"""edi request from-claim: a request drafted from a claim or a line."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from edi.errors import RecordError
from edi.guides.validation import validate
from edi.records.claim import read_claims
from edi.records.drafting import draft
from edi.records.envelope import Envelope
from edi.records.request import read_requests, write_request
from tests.cli.shell import STORY, Shell

ENVELOPE = Envelope(sender="LARKSPUR", receiver="MEADOWLARK", created=datetime(2026, 11, 1, 9, 0), control=1)


def drafted(shell: Shell, *words: object) -> Any:
    result = shell("request", "from-claim", *words, "-o", "-")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_claim_is_drafted_with_what_it_says(new_shell: Shell) -> None:
    found = drafted(new_shell, STORY / "claims" / "number-missing.837")
    assert (found["reference"], found["requester"]["id"], found["utilization_manager"]["id"]) == ("LO1001", "1999990017", "MHP01")
    assert found["subscriber"]["member_id"] == "MHP100001"
    event = found["event"]
    assert (event["category"], event["place"], event["period"]) == ("HS", "21", {"start": "2026-10-06", "end": "2026-10-06"})
    assert event["diagnoses"] == [{"qualifier": "ABK", "code": "M1711"}, {"qualifier": "ABF", "code": "E119"}]
    assert [(p["role"], p["id"]) for p in event["providers"]] == [("SJ", "1999990025"), ("FA", "1999990066")]
    assert event["traces"] == [{"number": "LO1001", "originator": "1890004711"}]
    assert event["services"] == [
        {"procedure": {"code": "27447", "modifiers": ["RT"]}, "charge": "4200", "quantity": {"unit": "UN", "amount": "1"}}
    ]


def test_of_a_file_that_is_cut_off_it_is_said(new_shell: Shell, tmp_path: Path) -> None:
    data, path = (STORY / "claims" / "number-missing.837").read_bytes(), tmp_path / "cut.837"
    path.write_bytes(data[: data.index(b"LX*")])
    result = new_shell("request", "from-claim", path, "-o", "-")
    assert (result.exit_code, "services" in json.loads(result.stdout)["event"]) == (1, False)
    assert result.stderr.startswith(f"edi: {path}: The file is cut off at byte {data.index(b'LX*')}: ")


def test_specialties_are_kept(new_shell: Shell, tmp_path: Path) -> None:
    """The billing provider's stands in 2000A (PRV*BI), the surgeon's in 2310B; in the request, in 2010B and 2010EA."""
    path = STORY / "claims" / "number-missing.837"
    found = drafted(new_shell, path)
    assert (found["requester"]["taxonomy"], found["requester"]["taxonomy_role"]) == ("207X00000X", "OT")
    surgeon, hospital = found["event"]["providers"]
    assert (surgeon["taxonomy"], surgeon["taxonomy_role"]) == ("207X00000X", "PE")
    assert "taxonomy" not in hospital
    json_file, out = tmp_path / "draft.json", tmp_path / "draft.278"
    json_file.write_text(json.dumps(found))
    assert new_shell("request", "build", json_file, "-o", out, "--lines").exit_code == 0
    assert [line for line in out.read_text().splitlines() if line.startswith("PRV")] == [
        "PRV*OT*PXC*207X00000X~",
        "PRV*PE*PXC*207X00000X~",
    ]
    assert validate(out).valid


def test_who_bills_alone_performs(new_shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "alone.837"
    lines = (STORY / "claims" / "number-missing.837").read_bytes().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.startswith(b"NM1*82"))
    path.write_bytes(b"".join(lines[:at] + lines[at + 2 :]).replace(b"SE*31*", b"SE*29*"))
    assert drafted(new_shell, path)["requester"]["taxonomy_role"] == "PE"


def test_a_line_is_drafted_alone(new_shell: Shell) -> None:
    path = STORY / "claims" / "line-level.837"
    whole = drafted(new_shell, path)
    line = drafted(new_shell, path, "--line", "2")
    assert line["reference"] == f"{whole['reference']}-2"
    assert line["event"]["services"][0]["procedure"] == whole["event"]["services"][1]["procedure"]
    assert len(line["event"]["services"]) == 1


def test_the_draft_is_built_as_it_is(new_shell: Shell, tmp_path: Path) -> None:
    json_file, out = tmp_path / "draft.json", tmp_path / "draft.278"
    path = STORY / "claims" / "dependent.837"
    assert new_shell("request", "from-claim", path, "-o", json_file).exit_code == 0
    built = new_shell("request", "build", json_file, "-o", out)
    assert (built.exit_code, built.output) == (0, f"{out}: 1 request; edi ledger import keeps what is sent.\n")
    (request,) = read_requests(out)
    assert request.dependent is not None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("batch.837",), "there are 15 claims to draft from; --claim says which."),
        (("../requests/approved.278",), "there is no claim (837) in it to draft a request from."),
        (("batch.837", "--claim", "NO"), "there are no claims to draft from; its id (CLM01) must name one."),
        (("number-missing.837", "--line", "9"), "The claim has no line with this number; its lines are 1."),
    ],
)
def test_what_cannot_be_drafted_is_one_sentence(words: tuple[str, ...], said: str, new_shell: Shell) -> None:
    path = STORY / "claims" / words[0]
    result = new_shell("request", "from-claim", path, *words[1:], "-o", "-")
    assert (result.exit_code, result.stderr) == (2, f"edi: {path}: {said}\n")


def test_one_claim_of_several_is_named(new_shell: Shell) -> None:
    assert drafted(new_shell, STORY / "claims" / "batch.837", "--claim", "LO2002")["reference"] == "LO2002"


@pytest.mark.parametrize("path", sorted(STORY.glob("claims/*.837")), ids=lambda path: path.stem)
def test_every_claim_of_the_story_drafts_a_valid_request(path: Path) -> None:
    for claim in read_claims(path):
        data = write_request(draft(claim), ENVELOPE)
        assert [problem for problem in validate(data).problems if problem.severity == "error"] == []


@pytest.mark.corpus("837P/*", "837I/*", "837D/*")
def test_claims_by_others_draft_requests(corpus_file: Path) -> None:
    """What a claim lacks or has wrong a request would have wrong too; most are whole."""
    for claim in read_claims(corpus_file):
        try:
            data = write_request(draft(claim), ENVELOPE)
        except RecordError:
            continue
        (request,) = read_requests(data)
        assert (request.reference, len(request.event.services)) == (claim.id, len(claim.lines))


# -- after the service -----------------------------------------------------------------------------------------------------------


def test_what_was_never_requested_is_asked_for_late(shell: Shell, tmp_path: Path) -> None:
    claim, out = STORY / "claims" / "subscriber-not-dependent.837", tmp_path / "late.json"
    assert shell("ledger", "import", claim).exit_code == 0
    event = drafted(shell, "--claim", "LO1018", "--retro", "--reason", "11")["event"]
    assert (event["certification_type"], event["delay_reason"], event["period"]["start"]) == ("I", "11", "2026-10-15")
    assert drafted(shell, claim, "--retro", "--reason", "11")["event"] == event
    assert shell("request", "from-claim", "--claim", "LO1018", "--retro", "-o", out).exit_code == 0
    missing = [one["path"] for one in shell.json("request", "check", out, code=1)["missing"]]
    assert "event.delay_reason" in missing
    shell("request", "from-claim", "--claim", "LO1018", "--retro", "--reason", "3", "-o", out)
    missing = [one["path"] for one in shell.json("request", "check", out)["missing"]]
    assert "event.delay_reason" not in missing
    assert shell("request", "build", out, "-o", tmp_path / "late.278").exit_code == 0
    (request,) = read_requests(tmp_path / "late.278")
    assert (request.event.certification_type, request.event.delay_reason) == ("I", "3")


def test_what_fits_or_waits_is_not_asked_for_again(shell: Shell, tmp_path: Path) -> None:
    for name in ("number-missing", "still-pended", "nothing-needed"):
        assert shell("ledger", "import", STORY / "claims" / f"{name}.837").exit_code == 0

    def said(claim: str, *more: str) -> str:
        result = shell("request", "from-claim", "--claim", claim, *more, "-o", tmp_path / "out.json")
        return result.stderr if result.exit_code == 2 else ""

    assert said("LO1001", "--retro") == "edi: LO1001: Authorization MLK26090101 fits: correct the claim.\n"
    assert said("LO1001") == ""
    (pended,) = read_claims(STORY / "claims" / "still-pended.837")
    assert "pended, and not decided yet" in said(pended.id, "--retro")
    assert said("NOBODY", "--retro") == "edi: NOBODY: no claim with this number was sent, as far as the ledger knows.\n"


def test_what_is_not_past_is_asked_for_as_usual(new_shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "future.837"
    path.write_bytes((STORY / "claims" / "number-missing.837").read_bytes().replace(b"20261006", b"29991006"))
    result = new_shell("request", "from-claim", path, "--retro", "-o", "-")
    assert (
        result.stderr == f"edi: {path}: Its service begins on 2999-10-06, which is not past: draft a request without --retro.\n"
    )
    assert new_shell("request", "from-claim", path, "-o", "-").exit_code == 0
    assert new_shell("request", "from-claim", path, "--reason", "11", "-o", "-").exit_code == 2
    assert new_shell("request", "from-claim", path, "--retro", "--reason", "12", "-o", "-").exit_code == 2
    assert new_shell("request", "from-claim", "-o", "-").exit_code == 2

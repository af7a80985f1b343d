"""edi request inquire, notify, acknowledge; what becomes of them in the ledger."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import jsonschema
import pytest

from edi.guides.validation import validate
from edi.records.inquiry import read_inquiries
from edi.records.notification import read_notification_answers, read_notifications
from tests.cli.shell import STORY, Shell

REQUESTS = [STORY / "requests" / f"{name}.278" for name in ("still-pended", "unanswered")]
PENDED = STORY / "responses" / "still-pended.278"
NOTICES = STORY / "notices"
INQUIRY, ANSWER, NOT_FOUND = (NOTICES / f"{name}.278" for name in ("still-pended-inquiry", "still-pended-answer", "not-found"))
ADMISSION, ACKNOWLEDGED = NOTICES / "admission.278", NOTICES / "admission-acknowledged.278"
DECISION = NOTICES / "decision.278"
ENVELOPE = ("--sender", "LARKSPUR", "--receiver", "MEADOWLARK", "--test")


@pytest.fixture
def shell(new_shell: Shell) -> Shell:
    assert new_shell("ledger", "import", *REQUESTS, PENDED).exit_code == 0
    return new_shell


def happened(shell: Shell, number: str) -> list[list[str]]:
    """What happened, a line each, without its day."""
    page = shell("authorizations", "show", number).stdout
    lines = page.partition("What happened\n")[2].partition("\n\n")[0].splitlines()
    return [line.split()[1:] for line in lines]


def test_what_waits_is_asked_about_and_numbered_by_the_ledger(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "inquiry.278"
    result = shell("request", "inquire", "--pending", "-o", out, *ENVELOPE)
    assert (result.exit_code, result.output) == (0, f"{out}: 2 inquiries.\n")
    assert validate(out, level=7).problems == ()
    pended, unanswered = read_inquiries(out)
    assert (pended.reference, unanswered.reference) == ("I000000035-1", "I000000035-2")  # behind the highest that was taken
    assert pended.event is not None
    (trace,) = pended.event.traces
    assert (trace.number, trace.originator, pended.event.administrative_reference) == ("LOT0016", "1890004711", "MLNT551401")
    again = tmp_path / "again.278"
    assert shell("request", "inquire", "LOT0017", "-o", again, *ENVELOPE).exit_code == 0
    assert [one.reference for one in read_inquiries(again)] == ["I000000036-1"]


def test_what_is_overdue_is_asked_about(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "inquiry.278"
    words = ("request", "inquire", "--overdue", "-o", out, *ENVELOPE, "--today")
    result = shell(*words, "2026-09-16")
    assert (result.exit_code, result.output) == (0, "Nothing to ask about.\n")
    assert not out.exists()
    assert shell(*words, "2026-09-23").exit_code == 0
    assert len(list(read_inquiries(out))) == 2
    assert shell("request", "inquire", "--pending", "--payer", "NOBODY", "-o", out).output == "Nothing to ask about.\n"


def test_what_to_ask_about_must_be_said(shell: Shell, tmp_path: Path) -> None:
    for words in ((), ("LOT0016", "--pending")):
        result = shell("request", "inquire", *words, "-o", tmp_path / "out.278")
        assert result.exit_code == 2
        assert "Either NUMBER, or --pending or --overdue" in result.stderr
    result = shell("request", "inquire", "NOWHERE", "-o", tmp_path / "out.278")
    assert (result.exit_code, result.stderr) == (2, "edi: The ledger has no authorization NOWHERE.\n")


def test_what_came_by_phone_names_nobody_who_asked(shell: Shell, tmp_path: Path) -> None:
    told = ("--decision", "pended", "--payer", "MHP01", "--member", "MHP9", "--channel", "phone", "--date", "2026-09-20")
    assert shell("authorizations", "add", "--request", "CALL7", *told).exit_code == 0
    out = tmp_path / "out.278"
    result = shell("request", "inquire", "CALL7", "-o", out, *ENVELOPE)
    assert result.exit_code == 2
    assert result.stderr.startswith("edi: CALL7: requester: is not known of this authorization")
    assert not out.exists()
    result = shell("request", "inquire", "--pending", "-o", out, *ENVELOPE)
    assert (result.exit_code, len(list(read_inquiries(out)))) == (1, 2)
    assert result.stderr.startswith("CALL7: requester: ")


def test_an_answer_to_an_inquiry_decides_as_a_response_does(shell: Shell) -> None:
    result = shell("ledger", "import", INQUIRY, ANSWER)
    assert (result.exit_code, [line.partition(": ")[2] for line in result.stdout.splitlines()]) == (
        0,
        ["taken: 1 inquiry", "taken: 1 answer to an inquiry"],
    )
    assert happened(shell, "MLK26092301") == [
        ["requested", "interchange", "000000032", "in", "still-pended.278"],
        "answered pended for 0V needs medical review, interchange 000000033 in still-pended.278".split(),
        ["inquired", "interchange", "000000501", "in", "still-pended-inquiry.278"],
        [
            "answered",
            "certified",
            "MLK26092301",
            "to",
            "an",
            "inquiry,",
            "interchange",
            "000000502",
            "in",
            "still-pended-answer.278",
        ],
    ]
    (life,) = shell.json("authorizations", "show", "LOT0016")["authorizations"]
    assert (life["decision"], life["awaiting"], life["source"]) == ("certified", False, "inquiry")
    assert [service["end"] for service in life["services"]] == ["2026-12-31"]


def test_a_decision_counts_from_the_day_on_which_it_was_made(shell: Shell) -> None:
    shell("ledger", "import", INQUIRY, ANSWER, NOT_FOUND)
    (figures,) = [one for one in shell.json("report", "turnaround")["payers"] if not one["expedited"]]
    assert (figures["requests"], figures["outcomes"]["approved"]["count"], figures["outcomes"]["unanswered"]["count"]) == (
        2,
        1,
        1,
    )
    assert figures["average_hours"] == pytest.approx(7 * 24 + 14.75, abs=0.1)  # DTP*102 of the answer, not the inquiry's day


def test_a_refused_inquiry_decides_nothing(shell: Shell) -> None:
    assert shell("ledger", "import", NOT_FOUND).exit_code == 0
    (life,) = shell.json("authorizations", "show", "LOT0017")["authorizations"]
    assert (life["decision"], life["awaiting"]) == ("unanswered", True)
    assert happened(shell, "LOT0017")[1][:5] == ["inquiry-refused", "for", "2010C", "75", "(AAA),"]
    actions = {item["reason"]: item["action"] for item in shell.json("worklist")["items"]}
    assert actions == {
        "pended": "The payer reviews it (0V needs medical review): nothing is to be sent; ask when it decides.",
        "unanswered": "The payer was asked, and does not find the request: send it again, or call.",
    }


def test_a_decision_that_came_unasked_is_linked_to(new_shell: Shell, tmp_path: Path) -> None:
    assert new_shell("ledger", "import", DECISION).output.endswith("taken: 1 notification\n")
    assert happened(new_shell, "MLK26092501") == [
        ["notified", "certified", "MLK26092501", "interchange", "000000507", "in", "decision.278"]
    ]
    claim = (STORY / "claims" / "visits.837").read_text()
    claim = claim.replace("THISTLE*BASIL", "TANSY*ALDER").replace("MHP100002", "MHP100022").replace("19790830", "19900312")
    assert "MHP100022" in claim
    path = tmp_path / "claim.837"
    path.write_text(claim)
    rows = new_shell.json("claims", "check", path)["claims"]
    assert [(row["verdict"], row["authorization"]) for row in rows] == [("linked", "MLK26092501")]
    assert "by notification" in rows[0]["reasons"][0]


def test_an_admission_is_told_and_acknowledged(new_shell: Shell, tmp_path: Path) -> None:
    for files in itertools.permutations([ADMISSION, ACKNOWLEDGED]):
        shell = Shell(f"sqlite:///{tmp_path / files[0].stem}.db")
        assert shell("ledger", "import", *files).exit_code == 0
        assert happened(shell, "LON0001") == [
            ["notified", "event", "of", "2026-09-20,", "interchange", "000000505", "in", "admission.278"],
            ["acknowledged", "taken", "receipt", "MHPN77410,", "interchange", "000000506", "in", "admission-acknowledged.278"],
        ]
        assert shell("authorizations", "list").output == "No such authorization in the ledger.\n"
        (held,) = shell.json("authorizations", "list", "--notices")["authorizations"]
        assert (held["kind"], held["decision"], held["awaiting"]) == ("notice", "unanswered", False)
        assert "notified  SORREL, WILLA" in shell("authorizations", "list", "--notices").output
        assert shell("worklist").output.startswith("Nothing to do")
        assert shell.json("ledger", "status")["authorizations"] == 0
        sheet = tmp_path / "sheet.csv"
        assert shell("authorizations", "export", "-o", sheet).exit_code == 0
        assert "SORREL" not in sheet.read_text()


def test_what_was_only_asked_about_is_no_authorization_of_a_claim(new_shell: Shell, tmp_path: Path) -> None:
    claim = STORY / "claims" / "number-missing.837"
    patient = [line for line in claim.read_text().splitlines() if line.startswith(("NM1*IL", "DMG"))]
    asked = tmp_path / "asked.278"
    text = INQUIRY.read_text().replace("63650", "27447")
    for was, is_now in zip(("NM1*IL*1*DOGWOOD*FERN****MI*MHP100014~", "DMG*D8*19770714*F~"), patient, strict=True):
        assert was in text
        text = text.replace(was, is_now)
    asked.write_text(text)
    before = new_shell.json("claims", "check", claim)["claims"]
    assert new_shell("ledger", "import", asked).exit_code == 0
    assert new_shell.json("claims", "check", claim)["claims"] == before


def test_an_acknowledgment_of_nothing_is_kept_and_said(new_shell: Shell) -> None:
    result = new_shell("ledger", "import", ACKNOWLEDGED, ANSWER)
    assert [line.partition(": ")[2] for line in result.stdout.splitlines()] == [
        "taken: 1 acknowledgment, 1 to nothing that is on file",
        "taken: 1 answer to an inquiry, 1 to nothing that is on file",
    ]
    assert new_shell.json("authorizations", "show", "MLK26092301")["authorizations"][0]["decision"] == "certified"


def test_a_refused_notification_is_work(new_shell: Shell, tmp_path: Path) -> None:
    refused = tmp_path / "refused.278"
    built = new_shell("request", "acknowledge", ADMISSION, "--refuse", "33", "-o", refused, "--control", "9")
    assert (built.exit_code, built.output) == (0, "")
    assert validate(refused, level=7).problems == ()
    new_shell("ledger", "import", ADMISSION, refused)
    assert happened(new_shell, "LON0001")[1][:4] == ["acknowledged", "refused", "for", "2000E"]
    (item,) = new_shell.json("worklist")["items"]
    assert (item["authorization"], item["reason"]) == ("LON0001", "rejected")
    assert item["action"].startswith("What was told to the payer")


def test_an_acknowledgment_goes_back_to_who_told(new_shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "ack.278"
    assert new_shell("request", "acknowledge", ADMISSION, "--receipt", "R77", "-o", out, "--lines").exit_code == 0
    isa = out.read_text().splitlines()[0].split("*")
    assert (isa[6].strip(), isa[8].strip(), isa[13], isa[15]) == ("MEADOWLARK", "LARKSPUR", "000000001", "T")  # ISA15 as received
    (answer,) = read_notification_answers(out)
    assert (answer.reference, answer.refused) == ("LORN0001", False)
    assert [event.event.administrative_reference for event in answer.events] == ["R77"]
    result = new_shell("request", "acknowledge", ACKNOWLEDGED, "-o", out)
    assert (result.exit_code, result.stderr) == (
        2,
        f"edi: {ACKNOWLEDGED}: there is no notification (278, 005010X216) in it.\n",
    )


def test_interchanges_of_several_senders_are_acknowledged_apart(new_shell: Shell, tmp_path: Path) -> None:
    both = tmp_path / "both.278"
    both.write_bytes(ADMISSION.read_bytes() + DECISION.read_bytes())
    result = new_shell("request", "acknowledge", both, "-o", tmp_path / "out.278")
    assert result.exit_code == 2
    assert "acknowledge each by itself" in result.stderr


def test_a_notification_is_written_from_json(new_shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out.278"
    source = NOTICES / "admission.json"
    assert new_shell("request", "notify", source, "-o", out, *ENVELOPE, "--control", "505").exit_code == 0
    (told,) = read_notifications(out)
    assert [told] == list(read_notifications(ADMISSION))
    schema = new_shell("request", "schema", "--notification").stdout
    assert schema == Path("docs/schemas/notification.v1.json").read_text(encoding="utf-8")
    assert jsonschema.validators.validator_for(json.loads(schema))(json.loads(schema)).is_valid(json.loads(source.read_text()))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sources": []}, "sources: is empty."),
        ({"purpose": 7}, "purpose: must be a text."),
        ({"reference": ""}, "the notification would not be valid (1 error); nothing was written."),
    ],
)
def test_a_notification_that_cannot_be_is_not_written(
    new_shell: Shell, tmp_path: Path, change: dict[str, object], words: str
) -> None:
    out = tmp_path / "out.278"
    record = json.loads((NOTICES / "admission.json").read_text()) | change
    result = new_shell("request", "notify", "-", "-o", out, "--control", "1", stdin=json.dumps(record).encode())
    assert result.exit_code == 2
    assert result.stderr.endswith(f"edi: standard input: {words}\n")
    assert "SORREL" not in result.stderr
    assert not out.exists()


def test_all_kinds_are_read_as_json(new_shell: Shell) -> None:
    found = {}
    for path in (INQUIRY, ANSWER, ADMISSION, ACKNOWLEDGED, DECISION):
        document = json.loads(new_shell("request", "read", path).stdout)
        kinds = [name for name in document if isinstance(document[name], list) and name != "decisions" and document[name]]
        found[path.stem] = (kinds, [one["decision"] for one in document["decisions"]])
    assert found == {
        "still-pended-inquiry": (["inquiries"], []),
        "still-pended-answer": (["inquiry_answers"], ["certified"]),
        "admission": (["notifications"], []),
        "admission-acknowledged": (["acknowledgments"], []),
        "decision": (["notifications"], ["certified"]),
    }


def test_a_payer_changes_an_authorization_unasked(new_shell: Shell) -> None:
    """The answer to an inquiry tells ten visits; a notification adds four, for another month. Either may come first."""
    answer, more = (Path("testdata/278") / name for name in ("inquiry/pass/answer-two-reviews.edi", CHANGED))
    assert new_shell("ledger", "import", more, answer).exit_code == 0
    (life,) = new_shell.json("authorizations", "show", "GH4711")["authorizations"]
    assert [(one["certified"], one["start"], one["end"]) for one in life["services"]] == [
        ("10", "2026-10-01", "2026-12-31"),
        ("4", "2027-01-01", "2027-01-31"),
    ]
    assert [event["kind"] for event in life["events"]] == ["answered", "notified"]


CHANGED = "notification/pass/changed-authorization.edi"


def test_a_discharge_tells_the_stay(new_shell: Shell) -> None:
    discharge, refused = (Path("testdata/278/notification/pass") / f"{name}.edi" for name in ("discharge-of-a-child", "refused"))
    assert new_shell("ledger", "import", discharge, refused).exit_code == 0
    assert [line[1:5] for line in happened(new_shell, "FN0001")] == [
        ["event", "of", "2026-10-01", "to"],
        ["refused", "receipt", "GHN0007,", "for"],
    ]
    assert new_shell("authorizations", "show", "GH4712").stdout.startswith(
        "Notice (no number yet): refused\n  patient  LARCH, BRYONY"
    )


def test_a_spreadsheet_takes_back_what_it_wrote_of_an_answer(shell: Shell, tmp_path: Path) -> None:
    shell("ledger", "import", ANSWER, DECISION)
    sheet = tmp_path / "sheet.csv"
    shell("authorizations", "export", "-o", sheet)
    kept = shell.json("authorizations", "list")
    result = shell("authorizations", "import", sheet)
    assert (result.exit_code, shell.json("authorizations", "list")) == (0, kept)


def test_the_order_of_arrival_makes_no_difference(tmp_path: Path) -> None:
    found = []
    files = [*REQUESTS, PENDED, INQUIRY, ANSWER, NOT_FOUND, ADMISSION, ACKNOWLEDGED, DECISION]
    for name, order in (("forth", files), ("back", files[::-1]), ("mixed", files[1::2] + files[::2])):
        shell = Shell(f"sqlite:///{tmp_path / name}.db")
        assert shell("ledger", "import", *order).exit_code == 0
        listed = [shell.json("authorizations", "list", *words)["authorizations"] for words in ((), ("--notices",))]
        found.append([sorted((held | {"key": ""} for held in part), key=str) for part in listed])
        assert [len(part) for part in found[-1]] == [3, 1]
    assert found[0] == found[1] == found[2]

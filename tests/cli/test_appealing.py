"""edi claims appeal, from a shell: the letter's facts are those on file, what is not known is said, and refusals have reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from edi.records.request import request_from_json
from tests.cli.shell import STORY, Shell

PENDED = (
    ("BRAMBLE*SAGE", "NETTLE*CORAL"), ("MHP100001", "MHP100003"), ("19610412", "19840119"), ("27447:RT", "72148"),
    ("MLK26090101", "0042-7715-A"), ("21:B:1", "11:B:1"), ("1999990025", "1999990058"),
)  # fmt: skip
"""What makes the claim of LO1002, and its denial, one of a patient whose authorization was pended first."""
CLAIMS = ("number-right", "subscriber-not-dependent", "denied", "not-required")


@pytest.fixture
def denied(shell: Shell) -> Shell:
    """`edi` with a ledger in which claims were denied: though right, never requested, as refused."""
    files = [STORY / "claims" / f"{name}.837" for name in CLAIMS]
    assert shell("ledger", "import", *files).exit_code == 0
    for name in ("denied-though-right", "never-requested", "refused"):
        assert shell("remittances", "match", STORY / "remittances" / f"{name}.835").exit_code == 1
    return shell


def test_a_packet_has_a_folder_of_its_own(denied: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "packet"
    assert denied("claims", "appeal", "LO1002", "-o", folder).exit_code == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    result = denied("claims", "appeal", "LO1002", "-o", folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "A packet has a folder of its own." in result.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_letter_says_what_is_on_file(denied: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "made" / "packet"
    result = denied("claims", "appeal", "LO1002", "-o", folder, "--today", "2026-11-25")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "LO1002  $4,200.00  sent-correctly, until 2027-01-15",
        *(
            f"    {folder / name}"
            for name in ("letter.txt", "claim.txt", "authorization.txt", "authorization.278", "remittance.txt")
        ),
    ]
    letter = (folder / "letter.txt").read_text()
    for fact in (
        "LARKSPUR ORTHOPEDICS\n120 LARKSPUR LANE\nFERNHOLLOW, OH 430990120\nNPI 1999990017, tax id 890004711\n",
        "To: MEADOWLARK HEALTH PLAN\n",
        "\n2026-11-25\n",
        "Request to decide again: claim LO1002\n",
        "Patient           SAGE BRAMBLE, born 1961-04-12\n",
        "Claim             LO1002, sent on 2026-11-02\n",
        "Your claim number MHPCLM0001002\n",
        "Received by you   2026-11-03\n",
        "Dates of service  2026-10-06\n",
        "Remittance        MHP7700004 of 2026-11-16\n",
        "In question       $4,200.00\n",
        "  line 1  27447-RT  2026-10-06  $4,200.00  CO-197, N210\n",
        "    27447  certified  1 UN  2026-09-15 to 2026-12-14\n",
        "    answered on 2026-09-03: certified, in interchange 000000002 (approved.278)\n",
        "  The claim as it was sent on 2026-11-02 carried MLK26090101 (2300 REF*G1).\n",
        "  Authorization MLK26090101: certifies 27447-RT for 2026-09-15 to 2026-12-14.\n",
        "  claim.txt           the claim as it was sent, a segment a line\n",
    ):
        assert fact in letter
    assert "What is not known to us\n  until when you take this; we count with 2027-01-15\n\n" in letter
    for ours in ("write-off", "default", "Until"):
        assert ours not in letter
    assert "REF*G1*MLK26090101\n" in (folder / "claim.txt").read_text()
    assert (
        "  line 1  27447-RT  2026-10-06  charge $4,200.00, paid $0.00; remarks N210\n" in (folder / "remittance.txt").read_text()
    )
    assert "2026-09-01  requested" in (folder / "authorization.txt").read_text()
    assert [path.stat().st_mode & 0o777 for path in sorted(folder.iterdir())] == [0o600] * 5
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_answer_is_enclosed_as_it_came(denied: Shell, tmp_path: Path) -> None:
    denied("claims", "appeal", "LO1002", "-o", tmp_path / "packet")
    assert (tmp_path / "packet" / "authorization.278").read_bytes() == (STORY / "responses" / "approved.278").read_bytes()
    assert (
        "  authorization.278   your answers to it as they came, a 278 each\n" in (tmp_path / "packet" / "letter.txt").read_text()
    )


def test_of_a_file_of_several_patients_only_this_one_is_enclosed(new_shell: Shell, tmp_path: Path) -> None:
    """Two transactions in one interchange, and the answer that came first with them."""
    ours, other = ((STORY / "responses" / f"{name}.278").read_text() for name in ("approved", "denied"))
    head, rest = ours.split("ST*278*", 1)
    body, end = rest.split("GE*1*", 1)
    second = other[other.index("ST*278*") : other.index("GE*1*")].replace("*278*0001*", "*278*0002*").replace("*0001~", "*0002~")
    both = tmp_path / "both.278"
    both.write_text(f"{head}ST*278*{body}{second}GE*2*{end}")
    requests = [STORY / "requests" / f"{name}.278" for name in ("approved", "denied")]
    assert new_shell("ledger", "import", *requests, both, STORY / "claims" / "number-right.837").exit_code == 0
    new_shell("ledger", "import", STORY / "remittances" / "denied-though-right.835")
    assert new_shell("claims", "appeal", "LO1002", "-o", tmp_path / "packet").exit_code == 0
    copy = tmp_path / "packet" / "authorization.278"
    assert copy.read_bytes() == (STORY / "responses" / "approved.278").read_bytes()
    assert new_shell("validate", copy).exit_code == 0


def test_every_answer_is_enclosed_and_each_once(shell: Shell, tmp_path: Path) -> None:
    """Pended first, then certified; both were taken before."""
    first, last = (STORY / "responses" / f"pended-then-approved-{n}.278" for n in (1, 2))
    shell("ledger", "import", first, last)
    for folder, name in (("claims", "number-right.837"), ("remittances", "denied-though-right.835")):
        text = (STORY / folder / name).read_text()
        for old, new in PENDED:
            text = text.replace(old, new)
        (tmp_path / name).write_text(text)
        shell("ledger", "import", tmp_path / name)
    assert shell("claims", "appeal", "LO1002", "-o", tmp_path / "packet").exit_code == 0
    copies = (tmp_path / "packet" / "authorization.278").read_bytes()
    assert copies == first.read_bytes() + last.read_bytes()


def test_what_came_by_phone_has_no_copy(new_shell: Shell, tmp_path: Path) -> None:
    told = ("--payer", "MHP01", "--member", "MHP100001", "--last-name", "BRAMBLE", "--first-name", "SAGE")
    service = ("--procedure", "27447", "--units", "1", "--start", "2026-09-15", "--end", "2026-12-14")
    by = ("--channel", "phone", "--told-by", "J. Reed", "--date", "2026-09-03")
    added = new_shell("authorizations", "add", "--number", "MLK26090101", *told, *service, *by)
    assert added.exit_code == 0
    new_shell("ledger", "import", STORY / "claims" / "number-right.837", STORY / "remittances" / "denied-though-right.835")
    document = new_shell.json("claims", "appeal", "LO1002", "-o", tmp_path / "packet")
    names = [Path(name).name for name in document["files"]]
    assert names == ["letter.txt", "claim.txt", "authorization.txt", "remittance.txt"]


def test_what_was_never_asked_is_asked_afterwards(denied: Shell, tmp_path: Path) -> None:
    document = denied.json("claims", "appeal", "LO1018", "-o", tmp_path / "packet")
    assert (document["grounds"], document["authorizations"], document["deadline"]) == (["retroactive"], [], "2027-01-15")
    assert [Path(name).name for name in document["files"]] == ["letter.txt", "claim.txt", "remittance.txt", "request.json"]
    letter = (tmp_path / "packet" / "letter.txt").read_text()
    assert "Request for a retroactive authorization: claim LO1018\n" in letter
    assert "Why it was not asked for before the service\n  [to be filled in]\n" in letter
    assert request_from_json((tmp_path / "packet" / "request.json").read_bytes()).reference == "LO1018"


@pytest.mark.parametrize(("paid", "said"), [("0", "the whole claim"), ("200", "at the claim, not by line")])
def test_what_is_denied_at_the_claim_is_said_to_stand_there(shell: Shell, tmp_path: Path, paid: str, said: str) -> None:
    """The payer named no line; of a claim that was partly paid it is not the whole one."""
    data = (STORY / "remittances" / "denied-though-right.835").read_text().replace("\n", "")
    begun, rest = data.split("CLP*LO1002*", 1)
    clp, *inner = rest.split("~")
    parts = clp.split("*")
    parts[0], parts[2] = "1", paid
    off = f"CAS*CO*197*{4200 - int(paid)}"
    told = "~".join(["CLP*LO1002*" + "*".join(parts), off, *(each for each in inner if not each.startswith(("CAS", "SVC")))])
    remittance = tmp_path / "claim.835"
    remittance.write_text(begun + told)
    assert shell("ledger", "import", STORY / "claims" / "number-right.837", remittance).exit_code in (0, 1)
    assert shell("claims", "appeal", "LO1002", "-o", tmp_path / "packet").exit_code == 0
    letter = (tmp_path / "packet" / "letter.txt").read_text()
    assert f"What was denied\n  {said}  " in letter


def test_what_is_not_known_is_said(shell: Shell, tmp_path: Path) -> None:
    remittance = tmp_path / "bare.835"
    data = (STORY / "remittances" / "denied-though-right.835").read_bytes()
    lines = [line for line in data.splitlines(keepends=True) if not line.startswith(b"DTM*050")]
    remittance.write_bytes(
        b"".join(lines)
        .replace(b"MHPCLM0001002", b"0")
        .replace(b"SE*%d*" % (data.count(b"~") - 4), b"SE*%d*" % (data.count(b"~") - 5))
    )
    assert shell("ledger", "import", STORY / "claims" / "number-right.837", remittance).exit_code in (0, 1)
    assert shell("claims", "appeal", "LO1002", "-o", tmp_path / "packet").exit_code == 0
    letter = (tmp_path / "packet" / "letter.txt").read_text()
    assert "What is not known to us\n  the day on which you received the claim\n" in letter
    assert "Received by you" not in letter


@pytest.mark.parametrize(
    ("claim", "refusal", "reason"),
    [
        ("LO1014", "nothing-contested", "Appeal the refusal of the authorization, not the claim."),
        ("LO1020", "not-answered", "It was sent on 2026-11-02, and no remittance for it is on file."),
        ("NOBODY", "unknown-claim", "No claim with this number was sent, as far as the ledger knows."),
        ("lo-1014", "unknown-claim", "No claim with this number was sent, as far as the ledger knows. Did you mean LO1014?"),
    ],
)
def test_where_nothing_speaks_for_it_the_reason_is_told(
    denied: Shell, tmp_path: Path, claim: str, refusal: str, reason: str
) -> None:
    folder = tmp_path / "packet"
    result = denied("claims", "appeal", claim, "-o", folder)
    assert (result.exit_code, folder.exists()) == (1, False)
    assert result.stdout.splitlines()[0] == f"{claim}: refused: {refusal}"
    assert f"    {reason}" in result.stdout.splitlines()
    document = denied.json("claims", "appeal", claim, "-o", folder, code=1)
    assert (document["refused"], document["files"], reason in document["reasons"]) == (refusal, [], True)


def test_what_a_correction_mends_is_not_appealed(shell: Shell, tmp_path: Path) -> None:
    shell("ledger", "import", STORY / "claims" / "number-missing.837", STORY / "remittances" / "denied-at-claim.835")
    result = shell("claims", "appeal", "LO1001", "-o", tmp_path / "packet")
    assert result.stdout.splitlines() == [
        "LO1001: refused: nothing-contested",
        "    Nothing that is on file speaks against the payer's answer.",
        "    Send a replacement (frequency 7, REF*F8 MHPCLM0001001) with MLK26090101.",
    ]


def test_the_shell_is_told_nothing_about_the_patient(denied: Shell, tmp_path: Path) -> None:
    for claim in ("LO1002", "LO1018", "LO1014"):
        for more in ([], ["--format", "json"]):
            output = denied("claims", "appeal", claim, "-o", tmp_path / "packet", *more).output
            for said in ("BRAMBLE", "FENNEL", "MHP1000", "1961"):
                assert said not in output


def test_a_folder_that_cannot_be_made_is_one_sentence(denied: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    result = denied("claims", "appeal", "LO1002", "-o", tmp_path / "file")
    assert (result.exit_code, result.stderr) == (2, f"edi: {tmp_path / 'file'}: File exists.\n")

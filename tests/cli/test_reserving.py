"""What linked claims reserve, from a shell; and that tests and production are kept apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.visits import claims_file
from tests.cli.shell import STORY, Shell

CLAIM = STORY / "claims" / "number-missing.837"
DENIED = STORY / "remittances" / "denied-at-claim.835"


def states(shell: Shell, number: str = "MLK26090101") -> list[tuple[str, str]]:
    (life,) = shell.json("authorizations", "show", number)["authorizations"]
    return [(use["claim"], use["state"]) for use in life["uses"]]


def test_a_claim_reserves_gives_back_and_uses(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out.837"
    assert shell("claims", "link", CLAIM, "-o", out).exit_code == 0
    assert states(shell) == [("LO1001", "reserved")]
    page = shell("authorizations", "show", "MLK26090101").stdout
    assert "No claim that was sent uses it.\nReserved by claims that were linked and not sent yet\n" in page
    assert shell.json("ledger", "status")["reserved"] == 1
    assert shell.json("claims", "release", out) == {"version": 1, "path": str(out), "released": 1, "problems": []}
    assert states(shell) == []
    released = shell("claims", "release", out)
    assert (released.exit_code, released.stdout) == (0, f"{out}: 0 claims gave back what they had reserved.\n")
    shell("claims", "link", CLAIM, "-o", out)
    shell("ledger", "import", out)
    assert states(shell) == [("LO1001", "sent")]
    shell("claims", "release", out)
    assert states(shell) == [("LO1001", "sent")]


def test_of_a_file_that_is_cut_off_what_is_there_is_given_back_and_it_is_said(shell: Shell, tmp_path: Path) -> None:
    out, cut = tmp_path / "out.837", tmp_path / "cut.837"
    assert shell("claims", "link", CLAIM, "-o", out).exit_code == 0
    data = out.read_bytes()
    cut.write_bytes(data[: data.index(b"SE*")])
    told = shell("claims", "release", cut)
    assert (told.exit_code, states(shell)) == (1, [])
    assert f"@{len(cut.read_bytes())}: cut-off The file is cut off at byte {len(cut.read_bytes())}: " in told.stdout
    assert told.stdout.endswith(f"{cut}: 1 claim gave back what it had reserved.\n")
    again = shell.json("claims", "release", cut, code=1)
    assert (again["released"], [problem["code"] for problem in again["problems"]]) == (0, ["cut-off"])
    cut.write_bytes(b"Dear payer,")
    again = shell.json("claims", "release", cut, code=1)
    assert (again["released"], [problem["code"] for problem in again["problems"]]) == (0, ["isa-missing"])


def test_another_claim_finds_nothing_left(shell: Shell, tmp_path: Path) -> None:
    shell("claims", "link", CLAIM, "-o", tmp_path / "out.837")
    second = tmp_path / "second.837"
    second.write_bytes(CLAIM.read_bytes().replace(b"LO1001", b"LO9001"))
    assert shell.json("claims", "check", second, code=1)["claims"][0]["verdict"] == "units-used-up"


@pytest.mark.parametrize("words", [("claims", "link", "-o", "out.837"), ("claims", "check")], ids=["link", "check"])
def test_production_is_not_linked_with_a_ledger_of_tests(
    shell: Shell, tmp_path: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.837").write_bytes(claims_file([("C1", 1)]))
    refused = shell(*words, "in.837")
    assert (refused.exit_code, refused.stdout) == (2, "")
    why = "Interchange 000000001 is production (ISA15), and this ledger keeps tests: it needs a ledger of its own."
    assert refused.stderr == f"edi: {why}\n"
    assert not (tmp_path / "out.837").exists()


def test_the_remittance_gives_a_denied_claim_back_and_says_the_same_again(shell: Shell) -> None:
    shell("ledger", "import", CLAIM)
    assert states(shell) == [("LO1001", "sent")]
    first = shell.json("remittances", "match", DENIED, code=1)
    for _ in range(2):
        assert states(shell) == [("LO1001", "denied")]
        assert shell.json("ledger", "status")["uses"] == 0
        assert "Given back by claims that were denied\n" in shell("authorizations", "show", "MLK26090101").stdout
        assert shell.json("remittances", "match", DENIED, code=1) == first


def test_what_a_rule_reserved_is_used_though_the_import_is_not_told_the_rule(shell: Shell, tmp_path: Path) -> None:
    out, rules = tmp_path / "out.837", STORY / "requirements" / "meadowlark-matching.rules"
    linked = shell.json("claims", "link", STORY / "claims" / "date-after.837", "-o", out, "--rules", rules)
    (number,) = {row["authorization"] for row in linked["claims"] if row["written"]}
    (reserved,) = states(shell, number)
    assert reserved[1] == "reserved"
    shell("ledger", "import", out)
    assert states(shell, number) == [(reserved[0], "sent")]


def test_the_number_of_what_was_cancelled_goes_on_no_claim(new_shell: Shell, tmp_path: Path) -> None:
    """Asked to cancel (UM02 = 3), the payer certifies that it did; the authorization itself is not on file."""
    for folder in ("requests", "responses"):
        path = tmp_path / f"{folder}.278"
        path.write_bytes((STORY / folder / "approved.278").read_bytes().replace(b"UM*HS*I*", b"UM*HS*3*"))
        assert new_shell("ledger", "import", path).exit_code == 0
    out = tmp_path / "out.837"
    (row,) = new_shell.json("claims", "link", CLAIM, "-o", out, code=1)["claims"]
    assert (row["verdict"], row["authorization"]) == ("authorization-cancelled", "MLK26090101")
    assert out.read_bytes() == CLAIM.read_bytes()

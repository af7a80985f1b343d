"""What a claim uses by a payer's rule stays what it is where no rules are named: denied, reversed, and decided anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import STORY, Shell

LATE = STORY / "claims" / "date-after.837"
"""Two days after what is certified; the payer's rules have a time of grace."""
RULES = STORY / "requirements" / "meadowlark-matching.rules"
BARE = (STORY / "remittances" / "denied-though-right.835").read_bytes()
DENIED = BARE.replace(b"LO1002", b"LO1007").replace(b"MHPCLM0001002", b"MHPCLM0001007").replace(b"20261006", b"20261216")
DENIED = DENIED.replace(b"DTM*405*20261116", b"DTM*405*20261230")
BACK = (
    DENIED.replace(b"*000000079", b"*000000179")
    .replace(b"MHP7700004", b"MHP7700104")
    .replace(b"LO1007*1*4200", b"LO1007*22*-4200")
    .replace(b"RT*4200*0", b"RT*-4200*0")
    .replace(b"CO*197*4200", b"CO*197*-4200")
)


def states(shell: Shell) -> list[tuple[str, str]]:
    (life,) = shell.json("authorizations", "show", "MLK26090101")["authorizations"]
    return [(use["claim"], use["state"]) for use in life["uses"]]


@pytest.fixture
def used(shell: Shell, tmp_path: Path) -> Shell:
    """The claim was linked by the payer's rules, and sent."""
    out = tmp_path / "out.837"
    assert shell("claims", "link", LATE, "-o", out, "--rules", RULES).exit_code == 0
    assert shell("ledger", "import", out).exit_code == 0
    assert states(shell) == [("LO1007", "sent")]
    return shell


def test_a_reversal_without_rules_gives_it_its_unit_again(used: Shell) -> None:
    assert used("ledger", "import", "-", stdin=DENIED).exit_code == 0
    assert states(used) == [("LO1007", "denied")]
    assert used("ledger", "import", "-", stdin=BACK).exit_code == 0
    assert states(used) == [("LO1007", "sent")]


def test_so_does_what_was_taken_by_rules(shell: Shell) -> None:
    """The same where the claim was not linked here."""
    shell("ledger", "import", LATE, "--rules", RULES)
    assert states(shell) == [("LO1007", "sent")]
    for data, state in ((DENIED, "denied"), (BACK, "sent")):
        shell("ledger", "import", "-", stdin=data)
        assert states(shell) == [("LO1007", state)]


def test_another_answer_without_rules_leaves_it(used: Shell) -> None:
    """The payer tells the same certification once more, with another day of issue."""
    again = (STORY / "responses" / "approved.278").read_bytes().replace(b"*000000002", b"*000000902")
    again = again.replace(b"DTP*102*D8*20260903", b"DTP*102*D8*20260905")
    assert used("ledger", "import", "-", stdin=again).exit_code == 0
    assert states(used) == [("LO1007", "sent")]


def test_what_is_certified_no_more_is_not_used(used: Shell) -> None:
    answer = (STORY / "responses" / "approved.278").read_bytes().replace(b"*000000002", b"*000000902")
    cancelled = (
        answer.replace(b"HCR*A1*", b"HCR*C*")
        .replace(b"UM*HS*I*", b"UM*HS*3*")
        .replace(b"DTP*102*D8*20260903", b"DTP*102*D8*20260905")
    )
    used("ledger", "import", "-", stdin=cancelled)
    assert states(used) == []


def test_what_another_claim_took_meanwhile_is_not_used_twice(used: Shell, tmp_path: Path) -> None:
    used("ledger", "import", "-", stdin=DENIED)
    used("ledger", "import", STORY / "claims" / "number-right.837")
    assert ("LO1002", "sent") in states(used)
    used("ledger", "import", "-", stdin=BACK)
    assert [claim for claim, state in states(used) if state == "sent"] == ["LO1002"]


def test_rules_decide_anew_where_they_are_named(used: Shell, tmp_path: Path) -> None:
    """Other rules, without the time of grace: then it fits no more."""
    strict = tmp_path / "strict.rules"
    strict.write_text(RULES.read_text().replace("grace        3 days after", "grace        1 days after"))
    for data in (DENIED, BACK):
        assert used("ledger", "import", "-", "--rules", strict, stdin=data).exit_code == 0
    assert states(used) == []


def test_what_fits_without_rules_is_decided_as_ever(shell: Shell) -> None:
    shell("ledger", "import", STORY / "claims" / "number-right.837")
    for data, state in ((BARE, "denied"), (BACK.replace(b"1007", b"1002").replace(b"20261216", b"20261006"), "sent")):
        shell("ledger", "import", "-", stdin=data)
        assert states(shell) == [("LO1002", state)]

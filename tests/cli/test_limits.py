"""edi remittances match and edi rules with a payer's limits."""

from __future__ import annotations

from pathlib import Path

from tests.cli.shell import STORY, Shell

LIMITS = STORY / "requirements" / "meadowlark-limits.rules"
REMITTANCES, CLAIMS = STORY / "remittances", STORY / "claims"


def test_the_deadline_is_by_the_payers_rule(shell: Shell) -> None:
    shell("ledger", "import", CLAIMS / "number-missing.837", CLAIMS / "number-right.837")
    (mended,) = shell.json("remittances", "match", REMITTANCES / "denied-at-claim.835", "--rules", LIMITS, code=1)["findings"]
    assert (mended["step"], mended["deadline"], mended["limit"]) == ("correct", "2027-05-15", "meadowlark-claims")
    said = (
        "The corrected claim must come by 2027-05-15: within 180 days of the remittance of 2026-11-16 (rule meadowlark-claims)."
    )
    assert mended["evidence"][-1] == said
    result = shell("remittances", "match", REMITTANCES / "denied-though-right.835", "--rules", LIMITS)
    assert (
        "must come by 2027-03-21: within 120 days of receipt, presumed 5 days after the remittance of 2026-11-16" in result.stdout
    )
    assert "Until 2027-03-21." in result.stdout
    deadlines = {item["claim"]: item["deadline"] for item in shell.json("worklist")["items"] if item["kind"] == "denial"}
    assert deadlines == {"LO1001": "2027-05-15", "LO1002": "2027-03-21"}


def test_what_is_kept_of_a_rule_stands_where_none_is_named(shell: Shell) -> None:
    shell("ledger", "import", CLAIMS / "number-missing.837")
    denied = REMITTANCES / "denied-at-claim.835"
    shell("remittances", "match", denied, "--rules", LIMITS)
    (bare,) = shell.json("remittances", "match", denied, code=1)["findings"]
    assert (bare["deadline"], bare["limit"]) == ("2027-01-15", None), "the answer is by the rules that are named"
    assert shell("ledger", "import", CLAIMS / "number-missing.837", denied).exit_code == 0
    (item,) = [item for item in shell.json("worklist")["items"] if item["claim"] == "LO1001"]
    assert item["deadline"] == "2027-05-15"


def test_limits_are_checked_listed_and_explained(new_shell: Shell, tmp_path: Path) -> None:
    assert new_shell("rules", "check", LIMITS).stdout == f"{LIMITS}: 1 set of limits of Meadowlark Health Plan\n"
    assert "meadowlark-claims" in new_shell("rules", "list", LIMITS).stdout
    assert new_shell("rules", "explain", "meadowlark-claims").exit_code == 2
    told = new_shell("rules", "explain", "meadowlark-claims", "--rules", LIMITS)
    assert told.stdout.splitlines() == [
        "meadowlark-claims, limits of Meadowlark Health Plan, for services from 2026-01-01",
        "  file     within 12 months of service",
        "  correct  within 180 days of remittance",
        "  appeal   within 120 days of receipt, which is presumed 5 days after the remittance",
        "  source   Meadowlark provider manual 2026, section 9",
    ]
    assert "limits of Medicare Part B" in new_shell("rules", "explain", "medicare-part-b-claims").stdout

"""edi claims and edi rules with a payer's matching rules."""

from __future__ import annotations

from pathlib import Path

import edi
from tests.cli.shell import STORY, Shell

MISSING = STORY / "claims" / "number-missing.837"
AFTER = STORY / "claims" / "date-after.837"
HEAD = 'payer "Meadowlark Health Plan" known as MHP01\n'


def rules(folder: Path, text: str, head: str = HEAD) -> Path:
    """A file of its own each time: what was read once is not read again."""
    path = folder / f"own-{len(list(folder.glob('own-*')))}.rules"
    path.write_text(f'{head}match own\n{text}\nsource "a test"\n')
    return path


def test_a_matching_rule_is_checked_and_counted(new_shell: Shell, tmp_path: Path) -> None:
    path = rules(tmp_path, "grace 5 days after")
    assert new_shell("rules", "check", path).stdout == f"{path}: 1 matching rule of Meadowlark Health Plan\n"
    assert new_shell("rules", "list", path).stdout.split() == ["matching", "own", "a", "test"]
    path = rules(tmp_path, "grace five days after")
    broken = new_shell("rules", "check", path)
    assert broken.exit_code == 1
    assert f"{path}:3:7: expected a number, found 'five'" in broken.stdout


def test_a_claim_goes_by_its_payer_s_matching_rule(shell: Shell, tmp_path: Path) -> None:
    (before,) = shell.json("claims", "check", AFTER, code=1)["claims"]
    assert before["verdict"] == "after-period"
    path = rules(tmp_path, "grace 400 days after")
    (row,) = shell.json("claims", "check", AFTER, "--rules", path)["claims"]
    assert (row["verdict"], row["candidates"][0]["fits"]) == ("linked", True)
    assert "(allowed by rule own)" in row["reasons"][0]
    of_another = rules(tmp_path, "grace 400 days after", head='payer "Another Plan" known as MHP99\n')
    (row,) = shell.json("claims", "check", AFTER, "--rules", of_another, code=1)["claims"]
    assert row["verdict"] == "after-period"


def test_payers_that_no_file_names_are_told_first(shell: Shell, tmp_path: Path) -> None:
    other = rules(tmp_path, "number at claim", head='payer "Another Plan" known as MHP99\n')
    document = shell.json("claims", "check", MISSING, "--rules", other)
    assert list(document)[:3] == ["version", "unmapped_payers", "claims"]
    assert document["unmapped_payers"] == [
        {"id": "MHP01", "name": "MEADOWLARK HEALTH PLAN", "claims": 1, "amount": "4200.00"},
    ]
    first = shell("claims", "check", MISSING, "--rules", other).stdout.splitlines()[0]
    assert first == (
        "No file of rules names payer MHP01 MEADOWLARK HEALTH PLAN (1 claim, $4,200.00); "
        "authorizations may be on file under another id of it."
    )
    mapped = rules(tmp_path, "number at claim")
    assert shell.json("claims", "check", MISSING, "--rules", mapped)["unmapped_payers"] == []
    assert shell.json("claims", "check", MISSING)["unmapped_payers"] == []


def test_who_may_be_the_same_patient_is_told_and_not_written(shell: Shell, tmp_path: Path) -> None:
    """The claim has another member id than the authorization: found by name and birth date, in a ledger and without one."""
    claim, out = tmp_path / "changed.837", tmp_path / "out.837"
    claim.write_bytes(MISSING.read_bytes().replace(b"MHP100001", b"MHP999999"))
    told = shell.json("claims", "link", claim, "-o", out, code=1)
    (row,) = told["claims"]
    assert (row["verdict"], row["written"]) == ("ambiguous", False)
    assert "It may be the same patient: the member id is another" in row["reasons"][0]
    assert out.read_bytes() == claim.read_bytes()
    reviews = [a for path in sorted(STORY.glob("re*s*/approved.278")) for a in edi.read_authorizations(path)]
    (alone,) = edi.link(claim, [edi.combine(reviews[1], reviews[0])]).claims
    assert (alone.verdict, alone.written) == ("ambiguous", False)
    (item,) = shell.json("worklist")["items"][:1]
    assert "BRAMBLE" not in str(row)
    assert "MHP999999" not in str(told)
    assert "MHP100001" not in str(item)


def test_a_sent_claim_uses_what_certifies_it_by_the_rule(new_shell: Shell, tmp_path: Path) -> None:
    path, out = rules(tmp_path, "grace 400 days after"), tmp_path / "out.837"
    new_shell.json("ledger", "import", *sorted(STORY.glob("re*s*/approved.278")))
    new_shell.json("claims", "link", AFTER, "-o", out, "--rules", path)
    assert "No claim that was sent uses it." in new_shell("authorizations", "show", "MLK26090101").stdout
    new_shell.json("ledger", "import", out, "--rules", path)
    assert "No claim that was sent uses it." not in new_shell("authorizations", "show", "MLK26090101").stdout

"""Remittances for a file of claims: valid, and the ledger finds the claim of each."""

from __future__ import annotations

from pathlib import Path

from bench.claims import write_claims
from bench.paid import write_paid
from edi.guides.validation import validate
from edi.ledger import Ledger


def test_what_is_paid_is_valid_and_of_the_claims(tmp_path: Path) -> None:
    claims, paid = tmp_path / "claims.837", tmp_path / "paid.835"
    count, _ = write_claims(claims, claims=60)
    payments, segments = write_paid(claims, paid)
    assert payments == count
    assert paid.read_bytes().count(b"~") == segments
    report = validate(paid)
    assert [problem.message for problem in report.problems] == []
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        ledger.take(claims)
        matched = ledger.match(paid)
        assert matched.unmatched == ()
        assert {finding.how for finding in matched.findings} == {"claim number"}
        assert len(list(ledger.matches())) == count


def test_a_remittance_that_pays_nothing_is_valid_too(tmp_path: Path) -> None:
    claims, paid = tmp_path / "claims.837", tmp_path / "paid.835"
    write_claims(claims, claims=1)
    nothing = 0
    for seed in range(30, 50):
        write_paid(claims, paid, seed=seed)
        assert [problem.message for problem in validate(paid).problems] == []
        nothing += b"BPR*H*0*" in paid.read_bytes()
    assert 0 < nothing < 20

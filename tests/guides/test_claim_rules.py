"""What the rules of institutional and dental claims find in files by others: each finding is a fact about the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from edi.guides.validation import validate

ZIP = "the billing provider's ZIP code has five digits, where the guide wants nine"
UNDATED = "no date of service, neither in DTP*472 of the claim nor of its lines"

# The file (its end), what the rules find in it, and why.
FINDINGS: dict[str, tuple[set[str], str]] = {
    "__x223-test.txt": (
        {"billing-zip", "subscriber-is-patient"},
        f"SBR02 is empty, and the claim stands below the subscriber; {ZIP}; CLM and DTP are faulty, so no more is said",
    ),
    "demo-file__demo.837i": ({"billing-zip"}, ZIP),
    "X223A3__two-claims-single-provider.837i": ({"billing-zip"}, ZIP),
    "Claim_Institutional__pass__837-institutional-claim.edi": ({"billing-zip"}, ZIP),
    "Claim_Institutional__pass__automobile-accident.edi": ({"billing-zip"}, ZIP),
    "Claim_Institutional__pass__two-claims-for-the-same-provider.edi": ({"billing-zip"}, ZIP),
    "Claim_Dental__pass__multiple-tooth-numbers.edi": (
        {"prosthesis-kind", "service-date"},
        f"a denture (D5214), and SV305 does not say whether it is the first; {UNDATED}",
    ),
    "Claim_Dental__pass__sales-tax.edi": ({"service-date"}, UNDATED),
}


@pytest.mark.corpus("837D/*", "837I/*")
def test_what_rules_find_is_a_fact_about_the_file(corpus_file: Path) -> None:
    found = {problem.code for problem in validate(corpus_file).problems if problem.level in (3, 4, 6)}
    listed, _ = next((each for end, each in FINDINGS.items() if corpus_file.name.endswith(end)), (set[str](), ""))
    assert found == listed

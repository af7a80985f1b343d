"""Every file of the corpus for whose set there is a guide: what is not clean is a fact about the file, listed here."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from edi.guides.guide import load, select
from edi.guides.validation import validate

PLAIN_DIAGNOSES = "HI carries its diagnoses as elements of one component each, without qualifiers"
LEVELS = "HL numbers and parents do not form a tree: levels are repeated, or stand under one that is not there"
COUNT = "SE01 is not the number of segments"
NO_CONTACT = "the payer's technical contact (1000A PER*BL) is required, and not there"
BEFORE = "the file begins with lines that are no X12"
CLM06 = "CLM06, which the institutional guide of 5010 does not use"
UTF_8 = "an apostrophe was written in UTF-8"
SEPARATORS = "the lines were written with another component separator than the ISA declares"

# The file (its end), the codes of all its problems, and why.
FAULTS: dict[str, tuple[set[str], str]] = {
    # 278
    "__admission-request-for-review.edi": ({"se-count"}, COUNT),
    "__request-for-home-health-care.edi": ({"se-count"}, COUNT),
    "__request-for-non-emergency-transportation.edi": ({"hl-parent"}, "two services name the service before them as parent"),
    # 837P
    "x12-types__test-data__005010_837.edi": ({"version-mismatch"}, "ST03 says X222, GS08 says X222A1"),
    "__x12_complex.txt": (
        {
            "component-missing",
            "element-code",
            "segment-missing",
            "element-note",
            "hl-number",
            "hl-parent",
            "hl-child",
            "se-count",
            "ge-count",
        },
        PLAIN_DIAGNOSES + "; a sample of many faults at once",
    ),
    "__x12_many_claims.txt": (
        {"component-missing", "element-code", "hl-number", "hl-parent", "hl-child", "se-count"},
        PLAIN_DIAGNOSES,
    ),
    "__x12_multiple_gs.txt": (
        {
            "component-missing",
            "element-code",
            "hl-number",
            "hl-parent",
            "hl-child",
            "se-count",
            "gs-control-repeated",
            "iea-count",
        },
        PLAIN_DIAGNOSES + "; two groups with one number",
    ),
    "__x12_multiple_isa.txt": (
        {"component-missing", "element-code", "hl-number", "hl-parent", "hl-child", "se-count"},
        PLAIN_DIAGNOSES,
    ),
    "__x12_multiple_st.txt": (
        {
            "component-missing",
            "element-code",
            "hl-number",
            "hl-parent",
            "hl-child",
            "se-count",
            "ge-count",
            "st-control-repeated",
        },
        PLAIN_DIAGNOSES + "; two sets with one number, and GE01 counts one",
    ),
    "__x12_multiple_transactions.txt": (
        {"component-missing", "element-code", "hl-number", "hl-parent", "hl-child", "se-count"},
        PLAIN_DIAGNOSES,
    ),
    "__x12_no_errors.txt": (
        {"component-missing", "element-code", "hl-number", "hl-child", "se-count"},
        PLAIN_DIAGNOSES + "; " + LEVELS,
    ),
    "__x12_valid.txt": ({"component-missing", "element-code", "hl-number", "hl-parent", "hl-child", "se-count"}, PLAIN_DIAGNOSES),
    "__x12_valid_different_separators.txt": (
        {"component-missing", "element-code", "hl-number", "hl-parent", "hl-child", "se-count"},
        PLAIN_DIAGNOSES,
    ),
    "__x12_writer_test.txt": (
        {"hl-child", "trailing-separators", "se-count"},
        "HL04 says that a level follows, none does; " + COUNT,
    ),
    "Professional__case__1.edi": ({"text-outside"}, BEFORE),
    "__837-header-ref-only.edi": ({"element-code", "segment-misplaced", "loop-missing"}, "a header and nothing else"),
    "__sample837-HL-nested.edi": (
        {"element-code", "guide-unknown", "segment-bare"},
        "ISA01 is 01, which 005010 does not have; GS08 is no guide; HL without elements",
    ),
    "004010X098A1__dependent-commercial-insurance-02.837": ({"element-character", "guide-unknown"}, f"{UTF_8}; 4010"),
    "__sample837-original.edi": ({"element-code"}, "ISA01 is 01, which 005010 does not have"),
    "__sample837-small.edi": ({"element-code", "hl-child", "loop-missing"}, "levels without names or claims; ISA01 is 01"),
    "TigerShark__tests__837-example.txt": ({"isa-length", "guide-unknown"}, "the ISA is not padded; 4010"),
    # 835
    "__cob-contractural-adjustment.835": (
        {"element-missing", "segment-missing", "element-code", "component-missing"},
        f"{SEPARATORS}; {NO_CONTACT}; no BPR16",
    ),
    "__managed-care.835": ({"element-date", "segment-missing"}, f"BPR16 has month 23; {NO_CONTACT}"),
    "__secondary-payment.835": (
        {"element-missing", "segment-missing", "element-code", "component-missing"},
        f"{SEPARATORS}; {NO_CONTACT}; no BPR16",
    ),
    "__tertiary-payment.835": (
        {"element-missing", "segment-missing", "element-code", "component-missing"},
        f"{SEPARATORS}; {NO_CONTACT}; no BPR16",
    ),
    "__demo.835": ({"segment-missing", "element-unused"}, f"{NO_CONTACT}; TS309 and TS311, which 005010X221A1 does not use"),
    "X091A1_HP835_Health_Care_Claim_Payment_Advice__case__1.edi": (
        {"isa-length", "element-long", "guide-unknown"},
        "ISA06 and GS02 are too long; 4010",
    ),
    "X221_HP835_Health_Care_Claim_Payment_Advice__case__1.edi": ({"text-outside", "segment-missing"}, f"{BEFORE}; {NO_CONTACT}"),
    "X221_HP835_Health_Care_Claim_Payment_Advice__case__2.edi": ({"text-outside", "segment-missing"}, f"{BEFORE}; {NO_CONTACT}"),
    "X221_HP835_Health_Care_Claim_Payment_Advice__case__3a.edi": (
        {"text-outside", "segment-missing", "se-count"},
        f"{BEFORE}; {NO_CONTACT}; {COUNT}",
    ),
    "example_5010_835__sample1.txt": ({"trailing-separators"}, "SVC ends in an empty element"),
    "example_5010_835__sample2.txt": ({"element-date"}, "BPR16 has day 80"),
    "t__sample_835.txt": (
        {"guide-unknown", "element-long", "element-missing", "element-type", "ge-control", "se-count"},
        "GS has two elements; SE01 is wrong; no version",
    ),
    # 837I
    "X223A3__out-of-network-repriced-claim.837i": (
        {"component-missing", "element-code", "element-long", "element-unused"},
        f"{SEPARATORS}; {CLM06}",
    ),
    "X223A3__ppo-repriced-claim.837i": (
        {"component-missing", "element-code", "element-long", "element-unused"},
        f"{SEPARATORS}; {CLM06}",
    ),
    "X223A3__two-claims-single-provider.837i": ({"element-unused"}, CLM06),
    "demo-file__demo.837i": (
        {"element-code", "element-unused"},
        f"{CLM06}; the statement date (DTP*434) is one day, not a range",
    ),
    "__x223-test.txt": (
        {"element-code", "element-unused", "se-count", "segment-misplaced", "segment-missing", "trailing-separators"},
        f"CLM05-2 and CLM10 of a professional claim, {CLM06}; one statement date; a name in 2330F, and no REF; {COUNT}",
    ),
    "X223A2_HC837_Health_Care_Claim_Institutional__pass__837-institutional-claim.edi": (
        {"element-date"},
        "the statement date (DTP*434) says RD8 and is one day",
    ),
    "__837I-Examples.txt": (
        {"ge-missing", "guide-unknown", "iea-missing", "isa-length", "se-count", "se-missing"},
        "the ISA is not padded; a second one stands inside the first; 4010",
    ),
    "__837I-Patient-NotSubscriber.txt": ({"element-short", "guide-unknown", "isa-length"}, "the ISA is not padded; 4010"),
    "004010X096A1__homeowners.837": ({"element-character", "guide-unknown"}, f"{UTF_8}; 4010"),
    "004010X096A1__workers-compensation.837": ({"element-character", "guide-unknown"}, f"{UTF_8}; 4010"),
    "__837I-Patient-NotSubscriber2.txt": (
        {"element-blank", "element-short", "guide-unknown", "isa-length", "se-count"},
        f"the ISA is not padded; 4010; a blank as SV202; {COUNT}",
    ),
    "__837I-Patient-Subscriber.txt": ({"guide-unknown", "isa-length"}, "the ISA is not padded; 4010"),
    # acknowledgments
    "__x12_999_accepted.txt": ({"element-time", "iea-control"}, "GS05 says 97 seconds; ISA13 and IEA02 differ"),
    "FA997__pass__1.edi": (
        {"element-code", "guide-unknown", "isa-length"},
        "the ISA is three bytes short; ISA07 is 12, which 005010 does not have; a 997",
    ),
    "__x12_interchange_ack.txt": ({"iea-count"}, "IEA01 counts a TA1 as a group"),
    "__empty997.edi": ({"guide-unknown", "version-mismatch"}, "ST03 says X230, GS08 005010; a 997"),
    "__optionalInterchangeServices.edi": (
        {"element-code", "guide-unknown", "segment-outside"},
        "ISA01 is 01; ISB and ISE, which health care does not use; a 997",
    ),
    "__simple999.edi": ({"component-unused"}, "numbers in CTX01-2 behind SITUATIONAL TRIGGER"),
    # 270 to 277
    "__subscriber-health-benefit-check-error.271": ({"se-control"}, "ST02 and SE02 differ"),
    "__x270.txt": (
        {"guide-unknown", "iea-control", "se-control", "se-count", "trailing-separators"},
        f"4010; control numbers differ; seven segments end in empty elements; {COUNT}",
    ),
    "__x271.txt": (
        {"iea-control", "se-count", "trailing-separators", "version-mismatch"},
        f"GS08 is of 4010, ST03 of 5010; EB ends in an empty element; control numbers differ; {COUNT}",
    ),
    "from-payer-to-clinic-not-eligible-for-inquiries-with-payer.edi": (
        {"hl-child"},
        "HL04 of the receiver is 1, but the answer ends there",
    ),
    "__271-dependent-benefits.txt": (
        {"ge-control", "guide-unknown", "iea-control", "se-count"},
        f"4010; control numbers differ; {COUNT}",
    ),
    "__271-related-entity.txt": ({"guide-unknown", "se-count"}, f"4010; {COUNT}"),
    "HR276_Health_Care_Claim_Status_Request_and_Response__case__1.edi": ({"text-outside"}, BEFORE),
    "277_005010X212__provider-level-status.277": ({"element-code"}, "STC01-3 is 85, where the provider is 1P"),
    "__x12_277_x212.txt": (
        {"element-unused", "iea-control"},
        "STC03 and STC12, which are of the claim acknowledgment (X214); ISA13 and IEA02 differ",
    ),
    "HR277_Heatlh_Care_Information_Status_Notification__pass__1.era": ({"iea-control"}, "ISA13 and IEA02 differ"),
    # 820, 834
    "__003010__RA820__pass__1.edi": (
        {"element-code", "element-short", "guide-unknown", "isa-length"},
        "the ISA is not padded; codes of 003010",
    ),
    "__example_stp_820__sample.txt": ({"guide-unknown", "isa-length"}, "the ISA is not padded; 4010"),
    "__enroll-employee-managed-care.834": ({"element-code"}, "DTP01 is 358, which the guide does not have at a member"),
    "__example834_5010.txt": ({"element-code"}, "INS06 is padded with blanks"),
}


@pytest.mark.corpus(
    "278/*", "837P/*", "837I/*", "837D/*", "835/*", "ack/*", "other/*27[0167]*", "other/*834*", "other/*820*", "other/*_st_loops*"
)
def test_what_is_not_clean_is_a_fact_about_the_file(corpus_file: Path) -> None:
    report = validate(corpus_file, level=2)
    found = {problem.code for problem in report.problems}
    listed = next((codes for end, (codes, _) in FAULTS.items() if corpus_file.name.endswith(end)), None)
    if listed is None and any(t.guide is None for t in report.transactions):
        # A version that no guide of ours serves (4010, X291, X298): its envelope is judged, and the shape of its segments.
        assert found == {"guide-unknown"}
        assert all(select(t.set, "", "") is None for t in report.transactions)
        return
    assert found == (listed or set())


def test_the_table_of_guides_in_the_docs_counts_these_files(corpus: Path) -> None:
    judged, clean = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for folder in ("278", "835", "837D", "837I", "837P", "ack", "other"):
        for path in (corpus / folder).iterdir():
            report = validate(path, level=2)
            for key in {(t.set, t.guide) for t in report.transactions if t.guide}:
                judged[key] += 1
                clean[key] += not report.problems
    table = (Path(__file__).parents[1] / "docs/guides.md").read_text(encoding="utf-8")
    for name, figures in re.findall(r"^\| `([^`]+)`[^|]*\|[^|]*\|[^|]*\| (\d+ of \d+) \|", table, re.MULTILINE):
        guide = load(name)
        assert figures == f"{clean[guide.set, guide.version]} of {judged[guide.set, guide.version]}", name

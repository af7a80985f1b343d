"""What must add up in an 835: records say of it what the rules of level 3 say, with the same words and sums."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.errors import Problem
from edi.guides.validation import validate
from edi.records.advice import read_remittances
from edi.records.balance import Balance
from edi.text.segments import Segment, Source, read
from tests.records.remits import remittances
from tests.records.test_remittance import file, one

STORY = Path(__file__).parents[2] / "testdata/story/remittances"
RULES = {
    "line-payment",
    "claim-payment",
    "claim-charge",
    "patient-share",
    "patient-share-missing",
    "payment-total",
    "interest-paid",
}
NOUGHT = re.compile(r"\b0\.0+\b")
SUMS = {"BPR": (2,), "CLP": (3, 4, 5), "SVC": (2, 3), "CAS": tuple(range(3, 19, 3)), "PLB": tuple(range(4, 15, 2)), "AMT": (2,)}
"""The elements that are amounts of a remittance."""
CORPUS = {
    "LinuxForHealth__x12__835_005010X221A1__tertiary-payment.835": (
        {"line-payment": 1, "claim-charge": 1},
        "SVC*HC*24599.00*1766.50: the component separator was lost, so the code is read as the charge",
    ),
    "irobayna__stupidedi__005010__X221_HP835_Health_Care_Claim_Payment_Advice__case__3a.edi": (
        {"payment-total": 1},
        "two PLB of -1.27, which BPR02 does not have",
    ),
    "moov-io__x12__examples__example_5010_835__sample1.txt": ({"claim-payment": 1}, "0.01 is paid on the line, 0 on the claim"),
    "moov-io__x12__examples__example_5010_835__sample2.txt": (
        {"claim-payment": 1},
        "4000.00 is paid, charge less adjustments is 2998.00",
    ),
}
"""What does not add up, how often, and why. The files of 4010, which no guide of ours serves, are not read."""


def told(source: Source) -> list[Problem]:
    """What records say of a file."""
    found: list[Problem] = []
    for remittance in read_remittances(source):
        for payment in remittance.payments:
            found += payment.problems
        found += remittance.problems
    return found


def judged(source: Source) -> list[Problem]:
    """What rules say of it."""
    return [problem for problem in validate(source, level=3).problems if problem.code in RULES]


def words(problems: list[Problem]) -> Counter[tuple[str | None, ...]]:
    """Problems to be compared; 0.00 is 0."""
    return Counter(
        (p.code, p.severity, p.transaction, p.claim, p.loop or None, p.segment, str(p.element), NOUGHT.sub("0", p.message))
        for p in problems
    )


@pytest.mark.corpus("835/*")
def test_what_does_not_add_up_in_the_corpus_is_a_fact_about_the_file(corpus_file: Path) -> None:
    expected, _ = CORPUS.get(corpus_file.name, ({}, ""))
    assert Counter(problem.code for problem in told(corpus_file)) == expected


@pytest.mark.corpus("835/*")
def test_records_and_rules_agree_on_the_corpus_and_its_mutants(corpus_file: Path) -> None:
    """Where a segment breaks the guide, rules do not reckon with it; records say what they can."""
    clean = validate(corpus_file, level=2).valid
    for data in (corpus_file.read_bytes(), *mutants(corpus_file.read_bytes())):
        said, ruled = words(told(data)), words(judged(data))
        assert said == ruled if clean else said >= ruled


@pytest.mark.parametrize("path", sorted(STORY.glob("*.835")), ids=lambda path: path.name)
def test_records_and_rules_agree_on_the_story_and_its_mutants(path: Path) -> None:
    data = path.read_bytes()
    assert not told(data)
    for mutant in mutants(data, most=60):
        assert words(told(mutant)) == words(judged(mutant))


def mutants(data: bytes, most: int = 25) -> Iterator[bytes]:
    """The file with one amount more by 1.01, left out, or turned in sign; `most` of them, spread over the file."""
    segments = list(read(data))
    places = [(n, at) for n, segment in enumerate(segments) for at in SUMS.get(segment.id, ()) if segment.get(at)]
    step = max(1, len(places) // most)
    for n, at in places[::step]:
        if changed := changes(segments[n], at):
            for segment in changed:
                yield b"".join(map(bytes, (*segments[:n], segment, *segments[n + 1 :])))


def changes(segment: Segment, at: int) -> list[Segment]:
    try:
        amount = Decimal(segment.get(at))
    except ArithmeticError:
        return []
    found = [segment.replaced(at, f"{amount + Decimal('1.01'):f}")]
    if amount:
        found.append(segment.replaced(at, f"{-amount:f}"))
    if (segment.id, at) == ("CLP", 5):
        found.append(segment.replaced(at, ""))
    return found


@settings(max_examples=60, deadline=None)
@given(remittances())
def test_what_adds_up_is_told_to(segments: list[str]) -> None:
    data = "~".join((*segments, "")).encode()
    assert told(data) == judged(data) == []


@settings(max_examples=80, deadline=None)
@given(remittances(), st.data())
def test_one_amount_changed_is_told(segments: list[str], data: st.DataObject) -> None:
    rows = [segment.split("*") for segment in segments]
    places = [
        (n, at)
        for n, row in enumerate(rows)
        for at in SUMS.get(row[0], ())
        if at < len(row) and row[at] and not (row[0] == "CLP" and row[2] == "22" and at == 5)
    ]
    n, at = data.draw(st.sampled_from(places))
    rows[n][at] = f"{Decimal(rows[n][at]) + Decimal(data.draw(st.sampled_from(('0.01', '-0.01', '1', '-90'))))}"
    changed = "~".join((*map("*".join, rows), "")).encode()
    assert told(changed)
    assert words(told(changed)) == words(judged(changed))


def test_a_balance_has_both_sums() -> None:
    payment = one(file("CLP*C1*1*100*55.5*40*12*P1~CAS*CO*45*4~SVC*HC:97110*90*60~CAS*PR*1*30~"))
    assert payment.balances == (
        Balance(rule="line-payment", expected=Decimal(60), found=Decimal(60), line=1),
        Balance(rule="claim-payment", expected=Decimal(66), found=Decimal("55.5")),
        Balance(rule="claim-charge", expected=Decimal(90), found=Decimal(100)),
        Balance(rule="patient-share", expected=Decimal(30), found=Decimal(40)),
    )
    assert [balance.holds for balance in payment.balances] == [True, False, False, False]
    problem, *_ = payment.problems
    assert (problem.code, problem.level, problem.transaction, problem.claim) == ("claim-payment", 3, "0001", "C1")
    assert (problem.segment, problem.element, problem.offset) == ("CLP", 4, payment.offset)
    assert problem.message == "The claim is paid 55.5; its charge less all adjustments comes to 66"


def test_a_reversal_adds_up_with_its_signs_and_owes_nothing() -> None:
    payment = one(file("CLP*C1*22*-100*-60**12*P1~SVC*HC:97110*-100*-60~CAS*PR*1*-40~"))
    assert [balance.rule for balance in payment.balances] == ["line-payment", "claim-payment", "claim-charge"]
    assert not payment.problems
    assert one(file("CLP*C1*22*-100*-60**12*P1~SVC*HC:97110*-100*-60~CAS*PR*1*40~")).problems

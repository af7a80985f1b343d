"""Until when the next step may be taken: by the payer's rules, else by the default."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edi.guides.rules.limit import Limited, LimitRule
from edi.guides.rules.requirement import Duration, Span
from edi.linkage.agreement import Matching
from edi.linkage.denials.denial import Finding, findings
from edi.linkage.denials.limits import due
from edi.linkage.terms import PayerRules
from edi.linkage.usage import Usage
from edi.records.parties import Reference

from .build import authorization, claim, day, hospital, line, paid_line, payer, payment

DENIED = payment(paid_line("CO-197 100"))


def limited(text: str) -> Limited:
    """ "180 days of remittance"."""
    amount, unit, _, since = text.split(maxsplit=3)
    return Limited(Duration(int(amount), unit), since)


def rule(name: str = "own", payer: str = "Invented Health Plan", **more: object) -> LimitRule:
    texts = {key: limited(value) if key in ("file", "correct", "appeal") else value for key, value in more.items()}  # type: ignore[arg-type]  # texts
    return LimitRule(name=name, payer=payer, known=("60054",), source="a test", **texts)  # type: ignore[arg-type]  # as the fields are


@pytest.mark.parametrize(
    ("text", "step", "until"),
    [
        ("180 days of remittance", "correct", "2026-09-28"),
        ("26 weeks of remittance", "appeal", "2026-09-30"),
        ("12 months of service", "file", "2027-03-10"),
        ("12 months of the last service", "file", "2027-03-14"),
        ("120 days of receipt", "appeal", "2026-08-04"),
    ],
)
def test_a_limit_is_counted_from_its_day(text: str, step: str, until: str) -> None:
    sent = claim(line(dates="03-10"), line(dates="03-14"))
    found = due(step, DENIED, sent, [rule(**{step: text}, receipt=5)])
    assert (found.day, found.rule) == (day(until), "own")
    assert f"must come by {until}: within {text.partition(' of ')[0]} of " in found.says
    assert found.says.endswith("(rule own).")


def test_the_end_of_a_month_is_its_last_day() -> None:
    sent = claim(line(dates="2026-08-31"))
    assert due("file", DENIED, sent, [rule(file="6 months of service")]).day == day("2027-02-28")
    assert due("file", DENIED, sent, [rule(file="96000 months of service")]).rule == ""


def test_what_no_rule_says_is_a_default() -> None:
    found = due("correct", DENIED, claim(), [rule(appeal="180 days of remittance")])
    assert (found.day, found.rule) == (day("05-31"), "")
    assert "a default" in found.says
    assert (
        due("appeal", DENIED, claim(), [rule(payer="Another", appeal="180 days of remittance")]).rule == "own"
    )  # known by its id
    other = replace(rule(payer="Another", appeal="180 days of remittance"), known=())
    assert due("appeal", DENIED, claim(), [other]).rule == ""


def test_of_either_the_earlier_counts_that_a_rule_says() -> None:
    both = rule(correct="90 days of remittance", appeal="180 days of remittance")
    assert due("either", DENIED, claim(), [both]).day == day("06-30")
    assert due("either", DENIED, claim(), [rule(appeal="180 days of remittance")]).day == day("09-28")


def test_a_payers_own_rules_go_before_those_of_every_payer_and_the_first_before_the_second() -> None:
    everybody = rule("all", payer="", correct="30 days of remittance", appeal="30 days of remittance")
    rules = [everybody, rule("one", correct="90 days of remittance"), rule("two", correct="120 days of remittance")]
    assert due("correct", DENIED, claim(), rules).rule == "one"
    assert due("appeal", DENIED, claim(), rules).rule == "all"


@pytest.mark.parametrize(
    ("start", "end", "holds"), [("", "2026-03-09", False), ("2026-03-10", "", True), ("2026-03-11", "", False)]
)
def test_limits_hold_for_days_of_service(start: str, end: str, holds: bool) -> None:
    found = due("correct", DENIED, claim(), [rule(start=start, end=end, correct="90 days of remittance")])
    assert bool(found.rule) is holds


def test_limits_may_be_those_of_a_type_of_bill() -> None:
    bills = rule(for_bills=(Span("13x"),), correct="90 days of remittance")
    assert due("correct", DENIED, hospital(), [bills]).rule == "own"
    assert due("correct", DENIED, claim(), [bills]).rule == ""
    assert due("correct", replace(DENIED, facility="13", frequency="1"), None, [bills]).rule == "own"


def test_a_claim_that_is_not_known_has_its_payers_limits_by_the_remittance() -> None:
    rules = [rule(payer="Medicare", correct="90 days of remittance", file="12 months of service")]
    nameless = [replace(rules[0], known=("MB",))]
    assert due("correct", replace(DENIED, filing="MB"), None, nameless).rule == "own"
    assert due("file", replace(DENIED, filing="MB"), None, nameless).day == day("2027-03-10")
    assert due("correct", DENIED, None, nameless).rule == ""
    by_own_id = replace(DENIED, payer=replace(payer(""), references=(Reference(qualifier="2U", value="MB"),)))
    assert due("correct", by_own_id, None, nameless).rule == "own"


# -- of findings ---------------------------------------------------------------------------------------------------------

ALL = rule(file="12 months of service", correct="180 days of remittance", appeal="90 days of remittance")


def the(codes: str, *held: object, remarks: tuple[str, ...] = (), sent: object = None, **more: object) -> Finding:
    paid = payment(paid_line(f"{codes} 100", remarks=remarks), **more)
    rules = PayerRules(None, Matching(), (), (ALL,))
    (one,) = findings(paid, sent or claim(), held, Usage(), required=rules)  # type: ignore[arg-type]  # claims and authorizations
    return one


def test_the_deadline_belongs_to_the_action() -> None:
    mended = the("CO-197", authorization())
    assert (mended.cause, mended.step, mended.deadline, mended.limit) == ("held-not-sent", "correct", day("09-28"), "own")
    assert mended.evidence[-1] == (
        "The corrected claim must come by 2026-09-28: within 180 days of the remittance of 2026-04-01 (rule own)."
    )
    argued = the("CO-197", authorization(), sent=claim(held="A-1"))
    assert (argued.cause, argued.step, argued.deadline) == ("sent-correctly", "appeal", day("06-30"))
    anew = the("CO-197", authorization(), remarks=("MA130",))
    assert (anew.step, anew.deadline) == ("file", day("2027-03-10"))
    unclear = the("CO-96")
    assert (unclear.step, unclear.deadline) == ("either", day("06-30"))


def test_a_reversal_has_no_step() -> None:
    one = the("CO-197", authorization(), status="22")
    assert (one.step, one.deadline, one.limit) == ("", None, "")

"""Rules that denials suggest: enough claims that say the same, nothing that a rule says already."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edi.guides.rules.files import read
from edi.linkage.suggesting import AUTHORIZATION, REFERRAL, Seen, suggest
from edi.records.claim import Claim, ClaimLine
from edi.records.parties import Party, Person
from edi.records.services import Period, Procedure
from edi.reports.suggestions import files, to_rules

MAPLE = Party(role="PR", name='MAPLE "THE" HEALTH', id_qualifier="PI", id="MAPLE1")


def seen(id: str, code: str = "97110", *, place: str = "11", day: int = 9, **said: Any) -> Seen:
    period = Period(start=date(2026, 3, day), end=date(2026, 3, day))
    line = ClaimLine(number="1", procedure=Procedure(code=code), charge=Decimal(80), period=period)
    bill = said.pop("bill", "")
    claim = Claim(
        id=id, payer=MAPLE, subscriber=Person(), patient=Person(), billing=Party(), lines=(line,), period=period,
        place=bill or place, place_qualifier="A" if bill else "B", frequency="1",
    )  # fmt: skip
    return Seen(claim=claim, line=line, **said)


def denied(id: str, code: str = "97110", what: str = AUTHORIZATION, **said: Any) -> Seen:
    return seen(id, code, denied=frozenset({what}), amount=Decimal("80.10"), **said)


def paid(id: str, code: str = "97110", **said: Any) -> Seen:
    return seen(id, code, paid=Decimal("60.00"), **said)


def told(*lines: Seen, rules: Any = (), **limits: Any) -> list[tuple[str, str, int, int, str]]:
    return [(s.procedure, s.wants, s.claims, s.of, str(s.amount)) for s in suggest(lines, rules, **limits)]


THREE = [denied("A", day=9), denied("B", day=3), denied("C", place="22", day=20)]


def test_three_claims_suggest_and_two_do_not() -> None:
    assert told(*THREE) == [("97110", "prior authorization", 3, 3, "240.30")]
    assert told(*THREE[:2]) == []
    assert told(THREE[0], least=1) == [("97110", "prior authorization", 1, 1, "80.10")]
    assert told(THREE[0], THREE[0], THREE[0]) == [], "lines of one claim are one"


def test_what_is_paid_without_a_number_speaks_against_it() -> None:
    assert told(*THREE, paid("D")) == []
    assert told(*THREE, paid("D"), share=Decimal("0.75")) == [("97110", "prior authorization", 3, 4, "240.30")]
    assert told(*THREE, paid("D", carried=frozenset({AUTHORIZATION}))) == told(*THREE), "with its number it says nothing"


def test_a_referral_is_a_matter_of_its_own() -> None:
    lines = [denied(name, "99203", REFERRAL) for name in "ABC"]
    assert told(*lines, paid("D", "99203", carried=frozenset({REFERRAL}))) == [("99203", "referral", 3, 3, "240.30")]


def test_professional_and_institutional_claims_are_apart() -> None:
    lines = [denied("A"), denied("B", bill="13"), denied("C", bill="13"), denied("D", bill="13")]
    (found,) = suggest(lines)
    assert (found.institutional, found.claims, found.places) == (True, 3, {"13x"})


@pytest.fixture
def rules(tmp_path: Path) -> Any:
    file = tmp_path / "maple.rules"
    file.write_text(
        'payer "Maple Health" known as MAPLE1\n'
        'require therapy\n  procedures 97110\n  places 22\n  wants prior authorization\n  source "list"\n'
        'require none\n  procedures 97140\n  wants nothing\n  source "list"\n'
    )
    return read(file).requirements


def test_what_a_rule_says_already_is_not_suggested(rules: Any) -> None:
    at_22 = [denied(name, place="22") for name in "ABC"]
    assert told(*at_22, rules=rules) == []
    assert told(*[denied(name) for name in "ABC"], rules=rules) != [], "the rule is for another place"
    exempt = [denied(name, "97140") for name in "ABC"]
    (found,) = suggest(exempt, rules)
    assert (found.wants, found.rule) == ("prior authorization", "none")


def test_what_is_paid_against_a_rule_is_an_exception(rules: Any) -> None:
    lines = [paid(name, place="22") for name in "ABCD"]
    (found,) = suggest(lines, rules)
    assert (found.wants, found.claims, found.rule, str(found.amount)) == ("nothing", 4, "therapy", "240.00")
    assert told(*lines, denied("E", place="22"), rules=rules) == [("97110", "nothing", 4, 5, "240.00")]
    assert told(*lines[:3], denied("E", place="22"), rules=rules) == []
    assert told(*[paid(name, place="22", carried=frozenset({AUTHORIZATION})) for name in "ABC"], rules=rules) == []


def test_what_is_written_can_be_read(tmp_path: Path, rules: Any) -> None:
    lines = [
        *THREE,
        *(denied(name, "J0585", bill="13") for name in "FGH"),
        *(denied(name, "99203", REFERRAL) for name in "FGH"),
        *(paid(name, place="22") for name in "IJK"),
        *(denied(name, "bad code") for name in "FGH"),
    ]
    ((payer, its),) = files(suggest(lines, rules, share=Decimal("0.6")))
    text = to_rules(its)
    assert payer == "MAPLE1"
    path = tmp_path / "suggested.rules"
    path.write_text(text)
    written = {rule.name: rule for rule in read(path).requirements}
    assert list(written) == [
        "suggested-97110-nothing",
        "suggested-99203-referral",
        "suggested-j0585-prior-authorization-institutional",
    ]
    assert written["suggested-j0585-prior-authorization-institutional"].bills[0].covers("131")
    assert written["suggested-97110-nothing"].note == (
        "Suggested, not confirmed: 3 of 4 claims paid without a number, $180.00. Rule therapy says otherwise."
    )
    assert {rule.payer for rule in written.values()} == {"MAPLE 'THE' HEALTH"}
    assert all(rule.is_for("MAPLE1") for rule in written.values())

"""Where numbers go: at the claim once, at lines where they differ, and nowhere where the guide has no place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from edi.linkage.placement import Level
from edi.linkage.terms import Requirement
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row
from edi.records.authorization import Decision
from edi.records.claim import Claim, HeldNumber

from .build import OTHER_PAYER, PAYER, authorization, claim, decided, hospital, line, only, payer, service, verdicts

KNEE = authorization()
SHOULDER = authorization("B-2", service("29827"))


def places(rows: Sequence[Row]) -> list[tuple[str | None, str, str]]:
    """(line, number, place) of what is written."""
    return [(row.line, row.authorization, row.placement) for row in rows if row.written]


def test_one_number_for_all_lines_stands_at_the_claim_once() -> None:
    rows = decided(claim(line(), line(dates="03-11"), line(dates="03-12")), KNEE)
    assert verdicts(rows) == ["linked"]
    assert places(rows) == [(None, "A-1", "2300")]
    assert rows[0].amount == 300


def test_lines_that_have_the_same_number_are_told_each() -> None:
    rows = decided(claim(line(held="A-1"), line(held="A-1")), KNEE)
    assert verdicts(rows) == ["1 already-linked", "2 already-linked"]


def test_a_number_for_some_lines_stands_at_these() -> None:
    rows = decided(claim(line("99213"), line()), KNEE)
    assert not any("stays" in reason for reason in rows[1].reasons)
    assert verdicts(rows) == ["1 requirement-unknown", "2 linked"]
    assert places(rows) == [("2", "A-1", "2400")]


def test_two_numbers_stand_at_their_lines() -> None:
    rows = decided(claim(line(), line("29827"), line()), KNEE, SHOULDER)
    assert places(rows) == [("1", "A-1", "2400"), ("2", "B-2", "2400"), ("3", "A-1", "2400")]


def test_a_dental_claim_carries_numbers_at_lines() -> None:
    crowns = authorization("D-1", service("AD:D2740"))
    rows = decided(claim(line("AD:D0120"), line("AD:D2740"), kind="dental"), crowns)
    assert places(rows) == [("2", "D-1", "2400")]


def test_one_line_that_cannot_be_linked_does_not_stop_another() -> None:
    twice = (authorization("B-2", service("29827")), authorization("B-3", service("29827")))
    rows = decided(claim(line(), line("29827"), line(dates="07-01")), KNEE, *twice)
    assert verdicts(rows) == ["1 linked", "2 ambiguous", "3 after-period"]
    assert places(rows) == [("1", "A-1", "2400")]


def test_the_claims_number_stays_and_a_line_gets_its_own() -> None:
    rows = decided(claim(line(), line("29827"), held="A-1"), KNEE, SHOULDER)
    assert verdicts(rows) == ["1 already-linked", "2 linked"]
    assert places(rows) == [("2", "B-2", "2400")]


def test_a_line_that_has_its_number_does_not_take_the_claims() -> None:
    rows = decided(claim(line(held="A-1"), line(dates="03-12")), KNEE)
    assert verdicts(rows) == ["1 already-linked", "2 linked"]
    assert places(rows) == [("2", "A-1", "2400")]


def test_a_lines_number_of_another_payer_is_not_looked_at() -> None:
    theirs = line(authorizations=(HeldNumber(value="X-1", payer_id=OTHER_PAYER),))
    assert only(claim(theirs), KNEE).verdict == "linked"
    ours = line(authorizations=(HeldNumber(value="A-1", payer_id="60054"),))
    assert only(claim(ours), KNEE).verdict == "already-linked"


def test_a_placeholder_at_the_claim_gives_way_at_the_claim() -> None:
    rows = decided(claim(line("99213"), line(), held="NONE"), KNEE)
    assert verdicts(rows) == ["linked"]
    assert (rows[0].previous, rows[0].placement, rows[0].amount) == ("NONE", "2300", 200)
    assert "Line 1 needs none that is known." in rows[0].reasons


def test_a_placeholder_at_the_claim_stays_where_another_line_is_not_settled() -> None:
    rows = decided(claim(line(), line(dates="07-01"), held="NONE"), KNEE)
    assert verdicts(rows) == ["1 linked", "2 after-period"]
    assert places(rows) == [("1", "A-1", "2400")]


def test_a_placeholder_at_a_line_gives_way_at_the_line() -> None:
    rows = decided(claim(line(held="NONE"), line(dates="03-12")), KNEE)
    assert places(rows) == [("1", "A-1", "2400"), ("2", "A-1", "2400")]
    assert [row.previous for row in rows] == ["NONE", ""]


def test_a_placeholder_at_the_claim_stays_where_lines_get_different_numbers() -> None:
    rows = decided(claim(line(), line("29827"), held="NONE"), KNEE, SHOULDER)
    assert places(rows) == [("1", "A-1", "2400"), ("2", "B-2", "2400")]
    assert [row.previous for row in rows] == ["", ""]
    assert "NONE stays in 2300; the line's own number counts instead of it." in rows[0].reasons


def test_a_wrong_number_at_the_claim_is_replaced_there() -> None:
    rows = decided(claim(line("99213"), line(), held="Z-9"), KNEE, replace=True)
    assert verdicts(rows) == ["wrong-number"]
    assert places(rows) == [(None, "A-1", "2300")]


def test_a_wrong_number_at_a_line_is_replaced_there() -> None:
    rows = decided(claim(line("99213"), line(held="Z-9")), KNEE, replace=True)
    assert places(rows) == [("2", "A-1", "2400")]
    assert rows[1].previous == "Z-9"


def test_an_institutional_claim_carries_its_number_at_the_claim() -> None:
    rows = decided(hospital(line("99213"), line(), line("36415")), KNEE)
    assert verdicts(rows) == ["linked"]
    assert (rows[0].placement, rows[0].amount) == ("2300", 300)


def test_an_institutional_claim_with_a_line_that_misfits() -> None:
    rows = decided(hospital(line(), line(dates="07-01")), KNEE)
    assert verdicts(rows) == ["1 linked", "2 after-period"]
    assert places(rows) == [("1", "A-1", "2300")]


def test_an_institutional_claim_has_no_place_for_two_numbers() -> None:
    rows = decided(hospital(line(), line("29827")), KNEE, SHOULDER, replace=True)
    assert verdicts(rows) == ["1 split-needed", "2 split-needed"]
    assert places(rows) == []
    assert rows[0].reasons[-1] == "An institutional claim carries one number, and this one needs A-1, B-2."


def test_an_institutional_claim_keeps_its_number_and_has_no_place_for_a_second() -> None:
    rows = decided(hospital(line(), line("29827"), held="A-1"), KNEE, SHOULDER)
    assert verdicts(rows) == ["1 already-linked", "2 split-needed"]


def test_lines_that_come_to_the_same_are_told_in_one_row() -> None:
    denied = authorization("", service(), decision=Decision.DENIED)
    rows = decided(claim(line(), line(dates="03-11")), denied)
    assert verdicts(rows) == ["authorization-denied"]
    assert rows[0].amount == 200


def test_no_line_is_told_twice() -> None:
    for held in ("", "A-1", "NONE", "Z-9"):
        for replace in (False, True):
            lines = (line(), line("29827"), line("99213"), line(dates="07-01"))
            rows = decided(claim(*lines, held=held), KNEE, SHOULDER, replace=replace)
            assert [row.line for row in rows] in ([None], ["1", "2", "3", "4"])
            assert sum(row.amount for row in rows) == 400


# -- where a payer wants it ----------------------------------------------------------------------------------------------


def wanting(level: Level) -> Callable[[Claim], Level]:
    return lambda claim: level if claim.payer.id == PAYER else Level.GUIDE


def test_a_payer_that_wants_numbers_at_lines_gets_them_there() -> None:
    rows = decided(claim(line(), line(dates="03-11")), KNEE, level=wanting(Level.LINE))
    assert places(rows) == [("1", "A-1", "2400"), ("2", "A-1", "2400")]
    one = only(claim(), KNEE, level=wanting(Level.LINE))
    assert (one.line, one.placement) == (None, "2400")
    kept = decided(claim(line(), line(dates="03-11"), held="A-1"), KNEE, level=wanting(Level.LINE))
    assert [(row.verdict.value, row.placement, row.written) for row in kept] == [("already-linked", "2300", False)]


def test_where_the_guide_has_no_place_at_lines_the_claim_carries_it() -> None:
    rows = decided(hospital(line(), line(dates="03-11")), KNEE, level=wanting(Level.LINE))
    assert places(rows) == [(None, "A-1", "2300")]


def test_a_payer_that_wants_numbers_at_the_claim_gets_one_there() -> None:
    rows = decided(claim(line("99213"), line()), KNEE, level=wanting(Level.CLAIM))
    assert [(row.line, row.placement) for row in rows] == [(None, "2300")]
    rows = decided(claim(line(), line("29827")), KNEE, SHOULDER, level=wanting(Level.CLAIM))
    assert verdicts(rows) == ["1 split-needed", "2 split-needed"]
    assert rows[0].reasons[-1] == "The payer wants numbers at the claim, which carries one number, and this one needs A-1, B-2."


def test_a_placeholder_at_a_line_gives_way_there_whatever_the_payer_wants() -> None:
    rows = decided(claim(line(held="NONE"), line(dates="03-11")), KNEE, level=wanting(Level.CLAIM))
    assert places(rows) == [("1", "A-1", "2400"), ("2", "A-1", "2300")]


def test_a_payer_that_wants_no_number_gets_none_and_the_authorization_is_used() -> None:
    usage = Usage()
    knee = authorization("A-1", service(quantity="1 UN"))
    row = only(claim(), knee, level=wanting(Level.NOWHERE), usage=usage)
    assert (row.verdict.value, row.written, row.placement, row.authorization) == ("linked", False, "", "A-1")
    assert row.reasons[-1] == "The payer wants no number on the claim: none is written."
    assert [use.claim for use in usage.used("A-1")] == ["C-1"]
    assert only(claim(id="C-2", payer=payer(OTHER_PAYER)), level=wanting(Level.NOWHERE)).verdict == "requirement-unknown"
    held = only(claim(held="A-1"), knee, level=wanting(Level.NOWHERE))
    assert (held.verdict.value, held.placement) == ("already-linked", "2300")


@pytest.mark.parametrize("kind", ["professional", "institutional", "dental"])
def test_an_exception_is_claimed_on_any_kind_of_claim(kind: str) -> None:
    """REF*4N counts where the payer's rule accepts its reason, and no other reason does."""

    def accepts(*reasons: str) -> Callable[[Claim, object], Requirement]:
        return lambda claim, line: Requirement(True, "The plan's list of 2026 says so.", frozenset(reasons))

    urgent = hospital(exception="1") if kind == "institutional" else claim(exception="1", kind=kind)
    for reasons, verdict in (("1", "exception-claimed"), ("3", "missing"), ("", "missing")):
        row = only(urgent, required=accepts(*reasons))
        assert (row.verdict.value, row.written) == (verdict, False)
    linked = only(urgent, KNEE, required=accepts("1"))
    assert linked.verdict == "linked", "a number is better than a reason for none"
    assert linked.reasons[-1] == "The claim also says why it has none (REF*4N): one of the two is wrong."

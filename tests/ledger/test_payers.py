"""Which remittances are one payer's, by id or by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from edi.ledger import Ledger
from edi.ledger.payments.payers import by_payer
from edi.records.parties import Party, Reference
from tests.ledger.conftest import PAYER, Made


class Row(NamedTuple):
    payer_id: str
    payer_name: str


def test_by_id_or_by_name() -> None:
    rows = [Row("A1", "ALDER PLAN"), Row("", "Alder Plan"), Row("B2", "BIRCH PLAN"), Row("A9", "ALDER-PLAN"), Row("A9", "ALDER")]
    alder, birch = sorted(by_payer(rows), key=len, reverse=True)
    assert set(alder) == {rows[0], rows[1], rows[3], rows[4]}
    assert birch == [rows[2]]


def test_what_says_nothing_is_not_everybodys() -> None:
    assert len(by_payer([Row("A1", "ALDER PLAN"), Row("", "BIRCH PLAN")])) == 2
    assert len(by_payer([Row("", ""), Row("A1", "ALDER PLAN")])) == 2
    assert len(by_payer([Row("A1", ""), Row("B2", "")])) == 2


def test_of_payers_without_names_one_settles_nothing_of_the_other(open_ledger: Callable[[], Ledger], made: Made) -> None:
    """As a program makes them, which knows its payers by their ids."""
    alder, birch = (Party(role="PR", id=id) for id in ("ALDER1", "BIRCH1"))
    day = date(2026, 5, 1)
    with open_ledger() as ledger:
        ledger.record_claims([made.claim(payer=alder)])
        ledger.record_payments([made.payment("CLAIM1", made.adjustment(), payer=alder)])
        ledger.record_payments([made.payment(payer=birch, trace="CHECK2", produced_on=day)])
        assert [item.claim for item in ledger.worklist(day)] == ["CLAIM1"]
        assert [each.state for each in ledger.account("CLAIM1")] == ["unpaid", "paid"]


def test_accounts_and_worklist_go_by_the_same_payers(open_ledger: Callable[[], Ledger], made: Made) -> None:
    """REF*2U is the payer's id where N104 is none, and for both; beside an N104 it is for neither."""
    own = Reference(qualifier="2U", value="77777")
    day = date(2026, 5, 1)
    with open_ledger() as ledger:
        ledger.record_claims([made.claim()])
        ledger.record_payments([made.payment("CLAIM1", made.adjustment(), payer=replace(PAYER, role="PR", references=(own,)))])
        other = Party(role="PR", id_qualifier="XV", id="ELM1", name="ELM HEALTH", references=(own,))
        ledger.record_payments([made.payment(payer=other, trace="CHECK2", produced_on=day)])
        assert (len(ledger.worklist(day)), len(ledger.account("CLAIM1"))) == (1, 2)


def test_a_payer_that_gives_its_id_in_a_reference_is_known_by_it(open_ledger: Callable[[], Ledger], made: Made) -> None:
    own = Reference(qualifier="2U", value=PAYER.id)
    again = replace(PAYER, role="PR", name="MAPLE OF THE NORTH", id_qualifier="", id="", references=(own,))
    other = replace(again, references=(replace(own, value="ELM1"),))
    day = date(2026, 5, 1)
    with open_ledger() as ledger:
        ledger.record_claims([made.claim()])
        ledger.record_payments([made.payment("CLAIM1", made.adjustment())])
        ledger.record_payments([made.payment(payer=other, trace="CHECK2", produced_on=day)])
        assert len(ledger.worklist(day)) == 1, "another payer's answer is not its own"
        ledger.record_payments([made.payment(payer=again, trace="CHECK3", produced_on=day)])
        assert ledger.worklist(day) == []

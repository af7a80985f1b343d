"""A claim nets to what stands, whatever came first: payments, reversals, corrections, and what PLB took back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edi.linkage.denials.netting import PAID, REVERSED, UNPAID, AdjustmentPlace, Net, chains, net
from edi.records.parties import Reference
from edi.records.provider_adjustment import ProviderAdjustment
from edi.records.remittance import Adjustment, Payment
from tests.linkage.build import day, paid_line, payer, payment, procedure


def paid(*lines: Any, at: str = "04-01", **more: Any) -> Payment:
    """What was paid on a day, in a remittance of its own."""
    made = payment(*lines, produced_on=day(at), trace=f"T{at}", **more)
    return replace(made, paid=sum((line.paid for line in lines), Decimal(0)))


def reversal(of: Payment, at: str, **more: Any) -> Payment:
    """The same with opposite signs."""
    return replace(
        of,
        status="22",
        charge=-of.charge,
        paid=-of.paid,
        patient_share=None,
        adjustments=tuple(map(negated, of.adjustments)),
        lines=tuple(
            replace(line, charge=-line.charge, paid=-line.paid, adjustments=tuple(map(negated, line.adjustments)))
            for line in of.lines
        ),
        produced_on=day(at),
        trace=f"T{at}",
        **more,
    )


def negated(adjustment: Adjustment) -> Adjustment:
    return replace(adjustment, amount=-adjustment.amount)


def plb(code: str, reference: str, amount: int) -> ProviderAdjustment:
    return ProviderAdjustment(code=code, reference=reference, amount=Decimal(amount))


def sums(found: Net) -> tuple[str, Decimal, Decimal, list[str]]:
    said = [f"{each.group}-{each.reason} {each.amount}" for left in found.adjustments.values() for each in left]
    return found.state, found.paid, found.patient_share, said


DENIED = paid(paid_line("CO-197 100", control_number="L1"))
CORRECTED = replace(
    paid(paid_line("CO-45 20", "PR-2 10", paid=70, control_number="L1"), at="05-02", payer_claim="P-78"),
    references=(Reference(qualifier="F8", value="P-77"),),
)
BACK = reversal(DENIED, "05-02")


def test_one_payment_stands() -> None:
    found = net([CORRECTED])
    assert sums(found) == (PAID, Decimal(70), Decimal(10), ["CO-45 20", "PR-2 10"])
    assert (found.charge, found.standing, found.taken_back, found.unpaired) == (Decimal(100), (CORRECTED,), (), ())
    assert (found.received, found.bridge) == (Decimal(70), Decimal(0))
    assert list(found.adjustments) == [AdjustmentPlace(control="L1")]


def test_a_denial_is_unpaid_and_what_is_taken_back_is_reversed() -> None:
    assert sums(net([DENIED])) == (UNPAID, Decimal(0), Decimal(0), ["CO-197 100"])
    found = net([DENIED, BACK])
    assert sums(found) == (REVERSED, Decimal(0), Decimal(0), [])
    assert (found.charge, found.standing, found.taken_back) == (Decimal(0), (), ((DENIED, BACK),))


def test_a_correction_stands_alone() -> None:
    assert sums(net([DENIED, BACK, CORRECTED])) == sums(net([CORRECTED]))


def test_a_reversal_takes_back_the_one_before_it_not_its_correction() -> None:
    """In one remittance the correction has the same charge, and often the same number."""
    back, corrected = (
        replace(each, trace="T", offset=at) for at, each in ((10, BACK), (20, replace(CORRECTED, payer_claim="P-77")))
    )
    found = net([corrected, back])
    assert (found.unpaired, found.standing) == ((back,), (corrected,))
    found = net([corrected, back, DENIED])
    assert (found.taken_back, found.standing, found.unpaired) == (((DENIED, back),), (corrected,), ())


def test_of_two_corrections_the_last_is_taken_back() -> None:
    first, second = paid(paid_line("CO-45 40", paid=60), at="05-01"), paid(paid_line("CO-45 30", paid=70), at="06-01")
    later = [reversal(first, "06-01"), reversal(second, "07-01")]
    found = net([first, second, *later])
    assert found.taken_back == ((first, later[0]), (second, later[1]))
    assert found.state == REVERSED


def test_a_reversal_of_what_is_not_there_is_told() -> None:
    found = net([reversal(paid(paid_line("CO-45 40", paid=60)), "05-01")])
    assert (found.state, found.paid, len(found.unpaired)) == (REVERSED, Decimal(-60), 1)
    other = replace(DENIED, payer_claim="P-1")
    assert net([other, BACK]).unpaired == (BACK,)
    assert net([replace(DENIED, charge=Decimal(90)), BACK]).unpaired == (BACK,)


def test_a_claim_that_the_payer_divided_stands_in_parts() -> None:
    parts = [paid(paid_line("CO-45 20", paid=80), payer_claim="P-1"), paid(paid_line("PR-1 100"), payer_claim="P-2", at="04-02")]
    found = net(parts)
    assert found.standing == tuple(parts)
    assert sums(found)[:3] == (PAID, Decimal(80), Decimal(100))
    assert found.charge == Decimal(200)


def test_adjustments_are_kept_apart_by_place() -> None:
    lines = (
        paid_line("CO-45 1", ordinal=1, control_number="L1", paid=99),
        paid_line("CO-45 2", ordinal=2, submitted=procedure("27447"), procedure=procedure("27446"), paid=98),
    )
    found = net([replace(paid(*lines), adjustments=(Adjustment(group="CO", reason="45", amount=Decimal(3)),))])
    assert [(place.control, place.procedure, [each.amount for each in left]) for place, left in found.adjustments.items()] == [
        ("", "", [3]),
        ("L1", "", [1]),
        ("", "27447", [2]),
    ]


def test_an_estimate_is_nothing() -> None:
    assert net([replace(CORRECTED, status="25")]).state == REVERSED
    assert net([replace(CORRECTED, status="25"), DENIED]).standing == (DENIED,)


def test_plb_bridges_what_two_remittances_divide() -> None:
    """The reversal comes first, and its money is left with the practice until the correction comes."""
    first = paid(paid_line("CO-45 20", paid=80))
    back = reversal(first, "05-01")
    corrected = paid(paid_line("CO-45 40", paid=60), at="06-01")
    found = net([first, back], [plb("WO", "P-77", -80)])
    assert (found.paid, found.received, found.bridge) == (Decimal(0), Decimal(80), Decimal(-80))
    found = net([first, back, corrected], [plb("WO", "P-77", -80), plb("WO", "p-77  W1000001", 80)])
    assert (found.paid, found.received, found.bridge) == (Decimal(60), Decimal(60), Decimal(0))


def test_what_is_taken_back_without_a_reversal_shows() -> None:
    others = [plb("FB", "P-77", 9), plb("WO", "P-9", 5), plb("CV", "C-1", 3)]
    found = net([CORRECTED], [plb("WO", "P-77", 70), plb("L6", "C-1", -1), *others])
    assert [each.code for each in found.beside] == ["WO", "L6"]
    assert (found.received, found.bridge) == (Decimal(1), Decimal(70))


def test_chains_are_of_one_payer_payee_and_patient() -> None:
    renumbered = paid(paid_line(paid=100), claim="C-9", payer_claim="P-79", at="06-01")
    renumbered = replace(renumbered, references=(Reference(qualifier="F8", value="P-78"),))
    other_payer = replace(DENIED, payer=replace(payer("OTHER"), name="OTHER"))
    other_patient = replace(DENIED, patient=replace(DENIED.patient, member_id="Z1"))
    without = replace(DENIED, claim="0", payer_claim="P-99")
    found = chains(
        [renumbered, DENIED, other_payer, without, other_patient, BACK, replace(without, payer_claim="P-98"), CORRECTED]
    )
    assert sorted(len(chain) for chain in found) == [1, 1, 1, 1, 4]
    longest = max(found, key=len)
    assert {one.claim for one in longest} == {"C-1", "C-9"}


def test_a_chain_holds_whatever_the_parties_are_known_by() -> None:
    """A payer by its id, by its name alone; a practice by its NPI, by its tax id."""
    named = replace(DENIED.payer, name="Maple Health")
    tax_id = Reference(qualifier="TJ", value="12-3456789")
    first = replace(DENIED, payer=named, payee=replace(DENIED.payee, references=(tax_id,)))
    payee = replace(BACK.payee, id_qualifier="FI", id="123456789")
    back = replace(BACK, payer=replace(named, id="", name="MAPLE HEALTH"), payee=payee)
    assert len(chains([first, back])) == 1
    assert len(chains([first, replace(back, payee=replace(payee, id="999999999", name="OTHER"))])) == 2


def test_two_chains_become_one_when_a_later_payment_joins_them() -> None:
    apart = [paid(paid_line(paid=1), claim="A", payer_claim="1"), paid(paid_line(paid=1), claim="B", payer_claim="2")]
    joining = replace(paid(paid_line(paid=1), claim="B", payer_claim="3"), references=(Reference(qualifier="F8", value="1"),))
    assert len(chains(apart)) == 2
    assert len(chains([*apart, joining])) == 1


@st.composite
def lives(draw: st.DrawFn) -> list[Payment]:
    """A claim paid, taken back and paid anew, some times over; each time with other amounts."""
    told: list[Payment] = []
    for n in range(draw(st.integers(1, 4))):
        decided = draw(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=3))
        lines = [
            paid_line(f"CO-45 {cut}", f"PR-2 {owed}", paid=100 - cut - owed, ordinal=at, control_number=f"L{at}")
            for at, (cut, owed) in enumerate(decided)
        ]
        if told:
            told.append(reversal(told[-1], f"{n + 4:02d}-01", offset=n))
        told.append(replace(paid(*lines, at=f"{n + 4:02d}-01"), offset=n + 100))
    return told


@settings(max_examples=100, deadline=None)
@given(lives(), st.randoms(use_true_random=False), st.booleans())
def test_any_order_of_arrival_nets_to_the_same(life: list[Payment], shuffled: Any, gone: bool) -> None:
    if gone:
        life = [*life, reversal(life[-1], "12-01")]
    mixed = life[:]
    shuffled.shuffle(mixed)
    found = net(mixed)
    assert found == net(life)
    assert not found.unpaired
    assert found.standing == (() if gone else (life[-1],))
    assert found.paid == (0 if gone else life[-1].paid)
    assert dict(found.adjustments) == ({} if gone else dict(net(life[-1:]).adjustments))
    assert len(chains(mixed)) == 1

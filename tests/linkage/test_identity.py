"""Whether two are one payer: what one asks strictly, nobody who asks less strictly denies."""

from __future__ import annotations

from itertools import product

from edi.linkage.identity import may_be_same_payer, payer_keys, plainly_paid_by, same_payer
from edi.records.parties import Party

PAYERS = [Party(role="PR", id=id, name=name) for id, name in product(("", "A1", "a1", "B2"), ("", "ALDER", "Alder.", "BIRCH"))]


def test_each_takes_what_a_stricter_one_takes() -> None:
    for one, other in product(PAYERS, PAYERS):
        known = not payer_keys(one.id, one.name).isdisjoint(payer_keys(other.id, other.name))
        assert known or not same_payer(one, other), (one, other)
        assert may_be_same_payer(one, other) or not known, (one, other)
        assert may_be_same_payer(one, other) or not plainly_paid_by((one.id, other.id), (one.name, other.name)), (one, other)


def test_no_two_of_them_ask_alike() -> None:
    alder = Party(role="PR", id="A1", name="ALDER")
    renamed, renumbered, unnamed = Party(role="PR", id="A1"), Party(role="PR", id="B2", name="Alder"), Party(role="PR", id="B2")
    assert same_payer(alder, renamed) and not same_payer(alder, renumbered)
    assert payer_keys("A1", "ALDER") & payer_keys("B2", "Alder") and not payer_keys("A1", "ALDER") & payer_keys("B2", "")
    assert may_be_same_payer(alder, unnamed) and may_be_same_payer(alder, renumbered)
    assert not plainly_paid_by(("A1", "B2"), ("ALDER", "Alder"))


def test_who_says_nothing_is_known_by_nothing() -> None:
    assert payer_keys(" ", ".") == frozenset()

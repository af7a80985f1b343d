"""What a payment is not compared with is no claim of its own: the match is that with all claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.linkage.denials import pairing
from edi.linkage.denials.nearby import KEY, LINE, MEMBER, NUMBER, Name, Nearby
from edi.linkage.denials.pairing import match_payment
from edi.records.claim import Claim
from edi.records.parties import Reference
from edi.records.remittance import Payment
from edi.records.services import Period
from tests.drawing import examples

from .build import CLINIC, GROUP, MARIA, claim, day, line, paid_line, payer, payment, period, procedure, provider

JONAS = replace(MARIA, first_name="Jonas")
UTE = replace(MARIA, first_name="Ute", member_id="W999")
DAYS = ("03-10", "03-11", "03-12", "04-10")
NUMBERS = ("KEL00420001", "KEL00420002", "kel-00420001", "KEL0042000100000X", "KEL0042000100000Y", "0", "420001")
RETURNED = (*NUMBERS, "KEL004200010000", "KEL0042000177", "X-KEL00420001", "Q-9")
SPRING = Period(start=date(2026, 1, 1), end=date(2026, 6, 30))


def named(sent: Claim) -> set[Name]:
    """What payments may find a claim by."""
    authorizations = {sent.authorization, *sent.authorizations} - {""}
    return {
        (KEY, pairing.plain_number(sent.id)[:14]),
        (MEMBER, sent.subscriber.member_id),
        *((LINE, one.control_number) for one in sent.lines),
        *((NUMBER, number) for number in authorizations),
    }


def called(told: Payment) -> set[Name]:
    key = pairing.plain_number(told.claim)[:14]
    found = {(KEY, key[:length]) for length in range(6, 15)} | {(MEMBER, told.patient.member_id)}
    found |= {(LINE, one.control_number) for one in told.lines}
    return {name for name in found | {(NUMBER, one.value) for one in told.references} if name[1]}


@st.composite
def sent_claims(draw: st.DrawFn) -> list[Claim]:
    """Claims of a family, of few numbers and charges; some without dates, some of half a year."""
    found = []
    for _ in range(draw(st.integers(1, 14))):
        lines = [
            line(
                dates=draw(st.sampled_from(DAYS)),
                charge=Decimal(draw(st.sampled_from([40, 100]))),
                control_number=draw(st.sampled_from(["", "1", "2", "L-7"])),
                number=str(n + 1),
            )
            for n in range(draw(st.integers(1, 2)))
        ]
        made = claim(
            *lines,
            id=draw(st.sampled_from(NUMBERS)),
            subscriber=draw(st.sampled_from([MARIA, MARIA, JONAS, UTE])),
            billing=provider(draw(st.sampled_from([CLINIC, CLINIC, GROUP])), "85"),
            frequency=draw(st.sampled_from(["1", "1", "7"])),
            authorizations=draw(st.sampled_from([(), (), ("A-1",)])),
        )
        undated = tuple(replace(one, period=None) for one in made.lines)
        found.append(
            draw(
                st.sampled_from(
                    [
                        *[made] * 6,
                        replace(made, lines=undated),
                        replace(made, lines=undated, period=None),
                        replace(made, period=SPRING),
                        replace(made, period=period("03-10/03-12")),
                        replace(made, lines=()),
                    ]
                )
            )
        )
    return found


@st.composite
def told_payments(draw: st.DrawFn) -> Payment:
    lines = [
        paid_line(
            charge=Decimal(draw(st.sampled_from([40, 100]))),
            procedure=procedure(draw(st.sampled_from(["27447", "27447", "99213"]))),
            period=draw(st.sampled_from([*map(period, DAYS), None])),
            control_number=draw(st.sampled_from(["", "", "1", "2", "L-7"])),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    charge = sum((one.charge for one in lines), Decimal(0)) or Decimal(draw(st.sampled_from([40, 100, 140])))
    return payment(
        *lines,
        claim=draw(st.sampled_from(RETURNED)),
        charge=charge,
        patient=draw(st.sampled_from([MARIA, MARIA, JONAS, UTE])),
        payer_claim=draw(st.sampled_from(["P-1", "P-2"])),
        period=draw(st.sampled_from([*map(period, DAYS), period("03-10/03-12"), SPRING, None])),
        references=draw(st.sampled_from([(), (Reference(qualifier="G1", value="A-1"),)])),
    )


@settings(deadline=None, max_examples=examples(300))
@given(sent_claims(), told_payments(), st.booleans())
def test_the_match_is_that_with_all_claims(claims: list[Claim], told: Payment, known: bool) -> None:
    numbers = {"P-1": claims[0].id} if known and told.payer_claim == "P-1" else {}
    names = called(told) | {(KEY, pairing.plain_number(number)[:14]) for number in numbers.values()}
    names.discard((KEY, ""))
    nearby = shelf(claims, names)
    everything = [one for one in claims if not names.isdisjoint(named(one))]
    chosen = [one for _, one in nearby.of(told, names)]
    assert match_payment(told, chosen, payer_claims=numbers) == match_payment(told, everything, payer_claims=numbers)


def shelf(claims: Sequence[Claim], names: set[Name]) -> Nearby:
    """Claims as the ledger keeps them at hand: by those of their names that payments have."""
    nearby = Nearby()
    for id, one in enumerate(claims):
        nearby.add(id, one, named(one) & names)
    return nearby


def therapy(visits: int, *, account: bool = False) -> tuple[list[Claim], list[Payment]]:
    """A patient's claims, each of a day of its own, and the payments; `account`: all of one number, and lines by ordinals."""
    claims, payments = [], []
    for n in range(visits):
        on = day("01-01").fromordinal(day("01-01").toordinal() + n)
        when = Period(start=on, end=on)
        own = replace(line(), period=when, control_number="1" if account else f"L-{n}")
        number = "ACCOUNT-17" if account else f"VISIT-{n:05}"
        claims.append(replace(claim(own), id=number, period=when))
        paid = paid_line(period=when, control_number="1" if account else "")
        payments.append(replace(payment(paid), claim=number if account else f"PAYER-{n:05}", payer=payer()))
    return claims, payments


def test_where_no_claim_of_a_number_is_of_the_days_none_is_left_out() -> None:
    claims, (told, *_) = therapy(3, account=True)
    on = period("11-11")
    told = replace(told, lines=tuple(replace(one, period=on) for one in told.lines))
    found = match_payment(told, [one for _, one in shelf(claims, called(told)).of(told, called(told))])
    assert (found.claim, found.how) == (None, "several claims by claim number")


@pytest.mark.parametrize("account", [False, True])
def test_what_is_compared_grows_with_the_payments_and_not_with_their_square(account: bool) -> None:
    for visits in (50, 400):
        claims, payments = therapy(visits, account=account)
        names = [called(one) for one in payments]
        nearby = shelf(claims, set().union(*names))
        compared = [len(nearby.of(one, own)) for one, own in zip(payments, names, strict=True)]
        assert min(compared) >= 1
        assert max(compared) <= 2, f"{visits} visits"

"""What holds of every claim and every set of authorizations, whatever they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from edi.linkage.terms import PayerRules
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row, Verdict
from edi.records.authorization import Authorization, Decision
from edi.records.claim import Claim, ClaimLine

from .build import (
    JONAS,
    MARIA,
    OTHER_PAYER,
    STRANGER,
    SURGEON,
    authorization,
    claim,
    decide,
    hospital,
    line,
    payer,
    period,
    provider,
    service,
)
from .rules import matching

UTE = replace(MARIA, first_name="Ute", member_id="W9")
NUMBERS = ("A-1", "A-2", "A1", "B-7")
CODES = ("27447", "27446", "27447:RT", "97110", "99213")
DATES = ("02-20", "03-05", "03-10", "03-12", "06-20")
POSITIVE = (Decision.CERTIFIED, Decision.MODIFIED)

services = st.builds(
    service,
    st.sampled_from(("27447", "27447:RT", "97110", "97110-97140", "")),
    st.sampled_from(("03-01/05-31", "03-10", "03-12/06-30", "")),
    st.sampled_from(("", "", "1 UN", "2 UN", "1 VS", "2 VS")),
    decision=st.sampled_from((*POSITIVE, *Decision)),
)


@st.composite
def authorizations(draw: st.DrawFn) -> Authorization:
    found = draw(st.lists(services, min_size=1, max_size=2))
    made = authorization(
        draw(st.sampled_from(("", *NUMBERS))),
        *found,
        kind=draw(st.sampled_from(("authorization",) * 5 + ("referral",))),
        subscriber=draw(st.sampled_from((MARIA, MARIA, MARIA, UTE))),
        payer=payer(draw(st.sampled_from(("60054", "60054", OTHER_PAYER)))),
        providers=(provider(draw(st.sampled_from((SURGEON, SURGEON, STRANGER)))),),
        issued=draw(st.none() | st.sampled_from((period("02-01").start, period("02-02").start))),
    )
    return replace(made, decision=draw(st.sampled_from((Decision.CERTIFIED,) * 6 + tuple(Decision))))


@st.composite
def lines(draw: st.DrawFn) -> ClaimLine:
    held = draw(st.sampled_from(("",) * 6 + (*NUMBERS, "NONE")))
    return line(draw(st.sampled_from(CODES)), draw(st.sampled_from(DATES)), f"{draw(st.integers(1, 3))} UN", held=held)


@st.composite
def claims(draw: st.DrawFn, id: str = "C-1") -> Claim:
    make = draw(st.sampled_from((claim, claim, hospital)))
    found = draw(st.lists(lines(), min_size=1, max_size=4))
    if make is hospital:
        found = [replace(each, authorizations=()) for each in found]
    held = draw(st.sampled_from(("",) * 6 + (*NUMBERS, "Z-9", "NONE")))
    frequency = draw(st.sampled_from("1111178"))
    return make(*found, id=id, held=held, frequency=frequency, subscriber=draw(st.sampled_from((MARIA, MARIA, UTE))))


on_file = st.lists(authorizations(), max_size=4)


def told(rows: Sequence[Row]) -> list[tuple[object, ...]]:
    return [(row.line, row.verdict, row.written, row.authorization, row.previous, row.placement) for row in rows]


@given(claims(), on_file, st.booleans())
def test_every_line_is_told_once(sent: Claim, held: list[Authorization], replacing: bool) -> None:
    rows = decide(sent, held, Usage(), replace=replacing)
    assert [row.line for row in rows] in ([None], [each.number for each in sent.lines])
    assert sum((row.amount for row in rows), Decimal(0)) == sent.charge
    assert all(row.reasons for row in rows)
    assert all((row.verdict in (Verdict.LINKED, Verdict.UNITS_SHORT, Verdict.WRONG_NUMBER)) or not row.written for row in rows)


@given(claims(), on_file, st.booleans())
def test_what_is_written_is_certified(sent: Claim, held: list[Authorization], replacing: bool) -> None:
    """Judged by other means than the linker's: a positive service of this patient and payer, on these dates, with this number."""
    for row in decide(sent, held, Usage(), replace=replacing):
        if not row.written:
            continue
        written = [each for each in sent.lines if row.line in (None, each.number)]
        certified = [
            one
            for a in held
            if a.kind == "authorization" and a.subscriber == sent.subscriber and a.payer.id == "60054"
            for one in a.services
            if one.decision in POSITIVE and (one.number or a.number) == row.authorization and one.procedure
        ]
        assert certified
        if row.line is not None or sent.kind != "institutional":
            fitting = [
                any(
                    one.procedure and each.procedure and each.period
                    and one.procedure.covers(each.procedure.code)
                    and set(one.procedure.modifiers) <= set(each.procedure.modifiers)
                    and (one.period is None or each.period.start in one.period)
                    for one in certified
                )
                for each in written
            ]  # fmt: skip
            assert all(fitting) if not row.previous else any(fitting)
        assert row.placement == "2300" or sent.kind == "professional"


@given(claims(), on_file, st.booleans())
def test_asking_again_gives_the_same_answer(sent: Claim, held: list[Authorization], replacing: bool) -> None:
    usage = Usage()
    first = decide(sent, held, usage, replace=replacing)
    before = usage.all()
    assert decide(sent, held, usage, replace=replacing) == first
    assert Counter(usage.all()) == Counter(before)


@given(claims(), on_file, st.randoms(use_true_random=False))
def test_the_order_of_authorizations_does_not_matter(sent: Claim, held: list[Authorization], random: object) -> None:
    other = list(held)
    random.shuffle(other)  # type: ignore[attr-defined]  # a random.Random
    assert told(decide(sent, held, Usage())) == told(decide(sent, other, Usage()))


@given(st.lists(claims(), min_size=1, max_size=4), on_file)
def test_never_more_is_used_than_certified(sent: list[Claim], held: list[Authorization]) -> None:
    usage = Usage()
    unlike = [replace(a, number=f"N-{n}", key=f"K{n}") if a.number else a for n, a in enumerate(held)]
    for n, one in enumerate(sent):
        decide(replace(one, id=f"C-{n}"), unlike, usage)
    for n, a in enumerate(unlike):
        for position, one in enumerate(a.services):
            for role in ("professional", "facility"):
                uses = [use for use in usage.used(f"K{n}") if use.service == position and use.role == role]
                if one.quantity and one.quantity.unit == "UN":
                    assert sum((use.amount for use in uses), Decimal(0)) <= one.quantity.amount
                elif one.quantity:
                    assert len({day for use in uses for day in use.days}) <= one.quantity.amount


@given(claims())
def test_without_authorizations_nothing_is_written(sent: Claim) -> None:
    usage = Usage()
    rows = decide(sent, [], usage, replace=True)
    assert not any(row.written for row in rows)
    assert {row.verdict for row in rows} <= {Verdict.REQUIREMENT_UNKNOWN, Verdict.NUMBER_UNKNOWN, Verdict.NOT_APPLICABLE}
    assert usage.all() == ()


@given(claims(), on_file)
def test_a_child_is_not_its_parent(sent: Claim, held: list[Authorization]) -> None:
    rows = decide(replace(sent, patient=JONAS, dependent=True), held, Usage(), replace=True)
    assert not any(row.written or row.candidates for row in rows)


LINES = (
    "procedure 97110 covers 27447",
    "procedures 27446, 27447 cover one another",
    "service type PT covers 97110, 99213",
    "modifiers RT need not match",
    "modifiers RT must match",
    "no provider must match",
    "providers rendering must match",
    "grace 20 days before",
    "grace 20 days after",
    "late numbers refused",
    "numbers of denied requests go on claims",
    "newborns go by their mother for 30 days",
    "roles professional, facility count as one",
    "diagnosis must match",
    "member id W9 is now W100200300 since 2026-01-01",
    f"reviewer {OTHER_PAYER}",
)


@given(claims(), on_file, st.lists(st.sampled_from(LINES), min_size=1, max_size=4, unique=True), st.booleans())
def test_whatever_a_rule_allows_is_this_patient_s_and_was_answered(
    sent: Claim, held: list[Authorization], lines: list[str], replacing: bool
) -> None:
    """Rules make more fit; never what is another patient's, was not certified (or, by rule, denied), or has no number."""
    rules = PayerRules(None, matching(*lines))
    allowed = {*POSITIVE, *({Decision.DENIED} if LINES[10] in lines else ())}
    usage = Usage()
    rows = decide(sent, held, usage, replace=replacing, required=rules)
    for row in rows:
        if row.written:
            own = [a for a in held if a.kind == "authorization" and a.subscriber == sent.subscriber]
            assert any(
                (one.number or a.number) == row.authorization and one.decision in allowed for a in own for one in a.services
            )
            assert row.verdict is not Verdict.AMBIGUOUS
    assert decide(sent, held, usage, replace=replacing, required=rules) == rows


@given(claims(), on_file)
def test_rules_of_another_payer_change_nothing(sent: Claim, held: list[Authorization]) -> None:
    other = PayerRules(None, matching(*LINES[:4], "no provider must match", "grace 90 days after", head='payer "Elsewhere"\n'))
    assert decide(sent, held, Usage(), required=other) == decide(sent, held, Usage())

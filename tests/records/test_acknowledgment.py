"""TA1, 999 and 277CA as records: what is written is read again, and what others wrote is read as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi.records.acknowledgment import (
    ElementFault,
    FaultContext,
    GroupAnswer,
    InterchangeAnswer,
    SegmentFault,
    SetAnswer,
    read_group_answer,
    read_interchange_answer,
    write_fault,
    write_group_opening,
    write_group_result,
    write_interchange_answer,
    write_set_opening,
    write_set_result,
)
from edi.records.claim_acknowledgment import (
    BatchTotals,
    ClaimBatch,
    ClaimStatus,
    LineStatus,
    PatientStatus,
    ProviderStatus,
    StatusInformation,
    read_batch,
    write_claim,
    write_opening,
    write_patient,
    write_provider,
)
from edi.records.parties import Party, Person
from edi.records.received import read_acknowledgments
from edi.records.services import Period
from edi.text.segments import Delimiters, Segment

D = Delimiters()
WRITTEN = ("20261125", "0930")

texts = st.text("ABCXYZ0189 .-", min_size=1, max_size=12).map(str.strip).filter(bool)
codes = st.sampled_from(("1", "5", "8", "I6", "I9"))
counts = st.integers(0, 999_999)
places = {"element": st.integers(1, 20), "component": st.integers(0, 5), "repetition": st.integers(0, 3)}
contexts = st.builds(
    FaultContext,
    units=st.lists(st.tuples(texts, texts | st.just("")), min_size=1, max_size=3).map(tuple),
    segment=st.sampled_from(("", "CLM")),
    position=counts,
    loop=st.sampled_from(("", "2300")),
    **{**places, "element": st.integers(0, 20)},
    number=st.integers(0, 1700),
).filter(lambda context: context.element or not (context.component or context.repetition))
several = st.lists(contexts, max_size=2).map(tuple)
elements = st.builds(ElementFault, **places, number=st.integers(0, 1700), code=codes, value=texts | st.just(""), contexts=several)
faults = st.builds(
    SegmentFault,
    segment=st.sampled_from(("CLM", "REF")),
    position=counts,
    loop=st.sampled_from(("", "2300")),
    code=codes,
    contexts=several,
    elements=st.lists(elements, max_size=3).map(tuple),
)
sets = st.builds(
    SetAnswer,
    set=st.just("837"),
    control=st.just("0001"),
    version=st.sampled_from(("", "005010X222A1")),
    result=st.sampled_from("AER"),
    codes=st.lists(codes, max_size=5).map(tuple),
    faults=st.lists(faults, max_size=3).map(tuple),
)
groups = st.builds(
    GroupAnswer,
    group=st.just("HC"),
    control=st.just("7"),
    version=st.sampled_from(("", "005010X222A1")),
    result=st.sampled_from("AEPR"),
    sent=counts,
    received=counts,
    accepted=counts,
    codes=st.lists(codes, max_size=5).map(tuple),
    sets=st.lists(sets, max_size=3).map(tuple),
)


def write_group_answer(answer: GroupAnswer, d: Delimiters) -> Iterator[Segment]:
    """The segments between ST and SE, piece by piece as an acknowledgment writes them."""
    yield write_group_opening(answer.group, answer.control, answer.version, d)
    for one in answer.sets:
        yield write_set_opening(one.set, one.control, one.version, d)
        for fault in one.faults:
            yield from write_fault(fault, d)
        yield write_set_result(one.result, one.codes, d)
    yield write_group_result(answer.result, (answer.sent, answer.received, answer.accepted), answer.codes, d)


@given(groups)
def test_a_999_that_is_written_is_read_again(group: GroupAnswer) -> None:
    assert read_group_answer(list(write_group_answer(group, D))) == group


@given(st.builds(InterchangeAnswer, control=texts, date=texts, time=texts, result=st.sampled_from("AER"), note=texts))
def test_a_ta1_that_is_written_is_read_again(answer: InterchangeAnswer) -> None:
    assert read_interchange_answer(write_interchange_answer(answer, D)) == answer


amounts = st.integers(0, 10**7).map(lambda cents: Decimal(cents) / 100)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
periods = st.tuples(days, days).map(lambda two: Period(start=min(two), end=max(two)))
triples = st.tuples(st.just("A7"), st.sampled_from(("21", "562")), st.sampled_from(("", "85")))
statuses = st.builds(
    StatusInformation,
    category=st.sampled_from(("A1", "A2", "A7")),
    code=st.sampled_from(("19", "20", "562")),
    entity=st.sampled_from(("", "85")),
    further=st.lists(triples, max_size=2).map(tuple),
    day=days | st.none(),
    action=st.sampled_from(("", "WQ", "U")),
    amount=amounts | st.none(),
    text=texts | st.just(""),
)
some = st.lists(statuses, min_size=1, max_size=2).map(tuple)


@st.composite
def totals(draw: st.DrawFn) -> BatchTotals:
    """Without claims there is no amount."""
    taken, refused = draw(counts), draw(counts)
    zero = Decimal(0)
    return BatchTotals(
        taken=taken,
        refused=refused,
        amount_taken=draw(amounts) if taken else zero,
        amount_refused=draw(amounts) if refused else zero,
    )


lines = st.builds(
    LineStatus,
    procedure=st.just(("HC", "99213", "25")),
    amount=amounts | st.none(),
    revenue_code=st.sampled_from(("", "0450")),
    quantity=amounts | st.none(),
    statuses=some,
    control=st.sampled_from(("", "L1")),
    prescription=st.sampled_from(("", "P1")),
    period=periods | st.none(),
)
claims = st.builds(
    ClaimStatus,
    id=texts,
    statuses=some,
    payer_number=texts | st.just(""),
    trace=texts | st.just(""),
    bill_type=st.sampled_from(("", "731")),
    period=periods | st.none(),
    lines=st.lists(lines, max_size=2).map(tuple),
)
people = st.builds(Person, last_name=texts, first_name=texts | st.just(""), member_id_qualifier=st.just("MI"), member_id=texts)
parties = st.builds(
    Party, role=st.just("85"), organization=st.booleans(), name=texts, id_qualifier=st.just("XX"), id=st.just("1999990017")
)
patients = st.builds(PatientStatus, patient=people, claims=st.lists(claims, min_size=1, max_size=2).map(tuple))
providers = st.builds(
    ProviderStatus,
    provider=parties,
    trace=st.just("0"),
    statuses=some,
    totals=totals(),
    patients=st.lists(patients, max_size=2).map(tuple),
)
batches = st.builds(
    ClaimBatch,
    reference=texts,
    source=parties,
    receipt=texts,
    received=days | st.none(),
    processed=days | st.none(),
    receiver=parties,
    batch=texts,
    statuses=some,
    totals=totals(),
    providers=st.lists(providers, max_size=2).map(tuple),
)


def write_batch(batch: ClaimBatch, written: tuple[str, str], d: Delimiters) -> Iterator[Segment]:
    """The same; `written`: BHT04 and BHT05."""
    levels = count(3)
    yield from write_opening(batch, written, d)
    for provider in batch.providers:
        above = next(levels)
        yield from write_provider(provider, above, d, has_patients=bool(provider.patients))
        for patient in provider.patients:
            yield from write_patient(patient.patient, next(levels), above, d)
            for claim in patient.claims:
                yield from write_claim(claim, d)


@given(batches)
def test_a_277ca_that_is_written_is_read_again(batch: ClaimBatch) -> None:
    assert read_batch(list(write_batch(batch, WRITTEN, D))) == batch


@pytest.fixture
def ack(corpus: Path) -> Path:
    return corpus / "ack"


def test_a_999_of_others_is_read(ack: Path) -> None:
    (file,) = ack.glob("*X231A1*")
    (group,) = read_acknowledgments(file)
    assert isinstance(group, GroupAnswer)
    assert (group.result, group.sent, group.received, group.accepted) == ("P", 3, 3, 1)
    assert [(one.control, one.result) for one in group.sets] == [("0001", "A"), ("0002", "R"), ("0003", "R")]
    (missing,) = group.sets[2].faults
    assert (missing.segment, missing.position, missing.code, missing.claim) == ("REF", 57, "3", "987654321")
    trigger = missing.contexts[0]
    assert (trigger.segment, trigger.position, trigger.element, trigger.component) == ("CLM", 43, 5, 3)


def test_units_that_a_ctx_repeats_are_all_read(ack: Path) -> None:
    (file,) = ack.glob("*staedi__x12__simple999.edi")
    (group,) = read_acknowledgments(file)
    assert isinstance(group, GroupAnswer)
    assert any(len(c.units) > 1 for one in group.sets for fault in one.faults for c in fault.contexts)


def test_a_277ca_of_others_is_read(ack: Path) -> None:
    (file,) = ack.glob("*277CA_rejected*")
    (batch,) = read_acknowledgments(file)
    assert isinstance(batch, ClaimBatch)
    (claim,) = batch.providers[0].patients[0].claims
    assert (batch.batch, claim.id, claim.refused, claim.bill_type) == ("11200001", "3920394930203", True, "731")
    assert [(s.category, s.code, s.entity) for s in claim.statuses] == [("A7", "562", "85")]


def test_a_997_is_read_as_a_999(ack: Path) -> None:
    (file,) = ack.glob("*staedi__x12__simple997.edi")
    answers = list(read_acknowledgments(file))
    assert any(isinstance(one, GroupAnswer) and one.sets for one in answers)


@pytest.mark.parametrize("stop", [40, 107, 150, 190, 230, 260])
def test_what_is_cut_off_says_as_much_as_is_there(stop: int, ack: Path) -> None:
    (file,) = ack.glob("*X231A1*")
    answers = list(read_acknowledgments(file.read_bytes()[:stop]))
    assert len(answers) <= 1

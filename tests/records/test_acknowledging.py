"""A judged source answered: which fault rejects what, what is repeated, what is left out."""

from __future__ import annotations

import io
import re
import tracemalloc
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from types import MappingProxyType

import pytest

import edi
from bench.claims import write_claims
from edi.errors import Problem
from edi.guides.validation import TransactionReport, judge
from edi.records import acknowledging
from edi.records.acknowledging import Acknowledgments, Files, acknowledge, write_acknowledgments
from edi.records.acknowledgment import GroupAnswer, InterchangeAnswer, SegmentFault
from edi.records.claim_acknowledgment import ClaimBatch, ClaimStatus
from edi.records.outgoing import numbers
from edi.records.received import read_acknowledgments
from edi.text.segments import read
from tests.drawing import every

ROOT = Path(__file__).parents[2]
STORY = ROOT / "testdata" / "story"
BATCH = (STORY / "claims" / "batch.837").read_bytes()
NOW = datetime(2026, 11, 25, 9, 30)
Found = Sequence[Problem | TransactionReport]


def answered(data: bytes, **options: bool) -> Acknowledgments:
    """The acknowledgments; each one that there is, is valid."""
    answers = acknowledge(data, control=1, created=NOW, **options)
    check(answers)
    return answers


def check(answers: Acknowledgments) -> None:
    for each in (answers.interchange, answers.functional, answers.claims):
        if each:
            assert edi.validate(each).problems == ()


def with_found(data: bytes, more: Iterable[Problem]) -> Acknowledgments:
    """As if judging had found more in the first transaction."""
    found: list[Problem | TransactionReport] = []
    judge(data, found.append, found.append)
    first = next(at for at, one in enumerate(found) if isinstance(one, TransactionReport))
    found[first:first] = more
    files = Files(io.BytesIO(), io.BytesIO(), io.BytesIO())
    write_acknowledgments(data, found, files, controls=numbers(1), created=NOW)
    kinds = (files.interchange, files.functional, files.claims)
    ta1, functional, claims = (file.getvalue() for file in kinds if isinstance(file, io.BytesIO))
    answers = Acknowledgments(interchange=ta1, functional=functional, claims=claims)
    check(answers)
    return answers


def ta1(answers: Acknowledgments) -> list[InterchangeAnswer]:
    return [one for one in read_acknowledgments(answers.interchange) if isinstance(one, InterchangeAnswer)]


def groups(answers: Acknowledgments) -> list[GroupAnswer]:
    return [one for one in read_acknowledgments(answers.functional) if isinstance(one, GroupAnswer)]


def batches(answers: Acknowledgments) -> list[ClaimBatch]:
    return [one for one in read_acknowledgments(answers.claims) if isinstance(one, ClaimBatch)]


def claims(answers: Acknowledgments) -> dict[str, ClaimStatus]:
    each = (patient for batch in batches(answers) for provider in batch.providers for patient in provider.patients)
    return {claim.id: claim for patient in each for claim in patient.claims}


def faults(answers: Acknowledgments) -> list[SegmentFault]:
    return [fault for group in groups(answers) for one in group.sets for fault in one.faults]


def at(data: bytes, text: bytes) -> int:
    """The byte at which some text of a file begins."""
    assert data.count(text) == 1
    return data.index(text)


def problem(data: bytes, text: bytes, **known: object) -> Problem:
    """An error of level 4 at the segment that begins so."""
    segment = text.split(b"*")[0].decode()
    made = Problem(code="made", message="Made up.", level=4, offset=at(data, text), segment=segment, transaction="0001")
    return replace(made, **known)  # type: ignore[arg-type]  # the caller names fields of a problem


# -- TA1 -----------------------------------------------------------------------------------------------------------------------


def test_a_ta1_comes_where_it_is_asked_for() -> None:
    assert answered(BATCH).interchange == b""
    (answer,) = ta1(answered(BATCH.replace(b"*0*T*:", b"*1*T*:")))
    assert (answer.control, answer.result, answer.note) == ("000000075", "A", "000")


def test_sender_and_receiver_change_places() -> None:
    isa = answered(BATCH).functional.split(b"~")[0].split(b"*")
    assert (isa[5:9], isa[15]) == ([b"ZZ", b"MEADOWLARK     ", b"ZZ", b"LARKSPUR       "], b"T")


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ((b"IEA*1*", b"IEA*2*"), "021"),
        ((b"IEA*1*000000075", b"IEA*1*000000076"), "001"),
        ((b"*00501*", b"*00001*"), "017"),
    ],
)
def test_a_bad_interchange_is_rejected_with_all_that_is_in_it(change: tuple[bytes, bytes], note: str) -> None:
    answers = answered(BATCH.replace(*change))
    (answer,) = ta1(answers)
    assert (answer.result, answer.note) == ("R", note)
    assert (answers.functional, answers.claims) == (b"", b"")


def test_a_file_that_is_cut_off_is_rejected() -> None:
    (answer,) = ta1(answered(BATCH[:4000]))
    assert (answer.result, answer.note) == ("R", "023")


def test_an_interchange_of_a_ta1_alone_is_not_answered() -> None:
    (asked,) = ta1(answered(BATCH.replace(b"*0*T*:", b"*1*T*:")))
    alone = answered(BATCH.replace(b"*0*T*:", b"*1*T*:")).interchange.replace(b"*0*T*:", b"*1*T*:")
    assert asked.result == "A"
    assert answered(alone) == Acknowledgments(interchange=b"", functional=b"", claims=b"")


def test_a_moment_that_is_none_is_not_repeated() -> None:
    assert b"TA1*000000075*261125*0930*R*015~" in answered(BATCH.replace(b"*261102*1700*^", b"*261102*9999*^")).interchange


# -- 999 -----------------------------------------------------------------------------------------------------------------------


def test_a_clean_group_is_accepted() -> None:
    (group,) = groups(answered(BATCH))
    assert (group.group, group.version, group.result) == ("HC", "005010X222A1", "A")
    assert (group.sent, group.received, group.accepted, group.codes) == (1, 1, 1, ())
    assert [(one.set, one.control, one.version, one.result) for one in group.sets] == [("837", "0001", group.version, "A")]


def test_a_bad_segment_rejects_its_set_and_is_told_with_its_claim() -> None:
    answers = answered(BATCH.replace(b"CLM*LO2003*84*", b"CLM*LO2003*8X4*"))
    (group,) = groups(answers)
    (one,) = group.sets
    assert (group.result, group.accepted, one.result, one.codes) == ("R", 0, "R", ("5",))
    (fault,) = one.faults
    (element,) = fault.elements
    assert (fault.segment, fault.loop, fault.code, fault.claim) == ("CLM", "2300", "8", "LO2003")
    assert (element.element, element.number, element.code, element.value) == (2, 782, "6", "8X4")
    assert answers.claims == b""


def test_faults_of_one_segment_go_together_and_of_the_guide_are_i5() -> None:
    data = BATCH.replace(b"CLM*LO2003*84***11:B:1*Y*A*Y*Y", b"CLM*LO2003*8X4***11:B:1*Y*Q*Y*Y")
    (fault,) = faults(answered(data))
    assert [(each.element, each.code) for each in fault.elements] == [(2, "6"), (7, "7")]


def test_a_missing_segment_has_no_elements() -> None:
    start = at(BATCH, b"HI*ABK:M1711~")
    data = BATCH[:start] + BATCH[BATCH.index(b"~", start) + 2 :]
    assert [(fault.segment, fault.code, fault.elements) for fault in faults(answered(data))] == [("HI", "3", ())]


def test_what_is_about_a_person_is_not_repeated_unless_asked() -> None:
    data = BATCH.replace(b"DMG*D8*19610412", b"DMG*D8*19611312")
    assert [each.value for fault in faults(answered(data)) for each in fault.elements] == [""]
    assert [each.value for fault in faults(answered(data, values=True)) for each in fault.elements] == ["19611312"]


def test_warnings_are_noted_and_do_not_reject() -> None:
    data = (ROOT / "testdata" / "278" / "request" / "warn" / "element-unused.edi").read_bytes()
    (group,) = groups(answered(data))
    assert (group.result, group.accepted, group.sets[0].result) == ("E", 1, "E")
    assert group.sets[0].faults


def test_a_bad_set_among_good_ones_makes_a_group_partly_accepted() -> None:
    one = BATCH[BATCH.index(b"ST*") : BATCH.index(b"\nGE*") + 1]
    bad = one.replace(b"*0001*", b"*0002*").replace(b"SE*273*0001", b"SE*274*0002")
    answers = answered(BATCH.replace(one, one + bad).replace(b"GE*1*", b"GE*2*"))
    (group,) = groups(answers)
    assert (group.result, group.received, group.accepted) == ("P", 2, 1)
    assert [(each.control, each.result, each.codes) for each in group.sets] == [("0001", "A", ()), ("0002", "R", ("4",))]
    assert len(batches(answers)) == 1


def test_a_bad_group_is_rejected_and_its_claims_are_not_answered() -> None:
    answers = answered(BATCH.replace(b"GE*1*75", b"GE*2*75"))
    (group,) = groups(answers)
    assert (group.result, group.sent, group.received, group.accepted, group.codes) == ("R", 2, 1, 0, ("5",))
    assert answers.claims == b""


def test_a_missing_ge_is_a_fault_of_its_own_group() -> None:
    other = BATCH[BATCH.index(b"GS*") : BATCH.index(b"IEA*")].replace(b"*75*X*", b"*76*X*").replace(b"GE*1*75", b"GE*1*76")
    data = BATCH.replace(b"GE*1*75~\n", other).replace(b"IEA*1*", b"IEA*2*")
    first, second = groups(answered(data))
    assert (first.control, first.result, first.codes) == ("75", "R", ("3",))
    assert (second.control, second.result, second.codes) == ("76", "A", ())


def test_a_transaction_without_a_guide_is_rejected() -> None:
    (group,) = groups(answered(BATCH.replace(b"005010X222A1", b"004010X098A1")))
    assert (group.result, group.sets[0].codes) == ("R", ("I6",))


def test_a_group_of_999s_is_not_answered() -> None:
    assert answered(answered(BATCH).functional).functional == b""


def test_a_group_that_a_999_cannot_name_is_not_answered() -> None:
    assert answered(BATCH.replace(b"GS*HC*", b"GS*PO*")).functional == b""


def test_what_called_for_a_segment_is_said() -> None:
    data = (STORY / "requests" / "approved.278").read_bytes()
    more = problem(data, b"UM*HS", x12=MappingProxyType({"999": "IK304=I6 CTX=UM/14/5-3"}), position=15, segment="REF")
    (fault,) = faults(with_found(data, [more]))
    (trigger,) = fault.contexts
    assert (fault.segment, fault.code) == ("REF", "I6")
    assert (trigger.segment, trigger.position, trigger.element, trigger.component) == ("UM", 14, 5, 3)


@pytest.mark.parametrize(
    ("name", "was", "becomes", "wanted", "trigger"),
    [
        ("approved", rb"UM.HS", b"UM*AR", ("DTP", "I6"), ("UM", 1)),
        ("approved", rb"UM.HS.I", b"UM*HS*1", ("UM", "8"), ("UM", 2)),
        ("dependent", rb"(NM1.QC[^~]*~\s*(?:N[34][^~]*~\s*)*)DMG[^~]*~\s*", rb"\1", ("DMG", "I6"), None),
    ],
    ids=["a segment", "an element", "no condition"],
)
def test_what_called_for_it_is_the_segment_that_the_rule_looks_at(
    name: str, was: bytes, becomes: bytes, wanted: tuple[str, str], trigger: tuple[str, int] | None
) -> None:
    data = re.sub(was, becomes, (STORY / "requests" / f"{name}.278").read_bytes(), count=1)
    fault = next(one for one in faults(answered(data)) if (one.segment, one.code) == wanted)
    told = [*fault.contexts, *(context for element in fault.elements for context in element.contexts)]
    assert [(one.segment, one.element) for one in told] == ([trigger] if trigger else [])
    place = data[: data.index(b"UM*")].count(b"~") - 1
    assert all((one.position, one.number) == (place, 1525 if one.element == 1 else 1322) for one in told)


def test_level_3_to_7_of_a_set_without_claims_are_in_the_999_where_it_has_a_code() -> None:
    data = (STORY / "requests" / "approved.278").read_bytes()
    plain = problem(data, b"UM*HS")
    coded = replace(plain, x12=MappingProxyType({"999": "IK304=8 IK403=7"}), position=15, element=1)
    assert groups(with_found(data, [plain]))[0].result == "A"
    assert groups(with_found(data, [coded]))[0].result == "R"


# -- 277CA ---------------------------------------------------------------------------------------------------------------------


def test_claims_without_a_fault_are_accepted() -> None:
    (batch,) = batches(answered(BATCH))
    told = claims(answered(BATCH))
    assert (batch.batch, batch.totals.taken, batch.totals.refused) == ("LOCB0033", 15, 0)
    assert batch.totals.amount_taken == sum(c.statuses[0].amount or 0 for c in told.values()) == 32556
    assert {(s.category, s.code, s.action) for c in told.values() for s in c.statuses} == {("A2", "20", "WQ")}
    assert list(told) == [claim.id for claim in edi.read_claims(BATCH)]


def test_a_claim_s_fault_refuses_that_claim() -> None:
    answers = with_found(BATCH, [problem(BATCH, b"CLM*LO2003*", claim="LO2003", element=2, level=3)])
    told, (batch,) = claims(answers), batches(answers)
    assert [claim.id for claim in told.values() if claim.refused] == ["LO2003"]
    (status,) = told["LO2003"].statuses
    assert (status.category, status.code, status.action, status.amount) == ("A8", "400", "U", 84)
    assert status.text == "Made up."
    assert (batch.totals.taken, batch.totals.refused, batch.totals.amount_refused) == (14, 1, 84)
    assert batch.refused
    (provider,) = batch.providers
    assert provider.totals == batch.totals


def test_a_level_s_fault_refuses_all_claims_below_it() -> None:
    of_provider = problem(BATCH, b"NM1*85*", element=9, level=5)
    told = claims(with_found(BATCH, [of_provider]))
    assert all(claim.refused for claim in told.values())
    assert {(s.category, s.code, s.entity) for c in told.values() for s in c.statuses} == {("A7", "562", "85")}
    of_subscriber = problem(BATCH, b"NM1*IL*1*THISTLE", element=9)
    told = claims(with_found(BATCH, [of_subscriber]))
    assert [(claim.id, claim.statuses[0].code) for claim in told.values() if claim.refused] == [
        ("LO2002", "164"),
        ("LO2003", "164"),
    ]


def test_what_a_claim_lacks_is_its_own_though_it_is_said_of_what_follows() -> None:
    behind = BATCH.index(b"HL*", at(BATCH, b"CLM*LO2003*"))
    lacks = Problem(code="line-missing", message="It lacks a line.", level=4, claim="LO2003", segment="LX", offset=behind)
    told = claims(with_found(BATCH, [lacks]))
    assert [claim.id for claim in told.values() if claim.refused] == ["LO2003"]
    assert told["LO2003"].statuses[0].category == "A6"


@pytest.mark.parametrize(
    ("text", "element", "component", "expected"),
    [
        (b"HI*ABK:M1711", 1, 2, "254"),
        (b"REF*G1*NPR", 2, None, "48"),
    ],
)
def test_the_status_fits_the_place(text: bytes, element: int | None, component: int | None, expected: str) -> None:
    start = at(BATCH, text)
    fault = Problem(
        code="made", message="Made up.", level=5, segment=text.split(b"*")[0].decode(), offset=start, element=element,
        component=component,
    )  # fmt: skip
    refused = [claim for claim in claims(with_found(BATCH, [fault])).values() if claim.refused]
    assert [claim.statuses[0].code for claim in refused] == [expected]


def test_a_line_s_fault_refuses_its_claim_and_is_told_at_the_line() -> None:
    told = claims(with_found(BATCH, [problem(BATCH, b"SV1*HC:23430", claim="LO2005", element=1, component=2, level=5)]))
    (claim,) = (claim for claim in told.values() if claim.refused)
    assert [(s.category, s.code, s.text) for s in claim.statuses] == [("A7", "247", "Made up.")]
    (line,) = claim.lines
    (sent,) = (line for one in edi.read_claims(BATCH) for line in one.lines if line.procedure and line.procedure.code == "23430")
    assert (line.procedure[:2], line.amount, line.control) == (("HC", "23430"), sent.charge, sent.control_number)
    assert [(s.category, s.code, s.action) for s in line.statuses] == [("A7", "454", "U")]


def test_what_is_wrong_with_a_line_s_first_segment_is_told_at_the_line() -> None:
    start = BATCH.index(b"LX*1~", at(BATCH, b"CLM*LO2005"))
    wrong = Problem(code="made", message="Made up.", level=5, offset=start, segment="LX", claim="LO2005", transaction="0001")
    (claim,) = (claim for claim in claims(with_found(BATCH, [wrong])).values() if claim.refused)
    assert [line.procedure[:2] for line in claim.lines] == [("HC", "29881")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", b""),
        (b"\n", b""),
        (b"~", b"~\r\n"),
        (b"\nSV1", b"\nSV9~\nSV1"),
        (b"\nSE*", b"\nISA~SE*"),
        (b"\nN3*", b"\nN3*ISA*00*"),
    ],
)
def test_what_says_nothing_is_passed_over(old: bytes, new: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [path for path in sorted((ROOT / "testdata").rglob("*")) if path.suffix in (".837", ".278", ".835")]
    assert len(paths) > 50
    for path in [*paths[:: every(1)], *(path for path in paths if path.parent.name == "odd")]:
        data = path.read_bytes().replace(old, new) if old else path.read_bytes()
        with monkeypatch.context() as patched:
            patched.setattr(acknowledging, "read_marked", lambda source, _: read(source))
            expected = acknowledge(data, control=1, created=NOW)
        assert acknowledge(data, control=1, created=NOW) == expected, path


def test_a_dependent_is_told_with_the_subscriber_s_number() -> None:
    data = (STORY / "claims" / "dependent.837").read_bytes()
    (batch,) = batches(answered(data))
    (patient,) = batch.providers[0].patients
    (claim,) = edi.read_claims(data)
    assert (patient.patient.first_name, patient.patient.member_id) == (claim.patient.first_name, claim.subscriber.member_id)


def test_each_billing_provider_has_his_own_totals(tmp_path: Path) -> None:
    path = tmp_path / "two.837"
    write_claims(path, claims=60, seed=2)
    data = path.read_bytes()
    (batch,) = batches(answered(data))
    expected: dict[str, int] = {}
    for claim in edi.read_claims(data):
        expected[claim.billing.npi] = expected.get(claim.billing.npi, 0) + 1
    assert {provider.provider.npi: provider.totals.taken for provider in batch.providers} == expected


def test_claims_are_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "many.837"
    write_claims(path, claims=3_000, seed=1)
    found: list[Problem | TransactionReport] = []
    judge(path, found.append, found.append)
    with (tmp_path / "a").open("w+b") as a, (tmp_path / "b").open("w+b") as b, (tmp_path / "c").open("w+b") as c:
        tracemalloc.start()
        write_acknowledgments(path, found, Files(a, b, c), controls=numbers(1), created=NOW)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 4 << 20  # a piece of the file and of a temporary one; the claims would be more


# -- odd inputs ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"no X12 at all", BATCH[BATCH.index(b"GS*") :]], ids=["empty", "blank", "text", "no-isa"]
)
def test_what_is_no_interchange_is_not_answered(data: bytes) -> None:
    assert answered(data) == Acknowledgments(interchange=b"", functional=b"", claims=b"")


def test_each_of_two_interchanges_is_answered() -> None:
    bad = BATCH.replace(b"000000075", b"000000076").replace(b"IEA*1*", b"IEA*3*")
    answers = answered(BATCH + bad)
    assert [(answer.control, answer.result) for answer in ta1(answers)] == [("000000076", "R")]
    assert [group.control for group in groups(answers)] == ["75"]
    assert len(batches(answers)) == 1
    both = answered(BATCH + BATCH.replace(b"000000075", b"000000076"))
    assert len(groups(both)) == len(batches(both)) == 2


def test_bytes_that_are_no_text_are_not_repeated() -> None:
    data = BATCH.replace(b"CLM*LO2003*84*", b"CLM*LO2003*8\xff\x004*")
    (fault,) = faults(answered(data))
    assert [each.value for each in fault.elements] == [""]


def test_a_segment_without_an_end_rejects_the_interchange() -> None:
    start = at(BATCH, b"CLM*LO2003*")
    answers = answered(BATCH[:start] + b"NTE*ADD*" + b"X" * (2 << 20) + b"~\n" + BATCH[start:])
    assert [(answer.result, answer.note) for answer in ta1(answers)] == [("R", "022")]
    assert answers.functional == b""


def test_what_looks_like_a_transaction_in_binary_data_is_none() -> None:
    binary = b"GS*PI*A1*B1*20260101*1200*9*X*005010~ST*275*0001~BIN*15*A~ST*837*9999~B~SE*3*0001~GE*1*9~\n"
    start = at(BATCH, b"GS*HC")
    data = (BATCH[:start] + binary + BATCH[start:]).replace(b"IEA*1*", b"IEA*2*")
    answers = answered(data.replace(b"CLM*LO2003*84*", b"CLM*LO2003*8X4*"))
    assert [(group.control, group.result) for group in groups(answers)] == [("75", "R")]


def test_a_source_that_is_not_what_was_judged_is_not_answered() -> None:
    found: list[Problem | TransactionReport] = []
    judge(BATCH, found.append, found.append)
    files = Files(io.BytesIO(), io.BytesIO(), io.BytesIO())
    for other in (BATCH.replace(b"ST*837*0001", b"ST*837*0002"), BATCH[: BATCH.index(b"ST*")]):
        with pytest.raises(edi.SourceError, match="not what was judged"):
            write_acknowledgments(other, found, files, controls=numbers(1), created=NOW)


def test_a_claim_whose_number_cannot_be_repeated_is_not_named() -> None:
    (fault, *_) = faults(answered(BATCH.replace(b"CLM*LO2003*84*", b"CLM*\xff*8X4*")))
    assert (fault.segment, fault.claim) == ("CLM", "")


def test_other_delimiters_are_kept() -> None:
    data = BATCH.translate(bytes.maketrans(b"*:~^", b"|>!^"))
    answers = answered(data)
    assert answers.functional.startswith(b"ISA|00|")
    assert len(claims(answers)) == 15


@pytest.mark.parametrize("control", [b"1", b"", b"ABC", b"12345678901"])
def test_control_numbers_that_are_none_make_no_bad_answer(control: bytes) -> None:
    data = BATCH.replace(b"ST*837*0001", b"ST*837*" + control).replace(b"*75*X*", b"*" + control + b"*X*")
    assert len(groups(answered(data))) == 1


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_wrong_the_answer_is_valid(seed: int) -> None:
    random = Random(seed)
    names = ("claims/dependent.837", "requests/approved.278", "responses/denied.278", "remittances/refused.835")
    data = (STORY / random.choice(names)).read_bytes()
    for _ in range(15):
        segments = data.split(b"~")
        at = random.randrange(len(segments))
        elements = segments[at].split(b"*")
        elements[random.randrange(len(elements))] = random.choice(
            (b"", b" ", b"X" * 120, b"12", b"\xff\x00", b"A:B:C", b"20261399")
        )
        segments[at : at + 1] = random.choice(([], [b"*".join(elements)], [segments[at]] * 2))
        answers = answered(b"~".join(segments), values=bool(seed % 2))
        for each in (answers.interchange, answers.functional, answers.claims):
            assert not each or list(read_acknowledgments(each))


@pytest.mark.parametrize("seed", range(10))
def test_wherever_a_claim_is_at_fault_the_answer_is_valid_and_counts_right(seed: int) -> None:
    random = Random(seed)
    first, last = BATCH.index(b"BHT*"), BATCH.index(b"\nSE*")
    starts = [at for at in range(first, last) if BATCH[at - 2 : at] == b"~\n"]
    more = []
    for offset in sorted(random.sample(starts, 12)):
        segment = BATCH[offset : BATCH.index(b"*", offset)].decode()
        place = {"element": random.choice((None, 1, 2, 9)), "component": random.choice((None, 1, 2))}
        level, code = random.randint(3, 7), random.choice(("made", "made-missing"))
        more.append(Problem(code=code, message="Made: up*.", level=level, segment=segment, offset=offset, **place))
    answers = with_found(BATCH, more)
    (batch,) = batches(answers)
    told = list(claims(answers).values())
    assert (batch.totals.taken, batch.totals.refused) == (sum(not c.refused for c in told), sum(c.refused for c in told))
    assert batch.totals.taken + batch.totals.refused == 15

"""The same remittance in another envelope is the same money: kept once, counted once, and told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edi.ledger import Ledger
from edi.ledger.payments.matched import Matched

Open = Callable[[], Ledger]
STORY = Path(__file__).parents[2] / "testdata" / "story"
BATCH = (STORY / "remittances" / "batch.835").read_bytes()
CLAIMS = STORY / "claims" / "batch.837"
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def enveloped_anew(data: bytes) -> bytes:
    """The same content under other control numbers, at another moment."""
    data = data[:70] + b"261231*2359" + data[81:90] + b"000000999" + data[99:]
    data = re.sub(rb"IEA\*1\*\d{9}", b"IEA*1*000000999", data)
    data = re.sub(rb"ST\*835\*\d+", b"ST*835*7777", data)
    data = re.sub(rb"(SE\*\d+\*)\d+", rb"\g<1>7777", data)
    data = re.sub(rb"(GS\*HP(?:\*[^*]*){4}\*)\d+", rb"\g<1>555", data)
    return re.sub(rb"GE\*1\*\d+", b"GE*1*555", data)


def delimited_anew(data: bytes) -> bytes:
    assert not set(b"|>\x1d!") & set(data)
    return data.replace(b"\n", b"").translate(bytes.maketrans(b"*:~", b"|>!"))


def told(found: Matched) -> list[tuple[Any, ...]]:
    return sorted((finding.claim, finding.line, finding.codes, finding.amount, finding.cause) for finding in found.findings)


@pytest.mark.parametrize("again", [enveloped_anew, delimited_anew, lambda data: delimited_anew(enveloped_anew(data))])
def test_a_copy_is_told_and_changes_nothing(open_ledger: Open, again: Callable[[bytes], bytes]) -> None:
    copy = again(BATCH)
    assert copy != BATCH
    with open_ledger() as ledger:
        ledger.take(CLAIMS, now=NOW)
        first = ledger.match(BATCH, now=NOW)
        before = ledger.status()
        taken = ledger.take(copy, now=NOW)
        assert taken.payments == 0
        assert "LEDGER-REMITTANCE" in {problem.code for problem in taken.problems}
        after = ledger.status()
        assert (after.payments, after.findings, after.work) == (before.payments, before.findings, before.work)
        for _ in range(2):
            found = ledger.match(copy, now=NOW)
            assert (told(found), found.payments) == (told(first), first.payments), (
                "asked about the copy, the answer is the first's"
            )


def test_a_copy_of_a_copy(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        first = ledger.match(BATCH, now=NOW)
        ledger.take(enveloped_anew(BATCH), now=NOW)
        third = delimited_anew(enveloped_anew(BATCH))
        assert ledger.match(third, now=NOW).payments == first.payments
        assert ledger.status().payments == first.payments


def test_twice_in_one_interchange(open_ledger: Open) -> None:
    start, stop = BATCH.index(b"\nST*") + 1, BATCH.index(b"\nGE*") + 1
    second = re.sub(rb"(SE\*\d+\*)\d+", rb"\g<1>7777", re.sub(rb"ST\*835\*\d+", b"ST*835*7777", BATCH[start:stop]))
    twice = BATCH[:stop] + second + BATCH[stop:].replace(b"GE*1*", b"GE*2*")
    with open_ledger() as ledger:
        assert ledger.take(twice, now=NOW).payments == BATCH.count(b"\nCLP*")


def test_what_was_cut_off_and_then_comes_whole_counts_once(open_ledger: Open) -> None:
    many = BATCH.count(b"\nCLP*")
    cut = BATCH[: [match.start() for match in re.finditer(rb"\nCLP\*", BATCH)][many // 2]]
    with open_ledger() as ledger:
        assert ledger.take(cut, now=NOW).payments == 0
        taken = ledger.take(BATCH, now=NOW)
        assert taken.payments == many
        assert {"LEDGER-CONTROL"} == {problem.code for problem in taken.problems}
        assert ledger.status().payments == many
        assert ledger.match(BATCH, now=NOW).payments == many


@pytest.mark.parametrize(
    ("change", "codes", "payments"),
    [
        ((rb"TRN\*1\*[^*]*", b"TRN*1*ANOTHER"), set(), 16),
        ((rb"(TRN\*1\*[^*]*\*)[^*~]*", rb"\g<1>1999999999"), set(), 16),
        ((rb"N1\*PE(\*[^*]*)\*XX\*\d+", rb"N1*PE\g<1>*XX*1999990025"), set(), 16),
        ((rb"(BPR\*I\*)[\d.]+", rb"\g<1>1.23"), {"LEDGER-TRACE"}, 0),
        ((rb"DTM\*405\*\d+", b"DTM*405*20261117"), {"LEDGER-TRACE"}, 0),
        ((rb"PER\*CX\*[^*]*", b"PER*CX*ANOTHER DESK"), {"LEDGER-TRACE"}, 0),
        ((rb"CLP\*LO2001\*", b"CLP*LO2991*"), {"LEDGER-TRACE"}, 1),
    ],
    ids=[
        *("another trace", "another payer", "another payee", "another amount", "another day", "another desk"),
        "one payment differs",
    ],
)
def test_what_is_another_remittance_is_taken(
    open_ledger: Open, change: tuple[bytes, bytes], codes: set[str], payments: int
) -> None:
    other, changed = re.subn(*change, enveloped_anew(BATCH), count=1)
    assert changed
    assert BATCH.count(b"\nCLP*") == 16
    with open_ledger() as ledger:
        ledger.take(BATCH, now=NOW)
        taken = ledger.take(other, now=NOW)
        assert taken.payments == payments
        assert {problem.code for problem in taken.problems if problem.code.startswith("LEDGER")} == codes


HEAD = BATCH[: BATCH.index(b"CLP*")]
LOOPS = re.findall(rb"CLP\*.*?(?=CLP\*|PLB\*|SE\*)", BATCH, re.DOTALL)
TAIL = BATCH[BATCH.index(b"\nSE*") + 1 :]


def made(number: int, *loops: bytes, beside: bytes = b"") -> bytes:
    """A remittance of the batch's trace, payer and payee with these payments, under control numbers of its own."""
    segments = (HEAD + b"".join(loops) + beside)[HEAD.index(b"ST*") :]
    tail = re.sub(rb"SE\*\d+", b"SE*%d" % (segments.count(b"~") + 1), TAIL)
    one = HEAD[: HEAD.index(b"ST*")] + segments + tail
    return re.sub(rb"(?<=IEA\*1\*)\d{9}|(?<=\*\^\*00501\*)\d{9}", b"%09d" % number, one)


def corrected(loop: bytes) -> bytes:
    """The same claim, denied for another reason."""
    assert b"*197*" in loop
    return loop.replace(b"*197*", b"*198*")


DENIED = next(loop for loop in LOOPS if b"CAS*CO*197*84" in loop)
PAID = next(loop for loop in LOOPS if b"*197*" not in loop and loop != DENIED)
BESIDE = b"PLB*1999990017*20261231*WO:OLD1*50*L6:PA2*-5~\n"


def answer(ledger: Ledger, data: bytes) -> tuple[int, list[tuple[Any, ...]], list[str]]:
    found = ledger.match(data, now=NOW)
    return found.payments, told(found), [f"{one.code} {one.payer_claim} {one.amount}" for one in found.recouped]


def test_a_corrected_remittance_tells_of_its_own_and_not_of_what_it_corrects(open_ledger: Open) -> None:
    """Neither does a copy of it, which says again what two others brought."""
    first, second = made(901, PAID, DENIED), made(902, PAID, corrected(DENIED))
    with open_ledger() as ledger:
        payments, denied, _ = answer(ledger, first)
        assert (payments, [codes[0] for _, _, codes, *_ in denied]) == (2, ["CO-197"])
        for again in (second, made(903, PAID, corrected(DENIED)), second, made(904, PAID, corrected(DENIED))):
            payments, denied, _ = answer(ledger, again)
            assert (payments, [codes[0] for _, _, codes, *_ in denied]) == (2, ["CO-198"])
        assert answer(ledger, first)[0] == 2
        assert ledger.status().payments == 3


def test_what_a_second_part_repeats_is_known_whichever_part_brought_it(open_ledger: Open) -> None:
    one, two, three = LOOPS[:3]
    parts = made(901, one), made(902, two), made(903, one, two, three), made(904, two, three)
    with open_ledger() as ledger:
        assert [ledger.take(part, now=NOW).payments for part in parts] == [1, 1, 1, 0]
        assert [answer(ledger, part)[0] for part in parts] == [1, 1, 3, 2]
        assert ledger.status().payments == 3


def test_parts_in_one_interchange_repeat_each_other(open_ledger: Open) -> None:
    one, two, three = LOOPS[:3]
    first, second = made(901, one, two), made(901, two, three)
    end = first.index(b"\nGE*") + 1
    other = re.sub(rb"(?<=ST\*835\*)\d+|(?<=SE\*..\*)\d+", b"7777", second[second.index(b"ST*") : second.index(b"\nGE*") + 1])
    both = first[:end] + other + first[end:].replace(b"GE*1*", b"GE*2*")
    with open_ledger() as ledger:
        assert ledger.take(both, now=NOW).payments == 3
        assert answer(ledger, both)[0] == 3


def test_what_is_taken_back_beside_claims_is_told_of_a_copy_and_counted_once(open_ledger: Open) -> None:
    first, more = made(901, PAID, beside=BESIDE), made(902, PAID, DENIED, beside=b"PLB*1999990017*20261231*CS:OLD2*7~\n" + BESIDE)
    with open_ledger() as ledger:
        assert ledger.take(first, now=NOW).provider_adjustments == 2
        taken = ledger.take(more, now=NOW)
        assert (taken.payments, taken.provider_adjustments) == (1, 1)
        for _ in range(2):
            assert answer(ledger, made(903, PAID, beside=BESIDE))[2] == answer(ledger, first)[2] == ["WO OLD1 50"]
            assert answer(ledger, more)[2] == ["WO OLD1 50", "CS OLD2 7"]


def test_a_claim_that_is_told_otherwise_under_one_trace_is_charged_once(open_ledger: Open) -> None:
    number = DENIED.split(b"*")[1].decode()
    with open_ledger() as ledger:
        ledger.take(made(901, PAID, DENIED), now=NOW)
        ledger.take(made(902, PAID, corrected(DENIED)), now=NOW)
        (account,) = ledger.account(number)
        assert str(account.charge) == DENIED.split(b"*")[3].decode()
        assert [one.reason for each in account.adjustments.values() for one in each] == ["198"]

"""The same remittance in another envelope is the same money: kept once, counted once, and told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

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


def told(found: Matched) -> list[tuple[object, ...]]:
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
        ((rb"(BPR\*I\*)[\d.]+", rb"\g<1>1.23"), {"LEDGER-TRACE"}, 16),
        ((rb"CLP\*LO2001\*", b"CLP*LO2991*"), {"LEDGER-TRACE"}, 1),
    ],
    ids=["another trace", "another payer", "another payee", "another amount", "one payment differs"],
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

"""Files taken into the ledger: once each, all of it or nothing, what they are seen from their sets."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edi.errors import INFO, WARNING, SourceError
from edi.ledger import Ledger
from edi.ledger.taking import Taken

Open = Callable[[], Ledger]
STORY = Path(__file__).parents[2] / "testdata" / "story"
REQUEST = STORY / "requests" / "approved.278"
RESPONSE = STORY / "responses" / "approved.278"
COMPLETE = STORY / "responses" / "surgeon-and-assistant.278"
CLAIM = STORY / "claims" / "number-right.837"
REMITTANCE = STORY / "remittances" / "paid.835"
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def counts(taken: Taken) -> tuple[int, int, int, int]:
    return taken.requests, taken.responses, taken.claims, taken.payments


def test_what_a_file_is_is_seen_from_its_sets(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        found = [ledger.take(file, now=NOW) for file in (REQUEST, RESPONSE, CLAIM, REMITTANCE)]
        status = ledger.status()
    assert [counts(taken) for taken in found] == [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)]
    assert all(taken.clean for taken in found)
    assert (status.interchanges, status.authorizations, status.claims, status.payments) == (4, 1, 1, 1)


def test_the_same_file_again_changes_nothing(open_ledger: Open, tmp_path: Path) -> None:
    files = (REQUEST, RESPONSE, CLAIM, REMITTANCE)
    with open_ledger() as ledger:
        for file in files:
            ledger.take(file, now=NOW)
        before = (ledger.status(), ledger.authorization("MLK26090101"))
        again = [ledger.take(file, now=NOW) for file in files]
        renamed = tmp_path / "renamed.278"
        renamed.write_bytes(RESPONSE.read_bytes().rstrip() + b"\r\n\r\n")
        again.append(ledger.take(renamed, now=NOW))
        assert (ledger.status(), ledger.authorization("MLK26090101")) == before
    assert all(taken.clean and taken.interchanges[0].known for taken in again)
    assert [problem.severity for taken in again for problem in taken.problems] == [INFO] * 5
    assert {counts(taken) for taken in again} == {(0, 0, 0, 0)}


@pytest.mark.parametrize("order", [(REQUEST, RESPONSE), (RESPONSE, REQUEST)], ids=["request first", "response first"])
def test_request_and_response_are_joined_in_either_order(open_ledger: Open, order: tuple[Path, ...]) -> None:
    with open_ledger() as ledger:
        for file in order:
            ledger.take(file, now=NOW)
        (life,) = ledger.authorization("MLK26090101")
        assert [event.kind for event in life.events] == ["requested", "answered"]
        assert life.held.patient == "BRAMBLE, SAGE"
        assert not life.held.awaiting


def test_a_response_without_its_request_is_kept_and_used(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        assert ledger.take(COMPLETE, now=NOW).clean
        surgeon, _ = ledger.link(STORY / "claims" / "surgeon-and-assistant.837").claims
    assert (surgeon.verdict.value, surgeon.authorization, surgeon.written) == ("linked", "MLK26091301", True)


def test_a_request_without_answer_is_pending(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        ledger.take(REQUEST, now=NOW)
        (held,) = ledger.authorizations(pending=True)
    assert held.decision == "unanswered"


def test_an_imported_claim_counts_as_sent_and_uses_units(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        for file in (CLAIM, REQUEST, RESPONSE):
            ledger.take(file, now=NOW)
        (life,) = ledger.authorization("MLK26090101")
    assert [(use.claim, use.role) for use in life.uses] == [("LO1002", "professional")]


def test_linking_reserves_once_and_checking_keeps_nothing(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        ledger.take(COMPLETE, now=NOW)
        before = ledger.status()
        assert ledger.check(STORY / "claims" / "surgeon-and-assistant.837").claims[0].written
        assert ledger.status() == before
        for _ in range(2):
            assert ledger.link(STORY / "claims" / "surgeon-and-assistant.837").claims[0].written
        assert ledger.status() == replace(before, reserved=2)


def test_a_known_control_number_with_other_content_is_taken_and_warned_of(open_ledger: Open) -> None:
    data = RESPONSE.read_bytes()
    other = (STORY / "responses" / "denied.278").read_bytes()
    same_number = other.replace(other[90:99], data[90:99])
    with open_ledger() as ledger:
        ledger.take(data, now=NOW)
        taken = ledger.take(same_number, now=NOW)
        assert ledger.status().authorizations == 2
    assert counts(taken) == (0, 1, 0, 0)
    assert [(problem.code, problem.severity) for problem in taken.problems] == [("LEDGER-CONTROL", WARNING)]
    assert not taken.clean


@pytest.mark.parametrize(("first", "second"), ["TP", "PT"], ids=["tests", "production"])
def test_tests_and_production_never_mix(open_ledger: Open, first: str, second: str) -> None:
    def of(usage: str, path: Path) -> bytes:
        return path.read_bytes().replace(b"*0*T*:~", f"*0*{usage}*:~".encode(), 1)

    with open_ledger() as ledger:
        assert ledger.take(of(first, REQUEST), now=NOW).clean
        before = ledger.status()
        taken = ledger.take(of(second, RESPONSE), now=NOW)
        assert (ledger.status(), counts(taken)) == (before, (0, 0, 0, 0))
        assert ledger.take(of(first, RESPONSE), now=NOW).clean
    (problem,) = taken.problems
    assert (problem.code, problem.severity) == ("LEDGER-USAGE", "error")
    assert problem.message.endswith("it needs a ledger of its own.")


def test_several_interchanges_in_one_file_are_taken_each_once(open_ledger: Open, tmp_path: Path) -> None:
    file = tmp_path / "all.edi"
    with open_ledger() as ledger:
        ledger.take(RESPONSE, now=NOW)
        file.write_bytes(b"".join(path.read_bytes() for path in (REQUEST, RESPONSE, CLAIM, REMITTANCE)))
        taken = ledger.take(file, now=NOW)
    assert counts(taken) == (1, 0, 1, 1)
    assert [interchange.known for interchange in taken.interchanges] == [False, True, False, False]
    assert [interchange.sets for interchange in taken.interchanges] == [("278",), ("278",), ("837",), ("835",)]


def test_a_stream_that_cannot_be_read_twice_is_taken(open_ledger: Open) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: Any) -> int:
            raise io.UnsupportedOperation

    with open_ledger() as ledger:
        assert counts(ledger.take(Pipe(RESPONSE.read_bytes()), now=NOW)) == (0, 1, 0, 0)


def test_without_a_clock_the_interchange_says_when(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        ledger.take(RESPONSE)
        (life,) = ledger.authorization("MLK26090101")
    sent = RESPONSE.read_bytes()
    stamp = datetime.strptime(f"{sent[70:76].decode()} {sent[77:81].decode()} +0000", "%y%m%d %H%M %z")
    assert [event.recorded_at for event in life.events] == [stamp]


def test_a_set_that_is_not_kept_is_a_problem(open_ledger: Open) -> None:
    data = REMITTANCE.read_bytes().replace(b"ST*835*", b"ST*820*").replace(b"GS*HP*", b"GS*RA*")
    with open_ledger() as ledger:
        taken = ledger.take(data, now=NOW)
        assert ledger.status().interchanges == 0
    assert "LEDGER-SET" in {problem.code for problem in taken.problems}
    assert not taken.clean


@pytest.mark.parametrize("data", [b"", b"Dear payer, please send money.", b"ISA*00*", RESPONSE.read_bytes()[:60]])
def test_what_is_no_x12_is_a_problem_and_nothing_is_kept(open_ledger: Open, data: bytes) -> None:
    with open_ledger() as ledger:
        taken = ledger.take(data, now=NOW)
        assert ledger.status().interchanges == 0
    assert taken.problems
    assert not taken.clean


@pytest.mark.parametrize("file", ["claims/batch.837", "remittances/batch.835"])
def test_nothing_is_taken_of_a_transaction_that_is_cut_off(open_ledger: Open, file: str) -> None:
    data = (STORY / file).read_bytes()
    with open_ledger() as ledger:
        taken = ledger.take(data[: len(data) // 2], now=NOW)
        assert (ledger.status().claims, ledger.status().payments) == (0, 0)
    (cut,) = (problem for problem in taken.problems if problem.code == "LEDGER-CUT")
    assert (cut.segment, cut.offset) == ("ST", data.index(b"ST*"))
    assert cut.transaction == "0001"


def test_half_a_number_is_no_number(open_ledger: Open) -> None:
    data = RESPONSE.read_bytes()
    with open_ledger() as ledger:
        ledger.take(REQUEST, now=NOW)
        for stop in range(data.index(b"HCR*A1*") + len(b"HCR*A1*MLK"), data.index(b"SE*")):
            ledger.take(data[:stop], now=NOW)
        assert [a.number for a in ledger.authorizations()] == [""]
        ledger.take(RESPONSE, now=NOW)
        assert [a.number for a in ledger.authorizations()] == ["MLK26090101"]


def test_what_stands_whole_before_a_transaction_that_is_cut_off_is_taken(open_ledger: Open) -> None:
    data = (STORY / "claims" / "batch.837").read_bytes()
    with open_ledger() as ledger:
        taken = ledger.take(CLAIM.read_bytes() + data[: len(data) // 2], now=NOW)
        assert ledger.status().claims == 1
        assert not taken.clean
        whole = ledger.take(data, now=NOW)
    assert whole.claims == 15
    assert [problem.code for problem in whole.problems] == ["LEDGER-CONTROL"]


def test_a_file_that_cannot_be_read_is_an_error(open_ledger: Open, tmp_path: Path) -> None:
    with open_ledger() as ledger, pytest.raises(SourceError):
        ledger.take(tmp_path / "no-such-file.278", now=NOW)


@pytest.mark.parametrize("place", ["edi.ledger.storing.Writer.claims", "edi.ledger.using.decide_one"])
def test_a_crash_in_the_middle_leaves_the_ledger_whole(open_ledger: Open, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """The second file of claims fails after the first: nothing of it stays, and it can be taken again."""
    batch = STORY / "claims" / "batch.837"

    def fail(*_: Any, **__: Any) -> Any:
        raise MemoryError

    with open_ledger() as ledger:
        ledger.take(RESPONSE, now=NOW)
        before = ledger.status()
        with monkeypatch.context() as patched:
            patched.setattr(place, fail)
            with pytest.raises(MemoryError):
                ledger.take(batch, now=NOW)
        assert ledger.status() == before
        assert ledger.take(batch, now=NOW).claims == 15
    with open_ledger() as ledger:
        assert ledger.status().claims == 15

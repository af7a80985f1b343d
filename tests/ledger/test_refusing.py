"""TA1 and 999 about a 278 that was sent: what is rejected was never processed, and is work until it is sent again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import text

from edi.ledger import Ledger
from edi.ledger.database import Database
from edi.ledger.taking import Taken

Open = Callable[[], Ledger]
STORY = Path(__file__).parents[2] / "testdata" / "story"
REQUEST = (STORY / "requests" / "approved.278").read_bytes()
RESPONSE = (STORY / "responses" / "approved.278").read_bytes()
INQUIRY = (STORY / "notices" / "still-pended-inquiry.278").read_bytes()
NOTIFICATION = (STORY / "notices" / "admission.278").read_bytes()
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
REJECTED = ("rejected", False)
WAITING = ("unanswered", True)


def sent_again(data: bytes, control: int, *, mended: bool = False, day: str = "260902") -> bytes:
    """The same 278 under another control number; `mended`: its BHT04 is another too, as of what was made anew."""
    again = data[:70] + day.encode() + data[76:90] + b"%09d" % control + data[99:]
    again = re.sub(rb"IEA\*1\*\d{9}", b"IEA*1*%09d" % control, again)
    again = re.sub(rb"(GS\*HI\*[^*]*\*[^*]*\*)\d+\*(\d+)\*\d+", rb"\g<1>20%s*\g<2>*%d" % (day.encode(), control), again)
    again = re.sub(rb"GE\*1\*\d+", b"GE*1*%d" % control, again)
    return re.sub(rb"(BHT\*[^*]*\*[^*]*\*[^*]*\*)\d+", rb"\g<1>20" + day.encode(), again) if mended else again


def answer(sent: bytes, body: str, at: str, control: int = 900, *, group: bool = True) -> bytes:
    """An interchange from the receiver of a 278 to its sender."""
    isa = sent[:106].decode().split("*")
    head = f"ISA*00*          *00*          *ZZ*{isa[8]}*ZZ*{isa[6]}*{at}*0800*^*00501*{control:09}*0*T*:~"
    whole = f"GS*FA*PAYER*US*20{at}*0800*{control}*X*005010X231A1~{body}GE*1*{control}~" if group else body
    return f"{head}{whole}IEA*{int(group)}*{control:09}~".encode()


def ta1(sent: bytes, result: str, at: str = "260905") -> bytes:
    isa = sent[:106].decode().split("*")
    return answer(sent, f"TA1*{isa[13]}*{isa[9]}*{isa[10]}*{result}*{'024' if result == 'R' else '000'}~", at, group=False)


def group(sent: bytes, result: str, at: str = "260905", *, control: int = 901, sets: str | None = None) -> bytes:
    """A 999; `sets`: what it says of each set, else the first has the result of the group."""
    gs = re.search(rb"GS\*HI\*[^*]*\*[^*]*\*[^*]*\*[^*]*\*(\d+)\*X\*(\w+)", sent)
    assert gs
    number, version = gs[1].decode(), gs[2].decode()
    own = f"AK2*278*0001*{version}~IK5*{result}{'*5' if result == 'R' else ''}~"
    body = f"AK1*HI*{number}*{version}~{own if sets is None else sets}AK9*{result}*1*1*{int(result != 'R')}~"
    return answer(sent, f"ST*999*0001*005010X231A1~{body}SE*{body.count('~') + 2}*0001~", at, control)


def take(ledger: Ledger, *files: bytes) -> list[Taken]:
    return [ledger.take(data, now=NOW) for data in files]


def stands(ledger: Ledger, number: str = "LOT0001") -> tuple[str, bool]:
    (life,) = ledger.authorization(number)
    return life.held.decision, life.held.awaiting


def actions(ledger: Ledger) -> list[tuple[str, str]]:
    return [(item.reason, item.action) for item in ledger.worklist(TODAY) if item.kind == "request"]


@pytest.mark.parametrize(
    ("said", "by"),
    [
        (ta1(REQUEST, "R"), "TA1 of 2026-09-05 (024)"),
        (group(REQUEST, "R"), "999 of 2026-09-05 (5)"),
        (group(REQUEST, "R", sets=""), "999 of 2026-09-05"),
    ],
    ids=["TA1", "999", "999 that names no set"],
)
@pytest.mark.parametrize("first", [True, False], ids=["request first", "answer first"])
def test_a_request_that_is_rejected_was_never_processed(open_ledger: Open, said: bytes, by: str, first: bool) -> None:
    with open_ledger() as ledger:
        taken = take(ledger, *((REQUEST, said) if first else (said, REQUEST)))[1 if first else 0]
        assert (taken.claim_answers, taken.rejections, taken.unasked) == (1, 1, 0 if first else 1)
        assert stands(ledger) == REJECTED
        (life,) = ledger.authorization("LOT0001")
        assert [(event.kind, event.refused, event.taken_in) for event in life.events] == [("requested", by, "")]
        what = f"The {by.split()[0]} rejected it, and it was never processed: mend it by the reasons given, and send it again."
        assert actions(ledger) == [("rejected", what)]
        assert ledger.authorizations(overdue=NOW) == []
        assert ledger.turnaround() == []


@pytest.mark.parametrize("said", [ta1(REQUEST, "A"), group(REQUEST, "A"), group(REQUEST, "E")], ids=["TA1", "A", "E"])
def test_a_request_that_was_taken_in_waits_for_its_answer(open_ledger: Open, said: bytes) -> None:
    with open_ledger() as ledger:
        take(ledger, REQUEST, said)
        (life,) = ledger.authorization("LOT0001")
        assert stands(ledger) == WAITING
        assert [event.taken_in.split()[2] for event in life.events] == ["2026-09-05"]


@pytest.mark.parametrize("mended", [True, False], ids=["made anew", "the same message"])
def test_what_is_sent_again_clears_it_in_any_order(mended: bool) -> None:
    again = sent_again(REQUEST, 77, mended=mended)
    for files in permutations((REQUEST, again, ta1(REQUEST, "R"))):
        with Ledger("sqlite://") as ledger:
            take(ledger, *files)
            assert stands(ledger) == WAITING
            take(ledger, group(again, "R", "260906"))
            assert stands(ledger) == REJECTED


def test_an_answer_of_the_payer_stands() -> None:
    for files in permutations((REQUEST, RESPONSE, group(REQUEST, "R"))):
        with Ledger("sqlite://") as ledger:
            take(ledger, *files)
            assert stands(ledger) == ("certified", False)


def test_the_work_is_that_of_the_request_that_is_sent_again(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        take(ledger, REQUEST, ta1(REQUEST, "R"))
        (item,) = ledger.worklist(TODAY)
        ledger.work.take([item.item], by="ROWAN", now=NOW)
        take(ledger, sent_again(REQUEST, 77, mended=True))
        (item,) = ledger.worklist(TODAY)
        assert (item.reason, item.owner) == ("unanswered", "ROWAN")
        take(ledger, RESPONSE)
        assert ledger.worklist(TODAY) == []


def test_a_999_knows_more_than_a_ta1(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        take(ledger, REQUEST, ta1(REQUEST, "R"), group(REQUEST, "A"))
        assert stands(ledger) == WAITING


def test_of_several_sets_the_one_that_is_named_is_rejected(open_ledger: Open) -> None:
    st, se = REQUEST.index(b"ST*"), REQUEST.index(b"\nGE*") + 1
    other = REQUEST[st:se].replace(b"*0001", b"*0002").replace(b"LORQ0001", b"LORQ0901").replace(b"LOT0001", b"LOT0901")
    other = other.replace(b"MHP100001", b"MHP100901")
    both = REQUEST[:se] + other + REQUEST[se:].replace(b"GE*1*", b"GE*2*")
    said = group(both, "P", sets="AK2*278*0001*005010X217~IK5*A~AK2*278*0002*005010X217~IK5*R*5~")
    with open_ledger() as ledger:
        take(ledger, both, said)
        assert [stands(ledger, "LOT0001"), stands(ledger, "LOT0901")] == [WAITING, REJECTED]


def test_of_groups_with_one_number_that_of_the_version_is_meant(open_ledger: Open) -> None:
    inquiry = sent_again(INQUIRY, 1, day="260901")
    with open_ledger() as ledger:
        take(ledger, REQUEST, inquiry, group(REQUEST, "R"))
        assert stands(ledger) == REJECTED


@pytest.mark.parametrize(("sent", "trace"), [(INQUIRY, "LOT0016"), (NOTIFICATION, "LON0001")], ids=["inquiry", "notification"])
def test_what_was_asked_or_told_and_not_taken_in_is_refused(open_ledger: Open, sent: bytes, trace: str) -> None:
    with open_ledger() as ledger:
        take(ledger, sent, group(sent, "R", "260928"))
        (life,) = ledger.authorization(trace)
        assert (life.held.kind, life.held.decision, life.held.source) == ("notice", "rejected", "999")
        assert len(actions(ledger)) == 1
        take(ledger, sent_again(sent, 909, day="260930", mended=True))
        (life,) = ledger.authorization(trace)
        assert life.held.decision == "unanswered"


def test_a_rejected_extension_leaves_what_was_certified(open_ledger: Open) -> None:
    more = sent_again(REQUEST, 77, mended=True, day="260910").replace(b"UM*HS*I*", b"UM*HS*4*")
    more = more.replace(b"LORQ0001", b"LORQ0077").replace(b"LOT0001", b"LOT0077")
    more = re.sub(rb"(UM\*HS\*4[^~]*~)", rb"\1REF*BB*MLK26090101~", more)
    with open_ledger() as ledger:
        take(ledger, REQUEST, RESPONSE, more)
        assert stands(ledger, "MLK26090101") == ("certified", True)
        take(ledger, group(more, "R", "260911"))
        assert stands(ledger, "MLK26090101") == ("certified", False)


def test_what_is_kept_after_a_purge_stays_rejected(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        take(ledger, REQUEST, group(REQUEST, "R"))
        ledger.upkeep.purge(date(2026, 11, 1), now=NOW)
        take(ledger, sent_again(NOTIFICATION, 88))
        assert stands(ledger) == REJECTED


def test_a_request_of_an_old_ledger_whose_set_is_not_known_by_its_reference_waits_on(open_ledger: Open, ledger_url: str) -> None:
    with open_ledger() as ledger:
        take(ledger, REQUEST)
        database = Database(ledger_url)
        with database.writing() as session:
            session.execute(text("UPDATE transactions SET reference = ''"))
        database.close()
        again = sent_again(REQUEST, 77, mended=True)
        take(ledger, again, group(again, "R", "260906"))
        assert stands(ledger) == WAITING

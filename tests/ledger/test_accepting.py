"""TA1, 999 and 277CA: a claim that is rejected gives back what it used and is work, until it is settled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from edi.ledger import Ledger
from edi.ledger.taking import Taken
from edi.linkage.denials.acceptance import RESEND

Open = Callable[[], Ledger]
STORY = Path(__file__).parents[2] / "testdata" / "story"
CLAIM = (STORY / "claims" / "number-right.837").read_bytes()
BATCH = (STORY / "claims" / "batch.837").read_bytes()
PAID = STORY / "remittances" / "paid.835"
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
NUMBER = "MLK26090101"


def sent_again(data: bytes, day: str, time: str, control: int) -> bytes:
    """The same 837 as it is sent another time: another moment (ISA09, ISA10), control number, and BHT03."""
    header = f"{day}*{time}".encode() + data[81:90] + b"%09d" % control
    again = data[:70] + header + data[99:]
    again = re.sub(rb"IEA\*1\*\d{9}", b"IEA*1*%09d" % control, again)
    again = re.sub(rb"(GS\*HC\*[^*]*\*[^*]*\*[^*]*\*[^*]*\*)\d+", rb"\g<1>%d" % control, again)
    again = re.sub(rb"GE\*1\*\d+", b"GE*1*%d" % control, again)
    return re.sub(rb"BHT\*0019\*00\*[^*]*", b"BHT*0019*00*B%d" % control, again)


def envelope(data: bytes) -> dict[str, str]:
    """What an 837 calls itself."""
    text = data.decode()
    isa = text[:106].split("*")
    group = re.search(r"GS\*HC\*([^*]*)\*([^*]*)\*[^*]*\*[^*]*\*(\d+)", text)
    reference = re.search(r"BHT\*0019\*00\*([^*]*)", text)
    assert group
    assert reference
    return {
        "sender": isa[6],
        "receiver": isa[8],
        "control": isa[13],
        "date": isa[9],
        "time": isa[10],
        "group": group[3],
        "reference": reference[1],
    }


class Answers:
    """Writes what the receiver of an 837 answers, each an interchange of its own."""

    def __init__(self, sent: bytes) -> None:
        self._sent = envelope(sent)
        self._controls: Iterator[int] = count(900)

    def _interchange(self, at: str, body: str, functional: str = "") -> bytes:
        day, time = at.split()
        control, known = next(self._controls), self._sent
        parties = f"ZZ*{known['receiver']}*ZZ*{known['sender']}"
        isa = f"ISA*00*          *00*          *{parties}*{day}*{time}*^*00501*{control:09}*0*T*:~"
        head = f"GS*{functional}*PAYER*US*20{day}*{time}*{control}*X*" if functional else ""
        version = "005010X231A1~" if functional == "FA" else "005010X214~"
        group = f"{head}{version}{body}GE*1*{control}~" if functional else body
        return f"{isa}{group}IEA*{1 if functional else 0}*{control:09}~".encode()

    def ta1(self, result: str, at: str, note: str = "000") -> bytes:
        known = self._sent
        return self._interchange(at, f"TA1*{known['control']}*{known['date']}*{known['time']}*{result}*{note}~")

    def group(self, result: str, at: str, *, told: bool = True) -> bytes:
        """A 999; not `told`: the set is not named."""
        each = f"AK2*837*0001*005010X222A1~IK5*{result}{'*5' if result == 'R' else ''}~" if told else ""
        accepted = 0 if result == "R" else 1
        body = f"AK1*HC*{self._sent['group']}*005010X222A1~{each}AK9*{result}*1*1*{accepted}~"
        segments = body.count("~") + 2
        return self._interchange(at, f"ST*999*0001*005010X231A1~{body}SE*{segments}*0001~", "FA")

    def claim(
        self,
        status: str,
        at: str,
        *,
        claim: str = "LO1002",
        member: str = "MHP100001",
        charge: str = "4200",
        reference: str | None = None,
        npi: str = "1999990017",
        number: str = "",
    ) -> bytes:
        """A 277CA about one claim."""
        day = f"20{at.split()[0]}"
        action = "U" if status[:2] in ("A3", "A6", "A7", "A8") else "WQ"
        batch = self._sent["reference"] if reference is None else reference
        body = (
            f"BHT*0085*08*REF1*{day}*0900*TH~HL*1**20*1~NM1*PR*2*MEADOWLARK HEALTH PLAN*****PI*MHP01~TRN*1*R1~DTP*050*D8*{day}~"
            f"DTP*009*D8*{day}~HL*2*1*21*1~NM1*41*2*LARKSPUR*****46*LARKSPUR~TRN*2*{batch}~STC*A1:19:PR*{day}*WQ*{charge}~"
            f"HL*3*2*19*1~NM1*85*2*LARKSPUR ORTHOPEDICS*****XX*{npi}~HL*4*3*PT~NM1*QC*1*BRAMBLE*SAGE****MI*{member}~"
            f"TRN*2*{claim}~STC*{status}*{day}*{action}*{charge}~{f'REF*1K*{number}~' if number else ''}DTP*472*D8*20260921~"
        )
        return self._interchange(at, f"ST*277*0001*005010X214~{body}SE*{body.count('~') + 2}*0001~", "HN")


def ledger_with(open_ledger: Open, *files: bytes) -> Ledger:
    ledger = open_ledger()
    for name in ("requests", "responses"):
        ledger.take(STORY / name / "approved.278", now=NOW)
    for data in files:
        ledger.take(data, now=NOW)
    return ledger


def uses(ledger: Ledger) -> list[tuple[str, str]]:
    (life,) = ledger.authorization(NUMBER)
    return [(use.claim, use.state) for use in life.uses]


def used(ledger: Ledger) -> str:
    (life,) = ledger.authorization(NUMBER)
    return str(life.held.services[0].used)


def work(ledger: Ledger) -> list[tuple[str, str, str]]:
    return [(item.claim, item.reason, item.action) for item in ledger.worklist(TODAY) if item.kind == "rejection"]


ANSWERS = Answers(CLAIM)
REJECTED = [("LO1002", "rejected")]
SENT = [("LO1002", "sent")]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ANSWERS.ta1("R", "261106 0905", "025"), "rejected TA1 025"),
        (ANSWERS.group("R", "261106 0905"), "rejected 999 5"),
        (ANSWERS.group("R", "261106 0905", told=False), "rejected 999"),
        (ANSWERS.claim("A3:21", "261106 1200"), "rejected 277CA A3:21"),
        (ANSWERS.claim("A7:562:85", "261106 1200"), "rejected 277CA A7:562:85"),
        (ANSWERS.claim("A8:84", "261106 1200"), "rejected 277CA A8:84"),
    ],
    ids=["TA1", "999", "999 of the group", "277CA A3", "277CA A7", "277CA A8"],
)
def test_a_rejection_gives_back_and_is_work(open_ledger: Open, answer: bytes, reason: str) -> None:
    with ledger_with(open_ledger, CLAIM) as ledger:
        assert (uses(ledger), used(ledger), work(ledger)) == (SENT, "1", [])
        taken = ledger.take(answer, now=NOW)
        assert (taken.claim_answers, taken.rejections, taken.unasked) == (1, 1, 0), taken.problems
        assert (uses(ledger), used(ledger)) == (REJECTED, "0")
        assert work(ledger) == [("LO1002", reason, RESEND)]


@pytest.mark.parametrize(
    "answer",
    [
        ANSWERS.ta1("A", "261106 0905"),
        ANSWERS.group("A", "261106 0905"),
        ANSWERS.group("E", "261106 0905"),
        ANSWERS.claim("A2:20", "261106 1200"),
        ANSWERS.claim("A1:19", "261106 1200"),
    ],
    ids=["TA1", "999", "999 with errors", "277CA", "a receipt"],
)
def test_an_acceptance_changes_nothing(open_ledger: Open, answer: bytes) -> None:
    with ledger_with(open_ledger, CLAIM) as ledger:
        taken = ledger.take(answer, now=NOW)
        assert (taken.claim_answers, taken.rejections, taken.unasked) == (1, 0, 0)
        assert (uses(ledger), work(ledger)) == (SENT, [])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"claim": "LO1003"}, "another claim"),
        ({"member": "MHP100002", "reference": "B77"}, "another patient"),
        ({"member": "MHP100002", "charge": "4201"}, "another patient, and another charge"),
        ({"npi": "1999990025"}, "another provider"),
        ({"charge": "4201"}, "another charge"),
    ],
)
def test_a_rejection_of_another_claim_is_none_of_ours(open_ledger: Open, changes: dict[str, str], why: str) -> None:
    """Practices share numbers, and a clearinghouse's ledger has many."""
    with ledger_with(open_ledger, CLAIM) as ledger:
        taken = ledger.take(ANSWERS.claim("A7:562", "261106 1200", **changes), now=NOW)
        assert (taken.claim_answers, taken.rejections, taken.unasked) == (1, 1, 1)
        assert (uses(ledger), work(ledger)) == (SENT, [])


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ("MHP-100001", ""),
        ("mhp 100001", ""),
        ("MHP100001-01", ""),
        ("MHP100001-001", " of another member id"),
        ("XMH900001", " of another member id"),
    ],
)
def test_a_rejection_in_the_batch_of_a_claim_is_of_it_whatever_member_id_came_back(
    open_ledger: Open, member: str, said: str
) -> None:
    with ledger_with(open_ledger, CLAIM) as ledger:
        taken = ledger.take(ANSWERS.claim("A7:562", "261106 1200", member=member), now=NOW)
        assert (taken.unasked, uses(ledger)) == (0, REJECTED)
        assert [reason for _, reason, _ in work(ledger)] == [f"rejected 277CA A7:562{said}"]


def test_a_999_of_another_receiver_with_the_same_numbers_is_told_apart(open_ledger: Open) -> None:
    """GS06 is unique between two partners, not in the world."""
    other = CLAIM.replace(b"*ZZ*" + CLAIM[54:69], b"*ZZ*ELSEWHERE      ", 1).replace(b"LO1002", b"LO9002")
    with ledger_with(open_ledger, other, CLAIM) as ledger:
        ledger.take(ANSWERS.group("R", "261106 0905"), now=NOW)
        assert [claim for claim, *_ in work(ledger)] == ["LO1002"]


def test_only_the_set_that_is_rejected(open_ledger: Open) -> None:
    """Two sets in a group, two groups in an interchange, each with a set 0001."""
    start, stop = CLAIM.index(b"GS*"), CLAIM.index(b"IEA*")
    group = CLAIM[start:stop]
    number = envelope(CLAIM)["group"].encode()
    second = re.sub(rb"(GS\*HC(?:\*[^*]*){4}\*)\d+", rb"\g<1>4321", group).replace(b"GE*1*" + number, b"GE*1*4321")
    both = CLAIM[:stop] + second.replace(b"LO1002", b"LO9002") + CLAIM[stop:].replace(b"IEA*1*", b"IEA*2*")
    with ledger_with(open_ledger, both) as ledger:
        assert ledger.status().claims == 2
        ledger.take(Answers(both).group("R", "261106 0905"), now=NOW)
        assert [claim for claim, *_ in work(ledger)] == ["LO1002"]


def test_who_knows_more_speaks_and_then_who_spoke_last(open_ledger: Open) -> None:
    said = [
        (ANSWERS.group("A", "261106 0905"), SENT),
        (ANSWERS.claim("A7:562", "261106 1000"), REJECTED),
        (ANSWERS.group("A", "261106 1100"), REJECTED),
        (ANSWERS.claim("A2:20", "261106 1200"), SENT),
        (ANSWERS.claim("A7:500", "261106 1130"), SENT),
        (ANSWERS.claim("A3:21", "261107 0800"), REJECTED),
    ]
    with ledger_with(open_ledger, CLAIM) as ledger:
        for answer, state in said:
            ledger.take(answer, now=NOW)
            assert uses(ledger) == state
            assert len(work(ledger)) == (state is REJECTED)


def test_a_payment_settles_a_rejection(open_ledger: Open) -> None:
    with ledger_with(open_ledger, CLAIM, ANSWERS.claim("A7:562", "261106 1000")) as ledger:
        assert len(work(ledger)) == 1
        ledger.take(PAID, now=NOW)
        assert (uses(ledger), used(ledger), work(ledger)) == (SENT, "1", [])


def test_what_is_sent_again_settles_the_rejection_of_the_first(open_ledger: Open) -> None:
    again = sent_again(CLAIM, "261108", "0900", 77)
    rejection = ANSWERS.claim("A7:562", "261106 1000")
    with ledger_with(open_ledger, CLAIM, rejection, again) as ledger:
        assert (uses(ledger), used(ledger), work(ledger)) == (SENT, "1", [])
        ledger.take(Answers(again).claim("A3:21", "261108 1000"), now=NOW)
        assert (uses(ledger), used(ledger)) == (REJECTED, "0")
        assert [reason for _, reason, _ in work(ledger)] == ["rejected 277CA A3:21"]


def test_which_sending_is_rejected_its_number_says_else_the_time(open_ledger: Open) -> None:
    again = sent_again(CLAIM, "261108", "0900", 77)
    late = ANSWERS.claim("A7:562", "261109 1000")
    with ledger_with(open_ledger, CLAIM, again) as ledger:
        ledger.take(late, now=NOW)
        assert work(ledger) == [], "BHT03 is that of the first sending"
        ledger.take(ANSWERS.claim("A7:562", "261107 1000", reference="0"), now=NOW)
        assert work(ledger) == [], "the second was not sent yet"
        ledger.take(ANSWERS.claim("A7:562", "261109 1000", reference="0"), now=NOW)
        assert len(work(ledger)) == 1


@pytest.mark.parametrize(
    "answer", [ANSWERS.ta1("R", "261106 0905"), ANSWERS.group("R", "261106 0905"), ANSWERS.claim("A7:562", "261106 1000")]
)
def test_an_acknowledgment_that_comes_before_its_claim(open_ledger: Open, answer: bytes) -> None:
    with ledger_with(open_ledger, answer) as ledger:
        ledger.take(CLAIM, now=NOW)
        assert (uses(ledger), used(ledger), len(work(ledger))) == (REJECTED, "0", 1)


def test_what_a_rejection_gives_back_others_may_use(open_ledger: Open) -> None:
    other = sent_again(CLAIM.replace(b"LO1002", b"LO9002"), "261107", "0900", 78)
    with ledger_with(open_ledger, CLAIM) as ledger:
        assert [row.verdict.value for row in ledger.check(other).claims] == ["units-used-up"]
        ledger.take(ANSWERS.claim("A7:562", "261106 1000"), now=NOW)
        assert [row.verdict.value for row in ledger.check(other).claims] == ["already-linked"]


def test_the_payers_number_in_a_277ca_matches_a_payment_without_ours(open_ledger: Open) -> None:
    remittance = PAID.read_bytes()
    number = re.search(rb"CLP\*LO1002(?:\*[^*]*){5}\*([^*]+)\*", remittance)
    assert number
    nameless = remittance.replace(b"CLP*LO1002*", b"CLP*0*")
    accepted = ANSWERS.claim("A2:20", "261106 1000", number=number[1].decode())
    with ledger_with(open_ledger, CLAIM) as ledger:
        (before,) = ledger.match(nameless, now=NOW).unmatched or [None]
        ledger.take(accepted, now=NOW)
        matched = ledger.match(nameless, now=NOW)
        assert matched.unmatched == ()
        assert before is None or before.match.how != "payer's claim number"


def test_a_batch_that_is_refused_as_a_whole(open_ledger: Open) -> None:
    answers = Answers(BATCH)
    refused = answers.claim("A1:19", "261110 1000")
    head, _, rest = refused.partition(b"HL*3*")
    body = head.replace(b"STC*A1:19:PR", b"STC*A3:24:41").replace(b"*WQ*", b"*U*").replace(b"HL*2*1*21*1", b"HL*2*1*21*0")
    count = body[body.index(b"ST*277") :].count(b"~") + 1
    whole = body + b"SE*%d*0001~" % count + rest[rest.index(b"GE*") :]
    with ledger_with(open_ledger, BATCH) as ledger:
        taken = ledger.take(whole, now=NOW)
        assert (taken.claim_answers, taken.rejections, taken.unasked) == (1, 1, 0)
        assert len(work(ledger)) == 15


@pytest.mark.parametrize(("group", "set", "answers"), [(b"HI", b"278", 1), (b"HP", b"835", 0)])
def test_acknowledgments_of_what_holds_no_claims_say_nothing_of_them(
    open_ledger: Open, group: bytes, set: bytes, answers: int
) -> None:
    other = ANSWERS.group("R", "261106 0905").replace(b"AK1*HC*", b"AK1*%s*" % group).replace(b"AK2*837*", b"AK2*%s*" % set)
    with ledger_with(open_ledger, CLAIM) as ledger:
        taken: Taken = ledger.take(other, now=NOW)
        assert (taken.claim_answers, taken.unasked, uses(ledger)) == (answers, answers, SENT)


def test_the_277_that_answers_an_inquiry_is_not_taken(open_ledger: Open) -> None:
    status: Any = ANSWERS.claim("A2:20", "261106 1200").replace(b"005010X214", b"005010X212")
    with ledger_with(open_ledger) as ledger:
        assert "LEDGER-SET" in {problem.code for problem in ledger.take(status, now=NOW).problems}

"""Whole 837s: what is decided stands in the bytes, and no other byte changes."""

from __future__ import annotations

import collections
import csv
import difflib
import io
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import edi
from edi.errors import SourceError
from edi.guides.document import units
from edi.linkage.linking import Directory, Linked, link, link_units
from edi.linkage.usage import Usage
from edi.records.authorization import Authorization, CertifiedService, Decision, combine, read_authorizations
from edi.records.claim import Claim
from edi.records.services import Period
from edi.text.segments import compose, read

from .build import MARIA, SURGEON, admission, authorization, claim, line, provider, service

STORY = Path(__file__).parents[2] / "testdata" / "story"
ISA = "ISA*00*          *00*          *ZZ*CLINIC         *ZZ*PLAN           *260312*0900*^*00501*000000001*0*T*:"
VERSIONS = {"professional": "005010X222A1", "institutional": "005010X223A2", "dental": "005010X224A2"}
KNEE = authorization()
SPRING = Period(start=date(2026, 3, 1), end=date(2026, 5, 31))
NO_SPRING = Period(start=SPRING.end, end=SPRING.start)


def knee(id: str = "C-1", *refs: str, code: str = "27447", dates: str = "20260310", more: Sequence[str] = ()) -> list[str]:
    """A professional claim of Maria's with one line."""
    return [
        f"CLM*{id}*100***22:B:1*Y*A*Y*Y",
        *refs,
        "REF*EA*MR-5",
        "HI*ABK:M1711",
        f"NM1*82*1*INVENTED*ANN****XX*{SURGEON}",
        *one_line(1, code, dates),
        *more,
    ]


def one_line(number: int, code: str = "27447", dates: str = "20260310", *refs: str) -> list[str]:
    return [f"LX*{number}", f"SV1*HC:{code}*100*UN*1***1", f"DTP*472*D8*{dates}", *refs]


def x12(*claims: Sequence[str], kind: str = "professional", end: str = "~\n", count: int | None = None) -> bytes:
    """An interchange with one transaction; everybody in it is invented."""
    version = VERSIONS[kind]
    segments = [
        f"ST*837*0001*{version}",
        "BHT*0019*00*B-1*20260312*0900*CH",
        "NM1*41*2*CLINIC*****46*CLINIC",
        "PER*IC*DESK*TE*6145550100",
        "NM1*40*2*INVENTED HEALTH PLAN*****46*60054",
        "HL*1**20*1",
        "NM1*85*2*INVENTED CLINIC*****XX*1245319599",
        "N3*1 MAIN STREET",
        "N4*COLUMBUS*OH*432150001",
        "REF*EI*311234567",
        "HL*2*1*22*0",
        "SBR*P*18*******CI",
        "NM1*IL*1*KELLER*MARIA****MI*W100200300",
        "N3*2 MAIN STREET",
        "N4*COLUMBUS*OH*43215",
        "DMG*D8*19610402*F",
        "NM1*PR*2*INVENTED HEALTH PLAN*****PI*60054",
        *(segment for each in claims for segment in each),
    ]
    tail = [f"SE*{len(segments) + 1 if count is None else count}*0001", "GE*1*1", "IEA*1*000000001"]
    group = f"GS*HC*CLINIC*PLAN*20260312*0900*1*X*{version}"
    return "".join(segment + end for segment in (ISA, group, *segments, *tail)).encode()


def written(linked: Linked) -> bytes:
    file = io.BytesIO()
    linked.write(file)
    return file.getvalue()


def changes(before: bytes, after: bytes) -> list[str]:
    """What differs, segment by segment: "-SE*25*0001", "+REF*G1*A-1"."""
    parts = difflib.ndiff(before.decode().split("~"), after.decode().split("~"))
    return [part[0] + part[2:].strip() for part in parts if part[0] in "+-"]


def verdicts(linked: Linked) -> list[str]:
    return [str(row.verdict) for row in linked.claims]


# -- bytes ---------------------------------------------------------------------------------------------------------------


def test_one_segment_and_the_count_and_nothing_else() -> None:
    before = x12(knee())
    after = written(link(before, [KNEE]))
    assert changes(before, after) == ["+REF*G1*A-1", "-SE*25*0001", "+SE*26*0001"]
    assert b"CLM*C-1*100***22:B:1*Y*A*Y*Y~\nREF*G1*A-1~\nREF*EA*MR-5~\n" in after


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n", "\n"])
def test_line_ends_are_kept(end: str) -> None:
    before = x12(knee(), end=end)
    after = written(link(before, [KNEE]))
    assert after.replace(f"REF*G1*A-1{end}".encode(), b"").replace(b"SE*26*", b"SE*25*") == before


@pytest.mark.parametrize("held", ["", "A-1", "Z-9", "NPR"])
@pytest.mark.parametrize("end", ["~", "~\r\n"])
def test_without_authorizations_the_bytes_are_the_same(held: str, end: str) -> None:
    refs = [f"REF*G1*{held}"] if held else []
    before = x12(knee("C-1", *refs), knee("C-2", more=one_line(2)), end=end, count=99)
    assert written(link(before, [])) == before


@pytest.mark.parametrize(("count", "told"), [(99, True), (None, False)])
def test_a_count_that_was_wrong_is_told_where_it_is_made_right(count: int | None, told: bool) -> None:
    before = x12(knee("C-1"), knee("C-2", more=one_line(2)), count=count)
    linked = link(before, [KNEE])
    right, end = before.count(b"\n") - 4, before.index(b"SE*")  # all but ISA, GS, GE, IEA
    assert f"SE*{right + 2}*0001".encode() in written(linked)
    message = f"SE01 was wrong before: the transaction had {right} segments from ST to SE. It says {right + 2} now, as they are"
    found = [(p.code, p.severity, p.transaction, p.offset, p.message) for p in linked.problems]
    assert found == ([("se-count", "warning", "0001", end, message)] if told else [])
    assert link(before, []).problems == ()  # nothing is edited, so nothing is made right
    padded = x12(knee("C-1")).replace(b"SE*", b"SE*00")
    assert link(padded, [KNEE]).problems == ()


def test_a_claim_that_needs_nothing_is_untouched() -> None:
    before = x12(knee("C-1", "REF*G1*A-1"), knee("C-2", code="99213"))
    linked = link(before, [KNEE])
    assert verdicts(linked) == ["already-linked", "requirement-unknown"]
    assert written(linked) == before


def test_a_placeholder_is_written_over() -> None:
    before = x12(knee("C-1", "REF*G1*NPR"))
    linked = link(before, [KNEE])
    assert changes(before, written(linked)) == ["-REF*G1*NPR", "+REF*G1*A-1"]
    assert linked.claims[0].previous == "NPR"


def test_a_placeholder_with_blanks_around_it_is_written_over() -> None:
    before = x12(knee("C-1", "REF*G1* npr "))
    assert changes(before, written(link(before, [KNEE]))) == ["-REF*G1* npr", "+REF*G1*A-1"]


def test_a_wrong_number_is_written_over_only_when_asked_to() -> None:
    before = x12(knee("C-1", "REF*G1*Z-9"))
    assert written(link(before, [KNEE])) == before
    assert changes(before, written(link(before, [KNEE], replace=True))) == ["-REF*G1*Z-9", "+REF*G1*A-1"]


def test_lines_get_their_own_numbers() -> None:
    before = x12(knee(more=one_line(2, "29827", "20260310", "REF*6R*L-2")))
    linked = link(before, [KNEE, authorization("B-2", service("29827"))])
    assert [(row.line, row.authorization, row.placement) for row in linked.claims] == [("1", "A-1", "2400"), ("2", "B-2", "2400")]
    assert changes(before, written(linked)) == ["+REF*G1*A-1", "+REF*G1*B-2", "-SE*29*0001", "+SE*31*0001"]
    assert b"DTP*472*D8*20260310~\nREF*G1*B-2~\nREF*6R*L-2~\n" in written(linked)


def test_one_line_of_two() -> None:
    before = x12(knee(code="99213", more=one_line(2)))
    after = written(link(before, [KNEE]))
    assert changes(before, after) == ["+REF*G1*A-1", "-SE*28*0001", "+SE*29*0001"]
    assert after.index(b"LX*2") < after.index(b"REF*G1*A-1")


def test_a_wrong_number_that_names_the_destination_payer_is_written_over() -> None:
    before = x12(knee(more=one_line(2, "29827", "20260310", "REF*G1*Z-9**2U:60054")))
    linked = link(before, [authorization("B-2", service("29827"))], replace=True)
    row = linked.claims[1]
    assert (row.verdict, row.written, row.placement) in (("wrong-number", True, "2400"), ("split-needed", False, ""))
    assert written(linked).count(b"REF*G1*") == 1


def test_an_institutional_claim() -> None:
    stay = [
        "CLM*H-1*9000***11:A:1**A*Y*Y",
        "DTP*434*RD8*20260310-20260314",
        "DTP*435*D8*20260310",
        "CL1*1*1*01",
        "REF*EA*MR-5",
        "HI*ABK:M1711",
        f"NM1*71*1*INVENTED*ANN****XX*{SURGEON}",
        "LX*1",
        "SV2*0120**9000*DA*4",
        "DTP*472*D8*20260310",
    ]
    before = x12(stay, kind="institutional")
    linked = link(before, [admission(providers=(provider("1245319599", "FA"),))])
    assert [(row.verdict, row.line, row.placement, row.amount) for row in linked.claims] == [("linked", None, "2300", 9000)]
    assert changes(before, written(linked)) == ["+REF*G1*ADM-1", "-SE*28*0001", "+SE*29*0001"]
    assert b"CL1*1*1*01~\nREF*G1*ADM-1~\nREF*EA*MR-5~\n" in written(linked)


def test_a_dental_claim() -> None:
    teeth = [
        "CLM*D-1*150***11:B:1*Y*A*Y*Y",
        "DTP*472*D8*20260310",
        "LX*1",
        "SV3*AD:D0120*50",
        "LX*2",
        "SV3*AD:D2740*100****1",
        "REF*6R*L-2",
    ]
    before = x12(teeth, kind="dental")
    linked = link(before, [authorization("D-9", service("AD:D2740"), providers=(provider("1245319599", "SJ"),))])
    assert [(row.line, row.verdict) for row in linked.claims] == [("1", "requirement-unknown"), ("2", "linked")]
    assert changes(before, written(linked)) == ["+REF*G1*D-9", "-SE*25*0001", "+SE*26*0001"]
    assert b"SV3*AD:D2740*100****1~\nREF*G1*D-9~\nREF*6R*L-2~\n" in written(linked)


@pytest.mark.parametrize(
    ("dates", "line_dates", "day"),
    [
        (["452:20260310"], [], 10),
        ([], ["452:20260310"], 10),
        (["452:20260301"], ["452:20260310"], 10),
        (["452:20260301", "472:20260310"], [], 10),
        (["472:20260310"], ["452:20260301"], 10),
        (["452:20260301"], ["472:20260310", "452:20260302"], 10),
        ([], ["139:20200310", "441:20200310"], None),
    ],
)
def test_an_orthodontic_claim_is_dated_by_its_appliance(dates: list[str], line_dates: list[str], day: int | None) -> None:
    def told(each: str) -> str:
        code, _, when = each.partition(":")
        return f"DTP*{code}*D8*{when}"

    braces = [
        "CLM*D-1*4200***11:B:1*Y*A*Y*Y",
        *map(told, dates),
        "DN1*24**24",
        "LX*1",
        "SV3*AD:D8080*4200",
        *map(told, line_dates),
    ]
    before = x12(braces, kind="dental")
    (row,) = link(before, [authorization("D-9", service("AD:D8080"), providers=(provider("1245319599", "SJ"),))]).claims
    (found,) = edi.read_claims(before)
    assert row.verdict == ("linked" if day else "before-period")
    assert (found.period and found.period.start.day, found.lines[0].period == found.period) == (day, True)
    assert day or "the claim gives no date to compare with" in row.reasons[0]


def test_a_number_that_x12_cannot_carry_is_not_written() -> None:
    for number in ("A*1", "A" * 51):
        before, usage = x12(knee()), Usage()
        linked = link(before, [authorization(number)], usage=usage)
        row = linked.claims[0]
        assert (row.verdict, row.written, row.placement) == ("call-payer", False, "")
        assert "authorization number" in row.reasons[-1]
        assert written(linked) == before
        assert usage.all() == ()


@pytest.mark.parametrize("number", ["A*1~", "A" * 51, "\u21161", "A-2"])
def test_claims_that_are_records_have_the_verdict_of_a_file(number: str) -> None:
    data, given = x12(knee()), [authorization(number)]
    of_file, of_records = Usage(), Usage()
    (written,) = edi.link(data, given, usage=of_file).claims
    (told,) = edi.link(edi.read_claims(data), given, usage=of_records).claims
    assert (told.verdict, told.written, told.placement) == (written.verdict, written.written, written.placement)
    assert told.written is (number == "A-2")
    assert [reason.replace("most files", "this file") for reason in told.reasons] == list(written.reasons)
    assert of_records.all() == of_file.all()


@pytest.mark.parametrize(
    ("dates", "units", "certified", "verdict", "why"),
    [
        ("20260320-20260310", "1", SPRING, "before-period", "the claim's dates (2026-03-20 to 2026-03-10) end before they begin"),
        ("20260320-20260310", "1", None, "before-period", "the claim's dates (2026-03-20 to 2026-03-10) end before they begin"),
        ("20260310-20260310", "-1", SPRING, "call-payer", "the line bills a negative quantity, which nobody certifies"),
        ("20260310-20260310", "1", NO_SPRING, "call-payer", "certified for dates (2026-05-31 to 2026-03-01) that end before "),
        ("20260310-20260320", "1", SPRING, "linked", "certifies 27447 for 2026-03-01 to 2026-05-31"),
        ("20260310-20260310", "1", "-2 UN", "call-payer", "certified for -2 units, of which nothing can be used"),
        ("20260310-20260310", "1", "0 VS", "call-payer", "certified for 0 visits, of which nothing can be used"),
    ],
)
def test_what_ends_before_it_begins_and_what_is_less_than_nothing_is_not_linked(
    dates: str, units: str, certified: Period | str | None, verdict: str, why: str
) -> None:
    data = x12([*knee()[:-3], "LX*1", f"SV1*HC:27447*100*UN*{units}***1", f"DTP*472*RD8*{dates}"])
    quantity, dated = (certified, SPRING) if isinstance(certified, str) else ("9 UN", certified)
    given = [authorization(services=(replace(service(quantity=quantity), period=dated),), period=dated)]
    for number in ("", "A-1"):
        held = data.replace(b"REF*EA", f"REF*G1*{number}~\nREF*EA".encode()) if number else data
        with edi.Ledger("sqlite://") as ledger:
            ledger.record_authorizations(given)
            found = [edi.link(held, given), edi.link(edi.read_claims(held), given), ledger.link(held, brief=True)]
        for row in (one.claims[0] for one in found):
            assert row.verdict == ("already-linked" if number and verdict == "linked" else verdict)
            assert row.written is (verdict == "linked" and not number)
            assert row.reasons[0].startswith(f"Authorization A-1: {why}")


def test_which_of_two_lines_alike_is_meant_a_person_must_say() -> None:
    before = x12(knee(more=one_line(1, "29827", "20260310")))
    linked = link(before, [KNEE, authorization("B-2", service("29827"))])
    assert {(row.verdict.value, row.written, row.reasons[-1]) for row in linked.claims} == {
        ("ambiguous", False, "The claim has several lines with the number (LX01) that was named.")
    }
    assert written(linked) == before


def test_segments_out_of_place_are_carried_along() -> None:
    before = x12(["CLM*C-1*100***22:B:1*Y*A*Y*Y", "HI*ABK:M1711", "REF*EA*MR-5", "ZZZ*9", *knee()[3:]])
    linked = link(before, [KNEE])
    assert verdicts(linked) == ["linked"]
    assert changes(before, written(linked))[0] == "+REF*G1*A-1"
    assert len(changes(before, written(linked))) == 3


# -- streams -------------------------------------------------------------------------------------------------------------


def test_what_is_no_claim_goes_through() -> None:
    for data in (b"", b"not X12 at all\n", x12(knee())[:300], x12(knee()).replace(b"*837*", b"*999*")):
        linked = link(data, [KNEE])
        assert written(linked) == data
        assert linked.claims == ()


def test_claims_without_a_guide_are_reported_and_copied() -> None:
    before = x12(knee(), knee("C-2")).replace(b"005010X222A1", b"004010X098A1")
    linked = link(before, [KNEE])
    assert written(linked) == before
    assert [(p.code, p.transaction, p.offset) for p in linked.problems] == [
        ("claims-without-guide", "0001", before.index(b"ST*"))
    ]


@pytest.mark.parametrize("kind", ["professional", "institutional"])
@pytest.mark.parametrize("width", [80, 91, 93, 106, 110])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_file_that_is_cut_into_lines_says_so(kind: str, width: int, ending: str) -> None:
    """No claim is lost in silence, and none has another charge."""
    whole = x12(*(knee(f"C-{n}") for n in range(20)), kind=kind, end="~").decode()
    lines = [whole[at : at + width] for at in range(0, len(whole), width)]
    before = ending.join(lines).encode()
    linked = link(before, [])
    told = {p.claim for p in linked.problems if p.code == "claim-unreadable"}
    assert {p.code for p in linked.problems} <= {"claim-unreadable", "line-break"}
    assert all(before[p.offset or 0 :].startswith((p.segment or "")[:1].encode()) for p in linked.problems)
    assert told.isdisjoint(row.claim for row in linked.claims)
    hidden = sum("another claim may begin there" in p.message for p in linked.problems)
    headless = [p for p in linked.problems if p.loop not in ("837", "2000A", "2000B", "2300")]  # a break parts ST, or its version
    assert headless or len(linked.claims) + len(told) + hidden >= 20
    assert all(row.amount == 100 for row in linked.claims)
    assert written(linked) == before


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n", "~\r", "~ \n\n", "\n"])
def test_line_breaks_behind_segments_are_nothing_to_tell(end: str) -> None:
    assert not link(x12(knee(), end=end), []).problems


@pytest.mark.parametrize("charge", ["1,000.00", "100 ", "1\n00", ""])
def test_a_charge_that_is_no_amount_is_told_and_is_not_nothing(charge: str) -> None:
    before = x12(knee()).replace(b"CLM*C-1*100*", f"CLM*C-1*{charge}*".encode(), 1)
    linked = link(before, [KNEE])
    assert not linked.claims
    assert [(p.code, p.claim, p.offset) for p in linked.problems if p.code != "line-break"] == [
        ("claim-unreadable", "C-1", before.index(b"CLM*"))
    ]
    assert written(linked) == before


def test_a_file_that_is_cut_off() -> None:
    whole = x12(knee(), knee("C-2"))
    before = whole[: whole.index(b"DTP*472", whole.index(b"C-2"))]
    linked = link(before, [KNEE])
    assert verdicts(linked) == ["linked", "before-period"]
    assert changes(before, written(linked)) == ["+REF*G1*A-1"]


def test_the_rows_come_in_order_whatever_the_batch() -> None:
    before = x12(*(knee(f"C-{n}") for n in range(7)))
    held = authorization("A-1", service(quantity="4 UN"))
    for batch in (1, 3, 500):
        linked = Linked(link_units(units(before), Directory([held]).find, Usage(), batch=batch))
        assert [row.claim for row in linked.claims] == [f"C-{n}" for n in range(7)]
        assert verdicts(linked) == ["linked"] * 4 + ["units-used-up"] * 3
        assert written(linked).count(b"REF*G1*A-1") == 4


def test_candidates_are_asked_for_in_batches() -> None:
    asked: list[int] = []

    def find(claims: Sequence[Claim]) -> list[list[Authorization]]:
        asked.append(len(claims))
        return [[] for _ in claims]

    before = x12(*(knee(f"C-{n}") for n in range(7)))
    assert b"".join(bytes(p.unit.loop) for p in link_units(units(before), find, Usage(), batch=3)) == before
    assert asked == [3, 3, 1]


def test_each_claim_is_told_by_its_offset() -> None:
    before = x12(knee("C-1"), knee("C-1"))
    offsets = [row.offset for row in link(before, []).claims]
    assert offsets == [before.index(b"CLM*"), before.rindex(b"CLM*")]


def test_another_payers_name_is_taken_as_told() -> None:
    before = x12(knee()).replace(b"*PI*60054", b"*PI*OTHER1")
    assert verdicts(link(before, [KNEE])) == ["other-payer"]
    assert verdicts(link(before, [KNEE], payers={"OTHER1": "60054"})) == ["linked"]


# -- files ---------------------------------------------------------------------------------------------------------------


def test_a_file_is_written_whole_and_for_its_owner(tmp_path: Path) -> None:
    source = tmp_path / "claims.837"
    source.write_bytes(x12(knee()))
    linked = link(source, [KNEE])
    linked.write(source)
    linked.write(str(tmp_path / "again.837"))
    assert source.read_bytes() == (tmp_path / "again.837").read_bytes() == written(linked)
    assert stat.S_IMODE(source.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.837", "claims.837"]


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    linked = link(x12(knee()), [KNEE])
    for path in (tmp_path / "none" / "out.837", tmp_path):
        with pytest.raises(SourceError, match=str(path)):
            linked.write(path)
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        link(tmp_path / "none.837", [])


def test_the_report() -> None:
    told = edi.link(x12(knee(), knee("C-2", code="99213")), [KNEE]).to_json()
    assert list(told) == ["version", "unmapped_payers", "claims", "totals", "beside"]
    assert told["totals"] == {
        "linked": {"claims": 1, "amount": "100.00"},
        "requirement-unknown": {"claims": 1, "amount": "100.00"},
    }
    assert told["claims"][0]["claim"] == "C-1"


def test_what_claims_use_is_told_to_the_usage() -> None:
    usage = Usage()
    link(x12(knee()), [KNEE], usage=usage)
    assert [use.claim for use in usage.used("A-1")] == ["C-1"]


# -- directory -----------------------------------------------------------------------------------------------------------


def test_a_claims_candidates_are_its_members_and_its_numbers() -> None:
    neighbour = authorization("N-1", subscriber=MARIA.__class__(member_id="W999"))
    child = authorization("K-1", subscriber=MARIA.__class__(member_id="W7"), patient=MARIA)
    found = Directory([KNEE, neighbour, child]).find([claim(), claim(held=" N-1 "), claim(line(held="N-1"))])
    assert [[a.number for a in each] for each in found] == [["A-1", "K-1"], ["A-1", "K-1", "N-1"], ["A-1", "K-1", "N-1"]]


# -- the story, without a ledger -----------------------------------------------------------------------------------------


def story_authorizations() -> Iterator[Authorization]:
    """Each response with its request, and requests that nobody answered."""
    requests = [a for path in sorted(STORY.glob("requests/*.278")) for a in read_authorizations(path)]
    answered: set[int] = set()
    for path in sorted(STORY.glob("responses/*.278")):
        for response in read_authorizations(path):
            found = [n for n, request in enumerate(requests) if set(request.traces) & set(response.traces)]
            answered.update(found)
            yield combine(response, requests[found[0]]) if found else response
    yield from (request for n, request in enumerate(requests) if n not in answered)


@pytest.fixture(scope="module")
def on_file() -> list[Authorization]:
    found = list(story_authorizations())
    assert {a.decision for a in found} >= set(Decision) - {Decision.UNANSWERED}
    return found


def expected(name: str) -> list[tuple[str, str, str, str]]:
    text = (STORY / "claims" / "expected.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader([row for row in text.splitlines() if not row.startswith("#")], delimiter="\t", quoting=csv.QUOTE_NONE)
    return [(row["claim"], row["line"], row["verdict"], row["placement"]) for row in rows if row["file"] == name]


@pytest.mark.parametrize("path", sorted(STORY.glob("claims/*.837")), ids=lambda path: path.stem)
def test_the_verdicts_are_the_same_without_a_ledger(path: Path, on_file: list[Authorization]) -> None:
    linked = link(path, on_file)
    assert [(row.claim, row.line or "", str(row.verdict), row.placement) for row in linked.claims] == expected(path.name)
    assert linked.problems == ()


@pytest.mark.corpus("837*/*")
def test_no_byte_of_the_corpus_changes_without_authorizations(corpus_file: Path) -> None:
    before = corpus_file.read_bytes()
    assert written(link(before, [])) == before


def made_for(sent: Claim) -> Authorization | None:
    """An authorization that fits the claim's first line, or its stay; None where the claim has nothing to fit."""
    first = next((each for each in sent.lines if each.procedure and each.period), None)
    if first is None or not sent.subscriber.member_id or sent.frequency == "8" or sent.predetermination or sent.purpose == "RP":
        return None
    assert first.period
    assert sent.period
    days = (first.period.start, first.period.end, sent.period.start, sent.period.end, sent.admission or sent.period.start)
    fitting = CertifiedService(
        decision=Decision.CERTIFIED, procedure=first.procedure, period=Period(start=min(days), end=max(days))
    )
    who = {"subscriber": sent.subscriber, "patient": sent.patient, "dependent": sent.dependent}
    return authorization("MADE-1", fitting, payer=sent.payer, providers=(), requester=sent.billing, **who)


@pytest.mark.corpus("837*/*")
def test_a_corpus_claim_is_linked_by_its_segments_alone(corpus_file: Path) -> None:
    before = corpus_file.read_bytes()
    found = next((made for sent in edi.read_claims(before) if (made := made_for(sent))), None)
    linked = link(before, [found] if found else [])
    places = {(row.offset, row.line if row.placement == "2400" else None) for row in linked.claims if row.written}
    assert bool(places) == bool(found)
    after = written(linked)
    separators = next(iter(read(before))).delimiters
    new = compose(separators, "REF", "G1", "MADE-1").raw
    assert after.count(new) == len(places)
    left, right = (collections.Counter(s.raw for s in read(data) if s.id not in ("SE",)) for data in (before, after))
    assert right - left == ({new: len(places)} if places else {})
    assert left - right == {}


@pytest.mark.parametrize("ends", [b"IEA", b"GE", b"SE", b"LX", b"CLM"])
def test_a_file_that_is_cut_off_says_so(ends: bytes) -> None:
    """Between segments too: what is written is then no whole file either."""
    whole = (STORY / "claims" / "number-right.837").read_bytes()
    assert link(whole, ()).problems == ()
    cut = whole[: whole.index(ends + b"*")]
    linked = link(cut, ())
    assert [problem.code for problem in linked.problems] == ["cut-off"]
    out = io.BytesIO()
    linked.write(out)
    assert out.getvalue() == cut

"""Teeth, surfaces and areas of the mouth: read from both sides, and compared where both name them."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

import edi
from edi.ledger import Ledger
from edi.linkage.joining import joined
from edi.records.authorization import Authorization, CertifiedService, Decision, read_authorizations
from edi.records.claim import Claim, ClaimLine, read_claims
from edi.records.services import Tooth
from tests.cli.shell import Shell
from tests.linkage.build import authorization, claim, day, decided, line, only, service
from tests.linkage.rules import matching
from tests.linkage.test_lives import _YEAR, PT, asks, message, stands
from tests.records.samples837 import file

CROWN = "AD:D2740"
SCALING = "AD:D4341"


def teeth(text: str) -> tuple[Tooth, ...]:
    """ "3:MO 14" is tooth 3 on two surfaces, and tooth 14."""
    named = (each.partition(":") for each in text.split())
    return tuple(Tooth(number=number, surfaces=tuple(surfaces)) for number, _, surfaces in named)


def certified(*on: str, number: str = "A-1", **more: Any) -> Authorization:
    """Crowns, one service for each text of teeth."""
    return authorization(number, *(service(CROWN, teeth=teeth(each), **more) for each in on))


def billed(on: str, **more: Any) -> ClaimLine:
    return line(CROWN, teeth=teeth(on), **more)


def dental(*lines: ClaimLine, **more: Any) -> Claim:
    return claim(*lines, kind="dental", **more)


@pytest.mark.parametrize(
    ("named", "on", "verdict"),
    [
        ("3", "3", "linked"),
        ("03", "3", "linked"),
        ("a", "A", "linked"),
        ("3", "14", "service-mismatch"),
        ("3 14", "14", "linked"),
        ("3", "3 14", "service-mismatch"),
        ("", "14", "linked"),
        ("3", "", "linked"),
        ("3:MO", "3:M", "linked"),
        ("3:M", "3:MO", "service-mismatch"),
        ("3:MO", "3", "linked"),
        ("3", "3:MO", "linked"),
        ("3:MO 14", "14:D", "linked"),
        ("3:F", "3:B", "linked"),
        ("3:MO", "3:M 3:O", "linked"),
    ],
)
def test_all_that_is_billed_is_certified(named: str, on: str, verdict: str) -> None:
    row = only(dental(billed(on)), certified(named))
    assert (row.verdict, row.written) == (verdict, verdict == "linked")


def test_the_reason_names_both_teeth() -> None:
    row = only(dental(billed("14")), certified("3"))
    assert row.reasons == ("Authorization A-1: certified for D2740 on tooth 3, billed D2740 on tooth 14.",)
    assert row.misfit is not None
    assert (row.misfit.certified, row.misfit.billed) == (("D2740 on tooth 3",), ("D2740 on tooth 14",))
    (fitting,) = only(dental(billed("3:MO")), certified("3:DMO 14")).reasons
    assert fitting == "Authorization A-1: certifies D2740 on tooth 3 (MO) for 2026-03-01 to 2026-05-31."
    (surfaces,) = only(dental(billed("3:MO")), certified("3:M")).reasons
    assert surfaces == "Authorization A-1: certified for D2740 on tooth 3 (M), billed D2740 on tooth 3 (MO)."
    (several,) = only(dental(billed("30")), certified("3", "14")).reasons
    assert several == "Authorization A-1: certified for D2740 on teeth 3 and 14, billed D2740 on tooth 30."


def test_of_two_authorizations_of_one_code_each_goes_on_its_own_tooth() -> None:
    rows = decided(dental(billed("14"), billed("3")), certified("3"), certified("14", number="A-2"))
    assert [(row.line, row.verdict, row.authorization) for row in rows] == [("1", "linked", "A-2"), ("2", "linked", "A-1")]


def test_a_number_that_is_there_for_another_tooth_stays_with_its_misfit() -> None:
    row = only(dental(billed("14"), held="A-1"), certified("3"))
    assert (row.verdict, row.written, row.authorization) == ("service-mismatch", False, "A-1")
    other = only(dental(billed("14"), held="A-1"), certified("3"), certified("14", number="A-2"))
    assert (other.verdict, other.authorization) == ("wrong-number", "A-2")


def test_what_was_refused_for_another_tooth_says_nothing() -> None:
    refused = authorization("A-1", service(CROWN, teeth=teeth("3")), decision=Decision.DENIED)
    assert only(dental(billed("14")), refused).verdict == "requirement-unknown"
    assert only(dental(billed("3")), refused).verdict == "authorization-denied"
    free = authorization("", service(CROWN, teeth=teeth("3")), decision=Decision.NOT_REQUIRED)
    assert only(dental(billed("14")), free).verdict == "requirement-unknown"


def test_a_line_of_several_teeth_draws_on_services_that_are_alike() -> None:
    """A payer may answer a tooth at a time what is billed on one line."""
    assert only(dental(billed("3 14")), certified("3", "14")).verdict == "linked"
    denied = replace(certified("3", "14"), services=(service(CROWN, teeth=teeth("3")), _refused("14")))
    assert only(dental(billed("3 14")), denied).verdict == "service-mismatch"


def _refused(on: str) -> CertifiedService:
    return service(CROWN, teeth=teeth(on), decision=Decision.DENIED)


def test_each_tooth_has_units_of_its_own() -> None:
    usage = edi.Usage()
    held = certified("3", "14", quantity="1 UN")
    assert only(dental(billed("14")), held, usage=usage).verdict == "linked"
    assert only(dental(billed("14"), id="C-2"), held, usage=usage).verdict == "units-used-up"
    assert only(dental(billed("3"), id="C-3"), held, usage=usage).verdict == "linked"


@pytest.mark.parametrize(
    ("named", "on", "verdict"),
    [
        ("10", "10", "linked"),
        ("10", "20", "service-mismatch"),
        ("10 20", "01", "linked"),
        ("01", "20", "linked"),
        ("02", "20", "service-mismatch"),
        ("00", "05", "linked"),
        ("L", "30", "linked"),
        ("05", "05", "linked"),
        ("05", "20", "service-mismatch"),
        ("", "20", "linked"),
        ("10", "", "linked"),
    ],
)
def test_areas_of_the_mouth(named: str, on: str, verdict: str) -> None:
    held = authorization("A-1", service(SCALING, oral_cavity=tuple(named.split())))
    row = only(dental(line(SCALING, oral_cavity=tuple(on.split()))), held)
    assert row.verdict == verdict
    if (named, on) == ("10", "20"):
        assert row.reasons == ("Authorization A-1: certified for D4341 in area 10, billed D4341 in area 20.",)


def test_a_payers_rule_lets_teeth_and_surfaces_differ() -> None:
    free, surfaces = matching("teeth need not match"), matching("surfaces need not match")
    assert only(dental(billed("14")), certified("3"), matching=free).verdict == "linked"
    assert only(dental(billed("14")), certified("3"), matching=surfaces).verdict == "service-mismatch"
    assert only(dental(billed("3:MO")), certified("3:D"), matching=surfaces).verdict == "linked"
    assert only(dental(billed("3:MO")), certified("3:D"), matching=matching("surfaces must match")).verdict == "service-mismatch"


def test_a_line_and_a_certified_service_have_their_teeth() -> None:
    (found,) = read_claims(
        file("CLM*C1*800***11:B:1*Y*A*Y*Y~LX*1~SV3*AD:D2740*800**10:20**1~TOO*JP*13*M:O~TOO*JP*14~DTP*472*D8*20260105~", "dental")
    )
    (one,) = found.lines
    assert (one.teeth, one.oral_cavity) == (teeth("13:MO 14"), ("10", "20"))
    (read,) = read_authorizations(message(f"{PT}HCR*A1*AUTH1~{_YEAR}HL*5*4*SS*0~SV3*AD:D2740***10**1~TOO*JP*3*M:O~"))
    assert [(each.teeth, each.oral_cavity) for each in read.services] == [(teeth("3:MO"), ("10",))]


def sites(found: Authorization) -> list[tuple[str, str, str]]:
    """Teeth, decision and number of each service."""
    return [(" ".join(t.number for t in each.teeth), each.decision.value, each.number) for each in found.services]


BOTH = f"{PT}{_YEAR}HL*5*4*SS*0~SV3*AD:D2740*****1~TOO*JP*3~HL*6*4*SS*0~SV3*AD:D2740*****1~TOO*JP*14~".replace("007", "AAH")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (f"{PT}HCR*A1*AUTH1~{_YEAR}", [("3", "certified", "AUTH1"), ("14", "certified", "AUTH1")]),
        (
            f"{PT}HL*5*4*SS*0~HCR*A1*N3~SV3*AD:D2740*****1~HL*6*4*SS*0~HCR*A3**0F~SV3*AD:D2740*****1~",
            [("3", "certified", "N3"), ("14", "denied", "")],
        ),
        (
            f"{PT}HL*5*4*SS*0~HCR*A3**0F~SV3*AD:D2740*****1~TOO*JP*14~HL*6*4*SS*0~HCR*A1*N3~SV3*AD:D2740*****1~TOO*JP*3~",
            [("14", "denied", ""), ("3", "certified", "N3")],
        ),
    ],
)
def test_an_answer_that_does_not_repeat_teeth_is_for_those_asked_for(answer: str, expected: list[tuple[str, str, str]]) -> None:
    assert sites(stands([asks(BOTH), message(answer)])) == expected


def test_an_answer_in_another_order_keeps_what_each_tooth_was_asked_for() -> None:
    asked = BOTH.replace("*****1~TOO*JP*3~", "*****1~TOO*JP*3~DTP*472*D8*20261005~")
    answer = f"{PT}HCR*A1*AUTH1~HL*5*4*SS*0~SV3*AD:D2740*****1~TOO*JP*14~HL*6*4*SS*0~SV3*AD:D2740*****1~TOO*JP*3~"
    later, first = stands([asks(asked), message(answer)]).services
    assert (later.period, first.period) != (first.period, later.period)
    assert first.period is not None
    assert first.period.start.day == 5


def test_a_further_answer_about_one_tooth_leaves_the_other() -> None:
    first = message(
        f"{PT}HCR*A2~{_YEAR}HL*5*4*SS*0~HCR*A1*N3~SV3*AD:D2740*****1~TOO*JP*3~HL*6*4*SS*0~HCR*A4**0U~SV3*AD:D2740*****1~TOO*JP*14~",
        purpose="19",
    )
    later = message(f"{PT}HL*5*4*SS*0~HCR*A3**0F~SV3*AD:D2740*****1~TOO*JP*14~", day=10)
    found = stands([asks(BOTH), first, later])
    assert sorted(sites(found)) == [("14", "denied", ""), ("3", "certified", "N3")]


@pytest.mark.parametrize(
    ("tooth", "expected"),
    [
        ("TOO*JP*14~", [("3", "1"), ("14", "2")]),
        ("TOO*JP*14*M~", [("3", "1"), ("14", "2")]),
        ("TOO*JP*30~", [("30", "2")]),
        ("", [("3 14", "2")]),
    ],
)
def test_a_revision_of_one_tooth_leaves_the_other(tooth: str, expected: list[tuple[str, str]]) -> None:
    first = f"{PT}HCR*A1*AUTH1~{_YEAR}HL*5*4*SS*0~SV3*AD:D2740*****1~TOO*JP*3~HL*6*4*SS*0~SV3*AD:D2740*****1~TOO*JP*14~"
    change = f"UM*HS*S*PT*11:B~%sREF*BB*AUTH1~HL*5*4*SS*0~SV3*AD:D2740*****2~{tooth}"
    revised = change % "HCR*A1*AUTH1~"
    found = stands([asks(BOTH), message(first), asks(change % "", name="2"), message(revised, day=20, name="2")])
    assert [(" ".join(t.number for t in s.teeth), str(s.quantity and s.quantity.amount)) for s in found.services] == expected


def test_what_another_request_certifies_on_another_tooth_stands_beside() -> None:
    one = certified("3")
    first, second = replace(one, traces=("T-1",)), replace(certified("14"), traces=("T-2",))
    (found,) = joined([first, second])
    assert {each.teeth for each in found.services} == {teeth("3"), teeth("14")}


def test_of_requests_with_one_reference_the_one_for_the_tooth_is_answered() -> None:
    asked = [
        replace(certified(on, dates=dates, decision=Decision.UNANSWERED), number="", decision=Decision.UNANSWERED)
        for on, dates in (("3", "03-01/03-31"), ("14", "04-01/04-30"))
    ]
    first = certified("3", dates="")
    (found,) = joined([replace(one, request_reference="R-1") for one in (*asked, first)])
    assert [(each.teeth, each.period) for each in found.services] == [(teeth("3"), asked[0].services[0].period)]


def test_an_extension_of_one_tooth_is_not_the_others() -> None:
    extension = certified("14", dates="03-01/08-31")
    extension = replace(extension, certification_type="4", issued=day("05-20"))
    (found,) = joined([replace(certified("3", "14"), issued=day("02-20")), extension])
    ends = [(each.teeth[0].number, each.period.end.month) for each in found.services if each.period]
    assert ends == [("3", 5), ("14", 8)]


def test_the_ledger_keeps_teeth(tmp_path: Path) -> None:
    shell = Shell(f"sqlite:///{tmp_path / 'ledger.db'}")
    both = [(KIND / name).read_bytes() for name in ("request.278", "response.278")]
    changes = {b"TOO*JP*14": b"TOO*JP*3*M:O", b"KIN9101": b"KIN9103", b"0014": b"0003", b"00000032": b"00000042"}
    other = [reduce(lambda data, change: data.replace(*change), changes.items(), data) for data in both]
    with Ledger(shell.url) as ledger:
        for data in (*both, *other):
            ledger.take(data)
        (sent,) = read_claims(file(CLAIM, "dental", level=BUGLE))
        rows = ledger.check([sent]).claims
        assert [(row.verdict, row.authorization) for row in rows] == [("linked", "KIN9103"), ("linked", "KIN9101")]
        ledger.link(file(CLAIM, "dental", level=BUGLE)).write(tmp_path / "out.837")
    written = (tmp_path / "out.837").read_bytes()
    assert b"TOO*JP*3*M~REF*G1*KIN9103~LX*2~SV3*AD:D2750*950****1~TOO*JP*14~REF*G1*KIN9101~" in written
    assert "D2750 on tooth 3 (MO)  certified  KIN9103" in shell("authorizations", "show", "KIN9103").output
    asked = json.loads(shell("authorizations", "show", "KIN9103", "--format", "json").output)
    assert asked["authorizations"][0]["record"]["services"][0]["teeth"] == [{"number": "3", "surfaces": ["M", "O"]}]


@pytest.mark.parametrize("named", ["", "3"])
@pytest.mark.parametrize("on", ["", "3", "14"])
def test_the_join_says_the_same(tmp_path: Path, named: str, on: str) -> None:
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    held = [certified(named), certified("14", number="A-2")]
    sent = [replace(dental(billed(on), billed("14")), id=f"C-{n}", offset=n) for n in range(2)]
    edi.write_claim_facts(sent, tmp_path, name="claims")
    edi.write_authorization_facts(held, tmp_path)
    told = [(row.offset, row.line, row.verdict, row.authorization) for row in edi.link_sets(tmp_path)]
    alone = [(row.offset, row.line, row.verdict, row.authorization) for row in edi.link(sent, held).claims]
    assert sorted(told, key=str) == sorted(alone, key=str)


KIND = Path(__file__).parents[2] / "testdata" / "kinds" / "dental"
CLAIM = (
    "CLM*C1*1900***11:B:1*Y*A*Y*Y~DTP*472*D8*20261005~NM1*82*1*HOLLOWELL*WREN****XX*1999990025~"
    "LX*1~SV3*AD:D2750*950****1~TOO*JP*3*M~LX*2~SV3*AD:D2750*950****1~TOO*JP*14~"
)
BUGLE = (
    "HL*2*1*22*0~SBR*P*18*******CI~NM1*IL*1*BUGLE*JUNIPER****MI*MHP300009~DMG*D8*19690519*M~"
    "NM1*PR*2*MEADOWLARK HEALTH PLAN*****PI*MHP01~"
)

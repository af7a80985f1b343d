"""What reasons and remarks say, by edi/835/denials.tsv."""

from __future__ import annotations

import re

import pytest

from edi import resources
from edi.errors import DefinitionError
from edi.linkage.denials import kinds
from edi.linkage.denials.denial import kind_of
from edi.linkage.verdict import Verdict

from .build import adjustment

OWING_GROUPS = ("CO", "PR", "OA", "PI", "CR")


def kind(code: str, *remarks: str, number: bool | None = None, paid: bool = False) -> str | None:
    """Of a group with a reason."""
    group, reason = code.split("-")
    found = kinds.said(reason, remarks, group=group, number=number, paid=paid)
    return found.kind if found else None


@pytest.mark.parametrize(
    ("codes", "number", "expected"),
    [
        ("CO-197", None, "authorization-missing"),
        ("CO-197", True, "authorization-missing"),
        ("PR-197", False, "authorization-missing"),
        ("CO-197 M62", True, "authorization-invalid"),
        ("CO-197 M62", False, "authorization-missing"),
        ("CO-197 M62", None, "authorization-missing"),
        ("CO-197 N54", True, "authorization-wrong-service"),
        ("CO-197 N210", True, "authorization-missing"),
        ("CO-62", None, "authorization-missing"),
        ("CO-15", None, "authorization-invalid"),
        ("CO-15 N54", None, "authorization-wrong-service"),
        ("CO-16 M62", None, "authorization-invalid"),
        ("CO-16 M62", True, "authorization-invalid"),
        ("CO-16 M62", False, "authorization-missing"),
        ("CO-284", None, "authorization-wrong-service"),
        ("CO-296", None, "authorization-wrong-provider"),
        ("CO-302", None, "authorization-wrong-date"),
        ("CO-198", None, "authorization-exceeded"),
        ("CO-210", None, "authorization-late"),
        ("CO-39", None, "authorization-refused"),
        ("CO-96 N54", None, "authorization-wrong-service"),
        ("CO-272 N758", None, "authorization-refused"),
        ("CO-A1 N351", None, "authorization-wrong-date"),
        ("CO-96 N640", None, "authorization-exceeded"),
        ("CO-226 N54", None, "authorization-wrong-service"),
        ("CO-252 N758", None, "authorization-refused"),
        ("CO-243", None, "referral"),
        ("CO-287", None, "referral"),
        ("PR-288", None, "referral"),
        ("CO-165", None, "referral"),
        ("CO-16 N286", None, "referral"),
        ("CO-27", None, "eligibility"),
        ("OA-31", None, "eligibility"),
        ("CO-50", None, "medical-necessity"),
        ("CO-29", None, "timely-filing"),
        ("CO-16 N706", None, "documentation"),
        ("CO-252", None, "documentation"),
        ("CO-242", None, "network"),
        ("OA-18", None, "duplicate"),
        ("CO-16", None, "other"),
        ("CO-16 N999", None, "other"),
        ("CO-96", None, "other"),
        ("CO-272", None, "other"),
        ("CO-97", None, "other"),
        ("CO-119", None, "other"),
        ("CO-B23", None, "other"),
        ("OA-136", None, "other"),
        ("CO-P99", None, "other"),
        ("CO-133", None, "other"),
        ("CO-286", None, "timely-filing"),
        ("CO-50 N921", None, "timely-filing"),
        ("PI-197", None, "authorization-missing"),
        ("CO-16 N41", None, "authorization-refused"),
    ],
)
def test_kinds(codes: str, number: bool | None, expected: str) -> None:
    assert kind(*codes.split(), number=number) == expected


@pytest.mark.parametrize("reason", ["CO-45", "PR-1", "PR-2", "PR-3", "CO-253", "OA-23", "OA-94", "CO-24", "CO-045"])
def test_contract_and_patient_share_are_no_findings(reason: str) -> None:
    assert kind_of(adjustment(f"{reason} 20")) is None


def test_what_is_not_decided_yet_is_no_denial() -> None:
    assert kind_of(adjustment("OA-133 20")) is None


@pytest.mark.parametrize(
    ("codes", "until"),
    [
        ("CO-197", ""),
        ("CO-197 M62", ""),
        ("CO-15", "?"),
        ("CO-15 N54", "?"),
        ("CO-15 M62", "?"),
        ("CO-165", "?"),
        ("CO-62", "2007-04-01"),
        ("CO-62 N54", "2007-04-01"),
        ("CO-62 M62", "2007-04-01"),
        ("CO-38", "2013-01-01"),
        ("CO-16 N41", "2003-10-16"),
    ],
)
def test_what_ended_is_read_and_its_last_day_is_known(codes: str, until: str) -> None:
    reason, *remarks = codes.split()
    found = kinds.said(reason.partition("-")[2], remarks)
    assert found is not None
    assert found.until == until


def test_what_is_cut_though_it_is_paid_is_a_penalty() -> None:
    assert kind("CO-197", paid=True) == "authorization-penalty"
    assert kind("CO-272", "N719", paid=True) == "authorization-penalty"
    assert kind("CO-197", "N719", paid=False) == "authorization-missing"
    assert kind("CO-45", "N719", paid=True) is None
    assert kind("CO-198", paid=True) == "authorization-exceeded"


def test_no_money_no_finding() -> None:
    assert kind_of(adjustment("CO-197 0")) is None


def test_the_tables_are_sound() -> None:
    for reason in ("197", "-", "zz"):
        kinds.said(reason, ())
    text = resources.definition(kinds.DENIALS).read_text(encoding="utf-8")
    for row in [line.split("\t") for line in text.splitlines() if not line.startswith("#")]:
        assert len(row) == 9
        assert all(code in ("-", *OWING_GROUPS) for code in row[0].split())
        assert all(re.fullmatch(r"-|[A-Z]?\d{1,3}", code) for code in row[1].split())
        assert all(re.fullmatch(r"-|(M|MA|N)\d{1,3}", code) for code in row[2].split())
        assert all(re.fullmatch(r"-|\?|\d{4}-\d\d-\d\d", day) for day in row[7:])
        assert row[6] != "-"


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_every_kind_has_an_action(kind: str) -> None:
    assert kinds.action(kind, None, number="", corrected="a replacement")


def test_actions_name_the_number_and_the_claim() -> None:
    told = kinds.action("authorization-missing", "held-not-sent", number="A-1", corrected="a replacement")
    assert told == "Send a replacement with A-1."


def test_a_broken_table_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    broken = tmp_path / "denials.tsv"
    monkeypatch.setattr(resources, "definition", lambda name: broken)
    for row, column in (("197\t-\n", "9 columns"), ("-\t197\t-\tperhaps\t-\tother\tx\t-\t-\n", "not a kind")):
        broken.write_text("# head\n" + row, encoding="utf-8")
        for kept in (kinds._denials, kinds._said):
            kept.cache_clear()
        with pytest.raises(DefinitionError, match=column):
            kinds.said("197", ())
    kinds._denials.cache_clear()


def test_there_is_an_action_for_every_verdict_that_leaves_something_to_do() -> None:
    assert [verdict for verdict in Verdict if bool(verdict.action) == verdict.settled] == []

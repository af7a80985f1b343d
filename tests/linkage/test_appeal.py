"""What speaks for an appeal, by the cause of each denial; and what does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from edi.linkage.denials.appeal import Appeal, AppealGround, appeal
from edi.linkage.denials.correction import ClaimHistory, CorrectionPlan, PayerAnswer, Refusal
from edi.linkage.denials.denial import Finding
from edi.linkage.verdict import Row, Verdict

from .build import claim, day, payment


def finding(cause: str | None, kind: str = "authorization-missing", **more: Any) -> Finding:
    known = {
        "claim": "C-1",
        "codes": ("CO-197",),
        "amount": Decimal(100),
        "line": "1",
        "authorization": "A-1",
        "action": "Do it.",
    }
    return Finding(**{**known, "kind": kind, "cause": cause, **more})


def history(*found: Finding, **more: Any) -> ClaimHistory:
    answer = replace(payment(), produced_on=day("04-01"), trace="T-1", **more)
    return ClaimHistory(claim=claim(), sent=day("03-20"), answers=(PayerAnswer(answer, found),))


def row(verdict: Verdict, **more: Any) -> Row:
    return Row(claim="C-1", transaction="0001", payer="60054", verdict=verdict, authorization="A-1", **more)


@pytest.mark.parametrize(
    ("cause", "ground", "number"),
    [
        ("sent-correctly", AppealGround.SENT_CORRECTLY, "A-1"),
        ("not-required", AppealGround.NOT_REQUIRED, "A-1"),
        ("never-requested", AppealGround.RETROACTIVE, ""),
        ("requested-late", AppealGround.RETROACTIVE, ""),
        ("other-payer", AppealGround.RETROACTIVE, ""),
    ],
)
def test_a_cause_that_speaks_for_it(cause: str, ground: AppealGround, number: str) -> None:
    found = appeal(history(finding(cause)))
    assert isinstance(found, Appeal)
    assert [(one.ground, one.authorization) for one in found.contested] == [(ground, number)]


@pytest.mark.parametrize("cause", ["held-not-sent", "wrong-number", "authorization-denied", "after-period", "unknown", None])
def test_a_cause_that_does_not(cause: str | None) -> None:
    found = appeal(history(finding(cause)))
    assert isinstance(found, CorrectionPlan)
    assert (found.refusal, found.reasons[1:]) == (Refusal.NOTHING_CONTESTED, ("Do it.",))


def test_what_was_certified_was_necessary() -> None:
    needless = history(finding(None, "medical-necessity"))
    found = appeal(needless, [row(Verdict.ALREADY_LINKED)])
    assert isinstance(found, Appeal)
    assert (found.grounds, found.authorizations) == ((AppealGround.CERTIFIED,), ("A-1",))
    for other in (row(Verdict.LINKED), row(Verdict.ALREADY_LINKED, line="2")):
        assert isinstance(appeal(needless, [other]), CorrectionPlan)


@pytest.mark.parametrize("cause", ["sent-correctly", "held-not-sent"])
def test_what_was_certified_was_necessary_also_where_its_number_is_known(cause: str) -> None:
    found = appeal(history(finding(cause, "medical-necessity")))
    assert isinstance(found, Appeal)
    assert (found.grounds, found.authorizations) == ((AppealGround.CERTIFIED,), ("A-1",))


def test_only_what_is_contested_is_at_stake() -> None:
    found = appeal(
        history(
            finding("sent-correctly", amount=Decimal(70), deadline=day("05-31")),
            finding("wrong-number", amount=Decimal(20), line="2", deadline=day("05-01")),
            finding("never-requested", amount=Decimal(10), line="3", deadline=day("05-15")),
            finding("sent-correctly", amount=Decimal(-5), line="4"),
        )
    )
    assert isinstance(found, Appeal)
    assert (found.amount, found.deadline) == (Decimal(80), day("05-15"))
    assert found.grounds == (AppealGround.SENT_CORRECTLY, AppealGround.RETROACTIVE)


def test_what_was_not_decided_is_not_appealed() -> None:
    waiting = ClaimHistory(claim=claim(), sent=day("03-20"))
    reversed_ = history(finding("sent-correctly"), status="22")
    for found, refusal in ((appeal(waiting), Refusal.NOT_ANSWERED), (appeal(reversed_), Refusal.REVERSED)):
        assert isinstance(found, CorrectionPlan)
        assert found.refusal is refusal


def test_an_appeal_needs_no_claim_number_of_the_payer() -> None:
    assert isinstance(appeal(history(finding("sent-correctly"), payer_claim="")), Appeal)


def test_whose_deadline_it_is() -> None:
    """The earliest, by the payer's rule or by the default."""
    by_rule = finding("sent-correctly", deadline=day("05-01"), limit="maple-appeals")
    default = finding("sent-correctly", deadline=day("05-31"))
    for found, limited in (((by_rule, default), True), ((replace(by_rule, deadline=day("06-15")), default), False)):
        told = appeal(history(*found))
        assert isinstance(told, Appeal)
        assert told.limited is limited


@pytest.mark.parametrize("remark", ["MA130", "N211", "MA44"])
def test_what_may_not_be_appealed(remark: str) -> None:
    found = appeal(history(finding("sent-correctly"), remarks=(remark,)))
    assert isinstance(found, CorrectionPlan)
    assert found.refusal is Refusal.NO_APPEAL
    assert found.reasons[0].startswith(f"{remark}: ")

"""Which instrument mends a claim, and when none does: the history decides, then what has changed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from edi.guides.rules.match import MatchRule
from edi.linkage.agreement import Agreement
from edi.linkage.denials.correction import (
    ClaimHistory,
    ClaimRejection,
    CorrectionPlan,
    Instrument,
    PayerAnswer,
    Refusal,
    course,
    same_claim,
    with_changes,
)
from edi.linkage.denials.denial import Finding
from edi.linkage.verdict import Row, Verdict
from edi.records.claim import Claim

from .build import JONAS, MARIA, authorization, claim, day, payer, payment

SENT = claim()
PART_B = Agreement((MatchRule("part-b", "", (), "a test", corrections=("new claim only",)),))


def finding(kind: str = "authorization-missing", amount: str = "500", line: str | None = "1", **more: Any) -> Finding:
    return Finding(claim="C-1", kind=kind, cause=None, codes=("CO-197",), amount=Decimal(amount), line=line, **more)


def answer(on: str = "04-01", number: str = "P-1", status: str = "1", *findings: Finding, **more: Any) -> PayerAnswer:
    record = replace(payment(), payer_claim=number, status=status, produced_on=day(on), trace=f"T-{on}", **more)
    return PayerAnswer(record, findings or ((finding(),) if status == "1" else ()))


def told(*answers: PayerAnswer, sent: Claim = SENT, on: str = "03-20", void: bool = False, **more: Any) -> CorrectionPlan:
    agreed = more.pop("agreed", Agreement())
    return course(ClaimHistory(claim=sent, sent=day(on), answers=answers, **more), void=void, agreed=agreed)


def again(frequency: str = "7", original: str = "P-1") -> Claim:
    return replace(SENT, frequency=frequency, original=original)


def shape(plan: CorrectionPlan) -> tuple[Instrument | None, str, str]:
    return plan.instrument, plan.frequency, plan.original


def test_what_the_payer_decided_is_replaced() -> None:
    plan = told(answer())
    assert shape(plan) == (Instrument.REPLACEMENT, "7", "P-1")
    assert plan.reasons == (
        "Remittance T-04-01 on 2026-04-01 decided it as P-1: a replacement (frequency 7) names that in REF*F8.",
    )


def test_a_void_is_asked_for() -> None:
    assert shape(told(answer(), void=True)) == (Instrument.VOID, "8", "P-1")
    paid = answer("04-01", "P-1", "1", finding(amount="-5"))
    assert told(paid).refusal is Refusal.NOTHING_DENIED
    assert shape(told(paid, void=True)) == (Instrument.VOID, "8", "P-1")


def test_a_payer_may_want_a_void_and_then_a_new_claim() -> None:
    asked = answer(remarks=("N798",))
    plan = told(asked)
    assert (plan.refusal, plan.reasons[1]) == (Refusal.NOT_TAKEN, "A void is written with --void.")
    assert shape(told(asked, void=True)) == (Instrument.VOID, "8", "P-1")
    assert told(asked, sent=again("8"), on="04-10", again=True).refusal is Refusal.CORRECTION_OUT
    plan = told(asked, answer("05-01", "P-1", "22"), sent=again("8"), on="04-10", again=True)
    assert shape(plan) == (Instrument.NEW, "1", "")
    assert plan.answer == asked


def test_what_is_not_finished_is_waited_for() -> None:
    assert (
        told(answer(), answer("05-01", "P-2", remarks=("N779",)), sent=again(), on="04-10", again=True).refusal
        is Refusal.NOT_ANSWERED
    )


@pytest.mark.parametrize("remark", ["MA130", "N142"])
def test_what_was_not_processed_comes_as_a_new_claim(remark: str) -> None:
    assert shape(told(answer(remarks=(remark,), paid=Decimal(0)))) == (Instrument.NEW, "1", "")
    replaced = answer("05-01", "P-2", remarks=(remark,), paid=Decimal(0))
    assert shape(told(answer(), replaced, sent=again(), on="04-10", again=True)) == (Instrument.NEW, "1", "")


def test_what_was_paid_in_part_was_processed() -> None:
    """A new claim would bill the paid lines once more, whatever the remark says."""
    assert shape(told(answer(remarks=("MA130",), paid=Decimal(10)))) == (Instrument.REPLACEMENT, "7", "P-1")


def test_an_interim_bill_comes_again_as_that() -> None:
    assert shape(told(answer(remarks=("MA130",), paid=Decimal(0)), sent=replace(SENT, frequency="3"))) == (
        Instrument.NEW,
        "3",
        "",
    )


def test_the_newest_payer_number_of_the_chain() -> None:
    chain = (answer("04-01", "P-1"), answer("05-01", "P-1", "22"), answer("05-01", "P-2"))
    assert shape(told(*chain, sent=again(), on="04-10", again=True)) == (Instrument.REPLACEMENT, "7", "P-2")
    unnamed = (*chain, answer("06-01", "0"))
    assert shape(told(*unnamed, sent=again("7", "P-2"), on="05-10", again=True)) == (Instrument.REPLACEMENT, "7", "P-2")


def test_without_a_payer_number_nothing_can_be_named() -> None:
    for number in ("", "0"):
        assert told(answer(number=number)).refusal is Refusal.NO_PAYER_NUMBER
        assert told(answer(number=number), void=True).refusal is Refusal.NO_PAYER_NUMBER


@pytest.mark.parametrize("void", [False, True])
def test_what_has_no_answer_waits_for_it(void: bool) -> None:
    assert told(void=void).refusal is Refusal.NOT_ANSWERED
    assert told(answer(), sent=again(), on="04-10", again=True, void=void).refusal is Refusal.CORRECTION_OUT
    assert told(answer(), on="04-10", again=True, void=void).refusal is Refusal.CORRECTION_OUT
    assert told(sent=again(), void=void).refusal is Refusal.CORRECTION_OUT


def test_on_one_day_the_number_tells_which_sending_is_answered() -> None:
    assert told(answer("04-10"), sent=again(), on="04-10", again=True).refusal is Refusal.CORRECTION_OUT
    assert shape(told(answer("04-10", "P-2"), sent=again(), on="04-10", again=True))[2] == "P-2"


def test_an_answer_to_what_it_replaces_is_none_to_it() -> None:
    """The first was never taken into the ledger, only its answer and the replacement."""
    assert told(answer(), sent=again(), on="04-10").refusal is Refusal.CORRECTION_OUT
    assert told(answer("04-10"), sent=again(), on="04-10").refusal is Refusal.CORRECTION_OUT
    assert shape(told(answer(), answer("05-01", "P-2"), sent=again(), on="04-10"))[2] == "P-2"


@pytest.mark.parametrize("void", [False, True])
def test_what_was_taken_back_waits_for_its_correction(void: bool) -> None:
    assert told(answer(), answer("05-01", "P-1", "22"), void=void).refusal is Refusal.REVERSED
    both = (answer(), answer("05-01", "P-2"), answer("05-01", "P-1", "22"))
    assert shape(told(*both))[2] == "P-2"  # of one remittance the correction counts, also where it stands first


def test_what_is_voided_or_replaced_is_mended_no_more() -> None:
    assert told(answer(), sent=again("8"), on="04-10", again=True).refusal is Refusal.VOIDED
    other = replace(again(), id="C-2")
    plan = told(answer(), replaced_by=other)
    assert (plan.refusal, plan.reasons) == (Refusal.REPLACED, ("Claim C-2 replaces it: correct that one.",))
    assert told(answer(), replaced_by=replace(other, frequency="8")).reasons == ("Claim C-2 voids it: correct that one.",)


NOT_GOOD = ClaimRejection(source="277CA", codes=("A7:252",))


def test_a_claim_that_was_rejected_is_new() -> None:
    plan = told(rejected=NOT_GOOD)
    assert shape(plan) == (Instrument.NEW, "1", "")
    assert plan.reasons[0] == "The 277CA rejected it (A7:252)."
    assert told(rejected=NOT_GOOD, void=True).refusal is Refusal.NOT_ANSWERED


@pytest.mark.parametrize(("frequency", "instrument"), [("7", Instrument.REPLACEMENT), ("8", Instrument.VOID)])
def test_a_replacement_that_was_rejected_stays_one(frequency: str, instrument: Instrument) -> None:
    """What it is to replace was decided."""
    plan = told(answer(), sent=again(frequency), on="04-10", again=True, rejected=NOT_GOOD)
    assert shape(plan) == (instrument, frequency, "P-1")


def test_an_answer_goes_before_a_rejection() -> None:
    """A claim that was rejected, sent again and decided."""
    assert shape(told(answer(), rejected=NOT_GOOD))[0] is Instrument.REPLACEMENT


def test_what_was_rejected_needs_a_change_too() -> None:
    """A number changes the answer where the number was what was wrong."""
    assert with_changes(told(rejected=NOT_GOOD), [row()]).instrument is Instrument.NEW
    other = told(rejected=ClaimRejection(source="277CA", codes=("A7:562:85",)))
    assert with_changes(other, [row()]).refusal is Refusal.NOTHING_CHANGED
    assert with_changes(other, [], differs=["NM1"]).instrument is Instrument.NEW


def test_a_file_that_was_rejected_may_be_another_s_fault() -> None:
    plan = with_changes(told(rejected=ClaimRejection(source="999", codes=("5",), of_claim=False)), [])
    assert plan.instrument is Instrument.NEW
    assert plan.reasons[0] == "The 999 rejected all that was sent with it (5)."
    assert plan.reasons[-1] == "The fault need not be its own: it comes in another file."


def test_what_a_payer_takes_is_its_rule() -> None:
    plan = told(answer(), agreed=PART_B)
    assert plan.refusal is Refusal.NOT_TAKEN
    assert plan.reasons[0].endswith("this payer takes no replacement (rule part-b): ask for a reopening or an appeal.")
    assert told(answer(), agreed=PART_B, void=True).refusal is Refusal.NOT_TAKEN
    assert shape(told(answer(remarks=("MA130",), paid=Decimal(0)), agreed=PART_B)) == (Instrument.NEW, "1", "")
    voids = Agreement((MatchRule("own", "", (), "a test", corrections=("void",)),))
    assert told(answer(), agreed=voids).reasons[0].endswith("ask for a void.")
    assert told(answer(), agreed=voids, void=True).instrument is Instrument.VOID


def test_what_is_not_to_be_paid_is_not_mended() -> None:
    assert told(answer(), sent=replace(SENT, predetermination=True)).refusal is Refusal.NOT_PAYABLE
    assert told(answer(), sent=replace(SENT, purpose="RP")).refusal is Refusal.NOT_PAYABLE


# -- what has changed ------------------------------------------------------------------------------------------------------------


def row(verdict: Verdict = Verdict.LINKED, **more: Any) -> Row:
    more.setdefault("written", verdict is Verdict.LINKED)
    known = {"claim": "C-1", "transaction": "0001", "payer": "60054", "authorization": "A-1", "placement": "2300"}
    return Row(**{**known, "verdict": verdict, **more})


def changed(*rows: Row, found: Finding | None = None, **more: Any) -> CorrectionPlan:
    return with_changes(told(answer("04-01", "P-1", "1", found or finding())), rows, **more)


def test_a_number_that_it_lacked_changes_the_answer() -> None:
    assert changed(row(reasons=("It fits.",))).reasons[1:] == ("It carries A-1 in 2300.", "It fits.")
    assert changed(row(previous="B-2")).reasons[1:] == ("It carries A-1 in 2300, in the place of B-2.",)
    assert changed(row(line="1", placement="2400")).reasons[1:] == ("It carries A-1 in 2400, line 1.",)


def test_a_number_that_was_not_asked_for_changes_nothing() -> None:
    assert changed(row(), found=finding("eligibility")).refusal is Refusal.NOTHING_CHANGED
    assert changed(row(line="2")).refusal is Refusal.NOTHING_CHANGED
    assert changed(row(line="2"), found=finding(line=None)).instrument
    assert changed(row(), found=finding("referral")).refusal is Refusal.NOTHING_CHANGED
    assert changed(row(other=True)).refusal is Refusal.NOTHING_CHANGED
    referral = row(kind="referral")
    assert changed(beside=[referral]).refusal is Refusal.NOTHING_CHANGED
    assert changed(beside=[referral], found=finding("referral")).instrument


def test_an_authorization_speaks_for_the_need() -> None:
    assert changed(row(), found=finding("medical-necessity")).instrument


def test_a_replacement_without_a_change_is_a_duplicate() -> None:
    kept = row(Verdict.ALREADY_LINKED, reasons=("It fits.",))
    plan = changed(kept, found=finding(action="Ask for reconsideration."))
    assert (plan.instrument, plan.refusal, plan.frequency) == (None, Refusal.NOTHING_CHANGED, "")
    assert plan.reasons == ("Nothing has changed that would change the answer.", "It fits.", "Ask for reconsideration.")


def test_what_was_certified_after_the_answer_changes_it() -> None:
    kept, held = row(Verdict.ALREADY_LINKED), authorization("A-1")
    late, early = replace(held, issued=day("04-02")), replace(held, issued=day("04-01"))
    assert changed(kept, authorizations=[late]).reasons[1:] == (
        "Authorization A-1, which it carries, was decided on 2026-04-02, after the remittance.",
    )
    assert changed(kept, authorizations=[early]).refusal is Refusal.NOTHING_CHANGED
    assert changed(kept, authorizations=[late], found=finding("eligibility")).refusal is Refusal.NOTHING_CHANGED
    short = row(Verdict.UNITS_USED_UP)
    assert changed(short, authorizations=[late]).refusal is Refusal.NOTHING_CHANGED


def test_a_claim_that_was_changed_by_hand() -> None:
    eligibility = finding("eligibility")
    assert changed(found=eligibility, differs=["NM1", "SV1"]).reasons[1:] == ("It differs from what was sent in NM1, SV1.",)
    assert changed(found=eligibility, differs=[]).refusal is Refusal.NOTHING_CHANGED
    assert changed(row(), differs=[]).refusal is Refusal.NOTHING_CHANGED  # linking only put back what was sent
    assert changed(row(Verdict.ALREADY_LINKED), differs=["REF*G1"]).reasons[1:] == ("It carries A-1 in 2300.",)
    assert changed(row(), found=eligibility, differs=["REF*G1"]).refusal is Refusal.NOTHING_CHANGED


def test_a_void_and_a_refusal_need_no_change() -> None:
    void = told(answer(), void=True)
    assert with_changes(void, []) == void
    waiting = told()
    assert with_changes(waiting, [row()]) == waiting


def test_another_s_claim_is_not_the_same() -> None:
    assert same_claim(SENT, replace(SENT, frequency="7"))
    assert same_claim(SENT, replace(SENT, subscriber=replace(MARIA, member_id="NEW"), patient=replace(MARIA, member_id="NEW")))
    jonas = replace(JONAS, member_id="OTHER")
    assert not same_claim(SENT, replace(SENT, subscriber=jonas, patient=jonas))
    assert not same_claim(SENT, replace(SENT, payer=payer("OTHER")))

"""Claims that were sent and denied, written as the claims that mend them: which bytes change, and that the file stays valid."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import edi
from edi.ledger import Ledger
from edi.linkage.denials.correction import Instrument, Refusal
from edi.records.claim import Claim
from edi.records.claim_acknowledgment import ClaimBatch, ClaimStatus, PatientStatus, ProviderStatus, StatusInformation
from edi.records.parties import Party
from edi.records.remittance import Adjustment, Payment
from edi.records.services import Quantity
from tests.linkage.fitting import MARK, fitting
from tests.records import samples837

Open = Callable[[], Ledger]
TESTDATA = Path(__file__).parents[2] / "testdata"
OURS = sorted([*TESTDATA.glob("story/claims/*.837"), *TESTDATA.glob("odd/*.837"), *TESTDATA.glob("837/**/pass/*.837")])
SENT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
NOW = datetime(2026, 12, 30, 8, 30)
DENIED = date(2026, 12, 1)

SUBSCRIBER = samples837.SUBSCRIBER.replace("*DR*JR*", "**JR*")
DEPENDENT = (
    SUBSCRIBER.replace("22*0~SBR*P*18", "22*1~SBR*P*")
    + "HL*3*2*23*0~PAT*19~NM1*QC*1*QUILL*IVO~N3*2 HILL STREET~N4*RIVERSIDE*OH*43001~DMG*D8*20150607*M~"
)
PROFESSIONAL = (
    "CLM*C1*80***11:B:1*Y*A*Y*Y~REF*EA*REC1~HI*ABK:M545~NM1*82*1*ASHBY*JUNIPER****XX*1245319599~PRV*PE*PXC*225100000X~"
    "LX*1~SV1*HC:97110*80*UN*1***1~DTP*472*D8*20260309~REF*6R*L1~"
)
OTHER_PAYER = PROFESSIONAL.replace(
    "LX*1~",
    "SBR*S*18*******CI~OI***Y***Y~NM1*IL*1*QUILL*NORA****MI*X2000002~N3*2 HILL STREET~N4*RIVERSIDE*OH*43001~"
    "NM1*PR*2*CEDAR MUTUAL*****PI*CEDAR1~REF*F8*THEIRS~LX*1~",
)
INSTITUTIONAL = (
    "CLM*C1*80***13:A:1**A*Y*Y~DTP*434*RD8*20260309-20260309~CL1*3*1*01~REF*D9*TRACE1~HI*ABK:M545~"
    "NM1*71*1*ASHBY*JUNIPER****XX*1245319599~PRV*AT*PXC*225100000X~LX*1~SV2*0420*HC:97110*80*UN*1~DTP*472*D8*20260309~REF*6R*L1~"
)
DENTAL = (
    "CLM*C1*80***11:B:1*Y*A*Y*Y~NM1*82*1*ASHBY*JUNIPER****XX*1245319599~PRV*PE*PXC*122300000X~"
    "LX*1~SV3*AD:D1110*80****1~DTP*472*D8*20260309~REF*6R*L1~"
)
KINDS = {
    "professional": (PROFESSIONAL, "professional"),
    "other payer": (OTHER_PAYER, "professional"),
    "institutional": (INSTITUTIONAL, "institutional"),
    "dental": (DENTAL, "dental"),
}


def file(claims: str, kind: str = "professional", *, level: str = SUBSCRIBER, end: str = "~") -> bytes:
    """A file without a fault, written after the days of its services."""
    data = samples837.file(claims, kind, level=level, end=end).replace(b"*20260101*1200", b"*20261101*1200")
    return data.replace(b"*2*A*", b"*2*RIVERSIDE*").replace(b"PER*IC*A*", b"PER*IC*BILLING DESK*")


def denial(claim: Claim, number: str = "PAYER1", on: date = DENIED, reason: str = "197") -> Payment:
    """The payer's answer: nothing is paid, for want of an authorization."""
    return Payment(
        claim=claim.id,
        payer_claim=number,
        status="1",
        charge=claim.charge,
        patient=replace(claim.patient, member_id=claim.patient.member_id or claim.subscriber.member_id),
        payer=Party(role="PR", name=claim.payer.name, id=claim.payer.id),
        payee=claim.billing,
        trace="CHECK1",
        produced_on=on,
        adjustments=(Adjustment(group="CO", reason=reason, amount=claim.charge),),
    )


def changes(before: bytes, after: bytes) -> list[str]:
    """The ids of the segments that one file has and the other has not; of a REF with its qualifier."""
    one, other = ([s for s in data.replace(b"\r", b"").replace(b"\n", b"").split(b"~") if s] for data in (before, after))
    differing = [s for s in one if s not in other] + [s for s in other if s not in one]
    return sorted({(b"*".join(s.split(b"*")[:2]) if s.startswith(b"REF") else s.split(b"*")[0]).decode() for s in differing})


def denied(ledger: Ledger, data: bytes, **more: str) -> list[Claim]:
    """A file that was sent and denied for want of an authorization, of which we learn afterwards."""
    ledger.take(data, now=SENT)
    claims = list(edi.read_claims(data))
    ledger.record_payments([denial(claim, **more) for claim in claims])  # type: ignore[arg-type]  # all of them are texts
    ledger.record_authorizations(fitting(claims))
    return claims


@pytest.mark.parametrize("level", [SUBSCRIBER, DEPENDENT], ids=["subscriber", "dependent"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_replacement_differs_in_what_is_named(open_ledger: Open, kind: str, level: str) -> None:
    segments, guide = KINDS[kind]
    data = file(segments, guide, level=level, end="~\n")
    assert edi.validate(data).problems == ()
    with open_ledger() as ledger:
        denied(ledger, data)
        corrected = ledger.correct(["C1"], now=NOW)
    (one,) = corrected.claims
    assert (one.plan.instrument, one.plan.frequency, one.plan.original) == (Instrument.REPLACEMENT, "7", "PAYER1")
    assert changes(data, corrected.data) == ["BHT", "CLM", "GE", "GS", "IEA", "ISA", "REF*F8", "REF*G1", "SE"]
    assert edi.validate(corrected.data).problems == ()
    (claim,) = edi.read_claims(corrected.data)
    assert (claim.frequency, claim.original, claim.authorization) == ("7", "PAYER1", f"{MARK}00000")


@pytest.mark.parametrize("kind", KINDS)
def test_a_void_is_the_claim_as_it_was_sent(open_ledger: Open, kind: str) -> None:
    segments, guide = KINDS[kind]
    data = file(segments, guide)
    with open_ledger() as ledger:
        denied(ledger, data)
        before = ledger.authorizations()
        corrected = ledger.correct(["C1"], now=NOW, void=True)
        assert ledger.authorizations() == before
    assert changes(data, corrected.data) == ["BHT", "CLM", "GE", "GS", "IEA", "ISA", "REF*F8", "SE"]
    assert edi.validate(corrected.data).problems == ()


def test_a_new_claim_names_no_earlier_one(open_ledger: Open) -> None:
    """The replacement was refused with N142: the payer wants a new claim."""
    data = file(PROFESSIONAL)
    with open_ledger() as ledger:
        (claim,) = denied(ledger, data)
        ledger.take(ledger.correct(["C1"], now=NOW).data)
        (again,) = edi.read_claims(file(PROFESSIONAL.replace(":B:1", ":B:7").replace("REF*EA", "REF*F8*PAYER1~REF*EA")))
        refusal = denial(again, "PAYER2", date(2027, 1, 20))
        ledger.record_payments([replace(refusal, remarks=("N142",), frequency="7")])
        assert ledger.correct(["C1"], now=NOW).claims[0].plan.refusal is Refusal.NOTHING_CHANGED
        changed = file(PROFESSIONAL.replace("97110", "97140").replace(":B:1", ":B:7").replace("REF*EA", "REF*F8*PAYER1~REF*EA"))
        corrected = ledger.correct(["C1"], now=NOW, source=changed)
    (one,) = corrected.claims
    assert (one.plan.instrument, one.plan.frequency, one.plan.original) == (Instrument.NEW, "1", "")
    assert (b":B:1*" in corrected.data, b"REF*F8" in corrected.data) == (True, False)
    assert "It differs from what was sent in SV1." in one.plan.reasons
    assert claim.id == one.claim


def test_the_chain_is_followed(open_ledger: Open) -> None:
    """The replacement is answered under a number of its own; the next one names that."""
    data = file(PROFESSIONAL)
    with open_ledger() as ledger:
        (claim,) = denied(ledger, data, reason="27")
        first = ledger.correct(["C1"], now=NOW, source=file(PROFESSIONAL.replace("M545", "M546")))
        ledger.take(first.data)
        assert ledger.correct(["C1"], now=NOW).claims[0].plan.refusal is Refusal.CORRECTION_OUT
        (sent,) = edi.read_claims(first.data)
        ledger.record_payments([denial(sent, "PAYER2", date(2027, 1, 20))])
        assert ledger.correct(["C1"], now=NOW).claims[0].plan.refusal is Refusal.NOTHING_CHANGED
        second = ledger.correct(["C1"], now=NOW, source=file(PROFESSIONAL.replace("M545", "M547")))
        ledger.take(second.data)
        ledger.take(_void_of(ledger, claim))
        assert ledger.correct(["C1"], now=NOW).claims[0].plan.refusal is Refusal.VOIDED
    assert (first.claims[0].plan.original, second.claims[0].plan.original) == ("PAYER1", "PAYER2")
    assert b"M547" in second.data and second.data.count(b"REF*F8") == 1
    assert (first.claims[0].interchange, second.claims[0].interchange) == ("000000002", "000000003")


def _void_of(ledger: Ledger, claim: Claim) -> bytes:
    (sent,) = edi.read_claims(file(PROFESSIONAL.replace(":B:1", ":B:7")))
    ledger.record_payments([denial(sent, "PAYER3", date(2027, 3, 1))])
    return ledger.correct([claim.id], now=NOW, void=True).data


STAY = (
    "CLM*H1*80***11:A:{}**A*Y*Y~DTP*434*RD8*{}-{}~DTP*435*DT*202603010900~CL1*1*1*30~HI*ABK:I214~HI*ABJ:I214~"
    "NM1*71*1*ASHBY*JUNIPER****XX*1245319599~PRV*AT*PXC*225100000X~LX*1~SV2*0120**80*DA*10~REF*6R*{}~"
)
BILLS = [("2", "20260301", "20260310"), ("3", "20260311", "20260320"), ("3", "20260321", "20260330")]


def interim(ledger: Ledger, *denials: int) -> None:
    """Three bills of a stay under one CLM01; some are denied, the others paid, and the number comes afterwards."""
    for n, told in enumerate(BILLS):
        data = file(STAY.format(*told, f"L{n}"), "institutional").replace(b"*1700*", f"*170{n}*".encode())
        ledger.take(data, now=SENT.replace(minute=n))
        (claim,) = edi.read_claims(data)
        answer = replace(denial(claim, f"PAYER{n}"), period=claim.period)
        paid = replace(answer, paid=claim.charge, adjustments=())
        ledger.record_payments([answer if n in denials else paid])
    ledger.record_authorizations(fitting([claim]))


def test_of_several_bills_the_denied_one_is_corrected(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        interim(ledger, 1)
        (one,) = ledger.correct(["H1"], now=NOW, source=_stay(1, "20260312")).claims
        (void,) = ledger.correct(["H1"], now=NOW, void=True).claims
        (paid,) = ledger.correct(["PAYER0"], now=NOW, void=True).claims
    assert (one.claim, one.plan.frequency, one.plan.original) == ("H1", "7", "PAYER1")
    assert (void.plan.refusal, len(void.plan.reasons)) == (Refusal.SEVERAL_BILLS, 4)
    assert (paid.claim, paid.plan.frequency, paid.plan.original) == ("H1", "8", "PAYER0")


def _stay(n: int, begun: str) -> bytes:
    """A bill of the stay with other dates."""
    frequency, _, ended = BILLS[n]
    return file(STAY.format(frequency, begun, ended, f"L{n}"), "institutional")


def test_of_several_denied_bills_one_is_named(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        interim(ledger, 0, 1)
        (none,) = ledger.correct(["H1"], now=NOW).claims
        (named,) = ledger.correct(["PAYER0"], now=NOW, source=_stay(0, "20260302")).claims
        (given,) = ledger.correct(["H1"], now=NOW, source=_stay(1, "20260312")).claims
    assert none.plan.refusal is Refusal.SEVERAL_BILLS
    assert none.plan.reasons[1:] == (
        "The bill of 2026-03-01 to 2026-03-10 has PAYER0: $80.00 of $80.00 denied.",
        "The bill of 2026-03-11 to 2026-03-20 has PAYER1: $80.00 of $80.00 denied.",
    )
    assert (named.plan.original, given.plan.original) == ("PAYER0", "PAYER1")


def _stays(*bills: tuple[int, str]) -> bytes:
    """Bills of the stay with other dates in one file."""
    segments = (STAY.format(BILLS[n][0], begun, BILLS[n][2], f"L{n}") for n, begun in bills)
    return file("".join(segments), "institutional")


def test_of_several_bills_in_a_file_the_denied_one_is_taken(open_ledger: Open) -> None:
    """It was the last one, whichever was meant."""
    for n, bill in ((0, (0, "20260302")), (1, (1, "20260312"))):
        with open_ledger() as ledger:
            interim(ledger, n)
            data = _stays(*(bill if m == n else (m, BILLS[m][1]) for m in range(3)))
            corrected = ledger.correct(["H1"], now=NOW, source=data)
        assert corrected.claims[0].plan.original == f"PAYER{n}"
        (sent,) = edi.read_claims(corrected.data)
        assert sent.period is not None and (sent.lines[0].control_number, f"{sent.period.start:%Y%m%d}") == (f"L{n}", bill[1])


def test_of_several_bills_in_a_file_none_is_the_denied_one(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        interim(ledger, 0)
        data = _stays((1, BILLS[1][1]), (2, BILLS[2][1]))
        (one,) = ledger.correct(["H1"], now=NOW, source=data).claims
        (cut,) = ledger.correct(["H1"], now=NOW, source=_stays((0, "20260302"), (1, BILLS[1][1])).split(b"SE*")[0]).claims
    assert (one.plan.refusal, one.plan.reasons) == (
        Refusal.NO_BYTES,
        ("Several bills in the file that was named have its number, and none of them its statement dates.",),
    )
    assert cut.plan.refusal is None, "the file is cut off behind another bill"


def test_a_payer_s_number_names_one_claim_or_none(open_ledger: Open) -> None:
    """Not the claim of another patient that was sent later under the same CLM01, nor one of two payers that gave one number."""
    other = file(
        PROFESSIONAL, level=SUBSCRIBER.replace("QUILL", "OTHER").replace("W1000001", "W3000003").replace("19810405", "19900102")
    )
    with open_ledger() as ledger:
        denied(ledger, file(PROFESSIONAL), number="PAYER1")
        denied(ledger, other.replace(b"*1700*", b"*1701*"), number="PAYER2")
        denied(ledger, file(PROFESSIONAL.replace("CLM*C1*", "CLM*C2*")).replace(b"*1700*", b"*1702*"), number="PAYER3")
        denied(ledger, file(PROFESSIONAL.replace("CLM*C1*", "CLM*C3*")).replace(b"*1700*", b"*1703*"), number="PAYER3")
        told = [ledger.correct([name], now=NOW).claims[0].plan.refusal for name in ("PAYER1", "PAYER3")]
    assert told == [Refusal.UNKNOWN, Refusal.UNKNOWN]


def test_late_charges_are_not_corrected_by_what_would_replace_the_account(open_ledger: Open) -> None:
    late = INSTITUTIONAL.replace(":A:1*", ":A:5*").replace("97110", "97140").replace("REF*6R*L1", "REF*6R*L2")
    with open_ledger() as ledger:
        for n, segments in enumerate((INSTITUTIONAL, late)):
            data = file(segments, "institutional")
            ledger.take(data, now=SENT.replace(minute=n))
            (claim,) = edi.read_claims(data)
            answer = replace(denial(claim, "PAYER1"), period=claim.period, frequency=claim.frequency, trace=f"T{n}")
            ledger.record_payments([answer if n else replace(answer, paid=claim.charge, adjustments=())])
        ledger.record_authorizations(fitting([claim]))
        corrected = ledger.correct(["C1"], now=NOW)
    assert (corrected.claims[0].plan.refusal, corrected.data) == (Refusal.LATE_CHARGES, b"")


def test_a_replacement_under_another_number_is_followed(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        denied(ledger, file(PROFESSIONAL))
        ledger.take(ledger.correct(["C1"], now=NOW).data.replace(b"CLM*C1*", b"CLM*C9*"))
        (one, other) = ledger.correct(["C1", "C9"], now=NOW).claims
    assert (one.plan.refusal, one.plan.reasons) == (Refusal.REPLACED, ("Claim C9 replaces it: correct that one.",))
    assert other.plan.refusal is Refusal.CORRECTION_OUT


def test_a_payer_s_number_of_another_s_claim_replaces_nothing(open_ledger: Open) -> None:
    """Two payers number their claims alike."""
    other = PROFESSIONAL.replace("CLM*C1", "CLM*C8").replace(":B:1", ":B:7").replace("REF*EA", "REF*F8*PAYER1~REF*EA")
    with open_ledger() as ledger:
        denied(ledger, file(PROFESSIONAL))
        ledger.take(file(other, level=SUBSCRIBER.replace("MAPLE HEALTH*****PI*MAPLE1", "CEDAR MUTUAL*****PI*CEDAR1")))
        (one,) = ledger.correct(["C1"], now=NOW).claims
    assert one.plan.instrument is Instrument.REPLACEMENT


def test_a_file_of_production_is_none_for_a_ledger_of_tests(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        denied(ledger, file(PROFESSIONAL))
        with pytest.raises(edi.LedgerError):
            ledger.correct(["C1"], now=NOW, source=file(PROFESSIONAL).replace(b"*0*T*:", b"*0*P*:"))


def test_an_extension_after_the_denial_changes_the_answer(open_ledger: Open) -> None:
    """The claim carried the number; the payer certified its day only afterwards."""
    data = file(PROFESSIONAL.replace("REF*EA", f"REF*G1*{MARK}00000~REF*EA"))
    with open_ledger() as ledger:
        ledger.take(data, now=SENT)
        (claim,) = edi.read_claims(data)
        (held,) = fitting([claim])
        ledger.record_payments([denial(claim)])
        ledger.record_authorizations([_issued(held, date(2026, 11, 30))])
        assert ledger.correct(["C1"], now=NOW).claims[0].plan.refusal is Refusal.NOTHING_CHANGED
        ledger.record_authorizations([_issued(held, date(2026, 12, 2))])
        (one,) = ledger.correct(["C1"], now=NOW).claims
    assert one.plan.instrument is Instrument.REPLACEMENT
    assert one.plan.reasons[1:] == (
        f"Authorization {MARK}00000, which it carries, was decided on 2026-12-02, after the remittance.",
    )


def _issued(held: edi.Authorization, day: date) -> edi.Authorization:
    return replace(held, issued=day)


def test_what_is_corrected_reserves_and_what_is_refused_does_not(open_ledger: Open) -> None:
    """One unit is certified, and two claims want it."""
    data = file(PROFESSIONAL + PROFESSIONAL.replace("CLM*C1", "CLM*C2").replace("L1~", "L2~"))
    with open_ledger() as ledger:
        ledger.take(data, now=SENT)
        claims = list(edi.read_claims(data))
        ledger.record_payments([denial(claim, f"PAYER-{claim.id}") for claim in claims])
        (held,) = fitting(claims)
        one_unit = tuple(replace(s, quantity=Quantity(unit="UN", amount=Decimal(1))) for s in held.services)
        ledger.record_authorizations([replace(held, services=one_unit)])
        assert ledger.correct(["C1"], now=NOW, void=True).claims[0].written
        (refused,) = ledger.correct(
            ["C1"], now=NOW, source=file(PROFESSIONAL.replace("*80", "*0").replace("97110", "97999"))
        ).claims
        first, second = ledger.correct(["C1", "C2"], now=NOW).claims
        again = ledger.correct(["C1"], now=NOW).claims[0]
    assert refused.rows[0].verdict != "linked"
    assert (first.plan.instrument, second.plan.refusal) == (Instrument.REPLACEMENT, Refusal.NOTHING_CHANGED)
    assert second.rows[0].verdict == "units-used-up"
    assert again.written


def refusal_of(claim: Claim, code: str) -> ClaimBatch:
    """A 277CA that refuses a claim."""
    category, status = code.split(":")
    refused = ClaimStatus(id=claim.id, statuses=(StatusInformation(category=category, code=status, action="U"),))
    patient = PatientStatus(patient=claim.patient, claims=(refused,))
    return ClaimBatch(batch="1", providers=(ProviderStatus(provider=claim.billing, patients=(patient,)),))


def test_a_claim_that_never_came_in_is_sent_as_new(open_ledger: Open) -> None:
    """The 277CA says that the authorization's number is missing (status 252); we hold one."""
    data = file(PROFESSIONAL)
    with open_ledger() as ledger:
        ledger.take(data, now=SENT)
        (claim,) = edi.read_claims(data)
        ledger.record_acknowledgments([refusal_of(claim, "A7:562")], now=SENT)
        ledger.record_authorizations(fitting([claim]))
        assert ledger.correct(["C1"], now=NOW).claims[0].plan.refusal is Refusal.NOTHING_CHANGED
        ledger.record_acknowledgments([refusal_of(claim, "A7:252")], now=NOW)
        corrected = ledger.correct(["C1"], now=NOW)
        assert ledger.correct(["C1"], now=NOW, void=True).claims[0].plan.refusal is Refusal.NOT_ANSWERED
    (one,) = corrected.claims
    assert (one.plan.instrument, one.plan.frequency, one.plan.original) == (Instrument.NEW, "1", "")
    assert one.plan.reasons[0] == "The 277CA rejected it (A7:252)."
    assert changes(data, corrected.data) == ["BHT", "GE", "GS", "IEA", "ISA", "REF*G1", "SE"]


def test_a_file_that_was_rejected_is_sent_again_without_its_fault(open_ledger: Open) -> None:
    """Of two claims one broke the guide, and the 999 refused the set."""
    good = PROFESSIONAL.replace("CLM*C1", "CLM*C2").replace("L1~", "L2~")
    data = file(PROFESSIONAL.replace("HI*ABK:M545~", "") + good)
    with open_ledger() as ledger:
        ledger.take(data, now=SENT)
        ledger.take(edi.acknowledge(data, created=NOW, control=900).functional, now=SENT)
        first, second = ledger.correct(["C1", "C2"], now=NOW).claims
    assert (first.plan.refusal, first.plan.instrument) == (Refusal.NOTHING_CHANGED, None)
    assert first.plan.reasons[-1].startswith("It would be rejected again: edi-validate finds segment-missing.")
    assert (second.plan.instrument, second.plan.frequency) == (Instrument.NEW, "1")


def test_what_was_taken_without_its_bytes_needs_a_file(open_ledger: Open) -> None:
    data = file(PROFESSIONAL)
    with open_ledger() as ledger:
        (claim,) = edi.read_claims(data)
        ledger.record_claims([claim], now=SENT)
        ledger.record_payments([denial(claim)])
        ledger.record_authorizations(fitting([claim]))
        assert ledger.correct(["C1"], now=NOW).claims[0].plan.refusal is Refusal.NO_BYTES
        assert (
            ledger.correct(["C1"], now=NOW, source=file(PROFESSIONAL.replace("C1", "C2"))).claims[0].plan.refusal
            is Refusal.NO_BYTES
        )
        other = file(PROFESSIONAL, level=SUBSCRIBER.replace("W1000001", "W999").replace("NORA", "IDA"))
        assert ledger.correct(["C1"], now=NOW, source=other).claims[0].plan.refusal is Refusal.OTHER_CLAIM
        assert ledger.correct(["C1"], now=NOW, source=data).claims[0].plan.instrument is Instrument.REPLACEMENT


def test_a_file_as_it_was_before_linking_is_no_change(open_ledger: Open) -> None:
    """The billing system gives the claim without the number that linking had put there."""
    plain, linked = file(PROFESSIONAL), file(PROFESSIONAL.replace("REF*EA", f"REF*G1*{MARK}00000~REF*EA"))
    with open_ledger() as ledger:
        denied(ledger, linked)
        assert ledger.correct(["C1"], now=NOW, source=plain).claims[0].plan.refusal is Refusal.NOTHING_CHANGED


def test_what_x12_cannot_carry_is_refused(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        denied(ledger, file(PROFESSIONAL), number="PAY*ER")
        (one,) = ledger.correct(["C1"], now=NOW).claims
    assert one.plan.refusal is not None
    assert "delimiter" in one.plan.reasons[0]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger's file without anything in it, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "ledger.db"
    Ledger(f"sqlite:///{path}").close()
    return path


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(TESTDATA)))
def test_every_claim_of_ours_is_corrected_validly(path: Path, empty: Path, tmp_path: Path) -> None:
    """Of whole files: what can be corrected is as valid as what was sent, and nothing else in it changed."""
    before = {problem.code for problem in edi.validate(path).problems}
    with Ledger(f"sqlite:///{shutil.copy(empty, tmp_path / 'one.db')}") as ledger:
        claims = denied(ledger, path.read_bytes())
        corrected = ledger.correct([claim.id for claim in claims], now=NOW)
    if corrected.data:
        assert {problem.code for problem in edi.validate(corrected.data).problems} <= before
    written = {one.claim: one for one in corrected.claims if one.written}
    assert [claim.id for claim in edi.read_claims(corrected.data)] == list(written)
    for one in corrected.claims:
        assert one.written or one.plan.reasons


@pytest.mark.corpus("837[PID]/**/*")
def test_claims_of_the_corpus_are_corrected_validly(corpus_file: Path, empty: Path, tmp_path: Path) -> None:
    """A claim number that comes twice in a file is left out: which of the two is meant cannot be said."""
    names = Counter(claim.id for claim in edi.read_claims(corpus_file))
    alone = [name for name, times in names.items() if times == 1]
    if not alone:
        return
    before = {problem.code for problem in edi.validate(corpus_file).problems}
    with Ledger(f"sqlite:///{shutil.copy(empty, tmp_path / 'one.db')}") as ledger:
        denied(ledger, corpus_file.read_bytes())
        data = ledger.correct(alone, now=NOW, void=False).data
    if data:
        assert {problem.code for problem in edi.validate(data).problems} <= before

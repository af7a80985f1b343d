"""What a claim carries besides its authorization: referrals as REF*9F, and each other payer's own number in its own loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import pytest

import edi
from edi.linkage.beside import beside
from edi.linkage.terms import PayerRules, Requirement, Terms
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row
from edi.records.authorization import Authorization
from edi.records.claim import Claim, HeldNumber, OtherPayer
from edi.records.parties import Party, Person
from tests.records.samples837 import file

from .build import (
    CLINIC,
    JONAS,
    MARIA,
    OTHER_PAYER,
    PAYER,
    STRANGER,
    SURGEON,
    authorization,
    claim,
    decide,
    hospital,
    line,
    payer,
    provider,
    service,
)
from .rules import matching

THERE = Person(last_name="Keller", member_id="SEC-77", relationship="18")
"""Maria as the other payer knows her."""
OTHER = OtherPayer(id=OTHER_PAYER, name="Other Invented Plan", responsibility="S", subscriber=THERE)
SECOND = authorization("S-1", subscriber=replace(MARIA, member_id="SEC-77"), payer=payer(OTHER_PAYER, "X3"))
VISITS = authorization("R-1", service("", "", "3 VS", service_type="3"), kind="referral")


def rows(claim: Claim, *authorizations: Authorization, usage: Usage | None = None, **terms: Any) -> tuple[Row, ...]:
    """The rows beside the claim's own, once that is decided."""
    used = Usage() if usage is None else usage
    decide(claim, authorizations, used)
    return beside(claim, authorizations, used, Terms(**terms))


def told(found: Sequence[Row]) -> list[tuple[str | None, str, str, str, str, bool]]:
    return [(row.line, row.kind, row.verdict.value, row.authorization, row.placement, row.written) for row in found]


# -- referrals -----------------------------------------------------------------------------------------------------------


def test_a_referral_that_fits_is_written_apart_from_the_authorization() -> None:
    both = claim(line("99213"))
    assert told(rows(both, VISITS, authorization())) == [(None, "referral", "linked", "R-1", "2300", True)]
    assert [row.authorization for row in decide(both, [VISITS, authorization()], Usage())] == [""]


def test_who_referred_is_missed_where_it_is_not_said() -> None:
    bare, named = claim(line("99213")), claim(line("99213"), providers=(provider(SURGEON), provider(STRANGER, "DN")))
    said = [rows(seen, VISITS)[0].reasons for seen in (bare, named, hospital(line("99213")))]
    assert [len(reasons) for reasons in said] == [2, 1, 1]
    assert said[0][1].startswith("The claim names no provider who referred")


def test_a_referral_to_somebody_else_is_no_news() -> None:
    elsewhere = replace(VISITS, providers=(provider(STRANGER, "SJ"),))
    assert rows(claim(line("99213")), elsewhere) == ()
    unnamed = replace(VISITS, providers=(), requester=provider(STRANGER, "1P"))
    assert rows(claim(line("99213")), unnamed) == ()


def test_a_referral_that_names_nobody_is_not_written() -> None:
    """One that was told by phone, without a provider and a procedure, would fit every claim of the patient."""
    told_by_phone = replace(VISITS, providers=(), requester=provider(""))
    assert rows(claim(line("99213")), told_by_phone) == ()
    coded = replace(told_by_phone, services=(service("99213"),))
    assert [row.written for row in rows(claim(line("99213")), coded)] == [True]


def test_a_referral_that_a_rule_wants_is_told_when_it_misfits_or_is_not_there() -> None:
    def wants(claim: Claim, line: object) -> Requirement:
        return Requirement(True, "Rule specialist: the plan wants referral (page 2).")

    (row,) = rows(claim(line("99213")), referral=wants)
    assert (row.verdict.value, row.kind, row.reasons) == (
        "missing",
        "referral",
        ("Rule specialist: the plan wants referral (page 2).", "None is on file."),
    )
    late = authorization("R-2", service("", "01-01/02-01"), kind="referral")
    assert told(rows(claim(line("99213")), late, referral=wants)) == [(None, "referral", "after-period", "R-2", "", False)]
    assert rows(claim(line("99213")), late) == ()


def test_no_referral_is_wanted_for_what_a_rule_exempts() -> None:
    def exempts(claim: Claim, line: object) -> Requirement:
        return Requirement(False, "Rule emergency: none is needed (page 3).")

    assert rows(claim(line("99213")), referral=exempts) == ()


def test_a_referrals_visits_are_used_by_the_claims_that_carry_it() -> None:
    usage = Usage()
    for n in range(1, 5):
        seen = claim(line("99213", f"03-1{n}"), id=f"C-{n}")
        (row,) = rows(seen, VISITS, usage=usage)
        assert row.verdict.value == ("linked" if n < 4 else "units-used-up")
        assert row.written == (n < 4)
    again = claim(line("99213", "03-11"), id="C-1")
    assert rows(again, VISITS, usage=usage)[0].verdict.value == "linked"
    replacement = claim(line("99213", "03-11"), id="C-1", frequency="7")
    assert rows(replacement, VISITS, usage=usage)[0].verdict.value == "linked"
    assert [use.claim for use in usage.used("R-1")] == ["C-2", "C-3", "C-1"]
    void = claim(line("99213", "03-12"), id="C-2", frequency="8")
    assert rows(void, VISITS, usage=usage) == ()
    assert [use.claim for use in usage.used("R-1")] == ["C-3", "C-1"]


def test_an_authorization_and_a_referral_are_both_used_by_a_replacement() -> None:
    usage, knee = Usage(), authorization(services=(service(quantity="1 UN"),))
    for frequency in "17":
        rows(claim(frequency=frequency), knee, VISITS, usage=usage)
    assert {use.key: use.claim for use in usage.all()} == {"A-1": "C-1", "R-1": "C-1"}


def test_a_referral_that_is_there_is_judged() -> None:
    assert told(rows(claim(line("99213"), referral="R-1"), VISITS)) == [
        (None, "referral", "already-linked", "R-1", "2300", False)
    ]
    assert rows(claim(line("99213"), referral="TYPED-7")) == ()
    (row,) = rows(claim(line("99213"), referral="NONE"), VISITS)
    assert (row.verdict.value, row.written, row.previous) == ("linked", True, "NONE")


def test_an_authorizations_number_in_the_referrals_place_is_told() -> None:
    (row,) = rows(claim(referral="A-1"), authorization())
    assert (row.kind, row.verdict.value, row.written, row.placement) == ("referral", "wrong-number", False, "2300")
    assert row.reasons == ("A-1 is the number of an authorization, which belongs into REF*G1.",)
    (row,) = rows(claim(referral="A-1"), authorization(), VISITS, replace=True)
    assert (row.verdict.value, row.written, row.previous, row.authorization) == ("wrong-number", True, "A-1", "R-1")
    assert row.reasons[0] == "A-1 is the number of an authorization, which belongs into REF*G1; R-1 fits."


def test_a_referrals_number_in_the_authorizations_place_is_told() -> None:
    (row,) = decide(claim(line("99213"), held="R-1"), [VISITS], Usage())
    assert (row.verdict.value, row.reasons) == (
        "wrong-number",
        ("R-1 is the number of a referral, which belongs into REF*9F.",),
    )
    (row,) = decide(claim(held="R-1"), [VISITS, authorization()], Usage())
    assert row.reasons[0] == "R-1 is the number of a referral, which belongs into REF*9F; A-1 fits."
    stranger = replace(VISITS, subscriber=JONAS, patient=JONAS)
    (row,) = decide(claim(line("99213"), held="R-1"), [stranger], Usage())
    assert row.reasons == ("R-1 is another patient's.",)


def test_the_other_payers_number_in_the_destinations_place_is_told() -> None:
    there = "S-1 is the number of this patient's authorization with payer 87726, whose place is 2330B"
    (row,) = decide(claim(held="S-1", other_payers=(OTHER,)), [SECOND, authorization()], Usage())
    assert (row.verdict.value, row.reasons[0]) == ("wrong-number", f"{there}; A-1 fits.")
    (row,) = decide(claim(held="S-1", other_payers=(OTHER,)), [SECOND], Usage())
    assert (row.verdict.value, row.reasons) == ("wrong-number", (f"{there}.",))
    (row,) = rows(claim(other_payers=(replace(OTHER, authorization="A-1"),)), authorization(), SECOND)
    here = "A-1 is the number of this patient's authorization with payer 60054, whose place is 2300"
    assert row.reasons[0] == f"{here}; S-1 fits."


@pytest.mark.parametrize("relationship", ["18", "01"])
def test_two_plans_of_one_payer_are_told_by_their_members(relationship: str) -> None:
    """What is the other plan's is no doubtful candidate of the first."""
    plan = OtherPayer(id=PAYER, responsibility="S", subscriber=replace(THERE, relationship=relationship))
    theirs = replace(SECOND, payer=payer(role="X3"))
    twice = claim(other_payers=(plan,), responsibility="P")
    assert [str(row.verdict) for row in decide(twice, [theirs], Usage())] == ["requirement-unknown"]
    assert told(rows(twice, theirs)) == [(None, "authorization", "linked", "S-1", "2330B", True)]
    (row,) = decide(twice, [theirs, authorization()], Usage())
    assert (row.verdict.value, row.authorization) == ("linked", "A-1")


def test_of_a_number_that_several_have_this_patients_is_told() -> None:
    stranger = replace(authorization("R-1"), subscriber=JONAS, patient=JONAS)
    for held in ([VISITS, stranger], [stranger, VISITS]):
        (row,) = decide(claim(line("99213"), held="R-1"), held, Usage())
        assert row.reasons == ("R-1 is the number of a referral, which belongs into REF*9F.",)
    member = replace(MARIA, member_id="W999")
    (row,) = decide(claim(held="N-1"), [authorization("N-1", subscriber=member), authorization()], Usage())
    assert row.reasons[0] == "N-1 is another patient's, who may be the same: the member id is another; A-1 fits."


def test_two_referrals_that_fit_are_a_persons_choice() -> None:
    (row,) = rows(claim(line("99213")), VISITS, replace(VISITS, number="R-2"))
    assert (row.verdict.value, row.written) == ("ambiguous", False)


def test_a_referral_for_one_line_stands_there() -> None:
    consult = authorization("R-3", service("99213"), kind="referral")
    assert told(rows(claim(line("99213"), line("36415")), consult)) == [("1", "referral", "linked", "R-3", "2400", True)]
    assert told(rows(hospital(line("99213"), line("36415")), consult)) == [(None, "referral", "linked", "R-3", "2300", True)]


# -- other payers --------------------------------------------------------------------------------------------------------


def test_the_secondary_payers_number_goes_into_its_own_loop() -> None:
    both = claim(other_payers=(OTHER,))
    assert [row.authorization for row in decide(both, [authorization(), SECOND], Usage())] == ["A-1"]
    (row,) = rows(both, authorization(), SECOND)
    assert told([row]) == [(None, "authorization", "linked", "S-1", "2330B", True)]
    assert (row.payer, row.other) == (OTHER_PAYER, True)


def test_the_number_of_one_payer_is_never_anothers() -> None:
    assert rows(claim(other_payers=(OTHER,)), authorization()) == ()
    assert [row.verdict.value for row in decide(claim(other_payers=(OTHER,)), [SECOND], Usage())] == ["requirement-unknown"]
    third = replace(OTHER, id="99999")
    assert rows(claim(other_payers=(third,)), SECOND) == ()
    stranger = replace(OTHER, subscriber=replace(THERE, member_id="SEC-78"))
    assert rows(claim(other_payers=(stranger,)), SECOND) == ()


def test_on_the_secondary_payers_claim_each_number_stands_in_the_other_place() -> None:
    """And the second payer's claim uses nothing more, though one knee was certified and one was done."""
    knee = authorization(services=(service(quantity="1 UN"),))
    theirs = replace(SECOND, services=(service(quantity="1 UN"),))
    usage = Usage()
    first = claim(other_payers=(OTHER,), responsibility="P")
    rows(first, knee, theirs, usage=usage)
    assert [use.key for use in usage.all()] == ["A-1"]
    primary = OtherPayer(id="60054", responsibility="P", subscriber=Person(member_id="W100200300", relationship="18"))
    member = replace(MARIA, member_id="SEC-77")
    second = claim(subscriber=member, payer=payer(OTHER_PAYER), other_payers=(primary,), responsibility="S")
    found = decide(second, [knee, theirs], usage)
    assert [(row.authorization, row.placement) for row in found] == [("S-1", "2300")]
    assert told(beside(second, [knee, theirs], usage, Terms())) == [(None, "authorization", "linked", "A-1", "2330B", True)]
    assert [(use.key, use.claim) for use in usage.all()] == [("A-1", "C-1"), ("S-1", "C-1")]
    other_number = replace(second, id="C-1-B")  # some systems number the second claim anew
    assert told(beside(other_number, [knee, theirs], usage, Terms())) == [(None, "authorization", "linked", "A-1", "2330B", True)]


def test_of_a_payer_that_comes_later_what_is_left_counts() -> None:
    theirs = replace(SECOND, services=(service(quantity="1 UN"),))
    usage, member = Usage(), replace(MARIA, member_id="SEC-77")
    decide(claim(id="C-0", subscriber=member, payer=payer(OTHER_PAYER)), [theirs], usage)
    (row,) = rows(claim(other_payers=(OTHER,), responsibility="P"), theirs, usage=usage)
    assert (row.verdict.value, row.written) == ("units-used-up", False)


def test_lines_name_the_other_payer() -> None:
    shoulder = replace(SECOND, number="S-2", services=(service("29827"),))
    found = rows(claim(line(), line("29827"), other_payers=(OTHER,)), SECOND, shoulder)
    assert told(found) == [
        ("1", "authorization", "linked", "S-1", "2400", True),
        ("2", "authorization", "linked", "S-2", "2400", True),
    ]
    bill = rows(hospital(line(), line("29827"), other_payers=(OTHER,)), SECOND, shoulder)
    assert [(row.verdict.value, row.written) for row in bill] == [("split-needed", False)] * 2


def test_a_number_that_is_there_is_judged_by_its_payer() -> None:
    there = replace(OTHER, authorization="S-1")
    assert told(rows(claim(other_payers=(there,)), SECOND)) == [(None, "authorization", "already-linked", "S-1", "2330B", False)]
    at_line = line(authorizations=(HeldNumber(value="S-1", payer_id=OTHER_PAYER),))
    assert told(rows(claim(at_line, other_payers=(OTHER,)), SECOND)) == [
        (None, "authorization", "already-linked", "S-1", "2400", False)
    ]
    swapped = replace(OTHER, authorization="A-1")
    (row,) = rows(claim(other_payers=(swapped,)), authorization(), SECOND)
    assert (row.verdict.value, row.written, row.placement) == ("wrong-number", False, "2330B")
    (row,) = rows(claim(other_payers=(swapped,)), authorization(), SECOND, replace=True)
    assert (row.written, row.previous, row.authorization, row.placement) == (True, "A-1", "S-1", "2330B")
    assert rows(claim(other_payers=(replace(OTHER, authorization="UNKNOWN-1"),)), authorization()) == ()


def test_two_that_fit_say_where_the_number_stays() -> None:
    twice = replace(SECOND, number="S-2")
    there = replace(OTHER, authorization="OLD-1")
    (row,) = rows(claim(other_payers=(there,)), SECOND, twice)
    assert row.reasons == ("2 authorizations fit equally: S-1, S-2.", "OLD-1 stays in 2330B.")


def test_a_dependent_of_the_other_subscriber() -> None:
    father = Person(last_name="Keller", first_name="Otto", member_id="SEC-9", relationship="19")
    theirs = authorization(
        "S-1", subscriber=replace(father, birth_date=MARIA.birth_date), patient=JONAS, dependent=True, payer=payer(OTHER_PAYER)
    )
    child = claim(subscriber=MARIA, patient=JONAS, dependent=True, other_payers=(replace(OTHER, subscriber=father),))
    assert told(rows(child, theirs)) == [(None, "authorization", "linked", "S-1", "2330B", True)]
    sister = replace(child, patient=replace(JONAS, first_name="Anna"))
    assert rows(sister, theirs) == ()


def test_a_referral_of_the_other_payer() -> None:
    theirs = replace(VISITS, subscriber=SECOND.subscriber, patient=SECOND.subscriber, payer=payer(OTHER_PAYER))
    assert told(rows(claim(line("99213"), other_payers=(OTHER,)), theirs)) == [(None, "referral", "linked", "R-1", "2330B", True)]


def test_the_clinics_own_referral_is_its_requesters() -> None:
    """A referral without a provider who is referred to speaks of its requester, so it fits a claim of that clinic alone."""
    own = replace(VISITS, providers=(), requester=provider(CLINIC, "1P"))
    assert told(rows(claim(line("99213")), own)) == [(None, "referral", "linked", "R-1", "2300", True)]


def test_another_payers_rules_are_its_own() -> None:
    """What covers what is the payer's rule whose number it is: an anaesthetist's code under the second payer's operation."""
    covers = "procedure 27447 covers 01402"
    lines = claim(line("01402:AA"), other_payers=(OTHER,))
    assert rows(lines, SECOND) == ()
    ruled = PayerRules(None, matching(covers, head='payer "Other Invented Plan" known as 87726\n'))
    assert told(rows(lines, SECOND, required=ruled)) == [(None, "authorization", "linked", "S-1", "2330B", True)]
    assert rows(lines, SECOND, required=PayerRules(None, matching(covers))) == ()


def test_another_payer_gets_its_number_where_it_wants_it() -> None:
    """At lines, though it is the same number for all; at the claim, also of one line; or not. Its referral is another matter."""

    def placed(one: Claim, rule: str, *held: Authorization) -> list[tuple[str | None, str, str, str, str, bool]]:
        ruled = PayerRules(None, matching(rule, head='payer "Other Invented Plan" known as 87726\n'))
        return told(rows(one, *(held or (SECOND,)), required=ruled))

    one, two = claim(other_payers=(OTHER,)), claim(line(), line("99499"), other_payers=(OTHER,))
    assert placed(one, "number at claim") == [(None, "authorization", "linked", "S-1", "2330B", True)]
    assert [told[4:] for told in placed(one, "number at line")] == [("2400", True)]
    assert [told[4:] for told in placed(two, "number at claim")] == [("2330B", True)]
    assert placed(one, "number not wanted") == []
    there = claim(other_payers=(replace(OTHER, authorization="S-1"),))
    assert [told[2:] for told in placed(there, "number not wanted")] == [("already-linked", "S-1", "2330B", False)]
    bill = hospital(other_payers=(OTHER,))
    assert [told[4:] for told in placed(bill, "number at line")] == [("2330B", True)]  # an 837I has no place at lines
    assert rows(one, SECOND, required=PayerRules(None, matching("number not wanted")))[0].written  # which the other one says
    theirs = replace(VISITS, subscriber=SECOND.subscriber, patient=SECOND.subscriber, payer=payer(OTHER_PAYER))
    visit = claim(line("99213"), other_payers=(OTHER,))
    assert placed(visit, "number not wanted", theirs) == [(None, "referral", "linked", "R-1", "2330B", True)]


# -- in the file ---------------------------------------------------------------------------------------------------------

COVERAGE = (
    "SBR*S*18*******CI~OI***Y***Y~NM1*IL*1*QUILL*NORA****MI*Z1~N3*2 HILL STREET~N4*RIVERSIDE*OH*43001~"
    "NM1*PR*2*ELM TREE*****PI*ELM1~"
)
TWO_LINES = (
    "CLM*C1*150***11:B:1*Y*A*Y*Y~HI*ABK:M5450~" + COVERAGE + "LX*1~SV1*HC:97110*100*UN*1***1~DTP*472*D8*20251203~REF*6R*L1~"
    "LX*2~SV1*HC:97140*50*UN*1***1~DTP*472*D8*20251203~REF*6R*L2~"
)
NORA = Person(last_name="QUILL", first_name="NORA", member_id="W1000001", birth_date=date(1981, 4, 5))


def of(payer_id: str, member: str, number: str, *codes: str) -> Authorization:
    person = replace(NORA, member_id=member)
    found = tuple(service(code, "") for code in codes)
    return authorization(number, *found, subscriber=person, payer=payer(payer_id), providers=(), requester=Party())


def linked(claims: str, *authorizations: Authorization) -> tuple[bytes, edi.Linked]:
    out = BytesIO()
    found = edi.link(file(claims), authorizations)
    found.write(out)
    return out.getvalue(), found


def test_on_lines_the_other_payer_is_named_in_the_file() -> None:
    both = (of("ELM1", "Z1", "E-1", "97110"), of("ELM1", "Z1", "E-2", "97140"), of("MAPLE1", "W1000001", "M-1", "97110"))
    out, found = linked(TWO_LINES, *both)
    expected = TWO_LINES.replace("REF*6R*L1", "REF*G1*M-1~REF*G1*E-1**2U:ELM1~REF*6R*L1").replace(
        "REF*6R*L2", "REF*G1*E-2**2U:ELM1~REF*6R*L2"
    )
    assert expected.encode() in out
    assert [row.placement for row in found.beside] == ["2400", "2400"]
    assert {problem.code for problem in edi.validate(out).problems} <= {p.code for p in edi.validate(file(TWO_LINES)).problems}
    again = edi.link(out, both)
    assert not any(row.written for row in (*again.claims, *again.beside))


def test_of_two_policies_with_one_payer_neither_gets_the_number() -> None:
    """Which 2330B is meant nobody can say by the payer's id; the rest of the claim is linked all the same."""
    twice = TWO_LINES.replace(COVERAGE, COVERAGE * 2)
    out, found = linked(twice, of("ELM1", "Z1", "E-1", "97110", "97140"), of("MAPLE1", "W1000001", "M-1", "97110", "97140"))
    assert twice.replace("HI*", "REF*G1*M-1~HI*").encode() in out
    assert {(row.verdict.value, row.written, row.reasons[-1]) for row in found.beside} == {
        ("ambiguous", False, "The claim has several other payers (2330B) with this id.")
    }

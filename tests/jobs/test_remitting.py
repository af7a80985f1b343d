"""What payers answer the claims of a world: every kind and cause, apart from the matching, and the matching against them."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from edi.jobs.worlds import checking, making
from edi.jobs.worlds.advices import COPY
from edi.jobs.worlds.reconciling import CLAIM, FALSE, reconcile
from edi.jobs.worlds.truth import Remitted, Truth, from_json
from edi.linkage.denials.kinds import KINDS, NECESSITY
from edi.linkage.denials.netting import chains, net
from edi.records.advice import read_remittances
from edi.records.claim import read_claims
from edi.records.remittance import REVERSAL, Payment, read_payments

SIZE = 240
CAUSES = frozenset({
    "held-not-sent", "sent-correctly", "never-requested", "requested-late", "request-rejected", "unknown", "wrong-number",
    "service-mismatch", "before-period", "after-period", "provider-mismatch", "place-mismatch", "other-payer", "units-short",
    "units-used-up", "authorization-pending", "authorization-denied", "authorization-cancelled", "not-required",
})  # fmt: skip
"""The causes of DESIGN section 9."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("remitting") / "world"
    making.make(folder, seed=11, size=SIZE)
    return folder


@pytest.fixture(scope="module")
def remitted(world: Path) -> list[Remitted]:
    return truth_of(world)[1]


def truth_of(folder: Path) -> tuple[list[Truth], list[Remitted]]:
    return from_json((folder / making.TRUTH).read_text())


def payments_of(folder: Path) -> list[tuple[str, Payment]]:
    return [
        (f"remittances/{path.name}", payment)
        for path in sorted((folder / "remittances").iterdir())
        if not path.stem.endswith(COPY)
        for payment in read_payments(path)
    ]


def test_the_matching_is_right_about_every_denial(world: Path, remitted: list[Remitted]) -> None:
    """As the check of a world finds it, beside the linking of its claims."""
    checked = checking.check(world)
    reconciled = checked.remittances
    assert reconciled.payments == len(remitted) >= SIZE
    assert [one.to_json() for one in reconciled.missed] == []
    assert reconciled.right == 1
    assert reconciled.twice == 0, "files come again"
    assert checked.fine
    assert checked.to_json()["remittances"]["false_matches"] == 0


def test_the_truth_is_of_the_payments_in_the_files(world: Path, remitted: list[Remitted]) -> None:
    found = payments_of(world)
    assert [(name, p.claim, p.payer_claim) for name, p in found] == [(t.file, t.claim, t.payer_claim) for t in remitted]
    for (_, payment), truth in zip(found, remitted, strict=True):
        adjustments = [*payment.adjustments, *(a for line in payment.lines for a in line.adjustments)]
        told = [(one.code, Decimal(one.amount)) for one in truth.adjustments]
        assert [(f"{a.group}-{a.reason}", a.amount) for a in adjustments] == told


def test_every_remittance_adds_up_and_every_reversal_finds_its_payment(world: Path) -> None:
    """Whatever payer and practice are known by in the one and in the other."""
    told: dict[str, list[Payment]] = {}
    for path in sorted((world / "remittances").iterdir()):
        for remittance in read_remittances(path):
            payments = list(remittance.payments)
            assert not any(payment.problems for payment in payments)
            assert not remittance.problems
            told.setdefault(remittance.transfer.trace, payments)  # some come twice
    nets = [net(chain) for chain in chains(payment for payments in told.values() for payment in payments)]
    reversals = sum(payment.status == REVERSAL for payments in told.values() for payment in payments)
    assert sum(len(one.taken_back) for one in nets) == reversals > 0
    assert not any(one.unpaired for one in nets)


def test_every_kind_and_cause_occurs(tmp_path: Path) -> None:
    making.make(tmp_path, seed=1, size=400)
    told = [one for payment in truth_of(tmp_path)[1] for one in payment.adjustments]
    assert {one.kind for one in told} - {""} == set(KINDS)
    assert {one.cause for one in told} - {""} == CAUSES
    about = {one.kind for one in told if one.cause}
    assert about == {kind for kind in KINDS if kind in ("referral", NECESSITY) or kind.startswith("authorization-")}
    assert any(one.kind == NECESSITY and not one.cause for one in told), "of what nobody certified"


def test_what_comes_back_is_as_payers_send_it(tmp_path: Path) -> None:
    """Reversals with their corrections, parts, another's payments, damaged numbers, recoupments, second payers."""
    making.make(tmp_path, seed=4, size=250)
    claims, remitted = truth_of(tmp_path)
    sent = {claim.claim for claim in claims}
    payments = [payment for _, payment in payments_of(tmp_path)]
    status = Counter(payment.status for payment in payments)
    assert {"1", "2", "4", "22", "25"} <= status.keys()
    assert any("MA15" in payment.remarks for payment in payments)
    assert any(payment.references and payment.references[0].qualifier == "F8" for payment in payments)
    assert any(not one.answers and one.claim in sent for one in remitted), "a claim's number on another patient's payment"
    assert any(one.answers and one.claim != one.answers for one in remitted), "a damaged claim number"
    made_one = {one.payer_claim for one in remitted if one.story == "paid-as-one"}
    charges = {claim.id: claim.charge for path in (tmp_path / "claims").iterdir() for claim in read_claims(path)}
    assert made_one, "claims of one patient, paid as one"
    assert all(payment.charge > charges[payment.claim] for payment in payments if payment.payer_claim in made_one)
    data = b"".join(path.read_bytes() for path in (tmp_path / "remittances").iterdir())
    assert b"PLB" in data
    assert {"WO", "FB"} <= {code for code in ("WO", "FB") if code.encode() in data}


def test_a_file_that_comes_again_has_other_envelopes(world: Path, remitted: list[Remitted]) -> None:
    told = {one.file for one in remitted}
    copies = [path for path in (world / "remittances").iterdir() if f"remittances/{path.name}" not in told]
    assert copies
    for copy in copies:
        first = copy.with_name(copy.name.replace(COPY, ""))
        one, other = (read_payments(path) for path in (first, copy))
        assert [(p.trace, p.payer_claim, p.paid) for p in one] == [(p.trace, p.payer_claim, p.paid) for p in other]
        assert first.read_bytes()[:106] != copy.read_bytes()[:106]


def test_a_reversal_takes_back_what_was_said(world: Path) -> None:
    before: dict[str, Payment] = {}
    reversals = 0
    for _, payment in payments_of(world):
        if payment.status != "22":
            before[payment.payer_claim] = payment
            continue
        reversals += 1
        first = before[payment.payer_claim]
        assert (payment.charge, payment.paid) == (-first.charge, -first.paid)
        assert [a.amount for a in payment.adjustments] == [-a.amount for a in first.adjustments]
    assert reversals > 3


def test_a_false_match_and_a_match_where_there_is_none_are_found(world: Path, tmp_path: Path) -> None:
    """Of the first payments of known claims that stand the truth now says something else."""
    folder = Path(shutil.copytree(world, tmp_path / "world"))
    document = json.loads((folder / making.TRUTH).read_text())
    times = Counter(one["payer_claim"] for one in document["payments"])
    known = [one for one in document["payments"] if one["answers"] == one["claim"] and times[one["payer_claim"]] == 1]
    known[0]["answers"], known[1]["answers"] = "ANOTHER", ""
    other, none = (one["payer_claim"] for one in known[:2])
    (folder / making.TRUTH).write_text(json.dumps(document))
    reconciled = reconcile(folder, truth_of(folder)[1])
    found = sorted((one.what, one.truth.payer_claim) for one in reconciled.missed)
    assert found == sorted([(FALSE, other), (CLAIM, none), (FALSE, none)])
    assert reconciled.false_matches == 2

"""The circle: claims are linked, sent and answered; what was denied is corrected, sent and answered again, to the cent.

Every second file is sent as it is, as if nobody had linked it. The payers pay what carries its number, or needs none. What they
have left of certified units is not in the truth of a world, nor what a practice itself sends again: those claims get no answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from edi.guides.validation import validate
from edi.jobs.worlds import making
from edi.jobs.worlds.bills import REPLACEMENT
from edi.jobs.worlds.checking import read_truth
from edi.jobs.worlds.truth import Truth
from edi.ledger import Ledger
from edi.ledger.work.worklist import DENIAL
from edi.linkage.denials.correction import Refusal
from edi.linkage.denials.denial import Finding
from edi.records.claim import Claim, read_claims
from edi.records.remittance import Payment, read_payments
from tests.jobs.desk import Desk

FIRST, MENDED, SECOND = date(2027, 5, 10), datetime(2027, 6, 20, 9, 0), date(2027, 6, 25)
LATER = datetime(2027, 8, 1, 9, 0)
UNITS = frozenset({"units-short", "units-used-up"})


class Circle:
    """A world on its way through a ledger."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.folder, self.ledger = folder, ledger
        self.rules = sorted((folder / "rules").iterdir())
        of_files = read_truth(folder)[0]
        told = [truth for truths in of_files.values() for truth in truths]
        times = Counter(truth.claim for truth in told)
        counted = {truth.story for truth in told if any(row.verdict in UNITS for row in truth.rows)}
        self.truths = {t.claim: t for t in told if times[t.claim] == 1 and t.story not in counted}
        self.desk = Desk(self.truths, seed=3)
        self.sent: dict[str, Claim] = {}
        """Claims as they were first sent, those that payers answer."""
        self.payments: list[Payment] = []

    def send(self) -> None:
        """Link every second file, and send all of them; the payers answer, and what they say is matched."""
        for room in ("requests", "responses"):
            for path in sorted((self.folder / room).iterdir()):
                self.ledger.take(path)
        answers = []
        for number, path in enumerate(sorted((self.folder / "claims").iterdir())):
            out = path
            if number % 2:
                out = self.folder / f"linked-{path.name}"
                self.ledger.link(path, self.rules).write(out)
                assert validate(out).valid
            self.ledger.take(out, self.rules)
            self.sent.update((claim.id, claim) for claim in read_claims(out) if claim.id in self.truths)
            answers += self.desk.answer(out, FIRST)
        self.match(answers)

    def match(self, answers: Sequence[bytes]) -> list[Finding]:
        """Match remittances, which are valid and all of claims that were sent."""
        found: list[Finding] = []
        for number, data in enumerate(answers):
            path = self.folder / f"{len(self.payments)}-{number}.835"
            path.write_bytes(data)
            assert validate(path).valid
            self.payments += read_payments(path)
            matched = self.ledger.match(path, self.rules)
            assert matched.unmatched == ()
            assert all(finding.sure for finding in matched.findings)
            found += matched.findings
        return found

    def denied(self) -> list[str]:
        """The claims with an open denial."""
        return sorted({item.claim for item in self.ledger.worklist(date(2027, 6, 20)) if item.kind == DENIAL})


def correctable(claim: Claim, truth: Truth) -> bool:
    """Whether some line lacks the number that is right for it, or has a wrong one in its place."""
    numbers = {claim.authorization, *(held.value for line in claim.lines for held in line.authorizations)}
    return any(
        row.authorization and row.authorization not in numbers
        for row in truth.rows
        if row.verdict == "linked" or (row.verdict == "wrong-number" and row.authorization not in truth.numbers.values())
    )


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    folder = tmp_path_factory.mktemp("circle") / "world"
    making.make(folder, seed=21, size=260)
    with Ledger(f"sqlite:///{folder.parent / 'ledger.db'}") as ledger:
        circle = Circle(folder, ledger)
        circle.send()
        yield circle


def adjustments(payment: Payment) -> Decimal:
    return sum((one.amount for line in (payment, *payment.lines) for one in line.adjustments), Decimal(0))


def test_every_correctable_denial_is_corrected_once_and_none_twice(circle: Circle, tmp_path: Path) -> None:
    wanted = {name for name, claim in circle.sent.items() if correctable(claim, circle.truths[name])}
    assert len(wanted) > 30
    denied = circle.denied()
    assert wanted < set(denied)
    corrected = circle.ledger.correct(denied, circle.rules, now=MENDED)
    assert sorted(one.claim for one in corrected.claims if one.written) == sorted(wanted)
    path = tmp_path / "corrected.837"
    path.write_bytes(corrected.data)
    assert validate(path).valid
    circle.ledger.take(path, circle.rules)
    again = circle.ledger.correct(denied, circle.rules, now=MENDED)
    assert {one.plan.refusal for one in again.claims if one.claim in wanted} == {Refusal.CORRECTION_OUT}
    assert again.data == b""

    first = len(circle.payments)
    circle.match(circle.desk.answer(path, SECOND))
    mended = [payment for payment in circle.payments[first:] if payment.frequency == REPLACEMENT]
    assert sorted(payment.claim for payment in mended) == sorted(wanted)
    assert sum(payment.paid for payment in mended) > 0
    left = circle.denied()
    assert set(denied) - set(left) == {payment.claim for payment in mended if payment.claim not in still_denied(circle)}
    later = circle.ledger.correct(left, circle.rules, now=LATER)
    assert {one.plan.refusal for one in later.claims} == {Refusal.NOTHING_CHANGED}

    charged = sum(claim.charge for claim in circle.sent.values())
    assert charged == sum(payment.charge for payment in circle.payments), "each claim stands once, whatever was taken back"
    assert charged == sum(payment.paid + adjustments(payment) for payment in circle.payments)
    open_amounts = [item.amount for item in circle.ledger.worklist(LATER.date()) if item.kind == DENIAL and item.amount]
    refused = [one.amount for payment in circle.desk.decided.values() for one in payment.every if one.kind]
    assert sum(open_amounts) == sum(refused)


def still_denied(circle: Circle) -> set[str]:
    """The claims of which the payers refuse something in the end."""
    return {payment.id for payment in circle.desk.decided.values() if any(one.kind for one in payment.every)}

"""Claims taken by an expression, and read no further than need be, are decided and written like those that are walked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import MISSING, Field, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edi.guides.document import units, write
from edi.linkage.linking import Directory, Passed, link_units
from edi.linkage.usage import Usage
from edi.records.authorization import Authorization, CertifiedService, Decision, read_authorizations
from edi.records.claim import Claim, claim_of, glance, is_claim, read_claims
from edi.records.parties import NO_PARTY, Person
from edi.records.services import Quantity
from tests.linkage.test_linking import KNEE, knee, one_line, x12

STORY = Path(__file__).parents[2] / "testdata" / "story"
TESTDATA = STORY.parent
FILES = sorted((TESTDATA / "837").rglob("*.837")) + sorted(STORY.rglob("*.837"))


MANY = 40
"""Of one patient: two files of others have some hundred claims of each, which would be compared with as many authorizations."""


def authorized(found: Sequence[Claim]) -> list[Authorization]:
    """For every second claim an authorization of its first line, once, but not for more than MANY of one patient."""
    made: list[Authorization] = []
    whose = Counter[Person]()
    for number, claim in enumerate(found):
        first = next(iter(claim.lines), None)
        if number % 2 or first is None or first.procedure is None or whose[claim.patient] == MANY:
            continue
        whose[claim.patient] += 1
        service = CertifiedService(
            decision=Decision.CERTIFIED, procedure=first.procedure, quantity=Quantity(unit="UN", amount=first.charge + 1)
        )
        who = {"requester": NO_PARTY, "subscriber": claim.subscriber, "patient": claim.patient, "dependent": claim.dependent}
        payer = replace(claim.payer, role="X3")
        made.append(
            Authorization(decision=Decision.CERTIFIED, number=f"ZQ{number:06}", payer=payer, services=(service,), **who)  # type: ignore[arg-type]
        )
    return made


def linked(data: bytes, authorizations: Sequence[Authorization], *, compiled: bool) -> tuple[list[Passed], bytes]:
    passed = list(link_units(units(data, compiled=compiled), Directory(authorizations).find, Usage()))
    return passed, b"".join(write(one.unit for one in passed))


def assert_same(data: bytes, authorizations: Sequence[Authorization]) -> bytes:
    (walked, before), (taken, after) = (linked(data, authorizations, compiled=compiled) for compiled in (False, True))
    assert [(one.rows, one.problems, one.beside) for one in taken] == [(one.rows, one.problems, one.beside) for one in walked]
    assert after == before
    return after


@pytest.fixture(scope="module")
def answers() -> list[Authorization]:
    return [one for each in sorted(STORY.glob("responses/*.278")) for one in read_authorizations(each)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTDATA)))
def test_our_files(path: Path, answers: list[Authorization]) -> None:
    data = path.read_bytes()
    assert_same(data, answers)
    assert_same(data, authorized(list(read_claims(data))))


@pytest.mark.corpus("837*/**/*")
def test_files_of_others(corpus_file: Path) -> None:
    data = corpus_file.read_bytes()
    assert_same(data, authorized(list(read_claims(data))))


KNEES = [
    knee("C-1"),
    knee("C-2", code="99213"),
    knee("C-3", "REF*G1*A-1"),
    knee("C-4", "REF*G1*NPR"),
    knee("C-5", "REF*9F*R-1"),
    knee("C-6", more=[*one_line(2, "27447", "20260311"), *one_line(2, "99213", "20260312")]),
    knee("C-7", more=one_line(2, "27447", "20260311", "REF*G1*A-1")),
    [*knee("C-8")[:1], *knee("C-8")],
]


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n", "\n"])
@pytest.mark.parametrize("kind", ["professional", "dental"])
def test_odd_claims(end: str, kind: str) -> None:
    data = x12(*KNEES, kind=kind, end=end)
    for authorizations in ([], [KNEE], [KNEE, replace(KNEE, number="A-2")], [replace(KNEE, number="A-2")]):
        assert_same(data, authorizations)
        assert_same(data + data, authorizations)
        assert_same(data[: len(data) // 2], authorizations)
        assert_same(data.replace(kind.encode(), b"?").replace(b"*005010X222A1", b"*005010X999", 1), authorizations)


@pytest.mark.parametrize("frequency", "1678")
def test_again(frequency: str) -> None:
    """A void gives back what the claim before it used, a replacement takes its place."""
    once = replace(KNEE, services=(replace(KNEE.services[0], quantity=Quantity(unit="UN", amount=Decimal(1))),))
    again = [segment.replace(":B:1", f":B:{frequency}") for segment in knee("C-1")]
    out = assert_same(x12(knee("C-1"), again, knee("C-2")), [once])
    assert out.count(b"REF*G1*A-1") == {"1": 2, "6": 2, "7": 2, "8": 2}[frequency]


def test_a_claim_for_which_nothing_is_on_file_any_more_keeps_no_units() -> None:
    """It was linked, and reserved a unit; since then its patient was put right."""
    left = []
    for compiled in (False, True):
        usage = Usage(reserving=True)
        for data in (x12(knee("C-1")), x12(knee("C-1")).replace(b"KELLER*MARIA****MI*W100200300", b"OTHER*ANN****MI*W1")):
            list(link_units(units(data, compiled=compiled), Directory([KNEE]).find, usage))
            left.append(len(usage.all()))
    assert left == [1, 0, 1, 0]


def test_a_claim_for_which_nothing_is_on_file_is_not_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    data, read = x12(knee("C-1"), [s.replace("B:1", "B:7") for s in knee("C-2", "REF*G1*B-7")], knee("C-3")), []
    monkeypatch.setattr("edi.linkage.linking.claim_of", lambda unit: (read.append(unit), claim_of(unit))[1])
    passed, out = linked(data, [], compiled=True)
    assert [row.verdict for one in passed for row in one.rows] == ["requirement-unknown", "number-unknown", "requirement-unknown"]
    assert (len(read), out) == (1, data)


def test_a_glance_sees_what_it_sees_as_the_claim_says_it() -> None:
    seen = 0
    for unit in units(x12(*KNEES), compiled=True):
        if is_claim(unit) and (found := glance(unit)) is not None:
            whole, seen = claim_of(unit), seen + 1
            assert (found.id, found.charge, found.offset) == (whole.id, whole.charge, whole.offset)
            for field in fields(Claim):
                assert getattr(found, field.name) in (getattr(whole, field.name), *_default(field))
    assert seen == 4


def _default(field: Field[Any]) -> tuple[Any, ...]:
    return (NO_PARTY,) if field.name == "billing" else () if field.default is MISSING else (field.default,)

"""The library and the ledger decide alike: over the story, over every claim in testdata, and over small worlds made at random.

`edi.link` has nothing but the records that it is given; a ledger took the same ones before, and is checked, so that no claim
reserves anything from another. Both are asked about the 837 and about its claims as records.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import edi
from edi.ledger import Ledger
from edi.linkage.verdict import Row
from tests.linkage.test_laws import authorizations, claims

TESTDATA = Path(__file__).parents[1] / "testdata"
STORY = TESTDATA / "story"
REVIEWS = sorted([*STORY.glob("requests/*.278"), *STORY.glob("responses/*.278"), *TESTDATA.glob("kinds/*/*.278")])
CLAIMS = sorted(TESTDATA.rglob("*.837"))
RULES = ["", STORY / "requirements" / "meadowlark.rules"]


def told(rows: Iterable[Row], *, offset: bool = True) -> list[dict[str, Any]]:
    return [row.to_json() | ({} if offset else {"offset": 0}) for row in rows]


def written(linked: edi.Linked) -> bytes:
    out = io.BytesIO()
    linked.write(out)
    return out.getvalue()


# -- files -------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Ledger]:
    """A ledger that took every 278 of the story and of the kinds."""
    with Ledger(f"sqlite:///{tmp_path_factory.mktemp('same') / 'ledger.db'}") as kept:
        for path in REVIEWS:
            kept.take(path)
        yield kept


@pytest.fixture(scope="module")
def records() -> list[edi.Authorization]:
    """The same 278s as records, requests and answers apart."""
    return [record for path in REVIEWS for record in edi.read_authorizations(path)]


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: "rules" if rules else "no rules")
@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.relative_to(TESTDATA).as_posix())
def test_the_story_and_every_other_claim(path: Path, rules: str | Path, ledger: Ledger, records: list[edi.Authorization]) -> None:
    files = [rules] if rules else []
    mine, theirs = edi.link(path, records, files), ledger.check(path, files)
    assert mine.to_json() == theirs.to_json()
    assert mine.problems == theirs.problems
    assert written(mine) == written(theirs)


@pytest.mark.parametrize("path", sorted(STORY.glob("claims/*.837")), ids=lambda path: path.stem)
def test_records_are_decided_as_their_file_is(path: Path, ledger: Ledger, records: list[edi.Authorization]) -> None:
    from_file = edi.link(path, records).to_json()
    assert edi.link(edi.read_claims(path), records).to_json() == from_file
    assert ledger.check(list(edi.read_claims(path))).to_json() == from_file


def test_in_any_order_of_messages_the_same(records: list[edi.Authorization]) -> None:
    batch = STORY / "claims" / "batch.837"
    assert edi.link(batch, reversed(records)).to_json()["totals"] == edi.link(batch, records).to_json()["totals"]


# -- worlds ------------------------------------------------------------------------------------------------------------------


@st.composite
def messages(draw: st.DrawFn) -> list[edi.Authorization]:
    """An authorization as it was answered; or the request and the answer, which leaves out what was asked for, in any order."""
    trace = draw(st.sampled_from(("T-1", "T-2", "T-3")))  # without any name a ledger calls an authorization by its own id
    answer = replace(draw(authorizations()), traces=(trace,))
    if draw(st.booleans()):
        return [answer]
    asked = [replace(one, decision=edi.Decision.UNANSWERED, number="", reasons=()) for one in answer.services]
    request = replace(answer, decision=edi.Decision.UNANSWERED, number="", services=tuple(asked), issued=date(2026, 1, 30))
    return draw(st.permutations([request, replace(answer, services=answer.services if draw(st.booleans()) else ())]))


worlds = st.lists(messages(), max_size=4).map(lambda each: [record for some in each for record in some])


some_claims = st.lists(claims(), max_size=3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(worlds, some_claims, some_claims, st.booleans())
def test_small_worlds(
    tmp_path_factory: pytest.TempPathFactory,
    held: list[edi.Authorization],
    before: list[edi.Claim],
    now: list[edi.Claim],
    replacing: bool,
) -> None:
    """Claims that were sent before use units, in the one as in the other."""
    sent = [replace(one, id=f"S-{n}") for n, one in enumerate(before)]
    billed = [replace(one, id=f"C-{n}") for n, one in enumerate(now)]
    usage = edi.Usage()
    edi.link(sent, held, usage=usage)
    mine = edi.link(billed, held, replace=replacing, usage=usage)
    with Ledger(f"sqlite:///{tmp_path_factory.mktemp('world') / 'ledger.db'}") as kept:
        kept.record_authorizations(held)
        kept.record_claims(sent)
        theirs = kept.link(billed, replace=replacing)
    assert told(mine.claims, offset=False) == told(theirs.claims, offset=False)

"""Questions about many values at once: the same answers from both databases, found by an index."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Executable, delete, or_, select
from sqlmodel import Session, col

from edi.ledger.asking import ask, one_of
from edi.ledger.database import Database
from edi.ledger.storing import Writer
from edi.ledger.tables import ClaimRow

NAMED = select(col(ClaimRow.claim)).where(one_of(col(ClaimRow.claim), "names")).order_by(col(ClaimRow.id))
ODD = ("a'b", '"', "\\", "{}", "a,b", "", "Ü", "%s", "null")


def kept(session: Session, made: Any, names: tuple[str, ...]) -> list[int]:
    return Writer(session, interchange=None, now=made.now).claims([made.claim(name) for name in names])


def test_values_are_found_as_they_are(ledger_url: str, made: Any) -> None:
    with closing(Database(ledger_url)) as ledger, ledger.writing() as session:
        kept(session, made, (*ODD, "another"))
        assert ask(session, NAMED, names=ODD).scalars().all() == list(ODD)
        assert ask(session, NAMED, names=["?", *ODD[:1]]).scalars().all() == list(ODD[:1])


@pytest.mark.parametrize("none", [[], ["\0"], ["a\0b"], ["nobody's"]])
def test_nothing_is_found_of_what_is_not_kept(ledger_url: str, made: Any, none: list[str]) -> None:
    with closing(Database(ledger_url)) as ledger, ledger.writing() as session:
        kept(session, made, ("a", "ab", "b"))
        assert ask(session, NAMED, names=none).all() == []


def test_numbers_are_compared_as_numbers(ledger_url: str, made: Any) -> None:
    with closing(Database(ledger_url)) as ledger, ledger.writing() as session:
        first, second, third = kept(session, made, ("a", "b", "c"))
        by_id = select(col(ClaimRow.id)).where(one_of(col(ClaimRow.id), "ids")).order_by(col(ClaimRow.id))
        assert ask(session, by_id, ids={third, first}).scalars().all() == [first, third]
        either = select(col(ClaimRow.claim)).where(or_(one_of(col(ClaimRow.id), "ids"), one_of(col(ClaimRow.claim), "names")))
        assert sorted(ask(session, either, ids=[first], names=["c"]).scalars()) == ["a", "c"]
        ask(session, delete(ClaimRow).where(one_of(col(ClaimRow.id), "ids")), ids=[second])
        assert ask(session, select(col(ClaimRow.claim)).order_by(col(ClaimRow.id))).scalars().all() == ["a", "c"]


@pytest.mark.parametrize(
    "question",
    [
        NAMED,
        select(col(ClaimRow.record)).where(one_of(col(ClaimRow.id), "names")),
        select(col(ClaimRow.id)).where(or_(one_of(col(ClaimRow.id), "names"), one_of(col(ClaimRow.claim), "names"))),
    ],
)
def test_sqlite_looks_values_up_and_not_through_the_table(tmp_path: Any, question: Executable) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'edi.db'}")) as ledger, ledger.writing() as session:
        asked = question.compile(session.connection())  # type: ignore[attr-defined]  # every question can be
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", ("[]",) * str(asked).count("?")).all()
    assert "claims" in str(plan)
    assert not [step for *_, step in plan if step.startswith("SCAN claims")]

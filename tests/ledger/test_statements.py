"""Questions about many values at once: the same answers from both databases, found by an index."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Executable, bindparam, delete, event, func, or_, select
from sqlmodel import Session, col

from edi.errors import LedgerError
from edi.ledger.database import Database
from edi.ledger.statements import ask, one_of
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


def test_it_is_the_same_when_somebody_listens(ledger_url: str, made: Any) -> None:
    """Then SQLAlchemy asks; else the driver is asked as SQLAlchemy would ask it."""
    columns = (ClaimRow.id, ClaimRow.claim, ClaimRow.charge, ClaimRow.sent_at, ClaimRow.period_start, ClaimRow.denied)
    kinds = col(ClaimRow.kind).in_(["professional", "dental"]) & col(ClaimRow.charge).in_([Decimal("160.00"), Decimal("80.00")])
    question = select(*map(col, columns)).where(
        one_of(col(ClaimRow.claim), "names"), kinds, col(ClaimRow.sent_at) >= bindparam("at")
    )
    with closing(Database(ledger_url)) as ledger, ledger.writing() as session:
        kept(session, made, ODD)
        plain = ask(session, question.order_by(col(ClaimRow.id)), names=ODD, at=made.now).all()
        heard: list[str] = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *told: heard.append(told[2]))
        listened = ask(session, question.order_by(col(ClaimRow.id)), names=ODD, at=made.now).all()
        assert len(heard) == 1
        assert plain == listened == [(row.id, row.claim, row.charge, row.sent_at, row.period_start, row.denied) for row in plain]
        assert len(plain) == len(ODD)
        assert [list(map(type, row)) for row in plain] == [list(map(type, row)) for row in listened]


def test_what_the_database_refuses_is_told_as_a_sentence(ledger_url: str) -> None:
    unheard = select(col(ClaimRow.claim)).where(func.unheard_of(bindparam("name")) == 1)
    with closing(Database(ledger_url)) as ledger:
        with pytest.raises(LedgerError, match=r"refused what was asked of it|cannot be") as caught, ledger.writing() as session:
            ask(session, unheard, name="QUILL")
        assert "QUILL" not in str(caught.value)


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

"""Records that a program made: of the types that they should be, or refused before anything is kept."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from edi.errors import LedgerError, RecordError
from edi.ledger import Ledger
from edi.ledger.database import Database
from edi.ledger.tables import AuthorizationRow, EventRow
from edi.ledger.work.agenda import WorkQuery
from edi.records.parties import Person

from .conftest import PATIENT, Made

AT: Any = datetime(1961, 4, 2, 5, 30)
WRONG: Any = {"born": replace(PATIENT, birth_date=AT), "float": 80.5, "nan": Decimal("NaN"), "half": "\ud800", "list": []}


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (
            lambda ledger, made: ledger.record_claims([made.claim(), made.claim(patient=WRONG["born"])]),
            "[1].patient.birth_date: ",
        ),
        (lambda ledger, made: ledger.record_claims([made.claim(charge=WRONG["float"])]), "[0].charge: must be a Decimal"),
        (lambda ledger, made: ledger.record_claims([made.claim(charge=WRONG["nan"])]), "[0].charge: must be a Decimal"),
        (lambda ledger, made: ledger.record_claims([made.claim(WRONG["half"])]), "[0].id: must be a text"),
        (lambda ledger, made: ledger.record_claims([made.claim(lines=WRONG["list"])]), "[0].lines: must be a tuple"),
        (lambda ledger, made: ledger.record_claims([made.authorization()]), "[0]: must be of the kind Claim"),
        (lambda ledger, made: ledger.record_authorizations([made.authorization(subscriber=WRONG["born"])]), ".birth_date: "),
        (lambda ledger, made: ledger.record_authorizations([made.authorization(created=made.now)]), "[0].created: must be a "),
        (
            lambda ledger, made: ledger.record_told([made.authorization(decision="certified")]),
            "[0].decision: must be of the kind",
        ),
        (lambda ledger, made: ledger.record_payments([made.payment(paid_on=AT)]), "[0].paid_on: must be a date"),
        (lambda ledger, made: ledger.record_acknowledgments([made.claim()]), "[0]: must be of the kind"),
    ],
)
def test_a_value_of_another_type_is_refused_by_its_place(record: Callable[[Ledger, Made], Any], said: str, made: Made) -> None:
    with Ledger("sqlite://") as ledger, warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RecordError) as refused:
            record(ledger, made)
        assert str(refused.value).startswith("records[")
        assert said in str(refused.value)
        assert not any(secret in str(refused.value) for secret in ("1961", "80.5", "QUILL"))
        assert ledger.status().claims == ledger.status().authorizations == 0
        ledger.record_authorizations([made.authorization()])
        ledger.record_claims([made.claim()])
        assert ledger.status().claims == 1


@pytest.mark.parametrize(
    ("ask", "name"),
    [
        (lambda ledger: ledger.denials(AT), "today"),
        (lambda ledger: ledger.denials(None), "today"),
        (lambda ledger: ledger.denials(AT.date(), start=AT), "start"),
        (lambda ledger: ledger.turnaround(end=AT), "end"),
        (lambda ledger: ledger.worklist(AT), "today"),
        (lambda ledger: ledger.work.total(WorkQuery(today=AT)), "today"),
        (lambda ledger: ledger.work.items(AT.date(), due_before="2026-03-01"), "due_before"),
        (lambda ledger: ledger.work.note_silence(AT, now=AT), "today"),
        (lambda ledger: ledger.authorizations(expiring=(AT, 3)), "expiring[0]"),
        (lambda ledger: ledger.upkeep.purge(AT, now=AT), "before"),
    ],
)
def test_a_day_that_is_no_date_is_refused_by_its_name(ask: Callable[[Ledger], Any], name: str, made: Made) -> None:
    with Ledger("sqlite://") as ledger:
        ledger.record_claims([made.claim()])
        ledger.record_payments([made.payment("CLAIM1", made.adjustment())])
        with pytest.raises(RecordError) as refused:
            ask(ledger)
        assert str(refused.value) == f"{name}: must be a date, and no datetime."


@pytest.mark.parametrize("damage", ['{"birth_date": "1961-04-02T05:30:00"}', "SECRET"])
def test_a_record_that_is_damaged_is_an_error_of_the_ledger_without_what_stands_there(
    damage: str, tmp_path: Path, made: Made
) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Ledger(url) as ledger:
        ledger.record_authorizations([made.authorization()])
    database = Database(url)
    with database.writing() as session:
        session.execute(update(AuthorizationRow).values(record=damage))
        session.execute(update(EventRow).values(record=damage))
    database.close()
    asked: list[Callable[[Ledger], Any]] = [
        lambda ledger: list(ledger.records()),
        lambda ledger: ledger.link([made.claim()]),
        lambda ledger: ledger.authorization("A100"),
        lambda ledger: ledger.record_told([made.authorization(issued=None)]),
    ]
    with Ledger(url) as ledger:
        for ask in asked:
            with pytest.raises(LedgerError, match=r"^The ledger is damaged: ") as refused:
                ask(ledger)
            told = "".join(traceback.format_exception(refused.value))
            assert not any(word in told for word in ("1961", "SECRET", "pydantic_core"))


def test_a_record_of_a_subclass_is_one(made: Made) -> None:
    class Patient(Person):
        """As a program may have its own."""

    own = Patient(last_name="QUILL", first_name="NORA", member_id="W1000001", birth_date=PATIENT.birth_date)
    with Ledger("sqlite://") as ledger:
        ledger.record_claims([made.claim(subscriber=own, patient=own)])
        assert ledger.status().claims == 1

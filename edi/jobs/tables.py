"""What a slice of a file says, as tables: claims, lines, payments, adjustments, findings, authorizations, services.

A column that `edi export` has too has the same name, type and meaning here. Rows are told apart by the file and the byte in it at
which a claim, a payment or a transaction begins, as nothing gives them ids: so slices can be read in any order, anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from edi.errors import Problem
from edi.guides.document import Unit
from edi.jobs.processes import unfinished
from edi.jobs.slices import Opener, Slice, units_of
from edi.linkage.denials.denial import findings
from edi.linkage.joining import member_key, patient_name
from edi.linkage.providers import rendering_id
from edi.linkage.quantities import limits
from edi.linkage.unreadable import chargeless
from edi.linkage.usage import Usage
from edi.records.authorization import Authorization, messages_of
from edi.records.certification import NOTICE
from edi.records.claim import Claim, claim_of, is_claim
from edi.records.columns import (
    ADJUSTMENT,
    DATE,
    FLAG,
    ID,
    INTEGER,
    MONEY,
    NAME,
    PAYMENT_LINE,
    QUANTITY,
    TEETH,
    TEXT,
    Field,
    Table,
    column,
    within,
)
from edi.records.remittance import Adjustment, Payment, Payments, is_payment
from edi.records.services import Period, Procedure
from edi.text.redaction import Tokens

Cells: TypeAlias = tuple[Any, ...]
_FILE: Final = (
    Field("file", TEXT, "the file, as it was named"),
    Field("offset", INTEGER, "the byte at which the claim, the payment or the transaction (278) begins"),
)
_TRANSACTION: Final = Field("transaction", TEXT, "ST02")


def _table(name: str, said: str, key: str, *fields: Field) -> Table:
    return Table(name, said, ("file", "offset", *key.split()), (*_FILE, *fields))


TABLES: Final = (
    _table(
        "claims",
        "a claim",
        "",
        _TRANSACTION,
        Field("claim", TEXT, "CLM01"),
        Field("kind", TEXT, "professional, institutional or dental"),
        Field("frequency", TEXT, "CLM05-3: 1 original, 7 replacement, 8 void"),
        Field("original", TEXT, "REF*F8: the payer's number of the claim that it replaces or voids"),
        Field("payer_id", TEXT, "the destination payer's id"),
        Field("payer", TEXT, "its name"),
        Field("member", TEXT, "the subscriber's member id, in capitals without punctuation", phi=ID),
        Field("patient", TEXT, "the patient's name", phi=NAME),
        Field("billing_id", TEXT, "the billing provider, mostly its NPI"),
        Field("rendering_id", TEXT, "who gave the care, where the claim says so"),
        Field("authorization", TEXT, "REF*G1 at the claim"),
        Field("referral", TEXT, "REF*9F at the claim"),
        Field("charge", MONEY, "CLM02"),
        *within("of service"),
    ),
    _table(
        "lines",
        "a service line of a claim",
        "position",
        Field("position", INTEGER, "counted from 0"),
        Field("number", TEXT, "LX01"),
        Field("control_number", TEXT, "REF*6R"),
        Field("code", TEXT, "the procedure, else the revenue code"),
        Field("modifiers", TEXT, "with blanks between"),
        Field("revenue_code", TEXT, "SV201"),
        Field("unit", TEXT, "UN units, MJ minutes, DA days ..."),
        Field("quantity", QUANTITY, "how many"),
        Field("authorization", TEXT, "REF*G1 at the line"),
        Field("charge", MONEY, "the line's charge"),
        *within("of service"),
    ),
    _table(
        "payments",
        "a claim as a payer answered it, with its remittance",
        "",
        _TRANSACTION,
        Field("claim", TEXT, "CLP01"),
        Field("payer_claim", TEXT, "CLP07"),
        Field("status", TEXT, "CLP02: 1 2 3 primary to tertiary, 4 denied, 22 reversal, 25 predetermination ..."),
        Field("frequency", TEXT, "CLP09"),
        Field("charge", MONEY, "CLP03"),
        Field("paid", MONEY, "CLP04"),
        Field("member", TEXT, "the member id, in capitals without punctuation", phi=ID),
        Field("trace", TEXT, "TRN02: the check or transfer"),
        Field("payer_id", TEXT, "the payer's id"),
        Field("payer", TEXT, "the payer's name"),
        Field("payee_id", TEXT, "who was paid"),
        Field("paid_on", DATE, "BPR16"),
        Field("produced_on", DATE, "DTM*405, else BPR16"),
    ),
    _table(
        "payment_lines",
        "a service line of a payment",
        "ordinal",
        *PAYMENT_LINE,
        *within("of service"),
    ),
    _table(
        "adjustments",
        "one triplet of a CAS",
        "ordinal position",
        *ADJUSTMENT,
    ),
    _table(
        "findings",
        "what a payment denies or cuts",
        "position",
        Field("position", INTEGER, "counted from 0"),
        Field("line", TEXT, "LX01, else the ordinal; null for the whole claim"),
        Field("kind", TEXT, "what the payer says"),
        Field("codes", TEXT, "group and reason, then remarks, with blanks between"),
        Field("amount", MONEY, "with its sign"),
    ),
    _table(
        "authorizations",
        "what one message says about an authorization, a referral, or what was asked for",
        "ordinal",
        Field("ordinal", INTEGER, "counted from 1 in its transaction"),
        _TRANSACTION,
        Field("kind", TEXT, "authorization, referral or notice"),
        Field("decision", TEXT, "certified, modified, denied, pended, unanswered ..."),
        Field("number", TEXT, "the payer's number"),
        Field("payer_id", TEXT, "the payer's id"),
        Field("payer", TEXT, "the payer's name"),
        Field("member", TEXT, "the subscriber's member id, in capitals without punctuation", phi=ID),
        Field("patient", TEXT, "the patient's name", phi=NAME),
        *within("that is certified"),
        Field("issued", DATE, "when it was decided, by the payer's account"),
        Field("decide_by", DATE, "until when the payer says that it decides"),
        Field("source", TEXT, "278, inquiry, notification, phone, portal, fax, letter; TA1, 999: it was rejected"),
        Field("dependent", FLAG, "whether the patient is a dependent"),
    ),
    _table(
        "services",
        "a service of an authorization",
        "ordinal position",
        Field("ordinal", INTEGER, "of authorizations"),
        Field("position", INTEGER, "counted from 0"),
        Field("decision", TEXT, "what was decided about it"),
        Field("number", TEXT, "its own number, where it has one"),
        Field("qualifier", TEXT, "HC HCPCS, N4 NDC, ... of the code"),
        Field("code", TEXT, "the procedure; of a range the first"),
        Field("code_end", TEXT, "of a range the last"),
        Field("revenue_code", TEXT, "where it is certified by one"),
        Field("service_type", TEXT, "UM03"),
        *within("that is certified"),
        Field("unit", TEXT, "UN units, VS visits, DY days, MJ minutes ..."),
        Field("quantity", QUANTITY, "how much is certified in all, or was asked for"),
        *TEETH,
    ),
)
PROBLEMS: Final = Table(
    "problems",
    "what keeps a file from being read whole",
    ("file", "offset"),
    (
        _FILE[0],
        Field("offset", INTEGER, "the byte at which it stands"),
        Field("code", TEXT, "as edi-validate has it"),
        Field("message", TEXT, "the same in words"),
    ),
)
"""Of where rows alone are read; `tables` and `write_tables` tell the same as problems."""
BY_NAME: Final[Mapping[str, Table]] = MappingProxyType({table.name: table for table in TABLES})


def tables(
    one: Slice, opener: Opener | None = None, *, tokens: Tokens | None = None, problems: list[Problem] | None = None
) -> dict[str, list[Cells]]:
    """The rows of a slice by the names of `TABLES`, each with that table's columns.

    With `tokens` (`edi.text.redaction.Tokens`) people are tokens, and their days are left out. That the file is cut off is added
    to `problems`. SourceError where the file cannot be read.
    """
    found: dict[str, list[Cells]] = {table.name: [] for table in TABLES}
    units = units_of(one, opener=opener)
    for name, row in _rows(one.path, units):
        found[name].append(row)
    if problems is not None:
        problems.extend(units.problems)
    return {name: _typed(BY_NAME[name], rows, tokens) for name, rows in found.items()}


def problem_rows(one: Slice, opener: Opener | None = None) -> list[Cells]:
    """That the file is cut off, of the slice that ends there: rows of `PROBLEMS`. SourceError where the file cannot be read."""
    units = units_of(one, opener=opener)
    for _ in units:  # what is at the end is known at the end
        pass
    return [(one.path, problem.offset, problem.code, problem.message) for problem in units.problems]


def _typed(table: Table, rows: list[Cells], tokens: Tokens | None) -> list[Cells]:
    columns = (column(field, values, tokens) for field, values in zip(table.fields, zip(*rows, strict=True), strict=False))
    return list(zip(*columns, strict=True))


def write_tables(
    one: Slice,
    folder: str | Path,
    opener: Opener | None = None,
    *,
    format: str = "parquet",
    tokens: Tokens | None = None,
    problems: list[Problem] | None = None,
) -> dict[str, int]:
    """Write the tables of a slice: FOLDER/TABLE/PART.parquet (or csv), for each that has rows; how many each has.

    The name of a part is the slice's own, so that a slice that is written again takes the place of what it wrote before. Parts
    appear whole, for their owner alone. That the file is cut off is added to `problems`: what it says up to there is written.
    EdiError where the format needs a library that is not installed.
    """
    found = {name: rows for name, rows in tables(one, opener, tokens=tokens, problems=problems).items() if rows}
    write_parts(folder, one.name, [(BY_NAME[name], rows) for name, rows in found.items()], format)
    return {name: len(rows) for name, rows in found.items()}


def write_parts(folder: str | Path, name: str, parts: Iterable[tuple[Table, list[Cells]]], format: str = "parquet") -> None:
    """Write a part of each table under a name, whole or not at all; EdiError as `write_tables`."""
    from edi.reports.datasets import WRITERS

    for table, rows in parts:
        place = Path(folder) / table.name / f"{name}.{format}"
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = place.with_name(f"{place.name}.{os.getpid()}.part")
        unfinished.add(half)
        try:
            half.touch(mode=0o600)
            with half.open("wb") as file:
                WRITERS[format](file, table, [rows])
            half.replace(place)
        finally:
            half.unlink(missing_ok=True)
            unfinished.discard(half)


def _rows(path: str, units: Iterable[Unit]) -> Iterator[tuple[str, Cells]]:
    payments = Payments()
    for unit in units:
        if is_claim(unit):
            yield from _of_claim(path, claim_of(unit), chargeless=chargeless(unit))
        elif is_payment(unit):
            yield from _of_payment(path, payments.of(unit))
        elif unit.kind == "header" and unit.context.st is not None:
            said = (message for message in messages_of(unit) if message.kind != NOTICE)
            for ordinal, record in enumerate(said, 1):
                yield from _of_authorization((path, unit.context.st.offset, ordinal), unit.context.st.get(2), record)


def _of_claim(path: str, record: Claim, *, chargeless: bool) -> Iterator[tuple[str, Cells]]:
    """`chargeless`: its charge is no amount, which the record has as 0."""
    key = (path, record.offset)
    yield (
        "claims",
        (
            *key, record.transaction, record.id, record.kind, record.frequency, record.original, record.payer.id,
            record.payer.name, member_key(record.subscriber), patient_name(record.patient), record.billing.id,
            rendering_id(record), record.authorization, record.referral, None if chargeless else record.charge,
            *_ends(record.period),
        ),
    )  # fmt: skip
    for position, line in enumerate(record.lines):
        code, modifiers = _code(line.procedure)
        held = line.authorizations[0].value if line.authorizations else ""
        quantity = line.quantity
        yield (
            "lines",
            (
                *key, position, line.number, line.control_number, code or line.revenue_code, modifiers, line.revenue_code,
                quantity.unit if quantity else "", quantity.amount if quantity else None, held, line.charge, *_ends(line.period),
            ),
        )  # fmt: skip


def _of_payment(path: str, record: Payment) -> Iterator[tuple[str, Cells]]:
    key = (path, record.offset)
    yield (
        "payments",
        (
            *key, record.transaction, record.claim, record.payer_claim, record.status, record.frequency, record.charge,
            record.paid, member_key(record.insured or record.patient), record.trace, record.payer.id, record.payer.name,
            record.payee.id, record.paid_on, record.produced_on,
        ),
    )  # fmt: skip
    yield from _adjustments((*key, 0), record.adjustments)
    for line in record.lines:
        submitted, code = _code(line.submitted)[0], _code(line.procedure)[0]
        yield (
            "payment_lines",
            (
                *key, line.ordinal, line.control_number, code, submitted, line.revenue_code, line.charge, line.paid, line.units,
                *_ends(line.period),
            ),
        )  # fmt: skip
        yield from _adjustments((*key, line.ordinal), line.adjustments)
    for position, found in enumerate(findings(record, None, (), Usage())):
        yield "findings", (*key, position, found.line, found.kind, " ".join(found.codes), found.amount)


def _adjustments(key: Cells, found: tuple[Adjustment, ...]) -> Iterator[tuple[str, Cells]]:
    for position, one in enumerate(found):
        yield "adjustments", (*key, position, one.group, one.reason, one.amount, one.quantity)


def _of_authorization(key: Cells, transaction: str, record: Authorization) -> Iterator[tuple[str, Cells]]:
    yield (
        "authorizations",
        (
            *key, transaction, record.kind, record.decision.value, record.number, record.payer.id, record.payer.name,
            member_key(record.subscriber), patient_name(record.patient), *_ends(record.period), record.issued, record.decide_by,
            record.source, record.dependent,
        ),
    )  # fmt: skip
    for position, service in enumerate(record.services):
        procedure = service.procedure
        total = next((limit for limit in limits(service) if not limit.per), None)
        yield (
            "services",
            (
                *key, position, service.decision.value, service.number, procedure.qualifier if procedure else "",
                procedure.code if procedure else "", procedure.code_end if procedure else "", service.revenue_code,
                service.service_type, *_ends(service.period or record.period), total.unit if total else "",
                total.amount if total else None, " ".join(tooth.cell for tooth in service.teeth), " ".join(service.oral_cavity),
            ),
        )  # fmt: skip


def _code(procedure: Procedure | None) -> tuple[str, str]:
    return (procedure.code, " ".join(procedure.modifiers)) if procedure else ("", "")


def _ends(period: Period | None) -> Cells:
    return (period.start, period.end) if period else (None, None)

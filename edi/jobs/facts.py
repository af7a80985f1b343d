"""What the set-based join needs of claims and authorizations, as tables: `edi.jobs.sets` joins them.

Beside what is compared stands, in a few flags, whether a record is of the plain kind of which the join can tell the verdict;
whatever is not is for the library to decide, from the record itself, which is there as JSON. What is text and not told is "".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from edi.jobs.slices import Opener, Slice, read
from edi.jobs.tables import write_parts
from edi.linkage.coordination import members
from edi.linkage.evidence import inpatient
from edi.linkage.identity import certified_providers, folded_name, member_ids, performing
from edi.linkage.linking import carried
from edi.linkage.offers import POSITIVE, REFERRAL, Offer, offers
from edi.linkage.patients import person_key
from edi.linkage.placement import not_applicable
from edi.linkage.quantities import BY_DATE, IN_UNITS, days, limits
from edi.linkage.usage import REPLACEMENT
from edi.records.authorization import Authorization, Decision
from edi.records.claim import Claim, ClaimLine
from edi.records.columns import DATE, FLAG, INTEGER, MONEY, QUANTITY, TEXT, Field, Table, fitting
from edi.records.parties import Party, Person
from edi.records.services import Period, Procedure, Quantity

R = TypeVar("R")
_NOTHING: Final = ("", "", "", None, None, "", "")
_BATCH: Final = 20_000
_INTERNATIONAL: Final = "F2"
_MEMBER, _NUMBER, _PERSON = "member", "number", "person"
"""Kinds of keys by which authorizations are found for a claim, as `edi.linkage.linking.Directory` finds them."""


def _table(name: str, said: str, key: str, *fields: tuple[str, str, str]) -> Table:
    return Table(name, said, tuple(key.split()), tuple(Field(*field) for field in fields))


_PLACE = (("file", TEXT, "the file"), ("offset", INTEGER, "where CLM begins"))
_PATIENT = (
    ("payer_key", TEXT, "the payer's id in capitals"),
    ("birth", DATE, "the patient's birth date"),
    ("last", TEXT, "the patient's last name, folded"),
    ("first", TEXT, "the patient's first name, folded"),
    ("gender", TEXT, "F, M, U or nothing"),
    ("dependent", FLAG, "whether the patient is a dependent"),
)
_SERVICE = (
    ("qualifier", TEXT, "of the code"),
    ("code", TEXT, "the procedure"),
    ("modifiers", TEXT, "with blanks between"),
    ("starts", DATE, "the first day"),
    ("ends", DATE, "the last day"),
    ("npis", TEXT, "who gives the care, with blanks between"),
    ("tax_ids", TEXT, "of who bills, or may, with blanks between"),
    ("place", TEXT, "place of service or type of bill"),
    ("place_qualifier", TEXT, "B or A"),
)
CLAIMS: Final = _table(
    "claims", "a claim", "file offset", *_PLACE, ("claim", TEXT, "CLM01"), ("transaction", TEXT, "ST02"),
    ("payer", TEXT, "the payer's id, else its name"), ("amount", MONEY, "CLM02"), *_PATIENT,
    ("plain", FLAG, "whether nothing is to be said of it where nothing is on file"),
    ("simple", FLAG, "whether the join can tell that an authorization fits"),
    ("lines", INTEGER, "how many"), ("record", TEXT, "the claim as JSON"),
)  # fmt: skip
LINES: Final = _table(
    "lines", "a line of a simple claim", "file offset position", *_PLACE, ("position", INTEGER, "counted from 0"), *_SERVICE,
    ("demand", QUANTITY, "the most that it can use of what is certified, in units or days"),
)  # fmt: skip
KEYS: Final = _table(
    "keys", "what a claim is found by", "file offset kind key", *_PLACE, ("kind", TEXT, "member, number or person"),
    ("key", TEXT, "the key"),
)  # fmt: skip
_ID = ("id", INTEGER, "counted from 0")
AUTHORIZATIONS: Final = _table(
    "authorizations", "an authorization", "id", _ID, *_PATIENT,
    ("odd", FLAG, "whether it is a referral, or cancelled, so that the join can tell nothing of who may be meant by it"),
    ("most", QUANTITY, "the least of its limits; null: none"), ("record", TEXT, "the authorization as JSON"),
)  # fmt: skip
OFFERS: Final = _table(
    "offers", "a service that is certified", "id position", _ID, ("position", INTEGER, "counted from 0"), *_SERVICE,
    ("code_end", TEXT, "of a range the last"), ("number", TEXT, "of the authorization"),
    ("countable", FLAG, "whether its limits are plain totals of units or days"),
    ("open", FLAG, "whether the join cannot compare it: it may fit"),
)  # fmt: skip
AUTHORIZATION_KEYS: Final = _table(
    "authorization_keys", "what an authorization is found by", "id kind key", _ID, ("kind", TEXT, "member, number or person"),
    ("key", TEXT, "the key"),
)  # fmt: skip
FACTS: Final = (CLAIMS, LINES, KEYS, AUTHORIZATIONS, OFFERS, AUTHORIZATION_KEYS)


def write_claim_facts(
    claims: Slice | Iterable[Claim], folder: str | Path, opener: Opener | None = None, *, name: str = ""
) -> int:
    """Write what the join needs of claims to FOLDER/TABLE/PART.parquet; how many claims there are.

    The claims of a slice, or records, which stand for a file of that `name`: their offsets tell them apart.
    """
    path = part = name
    if isinstance(claims, Slice):
        path, part = claims.path, claims.name
        claims = (record for record in read(claims, opener) if isinstance(record, Claim))
    found: dict[str, list[tuple[Any, ...]]] = {table.name: [] for table in (CLAIMS, LINES, KEYS)}
    for record in claims:
        for table, row in _of_claim(path, record):
            found[table].append(row)
    write_parts(folder, part, [(table, found[table.name]) for table in (CLAIMS, LINES, KEYS)])
    return len(found[CLAIMS.name])


def write_authorization_facts(records: Iterable[Authorization], folder: str | Path, *, first: int = 0) -> int:
    """Write what the join needs of authorizations, which are numbered from `first`; the number behind the last one.

    They are taken as they stand: what belongs together was joined before (`edi.joined`).
    """
    tables = (AUTHORIZATIONS, OFFERS, AUTHORIZATION_KEYS)
    waiting, id = iter(records), first
    while (batch := list(islice(waiting, _BATCH))) or id == first:
        found: dict[str, list[tuple[Any, ...]]] = {table.name: [] for table in tables}
        begun, id = id, id + len(batch)
        for number, record in enumerate(batch, begun):
            for name, row in _of_authorization(number, record):
                found[name].append(row)
        write_parts(folder, f"{begun:012d}", [(table, found[table.name]) for table in tables])
        if not batch:
            break
    return id


def as_text(record: object) -> str:
    """A record as JSON, without what has its default value."""
    text: bytes = _adapter(cast(Any, type(record))).dump_json(record, exclude_defaults=True)
    return text.decode()


def from_text(kind: type[R], text: str) -> R:
    """The inverse."""
    record: R = _adapter(cast(Any, kind)).validate_json(text)
    return record


@cache
def _adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _of_claim(path: str, claim: Claim) -> Iterator[tuple[str, tuple[Any, ...]]]:
    key = (path, claim.offset)
    numbers = carried(claim)
    plain = not numbers and not not_applicable(claim) and claim.frequency != REPLACEMENT
    lines = [_line(claim, line) for line in claim.lines] if plain and not inpatient(claim) and not claim.other_payers else []
    simple = bool(lines) and all(lines) and bool(member_ids(claim.subscriber, claim.patient))
    yield (
        CLAIMS.name,
        (
            *key, claim.id, claim.transaction, claim.payer.id.strip() or claim.payer.name, fitting(claim.charge, MONEY),
            *_patient(claim.payer, claim.patient, dependent=claim.dependent), plain, simple, len(claim.lines), as_text(claim),
        ),
    )  # fmt: skip
    if simple:
        yield from ((LINES.name, (*key, position, *line)) for position, line in enumerate(lines))
    named = [(_MEMBER, id) for id in members(claim)] + [(_NUMBER, number) for number in numbers]
    yield from ((KEYS.name, (*key, *each)) for each in _keys(named, claim.patient))


def _line(claim: Claim, line: ClaimLine) -> tuple[Any, ...]:
    """What is compared of a line; () where the join cannot compare it."""
    period, quantity = line.period or claim.period, line.quantity or Quantity(unit="UN", amount=Decimal(1))
    demand = fitting(max(quantity.amount, Decimal(len(days(period, quantity))), Decimal(1)), QUANTITY)
    giving = [party.npi for party in performing(claim, line)]
    service = _service(line.procedure, period, giving, [_digits(claim.billing.tax_id)])
    if not service or demand is None:
        return ()
    return (*service, line.place or claim.place, claim.place_qualifier or ("A" if claim.kind == "institutional" else "B"), demand)


def _of_authorization(id: int, record: Authorization) -> Iterator[tuple[str, tuple[Any, ...]]]:
    offered = offers(record)
    certified = [offer for offer in offered if offer.service.decision in POSITIVE and offer.number]
    most = min((limit.amount for offer in certified for limit in limits(offer.service)), default=None)
    least = Decimal(0) if most is not None and fitting(most, QUANTITY) is None else fitting(most, QUANTITY)
    odd = record.kind == REFERRAL or any(offer.service.decision is Decision.CANCELLED for offer in offered)
    odd |= record.decision is Decision.CANCELLED
    yield (
        AUTHORIZATIONS.name,
        (id, *_patient(record.payer, record.patient, dependent=record.dependent), odd, least, as_text(record)),
    )
    for offer in certified:
        if offer.service.procedure is not None or offer.service.revenue_code:  # what has no code covers none without a rule
            yield OFFERS.name, (id, offer.position, *_offer(offer))
    named = [(_MEMBER, member) for member in member_ids(record.subscriber, record.patient)]
    named += [(_NUMBER, number) for number in {offer.number for offer in offered} - {""}]
    yield from ((AUTHORIZATION_KEYS.name, (id, *each)) for each in _keys(named, record.patient))


def _offer(offer: Offer) -> tuple[Any, ...]:
    """What is compared of a service."""
    service = offer.service
    known = certified_providers(offer.authorization, service.providers)
    npis, tax_ids = [party.npi for party in known], [_digits(party.tax_id) for party in known]
    compared = _service(service.procedure, service.period, npis, tax_ids)
    open = not compared or (bool(known) and not any(compared[-2:]))
    countable = all(not limit.per and limit.unit in (IN_UNITS | BY_DATE) - {_INTERNATIONAL} for limit in limits(service))
    code_end = service.procedure.code_end if service.procedure else ""
    return (*(compared or _NOTHING), service.place, service.place_qualifier, code_end, offer.number, countable, open)


def _service(procedure: Procedure | None, period: Period | None, npis: Iterable[str], tax_ids: Iterable[str]) -> tuple[Any, ...]:
    if procedure is None:
        return ()
    lists = [sorted({*words} - {""}) for words in (procedure.modifiers, npis, tax_ids)]
    if any(len(word.split(" ")) > 1 for words in lists for word in words):
        return ()
    modifiers, *giving = map(" ".join, lists)
    ends = (period.start, period.end) if period else (None, None)
    return (procedure.qualifier, procedure.code, modifiers, *ends, *giving)


def _patient(payer: Party, patient: Person, *, dependent: bool) -> tuple[Any, ...]:
    names = (folded_name(patient.last_name), folded_name(patient.first_name))
    return (payer.id.strip().upper(), patient.birth_date, *names, patient.gender, dependent)


def _keys(named: Sequence[tuple[str, str]], patient: Person) -> list[tuple[str, str]]:
    person = person_key(patient)
    return sorted({*named, *([(_PERSON, person)] if person else [])})


def _digits(value: str) -> str:
    return "".join(c for c in value if c.isdigit())

"""What the set-based join needs of claims and authorizations, as tables: `edi.jobs.join` is the join.

Beside what is compared stands, in a few flags, whether the join can compare a record; whatever it cannot is for the library to
decide, from the record itself, which is there as JSON. What is text and not told is "".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from edi.errors import EdiError, Problem
from edi.guides.document import Unit
from edi.jobs.slices import Opener, Slice, units_of
from edi.jobs.tables import write_parts
from edi.linkage.coordination import members
from edi.linkage.directory import carried
from edi.linkage.evidence import DECISIONS, Subject
from edi.linkage.identity import certified_providers, folded_name, member_ids, performing
from edi.linkage.numbers import is_placeholder
from edi.linkage.offers import POSITIVE, REFERRAL, Offer, key_of, offers
from edi.linkage.patients import person_key
from edi.linkage.placement import not_applicable
from edi.linkage.quantities import BY_DATE, IN_TIME, IN_UNITS, MINUTES, Limit, billed, in_days, is_anaesthesia, limits, role_of
from edi.linkage.room import shared
from edi.linkage.stays import inpatient
from edi.linkage.subjects import subjects_of
from edi.linkage.terms import DEFAULTS
from edi.records.authorization import Authorization, Decision
from edi.records.claim import Claim, billing_of, claim_of, is_claim
from edi.records.claim_facts import facts_of
from edi.records.columns import DATE, FLAG, INTEGER, MONEY, QUANTITY, TEXT, Field, Table, fitting
from edi.records.envelope import USUAL
from edi.records.numbering import UnfitNumberError, check_number
from edi.records.parties import Party, Person
from edi.records.reading import Records
from edi.records.services import Period, Procedure
from edi.text.segments import Delimiters, decode, encode

R = TypeVar("R")
_LIBRARIES: Final = {"duckdb": "duckdb", "parquet": "pyarrow"}
"""What is imported, by the extra that brings it."""
_NOTHING: Final = ("", "", "", "", None, None, "", "")
_BATCH: Final = 20_000
_INTERNATIONAL: Final = "F2"
_BY_LIBRARY: Final = IN_TIME | {_INTERNATIONAL}
"""Units that may not be those that are billed."""
_MONTHS: Final = "MN"
_COUNTS: Final = {
    **dict.fromkeys(IN_UNITS, "units"),
    **dict.fromkeys(BY_DATE - {_MONTHS}, "dates"),
}
_ANY: Final = Delimiters(b"", b"", b"", None)
"""Those of no file: what is no number with these is none with any."""
_MEMBER, _NUMBER, _PERSON = "member", "number", "person"
"""Kinds of keys by which authorizations are found for a claim, as `edi.linkage.directory.Directory` finds them."""


def _table(name: str, said: str, key: str, *fields: tuple[str, str, str]) -> Table:
    return Table(name, said, tuple(key.split()), tuple(Field(*field) for field in fields))


_PLACE = (("file", TEXT, "the file"), ("offset", INTEGER, "where CLM begins"))
_PATIENT = (
    ("payer_key", TEXT, "the payer's id in capitals"),
    ("payer_name", TEXT, "its name, folded"),
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
    ("revenue_code", TEXT, "the revenue code"),
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
    ("simple", FLAG, "whether the join can compare its lines"),
    ("copied", FLAG, "whether it carries no number at all: a void, a predetermination, data reporting"),
    ("institutional", FLAG, "whether it is an 837I, which carries one number"),
    ("delimiters", TEXT, "of its file, which no number in it may have"), ("record", TEXT, "the claim as JSON"),
)  # fmt: skip
LINES: Final = _table(
    "lines", "a line of a simple claim", "file offset position", *_PLACE, ("position", INTEGER, "counted from 0"),
    ("number", TEXT, "LX01"), ("charge", MONEY, "its charge"), *_SERVICE,
    ("coded", FLAG, "whether it bills a procedure"), ("role", TEXT, "in which it uses what is certified"),
    ("amount", QUANTITY, "the units that it uses"),
    ("one_day", FLAG, "whether it uses a single day"),
    ("demand", QUANTITY, "the most that it can use of what is certified, in units or days"),
    ("held", TEXT, "the number that stands for it in REF*G1"), ("held_at", TEXT, "where: 2300 or 2400"),
    ("placeholder", FLAG, "whether that means that there is none"), ("crowded", FLAG, "whether more than one stands there"),
)  # fmt: skip
KEYS: Final = _table(
    "keys", "what a claim is found by", "file offset kind key", *_PLACE, ("kind", TEXT, "member, number or person"),
    ("key", TEXT, "the key"),
)  # fmt: skip
_ID = ("id", INTEGER, "counted from 0")
AUTHORIZATIONS: Final = _table(
    "authorizations", "an authorization", "id", _ID, *_PATIENT,
    ("referral", FLAG, "whether it is a referral"), ("cancelled", TEXT, "its number, where it is cancelled"),
    ("issued", DATE, "when it was decided"), ("counted", TEXT, "by what its uses are counted"),
    ("most", QUANTITY, "the least of its limits; null: none"), ("record", TEXT, "the authorization as JSON"),
)  # fmt: skip
OFFERS: Final = _table(
    "offers", "a service that was decided", "id position", _ID, ("position", INTEGER, "counted from 0"), *_SERVICE,
    ("code_end", TEXT, "of a range the last"), ("what", TEXT, "by what it is known: procedure, revenue code, or neither"),
    ("anyone", FLAG, "whether no provider is certified"), ("number", TEXT, "of the authorization"),
    ("label", TEXT, "what a person calls it"), ("positive", FLAG, "whether it is certified"),
    ("refused", TEXT, "the verdict, where something else was decided"), ("limited", FLAG, "whether it has limits"),
    ("countable", FLAG, "whether these are plain totals of units or days"),
    ("counts", TEXT, "what its only total counts, in the order of claims: units or dates"),
    ("most", QUANTITY, "that total"), ("pool", INTEGER, "the first position of what draws on it"),
    ("open", FLAG, "whether the join cannot compare it: it may fit"),
)  # fmt: skip
AUTHORIZATION_KEYS: Final = _table(
    "authorization_keys", "what an authorization is found by", "id kind key", _ID, ("kind", TEXT, "member, number or person"),
    ("key", TEXT, "the key"),
)  # fmt: skip
FACTS: Final = (CLAIMS, LINES, KEYS, AUTHORIZATIONS, OFFERS, AUTHORIZATION_KEYS)


def ready(*extras: str) -> None:
    """EdiError where the library of one of these extras, `duckdb` and `parquet`, is not installed."""
    absent = [extra for extra in extras if find_spec(_LIBRARIES[extra]) is None]
    if absent:
        libraries = "library" if len(absent) == 1 else "libraries"
        raise EdiError(f'Linking by sets needs its {libraries}: pip install "edi-authlink[{",".join(absent)}]".')


def write_claim_facts(
    claims: Slice | Iterable[Claim],
    folder: str | Path,
    opener: Opener | None = None,
    *,
    name: str = "",
    problems: list[Problem] | None = None,
) -> int:
    """Write what the join needs of claims to FOLDER/TABLE/PART.parquet; how many claims there are.

    The claims of a slice, or records, which stand for a file of that `name`: their offsets tell them apart. That the file of a
    slice is cut off is added to `problems`. EdiError where Parquet's library is not installed.
    """
    path = part = name
    units: Records[Unit] | None = None
    if isinstance(claims, Slice):
        path, part = claims.path, claims.name
        units = units_of(claims, opener=opener)
        given = _compared(units)
    else:
        given = ((claim, USUAL) for claim in claims)
    found: dict[str, list[tuple[Any, ...]]] = {table.name: [] for table in (CLAIMS, LINES, KEYS)}
    for record, delimiters in given:
        for table, row in _of_claim(path, record, delimiters):
            found[table].append(row)
    ready("parquet")
    write_parts(folder, part, [(table, found[table.name]) for table in (CLAIMS, LINES, KEYS)])
    if units is not None and problems is not None:
        problems.extend(units.problems)
    return len(found[CLAIMS.name])


def write_authorization_facts(records: Iterable[Authorization], folder: str | Path, *, first: int = 0) -> int:
    """Write what the join needs of authorizations, which are numbered from `first`; the number behind the last one.

    They are taken as they stand: what belongs together was joined before (`edi.joined`). EdiError where Parquet's library is not
    installed.
    """
    ready("parquet")
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


def _delimiters(d: Delimiters) -> str:
    """As text, for the facts."""
    return decode(b"".join((d.element, d.component, d.segment, d.repetition or b"")))


def delimiters_of(text: str) -> Delimiters:
    """The inverse."""
    element, component, segment = map(encode, text[:3])
    return Delimiters(element, component, segment, encode(text[3:]) or None)


def _compared(units: Iterable[Unit]) -> Iterator[tuple[Claim, Delimiters]]:
    """The claims among units, with their delimiters: of a plain one what is compared, taken from its bytes; else the whole."""
    for unit in units:
        if is_claim(unit):
            facts = facts_of(unit)
            claim = facts.whole(billing_of(unit)) if facts is not None else None
            yield claim_of(unit) if claim is None else claim, unit.context.delimiters


def _of_claim(path: str, claim: Claim, delimiters: Delimiters) -> Iterator[tuple[str, tuple[Any, ...]]]:
    key, amount = (path, claim.offset), fitting(claim.charge, MONEY)
    numbers, copied = carried(claim), bool(not_applicable(claim)) and amount is not None
    plain = not numbers and not copied and amount is not None
    comparable = amount is not None and not copied and claim.lines and not inpatient(claim) and not claim.other_payers
    lines = [_line(subject) for subject in subjects_of(claim, DEFAULTS)] if comparable else []
    simple = bool(lines) and all(lines)
    yield (
        CLAIMS.name,
        (
            *key, claim.id, claim.transaction, claim.payer.id.strip() or claim.payer.name, amount,
            *_patient(claim.payer, claim.patient, dependent=claim.dependent), plain, simple, copied,
            claim.kind == "institutional", _delimiters(delimiters), as_text(claim),
        ),
    )  # fmt: skip
    if simple:
        yield from ((LINES.name, (*key, position, *line)) for position, line in enumerate(lines))
    named = [(_MEMBER, id) for id in members(claim)] + [(_NUMBER, number) for number in numbers]
    yield from ((KEYS.name, (*key, *each)) for each in _keys(named, claim.patient))


def _line(subject: Subject) -> tuple[Any, ...]:
    """What is compared of a line; () where the join cannot compare it."""
    claim, line = subject.claim, subject.line
    assert line is not None, "stays are not compared"
    giving = [party.npi for party in performing(claim, line)]
    service = _service(line.procedure, line.revenue_code, subject.period, giving, [_digits(claim.billing.tax_id)])
    used, amount = billed(claim, line)
    if " " in (role := role_of(claim, line)) or in_days(line, line.period or claim.period):
        return ()
    if line.quantity is not None and line.quantity.unit == MINUTES:
        if not is_anaesthesia(line):
            return ()
        amount = Decimal(bool(amount))
    amounts = (amount, max(amount, Decimal(len(used)), Decimal(1)))
    charge, (amount_used, demand) = fitting(line.charge, MONEY), [fitting(each, QUANTITY) for each in amounts]
    if not service or line.negative or not amount or None in (charge, amount_used, demand):
        return ()
    place = (line.place or claim.place, claim.place_qualifier or ("A" if claim.kind == "institutional" else "B"))
    held = (subject.held, subject.held_at, bool(subject.held) and is_placeholder(subject.held, claim), subject.crowded)
    uses = (line.procedure is not None, role, amount_used, len(used) == 1, demand)
    return (line.number, charge, *service, *place, *uses, *held)


def _of_authorization(id: int, record: Authorization) -> Iterator[tuple[str, tuple[Any, ...]]]:
    offered = offers(record)
    certified = [offer for offer in offered if offer.service.decision in POSITIVE and offer.number]
    most = min((limit.amount for offer in certified for limit in limits(offer.service)), default=None)
    least = Decimal(0) if most is not None and fitting(most, QUANTITY) is None else fitting(most, QUANTITY)
    cancelled = record.number if record.decision is Decision.CANCELLED else ""
    yield (
        AUTHORIZATIONS.name,
        (
            id, *_patient(record.payer, record.patient, dependent=record.dependent), record.kind == REFERRAL, cancelled,
            record.issued, key_of(record), least, as_text(record),
        ),
    )  # fmt: skip
    for offer in offered:
        yield OFFERS.name, (id, offer.position, *_offer(offer))
    named = [(_MEMBER, member) for member in member_ids(record.subscriber, record.patient)]
    named += [(_NUMBER, number) for number in {offer.number for offer in offered} - {""}]
    yield from ((AUTHORIZATION_KEYS.name, (id, *each)) for each in _keys(named, record.patient))


def _offer(offer: Offer) -> tuple[Any, ...]:
    """What is compared of a service."""
    service, payer = offer.service, offer.authorization.payer
    known = certified_providers(offer.authorization, service.providers)
    npis, tax_ids = [party.npi for party in known], [_digits(party.tax_id) for party in known]
    compared = _service(service.procedure, service.revenue_code, service.period, npis, tax_ids)
    found = limits(service)
    nameless = not payer.id.strip() and bool(payer.name) and not folded_name(payer.name)
    on_teeth = bool(service.teeth or service.oral_cavity)
    by_library = any(limit.unit in _BY_LIBRARY or limit.amount <= 0 for limit in found) or not _fits_somewhere(offer.number)
    open = not compared or nameless or on_teeth or by_library
    countable = all(not limit.per and limit.unit in (IN_UNITS | BY_DATE) - {_INTERNATIONAL} for limit in found)
    code_end = service.procedure.code_end if service.procedure else ""
    what = "procedure" if service.procedure else "revenue code" if service.revenue_code else ""
    refused = DECISIONS[service.decision][0].value if service.decision in DECISIONS else ""
    return (
        *(compared or _NOTHING), service.place, service.place_qualifier, code_end, what, not known, offer.number, offer.label,
        service.decision in POSITIVE, refused, bool(found), countable, *_total(found), min(shared(offer)), open,
    )  # fmt: skip


def _fits_somewhere(number: str) -> bool:
    """Whether X12 can carry a number, if there is one, with one or the other delimiters."""
    try:
        check_number(number or "0", _ANY, "")
    except UnfitNumberError:
        return False
    return True


def _total(found: Sequence[Limit]) -> tuple[str, Decimal | None]:
    """What a single total counts, and how much; "" where claims, one after the other, are not simply summed."""
    limit = found[0] if len(found) == 1 and not found[0].per else None
    if limit is None or limit.unit not in _COUNTS:
        return "", None
    amount = fitting(limit.amount, QUANTITY)
    return (_COUNTS[limit.unit] if amount is not None else "", amount)


def _service(
    procedure: Procedure | None, revenue_code: str, period: Period | None, npis: Iterable[str], tax_ids: Iterable[str]
) -> tuple[Any, ...]:
    lists = [sorted({*words} - {""}) for words in (procedure.modifiers if procedure else (), npis, tax_ids)]
    if any(len(word.split(" ")) > 1 for words in lists for word in words):
        return ()
    if period is not None and period.reversed:
        return ()
    modifiers, *giving = map(" ".join, lists)
    ends = (period.start, period.end) if period else (None, None)
    return (*((procedure.qualifier, procedure.code) if procedure else ("", "")), modifiers, revenue_code, *ends, *giving)


def _patient(payer: Party, patient: Person, *, dependent: bool) -> tuple[Any, ...]:
    names = (folded_name(patient.last_name), folded_name(patient.first_name))
    known = (payer.id.strip().upper(), folded_name(payer.name))
    return (*known, patient.birth_date, *names, patient.gender, dependent)


def _keys(named: Sequence[tuple[str, str]], patient: Person) -> list[tuple[str, str]]:
    person = person_key(patient)
    return sorted({*named, *([(_PERSON, person)] if person else [])})


def _digits(value: str) -> str:
    return "".join(c for c in value if c.isdigit())

"""Who takes part: patients, providers and payers, as NM1 and the segments after it say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from edi.frozen import quick
from edi.guides.document import Loop
from edi.guides.texts import Texts
from edi.records.forms import Form, choice, count, day, run, text, too_many
from edi.records.values import read_date
from edi.text.segments import Delimiters, Segment, compose, decode, encode


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """N3 and N4."""

    lines: tuple[str, ...] = ()
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    subdivision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """PER: a name and up to three (qualifier, number) pairs, such as ("TE", "6145550100")."""

    name: str = ""
    numbers: tuple[tuple[str, str], ...] = ()


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """REF: a qualifier (REF01), its value (REF02), and a description where the guide allows one (REF03)."""

    qualifier: str
    value: str
    description: str = ""


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A subscriber or a dependent. A dependent has no member id of its own in the 278 request or the 837."""

    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    prefix: str = ""
    suffix: str = ""
    member_id: str = ""
    member_id_qualifier: str = ""
    birth_date: date | None = None
    gender: str = ""
    relationship: str = ""
    """INS02 in the 278 (18 self, 01 spouse, 19 child, G8 other), SBR02 or PAT01 in the 837."""
    references: tuple[Reference, ...] = ()
    address: Address | None = None
    military_status: str = ""
    """INS08 of a subscriber in the 278 (active duty, retired ...), where INS02 needs it."""
    birth_order: int | None = None
    """INS17 of a dependent in the 278: which of several born together."""


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A provider, payer or other organization or person that is not the patient: NM1, N3, N4, REF, PER, PRV."""

    role: str = ""
    """NM101: X3 payer or utilization manager, PR payer, 1P requester, 85 billing, 82 rendering, SJ, 71, 72, FA, 77 ..."""
    organization: bool = True
    name: str = ""
    """The organization's name, or a person's last name."""
    first_name: str = ""
    middle_name: str = ""
    prefix: str = ""
    suffix: str = ""
    id_qualifier: str = ""
    """NM108 (N103 in the 835): XX NPI, PI payer id, XV plan id, 24 or FI employer id, 34 SSN, 46 ETIN."""
    id: str = ""
    references: tuple[Reference, ...] = ()
    taxonomy: str = ""
    taxonomy_role: str = ""
    """PRV01, beside the taxonomy (PRV03)."""
    address: Address | None = None
    contact: Contact | None = None

    @property
    def npi(self) -> str:
        """The NPI, or "" when the party is known by something else."""
        return self.id if self.id_qualifier == "XX" else ""

    @property
    def tax_id(self) -> str:
        """The employer id or SSN, from NM109 or N104, else from REF*EI, REF*SY or (835) REF*TJ, or ""."""
        if self.id_qualifier in ("24", "34", "FI"):
            return self.id
        return next((r.value for r in self.references if r.qualifier in ("EI", "SY", "TJ")), "")


NOBODY: Final = Person()
NO_PARTY: Final = Party()
_NO_ADDRESS: Final = Address()

_REF: Final = Form("REF", qualifier=text(1), value=text(2), description=text(3))
_N3: Final = Form("N3", lines=run(1, 2))
_N4: Final = Form("N4", city=text(1), state=text(2), postal_code=text(3), country=text(4), subdivision=text(7))
_PRV: Final = Form("PRV", {2: "PXC"}, taxonomy_role=text(1), taxonomy=text(3))
_ORGANIZATION: Final = "2"
_PARTY: Final = Form(
    "NM1",
    role=text(1), organization=choice(2, _ORGANIZATION, "1"), name=text(3), first_name=text(4), middle_name=text(5),
    prefix=text(6), suffix=text(7), id_qualifier=text(8), id=text(9),
)  # fmt: skip
_PERSON: Final = Form(
    "NM1",
    last_name=text(3), first_name=text(4), middle_name=text(5), prefix=text(6), suffix=text(7), member_id_qualifier=text(8),
    member_id=text(9),
)  # fmt: skip
_DMG: Final = Form("DMG", birth_date=day(1, 2), gender=text(3))
_INS: Final = Form("INS", relationship=text(2), military_status=text(8), birth_order=count(17))
_NUMBERS: Final = 3


def read_party(loop: Loop | None) -> Party:
    """An NM1 loop as a party; one without a word where there is no such loop."""
    if loop is None:
        return NO_PARTY
    segments = loop.segments()
    if not segments:
        return NO_PARTY
    delimiters = segments[0].delimiters
    texts = tuple([decode(segment.raw) for segment in segments])
    return _read_party(texts, decode(delimiters.element), decode(delimiters.component))


def party_in(texts: Texts | None) -> Party:
    """The same of a loop at hand as text."""
    return NO_PARTY if texts is None else _read_party(tuple(texts.segments), texts.element, texts.component)


@lru_cache(maxsize=1024)
def _read_party(segments: tuple[str, ...], element: str, component: str) -> Party:
    """A party by its segments. A file names the same few payers and providers again and again."""
    loop = _loop(segments, element, component)
    name = loop.first("NM1")
    if name is None:
        return NO_PARTY
    return Party(
        **_PARTY.read(name),
        **_PRV.read(loop.first("PRV")),
        references=read_references(loop),
        address=read_address(loop),
        contact=read_contact(loop),
    )


def party_of(name: Segment) -> Party:
    """A party from its NM1 alone."""
    return Party(**_PARTY.read(name))


def party_by(name: Sequence[str]) -> Party:
    """The same of its elements, the id as element 0."""
    known: dict[str, Any] = {**_PARTY.texts(name)}
    return Party(**known, organization=name[2] == _ORGANIZATION)


def write_party(party: Party, d: Delimiters, path: str, *, rejections: Sequence[Segment] = ()) -> list[Segment]:
    """The segments of an NM1 loop; AAA segments stand before PRV."""
    return [
        *_PARTY.write(party, d, path),
        *_write_references(party.references, d, path),
        *_write_address(party.address, d, path),
        *_write_contact(party.contact, d, path),
        *rejections,
        *_PRV.write(party, d, path),
    ]


def read_person(loop: Loop | None, relationship: str = "") -> Person:
    """An NM1 loop as a subscriber or patient. `relationship` is what another segment says (SBR02, PAT01)."""
    name = loop.first("NM1") if loop is not None else None
    if loop is None or name is None:
        return Person(relationship=relationship)
    known = {"relationship": relationship, **_INS.read(loop.first("INS"))}
    return Person(
        **_PERSON.read(name),
        **_DMG.read(loop.first("DMG")),
        **known,
        references=read_references(loop),
        address=read_address(loop),
    )


def person_in(texts: Texts | None, relationship: str = "") -> Person:
    """The same of a loop at hand as text."""
    rows = texts.rows() if texts is not None else {}
    if texts is None or "NM1" not in rows:
        return Person(relationship=relationship)
    if "INS" in rows:  # no segment of a claim's patient
        return read_person(_loop(texts.segments, texts.element, texts.component), relationship)
    born = rows["DMG"][0] if "DMG" in rows else ("",) * 4
    named: dict[str, Any] = {**_PERSON.texts(rows["NM1"][0])}
    return Person(
        **named,
        birth_date=read_date(born[2]),
        gender=born[3],
        relationship=relationship,
        references=references_by(rows.get("REF", ())),
        address=_address(rows.get("N3"), rows.get("N4")),
    )


def _address(street: Sequence[list[str]] | None, city: Sequence[list[str]] | None) -> Address | None:
    lines = tuple([line for line in street[0][1:3] if line]) if street else ()
    found = Address(lines=lines, **_N4.texts(city[0])) if city else Address(lines=lines)
    return None if found == _NO_ADDRESS else found


def _loop(segments: Sequence[str], element: str, component: str) -> Loop:
    loop, delimiters = Loop(""), Delimiters(encode(element), encode(component))
    loop.children.extend(Segment(encode(text), b"", -1, delimiters) for text in segments)
    return loop


def person_of(name: Segment | None) -> Person:
    """A person from an NM1 alone."""
    return Person(**_PERSON.read(name))


def person_by(name: Sequence[str]) -> Person:
    """The same of its elements, the id as element 0."""
    known: dict[str, Any] = {**_PERSON.texts(name)}
    return Person(**known)


def write_person(person: Person, code: str, d: Delimiters, path: str, *, rejections: Sequence[Segment] = ()) -> list[Segment]:
    """The segments of a subscriber's (`code` IL) or dependent's (QC) NM1 loop; AAA segments stand before DMG."""
    return [
        *_PERSON.with_fixed({1: code, 2: "1"}).write(person, d, path, always=True),
        *_write_references(person.references, d, path),
        *_write_address(person.address, d, path),
        *rejections,
        *_DMG.write(person, d, path),
        *_INS.with_fixed({1: "Y" if code == "IL" else "N"}).write(person, d, path),
    ]


def read_references(loop: Loop) -> tuple[Reference, ...]:
    """Every REF of a loop."""
    return tuple([Reference(**_REF.read(segment)) for segment in loop.every("REF")])


def references_by(rows: Iterable[Sequence[str]]) -> tuple[Reference, ...]:
    """The same of the elements of each."""
    return tuple([Reference(**_REF.texts(row)) for row in rows])


def _write_references(references: tuple[Reference, ...], d: Delimiters, path: str) -> list[Segment]:
    return [s for n, reference in enumerate(references) for s in _REF.write(reference, d, f"{path}.references[{n}]")]


def read_address(loop: Loop) -> Address | None:
    """N3 and N4, None where they say nothing."""
    street, city = loop.first("N3"), loop.first("N4")
    if street is None and city is None:
        return None
    found = Address(**_N3.read(street), **_N4.read(city))
    return None if found == _NO_ADDRESS else found


def _write_address(address: Address | None, d: Delimiters, path: str) -> list[Segment]:
    if address is None:
        return []
    return [*_N3.write(address, d, f"{path}.address"), *_N4.write(address, d, f"{path}.address")]


def read_contact(loop: Loop) -> Contact | None:
    """The first PER, None where it says nothing."""
    segment = loop.first("PER")
    found = contact_of(segment) if segment else Contact()
    return None if found == Contact() else found


def contact_of(per: Segment) -> Contact:
    """A contact from a PER."""
    return contact_by([per.get(n) for n in range(3 + 2 * _NUMBERS)])


def contact_by(per: Sequence[str]) -> Contact:
    """The same of its elements, the id as element 0."""
    pairs = ((per[n], per[n + 1]) for n in range(3, 3 + 2 * _NUMBERS, 2))
    return Contact(name=per[2], numbers=tuple(pair for pair in pairs if all(pair)))


def _write_contact(contact: Contact | None, d: Delimiters, path: str) -> list[Segment]:
    if contact is None:
        return []
    if len(contact.numbers) > _NUMBERS:
        raise too_many(f"{path}.contact.numbers", _NUMBERS)
    return [compose(d, "PER", "IC", contact.name, *(text for pair in contact.numbers for text in pair))]

"""Who lives in a world: payers with their members and families, practices with their clinicians. All of them are invented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Final

from edi.records.parties import Address, Person

_LAST: Final = (
    "ALDER AGRIMONY BARBERRY BETONY BLOODROOT BOGBEAN BORAGE BRYONY BUGLOSS CALAMUS CARAWAY CELANDINE CHICORY CINQUEFOIL "
    "COMFREY COWBERRY CRANESBILL CROCUS DAPHNE DITTANY DODDER ELECAMPANE EYEBRIGHT FEVERFEW FIGWORT FLEABANE FOXGLOVE GENTIAN "
    "GOLDENROD GROMWELL HAREBELL HAWKWEED HELLEBORE HENBANE HYSSOP JUNIPER KNAPWEED LARKSPUR LOOSESTRIFE LOVAGE MADDER MALLOW "
    "MARJORAM MELILOT MILKWORT MOSCHATEL MOTHERWORT MUGWORT MULLEIN ORPINE OXLIP PARSLEY PENNYROYAL PIMPERNEL PLANTAIN PRIMROSE "
    "RAMPION RESTHARROW ROSEROOT SAFFRON SANICLE SAVORY SAXIFRAGE SELFHEAL SKULLCAP SOAPWORT SPEEDWELL SPIGNEL SPURGE STONECROP "
    "SUNDEW TORMENTIL VALERIAN VERVAIN WOODRUFF YELLOWCRESS O'LOVAGE ROSE-HIP STAR-OF-MAY VAN_WORT"
).split()  # fmt: skip
_FIRST: Final = (
    ("ADA BEA CLEO DORA ELLA FAY GRETA HANNA IDA JUNE KARA LENA MIRA NELL OLGA PIA RHEA SARA TESS UNA VERA WANDA ZOE").split(),
    ("ABEL BRAM CARL DAN EMIL FINN GUS HUGO IVO JOEL KARL LEO MAX NED OTTO PAUL RALF SAM TOM URS VITO WALT ZENO").split(),
)
_STREETS: Final = ("ACORN STREET", "BRACKEN WAY", "CLOVER LANE", "DEW ROAD", "ELDER AVENUE", "FERN STREET")
_TOWNS: Final = (("FERNHOLLOW", "OH", "430990120"), ("BIRDSONG", "OH", "430990900"), ("MOSSFORD", "PA", "165011234"),
                 ("REEDBANK", "IN", "464021111"), ("THISTLETON", "MI", "489332222"))  # fmt: skip
_SUFFIXES: Final = ("JR", "SR", "II", "III")
FEMALE, MALE = "F", "M"
SPOUSE, CHILD = "01", "19"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """A plan, what its numbers look like, and what it wants authorized."""

    id: str
    name: str
    filing: str
    """SBR09."""
    member: str
    """How its member ids look: a format for a count."""
    number: str
    """How its authorization numbers look: a format for a count."""
    shape: str
    """The same as a regular expression, for its list."""
    wants: frozenset[str]
    """Codes that need an authorization."""
    spares: frozenset[str]
    """Codes of which its list says that they need none."""
    exceptions: tuple[str, ...] = ()
    """The reasons (REF*4N) with which it lets a claim go without."""
    also: str = ""
    """Another id by which its answers call it."""
    reviewer: tuple[str, str] = ("", "")
    """Who answers in its stead, at times: an id and a name."""
    grace: int = 0
    """Days behind the certified dates that do no harm."""
    covers: frozenset[str] = frozenset()
    """Codes that are good for the code near them too."""
    therapy: tuple[str, str] = ("", "")
    """A service type (UM03) that is good for therapies without a code, billed with a modifier."""
    therapies: tuple[str, ...] = ()
    both_sides: bool = False
    """Whether what is certified for both sides (50) is good for one."""
    anybody: frozenset[str] = frozenset()
    """Codes for which providers are not compared."""
    newborn: int = 0
    """For so many days a newborn goes by its mother's authorization."""
    drugs: tuple[tuple[str, int, str], ...] = ()
    """Codes of drugs, how many of their units are one of what is certified, and the NDC that this is certified by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinician:
    """A person who gives care."""

    npi: str
    last_name: str
    first_name: str
    taxonomy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """Who bills: a practice, a hospital, a dentist's."""

    kind: str
    """professional, institutional or dental: which claims it sends."""
    name: str
    npi: str
    tax_id: str
    taxonomy: str
    address: Address
    clinicians: tuple[Clinician, ...]

    def claim_number(self, count: int) -> str:
        """CLM01 of a claim, as this practice's program makes it: short, or long with the count before or behind."""
        match int(self.tax_id[-1]) % 4:
            case 1:
                return f"V{count:07d}"
            case 2:
                return f"{count:06d}Acct{self.tax_id}PT"
            case 3:
                return f"{self.tax_id}-acct-{count:06d}"
            case _:
                return f"W{count}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A person in a plan: the subscriber, or somebody of the family under the subscriber's member id."""

    payer: Payer
    subscriber: Person
    person: Person

    @property
    def dependent(self) -> bool:
        return self.person != self.subscriber


def npi(count: int) -> str:
    """The NPI of this count, with its check digit (Luhn over 80840 and the number)."""
    nine = f"1{count % 10**8:08d}"
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in nine[::2])
    return f"{nine}{-(24 + doubled + sum(int(digit) for digit in nine[1::2])) % 10}"


def practices(random: Random) -> dict[str, tuple[Practice, ...]]:
    """Those of a world, by the kind of their claims."""
    numbers = iter(range(20_000_000 + random.randrange(10_000) * 1_000, 99_999_999))
    kinds = {
        "professional": (12, "CLINIC", "207Q00000X", ("207X00000X", "208100000X", "2085R0202X", "207R00000X")),
        "institutional": (4, "HOSPITAL", "282N00000X", ("207R00000X", "208600000X")),
        "dental": (4, "DENTAL", "122300000X", ("1223G0001X", "1223E0200X")),
    }
    return {kind: tuple(_practices(random, numbers, kind, *words)) for kind, words in kinds.items()}


def _practices(
    random: Random, numbers: Iterator[int], kind: str, count: int, word: str, taxonomy: str, of_clinicians: tuple[str, ...]
) -> Iterator[Practice]:
    for name in random.sample(_LAST, count):
        clinicians = tuple(
            Clinician(
                npi=npi(next(numbers)),
                last_name=written(random.choice(_LAST)),
                first_name=random.choice(_FIRST[n % 2]),
                taxonomy=random.choice(of_clinicians),
            )
            for n in range(3)
        )
        number = next(numbers)
        yield Practice(
            kind=kind,
            name=f"{written(name)} {word}",
            npi=npi(number),
            tax_id=f"{number % 10**9:09d}",
            taxonomy=taxonomy,
            address=_address(random),
            clinicians=clinicians,
        )


def _address(random: Random) -> Address:
    city, state, postal_code = random.choice(_TOWNS)
    street = f"{random.randint(1, 980)} {random.choice(_STREETS)}"
    return Address(lines=(street,), city=city, state=state, postal_code=postal_code)


def subscriber(random: Random, payer: Payer, count: int) -> Patient:
    """A grown member of a plan, by a count that no other member has."""
    gender = random.choice((FEMALE, MALE))
    person = Person(
        last_name=written(random.choice(_LAST)),
        first_name=random.choice(_FIRST[gender == MALE]),
        middle_name=random.choice(("", "", "J", "R")),
        birth_date=date(1938, 1, 1) + timedelta(random.randrange(23_000)),
        gender=gender,
        member_id=payer.member.format(count),
        member_id_qualifier="MI",
        address=_address(random),
    )
    return Patient(payer=payer, subscriber=person, person=person)


def relative(random: Random, of: Patient, *, born: date | None = None, other_than: tuple[str, ...] = ()) -> Patient:
    """Somebody of a subscriber's family, a child as a rule; `born` on that day, with none of these first names."""
    gender = random.choice((FEMALE, MALE))
    spouse = born is None and random.random() < 0.3
    day = (
        date(1960, 1, 1) + timedelta(random.randrange(12_000))
        if spouse
        else date(2008, 1, 1) + timedelta(random.randrange(5_500))
    )
    names = [name for name in _FIRST[gender == MALE] if name not in (of.subscriber.first_name, *other_than)]
    person = Person(
        last_name=of.subscriber.last_name,
        first_name=random.choice(names),
        birth_date=born or day,
        gender=gender,
        relationship=SPOUSE if spouse else CHILD,
        address=of.subscriber.address,
    )
    return Patient(payer=of.payer, subscriber=of.subscriber, person=person)


def elsewhere(patient: Patient, payer: Payer) -> Patient:
    """The same people under the same member id in another plan."""
    return replace(patient, payer=payer)


def written(name: str) -> str:
    """A name of the list as a person writes it: a blank in it stands there as an underscore."""
    return name.replace("_", " ")


def typed(random: Random, patient: Patient) -> Patient:
    """The patient as another desk typed it: another spelling that is the same name, or a subscriber's name with a slip.

    The member id and the birth date tell a subscriber whatever the name looks like; of a dependent only what is the same name
    once capitals, blanks, hyphens, points and a suffix are left out of account.
    """
    if random.random() < 0.6:
        return patient
    subscriber_ = _spelled(random, patient.subscriber)
    if not patient.dependent:
        typed_ = replace(subscriber_, last_name=_slipped(random, subscriber_.last_name)) if random.random() < 0.3 else subscriber_
        return replace(patient, subscriber=typed_, person=typed_)
    return replace(patient, subscriber=subscriber_, person=_spelled(random, patient.person))


_SPELLINGS: Final[Mapping[str, tuple[str, str]]] = {"'": ("'", ""), "-": ("-", " "), " ": (" ", "")}


def _spelled(random: Random, person: Person) -> Person:
    last, first = person.last_name, person.first_name
    for mark, (this, instead) in _SPELLINGS.items():
        if mark in last and random.random() < 0.5:
            last = last.replace(this, instead)
            break
    match random.randrange(4):
        case 0:
            last, first = last.title(), first.title()
        case 1 if " " not in last:
            last = f"{last} {random.choice(_SUFFIXES)}"
        case 2:
            person = replace(person, middle_name="" if person.middle_name else "Q")
        case _:
            pass
    return replace(person, last_name=last, first_name=first)


def _slipped(random: Random, name: str) -> str:
    """Two neighbouring letters the wrong way round."""
    at = random.randrange(len(name) - 1)
    return (name[:at] + name[at + 1] + name[at] + name[at + 2 :]).strip(" -'")

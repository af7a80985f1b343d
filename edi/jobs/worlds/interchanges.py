"""The X12 of a world: what is written in which interchange, group and transaction, with which delimiters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from edi.jobs.worlds import bills
from edi.jobs.worlds.bills import Bill
from edi.jobs.worlds.people import typed
from edi.records.parties import Address, Person
from edi.records.values import write_date
from edi.text.segments import Delimiters, Segment, compose, decode

CLEARINGHOUSE: Final = "OPENGATE"
_VERSIONS: Final = {"professional": "005010X222A1", "institutional": "005010X223A2", "dental": "005010X224A2"}
_DELIMITERS: Final = (
    (Delimiters(), b""), (Delimiters(), b"\n"), (Delimiters(), b"\r\n"), (Delimiters(b"|", b">", b"~", b"^"), b""),
    (Delimiters(b"*", b":", b"\n", b"^"), b""), (Delimiters(b"*", b"<", b";", b"!"), b"\n"),
)  # fmt: skip
_MOST_A_SET: Final = 60
_QUALIFIER: Final = "ZZ"
Group = tuple[str, str, str, Sequence[Sequence[Segment]]]
"""GS01, ST01, the version, and what stands between ST and SE of each transaction."""


class Post:
    """Sends interchanges, each with a number and a moment of its own."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._count = random.randrange(1000)

    def delimiters(self) -> tuple[Delimiters, bytes]:
        """Those of one interchange, and what follows each segment's end."""
        return self.random.choice(_DELIMITERS)

    def interchange(
        self, groups: Sequence[Group], d: Delimiters, line_break: bytes, *, sender: str, receiver: str, created: datetime
    ) -> bytes:
        """One interchange, marked as a test, like everything that is invented."""
        self._count += 1
        control, day, clock = f"{self._count:09d}", write_date(created.date()), f"{created:%H%M}"
        out = [
            compose(
                d, "ISA", "00", " " * 10, "00", " " * 10, _QUALIFIER, sender.ljust(15), _QUALIFIER, receiver.ljust(15), day[2:],
                clock, decode(d.repetition or b""), "00501", control, "0", "T", decode(d.component),
            )
        ]  # fmt: skip
        for group, (function, set_id, version, bodies) in enumerate(groups, 1):
            number = f"{self._count}{group:02d}"
            out.append(compose(d, "GS", function, sender, receiver, day, clock, number, "X", version))
            for count, body in enumerate(bodies, 1):
                name = f"{count:04d}"
                out += [compose(d, "ST", set_id, name, version), *body, compose(d, "SE", str(len(body) + 2), name)]
            out.append(compose(d, "GE", str(len(bodies)), number))
        out.append(compose(d, "IEA", str(len(groups)), control))
        return b"".join(segment.raw + d.segment + line_break for segment in out)

    def claims(self, kind: str, batch: Sequence[Bill], created: datetime) -> bytes:
        """A file of claims of one kind, in their order."""
        parts = list(_cut(batch, self.random.choice((len(batch), max(len(batch) // 2, 1)))))
        out = []
        for part in parts:
            d, line_break = self.delimiters()
            groups: list[Group] = []
            for some in _cut(part, self.random.choice((len(part), max(len(part) // 3, 1)))):
                bodies = [self._set(each, d, created) for each in _sets(some)]
                groups.append(("HC", "837", _VERSIONS[kind], bodies))
            out.append(self.interchange(groups, d, line_break, sender="SENDER", receiver=CLEARINGHOUSE, created=created))
            created += timedelta(minutes=7)
        return b"".join(out)

    def _set(self, batch: Sequence[Bill], d: Delimiters, created: datetime) -> list[Segment]:
        """What stands between ST and SE of an 837."""
        purpose = "RP" if batch[0].reporting else "CH"
        reference = f"B{self._count}{self.random.randrange(10**6):06d}"
        out = [
            compose(d, "BHT", "0019", "00", reference, write_date(created.date()), f"{created:%H%M}", purpose),
            compose(d, "NM1", "41", "2", "BRACKEN BILLING", "", "", "", "", "46", "SENDER"),
            compose(d, "PER", "IC", "BILLING DESK", "TE", "6145550100"),
            compose(d, "NM1", "40", "2", "OPENGATE CLEARING", "", "", "", "", "46", CLEARINGHOUSE),
        ]
        level = billing = 0
        before: Bill | None = None
        for bill in batch:
            if before is None or bill.practice is not before.practice:
                level += 1
                billing = level
                out += _practice(bill, level, d)
                before = None
            if before is None or bill.patient != before.patient or (bill.cover is None) != (before.cover is None):
                level += 1
                out += self._patient(bill, level, billing, d)
                level += bill.patient.dependent
            out += bills.segments(bill, d, self.random)
            before = bill
        return out

    def _patient(self, bill: Bill, level: int, parent: int, d: Delimiters) -> list[Segment]:
        """2000B, and 2000C where the patient is a dependent."""
        patient = bill.patient if bill.as_typed else typed(self.random, bill.patient)
        subscriber, person, dependent = patient.subscriber, patient.person, patient.dependent
        turn = "S" if bill.cover else "P"
        found = [
            compose(d, "HL", str(level), str(parent), "22", "1" if dependent else "0"),
            compose(d, "SBR", turn, "" if dependent else "18", "", "", "", "", "", "", patient.payer.filing),
            _name(d, "IL", subscriber, ("MI", subscriber.member_id)),
        ]
        if not dependent:
            found += _person(subscriber, d)
        found.append(compose(d, "NM1", "PR", "2", patient.payer.name, "", "", "", "", "PI", patient.payer.id))
        if dependent:
            found += [
                compose(d, "HL", str(level + 1), str(level), "23", "0"),
                compose(d, "PAT", person.relationship),
                _name(d, "QC", person, ()),
                *_person(person, d),
            ]
        return found


def _cut(batch: Sequence[Bill], size: int) -> Iterator[Sequence[Bill]]:
    return (batch[at : at + size] for at in range(0, len(batch), size))


def _sets(batch: Sequence[Bill]) -> Iterator[list[Bill]]:
    """Claims that one transaction can hold: all to be paid, or all reported."""
    found: list[Bill] = []
    for bill in batch:
        if found and (bill.reporting != found[0].reporting or len(found) == _MOST_A_SET):
            yield found
            found = []
        found.append(bill)
    yield found


def _practice(bill: Bill, level: int, d: Delimiters) -> list[Segment]:
    """2000A."""
    practice = bill.practice
    return [
        compose(d, "HL", str(level), "", "20", "1"),
        compose(d, "PRV", "BI", "PXC", practice.taxonomy),
        compose(d, "NM1", "85", "2", practice.name, "", "", "", "", "XX", practice.npi),
        *_address(practice.address, d),
        compose(d, "REF", "EI", practice.tax_id),
    ]


def _name(d: Delimiters, role: str, person: Person, id: tuple[str, ...]) -> Segment:
    return compose(d, "NM1", role, "1", person.last_name, person.first_name, person.middle_name, "", "", *id)


def _person(person: Person, d: Delimiters) -> list[Segment]:
    assert person.birth_date is not None
    return [*_address(person.address, d), compose(d, "DMG", "D8", write_date(person.birth_date), person.gender)]


def _address(address: Address | None, d: Delimiters) -> list[Segment]:
    assert address is not None
    return [compose(d, "N3", *address.lines), compose(d, "N4", address.city, address.state, address.postal_code)]

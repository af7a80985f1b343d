"""A file of invented claims (837P, or 837I) of any size, seeded and varied.

What it writes is valid, for our validator and for pyx12: subscribers and dependents, one to ten lines, dates, references, notes
and providers that may be there or not and come in any order that is allowed, other payers, transactions of up to 5,000 claims, a
segment a line. `faulty` is the share of units (HL blocks, claims) that have one fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from bench import institutional
from bench.people import BILLING, DIAGNOSES, DRUG, PROCEDURES, Member, authorization_number, member, npi, procedure

MEMBERS: Final = 200_000
SEED: Final = 278
_DAYS: Final = tuple(f"{date(2026, 1, 1) + timedelta(days=n):%Y%m%d}" for n in range(300))
_TAXONOMIES: Final = ("207Q00000X", "207R00000X", "208100000X", "2251X0800X")
_CLAIMS_A_SET: Final = 5000
_END: Final = "~\n"
_TRAILERS: Final = 3


class _Writer:
    """One file as it grows: numbers of sets, levels and claims, and the segments of the set at hand."""

    def __init__(self, random: Random, members: int, faulty: float, institutional: bool, mark: str, a_set: int) -> None:
        self.random, self.members, self.faulty, self.institutional = random, members, faulty, institutional
        self.mark, self.a_set = mark, a_set
        self.version = "005010X223A2" if institutional else "005010X222A1"
        self.claims = self.segments = self.sets = 0
        self.level = self.billing_level = 0
        self.billing = 0

    def interchange(self, claims: int | None, segments: int | None) -> Iterator[str]:
        """All of the file, in pieces of some hundred segments."""
        yield self._put(
            [
                f"ISA*00*{'':10}*00*{'':10}*ZZ*{'SUBMITTER':15}*ZZ*{'RECEIVER':15}*261102*0900*^*00501*000000001*0*T*:",
                f"GS*HC*SUBMITTER*RECEIVER*20261102*0900*1*X*{self.version}",
            ]
        )
        full = False
        while not full:
            before = self.segments
            first = self.claims
            yield self._put(self._header())
            while not full and self.claims - first < self.a_set:
                if not self.billing_level or self.random.random() < 0.03:
                    yield self._put(self._practice())
                yield self._put(self._family())
                full = self.claims >= claims if claims is not None else self.segments + _TRAILERS >= (segments or 0)
            yield self._put([f"SE*{self.segments - before + 1}*{self.sets:04d}"])
        yield self._put([f"GE*{self.sets}*1", "IEA*1*000000001"])

    def _put(self, lines: list[str]) -> str:
        self.segments += len(lines)
        return _END.join(lines) + _END

    def _broken(self, unit: list[str], faults: tuple[Callable[[list[str], Random], None], ...]) -> list[str]:
        if self.faulty and self.random.random() < self.faulty:
            self.random.choice(faults)(unit, self.random)
        return unit

    def _header(self) -> list[str]:
        self.sets += 1
        self.level = self.billing_level = 0
        return [
            f"ST*837*{self.sets:04d}*{self.version}",
            f"BHT*0019*00*BATCH{self.sets}*20261102*0900*CH",
            "NM1*41*2*BIRCH BILLING SERVICE*****46*SUBMITTER",
            "PER*IC*PAT DOE*TE*6145550100*EX*12",
            "NM1*40*2*CLEARING HOUSE*****46*RECEIVER",
        ]

    def _practice(self) -> list[str]:
        """2000A: the practice that bills for the claims after it."""
        self.level += 1
        self.billing_level = self.level
        self.billing = self.random.randrange(BILLING)
        unit = [
            f"HL*{self.level}**20*1",
            f"PRV*BI*PXC*{_TAXONOMIES[self.billing % 4]}",
            f"NM1*85*2*PRACTICE {self.billing}*****XX*{npi(self.billing)}",
            f"N3*{self.billing + 1} HIGH ST",
            "N4*COLUMBUS*OH*432150001",
            f"REF*EI*31{self.billing:07d}",
        ]
        if self.billing % 3 == 0:
            unit.append("PER*IC*FRONT DESK*TE*6145550101")
        if self.billing % 4 == 0:
            unit += ["NM1*87*2", "N3*PO BOX 12", "N4*COLUMBUS*OH*432160012"]
        return self._broken(unit, (_taxonomy, _state))

    def _family(self) -> list[str]:
        """2000B, 2000C where the patient is a dependent, and one or two claims."""
        random = self.random
        who = member(self.billing + BILLING * random.randrange(max(self.members // BILLING, 1)))
        dependent, second = random.random() < 0.25, random.random() < 0.12 and not self.institutional
        self.level += 1
        unit = [
            f"HL*{self.level}*{self.billing_level}*22*{int(dependent)}",
            f"SBR*{'S' if second else 'P'}*{'' if dependent else '18'}*GRP{who.number % 97}******CI",
            f"NM1*IL*1*{who.last}*{who.first}****MI*{who.id}",
        ]
        if not dependent:
            unit += [f"N3*{who.street}", f"N4*{who.city}*{who.state}*{who.postal_code}", f"DMG*D8*{who.born}*{who.gender}"]
        unit.append("NM1*PR*2*EVERGREEN HEALTH*****PI*EVGRN")
        if random.random() < 0.3:
            unit += ["N3*1 PAYER PLAZA", "N4*TOLEDO*OH*43604"]
        unit = self._broken(unit, (_filing, _member_qualifier))
        if dependent:
            self.level += 1
            child = [
                f"HL*{self.level}*{self.level - 1}*23*0",
                "PAT*19",
                f"NM1*QC*1*{who.last}*KIT",
                f"N3*{who.street}",
                f"N4*{who.city}*{who.state}*{who.postal_code}",
                f"DMG*D8*2015{who.born[4:6]}15*{who.gender}",
            ]
            unit += self._broken(child, (_relationship, _birth_date))
        for _ in range(1 + (random.random() < 0.15)):
            unit += self._broken(self._claim(who, second), _HOSPITAL_FAULTS if self.institutional else _CLAIM_FAULTS)
        return unit

    def _claim(self, who: Member, second: bool) -> list[str]:
        """2300 with its providers, its other payer and its lines."""
        random = self.random
        self.claims += 1
        day = random.randrange(280)
        if self.institutional:
            return institutional.claim(random, who, self.claims, _DAYS, day)
        lines, charges = self._lines(who, day, second)
        total = sum(charges)
        accident = random.random() < 0.06
        place = random.choice(("11", "11", "11", "22", "12"))
        unit = [f"CLM*{self.mark}{self.claims:08d}*{total}***{place}:B:1*Y*A*Y*Y{'**OA' * accident}"]
        dates = [f"DTP*439*D8*{_DAYS[max(day - 9, 0)]}"] * accident
        dates += [f"DTP*431*D8*{_DAYS[max(day - 7, 0)]}"] * (random.random() < 0.2)
        dates += [f"DTP*454*D8*{_DAYS[max(day - 3, 0)]}"] * (random.random() < 0.1)
        random.shuffle(dates)
        unit += dates
        unit += ["PWK*OZ*EL***AC*ATT1"] * (random.random() < 0.03)
        unit += ["AMT*F5*10"] * (random.random() < 0.05)
        references = [f"REF*G1*{authorization_number(who.number)}"] * (random.random() < 0.15)
        references += [f"REF*D9*T{self.claims:011d}"] * (random.random() < 0.6)
        references += [f"REF*EA*MR{who.number}"] * (random.random() < 0.4)
        referred = random.random() < 0.05
        references += [f"REF*9F*RF{who.number}"] * referred
        random.shuffle(references)
        unit += references
        unit += ["NTE*ADD*SEEN WITH AN INTERPRETER"] * (random.random() < 0.1)
        diagnoses = random.sample(DIAGNOSES, random.randint(1, 4))
        unit.append("*".join(["HI", f"ABK:{diagnoses[0]}", *(f"ABF:{code}" for code in diagnoses[1:])]))
        unit += self._providers(referred)
        if second:
            unit += self._other_payer(who, total, day)
        return unit + lines

    def _providers(self, referred: bool) -> list[str]:
        random = self.random
        loops = []
        if random.random() < 0.4 or referred:
            loops.append([f"NM1*DN*1*ROWAN*IDA****XX*{npi(1000 + random.randrange(500))}"])
        if random.random() < 0.7:
            rendering = [f"NM1*82*1*LARCH*LEE****XX*{npi(2000 + self.billing)}"]
            loops.append(rendering + [f"PRV*PE*PXC*{random.choice(_TAXONOMIES)}"] * (random.random() < 0.8))
        if random.random() < 0.15:
            loops.append([f"NM1*77*2*WEST CLINIC*****XX*{npi(3000 + self.billing)}", "N3*9 WEST ST", "N4*DAYTON*OH*454020009"])
        random.shuffle(loops)
        return [line for loop in loops for line in loop]

    def _other_payer(self, who: Member, total: int, day: int) -> list[str]:
        """2320: the payer that decided first; the lines say how (2430)."""
        return [
            f"SBR*P*18*OLD{who.number % 89}******CI",
            f"AMT*D*{total // 2}",
            "OI***Y***Y",
            f"NM1*IL*1*{who.last}*{who.first}****MI*X{who.number}",
            "NM1*PR*2*FIRST INSURANCE*****PI*FIRST",
            f"REF*F8*OLDCLAIM{self.claims}",
        ]

    def _lines(self, who: Member, day: int, second: bool) -> tuple[list[str], list[int]]:
        """The 2400 loops and their charges; with a payer before this one each half is paid, half is adjusted."""
        random = self.random
        count = min(1 + int(random.expovariate(0.5)), 10)
        lines: list[str] = []
        charges: list[int] = []
        for number in range(1, count + 1):
            code = procedure(who.number) if number == 1 and random.random() < 0.9 else random.choice(PROCEDURES)
            charge = 2 * random.randint(20, 400)
            charges.append(charge)
            modifier = random.choice(("", "", ":25", ":59", ":RT:GP"))
            lines += [f"LX*{number}", f"SV1*HC:{code}{modifier}*{charge}*UN*{random.choice((1, 1, 2, 4))}***1"]
            dates = [f"DTP*472*D8*{_DAYS[day + random.randrange(3)]}"]
            dates += [f"DTP*471*D8*{_DAYS[day]}"] * (random.random() < 0.04)
            random.shuffle(dates)
            lines += dates
            references = [f"REF*6R*L{self.claims}N{number}"] * (random.random() < 0.7)
            references += [f"REF*X4*36D{who.number % 10**7:07d}"] * (random.random() < 0.05)
            random.shuffle(references)
            lines += references
            lines += ["NTE*ADD*LEFT SIDE"] * (random.random() < 0.04)
            if code.startswith(DRUG):
                lines += ["LIN**N4*00409123401", "CTP****2*ML"]
            if random.random() < 0.05:
                lines.append(f"NM1*82*1*HAZEL*HAL****XX*{npi(4000 + number)}")
            if second:
                lines += [
                    f"SVD*FIRST*{charge // 2}*HC:{code}{modifier}**1",
                    f"CAS*CO*45*{charge // 2}",
                    f"DTP*573*D8*{_DAYS[min(day + 14, 299)]}",
                ]
        return lines, charges


def _replace(unit: list[str], start: str, position: int, value: str) -> None:
    """Put a value at an element of the first segment that begins so."""
    at = next(n for n, line in enumerate(unit) if line.startswith(start))
    elements = unit[at].split("*")
    elements[position] = value
    unit[at] = "*".join(elements)


def _taxonomy(unit: list[str], random: Random) -> None:
    _replace(unit, "PRV*", 2, "QQQ")


def _state(unit: list[str], random: Random) -> None:
    _replace(unit, "N4*", 2, "OHIO")


def _filing(unit: list[str], random: Random) -> None:
    _replace(unit, "SBR*", 9, "QQ")


def _member_qualifier(unit: list[str], random: Random) -> None:
    _replace(unit, "NM1*IL*", 8, "QQ")


def _relationship(unit: list[str], random: Random) -> None:
    _replace(unit, "PAT*", 1, "77")


def _birth_date(unit: list[str], random: Random) -> None:
    _replace(unit, "DMG*", 2, "20151345")


def _no_signature(unit: list[str], random: Random) -> None:
    _replace(unit, "CLM*", 6, "")


def _no_diagnosis(unit: list[str], random: Random) -> None:
    del unit[next(n for n, line in enumerate(unit) if line.startswith("HI*"))]


def _service_date(unit: list[str], random: Random) -> None:
    _replace(unit, "DTP*472", 3, "20261345")


def _no_assignment(unit: list[str], random: Random) -> None:
    _replace(unit, "CLM*", 7, "")


def _statement_date(unit: list[str], random: Random) -> None:
    _replace(unit, "DTP*434", 3, "20261345-20261346")


def _hospital_unit(unit: list[str], random: Random) -> None:
    _replace(unit, "SV2*", 4, "QQ")


def _unit_of_measure(unit: list[str], random: Random) -> None:
    _replace(unit, "SV1*", 3, "QQ")


def _line_number(unit: list[str], random: Random) -> None:
    unit[next(n for n, line in enumerate(unit) if line.startswith("LX*"))] += "*9"


def _unknown_segment(unit: list[str], random: Random) -> None:
    unit.insert(random.randint(1, len(unit)), "ZZZ*1")


_CLAIM_FAULTS: Final = (_no_signature, _no_diagnosis, _service_date, _unit_of_measure, _line_number, _unknown_segment)
_HOSPITAL_FAULTS: Final = (_no_assignment, _no_diagnosis, _statement_date, _hospital_unit, _line_number, _unknown_segment)


def write_claims(
    path: Path, *, claims: int | None = None, segments: int | None = None, seed: int = SEED, members: int = MEMBERS,
    faulty: float = 0, institutional: bool = False, mark: str = "C", a_set: int = _CLAIMS_A_SET,
) -> tuple[int, int]:  # fmt: skip
    """Write a file of so many claims, or of at least so many segments; how many claims and segments it has.

    Claims are named by their `mark` and a number. `a_set`: at most so many claims, or a few more, in a transaction.
    """
    writer = _Writer(Random(seed), members, faulty, institutional, mark, a_set)
    with path.open("w", encoding="ascii", newline="") as file:
        for piece in writer.interchange(claims, segments):
            file.write(piece)
    return writer.claims, writer.segments

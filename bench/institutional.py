"""An invented institutional claim (837I, 005010X223A2): outpatient visits and stays, with what hospitals send along."""

from __future__ import annotations

from random import Random
from typing import Final

from bench.people import DIAGNOSES, Member, authorization_number, npi, procedure

_REVENUE: Final = "0250 0300 0324 0350 0450 0510 0636 0710 0730 0960".split()


def claim(random: Random, who: Member, number: int, days: tuple[str, ...], day: int) -> list[str]:
    """The segments of claim `number`: 2300 with its providers and lines; `days` are those of a year, `day` one of them."""
    stay = random.random() < 0.2
    first, last = days[day], days[day + random.randint(1, 6)] if stay else days[day]
    lines, total = _lines(random, who, first, stay)
    unit = [f"CLM*H{number:08d}*{total}***{'11' if stay else '13'}:A:1**A*Y*Y"]
    dates = [f"DTP*434*RD8*{first}-{last}"] + [f"DTP*435*DT*{first}0815", "DTP*096*TM*1130"] * stay
    random.shuffle(dates)
    unit += dates
    unit.append(f"CL1*{random.choice('123')}*1*01")
    references = [f"REF*G1*{authorization_number(who.number)}"] * (random.random() < 0.15)
    references += [f"REF*D9*T{number:011d}"] * (random.random() < 0.6)
    references += [f"REF*EA*MR{who.number}"] * (random.random() < 0.8)
    random.shuffle(references)
    unit += references
    diagnoses = random.sample(DIAGNOSES, random.randint(1, 5))
    present = ":::::::Y" * stay  # on admission
    informations = [f"HI*ABK:{diagnoses[0]}{present}"]
    informations += [f"HI*ABJ:{diagnoses[0]}", f"HI*DR:{random.randint(100, 900)}"] if stay else [f"HI*APR:{diagnoses[0]}"]
    if others := diagnoses[1:]:
        informations.append("*".join(["HI", *(f"ABF:{code}{present}" for code in others)]))
    informations += [f"HI*BH:11:D8:{first}"] * (random.random() < 0.3)
    informations += ["HI*BE:80:::3"] * (random.random() < 0.2)
    unit += informations
    unit += [f"NM1*71*1*SPRUCE*UMA****XX*{npi(5000 + number % 300)}", "PRV*AT*PXC*207R00000X"]
    if stay:
        unit.append(f"NM1*72*1*TEAK*MAX****XX*{npi(6000 + number % 100)}")
    return unit + lines


def _lines(random: Random, who: Member, day: str, stay: bool) -> tuple[list[str], int]:
    lines: list[str] = []
    total = 0
    for number in range(1, min(2 + int(random.expovariate(0.3)), 20) + 1):
        charge = random.randint(20, 900)
        total += charge
        code = f"HC:{procedure(who.number)}" if random.random() < 0.8 or not stay else ""
        lines += [f"LX*{number}", f"SV2*{random.choice(_REVENUE)}*{code}*{charge}*UN*{random.randint(1, 4)}"]
        lines += [f"DTP*472*D8*{day}"] * (random.random() < 0.9)
        lines += [f"REF*6R*L{number}"] * (random.random() < 0.4)
    return lines, total

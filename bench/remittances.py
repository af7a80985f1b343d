"""A file of invented remittances (835, 005010X221A1) of any size: payments and denials, a check for some hundred claims."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final, TextIO

from bench.people import BILLING, PROCEDURES, member, npi

_DAYS: Final = tuple(f"{date(2026, 1, 1) + timedelta(days=n):%Y%m%d}" for n in range(300))
CLAIMS_A_CHECK: Final = 400
_END: Final = "~\n"
_TRAILERS: Final = 2


def write_payments(path: Path, *, segments: int, seed: int = 835, members: int = 200_000) -> tuple[int, int]:
    """Write a file of at least so many segments; how many claim payments and segments it has."""
    random = Random(seed)
    claims = 0
    with path.open("w", encoding="ascii", newline="") as file:
        advice = Advice(file, "20261102", 3)
        while advice.segments + _TRAILERS < segments:
            lines = list(_check(random, advice.checks + 1, claims, members))
            claims += sum(line.startswith("CLP*") for line in lines)
            advice.put(lines)
        advice.close()
    return claims, advice.segments


class Advice:
    """An interchange of checks as it is written, a segment a line."""

    def __init__(self, file: TextIO, day: str, control: int) -> None:
        self._file, self._control = file, control
        self.checks = self.segments = 0
        self._put(
            [
                f"ISA*00*{'':10}*00*{'':10}*ZZ*{'EVERGREEN':15}*ZZ*{'SUBMITTER':15}*{day[2:]}*0900*^*00501*{control:09d}*0*T*:",
                f"GS*HP*EVERGREEN*SUBMITTER*{day}*0900*{control}*X*005010X221A1",
            ]
        )

    def put(self, lines: list[str]) -> None:
        """A check: its transaction, without the SE."""
        self.checks += 1
        self._put([*lines, f"SE*{len(lines) + 1}*{self.checks:06d}"])

    def close(self) -> None:
        """What stands behind the last check."""
        self._put([f"GE*{self.checks}*{self._control}", f"IEA*1*{self._control:09d}"])

    def _put(self, lines: list[str]) -> None:
        self.segments += len(lines)
        self._file.write(_END.join(lines) + _END)


def _check(random: Random, number: int, claims: int, members: int) -> Iterator[str]:
    """A transaction without its SE: one payment to one practice."""
    practice = number % BILLING
    payments = [_payment(random, claims + n + 1, members) for n in range(CLAIMS_A_CHECK)]
    paid = sum(amount for amount, _ in payments)
    day = _DAYS[number % len(_DAYS)]
    yield f"ST*835*{number:06d}"
    yield f"BPR*I*{paid}*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*{day}"
    yield f"TRN*1*EFT{number:09d}*1512345678"
    yield f"DTM*405*{day}"
    yield from ("N1*PR*EVERGREEN HEALTH", "N3*9 EVERGREEN STREET", "N4*TOLEDO*OH*43604", "PER*BL*EDI DESK*TE*6145550100")
    yield from (f"N1*PE*PRACTICE {practice}*XX*{npi(practice)}", f"REF*TJ*31{practice:07d}", "LX*1")
    for _, lines in payments:
        yield from lines


def _payment(random: Random, number: int, members: int) -> tuple[int, list[str]]:
    """One claim as paid: the amount, and 2100 with its 2110 loops. Charge less adjustments is what is paid, line by line."""
    who, day = member(random.randrange(members)), random.randrange(280)
    denied = random.random() < 0.1
    lines: list[str] = []
    charges = paid = share = 0
    for ordinal in range(1, min(1 + int(random.expovariate(0.5)), 10) + 1):
        charge = random.randint(40, 800)
        contract, patient = charge // 4, random.choice((0, 0, 20)) * (not denied)
        amount = 0 if denied else charge - contract - patient
        charges, paid, share = charges + charge, paid + amount, share + patient
        lines += [f"SVC*HC:{random.choice(PROCEDURES)}*{charge}*{amount}**1", f"DTM*472*{_DAYS[day]}"]
        reason = random.choice(("197", "50", "16", "198")) if denied else "45"
        if denied:
            lines.append(f"CAS*CO*{reason}*{charge}")
        else:
            lines += [f"CAS*CO*45*{contract}"] + [f"CAS*PR*3*{patient}"] * bool(patient)
        lines += [f"REF*6R*L{number}N{ordinal}"] * (random.random() < 0.7)
        lines += [f"AMT*B6*{charge - contract}"] * (not denied)
        lines += ["LQ*HE*N130"] * (denied and (random.random() < 0.5 or reason == "16"))
    head = [
        f"CLP*C{number:08d}*{4 if denied else 1}*{charges}*{paid}*{share or ''}*12*EG{number:010d}*11*1",
        f"NM1*QC*1*{who.last}*{who.first}****MI*{who.id}",
    ]
    head += [f"NM1*82*1*LARCH*LEE****XX*{npi(2000 + number % 40)}"] * (random.random() < 0.5)
    head += ["MOA***MA01"] * (random.random() < 0.3)
    head += [f"REF*1L*GRP{who.number % 97}"] * (random.random() < 0.3)
    head += [f"DTM*232*{_DAYS[day]}", f"DTM*233*{_DAYS[day]}"] * (random.random() < 0.5)
    head += [f"DTM*050*{_DAYS[day + 5]}"] * (random.random() < 0.8)
    return paid, head + lines

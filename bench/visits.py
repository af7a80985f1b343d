"""Small professional claims (837P) for visits under an authorization: for the load test, and for tests of the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

_END: Final = "~\n"


class Insured(NamedTuple):
    """A person who is insured, as the claims name them."""

    id: str = "W1000001"
    last: str = "QUILL"
    first: str = "NORA"
    born: str = "19810405"
    gender: str = "F"


def claims_file(
    claims: Iterable[tuple[str, int]], *, insured: Insured | None = None, frequency: str = "1", control: int = 1, usage: str = "P"
) -> bytes:
    """One interchange with a claim (CLM01, units of 97110 on 2026-03-09) for each pair, all of one person."""
    who = insured or Insured()
    return interchange(((who, name, units) for name, units in claims), frequency=frequency, control=control, usage=usage)


def interchange(visits: Iterable[tuple[Insured, str, int]], *, frequency: str = "1", control: int = 1, usage: str = "P") -> bytes:
    """One interchange with a claim for each visit: who, CLM01, units."""
    lines = [
        f"ST*837*{control:04d}*005010X222A1",
        f"BHT*0019*00*B{control}*20260309*0900*CH",
        "NM1*41*2*RIVERSIDE THERAPY*****46*SUBMITTER",
        "PER*IC*OFFICE*TE*5555550100",
        "NM1*40*2*MAPLE HEALTH*****46*RECEIVER",
        "HL*1**20*1",
        "NM1*85*2*RIVERSIDE THERAPY*****XX*1234567893",
        "N3*12 RIVER RD",
        "N4*COLUMBUS*OH*43215",
        "REF*EI*311234567",
    ]
    for number, (who, name, units) in enumerate(visits, 2):
        lines += [
            f"HL*{number}*1*22*0",
            "SBR*P*18*******CI",
            f"NM1*IL*1*{who.last}*{who.first}****MI*{who.id}",
            "N3*4 PARK AVE",
            "N4*COLUMBUS*OH*43215",
            f"DMG*D8*{who.born}*{who.gender}",
            "NM1*PR*2*MAPLE HEALTH*****PI*MAPLE1",
            f"CLM*{name}*{80 * units}***11:B:{frequency}*Y*A*Y*Y",
            *(["REF*F8*NONE"] if frequency != "1" else []),
            "HI*ABK:M5450",
            "LX*1",
            f"SV1*HC:97110*{80 * units}*UN*{units}***1",
            "DTP*472*D8*20260309",
            "REF*6R*L1",
        ]
    envelope = [
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'SUBMITTER':15}*ZZ*{'RECEIVER':15}*260309*0900*^*00501*{control:09d}*0*{usage}*:",
        f"GS*HC*SUBMITTER*RECEIVER*20260309*0900*{control}*X*005010X222A1",
        *lines,
        f"SE*{len(lines) + 1}*{control:04d}",
        f"GE*1*{control}",
        f"IEA*1*{control:09d}",
    ]
    return (_END.join(envelope) + _END).encode("ascii")

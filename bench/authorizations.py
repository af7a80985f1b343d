"""Invented requests and answers (278, 005010X217): one service for each of the first members, as `bench.claims` claims it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

from bench.people import BILLING, authorization_number, member, npi, procedure

_END = "~\n"


def write_answers(path: Path, *, count: int, first: int = 0, seed: int = 278) -> int:
    """Write answers for so many members from `first` on; how many segments it has. Every tenth is not (or not yet) certified."""
    random = Random(seed)
    segments = 4
    with path.open("w", encoding="ascii", newline="") as file:
        file.write(
            f"ISA*00*{'':10}*00*{'':10}*ZZ*{'RECEIVER':15}*ZZ*{'SUBMITTER':15}*251215*0900*^*00501*000000002*0*T*:{_END}"
            f"GS*HI*RECEIVER*SUBMITTER*20251215*0900*2*X*005010X217{_END}"
        )
        for number in range(first, first + count):
            lines = _answer(number, random)
            segments += len(lines)
            file.write(_END.join(lines) + _END)
        file.write(f"GE*{count}*2{_END}IEA*1*000000002{_END}")
    return segments


def request_json(number: int) -> str:
    """The request of member `number`, as `edi request build` takes it."""
    from edi.records.parties import Party, Person
    from edi.records.request import Request, request_to_json
    from edi.records.review import PatientEvent, RequestedService, Trace
    from edi.records.services import Period, Procedure, Quantity

    who, practice = member(number), number % BILLING
    service = RequestedService(procedure=Procedure(code=procedure(number)), quantity=Quantity(unit="UN", amount=Decimal(12)))
    return request_to_json(
        Request(
            reference=f"R{number}",
            utilization_manager=Party(role="X3", name="EVERGREEN HEALTH", id_qualifier="PI", id="EVGRN"),
            requester=Party(role="1P", name=f"PRACTICE {practice}", id_qualifier="XX", id=npi(practice)),
            subscriber=Person(
                last_name=who.last,
                first_name=who.first,
                member_id=who.id,
                member_id_qualifier="MI",
                birth_date=date.fromisoformat(who.born),
                gender=who.gender,
            ),
            event=PatientEvent(
                category="HS",
                certification_type="I",
                service_type="3",
                traces=(Trace(number=f"T{number}", originator="9EVERGREEN"),),
                period=Period(start=date(2026, 1, 1), end=date(2026, 12, 31)),
                services=(service,),
            ),
        )
    )


def _answer(number: int, random: Random) -> list[str]:
    who, practice = member(number), number % BILLING
    decision = random.choices(("A1", "A3", "A4"), (90, 5, 5))[0]
    given = {"A1": f"*{authorization_number(number)}", "A3": "**0F", "A4": "**0U"}[decision]
    last, reference = ("19", [f"REF*NT*P{number}"]) if decision == "A4" else ("18", [])
    lines = [
        f"ST*278*{number + 1:06d}*005010X217",
        f"BHT*0007*11*R{number}*20251215*0900*{last}",
        "HL*1**20*1",
        "NM1*X3*2*EVERGREEN HEALTH*****PI*EVGRN",
        "HL*2*1*21*1",
        f"NM1*1P*2*PRACTICE {practice}*****XX*{npi(practice)}",
        "HL*3*2*22*1",
        f"NM1*IL*1*{who.last}*{who.first}****MI*{who.id}",
        f"DMG*D8*{who.born}*{who.gender}",
        "HL*4*3*EV*1",
        f"TRN*2*T{number}*9EVERGREEN",
        "UM*HS*I*3",
        f"HCR*{decision}{given}",
        *reference,
        "DTP*AAH*RD8*20260101-20261231",
        "HL*5*4*SS*0",
        f"HCR*{decision}{given}",
        "DTP*472*RD8*20260101-20261231",
        f"SV1*HC:{procedure(number)}**UN*{random.choice((4, 12, 30))}",
    ]
    return [*lines, f"SE*{len(lines) + 1}*{number + 1:06d}"]

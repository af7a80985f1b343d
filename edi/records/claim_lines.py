"""A service line of an 837 as a 277CA tells of it: what it was, and what rejects it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from edi.records.claim_acknowledgment import LineStatus, StatusInformation
from edi.records.services import SERVICES, Period
from edi.records.values import ZERO, read_amount, read_period
from edi.text.segments import Segment

LINE_AT_FAULT: Final = "247"
"""The status of a claim that is rejected for one of its lines; the line says more."""
_QUALIFIERS: Final = frozenset(("AD", "ER", "HC", "HP", "IV", "WK"))
_REVENUE_CODE: Final = "NU"
_LONGEST_PROCEDURE: Final = 6
"""Components of SVC01: qualifier, code, modifiers."""


class OpenLine:
    """A line whose segments are being read; LX is its first."""

    def __init__(self, lx: Segment) -> None:
        self._number = lx.get(1)
        self._control = ""
        self._service: Segment | None = None
        self._period: Period | None = None
        self._statuses: list[StatusInformation] = []

    def take(self, segment: Segment) -> None:
        """A segment of the line, or of a loop in it."""
        name = segment.id
        if name in SERVICES:
            self._service = segment
        elif name == "DTP" and segment.get(1) == "472":
            self._period = read_period(segment.get(3))
        elif name == "REF" and segment.get(1) == "6R":
            self._control = segment.get(2)

    def refuse(self, status: StatusInformation) -> None:
        """Something rejects the line. A line has no words of its own."""
        plain = replace(status, text="")
        if plain not in self._statuses:
            self._statuses.append(plain)

    def told(self) -> LineStatus | None:
        """What the 277CA says of the line; nothing where nothing rejects it, or where it has no service."""
        service = self._service
        if service is None or not self._statuses:
            return None
        places = SERVICES[service.id]
        revenue = service.get(places.revenue) if places.revenue else ""
        procedure = tuple(service.components(places.procedure)[:_LONGEST_PROCEDURE])
        if len(procedure) < 2 or procedure[0] not in _QUALIFIERS:
            procedure, revenue = (_REVENUE_CODE, revenue), ""
        if not procedure[1]:
            return None
        return LineStatus(
            procedure=procedure,
            amount=read_amount(service.get(places.charge)) or ZERO,
            revenue_code=revenue,
            quantity=read_amount(service.get(places.amount)),
            statuses=tuple(self._statuses),
            control=self._control or self._number,
            period=self._period,
        )

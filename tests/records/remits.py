"""Remittances that add up, drawn at random: claims with lines and adjustments, reversals, and what is settled beside them."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from hypothesis import strategies as st

from tests.records.test_remittance import HEAD

Adjusted: TypeAlias = list[tuple[str, str, int]]
"""(group, reason, cents), one group after another as they stand in CAS segments."""
GROUPS = ("CO", "OA", "PI", "PR")
CENTS = st.integers(-5_000_000, 5_000_000).filter(bool)


def amount(cents: int) -> str:
    """As X12 writes it, without needless zeros half of the time: 12.5, 12.50 and 12 are all seen."""
    exact = Decimal(cents) / 100
    return f"{exact:.2f}" if cents % 3 else f"{exact.normalize():f}"


@st.composite
def adjustments(draw: st.DrawFn, most: int = 8) -> Adjusted:
    found: Adjusted = []
    for group in GROUPS:
        for cents in draw(st.lists(CENTS, max_size=most)):
            found.append((group, draw(st.sampled_from(("45", "197", "1", "96"))), cents))
    return found


def cas(adjusted: Adjusted) -> list[str]:
    """As few CAS segments as there can be, six triplets at most in each."""
    found: list[str] = []
    for group in GROUPS:
        mine = [f"{reason}*{amount(cents)}*" for of, reason, cents in adjusted if of == group]
        found += [f"CAS*{group}*{'*'.join(mine[at : at + 6])}".rstrip("*") for at in range(0, len(mine), 6)]
    return found


@st.composite
def claims(draw: st.DrawFn, number: int) -> tuple[list[str], int]:
    """The segments of a claim, and what is paid for it; sometimes with its reversal behind it."""
    lines = draw(st.lists(st.tuples(st.integers(0, 5_000_000), adjustments(3)), max_size=4))
    own = draw(adjustments())
    charge = sum(charge for charge, _ in lines) if lines else draw(st.integers(0, 5_000_000))
    segments, paid = _claim(f"C{number}", "1", charge, own, lines), charge - _sum(own) - sum(_sum(each) for _, each in lines)
    if draw(st.booleans()):
        back = [(-charge, _negated(each)) for charge, each in lines]
        segments += _claim(f"C{number}", "22", -charge, _negated(own), back)
        paid = 0
    return segments, paid


def _claim(id: str, status: str, charge: int, own: Adjusted, lines: list[tuple[int, Adjusted]]) -> list[str]:
    everything = [*own, *(adjustment for _, each in lines for adjustment in each)]
    patient = sum(cents for group, _, cents in everything if group == "PR")
    owed = amount(patient) if patient and status != "22" else ""
    clp = f"CLP*{id}*{status}*{amount(charge)}*{amount(charge - _sum(everything))}*{owed}*12*P{id}"
    segments = [clp, *cas(own), "NM1*QC*1*QUILL*IVO"]
    for billed, each in lines:
        segments += [f"SVC*HC:97110*{amount(billed)}*{amount(billed - _sum(each))}", "DTM*472*20260109", *cas(each)]
    return segments


def _sum(adjusted: Adjusted) -> int:
    return sum(cents for _, _, cents in adjusted)


def _negated(adjusted: Adjusted) -> Adjusted:
    return [(group, reason, -cents) for group, reason, cents in adjusted]


@st.composite
def remittances(draw: st.DrawFn) -> list[str]:
    """The segments of a file with one remittance, from ISA to IEA."""
    body, paid = list[str](), 0
    for number in range(draw(st.integers(0, 3))):
        segments, more = draw(claims(number))
        body, paid = body + segments, paid + more
    for _ in range(draw(st.integers(0, 2))):
        pairs = draw(st.lists(st.tuples(st.sampled_from(("WO:PC0", "FB:T1", "L6", "72:C1")), CENTS), min_size=1, max_size=6))
        body.append(f"PLB*1234567893*20261231*{'*'.join(f'{code}*{amount(cents)}' for code, cents in pairs)}")
        paid -= sum(cents for _, cents in pairs)
    head = HEAD.replace("BPR*I*100*", f"BPR*I*{amount(paid)}*").rstrip("~").split("~")
    if not any(segment.startswith("CLP") for segment in body):
        head.remove("LX*1")
    count = len(head) - 2 + len(body) + 1
    return [*head, *body, f"SE*{count}*0001", "GE*1*1", "IEA*1*000000001"]

"""Remittances (835, 005010X221A1) for a file of claims: one claim in ten refused, the others paid by contract."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

from bench.remittances import CLAIMS_A_CHECK, Advice
from edi.records.claim import Claim, read_claims

_DENIED: Final = 0.1
_REASONS: Final = ("197", "197", "198", "50", "16")
_DAY: Final = "20261201"


def write_paid(claims: Path, path: Path, *, seed: int = 835) -> tuple[int, int]:
    """Write what a payer answers to a file of claims; how many payments and segments it has."""
    random = Random(seed)
    payments = 0
    with path.open("w", encoding="ascii", newline="") as file:
        advice = Advice(file, _DAY, 5)
        for npi, batch in _by_practice(read_claims(claims)):
            payments += len(batch)
            advice.put(list(_check(random, advice.checks + 1, npi, batch)))
        advice.close()
    return payments, advice.segments


def _by_practice(sent: Iterator[Claim]) -> Iterator[tuple[str, list[Claim]]]:
    """The claims of some thousand by who billed them."""
    while some := list(islice(sent, 10 * CLAIMS_A_CHECK)):
        found: dict[str, list[Claim]] = {}
        for claim in some:
            found.setdefault(claim.billing.npi, []).append(claim)
        for npi, claims in found.items():
            yield from ((npi, claims[at : at + CLAIMS_A_CHECK]) for at in range(0, len(claims), CLAIMS_A_CHECK))


def _check(random: Random, number: int, npi: str, claims: list[Claim]) -> Iterator[str]:
    """A transaction without its SE."""
    paid = [_payment(random, claim) for claim in claims]
    amount = sum((amount for amount, _ in paid), Decimal(0))
    yield f"ST*835*{number:06d}"
    if amount:
        yield f"BPR*I*{amount}*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*{_DAY}"
    else:
        yield f"BPR*H*0*C*NON{'*' * 12}{_DAY}"
    yield f"TRN*1*EFT{number:09d}*1512345678"
    yield f"DTM*405*{_DAY}"
    yield from ("N1*PR*EVERGREEN HEALTH*XV*EVGRN", "N3*9 EVERGREEN STREET", "N4*TOLEDO*OH*43604")
    yield from ("PER*BL*EDI DESK*TE*6145550100", f"N1*PE*PRACTICE*XX*{npi}", f"REF*TJ*{claims[0].billing.tax_id}", "LX*1")
    for _, lines in paid:
        yield from lines


def _payment(random: Random, claim: Claim) -> tuple[Decimal, list[str]]:
    """One claim as paid: the amount, and 2100 with its 2110 loops."""
    reason = random.choice(_REASONS) if random.random() < _DENIED else ""
    paid, lines = Decimal(0), []
    for line in claim.lines:
        cut = line.charge if reason else line.charge // 4
        paid += line.charge - cut
        code = ":".join(("HC", line.procedure.code, *line.procedure.modifiers)) if line.procedure else "NU:0250"
        lines += [
            f"SVC*{code}*{line.charge}*{line.charge - cut}**1",
            f"DTM*472*{line.period.start:%Y%m%d}" if line.period else "",
        ]
        lines += [f"CAS*CO*{reason or 45}*{cut}"] * bool(cut)
        lines += [f"REF*6R*{line.control_number}"] * bool(line.control_number)
        lines += ["LQ*HE*N705"] * (reason == "16")
    who = claim.patient
    head = [
        f"CLP*{claim.id}*1*{claim.charge}*{paid}**12*EG{claim.id}*{claim.place}*1",
        f"NM1*QC*1*{who.last_name}*{who.first_name}****MI*{claim.subscriber.member_id}",
    ]
    return paid, [*head, *filter(None, lines)]

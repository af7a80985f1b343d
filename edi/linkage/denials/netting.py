"""One claim through all its remittances: payments, reversals, corrections, what was taken back beside them; what stands now.

A reversal (CLP02 22) says again with opposite signs what it takes back, so a claim nets by adding up everything that was said of
it, whatever came first. Which payment a reversal belongs to is told too: the last one before it with its number and its charge,
or, of a reversal of a part, with more than that and all of its lines.
Where reversal and correction come in two remittances, PLB bridges the money.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product
from types import MappingProxyType
from typing import Final, NamedTuple

from edi.linkage.identity import payer_keys
from edi.linkage.joining import final, folded
from edi.records.balance import less, total
from edi.records.made import naming
from edi.records.parties import Party
from edi.records.provider_adjustment import ProviderAdjustment
from edi.records.remittance import PATIENT, REVERSAL, Adjustment, PaidLine, Payment
from edi.records.transfer import id_of_payer

PAID, UNPAID, REVERSED = "paid", "unpaid", "reversed"
_ESTIMATE: Final = "25"
"""CLP02: what would be paid; no money."""
ORIGINAL: Final = "F8"
BRIDGES: Final = frozenset({"CS", "WO"})
"""PLB03-1: what was paid for a claim is taken back, or left until it is."""


class AdjustmentPlace(NamedTuple):
    """Where an adjustment stands: a line by its control number, else by what was done when; all empty for the claim itself."""

    control: str = ""
    procedure: str = ""
    start: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """What stands of a claim."""

    state: str
    """paid; unpaid: decided, and nothing is paid; reversed: taken back, and not decided anew."""
    charge: Decimal
    paid: Decimal
    """The sum of all CLP04: what the payer says that it paid."""
    patient_share: Decimal
    """The adjustments of group PR that stand."""
    adjustments: Mapping[AdjustmentPlace, tuple[Adjustment, ...]]
    """Those that stand: what of each group and reason is left at each place when all is added up."""
    standing: tuple[Payment, ...]
    """The payments that no reversal takes back whole, oldest first. There are several where the payer divided the claim."""
    taken_back: tuple[tuple[Payment, Payment], ...]
    """Payments with their reversals."""
    partly: tuple[tuple[Payment, Payment], ...] = ()
    """Payments that stand, with reversals of a part of them: of some lines, or of less than was charged."""
    unpaired: tuple[Payment, ...]
    """Reversals of payments that are not there."""
    beside: tuple[ProviderAdjustment, ...]
    """What PLB says of the claim."""

    @property
    def payments(self) -> tuple[Payment, ...]:
        """All that was told of it: what stands, what was taken back, by what, and reversals of nothing that is there."""
        parts = (reversal for _, reversal in self.partly)
        return (*self.standing, *(payment for pair in self.taken_back for payment in pair), *parts, *self.unpaired)

    @property
    def undecided(self) -> tuple[Payment, ...]:
        """Reversals of parts after which no payment tells anew of what they took back."""
        return tuple(
            reversal
            for payment, reversal in self.partly
            if not any(_decides_anew(one, reversal) for one in self.standing if one is not payment)
        )

    @property
    def received(self) -> Decimal:
        """What came for it by all remittances: paid, less PLB. A refund that was sent to the payer is not in it."""
        return less(self.paid, total(adjustment.amount for adjustment in self.beside))

    @property
    def bridge(self) -> Decimal:
        """What PLB took back (WO, CS) beyond reversals; negative: what reversals took back and PLB has not yet."""
        return total(adjustment.amount for adjustment in self.beside if adjustment.code in BRIDGES)

    @property
    def settled(self) -> bool:
        """Whether every reversal has its payment, and PLB took back what they did, no more and no less."""
        return not self.unpaired and not self.bridge


@naming(payments=Payment, beside=ProviderAdjustment)
def net(payments: Iterable[Payment], beside: Iterable[ProviderAdjustment] = ()) -> Net:
    """What stands of one claim of one payer, from all that remittances said of it, in any order; see `chains`.

    Of `beside` only what names the claim is taken. Estimates count for nothing.
    """
    told = sorted((payment for payment in payments if payment.status != _ESTIMATE), key=_order)
    taken_back, unpaired = _paired(told)
    gone = {id(payment) for pair in taken_back for payment in pair}
    standing = tuple(payment for payment in told if payment.status != REVERSAL and id(payment) not in gone)
    partly = tuple((whole[-1], part) for part in unpaired if (whole := [one for one in standing if _takes_part(part, one)]))
    parts = {id(reversal) for _, reversal in partly}
    paid = total(payment.paid for payment in told)
    adjustments = _left(told)
    return Net(
        state=REVERSED if not standing else PAID if any(payment.paid > 0 for payment in standing) else UNPAID,
        charge=total(payment.charge for payment in told),
        paid=paid,
        patient_share=total(each.amount for left in adjustments.values() for each in left if each.group == PATIENT),
        adjustments=adjustments,
        standing=standing,
        taken_back=taken_back,
        partly=partly,
        unpaired=tuple(reversal for reversal in unpaired if id(reversal) not in parts),
        beside=tuple(adjustment for adjustment in beside if any(names(adjustment, payment) for payment in told)),
    )


def names(adjustment: ProviderAdjustment, payment: Payment) -> bool:
    """Whether a PLB is about a payment's claim: by the payer's number, one that it replaces, or ours."""
    return bool(adjustment.claim) and folded(adjustment.claim) in {
        folded(number) for number in (payment.claim, *numbers(payment))
    }


def chains(payments: Iterable[Payment]) -> list[list[Payment]]:
    """Payments by claim: those of one payer, payee and patient that share our number or the payer's, also as the original's.

    Primary and secondary payers are chains of their own; a replacement belongs to what it replaces.
    """
    found: dict[int, list[Payment]] = {}
    merged: dict[int, int] = {}
    by_key: dict[tuple[str, ...], int] = {}
    for n, payment in enumerate(payments):
        keys = _keys(payment)
        known = sorted({final(by_key[key], merged) for key in keys if key in by_key})
        first = known[0] if known else n
        chain = found.setdefault(first, [])
        for other in known[1:]:
            merged[other] = first
            chain += found.pop(other)
        chain.append(payment)
        by_key.update(dict.fromkeys(keys, first))
    return list(found.values())


def _keys(payment: Payment) -> list[tuple[str, ...]]:
    person = payment.insured or payment.patient
    who = folded(person.member_id) or f"{folded(person.last_name)} {folded(person.first_name)}"
    ours = [("ours", folded(payment.claim))] if folded(payment.claim).strip("0") else []
    called = [*ours, *(("payer's", folded(number)) for number in numbers(payment))]
    parties = product(payers_of(payment), payee_names(payment.payee))
    return [(*number, *payer, payee, who) for payer, payee in parties for number in called]


def payers_of(payment: Payment) -> frozenset[tuple[str, str]]:
    """What a payment's payer is known by (edi.linkage.identity)."""
    return payer_keys(id_of_payer(payment.payer), payment.payer.name)


def payee_names(party: Party) -> set[str]:
    """All that a payee of an 835 is known by, folded: by its NPI, its tax id, or the name alone."""
    ids = (reference.value for reference in party.references)
    return {folded(name) for name in (party.id, party.name, *ids)} - {""}


def numbers(payment: Payment) -> list[str]:
    """The payer's numbers of a payment's claim: its own, and that of the one before it."""
    originals = (reference.value for reference in payment.references if reference.qualifier == ORIGINAL)
    return [number for number in (payment.payer_claim, *originals) if number]


def _when(payment: Payment) -> tuple[date, str, str, int]:
    """The order of time: by remittance, and in one as they stand."""
    return payment.produced_on or date.min, payment.trace, payment.transaction, payment.offset


def _order(payment: Payment) -> tuple[object, ...]:
    """The same, and an order of those of which nobody knows which was first."""
    return *_when(payment), payment.payer_claim, payment.status, payment.charge, payment.paid


def _paired(told: Sequence[Payment]) -> tuple[tuple[tuple[Payment, Payment], ...], tuple[Payment, ...]]:
    """Each reversal with what it takes back, the last one before it that it fits; and those that fit none."""
    pairs: list[tuple[Payment, Payment]] = []
    unpaired: list[Payment] = []
    gone: set[int] = set()
    for reversal in (payment for payment in told if payment.status == REVERSAL):
        fitting = [one for one in told if one.status != REVERSAL and id(one) not in gone and _takes_back(reversal, one)]
        if fitting:
            gone.add(id(fitting[-1]))
            pairs.append((fitting[-1], reversal))
        else:
            unpaired.append(reversal)
    return tuple(pairs), tuple(unpaired)


def _takes_back(reversal: Payment, payment: Payment) -> bool:
    if reversal.charge != payment.charge.copy_negate() or not _same_number(reversal, payment):
        return False
    if _when(payment) < _when(reversal):
        return payment.produced_on != reversal.produced_on or payment.trace == reversal.trace or _mirrors(reversal, payment)
    other = payment.produced_on == reversal.produced_on and payment.trace != reversal.trace
    return other and _mirrors(reversal, payment)  # two of one day, of which nobody knows which was first


def _takes_part(reversal: Payment, payment: Payment) -> bool:
    """Whether a reversal takes back a part of a payment before it: less than was charged, of lines that are its own."""
    less_of_it = Decimal(0) < -reversal.charge < payment.charge and _when(payment) < _when(reversal)
    return less_of_it and _same_number(reversal, payment) and places_of(reversal) <= places_of(payment)


def _decides_anew(payment: Payment, reversal: Payment) -> bool:
    """Whether a payment, which comes with a reversal or later, tells of one of its lines."""
    ours, theirs = places_of(payment), places_of(reversal)
    later = (payment.produced_on or date.min) >= (reversal.produced_on or date.min)
    return later and (not ours or not theirs or not ours.isdisjoint(theirs))


def places_of(payment: Payment) -> set[AdjustmentPlace]:
    """The lines that a payment tells of."""
    return {_place(line) for line in payment.lines}


def _same_number(reversal: Payment, payment: Payment) -> bool:
    theirs, ours = set(numbers(reversal)), set(numbers(payment))
    return not theirs.isdisjoint(ours) if theirs and ours else folded(reversal.claim) == folded(payment.claim)


def _mirrors(reversal: Payment, payment: Payment) -> bool:
    """Whether every sum of one is the other's with the opposite sign."""
    return total((reversal.paid, payment.paid)) == 0 and not _left((reversal, payment))


def _left(told: Iterable[Payment]) -> Mapping[AdjustmentPlace, tuple[Adjustment, ...]]:
    """What is left of each group and reason at each place."""
    sums: dict[tuple[AdjustmentPlace, str, str], list[Decimal]] = {}
    for payment in told:
        for place, adjustment in _placed(payment):
            sums.setdefault((place, adjustment.group, adjustment.reason), []).append(adjustment.amount)
    left: dict[AdjustmentPlace, list[Adjustment]] = {}
    for (place, group, reason), amounts in sums.items():
        amount = total(amounts)
        if amount:
            left.setdefault(place, []).append(Adjustment(group=group, reason=reason, amount=amount))
    return MappingProxyType({place: tuple(sorted(each, key=_code)) for place, each in left.items()})


def _code(adjustment: Adjustment) -> tuple[str, str]:
    return adjustment.group, adjustment.reason


def _placed(payment: Payment) -> Iterable[tuple[AdjustmentPlace, Adjustment]]:
    for adjustment in payment.adjustments:
        yield AdjustmentPlace(), adjustment
    for line in payment.lines:
        place = _place(line)
        for adjustment in line.adjustments:
            yield place, adjustment


def _place(line: PaidLine) -> AdjustmentPlace:
    if line.control_number:
        return AdjustmentPlace(control=line.control_number)
    billed = line.submitted or line.procedure
    code = "-".join((billed.code, *billed.modifiers)) if billed else line.revenue_code
    return AdjustmentPlace(procedure=code, start=line.period.start if line.period else None)

"""What an 835 says before its claims: how much is paid and how, under which number, by whom, to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from edi.guides.document import Loop
from edi.records.forms import Form, by_code, first_text, text
from edi.records.parties import NO_PARTY, Contact, Party, contact_of, read_address, read_contact, read_references
from edi.records.values import ZERO, read_amount, read_date
from edi.text.segments import Segment

CHECK: Final = "CHK"
NO_MONEY: Final = "NON"
_PAYER: Final = "2U"
"""REF01 of a payer's own id, where N104 gives none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """One side's bank in BPR: its number with what kind that is, and the account with its kind."""

    bank_qualifier: str = ""
    bank: str = ""
    kind: str = ""
    """DA demand deposit, SG savings."""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceDelivery:
    """RDM: where the paper goes, or whom to tell: BM by mail, EM by mail at an address, FT by file transfer, OL online."""

    method: str = ""
    name: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """BPR, TRN and the loops of payer and payee: one check, one electronic transfer, or none."""

    transaction: str = ""
    """ST02."""
    handling: str = ""
    """BPR01: I with the money, H a notice only, C D U X money and data in other ways, P a notice before."""
    amount: Decimal = ZERO
    """BPR02."""
    debit: bool = False
    """BPR03 is D: the payer takes."""
    method: str = ""
    """BPR04: ACH, CHK check, FWT wire, BOP the bank's choice, NON no money."""
    format: str = ""
    """BPR05 of an ACH transfer: CCP, CTX."""
    payer_account: BankAccount | None = None
    """BPR06 to BPR09."""
    originator: str = ""
    """BPR10, the payer's own number at its bank; TRN03 where that is missing."""
    payee_account: BankAccount | None = None
    """BPR12 to BPR15."""
    paid_on: date | None = None
    """BPR16."""
    trace: str = ""
    """TRN02: the number of the check or transfer."""
    subsidiary: str = ""
    """TRN04."""
    currency: str = ""
    receiver: str = ""
    """REF*EV."""
    version: str = ""
    """REF*F2: of the payer's system."""
    produced_on: date | None = None
    """DTM*405, else BPR16."""
    payer: Party = NO_PARTY
    payer_contacts: tuple[tuple[str, Contact], ...] = ()
    """Every PER by its code: CX for claims, BL technical, IC the web site."""
    payee: Party = NO_PARTY
    delivery: RemittanceDelivery | None = None


_N1: Final = Form("N1", role=text(1), name=text(2), id_qualifier=text(3), id=text(4))
_RDM: Final = Form("RDM", method=text(1), name=text(2), number=text(3))


def id_of_payer(payer: Party) -> str:
    """The id that an 835 gives of its payer: N104, else REF*2U."""
    return payer.id.strip() or next((one.value for one in payer.references if one.qualifier == _PAYER), "")


def read_transfer(header: Loop | None) -> Transfer:
    """The header of an 835; all defaults where there is none."""
    if header is None:
        return Transfer()
    st, bpr, trn = header.first("ST"), header.first("BPR"), header.first("TRN")
    references, dates = by_code(header, "REF"), by_code(header, "DTM")
    payer, payee, currency = header.loop("1000A"), header.loop("1000B"), header.first("CUR")
    paid_on = read_date(_get(bpr, 16))
    rdm = payee.first("RDM") if payee else None
    return Transfer(
        transaction=_get(st, 2),
        handling=_get(bpr, 1),
        amount=read_amount(_get(bpr, 2)) or ZERO,
        debit=_get(bpr, 3) == "D",
        method=_get(bpr, 4),
        format=_get(bpr, 5),
        payer_account=_account(bpr, 6),
        originator=_get(bpr, 10) or _get(trn, 3),
        payee_account=_account(bpr, 12),
        paid_on=paid_on,
        trace=_get(trn, 2),
        subsidiary=_get(trn, 4),
        currency=_get(currency, 2),
        receiver=first_text(references, "EV", 2),
        version=first_text(references, "F2", 2),
        produced_on=read_date(first_text(dates, "405", 2)) or paid_on,
        payer=_party(payer),
        payer_contacts=tuple((per.get(1), contact_of(per)) for per in payer.every("PER")) if payer else (),
        payee=_party(payee),
        delivery=RemittanceDelivery(**_RDM.read(rdm)) if rdm else None,
    )


def _get(segment: Segment | None, element: int) -> str:
    return segment.get(element) if segment else ""


def _account(bpr: Segment | None, first: int) -> BankAccount | None:
    qualifier, bank, kind, number = (_get(bpr, first + n) for n in range(4))
    found = BankAccount(bank_qualifier=qualifier, bank=bank, kind=kind, number=number)
    return None if found == BankAccount() else found


def _party(loop: Loop | None) -> Party:
    """An N1 loop as a party."""
    segment = loop.first("N1") if loop else None
    if loop is None or segment is None:
        return NO_PARTY
    return Party(**_N1.read(segment), references=read_references(loop), address=read_address(loop), contact=read_contact(loop))

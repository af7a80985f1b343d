"""837P: what linking compares of a plain claim, taken from its bytes by a few expressions, without a tree.

A claim is plain where it replaces and voids nothing, and each of its lines has a procedure and dates. Of any other there are no
facts, and it is read whole (`edi.records.claim`). Facts say what the record of the claim says; where the two could differ, there
are none. What nobody compares (addresses, diagnoses ...) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from sys import intern
from typing import Final, NamedTuple

from edi.frozen import changed
from edi.guides.document import Context, Loop, Unit
from edi.records.claim import (
    AGAIN,
    AUTHORIZATION,
    OTHER_PAYER_CLAIM,
    PREDETERMINATIONS,
    REFERRAL,
    Claim,
    ClaimLine,
    HeldNumber,
    OtherPayer,
    billing_of,
    kind_by_version,
    payer_named,
    quantity_of,
)
from edi.records.forms import procedure_in
from edi.records.parties import Party, Person
from edi.records.values import ZERO, read_amount, read_date, read_period
from edi.text.segments import Delimiters, Segment, decode

KIND: Final = "professional"
_REPORTING: Final = "RP"
_LEVELS: Final = 512
"""So many of the levels above claims are kept as they were read: those of a batch that is decided together."""
_NOTHING_HELD: Final[tuple[tuple[HeldNumber, ...], tuple[HeldNumber, ...]]] = ((), ())
_CLM: Final = range(6, 20)
"""How many elements a plain CLM has, with its id: behind them stand predeterminations and the reason for a delay."""


class Facts(NamedTuple):
    """A plain claim: what tells whether anything is on file for it, and the text in which the rest is found."""

    claim: Claim
    """Without lines, providers, dates and diagnoses."""
    text: str
    """Its segments."""
    lines_at: int
    """Where the first line begins in the text."""
    others_at: int
    """Where the first other payer's begins, else the first line."""
    patterns: Patterns

    def whole(self, billing: Party) -> Claim | None:
        """The claim with what is compared of its lines and providers; None where one of them is not plain."""
        patterns = self.patterns
        found = patterns.line.findall(self.text, self.lines_at)
        if len(found) != self.text.count(patterns.begun):
            return None
        lines: list[ClaimLine] = []
        for number, service, charge, unit, amount, place, dates, more in found:
            procedure, period = procedure_in(service, patterns.component), read_period(dates)
            giving = patterns.parties(patterns.end + more) if patterns.named in more else ()
            authorizations, referrals = patterns.held(patterns.end + more) if patterns.refers in more else _NOTHING_HELD
            if procedure is None or period is None or giving is None:
                return None
            lines.append(
                ClaimLine(
                    number=number,
                    procedure=procedure,
                    charge=read_amount(charge) or ZERO,
                    quantity=quantity_of(unit, amount),
                    period=period,
                    place=place,
                    providers=giving,
                    authorizations=authorizations,
                    referrals=referrals,
                )
            )
        giving = patterns.parties(self.text[: self.others_at])
        if giving is None:
            return None
        return changed(self.claim, lines=tuple(lines), providers=giving, billing=billing)


class Patterns:
    """The expressions, for the delimiters at hand and what stands behind each segment."""

    def __init__(self, delimiters: Delimiters, behind: bytes) -> None:
        self.element, self.component, self.end = decode(delimiters.element), decode(delimiters.component), decode(behind)
        self.begun, self.named, self.refers = f"{self.end}LX{self.element}", f"NM1{self.element}", f"REF{self.element}"
        self.other = f"{self.end}{OTHER_PAYER_CLAIM}{self.element}"
        self._authorized, self._referred = (f"{self.end}{self.refers}{code}" for code in (AUTHORIZATION, REFERRAL))
        self.line = self._made(
            r"(?<=~)LX\*(.*)~SV1\*(.*)\*(.*)\*(.*)\*(.*)(?:\*(.*)-*)?~"
            r"(?:(?!(?:LX|NM1|LIN|SVD|LQ|DTP\*472)\*)-*~)*DTP\*472\*.*\*(.*)~((?:(?!LX\*)-*~)*)"
        )
        """Of a line: LX01, the procedure, charge, unit, quantity, place and dates, and the segments behind these."""
        self.name = self._made(r"(?<=~)NM1\*(.*)\*(?:(?:.*\*){6}(.*)\*(.*)-*|-*)~")
        """Of a provider: the role, and the id with its qualifier."""
        self.number = self._made(r"(?<=~)REF\*(G1|9F|F8|4N)\*(.*)(?:\*.*(?:\*(.*)-*)?)?~")
        """Of what is referred to: the code, the number, and (REF04) whose it is."""
        rest = r"((?:(?!(?:NM1|SBR)\*)-*~)*)"
        self.payer = self._made(
            rf"(?<=~)SBR\*(.*)\*(.*)-*~{rest}NM1\*IL\*.*\*(.*)(?:\*(.*)(?:\*.*){{3}}\*(.*)\*(.*)-*)~{rest}"
            rf"NM1\*PR\*.*\*(.*)(?:\*.*){{4}}\*.*\*(.*)-*~{rest}(?:(?!SBR\*)-*~)*"
        )
        """Of another payer: its turn, how its member is related, amounts, the member, the payer, and its numbers."""
        self.paid = self._made(r"(?<=~)AMT\*D\*(.*)-*~")
        person = r"\*.*\*(.*)(?:\*(.*)"
        born = r"(?:(?!(?:NM1|DMG)\*)-*~)*(?:DMG\*.*\*(\d{8})(?:\*(.*)-*)?~)?(?:(?!(?:NM1|DMG)\*)-*~)*"
        self.subscriber = self._made(
            rf"HL\*-*~SBR\*(.*)\*(.*)(?:(?:\*.*){{6}}\*(.*))?-*~(?:PAT\*-*~)?NM1\*IL{person}(?:\*.*){{3}}\*.*\*(.*)-*)~{born}"
            r"NM1\*PR\*.*\*(.*)(?:\*.*){4}\*(.*)\*(.*)-*~(?:(?!NM1\*)-*~)*$"
        )
        """Of 2000B: the payer's turn, how the subscriber is related, how claims are filed, name and member id, birth date and
        gender, the payer.
        """
        self.patient = self._made(rf"HL\*-*~PAT(?:\*(.*))?-*~NM1\*QC{person}(?:\*.*){{0,3}})?~{born}$")
        """Of 2000C: how the patient is related, the name, the birth date and gender."""

    def _made(self, pattern: str) -> re.Pattern[str]:
        """An expression in which * and ~ stand for the delimiters, .* for an element and -* for what is left of a segment."""
        element, segment = re.escape(self.element), re.escape(self.end[0])
        parts = {r"\*": element, "~": re.escape(self.end), ".*": f"[^{element}{segment}]*", "-*": f"[^{segment}]*"}
        return re.compile(re.sub(r"\\\*|~|\.\*|-\*", lambda found: parts[found[0]], pattern))

    def numbers(self, text: str) -> dict[str, list[str]]:
        """The numbers that a claim's own segments refer to, by their codes."""
        found: dict[str, list[str]] = {}
        if self.refers in text:
            for code, value, _ in self.number.findall(text):
                found.setdefault(code, []).append(value)
        return found

    def held(self, text: str) -> tuple[tuple[HeldNumber, ...], tuple[HeldNumber, ...]]:
        """The numbers of authorizations and of referrals that a line carries."""
        found: dict[str, list[HeldNumber]] = {AUTHORIZATION: [], REFERRAL: []}
        for code, value, payer in self.number.findall(text):
            found.setdefault(code, []).append(HeldNumber(value=value, payer_id=payer_named(payer, self.component)))
        return tuple(found[AUTHORIZATION]), tuple(found[REFERRAL])

    def refers_in(self, text: str, start: int) -> bool:
        """Whether a line carries a number."""
        return text.find(self._authorized, start) >= 0 or text.find(self._referred, start) >= 0

    def others(self, text: str, start: int, stop: int) -> tuple[OtherPayer, ...] | None:
        """The claim's other payers, as far as they are compared; None where one is not plain."""
        found = self.payer.findall(text, start, stop)
        return None if len(found) != text.count(self.other, start, stop) else tuple(map(self._other, found))

    def _other(self, told: Sequence[str]) -> OtherPayer:
        responsibility, relationship, amounts, last, first, qualifier, member, _, name, id, own = told
        paid, numbers = self.paid.search(self.end + amounts), self.numbers(self.end + own)
        return OtherPayer(
            id=id,
            name=name,
            responsibility=responsibility,
            authorization=numbers.get(AUTHORIZATION, [""])[0],
            referral=numbers.get(REFERRAL, [""])[0],
            paid=read_amount(paid[1]) if paid else None,
            subscriber=Person(
                last_name=last, first_name=first, member_id=member, member_id_qualifier=qualifier, relationship=relationship
            ),
        )

    def parties(self, text: str) -> tuple[Party, ...] | None:
        """Who takes part, as far as it is compared: in which role, and by what each is known."""
        found = self.name.findall(text)
        return None if len(found) != text.count(self.end + self.named) else tuple([_party(*each) for each in found])


class _Above(NamedTuple):
    """2000B and 2000C, as far as they are compared."""

    payer: Party
    subscriber: Person
    patient: Person
    dependent: bool
    responsibility: str
    filing: str


def facts_of(unit: Unit) -> Facts | None:
    """The facts of a claim; None where it is not plain, or was not taken as it is by an expression."""
    packed, context = unit.loop.packed, unit.context
    if packed is None or packed[2] is None or kind_by_version(context) != KIND:
        return None
    patterns = patterns_of(context.delimiters, packed[2])
    above, text = _above(context, patterns), decode(packed[0])
    clm = text[: text.find(patterns.end)].split(patterns.element)
    if above is None or len(clm) not in _CLM or context.st is None or context.header is None:
        return None
    around = around_of(context.st, context.gs, context.header)
    placed, lines_at = clm[5].split(patterns.component), text.find(patterns.begun)
    if around is None or len(placed) != 3 or placed[2] in AGAIN or lines_at < 0:
        return None
    lines_at += len(patterns.end)
    others_at = text.find(patterns.other, 0, lines_at)
    others = patterns.others(text, others_at, lines_at) if others_at >= 0 else ()
    names_at = text.find(patterns.end + patterns.named, 0, lines_at)
    numbers = patterns.numbers(text[: min(at for at in (names_at, others_at, lines_at) if at >= 0) + len(patterns.end)])
    if others is None or "F8" in numbers:
        return None
    (transaction, purpose), billing = around, billing_of(unit)
    held = numbers.get(AUTHORIZATION, [])
    claim = Claim(
        id=clm[1],
        kind=KIND,
        transaction=transaction,
        offset=packed[1],
        purpose=purpose,
        charge=read_amount(clm[2]) or ZERO,
        place=placed[0],
        place_qualifier=placed[1],
        frequency=placed[2],
        payer=above.payer,
        responsibility=above.responsibility,
        filing=above.filing,
        subscriber=above.subscriber,
        patient=above.patient,
        dependent=above.dependent,
        billing=billing,
        authorization=held[0] if held else "",
        authorizations=tuple(held),
        referral=numbers.get(REFERRAL, [""])[0],
        exception=numbers.get("4N", [""])[0],
        other_payers=others,
    )
    facts = Facts(claim, text, lines_at, others_at + len(patterns.end) if others_at >= 0 else lines_at, patterns)
    if not patterns.refers_in(text, lines_at):
        return facts
    whole = facts.whole(billing)  # what its lines carry is looked for, too
    return None if whole is None else facts._replace(claim=whole)


@lru_cache(maxsize=32)
def patterns_of(delimiters: Delimiters, behind: bytes) -> Patterns:
    return Patterns(delimiters, behind)


@lru_cache(maxsize=16)
def around_of(st: Segment, gs: Segment | None, header: Loop) -> tuple[str, str] | None:
    """The transaction and its purpose; None where it is one that carries no numbers."""
    version, bht = st.get(3) or (gs.get(8) if gs else ""), header.first("BHT")
    purpose = bht.get(6) if bht else ""
    return None if purpose == _REPORTING or version.startswith(PREDETERMINATIONS) else (intern(st.get(2)), purpose)


def _above(context: Context, patterns: Patterns) -> _Above | None:
    """The levels above a claim; None where one of them was walked, or is not plain."""
    level, dependent = context.parent("2000B"), context.parent("2000C")
    raw = level.unread if level is not None else None
    inner = dependent.unread if dependent is not None else b""
    return _levels(raw, inner, patterns) if raw is not None and inner is not None else None


@lru_cache(maxsize=_LEVELS)
def _levels(raw: bytes, inner: bytes, patterns: Patterns) -> _Above | None:
    found = patterns.subscriber.match(decode(raw))
    if found is None:
        return None
    responsibility, relationship, filing, last, first, member, birth, gender, name, qualifier, id = found.groups("")
    born = read_date(birth)
    if born is None and birth:
        return None
    payer = _payer(name, qualifier, id)
    subscriber = Person(
        last_name=last, first_name=first, member_id=member, birth_date=born, gender=gender, relationship=relationship
    )
    if not inner:
        return _Above(payer, subscriber, subscriber, False, responsibility, filing)
    found = patterns.patient.match(decode(inner))
    if found is None:
        return None
    relationship, last, first, birth, gender = found.groups("")
    born = read_date(birth)
    if born is None and birth:
        return None
    patient = Person(last_name=last, first_name=first, birth_date=born, gender=gender, relationship=relationship)
    return _Above(payer, subscriber, patient, True, responsibility, filing)


@lru_cache(maxsize=256)
def _payer(name: str, qualifier: str, id: str) -> Party:
    return Party(role="PR", name=name, id_qualifier=qualifier, id=id)


@lru_cache(maxsize=1024)
def _party(role: str, qualifier: str, id: str) -> Party:
    return Party(role=role, id_qualifier=qualifier, id=id)

"""What a payer's matching rules say of one claim, or of one line of it.

Rules are a payer's own, then every payer's; those whose conditions do not hold are left out. Of what can be said once, the first
rule that says it counts; what covers what, aliases and reviewers are taken from all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from edi.guides.rules.files import RuleFile
from edi.guides.rules.match import Covering, MatchRule, Size
from edi.guides.rules.requirement import Span
from edi.linkage.identity import NO_ALIASES
from edi.records.claim import Claim, ClaimLine
from edi.records.parties import Party

FREE: Final = "need not match"
STRICT: Final = "must match"


@dataclass(frozen=True, slots=True)
class Agreement:
    """The matching rules that hold for a claim or a line; none of them: the defaults."""

    rules: tuple[MatchRule, ...] = ()

    def said(self, field: str) -> tuple[Any, str]:
        """What the first rule that speaks of it says, and the rule's name; (None, "") where none does."""
        for rule in self.rules:
            value = getattr(rule, field)
            if value or type(value) is int:  # 0 days are said
                return value, rule.name
        return None, ""

    def coverings(self, kind: str, code: str, last: str = "") -> Iterator[tuple[Covering, str]]:
        """What a certified code, or a range up to `last`, covers by rule, with the rule's name."""
        for rule in self.rules:
            for covering in rule.coverings:
                if covering.kind == kind and covering.certified.covers(code) and (not last or covering.certified.covers(last)):
                    yield covering, rule.name

    def alike(self, one: str, other: str) -> str:
        """The rule that lets two procedures cover one another, or ""."""
        for rule in self.rules:
            for group in rule.alike:
                if _among(group, one) and _among(group, other):
                    return rule.name
        return ""

    def one_place(self, one: str, other: str) -> str:
        """The rule by which two places (of service, or types of bill) count as one, or ""."""
        groups = ((group, rule.name) for rule in self.rules for group in rule.shared_places)
        return next((name for group, name in groups if _among(group, one) and _among(group, other)), "")

    def sizes(self, certified: str, billed: str) -> Iterator[tuple[Size, Size, str]]:
        """How much of what is certified is how much of what is billed, either way round, with the rule's name."""
        for rule in self.rules:
            for one, other in rule.sizes:
                for a, b in ((one, other), (other, one)):
                    if (a.code, b.code) == (certified, billed):
                        yield a, b, rule.name

    def modifier(self, modifier: str) -> str:
        """FREE or STRICT, as the first rule that names it says; "" where none does."""
        for rule in self.rules:
            if _among(rule.need_not_match, modifier):
                return FREE
            if _among(rule.must_match, modifier):
                return STRICT
        return ""

    def stands_for(self, certified: str, billed: str) -> bool:
        """Whether a certified modifier covers a billed one."""
        return any(c.certified.covers(certified) and _among(c.covers, billed) for rule in self.rules for c in rule.modifiers)

    def renamed(self, kind: str, one: str, other: str, day: date | None) -> bool:
        """Whether one id is another since a day that has come on `day`."""
        if day is None:
            return False
        return any(
            alias.kind == kind and {alias.old, alias.new} == {one, other} and alias.since <= day.isoformat()
            for rule in self.rules
            for alias in rule.aliases
        )

    def reviewer(self, party: Party) -> str:
        """The rule by which a party decides for the payer, or ""."""
        called = {party.id.strip().upper(), party.name.strip().upper()} - {""}
        return next((rule.name for rule in self.rules if called & {name.upper() for name in rule.reviewers}), "")

    @property
    def roles(self) -> Mapping[str, str]:
        """Roles, and the role that they count as."""
        groups = (group for rule in reversed(self.rules) for group in rule.shared_roles)
        return {role: group[0] for group in groups for role in group}


NOTHING_AGREED: Final = Agreement()


def _among(spans: Iterable[Span], code: str) -> bool:
    return any(span.covers(code) for span in spans)


class Matching:
    """The matching rules of files, asked claim by claim, and the payers that the files name."""

    def __init__(self, files: Iterable[RuleFile] = ()) -> None:
        read = tuple(files)
        self.rules = tuple(sorted((rule for file in read for rule in file.matching), key=lambda rule: not rule.payer))
        self.payers: Mapping[str, str] = MappingProxyType(
            {name.upper(): file.payer.upper() for file in reversed(read) if file.payer for name in (file.payer, *file.known)}
        )
        """Ids and names of payers, in capital letters, and the name that stands for each."""
        self._own = cache(self._of_payer)

    def of(self, claim: Claim, line: ClaimLine | None = None) -> Agreement:
        """What holds for a line of a claim, or (None) for the whole of it."""
        if not self.rules:
            return NOTHING_AGREED
        own = self._own(claim.payer.id.strip(), claim.payer.name.strip(), claim.filing)
        return Agreement(tuple(rule for rule in own if _holds(rule, claim, line))) if own else NOTHING_AGREED

    def knows(self, claim: Claim) -> bool:
        """Whether a file names a claim's payer."""
        return self.names(claim.payer.id, claim.payer.name, claim.filing)

    def names(self, id: str, name: str, filing: str) -> bool:
        """Whether a file names a payer, by its id, its name or the kind of coverage (SBR09)."""
        return any(called.strip().upper() in self.payers for called in (id, name, filing) if called.strip())

    def _of_payer(self, *names: str) -> tuple[MatchRule, ...]:
        return tuple(rule for rule in self.rules if not rule.payer or any(name and rule.is_for(name) for name in names))


NO_RULES: Final = Matching()


def with_payers(aliases: Mapping[str, str], matching: Matching) -> Mapping[str, str]:
    """Other ids of payers that a caller gave, with those of the files of rules: an id that both know is as the caller says."""
    return matching.payers if aliases is NO_ALIASES else {**matching.payers, **aliases}


def day_of(claim: Claim, line: ClaimLine | None) -> date | None:
    """The day of service that rules are asked about: the line's first, the admission of a stay, the first of the claim."""
    period = (line.period if line else None) or claim.period
    return (claim.admission if line is None else None) or (period.start if period else None)


def _holds(rule: MatchRule, claim: Claim, line: ClaimLine | None) -> bool:
    if rule.start or rule.end:
        day = day_of(claim, line)
        if day is None or not rule.start <= day.isoformat() <= (rule.end or "9999"):
            return False
    if rule.for_bills and not (claim.place_qualifier == "A" and _among(rule.for_bills, claim.place + claim.frequency)):
        return False
    lines = claim.lines if line is None else (line,)
    return not rule.for_procedures or any(each.procedure and _among(rule.for_procedures, each.procedure.code) for each in lines)

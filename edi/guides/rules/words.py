"""Rules in words: what one finds, why that matters, how it is mended, an example; and whether its examples are true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from edi import resources
from edi.errors import EdiError
from edi.guides.rules.files import Rule, RuleFile, Term, shipped_files
from edi.guides.rules.limit import RECEIPT, LimitRule
from edi.guides.rules.requirement import Duration
from edi.guides.rules.ruleset import LEVEL_OF_CODES
from edi.guides.rules.specimen import edited

LEVELS: Final = (3, 4, 5, 6, 7)


def finds(rule: Rule) -> str:
    """What a rule says of a document, with the names of what it shows there."""
    return rule.say.format(*(f"({_amount(term)})" for term in rule.values))


def example(rule: Rule) -> str:
    """The edits of a rule's first example that fails."""
    return next((" ".join(each.edits) or "as it is" for each in rule.examples if each.fails), "")


def explained(file: RuleFile, rule: Rule) -> Iterator[str]:
    """Lines of text about a rule, as `edi-validate explain` has them of every code."""
    whose = f"{file.payer}, {file.guide}" if file.payer else file.guide
    yield f"{rule.name}, level {rule.level}, {rule.severity} ({whose}, in {rule.scope.text})"
    known = {"finds": finds(rule), "why": rule.why, "mend": rule.mend, "example": example(rule), "source": rule.source}
    for name, said in known.items():
        if said:
            yield f"  {name:<8} {said}"


def limits_explained(rule: LimitRule) -> Iterator[str]:
    """Lines of text about a payer's limits."""
    days = [f"from {rule.start}"] * bool(rule.start) + [f"until {rule.end}"] * bool(rule.end)
    when = f", for services {' '.join(days)}" if days else ""
    bills = f", on types of bill {', '.join(map(str, rule.for_bills))}" if rule.for_bills else ""
    yield f"{rule.name}, limits of {rule.payer or 'every payer'}{when}{bills}"
    presumed = f", which is presumed {Duration(rule.receipt, 'days')} after the remittance" if rule.receipt else ""
    for name, limited in (("file", rule.file), ("correct", rule.correct), ("appeal", rule.appeal)):
        if limited is not None:
            yield f"  {name:<8} {limited}{presumed if limited.since == RECEIPT else ''}"
    for name, said in (("note", rule.note), ("source", rule.source)):
        if said:
            yield f"  {name:<8} {said}"


def counts(files: Iterable[RuleFile]) -> Iterator[tuple[RuleFile, Counter[int]]]:
    """How many rules of each level a file has."""
    for file in files:
        yield file, Counter(rule.level for rule in file.rules)


def untrue(file: RuleFile) -> Iterator[tuple[Rule, str]]:
    """Rules whose examples are not as they say."""
    from edi.guides.validation import validate

    own = () if any(file is each for each in shipped_files()) else (file.path,)
    for rule in file.rules:
        for each in rule.examples:
            kind = f"{'fails' if each.fails else 'passes'} {' '.join(each.edits) or 'as it is'}"
            try:
                document = edited(resources.specimen(file.guide), rule, each)
            except EdiError as error:
                yield rule, f"{kind}: {error}"
                continue
            found = sorted({p.code for p in validate(document, rules=own).problems if p.level != LEVEL_OF_CODES})
            if found != ([rule.name] if each.fails else []):
                yield rule, f"{kind}: found {', '.join(found) or 'nothing'}"


def hidden(file: RuleFile) -> Iterator[tuple[int, str, str]]:
    """Line and name of each rule of what a payer wants that never applies, as an earlier one does wherever it would, and why."""
    for n, rule in enumerate(file.requirements):
        if wider := next((one for one in file.requirements[:n] if one.hides(rule)), None):
            yield (
                rule.line,
                rule.name,
                f"never applies, as rule {wider.name} (line {wider.line}) does wherever it would; the narrower goes first",
            )


def shared(file: RuleFile, others: Iterable[RuleFile]) -> Iterator[str]:
    """Payers of another name in other files of what is wanted that have an id or name of this file's payer too."""
    payers: dict[str, list[str]] = {}
    own = {name.upper() for name in (file.payer, *file.known)} if file.payer and file.requirements else set()
    for other in others:
        theirs = {name.upper() for name in (other.payer, *other.known)}
        if other.requirements and other.payer.upper() != file.payer.upper() and own & theirs:
            payers.setdefault(other.payer, []).append(Path(other.path).stem)
    for payer, files in payers.items():
        both = f"payer {file.payer} has an id or name of {payer} ({', '.join(files)}), and is another payer"
        yield f"{both}: where an id is this file's alone, the rules of {payer} are not asked"


def _amount(term: Term) -> str:
    match term.kind:
        case "path" | "end":
            return str(term.parts[0].text)
        case "sum" | "count":
            return f"{term.kind} of {term.parts[0].text}"
        case "days":
            return f"days from {_amount(term.parts[0])} to {_amount(term.parts[1])}"
        case "total":
            return " ".join(part if isinstance(part, str) else _amount(part) for part in term.parts)
        case _:
            return str(term.parts[0])

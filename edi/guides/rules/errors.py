"""The grammar of *.rules, and what is told where it cannot go on: what could stand there, what does, what was perhaps meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from edi import resources
from edi.errors import DefinitionError
from edi.guides.rules.scopes import near

_WORDS: Final = {
    "RULES": "the first line, rules 837/professional",
    "RULE": "a rule",
    "GUIDE": "a guide such as 837/professional",
    "NAME": "a name such as accident-date",
    "_LEVEL_WORD": "level 4",
    "LEVEL": "a level from 3 to 7",
    "SEVERITY": "error or warning",
    "PATH": "a path such as CLM-05-3 or 2310B/NM1",
    "IS_GIVEN": "is given",
    "IS": "is",
    "HAS": "has",
    "IS_LIKE": "is like",
    "IS_SAME": "is the same as",
    "IS_WHEN": "is before, is after, is on",
    "ALL_DIFFER": "all differ",
    "COMPARISON": "= or another comparison",
    "QUANTIFIER": "any, every or no",
    "SUM": "sum of",
    "_COUNT_WORD": "count of",
    "COUNT": "a number",
    "DAYS": "days from",
    "NUMBER": "a number",
    "DATE": "a date such as 2026-01-31",
    "END": "end of",
    "VALUE": "a code",
    "STRING": 'a text in "quotation marks"',
    "EDIT": "an edit such as CLM-11=AA, +DTP*439*D8*20260101 or -REF[G1]",
    "AS_IT_IS": "as it is",
    "SIGN": "+ or -",
    "COMMA": "a comma",
    "MOST": "most",
    "OF": "of",
    "FROM": "from",
    "TO": "to",
    "AND": "and",
    "OR": "or",
    "_OR_VALUE": "or",
    "NOT": "not",
    "LPAR": "(",
    "RPAR": ")",
    "WHERE": "where",
    "PAYER": "payer",
    "APPLIES": "applies when",
    "WITHOUT": "without",
    "KNOWN": "known as",
    "AS": "as",
    "EVERY": "every payer",
    "EXAMPLES": "examples with",
    "WITH": "with",
    "IN": "in",
    "WHEN": "when",
    "NEEDS": "needs",
    "FORBIDS": "forbids",
    "AT": "at",
    "MUST": "must",
    "SAY": "say",
    "WHY": "why",
    "MEND": "mend",
    "SOURCE": "source",
    "REQUIRE": "a rule",
    "MATCH": "a rule",
    "LIMITS": "a rule",
    "FILE": "file within",
    "CORRECT": "correct within",
    "APPEAL": "appeal within",
    "RECEIPT": "receipt presumed",
    "BEGINNING": "service, the last service, remittance, receipt",
    "AFTER_REMITTANCE": "days after remittance",
    "FOR": "for",
    "PROCEDURE": "procedure",
    "SERVICE": "service type",
    "REVENUE": "revenue code",
    "COVERS": "covers",
    "ALIKE": "cover one another",
    "QUANTITY": "quantity",
    "MODIFIER": "modifier",
    "MATTER": "must match, need not match",
    "ROLE": "rendering, billing, facility, referring, operating, attending, supervising",
    "TAX": "tax id",
    "NPI": "npi",
    "MEMBER": "member id",
    "ID": "an id",
    "IS_NOW": "is now",
    "SINCE": "since",
    "REVIEWER": "reviewer",
    "GRACE": "grace",
    "DAYS_FROM": "days before, days after",
    "DAYS_LONG": "days",
    "DUE": "days of the due date",
    "DELIVERY": "delivery within",
    "DIAGNOSIS": "diagnosis must match",
    "ALSO": "must match, must match exactly",
    "LATE": "late numbers",
    "GOOD": "accepted, refused",
    "WITHIN": "within",
    "HOW_MANY": "one provider must match",
    "DENIED_NUMBERS": "numbers of denied requests go on claims",
    "USER": "professional, facility, assistant, co-surgeon, anaesthesia, directed-anaesthesia, technical, post-operative ...",
    "AS_ONE": "count as one",
    "NEWBORNS": "newborns",
    "BY_MOTHER": "go by their mother for",
    "ROLES": "roles",
    "PLACE": "at claim, at line, not wanted",
    "UNTIL": "until",
    "PROCEDURES": "procedures",
    "TOGETHER": "together with",
    "MODIFIERS": "modifiers",
    "DIAGNOSES": "diagnoses",
    "PLACES": "places",
    "TYPE": "type of bill",
    "STATES": "states",
    "PLANS": "plans",
    "AGE": "age",
    "MORE": "more than",
    "PROVIDERS": "providers",
    "WANTS": "wants",
    "DOCUMENTS": "documents",
    "FACTS": "facts",
    "TRIED": "tried",
    "DECIDED": "decided within",
    "EXPEDITED": "expedited",
    "BY": "by",
    "VALID": "valid",
    "UP": "up to",
    "NUMBER_LIKE": "number like",
    "EXCEPTIONS": "exceptions",
    "NOTE": "note",
    "SPAN": "a code such as 27447, a range such as 27445-27447, or 13x",
    "WANTED": "prior authorization, precertification, referral, nothing or another kind",
    "PROVIDER": "gold-carded, in network, out of network",
    "UNIT": "hours, days, business days, weeks or months",
    "UNDER": "under",
    "FAILS": "fails",
    "PASSES": "passes",
    "$END": "the end of the file",
}
"""The grammar's terminals in words, in the order in which they are named."""
_CLAUSES: Final = ("IN", "WHEN", "NEEDS", "FORBIDS", "AT", "MUST", "SAY", "WHY", "MEND", "SOURCE", "FAILS", "PASSES")
_LINES: Final = (
    *("FROM", "UNTIL", "PROCEDURES", "TOGETHER", "MODIFIERS", "DIAGNOSES", "PLACES", "TYPE", "STATES", "PLANS", "AGE", "MORE"),
    *("PROVIDERS", "WANTS", "DOCUMENTS", "FACTS", "TRIED", "DECIDED", "BY", "VALID", "UP", "EXCEPTIONS", "NOTE", "SOURCE"),
)
_AGREED: Final = (
    *("FROM", "UNTIL", "FOR", "PROCEDURE", "SERVICE", "REVENUE", "PROCEDURES", "QUANTITY", "MODIFIERS", "MODIFIER"),
    *("PROVIDERS", "PLACES", "TAX", "NPI", "MEMBER", "REVIEWER", "GRACE", "DELIVERY", "ROLES", "NEWBORNS", "NOTE", "SOURCE"),
)
_BOUNDS: Final = ("FROM", "UNTIL", "FOR", "FILE", "CORRECT", "APPEAL", "RECEIPT", "NOTE", "SOURCE")
_WHOLE: Final = (
    (frozenset(_CLAUSES), "another line of the rule (in, when, needs, ...)"),
    (frozenset(_LINES), "another line of the requirement (from, procedures, wants, ...)"),
    (frozenset(_BOUNDS), "another line of the limits (from, file, correct, appeal, ...)"),
    (frozenset(_AGREED), "another line of the matching rule (from, procedure, service type, ...)"),
)
"""What can stand anywhere in a block, and what is said where all of it can."""


@cache
def parser() -> Lark:
    """The grammar: "start" is a file, "amount" what stands in the braces of a message."""
    grammar = resources.grammar("rules")
    return Lark(grammar, parser="lalr", start=["start", "amount"], propagate_positions=True, maybe_placeholders=False)


def unexpected(error: UnexpectedInput, path: str, text: str) -> DefinitionError:
    """A place where the grammar cannot go on: what could stand there, what does, and what is near it."""
    expected, line, column = set[str](), error.line, error.column
    if isinstance(error, UnexpectedToken):
        expected = set(error.accepts or error.expected)
    elif isinstance(error, UnexpectedCharacters):
        expected = set(error.allowed or ())
    lines = text.split("\n")
    if getattr(getattr(error, "token", None), "type", "") == "$END" or not 0 < line <= len(lines):
        line, column = len(lines), len(lines[-1]) + 1
    shown = lines[line - 1]
    begun = re.search(r"[A-Za-z]+$", shown[: column - 1])
    if begun and shown[column - 1 : column].isalpha():  # a word that only begins like one of the language, info like in
        word = begun[0] + re.match(r"\w+", shown[column - 1 :])[0]  # type: ignore[index]  # a letter stands there
        known = {said for said in _WORDS.values() if said.isalpha()} - {begun[0]}
        return broken(f"{word!r} is no word of this language{near(word, known)}", path, text, line, column - len(begun[0]))
    found = re.match(r'"|[^\s(),"]+|.?', shown[column - 1 :])
    word = found[0] if found else ""
    blocks = [(names, line) for names, line in _WHOLE if names <= expected]
    of_blocks = {name for names, _ in blocks for name in names}
    words = [said for name, said in _WORDS.items() if name in expected - of_blocks]
    words = list(dict.fromkeys(words + [line for _, line in blocks]))
    listed = ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else "".join(words)
    meant = near(word, {_WORDS[name].partition(" ")[0] for name in expected if name in _WORDS} - {word})
    found_said = repr(word) if word else "the end of the file"
    hint = _hint(shown[: column - 1], word, lines[: line - 1])
    return broken(f"expected {listed or 'nothing more'}, found {found_said}{meant}{hint}", path, text, line, column)


def _hint(before: str, word: str, above: Sequence[str]) -> str:
    """What is often the reason, in brackets: marks of another kind or none, an element of one digit."""
    if word[:1] in tuple("'\u2018\u2019\u201c\u201d\u201e"):
        return ' (quotation marks are straight and double: ")'
    if digit := re.search(r"[A-Z0-9\]]-(\d)$", before[-1:] + word if word[:1] == "-" else before[-2:] + word):
        return f" (elements have two digits: -0{digit[1]})"
    marks = (number for number, line in enumerate(above, 1) if line.count('"') % 2 and not line.lstrip().startswith("#"))
    first = next(marks, 0)
    return f" (is a quotation mark missing in line {first}?)" if first and sum(1 for _ in marks) % 2 == 0 else ""


def broken(message: str, path: str, text: str, line: int, column: int) -> DefinitionError:
    """What is wrong with a file of rules, and where."""
    lines = text.split("\n")
    shown = lines[line - 1].replace("\t", " ").rstrip() if 0 < line <= len(lines) else ""  # the caret counts a tab as one
    return DefinitionError(message, path, line, column, shown)

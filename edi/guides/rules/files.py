"""Situational, balancing, payer and requirement rules, read from *.rules.

A file of rules judges the documents of one guide. What it says is read once, and kept in the user's cache by its content;
`edi.guides.rules.code` makes of it what is run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from edi import resources
from edi.errors import DefinitionError
from edi.guides.cache import digest, keep, kept
from edi.guides.keeping import decoded, encoded
from edi.guides.rules.limit import LIMIT_KINDS, LimitRule
from edi.guides.rules.match import MATCH_KINDS, MatchRule
from edi.guides.rules.requirement import REQUIREMENT_KINDS, RequirementRule

NOTATION: Final = 8
"""Counts up whenever the same text would be read as other rules, so that what is cached is read again."""


@dataclass(frozen=True, slots=True)
class Route:
    """A path of a rule: loops and perhaps a segment, each with its code in brackets or "", then elements and a component or 0."""

    text: str
    steps: tuple[tuple[str, str], ...]
    elements: tuple[int, ...] = ()
    component: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """A condition, an amount or a day: what kind, of what, and for a condition whether it is the contrary that must hold.

    any, all, not: terms. quantified: any|every|no, route, term. given: route. is, has: route, codes. like: route, expression.
    same: route, route. differ: route. compared: sign, amount, amount. dated: before|after|on, day, day. number: its text.
    path: route. sum, count: route, term or None. days: day, day. total: amount, sign, amount, ... date: YYYYMMDD. end: route.
    """

    kind: str
    parts: tuple[Any, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """The specimen of a guide, edited so that a rule finds its fault in it, or nothing."""

    fails: bool
    edits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: where it is judged, when, what must be so then, and what a person is told.

    `asks` is what must be so: needs (routes, one of which must be there), forbids (a route), most (a number, a route) or
    must (a condition). `at` is the place that is named where it is not so; None where what is asked for tells.
    """

    name: str
    level: int
    severity: str
    scope: Route
    when: Term | None
    asks: str
    asked: tuple[Any, ...]
    at: Route | None
    say: str
    values: tuple[Term, ...]
    """What stands in the braces of `say`, which are empty there."""
    why: str
    mend: str
    source: str
    examples: tuple[Example, ...]
    line: int


@dataclass(frozen=True, slots=True)
class RuleFile:
    """The rules of one file: for which guide, and, in a payer's file, who asks it, of which documents, and what is not asked.

    `requirements` are what the payer wants authorized, `matching` how it matches authorizations with claims, `limits` until when
    it takes what; a file of nothing else has no guide (""). `known` are the payer's ids and other names.
    """

    path: str
    guide: str
    payer: str
    applies: Term | None
    without: tuple[str, ...]
    rules: tuple[Rule, ...]
    requirements: tuple[RequirementRule, ...] = ()
    matching: tuple[MatchRule, ...] = ()
    limits: tuple[LimitRule, ...] = ()
    known: tuple[str, ...] = ()


_KINDS: Final = (Route, Term, Example, Rule, *REQUIREMENT_KINDS, *MATCH_KINDS, *LIMIT_KINDS, RuleFile)


@cache
def shipped(guide: str) -> RuleFile | None:
    """The rules that come with a guide, by its name "837/professional"; None where there are none."""
    path = resources.rules_file(guide)
    return read(path) if path is not None else None


def shipped_files() -> tuple[RuleFile, ...]:
    """All rules that come with the program."""
    return tuple(file for name in resources.guide_names() if (file := shipped(name)) is not None)


def payer_files() -> tuple[RuleFile, ...]:
    """The rules of payers that come with the program; they are asked where `--rules` names the payer."""
    return tuple(map(read, resources.payer_names()))


def requirements(named: Iterable[str | Path] = (), *, shipped: bool = True) -> tuple[RequirementRule, ...]:
    """What payers want authorized: every payer's rules (laws) first, then those of the files named, then the shipped ones.

    A file that is shipped can be named as it is called, "medicare-outpatient". With `shipped` false only what is named counts.
    """
    files = [*map(read, paths_named(named)), *(map(read, resources.requirement_files()) if shipped else ())]
    found = [rule for file in _joined(dict.fromkeys(files)) for rule in file.requirements]
    return tuple(sorted(found, key=lambda rule: rule.payer != ""))


def files_named(named: Iterable[str | Path]) -> tuple[RuleFile, ...]:
    """Files of what payers want and how they match, each once. One that is shipped can be named as it is called."""
    return _joined(map(read, paths_named(named)))


def _joined(files: Iterable[RuleFile]) -> tuple[RuleFile, ...]:
    """Files of one payer's name share its ids and other names: else the rules of one would hide those of the other."""
    found = tuple(files)
    known: dict[str, tuple[str, ...]] = {}
    for file in found:
        payer = file.payer.upper()
        known[payer] = tuple(dict.fromkeys((*known.get(payer, ()), *file.known)))
    return tuple(_known_by(file, known[file.payer.upper()]) if file.payer else file for file in found)


def _known_by(file: RuleFile, known: tuple[str, ...]) -> RuleFile:
    if known == file.known:
        return file
    return replace(
        file,
        known=known,
        requirements=tuple(replace(rule, known=known) for rule in file.requirements),
        matching=tuple(replace(rule, known=known) for rule in file.matching),
        limits=tuple(replace(rule, known=known) for rule in file.limits),
    )


def paths_named(named: Iterable[str | Path]) -> list[Path]:
    """Where these files are."""
    known = {path.stem: path for path in resources.requirement_files()}
    paths = [Path(name) if Path(name).exists() else known.get(str(name), Path(name)) for name in named]
    return list(dict.fromkeys(paths))


def read(path: str | Path) -> RuleFile:
    """The rules in a file as it is now, or those that are shipped for a payer, by its name, where there is no such file.

    DefinitionError, with the place in the file, where they cannot be any.
    """
    path = _file(path)
    return _read(path, *resources.text_of(path))


@cache
def _read(path: Path, source: bytes, text: str) -> RuleFile:
    name = _name(path, source)
    file: RuleFile | None = kept(name, lambda content: decoded(content, _KINDS))
    if file is None:
        from edi.guides.rules import notation  # lark takes 0.1 s to import, and rules that are kept need none of it

        file = notation.read(text, str(path))
        keep(name, encoded(file, _KINDS))
    return file


def find(name: str) -> list[tuple[RuleFile, Rule]]:
    """The shipped rules with this name (their problems have it as their code), and their files; guides may share one."""
    return [(file, rule) for file in (*shipped_files(), *payer_files()) for rule in file.rules if rule.name == name]


def _file(named: str | Path) -> Path:
    if not str(named):
        raise DefinitionError("neither a file of rules nor a payer is named", "rules")
    path = Path(named)
    if path.exists():
        return path
    shipped = resources.payer_rules(str(named))
    if shipped is None and path.name == str(named) and not path.suffix:  # a payer's name rather than a file's
        from edi.guides.rules.scopes import near  # which reads routes, so it cannot be imported before they are there

        payers = resources.payer_names()
        message = f"there is no such file, nor are rules of such a payer shipped{near(str(named), payers)}"
        raise DefinitionError(f"{message}; they are of {', '.join(payers)}", str(named))
    return shipped or path


def _name(path: Path, source: bytes) -> str:
    """What rules say depends on their text, on how it is read, and on the guide that their paths were looked up in."""
    guides = [resources.guide_file(name) for name in resources.guide_names() if f"rules {name}".encode() in source]
    return f"{digest(f'rules {NOTATION} {path}'.encode(), source, *(guide.read_bytes() for guide in guides))}.json"

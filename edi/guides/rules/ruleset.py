"""The rules by which documents of one guide are judged, as functions.

One is made when a document first has what its rules wait for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias

from edi.errors import DefinitionError
from edi.guides.codes.checks import checks_with
from edi.guides.codes.scan import Scan, scan_with
from edi.guides.guide import Guide, LoopUse, load, opener
from edi.guides.path import PathError
from edi.guides.rules.code import Code, Conditions, Writer
from edi.guides.rules.files import Rule, RuleFile, Term, read, shipped
from edi.guides.rules.layout import State
from edi.guides.rules.scopes import scopes
from edi.guides.rules.speed import Speed, speed_for
from edi.guides.rules.subject import awaited, place_of, scope_of, trigger_of
from edi.guides.rules.values import View, names
from edi.guides.selection import Asked
from edi.resources import state_of
from edi.speed import wanted
from edi.text.segments import Delimiters, encode

Share: TypeAlias = "tuple[tuple[int, int], Callable[[View], Any]]"
"""Which sum of which rule, and what a unit adds to it."""
LEVEL_OF_CODES: Final = 5
STRETCH: Final = 64 << 10
"""Bytes of units that are laid out together, and looked at code by code where the scan does not clear them."""


class Waiting:
    """Rules that wait for the same thing in the same loop."""

    __slots__ = ("_set", "judge", "numbers")

    def __init__(self, rules: Ruleset, numbers: Sequence[int]) -> None:
        self._set, self.numbers = rules, numbers
        self.judge: Callable[[View, Callable[[Any], None]], None] = self._first
        """Hands each finding on: the rule's number, the view, the row (or None), whether what it names is absent, values."""

    def _first(self, view: View, out: Callable[[Any], None]) -> None:
        self.judge, _ = self._set.function(self.numbers)
        self.judge(view, out)


class Ruleset:
    """The rules for one guide and one set of delimiters, up to a level: those that come with the guide, and those of payers.

    `codes` are the checks of codes; None where they are not asked for.
    """

    def __init__(self, guide: Guide, files: Sequence[RuleFile], asked: Asked, delimiters: Delimiters) -> None:
        self.guide, self.delimiters = guide, delimiters
        self.codes = checks_with(asked.codes) if asked.level >= LEVEL_OF_CODES else None
        self._names = names(delimiters) | {"sums": _sums}
        self.rules: list[tuple[Rule, Conditions]] = []
        self._paths: list[str] = []
        """The file of each rule."""
        never = {name for file in files if file.applies is None for name in file.without}
        for file in files:
            judged = [rule for rule in file.rules if rule.level <= asked.level and rule.name not in never]
            self.rules += ((rule, _conditions(rule, file, files, guide)) for rule in judged)
            self._paths += [file.path] * len(judged)
        waiting: dict[tuple[str, str], list[int]] = {}
        for number, (rule, _) in enumerate(self.rules):
            waiting.setdefault(awaited(rule, guide), []).append(number)
        self._waiting = {place: Waiting(self, numbers) for place, numbers in waiting.items()}
        self.places = [place_of(rule, guide) for rule, _ in self.rules]
        self.triggers = [trigger_of(rule, guide) for rule, _ in self.rules]
        self.start = State(guide.root, None, self.waiting)
        self._looks: dict[int, frozenset[tuple[str, str]]] = {}
        self._alone: dict[int, Callable[[View, Callable[[Any], None]], None]] = {}
        self.summed: list[tuple[str, str, tuple[int, int], Term]] = []
        """Sums of rules about a whole transaction: the loop around the units, and theirs, which sum of which rule, its term."""
        self.sums = self._made_sums()
        self._begin = _begin(guide, delimiters)

    def scan(self) -> Scan | None:
        """What accepts the codes of many segments at once, for files that are worth its compilation."""
        return scan_with(self.codes, self.delimiters) if self.codes is not None else None

    def speed(self) -> Speed | None:
        """The compiled judge by these rules, where there is one, and it is wanted."""
        return self._speed if wanted() else None

    @cached_property
    def _speed(self) -> Speed | None:
        return speed_for(self)

    def stretches(self, data: bytes, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Whole units in a row, cut where one begins."""
        while start < stop:
            end = self.next_unit(data, min(start + STRETCH, stop), stop)
            yield start, end
            start = end

    def next_unit(self, data: bytes, start: int, stop: int) -> int:
        """Where the next unit begins; the end, where none does, or that cannot be told."""
        found = self._begin.search(data, start, stop) if self._begin is not None else None
        return found.end() if found is not None else stop

    def waiting(self, loop: str, key: str) -> Waiting | None:
        """The rules that wait in a loop for something."""
        return self._waiting.get((loop, key))

    def alone(self, number: int) -> Callable[[View, Callable[[Any], None]], None]:
        """One rule as a function of its own."""
        if number not in self._alone:
            self._alone[number], code = self.function([number])
            self._looks[number] = frozenset(code.looks)
        return self._alone[number]

    def looks(self, number: int) -> frozenset[tuple[str, str]]:
        """The loops and segments that a rule looks at."""
        self.alone(number)
        return self._looks[number]

    def function(self, numbers: Sequence[int]) -> tuple[Callable[..., None], Code]:
        """Rules as one function."""
        try:
            code = Writer(self.guide).write([(n, *self.rules[n]) for n in numbers])
            return self._run("\n".join(code.lines), code)["judge"], code
        except (SyntaxError, RecursionError, MemoryError):  # Python has bounds of its own
            for number in numbers if len(numbers) > 1 else ():
                self.function([number])  # which tells of the one that is meant
            rule = self.rules[numbers[0]][0]
            message = f"rule {rule.name} asks too much at once: make several rules of it"
            raise DefinitionError(message, self._paths[numbers[0]], rule.line) from None

    def _run(self, text: str, code: Code) -> dict[str, Any]:
        made = self._names | code.constants
        exec(compile(text, "<rules>", "exec"), made)  # text of our own: rules come through the grammar
        return made

    def _made_sums(self) -> Mapping[tuple[str, str], Sequence[Share]]:
        """What each unit adds to the sums of rules about a whole transaction, by the loop around it and its own."""
        found: dict[tuple[str, str], list[Share]] = {}
        if not any(loop.unit for loop in scopes(self.guide).loops.values()):
            return found
        for number, (rule, _) in enumerate(self.rules):
            if scope_of(rule, scopes(self.guide))[0] is not self.guide.root:
                continue
            _, code = self.function([number])
            for place, (_, unit, text, term) in enumerate(code.sums):
                made = self._run(text, code)
                found.setdefault(unit, []).append(((number, place), made["share"]))
                self.summed.append((*unit, (number, place), term))
        return found


def _conditions(rule: Rule, file: RuleFile, files: Sequence[RuleFile], guide: Guide) -> Conditions:
    """Under which conditions a rule is asked at all: the payer's own, and not where a payer does without it.

    With each, whether it holds where what it speaks of is absent.
    """
    found = [(file.applies, False)] if file.applies is not None else []
    for other in files:
        if rule.name in other.without and other.applies is not None:
            found.append((Term("not", (other.applies,)), True))
    if found:
        try:
            Writer(guide).write([(0, rule, tuple(found))])
        except PathError:
            message = f"rule {rule.name} is judged in {rule.scope.text}, where it is not known whose documents these are"
            raise DefinitionError(message, file.path, rule.line) from None
    return tuple(found)


def _begin(guide: Guide, delimiters: Delimiters) -> re.Pattern[bytes] | None:
    """What ends where a unit begins; None where the id of a segment alone does not tell that."""
    items = [(item, number) for loop in scopes(guide).loops.values() for number, item in enumerate(loop.items)]
    units = {opener(item).id for item, _ in items if isinstance(item, LoopUse) and item.unit}
    others = {opener(item).id for item, number in items if (not item.unit if isinstance(item, LoopUse) else number)}
    ids = b"|".join(re.escape(encode(id)) for id in sorted(units - others))
    if not ids:
        return None
    return re.compile(re.escape(delimiters.segment) + b"[\\r\\n]*+(?=(?:" + ids + b")" + re.escape(delimiters.element) + b")")


def _sums(view: View, number: int, place: int) -> Any:
    found = view["sums"].get((number, place), 0)
    if found is None:
        raise ValueError("something in the sum is no number")
    return found


def ruleset(name: str, asked: Asked, delimiters: Delimiters) -> Ruleset | None:
    """The rules for a guide by its name, with those of a user's files as they are now; None where nothing is asked."""
    files = (*asked.rules, *(file for _, file in asked.codes))
    return _ruleset(name, asked, delimiters, tuple(map(state_of, files)))


@lru_cache(maxsize=32)
def _ruleset(name: str, asked: Asked, delimiters: Delimiters, _states: tuple[tuple[int, ...], ...]) -> Ruleset | None:
    files = [file for file in (shipped(name), *map(read, asked.rules)) if file is not None and file.guide == name]
    if not files and asked.level < LEVEL_OF_CODES:
        return None
    made = Ruleset(load(name), files, asked, delimiters)
    return made if made.rules or made.codes is not None else None

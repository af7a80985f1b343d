"""The compiled judge (`edi_speed`, a distribution of its own), told what it has to know of rules, when it asks for it.

It says how far no rule, and no check of a code, has anything to say of whole units; what it is not sure of is looked at by
`judging`, so both together say what that says alone. Where it is not installed, or `EDI_SPEED=0`, there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from edi.guides.codes.checks import SERVICE, Check
from edi.guides.codes.scan import LAST, MODERN
from edi.guides.guide import LoopUse, SegmentUse
from edi.guides.path import PathError
from edi.guides.rules.files import Route, Rule, Term
from edi.guides.rules.layout import Move, State
from edi.guides.rules.scopes import Reach, key, scopes
from edi.guides.rules.subject import scope_of
from edi.speed import installed

if TYPE_CHECKING:
    from edi.guides.rules.ruleset import Ruleset, Waiting

_PLACES: Final = 4
"""Amounts are whole numbers of ten-thousandths there."""
_ALL, _ANY, _NOT, _GIVEN, _QUANTIFIED, _IS, _HAS, _LIKE, _SAME, _DIFFER, _COMPARED, _DATED, _MOST = range(13)
_NUMBER, _PATH, _SUM, _COUNT, _DAYS, _TOTAL = range(13, 19)
_DATE, _DAY, _END = range(19, 22)
_UNKNOWN: Final = 99
"""A condition that it cannot be told: it is never sure of that."""
_SIGNS: Final = {"=": 0, "!=": 1, "<": 2, ">": 3, "<=": 4, ">=": 5, "before": 2, "after": 3, "on": 0}
_QUANTIFIERS: Final = {"any": 0, "every": 1, "no": 2}

_Told: TypeAlias = tuple[Any, ...]
"""What it is told, as it wants it: see edi_speed.c."""


class Silence(NamedTuple):
    """How far units are silent, and where what follows ends, in bytes of what was asked about; of how many segments that is.

    `pieces` (start, stop, segments before) are of the units that are open then; `sums` (ten-thousandths, decimals) what they add.
    """

    until: int
    end: int
    segments: int
    pieces: Sequence[tuple[int, int, int]]
    sums: Sequence[tuple[int, int]]


class Speed:
    """The compiled judge for one set of rules."""

    def __init__(self, rules: Ruleset, module: Any) -> None:
        self._rules, self._known = rules, scopes(rules.guide)
        self._loops = {id: number for number, id in enumerate(self._known.loops)}
        self._keys: dict[str, int] = {}
        self._states, self._numbers = [rules.start], {id(rules.start): 0}
        self._waiting: list[Waiting] = []
        self._like: list[Any] = []
        self._checks: list[tuple[bytes, Check]] = []
        self._here: list[tuple[LoopUse, str]] = []
        self.sums = [place for _, _, place, _ in rules.summed]
        """Which sum of which rule each sum of a `Silence` is."""
        ids, checks = frozenset(_ids(rules.guide.root)), self._told_checks()
        shares = tuple(self._share(around, loop, term) for around, loop, _, term in rules.summed)
        each = rules.delimiters
        delimiters = (each.element, each.component, each.segment, each.repetition or b"")
        asked = (self._entered, self._rules_told, self._learned, self._alike)
        days = (tuple(SERVICE), f"{MODERN:%Y%m%d}".encode())
        self._judge = module.Judge(delimiters, len(ids) + len(checks), *asked, checks, shares, *days)

    def silent(self, data: bytes, start: int, stop: int, around: bytes) -> Silence:
        """How far whole units are silent; `around` are the segments of what is open before them."""
        return Silence(*self._judge.silent(data, start, stop, around))

    # -- what it asks ------------------------------------------------------------------------------------------------

    def _entered(self, number: int) -> _Told:
        """Where segments go from a state."""
        state = self._states[number]
        return tuple((id, self._choice(choice)) for id, choice in (state.moves or state.entered()).items())

    def _rules_told(self, number: int) -> _Told:
        """The rules that wait for one thing."""
        return tuple(self._rule(*self._rules.rules[rule]) for rule in self._waiting[number].numbers)

    def _learned(self, number: int, value: bytes, qualifier: bytes) -> bool:
        """Whether the codes of an element are good, on every day of these years."""
        assert self._rules.codes is not None  # there are checks only then
        id, check = self._checks[number]
        elements = [id, *[b""] * max(check.element, check.other)]
        if check.other:
            elements[check.other] = qualifier
        elements[check.element] = value
        return not any(self._rules.codes.faults(elements, self._rules.delimiters, day) for day in (MODERN, LAST))

    def _alike(self, number: int, value: bytes) -> bool:
        """Whether a value is like an expression."""
        return self._like[number](value) is not None

    # -- what it is told ---------------------------------------------------------------------------------------------

    def _told_checks(self) -> _Told:
        found = []
        checks = self._rules.codes
        for id in sorted(checks.segments) if checks is not None else ():
            assert checks is not None
            told = []
            for check in checks.of(id):
                told.append((len(self._checks), check.element, check.other, tuple(check.qualifiers)))
                self._checks.append((id, check))
            found.append((id, tuple(told)))
        return tuple(found)

    def _choice(self, choice: Any) -> _Told | None:
        if choice is None:
            return None
        if isinstance(choice, Move):
            opens = -1 if choice.opens is None else self._loop(choice.opens)
            waiting, opened = self._waits(choice.waiting), self._waits(choice.opened)
            return (choice.up, self._state(choice.state), self._key(choice.key), opens, choice.unit, waiting, opened)
        element, component, codes, rest = (1, 0, choice, None) if isinstance(choice, dict) else choice
        return (element, component, tuple(codes), tuple(map(self._choice, codes.values())), self._choice(rest))

    def _state(self, state: State) -> int:
        if id(state) not in self._numbers:
            self._numbers[id(state)] = len(self._states)
            self._states.append(state)
        return self._numbers[id(state)]

    def _waits(self, waiting: Waiting | None) -> int:
        if waiting is None:
            return -1
        if waiting not in self._waiting:
            self._waiting.append(waiting)
        return self._waiting.index(waiting)

    def _loop(self, id: str) -> int:
        return self._loops.setdefault(id, len(self._loops))

    def _key(self, name: str) -> int:
        return self._keys.setdefault(name, len(self._keys))

    def _rule(self, rule: Rule, conditions: tuple[tuple[Term, bool], ...]) -> _Told:
        """The segments that a rule is judged for, and whether it has something to say."""
        loop, segment = scope_of(rule, self._known)
        uses = [use for use in loop.items if isinstance(use, SegmentUse) and use.id == segment]
        keys = [key(use, code) for use in uses for code in use.qualifiers or ("",)]
        pick = rule.scope.steps[-1][1] if segment else ""
        wanted = tuple(self._key(name) for name in dict.fromkeys(keys) if not pick or name.endswith(f"[{pick}]"))
        if segment and not wanted:
            return (), _term(_ANY)
        self._here = [(loop, segment)]
        own = ((rule.when, False),) if rule.when is not None else ()
        asked = [self._condition(condition, lenient=lenient) for condition, lenient in (*conditions, *own)]
        return wanted, _term(_ALL, *asked, self._wrong(rule))

    def _wrong(self, rule: Rule) -> _Told:
        if rule.asks == "needs":
            return _term(_NOT, _term(_ANY, *(_term(_GIVEN, route=self._route(route, single=True)) for route in rule.asked)))
        if rule.asks == "forbids":
            return _term(_GIVEN, route=self._route(rule.asked[0], single=True))
        if rule.asks == "most":
            return _term(_MOST, number=rule.asked[0], route=self._route(rule.asked[1]))
        return _term(_NOT, self._condition(rule.asked[0], lenient=True))

    def _condition(self, term: Term, *, lenient: bool) -> _Told:
        """See `edi.guides.rules.code.Writer`, which writes the same as Python."""
        parts = term.parts
        match term.kind:
            case "all" | "any":
                kind = _ALL if term.kind == "all" else _ANY
                return _term(kind, *(self._condition(part, lenient=lenient) for part in parts))
            case "not":
                return _term(_NOT, self._condition(parts[0], lenient=not lenient))
            case "given":
                return _term(_GIVEN, route=self._route(parts[0], single=True), negated=term.negated)
            case "quantified":
                quantifier, path, inner = parts
                test = self._inside(path, inner, lenient=(not lenient) if quantifier == "no" else lenient)
                return _term(_QUANTIFIED, test, which=_QUANTIFIERS[quantifier], route=self._route(path))
            case "is" | "has":
                codes = tuple(code.encode("latin-1") for code in parts[1])
                kind = _IS if term.kind == "is" else _HAS
                return _term(kind, route=self._route(parts[0], single=True), codes=codes, negated=term.negated, lenient=lenient)
            case "like":
                route, number = self._route(parts[0], single=True), self._expression(parts[1])
                return _term(_LIKE, route=route, number=number, negated=term.negated, lenient=lenient)
            case "same":
                single = all(map(self._alone, parts))
                route, other = (self._route(part, single=single) for part in parts)
                return _term(_SAME, route=route, other=other, negated=term.negated, lenient=lenient)
            case "differ":
                return _term(_DIFFER, route=self._route(parts[0]))
            case "compared":
                one, other = map(self._amount, parts[1:])
                return _term(_COMPARED, one, other, which=_SIGNS[parts[0]], lenient=lenient)
            case _:
                which = _SIGNS[parts[0]]
                return _term(_DATED, *map(self._day, parts[1:]), which=which, negated=term.negated, lenient=lenient)

    def _inside(self, route: Route, term: Term, *, lenient: bool) -> _Told:
        """A condition about each of the loops or segments that a route leads to."""
        _, reach = self._reach(route)
        self._here.append((reach.loop, reach.segment if reach.uses else ""))
        told = self._condition(term, lenient=lenient)
        self._here.pop()
        return told

    def _amount(self, term: Term) -> _Told:
        match term.kind:
            case "number":
                scaled = Decimal(term.parts[0]).scaleb(_PLACES)
                return _term(_NUMBER, number=int(scaled)) if scaled == int(scaled) and abs(scaled) < 1 << 60 else _term(_UNKNOWN)
            case "path":
                return _term(_PATH, route=self._route(term.parts[0], single=True))
            case "sum" | "count":
                route, where = term.parts
                _, reach = self._reach(route)
                if any(loop.unit for loop in reach.loops):
                    return _term(_UNKNOWN)
                inner = () if where is None else (self._inside(route, where, lenient=False),)
                return _term(_SUM if term.kind == "sum" else _COUNT, *inner, route=self._route(route))
            case "days":
                return _term(_DAYS, *map(self._day, term.parts))
        first, *more = term.parts
        told = [(1, self._amount(first))]
        told += [(-1 if sign == "-" else 1, self._amount(part)) for sign, part in zip(more[::2], more[1::2], strict=True)]
        return _term(_TOTAL, *((part[0], which, *part[2:]) for which, part in told))

    def _share(self, around: str, loop: str, term: Term) -> _Told:
        """What a unit adds to the sum of a transaction."""
        route, where = term.parts
        reach = self._known.reach(route, self._known.root)
        unit = max(number for number, each in enumerate(reach.loops) if each.unit)
        below = Reach(reach.loops[unit], reach.loops[unit + 1 :], reach.uses, reach.keys, reach.pick)
        self._here = [(below.start, "")]
        inner = []
        if where is not None:
            self._here.append((below.loop, below.segment if below.uses else ""))
            inner.append(self._condition(where, lenient=False))
            self._here.pop()
        told = _term(_SUM if term.kind == "sum" else _COUNT, *inner, route=self._reached(0, below, route))
        return self._loop(around), self._loop(loop), told

    def _day(self, term: Term) -> _Told:
        if term.kind == "date":
            return _term(_DATE, text=term.parts[0].encode())
        return _term(_END if term.kind == "end" else _DAY, route=self._route(term.parts[0], single=True))

    def _expression(self, text: str) -> int:
        import re

        self._like.append(re.compile(text.encode("latin-1")).fullmatch)
        return len(self._like) - 1

    def _route(self, route: Route, *, single: bool = False) -> _Told:
        """Where a route leads; `single` where one value is asked for, if there is one at most."""
        hops, reach = self._reach(route)
        return self._reached(hops, reach, route, alone=single and self._alone(route))

    def _alone(self, route: Route) -> bool:
        return self._reach(route)[1].alone and len(route.elements) == 1

    def _reached(self, hops: int, reach: Reach, route: Route, *, alone: bool = False) -> _Told:
        loops = tuple(self._loop(loop.id) for loop in reach.loops)
        keys = () if reach.within else tuple(map(self._key, reach.keys))
        start = self._loop(reach.start.id)
        within, picked = int(reach.within), reach.pick.encode()
        return hops, start, within, loops, keys, picked, route.elements, route.component, int(alone)

    def _reach(self, route: Route) -> tuple[int, Reach]:
        for hops, (loop, segment) in enumerate(reversed(self._here)):
            with suppress(PathError):
                return hops, self._known.reach(route, loop, segment)
        raise PathError(f"{route.text} leads nowhere")  # rules are checked as they are read


def _ids(loop: LoopUse) -> Iterator[str]:
    """The ids of the segments in a loop, and in those in it."""
    for item in loop.items:
        if isinstance(item, SegmentUse):
            yield item.id
        else:
            yield from _ids(item)


def _term(
    kind: int,
    *children: _Told,
    which: int = 0,
    negated: bool = False,
    lenient: bool = False,
    route: _Told | None = None,
    other: _Told | None = None,
    number: int = 0,
    text: bytes = b"",
    codes: tuple[bytes, ...] = (),
) -> _Told:
    return kind, which, int(negated), int(lenient), route, other, number, text, codes, children


def amount(scaled: int, decimals: int) -> int | Decimal:
    """A sum as `values.total` would have it: with as many decimals as the most that an amount in it is written with."""
    if not decimals:
        return scaled // 10**_PLACES
    return Decimal(scaled // 10 ** (_PLACES - decimals)).scaleb(-decimals)


def speed_for(rules: Ruleset) -> Speed | None:
    """The compiled judge for rules; None where it is not installed."""
    module = installed()
    return None if module is None else Speed(rules, module)

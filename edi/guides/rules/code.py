"""Rules written as Python, to be run over the segments of a unit.

A loop of a document is a view: a dict of its segments (each a list of elements) by the keys of `edi.guides.rules.scopes`, of the
views in it by loop id, with its own id under "" and the view around it under "^". All rules that wait for the same thing to
be there (a segment, a loop) are one function, so that they share what they look at, and cost nothing where it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from edi.guides.guide import Guide, LoopUse, SegmentUse
from edi.guides.path import PathError
from edi.guides.rules.files import Route, Rule, Term
from edi.guides.rules.loops import elements, outward, rows, walk
from edi.guides.rules.scopes import Reach, first, key, scopes
from edi.guides.rules.subject import place_route, routes, scope_of

Conditions: TypeAlias = "tuple[tuple[Term, bool], ...]"
"""Conditions, and with each whether it holds where what it speaks of is absent."""
_STEPS: Final = 20
"""So many conditions are asked one by one, each a block of its own: Python takes no more than 100 in one another."""
_DATED: Final = {"before": "<", "after": ">", "on": "=="}


@dataclass(frozen=True, slots=True)
class _Here:
    """A loop at hand while code is written, and perhaps a segment in it: the variables that hold them."""

    loop: LoopUse
    view: str
    segment: str = ""
    row: str = ""


@dataclass
class Code:
    """The text of one function, `judge(view, out)`, and what it needs beside: constants, and sums over units."""

    lines: list[str] = field(default_factory=list)
    constants: dict[str, object] = field(default_factory=dict)
    looks: set[tuple[str, str]] = field(default_factory=set)
    """The loops and segments that it looks at: what is wrong there already is not said again."""
    sums: list[tuple[int, tuple[str, str], str, Term]] = field(default_factory=list)
    """Sums over units of a transaction: the rule, the loop around the unit and its own, the function `share(view)`, the term."""


class Writer:
    """Writes the rules that wait for one thing as one function."""

    def __init__(self, guide: Guide) -> None:
        self.known, self.code = scopes(guide), Code()
        self._depth = 1
        self._bound: list[dict[str, str]] = [{}]
        self._names = self._number = 0
        self._here: list[_Here] = []

    def write(self, rules: Sequence[tuple[int, Rule, Conditions]]) -> Code:
        """Rules with their numbers, and with the conditions under which they are asked at all."""
        self.code.lines.append("def judge(view, out):")
        together: dict[tuple[tuple[str, str], ...], list[tuple[int, Rule, Conditions]]] = {}
        for asked in rules:
            together.setdefault(asked[1].scope.steps, []).append(asked)
        for steps, several in together.items():  # rules about the same segments go through them once
            loop, segment = scope_of(several[0][1], self.known)
            self._here = [_Here(loop, "view", segment, self._name("row") if segment else "")]
            with self._block():
                if segment:
                    uses = [use for use in loop.items if isinstance(use, SegmentUse) and use.id == segment]
                    keys = tuple(key(use, code) for use in uses for code in use.qualifiers or ("",))
                    pick = steps[-1][1]
                    reach = Reach(loop, (), tuple(uses), tuple(k for k in keys if not pick or k.endswith(f"[{pick}]")))
                    self._line(f"for {self._here[0].row} in {rows(reach, 'view')}:")
                with self._block(deeper=bool(segment)):
                    for self._number, rule, conditions in several:
                        self._rule(self._number, rule, conditions)
        self._line("return")
        return self.code

    # -- a rule ------------------------------------------------------------------------------------------------------

    def _rule(self, number: int, rule: Rule, conditions: Conditions) -> None:
        depth, bound = self._depth, len(self._bound)
        own = ((rule.when, False),) if rule.when is not None else ()
        asked = [(t, lenient) for c, lenient in (*conditions, *own) for t in (c.parts if c.kind == "all" else [c])]
        for several in (*([one] for one in asked[:_STEPS]), *filter(None, [asked[_STEPS:]])):
            self._line(f"if {' and '.join(self._condition(term, lenient=lenient) for term, lenient in several)}:")
            self._depth += 1
            self._bound.append({})
        self._line(f"if {self._wrong(rule)}:")
        self._depth += 1
        self._bound.append({})
        row, absent = self._place(rule)
        values = "".join(f"{self._shown(term)}, " for term in rule.values)
        self._line(f"out(({number}, view, {row}, {absent}, ({values})))")
        self._depth = depth
        del self._bound[bound:]

    def _wrong(self, rule: Rule) -> str:
        if rule.asks == "needs":
            return "not (" + " or ".join(self._given(route) for route in rule.asked) + ")"
        if rule.asks == "forbids":
            return self._given(rule.asked[0])
        if rule.asks == "most":
            return f"len({self._listed(rule.asked[1])}) > {rule.asked[0]}"
        return f"not {self._condition(rule.asked[0], lenient=True)}"

    def _place(self, rule: Rule) -> tuple[str, str]:
        """The row that a problem is about, and whether what it names is absent: then the row is that which asks for it."""
        route = place_route(rule)
        if rule.asks != "needs" or rule.at is not None:
            return self._first_row(route), "False"
        asking = next((each for each in routes(rule.when) if self._reach(each)[1].uses), None) if rule.when else None
        asks = self._first_row(asking) if asking else "None"
        if not route.elements:
            return asks, "True"
        found = self._bind(self._first_row(route))
        return f"{found} or {asks}", f"not {found}"

    def _first_row(self, route: Route) -> str:
        here, reach = self._reach(route)
        if reach.within:
            return here.row
        if not reach.uses:
            return f"first([opening(v) {walk(reach, self._base(here, reach))}])" if reach.loops else "None"
        return f"first({rows(reach, self._base(here, reach))})"

    def _shown(self, term: Term) -> str:
        if term.kind == "path":
            return f"text({self._listed(term.parts[0])})"
        return f"figure({self._amount(term)[0]})"

    # -- conditions --------------------------------------------------------------------------------------------------

    def _condition(self, term: Term, *, lenient: bool) -> str:
        """A condition as an expression. What is said of something absent neither holds nor fails: `lenient` tells what then."""
        parts = term.parts
        match term.kind:
            case "all" | "any":
                joined = f" {'and' if term.kind == 'all' else 'or'} ".join(self._condition(p, lenient=lenient) for p in parts)
                return f"({joined})"
            case "not":
                return f"(not {self._condition(parts[0], lenient=not lenient)})"
            case "given":
                return f"(not {self._given(parts[0])})" if term.negated else self._given(parts[0])
            case "quantified":
                return self._quantified(*parts, lenient=lenient)
            case "is" | "has" | "like":
                return self._of_values(term, lenient=lenient)
            case "same":
                alone = all(map(self._alone, parts))
                one, other = map(self._single if alone else self._listed, parts)
                differ = f"{one} != {other}" if alone else f"set({one}).isdisjoint({other})"
                return self._judged(f"{one} and {other}", differ if term.negated else f"(not {differ})", lenient=lenient)
            case "differ":
                return f"differ({self._listed(parts[0])})"
            case "compared":
                sign = "==" if parts[0] == "=" else parts[0]
                (one, there), (other, also) = self._amount(parts[1]), self._amount(parts[2])
                return self._judged(" and ".join((*there, *also)), f"{one} {sign} {other}", lenient=lenient)
            case _:
                one, other = self._day(parts[1]), self._day(parts[2])
                guards = " and ".join(day for day in (one, other) if not day.startswith("b'"))
                test = f"{one} {_DATED[parts[0]]} {other}"
                return self._judged(guards, f"(not {test})" if term.negated else test, lenient=lenient)

    def _judged(self, guards: str, test: str, *, lenient: bool) -> str:
        either = f"(not ({guards}) or {test})" if lenient else f"({guards} and {test})"
        return either if guards else f"({test})"

    def _of_values(self, term: Term, *, lenient: bool) -> str:
        """is, has and like: of one value, or of any of several."""
        route, wanted = term.parts
        here, reach = self._reach(route)
        if term.kind == "like":
            test = self._constant("LIKE", re.compile(wanted.encode("latin-1")).fullmatch)
        elif len(wanted) == 1 and term.kind == "is":
            test = repr(wanted[0].encode("latin-1"))
        else:
            test = self._constant("CODES", frozenset(code.encode("latin-1") for code in wanted))
        if not (reach.alone and len(route.elements) == 1):
            values = self._listed(route)
            holds = f"any(map({test}, {values}))" if term.kind == "like" else f"not CODES.isdisjoint({values})"
            if term.kind == "is":
                codes = test if len(wanted) > 1 else self._constant("CODES", frozenset((wanted[0].encode("latin-1"),)))
                holds = f"not {codes}.isdisjoint({values})"
            elif term.kind == "has":
                holds = f"not {test}.isdisjoint(parts({values}))"
            return self._judged(values, f"(not {holds})" if term.negated else f"({holds})", lenient=lenient)
        value = self._value(here, reach, route)
        if term.kind == "is":
            equal, among = ("!=", "not in") if term.negated else ("==", "in")
            holds = f"{value} {equal if len(wanted) == 1 else among} {test}"
            if term.negated == lenient:  # an absent value answers by itself
                return f"({holds})"
            return self._judged(value, holds, lenient=lenient)
        holds = f"{test}({value})" if term.kind == "like" else f"not {test}.isdisjoint(parts([{value}]))"
        return self._judged(value, f"(not {holds})" if term.negated else holds, lenient=lenient)

    def _quantified(self, which: str, route: Route, term: Term, *, lenient: bool) -> str:
        here, reach = self._reach(route)
        test = self._function(reach, term, lenient=(not lenient) if which == "no" else lenient)
        if reach.uses:
            each = f"{test}(v, e) {walk(reach, self._base(here, reach))}"
        else:
            each = f"{test}(v) {walk(reach, self._base(here, reach))}"
        return f"{'not ' if which == 'no' else ''}{'all' if which == 'every' else 'any'}({each})"

    def _function(self, reach: Reach, term: Term, *, lenient: bool) -> str:
        """A condition about each of the loops or segments that a route leads to, as a function of its own."""
        name, view, row = self._name("test"), self._name("view"), self._name("row")
        self._line(f"def {name}({view}{f', {row}' if reach.uses else ''}):")
        self._here.append(_Here(reach.loop, view, reach.segment if reach.uses else "", row))
        with self._block(deeper=True):
            self._line(f"return {self._condition(term, lenient=lenient)}")
        self._here.pop()
        return name

    # -- amounts and days --------------------------------------------------------------------------------------------

    def _amount(self, term: Term) -> tuple[str, list[str]]:
        """An amount as an expression, and what must be there for it to be one."""
        match term.kind:
            case "number":
                return (str(int(term.parts[0])) if "." not in term.parts[0] else f"number({term.parts[0].encode()!r})"), []
            case "path":
                value = self._single(term.parts[0])
                return f"number({value})", [value]
            case "sum" | "count":
                return self._sum(term), []
            case "days":
                one, other = self._day(term.parts[0]), self._day(term.parts[1])
                return f"days({one}, {other})", [day for day in (one, other) if not day.startswith("b'")]
        text, there = "", list[str]()
        for part in term.parts:
            if isinstance(part, str):
                text += f" {part} "
                continue
            amount, guards = self._amount(part)
            text, there = text + amount, there + guards
        return f"({text})", there

    def _sum(self, term: Term) -> str:
        route, where = term.parts
        here, reach = self._reach(route)
        units = [number for number, loop in enumerate(reach.loops) if loop.unit]
        if not units:
            values = self._list(here, reach, route, where)
            return f"total({values})" if term.kind == "sum" else self._bind(f"len({values})")
        unit = units[-1]
        below = Reach(reach.loops[unit], reach.loops[unit + 1 :], reach.uses, reach.keys, reach.pick)
        share = Writer(self.known.guide)
        share.code = Code(["def share(view):"], self.code.constants, self.code.looks)
        share._names = self._names + 100
        inner = _Here(below.start, "view")
        share._here = [inner]
        values = share._list(inner, below, route, where)
        share._line(f"return {'total' if term.kind == 'sum' else 'len'}({values})")
        around = reach.loops[unit - 1] if unit else reach.start
        sum_ = (self._number, (around.id, below.start.id), "\n".join(share.code.lines), term)
        if sum_ not in self.code.sums:
            self.code.sums.append(sum_)
        mine = [each for each in self.code.sums if each[0] == self._number]
        return f"sums(view, {self._number}, {mine.index(sum_)})"

    def _day(self, term: Term) -> str:
        if term.kind == "date":
            return repr(term.parts[0].encode())
        value = self._single(term.parts[0])  # a day, a moment, or a range of days
        return self._bind(f"({value}.partition(b'-')[2] or {value})[:8]" if term.kind == "end" else f"{value}[:8]")

    # -- values ------------------------------------------------------------------------------------------------------

    def _given(self, route: Route) -> str:
        here, reach = self._reach(route)
        if route.elements:
            return self._listed(route) if not reach.alone or len(route.elements) > 1 else self._value(here, reach, route)
        base = self._base(here, reach)
        if reach.uses:
            return self._bind(rows(reach, base))
        if len(reach.loops) == 1:
            return self._bind(f"{base}.get({reach.loop.id!r}, NONE)")
        return self._bind(f"[v {walk(reach, base)}]") if reach.loops else base

    def _single(self, route: Route) -> str:
        """One value: the only one, else the first."""
        if self._alone(route):
            return self._value(*self._reach(route), route)
        return self._bind(f"first({self._listed(route)}) or b''")

    def _alone(self, route: Route) -> bool:
        """Whether a route leads to one value at most."""
        return self._reach(route)[1].alone and len(route.elements) == 1

    def _listed(self, route: Route) -> str:
        """All values that a route leads to (or, without an element, all segments), in a variable."""
        here, reach = self._reach(route)
        return self._bind(self._list(here, reach, route, None))

    def _list(self, here: _Here, reach: Reach, route: Route, where: Term | None) -> str:
        test = ""
        if where is not None:
            named = self._function(reach, where, lenient=False)
            test = f" if {named}(v{', e' if reach.uses else ''})"
        here_only = f"for v in ({here.view},) for e in ({here.row},)"
        loops = here_only if reach.within else walk(reach, self._base(here, reach))
        if not route.elements:
            return f"[{'e' if reach.uses else 'v'} {loops}{test}]"
        if len(route.elements) == 1:
            element = route.elements[0]
            values, found = f"{loops} if len(e) > {element} and e[{element}]{test.replace(' if ', ' and ')}", f"e[{element}]"
        else:
            values, found = f"{loops}{test} for x in {elements(route.elements)} if x", "x"
        if route.component:
            return f"[p {values} if (p := part({found}, {route.component}))]"
        return f"[{found} {values}]"

    def _value(self, here: _Here, reach: Reach, route: Route) -> str:
        """The value of an element that there is at most one of, in a variable; b"" where it is absent."""
        if reach.within:
            row = here.row
        else:
            base = self._base(here, reach)
            for loop in reach.loops:
                found = self._bind(f"{base}.get({loop.id!r})")
                base = self._bind(f"{found}[0] if {found} else NOTHING")
            found = self._bind(f"{base}.get({reach.keys[0]!r})")
            row = self._bind(f"{found}[0] if {found} else NONE")
        (element,) = route.elements
        value = self._bind(f"{row}[{element}] if len({row}) > {element} else b''")
        if not route.component:
            return value
        parts = self._bind(f"{value}.split(COMPONENT)")
        return self._bind(f"{parts}[{route.component - 1}] if len({parts}) >= {route.component} else b''")

    def _base(self, here: _Here, reach: Reach) -> str:
        """The view that a route starts from: that at hand, or one around it."""
        view, loop = here.view, here.loop
        while loop is not reach.start:
            around = self.known.around[loop.id]
            if len(around) != 1:
                up, found = outward(self.known, around, reach.start.id)
                return self._bind(found.format(self._bind(view + "['^']" * up)))
            view, loop = f"{view}['^']", self.known.loops[around[0]]
        return view if view == here.view else self._bind(view)

    def _reach(self, route: Route) -> tuple[_Here, Reach]:
        for here in reversed(self._here):
            try:
                reach = self.known.reach(route, here.loop, here.segment)
            except PathError:
                continue
            self.code.looks.add((reach.loop.id, reach.segment))
            self.code.looks.update((loop.id, first(loop).id) for loop in reach.loops)
            return here, reach
        raise PathError(f"{route.text} leads nowhere")  # rules are checked as they are read

    # -- text --------------------------------------------------------------------------------------------------------

    def _bind(self, expression: str) -> str:
        """The variable that holds the value of an expression; it is worked out once in a block."""
        if expression.isidentifier():
            return expression
        for bound in self._bound:
            if expression in bound:
                return bound[expression]
        name = self._bound[-1][expression] = self._name("x")
        self._line(f"{name} = {expression}")
        return name

    def _constant(self, kind: str, value: object) -> str:
        name = next((n for n, v in self.code.constants.items() if n.startswith(kind) and v == value), "")
        if not name:
            name = f"{kind}{len(self.code.constants)}"
            self.code.constants[name] = value
        return name

    def _name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}{self._names}"

    def _line(self, text: str) -> None:
        self.code.lines.append("    " * self._depth + text)

    @contextmanager
    def _block(self, *, deeper: bool = False) -> Iterator[None]:
        """Lines of their own; what is bound in a deeper block is not known behind it."""
        self._depth += deeper
        if deeper:
            self._bound.append({})
        yield
        self._depth -= deeper
        if deeper:
            self._bound.pop()

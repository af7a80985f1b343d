"""The notation of *.rules read into rules, or refused with its place, what was expected there and what was perhaps meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final, NoReturn

from lark import Token, Tree
from lark.exceptions import UnexpectedInput

from edi import resources
from edi.guides.guide import Guide, load
from edi.guides.path import PathError
from edi.guides.rules.errors import broken, parser, unexpected
from edi.guides.rules.files import Example, Route, Rule, RuleFile, Term
from edi.guides.rules.limit import LimitRule
from edi.guides.rules.limit_notation import limit
from edi.guides.rules.match import MatchRule
from edi.guides.rules.match_notation import matching
from edi.guides.rules.pattern import beyond, flaw
from edi.guides.rules.requirement import RequirementRule
from edi.guides.rules.requirement_notation import day, requirement
from edi.guides.rules.scopes import Reach, near, route_of, scopes
from edi.text.redaction import phi

_ASKING: Final = ("needs", "forbids", "at_most", "must")
_WHOSE: Final = {"requirement": "requirement is this", "matching": "matching rule is this", "limits": "limits are these"}
_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_DIGITS: Final = {"COUNT": 9, "NUMBER": 18}
"""So many digits a number may have; X12 has amounts of 18."""
_DEEP: Final = 20
"""So deep conditions may stand in one another."""
_TERMS: Final = 100
"""So many amounts may be added up by name."""


def read(text: str, path: str) -> RuleFile:
    """The rules that `text` states; DefinitionError, with the place in `path`, where it cannot be any."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:
        tree = parser().parse(text, start="start")
    except UnexpectedInput as error:
        raise unexpected(error, path, text) from None
    return _Reader(text, path).file(tree)


def _text(tree: Any) -> str:
    return " ".join(" ".join(str(part)[1:-1].split()) for part in tree.children)


def _codes(tree: Any) -> tuple[str, ...]:
    return tuple(str(code).strip('"') for code in tree.children)


def _negated(token: Token) -> bool:
    return "not" in token.split()


class _Reader:
    """Reads one tree of the grammar (`tree: Any`, since lark's trees say nothing of what is in them).

    Each path is sought in the guide as it is read, from the loop that it is written for.
    """

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path
        self.guide: Guide
        self.places: list[tuple[Any, str]] = []
        """The loops and segments at hand, the innermost last: a condition in brackets speaks of what stands before them."""
        self.prepared: tuple[str, ...] = ()
        """The edits that each example begins with."""
        self.deep = 0

    def fail(self, message: str, at: Token | Tree[Token]) -> NoReturn:
        line, column = (at.line, at.column) if isinstance(at, Token) else (at.meta.line, at.meta.column)
        raise broken(message, self.path, self.text, line or 0, column or 0)

    # -- the file ----------------------------------------------------------------------------------------------------

    def file(self, tree: Any) -> RuleFile:
        for token in (child for part in tree.iter_subtrees() for child in part.children if isinstance(child, Token)):
            self.sized(token, token)
        head, *blocks = tree.children
        guide, payer, applies, without = "", "", None, tuple[str, ...]()
        known: tuple[str, ...] | None = None
        for part in head.children:
            if isinstance(part, Token):
                guide = self.guide_named(part)
            elif part.data == "payer":
                payer, known = _text(part.children[0]), _codes(part.children[1]) if len(part.children) > 1 else ()
            elif part.data == "every_payer":
                known = ()
            elif part.data == "applies":
                self.places = [(self.innermost_unit(), "")]
                applies = self.condition(part.children[0])
            elif part.data == "prepared":
                self.prepared = self.edits(part.children)
            else:
                without = tuple(map(str, part.children))
        found: dict[str, Rule] = {}
        wanted: dict[str, RequirementRule] = {}
        matched: dict[str, MatchRule] = {}
        limited: dict[str, LimitRule] = {}
        for block in blocks:
            name = block.children[0]
            if any(name in above for above in (found, wanted, matched, limited)):
                self.fail(f"there is a rule {name} above this line", name)
            if block.data == "rule":
                if not guide:
                    self.fail("a rule judges documents: begin the file with their guide, rules 837/professional", name)
                found[name] = self.rule(block)
            elif known is None:
                self.fail(f'whose {_WHOSE[block.data]}? begin the file with payer "...", or with every payer', name)
            elif block.data == "requirement":
                wanted[name] = requirement(block, payer, known, self.fail)
            elif block.data == "matching":
                matched[name] = matching(block, payer, known, self.fail)
            else:
                limited[name] = limit(block, payer, known, self.fail)
        return RuleFile(
            path=self.path,
            guide=guide,
            payer=payer,
            applies=applies,
            without=without,
            rules=tuple(found.values()),
            requirements=tuple(wanted.values()),
            matching=tuple(matched.values()),
            limits=tuple(limited.values()),
            known=known or (),
        )

    def guide_named(self, name: Token) -> str:
        """The name of the guide whose documents are judged, which is loaded."""
        if str(name) not in resources.guide_names():
            self.fail(f"there is no guide {name}{near(name, resources.guide_names())}", name)
        self.guide = load(str(name))
        return self.guide.name

    def innermost_unit(self) -> Any:
        """What a payer's documents are told by is seen from the unit (the claim), else from the whole transaction."""
        units = [loop for loop in scopes(self.guide).loops.values() if loop.unit]
        return next(
            (loop for loop in units if not any(loop.id in scopes(self.guide).around[u.id] for u in units)), self.guide.root
        )

    def rule(self, tree: Any) -> Rule:
        name, level, *rest = tree.children
        severity = str(rest.pop(0)) if rest and isinstance(rest[0], Token) else "error"
        clauses: dict[str, Any] = {}
        examples: list[Example] = []
        for clause in rest:
            if clause.data in ("fails", "passes"):
                examples.append(Example(clause.data == "fails", self.prepared + self.edits(clause.children[0].children)))
            elif clause.data in clauses or (clause.data in _ASKING and any(asks in clauses for asks in _ASKING)):
                self.fail("a rule says this once: make another rule of it", clause)
            else:
                clauses[clause.data] = clause.children
        for wanted, example in (("scope", "in 2300"), ("say", 'say "..."'), ("source", 'source "..."')):
            if wanted not in clauses:
                self.fail(f"rule {name} has no line {example}", name)
        asks = next((each for each in _ASKING if each in clauses), "")
        if not asks:
            self.fail(f"rule {name} asks for nothing: it has no line needs, forbids, at most or must", name)
        scope = self.scope(clauses["scope"][0])
        when = self.condition(clauses["when"][0]) if "when" in clauses else None
        say, values = self.message(clauses["say"][0])
        return Rule(
            name=str(name),
            level=int(level),
            severity=severity,
            scope=scope,
            when=when,
            asks=asks.removeprefix("at_"),
            asked=self.asked(asks, clauses[asks]),
            at=self.route(clauses["at"][0])[0] if "at" in clauses else None,
            say=say,
            values=values,
            why=_text(clauses["why"][0]) if "why" in clauses else "",
            mend=_text(clauses["mend"][0]) if "mend" in clauses else "",
            source=_text(clauses["source"][0]),
            examples=tuple(examples),
            line=name.line or 0,
        )

    def scope(self, path: Token) -> Route:
        """The loop (or the segments in it) that a rule is judged for; the transaction itself goes by its set, 835."""
        route = route_of(path)
        self.places = [(self.guide.root, "")]
        *loops, (last, pick) = route.steps
        known = scopes(self.guide)
        segment = ""
        if last not in known.loops or pick:
            if not loops:
                self.fail(f"the guide has no loop {last}{near(last, known.loops)}", path)
            segment = last
        name = loops[-1][0] if segment else last
        if name not in known.loops:
            self.fail(f"the guide has no loop {name}{near(name, known.loops)}", path)
        self.places = [(known.loops[name], "")]
        if segment:
            self.reach(Route(route.text, (route.steps[-1],)), path)
            self.places = [(known.loops[name], segment)]
        return route

    def asked(self, asks: str, children: Any) -> tuple[Any, ...]:
        if asks == "needs":
            return tuple(self.route(path)[0] for path in children)
        if asks == "forbids":
            return (self.route(children[0])[0],)
        if asks == "at_most":
            return (int(children[0]), self.route(children[1])[0])
        return (self.condition(children[0]),)

    def message(self, tree: Any) -> tuple[str, tuple[Term, ...]]:
        """A text whose braces hold amounts or paths; what is about a person may not stand in it."""
        text, values = _text(tree), list[Term]()
        for inside in _BRACES.findall(text):
            try:
                term = parser().parse(inside, start="amount")
            except UnexpectedInput:
                self.fail(f"{{{inside}}} is neither a path nor an amount", tree.children[0])
            values.append(self.amount(term, tree.children[0]))
            if values[-1].kind == "path":
                self.discreet(values[-1].parts[0], tree.children[0])
        said = _BRACES.sub("{}", text)
        if re.search("[{}]", said.replace("{}", "")):
            self.fail("a brace in it stands alone: a value is shown as {CLM-02}", tree.children[0])
        return said, tuple(values)

    def discreet(self, route: Route, at: Token) -> None:
        reach = self.reach(route, at)
        kind = phi(
            reach.segment,
            route.elements[0] if route.elements else 1,
            route.component or None,
            value="long enough",
            loop=reach.loop.id,
        )
        if kind:
            self.fail(f"{route.text} is about a person ({kind}): a message does not say it", at)

    # -- conditions --------------------------------------------------------------------------------------------------

    def condition(self, tree: Any) -> Term:
        self.deep += 1
        if self.deep > _DEEP:
            self.fail(f"conditions stand in one another {_DEEP} deep at most: make several rules of this", tree)
        term = self.term(tree)
        self.deep -= 1
        return term

    def term(self, tree: Any) -> Term:
        children = tree.children
        match tree.data:
            case "any_of" | "all_of":
                return Term(tree.data[:3], tuple(map(self.condition, children)))
            case "negation":
                return Term("not", (self.condition(children[0]),))
            case "quantified":
                route, reach = self.route(children[1])
                return Term("quantified", (str(children[0]), route, self.inside(reach, children[2])))
            case "given":
                return Term("given", (self.route(children[0])[0],), _negated(children[1]))
            case "is_one" | "has_one":
                route = self.element(children[0])
                codes = _codes(children[2])
                for code in children[2].children:
                    self.written(code)
                self.coded(children[0], route, codes, children[2])
                return Term(tree.data[:-4], (route, codes), _negated(children[1]))
            case "like":
                return Term("like", (self.element(children[0]), self.expression(children[2])), _negated(children[1]))
            case "same":
                return Term("same", (self.element(children[0]), self.element(children[2])), _negated(children[1]))
            case "differ":
                return Term("differ", (self.element(children[0]),))
            case "compared":
                first, sign, second = children
                return Term("compared", (str(sign), self.amount(first, first), self.amount(second, second)))
            case _:
                first, order, second = children
                return Term("dated", (order.split()[-1], self.day(first), self.day(second)), _negated(order))

    def inside(self, reach: Reach, tree: Any) -> Term:
        """A condition in brackets, about each of the loops or segments that a path leads to."""
        self.places.append((reach.loop, reach.segment if reach.uses else ""))
        term = self.condition(tree)
        self.places.pop()
        return term

    def amount(self, tree: Any, at: Any) -> Term:
        if isinstance(tree, Token):
            self.fail(f"{tree} is no amount", at)
        children = tree.children
        match tree.data:
            case "number":
                self.sized(children[0], at)
                return Term("number", (str(children[0]),))
            case "path":
                return Term("path", (self.element(children[0], at),))
            case "sum_of" | "count_of":
                route, reach = self.route(children[0], at, summed=True)
                if tree.data == "sum_of":
                    self.named(route, reach, children[0], at)
                where = self.inside(reach, children[1].children[0]) if len(children) > 1 else None
                return Term(tree.data[:-3], (route, where))
            case "days":
                return Term("days", (self.day(children[0], at), self.day(children[1], at)))
            case _:
                if len(children) > 2 * _TERMS:
                    self.fail(f"{_TERMS} amounts are added up by name at most", at)
                return Term("total", tuple(str(c) if isinstance(c, Token) else self.amount(c, at) for c in children))

    def day(self, tree: Any, at: Any = None) -> Term:
        (inner,) = tree.children
        if tree.data == "date":
            return Term("date", (day(inner, lambda said, _: self.fail(said, inner if at is None else at)).replace("-", ""),))
        route, reach = self.route(inner, at)
        if not route.elements and reach.segment in ("DTP", "DTM"):
            route = Route(route.text, route.steps, (3 if reach.segment == "DTP" else 2,))
        elif not route.elements:
            self.fail(f"{inner} is no date: name the element, such as DMG-02", inner if at is None else at)
        return Term(tree.data, (route,))

    def expression(self, text: Token) -> str:
        if said := flaw(text[1:-1]):
            self.fail(said, text)
        return str(text[1:-1])

    def written(self, text: Token) -> None:
        """What is sought in a document, or put into one, must be such that it can stand there."""
        if said := beyond(text):
            self.fail(said, text)

    def sized(self, token: Token, at: Any) -> None:
        """A number is none of thousands of digits."""
        most = _DIGITS.get(token.type, 0)
        if most and sum(map(str.isdigit, token)) > most:
            self.fail(f"a number has at most {most} digits here", at)

    def edits(self, tokens: Iterable[Token]) -> tuple[str, ...]:
        told = [token for token in tokens if token.type != "AS_IT_IS"]
        for token in told:
            self.written(token)
        return tuple(str(token).strip('"') for token in told)

    # -- paths -------------------------------------------------------------------------------------------------------

    def route(self, path: Token, at: Any = None, *, summed: bool = False) -> tuple[Route, Reach]:
        """A path and where it leads; units (claims, levels) go by one at a time, and only a transaction's sums are kept."""
        route = route_of(path)
        reach = self.reach(route, path if at is None else at)
        unit = next((loop for loop in reach.loops if loop.unit), None)
        if unit is not None and not (summed and self.places == [(self.guide.root, "")]):
            message = f"{unit.id} is judged one by one, so nothing around it sees it, but a sum in {self.guide.root.id}"
            self.fail(f"{message}; a rule in {unit.id} can see what is around it", path if at is None else at)
        return route, reach

    def element(self, path: Token, at: Any = None) -> Route:
        route, reach = self.route(path, at)
        self.named(route, reach, path, at)
        return route

    def named(self, route: Route, reach: Reach, path: Token, at: Any) -> None:
        """An element must be named."""
        if not route.elements:
            named = f"{route.text}-02" if reach.uses else f"{route.text}/{reach.segment}-02"
            self.fail(f"{path} names no element; name one, such as {named}", path if at is None else at)

    def reach(self, route: Route, at: Any) -> Reach:
        """Where a route leads: from the innermost place at hand, else from those around."""
        *others, (loop, segment) = self.places
        try:
            return scopes(self.guide).reach(route, loop, segment)
        except PathError as error:
            for loop, segment in reversed(others):
                with suppress(PathError):
                    return scopes(self.guide).reach(route, loop, segment)
            self.fail(str(error), at)

    def coded(self, path: Token, route: Route, codes: Iterable[str], at: Any) -> None:
        """A code that the guide does not allow in an element can never be there."""
        reach = self.reach(route, path)
        uses = [e for use in reach.uses for e in use.elements if e.position in route.elements]
        if route.component:
            uses = [part for use in uses for part in use.components if part.position == route.component]
        allowed = [use.codes for use in uses]
        if not all(allowed) or any(use.components for use in uses):
            return
        known = sorted({code for each in allowed for code in each})
        for code in codes:
            if code not in known:
                self.fail(f"{code} is never in {route.text}{near(code, known)}; the guide has {', '.join(known)}", at)

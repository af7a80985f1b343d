"""The notation of *.guide read into a guide, or refused with its place and what was expected there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import PurePath
from typing import Any, NoReturn

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.indenter import Indenter

from edi import resources
from edi.errors import DefinitionError
from edi.guides.dictionary import Place, Standard, dictionary
from edi.guides.guide import ElementUse, Guide, LoopUse, Note, SegmentUse

_WORDS = {
    "SET": "a transaction set such as 837",
    "VERSION": "a version such as 005010X222A1",
    "GROUP": "a functional group code such as HC",
    "ELEMENT": "an element such as BHT02",
    "SEVERITY": "error or warning",
    "SEGMENT": "a segment such as REF",
    "LOOP": "a loop id such as 2300",
    "NAME": "a name in lower case",
    "STRING": 'a label in quotation marks, "..."',
    "USAGE": "R (required) or S (situational)",
    "COUNT": "how often (1, 5, >1)",
    "MANY": "how often (1, 5, >1)",
    "PLACE": "the place of the codes, 02=",
    "UNIT": "the word unit",
    "POSITION": "a two-digit position such as 02",
    "OPTIONAL": "? (situational)",
    "CODE": "a code",
    "VBAR": "| and another code",
    "AT": "@ and the name of a code list",
    "EQUAL": "= and codes",
    "COLON": ": and the elements",
    "MINUS": "- and the last position of a run",
    "STAR": "* and how often the element repeats",
    "LSQB": "[ and the codes that tell this use from others",
    "RSQB": "]",
    "_OPEN": "( and components",
    "_CLOSE": ")",
    "_NL": "the end of the line",
    "_INDENT": "a line indented deeper",
    "_DEDENT": "a line of an outer loop",
    "$END": "the end of the file",
    "GUIDE": "the word guide",
    "ALSO": "also",
    "WHEN": "when",
    "UNUSED": "unused",
    "CODES": "codes",
    "USE": "use",
    "GROUP_": "the word group",
}
_FIRST_AND_LAST = {"envelope": ("ISA", "IEA")}


class _Lines(Indenter):
    NL_type = "_NL"
    OPEN_PAREN_types = ["_OPEN"]  # noqa: RUF012  lark reads them as lists
    CLOSE_PAREN_types = ["_CLOSE"]  # noqa: RUF012
    INDENT_type = "_INDENT"
    DEDENT_type = "_DEDENT"
    tab_len = 8

    def handle_NL(self, token: Token) -> Iterator[Token]:
        indent = len(token.rsplit("\n", 1)[1].expandtabs(self.tab_len))
        if indent < self.indent_level[-1] and indent not in self.indent_level:
            raise _Misplaced((token.end_line or 1), indent + 1)
        yield from super().handle_NL(token)


class _Misplaced(Exception):
    """A line is indented to a column where no loop begins."""


@cache
def _parser() -> Lark:
    return Lark(resources.grammar("guide"), parser="lalr", postlex=_Lines(), maybe_placeholders=True, propagate_positions=True)


def read(text: str, path: str) -> Guide:
    """The guide that `text` states; DefinitionError, with the place in `path`, where it cannot be one."""
    try:
        tree = _parser().parse(text if text.endswith("\n") else text + "\n")
    except _Misplaced as error:
        line, column = error.args
        raise _error("this line stands between two levels; indent it as the lines of its loop", path, text, line, column) from None
    except UnexpectedInput as error:
        raise _unexpected(error, path, text) from None
    return _Reader(text, path).guide(tree)


def _error(message: str, path: str, text: str, line: int, column: int) -> DefinitionError:
    lines = text.splitlines()
    return DefinitionError(message, path, line, column, lines[line - 1].rstrip() if 0 < line <= len(lines) else "")


def _unexpected(error: UnexpectedInput, path: str, text: str) -> DefinitionError:
    line, column = max(error.line, 1), max(error.column, 1)
    found = ""
    if isinstance(error, UnexpectedToken):
        expected = set(error.accepts or error.expected)
        if error.token.type in ("_NL", "_DEDENT", "$END") and line <= len(text.splitlines()):
            found = "the end of the line"
        elif error.token.type == "_INDENT":
            line, column = (error.token.end_line or line), (error.token.end_column or column)
            return _error("only a loop has lines of its own below it; indent this line as the one above", path, text, line, column)
        elif error.token:
            found = f"{str(error.token)!r}"
    elif isinstance(error, UnexpectedCharacters):
        expected = set(error.allowed or ())
        found = f"{error.char!r}" if error.char.strip() else "the end of the line"
    else:
        expected = set()
    if expected >= {"SEGMENT", "LOOP_"} or {"SEGMENT", "USE"} <= expected:
        expected -= {"ALSO", "WHEN", "UNUSED", "CODES", "_DEDENT", "$END"}
    words = sorted({_WORDS.get(name, name.lower()) for name in expected if not name.startswith("__IGNORE")} - {""})
    wanted = (", ".join(words[:-1]) + " or " + words[-1]) if len(words) > 1 else "".join(words)
    return _error(f"expected {wanted}" + (f", found {found}" if found else ""), path, text, line, column)


class _Reader:
    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path
        self.lists: dict[str, tuple[str, ...]] = {}
        self.loops: dict[str, LoopUse] = {}

    def fail(self, message: str, at: Token) -> NoReturn:
        raise _error(message, self.path, self.text, at.line or 0, at.column or 0)

    def guide(self, tree: Tree[Token]) -> Guide:
        head, *rest = tree.children
        set_, version, label, group = (head.children[n] for n in range(4))  # type: ignore[union-attr]  # guide_line, by the grammar
        versions, when, unused = [str(version)], [], "error"
        items = []
        for part in rest:
            assert isinstance(part, Tree)
            match part.data:
                case "also":
                    versions += [str(v) for v in part.children]
                case "when":
                    if part.children[0] != "BHT02":
                        self.fail("guides of one version are told apart by BHT02 only", part.children[0])  # type: ignore[arg-type]
                    when.append((str(part.children[0]), self.codes(part.children[1])))
                case "unused":
                    unused = str(part.children[0])
                case "list":
                    name = part.children[0]
                    assert isinstance(name, Token)
                    if str(name) in self.lists:
                        self.fail(f"the list {name} is there already", name)
                    self.lists[str(name)] = self.codes(part.children[1])
                case _:
                    items.append(part)
        first, last = _FIRST_AND_LAST.get(str(set_), ("ST", "SE"))
        content = self.items(items, str(set_), set_)  # type: ignore[arg-type]
        for wanted, use, tree_ in ((first, content[0], items[0]), (last, content[-1], items[-1])):
            if not isinstance(use, SegmentUse) or use.id != wanted:
                self.fail(f"a guide begins with {first} and ends with {last}; expected {wanted} here", _first_token(tree_))
        where = PurePath(self.path)
        return Guide(
            set=str(set_),
            version=str(version),
            versions=tuple(dict.fromkeys(versions)),
            name="/".join(p for p in (where.parent.name, where.stem) if p),
            label=_unquoted(label),  # type: ignore[arg-type]
            group=str(group or ""),
            when=tuple(when),
            unused=unused,
            root=LoopUse(str(set_), _unquoted(label), "R", 1, False, content),  # type: ignore[arg-type]
        )

    def items(self, trees: Sequence[Tree[Token]], loop: str, at: Token) -> tuple[SegmentUse | LoopUse, ...]:
        found: list[SegmentUse | LoopUse] = []
        for tree in trees:
            use = getattr(self, str(tree.data))(tree)
            here = _first_token(tree)
            if isinstance(use, LoopUse) and any(isinstance(u, LoopUse) and u.id == use.id for u in found):
                self.fail(f"loop {use.id} is already in this place; say how often it may come instead", here)
            first = _first(use)
            for other in reversed(found):
                beside = _first(other)
                if beside.id != first.id:
                    break
                if not first.qualifiers or not beside.qualifiers or first.qualifier != beside.qualifier:
                    self.fail(f"{first.id} stands twice at this place: give each its [codes] at one element, so that they can be told apart", here)
                if both := sorted(set(first.qualifiers) & set(beside.qualifiers)):
                    self.fail(f"{first.id}[{'|'.join(both)}] stands twice at this place, and nothing tells the two apart", here)
            found.append(use)
        return tuple(found)

    def loop(self, tree: Tree[Token]) -> LoopUse:
        id_, label, usage, most, unit, *items = tree.children
        assert isinstance(id_, Token)
        content = self.items(items, str(id_), id_)  # type: ignore[arg-type]
        first = content[0]
        if not isinstance(first, SegmentUse) or first.usage != "R" or first.most != 1:
            self.fail("a loop begins with the segment that opens it: required, once (R 1)", _first_token(items[0]))
        use = LoopUse(str(id_), _unquoted(label), str(usage), self.most(most), unit is not None, content)  # type: ignore[arg-type]
        self.loops[use.id] = use
        return use

    def use(self, tree: Tree[Token]) -> LoopUse:
        id_, usage, most = tree.children
        assert isinstance(id_, Token)
        loop = self.loops.get(str(id_))
        if loop is None:
            self.fail(f"there is no loop {id_} above this line" + _near(str(id_), self.loops), id_)
        return replace(loop, usage=str(usage), most=self.most(most)) if usage else loop

    def segment(self, tree: Tree[Token]) -> SegmentUse:
        id_, kind, name, label, usage, most, elements = tree.children
        assert isinstance(id_, Token)
        standard = dictionary().segments.get(str(id_))
        if standard is None:
            self.fail(f"the dictionary has no segment {id_}" + _near(str(id_), dictionary().segments), id_)
        uses = self.elements(elements, standard, str(id_)) if elements else ()  # type: ignore[arg-type]
        qualifiers: tuple[str, ...] = ()
        place = standard.kind
        if kind is not None:
            said, codes = kind.children  # type: ignore[union-attr]
            if said:
                element, _, component = str(said)[:-1].partition("-")  # type: ignore[index]
                place = (int(element), int(component or 0))
            qualifiers = self.codes(codes)
            uses = self.qualified(uses, place, qualifiers, id_)
        return SegmentUse(
            id=str(id_),
            label=_unquoted(label) if label else standard.name,  # type: ignore[arg-type]
            usage=str(usage),
            most=self.most(most),
            elements=uses,
            notes=standard.notes,
            size=len(standard.places),
            qualifier=place,
            qualifiers=qualifiers,
            name=str(name or ""),
        )

    def qualified(
        self, uses: tuple[ElementUse, ...], kind: tuple[int, int], codes: tuple[str, ...], at: Token
    ) -> tuple[ElementUse, ...]:
        position, component = kind
        place = f"{at}{position:02}" + (f"-{component}" if component else "")
        for n, use in enumerate(uses):
            if use.position != position:
                continue
            inner = self.qualified(use.components, (component, 0), codes, at) if component else ()
            if component:
                return (*uses[:n], replace(use, components=inner), *uses[n + 1 :])
            if use.codes and use.codes != codes:
                self.fail(f"the codes in brackets and those of {place} differ; the brackets are enough", at)
            self.fitting(codes, use, at)
            return (*uses[:n], replace(use, codes=codes), *uses[n + 1 :])
        self.fail(f"the codes in brackets stand at {place}, which this line does not use", at)

    def elements(self, tree: Tree[Token], standard: Standard, label: str) -> tuple[ElementUse, ...]:
        found: list[ElementUse] = []
        for part in tree.children:
            assert isinstance(part, Tree)
            for use in self.element(part, standard, label):
                if found and use.position <= found[-1].position:
                    at = part.children[0]
                    self.fail(f"{use.position:02} stands after {found[-1].position:02}; write positions in their order", at)  # type: ignore[arg-type]
                found.append(use)
        return tuple(found)

    def element(self, tree: Tree[Token], standard: Standard, label: str) -> Iterator[ElementUse]:
        first, last, optional, repeats, codes, components = tree.children
        assert isinstance(first, Token)
        if last is not None and int(str(last)) <= int(first):
            self.fail(f"a run goes upwards: {first} to {last} is none", first)
        if repeats is not None and int(str(repeats)) < 2:
            self.fail("an element that repeats does so twice or more", repeats)  # type: ignore[arg-type]
        for position in range(int(first), int(str(last or first)) + 1):
            if not 0 < position <= len(standard.places):
                what = "components" if standard.id.startswith("C") and len(standard.id) == 4 else "elements"
                self.fail(f"{standard.id} has {len(standard.places)} {what} in the standard, not {position}", last or first)  # type: ignore[arg-type]
            place = standard.places[position - 1]
            use = self.place(place, position, "S" if optional else "R", codes, components, first, label)
            yield replace(use, repeats=int(str(repeats))) if repeats else use

    def place(self, place: Place, position: int, usage: str, codes: Any, components: Any, at: Token, label: str) -> ElementUse:
        if not place.composite:
            if components is not None:
                self.fail(f"{label}{position:02} (element {place.reference}) is not a composite, it has no components", at)
            use = ElementUse(position, usage, dictionary().elements[place.reference], self.codes(codes) if codes else ())
            self.fitting(use.codes, use, at)
            return use
        composite = dictionary().composites[place.reference]
        if components is None:
            self.fail(f"{label}{position:02} is the composite {composite.id}: name its components in parentheses", at)
        return ElementUse(
            position,
            usage,
            None,
            composite=composite.id,
            components=self.elements(components, composite, f"{label}{position:02}-"),
            notes=composite.notes,
            size=len(composite.places),
        )

    def codes(self, tree: Any) -> tuple[str, ...]:
        found: list[str] = []
        for part in tree.children:
            token = part.children[0]
            if part.data == "named":
                if str(token) not in self.lists:
                    self.fail(f"there is no code list {token} above this line" + _near(str(token), self.lists), token)
                found += self.lists[str(token)]
            else:
                found.append(_unquoted(token))
            if len(set(found)) != len(found):
                self.fail(f"{token} is in this list twice", token)
        return tuple(found)

    def fitting(self, codes: tuple[str, ...], use: ElementUse, at: Token) -> None:
        element = use.element
        for code in codes:
            if element is not None and not element.minimum <= len(code) <= element.maximum:
                length = f"{element.minimum} to {element.maximum}" if element.minimum < element.maximum else f"{element.maximum}"
                self.fail(f"code {code} does not fit element {element.number}, which has {length} characters", at)

    def most(self, tree: Any) -> int | None:
        token = tree.children[0]
        if token.type == "MANY":
            return None
        if int(token) < 1:
            self.fail("how often: 1 or more, or >1 for no limit", token)
        return int(token)


def _first(use: SegmentUse | LoopUse) -> SegmentUse:
    while isinstance(use, LoopUse):
        use = use.items[0]
    return use


def _first_token(tree: Any) -> Token:
    return next(tree.scan_values(lambda t: isinstance(t, Token)))


def _unquoted(token: Token) -> str:
    return str(token).strip('"')


def _near(word: str, known: Any) -> str:
    close = difflib.get_close_matches(word, list(known), 3, 0.5)
    return f" (did you mean {' or '.join(close)}?)" if close else ""

"""The notation of *.guide read into a guide, or refused with its place and what was expected there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import PurePath
from typing import Any, Final, NoReturn

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.indenter import Indenter

from edi import resources
from edi.errors import DefinitionError
from edi.guides.dictionary import Place, Standard, dictionary
from edi.guides.guide import ElementUse, Guide, LoopUse, SegmentUse

_WORDS: Final = {
    "GUIDE": 'the first line, guide 837 005010X222A1 "..."',
    "SET": "a transaction set such as 837",
    "VERSION": "a version such as 005010X222A1",
    "ELEMENT": "an element such as BHT02",
    "SEVERITY": "error or warning",
    "SEGMENT": "a segment such as REF",
    "LOOP_WORD": "a loop",
    "USE": "use (a loop again)",
    "ALSO": "also (a version)",
    "WHEN": "when",
    "UNUSED": "unused",
    "CODES": "codes (a list)",
    "LOOP": "a loop id such as 2300",
    "LSQB": "[codes]",
    "PLACE": "a place such as 02=",
    "CODE": "a code",
    "AT": "@ and the name of a code list",
    "VBAR": "| and another code",
    "NAME": "a name in small letters",
    "STRING": 'a text in "quotation marks"',
    "USAGE": "R (required) or S (situational)",
    "COUNT": "how often (1, 5)",
    "MANY": ">1 (no limit)",
    "UNIT": "unit",
    "COLON": ": and elements",
    "POSITION": "a position of two digits such as 02",
    "OPTIONAL": "?",
    "MINUS": "- and the last position of a run",
    "STAR": "* and how often it repeats",
    "EQUAL": "= and codes",
    "_OPEN": "(components)",
    "_CLOSE": ")",
    "RSQB": "]",
    "GROUP_WORD": "group",
    "GROUP": "a functional group such as HC",
    "_INDENT": "the lines of the loop, indented",
    "_NL": "the end of the line",
    "$END": "the end of the file",
}
"""The grammar's terminals in words, in the order in which they are named."""
_BODY: Final = {"SEGMENT", "LOOP_WORD", "USE"}
_BEFORE_END: Final = {"COLON", "VBAR", "EQUAL", "GROUP_WORD", "VERSION"}
"""Where one of these may come, the line may also end."""
_ENVELOPE: Final = ("ISA", "IEA")
_SET: Final = ("ST", "SE")


class _MisplacedError(Exception):
    """A line is indented to a column where no loop begins: line, column."""


class _Lines(Indenter):
    NL_type = "_NL"
    OPEN_PAREN_types = ["_OPEN"]  # noqa: RUF012  lark declares them so
    CLOSE_PAREN_types = ["_CLOSE"]  # noqa: RUF012
    INDENT_type = "_INDENT"
    DEDENT_type = "_DEDENT"
    tab_len = 8

    def handle_NL(self, token: Token) -> Iterator[Token]:  # noqa: N802  lark's name
        indent = len(token.rsplit("\n", 1)[1].expandtabs(self.tab_len))
        if indent < self.indent_level[-1] and indent not in self.indent_level:
            raise _MisplacedError(token.end_line, indent + 1)
        yield from super().handle_NL(token)


@cache
def _parser() -> Lark:
    return Lark(resources.grammar("guide"), parser="lalr", postlex=_Lines(), maybe_placeholders=True, propagate_positions=True)


def read(text: str, path: str) -> Guide:
    """The guide that `text` states; DefinitionError, with the place in `path`, where it cannot be one."""
    text = text.removeprefix("\ufeff")
    try:
        tree = _parser().parse(text.rstrip() + "\n")
    except _MisplacedError as error:
        line, column = error.args
        raise _error("this line stands between two loops; indent it like its own loop", path, text, line, column) from None
    except UnexpectedInput as error:
        raise _unexpected(error, path, text) from None
    return _Reader(text, path).guide(tree)


def _error(message: str, path: str, text: str, line: int, column: int) -> DefinitionError:
    lines = text.split("\n")  # as lark counts them
    shown = lines[line - 1].replace("\t", " ").rstrip() if 0 < line <= len(lines) else ""  # the caret counts a tab as one
    return DefinitionError(message, path, line, column, shown)


def _unexpected(error: UnexpectedInput, path: str, text: str) -> DefinitionError:
    """A place where the grammar cannot go on, in words: what could stand there, and what does."""
    lines = text.rstrip().split("\n")
    line, column, expected, found = error.line, error.column, set[str](), ""
    if isinstance(error, UnexpectedToken):
        token, expected = error.token, set(error.accepts or error.expected)
        if token.type == "_INDENT":
            line, column = token.end_line or line, token.end_column or column
            return _error("only a loop has lines below it; indent this line like the one above", path, text, line, column)
        found = {"_NL": "the end of the line", "_DEDENT": "the end of the loop"}.get(token.type, repr(str(token)))
    elif isinstance(error, UnexpectedCharacters):
        expected, found = set(error.allowed or ()), "an open quotation mark" if error.char == '"' else repr(error.char)
    if not 0 < line <= len(lines) or getattr(getattr(error, "token", None), "type", "") == "$END":
        line, column, found = len(lines), len(lines[-1]) + 1, "the end of the file"
    if not expected & _BEFORE_END and expected != {"_NL"}:
        expected -= {"_NL"}  # lark's lexer takes one anywhere
    if expected & _BODY:
        expected &= {*_BODY, "UNIT", "_INDENT"}  # what else the grammar allows here would only distract
    words = [word for name, word in _WORDS.items() if name in expected]
    listed = ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else "".join(words)
    return _error(f"expected {listed or 'nothing more'}, found {found}", path, text, line, column)


class _Reader:
    """Reads one tree of the grammar (`tree: Any`, since lark's trees say nothing of what is in them)."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path
        self.lists: dict[str, tuple[str, ...]] = {}
        self.loops: dict[str, LoopUse] = {}

    def fail(self, message: str, at: Token) -> NoReturn:
        raise _error(message, self.path, self.text, at.line or 0, at.column or 0)

    def guide(self, tree: Any) -> Guide:
        head, *rest = tree.children
        set_, version, label, group = head.children
        versions, unused, items = [str(version)], "error", []
        when: tuple[tuple[str, tuple[str, ...]], ...] = ()
        for part in rest:
            match part.data:
                case "also":
                    versions += map(str, part.children)
                case "when":
                    element, codes = part.children
                    if element != "BHT02":
                        self.fail("guides of one version are told apart by BHT02, by nothing else", element)
                    when = ((str(element), self.codes(codes)),)
                case "unused":
                    unused = str(part.children[0])
                case "list":
                    self.code_list(*part.children)
                case _:
                    items.append(part)
        root = LoopUse(str(set_), _unquoted(label), "R", 1, False, self.items(items))
        self.ends(root, items)
        where = PurePath(self.path)
        return Guide(
            set=root.id,
            version=str(version),
            versions=tuple(dict.fromkeys(versions)),
            name=f"{where.parent.name}/{where.stem}".lstrip("/"),
            label=root.label,
            group=str(group or ""),
            when=when,
            unused=unused,
            root=root,
        )

    def code_list(self, name: Token, codes: Any) -> None:
        if str(name) in self.lists:
            self.fail(f"there is a code list {name} above this line", name)
        self.lists[str(name)] = self.codes(codes)

    def ends(self, root: LoopUse, trees: Sequence[Any]) -> None:
        first, last = _ENVELOPE if root.id == "envelope" else _SET
        for wanted, use, tree in ((first, root.items[0], trees[0]), (last, root.items[-1], trees[-1])):
            if use.id != wanted:
                self.fail(f"a guide begins with {first} and ends with {last}; expected {wanted}, found {use.id}", _token(tree))
        opener = root.items[0]
        if isinstance(opener, SegmentUse) and first == "ST":
            stated = next((e.codes for e in opener.elements if e.position == 1), ())
            if stated not in ((), (root.id,)):
                self.fail(f"this guide is for the set {root.id}, but ST01 is {' or '.join(stated)}", _token(trees[0]))

    def items(self, trees: Sequence[Any]) -> tuple[SegmentUse | LoopUse, ...]:
        found: list[SegmentUse | LoopUse] = []
        for tree in trees:
            here = _token(tree)
            match tree.data:
                case "segment":
                    use: SegmentUse | LoopUse = self.segment(*tree.children)
                case "loop":
                    use = self.loop(*tree.children)
                case _:
                    use = self.again(*tree.children)
            if isinstance(use, LoopUse) and any(isinstance(u, LoopUse) and u.id == use.id for u in found):
                self.fail(f"loop {use.id} is in this place already; say there how often it may come", here)
            self.apart(use, found, here)
            found.append(use)
        return tuple(found)

    def apart(self, use: SegmentUse | LoopUse, before: Sequence[SegmentUse | LoopUse], here: Token) -> None:
        """Neighbours that begin with the same segment stand at one place in any order: their codes must tell them apart."""
        first = _first(use)
        for other in map(_first, reversed(before)):
            if other.id != first.id:
                return
            if not first.qualifiers or not other.qualifiers or first.qualifier != other.qualifier:
                self.fail(f"{first.id} stands here twice: tell the two apart by [codes], both at one element", here)
            if both := "|".join(q for q in first.qualifiers if q in other.qualifiers):
                self.fail(f"{first.id}[{both}] stands here twice, and nothing tells the two apart", here)

    def loop(self, id_: Token, label: Token, usage: Token, most: Any, unit: Token | None, *items: Any) -> LoopUse:
        use = LoopUse(str(id_), _unquoted(label), str(usage), self.most(most), unit is not None, self.items(items))
        first = use.items[0]
        if not isinstance(first, SegmentUse) or first.usage != "R" or first.most != 1:
            self.fail("a loop begins with the segment that opens it, required and once (R 1)", _token(items[0]))
        self.loops[use.id] = use
        return use

    def again(self, id_: Token, usage: Token | None, most: Any) -> LoopUse:
        loop = self.loops.get(str(id_))
        if loop is None:
            self.fail(f"there is no loop {id_} above this line{_near(id_, self.loops)}", id_)
        return replace(loop, usage=str(usage), most=self.most(most)) if usage else loop

    def segment(
        self, id_: Token, kind: Any, name: Token | None, label: Token | None, usage: Token, most: Any, elements: Any
    ) -> SegmentUse:
        standard = dictionary().segments.get(str(id_))
        if standard is None:
            self.fail(f"the dictionary has no segment {id_}{_near(id_, dictionary().segments)}", id_)
        uses = self.elements(elements, standard, str(id_)) if elements else ()
        self.whole(uses, standard, str(id_), id_)
        place = standard.kind
        qualifiers: tuple[str, ...] = ()
        if kind:
            said, codes = kind.children
            if said:
                element, _, component = str(said).rstrip("=").partition("-")
                place = (int(element), int(component or 0))
            qualifiers = self.codes(codes)
            uses = self.qualified(uses, place, qualifiers, id_)
        return SegmentUse(
            id=str(id_),
            label=_unquoted(label) if label else standard.name,
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
        self, uses: Sequence[ElementUse], place: tuple[int, int], codes: tuple[str, ...], at: Token
    ) -> tuple[ElementUse, ...]:
        """The element uses, the codes of the brackets now at their place."""
        position, component = place
        wanted = f"{at}{position:02}" + (f"-{component:02}" if component else "")
        found = next((use for use in uses if use.position == position), None)
        if found is None or bool(component) != bool(found.components):
            self.fail(f"the codes in brackets are those of {wanted}, which this line does not use", at)
        if component:
            new = replace(found, components=self.qualified(found.components, (component, 0), codes, at))
        elif found.usage != "R":
            self.fail(f"the codes in brackets are those of {wanted}, which must be required (no ?)", at)
        elif found.codes and set(found.codes) != set(codes):
            self.fail(f"the codes in brackets and those of {wanted} differ; write them once, in the brackets", at)
        else:
            self.fitting(codes, found, at)
            new = replace(found, codes=codes)
        return tuple(new if use is found else use for use in uses)

    def elements(self, tree: Any, standard: Standard, of: str) -> tuple[ElementUse, ...]:
        found: list[ElementUse] = []
        for part in tree.children:
            for use in self.element(*part.children, standard=standard, of=of):
                if found and use.position <= found[-1].position:
                    self.fail(f"{of}{use.position:02} stands after {of}{found[-1].position:02}", part.children[0])
                found.append(use)
        return tuple(found)

    def element(
        self, first: Token, last: Token | None, optional: Token | None, repeats: Token | None, codes: Any, components: Any,
        *, standard: Standard, of: str,
    ) -> Iterator[ElementUse]:  # fmt: skip
        if last and int(last) <= int(first):
            self.fail(f"a run goes upwards, {first}-{last} does not", first)
        if repeats and int(repeats) < 2:
            self.fail("an element that repeats may stand twice or more often", repeats)
        for position in range(int(first), int(last or first) + 1):
            if not 0 < position <= len(standard.places):
                self.fail(f"{of}{position:02}: {standard.id} has {len(standard.places)} places in the standard", last or first)
            use = self.place(standard.places[position - 1], position, "S" if optional else "R", codes, components, first, of)
            yield replace(use, repeats=int(repeats)) if repeats else use

    def place(self, place: Place, position: int, usage: str, codes: Any, components: Any, at: Token, of: str) -> ElementUse:
        name = f"{of}{position:02}"
        if not place.composite:
            if components:
                self.fail(f"{name} is the simple element {place.reference}; it has no components", at)
            use = ElementUse(position, usage, dictionary().elements[place.reference], self.codes(codes) if codes else ())
            self.fitting(use.codes, use, at)
            return use
        composite = dictionary().composites[place.reference]
        if not components:
            self.fail(f"{name} is the composite {composite.id} ({composite.name}): name its components, {position:02}(01 02)", at)
        uses = self.elements(components, composite, f"{name}-")
        self.whole(uses, composite, f"{name}-", at)
        return ElementUse(
            position, usage, None, composite=composite.id, components=uses, notes=composite.notes, size=len(composite.places)
        )

    def whole(self, uses: Sequence[ElementUse], standard: Standard, of: str, at: Token) -> None:
        """What the standard demands no guide may drop."""
        required = {use.position for use in uses if use.usage == "R"}
        for position, place in enumerate(standard.places, 1):
            if place.mandatory and position not in required:
                self.fail(f"{of}{position:02} is mandatory in the standard: write {position:02}, without ?", at)

    def codes(self, tree: Any) -> tuple[str, ...]:
        found: list[str] = []
        for part in tree.children:
            token: Token = part.children[0]
            if part.data == "code":
                more: tuple[str, ...] = (_unquoted(token),)
            elif str(token) in self.lists:
                more = self.lists[str(token)]
            else:
                self.fail(f"there is no code list {token} above this line{_near(token, self.lists)}", token)
            if twice := [code for code in more if code in found]:
                self.fail(f"code {twice[0]} is in this list twice", token)
            found += more
        return tuple(found)

    def fitting(self, codes: Iterable[str], use: ElementUse, at: Token) -> None:
        if element := use.element:
            for code in codes:
                if not element.minimum <= len(code) <= element.maximum:
                    span = " to ".join(dict.fromkeys((f"{element.minimum}", f"{element.maximum}")))
                    self.fail(f"code {code} does not fit element {element.number} ({element.name}), which is {span} long", at)

    def most(self, tree: Any) -> int | None:
        token: Token = tree.children[0]
        if token.type == "MANY":
            return None
        if int(token) < 1:
            self.fail("expected how often it may come: 1 or more, >1 for no limit", token)
        return int(token)


def _first(use: SegmentUse | LoopUse) -> SegmentUse:
    while isinstance(use, LoopUse):
        use = use.items[0]
    return use


def _token(tree: Any) -> Token:
    """The first token of a line, where a message points."""
    found: Token = next(tree.scan_values(lambda t: isinstance(t, Token)))
    return found


def _unquoted(token: Token) -> str:
    return str(token).strip('"')


def _near(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), 3, 0.5)
    return f"; near it: {', '.join(close)}" if close else ""

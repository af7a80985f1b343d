"""A first *.guide from one of pyx12's maps.

pyx12 keeps its maps as XML in two formats (facts as child elements, or as attributes in the `.v2.xml` files); both give the
same guide. What a map says that a guide does not: regular expressions and external code lists (codes are looked up at
level 5), data types (the dictionary has them), the envelope around ST and SE, and the numbers of positions.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.parsers.expat import ErrorString

from edi.errors import DefinitionError
from edi.guides.dictionary import dictionary

GROUPS: Final = {
    "270": "HS", "271": "HB", "276": "HR", "277": "HN", "278": "HI",
    "820": "RA", "834": "BE", "835": "HP", "837": "HC", "999": "FA",
}  # fmt: skip
"""GS01 by transaction set, for maps that leave out the envelope."""
UNITS: Final = {"837": ("2000A", "2000B", "2000C", "2300"), "835": ("2000", "2100")}
"""The loops that a file has many of."""
_KINDS: Final = ("AMT", "CRC", "CTX", "DTM", "DTP", "HI", "HL", "LQ", "N1", "NM1", "NTE", "PER", "PRV", "QTY", "REF")
"""Segments whose first code says what they are; the code goes into brackets."""
_ENVELOPE: Final = ("ISA", "IEA", "GS", "GE", "TA1")
_LONG: Final = 10
"""A list with more codes than this becomes a named one when it is used twice."""
_WIDTH: Final = 124


def guide_text(map_file: str | Path) -> str:
    """The text of a guide that says what the map says; DefinitionError where the file is not a map of pyx12's."""
    path = Path(map_file)
    try:
        root = ET.parse(path).getroot()
    except OSError as error:
        raise DefinitionError(f"cannot be read ({error.strerror})", str(path)) from None
    except ET.ParseError as error:
        line, column = error.position
        raise DefinitionError(f"is not XML ({ErrorString(error.code)})", str(path), line, column + 1) from None
    if root.tag != "transaction" or root.find(".//segment[@xid='ST']") is None:
        raise DefinitionError("is not a transaction map of pyx12: expected <transaction> with a segment ST in it", str(path))
    for segment in root.iter("segment"):
        for use in segment.iter():
            number = (_fact(use, "seq") if use.tag in ("element", "composite") else None) or "0"
            if not (number.isascii() and number.isdigit()):
                message = f"has an element of {segment.get('xid')} at {number!r}: <seq> is the number of its position"
                raise DefinitionError(message, str(path))
    return _Writer(root, path).text()


class _Writer:
    def __init__(self, root: ET.Element, path: Path) -> None:
        self.root, self.path = root, path
        self.set = _codes_of(root, "ST", 1)[0] if _codes_of(root, "ST", 1) else path.name[:3]
        self.lists: dict[tuple[str, ...], str] = {}
        self.written: dict[str, tuple[list[str], str]] = {}
        self.places: dict[int, tuple[int, int]] = {}

    def text(self) -> str:
        version = _version(self.root, self.path)
        group = (_codes_of(self.root, "GS", 1) or [GROUPS.get(self.set, "")])[0]
        name = " ".join((_fact(self.root, "name") or self.set).replace('"', "'").split())
        lines = [
            f"# Derived from {self.path.name.replace('.v2.xml', '.xml')}, a map of pyx12 (BSD licence, John Holland).",
            "# Not taken over: pyx12's regular expressions and external code lists, the numbers of positions.",
            f'guide {self.set} {version} "{name}"' + (f" group {group}" if group else ""),
        ]
        self.name_lists()
        lines += [line for codes, name in self.lists.items() for line in _folded(f"codes {name} = {'|'.join(codes)}", "|")]
        lines += ["", *(part for line in self.items(self.root, "") for part in _folded(line, " "))]
        return "\n".join(lines) + "\n"

    def name_lists(self) -> None:
        """Long lists that are used more than once get a name, from their element's."""
        uses = Counter((codes, _fact(e, "data_ele") or "") for e in self.root.iter("element") if len(codes := _codes(e)) > _LONG)
        for codes, number in (key for key, count in uses.items() if count > 1):
            if codes not in self.lists:
                element = dictionary().elements.get(number)
                base = re.sub(r"[^a-z0-9]+", "-", (element.name if element else number).lower()).strip("-")
                taken = set(self.lists.values())
                self.lists[codes] = next(n for n in (base, *(f"{base}-{k}" for k in range(2, 99))) if n not in taken)

    def items(self, parent: ET.Element, indent: str) -> Iterator[str]:
        content = list(_content(parent))
        self.tell_apart(content)
        for position, child in enumerate(content):
            if child.tag == "loop":
                yield from self.loop(child, indent)
            else:
                yield self.segment(child, indent, position == 0 and parent is not self.root and parent.get("type") is None)

    def tell_apart(self, content: list[ET.Element]) -> None:
        """Neighbours that begin with the same segment get brackets at the first place where their codes differ."""
        while content:
            openings = [_opening(child) for child in content]
            id_ = openings[0].get("xid") or ""
            other = next((n for n, o in enumerate(openings) if o.get("xid") != id_), len(openings))
            run, content = openings[:other], content[other:]
            standard = dictionary().segments.get(id_)
            if len(run) < 2 or standard is None:
                continue
            for place in (standard.kind, *((n, 0) for n in range(1, len(standard.places) + 1))):
                codes = [_qualifiers(_uses(o), place) for o in run]
                if all(codes) and len(set().union(*codes)) == sum(map(len, codes)):
                    self.places |= {id(o): place for o in run}
                    break

    def loop(self, loop: ET.Element, indent: str) -> Iterator[str]:
        id_, usage, most = loop.get("xid") or "", _fact(loop, "usage") or "R", _most(_fact(loop, "repeat"))
        content = list(self.content(loop))
        if self.written.get(id_, (None, ""))[0] == content:
            yield f"{indent}use {id_}" + ("" if self.written[id_][1] == f"{usage} {most}" else f" {usage} {most}")
            return
        self.written[id_] = (content, f"{usage} {most}")
        unit = " unit" if id_ in UNITS.get(self.set, ()) else ""
        yield f'{indent}loop {id_} "{_label(loop)}" {usage} {most}{unit}'
        yield from self.items(loop, indent + "    ")

    def content(self, loop: ET.Element) -> Iterator[str]:
        """What a loop says, by which the same loop at another place is known."""
        content = list(_content(loop))
        self.tell_apart(content)
        for position, child in enumerate(content):
            if child.tag == "loop":
                yield " ".join((child.get("xid") or "", _label(child), _fact(child, "usage") or "", _fact(child, "repeat") or ""))
                yield from self.content(child)
            else:
                yield self.segment(child, "", position == 0)

    def segment(self, segment: ET.Element, indent: str, opening: bool) -> str:
        id_ = segment.get("xid") or ""
        standard = dictionary().segments.get(id_)
        if standard is None:
            raise DefinitionError(f"uses the segment {id_}, which the dictionary does not have", str(self.path))
        usage, most = _fact(segment, "usage") or "R", _most(_fact(segment, "max_use"))
        if opening:
            usage, most = "R", "1"  # it opens its loop, whose own usage says whether it must come
        uses = _uses(segment)
        place = self.places.get(id(segment), standard.kind if id_ in _KINDS else (0, 0))
        bracket = _qualifiers(uses, place)
        written = self.elements(uses, place if bracket else (0, 0))
        said = "" if place == standard.kind else f"{place[0]:02}="
        kind = f"[{said}{self.codes(bracket)}]" if bracket else ""
        return f'{indent}{id_ + kind} "{_label(segment)}" {usage} {most}' + (f" : {' '.join(written)}" if written else "")

    def elements(self, uses: list[ET.Element], place: tuple[int, int]) -> list[str]:
        """`01 02? 03-06?=A|B`; the codes at `place` stand in the brackets before."""
        found: list[tuple[int, str]] = []
        for use in uses:
            position, optional = _position(use), "" if _fact(use, "usage") == "R" else "?"
            repeat = _most(_fact(use, "repeat"))
            tail = optional + (f"*{repeat}" if repeat not in ("1", ">1") else "")
            if use.tag == "composite":
                at = (place[1], 0) if position == place[0] and place[1] else (0, 0)
                tail += f"({' '.join(self.elements(_uses(use), at))})"
            elif (codes := _codes(use)) and place != (position, 0):
                tail += "=" + self.codes(codes)
            found.append((position, tail))
        return _runs(found)

    def codes(self, codes: tuple[str, ...]) -> str:
        named = self.lists.get(codes)
        return f"@{named}" if named else "|".join(c if re.fullmatch("[A-Za-z0-9][A-Za-z0-9.]*", c) else f'"{c}"' for c in codes)


def _runs(found: list[tuple[int, str]]) -> list[str]:
    """Three or more alike in a row are written as one."""
    words: list[str] = []
    while found:
        length = 1
        while length < len(found) and found[length] == (found[0][0] + length, found[0][1]):
            length += 1
        first, tail = found[0]
        if length < 3:
            length = 1
        words.append(f"{first:02}{tail}" if length == 1 else f"{first:02}-{first + length - 1:02}{tail}")
        found = found[length:]
    return words


def _content(parent: ET.Element) -> Iterator[ET.Element]:
    """The loops and segments of a loop in wire order, without the envelope and the wrappers that mark tables.

    Order is the document's: `pos` is no guide where pyx12 bends it (2330D, 2420G, the HL loops).
    """
    for child in parent:
        if child.tag not in ("loop", "segment") or child.get("xid") in _ENVELOPE or _fact(child, "usage") == "N":
            continue
        if child.tag == "loop" and child.get("type") in ("explicit", "wrapper"):
            yield from _content(child)
        else:
            yield child


def _opening(item: ET.Element) -> ET.Element:
    while item.tag == "loop":
        item = next(_content(item))
    return item


def _uses(parent: ET.Element) -> list[ET.Element]:
    """The elements, composites or components that a map does not call not used, in their order."""
    return sorted((e for e in parent if e.tag in ("element", "composite") and _fact(e, "usage") != "N"), key=_position)


def _fact(node: ET.Element, name: str) -> str | None:
    value = node.get(name)
    return (node.findtext(name) or "").strip() or None if value is None else value.strip()


def _codes(element: ET.Element) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c.text.strip() for c in element.findall("valid_codes/code") if c.text and c.text.strip()))


def _codes_of(root: ET.Element, segment: str, position: int) -> tuple[str, ...]:
    for use in root.iterfind(f".//segment[@xid='{segment}']/element"):
        if _position(use) == position:
            return _codes(use)
    return ()


def _position(use: ET.Element) -> int:
    return int(_fact(use, "seq") or 0)


def _qualifiers(uses: list[ET.Element], place: tuple[int, int]) -> tuple[str, ...]:
    for use in uses:
        if _position(use) == place[0] and _fact(use, "usage") == "R":
            return _qualifiers(_uses(use), (place[1], 0)) if place[1] else _codes(use)
    return ()


def _most(text: str | None) -> str:
    return text if text and (text.isdigit() or text == ">1") else "1"


def _label(node: ET.Element) -> str:
    return " ".join((_fact(node, "name") or node.get("xid") or "").replace('"', "'").split())


def _version(root: ET.Element, path: Path) -> str:
    stated = _codes_of(root, "ST", 3) or _codes_of(root, "GS", 8)
    if stated:
        return stated[0]
    named = re.match(r"\w+?\.(?:\w\.)?(\d{4})\.?(X\d+)?(?:\.(A\d))?", path.name)
    return "00" + "".join(part or "" for part in named.groups()) if named else "005010"


def _folded(line: str, at: str) -> Iterator[str]:
    """`line`, broken before `at` so that it fits; what goes on begins with a bar or a position."""
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    while len(line) > _WIDTH:
        cut = line.rfind(at, len(indent) + 20, _WIDTH)
        while cut > 0 and at == " " and not re.match(r" (: )?\d\d(?![0-9A-Za-z])", line[cut:]):
            cut = line.rfind(at, len(indent) + 20, cut)
        if cut <= 0:
            break
        yield line[:cut].rstrip()
        line = indent + line[cut:].lstrip()
    yield line

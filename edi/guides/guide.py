"""An implementation guide as data, read from *.guide."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from edi import resources
from edi.errors import DefinitionError
from edi.guides.cache import digest, keep, kept
from edi.guides.keeping import decoded, encoded


@dataclass(frozen=True, slots=True)
class Element:
    """A data element of the dictionary: its number, type (AN ID DT TM R N0 N2 B), length in characters, and name."""

    number: str
    type: str
    minimum: int
    maximum: int
    name: str


@dataclass(frozen=True, slots=True)
class Note:
    """A syntax note: P all or none, R at least one, E at most one, C if the first all others, L if the first one other."""

    kind: str
    positions: tuple[int, ...]

    def broken(self, present: set[int] | frozenset[int]) -> bool:
        """Whether a segment that has something at these positions breaks it."""
        here = present.intersection(self.positions)
        match self.kind:
            case "P":
                return 0 < len(here) < len(self.positions)
            case "R":
                return not here
            case "E":
                return len(here) > 1
            case "C":
                return self.positions[0] in here and len(here) < len(self.positions)
            case _:
                return self.positions[0] in here and len(here) == 1


@dataclass(frozen=True, slots=True)
class ElementUse:
    """How a guide uses one element or component: R required, S situational; what it does not name is not used."""

    position: int
    usage: str
    element: Element | None
    codes: tuple[str, ...] = ()
    composite: str = ""
    components: tuple[ElementUse, ...] = ()
    notes: tuple[Note, ...] = ()
    repeats: int = 1
    size: int = 0
    """For a composite: how many components the standard gives it."""


@dataclass(frozen=True, slots=True)
class SegmentUse:
    """How a guide uses a segment at one place: `qualifiers` at `qualifier` (element, component or 0) tell it from others."""

    id: str
    label: str
    usage: str
    most: int | None
    elements: tuple[ElementUse, ...]
    notes: tuple[Note, ...] = ()
    size: int = 0
    """How many elements the standard gives the segment."""
    qualifier: tuple[int, int] = (1, 0)
    qualifiers: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class LoopUse:
    """How a guide uses a loop; `unit` marks the loops that a file has many of."""

    id: str
    label: str
    usage: str
    most: int | None
    unit: bool
    items: tuple[SegmentUse | LoopUse, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """One implementation guide, chosen by the set (ST01), the version (GS08, ST03) and, where two share those, by `when`."""

    set: str
    version: str
    versions: tuple[str, ...]
    name: str
    label: str
    group: str
    when: tuple[tuple[str, tuple[str, ...]], ...]
    unused: str
    root: LoopUse

    def __hash__(self) -> int:  # a guide has thousands of parts, and serves as a key for each transaction
        return hash((self.name, self.version))


NOTATION: Final = 1
"""Counts up whenever the same text would be read as another guide, so that what is cached is read again."""


def opener(item: SegmentUse | LoopUse) -> SegmentUse:
    """The first segment of an item."""
    while isinstance(item, LoopUse):
        item = item.items[0]
    return item


def tied(notes: Sequence[Note]) -> list[set[int]]:
    """Positions that syntax notes tie together, each set apart from the others."""
    blocks: list[set[int]] = []
    for note in notes:
        joined = set(note.positions)
        apart = []
        for block in blocks:
            if block & joined:
                joined |= block
            else:
                apart.append(block)
        blocks = [*apart, joined]
    return blocks


def all_ids(loop: LoopUse) -> Iterator[str]:
    """The id of each segment of a loop and of those in it."""
    for item in loop.items:
        if isinstance(item, LoopUse):
            yield from all_ids(item)
        else:
            yield item.id


def counted(loop: LoopUse) -> bool:
    """Whether there may be several of a loop in a row, and as many as segments with the id of its first."""
    name = opener(loop).id
    return loop.most != 1 and sum(id == name for id in all_ids(loop)) == 1


def parse(text: str, path: str | Path) -> Guide:
    """The guide that `text` states; DefinitionError, with the place in `path`, where it cannot be one."""
    from edi.guides import notation  # lark takes 0.1 s to import, and a cached guide needs none of it

    return notation.read(text, str(path))


@cache
def load(name: str) -> Guide:
    """A shipped guide by its name, "837/professional"."""
    return read(resources.guide_file(name))


def read(path: str | Path) -> Guide:
    """The guide in a file. What was read is kept in the user's cache, by the content of the file and of the dictionary."""
    path = Path(path)
    source, text = resources.text_of(path)
    name = _name(f"{path.parent.name}/{path.stem}".encode(), source)
    guide: Guide | None = kept(name, lambda content: decoded(content, _KINDS))
    if guide is None:
        guide = parse(text, path)
        keep(name, encoded(guide, _KINDS))
    return guide


def find(name: str) -> Guide:
    """The guide that a person means: a shipped one by its name or half of it, its version, 837P; or one in a file of theirs."""
    names = resources.guide_names()
    meant = [n for n in names if n == name] or [n for n in names if name in n.split("/")]
    if not meant:
        called = name.upper()
        meant = [n for n in names if n.startswith("837/") and called == f"837{n[4].upper()}"]
        meant = meant or [guide.name for guide in guides() if called in (*guide.versions, guide.set)]
    if len(meant) == 1 and not name.endswith(".guide"):
        return load(meant[0])
    if Path(name).is_file():
        return read(name)
    raise DefinitionError(f"no guide of that name, and no file; the guides are {', '.join(meant or names)}", name)


def guides() -> tuple[Guide, ...]:
    """All guides that are shipped, the envelope's too."""
    return tuple(load(name) for name in resources.guide_names())


def select(set: str, version: str, bht02: str = "") -> Guide | None:
    """The guide for a transaction, by ST01, its version (ST03 or GS08) and, where guides share those, BHT02."""
    for name, served, versions, purposes in _index():
        if served == set and version in versions and (not purposes or bht02 in purposes):
            return load(name)
    return None


def versions() -> dict[str, str]:
    """The versions of transactions for which there is a guide, each with the one that its guide is told by."""
    return {version: versions[0] for _, set, versions, _ in _index() if set != "envelope" for version in versions}


def purposes(set: str, version: str) -> tuple[str, ...]:
    """The codes of BHT02 by which guides of one version are told apart; none where one guide serves it alone."""
    return tuple(p for _, served, versions, purposes in _index() if served == set and version in versions for p in purposes)


@cache
def _index() -> tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...]:
    """Which guide serves what, without loading any: name, set, versions, BHT02."""
    files = [resources.guide_file(name).read_bytes() for name in resources.guide_names()]
    name = _name(b"index", *files)
    rows: list[Any] | None = kept(name, lambda content: list(json.loads(content)))
    if rows is None:
        rows = [[g.name, g.set, g.versions, [code for _, codes in g.when for code in codes]] for g in guides()]
        keep(name, json.dumps(rows).encode())
    return tuple((name, set, tuple(versions), tuple(purposes)) for name, set, versions, purposes in rows)


def _name(*sources: bytes) -> str:
    """The name under which what was read of these, and of the dictionary, is kept."""
    dictionary = (resources.definition(name).read_bytes() for name in resources.DICTIONARY)
    return f"{digest(str(NOTATION).encode(), *dictionary, *sources)}.json"


_KINDS: Final = (Element, Note, ElementUse, SegmentUse, LoopUse, Guide)

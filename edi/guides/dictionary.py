"""What X12 itself has: elements, composites and segments, read from edi/x12/*.tsv."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from edi import resources
from edi.errors import DefinitionError
from edi.guides.guide import Element, Note


@dataclass(frozen=True, slots=True)
class Place:
    """One position of a segment or composite in the standard: what stands there, and whether it must."""

    reference: str
    """The number of an element ("128") or the id of a composite ("C040")."""
    mandatory: bool

    @property
    def composite(self) -> bool:
        """Whether a composite stands here."""
        return self.reference.startswith("C")


@dataclass(frozen=True, slots=True)
class Standard:
    """A segment or composite as the standard has it; `kind` is the place (element, component or 0) of its qualifier."""

    id: str
    name: str
    places: tuple[Place, ...]
    notes: tuple[Note, ...]
    kind: tuple[int, int] = (1, 0)


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The three tables, by number or id."""

    elements: Mapping[str, Element]
    composites: Mapping[str, Standard]
    segments: Mapping[str, Standard]


@cache
def dictionary() -> Dictionary:
    """The dictionary of 005010, read once."""
    elements, composites, segments = resources.DICTIONARY
    return Dictionary(
        MappingProxyType({r[0]: Element(r[0], r[1], int(r[2]), int(r[3]), r[4]) for r in _rows(elements, 5)}),
        MappingProxyType({r[0]: Standard(r[0], r[1], _places(r[2]), notes(r[3])) for r in _rows(composites, 4)}),
        MappingProxyType({r[0]: Standard(r[0], r[1], _places(r[3]), notes(r[4]), _kind(r[2])) for r in _rows(segments, 5)}),
    )


def notes(text: str) -> tuple[Note, ...]:
    """The syntax notes written as in X12, "P0304 C1110"."""
    return tuple(Note(word[0], tuple(int(n) for n in re.findall("..", word[1:]))) for word in text.split())


def _rows(name: str, columns: int) -> Iterator[list[str]]:
    with resources.definition(name).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip() and not line.startswith("#"):
                row = line.rstrip("\r\n").split("\t")
                row += [""] * (columns - len(row))
                if len(row) != columns:
                    raise DefinitionError(f"expected {columns} columns divided by tabs", name, number, 1, line.rstrip())
                yield row


def _places(text: str) -> tuple[Place, ...]:
    return tuple(Place(word.rstrip("*"), word.endswith("*")) for word in text.split())


def _kind(text: str) -> tuple[int, int]:
    element, _, component = text.partition("-")
    return int(element), int(component or 0)

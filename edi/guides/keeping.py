"""Dataclasses as JSON, to be kept in the user's cache: guides and rules say the same thing often."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any


def encoded(value: Any, kinds: Sequence[type[Any]]) -> bytes:
    """A list of records, each once: a tuple as [-1, ...], a dataclass as [its place in `kinds`, ...]; [n] stands for record n.

    A guide says the same thing often (one address is like another, loop 2300 comes twice), so this is a fifth of the size.
    """
    records: list[Any] = []
    places: dict[Any, int] = {}

    def place(value: Any) -> Any:
        if isinstance(value, tuple):
            record = [-1, *(place(v) for v in value)]
        elif is_dataclass(value) and type(value) in kinds:
            record = [kinds.index(type(value)), *(place(getattr(value, f.name)) for f in fields(value))]
        else:
            return value
        key = json.dumps(record)
        if key not in places:
            places[key] = len(records)
            records.append(record)
        return [places[key]]

    place(value)
    return json.dumps(records, separators=(",", ":")).encode()


def decoded(content: bytes, kinds: Sequence[type[Any]]) -> Any:
    """The inverse of `encoded`, for a value of the last of the kinds; what cannot be read is an error of Python's own."""
    values: list[Any] = []
    for kind, *parts in json.loads(content):
        made = [values[p[0]] if p.__class__ is list else p for p in parts]
        values.append(tuple(made) if kind < 0 else kinds[kind](*made))
    if not isinstance(values[-1], kinds[-1]):
        raise TypeError(f"not a {kinds[-1].__name__}")
    return values[-1]

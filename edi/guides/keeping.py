"""What was worked out from definition files, kept in the user's cache by their content."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from edi import resources

_T = TypeVar("_T")


def kept(key: str, decode: Callable[[Any], _T]) -> _T | None:
    """What was kept under `key`; None where there is nothing, or nothing that can be read."""
    try:
        return decode(json.loads((resources.cache() / f"{key}.json").read_bytes()))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError):
        return None


def keep(key: str, value: Any) -> None:
    """Write whole or not at all; a cache that cannot be written is no one's trouble."""
    import tempfile  # only here, and rarely: 5 ms

    folder = resources.cache()
    with suppress(OSError, RuntimeError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(value, file, separators=(",", ":"))
            Path(name).replace(folder / f"{key}.json")
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def encoded(value: Any, kinds: Sequence[type[Any]]) -> list[Any]:
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
    return records


def decoded(records: list[Any], kinds: Sequence[type[Any]]) -> Any:
    """The inverse of `encoded`; what cannot be read is an error of Python's own (see `kept`)."""
    values: list[Any] = []
    for kind, *parts in records:
        content = [values[p[0]] if p.__class__ is list else p for p in parts]
        values.append(tuple(content) if kind < 0 else kinds[kind](*content))
    return values[-1]

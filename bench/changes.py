"""Copies of a document with one thing changed at random: for the law that both paths of the engine find the same."""

from __future__ import annotations

import random
from collections.abc import Iterator

from bench.documents import Tokens


def mutants(tokens: Tokens, rng: random.Random, count: int) -> Iterator[tuple[str, Tokens]]:
    """Copies with one thing changed: (what was done, the segments)."""
    kinds = (
        "delete",
        "repeat",
        "swap",
        "move",
        "blank",
        "long",
        "code",
        "empty",
        "extra",
        "component",
        "character",
        "trailing",
        "date",
        "space",
        "decimal",
        "duplicate-element",
        "repetition",
        "leap",
        "bare",
    )
    for _ in range(count):
        copy = [list(s) for s in tokens]
        kind = rng.choice(kinds)
        at = rng.randrange(1, len(copy) - 1)
        segment = copy[at]
        element = rng.randrange(1, len(segment)) if len(segment) > 1 else 0
        value = segment[element] if element else ""
        if kind == "delete":
            del copy[at]
        elif kind == "repeat":
            copy.insert(at, list(segment))
        elif kind == "swap":
            copy[at], copy[at - 1] = (copy[at - 1], copy[at]) if at > 1 else (copy[at], copy[at - 1])
        elif kind == "move":
            copy.insert(rng.randrange(1, len(copy) - 1), copy.pop(at))
        elif kind == "bare":
            del segment[1:]
        elif element:
            segment[element] = {
                "blank": " " * max(1, len(value)),
                "long": value + "9" * rng.choice((1, 5, 40, 300)),
                "code": "Q" + value[1:],
                "empty": "",
                "extra": value,
                "component": value + ":" + "X",
                "character": value + "\x01",
                "trailing": value + ":",
                "date": "20261345",
                "space": value + " ",
                "decimal": rng.choice((".5", "5.", "1.2345", "-1", "1e3", "+4", "00", "1" * 36, "-")),
                "duplicate-element": value + value,
                "repetition": value + "^" + value,
                "leap": rng.choice(("20240229", "20250229", "20240229-20240301", "20240301-20240229")),
            }[kind]
            if kind == "extra":
                segment.extend([""] * rng.choice((0, 3, 12)) + ["X"])
            if kind == "trailing" and rng.random() < 0.5:
                segment[element] = value
                segment.append("")
        copy[-1][1] = str(len(copy))
        yield kind, copy

"""Moulds: a transaction read in a mould has the tree that a walk gives it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from edi.guides import document
from edi.guides.document import Loop, transactions

STORY = Path(__file__).parents[2] / "testdata" / "story"
FILES = [path for path in sorted(STORY.glob("re*s*/*.278")) if path.read_bytes()[3:4] + path.read_bytes()[105:106] == b"*~"]
"""Those with the usual delimiters."""


def tree(loop: Loop) -> tuple[Any, ...]:
    return (loop.id, loop.step, *(tree(child) if isinstance(child, Loop) else child.raw for child in loop.children))


def parts(data: bytes) -> tuple[list[bytes], list[list[bytes]]]:
    """The segments of an envelope up to its first ST, and those of each transaction."""
    segments = [segment.strip() for segment in data.split(b"~") if segment.strip()]
    starts = [n for n, segment in enumerate(segments) if segment.startswith(b"ST*")]
    ends = [n for n, segment in enumerate(segments) if segment.startswith(b"SE*")]
    return segments[: starts[0]], [segments[a : b + 1] for a, b in zip(starts, ends, strict=True)]


def changed(transaction: list[bytes], random: Random) -> list[bytes]:
    """A transaction with one thing changed, behind its ST and BHT and before its SE."""
    head, body, tail = transaction[:2], transaction[2:-1], transaction[-1:]
    at = random.randrange(len(body))
    how = random.randrange(5)
    if how == 0:
        del body[at]
    elif how == 1:
        body.insert(random.randrange(len(body) + 1), body[at])
    elif how == 2:
        other = random.randrange(len(body))
        body[at], body[other] = body[other], body[at]
    else:
        elements = body[at].split(b"*")
        n = min(random.choice((1, 1, 1, 2, 3, 4)), len(elements) - 1)
        elements[n] = random.choice(
            [b"", b"1", b"2", b"SS", b"EV", b"22", b"BB", b"IL", b"SJ", b"PW", b"45", b"X3", elements[n] + b"X"]
        )
        body[at] = b"*".join(elements)
    return head + body + tail


def files() -> Iterator[tuple[list[bytes], list[list[bytes]]]]:
    random = Random(278)
    for path in FILES:
        envelope, found = parts(path.read_bytes())
        variants = [one for one in found for _ in range(12) for one in (one, changed(one, random))]
        variants += [changed(one, random) for one in variants]
        yield envelope, variants


def test_a_transaction_in_a_mould_has_the_tree_that_a_walk_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    moulded = 0
    for envelope, variants in files():

        def read(*which: list[bytes], envelope: list[bytes] = envelope) -> list[Any]:
            return [tree(unit.loop) for unit in transactions(b"~".join([*envelope, *(s for one in which for s in one), b""]))]

        together = read(*variants)
        with monkeypatch.context() as patch:
            patch.setattr(document, "LONGEST", 0)
            assert together == [one for variant in variants for one in read(variant)]
        moulded += len(variants)
    assert moulded > 1000


def test_only_a_walk_without_doubt_makes_a_mould(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[object] = []
    monkeypatch.setattr(document.Moulds, "keep", lambda self, shape, mould: kept.append(shape))
    data = (STORY / "responses" / "approved.278").read_bytes()
    list(transactions(data))
    assert len(kept) == 1
    list(transactions(data.replace(b"HL*1**20*1~", b"").replace(b"HL*1**20*1", b"")))
    assert len(kept) == 1

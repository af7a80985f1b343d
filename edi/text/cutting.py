"""A small transaction cut from the bytes at hand, all of its segments at once."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from edi.text.envelope import ENVELOPE
from edi.text.segments import Delimiters, InHand, Segment, decode, ending, one_segment

_FARTHEST: Final = 64 << 10
"""Bytes in which the end of a transaction is looked for."""


def cut(hand: InHand, first: Segment, most: int) -> list[Segment] | None:
    """The segments from `first`, an ST that a reader has in hand, to its SE.

    None where they are more than `most`, or not all in hand, and where they are to be read one by one: one of them is empty, or
    perhaps another file begins in the midst of one.
    """
    data, delimiters, start = hand.data, first.delimiters, first.offset - hand.base
    closing, one = _searched(delimiters)
    closed = closing.search(data, start + len(first.raw), start + _FARTHEST) if start >= 0 else None
    last = one.match(data, closed.end()) if closed is not None and closed["SE"] else None
    if last is None or last.end() == len(data):  # more line breaks may follow
        return None
    stop = last.end()
    if data.find(b"ISA", start, stop) >= 0:
        return None
    pieces = one.findall(data, start, stop)
    texts = decode(delimiters.segment.join([raw for raw, _ in pieces])).split(decode(delimiters.segment))
    if len(pieces) > most or "" in texts:
        return None
    found, offset, element = list[Segment](), first.offset, decode(delimiters.element)
    for (raw, end), text in zip(pieces, texts, strict=True):
        found.append(Segment(raw, end, offset, delimiters, text.split(element)))
        offset += len(raw) + len(end)
    return found


@lru_cache(maxsize=32)
def _searched(delimiters: Delimiters) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """What stands before an SE, or before another segment of an envelope; and one segment with what follows it."""
    element, segment = re.escape(delimiters.element), re.escape(delimiters.segment)
    others = b"|".join(sorted(ENVELOPE - {b"SE"}))
    ahead = b"(?=(?:(?P<SE>SE)|" + others + b")[" + element + segment + b"])"
    return re.compile(ending(delimiters) + ahead), one_segment(delimiters)

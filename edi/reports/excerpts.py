"""A segment as a report shows it: tokens in the place of what is about a person, and the part that is meant marked."""

from __future__ import annotations

from edi.text.redaction import Tokens, phi
from edi.text.segments import Segment, decode

__all__ = ["excerpt"]


def excerpt(
    segment: Segment, *, tokens: Tokens | None, loop: str | None = None, start: int = -1, stop: int = -1
) -> list[tuple[str, bool]]:
    """The text of a segment in pieces, each with whether it is meant: what lies from byte `start` to byte `stop`.

    Without `tokens` everything is shown. Where the part that is meant is empty, an empty piece stands for it.
    """
    delimiters, raw = segment.delimiters, segment.raw
    separators = delimiters.element + delimiters.component + (delimiters.repetition or b"")
    elements = [decode(element) for element in segment.elements]
    pieces: list[tuple[str, bool]] = []
    position, component, at = 0, 1, 0
    for here in range(len(raw) + 1):
        if here < len(raw) and raw[here] not in separators:
            continue
        text = decode(raw[at:here])
        if text and tokens is not None and position:
            kind = phi(segment.id, position, component, value=text, loop=loop, elements=elements)
            text = tokens(kind, text) if kind else text
        if text:
            pieces.append((text, start <= at and here <= stop))
        if start == stop == here:
            pieces.append(("", True))
        if here < len(raw):
            separator = raw[here : here + 1]
            pieces.append((decode(separator), start <= here < stop))
            position, component = (
                (position + 1, 1)
                if separator == delimiters.element
                else (position, component + 1 if separator == delimiters.component else 1)
            )
        at = here + 1
    return _joined(pieces)


def _joined(pieces: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Neighbours that are both meant, or both not, as one piece."""
    joined: list[tuple[str, bool]] = []
    for text, meant in pieces:
        if joined and joined[-1][1] == meant:
            joined[-1] = (joined[-1][0] + text, meant)
        else:
            joined.append((text, meant))
    return joined

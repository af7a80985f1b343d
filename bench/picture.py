"""Figures by gigabyte as a small picture (SVG), one line below the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_WIDTH: Final = 720
_HEIGHT: Final = 160
_LEFT: Final = 60
_BELOW: Final = 30


def picture(lines: Sequence[tuple[str, Sequence[float]]]) -> str:
    """What is shown, with a value for each gigabyte."""
    height = len(lines) * (_HEIGHT + _BELOW)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="12">']
    for n, (what, values) in enumerate(lines):
        top, most = n * (_HEIGHT + _BELOW) + 20, max(values) * 1.1 or 1
        step = (_WIDTH - _LEFT - 20) / max(len(values) - 1, 1)
        points = " ".join(
            f"{_LEFT + at * step:.1f},{top + _HEIGHT - 20 - value / most * (_HEIGHT - 40):.1f}" for at, value in enumerate(values)
        )
        base = top + _HEIGHT - 20
        parts += [
            f'<text x="{_LEFT}" y="{top}">{what}, by gigabyte</text>',
            f'<line x1="{_LEFT}" y1="{base}" x2="{_WIDTH - 20}" y2="{base}" stroke="#888"/>',
            f'<text x="4" y="{base}">0</text><text x="4" y="{top + 24}">{most / 1.1:.0f}</text>',
            f'<polyline points="{points}" fill="none" stroke="#246" stroke-width="2"/>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"

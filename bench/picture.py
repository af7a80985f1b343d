"""Figures by gigabyte as a small picture (SVG), one line below the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_WIDTH: Final = 720
_HEIGHT: Final = 120
"""Of a line: from its lowest value, 0, to its highest."""
_LEFT, _RIGHT, _ABOVE, _BELOW = 60, 20, 30, 40
_MARKS: Final = 20
"""So many gigabytes are named at the most."""


def picture(lines: Sequence[tuple[str, Sequence[float]]]) -> str:
    """What is shown, with a value for each gigabyte, the first first."""
    height = len(lines) * (_ABOVE + _HEIGHT + _BELOW)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
    ]
    for n, (what, values) in enumerate(lines):
        base, most = n * (_ABOVE + _HEIGHT + _BELOW) + _ABOVE + _HEIGHT, max(values) or 1
        step = (_WIDTH - _LEFT - _RIGHT) / max(len(values) - 1, 1)
        points = [(_LEFT + at * step, base - value / most * _HEIGHT) for at, value in enumerate(values)]
        parts += [
            f'<text x="{_LEFT}" y="{base - _HEIGHT - 12}">{what}, by gigabyte</text>',
            f'<line x1="{_LEFT}" y1="{base}" x2="{_WIDTH - _RIGHT}" y2="{base}" stroke="#888"/>',
            f'<g text-anchor="end"><text x="{_LEFT - 8}" y="{base + 4}">0</text>'
            f'<text x="{_LEFT - 8}" y="{base - _HEIGHT + 4}">{most:,.{0 if most >= 100 else 1}f}</text></g>',
            f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" fill="none" stroke="#246" stroke-width="2"/>',
        ]
        named = -(-len(points) // _MARKS)
        for at, (x, y) in enumerate(points, 1):
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#246"/>')
            if at % named == 0 or named == 1:
                parts.append(f'<text x="{x:.1f}" y="{base + 16}" text-anchor="middle">{at}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"

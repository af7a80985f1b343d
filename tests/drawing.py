"""How many examples Hypothesis draws for the tests that cost most: in CI, where they are the same each time, a third."""

from __future__ import annotations

import os


def examples(number: int) -> int:
    return number // 3 if os.environ.get("CI") else number


def every(number: int) -> int:
    """Of a row of examples each so many-th is taken."""
    return number * 3 if os.environ.get("CI") else number

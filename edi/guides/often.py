"""How much was read by a guide: its expressions take time to be made, and are worth it for one large source or many small ones.

What comes of a source is the same either way, so it does not matter that this depends on what the process read before.
"""

from __future__ import annotations

from functools import lru_cache

from edi.guides.guide import Guide
from edi.text.segments import Delimiters


class Often:
    """What one process read by a guide, of sources with the same delimiters."""

    def __init__(self) -> None:
        self._bytes = 0

    def worth_while(self, size: int, least: int) -> bool:
        """Whether so many bytes, with all that came before, are `least` or more."""
        self._bytes += size
        return self._bytes >= least


@lru_cache(maxsize=64)
def often(purpose: str, guide: Guide, delimiters: Delimiters) -> Often:
    """That of a guide; reading and judging have expressions of their own."""
    return Often()

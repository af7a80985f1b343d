"""What can be worked out again, kept in the user's cache between runs, under a digest of all that it was worked out from.

It is written whole or not at all, so that two processes may do so at once; a cache that cannot be written, or holds what cannot
be read, is no one's trouble.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from edi import resources

_T = TypeVar("_T")


def digest(*sources: bytes) -> str:
    """A key for what is made of these."""
    return hashlib.sha256(b"\0".join(hashlib.sha256(source).digest() for source in sources)).hexdigest()


def kept(name: str, decode: Callable[[bytes], _T]) -> _T | None:
    """What was kept under a name, as `decode` reads it; None where there is nothing, or nothing that can be read."""
    try:
        return decode((resources.cache() / name).read_bytes())
    except Exception:  # whatever stands there: it is made anew
        return None


def keep(name: str, content: bytes) -> None:
    """Keep it for the next run, if that can be done."""
    import tempfile  # only here, and rarely: 5 ms

    folder = resources.cache()
    with suppress(OSError, RuntimeError):  # RuntimeError: there is no home
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, written = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(written).replace(folder / name)
        except BaseException:
            Path(written).unlink(missing_ok=True)
            raise

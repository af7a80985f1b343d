"""What can be worked out again, kept in the user's cache between runs, under a digest of all that it was worked out from.

It is written whole or not at all, so that two processes may do so at once; a cache that cannot be written, or holds what cannot
be read, is no one's trouble.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from edi import resources

try:
    from _blake2 import blake2b  # that of hashlib, which loads OpenSSL first: 3 ms of every start
except ImportError:
    from hashlib import blake2b

_T = TypeVar("_T")


def digest(*sources: bytes) -> str:
    """A key for what is made of these."""
    return blake2b(b"\0".join(blake2b(source).digest() for source in sources), digest_size=32).hexdigest()


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

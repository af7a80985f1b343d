"""A large expression, compiled once for all runs: that of a unit takes `re` 0.1 s, a third of what a small file takes in all.

`re` cannot keep what it compiled: a pickled pattern is its text. So this goes where `re.compile` itself goes, to `re._parser`,
`re._compiler` and `_sre`, whose numbers are kept for this very version of Python. `_sre` looks at them before it takes them, and
where anything is not as it was in Python 3.11 to 3.14, `re.compile` does the work.
"""

from __future__ import annotations

import re
import sys
import zlib
from array import array
from typing import Any, Final

from edi.guides.cache import digest, keep, kept

_FLAGS: Final = re.DOTALL
_CODE: Final = "I"
"""How `array` calls the numbers that a pattern consists of."""
_SHORT: Final = 500
"""What is not longer is compiled as fast as it is found."""


def compiled(expression: bytes) -> re.Pattern[bytes]:
    """`re.compile(expression, re.DOTALL)`, of an expression without groups that have names."""
    if len(expression) <= _SHORT:
        return re.compile(expression, _FLAGS)
    name = f"{digest(sys.version.encode(), sys.byteorder.encode(), expression)}.re"
    found = kept(name, lambda content: _pattern(expression, *array(_CODE, zlib.decompress(content)).tolist()))
    if found is not None:
        return found
    try:
        numbers = _numbers(expression)
        made = _pattern(expression, *numbers)
    except Exception:  # parts of `re` that are not public may change in any way
        return re.compile(expression, _FLAGS)
    keep(name, zlib.compress(array(_CODE, numbers).tobytes(), 1))
    return made


def _numbers(expression: bytes) -> list[int]:
    """How many groups an expression has, and what it is made into."""
    from re import _compiler, _parser  # type: ignore[attr-defined]  # not public, see above

    parsed = _parser.parse(expression, _FLAGS)
    return [parsed.state.groups - 1, *_compiler._code(parsed, _FLAGS)]


def _pattern(expression: bytes, groups: int, *code: int) -> re.Pattern[bytes]:
    import _sre  # type: ignore[import-not-found]  # not public, see above

    pattern: Any = _sre.compile(expression, int(_FLAGS), list(code), groups, {}, (None,) * (groups + 1))
    assert isinstance(pattern, re.Pattern)
    return pattern

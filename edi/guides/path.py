"""The language of paths: 2300/REF[G1]-02, read by grammars/path.lark."""

from __future__ import annotations

from functools import cache
from typing import Any

from edi.errors import EdiError


class PathError(EdiError):
    """A path that cannot be read, or that names nothing where something is needed."""


@cache
def parsed(path: str) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], int, int]:
    """A path as (loop or segment, picks) steps, element, component."""
    import lark

    from edi import resources

    try:
        tree: Any = _grammar(resources.grammar("path")).parse(path)
    except lark.exceptions.UnexpectedInput as error:
        raise PathError(f"{path}: not a path, at column {error.column}; one looks like 2300/REF[G1]-02.") from None
    steps, element, component = [], 0, 0
    for part in tree.children:
        if part.data == "element":
            element = int(part.children[0])
            component = int(part.children[1]) if len(part.children) > 1 else 0
        else:
            name, *picks = part.children
            steps.append((str(name), tuple(str(pick.children[0]) for pick in picks)))
    return tuple(steps), element, component


@cache
def _grammar(text: str) -> Any:
    import lark

    return lark.Lark(text, parser="lalr")

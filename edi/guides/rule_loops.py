"""`for`, as Python has it, over what a path of a rule leads to."""

from __future__ import annotations

from edi.guides.scopes import Reach


def rows(reach: Reach, base: str) -> str:
    """All segments that a route leads to."""
    if not reach.loops and len(reach.keys) == 1 and not reach.pick:
        return f"{base}.get({reach.keys[0]!r}, NONE)"
    return f"[e {walk(reach, base)}]"


def walk(reach: Reach, base: str) -> str:
    """`for` over the loops on a route (the last in v), and over its segments (in e)."""
    view, text = base, ""
    for number, loop in enumerate(reach.loops):
        name = "v" if number == len(reach.loops) - 1 else f"v{number}"
        text += f"for {name} in {view}.get({loop.id!r}, NONE) "
        view = name
    if not reach.loops:
        text += f"for v in ({base},) "
    if not reach.uses:
        return text.rstrip()
    if len(reach.keys) == 1:
        text += f"for e in v.get({reach.keys[0]!r}, NONE)"
    else:
        text += f"for k in {reach.keys} for e in v.get(k, NONE)"
    if reach.pick:
        text += f" if len(e) > 1 and e[1] == {reach.pick.encode()!r}"
    return text

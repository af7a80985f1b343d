"""`for`, as Python has it, over what a path of a rule leads to."""

from __future__ import annotations

from collections.abc import Sequence

from edi.guides.rules.scopes import Reach, Scopes


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


def outward(known: Scopes, around: Sequence[str], wanted: str) -> tuple[int, str]:
    """From a loop that may stand in any of several to one around it: so many steps out for certain, then how it is told there."""
    up = 1
    while wanted not in around and all(known.around[id] for id in around):
        up, around = up + 1, list(dict.fromkeys(outer for id in around for outer in known.around[id]))
    others = [id for id in around if id != wanted]
    if not any(loop.id == wanted for id in others for loop in known.outward(known.loops[id])):
        beyond = "NOTHING"
    elif all(known.around[id] == [wanted] for id in others):
        beyond = "{0}['^']"
    else:
        beyond = f"around({{0}}, {wanted!r})"
    return up, f"{{0}} if {{0}}[''] == {wanted!r} else {beyond}"


def elements(positions: Sequence[int]) -> str:
    """Several elements of the segment in e: a slice of it, where they are evenly apart."""
    apart = positions[1] - positions[0]
    if apart > 0 and tuple(positions) == tuple(range(positions[0], positions[-1] + 1, apart)):
        return f"e[{positions[0]}:{positions[-1] + 1}:{apart}]"
    return f"[e[n] for n in {tuple(positions)} if len(e) > n]"

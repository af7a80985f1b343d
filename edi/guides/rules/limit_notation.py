"""The notation of one `limits` read into a rule about how long a step may take, or refused with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from edi.guides.rules.limit import RECEIPT, Limited, LimitRule
from edi.guides.rules.requirement import BILLS
from edi.guides.rules.requirement_notation import Fail, day, duration, spans, unquoted

_STEPS: Final = ("file", "correct", "appeal")
_UNCOUNTED: Final = frozenset({"hours", "business days"})
"""No limit of a payer is counted in these, and from a date alone they could not be."""


def limit(tree: Any, payer: str, known: tuple[str, ...], fail: Fail) -> LimitRule:
    """The limits that a tree of the grammar states; `fail` tells what is wrong with them, and where."""
    name, *lines = tree.children
    rule = LimitRule(name=str(name), payer=payer, known=known, source="", line=name.line or 0)
    said: dict[str, Any] = {}
    for line in lines:
        if line.data in said:
            fail("limits say this once: make others of it", line)
        said[line.data] = line
        rule = replace(rule, **_read(line, fail))
    if "source" not in said:
        fail(f'limits {name} have no line source "..."', name)
    steps = [step for step in _STEPS if step in said]
    if not steps:
        fail(f"limits {name} limit nothing: say file, correct or appeal", name)
    if rule.start > (rule.end or "9999"):
        fail(f"limits {name} end before they begin", said["end_day"])
    if "receipt" in said and not any(getattr(rule, step).since == RECEIPT for step in steps):
        fail("nothing is counted from receipt here: say within ... of receipt", said["receipt"])
    return rule


def _read(line: Any, fail: Fail) -> Mapping[str, Any]:
    """What a line says, as a field of the rule."""
    key, children = line.data, line.children
    match key:
        case "start_day" | "end_day":
            return {key.removesuffix("_day"): day(children[0], fail)}
        case "for_bills":
            return {key: spans(children[0], fail, BILLS)}
        case "file" | "correct" | "appeal":
            length, beginning = children[0].children
            within, since = duration(length), " ".join(beginning.split())
            if within.unit in _UNCOUNTED or not within.amount:
                fail("a limit is so many days, weeks or months", length)
            if key == "file" and "service" not in since:
                fail("a claim is filed before there is a remittance: count from service", beginning)
            return {key: Limited(within, since)}
        case "receipt":
            return {key: int(children[0])}
        case _:
            return {key: " ".join(map(unquoted, children[0].children))}

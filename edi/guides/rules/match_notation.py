"""The notation of one `match` read into a rule about matching, or refused with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from edi.guides.rules.match import (
    MEMBER_ID,
    NEW_CLAIM,
    NPI,
    PROCEDURE,
    REVENUE_CODE,
    SERVICE_TYPE,
    TAX_ID,
    Alias,
    Covering,
    MatchRule,
    Size,
)
from edi.guides.rules.requirement import BILLS, PROCEDURES, Span
from edi.guides.rules.requirement_notation import Fail, day, span, spans, unquoted

_COVERING: Final = {
    "procedure_covers": PROCEDURE,
    "service_type_covers": SERVICE_TYPE,
    "revenue_code_covers": REVENUE_CODE,
}
_ALIASES: Final = {"tax_id": TAX_ID, "npi": NPI, "member_id": MEMBER_ID}
_DIGITS: Final = {TAX_ID: 9, NPI: 10}
_REPEATED: Final = frozenset(
    (
        *_COVERING,
        *_ALIASES,
        "alike",
        "same_size",
        "modifiers_matter",
        "modifier_covers",
        "shared_roles",
        "shared_places",
        "grace",
        "reviewers",
    )
)
_LATE_IS_GOOD: Final = -1


def matching(tree: Any, payer: str, known: tuple[str, ...], fail: Fail) -> MatchRule:
    """The matching rule that a tree of the grammar states; `fail` tells what is wrong with it, and where."""
    name, *lines = tree.children
    rule = MatchRule(name=str(name), payer=payer, known=known, source="", line=name.line or 0)
    said: dict[str, Any] = {}
    for line in lines:
        key = line.data.removesuffix("_within").removesuffix("_counted").removesuffix("_matter")
        if key in said and line.data not in _REPEATED:
            fail("a matching rule says this once: make another one of it", line)
        said[key] = line
        rule = replace(rule, **_read(line, rule, fail))
    if "source" not in said:
        fail(f'matching rule {name} has no line source "..."', name)
    if not said.keys() - {"source", "note", "start_day", "end_day", "for_procedures", "for_bills"}:
        fail(f"matching rule {name} says nothing about how to match", name)
    if rule.start > (rule.end or "9999"):
        fail(f"matching rule {name} ends before it begins", said["end_day"])
    return rule


def _read(line: Any, rule: MatchRule, fail: Fail) -> Mapping[str, Any]:
    """What a line says, as fields of the rule; what may be said several times is added to what was said before."""
    key, children = line.data, line.children
    if key in _COVERING:
        return {"coverings": (*rule.coverings, _covering(_COVERING[key], children, fail))}
    if key in _ALIASES:
        return {"aliases": (*rule.aliases, _alias(_ALIASES[key], children[0], fail))}
    match key:
        case "start_day" | "end_day":
            return {key.removesuffix("_day"): day(children[0], fail)}
        case "for_procedures" | "for_bills":
            return {key: spans(children[0], fail, BILLS if key == "for_bills" else PROCEDURES)}
        case "alike":
            return {"alike": (*rule.alike, spans(children[0], fail))}
        case "same_size":
            if "not" in children[1].split():
                fail("a quantity is another: say is", children[1])
            return {"sizes": (*rule.sizes, (_size(children[0], fail), _size(children[2], fail)))}
        case "modifiers_matter":
            return _modifiers(children, rule, fail)
        case "modifier_covers":
            return {"modifiers": (*rule.modifiers, _covering("modifier", children, fail))}
        case "providers_matter":
            *roles, matter = children
            if matter.startswith("need"):
                fail("which providers need match is said: one provider must match, or no provider must match", matter)
            return {"providers": tuple(map(str, roles))}
        case "place" | "teeth" | "surfaces":
            return {key: " ".join(children[0].split())}
        case "shared_places":
            return {"shared_places": (*rule.shared_places, spans(children[0], fail))}
        case "providers_counted":
            return {"providers": (children[0].split()[0],)}
        case "reviewers":
            return {"reviewers": (*rule.reviewers, *(str(code).strip('"') for code in children[0].children))}
        case "grace":
            side = children[1].split()[-1]
            if getattr(rule, side) is not None:
                fail(f"grace {side} is said once", line)
            return {side: int(children[0])}
        case "late_within":
            return {"late": int(children[0])}
        case "late":
            return {"late": _LATE_IS_GOOD if children[0] == "accepted" else 0}
        case "diagnosis":
            return {"diagnosis": "exactly" if "exactly" in children[0] else "family"}
        case "shared_roles":
            return {"shared_roles": (*rule.shared_roles, tuple(map(str, children[:-1])))}
        case "denied_numbers":
            return {"denied_numbers": True}
        case "number":
            return {"number": " ".join(children[0].split())}
        case "corrections":
            said = tuple(" ".join(child.split()) for child in children)
            if NEW_CLAIM in said and len(said) > 1:
                fail("what is taken as a new claim only is neither replaced nor voided", line)
            return {"corrections": said}
        case "delivery" | "aftercare" | "newborns":
            return {key: next(int(child) for child in children if child.type == "COUNT")}
        case _:
            return {key: " ".join(map(unquoted, children[0].children))}


def _covering(kind: str, children: Any, fail: Fail) -> Covering:
    certified, covered, *carrying = children
    modifiers = tuple(map(str, carrying[0].children)) if carrying else ()
    return Covering(kind, span(certified, fail), spans(covered, fail), modifiers)


def _alias(kind: str, tree: Any, fail: Fail) -> Alias:
    old, _, new, since = tree.children
    digits = _DIGITS.get(kind)
    for token in (old, new):
        plain = token.replace("-", "")
        if digits and not (plain.isdigit() and len(plain) == digits):
            fail(f"{'an' if kind == NPI else 'a'} {kind} has {digits} digits", token)
    before, after = (str(old), str(new)) if kind == MEMBER_ID else (old.replace("-", ""), new.replace("-", ""))
    return Alias(kind, before, after, day(since, fail))


def _size(tree: Any, fail: Fail) -> Size:
    amount, unit, code = map(str, tree.children)
    if not Decimal(amount):
        fail("nothing of one is nothing of the other: name an amount", tree.children[0])
    return Size(amount, unit, code)


def _modifiers(children: Any, rule: MatchRule, fail: Fail) -> Mapping[str, Any]:
    """Modifiers that must match, or need not; one cannot do both."""
    found, field = spans(children[0], fail), "need_not_match" if children[1].startswith("need") else "must_match"
    other: tuple[Span, ...] = rule.must_match if field == "need_not_match" else rule.need_not_match
    for each, token in zip(found, children[0].children, strict=True):
        if each in other:
            fail(f"modifier {each} cannot be one that must match and one that need not", token)
    return {field: (*getattr(rule, field), *found)}

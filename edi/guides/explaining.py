"""What a problem's code means: what it finds, why that matters, how to mend it, an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from edi.resources import definition

__all__ = ["Explanation", "explanation", "explanations", "similar"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means, in sentences; `example` is X12, a few words or edits. What nobody has said is ""."""

    code: str
    level: int
    finds: str
    why: str
    mend: str
    example: str


def explanation(code: str, rules: tuple[str, ...] = ()) -> Explanation | None:
    """What a code means; None when nobody knows it. `rules` are files of a user's, whose codes are explained too."""
    return explanations(rules).get(code)


@lru_cache(maxsize=2)
def explanations(rules: tuple[str, ...] = ()) -> Mapping[str, Explanation]:
    """What every code means, by code."""
    from edi.guides.codes.checks import fault_codes  # only who explains needs all these
    from edi.guides.rules.files import payer_files, read, shipped_files
    from edi.guides.rules.words import example, finds

    found: dict[str, Explanation] = {}
    kinds: dict[str, Explanation] = {}
    for line in definition("x12/problems.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            code, level, *said = line.split("\t")
            kind = code.removeprefix("*-")  # of any code list
            (found if kind == code else kinds)[kind] = Explanation(kind, int(level), *said)
    for code, said_of in fault_codes().items():
        kind = next(kind for kind in kinds if code.endswith(f"-{kind}"))
        found[code] = replace(kinds[kind], code=code, finds=said_of)
    for file in (*shipped_files(), *payer_files(), *map(read, rules)):
        for rule in file.rules:  # guides that have a rule of one name mean the same by it
            meaning = Explanation(rule.name, rule.level, finds(rule), rule.why, rule.mend, example(rule))
            found.setdefault(rule.name, meaning)
    return MappingProxyType(found)


def similar(code: str) -> list[str]:
    """Codes that look like one that nobody knows."""
    from difflib import get_close_matches

    return get_close_matches(code.lower(), explanations(), n=3, cutoff=0.5)

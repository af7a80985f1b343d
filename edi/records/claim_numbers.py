"""837P: numbers of authorizations put into a plain claim by its bytes: where `edi.records.numbering` puts them by its tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from edi.errors import RecordError
from edi.guides.document import Unit
from edi.guides.table import Place, Step
from edi.records.claim import AUTHORIZATION, LINE, OTHER_PAYER_CLAIM
from edi.records.claim_facts import Facts
from edi.records.numbering import check_number
from edi.text.segments import Delimiters, decode, encode

_REF: Final = "REF"
LOOPS: Final = ("NM1", OTHER_PAYER_CLAIM, "LIN", "SVD", "LQ", "LX")
"""What begins the loops in a claim, and in a line."""


def with_numbers(unit: Unit, facts: Facts, numbers: Mapping[str | None, str]) -> bytes:
    """The bytes of a claim with numbers in its lines (by LX01), or (None) in the claim itself, which carries none yet.

    RecordError where X12 cannot carry one there, or a line's number is not its own.
    """
    element, step = facts.patterns.element, unit.loop.step
    assert step is not None  # an expression accepted the claim
    texts = facts.text.split(facts.patterns.end)
    begins = [n for n, text in enumerate(texts) if text.startswith("LX" + element)]
    lines = {texts[n].split(element, 2)[1]: n for n in begins}
    if len(lines) < len(begins):
        raise RecordError("Lines of the claim have the same number (LX01).")
    for line, number in reversed([*numbers.items()]):
        _check(number, unit.context.delimiters)
        own, start = (step, 0) if line is None else (line_step(step), lines[line])
        texts.insert(_place(texts, start, element, own), element.join((_REF, AUTHORIZATION, number)))
    return encode(facts.patterns.end.join(texts))


def _place(texts: Sequence[str], start: int, element: str, step: Step) -> int:
    """Where the number goes in a loop that begins at `start`: behind the last of its own segments that belong before it."""
    place = start + 1
    for n in range(start + 1, len(texts) - 1):
        id, _, rest = texts[n].partition(element)
        if id in LOOPS:
            break
        if _goes_before(step, id, rest.partition(element)[0]):
            place = n + 1
    return place


@lru_cache(maxsize=1024)
def _goes_before(step: Step, id: str, code: str) -> bool:
    """Whether a segment with this id and first element belongs before the number."""
    number = next(place for place in _own(step, _REF) if encode(AUTHORIZATION) in place.codes)
    places = _own(step, id)
    if places[0].group != number.group:
        return places[0].group < number.group
    return any(place.order <= number.order for place in places if not place.codes or encode(code) in place.codes)


def before_number(step: Step) -> Iterator[tuple[bytes, bytes | None]]:
    """What belongs before the number in a loop: the ids of segments, each with its first element, or None for any."""
    for id in step.by_id:
        own = _own(step, decode(id))
        if own and _goes_before(step, decode(id), ""):
            yield id, None
        else:
            codes = {code for place in own for code in place.codes}
            yield from ((id, code) for code in sorted(codes) if _goes_before(step, decode(id), decode(code)))


def _own(step: Step, id: str) -> list[Place]:
    return [place for place in step.by_id[encode(id)] if place.step is None]


@lru_cache(maxsize=64)
def line_step(step: Step) -> Step:
    """That of the lines in a claim."""
    return next(place.step for place in step.places if place.step is not None and place.use.id == LINE)


@lru_cache(maxsize=4096)
def _check(number: str, delimiters: Delimiters) -> None:
    check_number(number, delimiters, "The authorization number")

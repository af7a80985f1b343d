"""What must be seen of a difference, and around it on the other side, for a reason to be the reason of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby
from typing import Final, TypeAlias

from edi.guides.comparison import ENDS, Opinion
from edi.guides.differences import EDI, PYX12, Sides
from edi.guides.guide import LoopUse, SegmentUse, guides, opener

Condition: TypeAlias = Callable[[Opinion, Sides], object]

_CLAIM: Final = 60
"""Segments between the two places where a gap may be said: at its start, and where its loop ends."""
_ACCENTED: Final = 0xA0
_LAX_277: Final = (
    'Mandatory loop "Billing Provider of Service Level" (2000C)',
    'Mandatory loop "Patient Level" (2000D)',
    'Mandatory loop "Provider of Service Information Trace Identifier" (2200C)',
    'Mandatory segment "Billing Provider Status Information" (STC)',
    'Mandatory data element "Status Information Effective Date" (STC02)',
    'Data element "Free-Form Message Text" (STC12) is marked as Not Used',
    "(0) is not a valid code for Hierarchical Child Code (HL04)",
    "Segment STC exceeded max count",
    "Segment REF exceeded max count",
)
"""What pyx12 says where our 277CA is laxer: docs/guides.md, and node by node tests/guides/test_pyx12_map.py."""


def always(opinion: Opinion, sides: Sides) -> bool:
    return True


def subject(*subjects: str) -> Condition:
    return lambda opinion, sides: opinion.subject in subjects


def begins(*messages: str) -> Condition:
    return lambda opinion, sides: opinion.message.startswith(messages)


def here(by: str, *kinds: str) -> Condition:
    """The other side finds something of these kinds at the same segment."""
    return lambda opinion, sides: sides.here(by, opinion, *kinds)


def same_element(by: str, *kinds: str) -> Condition:
    """The other side finds something of these kinds at the same element, be it at another component."""
    return lambda opinion, sides: any(o.element == opinion.element for o in sides.here(by, opinion, *kinds))


def shortly_before(by: str, *kinds: str) -> Condition:
    """The other side finds something of these kinds here or some segments before: pyx12 says it when it finds a segment again."""
    return lambda opinion, sides: sides.around(by, opinion, *kinds, behind=0)


def named_element(*kinds: str) -> Condition:
    """We find something of these kinds at the element that pyx12 names, CLM05."""
    return lambda opinion, sides: any(f"{o.subject}{o.element:02d}" == opinion.subject for o in sides.here(EDI, opinion, *kinds))


def near(by: str, *kinds: str) -> Condition:
    """The other side finds something of these kinds, of the same subject, within the length of a claim."""
    return lambda opinion, sides: any(
        o.subject == opinion.subject for o in sides.around(by, opinion, *kinds, before=_CLAIM, behind=_CLAIM)
    )


def earlier(by: str, *kinds: str) -> Condition:
    """A side finds something of these kinds up to here in the transaction."""
    return lambda opinion, sides: sides.earlier(by, opinion, *kinds)


def external(opinion: Opinion, sides: Sides) -> bool:
    """Data elements whose codes pyx12's 5010 maps take from lists outside, and two places of another."""
    return opinion.data_element in ("26", "100", "127", "156", "1271", "1331") or opinion.subject in ("STC10-03", "STC11-03")


def later(by: str, *kinds: str) -> Condition:
    """The other side finds something of these kinds, of the same subject, from here on in the transaction."""
    return lambda opinion, sides: any(
        o.subject == opinion.subject for o in sides.around(by, opinion, *kinds, before=0, behind=sys.maxsize)
    )


def patient(opinion: Opinion, sides: Sides) -> bool:
    """A patient's level, or what follows it, is not found behind the subscriber's own claims."""
    while before := sides.around(PYX12, opinion, "not-found", before=1, behind=-1):
        opinion = before[0]
    return bool(re.match(r"Segment HL\*\d+\*\d+\*23\b.* Started at /.*/2000B/2300\b", opinion.message))


def certificate(opinion: Opinion, sides: Sides) -> bool:
    return opinion.subject == "PWK02" and opinion.message.startswith(("(AB)", "(AD)", "(AF)", "(AG)", "(NS)"))


def before_the_header(opinion: Opinion, sides: Sides) -> object:
    """Nothing is found up to the first segment of the header, which stands too late."""
    header = opinion.message.endswith("/ST_LOOP/ST") or opinion.subject == "HEADER"
    return header and sides.around(EDI, opinion, "segment-out-of-order", before=0, behind=sys.maxsize)


def old(opinion: Opinion, sides: Sides) -> bool:
    return bool(re.search(r"\((?:0\d|1[0-7])\d{6}", opinion.message))


def in_a_composite(opinion: Opinion, sides: Sides) -> bool:
    return opinion.component > 0 or bool(re.match(r"[A-Z][A-Z0-9]{1,2}\d\d: ", opinion.message))


def backwards(opinion: Opinion, sides: Sides) -> bool:
    return opinion.message.endswith("is a range that ends before it begins")


def lax_277(opinion: Opinion, sides: Sides) -> bool:
    return opinion.type == "277" and opinion.message.startswith(_LAX_277)


def ends_in_its_point(opinion: Opinion, sides: Sides) -> bool:
    return bool(re.search(r"\(-?\d+\.\)$", opinion.message))


def six_digits(opinion: Opinion, sides: Sides) -> bool:
    return opinion.data_element == "719" and "> 6 (max_len)" in opinion.message


def first_component(opinion: Opinion, sides: Sides) -> bool:
    return opinion.component == 1


def end(opinion: Opinion, sides: Sides) -> bool:
    return opinion.subject in ENDS and (not opinion.position or opinion.element > 0)


def accented(opinion: Opinion, sides: Sides) -> bool:
    return any(ord(character) >= _ACCENTED for character in opinion.message)


def strayed(opinion: Opinion, sides: Sides) -> bool:
    return sides.strayed(opinion)


def behind_strays(opinion: Opinion, sides: Sides) -> bool:
    return sides.behind_strays(opinion)


def stopped(opinion: Opinion, sides: Sides) -> bool:
    return sides.stop >= 0


def past_the_stop(opinion: Opinion, sides: Sides) -> bool:
    return 0 <= sides.stop <= opinion.offset


def begun_anew(opinion: Opinion, sides: Sides) -> bool:
    """Two segments with one id follow each other here."""
    here, before = sides.ids(opinion)
    return bool(here) and here == before


def missing_level(opinion: Opinion, sides: Sides) -> bool:
    return any(o.subject == "HL" for o in sides.earlier(EDI, opinion, "segment-missing"))


def miscoded(opinion: Opinion, sides: Sides) -> bool:
    """The code that tells where a segment belongs has components, here or shortly before."""
    return any(o.element == 1 for o in sides.around(EDI, opinion, "component-extra", behind=0))


def any_order(opinion: Opinion, sides: Sides) -> bool:
    """What pyx12 wants at its place may stand behind others at one position. We find it, or would say that it is missing."""
    loops, segments = _positions()
    if opinion.kind != "not-found":
        return opinion.subject in loops or any(id == opinion.subject for _, id in segments)
    *_, loop, last = opinion.message.rpartition("Started at ")[2].split("/")
    return loops.get(loop) == opinion.subject or ((loop, opinion.subject) in segments and last.startswith(opinion.subject))


@cache
def _positions() -> tuple[dict[str, str], set[tuple[str, str]]]:
    """The loops that share a position with others, and the segment that opens them; such segments, with their loops."""
    loops, segments = dict[str, str](), set[tuple[str, str]]()
    for guide in guides():
        for loop in _loops(guide.root):
            for id, group in groupby(loop.items, lambda item: opener(item).id):
                several = list(group)
                if len(several) > 1:
                    loops.update((item.id, id) for item in several if isinstance(item, LoopUse))
                    segments.update((loop.id, id) for item in several if isinstance(item, SegmentUse))
    return loops, segments


def _loops(loop: LoopUse) -> Iterator[LoopUse]:
    yield loop
    for item in loop.items:
        if isinstance(item, LoopUse):
            yield from _loops(item)

"""The words of acknowledgments: every code that a guide of ours allows, or that we write, has some."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from xml.etree import ElementTree

import pytest

from edi.guides.guide import LoopUse, SegmentUse, load
from edi.records.acknowledgment import InterchangeAnswer
from edi.records.claim_faults import SOMETHING
from edi.reports.acknowledgments import lines, meaning, refuses
from edi.resources import definition


def uses(items: tuple[SegmentUse | LoopUse, ...]) -> Iterator[SegmentUse]:
    for item in items:
        if isinstance(item, LoopUse):
            yield from uses(item.items)
        else:
            yield item


def codes(guide: str, segment: str, element: int) -> tuple[str, ...]:
    use = next(use for use in uses(load(guide).root.items) if use.id == segment)
    return next(each.codes for each in use.elements if each.position == element)


SECURITY = {str(code) for code in [*range(8, 18), 18, 23, 24, 25, 26, 27]}
"""Codes of encryption and authentication, which nobody uses for claims; of some the meaning is given."""


@pytest.mark.parametrize(
    ("name", "guide", "segment", "element"),
    [
        ("TA104", "x12/envelope", "TA1", 4),
        ("TA105", "x12/envelope", "TA1", 5),
        ("IK304", "x12/999", "IK3", 4),
        ("IK403", "x12/999", "IK4", 3),
        ("IK501", "x12/999", "IK5", 1),
        ("IK502", "x12/999", "IK5", 2),
        ("AK901", "x12/999", "AK9", 1),
        ("AK905", "x12/999", "AK9", 5),
        ("STC03", "x12/277-acknowledgment", "STC", 3),
    ],
)
def test_every_code_of_the_guides_has_words(name: str, guide: str, segment: str, element: int) -> None:
    known = SECURITY if name in ("IK502", "AK905") else set()
    listed = codes(guide, segment, element)
    assert listed
    assert [code for code in listed if meaning(name, code) == f"code {code}" and code not in known] == []


def test_every_status_that_we_write_has_words_and_is_in_the_list() -> None:
    rows = [line.split("\t") for line in definition("x12/claim-status.tsv").read_text().splitlines() if line[:1] not in ("", "#")]
    written = {row[3] for row in rows} | {SOMETHING, "19", "20", "247", "400"}
    assert {code for code in written if meaning("STC01-2", code) == f"code {code}"} == set()
    sets = ElementTree.fromstring(resources.files("pyx12").joinpath("map/codes.xml").read_bytes())
    (listed,) = (each for each in sets.iter("codeset") if each.findtext("id") == "claim_status")
    assert written <= {(code.text or "").strip() for code in listed.iter("code")}


def test_an_unknown_code_is_told_as_it_is() -> None:
    answer = InterchangeAnswer(control="000000001", date="261125", time="0930", result="R", note="999")
    assert list(lines(answer)) == ["interchange 000000001: rejected: code 999"]
    assert refuses(answer)


def test_what_does_something_to_a_terminal_is_escaped() -> None:
    answer = InterchangeAnswer(control="1\x1b[2J", date="", time="", result="A", note="000")
    assert list(lines(answer)) == ["interchange 1\\x1b[2J: accepted"]

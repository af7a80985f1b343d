"""A transaction cut from what is at hand has the segments that reading one by one gives; what is odd is not cut."""

from __future__ import annotations

import pytest

from edi.text.cutting import cut
from edi.text.segments import InHand, Segment, read

ISA = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'SENDER':15}*ZZ*{'RECEIVER':15}*260301*0900*^*00501*000000001*0*T*:~"
SET = "ST*278*0001~\r\nBHT*0007*11*R1~NM1*IL*1*ROE~\nSE*4*0001~\r\n\r\n"
LARGEST = 10


def begun(data: str) -> tuple[InHand, list[Segment]]:
    """What a reader of this has in hand, and the segments from the first ST on."""
    hand = InHand()
    segments = list(read(data.encode(), hand=hand))
    hand.data, hand.base = data.encode(), 0
    return hand, segments[next(n for n, segment in enumerate(segments) if segment.id == "ST") :]


def said(segments: list[Segment] | None) -> list[tuple[object, ...]] | None:
    return None if segments is None else [(s.raw, s.end, s.offset, s.delimiters, s.texts, s.elements) for s in segments]


def test_it_has_the_segments_of_one_that_is_read() -> None:
    hand, read_ones = begun(ISA + "GS*HI~" + SET + SET.replace("0001", "0002") + "GE*2*1~IEA*1*000000001~")
    assert said(cut(hand, read_ones[0], LARGEST)) == said(read_ones[:4])
    assert said(cut(hand, read_ones[4], LARGEST)) == said(read_ones[4:8])


@pytest.mark.parametrize(
    "data",
    [
        SET,  # more line breaks may follow
        "ST*278*0001~BHT*0007*11*R1~GE*1*1~SE*3*0001~GE*1*1~",
        "ST*278*0001~BHT*0007*11*R1~ST*278*0002~SE*2*0002~GE*1*1~",
        "ST*278*0001~~SE*3*0001~GE*1*1~",
        "ST*278*0001~BHT*0007" + ISA + "GS*HI~SE*4*0001~GE*1*1~",
        "ST*278*0001~NM1*IL*1*LISA~SE*3*0001~GE*1*1~",  # read one by one, which tells it from an ISA
        "ST*278*0001~" + "MSG*X~" * (LARGEST - 1) + "SE*11*0001~GE*1*1~",
        "ST*278*0001~BHT*0007*11*R1~SET*3*0001~",
    ],
)
def test_what_is_odd_is_not_cut(data: str) -> None:
    hand, read_ones = begun(ISA + data)
    assert cut(hand, read_ones[0], LARGEST) is None


def test_what_is_no_longer_in_hand_is_not_cut() -> None:
    hand, read_ones = begun(ISA + SET + "GE*1*1~")
    hand.data, hand.base = hand.data[200:], 200
    assert cut(hand, read_ones[0], LARGEST) is None

"""The ISA, GS and ST around what is written: fixed places, counts, and what cannot stand there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from edi.errors import RecordError
from edi.guides.validation import validate
from edi.records.envelope import Envelope
from edi.text.segments import Delimiters, compose

ENVELOPE = Envelope(sender="CLINIC", receiver="MAPLE", created=datetime(2026, 3, 2, 9, 30), control=42)


def wrap(envelope: Envelope, *bodies: str) -> bytes:
    return envelope.wrap("278", "HI", "005010X217", [[compose(envelope.delimiters, "BHT", body)] for body in bodies])


def test_every_place_and_count() -> None:
    full = replace(
        ENVELOPE,
        sender_qualifier="30",
        receiver_qualifier="33",
        group_sender="GROUP1",
        group_receiver="GROUP2",
        group_control=7,
        first_set=99,
        usage="T",
        line_break=b"\n",
    )
    assert wrap(full, "A", "B").decode() == (
        "ISA*00*          *00*          *30*CLINIC         *33*MAPLE          *260302*0930*^*00501*000000042*0*T*:~\n"
        "GS*HI*GROUP1*GROUP2*20260302*0930*7*X*005010X217~\n"
        "ST*278*0099*005010X217~\nBHT*A~\nSE*3*0099~\nST*278*0100*005010X217~\nBHT*B~\nSE*3*0100~\n"
        "GE*2*7~\nIEA*1*000000042~\n"
    )


def test_what_the_group_leaves_open_is_as_in_the_interchange() -> None:
    assert b"GS*HI*CLINIC*MAPLE*20260302*0930*42*X*005010X217~" in wrap(ENVELOPE, "A")


def test_the_envelope_itself_is_valid() -> None:
    assert [p for p in validate(wrap(ENVELOPE, "A")).problems if p.transaction is None] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sender": ""}, "envelope.sender: must have 1 to 15 characters."),
        ({"sender": "A" * 16}, "envelope.sender: must have 1 to 15 characters."),
        ({"receiver": "A*"}, "envelope.receiver: character 2 is '*', which is a delimiter here: leave it out, or put another."),
        ({"sender": "A"}, "envelope.group_sender: must have 2 to 15 characters."),
        ({"group_receiver": "A"}, "envelope.group_receiver: must have 2 to 15 characters."),
        ({"sender_qualifier": "Z"}, "envelope.sender_qualifier: must have 2 to 2 characters."),
        ({"control": 0}, "envelope.control: must be a number from 1 to 999999999."),
        ({"control": 1_000_000_000}, "envelope.control: must be a number from 1 to 999999999."),
        ({"group_control": -1}, "envelope.group_control: must not be negative."),
        ({"usage": "X"}, "envelope.usage: must be P or T."),
        ({"line_break": b"\r"}, "envelope.line_break: must be nothing, LF or CR LF"),
        ({"created": datetime.fromisoformat("2026-03-02T09:30:00Z")}, "envelope.created: must be without a time zone"),
        ({"delimiters": Delimiters(repetition=None)}, "envelope.delimiters: four different bytes are needed."),
        ({"delimiters": Delimiters(component=b"*")}, "envelope.delimiters: four different bytes are needed."),
        ({"delimiters": Delimiters(component=b"A")}, "envelope.delimiters: letters, digits"),
        ({"delimiters": Delimiters(component=b"-")}, "envelope.delimiters: letters, digits"),
        ({"delimiters": Delimiters(component=b".")}, "envelope.delimiters: letters, digits"),
        ({"delimiters": Delimiters(component=b"\xe9")}, "envelope.delimiters: letters, digits"),
    ],
)
def test_what_cannot_stand_there_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(RecordError) as refused:
        wrap(replace(ENVELOPE, **changes), "A")
    assert str(refused.value).startswith(words)


def test_lines_are_not_broken_twice() -> None:
    own = replace(ENVELOPE, delimiters=Delimiters(segment=b"\n"))
    assert wrap(own, "A").count(b"\n") == 7
    with pytest.raises(RecordError, match=r"envelope\.line_break"):
        wrap(replace(own, line_break=b"\n"), "A")

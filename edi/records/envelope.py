"""The ISA, GS and ST around what is written. Who sends, when and under which number are arguments: nothing here reads a clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from edi.errors import RecordError
from edi.records.forms import check
from edi.records.values import write_date
from edi.text.segments import Delimiters, Segment, compose, decode

USUAL: Final = Delimiters()
_USAGES: Final = ("P", "T")
_HIGHEST: Final = 999_999_999
_WIDTHS: Final = {"sender_qualifier": (2, 2), "receiver_qualifier": (2, 2), "sender": (1, 15), "receiver": (1, 15)}
_GROUP_WIDTHS: Final = {"group_sender": (2, 15), "group_receiver": (2, 15)}
_BREAKS: Final = (b"", b"\n", b"\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One interchange with one group. What is left empty in the group is as in the interchange."""

    sender: str
    """ISA06."""
    receiver: str
    """ISA08."""
    created: datetime
    """ISA09, ISA10, GS04, GS05: local time, without a time zone."""
    control: int
    """ISA13; the receiver knows an interchange by it, so it must not come twice."""
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    group_sender: str = ""
    """GS02."""
    group_receiver: str = ""
    """GS03."""
    group_control: int = 0
    """GS06; 0: the same as `control`."""
    first_set: int = 1
    """ST02 of the first transaction, written with at least four digits."""
    usage: str = "P"
    """ISA15: P production, T test."""
    delimiters: Delimiters = USUAL
    line_break: bytes = b""
    """What follows each segment's terminator: nothing, LF or CR LF."""

    def wrap(self, set: str, group: str, version: str, bodies: Iterable[Sequence[Segment]]) -> bytes:
        """The interchange: each body, the segments between ST and SE, as one transaction set."""
        self.check()
        d, day, clock = self.delimiters, write_date(self.created.date()), f"{self.created:%H%M}"
        number = str(self.group_control or self.control)
        out = [
            compose(
                d, "ISA", "00", " " * 10, "00", " " * 10, self.sender_qualifier, self.sender.ljust(15), self.receiver_qualifier,
                self.receiver.ljust(15), day[2:], clock, decode(d.repetition or b""), "00501", f"{self.control:09d}", "0",
                self.usage, decode(d.component),
            ),
            compose(
                d, "GS", group, self.group_sender or self.sender, self.group_receiver or self.receiver, day, clock, number, "X",
                version,
            ),
        ]  # fmt: skip
        count = 0
        for body in bodies:
            control = f"{self.first_set + count:04d}"
            out += [compose(d, "ST", set, control, version), *body, compose(d, "SE", str(len(body) + 2), control)]
            count += 1
        out += [compose(d, "GE", str(count), number), compose(d, "IEA", "1", f"{self.control:09d}")]
        return b"".join(segment.raw + d.segment + self.line_break for segment in out)

    def check(self) -> None:
        """A RecordError where it cannot be written: `envelope.sender: must have 1 to 15 characters.`"""
        _check_delimiters(self.delimiters)
        for field in fields(self):
            if field.name not in ("delimiters", "line_break"):
                check(getattr(self, field.name), self.delimiters, f"envelope.{field.name}")
        for name, (least, most) in (_WIDTHS | _GROUP_WIDTHS).items():
            length = len(getattr(self, name) or (getattr(self, name.removeprefix("group_")) if name in _GROUP_WIDTHS else ""))
            if not least <= length <= most:
                raise RecordError(f"envelope.{name}: must have {least} to {most} characters.")
        for name in ("control", "group_control", "first_set"):
            if not (0 if name == "group_control" else 1) <= getattr(self, name) <= _HIGHEST:
                raise RecordError(f"envelope.{name}: must be a number from 1 to {_HIGHEST}.")
        if self.usage not in _USAGES:
            raise RecordError("envelope.usage: must be P or T.")
        if self.line_break not in _BREAKS or (self.line_break and self.delimiters.segment in b"\r\n"):
            raise RecordError("envelope.line_break: must be nothing, LF or CR LF; nothing where segments end in one already.")


def _check_delimiters(d: Delimiters) -> None:
    """All four are needed, must differ, and must not be what numbers, dates and names are written with."""
    used = [d.element, d.component, d.segment, d.repetition or b""]
    if len({*used}) < len(used) or any(len(one) != 1 for one in used):
        raise RecordError("envelope.delimiters: four different bytes are needed.")
    if any(one.isalnum() or one in b" .-+," or one[0] >= 0x80 for one in used):
        raise RecordError("envelope.delimiters: letters, digits, blanks, points, commas, signs and accents cannot be one.")

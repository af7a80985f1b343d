"""Delimiters, segments, elements: read and write.

X12 names its own delimiters in the ISA, so nothing here assumes any. A segment keeps the bytes that it was read from and
the bytes that followed it (its terminator and line breaks), so that `b"".join(write(read(source))) == source` holds for
every source, X12 or not: what is not a segment (a byte order mark, blank lines, a file that is something else) comes
through as a segment without an id.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias

from edi.errors import SourceError

if TYPE_CHECKING:
    from typing_extensions import TypeIs  # of Python 3.13; a type checker has it

Source: TypeAlias = str | Path | bytes | bytearray | memoryview | BinaryIO
"""A path ("-" is standard input), the bytes themselves, or a file object opened in binary mode."""

CHUNK: Final = 1 << 20
LONGEST_SEGMENT: Final = 1 << 20
"""A segment without an end is cut here (bytes), so that one lost terminator does not take the memory of the whole file."""
_BREAKS: Final = b"\r\n \t\x00\x1a"
ISA_WIDTHS: Final = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
"""The bytes of the elements of an ISA, padded as they should be."""
WHOLE_ISA: Final = re.compile(
    b"ISA" + b"".join((rb"\1" if n else rb"([^\w\s])") + b".{%d}" % width for n, width in enumerate(ISA_WIDTHS)) + b".", re.DOTALL
)
"""An ISA of full length, its separators at their places, with its terminator: so no text is taken for one."""
_UTF_8: Final = re.compile("(?:[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2})+")
"""What may be letters of several bytes, as `decode` gives it."""
ISA_LONGEST: Final = 400
"""Bytes in which an ISA is looked for, padded or not."""


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The four separators of one interchange, each one byte; `repetition` is None where the interchange has none."""

    element: bytes = b"*"
    component: bytes = b":"
    segment: bytes = b"~"
    repetition: bytes | None = b"^"

    @classmethod
    def of_isa(cls, head: bytes) -> Delimiters | None:
        """The delimiters that an ISA at the start of `head` declares; None where there is no whole ISA.

        They stand at fixed places of the 106 bytes (element at byte 4, component at 105, terminator at 106). An ISA whose
        elements are not padded is read by counting its separators, which gives the same answer for a good one.
        """
        if not head.startswith(b"ISA") or len(head) < 4:
            return None
        element = head[3:4]
        if element.isalnum() or element.isspace():
            return None
        at = 2
        for _ in ISA_WIDTHS:
            at = head.find(element, at + 1, ISA_LONGEST)
            if at < 0:
                return None
        if len(head) < at + 3:
            return None
        component, segment = head[at + 1 : at + 2], head[at + 2 : at + 3]
        if segment == element or component == element or segment.isalnum():
            return None
        elements = head[:at].split(element)
        repetition = elements[11][:1] if elements[12] >= b"00402" else b""
        if not repetition or repetition.isalnum() or repetition.isspace() or repetition in (element, component, segment):
            return cls(element, component, segment, None)
        return cls(element, component, segment, repetition)


class Segment:
    """One segment: its text without the terminator (`raw`), what followed it (`end`), and where it began (`offset`).

    Elements count from 1, as X12 counts them; one that is not there reads as "". A segment is never changed: `replaced`
    gives a new one.
    """

    __slots__ = ("_elements", "_texts", "delimiters", "end", "offset", "raw")

    def __init__(self, raw: bytes, end: bytes, offset: int, delimiters: Delimiters, texts: list[str] | None = None) -> None:
        self.raw, self.end, self.offset, self.delimiters = raw, end, offset, delimiters
        self._elements: list[bytes] | None = None
        self._texts = texts

    def __bytes__(self) -> bytes:
        return self.raw + self.end

    def __repr__(self) -> str:
        return f"Segment({self.id}, offset={self.offset})"

    @property
    def id(self) -> str:
        """CLM, REF, ...; "" for bytes that are no segment."""
        return self.texts[0]

    @property
    def elements(self) -> list[bytes]:
        """The id and the elements: `elements[1]` is REF01."""
        if self._elements is None:
            self._elements = self.raw.split(self.delimiters.element)
        return self._elements

    @property
    def texts(self) -> list[str]:
        """The same as text."""
        if self._texts is None:
            self._texts = decode(self.raw).split(decode(self.delimiters.element))
        return self._texts

    @property
    def complete(self) -> bool:
        """Whether the segment has its terminator (the last one of a cut-off file has not)."""
        return self.end.startswith(self.delimiters.segment)

    def raw_element(self, element: int) -> bytes:
        """The bytes of an element, b"" when absent."""
        elements = self.elements
        return elements[element] if element < len(elements) else b""

    def get(self, element: int, component: int = 0, repetition: int = 0) -> str:
        """An element, or one of its components (from 1), or one of its repetitions (from 1), as text."""
        texts = self._texts or self.texts
        value = texts[element] if element < len(texts) else ""
        if repetition and (separator := self.delimiters.repetition):
            repeats = value.split(decode(separator))
            value = repeats[repetition - 1] if repetition <= len(repeats) else ""
        if component:
            components = value.split(decode(self.delimiters.component))
            value = components[component - 1] if component <= len(components) else ""
        return value

    def components(self, element: int) -> list[str]:
        """The components of an element; [] when it is absent."""
        value = self.get(element)
        return value.split(decode(self.delimiters.component)) if value else []

    def repetitions(self, element: int) -> list[str]:
        """The repetitions of an element; [] when it is absent."""
        value, separator = self.get(element), self.delimiters.repetition
        if not value:
            return []
        return value.split(decode(separator)) if separator else [value]

    def replaced(self, element: int, value: str) -> Segment:
        """The segment with one whole element changed; empty elements are added before it where it was not there.

        An element that becomes empty leaves no empty elements at the end.
        """
        elements = [*self.elements, *[b""] * (element + 1 - len(self.elements))]
        elements[element] = encode(value)
        while not value and not elements[-1]:
            elements.pop()
        return Segment(self.delimiters.element.join(elements), self.end, self.offset, self.delimiters)


def decode(value: bytes) -> str:
    """X12 text as `str`: one byte is one character, so nothing is lost and lengths are what X12 counts."""
    return value.decode("latin-1")


def encode(value: str) -> bytes:
    """The inverse of `decode`; a character beyond ISO 8859-1 is a ValueError (UnicodeEncodeError)."""
    return value.encode("latin-1")


def readable(text: str) -> str:
    """Text from X12 for people: letters that were written in UTF-8, each of which `decode` gives as several, are put right."""
    return text if text.isascii() else _UTF_8.sub(_letters, text)


def in_utf_8(value: bytes) -> bytes:
    """The first letter in a value that is written in UTF-8, b"" where there is none."""
    read = ((match[0], _letters(match)) for match in _UTF_8.finditer(decode(value)))
    return next((letters[0].encode("utf-8") for text, letters in read if letters != text), b"")


def _letters(match: re.Match[str]) -> str:
    try:
        letters = encode(match[0]).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]
    return letters if letters.isalpha() else match[0]


def compose(delimiters: Delimiters, *elements: str | Sequence[str], end: bytes | None = None) -> Segment:
    """A new segment: `compose(d, "REF", "G1", "A123")`. A sequence of texts is a composite.

    Empty elements and components at the end are left out, as X12 wants it. `end` is what follows (default: the terminator).
    """
    component = decode(delimiters.component)
    parts = [e if isinstance(e, str) else component.join(e).rstrip(component) for e in elements]
    while parts and not parts[-1]:
        parts.pop()
    raw = encode(decode(delimiters.element).join(parts))
    return Segment(raw, delimiters.segment if end is None else end, -1, delimiters)


def is_source(given: object) -> TypeIs[Source]:
    """Whether something is to be read, and not what was read from it."""
    return isinstance(given, str | Path | bytes | bytearray | memoryview) or hasattr(given, "read")


def open_source(source: Source) -> BinaryIO:
    """A binary file object for any source. `close_source` closes it again. TypeError for what is none."""
    import io

    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(source)
    if isinstance(source, str | Path):
        if str(source) == "-":
            if sys.stdin is None:
                raise SourceError("There is no standard input.")
            return sys.stdin.buffer
        if not str(source):
            raise SourceError("The name of the file to read is empty.")
        if isinstance(source, str) and _is_no_name(source):  # it is not said again: it may be a document about persons
            raise SourceError("A text names a file to read; what was given is none. X12 itself is given as bytes.")
        try:
            return Path(source).open("rb")
        except OSError as error:
            raise SourceError(f"{source}: {error.strerror or error}.") from error
    if other := _no_bytes(source):
        raise TypeError(f'X12 is read from a path, from bytes, or from a file that is open for bytes ("rb"), not from {other}.')
    return source


def _no_bytes(given: object) -> str:
    """What was given in the place of a file of bytes; "" where it is one."""
    import io

    if isinstance(given, io.TextIOBase):
        return "a file that is open for text"
    return "" if hasattr(given, "read") else type(given).__name__


def _is_no_name(text: str) -> bool:
    """Whether a text is no name that a file may have, or an interchange."""
    return "\0" in text or WHOLE_ISA.match(text.lstrip().encode("latin-1", "replace")) is not None


def close_source(file: BinaryIO, source: Source) -> None:
    """Close what `open_source` opened: no file object of the caller's, and not standard input."""
    if file is not source and not (isinstance(source, str | Path) and str(source) == "-"):
        file.close()


class InHand:
    """What of a source a reader has in hand: `data`, which begins at the byte `base`."""

    __slots__ = ("base", "data")

    def __init__(self) -> None:
        self.data, self.base = b"", 0


def read(source: Source, *, chunk: int = CHUNK, hand: InHand | None = None) -> Generator[Segment, int | None, None]:
    """The segments of a source, in order, in memory bounded by one chunk and one segment.

    Who looks into what is in `hand` may go on from any byte in it: `send` takes that, and gives the segment there.
    """
    file = open_source(source)
    try:
        yield from _segments(file, source, chunk, hand or InHand())
    finally:
        close_source(file, source)


class Stretch:
    """Some bytes of a file, to be read as a file of their own."""

    __slots__ = ("_file", "_left", "start")

    def __init__(self, file: BinaryIO, start: int, stop: int) -> None:
        file.seek(start)
        self._file, self._left, self.start = file, stop - start, start

    def read(self, size: int, /) -> bytes:
        """The next bytes, b"" at the end."""
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data


def read_stretch(
    stretch: Stretch, delimiters: Delimiters, before: Iterable[tuple[int, bytes]], hand: InHand
) -> Generator[Segment, int | None, None]:
    """The segments of a stretch that begins with one; those of other places of the file (offset and bytes) come `before`."""
    one = one_segment(delimiters)
    hand.data, hand.base = b"", stretch.start
    for offset, data in before:
        for match in one.finditer(data):
            yield Segment(match[1], match[2], offset + match.start(), delimiters)
    yield from _segments(stretch, "", CHUNK, hand, delimiters, stretch.start)


def write(segments: Iterable[Segment]) -> Iterator[bytes]:
    """The bytes of segments; `b"".join(write(read(source)))` is the source."""
    for segment in segments:
        yield segment.raw + segment.end


def _read_chunk(file: BinaryIO | Stretch, source: Source, size: int) -> bytes:
    try:
        return file.read(size)
    except (OSError, ValueError) as error:
        name = source if isinstance(source, str | Path) else "the input"
        raise SourceError(f"{name}: {getattr(error, 'strerror', None) or 'cannot be read'}.") from error


def _segments(
    file: BinaryIO | Stretch, source: Source, chunk: int, hand: InHand, known: Delimiters | None = None, base: int = 0
) -> Generator[Segment, int | None, None]:
    data, last = b"", False
    delimiters = known or Delimiters()
    one = one_segment(known) if known else None  # a segment with its terminator and the line breaks behind it; None: no ISA yet
    while not last:
        more = _read_chunk(file, source, chunk)
        last = not more
        data += more
        hand.data, hand.base = data, base
        at = 0
        while at < len(data):
            if b"ISA".startswith(data[at : at + 3]):
                if not last and len(data) - at < ISA_LONGEST:
                    break  # perhaps an ISA that is not all here
                found = Delimiters.of_isa(data[at : at + ISA_LONGEST])
                if found is not None and (one is None or found != delimiters):
                    delimiters, one = found, one_segment(found)
            if one is None:
                start = data.find(b"ISA", at + 1 if data.startswith(b"ISA", at) else at)
                if start < 0 and not last and len(data) - at < LONGEST_SEGMENT:
                    break
                stop = start if start >= 0 else len(data)
                if stop == at:
                    break
                yield _filler(data[at:stop], base + at, delimiters)
                at = stop
                continue
            match = one.match(data, at)
            if match is None and not last and len(data) - at < LONGEST_SEGMENT:
                break  # no terminator in sight
            stop = match.end() if match is not None else len(data) if last else at + LONGEST_SEGMENT
            if match is not None and stop == len(data) and not last:
                break  # more line breaks may follow
            buried = WHOLE_ISA.search(data, at + 1, stop) if data.find(b"ISA", at + 1, stop) > 0 else None
            if buried is not None:  # the segment was cut off, and another file begins right behind it
                yield Segment(data[at : buried.start()], b"", base + at, delimiters)
                at = buried.start()
                continue
            further = yield (
                Segment(match[1], match[2], base + at, delimiters)
                if match
                else Segment(data[at:stop], b"", base + at, delimiters)
            )
            at = stop if further is None else further - base
        data, base = data[at:], base + at


def one_segment(delimiters: Delimiters) -> re.Pattern[bytes]:
    """A segment (group 1) with what ends it (group 2)."""
    return re.compile(b"([^" + re.escape(delimiters.segment) + b"]*+)(" + ending(delimiters) + b")", re.DOTALL)


def ending(delimiters: Delimiters) -> bytes:
    """An expression for a terminator with the line breaks behind it."""
    breaks = b"".join(re.escape(bytes([b])) for b in _BREAKS if bytes([b]) not in (delimiters.segment, delimiters.element))
    return re.escape(delimiters.segment) + b"[" + breaks + b"]*+"


def _filler(data: bytes, offset: int, delimiters: Delimiters) -> Segment:
    return Segment(b"", data, offset, delimiters)

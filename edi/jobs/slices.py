"""A file cut into slices that can be read apart from each other: by the processes of one machine, or the machines of a cluster.

A slice begins with a transaction or, within a large one, with a unit of its root (a billing provider's level, a header number)
or one directly below such a unit (a subscriber's level, a payment). Where these stand does not depend on what is before them, so
what slices say, one behind another, is what the whole file says, also where something is wrong: behind what looks like a unit of
the root that has lost its first segment nothing is cut before the next one. What counts over the whole (control totals) is for
who judges the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias
from zlib import crc32

from edi.errors import SourceError
from edi.guides.choosing import chosen, purpose
from edi.guides.document import Around, Take, Unit, units_from
from edi.guides.table import Step, Table, table
from edi.jobs.scanning import PASSED, Scan
from edi.records.authorization import Authorization, decided_in
from edi.records.claim import Claim, claim_of, is_claim
from edi.records.reading import Records
from edi.records.remittance import Payment, Payments, is_payment
from edi.text.segments import Delimiters, Segment, encode

__all__ = ["SIZE", "Opener", "Record", "Slice", "plan_slices", "read_slice"]

SIZE: Final = 8 << 20
"""Bytes of a slice, about: a few seconds of work."""
_LONGEST: Final = 64 << 10
"""A transaction with a longer header is not cut, nor is a unit of its root that begins with so much before the first in it."""

Record: TypeAlias = Claim | Payment | Authorization
Opener: TypeAlias = Callable[[str, str], BinaryIO]
"""Opens a name in the mode "rb", as `open` and the `open` of an fsspec file system do: a file in which one can seek."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a file from one byte to another, with what stands around it. It can be pickled, and is small."""

    path: str
    start: int
    stop: int
    around: Around
    last: bool = False
    """Nothing of the file stands behind it."""

    @property
    def name(self) -> str:
        """A name of its own, as text, for what is made of it: the file's, a checksum of where that is, and the first byte."""
        file = Path(self.path).name.encode(errors="replace").decode()
        return f"{file}-{crc32(self.path.encode(errors='surrogateescape')):08x}-{self.start:012d}"


def plan_slices(path: str | Path, size: int = SIZE, opener: Opener | None = None) -> Iterator[Slice]:
    """The slices of a file, each of `size` bytes or as little more as can be, in the order of the file.

    SourceError where it cannot be read. A file that is no X12 has none.
    """
    try:
        with (opener or _open)(str(path), "rb") as file:
            yield from _Cutting(str(path), size, Scan(file)).slices()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}.") from error


def read_slice(one: Slice, opener: Opener | None = None) -> Records[Record]:
    """The claims, payments and authorizations of a slice, as `read_claims`, `read_payments`, `read_authorizations` give them.

    That the file is cut off is a problem of its last slice.
    """
    payments = Payments()

    def records(unit: Unit) -> Iterable[Record]:
        if is_claim(unit):
            return (claim_of(unit),)
        if is_payment(unit):
            return (payments.of(unit),)
        return decided_in(unit) if unit.kind == "header" else ()

    return Records(_units(one, None, opener), records, whole=one.last)


def units_of(one: Slice, take: Take | None = None, *, opener: Opener | None = None) -> Records[Unit]:
    """The units of a slice (see `edi.units`), and that the file is cut off. SourceError where it cannot be read.

    What `take` takes, units in a row, is left out.
    """
    return Records(_units(one, take, opener), lambda unit: (unit,), whole=one.last)


def _units(one: Slice, take: Take | None, opener: Opener | None) -> Iterator[Unit]:
    try:
        with (opener or _open)(one.path, "rb") as file:
            yield from units_from(file, one.start, one.stop, one.around, take)
    except OSError as error:
        raise SourceError(f"{one.path}: {error.strerror or error}.") from error


def _open(path: str, _: str) -> BinaryIO:
    return Path(path).open("rb")


class _Cutting:
    """Where a file is cut while it is scanned."""

    def __init__(self, path: str, size: int, scan: Scan) -> None:
        self._path, self._size, self._scan = path, size, scan
        self._last: Slice | None = None
        """The slice that is open; where it stops is not known yet."""
        self._transaction: _Transaction | None = None

    def slices(self) -> Iterator[Slice]:
        scan, since = self._scan, 0
        for mark in scan.marks():
            transaction, passed = self._transaction, mark.name == PASSED
            if transaction is not None and (passed or self._is_large(mark.at)):
                for place, above in transaction.places(scan, since - scan.window.base, mark.at, self._is_large):
                    yield from self._cut(place, above)
            since = scan.window.base + mark.at
            if passed:
                scan.keep = transaction.keep if transaction is not None else None
                continue
            self._transaction = None
            if mark.name == b"ST":
                yield from self._cut(mark.at, ())
                self._transaction = _Transaction(scan, mark.at)
        if self._last is not None:
            yield replace(self._last, stop=scan.window.base + len(scan.window.data), last=True)

    def _is_large(self, at: int) -> bool:
        return self._last is not None and self._scan.window.base + at - self._last.start >= self._size

    def _cut(self, at: int, above: tuple[tuple[int, bytes], ...]) -> Iterator[Slice]:
        """Begin a slice here, where the one before is large enough, which is given then."""
        scan = self._scan
        if self._last is not None and not self._is_large(at):
            return
        start = scan.window.base + at
        if self._last is not None:
            yield replace(self._last, stop=start)
        isa, gs = ((found.offset, found.raw) if found else None for found in (scan.isa, scan.gs))
        self._last = Slice(self._path, start, start, Around(scan.delimiters, isa, gs, above))


class _Transaction:
    """A transaction in which places to cut are sought, and what stands above them there."""

    def __init__(self, scan: Scan, at: int) -> None:
        self._table = _table_of(scan, at)
        self._begun: int | None = scan.window.base + at
        """Where what is being passed begins: the header, or the unit of the root; None: neither."""
        self._above: list[tuple[int, bytes]] = []
        self._step: Step | None = None
        """The unit of the root that is open."""

    @property
    def keep(self) -> int | None:
        """From which byte on the window is needed."""
        return self._begun if self._table is not None else None

    def places(
        self, scan: Scan, at: int, stop: int, wanted: Callable[[int], bool]
    ) -> Iterator[tuple[int, tuple[tuple[int, bytes], ...]]]:
        """Where it can be cut in a part of the window, each place with what stands above; not all that are not `wanted`."""
        found = self._table
        if found is None:
            return
        openers, begun = _openers(found), _begun_with(found, scan.delimiters.element)
        root_begins = _may_begin(found, scan.delimiters)
        hits = sorted((place, id) for id in openers | begun for place in scan.places(id, at, stop))
        for place, name in hits:
            if name in begun:
                if self._begun is None:  # perhaps a unit of the root that has lost its first segment
                    self._step = None
                continue
            if self._begun is None and not wanted(place) and not root_begins.match(scan.window.data, place):
                continue  # within a unit of the root, which is known
            elements = scan.segment(place).raw.split(scan.delimiters.element, found.reach)
            root = next((one for one in found.root.of(elements, scan.delimiters) if one.is_unit), None)
            inner = self._step is not None and any(one.is_unit for one in self._step.of(elements, scan.delimiters))
            self._passed(scan, place, root is not None or inner)
            if root is not None and self._above:
                del self._above[1:]
                yield place, tuple(self._above)
                self._begun, self._step = scan.window.base + place, root.step
            elif inner and len(self._above) > 1:
                yield place, tuple(self._above)
        self._passed(scan, stop, False, _LONGEST)

    def _passed(self, scan: Scan, at: int, ends: bool, least: int = 0) -> None:
        """What was begun goes on to here, and ends here or has another end than it should."""
        if self._begun is None or (begun := self._begun - scan.window.base) + least > at:
            return
        self._begun = None
        if ends and at - begun <= _LONGEST:
            self._above.append((scan.window.base + begun, scan.window.data[begun:at]))


def _table_of(scan: Scan, at: int) -> Table | None:
    """The table of the guide of the transaction that begins here; None where it has none, or no units."""
    match = scan.window.cutter.match(scan.window.data, at)
    if match is None:
        return None
    segment: Segment = scan.window.segment(match)
    guide = chosen(segment, scan.version, purpose(scan.window, match, segment, scan.version).code)
    return table(guide) if guide is not None and table(guide).units else None


@lru_cache(maxsize=32)
def _begun_with(found: Table, element: bytes) -> frozenset[bytes]:
    """How the other segments begin that a unit of the root has before the units in it."""
    roots = [place.step for place in found.root.places if place.is_unit and place.step is not None]
    own = [place for step in roots for place in step.places[1:] if not place.is_unit]
    plain = {encode(place.segment.id) for place in own if not place.codes or place.element != 1 or place.component}
    coded = {element.join((encode(place.segment.id), code)) for place in own for code in place.codes}
    return frozenset(plain | {name for name in coded if name.partition(element)[0] not in plain})


@lru_cache(maxsize=32)
def _may_begin(found: Table, delimiters: Delimiters) -> re.Pattern[bytes]:
    """How what may be a unit of the root begins."""
    element, inside = re.escape(delimiters.element), b"[^" + re.escape(delimiters.element + delimiters.segment) + b"]*"
    begun = [
        re.escape(encode(place.segment.id)) + (element + inside) * (place.element - 1) + element
        + (b"(?:" + b"|".join(map(re.escape, sorted(place.codes))) + b")" if place.codes and not place.component else b"")
        for place in found.root.places
        if place.is_unit
    ]  # fmt: skip
    return re.compile(b"|".join(begun))


def _openers(found: Table) -> frozenset[bytes]:
    """What units of the root, and those directly below them, begin with."""
    roots = [place for place in found.root.places if place.is_unit]
    inner = [place for root in roots if root.step is not None for place in root.step.places if place.is_unit]
    return frozenset(encode(place.segment.id) for place in roots + inner)

"""The rows of a large file, kept packed by the part of the file that they are of: what is asked of all of them needs no row.

Of a file that several processes decide most rows are of claims that leave nothing to do: they come as bytes from the process that
decided them, and are made when somebody asks for them. What all are asked for (`Head`) stands beside them.
"""

from __future__ import annotations

import marshal
import pickle
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from itertools import chain
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias, overload

from edi.linkage.verdict import Head, Row, Verdict

_VERDICTS: Final = tuple(Verdict)
_NUMBERS: Final = {verdict: n for n, verdict in enumerate(_VERDICTS)}
_amount: Callable[[str], Decimal] = lru_cache(maxsize=4096)(Decimal)
_head: Callable[[tuple[str, int, Verdict, Decimal]], Head] = partial(tuple.__new__, Head)
_Placed: TypeAlias = tuple[int, int, Row]
"""A row with its claim's place in the part, and its own."""


class Packed(NamedTuple):
    """The rows of a part of a file, as bytes, compressed: for a process of the same run."""

    heads: bytes
    """What is asked of every row, column by column: its claim's place in the part, and what a `Head` has."""
    left: bytes
    """The rows that leave something to do."""
    told: bytes
    """Of the others those that are told of all the same."""
    rest: bytes


def pack(rows: Iterable[Sequence[Row]]) -> Packed:
    """The rows of the claims of a part."""
    left, told, rest = kinds = list[_Placed](), list[_Placed](), list[_Placed]()
    heads: list[tuple[int, str, int, int, str]] = []
    for n, mine in enumerate(rows):
        for row in mine:
            kind = left if _is_left(row) else told if _is_told(row) else rest
            kind.append((n, len(heads), row))
            heads.append((n, row.claim, row.offset, _NUMBERS[row.verdict], str(row.amount)))
    columns = tuple(zip(*heads, strict=True)) or ((),) * 5
    return Packed(_small(marshal.dumps(columns, 2)), *(_small(pickle.dumps(kind, pickle.HIGHEST_PROTOCOL)) for kind in kinds))


def _small(data: bytes) -> bytes:
    """Compressed to a quarter, in a hundredth of the time that it takes to decide."""
    return zlib.compress(data, 1)


NONE: Final = pack(())


class PartRows:
    """The rows of a part, of which those of some claims were decided `again`, by their places."""

    def __init__(self, packed: Packed, again: Mapping[int, Sequence[Row]]) -> None:
        self._packed = packed
        self._again = dict(again)

    def heads(self) -> Iterator[Head]:
        """What is asked of every row."""
        again = self._again
        places, claims, offsets, verdicts, amounts = marshal.loads(zlib.decompress(self._packed.heads))
        made = map(_head, zip(claims, offsets, map(_VERDICTS.__getitem__, verdicts), map(_amount, amounts), strict=True))
        if not again:
            return made
        found = [one for one in zip(places, made, strict=True) if one[0] not in again]
        found += ((n, Head(row.claim, row.offset, row.verdict, row.amount)) for n, mine in again.items() for row in mine)
        return map(itemgetter(1), sorted(found, key=itemgetter(0)))

    def __iter__(self) -> Iterator[Row]:
        return self._of((self._packed.left, self._packed.told, self._packed.rest), lambda row: True)

    def left(self) -> Iterator[Row]:
        """Those that leave something to do."""
        return self._of((self._packed.left,), _is_left)

    def told(self) -> Iterator[Row]:
        """Those that leave something to do, and those that are told of all the same."""
        return self._of((self._packed.left, self._packed.told), _is_told)

    def _of(self, kinds: Iterable[bytes], wanted: Callable[[Row], bool]) -> Iterator[Row]:
        found: list[_Placed] = [one for kind in kinds for one in pickle.loads(zlib.decompress(kind)) if one[0] not in self._again]
        found += ((n, at, row) for n, mine in self._again.items() for at, row in enumerate(mine) if wanted(row))
        return map(itemgetter(2), sorted(found, key=itemgetter(0, 1)))


class Rows(Sequence[Row]):
    """Rows of parts, one behind another, as a tuple of them would be."""

    def __init__(self, parts: Sequence[Iterable[Row]]) -> None:
        self._parts = parts

    def __bool__(self) -> bool:
        return next(self.heads(), None) is not None

    def __len__(self) -> int:
        return sum(1 for _ in self.heads())

    def __iter__(self) -> Iterator[Row]:
        return chain.from_iterable(self._parts)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, at: int | slice) -> Row | tuple[Row, ...]:
        return tuple(self)[at]

    def heads(self) -> Iterator[Row | Head]:
        """What is asked of every row."""
        return chain.from_iterable(map(heads, self._parts))

    def left(self) -> Iterator[Row]:
        """Those that leave something to do."""
        return chain.from_iterable(map(left, self._parts))

    def told(self) -> Iterator[Row]:
        """Those that `told` gives."""
        return chain.from_iterable(map(told, self._parts))


def heads(rows: Iterable[Row]) -> Iterable[Row | Head]:
    """What is asked of every row."""
    return rows.heads() if isinstance(rows, Rows | PartRows) else rows


def left(rows: Iterable[Row]) -> Iterable[Row]:
    """The rows that leave something to do."""
    return rows.left() if isinstance(rows, Rows | PartRows) else filter(_is_left, rows)


def told(rows: Iterable[Row]) -> Iterable[Row]:
    """The rows that leave something to do, those whose number was written, and those near which something names no service."""
    return rows.told() if isinstance(rows, Rows | PartRows) else filter(_is_told, rows)


def noted(rows: Iterable[Row]) -> Iterable[Row]:
    """Those with notes, which are made of rows later: what is packed has none."""
    return () if isinstance(rows, Rows | PartRows) else (row for row in rows if row.notes)


def _is_left(row: Row) -> bool:
    return not row.verdict.settled


def _is_told(row: Row) -> bool:
    return row.written or not row.verdict.settled or row.doubtful

"""What is taken of a file, known before it is read for that.

Another process read it, while this one was at the files before it; or it is what was linked and written a moment ago.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from edi.frozen import changed
from edi.guides.document import Writing
from edi.ledger.columns import compressed
from edi.ledger.foreseen import ForeseenClaim, Sent
from edi.ledger.payments.reading import ReadPiece, read_pieces
from edi.ledger.storing import sent_claim
from edi.ledger.survey import InterchangeFound, readable
from edi.linkage.denials.acceptance import ClaimAnswer, claim_answers
from edi.linkage.linking import Passed, Piece, piece_of
from edi.records.authorization import Authorization, read_with_copies
from edi.records.claim import Claim, claim_of, is_claim
from edi.records.received import read_acknowledgments
from edi.records.single import read_sent, single
from edi.text.segments import Source

ACKNOWLEDGED: Final = frozenset({"999", "997", "277"})
"""Sets that say what became of others; of 277s those of claims that came in (277CA)."""


class InterchangeRecords(NamedTuple):
    """Of one interchange what its sets hold; None of what was not read."""

    authorizations: Sequence[tuple[Authorization, bytes]] | None = None
    payments: Sequence[Sequence[ReadPiece]] | None = None
    answers: Sequence[ClaimAnswer] | None = None
    claims: Sequence[tuple[Claim, bytes]] | None = None
    came: Sequence[ForeseenClaim] | None = None
    """The claims as they came, before they are linked."""
    sent: Sent | None = None
    """The claims, where what they use was foreseen."""


NOTHING: Final = InterchangeRecords()
Known: TypeAlias = Callable[[InterchangeFound], InterchangeRecords]
"""What was read of an interchange before."""


def nothing(_: InterchangeFound) -> InterchangeRecords:
    """Of what was not read before."""
    return NOTHING


class LinkedClaim:
    """A claim that was linked, as it is written."""

    def __init__(self, passed: Passed, moved: int) -> None:
        """`moved`: by how many bytes it is further on in its interchange than it was in the file."""
        self.moved, self._passed = moved, passed
        self._whole: Claim | None = None

    @property
    def edited(self) -> bool:
        """Whether a number was written into it."""
        return self._passed.unit.loop.edited

    @property
    def known(self) -> Claim:
        """As much of it as was read to find what is on file for it."""
        return self._passed.claim or self.whole

    @property
    def whole(self) -> Claim:
        """All of it, as it is read of the file that is written."""
        if self._whole is None:
            passed, unit = self._passed, self._passed.unit
            claim = passed.claim if passed.claim is not None and passed.whole and not self.edited else claim_of(unit)
            self._whole = changed(claim, offset=claim.offset + self.moved)
        return self._whole

    @property
    def copy(self) -> bytes:
        """Its bytes, as `single` gives them."""
        return single(self._passed.unit)


class Linking:
    """Collects the claims of an 837 as they are linked, with their numbers, as they are read of the file that is written."""

    def __init__(self) -> None:
        self._claims: dict[int, list[LinkedClaim]] = {}
        """By the byte at which their interchange begins."""
        self._start = self._at = 0
        self._writing = Writing()

    def __call__(self, passed: Passed) -> Piece:
        """The next unit as it is written."""
        piece, unit, at = piece_of(passed, self._writing), passed.unit, self._at
        self._at += len(piece.data)
        if unit.kind == "ISA":
            self._start = at
            self._claims[at] = []
        elif is_claim(unit):
            moved = at - self._start - (unit.loop.start or 0)
            self._claims.setdefault(self._start, []).append(LinkedClaim(passed, moved))
        return piece

    @property
    def interchanges(self) -> int:
        """How many of them were seen."""
        return len(self._claims)

    def of(self, found: InterchangeFound) -> Sequence[LinkedClaim]:
        """The claims of an interchange of the file that was written."""
        return self._claims.get(found.start, ())

    def known(self, found: InterchangeFound) -> InterchangeRecords:
        """What is known of it."""
        return InterchangeRecords(claims=[(one.whole, one.copy) for one in self.of(found)])


def read_ahead(path: Path, found: Iterable[InterchangeFound], *, claims: bool = False) -> dict[str, InterchangeRecords]:
    """What is in the interchanges of a file, by the hash of their bytes; its claims only where that is asked for.

    These are taken as they are linked: as they came is only of use where another process links them (`edi.ledger.foreseeing`).
    """
    with path.open("rb") as file:
        read: dict[str, InterchangeRecords] = {}
        for one in found:
            sets = {each.set for each in one.sets}
            read[one.digest] = InterchangeRecords(
                authorizations=list(read_with_copies(readable(file, one))) if "278" in sets else None,
                payments=list(read_pieces(readable(file, one))) if "835" in sets else None,
                came=_came(readable(file, one)) if claims and "837" in sets else None,
                answers=list(read_answers(readable(file, one))) if one.acknowledges or ACKNOWLEDGED & sets else None,
            )
        return read


def _came(source: Source) -> list[ForeseenClaim]:
    return [(sent_claim(claim), compressed(copy)) for claim, copy in read_sent(source)]


def read_answers(source: Source) -> Iterator[ClaimAnswer]:
    """What the acknowledgments of a source say of claims."""
    return (answer for one in read_acknowledgments(source) for answer in claim_answers(one))

"""What is taken of a file, read before the ledger is asked: by another process, while this one is at the files before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from edi.ledger.payments.reading import ReadPiece, read_pieces
from edi.ledger.survey import InterchangeFound, window
from edi.linkage.denials.acceptance import ClaimAnswer, claim_answers
from edi.records.authorization import Authorization, read_with_copies
from edi.records.claim import Claim
from edi.records.received import read_acknowledgments
from edi.text.segments import Source

ACKNOWLEDGED: Final = frozenset({"999", "997", "277"})
"""Sets that say what became of others; of 277s those of claims that came in (277CA)."""


class Ahead(NamedTuple):
    """Of one interchange what its sets hold; None of what was not read."""

    authorizations: Sequence[tuple[Authorization, bytes]] | None = None
    payments: Sequence[Sequence[ReadPiece]] | None = None
    answers: Sequence[ClaimAnswer] | None = None
    claims: Sequence[tuple[Claim, bytes]] | None = None


Aheads: TypeAlias = Mapping[str, Ahead]
"""What was read of interchanges, by the hash of their bytes."""
NOTHING: Final = Ahead()
NONE: Final[Aheads] = MappingProxyType({})


def read_ahead(path: Path, found: Iterable[InterchangeFound]) -> dict[str, Ahead]:
    """What is in the interchanges of a file, but for claims: these are taken as they are linked."""
    with path.open("rb") as file:
        read: dict[str, Ahead] = {}
        for one in found:
            sets = {each.set for each in one.sets}
            read[one.digest] = Ahead(
                authorizations=list(read_with_copies(window(file, one))) if "278" in sets else None,
                payments=list(read_pieces(window(file, one))) if "835" in sets else None,
                answers=list(read_answers(window(file, one))) if one.acknowledges or ACKNOWLEDGED & sets else None,
            )
        return read


def read_answers(source: Source) -> Iterator[ClaimAnswer]:
    """What the acknowledgments of a source say of claims."""
    return (answer for one in read_acknowledgments(source) for answer in claim_answers(one))

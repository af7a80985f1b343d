"""What becomes of the claims of a file, decided before their turn: it stands if the ledger still says what it was decided by.

Another process decided it (`edi.ledger.foreseeing`), while this one was at the files before. Here the ledger is asked the same
again. Where it says the same the claims would be decided the same; where it does not, they are decided as any others.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from sqlmodel import Session

from edi.ledger.candidates import Asking, Finder
from edi.ledger.storing import SentClaim, Writer
from edi.ledger.survey import InterchangeFound
from edi.ledger.using import keep
from edi.linkage.joining import folded
from edi.linkage.linking import Piece
from edi.linkage.usage import Use
from edi.linkage.use_rows import UseCells
from edi.linkage.verdict import Row
from edi.records.claim import Claim


class Said(NamedTuple):
    """What the ledger was asked about claims, and what it said."""

    claims: frozenset[str]
    """These (CLM01), of which nothing was kept: none of them had reserved or used anything."""
    named: tuple[tuple[tuple[str, ...], bytes], ...]
    """Names, and the digest of the authorizations that have them."""
    uses: Mapping[int, Sequence[UseCells]]
    """All that is used of these authorizations."""


ForeseenClaim: TypeAlias = tuple[SentClaim, bytes]
"""A claim with its bytes, compressed."""


class AsCame(NamedTuple):
    """A claim into which nothing was written: it is sent as it came, so many bytes further on in its interchange."""

    moved: int


class Uses(NamedTuple):
    """What claims that are sent use."""

    people: frozenset[str]
    """What payments may call the people of these claims by."""
    looked_at: frozenset[int]
    """Authorizations that they might use."""
    used: Mapping[str, tuple[Use, ...]]
    """By claim (CLM01) what it uses, in the order in which that was decided."""
    decided: tuple[Row, ...]
    """What was decided of those that have the right number."""


class Sent(NamedTuple):
    """Claims that are sent, and what they use."""

    claims: Sequence[ForeseenClaim]
    uses: Uses


class Foreseen(NamedTuple):
    """What becomes of the claims of a file that is one interchange: as they are linked, and as they are taken then."""

    said: Said
    piece: Piece
    """The file with its numbers. Its rows are without what only the report tells."""
    report: str
    """The report of what was decided, as JSON."""
    written: tuple[InterchangeFound, ...]
    """What is in the file with its numbers."""
    claims: tuple[ForeseenClaim | AsCame, ...]
    """As they are sent."""
    uses: Uses

    def sent(self, came: Sequence[ForeseenClaim]) -> Sent:
        """The claims as they are sent, with what they use; `came` are those of the file as another process read them."""
        both = zip(self.claims, came, strict=True)
        return Sent([(read.moved(one.moved), copy) if isinstance(one, AsCame) else one for one, (read, copy) in both], self.uses)


def pack(found: Foreseen) -> bytes:
    """What is foreseen, as it waits in the process that asked."""
    return pickle.dumps(found, pickle.HIGHEST_PROTOCOL)


def unpack(packed: bytes) -> Foreseen:
    """What `pack` packed, a moment ago in a process of our own."""
    found: Foreseen = pickle.loads(packed)
    return found


def stands(session: Session, said: Said) -> bool:
    """Whether the ledger says what it said then."""
    answers = Asking(session)
    return (
        not answers.promised(said.claims)
        and all(digest(answers.named(names)) == found for names, found in said.named)
        and answers.uses(said.uses) == said.uses
    )


def digest(found: Mapping[int, str]) -> bytes:
    """Of authorizations as they stand."""
    return hashlib.blake2b("\0".join(f"{id} {found[id]}" for id in sorted(found)).encode(), digest_size=16).digest()


def keep_foreseen(session: Session, writer: Writer, uses: Uses, *, ruled: bool) -> None:
    """Keep what the claims use."""
    if uses.looked_at:
        find = Finder(session)
        find.known |= uses.looked_at
        for used in uses.used.values():
            find.usage.commit(used, (), lambda _: False)
        keep(session, writer, find, ruled=ruled)


def called(claim: Claim) -> Iterator[str]:
    """The member ids of a claim, and the names that stand for those where a payment gives none."""
    for person in (claim.subscriber, claim.patient):
        yield from {folded(person.member_id), folded(f"{person.last_name}{person.first_name}")} - {""}

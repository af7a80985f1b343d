"""Decides what becomes of files of claims, one after the other, before it is their turn: in a process that changes nothing.

What the files before use is not in the ledger yet; it is remembered here, as far as it was foreseen, until the ledger has it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

from sqlmodel import Session

from edi.frozen import changed
from edi.ledger.candidates import Asking, Finder
from edi.ledger.columns import compressed
from edi.ledger.database import Database
from edi.ledger.foreseen import AsCame, Foreseen, ForeseenClaim, Said, Uses, called, digest, pack
from edi.ledger.interchange_records import LinkedClaim, Linking
from edi.ledger.linking import decided
from edi.ledger.storing import sent_claim
from edi.ledger.survey import interchanges
from edi.ledger.using import decide_uses
from edi.linkage.claim_batch import outline
from edi.linkage.linking import Linked, Passed, Piece, wanted_by
from edi.linkage.terms import PayerRules
from edi.linkage.usage import SENT, Usage, Use
from edi.linkage.use_rows import UseCells, row_of
from edi.linkage.verdict import Row, Verdict, report
from edi.records.authorization import Authorization
from edi.records.claim import AGAIN

MOST: Final = 500
"""Claims of a file: those that are decided in one go."""


class Order(NamedTuple):
    """A file to decide about."""

    number: int
    """Its place among the files of a run."""
    kept: int
    """The ledger has what files below this number use."""
    path: Path
    rules: tuple[str, ...]
    rows: int
    """So many of them are told in its report, at most."""


class Foreseer:
    """Asked for one file after the other, in their order."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._uses: dict[int, tuple[int, list[UseCells]]] = {}
        """By authorization: the last file that uses it, and all uses with those."""

    def __call__(self, order: Order) -> bytes | None:
        """What is foreseen of a file, packed: while it waits it is a fraction of the objects that it holds. None: nothing."""
        self._uses = {id: one for id, one in self._uses.items() if one[0] >= order.kept}
        with self._database.reading() as session:
            found = self._foreseen(session, order)
        return None if found is None else pack(found)

    def close(self) -> None:
        """Let go of the ledger until it is asked again: where its writer closes it last, a SQLite ledger is one file."""
        self._database.close()

    def _foreseen(self, session: Session, order: Order) -> Foreseen | None:
        required, _ = wanted_by(order.rules)
        answers = _Remembering(session, {id: uses for id, (_, uses) in self._uses.items()})
        find, linking, pieces = Finder(session, linking=True, answers=answers), Linking(), list[Piece]()

        def seen(passed: Passed) -> Piece:
            pieces.append(linking(passed))
            return pieces[-1]

        linked = decided(session, find, order.path, order.rules, replace=False, heard=None, seen=seen)
        assert isinstance(linked, Linked)
        data = b"".join(piece.data for piece in pieces)
        written = tuple(interchanges(BytesIO(data)))
        those = linking.of(written[0]) if len(written) == linking.interchanges == 1 else ()
        if not those or len(those) > MOST:
            return None
        claims = [one.known for one in those]
        names = [claim.id for claim in claims]
        uses = Finder(session, answers=answers)
        near = uses(claims)
        if any(claim.frequency in AGAIN or claim.original for claim in claims) or answers.knows(set(names)):
            return None
        granted = _sent_uses(_changed(find.usage))
        plain = not order.rules and len(set(names)) == len(names)
        idle = {one.known.id for one in those if not one.edited} - granted.keys() if plain else set()
        idle -= {row.claim for row in linked.claims if row.verdict is Verdict.ALREADY_LINKED}
        usage, rows = _decided(those, near, uses.usage.copy(), required, idle)
        used = _changed(usage)
        if idle and _sent_uses(used) != granted:
            usage, rows = _decided(those, near, uses.usage, required, set())
            used = _changed(usage)
        use = Uses(
            people=frozenset(name for claim in claims for name in called(claim)),
            looked_at=frozenset(uses.known),
            used=used,
            decided=tuple(_bare(row) for row in rows if row.verdict is Verdict.ALREADY_LINKED),
        )
        self._remember(order.number, answers.seen, used)
        said = Said(frozenset(names), tuple(answers.asked), answers.seen)
        piece = _piece(data, linked, pieces, ruled=bool(order.rules))
        return Foreseen(said, piece, _report(linked, order.rows), written, tuple(map(_as_sent, those)), use)

    def _remember(self, number: int, seen: Mapping[int, Sequence[UseCells]], used: Mapping[str, Sequence[Use]]) -> None:
        """Note what is used now, in the order in which the ledger will have it."""
        after: dict[int, list[UseCells]] = {}
        for mine in used.values():
            for use in sorted(mine, key=lambda use: int(use.key)):
                kept = row_of(changed(use, amount=Decimal(format(use.amount, "f"))))
                after.setdefault(int(use.key), list(seen[int(use.key)])).append(kept)
        self._uses.update((id, (number, uses)) for id, uses in after.items())


def _decided(
    claims: Sequence[LinkedClaim],
    near: Sequence[Sequence[Authorization]],
    usage: Usage,
    required: PayerRules | None,
    idle: Set[str],
) -> tuple[Usage, list[Row]]:
    """What sent claims use beside what is used, and what was decided about them; nothing is decided of the `idle`.

    These were granted nothing when they were linked, and are sent as they were. They use nothing either, if what the others use
    is what they were granted then.
    """
    busy = [(claim.whole, those) for claim, those in zip(claims, near, strict=True) if claim.known.id not in idle]
    rows: list[Row] = []
    decide_uses([claim for claim, _ in busy], [those for _, those in busy], usage, required, decided=rows)
    return usage, rows


def _changed(usage: Usage) -> dict[str, tuple[Use, ...]]:
    """By claim what it uses, of those whose uses changed, in that order."""
    return {name: usage.of(name) for name in usage.changed()}


def _as_sent(one: LinkedClaim) -> ForeseenClaim | AsCame:
    return (sent_claim(one.whole), compressed(one.copy)) if one.edited else AsCame(one.moved)


def _sent_uses(uses: Mapping[str, Sequence[Use]]) -> dict[str, list[Use]]:
    """By claim what it uses, where that is anything, as if it were sent."""
    return {name: [changed(use, state=SENT) for use in some] for name, some in uses.items() if some}


class _Remembering:
    """What the ledger says, with what is foreseen to be used; it remembers what was asked."""

    def __init__(self, session: Session, foreseen: Mapping[int, Sequence[UseCells]]) -> None:
        self._ledger, self._foreseen = Asking(session), foreseen
        self.asked: list[tuple[tuple[str, ...], bytes]] = []
        self.seen: dict[int, Sequence[UseCells]] = {}
        self._reserved = False
        self._found: dict[int, str] = {}
        self._names: frozenset[str] = frozenset()

    def knows(self, claims: Set[str]) -> bool:
        """Whether any of these claims reserved or used something: they were linked or sent before."""
        return self._reserved or any(claim in claims for uses in self.seen.values() for _, _, claim, *_ in uses)

    def named(self, names: Collection[str]) -> Mapping[int, str]:
        new = sorted(names)
        if self._names.issubset(names):  # of those that were asked for the answer is there
            new = [name for name in new if name not in self._names]
        else:
            self._found = {}
        found = dict(self._ledger.named(new))
        self.asked.append((tuple(new), digest(found)))
        self._names, self._found = frozenset(names), self._found | found
        return self._found

    def promised(self, claims: Iterable[str]) -> set[int]:
        found = self._ledger.promised(claims)
        self._reserved |= bool(found)
        return found

    def uses(self, authorizations: Iterable[int]) -> Mapping[int, Sequence[UseCells]]:
        ids = [id for id in authorizations if id not in self.seen]
        new = {id: self._foreseen[id] for id in ids if id in self._foreseen}
        left = [id for id in ids if id not in new]
        self.seen |= {**new, **self._ledger.uses(left)}
        return {id: self.seen[id] for id in authorizations}


def _piece(data: bytes, linked: Linked, pieces: Iterable[Piece], *, ruled: bool) -> Piece:
    """A file as one piece, with no more of rows and claims than is asked for when they are linked."""
    told = [each for piece in pieces for each in piece.claims]
    claims = [(outline(claim), settled) for claim, settled in told if ruled or not settled]
    return Piece(data, tuple(map(_bare, linked.claims)), [*map(_bare, linked.beside)], linked.problems, claims)


def _bare(row: Row) -> Row:
    """A row without what only a report tells."""
    return changed(row, candidates=(), misfit=None, remaining=None, notes=())


def _report(linked: Linked, most: int) -> str:
    told = report(linked.claims[:most], linked.beside[:most], linked.unmapped)
    return json.dumps({**told, "totals": linked.totals})

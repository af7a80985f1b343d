"""The authorizations that a batch of claims may be about, and what is used of them: one query each."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from operator import itemgetter
from sys import intern
from typing import Final, Protocol

from sqlalchemy import Text, cast, select
from sqlmodel import Session, col

from edi.ledger import questions
from edi.ledger.bills import bills
from edi.ledger.questions import chunks
from edi.ledger.reading import reader
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import numbers_of
from edi.ledger.tables import AuthorizationRow, ClaimRow, IdentifierRow, PaymentRow, UseRow
from edi.linkage.coordination import members
from edi.linkage.directory import Directory
from edi.linkage.joining import folded
from edi.linkage.patients import person_key
from edi.linkage.usage import DENIED, REPLACEMENT, RESERVED, SENT, Usage, Use, summed
from edi.linkage.use_rows import UseCells, days_of
from edi.linkage.use_rows import use_of as use_by_row
from edi.records.authorization import Authorization
from edi.records.certification import NOTICE
from edi.records.claim import AGAIN, Claim

MEANT_BY: Final = ("member", "person", "number", "previous")
"""The kinds of identifiers by which a claim may mean an authorization."""
_NAMED: Final = select(col(AuthorizationRow.id), col(AuthorizationRow.record)).where(
    col(AuthorizationRow.id).in_(
        select(col(IdentifierRow.authorization_id)).where(
            one_of(col(IdentifierRow.folded), "names"), col(IdentifierRow.kind).in_(MEANT_BY)
        )
    ),
    col(AuthorizationRow.kind) != NOTICE,
)
_USES: Final = select(
    *(
        col(column)
        for column in (
            UseRow.id, UseRow.authorization_id, UseRow.service, UseRow.role, UseRow.claim, UseRow.days,
        )
    ),
    cast(col(UseRow.amount), Text),
    col(UseRow.state),
).where(one_of(col(UseRow.authorization_id), "ids"))  # fmt: skip
_PROMISED: Final = select(col(UseRow.authorization_id)).where(one_of(col(UseRow.claim), "claims"), col(UseRow.state) == RESERVED)
_USED_BY: Final = select(col(UseRow.authorization_id)).where(one_of(col(UseRow.claim), "claims"))
_PAYER_CLAIMS: Final = (
    select(col(PaymentRow.payer_claim), col(PaymentRow.claim), col(ClaimRow.claim))
    .join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id), isouter=True)
    .where(one_of(col(PaymentRow.payer_claim), "originals"))
    .order_by(col(PaymentRow.id))
)


class UseLike(Protocol):
    """A row of `UseRow`, or a part of one."""

    authorization_id: int
    state: str


class Answers(Protocol):
    """What a ledger says when it is asked about claims."""

    def named(self, names: Collection[str]) -> Mapping[int, str]:
        """The authorizations (as JSON, by their ids) that have one of these names: member ids, people, numbers, all folded."""

    def promised(self, claims: Iterable[str]) -> set[int]:
        """The authorizations of which these claims (CLM01) reserved something when they were linked before."""

    def uses(self, authorizations: Iterable[int]) -> Mapping[int, Sequence[UseCells]]:
        """What is used of each of these authorizations, in the order in which it was decided."""


class Asking:
    """A ledger that is asked just then."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def named(self, names: Collection[str]) -> Mapping[int, str]:
        found: dict[int, str] = {}
        for chunk in chunks(sorted(names), questions.NAMES):
            found.update((id, record) for id, record in ask(self._session, _NAMED, names=chunk))
        return found

    def promised(self, claims: Iterable[str]) -> set[int]:
        found: set[int] = set()
        for chunk in chunks(sorted(claims), questions.NAMES):
            found.update(ask(self._session, _PROMISED, claims=chunk).scalars())
        return found

    def uses(self, authorizations: Iterable[int]) -> Mapping[int, Sequence[UseCells]]:
        return uses(self._session, authorizations)


class Finder:
    """Finds the candidates of claims, batch after batch, and sees to it that `usage` knows what is used of them.

    `linking`: the claims are not sent yet. `reserved`: what other such claims were promised counts too. `denied`: so does what
    was given back by a denial, as it did when the claims were sent. `answers` are the ledger's, else it is asked.
    """

    def __init__(
        self,
        session: Session,
        *,
        linking: bool = False,
        reserved: bool = True,
        denied: bool = False,
        answers: Answers | None = None,
    ) -> None:
        self._session, self._answers = session, answers or Asking(session)
        self._linking, self._reserved, self._denied = linking, reserved, denied
        self.known: set[int] = set()
        """The authorizations of which `usage` has all the uses."""
        self.usage = Usage(reserving=linking)
        self._shares = array("q")
        """Of what another process changed: the ids of authorizations, each with how much of it is used."""

    def __call__(self, claims: Sequence[Claim]) -> list[list[Authorization]]:
        """The candidates of each claim, in the order of the claims."""
        found = _candidates(self._session, claims, self._answers)
        for payer_claim, claim in payer_claims(self._session, claims).items():
            self.usage.know(payer_claim, claim)
        if replacing := {name for claim in claims if claim.frequency == REPLACEMENT for name in self.usage.names(claim)}:
            self.usage.know_bills(bills(self._session, replacing))
        ids = {int(authorization.key) for authorization in found}
        if self._reserved:
            ids |= self._answers.promised({claim.id for claim in claims})
        if self._linking:
            again = (claim for claim in claims if claim.frequency in AGAIN)
            ids |= used_by(self._session, {name for claim in again for name in self.usage.names(claim)})  # all is given back
            ids |= {int(key) for claim in claims for key in self.usage.keys(self.usage.names(claim))}
        self.load(ids - self.known)
        return Directory(found).find(claims)

    def records(self, names: Collection[str]) -> list[tuple[int, str]]:
        """The ids and records of the authorizations that have one of these names, folded, by their ids."""
        return sorted(self._answers.named(names).items())

    def read(self, id: int, record: str) -> Authorization:
        """An authorization from its record."""
        return reader(self._session, Authorization)(id, record)

    def look_up(self, ids: Collection[int], claims: Collection[str]) -> None:
        """Have `usage` know what is used of authorizations, and of those of which claims (CLM01) reserved something."""
        self.load({*ids, *self._answers.promised(claims)} - self.known)

    def take_over(self, uses: Mapping[str, bytes], shares: Mapping[str, int]) -> None:
        """Have `usage` know what another process changed of authorizations: all of it is loaded when it is asked about.

        `shares` has how much is used of each, in hundredths of a percent.
        """
        self.usage.take_over(uses)
        for key in uses:
            id = int(key)
            self.known.discard(id)
            self._shares.extend((id, shares[key]))

    def shares(self) -> dict[int, int]:
        """How much is used of the authorizations of which no more is known than what another process changed."""
        pairs = zip(self._shares[::2], self._shares[1::2], strict=True)
        return {id: share for id, share in pairs if self.usage.is_told(_key_of(id))}

    def keeps(self, row: UseLike) -> bool:
        """Whether a row is one that `usage` has in its way, so that it stands for the row."""
        known = row.authorization_id in self.known or self.usage.is_told(_key_of(row.authorization_id))
        return known and (self._reserved or row.state != RESERVED)

    def told(self, id: int) -> Sequence[UseCells] | None:
        """All uses of an authorization, just as they are kept; None where `usage` leaves some out."""
        return self.usage.rows_of(_key_of(id)) if id in self.known and self._linking and self._reserved else None

    def load(self, ids: set[int]) -> None:
        """Have `usage` know all the uses of authorizations."""
        self.known |= ids
        found = {_key_of(id): rows for id, rows in self._answers.uses(ids).items()}
        if self._reserved and not self._denied:
            self.usage.lay(found)
        else:
            some = (use_by_row(key, row) for key, rows in found.items() for row in rows)
            counted = [use for use in some if use.state != RESERVED or self._reserved]
            self.usage.add(summed(map(_as_sent, counted)) if self._denied else counted)
        for key in map(_key_of, ids):
            if self.usage.is_told(key):
                self.usage.take_in(key)


def _as_sent(use: Use) -> Use:
    """A use before it was given back by a denial."""
    return replace(use, state=SENT) if use.state == DENIED else use


def candidates(session: Session, claims: Iterable[Claim]) -> list[Authorization]:
    """The authorizations of the claims' member ids, of who may be their patients, and those whose numbers they carry."""
    return _candidates(session, claims, Asking(session))


def _candidates(session: Session, claims: Iterable[Claim], answers: Answers) -> list[Authorization]:
    called = {folded(member) for claim in claims for member in members(claim)}
    called.update(folded(value) for claim in claims for _, value in numbers_of(claim))
    called.update(folded(person_key(claim.patient)) for claim in claims)
    called.discard("")
    read = reader(session, Authorization)
    return [read(id, record) for id, record in sorted(answers.named(called).items())]


def uses(session: Session, authorizations: Iterable[int]) -> dict[int, list[UseCells]]:
    """What is used of each of these authorizations, in the order in which it was decided."""
    ids = sorted(authorizations)
    found: dict[int, list[UseCells]] = {id: [] for id in ids}
    rows = [row for chunk in chunks(ids, questions.NAMES) for row in ask(session, _USES, ids=chunk)]
    for _, id, service, role, claim, days, amount, state in sorted(rows, key=itemgetter(0)):
        found[id].append((service, intern(role), claim, days, amount, intern(state)))
    return found


def used_by(session: Session, claims: Iterable[str]) -> set[int]:
    """The authorizations of which claims (CLM01) use something."""
    found: set[int] = set()
    for chunk in chunks(sorted(claims), questions.NAMES):
        found.update(ask(session, _USED_BY, claims=chunk).scalars())
    return found


def payer_claims(session: Session, claims: Iterable[Claim]) -> dict[str, str]:
    """The CLM01 behind each payer's claim number that claims replace or void (REF*F8), as payments told it."""
    originals = {claim.original for claim in claims if claim.original}
    if not originals:
        return {}
    rows = ask(session, _PAYER_CLAIMS, originals=sorted(originals))
    return {payer_claim: sent or returned for payer_claim, returned, sent in rows}


def use_of(row: UseRow) -> Use:
    """What is kept of a use, as the linker has it."""
    assert row.amount is not None
    return Use(_key_of(row.authorization_id), row.service, row.role, row.claim, days_of(row.days), row.amount, row.state)


@lru_cache(maxsize=4096)
def _key_of(id: int) -> str:
    """Of many uses of one authorization one text: they are kept, and sent to other processes, by the hundred thousand."""
    return str(id)

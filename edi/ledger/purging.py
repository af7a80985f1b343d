"""What is older than a day and finished goes, whole; what anything that stays still needs, stays.

Claims go by their number (CLM01) with all their sendings, payments, findings, work and answers; authorizations with their
messages. They hang together: an authorization that stays keeps the claims that used it, a claim that stays keeps what it used and
whose number it carries, and so do claims whose payments name each other by the payer's number. What was processed (interchanges,
their sets, the traces of remittances, the files of batches by name and hash) stays, so that the same file twice is still known:
there is no person in it. What is told of such a file goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import Date, bindparam, text
from sqlmodel import Session

from edi.errors import LedgerError
from edi.ledger.columns import Moment
from edi.ledger.questions import chunks
from edi.ledger.reading import read_as
from edi.ledger.tables import PurgeRow
from edi.linkage.denials.netting import numbers
from edi.linkage.joining import folded
from edi.records.made import of_type
from edi.records.remittance import Payment

_SET: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How many rows of each kind went, or would go, and how many stay."""

    before: date
    gone: Mapping[str, int]
    stays: Mapping[str, int]

    def counts(self) -> Iterator[tuple[str, int, int]]:
        """What it is (authorizations, claims, payments, findings, work), how many went, and how many stay."""
        yield from ((name, count, self.stays[name]) for name, count in self.gone.items())

    def to_json(self) -> dict[str, Any]:
        return {"before": self.before.isoformat(), "gone": dict(self.gone), "stays": dict(self.stays)}


def purge(session: Session, before: date, now: datetime, *, dry_run: bool = False) -> Purged:
    """Delete what is older than a day and finished; `dry_run`: only count it. Raises LedgerError for a day that is not past."""
    of_type(date, before=before)
    if before > now.date():
        raise LedgerError(f"{before} is not past yet: what ends before it may still be needed.")
    return _Purge(session, before, now).run(dry_run)


class _Purge:
    def __init__(self, session: Session, before: date, now: datetime) -> None:
        self._session, self._before, self._now = session, before, now
        self._bound: dict[str, Any] = {"day": before, "moment": datetime(before.year, before.month, before.day, tzinfo=UTC)}

    def run(self, dry_run: bool) -> Purged:
        for statement in (*_BEGIN, *_NOT_OLD, *_NOT_FINISHED):
            self._do(statement)
        named, following = self._named_later(), self._following()
        while self._keep_named(named) + self._keep_followed(following) + sum(self._do(statement) for statement in _HELD):
            pass
        gone = {name: self._count(f"{name} WHERE {where}") for name, where in _COUNTED.items()}
        there = {name: self._count(name) for name in _COUNTED}
        if not dry_run:
            self._delete()
        for table in _GOING:
            self._do(f"DROP TABLE {table}")
        return Purged(before=self._before, gone=gone, stays={name: there[name] - gone[name] for name in there})

    def _ask(self, statement: str, **more: Any) -> Any:
        """The database's answer to a statement, with those of the values that it names."""
        bound = {name: value for name, value in (self._bound | more).items() if f":{name}" in statement}
        values = [bindparam(name, value, _TYPES.get(name), expanding=isinstance(value, list)) for name, value in bound.items()]
        return self._session.connection().execute(text(statement).bindparams(*values))

    def _do(self, statement: str, **more: Any) -> int:
        """Run a statement; how many rows it changed."""
        return max(int(self._ask(statement, **more).rowcount), 0)

    def _count(self, rows: str) -> int:
        return int(self._ask(f"SELECT count(*) FROM {rows}").scalar())

    def _named_later(self) -> set[str]:
        """What remittances that are not old name beside their claims (PLB): money of these still moves."""
        return set(self._ask(f"SELECT DISTINCT a.claim FROM {_BESIDE} WHERE a.claim <> '' AND NOT ({_OLD})").scalars())

    def _keep_named(self, named: set[str]) -> int:
        """Keep the claims with these numbers, ours or the payer's; how many were not kept before."""
        return self._keep({row.claim for row in self._ask(_CALLED) if not named.isdisjoint(map(folded, row))} if named else set())

    def _following(self) -> set[tuple[str, str]]:
        """The claims (CLP01) of two payments of which one names the payer's number of the other (REF*F8): it follows upon it."""
        follow = [(row.claim, read_as(Payment)(row.record)) for row in self._ask(_FOLLOW)]
        named: dict[str, set[str]] = {}
        for claim, payment in follow:
            for number in {number for number in numbers(payment) if number != payment.payer_claim}:
                named.setdefault(number, set()).add(claim)
        found = set[tuple[str, str]]()
        for some in chunks(sorted(named), _SET):
            for row in self._ask("SELECT claim, payer_claim FROM payments WHERE payer_claim IN :some", some=list(some)):
                found |= {(claim, row.claim) for claim in named[row.payer_claim] if claim != row.claim}
        return found

    def _keep_followed(self, following: set[tuple[str, str]]) -> int:
        """Keep the one of two claims where the other stays; how many were not kept before."""
        going: set[str] = set()
        for some in chunks(sorted({claim for two in following for claim in two}), _SET):
            going.update(self._ask("SELECT claim FROM going_claims WHERE claim IN :some", some=list(some)).scalars())
        return self._keep({claim for two in following if len(going.intersection(two)) == 1 for claim in two} & going)

    def _keep(self, claims: set[str]) -> int:
        for some in chunks(sorted(claims), _SET):
            self._do("DELETE FROM going_claims WHERE claim IN :some", some=list(some))
        return len(claims)

    def _delete(self) -> None:
        if self._session.connection().dialect.name == "sqlite":
            self._do("PRAGMA secure_delete = ON")  # what is deleted is overwritten in the file too
        named = {folded(name) for row in self._ask(_CALLED) for name in row}
        for table, where in _NUMBERED.items():
            self._note(table, *self._ask(f"SELECT count(*), max(id) FROM {table} WHERE {where}").one())
        for statement in _DELETE:
            self._do(statement)
        beside = self._ask(f"SELECT DISTINCT r.id, a.claim FROM {_BESIDE} WHERE a.claim <> '' AND {_OLD}")
        staying = {row.id for row in beside if row.claim not in named}
        empty = sorted(set(self._ask(f"SELECT r.id FROM remittances r WHERE {_OLD} AND {_EMPTY}").scalars()) - staying)
        for some in chunks(empty, _SET):
            self._do("DELETE FROM remittances WHERE id IN :some", some=list(some))
        self._note("remittances", len(empty), max(empty, default=0))

    def _note(self, table: str, rows: int, last: int | None) -> None:
        """Remember the highest id of what goes: it is not given again."""
        if last:
            known = self._session.get(PurgeRow, table) or PurgeRow(name=table, rows=0, last=0, before=self._before)
            known.rows, known.last = known.rows + rows, max(known.last, last)
            known.before, known.purged_at = self._before, self._now
            self._session.add(known)
            self._session.flush()


_TYPES: Final[dict[str, Any]] = {"day": Date(), "moment": Moment()}
_GOING: Final = ("going_claims", "going_authorizations", "open_claims")


def _stays(claim: str) -> str:
    return f"NOT EXISTS (SELECT 1 FROM going_claims g WHERE g.claim = {claim})"


def _is_open(claim: str) -> str:
    return f"EXISTS (SELECT 1 FROM open_claims n WHERE n.claim = {claim})"


_CLAIMS_GO: Final = "claim IN (SELECT claim FROM going_claims)"
_AUTHORIZATIONS_GO: Final = "IN (SELECT id FROM going_authorizations)"
_OLD: Final = "coalesce(r.produced_on, r.paid_on) < :day"
_EMPTY: Final = "NOT EXISTS (SELECT 1 FROM payments p WHERE p.remittance_id = r.id)"
_BESIDE: Final = "provider_adjustments a JOIN remittances r ON r.id = a.remittance_id"
_CALLED: Final = f"SELECT claim, payer_claim FROM payments WHERE {_CLAIMS_GO}"
_FOLLOW: Final = """SELECT claim, record FROM payments WHERE record LIKE '%"qualifier":"F8"%'"""
_WORK_GOES: Final = f"""{_CLAIMS_GO} OR authorization_id {_AUTHORIZATIONS_GO}
    OR (authorization_id IS NULL AND state = 'closed' AND closed_at < :moment
        AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.claim = work.claim)
        AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.claim = work.claim))"""
"""The last: of claims that were linked, and never sent."""
_COUNTED: Final = {
    "authorizations": f"id {_AUTHORIZATIONS_GO}",
    "claims": _CLAIMS_GO,
    "payments": _CLAIMS_GO,
    "findings": f"payment_id IN (SELECT id FROM payments WHERE {_CLAIMS_GO})",
    "work": _WORK_GOES,
}
_NUMBERED: Final = {
    **{name: where for name, where in _COUNTED.items() if name != "findings"},
    "events": f"authorization_id {_AUTHORIZATIONS_GO}",
}
"""What goes of the tables whose ids people and programs may know."""

_BEGIN: Final = (
    "CREATE TEMPORARY TABLE going_claims (claim VARCHAR PRIMARY KEY)",
    "CREATE TEMPORARY TABLE going_authorizations (id BIGINT PRIMARY KEY)",
    "CREATE TEMPORARY TABLE open_claims (claim VARCHAR PRIMARY KEY)",
    "INSERT INTO going_claims SELECT claim FROM claims UNION SELECT claim FROM payments",
    """INSERT INTO going_authorizations SELECT id FROM authorizations a WHERE coalesce(period_end, issued) < :day
        AND (NOT awaiting AND decision NOT IN ('rejected', 'contact-payer') OR EXISTS
            (SELECT 1 FROM work w WHERE w.authorization_id = a.id AND w.kind = 'request' AND w.state = 'closed'))""",
)

_NOT_OLD: Final = (
    """DELETE FROM going_claims WHERE claim IN (
        SELECT c.claim FROM claims c LEFT JOIN interchanges i ON i.id = c.interchange_id
        WHERE c.period_start >= :day OR c.period_end >= :day OR coalesce(i.sent, c.sent_at) >= :moment
            OR (c.period_start IS NULL AND c.period_end IS NULL AND i.sent IS NULL AND c.sent_at IS NULL))""",
    f"""DELETE FROM going_claims WHERE claim IN (
        SELECT p.claim FROM payments p JOIN remittances r ON r.id = p.remittance_id
        WHERE NOT ({_OLD}) OR coalesce(r.produced_on, r.paid_on) IS NULL)""",
    "DELETE FROM going_claims WHERE claim IN (SELECT claim FROM claim_answers WHERE made_at >= :moment)",
    """DELETE FROM going_authorizations WHERE id IN (SELECT authorization_id FROM services WHERE period_end >= :day)""",
    """DELETE FROM going_authorizations WHERE id IN (
        SELECT authorization_id FROM events WHERE day >= :day OR made_at >= :moment
            OR (day IS NULL AND made_at IS NULL AND recorded_at >= :moment))""",
    """DELETE FROM going_authorizations WHERE id IN (
        SELECT authorization_id FROM work
        WHERE authorization_id IS NOT NULL AND (state <> 'closed' OR closed_at IS NULL OR closed_at >= :moment))""",
)

_NOT_FINISHED: Final = (
    # What no payment answers, nor another sending of it: the answer may still come.
    """INSERT INTO open_claims SELECT DISTINCT c.claim FROM claims c
        WHERE NOT c.rejected AND c.frequency <> '8'
            AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.claim_id = c.id)
            AND NOT EXISTS (
                SELECT 1 FROM claims o JOIN payments p ON p.claim_id = o.id
                WHERE o.claim = c.claim AND o.billing_id = c.billing_id AND (o.period_start IS NULL OR c.period_end IS NULL
                    OR o.period_end IS NULL OR c.period_start IS NULL
                    OR (o.period_start <= c.period_end AND c.period_start <= o.period_end)))""",
    f"""INSERT INTO open_claims SELECT DISTINCT claim FROM work
        WHERE authorization_id IS NULL
            AND (state <> 'closed' OR closed_at IS NULL OR closed_at >= :moment OR deadline >= :day)
            AND NOT {_is_open("work.claim")}""",
    f"""INSERT INTO open_claims SELECT DISTINCT p.claim FROM payments p JOIN findings f ON f.payment_id = p.id
        WHERE f.deadline >= :day AND NOT {_is_open("p.claim")}""",
    f"""INSERT INTO open_claims SELECT DISTINCT claim FROM uses
        WHERE state = 'reserved' AND NOT {_is_open("uses.claim")}""",
    "DELETE FROM going_claims WHERE claim IN (SELECT claim FROM open_claims)",
    # Of whose claims something is to be done, all that is certified may be asked for.
    """DELETE FROM going_authorizations WHERE id IN (
        SELECT i.authorization_id FROM identifiers i JOIN claims c ON c.member_key = i.folded
        WHERE i.kind = 'member' AND c.member_key <> '' AND c.claim IN (SELECT claim FROM open_claims))""",
)

_HELD: Final = (
    """DELETE FROM going_claims WHERE claim IN (
        SELECT claim FROM uses u WHERE NOT EXISTS (SELECT 1 FROM going_authorizations g WHERE g.id = u.authorization_id))""",
    f"DELETE FROM going_authorizations WHERE id IN (SELECT authorization_id FROM uses WHERE {_stays('uses.claim')})",
    f"""DELETE FROM going_authorizations WHERE id IN (
        SELECT i.authorization_id FROM identifiers i JOIN numbers n ON n.folded = i.folded JOIN claims c ON c.id = n.claim_id
        WHERE i.kind IN ('number', 'previous') AND {_stays("c.claim")})""",
    f"""DELETE FROM going_claims WHERE claim IN (
        SELECT c.claim FROM claims c JOIN payments p ON p.claim_id = c.id WHERE {_stays("p.claim")}
        UNION SELECT p.claim FROM claims c JOIN payments p ON p.claim_id = c.id WHERE {_stays("c.claim")})""",
    f"""DELETE FROM going_claims WHERE claim IN (
        SELECT p.claim FROM payments p JOIN payments o ON o.payer_claim = p.payer_claim
        WHERE p.payer_claim <> '' AND {_stays("o.claim")})""",
    f"""DELETE FROM going_claims WHERE claim IN (
        SELECT p.claim FROM payments p JOIN claims c ON c.original = p.payer_claim WHERE c.original <> '' AND {_stays("c.claim")}
        UNION SELECT c.claim FROM payments p JOIN claims c ON c.original = p.payer_claim
        WHERE c.original <> '' AND {_stays("p.claim")})""",
)
"""Done again and again until no more is held by what stays."""

_DELETE: Final = (
    f"DELETE FROM work WHERE {_WORK_GOES}",
    f"DELETE FROM payments WHERE {_CLAIMS_GO}",
    f"DELETE FROM authorizations WHERE id {_AUTHORIZATIONS_GO}",
    f"DELETE FROM claim_answers WHERE claim_id IN (SELECT id FROM claims WHERE {_CLAIMS_GO})",
    f"DELETE FROM claims WHERE {_CLAIMS_GO}",
    """DELETE FROM claim_answers WHERE claim_id IS NULL AND made_at < :moment
        AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.interchange_id = claim_answers.answered_id)
        AND NOT EXISTS (SELECT 1 FROM events e WHERE e.interchange_id = claim_answers.answered_id)""",
    "UPDATE files SET record = '', outputs = '[]' WHERE state = 'finished' AND received_at < :moment",
)
"""What stands below a row that goes goes with it, by the database (ON DELETE CASCADE)."""

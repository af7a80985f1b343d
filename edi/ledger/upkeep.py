"""What keeps a ledger small and safe: purging what is finished, and copies of one that is in use."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from edi.errors import LedgerError
from edi.ledger import purging, series
from edi.ledger.database import Database


class Upkeep:
    """Purging and copies of a ledger (`Ledger.upkeep`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def purge(self, before: date, *, now: datetime, dry_run: bool = False) -> purging.Purged:
        """Delete what is older than a day and finished, with all that hangs on it; `dry_run`: only count it.

        Raises LedgerError for a day that is not past.
        """
        with self._database.reading() if dry_run else self._database.writing() as session:
            return purging.purge(session, before, now, dry_run=dry_run)

    def leave_out_numbers(self, count: int) -> int:
        """Leave out so many control numbers of every series, as where a copy of a ledger was restored; how many series there are.

        Those that were given since the copy was made stand in no ledger any more, and are not to be given again.
        """
        with self._database.writing() as session:
            return series.leave_out(session, count)

    def backup(self, target: str | Path) -> None:
        """Write a SQLite ledger as it is now to a new file, while others go on with it. Raises LedgerError for PostgreSQL."""
        if not str(target):
            raise LedgerError("The name of the file to write is empty.")
        self._database.copy(Path(target))

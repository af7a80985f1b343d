"""Files that are worked off: what was done with each, which interchange came before, which is still to be put in its place.

What is in a file that was judged is taken and matched here as by `Ledger`, in the one transaction that all of it belongs to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import bindparam, literal, or_, select, update
from sqlmodel import Session, col

from edi.ledger.candidates import Finder
from edi.ledger.foreseen import Foreseen, stands
from edi.ledger.interchange_records import Known, Linking, nothing
from edi.ledger.linking import decided
from edi.ledger.payments.matched import Matched
from edi.ledger.production import refusal
from edi.ledger.questions import chunks
from edi.ledger.series import next_of_all
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import Writer
from edi.ledger.survey import InterchangeFound, name_of, opened
from edi.ledger.tables import FileInterchangeRow, FileRow
from edi.ledger.taking import FileTaking, Taken
from edi.ledger.work.worklist import settle_links
from edi.linkage.linking import Linked, wanted_by
from edi.linkage.unmapped import Unmapped
from edi.linkage.verdict import Row

DECIDED: Final = "decided"
FINISHED: Final = "finished"
LONGEST: Final = 200
"""Bytes of a name that outputs are named from; a file system takes 255."""
_SET: Final = 500


_KEPT: Final = tuple(
    map(
        col,
        (
            FileRow.id, FileRow.name, FileRow.label, FileRow.kind, FileRow.partner, FileRow.outcome, FileRow.received_at,
            FileRow.outputs, FileRow.record,
        ),
    )
)  # fmt: skip
_BEFORE: Final = (
    select(col(FileInterchangeRow.digest), *_KEPT)
    .join(FileRow, col(FileRow.id) == col(FileInterchangeRow.file_id))
    .where(one_of(col(FileInterchangeRow.digest), "digests"))
    .order_by(col(FileRow.id))
)
_SAME_NUMBER: Final = (
    select(col(FileInterchangeRow.file_id))
    .where(
        *(col(getattr(FileInterchangeRow, name)) == bindparam(name) for name in ("sender", "receiver", "control", "usage")),
        col(FileInterchangeRow.digest) != bindparam("digest"),
    )
    .limit(1)
)
_LABELS: Final = select(col(FileRow.label)).where(
    or_(col(FileRow.name) == bindparam("name"), col(FileRow.label) == bindparam("name"))
)
_FINISHED: Final = update(FileRow).where(one_of(col(FileRow.id), "ids")).values(state=literal(FINISHED))
_LABELLED: Final = select(col(FileRow.id)).where(col(FileRow.label) == bindparam("label"))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file that was worked off; `record` is what is told of it, of one that was purged no more than what it was."""

    id: int
    name: str
    label: str
    outputs: tuple[dict[str, Any], ...]
    record: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """A file that is worked off now. Its fields are those of the table `files`."""

    name: str
    label: str
    digest: str
    size: int
    kind: str
    partner: str
    run: str
    outcome: str
    received_at: datetime
    outputs: Sequence[dict[str, Any]]
    record: dict[str, Any]


class Files:
    """Asked and changed in the transaction of `Ledger.together`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(
        self,
        path: Path,
        rules: Sequence[str],
        *,
        now: datetime,
        known: Known = nothing,
        survey: Sequence[InterchangeFound] | None = None,
    ) -> Taken:
        """Take a file that was judged, as `Ledger.take` does; `known` has what was read of it before, `survey` what is in it."""
        with opened(path) as file:
            return self._taking(path, rules, now, known, survey).run(file)

    def match(self, path: Path, rules: Sequence[str], *, now: datetime, known: Known = nothing) -> Matched:
        """Match the remittances of a file that was judged, as `Ledger.match` does."""
        with opened(path) as file:
            return self._taking(path, rules, now, known).match(file)

    def check(self, path: Path, rules: Sequence[str], linking: Linking | None = None) -> Linked:
        """What linking the claims of a file would do, as `Ledger.check` says it; `linking` gets the claims with their numbers."""
        find = Finder(self._session, linking=True)
        found = decided(self._session, find, path, rules, replace=False, heard=None, seen=linking)
        assert isinstance(found, Linked)
        return found

    def foreseen(self, found: Foreseen, interchanges: Iterable[InterchangeFound], rules: Sequence[str]) -> Linked | None:
        """What `check` would give of a file of these, as it was foreseen; None where the ledger says something else now."""
        if any(refusal(self._session, one.control, one.usage) for one in interchanges) or not stands(self._session, found.said):
            return None
        return Linked([found.piece], Unmapped(wanted_by(rules)[0]))

    def note(self, rows: Iterable[Row], *, now: datetime) -> None:
        """Keep as work what linking could not settle, as `Ledger.note` does."""
        settle_links(Writer(self._session, interchange=None, now=now), self._session, rows, now)

    def _taking(
        self,
        path: Path,
        rules: Sequence[str],
        now: datetime,
        known: Known,
        survey: Sequence[InterchangeFound] | None = None,
    ) -> FileTaking:
        required, _ = wanted_by(rules)
        return FileTaking(self._session, name=name_of(path), now=now, required=required, level=0, known=known, survey=survey)

    def before(self, interchanges: Sequence[InterchangeFound]) -> dict[str, KeptFile]:
        """Of interchanges those that were worked off before, by their content: with the file that brought them first."""
        found: dict[str, KeptFile] = {}
        for digests in chunks([one.digest for one in interchanges], _SET):
            for row in ask(self._session, _BEFORE, digests=digests):
                found.setdefault(row.digest, _kept(row))
        return found

    def reused(self, interchanges: Sequence[InterchangeFound]) -> list[InterchangeFound]:
        """Those whose control number was used before between the same parties, for other content."""
        return [one for one in interchanges if ask(self._session, _SAME_NUMBER, **_number_of(one)).first() is not None]

    def labels(self, name: str) -> Iterator[str]:
        """What the outputs of a file may be named from: its name, cut where it is long, or that with a number behind it."""
        taken = set(ask(self._session, _LABELS, name=name).scalars())
        whole, name = name, name.encode()[:LONGEST].decode(errors="ignore")
        number = 1
        while True:
            label = name if number == 1 else f"{name}.{number}"
            if label not in taken and (label == whole or self._free(label)):
                yield label
            number += 1

    def _free(self, label: str) -> bool:
        return ask(self._session, _LABELLED, label=label).first() is None

    def control_numbers(self, interchanges: Iterable[InterchangeFound]) -> Iterator[int]:
        """Numbers for what answers interchanges: each is next, and given, from each of their receivers to its sender."""
        series = [(one.receiving, one.sending, "T" if one.usage == "T" else "P") for one in interchanges]
        while True:
            yield next_of_all(self._session, series)

    def add(self, file: Fresh, interchanges: Sequence[InterchangeFound]) -> int:
        """Keep what is done with a file, and that these interchanges of it are worked off; its id."""
        writer = Writer(self._session, interchange=None, now=file.received_at)
        id = writer.new_id(FileRow)
        row = {name: getattr(file, name) for name in Fresh.__slots__}
        texts = {"outputs": json.dumps(list(file.outputs)), "record": json.dumps(file.record)}
        writer.insert(FileRow, [{**row, **texts, "id": id, "state": DECIDED}])
        rows = [_interchange_row(id, position, one) for position, one in enumerate(interchanges)]
        for some in chunks(rows, _SET):
            writer.insert(FileInterchangeRow, list(some))
        return id

    def waiting(self, run: str) -> list[KeptFile]:
        """The files that a run decided about, and did not finish."""
        mine = (col(FileRow.state) == DECIDED, col(FileRow.run) == run)
        return [_kept(row) for row in ask(self._session, select(*_KEPT).where(*mine).order_by(col(FileRow.id)))]

    def finish(self, ids: Sequence[int]) -> None:
        """All of these files stands where it belongs."""
        if ids:
            ask(self._session, _FINISHED, ids=ids)


def _kept(row: Any) -> KeptFile:
    outputs = tuple(json.loads(row.outputs))
    record = json.loads(row.record) if row.record else _outline(row)
    return KeptFile(id=row.id, name=row.name, label=row.label, outputs=outputs, record=record)


def _outline(row: Any) -> dict[str, Any]:
    """What is still known of a file when what was told of it is purged."""
    received = row.received_at.isoformat() if row.received_at else ""
    return {"label": row.label, "kind": row.kind, "partner": row.partner or None, "outcome": row.outcome, "received": received}


def _number_of(one: InterchangeFound) -> dict[str, str]:
    known = {"sender": one.sender, "receiver": one.receiver, "control": one.control, "usage": one.usage}
    return {**known, "digest": one.digest}


def _interchange_row(id: int, position: int, one: InterchangeFound) -> dict[str, Any]:
    return {
        "file_id": id,
        "position": position,
        "digest": one.digest,
        "control": one.control,
        "sender": one.sender,
        "receiver": one.receiver,
        "usage": one.usage,
    }

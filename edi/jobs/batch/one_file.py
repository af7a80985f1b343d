"""What is done with one file: answered, split, linked, matched, taken, in one transaction of the ledger.

Its outputs are written aside, and it is told what was done; nothing of it can be seen before the ledger has kept it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from edi.errors import ERROR, INFO, WARNING
from edi.guides.splitting import split
from edi.guides.validation import judge
from edi.jobs.batch.answering import answer
from edi.jobs.batch.exceptions import exception, rejected_claims, row_left
from edi.jobs.batch.foresight import Waiting, unforeseen
from edi.jobs.batch.judged import MOST, Found, Judged
from edi.jobs.batch.prepared import LARGEST, NONE, Prepared
from edi.jobs.batch.staging import Staging, measured
from edi.ledger import Ledger
from edi.ledger.files import Files, Fresh, KeptFile
from edi.ledger.foreseen import unpack
from edi.ledger.interchange_records import InterchangeRecords, Known, Linking, nothing
from edi.ledger.survey import InterchangeFound, window
from edi.linkage.linking import Linked
from edi.linkage.rows import left
from edi.linkage.verdict import money, report
from edi.reports.json import to_json

DONE: Final = "done"
KNOWN: Final = "known"
STOPPED: Final = "stopped"
QUARANTINED: Final = "quarantined"
ARCHIVE: Final = "archive"
QUARANTINE: Final = "quarantine"
REPORT: Final = ".report.json"
NOT_X12: Final = "It holds no X12 interchange."
_CLAIMS, _REMITTANCES = "837", "835"
_TAKEN: Final = frozenset({"278", "999", "997", "277"})
_FIRST: Final = frozenset(
    "label kind partner outcome received errors error claims taken payments findings notices outputs".split()
)
"""What is told again of a file whose interchanges come again."""


class DecidedFile(NamedTuple):
    """A file that was decided about: what the ledger keeps of it, under which id, and what is told of it in the run's report."""

    fresh: Fresh
    id: int
    told: dict[str, Any]


class WrittenJson(str):
    """JSON, as it was written by another process."""


class _Linked(NamedTuple):
    """A file as it was linked, what its report says of that, and what is known of it as it is taken."""

    linked: Linked
    told: dict[str, Any] | WrittenJson
    known: Known = nothing
    survey: Sequence[InterchangeFound] | None = None


class FileRun:
    """One file on its way: `run` decides, writes its outputs aside and keeps in the ledger what is told of it."""

    def __init__(self, ledger: Ledger, files: Files, staging: Staging, outbox: Path, run: str) -> None:
        self._ledger, self._files, self._staging = ledger, files, staging
        self._outbox, self._run = outbox, run
        self._ahead = NONE
        self._foreseen: Waiting = unforeseen
        self._exceptions: list[dict[str, Any]] = []
        self._told: dict[str, Any] = {}
        self._label = ""
        self._stack = ExitStack()

    def run(
        self, file: Found, judged: Judged | None, ahead: Prepared = NONE, why: str = "", foreseen: Waiting = unforeseen
    ) -> DecidedFile:
        """What is kept and told of a file. `judged` is None, and `why` a sentence, where it could not be read.

        `ahead` is what was made of it before, `foreseen` what becomes of it if nothing has come between.
        """
        with self._stack:
            self._ahead, self._foreseen = ahead, foreseen
            before = self._files.before(file.interchanges)
            unlike = {one.digest: one for one in file.interchanges}
            new = [one for digest, one in unlike.items() if digest not in before]
            self._label = self._free_label(file)
            if judged is None or not file.interchanges:
                outcome = QUARANTINED
                self._told["error"] = why or NOT_X12
            elif not new:
                outcome = KNOWN
                self._told["first"] = [_first(kept) for kept in _unlike(before.values())]
            elif (reused := self._files.reused(new)) and file.terms.repeated_control == "stop":
                outcome = STOPPED
                self._told["error"] = _said_again(reused)
            else:
                outcome = DONE
                self._told["warnings"] = [_said_again(reused)] if reused else []
                self._work_off(file, judged, new)
            return self._keep(file, judged, outcome, new if outcome == DONE else [])

    # -- what is kept ------------------------------------------------------------------------------------------------

    def _keep(self, file: Found, judged: Judged | None, outcome: str, new: Sequence[InterchangeFound]) -> DecidedFile:
        digest: dict[str, Any] = {"bytes": file.size, "sha256": ""}
        with suppress(PermissionError):  # then it is put into quarantine unread
            digest = measured(file.path)
        record = {
            "label": self._label,
            "kind": file.kind,
            "partner": file.terms.name or None,
            "outcome": outcome,
            "received": file.received.isoformat(),
            "bytes": file.size,
            "sha256": digest["sha256"],
            "interchanges": [_interchange(one) for one in file.interchanges],
            "transactions": judged.transactions if judged else 0,
            "errors": judged.counts[ERROR] if judged else 0,
            "warnings": judged.counts[WARNING] if judged else 0,
            **{"error": None, "first": [], "claims": {}, "taken": None, "payments": None, "findings": {}},
            **{name: value for name, value in self._told.items() if name not in ("rows", "warnings")},
            "notices": self._told.get("warnings", []),
            "exceptions_left_out": max(len(self._exceptions) - MOST, 0),
        }
        exceptions = {"exceptions": self._exceptions[:MOST]}  # not for the ledger, which forgets claims when it is told to
        with self._staging.writing(self._place(file, REPORT, outcome)) as out:
            told = {"version": 1, "name": file.name, **record, **exceptions, **self._details(judged)}
            out.writelines(_lines(told))
        own = {"path": str(self._own(file, outcome).relative_to(self._outbox)), **digest}
        outputs = [*self._staging.outputs(), own]
        record["outputs"] = [each["path"] for each in outputs]
        fresh = Fresh(
            name=file.name,
            label=self._label,
            digest=digest["sha256"],
            size=file.size,
            kind=file.kind,
            partner=file.terms.name,
            run=self._run,
            outcome=outcome,
            received_at=file.received,
            outputs=outputs,
            record=record,
        )
        return DecidedFile(fresh, self._files.add(fresh, new), {"name": file.name, **record, **exceptions})

    def _details(self, judged: Judged | None) -> dict[str, Any]:
        """What stands in the file's own report beside what the run's has."""
        details: dict[str, Any] = {"judged": judged.to_json() if judged else None}
        return {**details, **self._told.get("rows", {})}

    def _free_label(self, file: Found) -> str:
        """What outputs are named from: not what those of another file are, also where a ledger knows nothing of that."""
        for label in self._files.labels(file.name):
            self._label = label
            places = [self._own(file, outcome) for outcome in (DONE, QUARANTINED)]
            if not any(place.exists() for place in (*places, self._place(file, REPORT, DONE))):
                return label
        raise AssertionError("labels do not end")

    def _place(self, file: Found, ending: str, outcome: str = DONE) -> Path:
        folder = self._outbox / QUARANTINE if outcome in (QUARANTINED, STOPPED) else file.terms.places(self._outbox)
        return folder / (self._label + ending)

    def _own(self, file: Found, outcome: str) -> Path:
        """Where the file itself goes."""
        if outcome in (QUARANTINED, STOPPED):
            return self._outbox / QUARANTINE / self._label
        return self._outbox / ARCHIVE / f"{file.received:%Y-%m-%d}" / self._label

    # -- what is done ------------------------------------------------------------------------------------------------

    def _work_off(self, file: Found, judged: Judged, new: Sequence[InterchangeFound]) -> None:
        if len(new) < len(file.interchanges):  # some of it came before: the rest is a file of its own
            file = self._part(file, new)
            judged = self._judged_anew(file)
            self._ahead = self._ahead._replace(answers=None)
        self._answer(file, judged)
        ours = [one for one in file.interchanges if (one.usage == "T") == file.terms.tests]
        if len(ours) < len(file.interchanges):
            kinds = ("production", "tests") if file.terms.tests else ("tests", "production")
            self._told["warnings"].append(
                f"{kinds[0].capitalize()} (ISA15), judged and answered, and nothing more: the ledger keeps {kinds[1]}."
            )
        parts: dict[str, list[InterchangeFound]] = {}
        for one in ours:
            parts.setdefault(_purpose(one), []).append(one)
        for purpose, interchanges in parts.items():
            part = self._part(file, interchanges)
            if purpose == _CLAIMS:
                self._link(part, judged if part is file else self._judged_anew(part))
            elif purpose == _REMITTANCES:
                self._match(part)
            elif purpose:
                self._take(part)

    def _aside(self) -> Path:
        """A folder for what is needed no longer than this takes."""
        return Path(self._stack.enter_context(TemporaryDirectory(prefix="edi-")))

    def _part(self, file: Found, interchanges: Sequence[InterchangeFound]) -> Found:
        """A file of these interchanges of a file; it itself where there are no others."""
        if len(interchanges) == len(file.interchanges):
            return file
        path = self._aside() / file.path.name
        at = 0
        moved = []
        with file.path.open("rb") as source, path.open("wb") as target:
            for one in interchanges:
                shutil.copyfileobj(window(source, one), target)
                moved.append(replace(one, start=at, stop=at + one.stop - one.start))
                at = moved[-1].stop
        return Found(path, at, file.changed, tuple(moved), file.terms)

    def _judged_anew(self, file: Found) -> Judged:
        judged = Judged(file)
        self._stack.callback(judged.close)
        judged.run(partial(judge, str(file.path), asked=file.terms.asked))
        return judged

    def _answer(self, file: Found, judged: Judged) -> None:
        """The acknowledgments that the partner wants."""
        wanted = file.terms.acknowledgments
        if not wanted:
            return
        numbers, waiting = self._files.control_numbers(file.interchanges), self._ahead.answers
        with ExitStack() as stack:
            made = answer(file, judged, numbers, stack) if waiting is None else waiting.numbered(numbers)
            for kind, data in made.items():
                if kind in wanted:
                    with self._staging.writing(self._place(file, f".{kind}")) as out:
                        shutil.copyfileobj(data, out)

    def _link(self, file: Found, judged: Judged) -> None:
        good = self._good(file, judged)
        if good is None:
            return
        linked, told, known, survey = self._linked(file, good)
        self._files.note(linked.everything, now=file.received)
        place = self._place(file, ".linked.837")
        with self._staging.writing(place) as out:
            linked.write(out)
        self._told["claims"] = linked.totals
        self._told.setdefault("rows", {})["claims_decided"] = told
        self._exceptions += [row_left(row, linked.tax_ids.get(row.offset, "")) for row in left(linked.everything)]
        self._exceptions += [exception("", "", problem.code, problem.message) for problem in linked.problems]
        if file.terms.sent and (written := self._staging.staged(place)) is not None:
            taken = self._files.take(written, file.terms.rules, now=file.received, known=known, survey=survey)
            self._told["taken"] = taken.to_json()

    def _linked(self, file: Found, good: Path) -> _Linked:
        """The claims of a file linked, by what was foreseen where that stands."""
        rules = file.terms.rules
        if good is file.path and (waited := self._foreseen()) is not None:
            foreseen = unpack(waited)
            if (linked := self._files.foreseen(foreseen, file.interchanges, rules)) is not None:
                sent = InterchangeRecords(sent=foreseen.sent(self._ahead.known(file.interchanges[0]).came or ()))
                return _Linked(linked, WrittenJson(foreseen.report), lambda _: sent, foreseen.written)
        linking = Linking() if file.size <= LARGEST and good is file.path else None
        # What is sent is used in a moment, and not reserved before.
        check = partial(self._files.check, good, rules, linking)
        linked = check() if file.terms.sent else self._ledger.link(good, rules, now=file.received)
        told = report(linked.claims[:MOST], linked.beside[:MOST], linked.unmapped)
        known = linking.known if linking is not None and linking.interchanges == len(file.interchanges) else nothing
        return _Linked(linked, {**told, "totals": linked.totals}, known)

    def _good(self, file: Found, judged: Judged) -> Path | None:
        """What of claims is to be linked; the rest is written as rejected. None where nothing is left."""
        if judged.valid:
            return file.path
        terms, good = file.terms, self._aside() / "good.837"
        rejected = self._place(file, ".rejected.837")
        with self._staging.writing(rejected) as bad:
            if terms.split == "file":
                with file.path.open("rb") as source:
                    shutil.copyfileobj(source, bad)
                count = 0
            else:
                with good.open("wb") as out:
                    count, _ = split(str(file.path), judged.faults, out, bad, by_claim=terms.split != "transaction")
        if (written := self._staging.staged(rejected)) is not None:
            self._exceptions += rejected_claims(written)
        return good if count else None

    def _match(self, file: Found) -> None:
        matched = self._files.match(file.path, file.terms.rules, now=file.received, known=self._ahead.known)
        self._told["payments"] = matched.payments
        self._told["findings"] = matched.totals
        self._told.setdefault("rows", {})["remittances"] = {
            "findings": [finding.to_json() for finding in matched.findings[:MOST]],
            "unmatched": [one.to_json() for one in matched.unmatched[:MOST]],
            "recouped": [one.to_json() for one in matched.recouped],
        }
        for finding, tax_id in zip(matched.findings, matched.tax_ids, strict=True):
            amount = money(finding.amount)
            self._exceptions.append(exception(tax_id, finding.claim, finding.kind, finding.action, finding.line, amount))
        for one in matched.unmatched:
            payee, paid = one.payment.payee.tax_id, money(one.payment.paid)
            self._exceptions.append(
                exception(payee, one.payment.claim, "unmatched", "No claim that was sent is known.", None, paid)
            )
        self._problems([problem for problem in matched.problems if problem.severity != INFO])

    def _take(self, file: Found) -> None:
        taken = self._files.take(file.path, file.terms.rules, now=file.received, known=self._ahead.known)
        self._told["taken"] = taken.to_json()
        if taken.rejections:
            self._exceptions.append(
                exception("", "", "rejections", f"{taken.rejections:,} told of what was sent: see the worklist.")
            )
        self._problems([problem for problem in taken.problems if problem.severity != INFO])

    def _problems(self, problems: Sequence[Any]) -> None:
        self._told.setdefault("rows", {})["ledger_problems"] = [to_json(problem) for problem in problems]
        self._told["warnings"] += [problem.message for problem in problems if problem.code.startswith("LEDGER-")]


@contextmanager
def deciding(ledger: Ledger, outbox: Path, run: str) -> Iterator[FileRun]:
    """A part of the transaction that the ledger is in, for one file. What fails in it leaves nothing, neither there nor aside."""
    staging = Staging(outbox, run)
    try:
        with ledger.together() as files:
            yield FileRun(ledger, files, staging, outbox, run)
    except BaseException:
        staging.discard()
        raise


def _purpose(one: InterchangeFound) -> str:
    """What is done with an interchange: that of its claims, else of its remittances, else of its answers; "" for nothing."""
    sets = {each.set for each in one.sets}
    if _CLAIMS in sets:
        return _CLAIMS
    if _REMITTANCES in sets:
        return _REMITTANCES
    return "taken" if one.acknowledges or not _TAKEN.isdisjoint(sets) else ""


def _lines(told: Mapping[str, Any]) -> Iterator[bytes]:
    """A document as JSON, each of its keys on a line."""
    begin = "{"
    for key, value in told.items():
        yield f"{begin}\n  {json.dumps(key)}: {value if isinstance(value, WrittenJson) else json.dumps(value)}".encode()
        begin = ","
    yield b"\n}\n"


def _unlike(kept: Iterable[KeptFile]) -> list[KeptFile]:
    return list({one.id: one for one in kept}.values())


def _first(kept: KeptFile) -> dict[str, Any]:
    """A file that brought first what came again, and what was done with it."""
    return {"name": kept.name, **{name: value for name, value in kept.record.items() if name in _FIRST}}


def _said_again(reused: Sequence[InterchangeFound]) -> str:
    numbers = ", ".join(dict.fromkeys(one.control for one in reused))
    return f"The control number {numbers} (ISA13) was used before by this sender, for other content."


def _interchange(one: InterchangeFound) -> dict[str, str]:
    return {"control": one.control, "sender": one.sender, "receiver": one.receiver, "usage": one.usage}

"""A run over an inbox: what dead runs left is brought to its end, then each file is taken, judged, decided about, put in place.

    taken      moved into the run's folder
    decided    the ledger has kept all of it, and its outputs wait aside
    finished   its outputs and itself stand where they belong

A run that is killed leaves a file in one of these, and a later one goes on from there: what was decided is put in place as it
was decided, what was not is begun anew. Judging, and what else needs no ledger, is done ahead by several processes where there
are any; everything else here, one file after the other by name, so that numbers and outputs do not depend on how many there are.
"""

from __future__ import annotations

import errno
import json
import os
import pickle
import time
import traceback
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Final, NamedTuple, overload

from edi.errors import EdiError, LedgerError, RefusedError
from edi.guides.selection import Run
from edi.jobs.batch.foresight import Foresight, Waiting, foreseeable, foresight, unforeseen
from edi.jobs.batch.inbox import Inbox
from edi.jobs.batch.judged import Found, Judged, shown
from edi.jobs.batch.one_file import DONE, QUARANTINE, QUARANTINED, REPORT, STOPPED, DecidedFile, deciding
from edi.jobs.batch.partners import PartnerTerms, terms_of
from edi.jobs.batch.prepared import NONE, Prepared
from edi.jobs.batch.staging import CannotWriteError, Ready, cannot_write, folder, publish, secure, tidy
from edi.jobs.batch.taken import Taken
from edi.jobs.validating import LARGE, judge_each
from edi.ledger import Ledger
from edi.ledger.files import KeptFile
from edi.ledger.survey import InterchangeFound

Tell = Callable[..., None]
"""Is told of each event: its name, and what belongs to it."""
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where a disk, or what somebody may have of it, is full: of the folder for temporary files, here."""
HANDFUL: Final = 16
"""So many files are decided about in one transaction; fewer where they are large."""
FORESEEN: Final = 8
"""So many more are in hand: while a handful is decided about, it is foreseen what becomes of them."""
MANY: Final = 20
"""So many files, or one as large as that is cut, are worth the start of further processes."""
GREW: Final = "It was changed while it was read: it is left where it was, for a later run."


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run works with. `partners` are asked in their order; `others` are the terms of who is none of them."""

    inbox: Path
    outbox: Path
    ledger: str
    others: PartnerTerms = field(default_factory=PartnerTerms)
    partners: tuple[PartnerTerms, ...] = ()
    jobs: int | None = None
    """Processes that judge; None: as many as there are `cores` where that is worthwhile."""
    cores: int = 1
    settle: float = 2

    def terms(self, interchanges: Sequence[InterchangeFound]) -> PartnerTerms:
        """Those for a file."""
        return terms_of(interchanges, self.partners, self.others)

    @property
    def places(self) -> list[Path]:
        """Every folder that outputs go to."""
        return [self.outbox / QUARANTINE, *(one.places(self.outbox) for one in (*self.partners, self.others))]


class FileReports(Sequence[dict[str, Any]]):
    """What is told of each file. It is kept packed: a run may have a great many, with a thousand exceptions each."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []

    def append(self, told: dict[str, Any]) -> None:
        self._packed.append(zlib.compress(pickle.dumps(told, pickle.HIGHEST_PROTOCOL), 1))

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, at: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        return _unpacked(self._packed[at]) if isinstance(at, int) else [*map(_unpacked, self._packed[at])]


def _unpacked(packed: bytes) -> dict[str, Any]:
    told: dict[str, Any] = pickle.loads(zlib.decompress(packed))  # our own
    return told


@dataclass(slots=True)
class BatchOutcome:
    """What a run did: the files by name with what is told of each, those that were left, and why it ended before its end."""

    run: str = ""
    files: FileReports = field(default_factory=FileReports)
    left: list[dict[str, str]] = field(default_factory=list)
    error: str = ""
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether there is nothing to report: every file is done, or was before, and nothing of it needs a person."""
        return not (self.error or self.left or any(map(_at_fault, self.files)))


def run(settings: Settings, tell: Tell, stop: Callable[[], bool]) -> BatchOutcome:
    """Work off what stands in the inbox now. What makes it impossible to begin or go on is said in the outcome; nothing is lost.

    `stop` says after each file whether to end.
    """
    began = time.monotonic()
    outcome = BatchOutcome()
    try:
        with cannot_write(settings.outbox):
            for place in (settings.outbox, *settings.places):
                folder(place)
        with ExitStack() as stack:
            inbox = Inbox(settings.inbox, settings.settle)
            stack.callback(inbox.close)
            outcome.run = inbox.run
            tell = partial(tell, run=inbox.run)
            found = _Waiting(list(inbox.abandoned()), inbox.awaited(), inbox.ready())
            worthwhile = found.files >= MANY or inbox.large(LARGE)
            jobs = settings.jobs or (settings.cores if worthwhile else 1)
            foreseeing = stack.enter_context(foresight(settings.ledger, jobs))
            ledger = stack.enter_context(Ledger(settings.ledger, durable=True, judging=False))
            if foreseeing is not None:
                stack.callback(foreseeing.close)
            _Running(settings, ledger, inbox, tell, outcome, foreseeing).work(found, jobs, stop)
            inbox.whole = True
            for name in inbox.runs:  # not where it could not go on: what waits aside may be decided
                tidy(settings.outbox, settings.places, name)
    except EdiError as error:
        outcome.error = str(error)
        tell("failed", why=outcome.error)
    outcome.seconds = time.monotonic() - began
    return outcome


class _GrewError(Exception):
    """A file is not any more what it was when it was taken."""


class _Waiting(NamedTuple):
    """What there is to be done: folders of dead runs, the names of files that are not finished, and of those that are."""

    abandoned: Sequence[Path]
    unsettled: Sequence[str]
    ready: Sequence[str]

    @property
    def files(self) -> int:
        """How many files there are to work off, about."""
        return len(self.ready) + sum(1 for folder in self.abandoned for _ in folder.iterdir())


class _InHand(NamedTuple):
    """A file, and what was found wrong in it; None, and why, where it could not be judged."""

    file: Found
    judged: Judged | None
    ahead: Prepared = NONE
    why: str = ""
    foreseen: Waiting = unforeseen


class _Running:
    def __init__(
        self, settings: Settings, ledger: Ledger, inbox: Inbox, tell: Tell, outcome: BatchOutcome, foresight: Foresight | None
    ) -> None:
        self._settings, self._ledger, self._inbox = settings, ledger, inbox
        self._tell, self._outcome, self._foresight = tell, outcome, foresight
        self._kept = 0
        """How many files the ledger has kept."""
        self._finished: list[int] = []
        """Files that stand where they belong, which the ledger is told with the next ones."""
        self._hand: list[_InHand] = []

    def work(self, found: _Waiting, jobs: int, stop: Callable[[], bool]) -> None:
        """Finish what dead runs left, then go through the inbox."""
        old = [path for abandoned in found.abandoned for path in self._finish(abandoned)]
        taken = Taken(self._inbox, found.ready, old, self._settings, stop)
        self._outcome.left += [{"name": name, "why": "It is still being written."} for name in found.unsettled]
        judging = judge_each(taken, asked=taken.asked, also=taken.also, jobs=jobs, behind=True)
        more = 0 if self._foresight is None else FORESEEN
        try:
            for source, judge in judging:
                self._judge(Path(source), taken.found(source), judge)
                taken.done(source)
                if len(self._hand) >= HANDFUL + more or sum(one.file.size for one in self._hand) >= LARGE:
                    self._settle(HANDFUL)
                if stop():
                    break
            while self._hand:
                self._settle(HANDFUL)
        finally:
            judging.close()
            taken.give_back()
            _let_go(self._hand)
        with self._ledger.together() as files:
            files.finish(self._finished)

    def _finish(self, abandoned: Path) -> list[Path]:
        """Put in place what a dead run decided about; the files that it had only taken."""
        run = abandoned.name
        with self._ledger.together() as files:
            waiting = files.waiting(run)
        for one in waiting:
            taken = {shown(path): path for path in abandoned.iterdir()}
            publish([Ready(one.outputs, run, taken.get(one.name, abandoned / one.name))], self._settings.outbox)
            with self._ledger.together() as files:
                files.finish([one.id])
            self._tell("resumed", file=one.name, outcome=one.record["outcome"])
            exceptions = _exceptions(self._settings.outbox, one)
            self._outcome.files.append({"name": one.name, "resumed": True, **one.record, "exceptions": exceptions})
        tidy(self._settings.outbox, self._settings.places, run)
        return [path for path in abandoned.iterdir() if not path.name.startswith(".")]

    def _judge(self, path: Path, file: Found | EdiError, judge: Run) -> None:
        """Judge a file, and take it in hand."""
        self._tell("begun", file=shown(path))
        judged: Judged | None = None
        try:
            if isinstance(file, EdiError):
                raise file
            judged = Judged(file)
            made = judged.run(judge)
        except Exception as error:  # one file's misfortune: the others are worked off
            if judged is not None:
                judged.close()
            known = file if isinstance(file, Found) else _unread(path, self._settings)
            self._hand.append(_InHand(known, None, why=_sentence(error)))
        else:
            ahead = made if isinstance(made, Prepared) else NONE
            foreseen = self._foresee(file, judged, ahead)  # which may settle what is in hand
            self._hand.append(_InHand(file, judged, ahead, foreseen=foreseen))

    def _foresee(self, file: Found, judged: Judged, ahead: Prepared) -> Waiting:
        """Have it foreseen what becomes of a file. What stands before claims, and is none, may change what becomes of them."""
        if self._foresight is None or not foreseeable(file, judged, ahead):
            return unforeseen
        if any(one.file.kind != file.kind for one in self._hand):
            while self._hand:
                self._settle(HANDFUL)
        return self._foresight.of(file, self._kept + len(self._hand), self._kept)

    def _settle(self, most: int) -> None:
        """Decide about so many of what is in hand, in one transaction, and put it in its places."""
        hand, self._hand = self._hand[:most], self._hand[most:]
        decided: list[DecidedFile] = []
        ready: list[Ready] = []
        left: list[Path] = []
        try:
            with self._ledger.together() as files, cannot_write(self._settings.outbox):
                self._inbox.keep()
                files.finish(self._finished)
                for one in hand:
                    try:
                        decided.append(self._decide(one))
                    except _GrewError:
                        left.append(one.file.path)
                    else:
                        ready.append(Ready(decided[-1].fresh.outputs, decided[-1].fresh.run, one.file.path))
                secure(ready, self._settings.outbox)
        finally:
            _let_go(hand)
        self._kept += len(hand)
        publish(ready, self._settings.outbox)
        self._finished = [each.id for each in decided]
        for each in decided:
            self._outcome.files.append(each.told)
            told = {name: each.told[name] for name in ("outcome", "kind", "partner", "bytes", "errors", "outputs")}
            self._tell("finished", file=each.told["name"], **told)
        for path in left:
            self._leave(path, GREW)

    def _decide(self, one: _InHand) -> DecidedFile:
        """What is kept of a file. Where a fault of this one is met, it is put into quarantine."""
        try:
            return self._decided(one)
        except RefusedError as error:
            return self._quarantined(one.file, str(error))
        except (LedgerError, CannotWriteError, OSError, _GrewError):
            raise
        except Exception as error:  # as above
            return self._quarantined(one.file, _sentence(error))

    def _quarantined(self, file: Found, why: str) -> DecidedFile:
        """A file put into quarantine; without a word of what is in it where the ledger does not keep even that."""
        try:
            return self._decided(_InHand(file, None, why=why))
        except RefusedError:
            return self._decided(_InHand(_unread(file.path, self._settings), None, why=why))

    def _decided(self, one: _InHand) -> DecidedFile:
        with deciding(self._ledger, self._settings.outbox, one.file.path.parent.name) as decision:
            if one.file.grew:
                raise _GrewError
            decided = decision.run(one.file, one.judged, one.ahead, one.why, one.foreseen)
            if one.file.grew:
                raise _GrewError
        return decided

    def _leave(self, path: Path, why: str) -> None:
        self._inbox.give_back(path)
        self._outcome.left.append({"name": shown(path), "why": why})
        self._tell("left", file=shown(path), why=why)


def _let_go(hand: Iterable[_InHand]) -> None:
    """Close what is kept on disk of files."""
    for one in hand:
        if one.judged is not None:
            one.judged.close()


def _at_fault(file: dict[str, Any]) -> bool:
    told = file["outcome"] == DONE and bool(file["errors"] or file["exceptions"] or file["notices"])
    return told or file["outcome"] in (STOPPED, QUARANTINED)


def _exceptions(outbox: Path, file: KeptFile) -> list[dict[str, Any]]:
    """What needs a person of a file that a run before had decided about, as its report says, where that is still there."""
    for place in file.record["outputs"]:
        if place.endswith(file.label + REPORT):
            with suppress(OSError, ValueError):
                found: list[dict[str, Any]] = json.loads((outbox / place).read_bytes())["exceptions"]
                return found
    return []


def _unread(path: Path, settings: Settings) -> Found:
    """A file that cannot be read, as far as it is known."""
    there = path.stat()
    return Found(path, there.st_size, there.st_mtime_ns, (), settings.others)


def _sentence(error: Exception) -> str:
    """Why a file is put into quarantine, without a word of what stands in it."""
    if isinstance(error, EdiError):
        return str(error)
    if isinstance(error, OSError) and error.errno in _FULL:
        raise CannotWriteError(f"{gettempdir()}: {error.strerror}.") from error
    if isinstance(error, OSError) and error.strerror:
        return f"It cannot be read: {error.strerror}."
    if os.environ.get("EDI_DEBUG") == "1":
        raise error
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"A fault of this program ({type(error).__name__} at {Path(last.filename).name}:{last.lineno})."

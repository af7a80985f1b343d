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
import re
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Final, NamedTuple

from edi.errors import EdiError, LedgerError, RefusedError
from edi.guides.selection import Asked
from edi.jobs.batch.ahead import NONE, Ahead, ahead
from edi.jobs.batch.deciding import DONE, QUARANTINE, QUARANTINED, REPORT, STOPPED, Decided, deciding
from edi.jobs.batch.inbox import Inbox
from edi.jobs.batch.judged import Found, Judged, Run, found, shown
from edi.jobs.batch.partners import Terms, terms_of
from edi.jobs.batch.staging import CannotWriteError, Ready, cannot_write, folder, publish, secure, tidy
from edi.jobs.validating import LARGE, Also, judge_each
from edi.ledger import Ledger
from edi.ledger.files import Kept
from edi.ledger.survey import InterchangeFound

Tell = Callable[..., None]
"""Is told of each event: its name, and what belongs to it."""
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where a disk, or what somebody may have of it, is full: of the folder for temporary files, here."""
HANDFUL: Final = 16
"""So many files are decided about in one transaction; fewer where they are large."""
MANY: Final = 20
"""So many files, or one as large as that is cut, are worth the start of further processes."""
_ORDER: Final = (b"278", b"837", b"835")
_SET: Final = re.compile(rb"\WST\W(\d{3})\W")
_HEAD: Final = 2048
GREW: Final = "It was changed while it was read: it is left where it was, for a later run."


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run works with. `partners` are asked in their order; `others` are the terms of who is none of them."""

    inbox: Path
    outbox: Path
    ledger: str
    others: Terms = field(default_factory=Terms)
    partners: tuple[Terms, ...] = ()
    jobs: int | None = None
    """Processes that judge; None: as many as there are `cores` where that is worthwhile."""
    cores: int = 1
    settle: float = 2

    def terms(self, interchanges: Sequence[InterchangeFound]) -> Terms:
        """Those for a file."""
        return terms_of(interchanges, self.partners, self.others)

    @property
    def places(self) -> list[Path]:
        """Every folder that outputs go to."""
        return [self.outbox / QUARANTINE, *(one.places(self.outbox) for one in (*self.partners, self.others))]


@dataclass(slots=True)
class Outcome:
    """What a run did: the files by name with what is told of each, those that were left, and why it ended before its end."""

    run: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)
    left: list[dict[str, str]] = field(default_factory=list)
    error: str = ""
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether there is nothing to report: every file is done, or was before, and nothing of it needs a person."""
        return not (self.error or self.left or any(map(_at_fault, self.files)))


class _Taken:
    """The files that this run works off, each taken when it is asked for. It may be gone through more than once."""

    def __init__(
        self, inbox: Inbox, names: Sequence[str], old: Sequence[Path], settings: Settings, stop: Callable[[], bool]
    ) -> None:
        self._inbox, self._settings, self._stop = inbox, settings, stop
        waiting = [*((name, None) for name in names), *((path.name, path) for path in old)]
        self._next = iter(sorted(waiting, key=lambda one: (_rank(one[1] or inbox.folder / one[0]), one[0])))
        self._paths: list[Path] = []
        self._found: dict[str, Found | EdiError] = {}
        self._begun: set[str] = set()

    def __iter__(self) -> Iterator[str]:
        at = 0
        while at < len(self._paths) or self._take():
            yield str(self._paths[at])
            at += 1

    def asked(self, source: str) -> Asked:
        """What a file is judged by."""
        one = self._found[source]
        return one.terms.asked if isinstance(one, Found) else self._settings.others.asked

    def also(self, source: str) -> Also | None:
        """What is made of a file beside."""
        one = self._found[source]
        return ahead(one) if isinstance(one, Found) else None

    def found(self, source: str) -> Found | EdiError:
        """What is in a file, or why it cannot be read."""
        self._begun.add(source)
        return self._found[source]

    def done(self, source: str) -> None:
        """It is worked off."""
        del self._found[source]

    def give_back(self) -> None:
        """Put back what was taken, and not begun."""
        for source in self._found.keys() - self._begun:
            self._inbox.give_back(Path(source))

    def _take(self) -> bool:
        """Take one more; whether there was one."""
        for name, there in self._next:
            if self._stop():
                return False
            path = there or self._inbox.take(name)
            if path is None:
                continue
            self._paths.append(path)
            try:
                self._found[str(path)] = found(path, self._settings.terms)
            except EdiError as error:
                self._found[str(path)] = error
            return True
        return False


def run(settings: Settings, tell: Tell, stop: Callable[[], bool]) -> Outcome:
    """Work off what stands in the inbox now. What makes it impossible to begin or go on is said in the outcome; nothing is lost.

    `stop` says after each file whether to end.
    """
    began = time.monotonic()
    outcome = Outcome()
    try:
        with cannot_write(settings.outbox):
            for place in (settings.outbox, *settings.places):
                folder(place)
        with ExitStack() as stack:
            inbox = Inbox(settings.inbox, settings.settle)
            stack.callback(inbox.close)
            outcome.run = inbox.run
            tell = partial(tell, run=inbox.run)
            ledger = stack.enter_context(Ledger(settings.ledger, durable=True, judging=False))
            _Running(settings, ledger, inbox, tell, outcome).work(stop)
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


class _InHand(NamedTuple):
    """A file, and what was found wrong in it; None, and why, where it could not be judged."""

    file: Found
    judged: Judged | None
    ahead: Ahead = NONE
    why: str = ""


class _Running:
    def __init__(self, settings: Settings, ledger: Ledger, inbox: Inbox, tell: Tell, outcome: Outcome) -> None:
        self._settings, self._ledger, self._inbox = settings, ledger, inbox
        self._tell, self._outcome = tell, outcome
        self._finished: list[int] = []
        """Files that stand where they belong, which the ledger is told with the next ones."""
        self._hand: list[_InHand] = []

    def work(self, stop: Callable[[], bool]) -> None:
        """Finish what dead runs left, then go through the inbox."""
        old = [path for abandoned in self._inbox.abandoned() for path in self._finish(abandoned)]
        unsettled = self._inbox.awaited()
        ready = self._inbox.ready()
        taken = _Taken(self._inbox, ready, old, self._settings, stop)
        self._outcome.left += [{"name": name, "why": "It is still being written."} for name in unsettled]
        worthwhile = len(ready) + len(old) >= MANY or self._inbox.large(LARGE)
        jobs = self._settings.jobs or (self._settings.cores if worthwhile else 1)
        judging = judge_each(taken, asked=taken.asked, also=taken.also, jobs=jobs)
        try:
            for source, judge in judging:
                self._judge(Path(source), taken.found(source), judge)
                taken.done(source)
                if len(self._hand) >= HANDFUL or sum(one.file.size for one in self._hand) >= LARGE:
                    self._settle()
                if stop():
                    break
            self._settle()
        finally:
            judging.close()
            taken.give_back()
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
            self._hand.append(_InHand(file, judged, made if isinstance(made, Ahead) else NONE))

    def _settle(self) -> None:
        """Decide about what is in hand, in one transaction, and put it in its places."""
        decided: list[Decided] = []
        ready: list[Ready] = []
        left: list[Path] = []
        try:
            with self._ledger.together() as files, cannot_write(self._settings.outbox):
                self._inbox.keep()
                files.finish(self._finished)
                for one in self._hand:
                    try:
                        decided.append(self._decide(one))
                    except _GrewError:
                        left.append(one.file.path)
                    else:
                        ready.append(Ready(decided[-1].fresh.outputs, decided[-1].fresh.run, one.file.path))
                secure(ready, self._settings.outbox)
        finally:
            for one in self._hand:
                if one.judged is not None:
                    one.judged.close()
            self._hand.clear()
        publish(ready, self._settings.outbox)
        self._finished = [each.id for each in decided]
        for each in decided:
            self._outcome.files.append(each.told)
            told = {name: each.told[name] for name in ("outcome", "kind", "partner", "bytes", "errors", "outputs")}
            self._tell("finished", file=each.told["name"], **told)
        for path in left:
            self._leave(path, GREW)

    def _decide(self, one: _InHand) -> Decided:
        """What is kept of a file. Where a fault of this one is met, it is put into quarantine."""
        try:
            return self._decided(one.file, one.judged, one.ahead, one.why)
        except RefusedError as error:
            return self._quarantined(one.file, str(error))
        except (LedgerError, CannotWriteError, OSError, _GrewError):
            raise
        except Exception as error:  # as above
            return self._quarantined(one.file, _sentence(error))

    def _quarantined(self, file: Found, why: str) -> Decided:
        """A file put into quarantine; without a word of what is in it where the ledger does not keep even that."""
        try:
            return self._decided(file, None, NONE, why)
        except RefusedError:
            return self._decided(_unread(file.path, self._settings), None, NONE, why)

    def _decided(self, file: Found, judged: Judged | None, made: Ahead, why: str) -> Decided:
        with deciding(self._ledger, self._settings.outbox, file.path.parent.name) as decision:
            if file.grew:
                raise _GrewError
            decided = decision.run(file, judged, made, why)
            if file.grew:
                raise _GrewError
        return decided

    def _leave(self, path: Path, why: str) -> None:
        self._inbox.give_back(path)
        self._outcome.left.append({"name": shown(path), "why": why})
        self._tell("left", file=shown(path), why=why)


def _at_fault(file: dict[str, Any]) -> bool:
    told = file["outcome"] == DONE and bool(file["errors"] or file["exceptions"] or file["notices"])
    return told or file["outcome"] in (STOPPED, QUARANTINED)


def _exceptions(outbox: Path, file: Kept) -> list[dict[str, Any]]:
    """What needs a person of a file that a run before had decided about, as its report says, where that is still there."""
    for place in file.record["outputs"]:
        if place.endswith(file.label + REPORT):
            with suppress(OSError, ValueError):
                found: list[dict[str, Any]] = json.loads((outbox / place).read_bytes())["exceptions"]
                return found
    return []


def _rank(path: Path) -> int:
    """What comes first of files that lie in an inbox together: authorizations, claims, then what answers these."""
    try:
        with path.open("rb") as file:
            set = _SET.search(file.read(_HEAD))
    except OSError:  # somebody took it, or it cannot be read
        return len(_ORDER)
    return _ORDER.index(set[1]) if set and set[1] in _ORDER else len(_ORDER)


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

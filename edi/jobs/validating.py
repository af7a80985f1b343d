"""Many files, or the transactions of a large one, judged on several cores; what is found comes in the order of the files.

A process judges a small file, or some transactions of a large one, and hands back what it found. What cannot be done that way (a
pipe, a file that is gone, a process that died) is done here, as with one core, so the results are the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from math import inf
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from edi.errors import EdiError, Problem
from edi.guides.apart import Apart, judge_apart
from edi.guides.selection import EVERYTHING, FIRST_LEVEL, Asked
from edi.guides.validation import TransactionReport, judge
from edi.jobs.processes import processes
from edi.jobs.stretches import Stretch, stretches
from edi.text.window import AHEAD, PIECE, Window

LARGE: Final = 2 << 20
"""A file of so many bytes is cut."""
TASK: Final = 1 << 20
"""Transactions of about so many bytes go to a process together."""
PARTED: Final = 4 << 20
"""A transaction larger than this is parted at its units."""
_AGAIN: Final = 8
"""Parts that do not follow each other are judged again as one as long as that is no larger than so many tasks."""
_AHEAD: Final = 4
"""So many tasks for each process wait, at most; more of small files, as far as these come to less than one task together."""
_MOST: Final = 64

Take: TypeAlias = Callable[[Problem], None]
TakeTransaction: TypeAlias = Callable[[TransactionReport], None]
Heard: TypeAlias = Callable[[int], None]
"""Is told up to which byte a source has been judged, but for small files that others judge."""
Run: TypeAlias = Callable[[Take, TakeTransaction], Any]
"""Hands on the problems and transactions of one source, or raises what judging it raised.

Gives what else was made of it by the process that judged it; None where that was this one, or it could not be made.
"""
Found: TypeAlias = list[Problem | TransactionReport]
Also: TypeAlias = Callable[[Found], object]
"""What else is made of a small file by what was found in it; it can be pickled, and so can what it gives."""


class _Task(NamedTuple):
    """A small file, or transactions of a large one."""

    source: str
    stretches: tuple[Stretch, ...]
    size: int


class _Done(NamedTuple):
    """What came of a task: of a small file what was found in it and what else was made of it, of stretches what each came to."""

    found: Sequence[Problem | TransactionReport] = ()
    apart: Sequence[Apart | None] = ()
    also: object = None


class _Part(NamedTuple):
    """A transaction, or a part of one, and as what it was judged; None where it could not be."""

    stretch: Stretch
    apart: Apart | None


def judge_each(
    sources: Iterable[str],
    *,
    heard: Heard = lambda _: None,
    asked: Asked | Callable[[str], Asked] = EVERYTHING,
    also: Callable[[str], Also | None] = lambda _: None,
    jobs: int = 1,
    behind: bool = False,
) -> Generator[tuple[str, Run], None, None]:
    """Each source, in order, with what hands on its problems and transactions; that is to be run before the next is asked for.

    `sources` is gone through twice, once some sources ahead of what is given; `asked` may say what each is judged by, and `also`
    what else the process that judges it is to make of it. `behind`: what is done with the results is more urgent than the next.
    """
    if jobs < 2:
        of = _each(asked)
        yield from ((source, partial(judge, source, heard=heard, asked=of(source))) for source in sources)
        return
    if callable(asked) or asked.level >= FIRST_LEVEL:
        import edi.guides.rules.judging  # noqa: F401 - here, so that the processes need not
    with processes(jobs, behind=behind) as pool:
        given = _Given(pool, sources, asked, _AHEAD * jobs, heard, also)
        yield from ((source, partial(given.hand_on, source)) for source in sources)


class _Given:
    """What was given to the processes, some tasks ahead, in the order of the sources."""

    def __init__(
        self,
        pool: ProcessPoolExecutor,
        sources: Iterable[str],
        asked: Asked | Callable[[str], Asked],
        ahead: int,
        heard: Heard = lambda _: None,
        also: Callable[[str], Also | None] = lambda _: None,
    ) -> None:
        self._pool, self._asked, self._also, self._ahead, self._heard = pool, _each(asked), also, ahead, heard
        self._tasks = (task for source in sources for task in _tasks(source))
        self._waiting: deque[tuple[_Task, Future[_Done]]] = deque()
        self._size = 0
        """Bytes of what waits."""

    def hand_on(self, source: str, problem: Take, transaction: TakeTransaction) -> object:
        """What was found in the next source; what else was made of it."""
        if self._next(source) == ():
            return self._hand_on_whole(source, problem, transaction)
        asked = self._asked(source)
        parts = _Parts(partial(self._parts_of_next, source), partial(_judge_again, asked), self._heard)
        judge(source, problem, transaction, heard=self._heard, asked=asked, apart=parts.of)
        while self._next(source):  # transactions that a search found and a reader did not
            self._result()
        return None

    def _parts_of_next(self, source: str) -> Sequence[_Part]:
        """What came of the next task; nothing where there is none of this source."""
        stretches = self._next(source)
        return [_Part(*each) for each in zip_longest(stretches, self._result().apart)] if stretches else ()

    def _hand_on_whole(self, source: str, problem: Take, transaction: TakeTransaction) -> object:
        done = self._result()
        if not done.found:
            judge(source, problem, transaction, heard=self._heard, asked=self._asked(source))
        for each in done.found:
            if isinstance(each, Problem):
                problem(each)
            else:
                transaction(each)
        return done.also

    def _next(self, source: str) -> tuple[Stretch, ...] | None:
        """The stretches of the next task, if that is one of this source."""
        while (len(self._waiting) < self._ahead or (self._size < TASK and len(self._waiting) < _MOST)) and (
            task := next(self._tasks, None)
        ) is not None:
            self._size += task.size
            try:
                done = self._pool.submit(_do, task, self._asked(task.source), self._also(task.source))
            except BrokenExecutor as error:
                done = Future()
                done.set_exception(error)
            self._waiting.append((task, done))
        return self._waiting[0][0].stretches if self._waiting and self._waiting[0][0].source == source else None

    def _result(self) -> _Done:
        """What came of the next task; nothing where its process failed."""
        task, done = self._waiting.popleft()
        self._size -= task.size
        try:
            return done.result()
        except Exception:  # whatever it was: the caller judges by itself, and meets it again if it is the file's
            return _Done()


class _Parts:
    """The parts of a source's transactions, in their order, as they come: `more` gives those of the next task."""

    def __init__(self, more: Callable[[], Sequence[_Part]], again: Callable[[Stretch], Apart | None], heard: Heard) -> None:
        self._more, self._again, self._heard, self._at_hand = more, again, heard, deque[_Part]()

    def of(self, begin: int) -> Iterator[Apart | None]:
        """Those of the transaction that begins at a byte, each once the next one is seen to follow it; None where none does.

        Where it does not, both are judged again as one, in this process.
        """
        while self._next() < begin:  # of a transaction that a search found and a reader did not
            self._at_hand.popleft()
        held: _Part | None = None
        while self._next() == begin:
            part = self._at_hand.popleft()
            if held is not None:
                if _follows(part, held):
                    yield held.apart
                    self._heard(held.stretch.stop)
                else:
                    both = replace(part.stretch, start=held.stretch.start)
                    if both.stop - both.start > _AGAIN * TASK:
                        yield None
                        return
                    part = _Part(both, self._again(both))
            held = part
        if held is not None:
            yield held.apart if held.stretch.last else None

    def _next(self) -> float:
        """Where the transaction of the next part begins."""
        while not self._at_hand and (parts := self._more()):
            self._at_hand.extend(parts)
        return self._at_hand[0].stretch.begin if self._at_hand else inf


def _follows(part: _Part, before: _Part) -> bool:
    return part.apart is not None and before.apart is not None and part.apart.follows(before.apart)


def _each(asked: Asked | Callable[[str], Asked]) -> Callable[[str], Asked]:
    """What each source is judged by."""
    return asked if callable(asked) else lambda _: asked


def _tasks(source: str) -> Iterator[_Task]:
    """A source as tasks; none for what can be read only once, or is better judged in one piece."""
    if source == "-" or not Path(source).is_file():
        return
    if (size := Path(source).stat().st_size) < LARGE:
        yield _Task(source, (), size)
        return
    some: list[Stretch] = []
    try:
        for one in stretches(source, PARTED, TASK):
            some.append(one)
            if one.stop - some[0].start >= TASK:
                yield _of(source, some)
                some = []
    except EdiError:  # judging it will say the same
        return
    if some:
        yield _of(source, some)


def _of(source: str, some: Sequence[Stretch]) -> _Task:
    return _Task(source, tuple(some), some[-1].stop - some[0].start)


def _do(task: _Task, asked: Asked, also: Also | None = None) -> _Done:
    """A task, in a process of its own."""
    if task.stretches:
        with Path(task.source).open("rb") as file:
            first, last = task.stretches[0], task.stretches[-1]
            piece = min(last.stop - first.start + AHEAD, PIECE)  # no more than is to be judged
            window = Window(file, first.begin, piece=piece if first.start == first.begin else AHEAD)
            return _Done(apart=[_apart(window, one, piece, asked) for one in task.stretches])
    found: Found = []
    judge(task.source, found.append, found.append, asked=asked)
    return _Done(found, also=None if also is None else also(found))


def _judge_again(asked: Asked, one: Stretch) -> Apart | None:
    try:
        return _do(_of(one.path, [one]), asked).apart[0]
    except OSError:
        return None


def _apart(window: Window, one: Stretch, piece: int, asked: Asked) -> Apart | None:
    start = one.start if one.start > one.begin else None
    until = None if one.last else one.stop
    envelope = (one.delimiters, one.version, one.numbers)
    return judge_apart(window, one.begin, *envelope, start=start, until=until, piece=piece, asked=asked)

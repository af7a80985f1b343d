"""--split GOOD BAD: what is valid and what is faulty of a judged file, in two files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from edi.cli.options import writing
from edi.errors import Problem

if TYPE_CHECKING:  # imported when something is split
    from edi.guides.selection import Run
    from edi.guides.splitting import Faults
    from edi.guides.validation import TransactionReport

__all__ = ["Splitting", "split_options"]

F = TypeVar("F", bound=Callable[..., Any])


class Splitting:
    """What is to be split, if anything is."""

    def __init__(self, outputs: tuple[str, str] | None, by: str | None) -> None:
        self._outputs, self._by, self._source = outputs, by, ""
        self._faults: Faults | None = None

    def check(self, sources: Sequence[str]) -> None:
        """Refuse what cannot be done."""
        if self._outputs is None:
            if self._by is not None:
                raise click.UsageError("--by says how to split: it needs --split.")
            return
        if len(sources) > 1 or sources[0] == "-":
            raise click.UsageError("--split needs one PATH, and not standard input: the file is read three times.")
        paths = [Path(name).resolve() for name in (*sources, *self._outputs)]
        if "-" in self._outputs or len(set(paths)) < len(paths):
            raise click.UsageError("--split needs two files that are not PATH.")
        self._source = sources[0]

    def heard(self, run: Run, severities: Collection[str]) -> Run:
        """What judges as `run` does, and remembers the problems that make faulty."""
        if self._outputs is None:
            return run
        from edi.guides.splitting import Faults

        faults = self._faults = Faults()
        click.get_current_context().call_on_close(faults.close)

        def listening(problem: Callable[[Problem], None], transaction: Callable[[TransactionReport], None]) -> None:
            def take(found: Problem) -> None:
                if found.severity in severities:
                    faults.add(found)
                problem(found)

            run(take, transaction)

        return listening

    def write(self) -> None:
        """Write both files; one that would be empty is not there afterwards."""
        if self._outputs is None or self._faults is None:
            return
        from edi.guides.splitting import split

        with ExitStack() as stack:
            good, bad = (stack.enter_context(writing(name)) for name in self._outputs)
            counts = split(self._source, self._faults, good, bad, by_claim=self._by == "claim")
        for name, count in zip(self._outputs, counts, strict=True):
            if not count and Path(name).is_file():
                Path(name).unlink()


def split_options(function: F) -> F:
    """--split, --by, together as `splitting`."""

    @click.option(
        "--split",
        "outputs",
        nargs=2,
        metavar="GOOD BAD",
        help="Write what is valid of PATH to GOOD and what is faulty to BAD, each with envelopes of its own.",
    )
    @click.option(
        "--by",
        type=click.Choice(["transaction", "claim"]),
        help="With --split: whole transactions (when not given), or the claims of an 837.",
    )
    @wraps(function)
    def splitting(outputs: tuple[str, str] | None, by: str | None, **more: Any) -> Any:
        return function(splitting=Splitting(outputs, by), **more)

    return splitting  # type: ignore[return-value]  # what click makes of the function takes the same options

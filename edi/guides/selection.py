"""What documents are judged by; what is reported of what was found, and as how severe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from edi.errors import ERROR, INFO, WARNING, Problem

if TYPE_CHECKING:
    from edi.guides.validation import TransactionReport

__all__ = ["EVERYTHING", "FIRST_LEVEL", "OFF", "SEVERITIES", "Asked", "Selection", "selected"]

LEVELS: Final = 7
FIRST_LEVEL: Final = 3
"""The lowest level that rules are of."""
OFF: Final = "off"
SEVERITIES: Final = (ERROR, WARNING, INFO, OFF)

Run: TypeAlias = Callable[[Callable[[Problem], None], Callable[["TransactionReport"], None]], object]
"""Hands on the problems and transactions of one source; gives what else was made of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What documents are judged by: up to which level, and files of the user's beside the rules and code lists that there are."""

    level: int = 7
    rules: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    """The name of a list, and the file in its place."""

    def __post_init__(self) -> None:
        if not 1 <= self.level <= LEVELS:
            raise ValueError(f"There is no level {self.level}: levels are 1 to {LEVELS}.")


EVERYTHING: Final = Asked()


@dataclass(frozen=True, slots=True)
class Selection:
    """What a user wants to hear of.

    `only` has codes, and levels as digits ("3"); when it is empty, everything is wanted. `severities` has the severity of codes
    that are not to have their own; `OFF` leaves a problem out.
    """

    only: frozenset[str] = frozenset()
    severities: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __bool__(self) -> bool:
        return bool(self.only or self.severities)

    def of(self, problem: Problem) -> Problem | None:
        """A problem as it is to be reported; None when it is not."""
        if self.only and problem.code not in self.only and str(problem.level) not in self.only:
            return None
        severity = self.severities.get(problem.code, problem.severity)
        if severity == OFF:
            return None
        return problem if severity == problem.severity else replace(problem, severity=severity)


def selected(run: Run, selection: Selection) -> Run:
    """What hands on only what is wanted; a transaction is valid when none of its problems is an error then."""
    if not selection:
        return run

    def only(problem: Callable[[Problem], None], transaction: Callable[[TransactionReport], None]) -> object:
        wrong: set[str | None] = set()

        def take(found: Problem) -> None:
            wanted = selection.of(found)
            if wanted is not None:
                if wanted.severity == ERROR:
                    wrong.add(wanted.transaction)
                problem(wanted)

        def end(judged: TransactionReport) -> None:
            transaction(replace(judged, valid=judged.control not in wrong))
            wrong.clear()

        return run(take, end)

    return only

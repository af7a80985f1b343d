"""A run as a call: what `edi batch run` does, for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from edi.errors import DefinitionError, SourceError
from edi.guides.selection import SEVERITIES
from edi.jobs.batch import running
from edi.jobs.batch.one_file import ARCHIVE, QUARANTINE
from edi.jobs.batch.partners import PartnerTerms, check, partners
from edi.jobs.batch.running import BatchOutcome, Settings, Tell

SETTLE: Final = 2.0
"""Seconds that a file does not change before it is taken."""
_HERE: Final = "run_batch"


def settings(
    inbox: str | Path,
    outbox: str | Path,
    *,
    others: PartnerTerms,
    partners: Sequence[PartnerTerms] = (),
    ledger: str | None = None,
    jobs: int | None = 1,
    cores: int = 1,
    settle: float = SETTLE,
) -> Settings:
    """What a run works with; the ledger is in the outbox where none is named. Rules that are broken are a DefinitionError."""
    _apart(Path(inbox), Path(outbox), partners)
    check((others, *partners))
    return Settings(
        inbox=Path(inbox),
        outbox=Path(outbox),
        ledger=ledger or f"sqlite:///{Path(outbox) / 'edi.db'}",
        others=others,
        partners=tuple(partners),
        jobs=jobs,
        cores=cores,
        settle=settle,
    )


def _apart(inbox: Path, outbox: Path, partners: Sequence[PartnerTerms]) -> None:
    """Refuse folders in which what is written would be taken for what came in."""
    inside = inbox.resolve()
    places = {"The outbox": outbox, **{f"The outbox of partner {one.name}": one.places(outbox) for one in partners}}
    for name, place in places.items():
        if place.resolve().is_relative_to(inside):
            raise SourceError(f"{name} cannot be the inbox, nor lie in it: what is written there would be taken again.")
    for folder in (ARCHIVE, QUARANTINE):
        if inside.is_relative_to((outbox / folder).resolve()):
            raise SourceError(f"The inbox cannot be the {folder}, nor lie in it: what is put away there would be taken again.")


def run_batch(
    inbox: str | Path,
    outbox: str | Path,
    *,
    ledger: str | None = None,
    level: int = 7,
    rules: Sequence[str | Path] = (),
    codes: Mapping[str, str | Path] = MappingProxyType({}),
    severity: Mapping[str, str] = MappingProxyType({}),
    split: str = "acknowledged",
    sent: bool = False,
    tests: bool = False,
    partner: Sequence[Mapping[str, Any]] = (),
    jobs: int = 1,
    settle: float = SETTLE,
    tell: Tell = lambda *_arguments, **_more: None,
    stop: Callable[[], bool] = lambda: False,
) -> BatchOutcome:
    """Work off the files of an inbox as `edi batch run` does, once.

    Everything is as the options of that name say; `partner` are the tables of the settings (docs/batch.md). `tell` is told of
    each event, by its name and what belongs to it; `stop` is asked after each file whether to end. More `jobs` are processes that
    are started, and import the program that calls this where they cannot be forked.

    The outcome has the `files` with what was done with each, those that were `left`, and an `error` where the run could not begin
    or go on: then nothing is lost, and another run goes on from there. Raises SourceError where an outbox is the inbox,
    DefinitionError for broken rules or terms.
    """
    own = {"name": "all", "level": level, "rules": list(map(str, rules)), "split": split, "sent": sent, "tests": tests}
    (others,) = partners([own], PartnerTerms(), _HERE)
    for code, each in severity.items():
        if each not in SEVERITIES:
            raise DefinitionError(f"{code} cannot be {each!r}, but {', '.join(SEVERITIES)}.", _HERE)
    files = tuple((name, str(path)) for name, path in codes.items())
    others = replace(others, name="", codes=files, severities=tuple(severity.items()))
    terms = partners(partner, others, _HERE)
    made = settings(inbox, outbox, others=others, partners=terms, ledger=ledger, jobs=jobs, settle=settle)
    return running.run(made, tell, stop)

"""What `edi` makes public: whatever a public name gives or takes has a public name itself."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import typing
from collections.abc import Iterator
from importlib.metadata import version

import edi

INNER = {
    "edi.guides.document.Around": "what is around a slice: handed on, never looked into",
    "edi.guides.document.Context": "where a unit stands: given with it, never made",
    "edi.guides.rules.requirement.Document": "a part of a rule, as a file of rules writes it",
    "edi.guides.rules.requirement.Duration": "a part of a rule, as a file of rules writes it",
    "edi.guides.rules.requirement.Limit": "a part of a rule, as a file of rules writes it",
    "edi.guides.rules.requirement.Span": "a part of a rule, as a file of rules writes it",
    "edi.guides.table.Step": "of what a loop is built by who reads",
    "edi.guides.texts.Texts": "of what records are made of, faster than a loop tells it",
    "edi.guides.tree.Unread": "of what a loop is built by who reads",
    "edi.jobs.batch.running.FileReports": "a sequence of dicts, which docs/json.md describes",
    "edi.ledger.figures.exported.ExportTable": "of `Export.tables`, handed on; docs/export.md says which there are",
    "edi.ledger.figures.recovery.Recovery": "of what figures are summed up",
    "edi.ledger.files.Files": "for `edi batch run`; others use the ledger within `together`",
    "edi.ledger.payments.reading.Order": "of `edi.jobs.matching.reading`, handed on",
    "edi.ledger.payments.reading.ReadPayment": "of `edi.jobs.matching.reading`, handed on",
    "edi.linkage.deadlines.Window": "of what deadlines are asked in SQL",
    "edi.linkage.replacing.Bill": "of what usage is told by those who link",
    "edi.linkage.whole_file.AskParts": "of `edi.jobs.linking.deciding`, handed on",
}
"""Types in public annotations that nobody's code need name, and why not."""


def _classes(hint: object) -> Iterator[type]:
    """The classes of this package that an annotation names."""
    if inspect.isclass(hint) and not typing.get_args(hint) and hint.__module__.partition(".")[0] == "edi":
        yield hint
    for part in hint if isinstance(hint, list) else typing.get_args(hint):
        yield from _classes(part)


def _annotated(value: object) -> Iterator[object]:
    """What has annotations: a function; the fields of a record; the public methods and properties of a class."""
    if inspect.isfunction(value):
        yield value
    elif inspect.isclass(value) and not issubclass(value, enum.Enum):
        if dataclasses.is_dataclass(value) or hasattr(value, "_fields"):
            yield value
        for base in value.__mro__[:-1]:
            for name, member in vars(base).items():
                inner = getattr(member, "fget", None) or getattr(member, "func", None) or inspect.unwrap(member)
                if base.__module__.startswith("edi.") and not name.startswith("_") and inspect.isfunction(inner):
                    yield inner


def test_what_is_public_speaks_of_public_types_alone() -> None:
    public = {getattr(edi, name) for name in edi.__all__}
    missing: dict[str, str] = {}
    for name in edi.__all__:
        for each in _annotated(getattr(edi, name)):
            hints = typing.get_type_hints(each)
            for at, hint in hints.items():
                for found in _classes(hint):
                    if found not in public and not at.startswith("_"):
                        missing.setdefault(f"{found.__module__}.{found.__qualname__}", f"{name}: {at}")
    assert {at: where for at, where in missing.items() if at not in INNER} == {}
    assert set(INNER) <= set(missing), "nothing public speaks of it any more"


def test_the_version_is_that_of_the_distribution() -> None:
    assert edi.__version__ == version("edi-authlink")
    assert "__version__" not in edi.__all__

"""Partners: whose files are worked off by what terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from edi.errors import DefinitionError
from edi.guides.codes.lists import with_files
from edi.guides.guide import versions
from edi.guides.rules.files import files_named
from edi.guides.selection import Asked, Selection
from edi.ledger.survey import InterchangeFound

ACKNOWLEDGMENTS: Final = ("TA1", "999", "277CA")
SPLITS: Final = ("acknowledged", "claim", "transaction", "file")
"""What of an 837 is not linked where something is at fault: what its acknowledgments reject; or each claim, transaction, file."""
REPEATED: Final = ("warn", "stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerTerms:
    """By what a file is worked off: a partner's, or those of all others."""

    name: str = ""
    senders: tuple[str, ...] = ()
    """ISA06, alone or behind its qualifier (ZZ:LARKSPUR); of anybody where there is none."""
    receivers: tuple[str, ...] = ()
    """ISA08, in the same way."""
    guides: tuple[str, ...] = ()
    """The versions (005010X222A1) that are taken, as their guides are told; all where there is none."""
    level: int = 7
    rules: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    """The name of a code list, and the file in its place."""
    severities: tuple[tuple[str, str], ...] = ()
    """The code of a problem, and how severe it is, where that is not as usual."""
    acknowledgments: tuple[str, ...] = ACKNOWLEDGMENTS
    split: str = SPLITS[0]
    repeated_control: str = REPEATED[0]
    """What is done where a control number comes again with other content."""
    sent: bool = False
    """Whether claims that were linked count as sent."""
    tests: bool = False
    """Whether the ledger is one of tests (ISA15 T): then production is left alone."""
    outbox: str = ""
    """Where outputs go, from the outbox; there where it is not given."""

    @property
    def asked(self) -> Asked:
        """What its files are judged by."""
        return Asked(self.level, tuple(rule for rule in self.rules if _judges(rule)), self.codes)

    @property
    def selection(self) -> Selection:
        """What is told of what is found in them, and as how severe."""
        return Selection(severities=dict(self.severities))

    def fits(self, interchange: InterchangeFound) -> bool:
        """Whether an interchange is between these parties."""
        return _among(interchange.sending, self.senders) and _among(interchange.receiving, self.receivers)

    def places(self, outbox: Path) -> Path:
        """The folder of its outputs."""
        return outbox / self.outbox


def terms_of(interchanges: Sequence[InterchangeFound], partners: Iterable[PartnerTerms], others: PartnerTerms) -> PartnerTerms:
    """The terms for a file: those of the first partner that its first interchange fits."""
    return next((one for one in partners if interchanges and one.fits(interchanges[0])), others)


def partners(tables: Sequence[Mapping[str, Any]], usual: PartnerTerms, file: str) -> tuple[PartnerTerms, ...]:
    """The partners that settings name, in their order; what one does not say is as usual. DefinitionError says what is wrong."""
    found: list[PartnerTerms] = []
    for number, table in enumerate(tables, 1):
        said = str(table.get("name") or number)
        for key, value in table.items():
            if key not in _KEYS:
                raise DefinitionError(f"partner {said}: there is no setting {key!r}; there are {', '.join(_KEYS)}.", file)
            right, words = _KEYS[key]
            if not right(value):
                raise DefinitionError(f"partner {said}: {key} must be {words}.", file)
        for version in table.get("guides", ()):
            if version not in (there := versions()):
                raise DefinitionError(f"partner {said}: there is no guide {version!r}; there are {', '.join(there)}.", file)
        if not table.get("name") or any(one.name == said for one in found):
            raise DefinitionError(f"partner {said}: it needs a name that no other has.", file)
        found.append(replace(usual, **{_field(key): _value(key, value) for key, value in table.items()}))
    return tuple(found)


def _among(party: tuple[str, str], ids: Sequence[str]) -> bool:
    return not ids or party[1] in ids or ":".join(party) in ids


def check(terms: Iterable[PartnerTerms]) -> None:
    """Refuse rules and code lists that are broken, or are not there, before anything is taken."""
    for one in terms:
        files_named(one.rules)
        with_files(dict(one.codes))


def _judges(rule: str) -> bool:
    """Whether a file of rules says something of documents; what payers want authorized is asked when claims are linked."""
    (found,) = files_named([rule])
    return bool(found.rules or found.without)


def _field(key: str) -> str:
    return {"sender": "senders", "receiver": "receivers"}.get(key, key.replace("-", "_"))


def _value(key: str, value: Any) -> Any:
    if key == "guides":  # an earlier version is that of the guide by which it is judged
        return tuple(versions()[each] for each in value)
    return tuple(value) if isinstance(value, list) else value


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and each for each in value)


def _one_of(*words: str) -> tuple[Callable[[Any], bool], str]:
    return (lambda value: value in words), f"{', '.join(words[:-1])} or {words[-1]}"


def _inside(value: Any) -> bool:
    """Whether a folder is named that is not above the outbox, and not hidden in it."""
    return isinstance(value, str) and bool(value) and not any(part.startswith(".") for part in Path(value).parts)


_LIST: Final = (_words, "a list of words")
_KEYS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = MappingProxyType(
    {
        "name": (lambda value: isinstance(value, str) and value.isprintable(), "text"),
        "sender": _LIST,
        "receiver": _LIST,
        "guides": _LIST,
        "level": (lambda value: type(value) is int and 1 <= value <= 7, "a number from 1 to 7"),
        "rules": _LIST,
        "acknowledgments": (
            lambda value: isinstance(value, list) and all(each in ACKNOWLEDGMENTS for each in value),
            f"a list of {', '.join(ACKNOWLEDGMENTS)}",
        ),
        "split": _one_of(*SPLITS),
        "repeated-control": _one_of(*REPEATED),
        "sent": (lambda value: type(value) is bool, "true or false"),
        "tests": (lambda value: type(value) is bool, "true or false"),
        "outbox": (_inside, "a folder, from the outbox or from the root"),
    }
)
"""What may be said of a partner, when it is right, and what to say else."""

"""Where definition files are; the only module that knows.

Definition files (`.guide`, `.tsv`, `.rules`) live in the package, in folders named for what they define (`278`, `837`,
`835`, `x12`, `payers`). Grammars live in `grammars/` beside the package in a checkout and in `edi/grammars` in an installed
wheel; so do the shipped examples, in `testdata/story` or `edi/story`.
"""

from __future__ import annotations

import os
from functools import cache as once  # `cache` is a folder here
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from edi.errors import DefinitionError

PACKAGE: Final = Path(__file__).parent
DICTIONARY: Final = ("x12/elements.tsv", "x12/composites.tsv", "x12/segments.tsv")
_GUIDE: Final = ".guide"


def definition(name: str) -> Path:
    """The path of a definition file named within the package, "x12/elements.tsv"; DefinitionError if there is none."""
    path = PACKAGE / name
    if not path.is_file():
        raise DefinitionError("there is no such definition file", name)
    return path


@once
def guide_names() -> tuple[str, ...]:
    """The names of the guides that are shipped, "837/professional", sorted."""
    return tuple(sorted(f"{folder}/{file[: -len(_GUIDE)]}" for folder in _folders() for file in _guides(folder)))


def guide_file(name: str) -> Path:
    """The file of a shipped guide; DefinitionError names those that there are."""
    if name not in guide_names():
        raise DefinitionError(f"there is no guide {name!r}; the guides are {', '.join(guide_names())}", name)
    return PACKAGE / (name + _GUIDE)


def rules_file(guide: str) -> Path | None:
    """The file of the rules that come with a guide; None where there are none."""
    path = PACKAGE / f"{guide}.rules"
    return path if path.is_file() else None


@once
def payer_names() -> tuple[str, ...]:
    """The names of the payers whose rules are shipped, "medicare-part-b", sorted."""
    return tuple(sorted(path.stem for path in (PACKAGE / "payers").glob("*.rules")))


def payer_rules(payer: str) -> Path | None:
    """The file of a payer's rules by its name; None where none are shipped."""
    return PACKAGE / "payers" / f"{payer}.rules" if payer in payer_names() else None


def requirement_files() -> tuple[Path, ...]:
    """The files that say what payers want authorized, by name."""
    return tuple(sorted((PACKAGE / "payers" / "requirements").glob("*.rules")))


def specimen(guide: str) -> Path:
    """The specimen of a guide, which the examples of its rules edit; DefinitionError where there is none."""
    return definition(f"{guide}.edi")


def code_list(name: str) -> Path | None:
    """The file with the codes of a list, "CARC"; None for a list of which only the shape is shipped."""
    path = PACKAGE / "x12" / "codes" / f"{name.lower()}.tsv"
    return path if path.is_file() else None


def icd10cm() -> Path | None:
    """The list of codes inside the package simple-icd-10-cm (the extra icd10); None where that is not installed.

    The package itself is not imported: that takes seconds and 190 MB, its list 40 ms.
    """
    found = find_spec("simple_icd_10_cm")
    if found is None or found.origin is None:
        return None
    return max(Path(found.origin).parent.glob("data/code-list-*.txt"), default=None)


def grammar(name: str) -> str:
    """The text of a grammar, `grammar("guide")` being that of grammars/guide.lark."""
    for folder in (PACKAGE / "grammars", PACKAGE.parent / "grammars"):
        path = folder / f"{name}.lark"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise DefinitionError("there is no such grammar", f"grammars/{name}.lark")


def state_of(path: str) -> tuple[int, ...]:
    """What tells a file of a user's from what it was before it was changed; () where there is none of that name."""
    try:
        there = os.stat(path)  # noqa: PTH116 - asked for each transaction: a Path takes as long again
    except OSError:
        return ()
    return there.st_ino, there.st_size, there.st_mtime_ns, there.st_ctime_ns


def text_of(path: Path) -> tuple[bytes, str]:
    """A definition's bytes and its text; DefinitionError, with the line, where it cannot be read or is not UTF-8."""
    try:
        source = path.read_bytes()
        return source, source.decode("utf-8")
    except OSError as error:
        raise DefinitionError(f"cannot be read ({error.strerror})", str(path)) from None
    except UnicodeDecodeError as error:
        raise DefinitionError("is not UTF-8 text; save it as such", str(path), source[: error.start].count(b"\n") + 1) from None


def story() -> Path:
    """The folder of the shipped examples: one practice's requests, answers, claims and remittances."""
    for folder in (PACKAGE / "story", PACKAGE.parent / "testdata" / "story"):
        if folder.is_dir():
            return folder
    raise DefinitionError("the shipped examples are not there", "story")


def cache() -> Path:
    """The folder for what can be worked out again; it need not exist."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "edi-authlink"


def _folders() -> list[str]:
    with os.scandir(PACKAGE) as entries:
        return [e.name for e in entries if e.is_dir() and not e.name.startswith((".", "_"))]


def _guides(folder: str) -> list[str]:
    with os.scandir(PACKAGE / folder) as entries:
        return [e.name for e in entries if e.name.endswith(_GUIDE)]

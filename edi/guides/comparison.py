"""pyx12 as a second opinion; the only module that imports it."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TextIO

from edi.errors import WARNING, EdiError, Problem
from edi.guides.validation import TransactionReport
from edi.text.segments import Source, decode, open_source

ENDS: Final = ("ISA", "IEA", "GS", "GE", "ST", "SE", "TA1")
EVERY: Final = 1000
"""So often, in segments, the caller is told how far pyx12 has come."""


class ComparisonError(EdiError):
    """pyx12 cannot judge a file: it has no map for it, or its reader refuses it."""


@dataclass(frozen=True, slots=True, order=True)
class Opinion:
    """One fault as an engine sees it.

    Where: the transaction (ST02, and which of those with that number it is), the segment's position (ST = 1), element and
    component. Elements and components are 0 where the fault is the segment's; position is 0 for one of the transaction or of
    its envelope. `kind` is our code, or a word for pyx12's message; `subject` is what it names: a segment, a loop, an element.
    """

    transaction: str
    occurrence: int
    position: int
    element: int
    component: int
    code: str
    message: str
    kind: str
    subject: str = ""
    masked: str = ""
    """The message without the values that it quotes."""
    data_element: str = ""
    type: str = ""
    """ST01, of pyx12's opinions."""
    offset: int = -1
    warning: bool = False
    level: int = 2

    @property
    def set(self) -> tuple[str, int]:
        """The transaction."""
        return (self.transaction, self.occurrence)

    @property
    def segment(self) -> tuple[str, int, int]:
        """The segment."""
        return (self.transaction, self.occurrence, self.position)

    @property
    def place(self) -> tuple[str, int, int, int, int]:
        """Where: what two opinions of one fault agree on."""
        return (self.transaction, self.occurrence, self.position, self.element, self.component)


_PARTS: Final = {"value": "(?P<value>.*)", "subject": "(?P<subject>[A-Z0-9-]+)"}
_MESSAGES: Final = tuple(
    # pyx12's messages: a word for each, and its form; <value> is what it quotes of the file, <subject> what it names of its map.
    (kind, re.compile(re.sub(r"(?<!\?P)<(value|subject)>", lambda name: _PARTS[name[1]], form), re.DOTALL))
    for kind, form in {
        "code": r"\(<value>\) is not a valid code for .* \(<subject>\)",
        "short": r'Data element "[^"]*" \(<subject>\) is too short: len\("<value>"\) = \d+ < \d+ \(min_len\)',
        "long": r'Data element "[^"]*" \(<subject>\) is too long: len\("<value>"\) = \d+ > \d+ \(max_len\)',
        "control": r'Data element "[^"]*" \(<subject>\), contains an invalid control character\(<[A-Z]+>\)',
        "spaces": r'Data element "[^"]*" \(<subject>\) has unnecessary trailing spaces\. \(<value>\)',
        "date": r'Data element "[^"]*" \(<subject>\) contains an invalid date \(<value>\)',
        "time": r'Data element "[^"]*" \(<subject>\) contains an invalid time \(<value>\)',
        "character": r'Data element "[^"]*" \(<subject>\) is type \w+, contains an invalid character\(<value>\)',
        "pattern": r'Data element "[^"]*" with a value of \(<value>\) failed to match the regular expression "[^"]*"',
        "composite": r'Data element "[^"]*" \(<subject>\) is an invalid composite',
        "unused": r'Data element "[^"]*" \(<subject>\) is marked as Not Used',
        "missing": r'Mandatory data element "[^"]*" \(<subject>\) is missing',
        "composite-missing": r'Mandatory composite "[^"]*" \(<subject>\) is missing',
        "composite-unused": r'Composite ".*" \(<subject>\) is marked as Not Used',
        "components": r'Too many sub-elements in composite ".*" \(<subject>\)',
        "elements": r'Too many elements in segment ".*" \((?P<subject>[A-Z0-9]+)\)\. Has \d+, should have \d+',
        "note": r"Syntax Error \((?P<subject>[PRECL]\d+)\): .*",
        "segment-missing": r'Mandatory segment ".*" \((?P<subject>[A-Z0-9]+)\) missing',
        "loop-missing": r'Mandatory loop ".*" \((?P<subject>[A-Z0-9_]+)\) missing',
        "segment-unused": r"Segment (?P<subject>[A-Z0-9]+) found but marked as not used",
        "loop-unused": r"Loop (?P<subject>[A-Z0-9_]+) found but marked as not used",
        "segment-repeats": r"Segment (?P<subject>[A-Z0-9]+) exceeded max count\.  Found \d+, should have \d+",
        "loop-repeats": r"Loop (?P<subject>[A-Z0-9_]+) exceeded max count\.  Found \d+, should have \d+",
        "not-found": r"Segment (?:(?P<subject>[A-Z][A-Z0-9]{1,2})(?=\*))?<value> not found\.  Started at [\w/\[\]-]+",
        "empty": r'Segment "<value>" is empty',
        "id": r'Segment identifier "<value>" is invalid',
        "leading": r"Segment contains a leading space",
        "trailing": r"Segment contains trailing element terminators",
        "hl-number": r"My HL count \d+ does not match your HL count <value>",
        "hl-parent": r"HL parent \(<value>\) is not a valid parent",
        "line-number": r"Your 2400/LX01 Service Line Number <value> does not match my count of \d+",
        "isa-repeated": r"ISA Interchange Control Number <value> not unique within file",
        "gs-repeated": r"GS Interchange Control Number <value> not unique within file",
        "st-repeated": r"ST Interchange Control Number <value> not unique within file",
        "se-control": r"SE id=(?P<value>.* does not match ST id=.*)",
        "se-count": r"SE count of <value> is wrong\. I count \d+",
        "ge-control": r"GE id=(?P<value>.* does not match GS id=.*)",
        "ge-count": r"GE count of <value> is wrong\. I count \d+",
        "iea-control": r"IEA id=(?P<value>.* does not match ISA id=.*)",
        "iea-count": r"IEA count for IEA02=<value> is wrong",
        "se-missing": r'Mandatory segment "Transaction Set Trailer" \(SE=<value>\) missing',
        "ge-missing": r'Mandatory segment "Functional Group Trailer" \(GE=<value>\) missing',
        "iea-missing": r'Mandatory segment "Interchange Control Trailer" \(IEA=<value>\) missing',
        "unterminated": r"Unterminated (?:Loop|segment) <value>",
    }.items()
)
_MASK: Final = "..."


def read_message(message: str) -> tuple[str, str, str]:
    """A word for a message of pyx12's, what it names, and the message without the values that it quotes.

    A message of a form that is not known is "other", and nothing of it is left: it may quote anything.
    """
    for kind, form in _MESSAGES:
        match = form.fullmatch(message)
        if match is None:
            continue
        found = match.groupdict()
        if "value" not in found:
            return kind, found.get("subject") or "", message
        start, stop = match.span("value")
        return kind, found.get("subject") or "", message[:start] + _MASK + message[stop:]
    return "other", "", _MASK


# -- theirs ----------------------------------------------------------------------------------------------------------------


def second_opinion(source: Source, progress: Callable[[int], None] | None = None) -> tuple[Opinion, ...]:
    """What pyx12 finds wrong with a file. ComparisonError where it has no opinion (a 278, a dental claim: it has no map).

    `progress` is told now and then how many segments it has read: about 3,600 in a second.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyx12.errors
        import pyx12.params
        import pyx12.x12n_document

    count = 0

    def seen(*_: object) -> None:
        nonlocal count
        count += 1
        if progress is not None and count % EVERY == 0:
            progress(count)

    out, name = io.StringIO(), f"{source}: " if isinstance(source, str | Path) else ""
    logger, silent = logging.getLogger("pyx12"), logging.NullHandler()
    logger.addHandler(silent)
    before, logger.propagate = logger.propagate, False  # its log carries element values
    try:
        with _text(source) as file, contextlib.redirect_stdout(io.StringIO()):  # where it prints what it cannot handle
            pyx12.x12n_document.x12n_document(pyx12.params.params(), file, None, None, None, out, callback=seen)
    except (pyx12.errors.EngineError, pyx12.errors.X12Error) as error:
        reason = "it has no map for this guide" if "Map not found" in str(error) else "its reader refuses the file"
        raise ComparisonError(f"{name}pyx12 cannot judge it: {reason}.") from None
    except EdiError:
        raise
    except Exception:
        raise ComparisonError(f"{name}pyx12 cannot judge it: it stops with an error of its own.") from None
    finally:
        logger.propagate = before
        logger.removeHandler(silent)
    if not out.getvalue():
        raise ComparisonError(f"{name}pyx12 cannot judge it: its reader refuses the file.")
    return tuple(sorted(_opinions(json.loads(out.getvalue()))))


def _text(source: Source) -> TextIO:
    """The source as pyx12 wants it, a character for each byte. Read whole: pyx12 keeps more than that in memory itself."""
    file = open_source(source)
    if isinstance(source, str | Path) and str(source) != "-":
        return io.TextIOWrapper(file, encoding="latin-1", newline="")
    return io.StringIO(decode(file.read()), newline="")


def _opinions(found: Mapping[str, Any]) -> Iterator[Opinion]:
    met: Counter[str] = Counter()
    for interchange in found.get("interchanges", ()):
        yield from (_opinion("", 0, 0, 0, 0, e) for e in interchange["errors"])
        for group in interchange["groups"]:
            yield from (_opinion("", 0, 0, 0, 0, e) for e in group["errors"])
            for transaction in group["transactions"]:
                control, type = transaction["trn_set_control_num"] or "", transaction["trn_set_id"] or ""
                met[control] += 1
                yield from (_opinion(control, met[control], 0, 0, 0, e) for e in transaction["errors"])
                for segment in transaction["segments"]:
                    yield from (replace(found, type=type) for found in _of_segment(control, met[control], segment))


def _of_segment(control: str, occurrence: int, segment: Mapping[str, Any]) -> Iterator[Opinion]:
    position = int(segment["seg_count"] or 0)
    yield from (_opinion(control, occurrence, position, 0, 0, e) for e in segment["errors"])
    for element in segment["elements"]:
        place = (int(element["ele_pos"] or 0), int(element["subele_pos"] or 0))
        number = element["ele_ref_num"] or ""
        yield from (_opinion(control, occurrence, position, *place, e, number) for e in element["errors"])


def _opinion(
    transaction: str, occurrence: int, position: int, element: int, component: int, error: Mapping[str, Any], number: str = ""
) -> Opinion:
    message = str(error["err_str"])
    kind, subject, masked = read_message(message)
    code = str(error["err_cde"])
    return Opinion(transaction, occurrence, position, element, component, code, message, kind, subject, masked, number)


# -- ours ------------------------------------------------------------------------------------------------------------------


class OurOpinion:
    """Our own problems in the same form, gathered while a file is judged: `problem` and `transaction` take what `judge` gives."""

    def __init__(self) -> None:
        self._met: Counter[str] = Counter()
        self._found: list[Opinion] = []

    def problem(self, problem: Problem) -> None:
        """One of ours, where pyx12 puts its own: of ISA and ST nowhere in the set, of HL numbers and notes on the segment."""
        enveloped = problem.level == 1 and problem.segment in ENDS
        whole = enveloped or problem.code.startswith("hl-") or problem.code == "element-note"
        transaction = problem.transaction or "" if problem.segment not in ("GE", "GS", "IEA", "ISA") else ""
        loop = (problem.loop or "").rpartition("/")[2]
        self._found.append(
            Opinion(
                transaction,
                self._met[transaction] + 1 if transaction else 0,
                0 if enveloped else problem.position or 0,
                0 if whole else problem.element or 0,
                0 if whole else problem.component or 0,
                problem.code,
                problem.message,
                problem.code,
                loop if problem.code.startswith("loop-") else problem.segment or "",
                problem.message,
                offset=-1 if problem.offset is None else problem.offset,
                warning=problem.severity == WARNING,
                level=problem.level,
            )
        )

    def transaction(self, transaction: TransactionReport) -> None:
        """A transaction has ended: another with its number is another."""
        self._met[transaction.control] += 1

    def opinions(self) -> tuple[Opinion, ...]:
        """All of them, by their places."""
        return tuple(sorted(self._found))

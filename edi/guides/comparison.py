"""pyx12 as a second opinion; the only module that imports it."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edi.errors import ERROR, EdiError, Problem
from edi.guides.validation import Report, validate


class ComparisonError(EdiError):
    """pyx12 cannot judge a file: it has no map for it, or its reader refuses it."""


@dataclass(frozen=True, slots=True, order=True)
class Opinion:
    """One fault as an engine sees it: the transaction (ST02), the segment's position (ST = 1), the element, the component.

    Elements and components are 0 where the fault is the segment's; position is 0 for one of the transaction or its envelope.
    """

    transaction: str
    position: int
    element: int
    component: int
    code: str
    message: str

    @property
    def place(self) -> tuple[str, int, int, int]:
        """Where: what two opinions of one fault agree on."""
        return (self.transaction, self.position, self.element, self.component)


@dataclass(frozen=True, slots=True)
class Difference:
    """A place that only one of the two engines finds fault with; `theirs` tells whose opinion it is."""

    theirs: bool
    opinion: Opinion


_REASONS: Final = (
    # (theirs, our code or a part of pyx12's text, why)
    (True, "is not a valid code for", "pyx12 judges external code lists together with its guide; here they are level 5"),
    (True, "railing", "a separator too many is a warning here"),
    (
        True,
        "not found.",
        "pyx12 passes over a segment with a wrong qualifier, and then over the rest of its loop; here the code is the fault",
    ),
    (True, "is invalid", "pyx12 says a bad segment id one segment later"),
    (
        True,
        "Mandatory loop",
        "pyx12 says a missing loop at the segment before the gap; here it stands at the segment found in its place",
    ),
    (
        True,
        "Mandatory segment",
        "pyx12 says a missing segment at the one before the gap; here it stands at the segment found in its place",
    ),
    (True, "Mandatory composite", "pyx12 puts a missing composite on its segment; here it stands on its element"),
    (True, "Service Line Number", "pyx12 holds LX01 against its own count; here that is a rule of level 4"),
    (
        True,
        "HL count",
        "pyx12 counts on after a wrong HL01; here the count follows the number that was sent, so one fault is said once",
    ),
    (True, "HL parent", "pyx12 does not take a number that it did not expect; here the level above is what counts"),
    (True, "not unique within file", "interchanges with one number in one file are for the ledger to judge"),
    (False, "hl-", "pyx12 does not follow HL02 and HL04"),
    (False, "-missing", "see the same gap said by pyx12 at the segment before it, or not said because the loop was passed over"),
    (False, "element-code", "pyx12 says that the segment is not found"),
    (False, "loop-repeats", "pyx12 says that the segment is not found"),
    (False, "segment-out-of-order", "pyx12 says that the segment is not found"),
    (False, "version-mismatch", "pyx12 goes by GS08 alone"),
)


def second_opinion(path: str | Path) -> tuple[Opinion, ...]:
    """What pyx12 finds wrong with a file. ComparisonError where it has no opinion (a 278, a dental claim: it has no map)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyx12.errors
        import pyx12.params
        import pyx12.x12n_document

    out = io.StringIO()
    logger = logging.getLogger("pyx12")
    logger.addHandler(logging.NullHandler())
    before, logger.propagate = logger.propagate, False  # its log carries element values
    try:
        with Path(path).open(encoding="latin-1", newline="") as file:  # opened here, for pyx12 leaves it open
            pyx12.x12n_document.x12n_document(pyx12.params.params(), file, None, None, None, out)
        found = json.loads(out.getvalue())
    except (pyx12.errors.EngineError, pyx12.errors.X12Error) as error:
        reason = "it has no map for this guide" if "Map not found" in str(error) else "its reader refuses the file"
        raise ComparisonError(f"{path}: pyx12 cannot judge it: {reason}.") from None
    except Exception:
        raise ComparisonError(f"{path}: pyx12 cannot judge it: it stops with an error of its own.") from None
    finally:
        logger.propagate = before
    return tuple(sorted(_opinions(found)))


def _opinions(found: dict[str, Any]) -> Iterator[Opinion]:
    for interchange in found.get("interchanges", ()):
        yield from (_opinion("", 0, 0, 0, e) for e in interchange["errors"])
        for group in interchange["groups"]:
            yield from (_opinion("", 0, 0, 0, e) for e in group["errors"])
            for transaction in group["transactions"]:
                control = transaction["trn_set_control_num"] or ""
                yield from (_opinion(control, 0, 0, 0, e) for e in transaction["errors"])
                for segment in transaction["segments"]:
                    yield from _of_segment(control, segment)


def _of_segment(control: str, segment: dict[str, Any]) -> Iterator[Opinion]:
    position = int(segment["seg_count"] or 0)
    yield from (_opinion(control, position, 0, 0, e) for e in segment["errors"])
    for element in segment["elements"]:
        place = (int(element["ele_pos"] or 0), int(element["subele_pos"] or 0))
        yield from (_opinion(control, position, *place, e) for e in element["errors"])


def _opinion(transaction: str, position: int, element: int, component: int, error: dict[str, Any]) -> Opinion:
    return Opinion(transaction, position, element, component, str(error["err_cde"]), str(error["err_str"]))


def our_opinion(report: Report) -> tuple[Opinion, ...]:
    """Our own errors (warnings left out), in the same form."""
    return tuple(sorted(_ours(p) for p in report.problems if p.severity == ERROR))


def _ours(problem: Problem) -> Opinion:
    """Our problem where pyx12 puts its own: envelope faults nowhere in the set, HL numbers and syntax notes on the segment."""
    enveloped = problem.level == 1
    whole = enveloped or problem.code.startswith("hl-") or problem.code == "element-note"
    return Opinion(
        problem.transaction or "" if problem.segment not in ("GE", "GS", "IEA", "ISA") else "",
        0 if enveloped else problem.position or 0,
        0 if whole else problem.element or 0,
        0 if whole else problem.component or 0,
        problem.code,
        problem.message,
    )


def compare(path: str | Path) -> tuple[Difference, ...]:
    """The places that only one of the two engines finds fault with."""
    theirs, ours = second_opinion(path), our_opinion(validate(path))
    return (*_only(theirs, ours, theirs=True), *_only(ours, theirs, theirs=False))


def _only(these: Iterable[Opinion], those: Iterable[Opinion], *, theirs: bool) -> Iterator[Difference]:
    known = {opinion.place for opinion in those}
    yield from (Difference(theirs, opinion) for opinion in these if opinion.place not in known)


def reason(difference: Difference) -> str:
    """Why the two differ here, where the reason is a known one; else ""."""
    opinion = difference.opinion
    for theirs, mark, why in _REASONS:
        if difference.theirs == theirs and mark in (opinion.message if theirs else opinion.code):
            return why
    return ""

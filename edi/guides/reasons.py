"""A file compared with pyx12's opinion of it: where the two differ, and why, where the reason is a known one.

Each reason says who finds the fault that the other does not, what kind of fault it is, and what must be seen on the other side
for it to be the reason; so that a reason does not cover a fault that one of the two has really missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from edi.guides import conditions as seen
from edi.guides.comparison import ComparisonError, Opinion, OurOpinion, second_opinion
from edi.guides.differences import EDI, LEVELS, PYX12, STRUCTURE, Sides
from edi.guides.selection import Asked
from edi.guides.validation import judge
from edi.text.segments import Source


class Reason(NamedTuple):
    """Who finds a fault, of which kinds (none named: of any), what must hold for this to be why the other does not, and why."""

    by: str
    kinds: tuple[str, ...]
    holds: seen.Condition
    why: str


OF_ELEMENTS: Final = (
    "element-code", "element-missing", "element-unused", "element-extra", "element-short", "element-long", "element-type",
    "element-date", "element-time", "element-character", "element-note", "element-blank", "repetition-extra",
    "component-missing", "component-unused", "component-extra",
)  # fmt: skip
"""Our problems of elements and components."""

_UNGUIDED: Final = "there is no guide of this version here: only level 1 is judged"
_STRAYS: Final = "behind a segment that is missing, misplaced or not known the two go different ways for a while"
_STOP: Final = "pyx12 stops reading at an empty segment"
_REPETITIONS: Final = "pyx12 does not divide repetitions: it judges them as one value"
_GAP: Final = "one gap, said by the two at different segments"
_BAD_ID: Final = "pyx12 says a bad segment id at the next segment that it finds"
_ON_ELEMENT: Final = "said here of the first component too many, by pyx12 of the element"
_ON_SEGMENT: Final = "said here of the element, by pyx12 of its segment"

REASONS: Final = (
    Reason(PYX12, (), seen.earlier(EDI, "guide-unknown"), _UNGUIDED),
    Reason(
        PYX12, ("code",), seen.external, "pyx12 judges lists of codes from outside, as old as its release; here they are level 5"
    ),
    Reason(
        PYX12, ("code",), seen.certificate, "a line has two PWK that begin with CT: pyx12 takes the first, PWK02 is the second's"
    ),
    Reason(
        PYX12,
        ("pattern",),
        seen.always,
        "no guide has the regular expressions of pyx12's maps, such as nine digits for a postal code",
    ),
    Reason(PYX12, ("date",), seen.old, "pyx12 takes no date before 1800"),
    Reason(PYX12, ("date", "time"), seen.here(EDI, "element-note"), "said here of its format, which is missing"),
    Reason(PYX12, ("long",), seen.six_digits, "element 719 has ten digits in 5010; pyx12 gives it six"),
    Reason(PYX12, ("character",), seen.accented, "X12's extended set has letters with accents, pyx12's has not"),
    Reason(PYX12, ("character",), seen.ends_in_its_point, "a number may end in its decimal point"),
    Reason(PYX12, ("line-number",), seen.always, "pyx12 holds LX01 against its own count; here that is a rule of level 4"),
    Reason(PYX12, ("isa-repeated",), seen.always, "interchanges with one number in one file are for the ledger to judge"),
    Reason(PYX12, ("leading",), seen.always, "blanks between segments are passed over, as line breaks are"),
    Reason(
        PYX12,
        ("spaces", "trailing", "elements", "components"),
        seen.here(EDI, "trailing-spaces", "trailing-separators"),
        "a warning here",
    ),
    Reason(PYX12, ("trailing",), seen.shortly_before(EDI, "trailing-separators"), "a warning here"),
    Reason(PYX12, (), seen.lax_277, "the 277CA is laxer here, by stupidedi's coding and public samples"),
    Reason(PYX12, ("unused",), seen.subject("CTX06-02"), "a later version of the 999, served by the same guide, uses it"),
    Reason(
        PYX12,
        ("code",),
        seen.begins("(FX) is not a valid code for Communication Number Qualifier (PER07)"),
        "a slip of pyx12's map: the code stands at every other contact",
    ),
    Reason(PYX12, ("loop-repeats",), seen.subject("FOOTER"), "pyx12 counts each PLB behind the first as another footer"),
    Reason(PYX12, ("segment-repeats",), seen.subject("CTX"), "pyx12 counts the two kinds of CTX as one"),
    Reason(PYX12, ("composite",), seen.same_element(EDI, "component-extra"), _ON_ELEMENT),
    Reason(PYX12, ("elements",), seen.here(EDI, "element-extra"), _ON_SEGMENT),
    Reason(PYX12, ("components",), seen.here(EDI, "component-extra"), _ON_SEGMENT),
    Reason(PYX12, ("composite-missing",), seen.named_element("element-missing"), _ON_SEGMENT),
    Reason(PYX12, ("composite-unused",), seen.named_element("element-unused"), _ON_SEGMENT),
    Reason(
        PYX12,
        ("note", "empty"),
        seen.here(EDI, "element-missing", "component-missing"),
        "said here of what is required in itself",
    ),
    Reason(PYX12, (), seen.same_element(EDI, "repetition-extra"), _REPETITIONS),
    Reason(PYX12, ("id",), seen.earlier(EDI, "segment-unknown"), _BAD_ID),
    Reason(PYX12, ("hl-number", "hl-parent"), seen.here(EDI, "element-unused", "component-extra"), "said here of the element"),
    Reason(
        PYX12,
        ("hl-number", "hl-parent"),
        seen.earlier(EDI, "hl-number", "hl-parent", "segment-missing", "element-code"),
        "the count goes on here from the number that was sent, so one fault is said once",
    ),
    Reason(
        PYX12,
        ("not-found",),
        seen.here(EDI, *OF_ELEMENTS),
        "pyx12 passes over a segment whose qualifier is wrong; here the qualifier is the fault",
    ),
    Reason(PYX12, ("not-found",), seen.patient, "pyx12's map of the 837I has the patients of a subscriber before his own claims"),
    Reason(PYX12, ("segment-missing", "loop-missing"), seen.near(EDI, "segment-missing", "loop-missing"), _GAP),
    Reason(
        PYX12, ("not-found", "loop-missing"), seen.before_the_header, "a header that stands too late is said here where it stands"
    ),
    Reason(PYX12, ("segment-missing",), seen.later(EDI, "segment-out-of-order"), "out of order, which pyx12 calls missing"),
    Reason(PYX12, STRUCTURE, seen.strayed, _STRAYS),
    Reason(
        PYX12,
        ("not-found", "segment-missing", "loop-missing"),
        seen.any_order,
        "segments and loops at one position may come in any order; pyx12 wants that of its map",
    ),
    Reason(PYX12, (), seen.behind_strays, _STRAYS),
    Reason(PYX12, ("se-missing", "ge-missing", "iea-missing"), seen.stopped, _STOP),
    Reason(EDI, ("guide-unknown",), seen.always, _UNGUIDED),
    Reason(EDI, ("version-mismatch", "group-mismatch"), seen.always, "pyx12 goes by GS08 alone"),
    Reason(EDI, (), seen.end, "pyx12 does not report the elements of ISA, GS, ST and of their trailers"),
    Reason(
        EDI,
        ("isa-missing", "segment-outside", "text-outside", "cut-off"),
        seen.always,
        "pyx12 passes over what stands outside of every transaction",
    ),
    Reason(EDI, ("segment-empty",), seen.always, _STOP),
    Reason(EDI, (), seen.past_the_stop, _STOP),
    Reason(EDI, ("hl-child",), seen.always, "pyx12 does not follow HL04"),
    Reason(
        EDI, ("hl-number", "hl-parent"), seen.missing_level, "levels behind one that is missing are counted as if it were there"
    ),
    Reason(EDI, ("element-blank",), seen.always, "pyx12 takes blanks for a value"),
    Reason(EDI, ("repetition-extra",), seen.always, _REPETITIONS),
    Reason(EDI, ("element-missing",), seen.same_element(EDI, "repetition-extra"), _REPETITIONS),
    Reason(
        EDI,
        ("component-missing",),
        seen.first_component,
        "pyx12 does not ask for the first component of a composite that may be left out",
    ),
    Reason(EDI, ("component-extra",), seen.same_element(PYX12, "composite"), _ON_ELEMENT),
    Reason(EDI, ("component-extra",), seen.here(PYX12, "components"), _ON_SEGMENT),
    Reason(EDI, ("segment-missing",), seen.subject("LE"), "LE is required where LS stands: in the standard the two go together"),
    Reason(EDI, ("element-note",), seen.in_a_composite, "pyx12's maps have no syntax notes of composites"),
    Reason(EDI, ("element-date",), seen.in_a_composite, "pyx12 does not judge dates in composites by their format"),
    Reason(EDI, ("element-date",), seen.backwards, "pyx12 does not compare the two dates of a range"),
    Reason(EDI, ("hl-number", "hl-parent"), seen.here(PYX12, "composite"), _ON_ELEMENT),
    Reason(
        EDI,
        ("component-missing",),
        seen.same_element(EDI, "trailing-separators"),
        "pyx12 takes separators alone for no composite",
    ),
    Reason(
        EDI,
        ("segment-out-of-order",),
        seen.here(PYX12, "code", "composite"),
        "pyx12 takes the segment for the one that is due, with a wrong code",
    ),
    Reason(EDI, ("element-note",), seen.here(PYX12, "composite"), "pyx12 does not count an element with components as there"),
    Reason(EDI, ("element-extra",), seen.here(PYX12, "elements"), _ON_SEGMENT),
    Reason(EDI, ("element-missing",), seen.here(PYX12, "composite-missing"), _ON_SEGMENT),
    Reason(EDI, ("element-unused",), seen.here(PYX12, "composite-unused"), _ON_SEGMENT),
    Reason(EDI, OF_ELEMENTS, seen.here(PYX12, "not-found"), "pyx12 does not look into a segment that it passes over"),
    Reason(EDI, ("segment-unknown",), seen.here(PYX12, "not-found"), _BAD_ID),
    Reason(EDI, ("segment-missing", "loop-missing"), seen.near(PYX12, "segment-missing", "loop-missing"), _GAP),
    Reason(
        EDI,
        ("segment-missing", "loop-missing"),
        seen.begun_anew,
        "pyx12 does not look for what a loop lacks when the next begins right behind its first segment",
    ),
    Reason(
        EDI,
        ("element-code", "element-unused", "element-missing", "segment-missing"),
        seen.miscoded,
        "a code with components does not tell where its segment belongs: it is judged as another",
    ),
    Reason(EDI, (), seen.strayed, _STRAYS),
    Reason(EDI, OF_ELEMENTS, seen.behind_strays, _STRAYS),
)
"""The first that holds is the reason."""


def reason(by: str, opinion: Opinion, sides: Sides) -> str:
    """Why only this side finds this fault, where the reason is a known one; else ""."""
    for known in REASONS:
        if known.by == by and (not known.kinds or opinion.kind in known.kinds) and known.holds(opinion, sides):
            return known.why
    return ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A fault that only one of the two finds: who (`PYX12`, `EDI`), what, and why the other does not, where that is known."""

    by: str
    opinion: Opinion
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """In how many places both find fault, and where only one does; or `error`, a sentence, where pyx12 has no opinion."""

    agreed: int = 0
    differences: tuple[Difference, ...] = ()
    error: str = ""


def compare(source: Source, ours: OurOpinion | None = None, progress: Callable[[int], None] | None = None) -> Comparison:
    """Ask pyx12 about a source, and hold what it says against our own problems (`ours`; judged anew where they are not given)."""
    if ours is None:
        ours = OurOpinion()
        judge(source, ours.problem, ours.transaction, asked=Asked(LEVELS))
    try:
        theirs = second_opinion(source, progress)
    except ComparisonError as error:
        return Comparison(error=str(error))
    sides = Sides(theirs, ours.opinions(), source)
    found = sorted(sides.differences(), key=lambda difference: difference[1])
    return Comparison(sides.agreed, tuple(Difference(by, opinion, reason(by, opinion, sides)) for by, opinion in found))

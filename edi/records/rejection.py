"""278: AAA, what could not be processed, and at which level it says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edi.errors import RecordError
from edi.records.forms import Form, choice, text
from edi.text.segments import Delimiters, Segment

if TYPE_CHECKING:
    from edi.guides.document import Loop


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """AAA: a request, or a part of one, that could not be processed. Not a denial."""

    loop: str
    """Where it stands: 2010C, 2000E; with its number where the loop may repeat in its level: 2010EA[2]."""
    reason: str
    """AAA03."""
    follow_up: str
    """AAA04: C correct and resend, N do not resend, ..."""
    valid: bool = False
    """AAA01: Y where the request itself was valid."""


_AAA: Final = Form("AAA", valid=choice(1, "Y", "N"), reason=text(3), follow_up=text(4))


def read_rejections(loop: Loop | None, place: str) -> list[Rejection]:
    """The AAA of a loop, which is called `place`."""
    found = loop.every("AAA") if loop is not None else ()
    return [Rejection(loop=place, **_AAA.read(segment)) for segment in found] if found else []


def write_rejections(rejections: Sequence[Rejection], place: str, d: Delimiters) -> list[Segment]:
    """The AAA of those that stand at this place."""
    return [s for rejection in rejections if rejection.loop == place for s in _AAA.write(rejection, d, "rejections")]


def check_places(rejections: Sequence[Rejection], places: Sequence[str], path: str) -> None:
    """A RecordError for the first that stands where there is no such loop."""
    for n, rejection in enumerate(rejections):
        if rejection.loop not in places:
            raise RecordError(f"{path}[{n}].loop: must be one of {', '.join(places)}.")

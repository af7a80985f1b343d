"""Where in the mouth a dental service is done: teeth, their surfaces, and areas, as certified and as billed.

They are compared where both sides name them. All that is billed must be certified, by one service, or by several of one
authorization that are alike but for their teeth. Facial and buccal are one surface; a quadrant is part of its arch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from edi.linkage.agreement import FREE, Agreement
from edi.linkage.offers import Offer
from edi.records.authorization import CertifiedService
from edi.records.claim import ClaimLine

_QUADRANTS: Final = MappingProxyType(
    {"00": "10 20 30 40", "01": "10 20", "02": "30 40", "L": "20 30", "R": "10 40"},
)
"""Of the whole mouth, the upper and the lower arch, the left and the right side."""
_WHOLE: Final = "00"
_FACIAL, _BUCCAL = "F", "B"


class Sites(NamedTuple):
    """What is certified and what is billed, in words, and whether that fits."""

    fits: bool
    certified: str
    billed: str


def compare_sites(offer: Offer, line: ClaimLine, agreed: Agreement) -> Sites | None:
    """The teeth and areas that an offer and a line name; None where there is nothing to compare."""
    service = offer.service
    both = (service.teeth and line.teeth) or (service.oral_cavity and line.oral_cavity)
    if not both or agreed.said("teeth")[0] == FREE:
        return None
    strict = agreed.said("surfaces")[0] != FREE
    alike = _alike(offer)
    if _covers([service], line, strict=strict):
        fits, meant = True, [service]
    else:  # what one service alone certifies is that one's
        alone = any(_covers([one], line, strict=strict) for one in alike)
        fits = not alone and not apart(service, line) and _covers(alike, line, strict=strict)
        meant = [service] if alone else alike
    return Sites(fits, site_of(meant), site_of([line]))


def apart(one: CertifiedService | ClaimLine, other: CertifiedService | ClaimLine) -> bool:
    """Whether both name teeth, or areas, and have none in common."""
    teeth = ({tooth.name for tooth in each.teeth} for each in (one, other))
    areas = (set(each.oral_cavity) for each in (one, other))
    return any(bool(mine and theirs) and mine.isdisjoint(theirs) for mine, theirs in (teeth, areas))


def site_of(named: Iterable[CertifiedService | ClaimLine]) -> str:
    """Teeth and areas behind a procedure, in words: " on tooth 3 (MO)", " on teeth 3 and 14", " in area 10"; "" of none."""
    found = list(named)
    teeth = _surfaces(found)
    numbers = [f"{name} ({''.join(sorted(surfaces))})" if surfaces else name for name, surfaces in teeth.items()]
    areas = list(dict.fromkeys(area for each in found for area in each.oral_cavity))
    on = f" on {'tooth' if len(numbers) == 1 else 'teeth'} {_listed(numbers)}" if numbers else ""
    return on + (f" in {'area' if len(areas) == 1 else 'areas'} {_listed(areas)}" if areas else "")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _alike(offer: Offer) -> list[CertifiedService]:
    """The services of an authorization that certify the same as an offer, on whatever teeth."""
    services, place = offer.authorization.services, offer.position
    if not 0 <= place < len(services):
        return [offer.service]
    own = services[place]
    same = (own.procedure, own.decision, own.number, own.period)
    return [one for one in services if (one.procedure, one.decision, one.number, one.period) == same]


def _covers(certified: Sequence[CertifiedService], line: ClaimLine, *, strict: bool) -> bool:
    """Whether services, taken together, certify all teeth and areas of a line; `strict`: on these surfaces."""
    teeth, billed = _surfaces(certified), _surfaces([line])
    if teeth and not all(
        name in teeth and (not strict or not teeth[name] or surfaces <= teeth[name]) for name, surfaces in billed.items()
    ):
        return False
    areas = {area for one in certified for area in one.oral_cavity}
    return not areas or _WHOLE in areas or set(_quadrants(areas)).issuperset(_quadrants(line.oral_cavity))


def _surfaces(named: Iterable[CertifiedService | ClaimLine]) -> dict[str, set[str]]:
    """Teeth by their names, each with its surfaces; none where they are not all named."""
    found: dict[str, set[str]] = {}
    whole: set[str] = set()
    for tooth in (tooth for each in named for tooth in each.teeth if tooth.name):
        found.setdefault(tooth.name, set()).update("".join(tooth.surfaces).upper().replace(_FACIAL, _BUCCAL))
        if not tooth.surfaces:
            whole.add(tooth.name)
    return {name: set() if name in whole else surfaces for name, surfaces in found.items()}


def _quadrants(named: Iterable[str]) -> Iterator[str]:
    """Areas as quadrants, where they are made of such."""
    for area in named:
        yield from _QUADRANTS.get(area, area).split()

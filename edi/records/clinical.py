"""What a 278 tells about the patient's state and way: CRC, CL1, CR1, CR2, CR5, CR6."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from edi.records.forms import Form, amount, bare_day, choice, count, dates, quantity, read_one, run, text
from edi.records.services import Period, Quantity
from edi.text.segments import Delimiters, Segment

if TYPE_CHECKING:
    from edi.guides.document import Loop


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """CRC: what applies to the patient, or does not."""

    category: str
    """CRC01: 07 ambulance, 08 chiropractic, 09 equipment, 11 oxygen, 75 limits, 76 activities, 77 mental status."""
    applies: bool = True
    """CRC02."""
    codes: tuple[str, ...] = ()
    """CRC03 to 07."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """CL1: an admission as an institution codes it."""

    admission_type: str = ""
    """CL101: 1 emergency, 2 urgent, 3 elective ..."""
    admission_source: str = ""
    patient_status: str = ""
    """CL103."""
    nursing_home_status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambulance:
    """CR1: a transport."""

    weight: Quantity | None = None
    """The patient's; unit LB or KG."""
    kind: str = ""
    """CR103: I initial, R return, T transfer, X round trip."""
    reason: str = ""
    """CR104."""
    distance: Quantity | None = None
    """Unit DH miles or DK kilometers."""
    round_trip: str = ""
    """CR109: why there and back."""
    stretcher: str = ""
    """CR110: why lying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chiropractic:
    """CR2: a course of spinal manipulation."""

    treatment: int | None = None
    """CR201: which of them this is."""
    treatments: Decimal | None = None
    """CR202: of how many."""
    first_level: str = ""
    """CR203, CR204: vertebrae, such as C4 and C5."""
    last_level: str = ""
    condition: str = ""
    """CR208: A acute, C chronic, ..."""
    complication: str = ""
    """CR209: Y or N."""
    description: str = ""
    more: str = ""
    """CR211."""
    x_rays: str = ""
    """CR212: Y when there are any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oxygen:
    """CR5: oxygen therapy at home."""

    equipment: str = ""
    """CR503: A concentrator, B liquid stationary, C gas stationary, D liquid portable, E gas portable, O other."""
    more_equipment: str = ""
    reason: str = ""
    flow: Decimal | None = None
    """CR506: liters a minute."""
    times_a_day: Decimal | None = None
    hours: Decimal | None = None
    """CR508: of each use."""
    therapist: str = ""
    """CR509: special orders for the respiratory therapist."""
    arterial_gas: Decimal | None = None
    saturation: Decimal | None = None
    test: str = ""
    """CR512: on what condition it was measured."""
    findings: tuple[str, ...] = ()
    """CR513 to 15."""
    portable_flow: Decimal | None = None
    delivery: str = ""
    """CR517."""
    portable: str = ""
    """CR518: a further system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeHealth:
    """CR6: home health care."""

    prognosis: str = ""
    started: date | None = None
    certified: Period | None = None
    """CR604: the certification period."""
    certification_type: str = ""
    """CR608, as UM02."""
    surgery: date | None = None
    surgery_qualifier: str = ""
    surgery_code: str = ""
    ordered: date | None = None
    last_visit: date | None = None
    physician_contact: date | None = None
    last_stay: Period | None = None
    """CR616."""
    facility: str = ""
    """CR617: where the patient was."""


_CRC: Final = Form("CRC", category=text(1), applies=choice(2, "Y", "N"), codes=run(3, 7))
_CL1: Final = Form("CL1", admission_type=text(1), admission_source=text(2), patient_status=text(3), nursing_home_status=text(4))
_CR1: Final = Form(
    "CR1",
    weight=quantity(1, 2), kind=text(3), reason=text(4), distance=quantity(5, 6), round_trip=text(9), stretcher=text(10),
)  # fmt: skip
_CR2: Final = Form(
    "CR2",
    treatment=count(1), treatments=amount(2), first_level=text(3), last_level=text(4), condition=text(8), complication=text(9),
    description=text(10), more=text(11), x_rays=text(12),
)  # fmt: skip
_CR5: Final = Form(
    "CR5",
    equipment=text(3), more_equipment=text(4), reason=text(5), flow=amount(6), times_a_day=amount(7), hours=amount(8),
    therapist=text(9), arterial_gas=amount(10), saturation=amount(11), test=text(12), findings=run(13, 15),
    portable_flow=amount(16), delivery=text(17), portable=text(18),
)  # fmt: skip
_CR6: Final = Form(
    "CR6",
    {7: "W"},
    prognosis=text(1), started=bare_day(2), certified=dates(3, 4), certification_type=text(8), surgery=bare_day(9),
    surgery_qualifier=text(10), surgery_code=text(11), ordered=bare_day(12), last_visit=bare_day(13),
    physician_contact=bare_day(14), last_stay=dates(15, 16), facility=text(17),
)  # fmt: skip


_ONE_EACH: Final = (
    ("stay", Stay, _CL1),
    ("ambulance", Ambulance, _CR1),
    ("chiropractic", Chiropractic, _CR2),
    ("oxygen", Oxygen, _CR5),
    ("home_health", HomeHealth, _CR6),
)
_SEGMENTS: Final = frozenset({_CRC.id, *(form.id for _, _, form in _ONE_EACH)})


def read_clinical(loop: Loop) -> dict[str, Any]:
    """What a patient event says, as fields of an event."""
    if not loop.has(_SEGMENTS):
        return {}
    found: dict[str, Any] = {name: read_one(form, record, loop.first(form.id)) for name, record, form in _ONE_EACH}
    return found | {"conditions": tuple(Condition(**_CRC.read(segment)) for segment in loop.every("CRC"))}


def write_clinical(event: object, d: Delimiters, path: str) -> list[Segment]:
    """The segments of an event that has these fields, in their order."""
    conditions: tuple[Condition, ...] = getattr(event, "conditions")  # noqa: B009 - as with those below
    segments = [s for n, condition in enumerate(conditions) for s in _CRC.write(condition, d, f"{path}.conditions[{n}]")]
    for name, _, form in _ONE_EACH:
        record = getattr(event, name)
        if record is not None:
            segments += form.write(record, d, f"{path}.{name}")
    return segments

"""What an authorization offers to claims: each service that it answers, and a stay that it certifies as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from edi.frozen import changed, quick
from edi.records.authorization import Authorization, CertifiedService, Decision
from edi.records.certification import RESERVATION
from edi.records.services import Period, Quantity

ADMISSION: Final = "AR"
"""UM01 of an admission review: what is certified is the stay."""
REFERRAL: Final = "referral"
POSITIVE: Final = frozenset({Decision.CERTIFIED, Decision.MODIFIED})
"""Decisions that certify a service. Of one that is certified in part it is not known what is."""
EVENT: Final = -1
"""The position of a stay whose services are all procedures."""


@quick
@dataclass(frozen=True, slots=True)
class Offer:
    """One service of an authorization, by its position, that a claim may be about."""

    authorization: Authorization
    position: int
    service: CertifiedService

    @property
    def key(self) -> str:
        """What uses are counted by."""
        return key_of(self.authorization)

    @property
    def number(self) -> str:
        """What goes into REF*G1, byte for byte; the outer blanks of an element are not part of it."""
        return (self.service.number or self.authorization.number).strip()

    @property
    def stay(self) -> bool:
        """Whether what is certified is an inpatient stay, not a procedure."""
        admits = self.authorization.category == ADMISSION or self.authorization.admission is not None
        return admits and self.service.procedure is None

    @property
    def label(self) -> str:
        """What a person calls the authorization: its number, else what else it is known by."""
        authorization = self.authorization
        return self.number or authorization.administrative_reference or next(iter(authorization.traces), "") or self.key


def key_of(authorization: Authorization) -> str:
    """The authorization's key; for one that was only read its number, else its trace or reference."""
    if authorization.key:
        return authorization.key
    service = next((s.number for s in authorization.services if s.number), "")
    trace = next(iter(authorization.traces), "")
    return authorization.number or service or trace or authorization.request_reference


def offers(authorization: Authorization) -> tuple[Offer, ...]:
    """All that an authorization offers. One without services offers what it answers as a whole; a reservation, nothing.

    Nor does a service offer anything that is of another kind than its event, such as a referral beside what is authorized.
    """
    if authorization.category == RESERVATION:
        return ()
    if not authorization.services:
        return (Offer(authorization, 0, whole(authorization)),)
    found = [
        Offer(authorization, n, _inheriting(service, authorization))
        for n, service in enumerate(authorization.services)
        if not service.category
    ]
    if authorization.category != ADMISSION:
        return tuple(found)
    stays = [offer for offer in found if offer.stay]
    if not stays:
        return (*found, Offer(authorization, EVENT, whole(authorization)))
    return (*(offer for offer in found if not offer.stay), *_together(stays))


def numbers(authorization: Authorization) -> set[str]:
    """The numbers of what an authorization offers."""
    if authorization.category in (ADMISSION, RESERVATION) or not authorization.services:
        return {offer.number for offer in offers(authorization)}
    return {(service.number or authorization.number).strip() for service in authorization.services if not service.category}


def _inheriting(service: CertifiedService, authorization: Authorization) -> CertifiedService:
    """A service with what the event says where the service is silent; the days of a stay are not a procedure's."""
    changes: dict[str, Any] = {}
    if service.period is None and authorization.period is not None:
        changes["period"] = authorization.period
    if not service.place and authorization.place:
        changes.update(place=authorization.place, place_qualifier=authorization.place_qualifier)
    amounts = service.quantity or service.pattern or not (authorization.quantity or authorization.pattern)
    if not amounts and (authorization.category != ADMISSION or service.procedure is None):
        changes.update(quantity=authorization.quantity, pattern=authorization.pattern)
    return changed(service, **changes) if changes else service


def whole(authorization: Authorization) -> CertifiedService:
    """An event as a service. An admission that is certified in part certifies the stay, if any of its services is certified."""
    decision = authorization.decision
    if decision is Decision.PARTLY_CERTIFIED and any(s.decision in POSITIVE for s in authorization.services):
        decision = Decision.CERTIFIED
    return CertifiedService(
        decision=decision,
        number=authorization.number,
        service_type=authorization.service_type,
        period=authorization.period,
        quantity=authorization.quantity,
        pattern=authorization.pattern,
        place=authorization.place,
        place_qualifier=authorization.place_qualifier,
        providers=authorization.providers,
        reasons=authorization.reasons,
        rejections=authorization.rejections,
    )


def _together(stays: Sequence[Offer]) -> Iterator[Offer]:
    """A stay that was extended under the same number is one, with the dates and days of all its parts."""
    certified = [offer for offer in stays if offer.service.decision in POSITIVE]
    yield from (offer for offer in stays if offer.service.decision not in POSITIVE)
    for number in dict.fromkeys(offer.number for offer in certified):
        first, *more = [offer for offer in certified if offer.number == number]
        service = first.service
        for offer in more:
            service = changed(
                service,
                period=_span(service.period, offer.service.period),
                quantity=_sum(service.quantity, offer.service.quantity),
                pattern=None,
            )
        yield Offer(first.authorization, first.position, service)


def _span(one: Period | None, other: Period | None) -> Period | None:
    if one is None or other is None:
        return one or other
    return Period(start=min(one.start, other.start), end=max(one.end, other.end))


def _sum(one: Quantity | None, other: Quantity | None) -> Quantity | None:
    """Both amounts; None, so no limit that could be named, where one has none or another unit."""
    if one is None or other is None or one.unit != other.unit:
        return None
    return Quantity(unit=one.unit, amount=Decimal(one.amount + other.amount))

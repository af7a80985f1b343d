"""The shape that a payer's rule gives its numbers (`number like "..."`): what is said of a number that has another.

Such a number is kept, and written as it was certified: payers change their numbers before anybody changes the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from edi.frozen import changed
from edi.guides.rules.requirement import RequirementRule
from edi.linkage.amending import POSITIVE
from edi.linkage.offers import REFERRAL, whole
from edi.linkage.placement import Outcome
from edi.linkage.requirements import Query, payer_in, requirement
from edi.linkage.terms import Requirement
from edi.records.authorization import Authorization, CertifiedService


def misshapen(number: str, shape: str) -> bool:
    """Whether a number has not the shape that is asked for; "" asks for none."""
    return bool(shape and number and not re.fullmatch(shape, number.strip()))


def with_shape(outcome: Outcome, requirement: Requirement | None) -> Outcome:
    """What a line came to, with a word on the number that it carries or keeps."""
    stands = outcome.carried or outcome.number == outcome.subject.held
    if requirement is None or not stands or not misshapen(outcome.number, requirement.shape):
        return outcome
    said = f"{outcome.number} has not the shape of this payer's numbers by the rule that asks for one."
    return changed(outcome, reasons=(*outcome.reasons, said))


def misshapen_numbers(record: Authorization, rules: Sequence[RequirementRule]) -> Iterator[str]:
    """A sentence for each number under which a service is certified, and which has not the shape of its payer's rule.

    Of an answer that names no service the rule is not known: nothing is said of its number.
    """
    payer = payer_in(rules, record.payer.id, record.payer.name)
    found: dict[str, str] = {}
    for service in record.services or (whole(record),):
        number = service.number or record.number
        if service.decision in POSITIVE:
            rule = requirement(_query(service, payer), rules, referral=record.kind == REFERRAL).rule
            if rule is not None and misshapen(number, rule.number):
                found[number] = f"The number {number} has not the shape that rule {rule.name} gives this payer's numbers."
    yield from found.values()


def _query(service: CertifiedService, payer: str) -> Query:
    return Query(
        payer=payer,
        procedure=service.procedure.code if service.procedure else "",
        modifiers=service.procedure.modifiers if service.procedure else (),
        place=(service.place if service.place_qualifier == "B" else "") or None,
        on=service.period.start if service.period else None,
    )

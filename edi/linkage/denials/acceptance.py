"""Whether what was sent came in: what TA1, 999 and 277CA say of an interchange, of a transaction set, of one claim.

What is rejected was never adjudicated: it is mended and sent again as new (frequency 1, no REF*F8), for there is no payer's claim
number that a replacement could name (linkage reference, sections 7.3 and 8.1). A request (278) that is rejected was never
processed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from edi.records.acknowledgment import REJECTED as SET_REJECTED
from edi.records.acknowledgment import GroupAnswer, InterchangeAnswer, SetAnswer
from edi.records.claim_acknowledgment import REFUSED, ClaimBatch, ClaimStatus, ProviderStatus, StatusInformation
from edi.records.received import Acknowledgment

INTERCHANGE, GROUP, BATCH = "TA1", "999", "277CA"
"""The acknowledgments, from the first that is written to the last."""
SOURCES: Final = (INTERCHANGE, GROUP, BATCH)
ACCEPTED, REJECTED, RECEIVED = "accepted", "rejected", "received"
"""`received` decides nothing: it came in, or was forwarded."""
RESEND: Final = "Never adjudicated: mend it by the reasons given, and send it again as new (frequency 1, no REF*F8)."
CLAIMS, REVIEWS = "837", "278"
"""The sets that were sent (ST01), of which an answer may speak."""
_SETS: Final = {"HC": CLAIMS, "HI": REVIEWS}
"""By what a group holds (GS01)."""
_TAKEN: Final = "A2"
_REFUSALS: Final = frozenset({"A3", "A4", "A6", "A7", "A8"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAnswer:
    """What an acknowledgment says of one claim, or of all claims (or reviews that are asked for) of what it names."""

    source: str
    """TA1, 999 (also for a 997), 277CA."""
    control: str
    """Of what was sent: ISA13 (TA1), GS06 (999), BHT03 of the 837 (277CA)."""
    transaction: str = ""
    """ST02 (999); "" for all of the group."""
    claim: str = ""
    """CLM01 (277CA); "" for all of the batch."""
    result: str
    """accepted, rejected, received."""
    codes: tuple[str, ...] = ()
    """Why: TA105, AK905 or IK502, or of each STC the category, status and entity: A7:562:85."""
    payer_claim: str = ""
    """REF*1K."""
    provider: str = ""
    """The billing provider's NPI (2000C)."""
    member: str = ""
    """The patient's member id (2000D)."""
    charge: Decimal | None = None
    """STC04."""
    sent: datetime | None = None
    """The moment (ISA09, ISA10) of the interchange that a TA1 answers."""
    set: str = CLAIMS
    """837, or 278 (999 alone); a TA1 speaks of both."""
    version: str = ""
    """AK103: GS08 of the group (999)."""


def claim_answers(acknowledgment: Acknowledgment) -> Iterator[ClaimAnswer]:
    """What an acknowledgment says of claims and reviews. Of a group that holds neither (AK101) nothing is said."""
    if isinstance(acknowledgment, InterchangeAnswer):
        yield _of_interchange(acknowledgment)
    elif isinstance(acknowledgment, ClaimBatch):
        yield from _of_batch(acknowledgment)
    elif (of := _SETS.get(acknowledgment.group)) is not None:
        yield from (replace(answer, set=of, version=acknowledgment.version) for answer in _of_group(acknowledgment))


def _of_interchange(answer: InterchangeAnswer) -> ClaimAnswer:
    rejected = answer.result == SET_REJECTED
    return ClaimAnswer(
        source=INTERCHANGE,
        control=answer.control,
        result=REJECTED if rejected else ACCEPTED,
        codes=(answer.note,) if rejected else (),
        sent=_moment(f"{answer.date} {answer.time}"),
    )


def _moment(said: str) -> datetime | None:
    """They name no zone; UTC stands for "as written"."""
    try:
        return datetime.strptime(said, "%y%m%d %H%M").replace(tzinfo=UTC)
    except ValueError:
        return None


def _of_group(group: GroupAnswer) -> Iterator[ClaimAnswer]:
    """A group that is rejected takes all its sets with it; one that names no set speaks of all of them."""
    if group.result == SET_REJECTED or not group.sets:
        rejected = group.result == SET_REJECTED
        codes = (*group.codes, *(code for one in group.sets for code in one.codes))
        result = REJECTED if rejected else ACCEPTED
        yield ClaimAnswer(source=GROUP, control=group.control, result=result, codes=tuple(dict.fromkeys(codes)))
        return
    yield from (_of_set(group, one) for one in group.sets)


def _of_set(group: GroupAnswer, one: SetAnswer) -> ClaimAnswer:
    # Without IK5 nothing was decided about it.
    result = ACCEPTED if one.accepted else REJECTED if one.result else RECEIVED
    return ClaimAnswer(source=GROUP, control=group.control, transaction=one.control, result=result, codes=one.codes)


def _of_batch(batch: ClaimBatch) -> Iterator[ClaimAnswer]:
    """Each claim that is named; and where the batch or a provider is refused as a whole, all claims that are not."""
    if not batch.providers and batch.statuses:
        yield ClaimAnswer(source=BATCH, control=batch.batch, result=_result(batch.statuses), codes=_codes(batch.statuses))
    for provider in batch.providers:
        if not provider.patients and _result(provider.statuses) == REJECTED:
            yield _of_provider(batch, provider)
        for patient in provider.patients:
            for claim in patient.claims:
                yield _of_claim(batch, provider, patient.patient.member_id, claim)


def _of_provider(batch: ClaimBatch, provider: ProviderStatus) -> ClaimAnswer:
    return ClaimAnswer(
        source=BATCH,
        control=batch.batch,
        result=REJECTED,
        codes=_codes(provider.statuses),
        provider=provider.provider.npi or provider.provider.id,
    )


def _of_claim(batch: ClaimBatch, provider: ProviderStatus, member: str, claim: ClaimStatus) -> ClaimAnswer:
    statuses = (*claim.statuses, *(status for line in claim.lines for status in line.statuses))
    return ClaimAnswer(
        source=BATCH,
        control=batch.batch,
        claim=claim.id,
        result=REJECTED if claim.refused else _result(claim.statuses),
        codes=_codes(statuses),
        payer_claim=claim.payer_number,
        provider=provider.provider.npi,
        member=member,
        charge=next((status.amount for status in claim.statuses if status.amount is not None), None),
    )


def _result(statuses: tuple[StatusInformation, ...]) -> str:
    """A refusal by category or action; taken by its category alone, for WQ stands beside a mere receipt too."""
    if any(status.category in _REFUSALS or status.action == REFUSED for status in statuses):
        return REJECTED
    return ACCEPTED if any(status.category == _TAKEN for status in statuses) else RECEIVED


def _codes(statuses: tuple[StatusInformation, ...]) -> tuple[str, ...]:
    parts = ((status.category, status.code, status.entity) for status in statuses)
    further = (more for status in statuses for more in status.further)
    return tuple(dict.fromkeys(":".join(part for part in one if part) for one in (*parts, *further)))

"""What is decided about in a claim: its lines, or the stay, each with the number that stands for it."""

from __future__ import annotations

from collections.abc import Sequence

from edi.frozen import changed
from edi.linkage.evidence import Evidence, Subject
from edi.linkage.offers import REFERRAL
from edi.linkage.placement import LINE
from edi.linkage.stays import inpatient
from edi.linkage.terms import Terms
from edi.records.claim import Claim, HeldNumber


def subjects_of(claim: Claim, terms: Terms) -> list[Subject]:
    """The lines of a claim, or its stay, with the numbers of `terms.kind`."""
    if terms.kind == REFERRAL:
        at_claim = [claim.referral.strip()] if claim.referral.strip() else []
    else:
        at_claim = list(dict.fromkeys(n.strip() for n in claim.authorizations or (claim.authorization,) if n.strip()))
    held, held_at, crowded = at_claim[0] if at_claim else "", terms.loop if at_claim else "", len(at_claim) > 1
    if inpatient(claim) or not claim.lines:
        return [Subject(claim=claim, held=held, held_at=held_at, crowded=crowded)]
    found = []
    for line in claim.lines:
        own = _to_destination(line.referrals if terms.kind == REFERRAL else line.authorizations, claim)
        if own:
            found.append(Subject(claim=claim, line=line, held=own[0], held_at=LINE, crowded=len(own) > 1))
        else:
            found.append(Subject(claim=claim, line=line, held=held, held_at=held_at, crowded=crowded))
    return found


def _to_destination(held: Sequence[HeldNumber], claim: Claim) -> list[str]:
    """A line's numbers of the payer that the claim goes to: without REF04, or with that payer's id in it."""
    ours = [number.value.strip() for number in held if number.payer_id in ("", claim.payer.id)]
    return list(dict.fromkeys(number for number in ours if number))


def concerned(subjects: list[Subject], evidence: list[list[Evidence]], numbers: set[str], loop: str) -> list[Subject]:
    """The claim's number (`loop`) stands for the lines that it fits; else for those that it is near, else for all.

    A number at the claim is right when it fits one line: an office visit beside an authorized treatment needs no other.
    """
    held = next((s.held for s in subjects if s.held_at == loop), "")
    if not held:
        return subjects
    judged = [
        [e for e in found if s.held_at == loop and (held not in numbers or e.offer.number == held)]
        for s, found in zip(subjects, evidence, strict=True)
    ]
    for lines in ([any(e.fits for e in found) for found in judged], [any(e.near for e in found) for found in judged]):
        if any(lines):
            freed = zip(subjects, lines, strict=True)
            return [s if mine or s.held_at != loop else changed(s, held="", held_at="") for s, mine in freed]
    return subjects

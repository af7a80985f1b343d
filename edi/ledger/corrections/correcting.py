"""Claims that were sent, with what became of them, made the claims that mend them.

Nothing here says that a correction was sent: that is known when its 837 is taken. What it is granted is reserved for it, as
when a claim is linked.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlmodel import Session

from edi.errors import ERROR, Problem, RecordError
from edi.guides.document import Unit
from edi.guides.validation import validate
from edi.ledger import series
from edi.ledger.candidates import Finder
from edi.ledger.corrections.answered import KeptClaim, claims_called, claims_kept, claims_of_work, unknown
from edi.ledger.corrections.given import Given, given, where
from edi.ledger.storing import Writer
from edi.ledger.using import keep
from edi.linkage.denials.correction import CorrectionPlan, Instrument, Refusal, course, refused, same_claim, with_changes
from edi.linkage.linking import link_units, save
from edi.linkage.terms import Terms
from edi.linkage.verdict import Row, money
from edi.records.authorization import Authorization
from edi.records.claim import Claim, claim_of
from edi.records.correcting import differing, recast
from edi.records.single import Batch, batches, read_single
from edi.text.segments import Source

_GUIDE: Final = 2
"""The level up to which a 999 judges."""
_SOME_DAY: Final = datetime(2026, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What became of one claim: the instrument that mends it, or why there is none."""

    claim: str
    """CLM01."""
    plan: CorrectionPlan
    rows: tuple[Row, ...] = ()
    """What linking says of it."""
    amount: Decimal = Decimal(0)
    interchange: str = ""
    """ISA13 of what is to be sent, and ST02."""
    transaction: str = ""

    @property
    def written(self) -> bool:
        """Whether there is something to send."""
        return self.plan.instrument is not None

    def to_json(self) -> dict[str, Any]:
        """The claim as in reports; what is absent is None."""
        plan = self.plan
        return {
            "claim": self.claim,
            "instrument": plan.instrument.value if plan.instrument else None,
            "frequency": plan.frequency or None,
            "original": plan.original or None,
            "refused": plan.refusal.value if plan.refusal else None,
            "reasons": list(plan.reasons),
            "link": [row.to_json() for row in self.rows],
            "amount": money(self.amount),
            "interchange": self.interchange or None,
            "transaction": self.transaction or None,
        }


@dataclass(frozen=True, slots=True)
class Corrected:
    """Claims that were to be corrected, each with what became of it, and the 837 of those that can be."""

    claims: tuple[Correction, ...]
    data: bytes = field(default=b"", repr=False)
    problems: tuple[Problem, ...] = ()
    """Where the file is cut off in which the claims stand (see `edi.errors.Problem`)."""

    def to_json(self) -> dict[str, Any]:
        """The report, version 1, without its problems."""
        return {"version": 1, "claims": [one.to_json() for one in self.claims]}

    def write(self, target: str | Path | BinaryIO) -> None:
        """Write the 837, as `Linked.write` does. Where no claim can be corrected it is empty."""
        save(io.BytesIO(self.data), target)


def correct(
    session: Session,
    names: Sequence[str],
    terms: Terms,
    *,
    now: datetime,
    void: bool = False,
    source: Source | None = None,
) -> Corrected:
    """The claims (CLM01, or the payer's numbers) as they are mended, in an 837 made at `now`, numbered by the ledger.

    The session alone writes. `source` is an 837 in which the claims stand as they are to be sent; without it their bytes are
    those that were sent.
    """
    names = claims_of_work(session, names)
    called = claims_called(session, names)
    file = given(session, source, set(called.values())) if source is not None else None
    kept = claims_kept(session, called, file.single if file else {})
    made = [_Made(called[name], kept.get(name), file) for name in dict.fromkeys(names)]
    for one in made:
        if one.kept is None:
            one.plan = unknown(session, one.name)
        else:
            one.begin(one.kept, terms, void=void)
    waiting = [one for one in made if one.unit is not None]
    find = Finder(session, linking=True)
    near = find([claim_of(one.unit) for one in waiting if one.unit is not None]) if waiting else []
    writer = Writer(session, interchange=None, now=None)
    for one, candidates in zip(waiting, near, strict=True):
        if one.plan.instrument is not Instrument.VOID and one.link(find, candidates, terms):
            keep(session, writer, find, ruled=terms.required is not None)
    sent = {id(one.unit): one for one in made if one.unit is not None and one.plan.instrument is not None}
    data = b""
    for batch in batches(one.unit for one in sent.values() if one.unit is not None):
        number = _number(session, batch)
        data += batch.write(number, now)
        for count, unit in enumerate(batch.claims, 1):
            sent[id(unit)].place = f"{number:09d}", f"{count:04d}"
    return Corrected(tuple(one.told() for one in made), data, tuple(file.problems) if file else ())


@dataclass(slots=True)
class _Made:
    """One claim on its way to be mended."""

    name: str
    kept: KeptClaim | None
    file: Given | None
    """What a person gave, where a file was named."""
    plan: CorrectionPlan = field(default_factory=CorrectionPlan)
    unit: Unit | None = None
    """The claim as it is to be sent; None where it is not."""
    rows: tuple[Row, ...] = ()
    place: tuple[str, str] = ("", "")

    def begin(self, kept: KeptClaim, terms: Terms, *, void: bool) -> None:
        """Choose the instrument, and make the claim what it is to be, so far as linking is not asked."""
        claim = kept.history.claim
        self.plan = course(kept.history, void=void, agreed=terms.matching.of(claim))
        if self.plan.instrument is None:
            return
        try:
            self.unit = self._unit(kept)
            if self.unit is not None:
                recast(self.unit, frequency=self.plan.frequency, original=self.plan.original)
        except RecordError as error:
            self.plan, self.unit = refused(Refusal.NO_BYTES, str(error)), None

    def _unit(self, kept: KeptClaim) -> Unit | None:
        """The claim's bytes: those that were given, else those that were sent."""
        if self.file is None:
            if kept.text is None:
                why = "Its bytes are not kept: it was taken by an older version, or as a record. --from names a file that has it."
                self.plan = refused(Refusal.NO_BYTES, why)
                return None
            return read_single(kept.text)
        unit, cut = self.file.of(self.name, kept.history.claim)
        if unit is None:
            several = "Several bills in the file that was named have its number, and none of them its statement dates."
            none = f"It is not in the file that was named.{where(self.file.problems)}"
            self.plan = refused(Refusal.NO_BYTES, several if self.name in self.file.claims else none)
            return None
        if cut is not None:
            why = f"The file that was named is cut off behind it, at byte {cut.offset}: more of it may have been there."
            self.plan = refused(Refusal.NO_BYTES, why)
            return None
        if not same_claim(kept.history.claim, claim_of(unit)):
            why = "What has its number in the file is another claim: another provider's, payer's or patient's."
            self.plan = refused(Refusal.OTHER_CLAIM, why)
            return None
        return unit

    def link(self, find: Finder, candidates: Sequence[Authorization], terms: Terms) -> bool:
        """Put the numbers where they belong; whether that, or anything else, makes it worth sending."""
        assert self.unit is not None and self.kept is not None
        before, tried = find.usage, find.usage.copy()
        (passed,) = link_units([self.unit], lambda claims: [candidates], tried, terms)
        self.rows = passed.rows
        self.plan = with_changes(self.plan, passed.rows, passed.beside, candidates, self._differs(self.kept))
        if self.plan.rejected is not None and not self.plan.rejected.of_claim:
            self._see_that_it_is_valid()
        find.usage = before if self.plan.instrument is None else tried
        return self.plan.instrument is not None

    def _see_that_it_is_valid(self) -> None:
        """What was rejected with a whole file may be what was wrong in it: then it would be rejected again."""
        assert self.unit is not None
        faults = validate(Batch((self.unit,)).write(1, _SOME_DAY), level=_GUIDE).problems
        if errors := [fault for fault in faults if fault.severity == ERROR]:
            codes = ", ".join(dict.fromkeys(fault.code for fault in errors))
            said = f"It would be rejected again: edi-validate finds {codes}. --from names a file in which it is mended."
            self.plan = refused(Refusal.NOTHING_CHANGED, *self.plan.reasons[:1], said)

    def _differs(self, kept: KeptClaim) -> tuple[str, ...] | None:
        """In which segments a claim that was given is not as it was sent; None where it is what was sent."""
        unit = self.file.of(self.name, kept.history.claim)[0] if self.file else None
        if unit is None:
            return None
        if kept.text is not None:
            return differing(read_single(kept.text), unit)
        return () if _as_sent(claim_of(unit)) == _as_sent(kept.history.claim) else ("loop 2300",)

    def told(self) -> Correction:
        amount = self.kept.history.claim.charge if self.kept else Decimal(0)
        return Correction(
            claim=self.name, plan=self.plan, rows=self.rows, amount=amount, interchange=self.place[0], transaction=self.place[1]
        )


def _as_sent(claim: Claim) -> Claim:
    """A claim without what a correction writes, and where it stands."""
    return replace(claim, transaction="", offset=0, frequency="", original="")


def _number(session: Session, batch: Batch) -> int:
    return series.next_number(session, batch.sender, batch.receiver, batch.usage)

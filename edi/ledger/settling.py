"""What follows from records that were just taken: units used by claims, findings in payments, work.

Claims use units as they come. When an authorization comes after its claims, or changes, they are decided anew in the order in
which they were sent, and so they are when one comes late; when a claim or an authorization comes after its payment, that is
judged anew, and what acknowledgments say is tied anew when claims come after them: so that the order of arrival makes no
difference.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlmodel import Session, col

from edi.ledger.accepting import concerning, place, settle_rejections
from edi.ledger.answer_tables import ClaimAnswerRow
from edi.ledger.bills import naming
from edi.ledger.foreseen import Sent, called, keep_foreseen
from edi.ledger.payments.judging import judge
from edi.ledger.payments.matched import Judged, PaymentReport
from edi.ledger.payments.taking_back import TakenBack, settle_taken_back
from edi.ledger.questions import NAMES, chunks
from edi.ledger.refusing import settle_refusals
from edi.ledger.sendings import came_late
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import Writer, claim_key
from edi.ledger.tables import ClaimRow, PaymentRow
from edi.ledger.using import claims_beside, use, use_again, use_near
from edi.ledger.work.answered import settle_requests
from edi.ledger.work.worklist import settle_sent
from edi.linkage.denials.pairing import LENGTHENED
from edi.linkage.terms import PayerRules
from edi.linkage.verdict import Row
from edi.records.claim import AGAIN, Claim

_SET: Final = 500
_ANY_PAYMENT: Final = select(col(PaymentRow.id)).limit(1)
_UNSURE: Final = select(col(PaymentRow.id), col(PaymentRow.member_key)).where(col(PaymentRow.claim_id).is_(None))
"""The payments of which it is not sure what they answer."""
_ANY_UNSURE: Final = _UNSURE.limit(1)
_UNSURE_OF: Final = select(col(PaymentRow.id)).where(
    one_of(col(PaymentRow.payer_claim), "numbers"), col(PaymentRow.claim_id).is_(None)
)
_PEOPLE: Final = select(col(ClaimRow.member_key)).where(one_of(col(ClaimRow.id), "ids"))
_NUMBERS_TOLD: Final = select(col(ClaimAnswerRow.payer_claim), col(ClaimAnswerRow.claim_id)).where(
    one_of(col(ClaimAnswerRow.claim_id), "ids"), col(ClaimAnswerRow.payer_claim) != ""
)
_PAYMENTS_OF: Final = select(col(PaymentRow.id)).where(
    or_(one_of(col(PaymentRow.claim_id), "ids"), one_of(col(PaymentRow.claim_key), "keys"))
)


@dataclass(slots=True)
class _Learnt:
    """What judging payments told."""

    numbers: dict[str, int]
    """The payers' claim numbers of which it is sure whose they are, with a claim of each."""
    claims: dict[int, str] = field(default_factory=dict)
    """The claims (with their keys) that were decided anew, for others gave back what they used or took it again."""
    payments: dict[int, PaymentReport] = field(default_factory=dict)
    """What is told of those that deny or cut something, or answer no claim that is known."""


class Settling:
    """Collects what one transaction takes; `finish` brings all that depends on it up to date."""

    def __init__(
        self,
        session: Session,
        now: datetime | None,
        required: PayerRules | None = None,
        judged: Callable[[int], object] = lambda _: None,
    ) -> None:
        """`required` are the rules of payers, by which it is decided what claims use; `judged` is told of each payment (1)."""
        self._session, self._now, self._required, self._told = session, now, required, judged
        self._writer = Writer(session, interchange=None, now=now)
        self._authorizations: dict[int, None] = {}
        self._claims: dict[int, str] = {}
        self._sent: set[int] = set()
        self._people: set[str] = set()
        """What payments may call the people of these claims by (`member_key`)."""
        self._answers: set[int] = set()
        self._interchanges: set[int] = set()
        self._payments: dict[int, int] = {}
        """Each with the claim that is known to be its pair (see `edi.ledger.payments.pairs`), else 0."""
        self._compared: dict[int, Judged] = {}
        self._taken_back = TakenBack(session)
        self.astray: set[int] = set()
        """After `finish`: the answers that are about nothing on file."""

    def authorizations(self, ids: Collection[int]) -> None:
        """Authorizations that are new, or had a message."""
        self._authorizations.update(dict.fromkeys(ids))

    def claims(self, ids: Sequence[int], batch: Sequence[Claim]) -> None:
        """Claims that were sent, the latest ones."""
        self._came(ids, [claim_key(claim.id) for claim in batch], (name for claim in batch for name in called(claim)))
        decided: list[Row] = []
        looked_at = use(self._session, self._writer, batch, required=self._required, decided=decided)
        self._used(ids, looked_at, decided)
        if again := [claim for claim in batch if claim.frequency in AGAIN]:
            # What these give back is not among what was used when others were sent: their payments are judged by that.
            self._claims.update(claims_beside(self._session, again))
            self._taken_back.payment(filter(None, (claim.original for claim in again)), reverses=False)

    def foreseen(self, ids: Sequence[int], sent: Sent) -> None:
        """The same of claims of which it was decided before what they use, and that nobody is given anything back by."""
        self._came(ids, [claim.key for claim, _ in sent.claims], sent.uses.people)
        keep_foreseen(self._session, self._writer, sent.uses, ruled=self._required is not None)
        self._used(ids, sent.uses.looked_at, sent.uses.decided)

    def _came(self, ids: Sequence[int], keys: Sequence[str], people: Iterable[str]) -> None:
        self._claims.update(zip(ids, keys, strict=True))
        self._sent.update(ids)
        self._people.update(people)

    def _used(self, ids: Sequence[int], looked_at: Collection[int], decided: Iterable[Row]) -> None:
        settle_sent(self._writer, self._session, decided, self._now)
        if looked_at and came_late(self._session, ids):
            self.authorizations(sorted(looked_at))  # what was sent before goes before, whenever it comes

    def answers(self, ids: Iterable[int]) -> None:
        """What acknowledgments said of what was sent."""
        self._answers.update(ids)

    def payments(self, ids: Sequence[int], pairs: Sequence[int] = (), compared: Sequence[Judged | None] = ()) -> None:
        """Payments that came in, with the claims that are known to be their pairs (0: none is); or that are asked about.

        `compared` has what came of each that was compared with its pair by what the ledger knew before all of this.
        """
        self._compared.update((id, replace(one, id=id)) for id, one in zip(ids, compared, strict=False) if one is not None)
        self._payments.update(zip(ids, pairs, strict=True) if pairs else ((id, 0) for id in ids if id not in self._payments))

    def interchanges(self, ids: Sequence[int]) -> None:
        """Interchanges: their remittances may have taken something back beside their claims, and answers may be about them."""
        self._taken_back.beside(ids)
        self._interchanges.update(ids)

    def finish(self) -> list[PaymentReport]:
        """Bring everything up to date that depends on what came.

        Gives what is told of the payments that were collected, as far as they deny or cut something, or answer no claim that is
        known.
        """
        about = concerning(self._session, self._sent, self._interchanges)
        concerned, answered, astray = place(self._session, self._answers | about)
        self.astray = astray & self._answers
        self.authorizations(settle_refusals(self._session, self._writer, self._authorizations, answered))
        self._claims.update(use_again(self._session, self._writer, list(self._authorizations), self._required))
        self._claims.update(settle_rejections(self._session, self._writer, concerned | self._sent, self._now, self._required))
        late = (self._payments_of(self._claims) | self._payments_perhaps(self._people)) - self._payments.keys()
        told = _Learnt(dict(self._numbers_told(concerned)))
        self._judge(late, told)
        self._judge(self._payments, told)
        # What was learnt from these may be of use to others: whose number it is, and what was given back.
        known: set[str] = set()
        while (new := {number: claim for number, claim in told.numbers.items() if number not in known}) or told.claims:
            again = self._payments_of(told.claims) | self._payments_named(new)
            known |= new.keys()
            told.claims = {}
            if replacing := naming(self._session, new):
                told.claims = use_near(self._session, self._writer, replacing, self._required)
            self._judge(again, told)
        settle_taken_back(self._session, self._writer, self._taken_back.claims(), self._now, self._required)
        settle_requests(self._writer, self._session, self._authorizations, self._now)
        return [told.payments[id] for id in sorted(told.payments)]

    def _judge(self, payments: Iterable[int], told: _Learnt) -> None:
        found = judge(
            self._session,
            self._writer,
            list(payments),
            self._now,
            self._required,
            again=told.claims,
            pair_of=self._pair_of,
            compared_before=self._compared_before,
        )
        for one in found:
            self._told(1)
            told.payments.pop(one.id, None)
            self._taken_back.payment(one.called, one.reverses)
            if one.id in self._payments and isinstance(one, Judged) and (what := one.told) is not None:
                told.payments[one.id] = what
            if one.claim_id is not None and one.payer_claim:
                told.numbers.setdefault(one.payer_claim, one.claim_id)

    def _compared_before(self, payment: int) -> Judged | None:
        """What was found before, for one time: when it is judged again more is known."""
        return self._compared.pop(payment, None)

    def _pair_of(self, payment: int) -> int:
        return self._payments.get(payment, 0)

    def _payments_named(self, payer_claims: Mapping[str, int]) -> set[int]:
        """The payments of which it is not sure what they answer, with these payers' claim numbers, or of the claims' people.

        Another number of the payer's may follow upon one of these (REF*F8).
        """
        if not payer_claims or ask(self._session, _ANY_UNSURE).first() is None:
            return set()
        found: set[int] = set()
        for numbers in chunks(sorted(payer_claims), NAMES):
            found.update(ask(self._session, _UNSURE_OF, numbers=numbers).scalars())
        return found | self._payments_perhaps(self._people_of(payer_claims.values()))

    def _people_of(self, claims: Iterable[int]) -> set[str]:
        people: set[str] = set()
        for ids in chunks(sorted(set(claims)), _SET):
            people.update(ask(self._session, _PEOPLE, ids=ids).scalars())
        return people

    def _numbers_told(self, claims: Iterable[int]) -> Iterable[tuple[str, int]]:
        """The payer's claim numbers that acknowledgments tell of claims."""
        for ids in chunks(sorted(claims), NAMES):
            yield from ((number, claim) for number, claim in ask(self._session, _NUMBERS_TOLD, ids=ids))

    def _payments_perhaps(self, people: set[str]) -> set[int]:
        """Payments of which it is not sure what they answer, of these people: one of their claims may be meant."""
        if not people:
            return set()
        return {
            id
            for id, name in ask(self._session, _UNSURE)
            if any(name[: len(name) - added] in people for added in range(LENGTHENED + 1))
        }

    def _payments_of(self, claims: Mapping[int, str]) -> set[int]:
        """The payments that came before, of claims (by their ids, with their keys) that are new or were decided anew."""
        if not claims or ask(self._session, _ANY_PAYMENT).first() is None:
            return set()
        found: set[int] = set()
        for ids in chunks(list(claims), _SET):
            found.update(ask(self._session, _PAYMENTS_OF, ids=ids, keys=sorted({claims[id] for id in ids})).scalars())
        return found | self._payments_perhaps(self._people_of(claims))

"""Units, visits and days used, by service and role.

One surgery under one number is a facility claim, the surgeon's, the assistant's and the anaesthetist's, and uses the
authorization once: so what is used is counted for each certified service and each role. Of a role:

    VS visits        distinct dates, however many lines
    DY DA days       nights of a stay (without the day of discharge, and days of leave, 018x), else distinct dates; of a line with
                     one date that is billed by the day (DA, room and board, a hospice's care) so many from that on
    MN months        distinct months
    UN FL F2 units   the sum of the billed units; an anaesthetist's minutes (MJ) count as one unit a line
    HS MJ time       billed minutes (MJ)

What is certified in time and billed in units, or the other way round, is counted as a payer's rule says (`procedures.rate`).

A limit per day, week or month (HSD03) holds in each; weeks and months begin on the first certified day, where one is known
(else weeks on Sunday, months on the first). A claim uses what it bills but never more than is left, and counts once however
often it is asked about: what it was granted before is not held against it. Another payer's claim with the same CLM01 and
dates uses nothing more; a replacement (frequency 7) takes the place of what was used under its CLM01, or under the claim
known by its REF*F8, of several bills by that which it replaces (`replacing`); a void (8) gives back what is of its dates.

What a claim is granted is reserved while it was linked and not sent: nobody else gets it, and it is the claim's own when it is
linked or sent again. What was denied (a claim or some of its lines) or rejected before anybody judged it is remembered and counts
no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import chain, islice
from types import MappingProxyType
from typing import Final

from edi.frozen import changed
from edi.linkage.offers import Offer, key_of, offers
from edi.linkage.quantities import Limit, billed, counted_as, dates, limits, role_of
from edi.linkage.replacing import Bill, Replaces, before, on_dates, replaced_of
from edi.linkage.room import DENIED as DENIED
from edi.linkage.room import GIVEN_BACK as GIVEN_BACK
from edi.linkage.room import REJECTED as REJECTED
from edi.linkage.room import RESERVED as RESERVED
from edi.linkage.room import SENT as SENT
from edi.linkage.room import Room as Room
from edi.linkage.room import Use as Use
from edi.linkage.room import left_of, room_for, shared
from edi.linkage.room import summed as summed
from edi.linkage.use_rows import UseCells, following, row_of, unpack, use_of
from edi.records.authorization import Authorization
from edi.records.claim import Claim, ClaimLine

REPLACEMENT: Final = "7"
VOID: Final = "8"
_ONE: Final = Fraction(1)
_PLACES: Final = 6
"""Decimals of what is counted in another unit than billed."""


class Usage:
    """What claims took of each certified service: asked and taken by way of `ClaimUse`, given back by `give_back`."""

    def __init__(
        self, uses: Iterable[Use] = (), claims: Mapping[str, str] = MappingProxyType({}), *, reserving: bool = False
    ) -> None:
        """`uses` as `all` gave them; `claims` tells the CLM01 of a payer's claim number (CLP07, REF*F8).

        `reserving`: the claims that take from it are not sent yet.
        """
        self._by_key: dict[str, list[Use]] = {}
        self._rows: dict[str, list[UseCells]] = {}
        """By authorization, of others than those: uses as rows, as long as nobody asks for them as uses."""
        self._keys: dict[str, tuple[str, ...]] = {}
        """By claim: the authorizations of which it uses something."""
        self._claims = dict(claims)
        self._bills: dict[str, Sequence[Bill]] = {}
        """By CLM01: what was sent under it, in that order, as far as anybody told."""
        self._changed: dict[str, None] = {}
        self._told: dict[str, bytes] = {}
        """By authorization: what other processes changed of its uses, as long as nobody asks for them."""
        self._reserving = reserving
        self.add(uses)

    def add(self, uses: Iterable[Use]) -> None:
        """Uses that were made before, as `all`, `of` or `used` gave them. One that is known is replaced."""
        new: dict[str, set[tuple[int, str, str, tuple[date, ...]]]] = {}
        for use in uses:
            if not self._uses(use.key) and use.key not in new:
                self._by_key[use.key], new[use.key] = [], set()
            places = new.get(use.key)
            if places is None or use.place in places:
                self._put(use)
            else:  # nothing there is in its place, so nothing need be looked through
                places.add(use.place)
                self._note(use.claim, use.key)
                self._by_key[use.key].append(use)

    def lay(self, uses: Mapping[str, Sequence[UseCells]]) -> None:
        """Uses that were made before, as rows, by authorization: all that there are of each."""
        for key, rows in uses.items():
            if self._by_key.get(key) or key in self._rows:
                self.add(use_of(key, row) for row in rows)
            elif rows:
                self._by_key.pop(key, None)
                self._rows[key] = list(rows)
                for row in rows:
                    self._note(row[2], key)

    def know(self, payer_claim: str, claim: str) -> None:
        """A payer's claim number, and the CLM01 of the claim that it was given to."""
        self._claims[payer_claim] = claim

    def know_bills(self, bills: Mapping[str, Sequence[Bill]]) -> None:
        """What was sent under numbers (CLM01), in that order."""
        self._bills.update(bills)

    def replaced(self, claim: Claim) -> Replaces:
        """What a replacement takes the place of, among the uses under its `names`."""
        names = self.names(claim)
        bills = {name: self._bills.get(name, ()) for name in sorted(names)}
        bills[claim.id] = before(claim, bills[claim.id])
        return replaced_of(claim, chain.from_iterable(bills.values()), [use for name in names for use in self.of(name)])

    def all(self) -> tuple[Use, ...]:
        """Every use, by authorization, in the order in which they were made."""
        return tuple(use for key in (*self._by_key, *self._rows) for use in self._uses(key))

    def of(self, claim: str) -> tuple[Use, ...]:
        """What a claim (CLM01) uses."""
        return tuple(use for key in self._keys.get(claim, ()) for use in self._uses(key) if use.claim == claim)

    def knows(self, claim: str) -> bool:
        """Whether a claim (CLM01) uses anything, or did."""
        return claim in self._keys

    def used(self, key: str) -> tuple[Use, ...]:
        """What was used of an authorization."""
        return tuple(self._uses(key))

    def rows_of(self, key: str) -> Sequence[UseCells]:
        """What was used of an authorization, as rows."""
        rows = self._rows.get(key)
        return [row_of(use) for use in self._by_key.get(key, ())] if rows is None else rows

    def by_key(self) -> dict[str, Sequence[UseCells]]:
        """What was used of each authorization, as rows."""
        return {key: tuple(self.rows_of(key)) for key in (*self._by_key, *self._rows)}

    def changed(self) -> tuple[str, ...]:
        """The claims whose uses changed since this was last called, or since the start."""
        names, self._changed = self._changed, {}
        return tuple(names)

    def rows(self, keys: Iterable[str], claims: Set[str]) -> Iterator[tuple[str, UseCells]]:
        """What these claims use of each of these authorizations, also of what `is_told`, in the order in which it was decided."""
        for key in keys:
            for row in unpack(self._told[key])[1] if key in self._told else self.rows_of(key):
                if row[2] in claims:
                    yield key, row

    @property
    def changed_so_far(self) -> int:
        """How many claims that are."""
        return len(self._changed)

    def changes(self, since: int = 0) -> tuple[str, ...]:
        """The claims whose uses changed, in that order, without the first so many."""
        return tuple(islice(reversed(self._changed), max(len(self._changed) - since, 0)))[::-1]

    def keys(self, claims: Iterable[str]) -> set[str]:
        """The authorizations of which these claims use something, or did."""
        return {key for claim in claims for key in self._keys.get(claim, ())}

    def take_over(self, uses: Mapping[str, bytes]) -> None:
        """What another process changed of authorizations: kept as it is told until they are `taken_in`."""
        for known in (self._by_key, self._rows):
            for key in known.keys() & uses.keys():
                del known[key]
        self._told.update(uses)

    def took(self, users: Mapping[str, Iterable[str]]) -> None:
        """The claims whose uses another process changed, each with the authorizations that it uses, or did."""
        for claim, keys in users.items():
            self._changed[claim] = None
            self._keys[claim] = tuple({*self._keys.get(claim, ()), *keys})

    def is_told(self, key: str) -> bool:
        """Whether of an authorization only what another process changed is known."""
        return key in self._told

    def take_in(self, key: str) -> None:
        """Have what another process changed of an authorization count, of which all that was there before was added."""
        rows = following(self.rows_of(key), unpack(self._told.pop(key)))
        self._by_key.pop(key, None)
        self._rows.pop(key, None)
        self.lay({key: rows})

    def give_back(self, claim: Claim, *states: str) -> bool:
        """A void or a rejection: what the claim used on its dates (in one of `states`) is there again. Whether anything is."""
        on_its_dates = on_dates(claim)
        return self._drop(self.names(claim), lambda use: (not states or use.state in states) and on_its_dates(use))

    def withdraw(self, claim: Claim) -> None:
        """What the claim was granted just now cannot be: it does not count. Of one that was sent before, what was sent does."""
        self.give_back(claim, *((RESERVED,) if self._reserving else ()))

    def deny(self, claim: Claim, state: str = DENIED) -> None:
        """A denial (or rejection) of the whole claim: what it used on its dates is there again, and remembered as given back."""
        on_its_dates = on_dates(claim)
        mine = [use for use in self.of(claim.id) if use.state != RESERVED and on_its_dates(use)]
        if any(use.state != state for use in mine):
            self.commit(summed(changed(use, state=state) for use in mine), (claim.id,), lambda use: use in mine)

    def names(self, claim: Claim) -> frozenset[str]:
        """The CLM01s under which a claim may have used something: its own, and that of the claim it replaces or voids."""
        return frozenset({claim.id, self._claims.get(claim.original, claim.id)})

    def copy(self) -> Usage:
        """The same uses, to try something out."""
        return self.within((*self._by_key, *self._rows))

    def within(self, keys: Iterable[str], counts: Callable[[Use], bool] = bool) -> Usage:
        """The uses of these authorizations, as far as they count, likewise."""
        found = Usage((), self._claims, reserving=self._reserving)
        found.know_bills(self._bills)
        for key in dict.fromkeys(keys):  # no two of them are in one place, so none has to be looked for
            if uses := [use for use in self.used(key) if counts(use)]:
                found._by_key[key] = uses
                for claim in dict.fromkeys(use.claim for use in uses):
                    found._keys[claim] = (*found._keys.get(claim, ()), key)
        return found

    def commit(self, uses: Sequence[Use], claims: Iterable[str], gone: Callable[[Use], bool]) -> None:
        """Count what a claim was granted, in the place of what `claims` used as far as it is `gone`."""
        self._drop(claims, gone)
        for use in uses:
            self._put(self._reserved(use) if self._reserving else use)
            self._changed[use.claim] = None

    def count(self, key: str, row: UseCells) -> None:
        """Count what a claim was granted of an authorization of which it used nothing so far."""
        claim = row[2]
        if key in self._by_key or key in self._keys.get(claim, ()):
            self.commit([use_of(key, row)], (), lambda _: False)
            return
        self._rows.setdefault(key, []).append((*row[:5], RESERVED) if self._reserving else row)
        self._note(claim, key)
        self._changed[claim] = None

    def refit(self, authorization: Authorization) -> None:
        """Cut what is reserved of an authorization, which may certify less now, to what sent claims leave."""
        key = key_of(authorization)
        uses = self._uses(key)
        reserved = [use for use in uses if use.state == RESERVED]
        by_position = {offer.position: offer for offer in offers(authorization)}
        if reserved:
            self._by_key[key] = [use for use in uses if use.state != RESERVED]
        for use in reserved:
            offer = by_position.get(use.service)
            kept = room_for(use, offer, self.used(key)).use if offer else use
            if kept != use:
                self._changed[use.claim] = None
            if kept is not None:
                self._put(kept)

    def _reserved(self, use: Use) -> Use:
        """A use of a claim that is not sent yet; what was sent already, just so, stays sent."""
        counted = (one for one in self._uses(use.key) if one.place == use.place and one.state not in GIVEN_BACK)
        known = next(counted, None)
        return known if known is not None and known == changed(use, state=SENT) else changed(use, state=RESERVED)

    def _put(self, use: Use) -> None:
        """Count a use in the place of what is known of it; what was given back stands beside the rest until that is told anew."""
        uses, counts = self._by_key.setdefault(use.key, self._uses(use.key)), use.state not in GIVEN_BACK
        self._note(use.claim, use.key)
        same = [n for n, one in enumerate(uses) if one.place == use.place and (counts or one.state in GIVEN_BACK)]
        if not same:
            uses.append(use)
            return
        uses[same[0]] = use
        for n in reversed(same[1:]):
            del uses[n]

    def _uses(self, key: str) -> list[Use]:
        """What was used of an authorization, no rows any more."""
        if (rows := self._rows.pop(key, None)) is not None:
            self._by_key[key] = [use_of(key, row) for row in rows]
        return self._by_key.get(key, [])

    def _note(self, claim: str, key: str) -> None:
        """Have it known that a claim uses something of an authorization."""
        if key not in (keys := self._keys.get(claim, ())):
            self._keys[claim] = (*keys, key)

    def _drop(self, claims: Iterable[str], gone: Callable[[Use], bool]) -> bool:
        """Forget uses of these claims; whether there were any."""
        names, found = frozenset(claims), False
        for key in sorted({key for name in names for key in self._keys.get(name, ())}):
            uses = self._uses(key)
            kept = [use for use in uses if use.claim not in names or not gone(use)]
            if len(kept) < len(uses):
                found = True
                self._changed.update(dict.fromkeys(use.claim for use in uses if use not in kept))
                self._by_key[key] = kept
                if not kept:
                    del self._by_key[key]
        return found


class ClaimUse:
    """What one claim takes, line after line, until it is committed. Nothing of `usage` changes before that."""

    def __init__(self, usage: Usage, claim: Claim, roles: Mapping[str, str] = MappingProxyType({})) -> None:
        """`roles` says which of them count as another, by the payer's rule."""
        self._usage, self._claim, self._roles = usage, claim, roles
        self._names = usage.names(claim) if claim.frequency == REPLACEMENT else frozenset[str]()
        self._replaces = usage.replaced(claim) if self._names else None
        self._own: frozenset[date] | None = None
        self._granted: dict[tuple[str, int, str, tuple[date, ...]], Use] = {}

    def ask(self, offer: Offer, line: ClaimLine | None, rate: Fraction = _ONE) -> Room:
        """What there is of an offer for a line, or (None) for a stay; `grant` it to have it counted.

        `rate` says how much of a certified unit a billed one is.
        """
        role, service = counted_as(role_of(self._claim, line), self._roles), offer.service
        days, amount = billed(self._claim, line, service)
        if rate != 1:
            amount = round(amount * rate.numerator / rate.denominator, _PLACES)
            amount = whole if (whole := amount.to_integral_value()) == amount else amount
        if not amount:
            return Room(None)  # what bills no units uses none, and no day
        use = Use(offer.key, offer.position, role, self._claim.id, days, amount)
        if not limits(service):
            return Room(use)
        others = [u for u in self._usage.used(use.key) if not self._mine(u)]
        others.sort(key=lambda u: u.days)
        return room_for(use, offer, others, [u for u in self._granted.values() if u.key == use.key])

    def _others_of(self, key: str, services: frozenset[int], role: str) -> list[Use]:
        known = [u for u in self._usage.used(key) if u.service in services and u.role == role and u.state not in GIVEN_BACK]
        return [use for use in known if not self._mine(use)]

    def _granted_of(self, key: str, services: frozenset[int], role: str) -> list[Use]:
        return [u for u in self._granted.values() if u.key == key and u.service in services and u.role == role]

    def remaining(self, offer: Offer, line: ClaimLine | None) -> tuple[Limit, Decimal, Decimal] | None:
        """The tightest total of an offer, what is left of it beside other claims, and what beside this one's grants too."""
        totals = [limit for limit in limits(offer.service) if not limit.per]
        if not totals:
            return None
        role, drawn_on = counted_as(role_of(self._claim, line), self._roles), shared(offer)
        others = self._others_of(offer.key, drawn_on, role)
        uses = [*others, *self._granted_of(offer.key, drawn_on, role)]
        found = [
            (limit, before, left)
            for limit in totals
            if (before := left_of(limit, others)) is not None and (left := left_of(limit, uses)) is not None
        ]
        return min(found, key=lambda each: each[2], default=None)

    def grant(self, room: Room) -> None:
        """Count what `ask` found. Lines of one claim with the same dates are one use."""
        if (use := room.use) is None:
            return
        place = (use.key, use.service, use.role, use.days)
        before = self._granted.get(place)
        self._granted[place] = changed(use, amount=use.amount + before.amount) if before else use

    def has(self, offer: Offer) -> bool:
        """Whether the claim was granted something of an offer."""
        return any(use.key == offer.key and use.service == offer.position for use in self._granted.values())

    def commit(self, *, instead: bool = True) -> None:
        """Make it count in the usage, in the place of what the claim reserved and, for a replacement, of what it replaces.

        Not `instead`: these were taken out before.
        """
        claims = self._names | {self._claim.id} if instead else frozenset[str]()
        self._usage.commit(tuple(self._granted.values()), claims, self._superseded)

    def _superseded(self, use: Use) -> bool:
        """Whether what is granted now takes the place of a use."""
        return self._is_replaced(use) or (use.state == RESERVED and self._mine(use))

    def _is_replaced(self, use: Use) -> bool:
        return self._replaces is not None and use.claim in self._names and self._replaces(use)

    def _mine(self, use: Use) -> bool:
        """Whether a use is this claim's own: made when it was asked about before, or by the claim that it replaces."""
        if self._is_replaced(use):
            return True
        if use.claim != self._claim.id:
            return False
        if self._own is None:
            self._own = dates(self._claim)
        return not use.days or not self._own.isdisjoint(use.days)

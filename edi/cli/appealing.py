"""edi claims appeal: the letter and the copies for a denial that a corrected claim would not mend."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edi.cli.options import FINDINGS, Command, folder_to_write, format_option, ledger_option, rules_option, today_option, writing
from edi.errors import EdiError

if TYPE_CHECKING:  # imported when the command runs
    from datetime import datetime

    from edi.ledger.corrections.appealing import AppealPacket

__all__ = ["appeal"]


@click.command(cls=Command)
@click.argument("claim", metavar="CLAIM")
@click.option(
    "-o", "--output", "folder", metavar="DIR", required=True, help="The folder to write to; made where it is not there."
)
@today_option
@rules_option
@ledger_option
@format_option
def appeal(
    claim: str, folder: str, today: datetime | None, rule_files: tuple[str, ...], ledger_url: str, output_format: str
) -> int:
    """Write the packet of an appeal: a letter with the facts and their dates, and the copies that go with it.

    CLAIM is a claim's number (CLM01), as it was sent, or the payer's (CLP07), or an item of the worklist (W12). There is a
    packet where the claim carried the right number and was denied all the same, where none is needed, where what was certified
    is called unnecessary, and for asking afterwards what was never asked (a retroactive authorization, with the draft of the
    request). What is not known is said, and what only a person can say is left open. The files are for their owner alone: they
    name the patient.

    Exit codes: 0 written, 1 refused, with the reason, 2 not done.
    """
    from edi.ledger import Ledger

    place = folder_to_write(folder)
    with Ledger(ledger_url) as kept:
        packet = kept.appeal(claim, rule_files)
    written = _written(packet, place, today.date() if today else date.today())
    if output_format == "json":
        click.echo(json.dumps(_document(packet, written), indent=2))
        return 0 if written else FINDINGS
    from edi.reports.columns import money
    from edi.reports.text import named, printable

    if packet.appeal is None:
        assert packet.refusal is not None
        click.echo(printable(f"{claim}: refused: {packet.refusal.refusal}"))
        for reason in packet.refusal.reasons:
            click.echo(printable(f"    {reason}"))
        return FINDINGS
    until = f", until {packet.appeal.deadline}" if packet.appeal.deadline else ""
    click.echo(printable(f"{claim}  {money(packet.appeal.amount)}  {', '.join(packet.appeal.grounds)}{until}"))
    for name in written:
        click.echo(f"    {named(name)}")
    return 0


def _written(packet: AppealPacket, folder: Path, today: date) -> list[str]:
    """The files of a packet, by their paths; none where it is refused."""
    if packet.appeal is None:
        return []
    from edi.linkage.denials.appeal import AppealGround
    from edi.records.drafting import draft
    from edi.records.request import request_to_json
    from edi.reports.appeal import LETTER, copies, letter

    files = {LETTER: letter(packet, today).encode(), **copies(packet)}
    if AppealGround.RETROACTIVE in packet.appeal.grounds:
        files["request.json"] = request_to_json(draft(packet.appeal.history.claim)).encode()
    if folder.is_dir() and any(folder.iterdir()):
        raise EdiError(f"{folder}: there are files in it already. A packet has a folder of its own.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EdiError(f"{folder}: {error.strerror}.") from error
    for name, data in files.items():
        with writing(str(folder / name)) as file:
            file.write(data)
    return [str(folder / name) for name in files]


def _document(packet: AppealPacket, written: list[str]) -> dict[str, Any]:
    from edi.linkage.verdict import money

    found, refusal = packet.appeal, packet.refusal
    deadline = found.deadline if found else None
    return {
        "version": 1,
        "claim": packet.claim,
        "grounds": [ground.value for ground in found.grounds] if found else [],
        "refused": refusal.refusal.value if refusal and refusal.refusal else None,
        "reasons": list(refusal.reasons) if refusal else [],
        "authorizations": list(found.authorizations) if found else [],
        "amount": money(found.amount) if found else None,
        "deadline": deadline.isoformat() if deadline else None,
        "files": written,
    }

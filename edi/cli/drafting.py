"""edi request from-claim, from-authorization: a request drafted from a claim, or to follow what is on file."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import click

from edi.cli.options import FINDINGS, Command, ledger_option, output_option, refuse, writing
from edi.cli.sending import name_of, within
from edi.errors import LedgerError, RecordError

if TYPE_CHECKING:  # imported when the command runs
    from edi.errors import Problem
    from edi.records.claim import Claim

__all__ = ["from_authorization", "from_claim"]

DELAY_REASONS: Final = ("1", "2", "3", "4", "7", "8", "10", "11", "15", "16", "17")
"""UM10: eligibility proof unknown, litigation, authorization delays, delay in certifying provider, third-party delay, eligibility
decided late, delay in prior approval, other, natural disaster, lack of information, no answer to the first request."""


@click.command("from-claim", cls=Command)
@click.argument("source", metavar="[PATH]", required=False)
@click.option("--claim", "claim_id", metavar="ID", help="Which claim (CLM01); without PATH one that was sent, from the ledger.")
@click.option("--line", metavar="NUMBER", help="Only this line (LX01).")
@click.option("--retro", is_flag=True, help="It is asked for after the service: its dates must be past.")
@click.option(
    "--reason", type=click.Choice(DELAY_REASONS), metavar="CODE",
    help="Why it comes late (UM10): 1 coverage not known, 3 authorization delays, 11 other, 15 disaster ...",
)  # fmt: skip
@ledger_option
@output_option(required=True)
def from_claim(
    source: str | None, claim_id: str | None, line: str | None, retro: bool, reason: str | None, ledger_url: str, output: str
) -> int:
    """Draft a request's JSON from a claim (837), or from one of its lines.

    What a claim does not say is to be filled in: the type of service, how urgent it is, documents. - as PATH is standard input;
    without PATH the claim is one that was sent, as the ledger has it.

    With --retro it is for what was never requested: an initial request (UM02 I) for dates that are past, with the reason why it
    comes late. A claim of the ledger for which an authorization fits, or a request waits, is refused.

    Exit codes: 0 drafted, 1 drafted and PATH is cut off, 2 not done.
    """
    from edi.records.drafting import draft, see_that_it_is_past
    from edi.records.request import request_to_json

    if reason and not retro:
        raise click.UsageError("--reason says why a request comes after the service: it goes with --retro.")
    if source is None and claim_id is None:
        raise click.UsageError("PATH names a file with a claim, or --claim one that was sent.")
    named = claim_id or "" if source is None else source
    problems: tuple[Problem, ...] = ()
    if source is None:
        claim = _of_the_ledger(named, ledger_url, retro=retro)
    else:
        claim, problems = _of_the_file(source, claim_id)
    try:
        if retro:
            see_that_it_is_past(claim, date.today())
        drafted = draft(claim, line=line, delay_reason=reason or "")
    except RecordError as error:
        raise within(named, error) from error
    with writing(output) as file:
        file.write(request_to_json(drafted).encode())
    for problem in problems:
        refuse(f"{name_of(named)}: {problem.message}")
    return FINDINGS if problems else 0


@click.command("from-authorization", cls=Command)
@click.argument("number")
@click.option("--extend", "what", flag_value="EXTENSION", help="More of it, in the same case (UM02 4).")
@click.option("--renew", "what", flag_value="RENEWAL", help="Again for a new period (UM02 R).")
@click.option("--revise", "what", flag_value="REVISION", help="Otherwise than it was certified (UM02 S).")
@click.option(
    "--appeal", "what", flag_value="APPEAL", help="Decided anew: UM02 2, of what was asked for as urgent or an emergency 1."
)
@click.option("--cancel", "what", flag_value="CANCELLATION", help="No longer needed (UM02 3).")
@ledger_option
@output_option(required=True)
def from_authorization(number: str, what: str | None, ledger_url: str, output: str) -> None:
    """Draft the JSON of a request that follows an authorization of the ledger.

    NUMBER may also be its trace or administrative number. With the number that it follows (REF*BB, or REF*NT) stands all that is
    known: patient, payer, providers, services, dates. What is new is to be filled in: of an extension or a renewal how much and
    when, of a revision what changes, of an appeal why; `edi request check` says what is missing.
    """
    if what is None:
        raise click.UsageError("One of --extend, --renew, --revise, --appeal and --cancel says what is asked for.")
    from edi.ledger import Ledger
    from edi.records.certification import NOTICE
    from edi.records.following import Following, follow
    from edi.records.request import request_to_json

    with Ledger(ledger_url) as kept:
        found = [life.record for life in kept.authorization(number) if life.record.kind != NOTICE]
    if len(found) != 1:
        raise LedgerError(f"The ledger has {f'{len(found)} authorizations' if found else 'no authorization'} {number}.")
    try:
        drafted = follow(found[0], Following[what])
    except RecordError as error:
        raise within(number, error) from error
    with writing(output) as file:
        file.write(request_to_json(drafted).encode())


def _of_the_file(source: str, claim_id: str | None) -> tuple[Claim, tuple[Problem, ...]]:
    """A claim of a file; and that the file is cut off, so that more of the claim may have been there."""
    from edi.records.claim import read_claims
    from edi.text.segments import open_source

    with open_source(source) as file:
        read = read_claims(file)
        claims = [claim for claim in read if claim_id is None or claim.id == claim_id]
    if len(claims) != 1:
        raise RecordError(f"{name_of(source)}: {_which(len(claims), named=claim_id is not None)}")
    return claims[0], read.problems


def _of_the_ledger(claim_id: str, ledger_url: str, *, retro: bool) -> Claim:
    """A claim that was sent. `retro`: one for which nothing is on file."""
    from edi.ledger import Ledger
    from edi.linkage.denials.correction import on_file

    with Ledger(ledger_url) as kept:
        sent = kept.sent([claim_id]).get(claim_id)
        if sent is None:
            raise RecordError(f"{claim_id}: no claim with this number was sent, as far as the ledger knows.")
        claim = sent.history.claim
        found = on_file(kept.check([claim]).claims) if retro else ""
    if found:
        raise RecordError(f"{claim_id}: {found}")
    return claim


def _which(count: int, *, named: bool) -> str:
    """Why it is not clear from which claim to draft."""
    if count == 0 and not named:
        return "there is no claim (837) in it to draft a request from."
    which = "its id (CLM01) must name one" if named else "--claim says which"
    return f"there are {count or 'no'} claims to draft from; {which}."

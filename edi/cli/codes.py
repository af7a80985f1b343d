"""edi codes: the code lists that documents are held to, and what their codes mean."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import click

from edi.cli.options import FINDINGS, Command, Group, codes_option, format_option

if TYPE_CHECKING:  # imported when a command runs
    from edi.guides.codes.lists import CodeList

__all__ = ["codes"]

_WHY: Final = {
    "unknown": "not in the list {when}",
    "shape": "another shape: expected {looks}",
    "check-digit": "the check digit is wrong",
    "early": "not good yet on {on}",
    "ended": "no longer good on {on}",
}


@click.group(cls=Group)
def codes() -> None:
    """Code lists: which there are, what their codes mean."""


@codes.command("list", cls=Command)
@codes_option
@format_option
def list_lists(code_files: Mapping[str, str], output_format: str) -> None:
    """The code lists: name, codes or shape, of when they are, what they are for.

    A list "by shape" has no codes here, because its keeper does not let them be shipped: a file of yours takes its place
    (--codes). ICD-10-CM comes with the extra icd10.
    """
    from edi.guides.codes.lists import with_files

    lists = with_files(code_files).values()
    if output_format == "json":
        click.echo(json.dumps({"version": 1, "lists": [_list(each) for each in lists]}, indent=2))
        return
    rows = [(each.name, f"{len(each.codes):,}" if each.codes else "-", each.when, each.label) for each in lists]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for name, count, when, label in rows:
        click.echo(f"{name:<{widths[0]}}  {count:>{widths[1]}}  {when:<{widths[2]}}  {label}")


@codes.command(cls=Command)
@click.argument("name", metavar="LIST")
@click.argument("wanted", metavar="[CODE]...", nargs=-1)
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Whether the codes are good on this day.")
@codes_option
@format_option
def show(name: str, wanted: tuple[str, ...], day: dt.datetime | None, code_files: Mapping[str, str], output_format: str) -> int:
    """Say what each CODE of a LIST means, and from when to when it is good; without a CODE, show them all.

    Exit codes: 0 all codes are good, 1 one is not, 2 there is no such list.
    """
    from edi.guides.codes.lists import find, with_files

    codes = find(name, with_files(code_files))
    on = day.date() if day else None
    found = [_code(codes, code, on) for code in wanted or codes.codes or ()]
    if output_format == "json":
        click.echo(json.dumps({"version": 1, "list": _list(codes), "codes": found}, indent=2))
    else:
        if not wanted:
            click.echo(f"{codes.name}: {codes.label}; {codes.when}; {codes.looks}.")
        width = max((len(each["code"]) for each in found), default=0)
        for each in found:
            click.echo(f"{codes.name} {each['code']:<{width}}  {_said(codes, each, on)}")
    return FINDINGS if wanted and any(each["why"] for each in found) else 0


def _list(codes: CodeList) -> dict[str, Any]:
    contents = codes.contents
    return {
        "name": codes.name,
        "label": codes.label,
        "severity": codes.severity,
        "codes": len(contents.codes) if contents else None,
        "as_of": contents.as_of or None if contents else None,
        "shape": codes.shape.pattern,
        "looks": codes.looks,
        "source": contents.head if contents and contents.head else codes.source,
    }


def _code(codes: CodeList, code: str, on: dt.date | None) -> dict[str, Any]:
    from edi.guides.codes.lists import Code

    entry = (codes.codes or {}).get(code) or Code()
    why = codes.wrong(code, on)
    return {
        "code": code,
        "good": not why,
        "why": why or None,
        "start": entry.start.isoformat() if entry.start else None,
        "stop": entry.stop.isoformat() if entry.stop else None,
        "ended": entry.ended,
        "description": entry.description or None,
        "near": codes.near(code) if why == "unknown" else [],
    }


def _said(codes: CodeList, code: Mapping[str, Any], on: dt.date | None) -> str:
    if code["why"] in ("unknown", "shape", "check-digit"):
        said = _WHY[code["why"]].format(when=codes.when, looks=codes.looks)
        return said + (f"; near it: {', '.join(code['near'])}" if code["near"] else "")
    parts = [code["description"] or ("" if codes.codes and code["code"] in codes.codes else "has the right shape")]
    if code["start"]:
        parts.append(f"from {code['start']}")
    if code["ended"]:
        parts.append(f"until {code['stop'] or 'a day that is not known'}")
    if code["why"]:
        parts.append(_WHY[code["why"]].format(on=on))
    return "; ".join(part for part in parts if part) or "in the list, without words"

"""What a run says: its report as text and JSON, its events as JSON lines, its figures for Prometheus."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from edi.jobs.batch.one_file import DONE, KNOWN, QUARANTINED, STOPPED
from edi.jobs.batch.running import BatchOutcome
from edi.reports.columns import columns, counted, money
from edi.reports.text import printable

OUTCOMES: Final = (DONE, KNOWN, STOPPED, QUARANTINED)
_WORDS: Final = {
    "requests": ("request",),
    "responses": ("response",),
    "inquiries": ("inquiry", "inquiries"),
    "answers": ("answer to an inquiry", "answers to inquiries"),
    "notifications": ("notification",),
    "acknowledgments": ("acknowledgment",),
    "claims": ("claim sent", "claims sent"),
    "claim_answers": ("answer about what was sent", "answers about what was sent"),
    "rejections": ("rejection among them", "rejections among them"),
}


def to_json(outcome: BatchOutcome) -> dict[str, Any]:
    """The report of a run, version 1."""
    return {
        "version": 1,
        "run": outcome.run,
        "files": [*outcome.files],
        "left": outcome.left,
        "exceptions": {tax_id or "": rows for tax_id, rows in exceptions(outcome).items()},
        "totals": {
            "files": dict(_counts(outcome)),
            "bytes": sum(file["bytes"] for file in outcome.files),
            "claims": claims(outcome),
        },
        "error": outcome.error or None,
    }


def to_text(outcome: BatchOutcome) -> Iterator[str]:
    """The report of a run, for people: each file in a line, then what needs a person, by tax id."""
    for file in outcome.files:
        yield printable(f"{file['name']}: {', '.join(_said(file))}")
        yield from (printable(f"    {notice}") for notice in file["notices"])
    for one in outcome.left:
        yield printable(f"{one['name']}: left. {one['why']}")
    for tax_id, rows in exceptions(outcome).items():
        yield ""
        yield printable(f"Tax id {tax_id}" if tax_id else "No tax id")
        cells = [
            (row["file"], row["claim"] or "", row["line"] or "", row["what"], _amount(row["amount"]), row["action"])
            for row in rows
        ]
        yield from (f"  {line}" for line in list(columns(("",) * 6, cells, right=[4]))[1:])
    if outcome.error and not outcome.files:
        return
    counts = _counts(outcome)
    said = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    yield ""
    yield f"{counted(len(outcome.files), 'file')}{': ' + said if said else ''}."


def exceptions(outcome: BatchOutcome) -> dict[str | None, list[dict[str, Any]]]:
    """What needs a person, by the billing provider's tax id; last what has none."""
    found: dict[str | None, list[dict[str, Any]]] = {}
    for file in outcome.files:
        for one in file["exceptions"]:
            rest = {name: value for name, value in one.items() if name != "tax_id"}
            found.setdefault(one["tax_id"], []).append({"file": file["name"], **rest})
    return dict(sorted(found.items(), key=lambda each: (each[0] is None, each[0] or "")))


def claims(outcome: BatchOutcome) -> dict[str, int]:
    """How many claims have which verdict."""
    counts: Counter[str] = Counter()
    for file in outcome.files:
        counts.update({verdict: total["claims"] for verdict, total in file["claims"].items() if not file.get("resumed")})
    return dict(sorted(counts.items()))


def event(name: str, at: datetime, **told: Any) -> str:
    """An event as a line of JSON."""
    return json.dumps({"time": at.isoformat(timespec="milliseconds"), "event": name, **told})


def metrics(outcome: BatchOutcome, at: datetime) -> str:
    """The figures of a run in the text format of Prometheus."""
    counts = _counts(outcome)
    left = len(outcome.left)
    return "".join(
        [
            *_metric(
                "files", "Files of the last run, by outcome.", [("outcome", name, counts.get(name, 0)) for name in OUTCOMES]
            ),
            *_metric("files_left", "Files that the last run left in the inbox.", [("", "", left)]),
            *_metric("bytes", "Bytes of the files of the last run.", [("", "", sum(file["bytes"] for file in outcome.files))]),
            *_metric("claims", "Claims linked, by verdict.", [("verdict", *each) for each in claims(outcome).items()]),
            *_metric("exceptions", "What needs a person.", [("", "", sum(len(file["exceptions"]) for file in outcome.files))]),
            *_metric("seconds", "How long the last run took.", [("", "", round(outcome.seconds, 3))]),
            *_metric("failed", "1 where the last run could not go on.", [("", "", int(bool(outcome.error)))]),
            *_metric("ended_timestamp_seconds", "When the last run ended.", [("", "", int(at.timestamp()))]),
        ]
    )


def _metric(name: str, help: str, values: list[tuple[str, str, float]]) -> Iterator[str]:
    yield f"# HELP edi_batch_{name} {help}\n# TYPE edi_batch_{name} gauge\n"
    for label, value, count in values:
        yield f'edi_batch_{name}{{{label}="{value}"}} {count}\n' if label else f"edi_batch_{name} {count}\n"


def _counts(outcome: BatchOutcome) -> dict[str, int]:
    counts = Counter(file["outcome"] for file in outcome.files)
    return {name: counts[name] for name in OUTCOMES if counts[name]}


def _said(file: dict[str, Any]) -> Iterator[str]:
    """What was done with a file, in words."""
    if file.get("resumed"):
        yield "brought to its end"
    if file["kind"]:
        yield file["kind"]
    if file["partner"]:
        yield f"of {file['partner']}"
    if file["outcome"] == KNOWN:
        first = file["first"][0]
        came = f"as {first['name']}, " if first["name"] != file["name"] else ""
        was = f", and was {'; '.join(_said(first))}" if "errors" in first else "; what was told of it is purged"
        yield f"known: it came {came}{first['received'][:16].replace('T', ' ')}{was}"
        return
    if file["error"]:
        yield f"{file['outcome']}: {file['error']}"
        return
    yield counted(file["errors"], "error") if file["errors"] else "valid"
    if file["claims"]:
        linked = sum(total["claims"] for total in file["claims"].values())
        verdicts = ", ".join(f"{total['claims']:,} {verdict}" for verdict, total in file["claims"].items())
        yield f"{counted(linked, 'claim')}: {verdicts}"
    if file["payments"] is not None:
        findings = sum(total["findings"] for total in file["findings"].values())
        yield f"{counted(file['payments'], 'payment')}, {counted(findings, 'finding')}"
    elif file["taken"] and (taken := list(_taken(file["taken"]))):
        yield f"taken: {', '.join(taken)}"


def _taken(taken: dict[str, Any]) -> Iterator[str]:
    for name, count in taken.items():
        if name in _WORDS and count:
            yield counted(count, *_WORDS[name])
    if taken["unasked"]:
        yield f"{taken['unasked']:,} to nothing that is on file"


def _amount(text: str | None) -> str:
    return money(Decimal(text)) if text is not None else ""

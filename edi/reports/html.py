"""What was found in judged files, as one page for a browser that needs no network and no script.

The summary comes first, but is known last: what stands below it waits on disk. A problem is shown with the segment that it is
about between its neighbours, the faulty part marked; what is about a person is a token, unless `values`. What the codes mean
stands once, at the end.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from html import escape
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from edi.errors import ERROR, WARNING, Problem
from edi.guides.explaining import explanation
from edi.guides.validation import TransactionReport
from edi.reports.columns import counted
from edi.reports.excerpts import excerpt
from edi.reports.places import Place, Places
from edi.reports.text import found, named, printable
from edi.resources import definition
from edi.text.redaction import Tokens
from edi.text.segments import Segment

if TYPE_CHECKING:  # only where pyx12 is asked
    from edi.guides.reasons import Comparison

__all__ = ["HtmlReport"]

_BEFORE: Final = 2
_BEHIND: Final = 1
"""Segments shown around one with a problem."""
_LONGEST: Final = 400
"""Characters of a segment that are shown."""


class HtmlReport:
    """Writes the page when all files have been judged; see `edi.reports.Report`."""

    def __init__(
        self, write: Callable[[str], object], *, values: bool = False, tokens: Tokens | None = None, rules: tuple[str, ...] = ()
    ) -> None:
        self._write, self._values, self._files = write, values, rules
        self._tokens = None if values else tokens or Tokens("")
        self._body = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115 - open until `close`
        self._rows: list[str] = []
        self._codes: dict[str, Counter[str]] = {}
        self._file = 0

    def begin(self, path: str) -> None:
        self._file += 1
        self._name, self._places = named(path), Places(path)
        self._place: tuple[str | None, str | None] | None = None
        self._severities: Counter[str] = Counter()
        self._transactions: Counter[bool] = Counter()
        self._segments = 0
        self._say(f'<section id="file-{self._file}"><h2>{escape(self._name)}</h2>\n')

    def problem(self, problem: Problem) -> None:
        self._severities[problem.severity] += 1
        self._codes.setdefault(problem.code, Counter())[problem.severity] += 1
        place = (problem.transaction, problem.claim)
        if place != self._place:
            self._place = place
            said = [f"Transaction {printable(place[0])}"] if place[0] else ["Envelope"]
            said += [f"claim {printable(place[1])}"] if place[1] else []
            self._say(f"<h3>{escape(', '.join(said))}</h3>\n")
        value = found(problem, values=self._values, tokens=self._tokens)
        self._say(
            f'<article class="{escape(problem.severity)}">'
            f'<p><span class="severity">{escape(problem.severity.capitalize())}</span>: '
            f"{escape(printable(problem.message) + value)}.</p>"
            f'<p class="where">{self._where(problem)}</p>'
            f"{self._excerpts(problem)}</article>\n"
        )

    def _where(self, problem: Problem) -> str:
        """The code, with a link to what it means, and the place in words."""
        said = [f"segment {problem.position}"] if problem.position else []
        said += [f"loop {problem.loop}"] if problem.loop else []
        said += [f"level {problem.level}"]
        said += [f"byte {problem.offset:,}"] if problem.offset is not None else []
        said += [f"{name}: {codes}" for name, codes in problem.x12.items()]
        code = escape(problem.code)
        return f'<a href="#code-{code}">{code}</a> · {escape(" · ".join(said))}'

    def _excerpts(self, problem: Problem) -> str:
        place = self._places.place(problem)
        if place is None or not place.segment.raw:
            return ""
        before, behind = self._places.around(place, _BEFORE, _BEHIND)
        lines = [self._near(segment) for segment in before]
        lines.append(self._marked(place, problem.loop))
        lines += [self._near(segment) for segment in behind]
        return f"<pre>{chr(10).join(lines)}</pre>"

    def _near(self, segment: Segment) -> str:
        text = "".join(text for text, _ in excerpt(segment, tokens=self._tokens))
        return f'<span class="near">{_cut(text)}</span>'

    def _marked(self, place: Place, loop: str | None) -> str:
        pieces = excerpt(place.segment, tokens=self._tokens, loop=loop, start=place.start, stop=place.stop)
        return "".join(
            f'<mark><span class="unseen">here: </span>{_cut(text) or "·"}</mark>' if meant else _cut(text)
            for text, meant in pieces
        )

    def transaction(self, transaction: TransactionReport) -> None:
        self._transactions[transaction.valid] += 1
        self._segments += transaction.segments

    def compared(self, comparison: Comparison, most: int | None) -> None:
        if comparison.error:
            self._say(f"<p>{escape(printable(comparison.error))}</p>\n")
            return
        self._say(f"<h3>Compared with pyx12</h3><p>{counted(comparison.agreed, 'place')} found by both.</p><ul>\n")
        for difference in comparison.differences[:most]:
            opinion = difference.opinion
            said = opinion.message if self._values else opinion.masked
            why = difference.reason or "no reason known"
            line = f"Segment {opinion.position}, only {difference.by}: {opinion.code} {printable(said)}; reason: {why}"
            self._say(f"<li>{escape(line)}</li>\n")
        self._say("</ul>\n")

    def end(self, valid: bool, left_out: Mapping[str, int]) -> None:
        if left_out:
            more = ", ".join(f"{count:,} {code}" for code, count in left_out.items())
            self._say(f"<p>{sum(left_out.values()):,} more problems are not shown: {escape(more)}.</p>\n")
        elif not self._severities:
            self._say("<p>Nothing was found.</p>\n")
        for code, count in left_out.items():
            self._codes.setdefault(code, Counter())["not shown"] += count
        result = '<span class="good">valid</span>' if valid else '<span class="bad">not valid</span>'
        errors, warnings = self._severities[ERROR], self._severities[WARNING]
        counts = (errors, warnings, sum(left_out.values()), self._transactions.total(), self._transactions[False], self._segments)
        self._ended(result, "".join(f'<td class="number">{count:,}</td>' for count in counts))

    def failed(self, sentence: str) -> None:
        self._say(f"<p>{escape(printable(sentence))}</p>\n")
        self._ended('<span class="bad">not read</span>', f'<td colspan="6">{escape(printable(sentence))}</td>')

    def _ended(self, result: str, cells: str) -> None:
        self._places.close()
        self._say("</section>\n")
        link = f'<a href="#file-{self._file}">{escape(self._name)}</a>'
        self._rows.append(f'<tr><th scope="row">{link}</th><td>{result}</td>{cells}</tr>\n')

    def close(self) -> None:
        heads = ("errors", "warnings", "not shown", "transactions", "not valid", "segments")
        columns = "".join(f'<th scope="col" class="number">{head}</th>' for head in heads)
        style = definition("reports/page.css").read_text(encoding="utf-8")
        self._write(
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="robots" content="noindex"><title>X12 files judged</title>\n'
            f"<style>\n{style}</style></head>\n<body><header><h1>X12 files judged</h1>"
            f'<p class="note">By edi-validate {escape(version("edi-authlink"))}. {self._about_persons()}</p></header>\n<main>\n'
            '<div class="wide" role="region" aria-label="Files" tabindex="0">'
            '<table><caption>Files</caption><thead><tr><th scope="col">file</th><th scope="col">result</th>'
            f"{columns}</tr></thead><tbody>\n{''.join(self._rows)}</tbody></table></div>\n"
        )
        self._summary()
        self._body.seek(0)
        while piece := self._body.read(1 << 20):
            self._write(piece)
        self._body.close()
        self._meanings()
        self._write("</main></body></html>\n")

    def _about_persons(self) -> str:
        if self._values:
            return "It shows data of patients: keep it as you keep the files."
        return "What is about a person is a token in brackets, the same for the same value."

    def _summary(self) -> None:
        """How often each code was found, the most frequent first."""
        if not self._codes:
            return
        self._write(
            '<table><caption>Problems</caption><thead><tr><th scope="col">code</th><th scope="col">finds</th>'
            '<th scope="col" class="number">times</th></tr></thead><tbody>\n'
        )
        for code, counts in sorted(self._codes.items(), key=lambda item: (-item[1].total(), item[0])):
            meaning = explanation(code, self._files)
            link = f'<a href="#code-{escape(code)}">{escape(code)}</a>'
            finds = escape(meaning.finds) if meaning else ""
            self._write(f'<tr><th scope="row">{link}</th><td>{finds}</td><td class="number">{counts.total():,}</td></tr>\n')
        self._write("</tbody></table>\n")

    def _meanings(self) -> None:
        if not self._codes:
            return
        self._write("<section><h2>What the codes mean</h2><dl>\n")
        for code in sorted(self._codes):
            meaning = explanation(code, self._files)
            self._write(f'<dt id="code-{escape(code)}">{escape(code)}</dt>')
            if meaning is not None:
                parts = (
                    ("", meaning.finds),
                    ("", meaning.why),
                    ("How to mend it: ", meaning.mend),
                    ("Example: ", meaning.example),
                )
                self._write("".join(f"<dd>{escape(name + said)}</dd>" for name, said in parts if said))
            self._write("\n")
        self._write("</dl></section>\n")

    def _say(self, text: str) -> None:
        self._body.write(text)


def _cut(text: str) -> str:
    """Text for the page; of a very long one its beginning."""
    return escape(printable(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."))

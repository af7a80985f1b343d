"""The page for a browser: whole, about nobody, and asking nothing of the network."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from edi.errors import Problem
from edi.guides.selection import Asked
from edi.guides.validation import judge
from edi.reports.excerpts import excerpt
from edi.reports.html import HtmlReport
from edi.reports.places import Places
from edi.text.redaction import Tokens, hidden
from edi.text.segments import Delimiters, Segment

TESTDATA = Path(__file__).parents[2] / "testdata"
FILES = sorted(path for path in TESTDATA.rglob("*") if path.suffix in (".edi", ".278", ".835", ".837"))
ALONE = {"meta"}


class Page(HTMLParser):
    """A page that was read: that its tags are in order is asserted."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.marks: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert name not in ("src", "onclick", "style")
            self.ids += [value or ""] if name == "id" else []
            self.links += [value or ""] if name == "href" else []
        if tag not in ALONE:
            self.open.append(tag)
        if tag == "mark":
            self.marks.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "mark" in self.open and self.open[-1] == "mark":
            self.marks[-1] += data


def page(*paths: Path, values: bool = False, left_out: dict[str, int] | None = None) -> tuple[str, list[Problem]]:
    pieces: list[str] = []
    problems: list[Problem] = []
    report = HtmlReport(pieces.append, values=values, tokens=Tokens("k"))
    for path in paths:
        report.begin(str(path))
        own: list[Problem] = []
        judge(path, own.append, report.transaction, asked=Asked(2))
        for problem in own:
            report.problem(problem)
        report.end(not own, left_out or {})
        problems += own
    report.begin("<gone>")
    report.failed("<gone>: No such file or directory.")
    report.close()
    return "".join(pieces), problems


def test_a_page_is_whole_and_asks_for_nothing() -> None:
    text, problems = page(*FILES)
    read = Page(text)
    assert len(read.ids) == len(set(read.ids))
    assert all(link.startswith("#") and link[1:] in read.ids for link in read.links)
    assert read.tags.count("article") == len(problems)
    assert "script" not in read.tags and "link" not in read.tags and "url(" not in text and "@import" not in text
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">') and "prefers-color-scheme: dark" in text
    assert {problem.code for problem in problems} == {id.removeprefix("code-") for id in read.ids if id.startswith("code-")}
    assert "<gone>" not in text and "&lt;gone&gt;: No such file" in text


def test_the_page_says_nothing_about_persons_unless_asked() -> None:
    path = TESTDATA / "837" / "professional" / "fail" / "element-long.edi"
    path = path if path.exists() else next(p for p in FILES if p.parent.name == "fail" and b"NM1*IL" in p.read_bytes())
    name = re.search(rb"NM1\*IL\*1\*([A-Z]+)", path.read_bytes())
    assert name
    for file in FILES:
        for problem in page(file)[1]:
            if hidden(problem) and problem.value and len(problem.value) > 5:
                assert problem.value not in page(file)[0], file
    assert "data of patients" in page(path, values=True)[0]
    assert "data of patients" not in page(path)[0]


def test_the_fault_is_marked_among_its_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "one.837"
    claim = (TESTDATA / "story" / "claims" / "number-missing.837").read_text()
    path.write_text(claim.replace("SV1*HC:27447", "SV1*HC:27447:TOOLONG").replace("DTP*472*D8*20261006", "DTP*472*D8*20260231"))
    text, problems = page(path)
    assert [problem.code for problem in problems] == ["element-long", "element-date"]
    marks = Page(text).marks
    assert marks[0] == "TOOLONG"
    assert re.fullmatch(r"\[date [0-9a-f]{8}\]", marks[1])
    assert '<span class="near">LX*1</span>\nSV1*HC:27447:<mark>' in text
    assert Page(page(path, values=True)[0]).marks == ["TOOLONG", "20260231"]


def test_what_is_missing_has_a_mark_too(tmp_path: Path) -> None:
    path = tmp_path / "one.837"
    claim = (TESTDATA / "story" / "claims" / "number-missing.837").read_text()
    path.write_text(claim.replace("NM1*41*2*LARKSPUR ORTHOPEDICS*****46*LARKSPUR", "NM1*41*2******46*LARKSPUR"))
    text, problems = page(path)
    assert [problem.code for problem in problems] == ["element-missing"]
    assert "NM1*41*2*<mark>" in text and Page(text).marks == ["·"]


def test_nothing_in_a_document_speaks_to_the_browser(tmp_path: Path) -> None:
    path = tmp_path / "one.837"
    claim = (TESTDATA / "story" / "claims" / "number-missing.837").read_text()
    path.write_text(claim.replace("LO1001*", "<b>&quot;*").replace("20261006", "<i>x</i>"))
    for values in (False, True):
        text, problems = page(path, values=values)
        assert problems
        assert "<b>" not in text and "<i>" not in text and "&amp;quot;" in text
        Page(text)


def test_what_is_left_out_is_said() -> None:
    text, _ = page(TESTDATA / "story" / "claims" / "number-missing.837", left_out={"hl-number": 1200})
    assert "1,200 more problems are not shown: 1,200 hl-number." in text


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(TESTDATA).as_posix() for path in FILES])
def test_an_excerpt_is_the_segment(path: Path) -> None:
    problems: list[Problem] = []
    judge(path, problems.append)
    places = Places(str(path))
    for problem in problems:
        place = places.place(problem)
        if place is None:
            continue
        pieces = excerpt(place.segment, tokens=None, start=place.start, stop=place.stop)
        raw = place.segment.raw.decode("latin-1")
        assert "".join(text for text, _ in pieces) == raw
        assert "".join(text for text, meant in pieces if meant) == raw[place.start : place.stop]
        assert any(meant for _, meant in pieces) or not raw
    places.close()


def test_an_excerpt_hides_each_part_that_is_phi() -> None:
    segment = Segment(b"NM1*QC*1*LARCH*LEE****MI*W1", b"~", 0, Delimiters())
    text = "".join(text for text, _ in excerpt(segment, tokens=Tokens("k")))
    assert re.fullmatch(r"NM1\*QC\*1\*\[name \w{8}\]\*\[name \w{8}\]\*{4}MI\*\[id \w{8}\]", text)

"""The acknowledgments of every file of the corpus: valid by our own guides, and held against what the files' projects expect.

What pyx12 expects are 997s and 999s. They are compared as records, field by field; what differs is listed with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import edi
from edi.cli.validate import validate
from edi.guides.reasons import Comparison, compare
from edi.records.acknowledging import acknowledge
from edi.records.acknowledgment import GroupAnswer, InterchangeAnswer
from edi.records.received import Acknowledgment, read_acknowledgments

NOW = datetime(2026, 1, 2, 3, 4)
Row = tuple[Any, ...]

REJECTED = "the interchange is rejected by its TA1: what is in it is not acknowledged; pyx12 goes on"
UNGUIDED = "there is no guide of 004010 here, so the set is rejected for that (I6); pyx12 has one, and judges its segments"
CUT_OFF = "the file is cut off, so the interchange is rejected by its TA1"

EXPECTED: dict[str, tuple[str, list[Row], list[Row]]] = {
    "834_eol_in_element": (
        "a line break inside an element cannot be repeated in IK404; pyx12 writes a word for it",
        [("IK4", 1, 0, 0, 166, "6", "<LF>")],
        [("IK4", 1, 0, 0, 166, "6", "")],
    ),
    "834_lui_id_5010.999": (
        "the file has the one answer four times",
        3
        * [
            ("AK1", "BE", "13360001", ""),
            ("AK2", "834", "0001", "005010X220A1"),
            ("IK5", "A"),
            ("AK9", "A", 1, 1, 1),
        ],
        [],
    ),
    "blank1": (
        "blanks alone are a character fault here whatever the guide, and are not repeated; pyx12 takes them for a wrong code",
        [],
        [("IK4", at, 1, 0, 235, "6", "") for at in (2, 3)],
    ),
    "ele": (
        "a time that is none (3339) cannot be repeated in a TA1 that is to be valid: it has the time of the answer",
        [("TA1", "000484889", "040709", "3339", "R", "015")],
        [("TA1", "000484889", "260102", "0304", "R", "015")],
    ),
    "trailer_errors": (
        "several elements of the ISA are wrong: we name the first, pyx12 the last",
        [("TA1", "000484950", "040820", "1133", "R", "018")],
        [("TA1", "000484950", "040820", "1133", "R", "011")],
    ),
}
"""Why; what only the expected acknowledgment says; what only ours says. Beside what the rules of `unexplained` cover."""
INPUTS = {
    "834_ls_le_ls.resAck": "834_ls_le_ls",
    "834_ls_le_ls_5010.999": "834_ls_le_ls",
    "834_lui_id_5010.999": "834_lui_id_5010",
}
"""Expected files that are not named like their inputs."""
WITHOUT_INPUT = {"loop_counting2.res997"}


@pytest.mark.corpus("[!LW]*/*")
def test_the_acknowledgments_of_every_file_are_valid(corpus_file: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(validate, ["--ack", str(tmp_path / "ack"), "--jobs", "1", str(corpus_file)])
    assert result.exit_code in (0, 1), result.output
    for answer in sorted((tmp_path / "ack").iterdir()):
        assert edi.validate(answer, level=4).problems == (), answer.name  # the codes in it are those that were sent
        assert list(read_acknowledgments(answer))


@pytest.mark.corpus("837[DIP]/*claim*", "837[DIP]/*demo*", "278/*response*", "invalid/*imsweb*")
def test_pyx12_finds_no_fault_in_them(corpus_file: Path) -> None:
    answers = acknowledge(corpus_file, control=1, created=NOW)
    for each in (answers.functional, answers.claims):
        assert not each or compare(each) == Comparison()


@pytest.mark.corpus("expected/*.res*", "ack/*.999.txt")
def test_acknowledgments_are_those_that_are_expected(corpus_file: Path) -> None:
    name = corpus_file.name.rpartition("__")[2].removesuffix(".txt")
    if name in WITHOUT_INPUT:
        pytest.skip("its input is not in the corpus")
    stem = INPUTS.get(name, name.rpartition(".")[0])
    source = next(path for path in corpus_file.parents[1].glob(f"*/*__{stem}.txt") if path.parent.name not in ("expected", "ack"))
    answers = acknowledge(source, control=1, created=NOW, values=True, level=2)
    ours = rows([*read_acknowledgments(answers.interchange), *read_acknowledgments(answers.functional)])
    theirs = rows(read_acknowledgments(corpus_file))
    lacking, added = unexplained(theirs, ours, unguided=b"*004010X" in source.read_bytes())
    reason, less, more = EXPECTED.get(name) or EXPECTED.get(stem, ("", [], []))
    assert (lacking, added) == (Counter(less), Counter(more)), reason


def rows(answers: Iterable[Acknowledgment]) -> list[Row]:
    """Every field of some acknowledgments, a row for each segment."""
    return [row for answer in answers for row in _rows(answer)]


def _rows(answer: Acknowledgment) -> Iterator[Row]:
    if isinstance(answer, InterchangeAnswer):
        yield ("TA1", answer.control, answer.date, answer.time, answer.result, answer.note)
    elif isinstance(answer, GroupAnswer):
        yield ("AK1", answer.group, answer.control, answer.version)
        for one in answer.sets:
            yield ("AK2", one.set, one.control, one.version)
            for fault in one.faults:
                yield ("IK3", fault.segment, fault.position, fault.loop, fault.code)
                for e in fault.elements:
                    yield ("IK4", e.element, e.component, e.repetition, e.number, e.code, e.value)
            yield ("IK5", one.result, *one.codes)
        yield ("AK9", answer.result, answer.sent, answer.received, answer.accepted, *answer.codes)


def unexplained(theirs: list[Row], ours: list[Row], *, unguided: bool) -> tuple[Counter[Row], Counter[Row]]:
    """What only one of the two says, without that for which there is a rule."""
    if any(row[0] == "TA1" and row[4] == "R" for row in ours):  # REJECTED, CUT_OFF
        assert all(row[0] == "TA1" for row in ours)
        theirs = [row for row in theirs if row[0] == "TA1"]
    # A 997 does not name the version of its group.
    theirs, ours = ([(*row[:3], "") if row[0] == "AK1" else row for row in some] for some in (theirs, ours))
    lacking, added = Counter(theirs) - Counter(ours), Counter(ours) - Counter(theirs)
    if unguided:  # UNGUIDED
        assert all(row[1] == "R" and "I6" in row for row in added if row[0] == "IK5")
        lacking = Counter({row: n for row, n in lacking.items() if row[0] not in ("IK3", "IK4", "IK5", "AK9")})
        added = Counter({row: n for row, n in added.items() if row[0] not in ("IK5", "AK9")})
    return lacking, added

"""The folder is the test: a file put in `testdata/.../pass`, `fail` or `warn` is judged by being there.

A file in `fail` or `warn` has an `.expected` beside it, a line for each problem: code, loop, segment, position, element
("05-2" for a component), "-" for what there is not. Each file is judged twice, walked and with compiled expressions.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from edi.errors import Problem
from edi.guides.comparison import ComparisonError, second_opinion
from edi.guides.validation import Report, validate

TESTDATA = Path(__file__).parents[1] / "testdata"
STORY = TESTDATA / "story"
X12 = (".edi", ".278", ".837", ".835")
MISTAKEN = {
    # X12's extended character set has letters with accents; pyx12's has not
    "letters-with-accents.edi": (
        'Data element "Claim Note Text" (NTE02) is type AN, contains an invalid character(GENOU à OPÉRER)'
    ),
}
"""What pyx12 says of a file that is right."""


def files(*folders: str) -> list[Path]:
    found = {path for folder in folders for path in TESTDATA.glob(folder) if path.suffix in X12}
    assert found
    return sorted(found)


def named(path: Path) -> str:
    return path.relative_to(TESTDATA).as_posix()


def both(path: Path) -> Iterator[Report]:
    yield validate(path, compiled=False)
    yield validate(path, compiled=True)


def line(problem: Problem) -> str:
    element = "-" if problem.element is None else f"{problem.element:02d}"
    if problem.component:
        element += f"-{problem.component}"
    return f"{problem.code} {problem.loop or '-'} {problem.segment or '-'} {problem.position or '-'} {element}"


def expected(path: Path) -> list[str]:
    return [text for text in path.with_suffix(".expected").read_text().splitlines() if text and not text.startswith("#")]


@pytest.mark.parametrize("path", files("**/pass/*", "story/*/*"), ids=named)
def test_what_should_pass_passes(path: Path) -> None:
    for report in both(path):
        assert [line(problem) for problem in report.problems] == []
        assert report.valid


@pytest.mark.parametrize("path", files("**/fail/*"), ids=named)
def test_what_should_fail_fails_for_its_reason(path: Path) -> None:
    for report in both(path):
        assert sorted(line(problem) for problem in report.problems) == sorted(expected(path))
        assert not report.valid


@pytest.mark.parametrize("path", files("**/warn/*"), ids=named)
def test_a_warning_is_given_and_the_file_is_valid(path: Path) -> None:
    for report in both(path):
        assert sorted(line(problem) for problem in report.problems) == sorted(expected(path))
        assert report.valid


@pytest.mark.parametrize("path", files("837/**/pass/*", "835/pass/*", "story/claims/*", "story/remittances/*"), ids=named)
def test_pyx12_finds_nothing_in_what_passes(path: Path) -> None:
    try:
        opinions = second_opinion(path)
    except ComparisonError as error:
        pytest.skip(str(error))
    assert [opinion for opinion in opinions if opinion.message not in MISTAKEN.get(path.name, "")] == []


# -- what no guide says: whether the files are right in themselves. Read here without the code that is tested. --------------


def segments(path: Path) -> list[list[str]]:
    text = path.read_bytes().decode("latin-1")
    element, terminator = text[3], text[105]
    return [part.strip("\r\n").split(element) for part in text.split(terminator) if part.strip("\r\n")]


def has_check_digit(npi: str) -> bool:
    """ISO 7812 over 80840 and the NPI."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed("80840" + npi))]
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0


def total(lines: list[list[str]], name: str, element: int) -> Decimal:
    return sum((Decimal(line[element]) for line in lines if line[0] == name), Decimal(0))


def adjusted(lines: list[list[str]]) -> Decimal:
    return sum((Decimal(line[n]) for line in lines if line[0] == "CAS" for n in range(3, len(line), 3)), Decimal(0))


def parts(lines: list[list[str]], opener: str, *closers: str) -> Iterator[list[list[str]]]:
    """The runs of segments that begin with `opener` and end before the next one, or before a closer."""
    run: list[list[str]] = []
    for found in lines:
        if found[0] == opener or found[0] in closers:
            if run:
                yield run
            run = [found] if found[0] == opener else []
        elif run:
            run.append(found)


@pytest.mark.parametrize("path", files("story/*/*"), ids=named)
def test_provider_numbers_have_their_check_digit(path: Path) -> None:
    numbers = {s[9] for s in segments(path) if s[0] == "NM1" and s[8:9] == ["XX"]}
    numbers |= {s[4] for s in segments(path) if s[0] == "N1" and s[3:4] == ["XX"]}
    assert numbers
    assert all(has_check_digit(number) and number.startswith("199999") for number in numbers)


@pytest.mark.parametrize("path", files("story/claims/*"), ids=named)
def test_a_claim_is_the_sum_of_its_lines(path: Path) -> None:
    for claim in parts(segments(path), "CLM", "HL", "SE"):
        assert Decimal(claim[0][2]) == total(claim, "SV1", 2) + total(claim, "SV2", 3)


@pytest.mark.parametrize("path", files("story/remittances/*"), ids=named)
def test_a_remittance_balances_to_the_cent(path: Path) -> None:
    """Paid is charge less adjustments at every level, and what is paid in all is what the bank moves (guide, balancing)."""
    lines = segments(path)
    for payment in parts(lines, "CLP", "PLB", "SE"):
        clp = payment[0]
        assert Decimal(clp[4]) == Decimal(clp[3]) - adjusted(payment)
        services = list(parts([*payment, ["SE"]], "SVC", "SE"))
        assert not services or Decimal(clp[3]) == total(payment, "SVC", 2)
        for service in services:
            assert Decimal(service[0][3]) == Decimal(service[0][2]) - adjusted(service)
    moved = next(Decimal(s[2]) for s in lines if s[0] == "BPR")
    assert moved == total(lines, "CLP", 4) - total(lines, "PLB", 4)


def test_no_interchange_number_is_used_twice() -> None:
    numbers = [(s[0][6], s[0][13]) for s in map(segments, files("story/*/*"))]
    assert len(numbers) == len(set(numbers))

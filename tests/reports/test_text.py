"""The report for people."""

from __future__ import annotations

from edi.errors import WARNING, Problem
from edi.guides.validation import TransactionReport
from edi.reports.text import TextReport, printable

DATE = Problem(
    code="element-date",
    message="DTP03 (Date) must be a date, CCYYMMDD",
    level=2,
    transaction="0021",
    claim="26463774",
    loop="2000A/2000B/2300/2400",
    segment="DTP",
    position=31,
    element=3,
    value="20261345",
    x12={"999": "IK304=8 IK403=8"},
)
COUNT = Problem(
    code="iea-count", message="IEA01 should be 1", segment="IEA", element=1, offset=900, value="2", x12={"TA1": "TA105=021"}
)


def report(*problems: Problem, values: bool = False, path: str = "a.837", **left_out: int) -> list[str]:
    written: list[str] = []
    out = TextReport(written.append, values=values)
    out.begin(path)
    for problem in problems:
        out.problem(problem)
    valid = not any(problem.severity == "error" for problem in problems)
    out.transaction(TransactionReport(set="837", guide="005010X222A1", control="0021", valid=valid, segments=40))
    out.end(valid, left_out)
    out.close()
    return "".join(written).splitlines()


def test_a_problem_is_a_line_below_its_claim() -> None:
    assert report(DATE, values=True) == [
        "a.837: transaction 0021, claim 26463774",
        'a.837:31: element-date DTP03 (Date) must be a date, CCYYMMDD; found "20261345" '
        "[claim 26463774, 2000A/2000B/2300/2400] (999: IK304=8 IK403=8)",
        "a.837: not valid: 1 error, 1 transaction (1 not valid), 40 segments",
    ]


def test_phi_is_counted_not_shown() -> None:
    line = report(DATE)[1]
    assert "20261345" not in line
    assert "; found 8 characters, not shown [" in line


def test_an_envelope_s_problem_says_its_segment_and_byte() -> None:
    assert report(COUNT)[0] == 'a.837:IEA@900: iea-count IEA01 should be 1; found "2" (TA1: TA105=021)'


def test_problems_of_one_claim_stand_below_one_line() -> None:
    other = Problem(code="x", message="y", transaction="0021", claim="2", position=60)
    heads = [line for line in report(DATE, DATE, other, other, COUNT, DATE) if line.startswith("a.837: transaction")]
    assert heads == [
        "a.837: transaction 0021, claim 26463774",
        "a.837: transaction 0021, claim 2",
        "a.837: transaction 0021, claim 26463774",
    ]


def test_a_warning_says_so_and_is_counted() -> None:
    lines = report(Problem(code="trailing-spaces", message="NM103 ends in spaces", severity=WARNING, position=4))
    assert lines == [
        "a.837:4: trailing-spaces warning: NM103 ends in spaces",
        "a.837: valid: 1 warning, 1 transaction, 40 segments",
    ]


def test_what_is_left_out_is_said() -> None:
    assert report(DATE, **{"element-date": 200, "hl-number": 1000, "ge-count": 200})[-2:] == [
        "a.837: 1,400 more not shown: 1,000 hl-number, 200 element-date, 200 ge-count",
        "a.837: not valid: 1 error, 1,400 more not shown, 1 transaction (1 not valid), 40 segments",
    ]


def test_nothing_in_a_document_speaks_to_the_terminal() -> None:
    evil = Problem(
        code="x", message="odd", transaction="\x1b[2J", claim="a\r\nb", position=1, segment="CLM", element=1, value="\x1b]0;"
    )
    lines = report(evil, path="a\x1b.837")
    assert all(line.isprintable() for line in lines)
    assert 'found "\\x1b]0;"' in lines[1]
    assert printable("Ä ok") == "Ä ok"


def test_a_long_value_is_cut() -> None:
    line = report(Problem(code="x", message="y", position=1, segment="CLM", element=1, value="9" * 500))[0]
    assert f'found "{"9" * 60}..."' in line


def test_several_files_are_counted_apart() -> None:
    written: list[str] = []
    out = TextReport(written.append)
    for path in ("a", "-"):
        out.begin(path)
        out.problem(COUNT)
        out.end(False, {})
    assert [line for line in written if ": not valid" in line] == [
        "a: not valid: 1 error, 0 transactions, 0 segments\n",
        "standard input: not valid: 1 error, 0 transactions, 0 segments\n",
    ]

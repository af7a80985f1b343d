"""What linking changes in a file: the REF that it writes and SE01, nothing else, whatever the file; and it stays as valid.

For every claim of our files and of the corpus an authorization is made that fits it (tests/linkage/fitting.py), the file is
linked, and what was written is taken out again by code that knows nothing of how it was put there.
"""

from __future__ import annotations

import io
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import edi
from edi.guides.comparison import ComparisonError, second_opinion
from edi.ledger import Ledger
from edi.records.authorization import Authorization
from edi.records.claim import Claim
from tests.drawing import examples

from .fitting import MARK, besides, counted, fitting, without

TESTDATA = Path(__file__).parents[2] / "testdata"
FOUND = sorted([*TESTDATA.glob("story/claims/*.837"), *TESTDATA.glob("odd/*.837"), *TESTDATA.glob("837/**/*.837")])
OURS = [path for path in FOUND if b"*NPR~" not in path.read_bytes()]
"""Without those where a placeholder gives way: there a segment changes, and tests/records/test_numbering.py looks at it."""
TOO_LONG = 20_000
"""Bytes: pyx12 takes minutes for what is larger."""
LEFT_ALONE = {"not-applicable", "requirement-unknown"}
"""Voids, predeterminations and reports carry no number; who has no member id has no authorization."""


@pytest.fixture(scope="session")
def new_ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[list[Authorization]], Ledger]]:
    """Makes ledgers that know some authorizations; one is made anew, the others are its copies."""
    folder = tmp_path_factory.mktemp("ledgers")
    Ledger(f"sqlite:///{folder / 'empty.db'}").close()
    made: list[Ledger] = []

    def make(records: list[Authorization]) -> Ledger:
        path = folder / f"{len(made)}.db"
        shutil.copy(folder / "empty.db", path)
        made.append(Ledger(f"sqlite:///{path}"))
        made[-1].record_authorizations(records)
        return made[-1]

    yield make
    for ledger in made:
        ledger.close()


def written(linked: edi.Linked) -> bytes:
    out = io.BytesIO()
    linked.write(out)
    return out.getvalue()


def same_but_for_numbers(before: bytes, after: bytes) -> int:
    """Hold a linked file to what it was, byte for byte; how many numbers it got."""
    rest, taken = without(after)
    assert rest == counted(before, taken)
    if not sum(taken):
        assert after == before
    return sum(taken)


def codes(data: bytes) -> set[tuple[str, str]]:
    report = edi.validate(data)
    return {(problem.code, problem.severity) for problem in report.problems}


@pytest.mark.corpus("837P/*", "837I/*", "837D/*", large=True)
def test_an_empty_ledger_changes_no_byte(corpus_file: Path, new_ledger: Callable[[list[Authorization]], Ledger]) -> None:
    linked = new_ledger([]).link(corpus_file)
    assert written(linked) == corpus_file.read_bytes()
    assert not any(row.written for row in (*linked.claims, *linked.beside))


@pytest.mark.corpus("837P/*", "837I/*", "837D/*", large=True)
def test_a_fitting_authorization_is_linked(corpus_file: Path, new_ledger: Callable[[list[Authorization]], Ledger]) -> None:
    before = corpus_file.read_bytes()
    claims = list(edi.read_claims(before))
    linked = new_ledger(fitting(claims)).link(corpus_file)
    after = written(linked)
    assert {row.verdict.value for row in linked.claims} <= {"linked", "not-applicable"}
    numbers = same_but_for_numbers(before, after)
    assert numbers == sum(row.verdict is edi.Verdict.LINKED for row in linked.claims)
    assert codes(after) <= codes(before)
    if len(before) <= TOO_LONG:
        assert not opinions(after) - opinions(before)


def opinions(data: bytes) -> Counter[tuple[str, str]]:
    """What pyx12 finds, without the places; nothing where it has no map, or its reader refuses the file."""
    try:
        return Counter((opinion.kind, opinion.subject) for opinion in second_opinion(data))
    except ComparisonError:
        return Counter()


@pytest.mark.corpus("837P/*", "837I/*", "837D/*")
def test_a_number_for_each_line_and_for_each_payer(corpus_file: Path) -> None:
    before = corpus_file.read_bytes()
    claims = list(edi.read_claims(before))
    linked = edi.link(before, [*fitting(claims, by_line=True), *besides(claims)])
    after = written(linked)
    same_but_for_numbers(before, after)
    assert {row.verdict.value for row in linked.claims} <= {"linked", "not-applicable", "split-needed"}
    warned = codes(after) - codes(before)
    assert warned <= {("referral-provider", "warning")}, "a referral should name who referred; nothing else is worse than before"
    again = edi.link(after, [*fitting(claims, by_line=True), *besides(claims)])
    assert written(again) == after
    assert not any(row.written for row in (*again.claims, *again.beside))


# -- any file of ours, written in any way --------------------------------------------------------------------------------

DELIMITERS = ((b"*:~^", b"*:~^"), (b"*:~^", b"|>\x1c{"), (b"*:~^", b"\x1d\x1f\x1e!"), (b"*:~^", b"^~|:"))
ENDS = (b"", b"\n", b"\r\n", b" \n")


def written_as(data: bytes, delimiters: tuple[bytes, bytes], end: bytes) -> bytes:
    """The same file with other delimiters and line ends, where its own are the usual ones."""
    if data[103:106] != b"*T*" and data[104:106] not in (b":~",):
        return data
    plain = data.replace(b"\r", b"").replace(b"\n", b"")
    if any(character in plain for character in set(delimiters[1]) - set(delimiters[0])):
        return data
    return plain.replace(b"~", b"~" + end).translate(bytes.maketrans(*delimiters))


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """One to three files of ours, one behind another, as one file of several interchanges."""
    chosen = draw(st.lists(st.sampled_from(OURS), min_size=1, max_size=3))
    return b"".join(
        written_as(path.read_bytes(), draw(st.sampled_from(DELIMITERS)), draw(st.sampled_from(ENDS))) for path in chosen
    )


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(), st.booleans())
def test_only_the_numbers_and_counts_change(before: bytes, by_line: bool) -> None:
    claims: list[Claim] = list(edi.read_claims(before))
    linked = edi.link(before, [*fitting(claims, by_line=by_line), *besides(claims)])
    after = written(linked)
    same_but_for_numbers(before, after)
    assert edi.validate(after).valid or not edi.validate(before).valid


def test_the_measure_itself_can_fail() -> None:
    """A byte more or less elsewhere, a count that was not made, a number that was moved to the end: each is seen."""
    before = (TESTDATA / "story" / "claims" / "number-missing.837").read_bytes()
    after = written(edi.link(before, fitting(edi.read_claims(before))))
    assert same_but_for_numbers(before, after) == 1
    for wrong in (
        after.replace(b"ADD*SURGERY", b"ADD*SURGERIES"),
        after.replace(b"SE*34*", b"SE*33*"),
        after.replace(b"~\nREF*G1", b"~REF*G1"),
        after.replace(MARK.encode(), b"OTHER"),
    ):
        assert wrong != after
        with pytest.raises(AssertionError):
            same_but_for_numbers(before, wrong)

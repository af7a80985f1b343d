"""What is made of a file before the ledger is asked is what would be made of it then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path

from edi.guides.validation import judge
from edi.jobs.batch.answering import answer, answer_unnumbered
from edi.jobs.batch.judged import Found, Judged, found
from edi.jobs.batch.partners import PartnerTerms
from edi.jobs.batch.prepared import LARGEST, Prepared, ahead
from edi.jobs.validating import judge_each
from edi.ledger.interchange_records import read_ahead

TESTDATA = Path(__file__).parents[2] / "testdata"
KINDS = (".edi", ".278", ".837", ".835", ".999", ".277", ".txt")


def files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in KINDS]


def taken(path: Path, terms: PartnerTerms | None = None) -> Found:
    return found(path, lambda _: terms or PartnerTerms())


@contextmanager
def judged(file: Found) -> Iterator[Judged]:
    with closing(Judged(file)) as made:
        made.run(lambda problem, transaction: judge(str(file.path), problem, transaction, asked=file.terms.asked))
        yield made


def answers(file: Found, known: Judged, first: int) -> tuple[dict[str, bytes], int]:
    """A file's acknowledgments with numbers from `first` on, and the next number that would be given."""
    numbers = count(first)
    with ExitStack() as stack:
        written = {kind: one.read() for kind, one in answer(file, known, numbers, stack).items()}
    return written, next(numbers)


def test_numbers_that_come_later_stand_where_they_would() -> None:
    seen = set()
    for path in files(TESTDATA)[::4]:
        file = taken(path)
        with judged(file) as known:
            later = answer_unnumbered(file, known)
            if later is None:
                assert b"\0" in path.read_bytes()
                continue
            for first in (1, 999_999):  # GS06 has as many digits as it needs, ISA13 always nine
                numbers = count(first)
                numbered = {kind: one.read() for kind, one in later.numbered(numbers).items()}
                assert (numbered, next(numbers)) == answers(file, known, first)
                seen.update(numbered)
    assert seen == {"TA1", "999", "277CA"}


def test_a_file_in_which_a_mark_might_stand_waits(tmp_path: Path) -> None:
    path = tmp_path / "nul.837"
    path.write_bytes((TESTDATA / "story/claims/batch.837").read_bytes().replace(b"CLM*LO2001*", b"CLM*\0000 \0*", 1))
    with judged(taken(path)) as known:
        assert answer_unnumbered(taken(path), known) is None


def test_another_process_makes_it(tmp_path: Path) -> None:
    paths = [TESTDATA / "story" / name for name in ("claims/batch.837", "remittances/batch.835", "responses/denied.278")]
    large = tmp_path / "large.837"
    large.write_bytes(paths[0].read_bytes() * (LARGEST // paths[0].stat().st_size + 1))
    of = {str(path): taken(path) for path in (*paths, large)}
    made = [run(lambda _: None, lambda _: None) for _, run in judge_each(list(of), also=lambda name: ahead(of[name]), jobs=2)]
    assert made[-1] is None
    for path, one in zip(paths, made[:-1], strict=True):
        assert isinstance(one, Prepared)
        with judged(of[str(path)]) as known:
            assert one.answers == answer_unnumbered(of[str(path)], known)
        (read,), (again,) = map(one.known, of[str(path)].interchanges), read_ahead(path, of[str(path)].interchanges).values()
        assert (read.authorizations, read.answers) == (again.authorizations, again.answers)
        assert (read.payments is None) is (path.suffix != ".835")
        assert (read.authorizations is None) is (path.suffix != ".278")


def test_a_guide_that_is_not_agreed_is_answered_by_another_process_too() -> None:
    path = TESTDATA / "story/claims/batch.837"
    agreed, other = taken(path), taken(path, PartnerTerms(name="larkspur", guides=("005010X223A3",)))
    with judged(agreed) as one, judged(other) as another:
        alone = answers(other, another, 7)[0]
        assert alone != answers(agreed, one, 7)[0]
    (made,) = [run(lambda _: None, lambda _: None) for _, run in judge_each([str(path)], also=lambda _: ahead(other), jobs=2)]
    assert {kind: one.read() for kind, one in made.answers.numbered(count(7)).items()} == alone

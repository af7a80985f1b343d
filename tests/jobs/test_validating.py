"""Several cores say what one says, in the same order, whatever the files are."""

from __future__ import annotations

import io
import multiprocessing
import os
import pickle
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bench.claims import write_claims
from bench.remittances import write_payments
from edi.errors import Problem, SourceError
from edi.guides import validation
from edi.guides.selection import EVERYTHING
from edi.guides.validation import TransactionReport, judge, validate
from edi.jobs import validating
from edi.jobs.stretches import stretches
from edi.jobs.validating import judge_each

TESTDATA = Path(__file__).parents[2] / "testdata"
LARGER = 1 << 40
"""Than any transaction."""


def judged(sources: Sequence[Path | str], jobs: int) -> list[tuple[str, list[Problem | TransactionReport]]]:
    out = []
    for source, run in judge_each([str(source) for source in sources], jobs=jobs):
        found: list[Problem | TransactionReport] = []
        run(found.append, found.append)
        out.append((source, found))
    return out


def fit_together(tasks: Sequence[Any]) -> bool:
    """Whether the parts of one transaction are of use."""
    parts = [part for task in tasks for part in validating._do(task, EVERYTHING).apart]
    return all(part is not None and before is not None and part.follows(before) for before, part in pairwise(parts))


@pytest.fixture
def cut_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as large, and every unit at which a transaction can be parted is a task."""
    monkeypatch.setattr(validating, "LARGE", 1)
    monkeypatch.setattr(validating, "TASK", 700)
    monkeypatch.setattr(validating, "PARTED", 1400)


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction of a few hundred claims is parted."""
    monkeypatch.setattr(validating, "LARGE", 1)
    monkeypatch.setattr(validating, "TASK", 20_000)
    monkeypatch.setattr(validating, "PARTED", 40_000)


def take_out_a_level(path: Path, part: int) -> None:
    """Remove the level before a part of a file's transaction."""
    start = [task.stretches[0].start for task in validating._tasks(str(path))][part]
    data = path.read_bytes()
    level = data.rindex(b"HL*", 0, start)
    path.write_bytes(data[:level] + data[data.index(b"HL*", level + 1) :])


def test_small_files_come_in_their_order() -> None:
    files = sorted(TESTDATA.glob("*/**/*.edi"))
    assert len(files) > 50
    assert judged(files, 3) == judged(files, 1)


@pytest.mark.usefixtures("cut_everything")
def test_transactions_come_in_their_order() -> None:
    files = sorted(TESTDATA.glob("*/**/*.edi"))
    assert judged(files, 2) == judged(files, 1)


@pytest.mark.usefixtures("cut_everything")
@pytest.mark.parametrize("delimiters", [b"*:~^", b"|>\n!"])
def test_what_looks_like_a_transaction_inside_binary_data_is_none(delimiters: bytes, tmp_path: Path) -> None:
    """BIN holds any bytes, also whole interchanges: what was guessed from them is not used."""
    whole = (TESTDATA / "278/request/pass/dependent.edi").read_bytes().replace(b"~\n", b"~")
    inside = b"~ST*278*0009*005010X217~BHT*0007*13*X~" + whole.translate(bytes.maketrans(b"*:~^", delimiters))
    attachment = b"ST*275*%04d*005010X210~BGN*02*1*20260101~BIN*%d*%s~SE*4*%04d~"
    isa, gs, *rest = whole.split(b"~")
    request = b"~".join(rest[:-3]) + b"~"
    sets = [attachment % (n, len(inside), inside, n) if n % 3 else request.replace(b"*0001", b"*%04d" % n) for n in range(1, 13)]
    path = tmp_path / "attachments.edi"
    path.write_bytes(b"~".join((isa, gs, b"".join(sets) + b"GE*12*500", b"IEA*1*000000500", b"")))
    ((name, found),) = judged([path], 2)
    assert [(name, found)] == judged([path], 1)
    assert [r.set for r in found if isinstance(r, TransactionReport)] == ["275", "275", "278"] * 4
    assert {p.code for p in found if isinstance(p, Problem)} == {"guide-unknown", "version-mismatch"}


@pytest.mark.corpus("*/*", large=True)
@pytest.mark.usefixtures("cut_everything")
def test_files_by_others(corpus_file: Path) -> None:
    cut = validating._tasks(str(corpus_file))
    pieces = [piece for task in cut for done in (validating._do(task, EVERYTHING),) for piece in (*done.found, *done.apart)]
    assert [str(each) for each in pickle.loads(pickle.dumps(pieces))] == [str(each) for each in pieces]
    expected = judged([corpus_file], 1)
    found: list[Problem | TransactionReport] = []
    validating._Given(_Here(), [str(corpus_file)], EVERYTHING, 4).hand_on(str(corpus_file), found.append, found.append)
    assert [(str(corpus_file), found)] == expected


class _Here(ProcessPoolExecutor):
    """Does at once, here, what it is given: a process for each of hundreds of files would take minutes."""

    def __init__(self) -> None:
        pass

    def submit(self, do, /, *arguments):  # type: ignore[no-untyped-def, override]
        from concurrent.futures import Future

        done: Future[object] = Future()
        try:
            done.set_result(do(*arguments))
        except Exception as error:
            done.set_exception(error)
        return done


@pytest.mark.parametrize("delimiters", [b"*:~^", b"|>~!"])
def test_a_large_file_is_cut_at_its_transactions(tmp_path: Path, delimiters: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validating, "LARGE", 1 << 20)
    path = tmp_path / "claims.837"
    write_claims(path, claims=2_000, faulty=0.1, a_set=700)
    assert path.stat().st_size > validating.LARGE
    data = path.read_bytes().translate(bytes.maketrans(b"*:~^", delimiters))
    path.write_bytes(data)
    found = list(stretches(path, LARGER, LARGER))
    assert [one.start for one in found] == [at + 2 for at in _find_all(data, b"~\nST" + delimiters[:1])]
    assert [one.stop for one in found] == [*(one.start for one in found[1:]), len(data)]
    assert {(one.interchange, one.group, one.version) for one in found} == {("000000001", "1", "005010X222A1")}
    assert judged([path], 2) == judged([path], 1)


def test_each_slice_knows_its_group_also_where_the_next_piece_begins(tmp_path: Path) -> None:
    """A short group fills the last bytes of a piece, so that its GS is in one and its ST in the next."""
    isa, *_ = (TESTDATA / "278/request/pass/dependent.edi").read_bytes().partition(b"\n")
    group = b"GS*HI*SENDER*RECEIVER*20260101*1200*%d*X*005010X217~ST*278*%04d*005010X217~SE*2*%04d~GE*1*%d~"
    groups = [group % (n, n % 10_000, n % 10_000, n) for n in range(1, 25_000)]
    path = tmp_path / "groups.278"
    path.write_bytes(isa + b"".join(groups) + b"IEA*24999*000000001~")
    assert [one.group for one in stretches(path, LARGER, LARGER)] == [str(n) for n in range(1, 25_000)]


def _find_all(data: bytes, what: bytes) -> list[int]:
    found = [data.find(what)]
    while found[-1] >= 0:
        found.append(data.find(what, found[-1] + 1))
    return found[:-1]


@pytest.mark.usefixtures("in_parts")
@pytest.mark.parametrize("faulty", [0, 0.1, 1])
def test_a_large_transaction_is_parted_at_its_units(tmp_path: Path, faulty: float) -> None:
    path = tmp_path / "claims.837"
    write_claims(path, claims=500, faulty=faulty)
    tasks = list(validating._tasks(str(path)))
    assert len(tasks) > 5
    assert [task.stretches[0].stop for task in tasks[:-1]] == [task.stretches[0].start for task in tasks[1:]]
    if faulty < 1:  # a part below a level that is at fault takes it for clean, and is of no use
        assert fit_together(tasks)
    assert judged([path], 2) == judged([path], 1)


@pytest.mark.usefixtures("in_parts")
def test_a_payment_with_many_claims_is_parted(tmp_path: Path) -> None:
    path = tmp_path / "payments.835"
    write_payments(path, segments=4000)
    tasks = list(validating._tasks(str(path)))
    assert len(tasks) > 3
    assert fit_together(tasks)
    assert judged([path], 2) == judged([path], 1)


@pytest.mark.usefixtures("in_parts")
def test_what_was_told_of_parts_that_fit_is_not_told_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some parts are handed on before one cannot be judged; then all is judged here, and only the rest of it is told."""
    path = tmp_path / "claims.837"
    write_claims(path, claims=300, faulty=0.1)
    third = [task.stretches[0].start for task in validating._tasks(str(path))][3]
    alone = judged([path], 1)
    told: list[int] = []
    do, hand = validating._do, validation.hand_on

    def failing(task: Any, *of: Any) -> Any:
        if any(one.start <= third < one.stop for one in task.stretches):
            raise OSError
        return do(task, *of)

    def counted(parts: Any, problem: Any, *of: Any) -> Any:
        found: list[Problem] = []
        whole = hand(parts, lambda each: (found.append(each), problem(each)), *of)
        told.append(len(found) if whole is None else 0)
        return whole

    monkeypatch.setattr(validating, "_do", failing)
    monkeypatch.setattr(validation, "hand_on", counted)
    found: list[Problem | TransactionReport] = []
    validating._Given(_Here(), [str(path)], EVERYTHING, 4).hand_on(str(path), found.append, found.append)
    assert found == alone[0][1]
    assert max(told) > 0


@pytest.mark.usefixtures("in_parts")
@pytest.mark.parametrize("faulty", [0.1, 1])
def test_parts_that_do_not_follow_are_judged_again_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faulty: float
) -> None:
    """A level is missing before the fourth part, and others are at fault: all stays in parts, in the order of one process."""
    path = tmp_path / "claims.837"
    write_claims(path, claims=300, faulty=faulty)
    take_out_a_level(path, 3)
    alone, again, wholes = judged([path], 1), list[int](), list[object]()
    judge_again, hand = validating._judge_again, validation.hand_on
    monkeypatch.setattr(validating, "_judge_again", lambda asked, one: (again.append(one.start), judge_again(asked, one))[1])
    monkeypatch.setattr(validation, "hand_on", lambda *of: (wholes.append(hand(*of)), wholes[-1])[1])
    assert judged([path], 2) == alone
    assert again
    assert wholes[0] is not None


@pytest.mark.usefixtures("in_parts")
def test_what_is_at_fault_in_the_header_is_known_to_the_parts(tmp_path: Path) -> None:
    """No service is held against the date on which the file was made, where that is none."""
    path = tmp_path / "claims.837"
    write_claims(path, claims=200)
    before, bht, behind = path.read_bytes().partition(b"BHT*")
    elements = behind.partition(b"~")[0].split(b"*")
    elements[3] = b"20251345"
    path.write_bytes(before + bht + b"*".join(elements) + behind[behind.index(b"~") :])
    found = judged([path], 2)
    assert found == judged([path], 1)
    assert [each.code for each in found[0][1] if isinstance(each, Problem)] == ["element-date"]


@pytest.mark.usefixtures("in_parts")
def test_a_level_that_is_missing_before_a_part_is_told(tmp_path: Path) -> None:
    """A level is missing before the second part: its own numbers no longer follow from what is before it."""
    path = tmp_path / "claims.837"
    write_claims(path, claims=200)
    take_out_a_level(path, 1)
    found = judged([path], 2)
    assert found == judged([path], 1)
    assert any(isinstance(each, Problem) and each.code == "hl-number" for each in found[0][1])


@pytest.mark.usefixtures("cut_everything")
def test_what_only_looks_like_a_transaction_changes_nothing(tmp_path: Path) -> None:
    """A name that ends in ST, an ST out of its place, delimiters that change, a file that is cut off."""
    whole = (TESTDATA / "story" / "claims" / "batch.837").read_bytes()
    files = {
        "name": whole.replace(b"NM1*IL*1*", b"NM1*IL*1*WE~ST*837*9~", 1),
        "twice": whole + whole.replace(b"*", b"|"),
        "cut": whole[: len(whole) // 2],
        "nested": whole.replace(b"CLM*LO2005", b"ST*837*0002*005010X222A1~\nCLM*LO2005"),
        "unknown": whole.replace(b"005010X222A1", b"005010X999"),
        "other group": whole.replace(b"X222A1~\nST", b"X223A2~\nST", 1),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    paths = [tmp_path / name for name in files]
    assert judged(paths, 2) == judged(paths, 1)
    for (_, found), data in zip(judged(paths, 2), files.values(), strict=True):
        report = validate(io.BytesIO(data))
        assert [each for each in found if isinstance(each, Problem)] == list(report.problems)


def test_a_file_that_cannot_be_read_stops_none_of_the_others(tmp_path: Path) -> None:
    good = TESTDATA / "story" / "claims" / "batch.837"
    said = []
    for source, run in judge_each([str(good), str(tmp_path / "none"), str(tmp_path), str(good)], jobs=2):
        found: list[TransactionReport] = []
        try:
            run(lambda _: None, found.append)
        except SourceError:
            said.append((source, "unread"))
        else:
            said.append((source, str(len(found))))
    assert [what for _, what in said] == ["1", "unread", "unread", "1"]


def test_a_process_that_dies_costs_time_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if multiprocessing.get_start_method() != "fork":
        pytest.skip("what is patched here reaches only processes that are forked")
    monkeypatch.setattr(validating, "judge", _die_elsewhere)
    files = sorted((TESTDATA / "story" / "claims").glob("*.837"))
    expected = [(str(path), [*validate(path).problems]) for path in files]
    found = judged(files, 2)
    assert [(path, [each for each in all_of_it if isinstance(each, Problem)]) for path, all_of_it in found] == expected


def _die_elsewhere(*arguments: Any, **named: Any) -> None:
    if multiprocessing.parent_process() is not None:
        os._exit(1)
    judge(*arguments, **named)

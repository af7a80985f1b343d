"""The engine's one law: what an expression accepts, the walk finds clean; and both paths report the same."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from bench.changes import mutants
from bench.claims import write_claims
from bench.documents import Maker, interchange
from bench.law import at_length
from bench.remittances import write_payments
from edi.errors import Problem
from edi.guides import chain, engine
from edi.guides.guide import load
from edi.guides.placing import Frame
from edi.guides.readings import Ahead
from edi.guides.validation import validate
from edi.guides.walk import Walker
from edi.resources import guide_names
from edi.text import window
from tests.drawing import examples

TESTDATA = Path(__file__).parents[2] / "testdata"
GUIDES = tuple(name for name in guide_names() if name != "x12/envelope")
BREAKING = (b"~", b"*", b":", b"^")


def key(problem: Problem) -> tuple[object, ...]:
    # Of a segment that stands in the wrong place, an accepted unit does not know whether it had one like it in the right one.
    if problem.code in ("segment-out-of-order", "segment-repeats", "loop-repeats", "segment-misplaced"):
        return ("misplaced", None, problem.segment, problem.position, problem.element, problem.component, problem.offset)
    return (problem.code, problem.loop, problem.segment, problem.position, problem.element, problem.component, problem.offset)


@pytest.mark.parametrize("name", GUIDES)
def test_a_document_made_from_the_guide_is_clean_and_accepted_whole(name: str) -> None:
    guide = load(name)
    for seed in range(6):
        rng = random.Random(seed)
        tokens = Maker(guide, rng, full=rng.choice((0.0, 0.3, 0.8, 1.0))).transaction()
        data = interchange(guide, [tokens])
        assert [(p.code, p.message, p.position) for p in at_length(data, guide)] == []
        report = validate(data, level=2, compiled=True)
        assert report.valid and not report.problems
        assert report.transactions[0].segments == len(tokens)


@pytest.mark.parametrize("name", GUIDES)
def test_expressions_accept_clean_units_rather_than_leave_them_to_the_walk(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = load(name)
    data = interchange(guide, [Maker(guide, random.Random(5), full=0.6).transaction()])
    walked: list[bytes] = []
    feed = Walker.feed
    monkeypatch.setattr(Walker, "feed", lambda self, raw, *rest: (walked.append(raw), feed(self, raw, *rest))[1])
    assert validate(data, level=2, compiled=True).valid
    assert {re.match(rb"[A-Z0-9]+", raw)[0] for raw in walked} <= {b"SE", b"PLB", b"AK9"}


@pytest.mark.parametrize("name", GUIDES)
def test_the_law_on_mutants(name: str) -> None:
    """A mutant has the same problems whether units are accepted by expressions or every element is judged at length."""
    guide = load(name)
    accepted = 0
    for seed in range(examples(12)):
        rng = random.Random(100 + seed)
        tokens = Maker(guide, rng, full=rng.choice((0.1, 0.3, 0.5)), units=1).transaction()
        # A PLB in the midst of a payment is one problem for both, but not at the same segment.
        tokens = [segment for segment in tokens if segment[0] != "PLB"]
        for kind, mutant in mutants(tokens, rng, 25):
            data = interchange(guide, [mutant])
            slow = at_length(data, guide)
            report = validate(data, compiled=True)
            if report.transactions[0].guide is None:
                continue  # BHT went elsewhere, and with it what tells a request from a response
            fast = [p for p in report.problems if p.level == 2]
            if any((p.code, p.segment) == ("segment-misplaced", "HL") for p in fast):
                assert slow  # a level that none above can hold: accepted whole it is misplaced, walked its HL03 is wrong
                continue
            assert sorted(map(repr, map(key, fast))) == sorted(map(repr, map(key, slow))), (seed, kind)
            accepted += not slow
    assert accepted


@pytest.mark.parametrize(
    "delimiters", [(b"~", b"*", b":", b"^"), (b"\n", b"|", b">", b"!"), (b"'", b"+", b"\x1f", b"U"), (b"\r", b".", b"-", b"(")]
)
def test_any_delimiters(delimiters: tuple[bytes, ...]) -> None:
    """Delimiters may be any characters, also those that mean something in an expression; `U` repeats nothing."""
    guide = load("837/professional")
    tokens = Maker(guide, random.Random(3), full=0.4).transaction()
    plain = interchange(guide, [[[re.sub(r"[^A-Z0-9:^]", "X", e) for e in s] for s in tokens]])
    clean = validate(plain)
    table = bytes.maketrans(b"".join(BREAKING), b"".join(delimiters))
    data = plain.replace(b"~\n", b"~").translate(table)
    for compiled in (False, True):
        report = validate(data, compiled=compiled)
        assert [key(p)[:6] for p in report.problems] == [key(p)[:6] for p in clean.problems]


def test_a_match_is_no_more_than_a_prefix() -> None:
    """What stands behind an accepted unit is judged: an unknown last segment, a 51st line, the end of the file."""
    guide = load("837/professional")
    tokens = Maker(guide, random.Random(1), full=0.0, units=1).transaction()
    for extra, code in (
        (["ZZZ", "1"], "segment-unused"),
        (["CLP", "1"], "segment-unused"),
        (["NM1", "41", "1", "X"], "misplaced"),
    ):
        copy = [*tokens[:-1], extra, ["SE", str(len(tokens) + 1), "0001"]]
        assert code in {key(p)[0] for p in validate(interchange(guide, [copy]), compiled=True).problems}
    line = [s for s in tokens if s[0] in ("LX", "SV1")] + [["DTP", "472", "D8", "20260101"]]
    lines = [*tokens[:-1], *line * 50, ["SE", str(len(tokens) + 150), "0001"]]
    assert "loop-repeats" in {p.code for p in validate(interchange(guide, [lines]), compiled=True).problems}
    cut = interchange(guide, [tokens]).split(b"SE*")[0]
    assert {"se-missing", "ge-missing", "iea-missing"} <= {p.code for p in validate(cut, compiled=True).problems}


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("NM1*85*1*A*****XX*1234567893", "NM1*85*1*A******1234567893", "element-note"),
        ("D8*20260101", "D8*20261345", "element-date"),
        ("*100*", "*" + "9" * 36 + "*", "element-long"),
        ("NM1*85*1*A*", "NM1*85*1*   *", "element-blank"),
        ("11:B:1", "11:B:1:", "trailing-separators"),
    ],
)
def test_traps_of_a_naive_expression(before: str, after: str, code: str) -> None:
    """Each of these was accepted by a first prototype of the engine."""
    claim = (
        "HL*1**20*1~NM1*85*1*A*****XX*1234567893~N3*1 A ST~N4*BY*OH*430010001~REF*EI*123456789~HL*2*1*22*0~SBR*P*18*******CI~"
        "NM1*IL*1*C*****MI*D123~N3*2 A ST~N4*BY*OH*43001~DMG*D8*20260101*F~NM1*PR*2*E*****PI*F1~"
        "CLM*1*100***11:B:1*Y*A*Y*Y~HI*ABK:A000~LX*1~SV1*HC:99213*100*UN*1***1~DTP*472*D8*20260101~"
    )
    head = (
        "ST*837*0001*005010X222A1~BHT*0019*00*1*20260101*1200*CH~NM1*41*2*A*****46*B1~PER*IC*A*TE*6145550100~"
        "NM1*40*2*A*****46*B1~"
    )
    guide = load("837/professional")
    for compiled in (False, True):
        for text, expected in ((claim, None), (claim.replace(before, after), code)):
            assert expected is None or text != claim
            tokens = [s.split("*") for s in (head + text).split("~") if s]
            data = interchange(guide, [[*tokens, ["SE", str(len(tokens) + 1), "0001"]]])
            codes = {p.code for p in validate(data, compiled=compiled, level=2).problems}
            assert codes == ({expected} if expected else set())


@pytest.mark.parametrize("kind", ["835", "837"])
def test_units_are_accepted_wherever_a_window_ends(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that ends inside a unit costs no walk: else a payment with many claims is read anew for each of them."""
    path = tmp_path / kind
    if kind == "835":
        write_payments(path, segments=3000)
    else:
        write_claims(path, segments=3000)
    monkeypatch.setattr(window, "PIECE", 20_000)
    monkeypatch.setattr(window, "AHEAD", 10_000)
    monkeypatch.setattr(engine, "AHEAD", 10_000)
    walked: list[bytes] = []
    feed = Walker.feed

    def noted(walker: Walker, raw: bytes, offset: int, *ahead: Ahead) -> Frame:
        walked.append(raw)
        return feed(walker, raw, offset, *ahead)

    monkeypatch.setattr(Walker, "feed", noted)
    assert validate(path, compiled=True).valid
    assert not [raw for raw in walked if raw.startswith((b"CLP", b"CLM"))]


@pytest.mark.parametrize("name", ["request", "response"])
@pytest.mark.parametrize("parent", ["", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
def test_both_paths_put_a_level_where_it_says(name: str, parent: str) -> None:
    """The last event may be the subscriber's or the dependent's, if that has room: HL02 says which, and both paths believe it."""
    path = TESTDATA / f"278/{name}/pass/subscribers-event-behind-a-dependents.edi"
    before, level, behind = re.split(rb"(HL\*\d\*)3(?=\*EV)", path.read_bytes())
    data = before + level + parent.encode() + behind
    slow = at_length(data, load(f"278/{name}"))
    assert [key(p) for p in validate(data, compiled=True).problems] == [key(p) for p in slow]
    assert (not slow) == (parent == "3" or (parent == "4" and name == "response"))


def test_levels_in_a_row_are_judged_as_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many levels are stepped over together where they are in order; a fault in any of them is found as it is without that."""
    path = tmp_path / "claims.837"
    write_claims(path, segments=700, members=40)
    whole = path.read_bytes()
    rng = random.Random(4)
    segments = whole.split(b"~\n")
    levels = [index for index, segment in enumerate(segments) if segment.startswith(b"HL*")]
    assert len(levels) > 25
    faulty = 0
    for _ in range(250):
        mutant = list(segments)
        index = rng.choice(levels)
        elements = mutant[index].split(b"*")
        match rng.randrange(5):
            case 0:
                elements[rng.choice((1, 2, 3, 4))] = rng.choice((b"", b"1", b"2", b"7", b"20", b"22", b"23", b"0"))
            case 1:
                del elements[-1]
            case 2:
                index = rng.randrange(4, len(segments) - 4)
                elements = mutant[index].split(b"*")
                elements[0] = rng.choice((b"HL", b"CLM"))
            case 3:  # names that look like the beginning of a segment
                index = rng.choice([i for i, s in enumerate(segments) if s.startswith(b"NM1*IL*1*")])
                elements = [b"NM1", b"IL", b"1", rng.choice((b"CLM", b"HL", b"XCLM")), *mutant[index].split(b"*")[4:]]
            case _:
                mutant[index : index + rng.choice((1, 2, 5, 30))] = []
                index, elements = 0, mutant[0].split(b"*")
        mutant[index] = b"*".join(elements)
        data = b"~\n".join(mutant)
        together = validate(data, compiled=True)
        with monkeypatch.context() as without:
            without.setattr(chain, "step_over", lambda *_: False)
            assert validate(data, compiled=True) == together
        faulty += not together.valid
    assert 150 < faulty < 250


def test_a_patient_called_clm_is_no_claim(tmp_path: Path) -> None:
    """A level that must hold a claim is not served by a name that looks like the beginning of one."""
    path = tmp_path / "claims.837"
    write_claims(path, segments=300, members=40)
    segments = path.read_bytes().split(b"~\n")
    (level, *_) = [i for i, s in enumerate(segments) if s.startswith(b"HL*") and s.split(b"*")[3] == b"23"]
    end = next(i for i in range(level + 1, len(segments)) if segments[i].startswith((b"HL*", b"SE*")))
    claim = next(i for i in range(level, end) if segments[i].startswith(b"CLM*"))
    name = next(i for i in range(level, end) if segments[i].startswith(b"NM1*QC*"))
    segments[name] = b"NM1*QC*1*CLM*JOHN"
    del segments[claim:end]
    for compiled in (False, True):
        problems = validate(b"~\n".join(segments), compiled=compiled).problems
        assert [p.code for p in problems if p.level == 2] == ["loop-missing"]


@pytest.mark.parametrize("extra", [99, 100, 205])
def test_a_level_has_no_more_claims_than_it_may(extra: int, tmp_path: Path) -> None:
    """A hundred stand in a level. The expression counts them, and each one beyond is told, as by the walk."""
    path = tmp_path / "claims.837"
    write_claims(path, segments=600, members=40)
    segments = path.read_bytes().split(b"~\n")
    claims = [i for i, s in enumerate(segments) if s.startswith(b"CLM*")]
    at = claims[len(claims) // 2]
    end = next(i for i in range(at + 1, len(segments)) if segments[i].startswith((b"HL*", b"SE*", b"CLM*")))
    grown = [*segments[:end], *segments[at:end] * extra, *segments[end:]]
    (trailer,) = [i for i, s in enumerate(grown) if s.startswith(b"SE*")]
    grown[trailer] = b"SE*%d*%b" % (trailer - 1, grown[trailer].split(b"*")[2])
    data = b"~\n".join(grown)
    fast, slow = (validate(data, level=2, compiled=compiled) for compiled in (True, False))
    assert [key(p) for p in fast.problems] == [key(p) for p in slow.problems]
    assert [p.code for p in fast.problems] == ["loop-repeats"] * max(0, extra - 99)


def test_loops_beyond_their_limit_are_asked_of_their_expression_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each of them asks it of all those behind it: the time grew with the square of the lines."""
    asked: list[int] = []
    loops = engine.stepping.loops
    monkeypatch.setattr(engine.stepping, "loops", lambda *given: (asked.append(given[3]), loops(*given))[1])
    head, _, tail = (TESTDATA / "story/claims/two-services.837").read_bytes().partition(b"LX*1~")
    lines = b"".join(b"LX*%d~SV1*HC:97110*80*UN*1***1~DTP*472*D8*20261006~\n" % number for number in range(1, 501))
    document = head + lines + tail[tail.index(b"SE*") :]
    told = [[key(p) for p in validate(document, compiled=compiled).problems] for compiled in (True, False)]
    assert told[0] == told[1]
    assert [code for code, *_ in told[0]].count("segment-missing") == 18  # a claim has 50 lines
    assert 0 < sum(asked) < 2000

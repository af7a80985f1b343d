"""pyx12 beside us, on files of the corpus and on mutants: where the two differ, the reason is a known one, and covers no more."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.changes import mutants
from bench.documents import Maker, interchange
from edi.guides.comparison import ComparisonError, Opinion, OurOpinion, read_message, second_opinion
from edi.guides.differences import EDI, LEVELS, PYX12, STRUCTURE, Sides
from edi.guides.guide import load
from edi.guides.reasons import OF_ELEMENTS, REASONS, Comparison, compare, reason
from edi.guides.selection import Asked
from edi.guides.validation import judge, validate

LARGEST = 100_000
"""Bytes: pyx12 takes minutes for what is larger."""
SERVED = (
    "837/professional",
    "837/institutional",
    "835/remittance",
    "x12/820",
    "x12/834",
    "x12/999",
    "x12/277-acknowledgment",
)
"""Guides of which pyx12 has a map for 5010."""


def unexplained(comparison: Comparison) -> list[tuple[str, str, int, int, str]]:
    return [
        (d.by, d.opinion.transaction, d.opinion.position, d.opinion.element, d.opinion.message)
        for d in comparison.differences
        if not d.reason
    ]


def batches(name: str, seed: int, count: int) -> Iterator[bytes]:
    """Interchanges of 24 mutants each: pyx12 reads its map anew for every file."""
    guide, rng = load(name), random.Random(seed)
    for _ in range(count):
        changed = []
        for _ in range(3):
            tokens = Maker(guide, rng, full=rng.choice((0.1, 0.3, 0.6)), units=1).transaction()
            changed += [mutant for _, mutant in mutants(tokens, rng, 8)]
        yield interchange(guide, changed)


def both(data: bytes) -> tuple[tuple[Opinion, ...], tuple[Opinion, ...]]:
    ours = OurOpinion()
    judge(data, ours.problem, ours.transaction, asked=Asked(LEVELS))
    return second_opinion(data), ours.opinions()


@pytest.mark.corpus("837P/*", "837I/*", "835/*", "ack/*", "other/*", "invalid/*")
def test_every_difference_on_a_file_has_its_reason(corpus_file: Path) -> None:
    if corpus_file.stat().st_size > LARGEST:
        pytest.skip("pyx12 takes minutes for it")
    if not any(transaction.guide for transaction in validate(corpus_file).transactions):
        return  # nothing to compare: only level 1 is judged here
    comparison = compare(corpus_file)
    assert unexplained(comparison) == []
    assert all(difference.opinion.masked != "..." for difference in comparison.differences)


@pytest.mark.parametrize("name", SERVED)
def test_every_difference_on_a_mutant_has_its_reason(name: str) -> None:
    compared = 0
    for data in batches(name, 2026, 2):
        comparison = compare(data)
        assert unexplained(comparison) == []
        compared += not comparison.error
    assert compared, "pyx12 stopped with an error of its own at every batch"


def test_a_reason_covers_no_fault_that_one_of_the_two_has_missed() -> None:
    """Where both find fault, let one of them have missed it: that is seen, but for faults of structure among others."""
    missed, covered = Counter[str](), Counter[str]()
    for name in ("837/professional", "835/remittance", "x12/834"):
        for data in batches(name, 7, 3):
            try:
                theirs, ours = both(data)
            except ComparisonError:
                continue  # pyx12 has stopped with an error of its own
            places = {o.place for o in theirs} & {o.place for o in ours if not o.warning}
            for by, found in ((PYX12, theirs), (EDI, ours)):
                for opinion in found:
                    if opinion.place not in places or opinion.warning:
                        continue
                    left = Sides(
                        theirs if by == PYX12 else [o for o in theirs if o.place != opinion.place],
                        ours if by == EDI else [o for o in ours if o.place != opinion.place],
                        data,
                    )
                    of_element = "element" if opinion.element else "segment"
                    missed[of_element] += 1
                    covered[of_element] += bool(reason(by, opinion, left))
    assert missed["element"] > 60 and missed["segment"] > 60
    assert covered["element"] / missed["element"] < 0.1, covered
    assert covered["segment"] / missed["segment"] < 0.5, covered


def test_a_segment_without_any_value_is_a_fault() -> None:
    guide = load("837/professional")
    tokens = Maker(guide, random.Random(1), full=0.0, units=1).transaction()
    at = next(index for index, segment in enumerate(tokens) if segment[0] == "SBR")
    tokens.insert(at + 1, ["PAT"])
    tokens[-1][1] = str(len(tokens))
    assert not validate(interchange(guide, [tokens]), level=2).valid


def kinds_told(kinds: set[str]) -> str:
    """The kinds of a reason as the documentation has them."""
    if "" in kinds:
        return "any"
    words = []
    for word, group in (("faults of elements", OF_ELEMENTS), ("faults of structure", STRUCTURE)):
        if kinds >= set(group):
            words.append(word)
            kinds -= set(group)
    return ", ".join([*words, *(f"`{kind}`" for kind in sorted(kinds))])


def test_the_documentation_tells_every_reason() -> None:
    text = (Path(__file__).parents[2] / "docs/guides.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (pyx12|edi) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    reasons: dict[tuple[str, str], set[str]] = {}
    for known in REASONS:
        reasons.setdefault((known.by, known.why), set()).update(known.kinds or ("",))
    assert rows == [(by, kinds_told(kinds), why) for (by, why), kinds in reasons.items()]


def test_what_pyx12_has_no_map_for_is_said(tmp_path: Path) -> None:
    path = tmp_path / "request.278"
    path.write_text(
        "ISA*00*          *00*          *ZZ*A              *ZZ*B              *260301*1200*^*00501*000000001*0*T*:~"
        "GS*HI*A*B*20260301*1200*1*X*005010X217~ST*278*0001*005010X217~SE*2*0001~GE*1*1~IEA*1*000000001~"
    )
    with pytest.raises(ComparisonError, match="no map for this guide"):
        second_opinion(path)
    assert "no map for this guide" in compare(path).error


@pytest.mark.parametrize("data", [b"", b"hello", b"ISA*00*", b"\xff" * 200])
def test_what_is_no_x12_pyx12_refuses(data: bytes) -> None:
    assert compare(data).error == "pyx12 cannot judge it: its reader refuses the file."


@pytest.mark.parametrize(
    ("message", "kind", "subject", "masked"),
    [
        ("(SMITH) is not a valid code for Entity (NM101)", "code", "NM101", "(...) is not a valid code for Entity (NM101)"),
        (
            'Data element "Name" (NM103) is too long: len("A" (NM101) is too long: len("B") = 70 > 60 (max_len)',
            "long",
            "NM103",
            'Data element "Name" (NM103) is too long: len("...") = 70 > 60 (max_len)',
        ),
        (
            "Segment NM1*SMITH not found.  Started at /ISA_LOOP/GS_LOOP/ST_LOOP/HEADER/REF[EV]",
            "not-found",
            "NM1",
            "Segment NM1... not found.  Started at /ISA_LOOP/GS_LOOP/ST_LOOP/HEADER/REF[EV]",
        ),
        ("Segment SMITH*A not found.  Started at /ISA_LOOP", "not-found", "", "Segment ... not found.  Started at /ISA_LOOP"),
        ('Segment identifier "SMITH" is invalid', "id", "", 'Segment identifier "..." is invalid'),
        ("SE count of 1 for SE02=SMITH is wrong. I count 2", "se-count", "", "SE count of ... is wrong. I count 2"),
        ("Something new about SMITH", "other", "", "..."),
    ],
)
def test_a_message_of_pyx12_is_read_and_its_values_masked(message: str, kind: str, subject: str, masked: str) -> None:
    assert read_message(message) == (kind, subject, masked)


def test_values_are_masked_in_every_message_about_a_mutant() -> None:
    guide = load("837/professional")
    tokens = Maker(guide, random.Random(4), full=0.3, units=1).transaction()
    secret = "QUIDDLE" * 12
    changed = []
    for at in range(1, len(tokens) - 1, 3):
        copy = [list(segment) for segment in tokens]
        copy[at][1:] = [secret if element else "" for element in copy[at][1:]]
        changed.append(copy)
    opinions = second_opinion(interchange(guide, changed))
    assert sum("QUIDDLE" in opinion.message for opinion in opinions) > 20
    assert not [opinion for opinion in opinions if "QUIDDLE" in opinion.masked or opinion.kind == "other"]

"""The compiled judge: with it is found what is found without it, and where nothing is to be found it says so."""

from __future__ import annotations

import importlib.util
import os
import random
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from bench.claims import write_claims
from bench.remittances import write_payments
from edi import resources
from edi.guides.guide import load
from edi.guides.rules import files as rules
from edi.guides.rules.ruleset import Ruleset, ruleset
from edi.guides.rules.specimen import edited
from edi.guides.rules.speed import Speed, amount
from edi.guides.selection import Asked
from edi.guides.validation import Report, validate
from edi.text.segments import Delimiters, read

INSTALLED = importlib.util.find_spec("edi_speed") is not None
if not INSTALLED and os.environ.get("EDI_REQUIRE_SPEED"):
    raise AssertionError("edi_speed is not installed")
pytestmark = pytest.mark.skipif(not INSTALLED, reason="edi_speed is not installed (pip install ./speed)")

GUIDES = ("835/remittance", "837/dental", "837/institutional", "837/professional")
EXAMPLES = [
    (file, rule, example)
    for file in (*rules.shipped_files(), *rules.payer_files())
    for rule in file.rules
    for example in rule.examples
    if file.guide in GUIDES
]


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    yield Both(monkeypatch)


class Both:
    """Judges documents with the compiled judge and without, and counts how much it took for silent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.silent = self.asked = 0
        whole = Speed.silent

        def counted(speed: Speed, data: bytes, start: int, stop: int, around: bytes) -> object:
            found = whole(speed, data, start, stop, around)
            self.silent += found.until - start
            self.asked += found.end - start
            return found

        monkeypatch.setattr(Speed, "silent", counted)

    def judge(self, data: bytes | Path, **asked: object) -> Report:
        """The report of both, which is one and the same."""
        reports = []
        for wanted in ("0", "1"):
            self._monkeypatch.setenv("EDI_SPEED", wanted)
            reports.append(validate(data, compiled=True, **asked))  # type: ignore[arg-type] - the options of `validate`
        assert reports[0] == reports[1]
        return reports[1]


def changed(data: bytes, seed: int, count: int) -> Iterator[bytes]:
    """Copies in which some elements have the values of others, segments are missing, come twice or elsewhere."""
    rng = random.Random(seed)
    raws = [segment.elements for segment in read(data)]
    values: dict[tuple[bytes, int], list[bytes]] = {}
    for elements in raws:
        for place, value in enumerate(elements):
            values.setdefault((elements[0], place), []).append(value)
    body = range(3, len(raws) - 3)
    for _ in range(count):
        copy = [list(elements) for elements in raws]
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.choice(body)
            elements = copy[at]
            if not elements:
                continue
            place = rng.randrange(1, len(elements)) if len(elements) > 1 else 0
            match rng.randrange(9):
                case 0:
                    elements.clear()
                case 1:
                    copy[rng.choice(body)] = list(elements)
                case 2 | 3 | 4 if place:
                    elements[place] = rng.choice(values[elements[0], place])
                case 5 if place:
                    elements[place] = b""
                case 6 if place:
                    elements[place] = rng.choice((b"0", b"0.01", b"-5", b"12.5", b"999999999999999", b"1.00001", b"1"))
                case 7 if place:
                    parts, others = elements[place].split(b":"), rng.choice(values[elements[0], place]).split(b":")
                    parts[rng.randrange(len(parts))] = rng.choice(others)
                    elements[place] = b":".join(parts)
                case _ if place:
                    elements[place] = rng.choice((b"20151231", b"20140203", b"20260230", b"20261103"))
        yield b"~\n".join(b"*".join(elements) for elements in copy if elements) + b"~\n"


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Valid files of some hundred units, by their guides."""
    folder = tmp_path_factory.mktemp("samples")
    for name, institutional in (("professional", False), ("institutional", True)):
        write_claims(folder / name, claims=60, seed=5, institutional=institutional)
    write_payments(folder / "remittance", segments=1500)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def of(samples: dict[str, bytes], guide: str) -> bytes:
    name = guide.partition("/")[2]
    return samples[name] if name in samples else resources.specimen(guide).read_bytes()


@pytest.mark.parametrize("guide", GUIDES)
def test_examples_of_rules_are_judged_alike(guide: str, both: Both) -> None:
    for file, rule, example in EXAMPLES:
        if file.guide == guide:
            document = edited(resources.specimen(guide), rule, example)
            both.judge(document, rules=() if file.payer == "" else (file.path,))


@pytest.mark.parametrize("guide", GUIDES)
def test_a_clean_file_is_silent(guide: str, samples: dict[str, bytes], both: Both) -> None:
    assert both.judge(of(samples, guide)).valid
    assert both.silent == both.asked


@pytest.mark.parametrize("guide", GUIDES)
def test_what_was_changed_at_random_is_judged_alike(guide: str, samples: dict[str, bytes], both: Both) -> None:
    codes = set()
    for whole, count in ((of(samples, guide), 25), (resources.specimen(guide).read_bytes(), 60)):
        for data in changed(whole, 7, count):
            codes |= {problem.code for problem in both.judge(data).problems if problem.level > 2}
    assert len(codes) >= 10, "the changes are such that rules find something"
    assert both.silent > both.asked / 2


@pytest.mark.parametrize("name", ["professional", "institutional", "remittance"])
def test_a_missing_or_wrong_level_is_judged_alike(name: str, samples: dict[str, bytes], both: Both) -> None:
    """What it holds stands in the unit before then, twice where the guide has it once: the first counts."""
    lines = samples[name].splitlines(keepends=True)
    begun = [number for number, line in enumerate(lines) if line.startswith((b"HL*", b"CLM*", b"CLP*", b"LX*"))]
    for number in begun[::11]:
        both.judge(b"".join(lines[:number] + lines[number + 1 :]))
    for number in begun:
        if b"*22*" in lines[number]:
            both.judge(b"".join([*lines[:number], lines[number].replace(b"*22*", b"*23*"), *lines[number + 1 :]]))


@pytest.mark.parametrize("name", ["bcbs-texas", "medi-cal", "medicare-part-b"])
def test_a_payers_rules_are_judged_alike(name: str, samples: dict[str, bytes], both: Both) -> None:
    for data in changed(samples["professional"], 11, 15):
        both.judge(data, rules=(name,))


@pytest.mark.parametrize("level", [2, 3, 4, 5, 6])
def test_every_level_is_judged_alike(level: int, samples: dict[str, bytes], both: Both) -> None:
    for name in sorted(samples):
        for data in changed(samples[name], level, 6):
            both.judge(data, level=level)


@pytest.mark.parametrize(
    ("between", "delimiters"), [(b"", b"*:~^"), (b"\r\n", b"*:~^"), (b"", b"|>\n^"), (b"\n", b"|>~U"), (b"\n", b"+:'*")]
)
def test_other_delimiters_and_breaks_are_judged_alike(
    between: bytes, delimiters: bytes, samples: dict[str, bytes], both: Both
) -> None:
    for name in sorted(samples):
        for data in (samples[name], *changed(samples[name], 3, 5)):
            told = bytearray(data.replace(b"\n", b"").translate(bytes.maketrans(b"*:~^", delimiters)))
            told[82:83] = delimiters[3:]
            both.judge(bytes(told).replace(delimiters[2:3], delimiters[2:3] + between))


@pytest.mark.corpus("837P/*", "837I/*", "837D/*", "835/*")
def test_the_corpus_is_judged_alike(corpus_file: Path, both: Both) -> None:
    both.judge(corpus_file)


def test_an_old_service_is_held_to_the_codes_of_its_day(samples: dict[str, bytes], both: Both) -> None:
    """ICD-10-CM is good from October 2015 on."""
    new = samples["professional"]
    old = new.replace(b"DTP*472*D8*2026", b"DTP*472*D8*2014")
    assert both.judge(new, level=5).valid
    found = {problem.code for problem in both.judge(old, level=5).problems}
    assert "icd-10-cm-early" in found
    assert found == {problem.code for problem in validate(old, level=5, compiled=False).problems}


@pytest.mark.parametrize(
    ("scaled", "decimals", "said"), [(19800000, 0, "1980"), (-50000, 2, "-5.00"), (12345, 4, "1.2345"), (0, 1, "0.0")]
)
def test_a_sum_has_the_decimals_of_its_amounts(scaled: int, decimals: int, said: str) -> None:
    found = amount(scaled, decimals)
    assert str(found) == said
    assert isinstance(found, Decimal) == bool(decimals)


def made() -> Ruleset:
    found = ruleset("837/professional", Asked(), Delimiters())
    assert found is not None
    return found


def test_it_is_left_alone_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert made().speed() is not None
    monkeypatch.setenv("EDI_SPEED", "0")
    assert made().speed() is None


def test_one_of_another_protocol_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import edi_speed

    monkeypatch.setattr(edi_speed, "PROTOCOL", edi_speed.PROTOCOL + 1)
    assert Ruleset(load("837/professional"), [], Asked(), Delimiters()).speed() is None


def test_nothing_that_it_is_asked_about_brings_it_down(samples: dict[str, bytes]) -> None:
    """Bytes that no expression would accept: it is not sure of them, or says that it cannot read them."""
    speed = made().speed()
    assert speed is not None
    rng = random.Random(9)
    data = samples["professional"]
    for _ in range(2000):
        start = rng.randrange(len(data))
        piece = bytearray(data[start : start + rng.randrange(2000)])
        for _ in range(rng.randrange(8)):
            if piece:
                piece[rng.randrange(len(piece))] = rng.choice(b"*~:^\n\x00\xffHLCM0129")
        around = data[: rng.randrange(800)] if rng.random() < 0.5 else b""
        try:
            found = speed.silent(bytes(piece), 0, len(piece), around)
        except ValueError:
            continue
        assert 0 <= found.until <= found.end <= len(piece)


def test_a_sum_may_be_larger_than_it_can_count(samples: dict[str, bytes], both: Both) -> None:
    lines = samples["remittance"].splitlines(keepends=True)
    large = [re.sub(rb"^(CLP\*[^*]*\*[^*]*\*[^*]*\*)[^*]*", rb"\g<1>9999999999999", line) for line in lines]
    assert "payment-total" in {problem.code for problem in both.judge(b"".join(large)).problems}
    only = [line for line in large if not line.startswith((b"SVC*", b"CAS*", b"DTM*472", b"LQ*", b"AMT*"))]
    both.judge(b"".join(only), level=4)


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (3, 2), (0, 99)])
def test_a_part_that_is_not_there_is_refused(start: int, stop: int) -> None:
    speed = made().speed()
    assert speed is not None
    with pytest.raises(ValueError, match="no such part"):
        speed.silent(b"HL*1**20*1~", start, stop, b"")

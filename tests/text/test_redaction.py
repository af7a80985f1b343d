"""What is PHI, and what work cannot be done without."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edi.errors import Problem
from edi.guides.guide import LoopUse, SegmentUse, guides
from edi.guides.validation import validate
from edi.text.redaction import UNKNOWN, Tokens, _table, hidden, phi, shown

PATIENT, PROVIDER = "2000A/2000B/2010BA", "2000A/2010AA"


@pytest.mark.parametrize(
    ("segment", "element", "component", "loop", "kind"),
    [
        ("NM1", 3, None, PATIENT, "name"),
        ("NM1", 9, None, PATIENT, "id"),
        ("NM1", 9, None, None, "id"),
        ("N3", 1, None, PATIENT, "address"),
        ("N4", 3, None, "2100", "address"),
        ("DMG", 2, None, PATIENT, "date"),
        ("DTP", 3, None, "2000A/2000B/2300", "date"),
        ("REF", 2, None, PATIENT, "id"),
        ("NTE", 2, None, "2300", "text"),
        ("SV1", 1, 7, "2400", "text"),
        ("SV1", 1, None, "2400", "text"),
        ("PER", 4, None, PROVIDER, "contact"),
        ("SBR", 3, None, "2000A/2000B", "id"),
        ("ISA", 4, None, None, "id"),
        ("QQQ", 1, None, None, UNKNOWN),
        (None, None, None, None, UNKNOWN),
    ],
)
def test_a_person_s_data_is_phi(
    segment: str | None, element: int | None, component: int | None, loop: str | None, kind: str
) -> None:
    assert phi(segment, element, component, value="SOMETHING", loop=loop) == kind


@pytest.mark.parametrize(
    ("segment", "element", "component", "loop"),
    [
        ("CLM", 1, None, "2300"),
        ("CLM", 2, None, "2300"),
        ("CLP", 7, None, "2100"),
        ("HCR", 2, None, "2000E"),
        ("TRN", 2, None, "2000E"),
        ("ISA", 13, None, None),
        ("SE", 1, None, None),
        ("SV1", 1, 2, "2400"),
        ("SV1", 2, None, "2400"),
        ("HI", 1, 2, "2300"),
        ("CAS", 2, None, "2100"),
        ("NM1", 9, None, PROVIDER),
        ("N4", 3, None, PROVIDER),
        ("REF", 2, None, PROVIDER),
        ("DTM", 2, None, "835"),
    ],
)
def test_numbers_codes_and_amounts_are_not(segment: str, element: int, component: int | None, loop: str | None) -> None:
    assert phi(segment, element, component, value="SOMETHING", loop=loop) == ""


def test_a_qualifier_that_is_known_decides() -> None:
    assert phi("REF", 2, elements=["REF", "SY", "123456789"]) == "id"
    assert phi("REF", 2, elements=["REF", "G1", "A123"]) == ""
    assert phi("NM1", 9, elements="NM1*82*1*LARCH*LEE****XX*1234567893".split("*")) == ""
    assert phi("NM1", 9, elements="NM1*QC*1*LARCH*LEE****MI*W1".split("*")) == "id"


def test_elements_in_the_wrong_place_may_be_a_name() -> None:
    """NM1*IL*SMITH: the name stands where a code should."""
    assert phi("NM1", 2, value="SMITH", loop=PATIENT) == "name"
    assert phi("NM1", 2, value="9", loop=PATIENT) == ""


def test_a_problem_s_value() -> None:
    assert shown(Problem(code="c", message="m", segment="CLM", element=2, value="12.3.4")) == "12.3.4"
    assert shown(Problem(code="c", message="m", segment="NM1", element=3, loop=PATIENT, value="SMITH")) is None
    assert shown(Problem(code="c", message="m", value="SMITH*JANE")) is None
    assert shown(Problem(code="c", message="m", segment="CLM", element=2)) is None


def segments(loop: LoopUse) -> set[str]:
    return {id for item in loop.items for id in ({item.id} if isinstance(item, SegmentUse) else segments(item))}


def test_the_table_knows_every_segment_of_our_guides() -> None:
    used = {id for guide in guides() for id in segments(guide.root)}
    assert used - set(_table()) == set()


FILES = sorted(
    path for path in (Path(__file__).parents[2] / "testdata").rglob("*") if path.suffix in (".edi", ".278", ".835", ".837")
)


def check_messages(path: Path) -> None:
    """No message says what is about a person."""
    for problem in validate(path).problems:
        if hidden(problem) and problem.value and len(problem.value.strip()) > 3:
            assert problem.value.strip() not in problem.message


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_messages_for_files_of_ours(path: Path) -> None:
    check_messages(path)


@pytest.mark.corpus("**/*")
def test_messages_for_files_of_others(corpus_file: Path) -> None:
    check_messages(corpus_file)


# -- tokens --------------------------------------------------------------------------------------------------------------


def test_a_token_follows_from_key_kind_and_value() -> None:
    one = Tokens("k")
    assert one("name", "SMITH") == Tokens("k")("name", "SMITH")
    others = [one("id", "SMITH"), one("name", "SMYTH"), Tokens("l")("name", "SMITH"), Tokens("")("name", "SMITH")]
    assert len({one("name", "SMITH"), *others}) == 5
    assert re.fullmatch(r"\[name [0-9a-f]{8}\]", one("name", "SMITH"))


def test_without_a_key_each_run_has_its_own() -> None:
    one = Tokens("")
    assert one("name", "SMITH") == one("name", "SMITH") != Tokens("")("name", "SMITH")

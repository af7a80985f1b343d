"""Each kind of finding shown by a guide that has it, and the shipped guides that have none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from edi.cli.guides import guides as command
from edi.errors import DefinitionError
from edi.guides.dictionary import Dictionary, Place, dictionary
from edi.guides.guide import Element, ElementUse, LoopUse, Note, SegmentUse, guides, load, parse
from edi.guides.lint import lint, lint_choice, lint_dictionary, lint_everything, lint_named

FRAME = """guide 837 005010X999 "A guide"
ST R 1 : 01=837 02
{}
SE R 1 : 01 02
"""


def found(body: str) -> list[tuple[str, str]]:
    return [(f.kind, f.path) for f in lint(parse(FRAME.format(body.strip("\n")), "x/mine.guide"))]


@pytest.mark.parametrize("name", [g.name for g in guides()])
def test_a_shipped_guide_has_no_findings(name: str) -> None:
    assert [str(f) for f in lint(load(name))] == []


def test_nor_has_the_dictionary_and_no_two_guides_serve_the_same() -> None:
    assert [str(f) for f in lint_everything()] == []


class TestUnsatisfiable:
    def test_required_elements_that_a_note_keeps_apart(self) -> None:
        # N4: at most one of 02 and 07.
        assert found("N4 R 1 : 01 02 04? 07") == [("unsatisfiable", "N4-02")]
        assert found("N4 R 1 : 01 02? 04? 07?") == []

    def test_a_required_element_without_the_one_that_it_needs(self) -> None:
        # NM1: 08 and 09 go together.
        assert found("NM1 R 1 : 01 02 08") == [("unsatisfiable", "NM1-08")]
        assert found("NM1 R 1 : 01 02 08 09") == []

    def test_a_segment_that_is_required_behind_one_that_takes_all_of_them(self) -> None:
        body = """
N3 R >1 : 01
loop 1000 "A" R 1
    NM1 R 1 : 01 02
    REF S >1 : 01 02
REF[G1] R 1 : 01 02
"""
        assert ("unsatisfiable", "REF[G1]") in found(body)

    @pytest.mark.parametrize(
        ("top", "below", "expected"),
        [
            ("01 02 03 04=1", "01 02 03 04=0", [("unsatisfiable", "2000A/HL-02")]),
            ("01 03 04=1", "01 03 04=0", [("unsatisfiable", "2000A/2000B/HL-02")]),
            ("01 03 04=0", "01 02 03 04=0", [("unsatisfiable", "2000A/HL-04")]),
            ("01 03 04=1", "01 02 03 04=1", [("unsatisfiable", "2000A/2000B/HL-04")]),
            ("01 03 04=0|1", "01 02 03", []),
        ],
    )
    def test_levels_that_cannot_say_what_the_tree_is(self, top: str, below: str, expected: list[tuple[str, str]]) -> None:
        body = f"""
loop 2000A "A" R 1
    HL[20] R 1 : {top}
    loop 2000B "B" R >1
        HL[22] R 1 : {below}
"""
        assert found(body) == expected


class TestAmbiguous:
    def test_an_optional_last_segment_of_a_loop_and_the_next_one_outside(self) -> None:
        body = """
loop 1000 "A" R 1
    NM1 R 1 : 01 02
    REF[G1|9F] S 1 : 01 02
REF[G1|EI] S 1 : 01 02
"""
        assert found(body) == [("ambiguous", "REF[G1]")]
        assert found(body.replace("G1|EI", "EI")) == []

    def test_what_may_be_left_out_between_two_alike(self) -> None:
        body = "REF[G1] S 1 : 01 02\nN3 S 1 : 01\nREF[G1] S 1 : 01 02"
        assert found(body) == [("ambiguous", "REF[G1]")]
        assert found(body.replace("N3 S", "N3 R")) == []

    def test_the_end_of_a_loop_that_repeats_and_its_beginning(self) -> None:
        body = """
loop 1000 "A" R >1
    NM1[85] R 1 : 01 02
    N3 S 1 : 01
    NM1[85|87] S 1 : 01 02
"""
        assert found(body) == [("ambiguous", "1000")]

    def test_neighbours_in_any_order_are_not(self) -> None:
        assert found("REF[G1] S 2 : 01 02\nREF[9F] S >1 : 01 02\nDTP[472] S 1 : 01 02 03") == []

    def test_one_level_code_for_two_loops(self) -> None:
        body = """
loop 2000A "A" R 1
    HL[20] R 1 : 01 03 04=1
    N3 R 1 : 01
    loop 2000B "B" R >1
        HL[20] R 1 : 01 02 03 04=0
"""
        assert found(body) == [("ambiguous", "2000A/2000B")]

    def test_two_guides_for_one_transaction(self) -> None:
        one = load("835/remittance")
        other = replace(one, name="835/mine", versions=("005010X999", "005010X221"))
        assert [(f.kind, f.guide) for f in lint_choice((one, other))] == [("ambiguous", "835/mine")]
        request, response = load("278/request"), load("278/response")
        assert not list(lint_choice((request, response)))
        assert list(lint_choice((request, replace(response, when=()))))


class TestUnreachable:
    def test_an_element_that_a_note_never_lets_be_there(self) -> None:
        assert found("N4 R 1 : 01 02 04? 07?") == [("unreachable", "N4-07")]
        assert found("NM1 R 1 : 01 02 08?") == [("unreachable", "NM1-08")]

    def test_a_component_too(self) -> None:
        assert found("REF R 1 : 01 02 04?(01 02 03?)") == [("unreachable", "REF-04-03")]

    def test_a_segment_that_another_takes(self) -> None:
        body = """
loop 1000 "A" R 1
    NM1 R 1 : 01 02
    REF S >1 : 01 02
REF[G1] S 1 : 01 02
"""
        assert ("unreachable", "REF[G1]") in found(body)
        assert [kind for kind, _ in found(body.replace("REF S >1", "REF S 5"))] == ["ambiguous"]  # the sixth is the other

    def test_a_level_below_one_that_has_none(self) -> None:
        body = """
loop 2000A "A" R 1
    HL[20] R 1 : 01 03 04=0
    loop 2000B "B" S >1
        HL[22] R 1 : 01 02 03 04=0
"""
        assert found(body) == [("unreachable", "2000A/2000B")]


class TestCodes:
    @pytest.mark.parametrize(
        ("line", "path"),
        [
            ("LX R 1 : 01=1|A", "LX-01"),  # N0
            ("AMT R 1 : 01 02=1.5|1.5.0", "AMT-02"),  # R
            ("BHT R 1 : 01 02 04=20260301|2026MAR1", "BHT-04"),  # DT
            ("BHT R 1 : 01 02 05=1200|NOON", "BHT-05"),  # TM
            ('REF R 1 : 01 02="A"|" B"', "REF-02"),
        ],
    )
    def test_a_code_that_its_element_cannot_hold(self, line: str, path: str) -> None:
        assert found(line) == [("code", path)]

    def test_what_the_notation_refuses_is_found_in_guides_made_otherwise(self) -> None:
        used = SegmentUse("REF", "a", "R", 1, (ElementUse(1, "R", dictionary().elements["128"], ("TOOLONG",)),))
        strange = SegmentUse("NTE", "b", "R", 1, (ElementUse(1, "R", Element("99999", "ID", 1, 3, "?"), ("A",)),))
        made = replace(load("835/remittance"), root=LoopUse("835", "", "R", 1, False, (used, strange)))
        assert [(f.kind, f.path) for f in lint(made)] == [("code", "REF-01"), ("code", "NTE-01")]


class TestUnits:
    def test_units_that_one_opener_does_not_tell_apart(self) -> None:
        body = """
loop 2000 "A" S >1 unit
    LX R 1 : 01
loop 3000 "B" S >1
    NM1 R 1 : 01 02
loop 4000 "C" S >1 unit
    LX R 1 : 01
    N3 R 1 : 01
"""
        assert ("unit", "4000") in found(body)

    def test_a_unit_within_a_loop_that_is_none(self) -> None:
        body = """
loop 2000 "A" R >1
    NM1 R 1 : 01 02
    loop 2100 "B" S >1 unit
        LX R 1 : 01
"""
        assert found(body) == [("unit", "2000/2100")]

    def test_a_code_in_brackets_at_a_second_component(self) -> None:
        assert found("SVC[01-02=A|B] R 1 : 01(01 02) 02") == [("unit", "SVC[A]")]


class TestDictionary:
    def test_references_to_what_is_not_there(self) -> None:
        tables = dictionary()
        bad = replace(
            tables.segments["REF"],
            places=(Place("128", True), Place("4711", False), Place("C999", False), Place("C998999", False)),
            notes=(Note("P", (2, 9)),),
        )
        short = Element("128", "ID", 3, 2, "turned round")
        made = Dictionary({**tables.elements, "128": short}, tables.composites, {"REF": bad})
        assert [(f.kind, f.path) for f in lint_dictionary(made)] == [
            ("unknown", "128"),
            ("unknown", "REF02"),
            ("unknown", "REF04"),
            ("unknown", "REF"),
        ]


class TestCommand:
    def test_nothing_found(self) -> None:
        done = CliRunner().invoke(command, ["lint"])
        assert (done.exit_code, done.output) == (0, "nothing found\n")

    def test_findings_are_said_with_their_place(self, tmp_path: Path) -> None:
        mine = tmp_path / "mine.guide"
        mine.write_text(FRAME.format("NM1 R 1 : 01 02 08?"))
        done = CliRunner().invoke(command, ["lint", str(mine), "835"])
        assert done.exit_code == 1
        assert done.output == f"{tmp_path.name}/mine: NM1-08: unreachable: the syntax note P0809 never lets it be there\n"

    def test_what_the_notation_refuses_is_a_finding_at_its_line(self, tmp_path: Path) -> None:
        mine = tmp_path / "mine.guide"
        mine.write_text(FRAME.format("QQQ R 1 : 01"))
        done = CliRunner().invoke(command, ["lint", str(mine)])
        assert (done.exit_code, done.output.splitlines()[0]) == (1, f"refused: {mine}:3:1: the dictionary has no segment QQQ")

    def test_no_such_guide(self) -> None:
        done = CliRunner().invoke(command, ["lint", "nonsense"])
        assert done.exit_code == 2
        with pytest.raises(DefinitionError):
            list(lint_named("nonsense"))

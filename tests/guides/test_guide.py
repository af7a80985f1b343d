"""The notation of guides, what it refuses, what is kept of it, and the guides that are shipped."""

from __future__ import annotations

import random
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from edi import resources
from edi.cli.guides import guides as command
from edi.errors import DefinitionError
from edi.guides import guide as guides
from edi.guides.dictionary import dictionary
from edi.guides.guide import ElementUse, Guide, LoopUse, SegmentUse, find
from edi.guides.keeping import decoded, encoded
from edi.guides.showing import show

TESTDATA = Path(__file__).parents[2] / "testdata" / "guides"
PASS = sorted((TESTDATA / "pass").glob("*.guide"))
FAIL = sorted((TESTDATA / "fail").glob("*.guide"))
SHIPPED = resources.guide_names()


def text_of(path: Path) -> str:
    return path.read_bytes().decode()


def uses(loop: LoopUse) -> Iterator[SegmentUse | LoopUse]:
    for item in loop.items:
        yield item
        if isinstance(item, LoopUse):
            yield from uses(item)


def one(guide: Guide, loop: str, segment: str, qualifier: str = "") -> SegmentUse:
    found = [
        item
        for parent in (guide.root, *(u for u in uses(guide.root) if isinstance(u, LoopUse)))
        if parent.id == loop
        for item in parent.items
        if isinstance(item, SegmentUse) and item.id == segment and (not qualifier or qualifier in item.qualifiers)
    ]
    assert found
    return found[0]


def element(use: SegmentUse | ElementUse, position: int) -> ElementUse:
    return next(e for e in (use.elements if isinstance(use, SegmentUse) else use.components) if e.position == position)


@pytest.mark.parametrize("path", PASS, ids=lambda p: p.stem)
def test_a_file_in_pass_is_a_guide_and_survives_the_cache(path: Path) -> None:
    guide = guides.parse(text_of(path), path)
    assert decoded(encoded(guide, guides._KINDS), guides._KINDS) == guide


@pytest.mark.parametrize("path", FAIL, ids=lambda p: p.stem)
def test_a_file_in_fail_is_refused_in_the_words_beside_it(path: Path) -> None:
    with pytest.raises(DefinitionError) as refused:
        guides.parse(text_of(path), path.name)
    assert f"{refused.value}\n" == path.with_suffix(".expected").read_text()


def test_every_refusal_has_its_words_and_every_word_its_refusal() -> None:
    assert {p.stem for p in FAIL} == {p.stem for p in (TESTDATA / "fail").glob("*.expected")}
    assert len(FAIL) > 40


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_guide_survives_the_cache(name: str) -> None:
    path = resources.guide_file(name)
    guide = guides.parse(text_of(path), path)
    assert guide.name == name
    assert decoded(encoded(guide, guides._KINDS), guides._KINDS) == guide


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_guide_keeps_to_its_width_and_says_where_it_is_from(name: str) -> None:
    lines = text_of(resources.guide_file(name)).splitlines()
    assert max(map(len, lines)) <= 130
    assert lines[0].startswith("# ") and lines[2].startswith("# ")


def test_no_two_shipped_guides_claim_the_same_transaction() -> None:
    claims = Counter(
        (g.set, version, purpose)
        for g in guides.guides()
        for version in g.versions
        for purpose in [code for _, codes in g.when for code in codes] or [""]
    )
    assert max(claims.values()) == 1


@pytest.mark.parametrize("seed", range(10))
def test_no_text_is_anything_but_a_guide_or_refused_at_a_line(seed: int) -> None:
    whole, chance = text_of(TESTDATA / "pass/every-form.guide"), random.Random(seed)
    pieces = [
        "(",
        ")",
        "[",
        "]",
        "|",
        "=",
        "@",
        '"',
        "\n",
        "\n    ",
        "\t",
        "#",
        "00",
        "99",
        ">1",
        "use 2300",
        "05(",
        "\u2028",
        "\0",
        "\r",
    ]
    for _ in range(25):
        text = whole
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(text))
            text = text[:at] + chance.choice(["", *pieces]) + text[at + chance.randint(0, 4) :]
        try:
            guides.parse(text, "mutant.guide")
        except DefinitionError as refused:
            assert refused.line and refused.message


class TestNotation:
    guide = guides.parse(text_of(TESTDATA / "pass/every-form.guide"), TESTDATA / "pass/every-form.guide")

    def test_header(self) -> None:
        g = self.guide
        assert (g.set, g.version, g.versions) == ("837", "005010X999", ("005010X999", "005010X998", "005010X997"))
        assert (g.name, g.label, g.group, g.unused) == ("pass/every-form", "Every form", "HC", "warning")
        assert g.when == (("BHT02", ("13", "36")),)

    def test_wire_order_and_nesting(self) -> None:
        root = self.guide.root
        assert [i.id for i in root.items] == ["ST", "BHT", "1000A", "2000A", "SE"]
        assert (root.id, root.usage, root.most, root.unit) == ("837", "R", 1, False)
        billing = root.items[3]
        assert isinstance(billing, LoopUse) and (billing.most, billing.unit, billing.label) == (None, True, "Billing")
        assert [i.id for i in billing.items] == ["HL", "2300", "2000B"]

    def test_a_line_that_begins_with_a_colon_a_bar_or_a_position_goes_on(self) -> None:
        bht = one(self.guide, "837", "BHT")
        assert [(e.position, e.usage, e.codes) for e in bht.elements] == [
            (1, "R", ("0019",)), (2, "R", ("13", "36")), (3, "R", ()), (4, "R", ()), (5, "R", ()), (6, "S", ()),
        ]  # fmt: skip

    def test_codes_in_brackets_are_those_of_the_qualifier(self) -> None:
        stay = one(self.guide, "2300", "DTP", "435")
        assert (stay.name, stay.label, stay.most, stay.qualifier, stay.qualifiers) == (
            "stay", "admission, discharge", None, (1, 0), ("435", "096"),
        )  # fmt: skip
        assert element(stay, 1).codes == ("435", "096")
        level = one(self.guide, "2000A", "HL")
        assert (level.qualifier, element(level, 3).codes, element(level, 1).codes) == ((3, 0), ("20",), ())

    def test_a_qualifier_may_stand_in_a_component_or_at_a_place_that_is_said(self) -> None:
        diagnoses = one(self.guide, "2300", "HI", "ABK")
        assert diagnoses.qualifier == (1, 1)
        assert element(element(diagnoses, 1), 1).codes == ("ABK", "BK")
        assert element(element(diagnoses, 12), 1).codes == ("ABF", "BF")
        certificate = one(self.guide, "2300", "PWK", "AB")
        assert (certificate.qualifier, element(certificate, 1).codes, element(certificate, 2).codes) == ((2, 0), ("CT",), ("AB",))

    def test_without_brackets_a_segment_has_no_qualifiers(self) -> None:
        assert one(self.guide, "837", "BHT").qualifiers == ()

    def test_composites_runs_repeats_and_lists(self) -> None:
        claim = one(self.guide, "2300", "CLM")
        place = element(claim, 5)
        assert (place.element, place.composite, place.size, len(place.components)) == (None, "C023", 3, 3)
        causes = element(claim, 11)
        assert [(c.position, c.usage, c.codes) for c in causes.components] == [
            (1, "R", ("AA",)), (2, "S", ("AA", "EM", "OA")), (3, "S", ("AA", "EM", "OA")),
        ]  # fmt: skip
        assert element(one(self.guide, "2300", "HCR"), 3).repeats == 5
        assert element(one(self.guide, "2300", "CRC"), 2).codes == ("N", "Y")

    def test_a_loop_used_again_is_the_same_loop_at_another_usage(self) -> None:
        first, second = [u for u in uses(self.guide.root) if isinstance(u, LoopUse) and u.id == "2300"]
        assert first.items == second.items and first.unit and second.unit
        assert (first.usage, first.most, second.usage, second.most) == ("S", 100, "R", 5)

    def test_types_lengths_and_notes_are_the_dictionary_s(self) -> None:
        name = one(self.guide, "1000A", "NM1")
        assert (name.size, name.label) == (12, "name")
        assert [f"{n.kind}{n.positions}" for n in name.notes] == ["C(11, 10)", "C(12, 3)", "P(8, 9)"]
        number = element(name, 9).element
        assert number is not None and (number.number, number.type, number.minimum, number.maximum) == ("67", "AN", 2, 80)


class TestCache:
    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
        return tmp_path / "caches" / "edi-authlink"

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "mine.guide"
        path.write_text(text_of(TESTDATA / "pass/smallest.guide"))
        return path

    def never(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def parse(text: str, path: str | Path) -> Guide:
            raise AssertionError("read again")

        monkeypatch.setattr(guides, "parse", parse)

    def test_what_was_read_is_not_read_again(self, folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        first = guides.read(file)
        self.never(monkeypatch)
        assert guides.read(file) == first

    def test_it_is_its_owner_s_alone(self, folder: Path, file: Path) -> None:
        guides.read(file)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert [stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()] == [0o600]

    def test_another_text_or_notation_is_read_anew(self, folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        guides.read(file)
        file.write_text(file.read_text().replace("The least", "No more than what"))
        assert guides.read(file).label == "No more than what that is a guide"
        monkeypatch.setattr(guides, "NOTATION", guides.NOTATION + 1)
        self.never(monkeypatch)
        with pytest.raises(AssertionError, match="read again"):
            guides.read(file)

    @pytest.mark.parametrize("rest", [b"", b"{", b"[]", b"[[1]]", b"[[5,1]]", b'[["x"]]', b"\xff", b"[[-1,[7]]]", b"7"])
    def test_a_broken_file_in_it_is_as_none(self, folder: Path, file: Path, rest: bytes) -> None:
        first = guides.read(file)
        (kept,) = folder.iterdir()
        whole = kept.read_bytes()
        kept.write_bytes(rest)
        assert guides.read(file) == first
        assert kept.read_bytes() == whole

    def test_where_it_cannot_be_kept_it_is_read(self, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "no-folder").touch()
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no-folder"))
        assert guides.read(file).set == "999"

    def test_a_kept_837_is_there_at_once_without_the_grammar(self, tmp_path: Path) -> None:
        program = """if 1:
            import sys
            from edi.guides.guide import select
            select("837", "005010X222A1")
            print(*{"lark", "xml", "sqlmodel", "click"} & set(sys.modules))
        """
        environment = {"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
        command = [sys.executable, "-c", program]
        done = [subprocess.run(command, capture_output=True, text=True, check=True, env=environment) for _ in range(2)]
        assert [one.stdout.split() for one in done] == [["lark"], []]


class TestChoosing:
    @pytest.mark.parametrize(
        ("set_", "version", "purpose", "name"),
        [
            ("837", "005010X222A1", "", "837/professional"),
            ("837", "005010X222", "00", "837/professional"),
            ("837", "005010X223A3", "", "837/institutional"),
            ("837", "005010X224A2", "", "837/dental"),
            ("835", "005010X221A1", "", "835/remittance"),
            ("277", "005010X214", "08", "x12/277-acknowledgment"),
            ("277", "005010X212", "08", "x12/277"),
            ("999", "005010X231", "", "x12/999"),
            ("271", "005010X279", "11", "x12/271"),
            ("278", "005010X215", "28", "278/inquiry"),
            ("278", "005010X216", "CN", "278/notification"),
            ("278", "005010X217", "13", "278/request"),
            ("278", "005010X217", "01", "278/request"),
            ("278", "005010X217", "36", "278/request"),
            ("278", "005010X217", "11", "278/response"),
            ("278", "005010X217", "28", None),
            ("278", "005010X217", "", None),
            ("837", "005010X221A1", "", None),
            ("837", "004010X098A1", "", None),
            ("", "", "", None),
        ],
    )
    def test_by_set_version_and_purpose(self, set_: str, version: str, purpose: str, name: str | None) -> None:
        found = guides.select(set_, version, purpose)
        assert (found.name if found else None) == name

    def test_each_version_is_told_by_one(self) -> None:
        there = guides.versions()
        assert (there["005010X221"], there["005010X221A1"]) == ("005010X221A1", "005010X221A1")
        assert {"005010X222A1", "005010X223A2", "005010X224A2"} < {*there.values()}
        assert all(there[one] == one for one in there.values())
        assert "005010" not in there

    def test_what_a_person_means(self, tmp_path: Path) -> None:
        assert guides.find("professional").name == "837/professional"
        assert (guides.find("835").name, guides.find("277").name) == ("835/remittance", "x12/277")
        mine = tmp_path / "mine.guide"
        mine.write_text(text_of(PASS[1]))
        assert guides.find(str(mine)).set == "999"
        for name in ("278", "nonsense", str(tmp_path / "none.guide")):
            with pytest.raises(DefinitionError, match="278/request, 278/response"):
                guides.find(name)
        with pytest.raises(DefinitionError, match=r"837/dental, 837/institutional, 837/professional$"):
            guides.find("837")

    def test_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "latin.guide").write_bytes(b"# a comment\n# caf\xe9\n")
        with pytest.raises(DefinitionError, match=r"latin\.guide:2: is not UTF-8"):
            guides.read(tmp_path / "latin.guide")
        with pytest.raises(DefinitionError, match="cannot be read"):
            guides.read(tmp_path)


class TestResources:
    def test_what_is_not_there_is_a_definition_error(self) -> None:
        for ask in (resources.definition, resources.guide_file, resources.grammar):
            with pytest.raises(DefinitionError, match="there is no"):
                ask("nonsense")

    def test_grammars_in_the_package_come_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for folder, text in (("edi/grammars", "in the wheel"), ("grammars", "beside it")):
            (tmp_path / folder).mkdir(parents=True)
            (tmp_path / folder / "guide.lark").write_text(text)
        monkeypatch.setattr(resources, "PACKAGE", tmp_path / "edi")
        assert resources.grammar("guide") == "in the wheel"
        (tmp_path / "edi/grammars/guide.lark").unlink()
        assert resources.grammar("guide") == "beside it"

    def test_the_cache_is_the_user_s(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
        assert resources.cache() == Path("/somewhere/edi-authlink")
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setenv("HOME", "/home/someone")
        assert resources.cache() == Path("/home/someone/.cache/edi-authlink")


class TestDictionary:
    def test_every_place_names_an_element_or_composite(self) -> None:
        known = {*dictionary().elements, *dictionary().composites}
        for standard in (*dictionary().segments.values(), *dictionary().composites.values()):
            assert {p.reference for p in standard.places} <= known, standard.id
            assert all(n.kind in "PRECL" and max(n.positions) <= len(standard.places) for n in standard.notes), standard.id

    def test_what_the_guides_need_is_there(self) -> None:
        assert len(dictionary().segments) == 104
        lacking_in_pyx12 = {"UM", "HCR", "HSD", "CR5", "CR6", "AAA", "MSG", "III", "SV3", "TOO", "DN1", "DN2", "UR"}
        assert lacking_in_pyx12 <= set(dictionary().segments)

    def test_isa_elements_have_one_length(self) -> None:
        places = [dictionary().elements[p.reference] for p in dictionary().segments["ISA"].places]
        assert [e.minimum for e in places] == [e.maximum for e in places] == [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1]


class TestFacts:
    """Facts of the guides that a slip of the pen would change and other tests would not see."""

    def test_units(self) -> None:
        def units(name: str) -> list[str]:
            return list(dict.fromkeys(u.id for u in uses(guides.load(name).root) if isinstance(u, LoopUse) and u.unit))

        assert units("837/professional") == ["2000A", "2000B", "2300", "2000C"]
        assert units("837/institutional") == units("837/dental") == ["2000A", "2000B", "2300", "2000C"]
        assert units("835/remittance") == ["2000", "2100"]
        assert units("x12/999") == units("x12/834") == ["2000"]
        assert units("x12/820") == ["2000A", "2000B"]
        assert units("x12/270") == units("x12/271") == units("x12/277-acknowledgment") == [f"2000{x}" for x in "ABCD"]
        assert units("x12/276") == units("x12/277") == [f"2000{x}" for x in "ABCDE"]
        assert units("278/request") == units("278/response") == []

    def test_where_the_number_goes_in_a_claim(self) -> None:
        claim = next(u for u in uses(guides.load("837/professional").root) if isinstance(u, LoopUse) and u.id == "2300")
        references = [u.qualifiers[0] for u in claim.items if isinstance(u, SegmentUse) and u.id == "REF"]
        assert references == ["4N", "F5", "EW", "9F", "G1", "F8", "X4", "9A", "9C", "LX", "D9", "EA", "P4", "1J"]
        line = one(guides.load("837/professional"), "2400", "REF", "G1")
        assert (line.most, element(element(line, 4), 1).codes) == (5, ("2U",))

    def test_the_event_stands_below_the_dependent_or_the_subscriber(self) -> None:
        for name, most in (("278/request", 1), ("278/response", None)):
            loops = {u.id: u for u in uses(guides.load(name).root) if isinstance(u, LoopUse)}
            below = [next(i for i in loops[parent].items if i.id == "2000E") for parent in ("2000D", "2000C")]
            assert below[0].most == below[1].most == most
            assert isinstance(below[0], LoopUse) and isinstance(below[1], LoopUse) and below[0].items == below[1].items

    def test_decisions(self) -> None:
        response = guides.load("278/response")
        event, service = (one(response, loop, "HCR") for loop in ("2000E", "2000F"))
        assert set(element(event, 1).codes) - set(element(service, 1).codes) == {"A2"}
        assert element(event, 3).repeats == 5
        assert not [u for u in uses(guides.load("278/request").root) if u.id in ("HCR", "AAA")]

    @pytest.mark.parametrize(("name", "loops", "segments"), [("278/request", 14, 82), ("278/response", 15, 97)])
    def test_278_is_whole(self, name: str, loops: int, segments: int) -> None:
        within = {u.id: u for u in uses(guides.load(name).root) if isinstance(u, LoopUse)}  # 2000E, in two places, once
        assert len(within) == loops
        assert sum(isinstance(u, SegmentUse) for loop in within.values() for u in loop.items) == segments

    def test_lists_of_service_types(self) -> None:
        request, response = guides.load("278/request"), guides.load("278/response")
        counts = [len(element(one(g, loop, "UM"), 3).codes) for g in (request, response) for loop in ("2000E", "2000F")]
        assert counts == [103, 102, 104, 102]
        assert [len(element(one(g, "2000E", "HSD"), 7).codes) for g in (request, response)] == [43, 44]
        conditions = [len(element(one(request, "2000E", "CRC", code), 3).codes) for code in ("09", "75", "76", "77")]
        assert conditions == [52, 63, 22, 30]
        assert len(element(one(request, "2000E", "CR2"), 3).codes) == 28
        assert len(element(one(request, "2000E", "PWK"), 1).codes) == 66


class TestShowing:
    def run(self, *arguments: str) -> list[str]:
        done = CliRunner().invoke(command, arguments)
        assert done.exit_code == 0, done.output
        return done.output.splitlines()

    def test_list(self) -> None:
        lines = self.run("list")
        assert [line.split()[0] for line in lines] == list(SHIPPED)
        assert "005010X222A1 005010X222" in lines[SHIPPED.index("837/professional")]

    def test_a_guide_as_a_tree(self) -> None:
        lines = self.run("show", "835")
        assert lines[:3] == [
            "835/remittance: Remittance advice",
            "set 835, version 005010X221A1 (also 005010X221), group HP",
            "what it does not name is an error",
        ]
        assert lines[4].split() == ["ST", "set", "header", "R", "1"]
        assert "  2100                             Claim payment                            R >1  unit" in lines
        assert any(line.startswith("    REF[1L|1W|28|6P|9A") for line in lines)

    def test_a_loop_that_comes_again_is_told_once(self) -> None:
        lines = list(show(guides.load("837/professional")))
        assert sum("  2310B " in line for line in lines) == 1
        assert [line.endswith("as above") for line in lines if "  2300 " in line] == [False, True]

    def test_one_loop(self) -> None:
        lines = self.run("show", "837/professional", "2310A")
        assert lines[0] == "2000A/2000B/2300/2310A  Referring provider: situational, up to 2 times"
        assert [line.split()[0] for line in lines[1:]] == ["NM1[DN|P3]", "REF[0B|1G|G2]"]

    def test_one_segment_with_its_elements(self) -> None:
        assert self.run("show", "278/response", "2000F/HCR") == [
            "2000A/2000B/2000C/2000D/2000E/2000F/HCR  decision: situational, once",
            "  HCR01    R  306   ID 1-2    Action Code",
            "              A1 A3 A4 A6 C CT NA",
            "  HCR02    S  127   AN 1-50   Reference Identification",
            "  HCR03    S  1271  AN 1-30   Industry Code, up to 5 times",
            "  HCR04    S  1073  ID 1      Yes/No Condition or Response Code",
            "              N Y",
        ]

    def test_segments_are_found_by_code_or_nickname_wherever_they_stand(self) -> None:
        by_code = self.run("show", "837/professional", "REF[G1]")
        assert [line.split()[0] for line in by_code if line.startswith("2000A")] == [
            "2000A/2000B/2300/REF[G1]", "2000A/2000B/2300/2320/2330B/REF[G1]", "2000A/2000B/2300/2400/REF[G1]",
        ]  # fmt: skip
        assert self.run("show", "837/professional", "REF[authorization]") == by_code

    def test_one_element_and_the_notes(self) -> None:
        assert self.run("show", "837/professional", "2300/CLM-05")[1:] == [
            "  CLM05    R  composite C023",
            "    CLM05-01 R  1331  AN 1-2    Facility Code Value",
            "    CLM05-02 R  1332  ID 1-2    Facility Code Qualifier",
            "                B",
            "    CLM05-03 R  1325  ID 1      Claim Frequency Type Code",
        ]
        assert "  P0304: all of 03, 04 or none" in self.run("show", "837/professional", "1000A/PER")

    def test_what_is_not_there(self) -> None:
        done = CliRunner().invoke(command, ["show", "837/professional", "2300/REF[ZZ]"])
        assert (done.exit_code, "has nothing at 2300/REF[ZZ]" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("837P", "837/professional"),
        ("837i", "837/institutional"),
        ("005010X224A1", "837/dental"),
        ("999", "x12/999"),
        ("835", "835/remittance"),
    ],
)
def test_a_guide_is_found_by_what_people_call_it(name: str, found: str) -> None:
    assert find(name).name == found

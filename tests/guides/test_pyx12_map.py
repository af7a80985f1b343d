"""Guides derived from pyx12's maps, and our guides held against them node by node."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyx12
from click.testing import CliRunner

from edi.cli.guides import guides as command
from edi.errors import DefinitionError
from edi.guides import guide as guides
from edi.guides.dictionary import dictionary, notes
from edi.guides.guide import ElementUse, LoopUse, SegmentUse
from edi.guides.pyx12_map import guide_text

MAPS = Path(pyx12.__file__).parent / "map"
MAPS_5010 = sorted(p.name for p in MAPS.glob("*5010*.xml"))


@pytest.mark.parametrize("name", MAPS_5010)
def test_every_5010_map_gives_a_guide(name: str) -> None:
    guide = guides.parse(guide_text(MAPS / name), name)
    assert guide.set == name[:3]
    assert guide.version.startswith("005010X")
    assert guide.group and guide.root.items[0].id == "ST" and guide.root.items[-1].id == "SE"


@pytest.mark.parametrize("name", ["820.5010.X218", "835.5010.X221.A1"])
def test_both_formats_of_a_map_give_the_same_guide(name: str) -> None:
    assert guide_text(MAPS / f"{name}.xml") == guide_text(MAPS / f"{name}.v2.xml")


def test_where_the_two_formats_differ_so_do_pyx12_s_facts() -> None:
    old, new = (guide_text(MAPS / f"837Q3.I.5010.X223.A1.{ending}").splitlines() for ending in ("xml", "v2.xml"))
    differing = [(a.strip(), b.strip()) for a, b in zip(old, new, strict=True) if a != b]
    assert differing == [
        ('loop 2300 "Claim Information" S 100 unit', 'loop 2300 "Claim Information" R 100 unit'),
        ('CL1 "Institutional Claim Code" R 1 : 01? 02? 03', 'CL1 "Institutional Claim Code" R 1 : 01 02? 03'),
        ("use 2300 R 100", "use 2300"),
    ]


class TestText:
    text = guide_text(MAPS / "837.5010.X222.A1.xml")

    def test_a_loop_that_comes_again_is_written_once(self) -> None:
        assert len(re.findall(r"^ *loop 2300 ", self.text, re.M)) == 1
        assert "            use 2300 R 100\n" in self.text
        assert self.text.count("loop 2330D ") == 1

    def test_a_code_is_written_once_in_brackets(self) -> None:
        assert '            REF[G1] "Prior Authorization" S 1 : 01 02\n' in self.text
        assert '    HL[20] "Billing Provider Hierarchical Level" R 1 : 01 03 04=1\n' in self.text
        assert 'HI[ABK|BK] "Health Care Diagnosis Code" R 1 : 01(01 02) 02-12?(01=ABF|BF 02)' in self.text

    def test_neighbours_with_the_same_codes_are_told_apart_elsewhere(self) -> None:
        assert "PWK[02=AB|AD|AF|AG|NS]" in self.text

    def test_long_lists_that_come_twice_get_a_name(self) -> None:
        assert "\ncodes claim-filing-indicator-code = 11|12|" in self.text
        assert self.text.count("=@claim-filing-indicator-code") == 2

    def test_units_and_version(self) -> None:
        assert re.findall(r"loop (\w+) .* unit$", self.text, re.M) == ["2000A", "2000B", "2300", "2000C"]
        assert 'guide 837 005010X222A1 "' in self.text and "group HC" in self.text

    def test_lines_keep_a_width(self) -> None:
        assert max(map(len, self.text.splitlines())) <= 130

    def test_codes_with_spaces_are_quoted(self) -> None:
        text = guide_text(MAPS / "999.5010.xml")
        assert 'CTX[TRN02|NM109|"PATIENT NAME NM109"' in text


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"ISA*00*", r"map\.xml:1:\d+: is not XML"),
            (b"<maps/>", "is not a transaction map"),
            (b"<transaction/>", "is not a transaction map"),
            (b"<transaction><loop xid='1000'><segment xid='ST'/><segment xid='QQQ'/></loop></transaction>", "segment QQQ"),
        ],
    )
    def test_what_is_no_map(self, tmp_path: Path, content: bytes, message: str) -> None:
        (tmp_path / "map.xml").write_bytes(content)
        with pytest.raises(DefinitionError, match=message):
            guide_text(tmp_path / "map.xml")

    def test_no_such_file(self, tmp_path: Path) -> None:
        with pytest.raises(DefinitionError, match="cannot be read"):
            guide_text(tmp_path / "none.xml")


class TestCommand:
    def test_import_writes_a_guide_that_can_be_shown(self, tmp_path: Path) -> None:
        out = tmp_path / "mine.guide"
        done = CliRunner().invoke(command, ["import", str(MAPS / "277.5010.X214.xml"), "-o", str(out)])
        assert done.exit_code == 0, done.output
        assert "STC" in CliRunner().invoke(command, ["show", str(out), "2200D"]).output

    def test_without_a_file_it_writes_to_standard_output(self) -> None:
        done = CliRunner().invoke(command, ["import", str(MAPS / "835.5010.X221.A1.xml")])
        assert done.stdout == guide_text(MAPS / "835.5010.X221.A1.xml")

    def test_a_broken_map_exits_2_and_leaves_no_file(self, tmp_path: Path) -> None:
        (tmp_path / "map.xml").write_text("no XML")
        done = CliRunner().invoke(command, ["import", str(tmp_path / "map.xml"), "-o", str(tmp_path / "out.guide")])
        assert done.exit_code == 2 and "is not XML" in done.stderr
        assert not (tmp_path / "out.guide").exists()


class TestDictionary:
    def test_types_and_lengths_are_pyx12_s_but_for_one(self) -> None:
        theirs = {
            e.attrib["ele_num"]: (e.attrib["data_type"], int(e.attrib["min_len"]), int(e.attrib["max_len"]))
            for e in ET.parse(MAPS / "dataele.xml").getroot()
        }
        ours = {n: (e.type, e.minimum, e.maximum) for n, e in dictionary().elements.items()}
        assert {n: (theirs.get(n), ours[n]) for n in ours if theirs.get(n) != ours[n]} == {
            "719": (("N0", 1, 6), ("N0", 1, 10)),  # 005010 gives the position in a set ten digits
            "884": (None, ("ID", 1, 1)),  # for UR, which pyx12 lacks
        }
        assert set(theirs) <= set(ours)

    def test_segments_of_the_maps_are_in_it_place_by_place(self) -> None:
        odd = set()
        for name in MAPS_5010:
            for segment in ET.parse(MAPS / name).getroot().iter("segment"):
                standard = dictionary().segments[segment.attrib["xid"]]
                for use in segment:
                    if use.tag in ("element", "composite"):
                        position = int(use.findtext("seq") or use.get("seq") or 0)
                        number = use.findtext("data_ele") or use.get("data_ele")
                        if standard.places[position - 1].reference != number:
                            odd.add((standard.id, position, number))
                stated = {*notes(" ".join(s.text or "" for s in segment.findall("syntax")))}
                assert stated <= set(standard.notes), (name, standard.id)
        assert odd == {("ISA", 11, "I10")}  # of 004010, left over in the 837P's map; in 005010 it is the repetition separator


# Our guides against pyx12's maps. The maps are read here anew, not by way of the importer, so that its errors show too.

ANY_VERSION = "one file serves several versions; which one is meant, the choice of the guide has judged"
OPENER = "it opens its loop, whose own usage says whether it must come"
LISTED: dict[str, dict[str, str]] = {
    "837.5010.X222.A1.xml 837/professional": {},
    "837Q3.I.5010.X223.A1.xml 837/institutional": {
        "ST03: theirs ['005010X223A2'], ours []": ANY_VERSION,
    },
    "835.5010.X221.A1.xml 835/remittance": {
        "ST03: theirs not used, ours S": "payers send ST03, and it does no harm",
    },
    "999.5010X231.A1.xml x12/999": {
        "ST03: theirs ['005010X231A1'], ours []": ANY_VERSION,
        "2000/2100/2110/IK4: theirs S 1, ours R 1": OPENER,
        "IK403: theirs ['11'], ours []": "stupidedi's coding does not have it",
        "CTX06-02: theirs not used, ours S": "used in X231 (their 999.5010.xml), which this file serves too",
    },
    "277.5010.X214.xml x12/277-acknowledgment": {
        "2000A/2000B/2000C: theirs R >1, ours S >1": "a batch that is rejected as a whole (2200B) has no providers below",
        "HL04: theirs [], ours ['0']": "a provider that is rejected (2200C) has no patients below",
        "2000A/2000B/2000C/2000D: theirs R >1, ours S >1": "a provider that is rejected (2200C) has no patients below",
        "2000A/2000B/2000C/2200C: theirs R 1, ours S 1": "stupidedi has it situational",
        "2000A/2000B/2000C/2200C/STC: theirs R >1, ours S >1": "stupidedi has it situational, and a public sample lacks it",
        "2000A/2000B/2000C/2200C/REF: theirs S 1, ours S 3": "stupidedi allows three",
        "2000A/2000B/2000C/2000D/2200D/2220D/STC: theirs R 1, ours R >1": "stupidedi sets no limit, nor does any other level",
        "STC02: theirs R, ours S": "stupidedi has it unused at the line: the laxer of the two holds",
        "STC12: theirs not used, ours S": "stupidedi has text at the line as at the claim",
    },
    "277.5010.X212.xml x12/277": {},
    "834.5010.X220.A1.xml x12/834": {
        "ST03: theirs ['005010X220A1'], ours []": ANY_VERSION,
        "2000/LS_LOOP/LS: theirs S 1, ours R 1": OPENER,
        "2000/LS_LOOP/LE: theirs S 1, ours R 1": "LS and LE go together in the standard",
        "PER07: theirs [], ours ['FX']": "a slip of 2100F: PER03 and PER05 there have it, as every other contact",
    },
    "820.5010.X218.xml x12/820": {},
}
"""Every difference, with its reason. One that is not listed fails the test, and so does one that is listed but gone."""


ENVELOPE = ("ISA", "IEA", "GS", "GE", "TA1")


def fact(node: ET.Element, name: str) -> str:
    return (node.get(name) or node.findtext(name) or "").strip()


def children(loop: ET.Element) -> Iterator[ET.Element]:
    for child in loop:
        if child.tag not in ("loop", "segment") or child.get("xid") in ENVELOPE or fact(child, "usage") == "N":
            continue
        if child.get("type") in ("explicit", "wrapper"):
            yield from children(child)
        else:
            yield child


BELOW = {"277.5010.X212.xml": (("2000C", "2000B"), ("2000D", "2000C"), ("2000E", "2000D"))}
"""Loops that a map has beside the one that they belong to, as HL02 says. They are put there before the comparison."""


def map_root(name: str) -> ET.Element:
    root = ET.parse(MAPS / name).getroot()
    parents = {child: parent for parent in root.iter() for child in parent}
    loops = {loop.get("xid"): loop for loop in root.iter("loop")}
    for id_, above in BELOW.get(name, ()):
        parents[loops[id_]].remove(loops[id_])
        loops[above].append(loops[id_])
    return root


def differences(theirs: ET.Element, ours: LoopUse, place: str = "") -> Iterator[str]:
    left, right = list(children(theirs)), list(ours.items)
    if [c.get("xid") for c in left] != [i.id for i in right]:
        yield f"{place}: theirs {[c.get('xid') for c in left]}, ours {[i.id for i in right]}"
        return
    for map_node, use in zip(left, right, strict=True):
        here = f"{place}/{use.id}".lstrip("/")
        usage, most = fact(map_node, "usage"), fact(map_node, "max_use") or fact(map_node, "repeat")
        if (usage, most) != (use.usage, str(use.most or ">1")):
            yield f"{here}: theirs {usage} {most}, ours {use.usage} {use.most or '>1'}"
        if isinstance(use, LoopUse):
            yield from differences(map_node, use, here)
        else:
            yield from elements(map_node, use.elements, use.id)


def elements(map_node: ET.Element, uses: tuple[ElementUse, ...], of: str) -> Iterator[str]:
    ours = {use.position: use for use in uses}
    for node in [n for n in map_node if n.tag in ("element", "composite")]:
        position = int(fact(node, "seq"))
        name = f"{of}{position:02}"
        usage, use = fact(node, "usage").replace("N", "not used"), ours.pop(position, None)
        if usage != (use.usage if use else "not used"):
            yield f"{name}: theirs {usage}, ours {use.usage if use else 'not used'}"
        if use is None or usage == "not used":
            continue
        reference = use.element.number if use.element else use.composite
        if (fact(node, "data_ele"), fact(node, "repeat") or "1") != (reference, str(use.repeats)):
            yield f"{name}: theirs {fact(node, 'data_ele')}, ours {reference}, or another number of repeats"
        codes = {c.text for c in node.findall("valid_codes/code")}
        if codes != set(use.codes):
            yield f"{name}: theirs {sorted(codes - set(use.codes))}, ours {sorted(set(use.codes) - codes)}"
        if node.tag == "composite":
            yield from elements(node, use.components, f"{name}-")
    yield from (f"{of}{position:02}: theirs has no such place" for position in ours)


@pytest.mark.parametrize("pair", LISTED)
def test_our_guide_says_what_pyx12_s_map_says_but_for_what_is_listed(pair: str) -> None:
    map_file, name = pair.split()
    found = set(differences(map_root(map_file), guides.load(name).root))
    assert found == set(LISTED[pair])


def test_the_table_in_the_docs_counts_them() -> None:
    table = (Path(__file__).parents[2] / "docs/guides.md").read_text(encoding="utf-8")
    counted = dict(re.findall(r"^\| `([^`]+)` \|.*\| (\d+) \|$", table, re.M))
    assert counted == {**{pair.split()[1]: str(len(listed)) for pair, listed in LISTED.items()}, "x12/envelope": "3"}


def test_the_comparison_sees_a_difference() -> None:
    root = ET.parse(MAPS / "837.5010.X222.A1.xml").getroot()
    claim = next(loop for loop in root.iter("loop") if loop.get("xid") == "2300")
    codes = claim.find("segment[@xid='CLM']/element[@xid='CLM07']/valid_codes")
    assert codes is not None
    codes.remove(codes[0])
    assert list(differences(root, guides.load("837/professional").root)) == ["CLM07: theirs [], ours ['A']"]


def test_the_envelope_is_that_of_pyx12_s_control_map() -> None:
    segments = {s.get("xid"): s for s in ET.parse(MAPS / "x12.control.00501.xml").getroot().iter("segment")}
    found = []
    for use in guides.load("x12/envelope").root.items:
        assert isinstance(use, SegmentUse)
        found += list(elements(segments[use.id], use.elements, use.id))
    assert [f.partition(" [")[0] for f in found] == ["ISA12: theirs", "GS01: theirs", "GS08: theirs"]
    assert all(f.endswith("ours []") for f in found)  # which sets and versions are served is for the guides to say

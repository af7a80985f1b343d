"""Claims decided by their facts are decided, written and counted as they are when they are read whole."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edi
from edi.guides.document import units, write
from edi.jobs.worlds.making import make
from edi.ledger.reading import to_json
from edi.linkage import linking
from edi.linkage.claim_batch import Deciding, Units, row_of
from edi.linkage.clear import decide_clear
from edi.linkage.compiled import linker_for
from edi.linkage.directory import Directory
from edi.linkage.joining import folded, identifiers
from edi.linkage.linking import Passed, link_units
from edi.linkage.placement import Level
from edi.linkage.terms import PayerRules, Terms
from edi.linkage.usage import Usage
from edi.records.authorization import Authorization, Decision, Rejection
from edi.records.claim import Claim, OtherPayer, is_claim
from tests.drawing import examples
from tests.linkage.build import (
    CLINIC,
    JONAS,
    MARIA,
    OTHER_PAYER,
    PAYER,
    STRANGER,
    SURGEON,
    authorization,
    claim,
    pattern,
    payer,
    provider,
    service,
)
from tests.linkage.rules import matching
from tests.linkage.test_laws import authorizations
from tests.linkage.test_linking import knee, one_line, x12

TESTDATA = Path(__file__).parents[2] / "testdata"
OURS = sorted(TESTDATA.rglob("*.837"))


@contextlib.contextmanager
def read_whole() -> Iterator[None]:
    """No claim is decided by its facts."""
    with mock.patch.object(linking, "facts_of", lambda unit: None):
        yield


@contextlib.contextmanager
def counted() -> Iterator[list[bool]]:
    """Of each claim that has facts whether it was clear."""
    found: list[bool] = []

    def decide(*arguments: object) -> object:
        found.append((decided := decide_clear(*arguments)) is not None)  # type: ignore[arg-type]
        return decided

    with mock.patch.object(linking, "decide_clear", decide):
        yield found


def linked(data: bytes, held: Sequence[Authorization], *, brief: bool) -> tuple[list[Passed], bytes, Usage]:
    usage = Usage(reserving=True)
    passed = list(link_units(units(data, compiled=True), Directory(held).find, usage, Terms(brief=brief), batch=3))
    return passed, b"".join(write(one.unit for one in passed)), usage


def assert_same(data: bytes, held: Sequence[Authorization]) -> list[bool]:
    """Both ways come to the same; gives of each claim with facts whether it was clear, asked no more than need be."""
    keyed = [replace(one, key=one.key or str(n)) for n, one in enumerate(held)]
    for brief in (False, True):
        with counted() as clear:
            one = linked(data, keyed, brief=brief)
        with read_whole():
            other = linked(data, keyed, brief=brief)
        if brief and all(one.key.isdecimal() for one in keyed):  # as a ledger has them
            assert_together(data, keyed, *other[::2])
        for mine, theirs in zip(one[0], other[0], strict=True):
            assert (mine.rows, mine.beside, mine.problems) == (theirs.rows, theirs.beside, theirs.problems)
        assert one[1] == other[1]
        assert one[2].all() == other[2].all()
        assert one[2].changes() == other[2].changes()
    return clear


class OnFile:
    """Authorizations as a ledger would tell of them."""

    def __init__(self, held: Sequence[Authorization]) -> None:
        self.usage, self._held = Usage(reserving=True), {int(one.key): one for one in held}
        self._find = Directory(held).find

    def __call__(self, claims: Sequence[Claim]) -> Sequence[Sequence[Authorization]]:
        return self._find(claims)

    def records(self, names: Collection[str]) -> list[tuple[int, str]]:
        """Those that have one of these names, folded."""
        named = {id: {folded(name) for _, name in identifiers(one)} for id, one in self._held.items()}
        return [(id, to_json(one)) for id, one in self._held.items() if not named[id].isdisjoint(names)]

    def read(self, id: int, record: str) -> Authorization:
        """As it was written."""
        assert to_json(self._held[id]) == record
        return self._held[id]

    def look_up(self, ids: Collection[int], claims: Collection[str]) -> None:
        """Nothing was used before."""


def assert_together(data: bytes, held: Sequence[Authorization], told: Sequence[Passed], usage: Usage) -> None:
    """Decided together, by the compiled linker as far as it is sure, claims come to the same."""
    claims, find, terms = [unit for unit in units(data, compiled=True) if is_claim(unit)], OnFile(held), Terms(brief=True)
    begun = [unit.loop.start or 0 for unit in claims]
    ends = [at + len(bytes(unit.loop)) for at, unit in zip(begun, claims, strict=True)]
    found = dict(Deciding(Units(claims, terms), find, terms).decide())
    for n, one in enumerate(one for one in told if is_claim(one.unit)):
        rows = (found[n].rows, found[n].beside) if n in found else ((), ())
        assert rows == (one.rows, one.beside)
        edit = found[n].edit if n in found else None
        stop, start, put = (edit.at, edit.at + edit.size, edit.data) if edit is not None else (ends[n], ends[n], b"")
        whole = data[begun[n] : stop] + put + data[start : ends[n]]
        assert whole == bytes(one.unit.loop)
    assert find.usage.by_key() == usage.by_key()


def verdicts(data: bytes, held: Sequence[Authorization]) -> list[tuple[str | None, str, str]]:
    passed, _, _ = linked(data, held, brief=True)
    return [(row.line, row.verdict.value, row.placement) for one in passed for row in one.rows]


TWO = [*one_line(2, "27447", "20260311"), *one_line(3, "99213", "20260312")]


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        (knee(), [(None, "linked", "2300")]),
        (knee(code="99213"), [(None, "requirement-unknown", "")]),
        (knee(more=TWO[:3]), [(None, "linked", "2300")]),
        (knee(more=TWO), [("1", "linked", "2400"), ("2", "linked", "2400"), ("3", "requirement-unknown", "")]),
    ],
)
def test_what_is_clear(claim: list[str], told: list[tuple[str | None, str, str]]) -> None:
    data, held = x12(claim), [authorization()]
    assert assert_same(data, held) == [True]
    assert verdicts(data, held) == told


@pytest.mark.parametrize(
    ("data", "held"),
    [
        (x12(knee(code="27446")), [authorization()]),  # near
        (x12(knee(dates="20260601")), [authorization()]),
        (x12(knee()), [authorization(), authorization("A-2")]),
        (x12(knee()), [authorization("A-1", service(), service())]),
        (x12(knee()), [authorization("A-1", service("27447:RT"))]),
        (x12(knee()), [authorization("A-1", service(""))]),
        (x12(knee()), [authorization("")]),
        (x12(knee()), [authorization(payer=payer("99999", "X3"))]),
        (x12(knee()), [authorization(providers=(provider(STRANGER, "SJ"),), requester=provider(STRANGER, "1P"))]),
        (x12(knee()), [authorization(decision=Decision.NOT_REQUIRED)]),
        (x12(knee()), [authorization(), authorization("A-2", decision=Decision.DENIED)]),
        (x12(knee()), [authorization(decision=Decision.DENIED, payer=payer("99999", "X3"))]),
        (x12(knee()), [authorization(decision=Decision.CANCELLED)]),
        (x12(knee()), [authorization("A-1", service(place="11", place_qualifier="B"))]),
        (x12(knee(more=one_line(1))), [authorization(), authorization("A-2", service("99213"))]),  # lines of one number
        (x12(knee()), [authorization(), authorization("R-1", kind="referral")]),
        (x12(knee()), [authorization(subscriber=replace(MARIA, member_id="W9"))]),
        (x12(knee()), [authorization("A~1")]),
        (x12(knee()), [authorization(decision=Decision.CANCELLED, subscriber=replace(MARIA, last_name="K" * 200))]),
        (x12(knee()), [authorization("A" * 200, decision=Decision.CANCELLED)]),
    ],
)
def test_what_is_not(data: bytes, held: list[Authorization]) -> None:
    assert assert_same(data, held) == [False]


REFUSED = [
    authorization(decision=Decision.DENIED, reasons=("0F", "27"), issued=date(2026, 3, 1)),
    authorization("", decision=Decision.PENDED, source="phone", call_reference="4711"),
    authorization("", decision=Decision.UNANSWERED, issued=date(2026, 3, 1)),
    authorization(
        "",
        service("27447", decision=Decision.REJECTED, rejections=(Rejection(loop="2000F", reason="15", follow_up="C"),)),
        traces=("T1",),
    ),
    authorization("", service("27447", decision=Decision.PARTLY_CERTIFIED, doubt="Which part?")),
    authorization(decision=Decision.CONTACT_PAYER, traces=("T1",)),
]
OFFICE = authorization("", service("99213", decision=Decision.DENIED, reasons=("0F",)), traces=("T2",))


@pytest.mark.parametrize("held", REFUSED)
@pytest.mark.parametrize("more", [(), TWO[3:], TWO[:3], TWO])
def test_what_was_refused_or_is_not_decided(held: Authorization, more: Sequence[str]) -> None:
    data = x12(knee(more=more))
    assert assert_same(data, [held]) == [True]
    told = [verdict for _, verdict, _ in verdicts(data, [held])]
    assert told[0] in ("authorization-denied", "authorization-pending", "call-payer")
    assert told[1:] == [] if more in ((), TWO[:3]) else "requirement-unknown" in told
    for other in (OFFICE, authorization("A-2", service("99213"))):
        assert assert_same(data, [held, other]) == [True]
        assert assert_same(data, [other, held]) == [True]


@pytest.mark.parametrize(
    "limit", [{"quantity": "1 UN"}, {"quantity": "3 UN"}, {"quantity": "2 VS"}, {"pattern": pattern("1 VS", "WK")}]
)
@pytest.mark.parametrize("more", [(), TWO[:3], [*TWO[:3], *one_line(3, "27447", "20260401")], TWO, TWO[3:]])
def test_units_that_are_short_or_used_up(limit: dict[str, Any], more: Sequence[str]) -> None:
    """Where nobody asks for all that was looked at; whole lines and parts of them, of a claim and of those behind it."""
    data, held = (
        x12(knee("C-1", more=more), knee("C-2", more=more), knee("C-3", more=more)),
        authorization("A-1", service(**limit)),
    )
    assert assert_same(data, [held]) == [True, True, True]
    told = {verdict for _, verdict, _ in verdicts(data, [held])}
    assert told & {"units-short", "units-used-up"} or limit != {"quantity": "1 UN"}
    assert assert_same(data, [held, authorization("A-2", service("99213", quantity="1 UN"))]) == [True, True, True]


PENDED = authorization("A-2", service("99213", decision=Decision.PENDED))


@pytest.mark.parametrize(
    ("number", "held", "told", "clear"),
    [
        ("A-1", [authorization()], "already-linked", True),
        (" A-1", [authorization()], "already-linked", True),
        ("A-1", [authorization(), PENDED], "already-linked", True),
        ("A-9", [authorization()], "wrong-number", False),  # and another one fits
        ("A-2", [authorization(), authorization("A-2", service("99213"))], "wrong-number", False),
        ("A-9", [], "number-unknown", True),
        ("NONE", [], "requirement-unknown", False),
        (SURGEON, [], "requirement-unknown", False),
        ("A-1", [authorization(subscriber=replace(MARIA, last_name="Moor", member_id="W9"))], "wrong-number", True),
        ("A-1", [authorization(kind="referral")], "wrong-number", False),
        ("A-1", [authorization("A-1", service(quantity="1 UN")), authorization("A-1", service("99213"))], "already-linked", True),
        ("A-1", [authorization(decision=Decision.DENIED)], "authorization-denied", False),
    ],
)
def test_a_number_that_is_there(number: str, held: list[Authorization], told: str, clear: bool) -> None:
    for more in ((), one_line(2, "97110"), [*one_line(2, "97110"), *one_line(3, "97140")]):
        data = x12(knee("C-1", f"REF*G1*{number}", more=more))
        assert assert_same(data, held) == [clear]
        assert told in [verdict for _, verdict, _ in verdicts(data, held)]


def test_two_numbers_are_not_clear() -> None:
    assert assert_same(
        x12(knee("C-1", "REF*G1*A-1", more=one_line(2, "27447", "20260311", "REF*G1*A-1"))), [authorization()]
    ) == [False]


@pytest.mark.parametrize("terms", [Terms(payers={"60054": "99999"}), Terms(level=lambda claim: Level.LINE)])
def test_terms_of_a_payer_are_kept(terms: Terms) -> None:
    """Other ids of a payer, and where it wants its number."""
    data, held = x12(knee()), Directory([authorization(payer=payer("99999", "X3")), authorization(payer=payer("87726", "X3"))])
    told = []
    for way in (contextlib.nullcontext, read_whole):
        with way():
            passed = list(link_units(units(data, compiled=True), held.find, Usage(), terms))
        told.append(([one.rows for one in passed], b"".join(write(one.unit for one in passed))))
    assert told[0] == told[1]
    level = [one for one in link_units(units(data, compiled=True), Directory([authorization()]).find, Usage(), terms) if one.rows]
    assert [row.placement for one in level for row in one.rows] == (["2400"] if terms.level else ["2300"])


def test_a_unit_is_written_into_in_its_place() -> None:
    """Whoever has the unit has the number, as when it is read whole."""
    for whole in (True, False):
        found = list(units(x12(knee()), compiled=True))
        unit = next(unit for unit in found if unit.kind == "unit" and unit.loop.id == "2300")
        assert unit.loop.unread is not None
        given = found if whole else [unit]  # behind which it is cut off
        passed = [one for one in link_units(given, Directory([authorization()]).find, Usage()) if one.rows]
        assert passed[0].unit.loop is unit.loop
        assert (unit.loop.edited, unit.loop.get("REF[G1]-02")) == (True, "A-1")


def test_what_a_claim_reserved_before_is_decided_again() -> None:
    data = x12(knee("C-1"), knee("C-1"), knee("C-2"))
    assert assert_same(data, [authorization("A-1", service(quantity="1 UN"))]) == [True, False, True]


@pytest.mark.parametrize(
    "refs",
    [(), ("REF*X4*1", "REF*D9*1"), ("REF*D9*1", "REF*EW*1"), ("DTP*435*D8*20260310", "AMT*F5*5"), ("CN1*09*5", "REF*P4*X")],
)
@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n"])
def test_the_number_stands_where_the_guide_wants_it(refs: tuple[str, ...], end: str) -> None:
    own = ["REF*6R*1", "REF*EW*2", "NTE*ADD*LX", "NM1*82*1*INVENTED*ANN****XX*" + SURGEON]
    lines = [*one_line(2, "27447", "20260311", *own), *one_line(3, "99213", "20260311", *own[1:])]
    head = knee("C-1", *refs)
    for data in (x12(head, end=end), x12([*head, *lines], end=end), x12([*head, *own, *lines], end=end)):
        assert assert_same(data, [authorization()]) == [True]


def test_the_number_stands_before_other_payers() -> None:
    """Also where no provider is named between them."""
    other = ["SBR*S*18*******CI", "OI***Y***Y", "NM1*IL*1*KELLER*MARIA****MI*Z1", "NM1*PR*2*INVENTED*****PI*87726"]
    head = [segment for segment in knee() if not segment.startswith("NM1")]
    at = head.index("LX*1")
    data = x12([*head[:at], *other, *head[at:]])
    assert assert_same(data, [authorization(providers=(), requester=provider(CLINIC, "1P"))]) == [True]


@pytest.fixture(scope="module")
def held() -> list[Authorization]:
    answers = sorted(TESTDATA.rglob("*.278"))
    return edi.joined([record for answer in answers for record in edi.read_authorizations(answer)])


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(TESTDATA)))
def test_our_files(path: Path, held: list[Authorization]) -> None:
    assert_same(path.read_bytes(), held)


CODES = ("27447", "27447:RT", "27446", "99213", "97110:GP", "97140")


@st.composite
def billed(draw: st.DrawFn) -> list[str]:
    id = draw(st.sampled_from(("C-1", "C-2", "C-3")))
    refs = draw(st.lists(st.sampled_from(("REF*4N*3", "REF*G1*A-1", "REF*9F*R-1", "REF*9F*A-1", "REF*D9*X")), max_size=1))
    found = knee(id, *refs, code=draw(st.sampled_from(CODES)), dates=draw(st.sampled_from(("20260310", "20260601"))))
    if draw(st.integers(0, 3)) == 0:
        at, plan = found.index("LX*1"), draw(st.sampled_from((PAYER, OTHER_PAYER)))
        number = draw(st.sampled_from(((), (), ("REF*G1*A-1",), ("REF*9F*A-1",))))
        member = draw(st.sampled_from(("W100200300", "Z1")))
        found[at:at] = ["SBR*S*18*******CI", "OI***Y***Y", f"NM1*IL*1*KELLER*MARIA****MI*{member}"]
        found[at + 3 : at + 3] = [f"NM1*PR*2*INVENTED*****PI*{plan}", *number]
    for number in range(2, draw(st.integers(2, 4))):
        more = draw(st.lists(st.sampled_from((f"NM1*82*1*X*A****XX*{STRANGER}", f"NM1*DK*1*X*A****XX*{SURGEON}")), max_size=1))
        found += one_line(
            number, draw(st.sampled_from(CODES)), draw(st.sampled_from(("20260310", "20260311", "20260605"))), *more
        )
    return [segment.replace("UN*1", f"UN*{draw(st.integers(1, 3))}") for segment in found]


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(billed(), min_size=1, max_size=5), st.lists(authorizations(), max_size=4), st.sampled_from((MARIA, JONAS)))
def test_small_worlds(claims: list[list[str]], held: list[Authorization], who: edi.Person) -> None:
    data = x12(*claims)
    if who is JONAS:
        dependent = (
            b"HL*3*2*23*0~\nPAT*19~\nNM1*QC*1*KELLER*JONAS~\nN3*2 MAIN STREET~\nN4*COLUMBUS*OH*43215~\nDMG*D8*20140930*M~\n"
        )
        data = (
            data.replace(b"HL*2*1*22*0", b"HL*2*1*22*1")
            .replace(b"SBR*P*18*", b"SBR*P**")
            .replace(b"CLM*", dependent + b"CLM*", 1)
        )
        held = [replace(one, patient=JONAS, dependent=True) for one in held]
    assert_same(data, held)


@pytest.mark.parametrize("seed", [11, 12])
def test_worlds(seed: int, tmp_path: Path) -> None:
    make(tmp_path, seed=seed, size=300)
    answers = sorted([*tmp_path.glob("requests/*.278"), *tmp_path.glob("responses/*.278")])
    held = edi.joined([record for path in answers for record in edi.read_authorizations(path)])
    clear = [one for path in sorted(tmp_path.glob("claims/*.837")) for one in assert_same(path.read_bytes(), held)]
    assert clear.count(True) >= 20


@pytest.mark.parametrize("brief", [False, True])
def test_rules_of_some_payers_leave_the_others_alone(brief: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims of which no rule can say anything are decided by their facts, and come to what they come to read whole."""
    make(tmp_path, seed=14, size=200)
    answers = sorted([*tmp_path.glob("requests/*.278"), *tmp_path.glob("responses/*.278")])
    keyed = [
        replace(one, key=str(n)) for n, one in enumerate(edi.joined([r for p in answers for r in edi.read_authorizations(p)]))
    ]
    required, referral = linking.wanted_by(sorted(tmp_path.glob("rules/*.rules"))[:2])
    terms = Terms(required=required, referral=referral, brief=brief)

    def decided() -> list[tuple[object, ...]]:
        usage, told = Usage(reserving=True), list[tuple[object, ...]]()
        for path in sorted(tmp_path.glob("claims/*.837")):
            passed = link_units(units(path.read_bytes(), compiled=True), Directory(keyed).find, usage, terms)
            told += [(bytes(one.unit.loop), one.rows, one.beside, one.problems) for one in passed]
        return [*told, usage.all()]

    with counted() as clear:
        some = decided()
    assert clear.count(True) >= 10
    monkeypatch.setattr(Terms, "asked_about", lambda self, claim: True)
    with counted() as clear:
        assert decided() == some
    assert not clear


@pytest.mark.parametrize(
    ("payers", "head", "wanted", "asked"),
    [
        ({}, "every payer\n", True, True),
        ({}, 'payer "Elsewhere" known as E1\n', True, False),
        ({"id": "e1 "}, 'payer "Elsewhere" known as E1\n', True, True),
        ({"name": "elsewhere"}, 'payer "Elsewhere" known as E1\n', True, True),
        ({}, 'payer "Elsewhere" known as CI\n', True, True),  # by the kind of coverage
        ({}, 'payer "Elsewhere" known as E1\n', False, True),  # nobody knows what it is that is asked
    ],
)
def test_of_whom_rules_may_speak(payers: dict[str, Any], head: str, wanted: bool, asked: bool) -> None:
    one = replace(claim(), payer=replace(claim().payer, **payers), filing="CI")
    rules = PayerRules(None if wanted else lambda claim, line: None, matching("grace 5 days after", head=head))
    assert Terms(required=rules).asked_about(one) == asked
    assert Terms(required=rules).asked_about(replace(one, other_payers=(OtherPayer(id="87726"),)))
    assert not Terms().asked_about(one)


def kept(folder: Path, name: str, way: Callable[[], contextlib.AbstractContextManager[object]]) -> list[object]:
    """What a ledger says of a world, and has of it once its claims were linked."""
    with edi.Ledger(f"sqlite:///{folder / name}") as ledger, way():
        for path in sorted([*folder.glob("requests/*.278"), *folder.glob("responses/*.278")]):
            ledger.take(path)
        told = [ledger.link(path, brief=brief) for path in sorted(folder.glob("claims/*.837")) for brief in (True, False)]
        lives = [ledger.authorization(one.number) for one in ledger.records() if one.number]
    return [[(one.to_json(), one.tax_ids) for one in told], lives]


def test_a_ledger_has_the_same_of_a_world(tmp_path: Path) -> None:
    make(tmp_path, seed=13, size=100)
    assert kept(tmp_path, "facts.db", contextlib.nullcontext) == kept(tmp_path, "whole.db", read_whole)


@pytest.mark.parametrize(
    ("claim", "held", "sure"),
    [
        (knee(), [authorization()], True),
        (knee(), [], True),
        (knee(code="99213"), [authorization()], True),
        (knee(), [authorization(decision=Decision.DENIED)], True),
        (knee(more=TWO), [authorization("A-1", service(quantity="2 UN"))], True),
        (knee(), [authorization("A-1", service(quantity="0 UN"))], False),  # nothing is certified
        (knee(more=TWO), [authorization("A-1", service(quantity="1 UN"))], True),
        (knee("C-1", "REF*G1*A-1"), [authorization("A-1", service(quantity="0 UN"))], False),  # the number stands there already
        (knee(), [authorization("A-1", service(quantity="1 VS"))], False),
        (knee(code="27446"), [authorization()], False),  # near
        (knee(), [authorization(), authorization("A-2")], False),
        (knee(), [authorization(subscriber=replace(MARIA, member_id="W9"))], False),  # perhaps the same
        (knee(), [authorization("R-1", kind="referral")], False),
    ],
)
def test_what_the_compiled_linker_is_sure_of(claim: list[str], held: list[Authorization], sure: bool) -> None:
    linker = linker_for(Terms(brief=True))
    if linker is None:
        pytest.skip("edi_speed is not installed (pip install ./speed)")
    keyed = [replace(one, key=str(n)) for n, one in enumerate(held)]
    for unit in filter(is_claim, units(x12(claim), compiled=True)):
        row = row_of(unit)
        assert row is not None
        assert linker.take(row)
    assert linker.decide(OnFile(keyed), {}, ()) == ([] if sure else [0])

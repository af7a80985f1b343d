"""Documents made from a guide: valid ones that use as much as is wanted of what it names.

Made from the guide's statements alone (usage, repeats, codes, lengths, syntax notes), apart from the engine that is tested.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cache

from edi.guides.guide import Element, ElementUse, Guide, LoopUse, Note, SegmentUse

Tokens = list[list[str]]
"""Segments as lists of element texts; composites and repetitions are joined already."""


@dataclass(frozen=True, eq=False)
class Occurrence:
    """One occurrence of a loop in a document."""

    loop: LoopUse


@dataclass(frozen=True)
class Spot:
    """Where a segment of a document stands: its use, and the loops around it, outermost first."""

    use: SegmentUse
    around: tuple[Occurrence, ...]


@dataclass
class Maker:
    """Writes transactions of a guide. `full` is the share of situational items that it uses."""

    guide: Guide
    rng: random.Random
    full: float = 0.5
    units: int = 2
    often: bool = True
    """Whether what may stand more than once at times does."""
    levels: float = 0.8
    """The share of situational units that it uses."""
    wanted: Collection[int] = ()
    """Items (by `id`) that are used in any case, and used in full."""
    spots: list[Spot] = field(default_factory=list)
    """Where the segments of the last transaction stand, one by one."""

    def transaction(self) -> Tokens:
        self._out: Tokens = []
        self.spots = []
        root = self.guide.root
        self._items(root.items, (Occurrence(root),))
        number_levels(self._out, self.guide)
        self._out[0] = ["ST", self.guide.set, "0001", self.guide.version]
        self._out[-1] = ["SE", str(len(self._out)), "0001"]
        return self._out

    def loop(self, use: LoopUse) -> Tokens:
        """One occurrence of a loop."""
        self._out, self.spots = [], []
        self._items(use.items, (Occurrence(use),))
        return self._out

    def _items(self, items: Sequence[SegmentUse | LoopUse], around: tuple[Occurrence, ...]) -> None:
        """The items of a loop. A level that may stand below a neighbour or beside it stands in one place: else it is misread."""
        below: set[str] = set()
        for index, item in enumerate(items):
            if isinstance(item, LoopUse) and item.usage == "S":
                inner = _levels(item, 1)[0].keys()
                if set(first_of(item).qualifiers) & below:
                    continue
                beside = [
                    other
                    for other in items[index + 1 :]
                    if isinstance(other, LoopUse) and inner & set(first_of(other).qualifiers)
                ]
                taken = any(id(other) in self.wanted for other in beside)
                if beside and id(item) not in self.wanted and (taken or self.rng.random() > self.full):
                    continue
                count = len(self._out)
                self._item(item, around)
                below |= set(inner) if len(self._out) > count else set()
            else:
                self._item(item, around)

    def _item(self, item: SegmentUse | LoopUse, around: tuple[Occurrence, ...]) -> None:
        unit = isinstance(item, LoopUse) and item.unit
        level = isinstance(item, LoopUse) and first_of(item).id == "HL"
        whole = self.guide.version == "005010X217"
        if level and whole:
            unit = True  # every level of a request: one with HL04 = 1 needs one below
        share = self.full if not unit else 1.0 if whole else self.levels
        if item.usage != "R" and id(item) not in self.wanted and self.rng.random() > share:
            return
        most = 99 if item.most is None else item.most
        units = self.units if len(around) < 3 else self.rng.choice((1, self.units))
        times = min(most, units if unit else self.rng.choice((1, 1, 1, 2, most if most < 6 else 3)) if self.often else 1)
        for _ in range(max(1, times)):
            if isinstance(item, SegmentUse):
                self._out.append(self.segment(item))
                self.spots.append(Spot(item, around))
            else:
                within = (*around, Occurrence(item))
                self._items(item.items, within)

    def segment(self, use: SegmentUse) -> list[str]:
        """One segment."""
        share = 1.0 if id(use) in self.wanted else self.full
        while True:
            values = self._values(use.elements, use.notes, use.qualifiers, use.qualifier, share)
            if any(values) or not use.elements:
                return [use.id, *values]
            share = 1.0  # a segment has at least one element

    def _values(
        self,
        uses: tuple[ElementUse, ...],
        notes: tuple[Note, ...],
        qualifiers: tuple[str, ...],
        qualifier: tuple[int, int],
        share: float,
    ) -> list[str]:
        present = self._presence(uses, notes, share)
        last = max(present, default=0)
        out = [""] * last
        form = ""
        for use in uses:
            if use.position not in present:
                continue
            here = qualifiers if use.position == qualifier[0] else ()
            if use.element is None:
                value = ":".join(self._values(use.components, use.notes, here if qualifier[1] else (), (1, 0), share))
            elif here and not qualifier[1]:
                value = self.rng.choice(here)
            else:
                value = self._value(use.element, use.codes, form)
            form = value if use.element is not None and use.element.number == "1250" else ""
            out[use.position - 1] = value
        return out

    def _presence(self, uses: tuple[ElementUse, ...], notes: tuple[Note, ...], share: float) -> set[int]:
        dates = {u.position for u in uses if u.element is not None and u.element.number == "1251"}
        forms = {u.position for u in uses if u.element is not None and u.element.number == "1250"}
        notes = (*notes, *(Note("P", (p, p + 1)) for p in forms if p + 1 in dates))  # a date and its format go together
        needed = {u.position for u in uses if u.usage == "R"}
        free = [u.position for u in uses if u.usage != "R"]
        for tried in range(200):  # where notes exclude each other, with fewer and fewer
            chosen = needed | {p for p in free if self.rng.random() < share * (1 - tried / 200)}
            if all(keeps(note, chosen) for note in notes):
                return chosen
        for chosen in (needed, needed | set(free)):
            if all(keeps(note, chosen) for note in notes):
                return chosen
        raise AssertionError(f"no choice of elements keeps {notes}")

    def _value(self, element: Element, codes: tuple[str, ...], form: str) -> str:
        rng = self.rng
        if codes:
            if element.number == "1250":
                return rng.choice([c for c in codes if c in ("D8", "RD8", "DT", "TM")] or list(codes))
            return rng.choice(codes)
        if element.number == "1250":
            return rng.choice(("D8", "RD8"))
        if element.number == "1251" and form:
            return {"D8": "20260228", "RD8": "20260101-20260131", "DT": "202601021530", "TM": "1530"}[form]
        low, high = element.minimum, element.maximum
        if element.type == "DT":
            return "20260301" if high == 8 else "260301"
        if element.type == "TM":
            return rng.choice(("1201", "235959"))
        if element.type == "R":
            return rng.choice(("1", "12", "0")) if high < 5 else rng.choice(("1", "125.5", "0", "-3", "17.25"))
        if element.type[0] == "N":
            return "1" * max(1, low)
        length = rng.randint(low, min(high, low + 8))
        signs = "ABCDEFGHJK0123456789.-" + " " * (element.type == "AN" and high > 5)  # codes and short texts have none
        return "".join(rng.choice(signs) for _ in range(length)).strip().ljust(length, "X")


def first_of(item: SegmentUse | LoopUse) -> SegmentUse:
    """The segment that an item begins with."""
    while isinstance(item, LoopUse):
        item = item.items[0]
    return item


def number_levels(tokens: Tokens, guide: Guide) -> None:
    """HL01, HL02, HL04 of every HL, from the order of the levels; HL04 where the guide uses it."""
    ranks, childless = levels(guide)
    stack: list[tuple[int, list[str]]] = []
    for number, segment in enumerate((s for s in tokens if s[0] == "HL"), 1):
        rank = ranks[segment[3]]
        while stack and stack[-1][0] >= rank:
            stack.pop()
        segment[1:] = [str(number), stack[-1][1][1] if stack else "", segment[3], "0"]
        if segment[3] in childless:
            del segment[4]
        if stack:
            stack[-1][1][4:] = ["1"]
        stack.append((rank, segment))


@cache
def levels(guide: Guide) -> tuple[dict[str, int], set[str]]:
    """How deep the levels of a guide stand, by HL03, and those whose HL04 is not used."""
    return _levels(guide.root, 1)


def _levels(loop: LoopUse, depth: int) -> tuple[dict[str, int], set[str]]:
    ranks: dict[str, int] = {}
    childless: set[str] = set()
    for item in loop.items:
        if isinstance(item, LoopUse):
            first = first_of(item)
            level = first.id == "HL"
            if level:
                ranks |= {code: max(depth, ranks.get(code, 0)) for code in first.qualifiers}
                childless |= set(first.qualifiers) if all(use.position != 4 for use in first.elements) else set()
            below, without = _levels(item, depth + level)
            ranks |= {code: max(rank, ranks.get(code, 0)) for code, rank in below.items()}
            childless |= without
    return ranks, childless


def keeps(note: Note, present: set[int]) -> bool:
    """Whether a choice of positions keeps a syntax note (its own statement, apart from the engine's)."""
    here = [p in present for p in note.positions]
    if note.kind == "P":
        return len(set(here)) == 1
    if note.kind == "R":
        return any(here)
    if note.kind == "E":
        return here.count(True) < 2
    if note.kind == "C":
        return not here[0] or all(here)
    return not here[0] or any(here[1:])


ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1200*^*00501*000000001*0*T*:~"


def interchange(guide: Guide, transactions: list[Tokens]) -> bytes:
    """The bytes of an interchange around transactions."""
    out = [ISA[:-1], f"GS*{guide.group}*SENDER*RECEIVER*20260301*1200*1*X*{guide.version}"]
    for number, tokens in enumerate(transactions, 1):
        for segment in tokens:
            copy = list(segment)
            if copy[0] in ("ST", "SE") and len(copy) > 2 and number > 1:
                copy[2] = f"{number:04d}"
            out.append("*".join(copy))
    out += [f"GE*{len(transactions)}*1", "IEA*1*000000001"]
    return ("~\n".join(out) + "~\n").encode("latin-1")

"""Documents made from a guide: valid ones that use everything it names, and mutants of them.

Made from the guide's statements alone (usage, repeats, codes, lengths, syntax notes), apart from the engine that is tested.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from edi.guides.guide import Element, ElementUse, Guide, LoopUse, Note, SegmentUse

Tokens = list[list[str]]
"""Segments as lists of element texts; composites and repetitions are joined already."""


@dataclass
class Maker:
    """Writes one transaction of a guide. `full` is the share of situational items that it uses."""

    guide: Guide
    rng: random.Random
    full: float = 0.5
    units: int = 2

    def transaction(self) -> Tokens:
        self._hl = 0
        self._above: list[tuple[int, int]] = []
        self._out: Tokens = []
        for item in self.guide.root.items:
            if not (isinstance(item, SegmentUse) and item.id == "SE"):
                self._item(item, 1)
        self._levels()
        self._out[0] = ["ST", self.guide.set, "0001", self.guide.version]
        self._out.append(["SE", str(len(self._out) + 1), "0001"])
        return self._out

    def _item(self, item: SegmentUse | LoopUse, depth: int) -> None:
        unit = isinstance(item, LoopUse) and item.unit
        level = isinstance(item, LoopUse) and isinstance(item.items[0], SegmentUse) and item.items[0].id == "HL"
        whole = self.guide.version == "005010X217"
        if level and whole:
            unit = True  # every level of a request: one with HL04 = 1 needs one below
        if item.usage != "R" and self.rng.random() > (self.full if not unit else 1.0 if whole else 0.8):
            return
        most = 99 if item.most is None else item.most
        units = self.units if depth < 3 else self.rng.choice((1, self.units))
        times = min(most, units if unit else self.rng.choice((1, 1, 1, 2, most if most < 6 else 3)))
        for _ in range(max(1, times)):
            if isinstance(item, SegmentUse):
                self._out.append(self._segment(item))
            else:
                for inner in item.items:
                    self._item(inner, depth + 1)

    def _levels(self) -> None:
        """HL01, HL02, HL04 of every HL, from the order of the levels; HL04 where the guide uses it."""
        ranks, childless = _ranks(self.guide.root)
        stack: list[tuple[int, list[str]]] = []
        for number, segment in enumerate((s for s in self._out if s[0] == "HL"), 1):
            rank = ranks[segment[3]]
            while stack and stack[-1][0] >= rank:
                stack.pop()
            segment[1:] = [str(number), stack[-1][1][1] if stack else "", segment[3], "0"]
            if segment[3] in childless:
                del segment[4]
            if stack:
                stack[-1][1][4] = "1"
            stack.append((rank, segment))

    def _segment(self, use: SegmentUse) -> list[str]:
        values = self._values(use.elements, use.notes, use.qualifiers, use.qualifier)
        return [use.id, *values]

    def _values(
        self, uses: tuple[ElementUse, ...], notes: tuple[Note, ...], qualifiers: tuple[str, ...], qualifier: tuple[int, int]
    ) -> list[str]:
        present = self._presence(uses, notes)
        last = max(present, default=0)
        out = [""] * last
        form = ""
        for use in uses:
            if use.position not in present:
                continue
            here = qualifiers if use.position == qualifier[0] else ()
            if use.element is None:
                value = ":".join(self._values(use.components, use.notes, here if qualifier[1] else (), (1, 0)))
            elif here and not qualifier[1]:
                value = self.rng.choice(here)
            else:
                value = self._value(use.element, use.codes, form)
            form = value if use.element is not None and use.element.number == "1250" else ""
            out[use.position - 1] = value
        return out

    def _presence(self, uses: tuple[ElementUse, ...], notes: tuple[Note, ...]) -> set[int]:
        dates = {u.position for u in uses if u.element is not None and u.element.number == "1251"}
        forms = {u.position for u in uses if u.element is not None and u.element.number == "1250"}
        notes = (*notes, *(Note("P", (p, p + 1)) for p in forms if p + 1 in dates))  # a date and its format go together
        needed = {u.position for u in uses if u.usage == "R"}
        free = [u.position for u in uses if u.usage != "R"]
        for _ in range(200):
            chosen = needed | {p for p in free if self.rng.random() < self.full}
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
        return "".join(rng.choice("ABCDEFGHJK 0123456789.-") for _ in range(length)).strip().ljust(length, "X")


def _ranks(loop: LoopUse, depth: int = 1) -> tuple[dict[str, int], set[str]]:
    """How deep the levels stand, by HL03, and those whose HL04 is not used."""
    ranks: dict[str, int] = {}
    childless: set[str] = set()
    for item in loop.items:
        if isinstance(item, LoopUse):
            first = item.items[0]
            level = isinstance(first, SegmentUse) and first.id == "HL"
            if isinstance(first, SegmentUse) and level:
                ranks |= {code: max(depth, ranks.get(code, 0)) for code in first.qualifiers}
                childless |= set(first.qualifiers) if all(use.position != 4 for use in first.elements) else set()
            below, without = _ranks(item, depth + level)
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
            if copy[0] in ("ST", "SE") and len(copy) > 2:
                copy[2] = f"{number:04d}"
            out.append("*".join(copy))
    out += [f"GE*{len(transactions)}*1", "IEA*1*000000001"]
    return ("~\n".join(out) + "~\n").encode("latin-1")


def mutants(tokens: Tokens, rng: random.Random, count: int) -> Iterator[tuple[str, Tokens]]:
    """Copies with one thing changed: (what was done, the segments)."""
    kinds = (
        "delete",
        "repeat",
        "swap",
        "move",
        "blank",
        "long",
        "code",
        "empty",
        "extra",
        "component",
        "character",
        "trailing",
        "date",
        "space",
        "decimal",
        "duplicate-element",
        "repetition",
        "leap",
    )
    for _ in range(count):
        copy = [list(s) for s in tokens]
        kind = rng.choice(kinds)
        at = rng.randrange(1, len(copy) - 1)
        segment = copy[at]
        element = rng.randrange(1, len(segment)) if len(segment) > 1 else 0
        value = segment[element] if element else ""
        if kind == "delete":
            del copy[at]
        elif kind == "repeat":
            copy.insert(at, list(segment))
        elif kind == "swap":
            copy[at], copy[at - 1] = (copy[at - 1], copy[at]) if at > 1 else (copy[at], copy[at - 1])
        elif kind == "move":
            copy.insert(rng.randrange(1, len(copy) - 1), copy.pop(at))
        elif element:
            segment[element] = {
                "blank": " " * max(1, len(value)),
                "long": value + "9" * rng.choice((1, 5, 40, 300)),
                "code": "Q" + value[1:],
                "empty": "",
                "extra": value,
                "component": value + ":" + "X",
                "character": value + "\x01",
                "trailing": value + ":",
                "date": "20261345",
                "space": value + " ",
                "decimal": rng.choice((".5", "5.", "1.2345", "-1", "1e3", "+4", "00", "1" * 36, "-")),
                "duplicate-element": value + value,
                "repetition": value + "^" + value,
                "leap": rng.choice(("20240229", "20250229", "20240229-20240301", "20240301-20240229")),
            }[kind]
            if kind == "extra":
                segment.extend([""] * rng.choice((0, 3, 12)) + ["X"])
            if kind == "trailing" and rng.random() < 0.5:
                segment[element] = value
                segment.append("")
        copy[-1][1] = str(len(copy))
        yield kind, copy

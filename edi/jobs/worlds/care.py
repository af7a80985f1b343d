"""What patients of a world are treated for, and which payer wants what of it authorized.

Codes stand here without a word of their descriptions. `near` is a code that a claim may give by mistake for `code`; codes of two
lines of the table are never near each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, NamedTuple

from edi.jobs.worlds.people import Payer


class Moved(NamedTuple):
    """A practice's tax id that took the place of another on a day, by a payer's account."""

    payer: Payer
    old: str
    new: str
    since: date


class Care(NamedTuple):
    """One kind of care."""

    code: str
    near: str
    kind: str
    """Whose claims bill it: professional (a hospital may too), or dental."""
    diagnosis: str
    price: int
    most: int
    """How much of it is certified at a time, at most."""
    unit: str = "UN"
    """VS where visits are certified."""
    revenue: str = ""
    """Under which revenue code a hospital bills it; "" for what a hospital does not."""
    places: tuple[str, ...] = ("11",)
    modifiers: tuple[str, ...] = ()
    """Sides, of which the one that is certified must be billed."""

    @property
    def qualifier(self) -> str:
        return "AD" if self.kind == "dental" else "HC"


KINDS: Final = (
    Care("70551", "70552", "professional", "R519", 900, 1, revenue="0611", places=("11", "22")),
    Care("72148", "72149", "professional", "M5450", 950, 1, revenue="0612", places=("11", "22")),
    Care("73721", "73722", "professional", "M25561", 800, 1, revenue="0610", places=("11", "22"), modifiers=("RT", "LT")),
    Care("74177", "74178", "professional", "R1030", 1100, 1, revenue="0352", places=("11", "22")),
    Care("78452", "78451", "professional", "I2510", 1300, 1, revenue="0341", places=("11", "22")),
    Care("93306", "93307", "professional", "R011", 700, 1, revenue="0480", places=("11", "22")),
    Care("95810", "95811", "professional", "G4733", 1500, 1, revenue="0920", places=("11", "22")),
    Care("64483", "64484", "professional", "M5416", 1200, 3, revenue="0490", places=("24", "22", "11")),
    Care("29881", "29880", "professional", "M23221", 3900, 1, revenue="0360", places=("24", "22"), modifiers=("RT", "LT")),
    Care("27447", "27446", "professional", "M1711", 6200, 1, revenue="0360", places=("22", "24"), modifiers=("RT", "LT")),
    Care("63047", "63048", "professional", "M48061", 5400, 1, revenue="0360", places=("22",)),
    Care("15823", "15822", "professional", "H02834", 1900, 2, revenue="0360", places=("24", "22")),
    Care("43775", "43774", "professional", "E6601", 8100, 1, revenue="0360", places=("22",)),
    Care("66984", "66982", "professional", "H2511", 2100, 1, revenue="0360", places=("24", "22"), modifiers=("RT", "LT")),
    Care("97110", "97112", "professional", "M25511", 84, 24, "VS", "0420", ("11", "22")),
    Care("97530", "97535", "professional", "M25511", 92, 16, "VS", "0430", ("11", "22")),
    Care("92507", "92508", "professional", "R4702", 130, 20, "VS", "0440", ("11", "22")),
    Care("90837", "90834", "professional", "F411", 180, 12, "VS", "0900", ("11",)),
    Care("97810", "97811", "professional", "M5450", 95, 12, "VS"),
    Care("E0601", "E0600", "professional", "G4733", 640, 1, places=("12",)),
    Care("L1833", "L1832", "professional", "M1711", 510, 2, places=("12", "11")),
    Care("D2750", "D2751", "dental", "", 1250, 2),
    Care("D6010", "D6011", "dental", "", 2300, 2),
    Care("D7240", "D7241", "dental", "", 480, 4),
    Care("D4341", "D4342", "dental", "", 310, 4),
    Care("D3330", "D3331", "dental", "", 1150, 2),
    Care("D5213", "D5214", "dental", "", 1900, 1),
)
DRUGS: Final = (
    Care("J1745", "J1744", "professional", "K5090", 70, 4),
    Care("J0585", "J0586", "professional", "G43709", 6, 3),
)
"""Billed by the code, and certified by their NDCs, of which a payer's manual tells the units."""
VISITS: Final = ("99213", "99214", "99215")
"""Office visits, which stand beside other care on a claim."""
TEETH: Final = ("3", "14", "19", "30")
ROOM: Final = "0120"
PHARMACY: Final = "0250"

PAYERS: Final = (
    Payer(
        id="BSH01", name="BIRDSONG HEALTH", filing="CI", member="BSH{:08d}", number="BA{:09d}", shape="BA[0-9]{9}",
        wants=frozenset({"27447", "29881", "63047", "43775", "70551", "72148", "78452", "97110", "D6010"}),
        spares=frozenset({"93306", "90837", "D7240"}), exceptions=("1", "3"),
        covers=frozenset({"27447", "74177"}), therapy=("PT", "GP"), therapies=("97110", "97530"), newborn=30,
    ),
    Payer(
        id="RWP20", name="RUSHWATER PLAN", filing="HM", member="R{:09d}01", number="{:04d}-RW-26", shape="[0-9]{4,}-RW-26",
        wants=frozenset({"27447", "29881", "66984", "95810", "73721", "92507", "E0601", "D2750", "D5213"}),
        spares=frozenset({"74177", "97810", "D4341"}), exceptions=("7",),
        reviewer=("EVG01", "EVERGREEN REVIEW"), grace=3, both_sides=True,
    ),
    Payer(
        id="77034", name="HOLLOW OAK MUTUAL", filing="BL", member="HOM{:07d}A", number="{:010d}", shape="[0-9]{10}",
        wants=frozenset({"63047", "43775", "15823", "64483", "74177", "97530", "L1833", "D3330"}),
        spares=frozenset({"70551", "D2750"}), also="HOM77", anybody=frozenset({"97810", "E0601"}),
        drugs=(("J1745", 10, "57894003001"), ("J0585", 100, "00023114501")),
    ),
    Payer(
        id="GLC", name="GREENLEA CARE", filing="MC", member="{:012d}", number="G{:05d}X/A", shape="G[0-9]{5,}X/A",
        wants=frozenset({"29881", "72148", "66984", "97110", "97530", "92507", "D6010", "D7240"}),
        spares=frozenset({"95810", "78452", "D3330"}), exceptions=("1", "2", "7"),
    ),
)  # fmt: skip


def requirement_list(payer: Payer, moved: Iterable[Moved] = ()) -> str:
    """What a payer wants authorized and how it matches, as a file of rules; `moved` are the tax ids that changed."""
    name = payer.name.title()
    stem = payer.name.split()[0].lower()
    source = f"{name}, authorization list of January 2026"
    exceptions = [f"  exceptions {', '.join(payer.exceptions)}"] if payer.exceptions else []
    known = ", ".join(filter(None, (payer.id, payer.also)))
    lines = [
        f"# What {name} wants authorized, and how it matches. The plan and its list are invented.",
        f'payer "{name}" known as {known}',
        "",
        f"require {stem}-none",
        f"  procedures {', '.join(sorted(payer.spares | set(VISITS)))}",
        "  wants      nothing",
        f'  source     "{source}, page 1"',
        "",
        f"require {stem}-list",
        "  from       2026-01-01",
        f"  procedures {', '.join(sorted(payer.wants))}",
        "  wants      prior authorization",
        f'  number     like "{payer.shape}"',
        *exceptions,
        f'  source     "{source}, page 2"',
    ]
    aliases = ([f"tax id {one.old} is now {one.new} since {one.since}"] for one in moved if one.payer is payer)
    for n, said in enumerate((*_matching(payer), *aliases), 1):
        lines += [
            "",
            f"match {stem}-{n}",
            *(f"  {line}" for line in said),
            f'  source "{name}, manual of January 2026, section {n}"',
        ]
    return "\n".join(lines) + "\n"


def _matching(payer: Payer) -> Iterator[list[str]]:
    """What the payer's manual says of matching, a rule each."""
    for care in KINDS:
        if care.code in payer.covers:
            yield [f"procedure {care.code} covers {care.near}"]
    if payer.reviewer[0]:
        yield [f'reviewer {payer.reviewer[0]}, "{payer.reviewer[1].title()}"']
    if payer.grace:
        yield [f"grace {payer.grace} days after"]
    if payer.therapies:
        yield [f"service type {payer.therapy[0]} covers {', '.join(payer.therapies)} with {payer.therapy[1]}"]
    if payer.both_sides:
        yield ["modifier 50 covers RT, LT"]
    if payer.newborn:
        yield [f"newborns go by their mother for {payer.newborn} days"]
    for code, units, ndc in payer.drugs:
        yield [f"quantity {units} UN of {code} is 1 UN of {ndc}"]
    if payer.anybody:
        yield [f"for procedures {', '.join(sorted(payer.anybody))}", "no provider must match"]

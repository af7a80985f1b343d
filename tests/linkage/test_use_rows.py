"""What a part of a file changes of an authorization's uses: told as plain data, and put behind what was there before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from edi.linkage.room import RESERVED, SENT, Use
from edi.linkage.usage import Usage
from edi.linkage.use_rows import change, following, pack, row_of, unpack, use_of

DAYS = (date(2026, 3, 9), date(2026, 3, 10))


def use(claim: str, amount: str = "1", state: str = SENT, days: tuple[date, ...] = DAYS) -> Use:
    return Use("41", 0, "professional", claim, days, Decimal(amount), state)


ONE, TWO, THREE = (use(f"C-{n}") for n in (1, 2, 3))
LESS = replace(TWO, amount=Decimal("0.5"), days=())


@pytest.mark.parametrize(
    ("now", "changed", "stand"),
    [
        ([ONE, TWO], [], 2),
        ([ONE, TWO, THREE], ["C-3"], 2),
        ([ONE, LESS], ["C-2"], 1),
        ([TWO], ["C-1"], 0),
        ([ONE, TWO], ["C-2"], 1),  # it uses the same as before: it is told all the same
        ([TWO, ONE], ["C-1"], 0),
        ([], ["C-1", "C-2"], 0),
        ([ONE, TWO, use("C-3", "1E+2", RESERVED)], ["C-3"], 2),
    ],
)
def test_what_was_there_before_is_not_told(now: list[Use], changed: list[str], stand: int) -> None:
    before, then = (list(map(row_of, uses)) for uses in ([ONE, TWO], now))
    told = change(before, then, changed)
    assert (told[0], len(told[1])) == (stand, len(now) - stand)
    came = following(before, unpack(pack(told)))
    assert came == then
    assert [use_of("41", row) for row in came] == now


def test_rows_are_uses_when_somebody_asks() -> None:
    usage = Usage(reserving=True)
    usage.lay({"41": [row_of(ONE), row_of(TWO)], "42": []})
    usage.count("41", row_of(THREE))
    usage.count("43", row_of(LESS))
    usage.count("41", row_of(use("C-1", "2")))  # that one is known, so it takes the place of the row
    reserved = [replace(one, state=RESERVED) for one in (use("C-1", "2"), THREE)]
    assert usage.used("41") == (reserved[0], TWO, reserved[1])
    assert usage.rows_of("41") == list(map(row_of, usage.used("41")))
    assert usage.rows_of("43") == [row_of(replace(LESS, state=RESERVED))]
    assert (usage.used("42"), usage.knows("C-2"), usage.keys(["C-2"])) == ((), True, {"41", "43"})
    assert usage.changed() == ("C-3", "C-2", "C-1")
    usage.lay({"43": [row_of(THREE)]})  # told again of what is known
    assert [one.claim for one in usage.used("43")] == ["C-2", "C-3"]
    assert {one.key for one in usage.all()} == {"41", "43"}


def test_what_is_told_counts_when_it_is_taken_in() -> None:
    usage = Usage()
    usage.take_over({"41": pack(change(list(map(row_of, [ONE, TWO])), list(map(row_of, [ONE, LESS, THREE])), ["C-2", "C-3"]))})
    usage.took({"C-2": ["41"], "C-3": ["41"]})
    assert (usage.is_told("41"), usage.keys(["C-3"]), usage.used("41")) == (True, {"41"}, ())
    apart = list(usage.rows(["41"], {"C-2", "C-3"}))
    usage.add([ONE, TWO])
    usage.take_in("41")
    assert (usage.is_told("41"), usage.used("41"), usage.of("C-2")) == (False, (ONE, LESS, THREE), (LESS,))
    assert [row[2] for _, row in apart] == ["C-2", "C-3"]
    assert apart == list(usage.rows(["41"], {"C-2", "C-3"}))
    assert usage.changed() == ("C-2", "C-3")

"""The claims of a file again, of other members and under other names: made in a fraction of the time that new claims take.

Members `ALIKE` apart differ in nothing but their ids and how their last names begin (`bench.people`), so that whose claims these
are is changed where it is said, and all else stays: practices, procedures, days.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from bench.people import ALIKE, authorization_number, clan

_SAID: Final = re.compile(
    rb"\n(?:"
    rb"NM1\*IL\*1\*(?P<last>[A-Z]++)(?P<first>\*[A-Z]++\*{4}MI\*)(?P<id>[WX])(?P<number>[0-9]++)"
    rb"|NM1\*QC\*1\*(?P<same>[A-Z]++)"
    rb"|REF\*G1\*PA(?P<authorization>[0-9]++))"
)
"""Where a member is named: as subscriber, with this payer or the one before it; as parent of a patient of the same last name; by
the number of the authorization."""


def write_again(source: Path, path: Path, *, mark: str, other: str, further: int) -> int:
    """Write a file whose claims are of members so many times `ALIKE` further on; its bytes.

    Claims named by `mark` and a number are named by the `other` and that number.
    """
    last = b""

    def said(found: re.Match[bytes]) -> bytes:
        nonlocal last
        kind = found.lastgroup
        if kind == "same":
            return b"\nNM1*QC*1*" + last
        before, like = divmod(int(found[kind]), ALIKE)  # type: ignore[index]  # one of them is always there
        then = before + further
        if kind == "authorization":
            return b"\nREF*G1*" + authorization_number(then * ALIKE + like).encode()
        last = _clan(then) + found["last"][len(_clan(before)) :]
        id = b"W%09d" if found["id"] == b"W" else b"X%d"
        return b"\nNM1*IL*1*" + last + found["first"] + id % (then * ALIKE + like)

    data = source.read_bytes().replace(f"\nCLM*{mark}".encode(), f"\nCLM*{other}".encode())
    return path.write_bytes(_SAID.sub(said, data))


@cache
def _clan(number: int) -> bytes:
    return clan(number * ALIKE).encode()

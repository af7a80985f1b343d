"""A folder of invented files of mixed kinds, as a clearinghouse gets them: answers, claims, remittances, acknowledgments.

Of a hundred files 25 are answers to requests (278, one to 30 authorizations), 35 professional and 10 institutional claims (one to
300, small files by far the most), 15 remittances for files of claims that lie beside them, 15 acknowledgments (999 and 277CA) of
such files. Half of the members have an authorization. What a file says follows from its number.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

from bench.authorizations import write_answers
from bench.claims import write_claims
from bench.paid import write_paid

KINDS: Final = ("278",) * 5 + ("837P",) * 7 + ("837I",) * 2 + ("835",) * 3 + ("acknowledged",) * 3
"""Of twenty files."""
MOST_CLAIMS: Final = 300
MOST_ANSWERS: Final = 30
RECEIVED: Final = 1_793_000_000
"""When they came, by their own time."""
_ISA13: Final = slice(90, 99)


def write_mixed(folder: Path, *, count: int, seed: int = 278) -> int:
    """Write so many files; how many segments they have."""
    random = Random(seed)
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    answers = [_size(random, MOST_ANSWERS) for kind in kinds if kind == "278"]
    members = 2 * max(sum(answers), 40)
    first, sent = 0, list[Path]()
    for number, kind in enumerate(kinds):
        path = folder / f"{number:05d}.{kind[:3]}"
        if kind == "278":
            write_answers(path, count=answers[0], first=first, seed=number)
            first += answers.pop(0)
        elif kind.startswith("837"):
            size, institutional = _size(random, MOST_CLAIMS), kind == "837I"
            write_claims(path, claims=size, seed=number, members=members, institutional=institutional)
            sent.append(path)
        else:
            continue
        _name_apart(path, number)
    answered = iter(sent)
    for number, kind in enumerate(kinds):
        if kind == "835":
            path = folder / f"{number:05d}.835"
            write_paid(next(answered), path, seed=number)
            _name_apart(path, number)
        elif kind == "acknowledged":
            _acknowledge(next(answered), folder / f"{number:05d}.{('999', '277')[number % 2]}", number)
    paths = sorted(folder.iterdir())
    for number, path in enumerate(paths):
        os.utime(path, (RECEIVED + number, RECEIVED + number))
    return sum(path.read_bytes().count(b"~") for path in paths)


def _size(random: Random, most: int) -> int:
    """One to `most`; each order of size as often as the others."""
    return int(most ** random.random())


def _name_apart(path: Path, number: int) -> None:
    """Give a file a control number, and its claims and checks numbers, that no other has."""
    data = path.read_bytes()
    old, new = data[_ISA13], b"%09d" % (number + 1)
    data = data.replace(b"*%s*0*T*" % old, b"*%s*0*T*" % new).replace(b"IEA*1*%s" % old, b"IEA*1*%s" % new)
    for letter in (b"C", b"H"):
        data = data.replace(b"CLM*" + letter, b"CLM*%dF%s" % (number, letter))
    path.write_bytes(data.replace(b"TRN*1*EFT", b"TRN*1*EFT%d" % number))


def _acknowledge(claims: Path, path: Path, number: int) -> None:
    import edi

    answer = edi.acknowledge(
        claims, control=number + 1, created=datetime.fromtimestamp(RECEIVED, UTC).replace(tzinfo=None), level=2
    )
    path.write_bytes(answer.claims if path.suffix == ".277" else answer.functional)

"""What is measured beside the commands, each in a process of its own: python -m bench.work WHAT ARGUMENT..."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final


def claims(
    path: str, segments: str, members: str, faulty: str = "0", kind: str = "professional", part: str = "0"
) -> None:  # fmt: skip
    """Write a file of claims for so many members, a share of them faulty; print how many claims and segments it has.

    Another `part` has other claims, under other names.
    """
    from bench.claims import SEED, write_claims

    share, institutional, number = float(faulty), kind == "institutional", int(part)
    written = write_claims(
        Path(path), segments=int(segments), members=int(members), faulty=share, institutional=institutional,
        seed=SEED + number, mark=f"P{number}C" if number else "C",
    )  # fmt: skip
    print(*written)


def again(first: str, path: str, part: str, further: str) -> None:
    """Write the claims of a file, which is part 1, as another part, for members so many times `ALIKE` further on."""
    from bench.again import write_again

    write_again(Path(first), Path(path), mark="P1C", other=f"P{part}C", further=int(further))


def one_set(path: str, segments: str) -> None:
    """Write a file of claims that are one transaction; print how many claims and segments it has."""
    from bench.claims import write_claims

    print(*write_claims(Path(path), segments=int(segments), a_set=int(segments)))


def payments(path: str, segments: str) -> None:
    """Write a file of remittances; print how many payments and segments it has."""
    from bench.remittances import write_payments

    print(*write_payments(Path(path), segments=int(segments)))


def paid(claims: str, path: str) -> None:
    """Write remittances for a file of claims; print how many payments and segments it has."""
    from bench.paid import write_paid

    print(*write_paid(Path(claims), Path(path)))


def one_claim(path: str) -> None:
    """Write a file of one claim."""
    from bench.claims import write_claims

    print(*write_claims(Path(path), claims=1))


def answers(path: str, count: str) -> None:
    """Write a file of authorizations; print how many segments it has."""
    from bench.authorizations import write_answers

    print(write_answers(Path(path), count=int(count)))


def ledger(path: str, count: str, beyond: str = "0") -> None:
    """Fill up a ledger with copies of its authorizations, for members so much further on; print how many it has."""
    from bench.ledgers import write_ledger

    print(write_ledger(Path(path), count=int(count), beyond=int(beyond)))


def mixed(folder: str, count: str) -> None:
    """Write so many files of mixed kinds; print how many segments they have."""
    from bench.mixed import write_mixed

    print(write_mixed(Path(folder), count=int(count)))


def unkept(folder: str, out: str) -> None:
    """Judge and link a folder of files in this process, and keep nothing; print what was found."""
    from bench.unkept import work_off

    print(*work_off(Path(folder), Path(out)))


def requests(folder: str, count: str) -> None:
    """Write so many requests, each a file of JSON."""
    from bench.authorizations import request_json

    for number in range(int(count)):
        (Path(folder) / f"{number:06d}.json").write_text(request_json(number), encoding="utf-8")


def tokenise(path: str) -> None:
    """Read every segment, and nothing more."""
    from edi.text.segments import read

    print(sum(1 for _ in read(path)))


def oxedi(path: str) -> None:
    """Read a remittance with oxedi, a parser in Rust."""
    import oxedi

    print(len(oxedi.parse_file(path).diagnostics))


def split(path: str) -> None:
    """What plain Python needs to split the same bytes into lists of elements and keep them: the floor for most readers."""
    data = Path(path).read_bytes()
    kept = [segment.split(b"*") for segment in data.split(b"~\n")]
    print(len(kept))


def nothing() -> None:
    """Start and end."""


WORK: Final[Mapping[str, Callable[..., None]]] = MappingProxyType(
    {
        "again": again,
        "answers": answers,
        "claims": claims,
        "ledger": ledger,
        "mixed": mixed,
        "nothing": nothing,
        "one-claim": one_claim,
        "one-set": one_set,
        "oxedi": oxedi,
        "paid": paid,
        "payments": payments,
        "requests": requests,
        "split": split,
        "tokenise": tokenise,
        "unkept": unkept,
    }
)

if __name__ == "__main__":
    WORK[sys.argv[1]](*sys.argv[2:])

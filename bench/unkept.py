"""What a batch does with the files of a folder, in one process and in memory: judged, linked and read, and nothing remembered.

Every file is judged at all levels. The answers (278) are read as records, and joined. Each 837 is linked with these and written
with its numbers; what its claims use is counted over all of them. The payments of each 835 are looked up among the claims that
were read, and their findings told; acknowledgments are read. There is no ledger, nothing is answered, no report is written, no
file is moved, and nothing is seen to be on the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import edi
from edi.guides import document
from edi.linkage.directory import Directory
from edi.linkage.linking import Linked, Passed, link_units

_ORDER: Final = (".278", ".837", ".835")


def work_off(folder: Path, out: Path) -> tuple[int, int, int, int]:
    """How many problems, rows of claims, findings and acknowledgments there were in the files of a folder."""
    paths = sorted(folder.iterdir(), key=lambda path: (_rank(path), path.name))
    problems = sum(len(edi.validate(path).problems) for path in paths)
    answers = (one for path in paths if path.suffix == ".278" for one in edi.read_authorizations(path))
    find, usage = Directory(edi.joined(answers)).find, edi.Usage()
    claims: dict[str, edi.Claim] = {}
    rows = findings = acknowledgments = 0
    for path in paths:
        if path.suffix == ".837":
            linked = Linked(_kept(link_units(document.units(path), find, usage), claims))
            rows += len(linked.claims)
            with (out / f"{path.name}.linked.837").open("wb") as file:
                linked.write(file)
        elif path.suffix == ".835":
            for payment in _payments(path):
                claim = claims.get(payment.claim)
                findings += len(edi.findings(payment, claim, find([claim])[0] if claim else (), usage))
        elif path.suffix != ".278":
            acknowledgments += sum(1 for _ in edi.read_acknowledgments(path))
    return problems, rows, findings, acknowledgments


def _kept(units: Iterable[Passed], claims: dict[str, edi.Claim]) -> Iterator[Passed]:
    """Units as they pass, whose claims are kept by their number."""
    for passed in units:
        if passed.claim is not None:
            claims[passed.claim.id] = passed.claim
        yield passed


def _payments(path: Path) -> Iterator[edi.Payment]:
    for remittance in edi.read_remittances(path):
        yield from remittance.payments


def _rank(path: Path) -> int:
    return _ORDER.index(path.suffix) if path.suffix in _ORDER else len(_ORDER)

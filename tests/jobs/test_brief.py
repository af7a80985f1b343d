"""What is told briefly is decided as it is at length: rows differ in nothing but in what they tell of what does not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import edi
from edi.jobs.worlds.making import make
from edi.linkage.joining import joined
from edi.linkage.linking import Directory, wanted_by
from edi.linkage.one_by_one import Decided, decide_all
from edi.linkage.terms import Terms
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row


def without_misfits(row: Row) -> Row:
    return replace(row, candidates=tuple(one for one in row.candidates if one.fits))


@pytest.mark.parametrize("ruled", [True, False], ids=["rules", "no rules"])
@pytest.mark.parametrize("seed", [3, 11])
def test_a_world_is_decided_alike(seed: int, ruled: bool, tmp_path: Path) -> None:
    make(tmp_path, seed=seed, size=150)
    authorizations = joined(one for path in sorted(tmp_path.glob("re*s/*.278")) for one in edi.read_authorizations(path))
    claims = [claim for path in sorted(tmp_path.glob("claims/*.837")) for claim in edi.read_claims(path)]
    required, referral = wanted_by(sorted(tmp_path.glob("rules/*.rules")) if ruled else ())
    find = Directory(authorizations).find

    def decided(*, brief: bool) -> Decided:
        return decide_all(claims, find, Usage(), Terms(required=required, referral=referral, brief=brief))

    whole, brief = decided(brief=False), decided(brief=True)
    for long, short in ((whole.claims, brief.claims), (whole.beside, brief.beside)):
        assert list(map(without_misfits, short)) == list(map(without_misfits, long))
    assert sum(len(row.candidates) for row in brief.claims) < sum(len(row.candidates) for row in whole.claims) * 0.6

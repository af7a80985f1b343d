"""pyx12 beside us on files of the corpus: where the two differ, the reason is a known one."""

from __future__ import annotations

from pathlib import Path

import pytest

from edi.guides.comparison import ComparisonError, compare, reason, second_opinion

SERVED = (b"005010X222A1", b"005010X221A1")


@pytest.mark.corpus("837P/*", "835/*", "invalid/*")
def test_every_difference_from_pyx12_has_its_reason(corpus_file: Path) -> None:
    head = corpus_file.read_bytes()
    if not any(version in head[:3000] for version in SERVED) or len(head) > 100_000:
        pytest.skip("a guide that one of the two does not have, or a file that pyx12 takes minutes for")
    try:
        differences = compare(corpus_file)
    except ComparisonError:
        return  # pyx12 refuses the file; what we find in it stands in tests/test_corpus.py
    assert [d.opinion for d in differences if not reason(d)] == []


def test_what_pyx12_has_no_map_for_is_said(tmp_path: Path) -> None:
    path = tmp_path / "request.278"
    path.write_text(
        "ISA*00*          *00*          *ZZ*A              *ZZ*B              *260301*1200*^*00501*000000001*0*T*:~"
        "GS*HI*A*B*20260301*1200*1*X*005010X217~ST*278*0001*005010X217~SE*2*0001~GE*1*1~IEA*1*000000001~"
    )
    with pytest.raises(ComparisonError, match="no map for this guide"):
        second_opinion(path)

"""What is given to be read: bytes, a file, or a name; a document given as a text is not said again."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import edi
from edi.errors import SourceError

STORY = Path(__file__).parents[2] / "testdata" / "story"
DATA = (STORY / "claims" / "batch.837").read_bytes()


def taken(given: Any) -> object:
    with edi.Ledger("sqlite://") as ledger:
        return ledger.take(given)


@pytest.mark.parametrize("read", [edi.validate, edi.read_claims, edi.read_authorizations], ids=lambda read: read.__name__)
def test_a_document_that_is_given_as_a_text_is_not_repeated(read) -> None:  # type: ignore[no-untyped-def]
    text = (STORY / "claims" / "batch.837").read_text()
    with pytest.raises(SourceError) as raised:
        list(read(text))
    assert len(str(raised.value)) < 100
    with pytest.raises(SourceError):
        list(read("a\0b"))


def test_bytes_of_every_kind_are_read() -> None:
    for given in (bytearray(DATA), memoryview(DATA)):
        assert edi.validate(given) == edi.validate(DATA)
        assert [claim.id for claim in edi.read_claims(given)] == [claim.id for claim in edi.read_claims(DATA)]
        assert taken(given) == taken(DATA)


@pytest.mark.parametrize("read", [edi.validate, lambda given: list(edi.read_claims(given)), taken])
def test_what_is_no_source_is_told_what_is_one(read: Callable[[Any], object]) -> None:
    for given, said in ((io.StringIO(DATA.decode()), "a file that is open for text"), (3, "int"), (None, "NoneType")):
        with pytest.raises(TypeError, match=f'or from a file that is open for bytes \\("rb"\\), not from {said}\\.'):
            read(given)


@pytest.mark.parametrize("level", [0, 8, -1])
def test_levels_are_1_to_7(level: int) -> None:
    with pytest.raises(ValueError, match=f"There is no level {level}: levels are 1 to 7"):
        edi.validate(DATA, level=level)
    with pytest.raises(ValueError, match="levels are 1 to 7"):
        edi.acknowledge(DATA, control=1, created=datetime(2026, 11, 2), level=level)

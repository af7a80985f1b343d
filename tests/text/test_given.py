"""What is given to be read: bytes, a file, or a name; a document given as a text is not said again."""

from __future__ import annotations

from pathlib import Path

import pytest

import edi
from edi.errors import SourceError

STORY = Path(__file__).parents[2] / "testdata" / "story"


@pytest.mark.parametrize("read", [edi.validate, edi.read_claims, edi.read_authorizations], ids=lambda read: read.__name__)
def test_a_document_that_is_given_as_a_text_is_not_repeated(read) -> None:  # type: ignore[no-untyped-def]
    text = (STORY / "claims" / "batch.837").read_text()
    with pytest.raises(SourceError) as raised:
        list(read(text))
    assert len(str(raised.value)) < 100
    with pytest.raises(SourceError):
        list(read("a\0b"))

"""What is made of a file before the ledger is asked: by the process that judged it, while another is at those before it."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final, NamedTuple

from edi.errors import Problem
from edi.guides.validation import TransactionReport
from edi.jobs.batch.answering import Unnumbered, answer_unnumbered
from edi.jobs.batch.judged import Found, Judged
from edi.jobs.validating import Also
from edi.ledger.interchange_records import NOTHING, InterchangeRecords, read_ahead
from edi.ledger.survey import InterchangeFound

LARGEST: Final = 512 << 10
"""A larger file is read where it is decided about: several of them would be much to hold."""


class Prepared(NamedTuple):
    """What was made of a file: its acknowledgments but for their numbers, and what is to be taken of it."""

    answers: Unnumbered | None = None
    read: Mapping[str, bytes] = MappingProxyType({})
    """By the hash of an interchange's bytes, pickled: while it waits it is a fraction of the objects that it holds."""

    def known(self, found: InterchangeFound) -> InterchangeRecords:
        """What was read of an interchange."""
        packed = self.read.get(found.digest)
        return NOTHING if packed is None else pickle.loads(packed)  # our own, of a moment ago


NONE: Final = Prepared()


def ahead(file: Found) -> Also | None:
    """What makes it, for another process; None of a file that is too large."""
    return partial(_made, file) if file.size <= LARGEST else None


def _made(file: Found, found: Sequence[Problem | TransactionReport]) -> Prepared:
    answers = None
    if file.terms.acknowledgments:
        judged = Judged(file)
        try:
            judged.known(found)
            answers = answer_unnumbered(file, judged)
        finally:
            judged.close()
    read = read_ahead(file.path, file.interchanges, claims=file.sent)
    return Prepared(
        answers, {digest: pickle.dumps(one, pickle.HIGHEST_PROTOCOL) for digest, one in read.items() if one != NOTHING}
    )

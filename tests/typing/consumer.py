"""A program of somebody else's, as a type checker sees it: read by mypy with the package (make types), never run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import assert_type

import edi


def library(claims: Path, response: bytes) -> None:
    report = edi.validate(claims, level=5)
    assert_type(report, edi.Report)
    assert_type(report.valid, bool)
    assert_type(report.problems, tuple[edi.Problem, ...])
    authorizations = edi.read_authorizations(response)
    assert_type(authorizations, edi.Records[edi.Authorization])
    one_by_one: Iterator[edi.Authorization] = authorizations
    assert_type(next(one_by_one), edi.Authorization)
    assert_type(authorizations.problems, tuple[edi.Problem, ...])
    for claim in edi.read_claims(claims):
        assert_type(claim.patient, edi.Person)
    linked = edi.link(str(claims), authorizations)
    assert_type(linked, edi.Linked)
    linked.write(claims.with_suffix(".out"))
    rows: tuple[edi.Row, ...] = tuple(linked.claims)
    misfit: edi.Misfit | None = rows[0].misfit
    assert_type(edi.__version__, str)
    print(misfit)
    with edi.Ledger("sqlite:///edi.db") as ledger:
        ledger.take(claims)
        ledger.link(claims).write(claims.with_suffix(".out"))
        page: edi.AuthorizationPage = ledger.page(edi.AuthorizationQuery(pending=True, deadlines=edi.Deadlines()))
        held: tuple[edi.HeldAuthorization, ...] = page.authorizations
        print(held)

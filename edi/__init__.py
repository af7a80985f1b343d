"""X12 prior authorizations (278), linked to claims (837) and to remittances (835).

    report = edi.validate("claims.837", level=5)
    for authorization in edi.read_authorizations("response.278"): ...
    for claim in edi.read_claims("claims.837"): ...
    edi.link("claims.837", authorizations).write("out.837")

    with edi.Ledger("sqlite:///edi.db") as ledger:
        ledger.take("response.278")
        ledger.link("claims.837").write("out.837")
        findings = ledger.match("remittance.835").findings

Importing this costs nothing: a name is imported from its room when it is first used (PEP 562).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # the same names for editors and type checkers; tests/test_layout.py holds the two to each other
    from edi.errors import DefinitionError as DefinitionError
    from edi.errors import EdiError as EdiError
    from edi.errors import LedgerError as LedgerError
    from edi.errors import Problem as Problem
    from edi.errors import RecordError as RecordError
    from edi.errors import SourceError as SourceError
    from edi.guides.document import Loop as Loop
    from edi.guides.document import transactions as transactions
    from edi.guides.document import units as units
    from edi.guides.validation import Report as Report
    from edi.guides.validation import validate as validate
    from edi.ledger import Ledger as Ledger
    from edi.linkage.linking import link as link
    from edi.linkage.matching import Verdict as Verdict
    from edi.records.authorization import Authorization as Authorization
    from edi.records.authorization import Decision as Decision
    from edi.records.authorization import read_authorizations as read_authorizations
    from edi.records.claim import Claim as Claim
    from edi.records.claim import read_claims as read_claims
    from edi.records.remittance import Payment as Payment
    from edi.records.remittance import read_payments as read_payments

_HOME: Final = {
    "Authorization": "edi.records.authorization",
    "Claim": "edi.records.claim",
    "Decision": "edi.records.authorization",
    "DefinitionError": "edi.errors",
    "EdiError": "edi.errors",
    "Ledger": "edi.ledger",
    "LedgerError": "edi.errors",
    "Loop": "edi.guides.document",
    "Payment": "edi.records.remittance",
    "Problem": "edi.errors",
    "RecordError": "edi.errors",
    "Report": "edi.guides.validation",
    "SourceError": "edi.errors",
    "Verdict": "edi.linkage.matching",
    "link": "edi.linkage.linking",
    "read_authorizations": "edi.records.authorization",
    "read_claims": "edi.records.claim",
    "read_payments": "edi.records.remittance",
    "transactions": "edi.guides.document",
    "units": "edi.guides.document",
    "validate": "edi.guides.validation",
}
"""A public name, and the module that has it."""

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'edi' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

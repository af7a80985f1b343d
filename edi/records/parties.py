"""Who takes part: patients, providers and payers, as NM1 and the segments after it say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """N3 and N4."""

    lines: tuple[str, ...] = ()
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    subdivision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """PER: a name and up to three (qualifier, number) pairs, such as ("TE", "6145550100")."""

    name: str = ""
    numbers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """REF: a qualifier (REF01), its value (REF02), and a description where the guide allows one (REF03)."""

    qualifier: str
    value: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A subscriber or a dependent. A dependent has no member id of its own in the 278 request or the 837."""

    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    prefix: str = ""
    suffix: str = ""
    member_id: str = ""
    member_id_qualifier: str = ""
    birth_date: date | None = None
    gender: str = ""
    relationship: str = ""
    """INS02 in the 278 (18 self, 01 spouse, 19 child, G8 other), SBR02 or PAT01 in the 837."""
    references: tuple[Reference, ...] = ()
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A provider, payer or other organization or person that is not the patient: NM1, N3, N4, REF, PER, PRV."""

    role: str = ""
    """NM101: X3 payer or utilization manager, PR payer, 1P requester, 85 billing, 82 rendering, SJ, 71, 72, FA, 77 ..."""
    organization: bool = True
    name: str = ""
    """The organization's name, or a person's last name."""
    first_name: str = ""
    middle_name: str = ""
    prefix: str = ""
    suffix: str = ""
    id_qualifier: str = ""
    """NM108: XX NPI, PI payer id, XV plan id, 24 employer id, 34 SSN, 46 ETIN."""
    id: str = ""
    references: tuple[Reference, ...] = ()
    taxonomy: str = ""
    taxonomy_role: str = ""
    """PRV01, beside the taxonomy (PRV03)."""
    address: Address | None = None
    contact: Contact | None = None

    @property
    def npi(self) -> str:
        """The NPI, or "" when the party is known by something else."""
        return self.id if self.id_qualifier == "XX" else ""

    @property
    def tax_id(self) -> str:
        """The employer id or SSN, from NM109 or REF*EI / REF*SY, or ""."""
        if self.id_qualifier in ("24", "34"):
            return self.id
        return next((r.value for r in self.references if r.qualifier in ("EI", "SY")), "")

"""What comparisons depend on besides the two records: what a payer wants of a service, and how it matches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from edi.guides.rules.limit import LimitRule
from edi.guides.rules.requirement import RequirementRule
from edi.linkage.agreement import NO_RULES, Matching
from edi.linkage.identity import NO_ALIASES
from edi.linkage.placement import CLAIM, Level
from edi.records.claim import Claim, ClaimLine

AUTHORIZATION: Final = "authorization"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a payer's rule says of a service: whether it wants an authorization, and the REF*4N reasons that do instead of one."""

    needed: bool
    why: str
    """The rule, in a sentence."""
    exceptions: frozenset[str] = frozenset()
    shape: str = ""
    """How the rule's numbers look, a regular expression; "" where it does not say."""
    wanted: str = ""
    """What the rule wants to come with the request, in a sentence; "" where that is nothing."""


Required: TypeAlias = Callable[[Claim, ClaimLine | None], Requirement | None]
"""Asked of a claim and its line (None: of the stay); None when no rule speaks of it. Without it the verdicts `missing` and
`exception-claimed` cannot be reached, and `not-required` only by the payer's answer NA."""


@dataclass(frozen=True, slots=True)
class PayerRules:
    """What payers' files say: asked like any `Required`, and with it how the payers match, and until when they take what."""

    required: Required | None
    matching: Matching
    wanted: tuple[RequirementRule, ...] = ()
    """The rules that `required` asks."""
    limits: tuple[LimitRule, ...] = ()
    """Until when the payers take what."""
    everywhere: bool = field(init=False)
    """Whether a rule is every payer's."""

    def __post_init__(self) -> None:
        unknown = self.required is not None and not self.wanted
        payers = (*(rule.payer for rule in self.matching.rules), *(rule.payer for rule in self.wanted))
        object.__setattr__(self, "everywhere", unknown or not all(payers))

    def may_speak_of(self, id: str, name: str, filing: str) -> bool:
        """Whether a rule may be a payer's, by its id, its name or the kind of coverage (SBR09)."""
        return self.everywhere or self.matching.names(id, name, filing)

    def __call__(self, claim: Claim, line: ClaimLine | None) -> Requirement | None:
        """What a payer's rule says of a service."""
        return self.required(claim, line) if self.required else None


@dataclass(frozen=True, slots=True)
class Terms:
    """What comparisons depend on besides the two records."""

    replace: bool = False
    """Whether wrong numbers are replaced."""
    payers: Mapping[str, str] = field(default_factory=lambda: NO_ALIASES)
    """Payer ids, in capital letters, and the ids that they stand for."""
    required: Required | None = None
    kind: str = AUTHORIZATION
    """Or "referral": REF*9F against referrals."""
    referral: Required | None = None
    """As `required`, of referrals."""
    level: Callable[[Claim], Level] | None = None
    """At which level the payer wants the number; None: where the guide has it."""
    loop: str = CLAIM
    """Where the claim's number stands: 2300, another payer's in 2330B."""
    chosen: Mapping[str, str] = field(default_factory=lambda: NO_ALIASES)
    """By CLM01 the number that a person chose for a claim, of several that fit or of who may be the same patient."""
    brief: bool = False
    """Whether nobody reads what rows tell of authorizations beside the verdict's."""

    @property
    def ruled(self) -> bool:
        """Whether rules are asked, about whatever a claim holds."""
        return self.required is not None or self.referral is not None

    def asked_about(self, claim: Claim) -> bool:
        """Whether rules may say something of a claim: of its payer, or of others that it has.

        Of a claim of which they say nothing no more need be known than where none are asked.
        """
        if not self.ruled:
            return False
        return bool(claim.other_payers) or self.asked_of(claim.payer.id, claim.payer.name, claim.filing)

    def asked_of(self, id: str, name: str, filing: str) -> bool:
        """Whether rules may say something of claims of a payer that have no other."""
        asked = (rules for rules in (self.required, self.referral) if rules is not None)
        return any(not isinstance(rules, PayerRules) or rules.may_speak_of(id, name, filing) for rules in asked)

    @property
    def matching(self) -> Matching:
        """How payers match authorizations with claims."""
        return self.required.matching if isinstance(self.required, PayerRules) else NO_RULES


DEFAULTS: Final = Terms()

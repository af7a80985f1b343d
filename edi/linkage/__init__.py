"""Which authorization, which denial: pure, no database, no clock.

Other rooms use `matching` (decide, Verdict, Row), `usage` (Usage, Use), `linking` (link, link_units, Linked), `deciding`
(decide_each, Decided), `history` and `joining` (what all messages about an authorization come to), `expiring` and `denial`
(findings, match_payment, Finding). What feeds them: `identity` (the same patient, payer, provider), `numbers` (what stands in
REF*G1), `evidence` (one certified service against one line), `kinds` (edi/835/denials.tsv).
"""

"""Which authorization, which denial: pure, no database, no clock.

Other rooms use `linking` (link, link_units, Linked), `deciding` (decide_all, Decided), `splitting` (split, Split), `verdict`
(Verdict, Row), `terms` (what decisions depend on), `usage` (Usage, Use), `history` and `joining` (what all messages about an
authorization come to), `denial` (findings, match_payment, Finding), `netting` (net, chains: what stands of a claim after all its
remittances) and `requirements`. What decides: `matching` one claim, by
`patients`, `providers`, `procedures`, `leeway` and `quantities`, which `evidence` brings together; `beside` its referral and its
other payers; `placement` where numbers go. A payer's own rules are in `agreement`; `kinds` reads edi/835/denials.tsv.
"""

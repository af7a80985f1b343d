"""Which authorization, which denial: pure, no database, no clock.

Other rooms use `linking` (link, link_units, Linked), `file_part` and `whole_file` (the same by other processes: what these say of
a part of a file, and how the parts become one), `one_by_one` (decide_all, Decided),
`splitting` (split, Split), `verdict` (Verdict, Row), `terms` (what decisions depend on), `usage` (Usage, Use), `history` and
`joining` (what all messages about an authorization come to), `requirements`, with `queries` and `schedule` (questions as people
write them), `completeness` (what a request lacks, by `demands`), `remarks` (what an answer says besides, in words), and the room
`denials` (what became of a claim).
What decides: `matching` one claim, by `patients`, `providers`, `procedures`, `leeway` and `quantities`, which `evidence` brings
together; `clear` those whose facts suffice; `beside` its referral and its other payers; `placement` where numbers go. A payer's
own rules are in `agreement`.
"""

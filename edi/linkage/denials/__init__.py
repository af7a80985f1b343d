"""What became of a claim: which payment answers it, what the payer says, what we know, until when, and what mends it.

The ledger and the command line use `acceptance` (what came in), `pairing` (which claim), `denial` (findings), `netting` (what
stands), `correction` and `appeal`. `kinds` and `owing` read the tables of edi/835.
"""

"""The worklist: what is work, in which order, who does it, and what closes it.

The ledger uses `desk` (all that is asked and done), whatever takes records `worklist` (opened, settled) and `waiting`.
"""

"""Invented worlds, made from a seed: patients, payers, authorizations and claims that agree, faults sown, and the truth of each.

A claim is planned with its story ("the service is five days after the certified dates"), and so its right verdict is known
because the world was made so. Nothing here may ask `edi.linkage` or the ledger, except `checking`, which holds them against it.

Other rooms use `making` (make) and `checking` (check).
"""

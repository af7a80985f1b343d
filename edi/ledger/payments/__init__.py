"""Payments that came: which claim each answers, what of a claim's payments stands, what they deny, give back and take back.

Whatever takes records uses `reading`, `repeats` and `judging`; questions about money go to `accounts`.
"""

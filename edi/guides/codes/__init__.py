"""Code lists, and documents held to them (level 5).

Other rooms use `lists` (CodeList, look up a code); the engine uses `checks` (what is wrong with a segment's codes) and `scan`
(many segments accepted at once).
"""

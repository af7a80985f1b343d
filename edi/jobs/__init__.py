"""Many files, many cores, many machines; the demo, and invented worlds.

Other rooms use `validating` (judge_each), `linking` (deciding), `demo` (run), `worlds.making` (make), `worlds.checking` (check).
"""

"""Many files, many cores, many machines; the demo, and invented worlds.

Other rooms use `demo` (run), `worlds.making` (make) and `worlds.checking` (check).
"""

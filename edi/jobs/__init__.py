"""Many files, many cores, many machines; and the demo.

Other rooms use `demo` (run).
"""

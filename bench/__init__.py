"""How fast, how much memory: python -m bench measures it on this machine, against pyx12 and against the bars we set.

`bench.claims` invents claims (tests use it too), `bench.work` is what is measured, `bench.measure` runs a process and looks at
the clock and its memory, `bench.__main__` puts it together. `bench.fuzz` changes files at random and reads them.

And how well faults are named: python -m bench.mutants. `bench.documents` makes documents from a guide, `bench.conformance` knows
whether segments are one, `bench.faults` puts faults into them, `bench.mending` knows whether a problem is true.
"""

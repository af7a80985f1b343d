"""Many files, many cores, many machines; the demo, and invented worlds.

Other rooms use `validating` (judge_each), `linking` (deciding), `matching` (reading), `batch.calling` (settings, run_batch),
`batch.running` (run) with `batch.partners` and `batch.telling`, `demo` (run), `worlds.making` (make), `worlds.checking` (check).
"""

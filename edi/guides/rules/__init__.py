"""Rules beyond a guide's structure: read from *.rules, written as Python, and run over what a document says.

Other rooms use `files` (Rule, RuleFile, read, shipped, requirements), `requirement` and `match` (what a payer wants authorized,
and how it matches) and `words`; the engine uses `ruleset` and `judging`.
"""

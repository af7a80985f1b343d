"""What the ledger says in figures, counted by the database: turnaround, denials and what became of them, tables for analysts.

The ledger uses `turnaround`, `denials`, `seen` (evidence for rules) and `exporting`; reports show what these give.
"""

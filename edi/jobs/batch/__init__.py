"""The files of a folder worked off: each once, whole or not at all, and resumed where a run was killed.

inbox        a file is taken by moving it aside; what a dead run had taken is taken over
judged       it is judged, and what is found waits until it is decided what to do
ahead        what else needs no ledger is made by the process that judged it
foresight    what becomes of claims is decided by another process, while this one is at the files before
answering    its acknowledgments are written, with their numbers or before these are known
taken        the files of a run, in the order in which they are decided about
deciding     answered, split, linked, matched, taken: in one transaction of the ledger, with what is told of it
exceptions   what of it needs a person
staging      its outputs are written aside, and come into their places when that is kept
partners     by what terms
running      a run over all of them
telling      what a run says: its report, its events, its figures
calling      a run as a call, for programs
"""

from __future__ import annotations

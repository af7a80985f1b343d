"""python -m edi: the same as the command `edi`."""

from __future__ import annotations

from edi.cli import main

if __name__ == "__main__":
    main(prog_name="edi")

"""The linker against invented worlds: python -m bench.worlds makes them, links their claims and compares with what is right.

No wrong number may be written, ever, and the verdict is to be right for 99.5 claims in a hundred; each miss is listed. The
table is Markdown, so that a run can be kept.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

from edi.jobs.worlds.checking import Checked, check
from edi.jobs.worlds.making import make

RIGHT: Final = 0.995
"""The share of claims whose verdict is to be right."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.worlds", description="The linker against invented worlds.")
    parser.add_argument("--seeds", type=int, default=10, help="how many worlds")
    parser.add_argument("--first", type=int, default=1, help="the seed of the first one")
    parser.add_argument("--size", type=int, default=2000, help="claims of each")
    options = parser.parse_args()
    total, verdicts = Checked(), Counter[str]()
    print("| seed | claims | right verdict | wrong numbers | differences |\n|--:|--:|--:|--:|--:|")
    for seed in range(options.first, options.first + options.seeds):
        with tempfile.TemporaryDirectory(prefix="edi-world-") as folder:
            verdicts += make(Path(folder), seed=seed, size=options.size).verdicts
            checked = check(Path(folder))
        print(_row(str(seed), checked), flush=True)
        total.add(checked)
    print(_row("all", total))
    print("\n| verdict | claims and lines |\n|---|--:|")
    for verdict, count in verdicts.most_common():
        print(f"| {verdict} | {count:,} |")
    for difference in total.differences:
        found = f"{difference.what}: {difference.right or 'none'}, found {difference.found or 'none'}"
        print(f"\n{difference.truth.file} {difference.truth.claim} {difference.where} ({difference.truth.story}): {found}")
        print(f"    right: {difference.why}\n    said: {difference.said}")
    met = not total.wrong_numbers and total.right >= RIGHT
    print(f"\n{'met' if met else 'NOT MET'}: no wrong number, {RIGHT:.1%} of the verdicts right")
    return 0 if met else 1


def _row(name: str, checked: Checked) -> str:
    return f"| {name} | {checked.claims:,} | {checked.right:.2%} | {checked.wrong_numbers} | {len(checked.differences)} |"


if __name__ == "__main__":
    sys.exit(main())

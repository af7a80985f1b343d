"""The linker and the matching against invented worlds: python -m bench.worlds makes them and compares with what is right.

No wrong number may be written, ever, and the verdict is to be right for 99.5 claims in a hundred. No payment may be taken for
another claim's for certain, and kind and cause are to be right for 99 denials in a hundred. Each miss is listed. The table is
Markdown, so that a run can be kept.
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
from edi.jobs.worlds.truth import Difference

RIGHT: Final = 0.995
"""The share of claims whose verdict is to be right."""
MATCHED: Final = 0.99
"""The share of denials whose kind and cause are to be right."""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.worlds", description="The linker and the matching against invented worlds."
    )
    parser.add_argument("--seeds", type=int, default=10, help="how many worlds")
    parser.add_argument("--first", type=int, default=1, help="the seed of the first one")
    parser.add_argument("--size", type=int, default=2000, help="claims of each")
    options = parser.parse_args()
    total, verdicts = Checked(), Counter[str]()
    print("| seed | claims | right verdict | wrong numbers | payments | denials | right cause | false matches | differences |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
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
    missed: list[Difference] = [*total.differences, *total.remittances.missed]
    for one in missed:
        found = f"{one.what}: {one.right or 'none'}, found {one.found or 'none'}"
        print(f"\n{one.truth.file} {one.truth.claim} {one.where} ({one.truth.story}): {found}")
        print(f"    right: {one.why}\n    said: {one.said}")
    linked = not total.wrong_numbers and total.right >= RIGHT
    matched = not total.remittances.false_matches and total.remittances.right >= MATCHED
    print(f"\n{'met' if linked else 'NOT MET'}: no wrong number, {RIGHT:.1%} of the verdicts right")
    print(f"{'met' if matched else 'NOT MET'}: no false match, {MATCHED:.0%} of the kinds and causes right")
    return 0 if linked and matched else 1


def _row(name: str, checked: Checked) -> str:
    matched, differences = checked.remittances, len(checked.differences) + len(checked.remittances.missed)
    linked = f"{checked.claims:,} | {checked.right:.2%} | {checked.wrong_numbers}"
    paid = f"{matched.payments:,} | {matched.denials:,} | {matched.right:.2%} | {matched.false_matches}"
    return f"| {name} | {linked} | {paid} | {differences} |"


if __name__ == "__main__":
    sys.exit(main())

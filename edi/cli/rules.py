"""edi rules: rules checked, explained and counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edi.cli.options import FINDINGS, Command, Group, rules_option
from edi.cli.suggesting import suggest
from edi.errors import DefinitionError

if TYPE_CHECKING:  # imported when a command runs
    from edi.guides.rules.files import RuleFile

__all__ = ["rules"]


@click.group(cls=Group)
def rules() -> None:
    """Rules: what must be so in a document that its guide allows."""


@rules.command(cls=Command)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> int:
    """Check files of rules: whether they can be read, whether their examples are true, and whether each can ever apply.

    That a payer is called by an id or name of another payer's in another of the files, or in a shipped one, is told too.

    Exit codes: 0 all is well, 1 something is wrong and said, 2 a file could not be read.
    """
    from edi import resources
    from edi.guides.rules.files import read
    from edi.guides.rules.words import hidden, shared, untrue

    code = 0
    known = {str(path): read(path) for path in resources.requirement_files()}
    for path in files:
        try:
            known[path] = file = read(path)
        except DefinitionError as error:
            if not error.line:  # there is no such file
                raise
            click.echo(str(error))
            code = FINDINGS
            continue
        wrong = [*((rule.line, rule.name, said) for rule, said in untrue(file)), *hidden(file)]
        for line, name, said in wrong:
            click.echo(f"{path}:{line}: rule {name}: {said}")
            code = FINDINGS
        for said in shared(file, known.values()):
            click.echo(f"{path}:{_line_of_payer(file)}: {said}")
        if not wrong:
            click.echo(f"{path}: {_holds(file)}")
    return code


def _line_of_payer(file: RuleFile) -> int:
    """Where a file says whose its rules are."""
    from edi import resources

    _, text = resources.text_of(Path(file.path))
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.split()[:1] == ["payer"])


def _holds(file: RuleFile) -> str:
    """How many rules, requirements, matching rules and limits a file has."""
    from edi.reports.columns import counted

    rules = [f"{counted(len(file.rules), 'rule')} for {file.guide}"] if file.guide else []
    whose = file.payer or "every payer"
    wanted = [f"{counted(len(file.requirements), 'requirement')} of {whose}"] if file.requirements else []
    matched = [f"{counted(len(file.matching), 'matching rule')} of {whose}"] if file.matching else []
    limited = [f"{counted(len(file.limits), 'set')} of limits of {whose}"] if file.limits else []
    return ", ".join(rules + wanted + matched + limited) or "nothing"


@rules.command(cls=Command)
@click.argument("code")
@rules_option
def explain(code: str, rule_files: tuple[str, ...]) -> None:
    """Explain the rule that is behind a problem's CODE, or a payer's limits by their name.

    Of a rule: what it finds, why that matters, how it is mended. Of limits: how long each step may take, and who says so; --rules
    names the file where they are not among those that are shipped.
    """
    from difflib import get_close_matches

    from edi.guides.rules.files import files_named, find, payer_files, shipped_files
    from edi.guides.rules.words import explained, limits_explained

    payers = payer_files()
    limits = [limit for file in (*files_named(rule_files), *payers) for limit in file.limits]
    found = [explained(file, rule) for file, rule in find(code.lower())]
    found += [limits_explained(limit) for limit in dict.fromkeys(limits) if limit.name == code.lower()]
    if not found:
        known = [rule.name for file in (*shipped_files(), *payers) for rule in file.rules]
        close = get_close_matches(code, [*known, *(limit.name for limit in limits)], 1)
        raise click.UsageError(f"There is no rule {code}" + (f"; did you mean {close[0]}?" if close else "."))
    for number, lines in enumerate(found):
        for line in ["", *lines][number == 0 :]:
            click.echo(line)


@rules.command("list", cls=Command)
@click.argument("whose", required=False)
def list_rules(whose: str | None) -> None:
    """The rules of a guide, a payer or a file (WHOSE), each in a line; without it, how many there are of each level.

    Of a file of what a payer wants authorized: what each rule wants; edi requirements list says of what.

    A payer's rules are asked where --rules of edi-validate names the payer.
    """
    from edi import resources
    from edi.guides.guide import find as find_guide
    from edi.guides.rules.files import files_named, payer_files, read, shipped, shipped_files
    from edi.guides.rules.scopes import near
    from edi.guides.rules.words import LEVELS, counts, finds

    payers = resources.payer_names()
    if whose is None:
        columns = "".join(f"{f'level {level}':>9}" for level in LEVELS) + f"{'rules':>9}"
        click.echo(f"{'guide':<20}{columns}")
        for file, levels in counts(shipped_files()):
            click.echo(f"{file.guide:<20}{_row(levels)}")
        click.echo(f"\n{'payer':<20}{columns}  guide")
        for payer, (file, levels) in zip(payers, counts(payer_files()), strict=True):
            click.echo(f"{payer:<20}{_row(levels)}  {file.guide}")
        return
    shown: RuleFile | None
    if whose in payers or whose.endswith(".rules"):
        shown = read(whose)
    elif whose in {path.stem for path in resources.requirement_files()}:
        (shown,) = files_named([whose])
    elif meant := near(whose, payers):
        raise DefinitionError(f"no rules of that name{meant}", whose)
    else:
        shown = shipped(find_guide(whose).name)
    if shown is None:
        click.echo(f"There are no rules for {find_guide(whose).name} yet.")
        return
    for rule in shown.rules:
        click.echo(f"{rule.level} {rule.severity:<8} {rule.name:<32} {finds(rule)}")
    for name in shown.without:
        click.echo(f"{'without':<10} {name}")
    for wanted in shown.requirements:
        click.echo(f"{'require':<10} {wanted.name:<32} {wanted.wants}")
    for match in shown.matching:
        click.echo(f"{'matching':<10} {match.name:<32} {match.source}")
    for limit in shown.limits:
        click.echo(f"{'limits':<10} {limit.name:<32} {limit.source}")
    if not (shown.rules or shown.without or shown.requirements or shown.matching or shown.limits):
        click.echo(f"{whose}: {_holds(shown)}")


rules.add_command(suggest)


def _row(levels: Counter[int]) -> str:
    from edi.guides.rules.words import LEVELS

    return "".join(f"{levels[level]:>9}" for level in LEVELS) + f"{levels.total():>9}"

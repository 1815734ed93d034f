"""The command that looks a labelled set through: report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from rendersdg.cli.options import QuietOption, takes
from rendersdg.cli.sets import DATA, DataArgument
from rendersdg.english import counted

FAULTY = 4  # the exit code of --strict where something is wrong
_MOST_LINES = 12


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """Options of ``rendersdg report``."""

    data: DataArgument
    out: Annotated[
        list[Path], typer.Option("--out", "-o", help="The page (.html), or findings and tables (.json); repeatable.")
    ]
    real: Annotated[str | None, typer.Option("--real", help="A set of real photographs to compare with. " + DATA)] = (
        None
    )
    features: Annotated[
        Path | None,
        typer.Option("--features", metavar="RUN", help="A trained detector that tells how far apart the two sets are."),
    ] = None
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 4 where files or labels are wrong.")] = False
    quiet: QuietOption = False


@takes(ReportOptions)
def report_(options: ReportOptions) -> None:
    """Look a labelled set through: what is in it, what is wrong with it, how far it is from real photographs."""
    from rendersdg.reports.reporting import check_suffix, report

    for file in options.out:
        check_suffix(file)
    found = report(options.data, real=options.real, features=options.features, progress=not options.quiet)
    for file in options.out:
        found.write(file)
    if not options.quiet:
        print(f"{counted(found.images, 'image')}, {counted(found.objects, 'object')} in {options.data}")
        for finding in found.findings[:_MOST_LINES]:
            print(f"{finding.severity}: {finding.title}")
        if len(found.findings) > _MOST_LINES:
            print(f"{len(found.findings) - _MOST_LINES} more in the report")
        print(f"wrote {', '.join(map(str, options.out))}")
    if options.strict and found.has_faults:
        raise typer.Exit(FAULTY)

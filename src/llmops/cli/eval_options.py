"""The options of `llmops eval`, one alias each, so that the command itself reads as a list of names."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Suites: TypeAlias = Annotated[list[str] | None, typer.Argument(help="Suites; all of the workspace by default.")]
Target: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="Evaluate this ref, python:module:function or recorded:FILE instead; several make a matrix."),
]
Model: TypeAlias = Annotated[
    list[str] | None, typer.Option(help="Ask this model instead of the target's; several make a matrix.")
]
Repeats: TypeAlias = Annotated[int | None, typer.Option(help="Answers per case.", min=1, max=1000)]
Limit: TypeAlias = Annotated[int | None, typer.Option(help="Only the first N cases, for a quick look.", min=1)]
Concurrency: TypeAlias = Annotated[int, typer.Option(help="Cases under way at once.", min=1, max=1000)]
Compare: TypeAlias = Annotated[
    str | None,
    typer.Option(help="A baseline: an alias of the target, a ref, or a run; evaluated first if it has no run."),
]
UntilDecided: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--until-decided",
        help="Stop as soon as the gates (without gates: the comparison) are decided; a second time goes on.",
    ),
]
Executor: TypeAlias = Annotated[
    str, typer.Option(help="Where cases are carried out: local, ray, or a plug-in's.", metavar="NAME")
]
NoCache: TypeAlias = Annotated[
    bool, typer.Option("--no-cache", help="Ask the model again where the reply cache has an answer.")
]
Resume: TypeAlias = Annotated[
    str | None, typer.Option(help="Go on with this run: only what it has no answer for is asked.", metavar="RUN")
]
RetryErrors: TypeAlias = Annotated[
    bool, typer.Option("--retry-errors", help="With --resume: ask again for the answers that failed.")
]
BudgetLimit: TypeAlias = Annotated[
    str | None,
    typer.Option("--budget", help="Spend at most so many US dollars, or: usd=5,tokens=1000000,calls=500,minutes=30."),
]
EstimateOnly: TypeAlias = Annotated[
    bool,
    typer.Option("--estimate", help="Say how many calls and tokens it would take, and what they cost; ask nothing."),
]
Changed: TypeAlias = Annotated[
    bool, typer.Option("--changed", help="Skip suites whose report on exactly the current digests counts already.")
]
AllowUnknown: TypeAlias = Annotated[
    bool, typer.Option("--allow-unknown", help="Exit 0 where a gate cannot be decided yet.")
]
ReportFiles: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(help="Write the report here: .html, .md, .csv or .json. May be given several times."),
]
JunitFile: TypeAlias = Annotated[Path | None, typer.Option(help="Write gates and failed cases as JUnit XML.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")]

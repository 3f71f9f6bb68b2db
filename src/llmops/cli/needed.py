"""The command that says how many cases it takes."""

from typing import Annotated

import typer

from llmops.cli.output import emit_json, emit_table, here, say


def needed(
    run: Annotated[str, typer.Argument(help="A run id, or the unique start of one.")],
    margin: Annotated[float, typer.Option(help="How exact it shall be, in the units of the scores.", min=1e-9)] = 0.02,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell how many cases and repeats a chosen margin takes, from how much a run's scores vary.

    Example: llmops runs needed run-06ab --margin 0.05
    """
    from llmops.evals.reports.needed import find_needs
    from llmops.flows.evaluation.needed import read_run

    with here() as workspace:
        read = read_run(workspace.store, run)
    needs = find_needs(read.observed, read.scores, margin, baseline=read.baseline)
    if as_json:
        emit_json([need._asdict() for need in needs])
        return
    emit_table(
        ["scorer", "answers a case", f"cases for ±{margin:g}", f"cases to show no worse by {margin:g}"],
        [
            [n.label, str(n.repeats), f"{n.interval:,}", "–" if n.comparison is None else f"{n.comparison:,}"]
            for n in needs
        ],
        empty="It takes at least two cases to tell.",
    )
    if read.baseline is None:
        say("For the last column, name a run that was compared: llmops eval --compare production")

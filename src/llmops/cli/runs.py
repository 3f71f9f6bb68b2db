"""Commands on runs: list, show, export, delete."""

from pathlib import Path
from typing import Annotated

import typer

from llmops.cli.output import emit_json, emit_table, here, say

app = typer.Typer(help="Evaluation runs: list, show, export, delete.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_runs(
    suite: Annotated[str | None, typer.Argument(help="Only runs of this suite.")] = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 20,
    as_json: AsJson = False,
) -> None:
    """List runs, newest first.

    Example: llmops runs list docs
    """
    from llmops.flows.evaluation.baselines import report_of

    with here() as workspace:
        found = workspace.store.runs.runs(name=suite, limit=limit)
        if as_json:
            emit_json([run.model_dump(mode="json", exclude={"summary"}) for run in found])
            return
        rows = []
        for run in found:
            report = report_of(run)
            rows.append(
                [
                    run.id,
                    run.name,
                    str(run.parameters.get("target", "")),
                    f"{run.started_at:%Y-%m-%d %H:%M}",
                    run.status,
                    str(report.cases) if report else "–",
                    report.outcome if report and report.decisions else "–",
                ]
            )
        emit_table(
            ["run", "suite", "target", "started (UTC)", "status", "cases", "gates"],
            rows,
            empty="No runs yet: llmops eval",
        )


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="A run id, or the unique start of one.")], as_json: AsJson = False
) -> None:
    """Show the report of a run.

    Example: llmops runs show run-06ab
    """
    from llmops.core.errors import NotFound
    from llmops.evals.reports.terminal import print_report
    from llmops.flows.evaluation.baselines import report_of

    with here() as workspace:
        found = workspace.store.runs.get(run)
        report = report_of(found)
        if report is None:
            raise NotFound(
                f"run {found.id} is {found.status} and has no report",
                hint="Its case results are kept: llmops runs export " + found.id + " -o results.csv",
            )
        if as_json:
            emit_json(report.model_dump(mode="json"))
        else:
            print_report(report)


@app.command()
def export(
    run: Annotated[str, typer.Argument(help="A run id, or the unique start of one.")],
    output: Annotated[list[Path], typer.Option("-o", "--output", help="Where to: .html, .md, .csv or .json.")],
) -> None:
    """Write the report of a run as a page, Markdown, CSV or JSON.

    Example: llmops runs export run-06ab -o report.html
    """
    from llmops.evals.reports.saving import check_format
    from llmops.flows.evaluation.saving import save_run

    for path in output:
        check_format(path)
    with here() as workspace:
        save_run(workspace.store, run, output)
        for path in output:
            say(f"Written: {path}")


@app.command()
def delete(
    run: Annotated[str, typer.Argument(help="A run id, or the unique start of one.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a run with its case results; refused while a promotion rests on it, or may have to.

    Example: llmops runs delete run-06ab --yes
    """
    from llmops.flows.promotion.keeping import remove_run

    with here() as workspace:
        found = workspace.store.runs.get(run)
        if not yes:
            typer.confirm(f"Delete {found.id} ({found.name}, {found.started_at:%Y-%m-%d %H:%M})?", abort=True, err=True)
        remove_run(workspace.services, found)
        say(f"Deleted {found.id}.")

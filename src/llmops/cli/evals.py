"""The command that evaluates."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.output import emit_json, here, say, watch

if TYPE_CHECKING:
    from llmops.domain.report import Report
    from llmops.workspace.workspace import Workspace


def evaluate(
    suites: Annotated[list[str] | None, typer.Argument(help="Suites; all of the workspace by default.")] = None,
    target: Annotated[
        str | None, typer.Option(help="Evaluate this app or prompt instead of the suite's target.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Ask this model instead of the target's.")] = None,
    repeats: Annotated[int | None, typer.Option(help="Answers per case.", min=1, max=1000)] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first N cases, for a quick look.", min=1)] = None,
    concurrency: Annotated[int, typer.Option(help="Cases under way at once.", min=1, max=1000)] = 10,
    compare: Annotated[
        str | None,
        typer.Option(help="A baseline: an alias of the target, a ref, or a run; evaluated first if it has no run."),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Ask the model again where the reply cache has an answer.")
    ] = False,
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Exit 0 where a gate cannot be decided yet.")
    ] = False,
    report: Annotated[
        list[Path] | None,
        typer.Option(help="Write the report here: .html, .md, .csv or .json. May be given several times."),
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write gates and failed cases as JUnit XML.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")] = False,
) -> None:
    """Evaluate a suite: a table with 95 % intervals, gates that say pass, fail or unknown, and a report to open.

    Exits 0 when every gate passes, 1 when one fails or is unknown, 3 when the model cannot be reached.

    Example: llmops eval docs --compare production --report report.html
    """
    from llmops.evals.reports.saving import check_format
    from llmops.flows.evaluation.options import EvalOptions

    paths = list(report or [])
    for path in paths:
        check_format(path)
    options = EvalOptions(target, model, repeats, limit, concurrency, compare, use_cache=not no_cache)
    done: list[Report] = []
    with here() as workspace:
        for name in _chosen(workspace, suites or [], writes=bool(paths or junit)):
            with watch(quiet=as_json) as bar:
                found = workspace.evaluate(name, options, progress=bar)
            done.append(found)
            workspace.save_run(found.run_id, paths, junit=junit, allow_unknown=allow_unknown)
            if not as_json:
                _tell(found, paths)
    if as_json:
        emit_json([found.model_dump(mode="json") for found in done])
    outcomes = {found.outcome for found in done}
    if "fail" in outcomes or ("unknown" in outcomes and not allow_unknown):
        raise typer.Exit(1)


def _chosen(workspace: "Workspace", suites: list[str], *, writes: bool) -> list[str]:
    """The suites that were named, or all that have a file."""
    from llmops.core.errors import InputError

    names = suites or [name for name, _ in workspace.registry.files.files("suite")]
    if not names:
        raise InputError(
            "this workspace has no suite", hint="Write evals/<name>.yaml, or start with: llmops init my-app"
        )
    if len(names) > 1 and writes:
        raise InputError(
            "--report and --junit take one suite at a time", hint=f"llmops eval {names[0]} --report report.html"
        )
    return names


def _tell(report: "Report", paths: list[Path]) -> None:
    from llmops.evals.reports.terminal import print_report

    print_report(report)
    for path in paths:
        say(f"Report written to {path}")
    if not paths:
        say(f"A page to open: llmops runs export {report.run_id} -o report.html")

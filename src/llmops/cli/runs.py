"""Commands on runs: list, show, compare, plot, needed, export, import, recover, delete."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.evaluated_runs import compare_evaluations, plot_suite
from llmops.cli.needed import needed
from llmops.cli.output import emit_json, emit_table, emit_yaml, here, say
from llmops.cli.recorded_runs import MOST_RUNS, is_recorded, only_one
from llmops.cli.run_files import export, import_, recover, tell_waiting
from llmops.core.errors import InputError
from llmops.core.hashing import Json

if TYPE_CHECKING:
    from llmops.domain.evaluation import CaseResult
    from llmops.domain.run import Run, RunStatus, RunType

app = typer.Typer(
    help="Runs: list, show, compare, plot, needed, export, import, recover, delete.", no_args_is_help=True
)  # fmt: skip
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunId = Annotated[str, typer.Argument(help="A run id, or the unique start of one.")]
Filter = Annotated[
    str | None, typer.Option("--filter", help="Only runs that meet it: \"metrics.auc > 0.9 and params.lr = '0.1'\".")
]
OrderBy = Annotated[
    list[str] | None, typer.Option("--order-by", help="Sort by it: 'metrics.auc desc'; may be given several times.")
]
Metrics = Annotated[
    list[str] | None, typer.Option("--metric", help="Only this metric of recorded runs; may be given several times.")
]
MOST_PLOTTED = 1000


@app.command("list")
def list_runs(
    suite: Annotated[str | None, typer.Argument(help="Only runs of this suite.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Only runs of this type: eval or training.")] = None,
    target: Annotated[
        str | None, typer.Option(help="Only of this target: app/docs, or app/docs@3 as it was asked for.")
    ] = None,
    status: Annotated[
        str | None, typer.Option(help="Only those that are running, finished, failed or interrupted.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Only those that started then or later: 2026-03-01, '2026-03-01 14:30', 2h.")
    ] = None,
    filter_: Filter = None,
    order_by: OrderBy = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 20,
    as_json: AsJson = False,
) -> None:
    """List runs, newest first; with --filter, --order-by or --type training, with what they recorded.

    Example: llmops runs list --filter "metrics.auc > 0.9 and tags.team = 'x'" --order-by "metrics.auc desc"
    """
    from llmops.cli.found_runs import list_found
    from llmops.cli.values import choice, now
    from llmops.core.moments import read_start
    from llmops.domain.run import RUN_STATUSES, RUN_TYPES

    kind: RunType | None = choice(type_, RUN_TYPES, "--type")
    state: RunStatus | None = choice(status, RUN_STATUSES, "--status")
    moment = read_start(since, now()) if since is not None else None
    with here() as workspace:
        tell_waiting(workspace)
        if filter_ is not None or order_by or kind == "training":
            narrowed = {"name": suite, "type": kind, "status": state, "started_at": moment, "target": target}
            list_found(workspace.store, filter_ or "", order_by or [], narrowed, limit, as_json=as_json)
            return
        found = workspace.store.runs.runs(kind, suite, limit, status=state, target=target, since=moment)
    if as_json:
        emit_json([_as_json(run) for run in found])
        return
    is_filtered = any(value is not None for value in (suite, type_, target, status, since))
    emit_table(
        ["run", "suite", "target", "started (UTC)", "status", "cases", "gates"],
        [_row(run) for run in found],
        empty="No such runs." if is_filtered else "No runs yet: llmops eval",
    )


@app.command()
def show(
    run: RunId,
    case: Annotated[str | None, typer.Option(help="Show this case with all its texts.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the report of a run, or everything about one of its cases; of a recorded run, what it recorded.

    Example: llmops runs show run-06ab --case refund-late
    """
    from llmops.core.errors import NotFound
    from llmops.evals.reports.formats import as_json as report_json
    from llmops.evals.reports.terminal import print_report
    from llmops.flows.evaluation.baselines import worst_of
    from llmops.flows.evaluation.standing_report import standing_report

    with here() as workspace:
        found = workspace.store.runs.get(run)
        if case is not None:
            _show_case(found, workspace.store.scores.of_case(found.id, case), case, as_json=as_json)
            return
        if found.type == "training":
            (record,) = workspace.store.tracking.records([found])
            emit_json(record.model_dump(mode="json")) if as_json else emit_yaml(record.model_dump(mode="json"))
            return
        report = standing_report(workspace.store, found)
        if report is None:
            raise NotFound(
                f"run {found.id} is {found.status} and has no report",
                hint="Look at a case of it with: llmops runs show " + found.id + " --case ID",
            )
        if as_json:
            emit_json(report_json(report))
        else:
            print_report(report, worst=worst_of(workspace.store, report))


@app.command()
def compare(
    runs: Annotated[
        list[str] | None, typer.Argument(help="The baseline first, then the runs to compare with it.")
    ] = None,
    filter_: Filter = None,
    order_by: OrderBy = None,
    metric: Metrics = None,
    limit: Annotated[int, typer.Option(help="How many runs of a filter.", min=2, max=MOST_RUNS)] = MOST_RUNS,
    output: Annotated[
        list[Path] | None, typer.Option("-o", "--output", help="Write a page: .html; about two evaluations also .md.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare evaluations case by case: differences with intervals, corrected for several scorers. Compare recorded runs by
    their parameters and metrics, also all that a filter finds.

    Example: llmops runs compare run-06ab run-06ac -o difference.html
    """
    from llmops.cli.recorded_runs import Wanted, compare_recorded, found_runs

    if bool(runs) == (filter_ is not None):
        hint = "llmops runs compare BASELINE CANDIDATE, or: llmops runs compare --filter \"experiment = 'churn'\""
        raise InputError(
            "name runs to compare, or a filter that finds them" if not runs else "name runs or a filter", hint=hint
        )
    with here() as workspace:
        store = workspace.store
        chosen = [store.runs.get(run) for run in runs or []]
        if not chosen:
            chosen = found_runs(store, filter_ or "", order_by or [], limit)
        if filter_ is not None or any(run.type == "training" for run in chosen):
            compare_recorded(store, chosen, Wanted(metric or (), only_one(output or []), as_json))
            return
    compare_evaluations(runs or [], output or [], as_json=as_json)


@app.command()
def plot(
    suite: Annotated[str | None, typer.Argument(help="The suite, or the name of recorded runs.")] = None,
    scorer: Annotated[list[str] | None, typer.Option(help="Only this scorer; may be given several times.")] = None,
    target: Annotated[str | None, typer.Option(help="Only runs of this target, such as app/docs.")] = None,
    filter_: Filter = None,
    order_by: OrderBy = None,
    metric: Metrics = None,
    limit: Annotated[
        int | None, typer.Option(help="How many runs at most; 30 of a suite, 1000 recorded ones.", min=2, max=MOST_RUNS)
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write a page: .html.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the scores of a suite over time, by version, with their intervals; or the curves of recorded runs.

    Example: llmops runs plot docs --scorer faithfulness -o docs.html
    """
    from llmops.cli.recorded_runs import Wanted, found_runs, plot_recorded

    with here() as workspace:
        store = workspace.store
        if filter_ is not None or order_by or metric or not suite or is_recorded(store, suite):
            if scorer or target:
                raise InputError(
                    "--scorer and --target are for evaluations of a suite", hint="llmops runs plot SUITE --scorer NAME"
                )
            chosen = found_runs(store, filter_ or "", order_by or [], limit or MOST_PLOTTED, suite or "")
            plot_recorded(store, chosen, Wanted(metric or (), output, as_json))
            return
    plot_suite(suite or "", scorer or [], target, limit or 30, output, as_json=as_json)


app.command()(needed)
app.command()(export)
app.command("import")(import_)
app.command()(recover)


@app.command()
def delete(
    run: RunId,
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


def _show_case(run: "Run", results: list["CaseResult"], case: str, *, as_json: bool) -> None:
    from llmops.core.errors import NotFound
    from llmops.evals.reports.case_terminal import print_case

    if not results:
        raise NotFound(
            f"run {run.id} has no answer to the case {case!r}", hint=f"llmops runs export {run.id} -o all.csv"
        )
    if as_json:
        emit_json([result.model_dump(mode="json") for result in results])
    else:
        print_case(run, results)


def _as_json(run: "Run") -> Json:
    summary = run.summary if isinstance(run.summary, dict) else None
    found = _outcome(run)
    return run.model_dump(mode="json", exclude={"summary"}) | {
        "cases": summary["cases"] if summary else None,
        "outcome": found if found != "–" else None,
    }


def _row(run: "Run") -> list[str]:
    cases = str(run.summary["cases"]) if isinstance(run.summary, dict) else "–"
    target, started = str(run.parameters.get("target", "")), f"{run.started_at:%Y-%m-%d %H:%M}"
    return [run.id, run.name, target, started, run.status, cases, _outcome(run)]


def _outcome(run: "Run") -> str:
    """What the gates of a run decided together; `–` where there are none."""
    from llmops.flows.evaluation.baselines import report_of

    report = report_of(run)
    return report.outcome if report is not None and report.decisions else "–"

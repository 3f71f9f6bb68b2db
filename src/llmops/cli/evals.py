"""The command that evaluates."""

from typing import TYPE_CHECKING

import typer

from llmops.cli import eval_options
from llmops.cli.output import emit_json, here, say, watch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llmops.cli.matrices import Files
    from llmops.domain.matrix import Matrix
    from llmops.domain.report import Report
    from llmops.flows.evaluation.matrix import PlannedCell
    from llmops.flows.evaluation.options import EvalOptions
    from llmops.workspace.workspace import Workspace


def evaluate(
    suites: eval_options.Suites = None,
    target: eval_options.Target = None,
    model: eval_options.Model = None,
    repeats: eval_options.Repeats = None,
    limit: eval_options.Limit = None,
    concurrency: eval_options.Concurrency = 10,
    compare: eval_options.Compare = None,
    until_decided: eval_options.UntilDecided = False,
    executor: eval_options.Executor = "local",
    no_cache: eval_options.NoCache = False,
    resume: eval_options.Resume = None,
    retry_errors: eval_options.RetryErrors = False,
    budget: eval_options.BudgetLimit = None,
    estimate: eval_options.EstimateOnly = False,
    changed: eval_options.Changed = False,
    allow_unknown: eval_options.AllowUnknown = False,
    report: eval_options.ReportFiles = None,
    junit: eval_options.JunitFile = None,
    as_json: eval_options.AsJson = False,
) -> None:
    """Evaluate a suite: a table with 95 % intervals, gates that say pass, fail or unknown, and a report to open.

    Exits 0 when every gate passes, 1 when one fails or is unknown, 3 when the model cannot be reached, 130 when
    interrupted. A run that ends early says how to go on with it.

    Example: llmops eval docs --compare production --report report.html
    """
    from llmops.cli.estimates import show_estimates
    from llmops.cli.matrices import as_values, exit_code
    from llmops.cli.values import read_budget
    from llmops.evals.allowance import Allowance
    from llmops.flows.evaluation.options import EvalOptions

    files = _files(report or [], junit, allow_unknown=allow_unknown, quiet=as_json)
    _check_resume(resume, retry_errors=retry_errors, suites=suites or [])
    spend = read_budget(budget)
    options = EvalOptions(
        repeats=repeats, limit=limit, concurrency=concurrency, compare=compare, use_cache=not no_cache, resume=resume,
        retry_errors=retry_errors, until_decided=until_decided or None, executor=executor,
        budget=spend, allowance=Allowance(spend) if spend else None,
    )  # fmt: skip
    with here() as workspace:
        names = _chosen(workspace, suites or [], resume, writes=bool(report or junit))
        planned = _planned(workspace, names, options, target or [], model or [])
        if estimate:
            show_estimates(workspace, planned, as_json=as_json)
            return
        done = [_find(workspace, name, cells, files, changed=changed) for name, cells in planned]
    if as_json:
        emit_json([as_values(found) for found in done])
    if code := exit_code(done, allow_unknown=allow_unknown):
        raise typer.Exit(code)


def _files(reports: "list[Path]", junit: "Path | None", *, allow_unknown: bool, quiet: bool) -> "Files":
    """What shall be written; refuses a format that there is not, before anything is asked."""
    from llmops.cli.matrices import Files

    for path in reports:
        from llmops.evals.reports.saving import check_format

        check_format(path)
    return Files(reports, junit, allow_unknown, quiet=quiet)


def _planned(
    workspace: "Workspace", suites: list[str], options: "EvalOptions", targets: list[str], models: list[str]
) -> "list[tuple[str, Sequence[PlannedCell]]]":
    """The cells of each suite, more than one where it is asked of several targets."""
    from llmops.workspace.matrix import plan_matrix

    return [(name, plan_matrix(workspace, name, options, targets=targets, models=models)) for name in suites]


def _find(
    workspace: "Workspace", suite: str, cells: "Sequence[PlannedCell]", files: "Files", *, changed: bool
) -> "Report | Matrix":
    """Evaluate a suite, or with `changed` find its report that counts already; tell and write what was found."""
    from llmops.cli.matrices import evaluate_cells

    if len(cells) > 1:
        return evaluate_cells(workspace, suite, cells, files)
    options = cells[0].options
    standing = _standing(workspace, suite, options) if changed else None
    report = standing or _evaluate(workspace, suite, options, files)
    if files.reports or files.junit:
        from llmops.flows.evaluation.saving import save_run

        save_run(workspace.services, report.run_id, files.reports, junit=files.junit, allow_unknown=files.allow_unknown)
    if not files.quiet:
        _tell(workspace, report, files.reports)
    return report


def _standing(workspace: "Workspace", suite: str, options: "EvalOptions") -> "Report | None":
    """The stored report that counts on the current digests; says whether there is one, and why not."""
    from llmops.core.names import parse_ref
    from llmops.flows.changed import find_standing

    standing = find_standing(workspace.services, parse_ref(suite, "suite"), options)
    say(f"{suite}: {'skipped' if standing.report else 'evaluated'}, {standing.reason}")
    return standing.report


def _evaluate(workspace: "Workspace", suite: str, options: "EvalOptions", files: "Files") -> "Report":
    """Evaluate where one can watch; Ctrl-C says how to go on."""
    try:
        with watch(quiet=files.quiet) as bar:
            return workspace.evaluate(suite, options, progress=bar)
    except KeyboardInterrupt as interrupt:
        for note in getattr(interrupt, "__notes__", ()):
            say(note)
        raise


def _check_resume(resume: str | None, *, retry_errors: bool, suites: list[str]) -> None:
    """Refuse what does not go with --resume, and what goes with nothing else."""
    from llmops.core.errors import InputError

    if resume is None and retry_errors:
        raise InputError("--retry-errors goes with --resume", hint="llmops eval --resume RUN --retry-errors")
    if resume is not None and suites:
        raise InputError(
            "a run that goes on knows its suite, so none can be named", hint=f"llmops eval --resume {resume}"
        )


def _chosen(workspace: "Workspace", suites: list[str], resume: str | None, *, writes: bool) -> list[str]:
    """The suites that were named, that of the run that goes on, or all that have a file."""
    from llmops.core.errors import InputError

    if resume is not None:
        return [workspace.store.runs.get(resume).name]
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


def _tell(workspace: "Workspace", report: "Report", paths: "Sequence[Path]") -> None:
    from llmops.evals.reports.terminal import print_report
    from llmops.flows.evaluation.baselines import worst_of

    print_report(report, worst=worst_of(workspace.store, report))
    for path in paths:
        say(f"Report written to {path}")
    if not paths:
        say(f"A page to open: llmops runs export {report.run_id} -o report.html")

"""The command that evaluates."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from llmops.cli import eval_options
from llmops.cli.output import emit_json, here, say, watch

if TYPE_CHECKING:
    from llmops.domain.report import Report
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
    no_cache: eval_options.NoCache = False,
    resume: eval_options.Resume = None,
    retry_errors: eval_options.RetryErrors = False,
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
    from llmops.evals.reports.saving import check_format
    from llmops.flows.evaluation.options import EvalOptions
    from llmops.flows.evaluation.saving import save_run

    paths = list(report or [])
    for path in paths:
        check_format(path)
    _check_resume(resume, retry_errors=retry_errors, suites=suites or [])
    options = EvalOptions(
        target,
        model,
        repeats,
        limit,
        concurrency,
        compare,
        not no_cache,
        resume=resume,
        retry_errors=retry_errors,
        until_decided=until_decided or None,
    )
    done: list[Report] = []
    with here() as workspace:
        for name in _chosen(workspace, suites or [], resume, writes=bool(paths or junit)):
            found = _evaluate(workspace, name, options, quiet=as_json)
            done.append(found)
            save_run(workspace.services, found.run_id, paths, junit=junit, allow_unknown=allow_unknown)
            if not as_json:
                _tell(workspace, found, paths)
    if as_json:
        from llmops.evals.reports.formats import as_json as report_json

        emit_json([report_json(found) for found in done])
    outcomes = {found.outcome for found in done}
    if "fail" in outcomes or ("unknown" in outcomes and not allow_unknown):
        raise typer.Exit(1)


def _evaluate(workspace: "Workspace", suite: str, options: "EvalOptions", *, quiet: bool) -> "Report":
    """Evaluate where one can watch; Ctrl-C says how to go on."""
    try:
        with watch(quiet=quiet) as bar:
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


def _tell(workspace: "Workspace", report: "Report", paths: list[Path]) -> None:
    from llmops.evals.reports.terminal import print_report
    from llmops.flows.evaluation.baselines import worst_of

    print_report(report, worst=worst_of(workspace.store, report))
    for path in paths:
        say(f"Report written to {path}")
    if not paths:
        say(f"A page to open: llmops runs export {report.run_id} -o report.html")

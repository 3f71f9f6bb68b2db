"""Comparing and plotting evaluations, by their cases and scorers."""

from collections.abc import Sequence
from pathlib import Path

from llmops.cli.output import emit, emit_json, here, say
from llmops.core.errors import InputError


def compare_evaluations(runs: Sequence[str], output: Sequence[Path], *, as_json: bool) -> None:
    """Compare each run with the first one, and print the differences, or write a page about two.

    Raises:
        InputError: a page is wanted of more than two runs, or a file names no format.
    """
    from llmops.evals.reports.saving import check_format, save_report
    from llmops.evals.reports.terminal import print_comparison
    from llmops.flows.evaluation.stored import compare_stored, compared_dossier, finished_run

    for path in output:
        check_format(path)
    if output and len(runs) > 2:
        raise InputError("a page compares two runs", hint="llmops runs compare BASELINE CANDIDATE -o difference.html")
    with here() as workspace:
        found = [finished_run(workspace.store, run) for run in runs]
        comparisons = compare_stored(workspace.store, found)
        for path in output:
            save_report(compared_dossier(workspace.services, found[1], comparisons[0]), path)
            say(f"Written: {path}")
    if as_json:
        pairs = zip(found[1:], comparisons, strict=True)
        emit_json([{"run": one.run.id, **comparison.model_dump(mode="json")} for one, comparison in pairs])
        return
    for place, (one, comparison) in enumerate(zip(found[1:], comparisons, strict=True)):
        emit(("\n" if place else "") + f"{one.run.name} on {one.report.target}  ({one.run.id})")
        print_comparison(comparison, one.report.scores)


def plot_suite(
    suite: str, scorers: Sequence[str], target: str | None, limit: int, output: Path | None, *, as_json: bool
) -> None:
    """Show the scores of a suite over time, or write a page of them."""
    from llmops.evals.reports.history import history_json, labels_of, print_history
    from llmops.evals.reports.saving import save_history
    from llmops.flows.evaluation.stored import history_of

    with here() as workspace:
        history = history_of(workspace.services, suite, target=target, limit=limit, scorers=scorers)
    labels = labels_of(history, scorers)
    if output is not None:
        save_history(history, labels, output)
        say(f"Written: {output}")
    elif as_json:
        emit_json(history_json(history, labels))
    else:
        print_history(history, labels)

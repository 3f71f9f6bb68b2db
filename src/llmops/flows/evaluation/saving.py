"""Writes the report of a run that is in the store as files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from llmops.evals.reports.saving import save_junit, save_report
from llmops.flows.evaluation.baselines import dossier_of
from llmops.flows.evaluation.standing_report import standing_report
from llmops.flows.services import Services


def save_run(
    services: Services, run_id: str, paths: Sequence[Path], *, junit: Path | None = None, allow_unknown: bool = False
) -> None:
    """Write the report of a finished run as files; each one's name says its format.

    Raises:
        NotFound: no such run, or it has no report.
        OutsideError: a file cannot be written.
    """
    dossier = dossier_of(services.store, run_id)
    if not paths and junit is None:
        return
    from llmops.flows.evaluation.changes import with_changes

    stands = standing_report(services.store, services.store.runs.get(run_id))
    dossier = with_changes(services, replace(dossier, report=stands or dossier.report))
    for path in paths:
        save_report(dossier, path)
    if junit is not None:
        save_junit(dossier, junit, allow_unknown=allow_unknown)

"""Runs by themselves as a file that another store can take in: the export format, with nothing in it but evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from llmops.core.errors import InputError, NotFound
from llmops.core.hashing import digest_bytes
from llmops.domain.run import Run
from llmops.registry.exchange.labelled import write_labels
from llmops.registry.exchange.layout import MANIFEST, HistoryNote, Manifest, results_path, run_path
from llmops.registry.exchange.records import noun_bytes, noun_line, to_bytes
from llmops.registry.exchange.writing import writing
from llmops.storage.store import Store


@dataclass(frozen=True, slots=True)
class ExportedRuns:
    """What was written; `digest` is the manifest's, which covers every byte."""

    path: Path
    digest: str
    runs: tuple[str, ...]


def is_archive(path: Path) -> bool:
    """Tell whether a name means an export that `runs import` reads, and not a report."""
    return path.name.lower().endswith((".tar", ".tar.gz", ".tgz"))


def export_runs(store: Store, target: Path, run_ids: Sequence[str]) -> ExportedRuns:
    """Write runs with their reports, results and labels, and the runs that they were compared with.

    Raises:
        NotFound: there is no such run.
        InputError: one of them has not finished, or something is at the target.
        StoreError: the target cannot be written.
    """
    found: dict[str, Run] = {}
    for run_id in run_ids:
        run = store.runs.get(run_id)
        if run.status != "finished":
            raise InputError(
                f"run {run.id} is {run.status}; only finished runs can be evidence elsewhere",
                hint="llmops runs list --status finished",
            )
        found[run.id] = run
        baseline = _baseline(store, run)
        if baseline is not None:
            found[baseline.id] = baseline
    with writing(target) as draft:
        for run in sorted(found.values(), key=lambda run: run.id):
            draft.add(run_path(run.id), [noun_bytes(run)])
            draft.add(results_path(run.id), (noun_line(result) for result in store.runs.results(run.id)))
            write_labels(store, run.id, draft)
        note = Manifest(evidence=True, history=HistoryNote(), files=draft.files)
        manifest = to_bytes(note.model_dump(mode="json", exclude_none=True))
        draft.add(MANIFEST, [manifest])
    return ExportedRuns(target, digest_bytes(manifest), tuple(sorted(found)))


def _baseline(store: Store, run: Run) -> Run | None:
    comparison = run.summary.get("comparison") if isinstance(run.summary, dict) else None
    if not comparison:
        return None
    try:
        found = store.runs.get(comparison["baseline_run"])
    except NotFound:
        return None
    return found if found.status == "finished" and found.id == comparison["baseline_run"] else None

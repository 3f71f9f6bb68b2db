"""Stored runs against each other: the comparison that `eval --compare` makes, made of runs that are there already."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from llmops.core.errors import InputError, InvalidRef, NotFound
from llmops.core.names import did_you_mean, parse_ref
from llmops.domain.report import Comparison, Report
from llmops.domain.run import Run
from llmops.evals.columns import Series
from llmops.evals.compare import compare_runs
from llmops.evals.remembered import remember_scorers
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.history import Past
from llmops.flows.evaluation.baselines import dossier_of, report_of
from llmops.flows.evaluation.changes import with_changes
from llmops.flows.services import Services
from llmops.storage.store import Store


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run with its report."""

    run: Run
    report: Report


@dataclass
class StoredScores:
    """The scores of a stored run, case by case, read a scorer at a time and without the texts."""

    store: Store
    found: FinishedRun

    def scores(self, label: str) -> Series:
        """A scorer's mean for each case."""
        given = self.store.scores.values(self.found.run.id, label)
        if self._asked_once is not None:
            return self._asked_once.series(dict(given))
        grouped: dict[str, list[float]] = {}
        clusters: dict[str, str] = {}
        for ordinal, value in given:
            name = self._cases[ordinal]
            grouped.setdefault(name, []).append(value)
            clusters.setdefault(name, self._clusters[ordinal])
        names = sorted(grouped)
        means = (math.fsum(grouped[name]) / len(grouped[name]) for name in names)
        return Series(tuple(names), tuple(means), tuple(clusters[name] for name in names))

    @cached_property
    def _asked_once(self) -> "_AskedOnce | None":
        """The cases in their order, where each was asked once: they are sorted once for all scorers."""
        cases = self._cases
        if len(set(cases.values())) < len(cases):
            return None
        order = sorted(cases, key=cases.__getitem__)
        return _AskedOnce(order, tuple(cases[at] for at in order), tuple(self._clusters[at] for at in order))

    @cached_property
    def _cases(self) -> dict[int, str]:
        return self.store.scores.case_ids(self.found.run.id)

    @cached_property
    def _clusters(self) -> dict[int, str]:
        """Where the report knows as many clusters as cases, each case is its own, and no text has to be read."""
        if self.found.report.clusters == self.found.report.cases:
            return self._cases
        return self.store.scores.clusters(self.found.run.id)


@dataclass(frozen=True, slots=True)
class _AskedOnce:
    """The results of a run in the order of their cases, with these and their clusters."""

    order: Sequence[int]
    names: tuple[str, ...]
    clusters: tuple[str, ...]

    def series(self, given: Mapping[int, float]) -> Series:
        """The values by case, of those cases that have one."""
        if len(given) == len(self.order):
            return Series(self.names, tuple(map(given.__getitem__, self.order)), self.clusters)
        kept = [place for place, at in enumerate(self.order) if at in given]
        return Series(
            tuple(self.names[place] for place in kept),
            tuple(given[self.order[place]] for place in kept),
            tuple(self.clusters[place] for place in kept),
        )


@dataclass(frozen=True, slots=True)
class StoredBaseline:
    """A stored run to compare with."""

    name: str
    run_id: str
    observed: StoredScores
    identities: Mapping[str, str]


def finished_run(store: Store, run_id: str) -> FinishedRun:
    """A run that ended with a report, by its id or the beginning of one.

    Raises:
        NotFound: there is none, or it has no report.
        InvalidRef: several ids begin so.
    """
    run = store.runs.get(run_id)
    report = report_of(run)
    if report is None:
        raise NotFound(f"run {run.id} is {run.status} and has no report", hint="llmops runs list --status finished")
    return FinishedRun(run, report)


def compare_stored(store: Store, runs: Sequence[FinishedRun]) -> list[Comparison]:
    """Compare each run with the first one, on the cases that both have, with the scorers that both define alike.

    Raises:
        InputError: there are fewer than two runs, or one stands there twice.
    """
    if len(runs) < 2:
        raise InputError("a comparison needs two runs", hint="llmops runs compare BASELINE CANDIDATE")
    ids = [found.run.id for found in runs]
    if len(set(ids)) < len(ids):
        raise InputError("a run stands here twice", hint="Name different runs; list them with: llmops runs list")
    first, *others = runs
    baseline = StoredBaseline(
        name=version_of(store, first.run, first.report),
        run_id=first.run.id,
        observed=StoredScores(store, first),
        identities={score.label: score.identity for score in first.report.scores},
    )
    return [_compare(store, found, baseline, first) for found in others]


def compared_dossier(services: Services, found: FinishedRun, comparison: Comparison) -> Dossier:
    """What a page about two runs is made of: the candidate's report with this comparison in it."""
    store = services.store
    dossier = dossier_of(store, found.run.id)
    return with_changes(
        services,
        replace(
            dossier,
            report=found.report.model_copy(update={"comparison": comparison}),
            baseline=lambda: store.runs.results(comparison.baseline_run),
            command=f"llmops runs compare {comparison.baseline_run} {found.run.id}",
        ),
    )


def history_of(
    services: Services, suite: str, *, target: str | None = None, limit: int = 30, scorers: Sequence[str] = ()
) -> list[Past]:
    """The finished runs of a suite, oldest first, each with its version.

    Raises:
        NotFound: there is none, or none with these scorers.
    """
    runs = services.store.runs.runs(name=suite, status="finished", target=target, limit=limit)
    history = [
        Past(report, version_of(services.store, run, report))
        for run in reversed(runs)
        if (report := report_of(run)) is not None
    ]
    if not history:
        of = f" on {target}" if target else ""
        raise NotFound(f"suite {suite!r} has no finished run{of}", hint=f"llmops eval {suite}")
    known = {score.label for past in history for score in past.report.scores}
    for label in scorers:
        if label not in known:
            raise NotFound(f"no run of {suite!r} was scored with {label!r}", hint=did_you_mean(label, sorted(known)))
    return history


def version_of(store: Store, run: Run, report: Report) -> str:
    """The version that a run was about, as `app/docs@3` where its digest is registered, else as it was asked for."""
    try:
        ref = parse_ref(report.target.split(" ")[0])
    except InvalidRef:
        return report.target
    digest = run.refs.get(ref.kind)
    found = store.versions.by_digest(ref.kind, ref.name, digest) if digest else None
    return report.target if found is None else f"{ref.kind}/{ref.name}@{found.number}"


def _compare(store: Store, found: FinishedRun, baseline: StoredBaseline, first: FinishedRun) -> Comparison:
    comparison = compare_runs(StoredScores(store, found), baseline, remember_scorers(found.report))
    notes = list(comparison.notes)
    if not comparison.differences:
        notes.append("the two runs have no case with the same scorer in common: nothing was compared")
    if found.run.refs.get("dataset") != first.run.refs.get("dataset"):
        notes.append("the data sets differ: cases are paired by their ids")
    return comparison.model_copy(update={"notes": tuple(notes)})

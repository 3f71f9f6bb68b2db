"""What a run is measured against: a run by id, or the latest finished one on exactly a version's digests."""

from collections.abc import Mapping
from dataclasses import dataclass

from llmops.core.errors import NotFound
from llmops.core.hashing import Json
from llmops.core.names import Ref, parse_ref
from llmops.domain.evaluation import Report
from llmops.domain.run import Run
from llmops.evals.dossier import Dossier
from llmops.evals.observations import Observations
from llmops.evals.pairs import Baseline
from llmops.flows.services import Services
from llmops.flows.targets import OpenTarget
from llmops.storage.store import Store

# What two runs must share to be about the same thing; how an index came about is recorded, not compared.
IDENTITY = ("suite", "dataset", "app", "prompt", "rag", "model", "parameters")
LOOK_BACK = 200  # runs of the suite that are searched, newest first


@dataclass(frozen=True, slots=True)
class NamedBaseline:
    """A baseline as it was named: a stored run, or the ref of a version."""

    text: str
    run: Run | None = None
    ref: Ref | None = None


def name_baseline(services: Services, target: OpenTarget, text: str, *, required: bool) -> NamedBaseline | None:
    """Read what `--compare` and `no_worse_than` name: a run id, an alias of the target, or a ref of its kind.

    Returns None for an alias that nothing holds, unless it is required: a gate then says that there is no baseline.

    Raises:
        NotFound: no such run or version, or nothing holds a required alias.
        InvalidRef: a ref of another kind than the target's.
    """
    if text.startswith("run-"):
        return NamedBaseline(text, run=services.store.runs.get(text))
    if "@" not in text and "/" not in text:
        if services.store.aliases.get(target.ref.kind, target.ref.name, text) is not None:
            return NamedBaseline(text, ref=target.ref.at(text))
        if not required:
            return None
        raise NotFound(
            f"nothing holds {target.ref.at(text)} yet, so there is nothing to compare with",
            hint=f"Move it first: llmops promote {target.ref.kind}/{target.ref.name} --to {text}",
        )
    ref = parse_ref(text, target.ref.kind)
    services.registry.resolve(ref)
    return NamedBaseline(text, ref=ref)


def find_evidence(store: Store, refs: Mapping[str, str], parameters: Mapping[str, Json]) -> Run | None:
    """The latest finished run on exactly these digests, with as many cases and repeats."""
    for run in store.runs.runs(limit=LOOK_BACK):
        same_refs = all(run.refs.get(key) == refs.get(key) for key in IDENTITY)
        same_size = all(run.parameters.get(key) == parameters.get(key) for key in ("cases", "repeats"))
        if run.status == "finished" and same_refs and same_size:
            return run
    return None


def as_baseline(store: Store, text: str, run: Run) -> Baseline:
    """Read a run's numbers back.

    Raises:
        NotFound: the run did not finish.
    """
    report = report_of(run)
    if report is None or run.status != "finished":
        raise NotFound(f"run {run.id} is {run.status} and cannot be a baseline", hint="llmops runs list")
    return Baseline(
        name=text,
        run_id=run.id,
        observed=Observations.of(store.runs.results(run.id)),
        identities={score.label: score.identity for score in report.scores},
    )


def report_of(run: Run) -> Report | None:
    """The report of a run; None while it goes on, and where it failed."""
    return None if run.summary is None else Report.model_validate(run.summary)


def dossier_of(store: Store, run_id: str) -> Dossier:
    """A run's report with its results and those of its baseline, as the writers of files need it.

    Raises:
        NotFound: there is no such run, or it has no report.
    """
    run = store.runs.get(run_id)
    report = report_of(run)
    if report is None:
        raise NotFound(f"run {run.id} is {run.status} and has no report", hint=f"llmops eval {run.name}")
    other = report.comparison.baseline_run if report.comparison else ""
    return Dossier(
        report=report,
        results=lambda: store.runs.results(run.id),
        baseline=(lambda: store.runs.results(other)) if other and _is_kept(store, other) else None,
        command=command_of(run),
    )


def command_of(run: Run) -> str:
    """What to type to make a run again."""
    words = ["llmops", "eval", run.name]
    for option in ("repeats", "limit", "compare"):
        if run.parameters.get(option) not in (None, 1):
            words += [f"--{option}", str(run.parameters[option])]
    return " ".join(words)


def _is_kept(store: Store, run_id: str) -> bool:
    try:
        store.runs.get(run_id)
    except NotFound:
        return False
    return True

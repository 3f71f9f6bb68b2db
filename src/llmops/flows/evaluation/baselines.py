"""What a run is measured against: a run by id, or the first finished one on exactly a version's digests."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from llmops.core.errors import InputError, NotFound
from llmops.core.hashing import Json
from llmops.core.names import Ref, parse_ref
from llmops.domain.evaluation import CaseResult
from llmops.domain.report import Report
from llmops.domain.run import Run
from llmops.evals.observations import Observations
from llmops.evals.pairs import Baseline
from llmops.evals.reports.dossier import Dossier
from llmops.flows.evaluation.targets import PREFIXES
from llmops.flows.services import Services
from llmops.storage.store import Store

# What two runs must share to be about the same thing; how an index came about is recorded, not compared.
IDENTITY = ("suite", "dataset", "app", "prompt", "rag", "policy", "model", "parameters", "target", "judge")
SIZE = ("cases", "repeats")  # parameters that they must share


@dataclass(frozen=True, slots=True)
class NamedBaseline:
    """A baseline as it was named: a stored run, the ref of a version, or by the text alone a target that has no ref."""

    text: str
    run: Run | None = None
    ref: Ref | None = None


def name_baseline(services: Services, target: Ref | None, text: str, *, required: bool) -> NamedBaseline | None:
    """Read what `--compare` and `no_worse_than` name: a run id, an alias of the target, a ref of its kind, or what a target
    without a ref is called (`python:…`, `recorded:…`).

    Returns None for an alias that nothing holds, unless it is required: a gate then says that there is no baseline.

    Raises:
        NotFound: no such run or version, or nothing holds a required alias.
        InvalidRef: a ref of another kind than the target's.
        InputError: an alias, and the target has none.
    """
    if text.startswith("run-"):
        return NamedBaseline(text, run=services.store.runs.get(text))
    if text.startswith(tuple(PREFIXES)):
        if not required:
            raise InputError(
                f"no_worse_than: {text!r} is nothing that a promotion could look up later",
                hint="Measure a gate against an alias, a ref or a run.",
            )
        return NamedBaseline(text)
    if "@" not in text and "/" not in text:
        if target is None:
            raise InputError(
                f"{text!r} is an alias, and this target has none: it is no registered artifact",
                hint="Compare with a run (llmops runs list), or with a ref such as app/docs@production.",
            )
        if services.store.aliases.get(target.kind, target.name, text) is not None:
            return NamedBaseline(text, ref=target.at(text))
        if not required:
            return None
        raise NotFound(
            f"nothing holds {target.at(text)} yet, so there is nothing to compare with",
            hint=f"Move it first: llmops promote {target.kind}/{target.name} --to {text}",
        )
    ref = parse_ref(text, target.kind if target else None)
    services.registry.resolve(ref)
    return NamedBaseline(text, ref=ref)


def runs_on(
    store: Store, refs: Mapping[str, str], *, without: Collection[str] = (), name: str | None = None
) -> Iterator[Run]:
    """The finished runs on exactly these digests, in the order in which they finished.

    Args:
        store: where they are.
        refs: digests by kind; only those that make two runs comparable matter.
        without: refs that a run must not have, such as `app` when a prompt is meant.
        name: only runs of this suite.
    """
    wanted = {key: value for key, value in refs.items() if key in IDENTITY}
    for run in store.runs.finished(wanted, name=name):
        if not any(key in run.refs for key in without):
            yield run


def find_evidence(
    store: Store,
    refs: Mapping[str, str],
    parameters: Mapping[str, Json],
    identities: Mapping[str, str],
    *,
    without: Collection[str] = (),
    decided_too: bool = False,
) -> Run | None:
    """The first finished run on exactly these digests, with as many cases and repeats and the same scorers.

    Args:
        store: where runs are.
        refs: digests by kind.
        parameters: `cases` and `repeats` of the run that it will be compared with.
        identities: of the scorers that it must have, by label.
        without: as in `runs_on`.
        decided_too: whether one that stopped when it was decided, before all cases were asked, will do where there is no other.
    """
    partial = None
    for run in runs_on(store, refs, without=without):
        report = report_of(run)
        if report is None or any(run.parameters.get(key) != parameters.get(key) for key in SIZE):
            continue
        if identities.items() <= {score.label: score.identity for score in report.scores}.items():
            if report.betting is None or report.betting.answers >= report.betting.of_answers:
                return run
            partial = partial or run
    return partial if decided_too else None


def as_baseline(store: Store, text: str, run: Run, *, whole: bool = True) -> Baseline:
    """Read a run's numbers back; those of a run that did not finish only where it need not be `whole`.

    Raises:
        NotFound: the run did not finish.
    """
    report = report_of(run)
    if report is None or (whole and run.status != "finished"):
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


def worst_of(store: Store, report: Report, limit: int = 5) -> list[CaseResult]:
    """The answers of a run that a person should look at first."""
    ranges = {score.label: (score.range, score.direction) for score in report.scores if score.range is not None}
    return store.scores.worst(report.run_id, ranges, limit)


def command_of(run: Run) -> str:
    """What to type to make a run again."""
    words = ["llmops", "eval", run.name]
    asked: Json = run.parameters.get("asked", {})
    for option in ("target", "model"):
        if option in asked:
            words += [f"--{option}", str(asked[option])]
    for option in ("repeats", "limit", "compare"):
        if run.parameters.get(option) not in (None, 1):
            words += [f"--{option}", str(run.parameters[option])]
    if asked.get("until_decided"):
        words.append("--until-decided")
    return " ".join(words)


def _is_kept(store: Store, run_id: str) -> bool:
    try:
        store.runs.get(run_id)
    except NotFound:
        return False
    return True

"""From a suite to a report: resolve, ask, score, store, compare, decide.

Results are stored as they come; the report is built from the numbers seen on the way, so memory does not grow with texts.
An interrupted run keeps its results and is marked as interrupted; the reply cache spares the next run the finished calls.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from llmops.core.errors import LlmopsError
from llmops.core.hashing import Json
from llmops.core.names import Ref, new_id
from llmops.domain.evaluation import Case, CaseResult
from llmops.domain.ports import Progress, no_progress
from llmops.domain.report import Comparison, Decision, Report
from llmops.domain.run import Run
from llmops.domain.suite import SuiteSpec
from llmops.evals.compare import compare_runs
from llmops.evals.gates.decide import check_gates, decide, leave_open
from llmops.evals.loading import LoadedScorer, load_scorers
from llmops.evals.loading import Services as ScoringServices
from llmops.evals.observations import Observations
from llmops.evals.pairs import Baseline
from llmops.evals.reports.report import RunFacts, build_report
from llmops.evals.runner import run_cases
from llmops.flows.evaluation.baselines import IDENTITY, NamedBaseline, as_baseline, find_evidence, name_baseline
from llmops.flows.evaluation.targets import OpenTarget, open_target
from llmops.flows.hooks import fire, gate_failed
from llmops.flows.services import Services


@dataclass(frozen=True, slots=True)
class EvalOptions:
    """How to run a suite. `compare` is a run id, a ref, or an alias of the target; `use_cache` is about replies."""

    target: str | None = None
    model: str | None = None
    repeats: int | None = None
    limit: int | None = None
    concurrency: int = 10
    compare: str | None = None
    use_cache: bool = True


@dataclass(frozen=True, slots=True)
class _Plan:
    """A suite made ready: everything that can be wrong with the files has been found."""

    suite: str
    spec: SuiteSpec
    cases: Sequence[Case]
    scorers: Sequence[LoadedScorer]
    target: OpenTarget
    refs: Mapping[str, str]
    repeats: int
    options: EvalOptions

    @property
    def parameters(self) -> dict[str, Json]:
        """What the run says about how it was run."""
        values: dict[str, Json] = {
            "target": self.target.name,
            "repeats": self.repeats,
            "limit": self.options.limit,
            "compare": self.options.compare,
            "cases": len(self.cases),
        }
        return {key: value for key, value in values.items() if value is not None}


async def evaluate(services: Services, suite: Ref, options: EvalOptions, *, progress: Progress = no_progress) -> Report:
    """Run a suite and return its report; the run, its results and the report are in the store.

    Raises:
        InputError: a file, ref, scorer or gate cannot be used; nothing has been asked yet.
        ModelError: the model could not be reached from the start.
        asyncio.CancelledError: interrupted; what is finished is stored and the run is marked.
    """
    plan = _prepare(services, suite, options)
    named = {
        text: name_baseline(services, plan.target.ref, text, required=text == options.compare)
        for text in _baselines_of(plan)
    }
    baselines = {text: await _measured(services, suite, plan, one, progress) for text, one in named.items()}
    report = await _Execution(services, plan, baselines).run(progress)
    fire(services, gate_failed(services, report, datetime.now(UTC)))
    return report


def _prepare(services: Services, suite: Ref, options: EvalOptions) -> _Plan:
    resolved = services.registry.resolve(suite)
    spec = resolved.spec(SuiteSpec)
    scorers = load_scorers(spec.scorers, ScoringServices(embedder=services.embedder, root=services.root))
    check_gates(spec.gates, scorers)
    target = open_target(services, spec.target, override=options.target, model=options.model, cached=options.use_cache)
    cases = services.registry.cases(spec.dataset)
    refs = {"suite": resolved.digest, "dataset": spec.dataset.digest, **target.responder.refs}
    repeats = options.repeats or spec.repeats
    return _Plan(resolved.name, spec, cases[: options.limit], scorers, target, refs, repeats, options)


def _baselines_of(plan: _Plan) -> list[str]:
    """The names of the baselines that gates and `--compare` measure against."""
    wanted = {gate.no_worse_than for gate in plan.spec.gates if gate.no_worse_than}
    return sorted({*wanted, *([plan.options.compare] if plan.options.compare else [])})


async def _measured(
    services: Services, suite: Ref, plan: _Plan, named: NamedBaseline | None, progress: Progress
) -> Baseline | None:
    """The baseline's run: the one named, else a finished one on exactly these digests, else one made now."""
    if named is None:
        return None
    run = named.run
    if run is None:
        options = replace(plan.options, target=str(named.ref), model=None, compare=None)
        its_plan = _prepare(services, suite, options)
        identities = {loaded.label: loaded.identity for loaded in its_plan.scorers}
        without = [key for key in IDENTITY if key not in its_plan.refs]
        run = find_evidence(services.store, its_plan.refs, its_plan.parameters, identities, without=without)
        if run is None:
            report = await _Execution(services, its_plan, {}).run(progress)
            run = services.store.runs.get(report.run_id)
    return as_baseline(services.store, named.text, run)


@dataclass(slots=True)
class _Execution:
    """One run of a plan, from its first question to its stored report."""

    services: Services
    plan: _Plan
    baselines: Mapping[str, Baseline | None]
    observed: Observations = field(default_factory=Observations)
    started: float = field(default_factory=time.perf_counter)

    async def run(self, progress: Progress) -> Report:
        """Ask, score, store; then decide."""
        plan, runs = self.plan, self.services.store.runs
        run = Run(
            id=new_id("run"),
            name=plan.suite,
            started_at=datetime.now(UTC),
            refs=dict(plan.refs),
            parameters=plan.parameters,
        )
        runs.start(run)

        def keep(results: Sequence[CaseResult]) -> None:
            runs.add_results(run.id, results)
            for result in results:
                self.observed.add(result)

        try:
            await run_cases(
                plan.cases,
                plan.target.responder,
                plan.scorers,
                sink=keep,
                repeats=plan.repeats,
                concurrency=plan.options.concurrency,
                progress=progress,
            )
        except asyncio.CancelledError:
            partial = self._report(
                run, decisions=leave_open(plan.spec.gates, "the run was interrupted"), complete=False
            )
            runs.finish(run.id, "interrupted", partial.model_dump(mode="json"), datetime.now(UTC))
            raise
        except LlmopsError:
            runs.finish(run.id, "failed", None, datetime.now(UTC))
            raise
        found = self._report(run, decisions=self._decide(), comparison=self._compare())
        runs.finish(run.id, "finished", found.model_dump(mode="json"), datetime.now(UTC))
        return found

    def _decide(self) -> Sequence[Decision]:
        spec = self.plan.spec
        if self.plan.options.limit is not None:
            return leave_open(spec.gates, "only the first cases were asked (--limit), which is no sample of the suite")
        return decide(
            spec.gates, self.observed, self.plan.scorers, baselines=self.baselines, max_missing=spec.max_missing
        )

    def _compare(self) -> Comparison | None:
        baseline = self.baselines.get(self.plan.options.compare or "")
        return compare_runs(self.observed, baseline, self.plan.scorers) if baseline else None

    def _report(
        self, run: Run, *, decisions: Sequence[Decision], comparison: Comparison | None = None, complete: bool = True
    ) -> Report:
        facts = RunFacts(
            run_id=run.id,
            suite=self.plan.suite,
            target=self.plan.target.name,
            started_at=run.started_at,
            seconds=time.perf_counter() - self.started,
            refs=run.refs,
            complete=complete,
        )
        return build_report(facts, self.observed, self.plan.scorers, decisions=decisions, comparison=comparison)

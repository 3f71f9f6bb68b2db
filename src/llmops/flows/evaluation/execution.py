"""One run of a plan, from its first question to its stored report.

Results are stored as they come; the report is built from the numbers seen on the way, so memory does not grow with texts.
An interrupted run keeps its results and is marked as interrupted; the reply cache spares the next run the finished calls.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from llmops.core.errors import LlmopsError
from llmops.core.names import new_id
from llmops.domain.evaluation import CaseResult
from llmops.domain.ports import Progress, ResultWatch
from llmops.domain.report import Comparison, Decision, Report
from llmops.domain.run import Run
from llmops.evals.compare import compare_runs
from llmops.evals.course import Course, InOrder
from llmops.evals.executor import Executor, LocalExecutor
from llmops.evals.gates.decide import decide, leave_open
from llmops.evals.observations import Observations
from llmops.evals.pairs import Baseline
from llmops.evals.reports.report import RunFacts, build_report
from llmops.evals.runner import run_cases
from llmops.flows.evaluation.plan import Plan
from llmops.flows.services import Services


@dataclass(slots=True)
class Execution:
    """One run of a plan."""

    services: Services
    plan: Plan
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
            if isinstance(progress, ResultWatch):
                progress.see(results, plan.scorers)

        try:
            await run_cases(
                self._course(),
                self._executor(),
                sink=keep,
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

    def _course(self) -> Course:
        """Which jobs to do, in which order, and when to stop."""
        return InOrder(self.plan.cases, self.plan.repeats)

    def _executor(self) -> Executor:
        """Where jobs are carried out."""
        return LocalExecutor(self.plan.target.responder, self.plan.scorers)

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
            notes=self.plan.target.notes,
            judge=self.plan.judge,
        )
        return build_report(facts, self.observed, self.plan.scorers, decisions=decisions, comparison=comparison)

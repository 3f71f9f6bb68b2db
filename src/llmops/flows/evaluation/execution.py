"""One run of a plan, from its first question to its stored report.

Results are stored as they come; the report is built from the numbers seen on the way, so memory does not grow with texts.
A run that ends early keeps its results, says so, and can go on later: what is stored is read back, only the rest is asked,
and the report is that of a run which was never interrupted. While it is carried out, a lease keeps others from going on
with it; the lease of a process that was killed is free again.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmops.core.bridge import to_thread
from llmops.core.durations import seconds
from llmops.core.errors import BudgetSpent, LlmopsError
from llmops.core.hashing import Json
from llmops.core.names import new_id
from llmops.domain.evaluation import CaseResult
from llmops.domain.manifest import Lease
from llmops.domain.ports import Progress, ResultWatch
from llmops.domain.report import Comparison, Decision, Report
from llmops.domain.run import Run, RunStatus
from llmops.domain.spending import NOTHING, Spending
from llmops.evals.allowance import Allowance
from llmops.evals.course import Course, InOrder, JobKey
from llmops.evals.gates.decide import decide, leave_open
from llmops.evals.observations import Observations
from llmops.evals.pairs import Baseline
from llmops.evals.reports.report import RunFacts, build_report
from llmops.evals.runner import Limits, RunTally, run_cases
from llmops.flows.evaluation.baselines import report_of
from llmops.flows.evaluation.budgets import larger
from llmops.flows.evaluation.ending import end_run
from llmops.flows.evaluation.plan import Plan
from llmops.flows.evaluation.preparing import prepare_plan
from llmops.flows.evaluation.remote import carried_out
from llmops.flows.evaluation.resume import refuse_finished
from llmops.flows.evaluation.tries import tell_tries
from llmops.flows.services import Services
from llmops.presentation.figures import count
from llmops.storage.leases import LEASE_SECONDS, this_process

if TYPE_CHECKING:
    from llmops.flows.evaluation.deciding import Decider


@dataclass(slots=True)
class Execution:
    """One run of a plan; `earlier` is the run that goes on, if one does, and `bets` are there where it stops when decided."""

    services: Services
    plan: Plan
    baselines: Mapping[str, Baseline | None]
    earlier: Run | None = None
    bets: "Decider | None" = None
    observed: Observations = field(default_factory=Observations)
    finished: set[JobKey] = field(default_factory=set)
    spent: Spending = NOTHING
    tally: RunTally = field(default_factory=RunTally)
    started: float = field(default_factory=time.perf_counter)

    async def run(self, progress: Progress) -> Report:
        """Ask, score, store; then decide."""
        run = self.earlier or Run(
            id=new_id("run"),
            name=self.plan.suite,
            started_at=datetime.now(UTC),
            refs=dict(self.plan.refs),
            parameters={**self.plan.parameters, **self._baseline_runs(), **(self.bets.parameters if self.bets else {})},
        )
        self.plan = await prepare_plan(self.plan)  # the run remembers the scorers as they are written
        async with self._turn(run) as lease:
            course = self._course()
            if self.earlier is None:
                if self.bets:
                    self.bets.start(run.id)
                self.services.store.runs.start(run)
            else:
                run = await to_thread(self._recall, run.id, course)
            try:
                await self._ask(run, course, lease, progress)
            except asyncio.CancelledError as error:
                self._leave(run, "interrupted", "The run was interrupted")
                error.add_note(self._how_to_go_on(run))
                raise
            except BudgetSpent as error:
                self._leave(run, "stopped", f"The run stopped, {self.tally.stopped}")
                error.hint = self._how_to_go_on(run)
                raise
            except LlmopsError as error:
                self._leave(run, "failed", "The run failed")
                if self.observed.results > self.observed.errors:
                    error.hint = f"{error.hint}\n{self._how_to_go_on(run)}".strip()
                raise
            found = self._report(run, decisions=self._decide(run), comparison=self._compare())
            self._finish(run, "finished", found)
        return found

    @asynccontextmanager
    async def _turn(self, run: Run) -> AsyncIterator[Lease]:
        """Keep other processes from carrying out the same run, also while a slow model lets it wait."""
        leases = self.services.store.runs.leases
        lease = leases.acquire(run.id, this_process(), datetime.now(UTC))

        async def stay() -> None:
            while True:
                await asyncio.sleep(LEASE_SECONDS / 5)
                await to_thread(leases.renew, lease, datetime.now(UTC))

        heartbeat = asyncio.create_task(stay())
        try:
            yield lease
        finally:
            heartbeat.cancel()
            await asyncio.gather(heartbeat, return_exceptions=True)  # that it was lost is said by whoever writes next
            leases.release(lease)

    def _recall(self, run_id: str, course: Course) -> Run:
        """Read back what an earlier part of the run has stored."""
        runs = self.services.store.runs
        run = runs.get(run_id)
        refuse_finished(run)
        report = report_of(run)
        self.started -= report.seconds if report else 0.0
        self.allowance.began -= report.seconds if report else 0.0
        if self.bets:
            self.bets.recall()
        failed = []
        for result in runs.results(run_id):
            if result.error is not None and self.plan.options.retry_errors:
                failed.append((result.case_id, result.repeat))
                continue
            self.observed.add(result)
            self.spent += result.spent
            self.allowance.spend(result.spent)
            self.finished.add((result.case_id, result.repeat))
            course.learn(result)
        runs.forget(run_id, failed)
        retried = int(run.parameters.get("retried", 0)) + len(failed)
        parameters = {**run.parameters, **({"retried": retried} if retried else {})}
        runs.reopen(run_id, parameters)
        return run.model_copy(update={"parameters": parameters, "status": "running"})

    async def _ask(self, run: Run, course: Course, lease: Lease, progress: Progress) -> None:
        store = self.services.store

        def keep(results: Sequence[CaseResult]) -> None:
            with store.transaction():
                store.runs.leases.renew(lease, datetime.now(UTC))
                store.runs.add_results(run.id, results)
            for result in results:
                self.observed.add(result)
                self.spent += result.spent
            if isinstance(progress, ResultWatch):
                progress.see(results, self.plan.scorers)

        async with carried_out(self.services, self.plan) as executor:
            self.tally = await run_cases(
                course,
                self.bets.beside(executor) if self.bets else executor,
                sink=keep,
                concurrency=self.plan.options.concurrency,
                progress=progress,
                finished=self.finished,
                limits=Limits(seconds(self.services.settings.eval.patience), self.allowance),
            )
        if self.tally.stopped:
            raise BudgetSpent(f"{run.id} stopped: {self.tally.stopped}")

    @property
    def allowance(self) -> Allowance:
        """What it may spend."""
        return self.plan.options.allowance or Allowance()

    def _course(self) -> Course:
        """Which jobs to do, in which order, and when to stop."""
        return self.bets.course if self.bets else InOrder(self.plan.cases, self.plan.repeats)

    def _baseline_runs(self) -> dict[str, Json]:
        beside: Json = self.bets.parameters.get("beside", {}) if self.bets else {}
        runs = {text: found.run_id for text, found in self.baselines.items() if found and text not in beside}
        return {"baselines": runs} if runs else {}

    def _decide(self, run: Run) -> Sequence[Decision]:
        spec = self.plan.spec
        if self.plan.options.limit is not None:
            return leave_open(spec.gates, "only the first cases were asked (--limit), which is no sample of the suite")
        decisions = (
            self.bets.decide(self.observed)
            if self.bets
            else decide(
                spec.gates, self.observed, self.plan.scorers, baselines=self.baselines, max_missing=spec.max_missing
            )
        )
        if "retried" not in run.parameters:
            return decisions
        untold = leave_open(
            spec.gates, "failed answers were asked for again (--retry-errors), so fewer are seen than were"
        )
        return [untold[at] if gate.error_rate is not None else decisions[at] for at, gate in enumerate(spec.gates)]

    def _compare(self) -> Comparison | None:
        baseline = self.baselines.get(self.plan.options.compare or "")
        found = None
        if baseline:
            from llmops.evals.compare import compare_runs

            found = compare_runs(self.observed, baseline, self.plan.scorers)
        return self.bets.conclude(found) if self.bets else found

    def _leave(self, run: Run, status: RunStatus, why: str) -> None:
        """Say how a run ended early, with a report of what is done, if anything is."""
        decisions: Sequence[Decision] = leave_open(self.plan.spec.gates, f"{why[0].lower()}{why[1:]}")
        if self.bets and self.observed.results:
            decisions = self.bets.decide(self.observed)  # they hold wherever it stops
        partial = self._report(run, decisions=decisions, unfinished=why) if self.observed.results else None
        self._finish(run, status, partial)

    def _finish(self, run: Run, status: RunStatus, report: Report | None) -> None:
        if self.bets:
            self.bets.end(run.id, datetime.now(UTC))
        end_run(self.services.store, run, status, report, datetime.now(UTC))

    def _how_to_go_on(self, run: Run) -> str:
        done = f"{self.observed.results:,} of {count(self.plan.jobs, 'answer')}"
        more = f" --budget {larger(self.allowance.budget)}" if self.tally.stopped and self.allowance.budget else ""
        return f"Stored: {done}. Go on with: llmops eval --resume {run.id}{more}"

    def _report(
        self, run: Run, *, decisions: Sequence[Decision], comparison: Comparison | None = None, unfinished: str = ""
    ) -> Report:
        facts = RunFacts(
            run_id=run.id,
            suite=self.plan.suite,
            target=self.plan.target.name,
            started_at=run.started_at,
            seconds=time.perf_counter() - self.started,
            refs=run.refs,
            unfinished=unfinished,
            notes=(
                *self.plan.target.notes,
                *self.plan.notes,
                *tell_tries(self.services.store, run),
                *_notes(run, self.tally),
            ),
            spent=self.spent,
            judge=self.plan.judge,
        )
        found = build_report(facts, self.observed, self.plan.scorers, decisions=decisions, comparison=comparison)
        return found.model_copy(update={"betting": self.bets.tell(self.observed)}) if self.bets else found


def _notes(run: Run, tally: RunTally) -> Iterator[str]:
    if retried := run.parameters.get("retried"):
        yield f"{count(int(retried), 'answer')} had failed and were asked for again, so the errors shown are too few."
    if tally.asked_again:
        yield f"{count(tally.asked_again, 'answer')} failed while nothing answered, and were asked for again afterwards."

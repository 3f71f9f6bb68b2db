"""A baseline that is asked beside a run that stops when it is decided: the same cases, and no more of them.

Its answers are stored as a run of their own, which is not finished and so is nobody's evidence. Each is stored before the
answer that it is compared with, so that a run that goes on finds a partner for every answer it has.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from llmops.core.bridge import to_thread
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import new_id
from llmops.domain.evaluation import CaseResult
from llmops.domain.run import Run
from llmops.evals.course import Job, JobKey
from llmops.evals.executor import Done, Executor, LocalExecutor
from llmops.evals.observations import Observations
from llmops.evals.pairs import Baseline
from llmops.evals.reports.report import RunFacts, build_report
from llmops.flows.evaluation.ending import end_run
from llmops.flows.evaluation.plan import Plan
from llmops.flows.services import Services


@dataclass(slots=True)
class Alongside:
    """One baseline that is asked beside a run; `name` is how it was named."""

    services: Services
    name: str
    plan: Plan
    run: Run
    observed: Observations = field(default_factory=Observations)
    asked: set[JobKey] = field(default_factory=set)

    @classmethod
    def begin(cls, services: Services, name: str, plan: Plan) -> "Alongside":
        """A baseline of which nothing has been asked."""
        now = datetime.now(UTC)
        run = Run(id=new_id("run"), name=plan.suite, started_at=now, refs=dict(plan.refs), parameters=plan.parameters)
        return cls(services, name, plan, run)

    @classmethod
    def go_on(cls, services: Services, name: str, plan: Plan, run_id: str) -> "Alongside":
        """A baseline of which something is stored.

        Raises:
            InputError: it is not what it was.
        """
        run = services.store.runs.get(run_id)
        if dict(plan.refs) != run.refs:
            raise InputError(
                f"the baseline {name} is not what the run began with: {plan.target.name} has changed",
                hint=f"Put it back, or start anew with: llmops eval {plan.suite} --until-decided --no-cache",
            )
        return cls(services, name, plan, run)

    @property
    def baseline(self) -> Baseline:
        """What is compared with: grows while the run goes on."""
        identities = {loaded.label: loaded.identity for loaded in self.plan.scorers}
        return Baseline(self.name, self.run.id, self.observed, identities)

    def start(self, beside: str) -> None:
        """Add its run to the store."""
        self.run = self.run.model_copy(update={"parameters": {**self.run.parameters, "beside": beside}})
        self.services.store.runs.start(self.run)

    def recall(self) -> Iterator[CaseResult]:
        """What is stored of it."""
        for result in self.services.store.runs.results(self.run.id):
            self._see(result)
            yield result

    async def ask(self, executor: Executor, job: Job) -> Done | None:
        """Ask and store the answer; None where it is there already."""
        if job.key in self.asked:
            return None
        done = await executor.carry_out(job)
        await to_thread(self.services.store.runs.add_results, self.run.id, [done.result])
        self._see(done.result)
        return done

    def end(self, beside: str, now: datetime) -> None:
        """Say that no more is asked of it."""
        if not self.observed.results:
            end_run(self.services.store, self.run, "interrupted", None, now)
            return
        facts = RunFacts(
            run_id=self.run.id,
            suite=self.plan.suite,
            target=self.plan.target.name,
            started_at=self.run.started_at,
            seconds=max(0.0, (now - self.run.started_at).total_seconds()),
            refs=self.run.refs,
            unfinished=f"It was asked beside {beside}, as far as that needed it",
            judge=self.plan.judge,
        )
        report = build_report(facts, self.observed, self.plan.scorers)
        end_run(self.services.store, self.run, "interrupted", report, now)

    def _see(self, result: CaseResult) -> None:
        self.observed.add(result)
        self.asked.add((result.case_id, result.repeat))


@dataclass(frozen=True, slots=True)
class Beside:
    """Carries out each job on the target and on every baseline; the answers of baselines are told first."""

    own: Executor
    others: Mapping[str, tuple[Alongside, Executor]]
    tell: Callable[[str, CaseResult], None]

    async def carry_out(self, job: Job) -> Done:
        """Ask all; a baseline that cannot be reached at all ends the run as the target would."""
        mine, *theirs = await asyncio.gather(
            self.own.carry_out(job), *(other.ask(executor, job) for other, executor in self.others.values())
        )
        assert mine is not None
        failure = mine.failure
        for name, done in zip(self.others, theirs, strict=True):
            if done is not None:
                self.tell(name, done.result)
                failure = failure or done.failure
        return Done(mine.result, failure)


def carried_out_here(others: list[Alongside]) -> dict[str, tuple[Alongside, Executor]]:
    """Baselines with executors of this process."""
    return {other.name: (other, LocalExecutor(other.plan.target.asked, other.plan.scorers)) for other in others}


def parameters_of(others: list[Alongside]) -> dict[str, Json]:
    """The runs of baselines by name, as the run beside which they are asked remembers them."""
    return {"beside": {other.name: other.run.id for other in others}} if others else {}

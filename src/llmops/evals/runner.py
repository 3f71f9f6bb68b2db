"""Runs jobs: takes them from a course, has an executor carry them out, and hands the results on.

A fixed number of workers draw from one course, so the cost of a case does not grow with their number, and nothing of a
finished case is kept here: memory stays flat. Before each job it is seen whether it is still wanted (the course), whether it
fits (the budget), and whether anybody answers (an outage).
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Set
from dataclasses import dataclass, field

from llmops.domain.ports import Progress, no_progress
from llmops.domain.spending import NOTHING, Spending, metered
from llmops.evals.allowance import Allowance
from llmops.evals.course import Course, Job, JobKey
from llmops.evals.executor import Done, Executor
from llmops.evals.outages import Outage
from llmops.evals.outbox import Outbox, Sink

PATIENCE = 120.0  # seconds without an answer


@dataclass(slots=True)
class RunTally:
    """What a run did: results by kind, what they took, and seconds from the first question to the last stored result.

    `stopped` says why it ended before its course did, where its budget was the reason; `asked_again` is how many answers
    failed while nothing answered, and were asked for once more.
    """

    results: int = 0
    errors: int = 0
    cached: int = 0
    seconds: float = 0.0
    spent: Spending = NOTHING
    stopped: str = ""
    asked_again: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a run goes: `patience` is how many seconds without an answer end it, `allowance` what it may spend."""

    patience: float = PATIENCE
    allowance: Allowance = field(default_factory=Allowance)


async def run_cases(
    course: Course,
    executor: Executor,
    *,
    sink: Sink,
    concurrency: int = 8,
    progress: Progress = no_progress,
    finished: Set[JobKey] = frozenset(),
    limits: Limits | None = None,
) -> RunTally:
    """Carry out the jobs of a course, `concurrency` at once, until there are no more, the course has decided or the budget is
    spent.

    Results reach `sink` in order of completion, in batches of at most 64, all of them before this returns or raises.
    Jobs that are `finished`, in an earlier part of a resumed run, are passed over.

    Raises:
        LlmopsError: the first answers all failed with such an error, for example an unreachable model or a wrong key
            (OutsideError) or a prompt that cannot be rendered (InputError); nothing has answered for `patience`
            seconds; or the sink's own.
    """
    started = time.perf_counter()
    outbox = Outbox(sink)
    left = course.total - len(finished)
    at_once = min(concurrency, left)
    limits = limits or Limits()
    outage = Outage(left, at_once, limits.patience)
    jobs = (job for job in course.jobs() if job.key not in finished)
    run = _Run(course, executor, jobs, outage, limits.allowance, outbox, at_once)
    workers = {asyncio.create_task(run.work(progress, len(finished))) for _ in range(at_once)}
    try:
        pending: set[asyncio.Task[None]] = set(workers)
        while pending:
            done, pending = await asyncio.wait({*pending, outbox.task}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            pending.discard(outbox.task)
        for held in outage.left():
            await run.keep(held)
    finally:
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await outbox.close()
    run.tally.asked_again = outage.asked_again
    run.tally.seconds = time.perf_counter() - started
    return run.tally


class _Run:
    """The state that the workers of one run share."""

    def __init__(
        self,
        course: Course,
        executor: Executor,
        jobs: Iterator[Job],
        outage: Outage,
        allowance: Allowance,
        outbox: Outbox,
        at_once: int,
    ) -> None:
        self.course = course
        self.executor = executor
        self.jobs = jobs
        self.again: deque[Job] = deque()
        self.outage = outage
        self.allowance = allowance
        self.outbox = outbox
        self.at_once = at_once
        self.tally = RunTally()
        self.under_way = 0
        self.given_up = False
        self.changed = asyncio.Event()

    async def work(self, progress: Progress, before: int) -> None:
        """Take jobs until there are none, or none is needed or may begin; `before` is how many were finished earlier."""
        while (job := await self._next()) is not None:
            try:
                with metered() as meter:
                    done = await self.executor.carry_out(job)
                # Other processes count for themselves; here the calls of what is asked alongside are counted too.
                took = meter.total
                if not took.calls:
                    took = done.result.spent
                self.allowance.spend(took)
                self.tally.spent += took
                kept, again = self.outage.take(job, done)
            except BaseException:
                self.given_up = True
                raise
            finally:
                self.under_way -= 1
                self._tell()
            self.again.extend(again)
            for one in kept:
                await self.keep(one)
                progress(before + self.tally.results, self.course.total, "cases")

    async def keep(self, done: Done) -> None:
        """Learn from a result and store it."""
        result = done.result
        self.course.learn(result)
        await self.outbox.put(result)
        self.tally.results += 1
        self.tally.errors += result.error is not None
        self.tally.cached += result.cached

    async def _next(self) -> Job | None:
        """The next job to begin; waits while it cannot be known whether there is one."""
        while not self.given_up and not self.course.decided and not self.tally.stopped:
            if self.outage.is_on:
                if self.under_way:
                    await self.changed.wait()
                    continue
                self.under_way += 1  # while this worker waits, the others wait for it
                await asyncio.sleep(self.outage.pause())
                self.under_way -= 1
            elif not self.allowance.admits(self.under_way):
                if not self.under_way:
                    self.tally.stopped = self.allowance.reason if self._take() else ""
                    break
                await self.changed.wait()
                continue
            elif self.under_way and self.course.early >= self.at_once:
                await self.changed.wait()  # one slow answer must not have all others asked that may not be needed
                continue
            job = self._take()
            if job is not None:
                self.under_way += 1
                return job
            if not self.under_way:
                break
            await self.changed.wait()  # what is under way may have to be asked again
        self._tell()
        return None

    def _take(self) -> Job | None:
        job = self.again.popleft() if self.again else next(self.jobs, None)
        return job or self.outage.next_held()

    def _tell(self) -> None:
        """Wake all who wait for a job to end."""
        self.changed.set()
        self.changed = asyncio.Event()

"""Runs jobs: takes them from a course, has an executor carry them out, and hands the results on.

A fixed number of workers draw from one course, so the cost of a case does not grow with their number, and nothing of a
finished case is kept here: memory stays flat.
"""

import asyncio
import time
from collections.abc import Set
from dataclasses import dataclass

from llmops.domain.evaluation import CaseResult
from llmops.domain.ports import Progress, no_progress
from llmops.evals.course import Course, JobKey
from llmops.evals.executor import Done, Executor
from llmops.evals.outbox import Outbox, Sink

GIVE_UP_AFTER = 5  # answers that all failed with an error of ours: the next ten thousand would fail too


@dataclass(slots=True)
class RunTally:
    """What a run did: results by kind, and seconds from the first question to the last stored result."""

    results: int = 0
    errors: int = 0
    cached: int = 0
    seconds: float = 0.0


async def run_cases(
    course: Course,
    executor: Executor,
    *,
    sink: Sink,
    concurrency: int = 8,
    progress: Progress = no_progress,
    finished: Set[JobKey] = frozenset(),
) -> RunTally:
    """Carry out the jobs of a course, `concurrency` at once, until there are no more or the course has decided.

    Results reach `sink` in order of completion, in batches of at most 64, all of them before this returns or raises.
    Jobs that are `finished`, in an earlier part of a resumed run, are passed over.

    Raises:
        LlmopsError: the first answers all failed with such an error, for example an unreachable model or a wrong key
            (OutsideError) or a prompt that cannot be rendered (InputError); or the sink's own.
    """
    started = time.perf_counter()
    outbox = Outbox(sink)
    run = _Run(course, executor, outbox, progress, finished)
    workers = {asyncio.create_task(run.work()) for _ in range(min(concurrency, run.left))}
    try:
        pending: set[asyncio.Task[None]] = set(workers)
        while pending:
            done, pending = await asyncio.wait({*pending, outbox.task}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            pending.discard(outbox.task)
    finally:
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await outbox.close()
    run.tally.seconds = time.perf_counter() - started
    return run.tally


class _Run:
    """The state that the workers of one run share."""

    def __init__(
        self, course: Course, executor: Executor, outbox: Outbox, progress: Progress, finished: Set[JobKey]
    ) -> None:
        self.course = course
        self.executor = executor
        self.jobs = (job for job in course.jobs() if job.key not in finished)
        self.before = len(finished)
        self.left = course.total - len(finished)
        self.outbox = outbox
        self.progress = progress
        self.tally = RunTally()
        self.hopeless = True
        self.given_up = False

    async def work(self) -> None:
        """Take jobs until there are none, or none is needed."""
        while not self.given_up and not self.course.decided and (job := next(self.jobs, None)) is not None:
            done = await self.executor.carry_out(job)
            self.course.learn(done.result)
            await self.outbox.put(done.result)
            self._count(done.result)
            self.progress(self.before + self.tally.results, self.course.total, "cases")
            self._give_up_if_hopeless(done)

    def _count(self, result: CaseResult) -> None:
        self.tally.results += 1
        self.tally.errors += result.error is not None
        self.tally.cached += result.cached

    def _give_up_if_hopeless(self, done: Done) -> None:
        self.hopeless = self.hopeless and done.failure is not None
        enough = self.tally.results >= min(GIVE_UP_AFTER, self.left)
        if self.hopeless and done.failure is not None and enough and not self.given_up:
            self.given_up = True
            failed = f"The run stopped: the first {self.tally.results} answers all failed."
            done.failure.hint = f"{done.failure.hint}\n{failed}" if done.failure.hint else failed
            raise done.failure

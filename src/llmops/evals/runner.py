"""Runs cases: asks the target, scores the answers, hands the results on, and never lets one case take down the others.

A fixed number of workers draw from one list of (repeat, case), so the cost of a case does not grow with their number, and
nothing of a finished case is kept here: memory stays flat. Repeats go round and round, so that an interrupted run has
every case about equally often.

This module holds the one wall behind which a failure becomes data. Three things pass through it: a missing optional
library (no case can succeed), cancellation, and the error of a target that has failed from the start.
"""

import asyncio
import itertools
import math
import time
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import TypeVar

from llmops.core.errors import ExtraMissing, LlmopsError
from llmops.domain.evaluation import Case, CaseResult, Score
from llmops.domain.interaction import Reply
from llmops.domain.ports import Progress, Sample, Target, no_progress
from llmops.evals.loading import LoadedScorer
from llmops.evals.outbox import Outbox, Sink

T = TypeVar("T")

GIVE_UP_AFTER = 5  # answers that all failed with an error of ours: the next ten thousand would fail too
LONGEST_REASON = 2000  # characters of an error's text that are kept


@dataclass(slots=True)
class RunTally:
    """What a run did: results by kind, and seconds from the first question to the last stored result."""

    results: int = 0
    errors: int = 0
    cached: int = 0
    seconds: float = 0.0


async def run_cases(
    cases: Sequence[Case],
    target: Target,
    scorers: Sequence[LoadedScorer],
    *,
    sink: Sink,
    repeats: int = 1,
    concurrency: int = 8,
    progress: Progress = no_progress,
) -> RunTally:
    """Ask the target each case `repeats` times, `concurrency` at once, and score the answers.

    A target that fails gives a result with `error` and missing scores; a scorer that fails, or gives a value outside its
    range, a missing score with the reason. Results reach `sink` in order of completion, in batches of at most 64, all of
    them before this returns or raises.

    Raises:
        LlmopsError: the first answers all failed with such an error, for example an unreachable model or a wrong key
            (OutsideError) or a prompt that cannot be rendered (InputError); or the sink's own.
    """
    started = time.perf_counter()
    outbox = Outbox(sink)
    run = _Run(target, scorers, itertools.product(range(repeats), cases), len(cases) * repeats, outbox, progress)
    workers = {asyncio.create_task(run.work()) for _ in range(min(concurrency, run.total))}
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
        self,
        target: Target,
        scorers: Sequence[LoadedScorer],
        jobs: Iterator[tuple[int, Case]],
        total: int,
        outbox: Outbox,
        progress: Progress,
    ) -> None:
        self.target = target
        self.scorers = scorers
        self.jobs = jobs
        self.total = total
        self.outbox = outbox
        self.progress = progress
        self.tally = RunTally()
        self.hopeless = True
        self.given_up = False

    async def work(self) -> None:
        """Take jobs until there are none."""
        for repeat, case in self.jobs:
            if self.given_up:
                return
            reply = await _attempt(self._reply(case, repeat))
            if isinstance(reply, Exception):
                result = _failed(case, repeat, reply, self.scorers)
            else:
                result = await self._scored(case, repeat, reply)
            await self.outbox.put(result)
            self._count(result)
            self.progress(self.tally.results, self.total, "cases")
            self._give_up_if_hopeless(reply)

    async def _reply(self, case: Case, repeat: int) -> Reply:
        return await self.target.answer(case.inputs, repeat=repeat)

    async def _scored(self, case: Case, repeat: int, reply: Reply) -> CaseResult:
        sample = Sample(
            output=reply.text,
            inputs=case.inputs,
            expectations=case.expectations,
            contexts=reply.contexts,
            metadata=case.metadata,
            reply=reply,
        )
        scores = {}
        for loaded in self.scorers:
            score = await _attempt(_ask(loaded, sample))
            if isinstance(score, Exception):
                score = Score.missing(_reason(score))
            scores[loaded.label] = score
        return CaseResult(
            case_id=case.id,
            repeat=repeat,
            cluster=case.cluster,
            inputs=case.inputs,
            expectations=case.expectations,
            metadata=case.metadata,
            output=reply.text,
            contexts=reply.contexts,
            usage=reply.usage,
            model=reply.model,
            cached=reply.cached,
            at=reply.at,
            fallback=reply.fallback,
            fingerprint=reply.fingerprint,
            scores=scores,
        )

    def _count(self, result: CaseResult) -> None:
        self.tally.results += 1
        self.tally.errors += result.error is not None
        self.tally.cached += result.cached

    def _give_up_if_hopeless(self, reply: Reply | Exception) -> None:
        self.hopeless = self.hopeless and isinstance(reply, LlmopsError)
        enough = self.tally.results >= min(GIVE_UP_AFTER, self.total)
        if self.hopeless and isinstance(reply, LlmopsError) and enough and not self.given_up:
            self.given_up = True
            failed = f"The run stopped: the first {self.tally.results} answers all failed."
            reply.hint = f"{reply.hint}\n{failed}" if reply.hint else failed
            raise reply


async def _attempt(work: Awaitable[T]) -> T | Exception:
    """Await work of a target or a scorer; its failure is a value."""
    try:
        return await work
    except ExtraMissing:
        raise
    except Exception as error:  # noqa: BLE001  # wall: a failure becomes data
        return error


async def _ask(loaded: LoadedScorer, sample: Sample) -> Score:
    """One scorer's score, with pass or fail by the suite's bounds."""
    score = loaded.scorer.score(sample)
    if not isinstance(score, Score):
        assert isawaitable(score)
        score = await score
    value = score.value
    if score.status != "scored" or value is None:
        return score
    if not math.isfinite(value):
        return Score.missing(f"{loaded.label} gave {value}, which is no number")
    span = loaded.scorer.range
    if span is not None and not span[0] - 1e-9 <= value <= span[1] + 1e-9:
        return Score.missing(f"{loaded.label} gave {value:g}, outside its range {span[0]:g} to {span[1]:g}")
    if loaded.min is None and loaded.max is None:
        return score
    passed = (loaded.min is None or value >= loaded.min) and (loaded.max is None or value <= loaded.max)
    return score.model_copy(update={"passed": passed})


def _failed(case: Case, repeat: int, error: Exception, scorers: Sequence[LoadedScorer]) -> CaseResult:
    reason = _reason(error)
    missing = Score.missing(f"no answer: {reason}")
    return CaseResult(
        case_id=case.id,
        repeat=repeat,
        cluster=case.cluster,
        inputs=case.inputs,
        expectations=case.expectations,
        metadata=case.metadata,
        error=reason,
        scores={loaded.label: missing for loaded in scorers},
    )


def _reason(error: Exception) -> str:
    """What went wrong, in one short text."""
    text = error.message if isinstance(error, LlmopsError) else f"{type(error).__name__}: {error}".rstrip(": ")
    return text[:LONGEST_REASON]

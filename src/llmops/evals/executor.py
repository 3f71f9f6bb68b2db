"""Carries out one job: asks the target, scores the answer, and turns every failure into a result.

This module holds the one wall behind which a failure becomes data. Three things pass through it: a missing optional library
and a judge that never answers (no job can succeed), and cancellation.
"""

import math
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Protocol, TypeGuard, TypeVar

from llmops.core.errors import ExtraMissing, JudgeLost, LlmopsError
from llmops.core.hashing import Json
from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.interaction import Reply
from llmops.domain.ports import CaseTarget, Sample, Target
from llmops.domain.spending import Meter, Spending, metered
from llmops.evals.course import Job
from llmops.evals.loading import LoadedScorer
from llmops.evals.scorers.definition import Definition

T = TypeVar("T")

LONGEST_REASON = 2000  # characters of an error's text that are kept
NOT_OWN = Score.not_applicable("the case brings no such scorer")


@dataclass(frozen=True, slots=True)
class Done:
    """A job that was carried out. `failure` is the error of ours for which there is no answer, if that was the reason."""

    result: CaseResult
    failure: LlmopsError | None = None


class Executor(Protocol):
    """Where jobs are carried out: in this process, or on others. As many at once as the run's concurrency says."""

    async def carry_out(self, job: Job) -> Done:
        """Carry out a job. A target or scorer that fails is part of the result; raises only what no job can survive."""
        ...


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    """Asks and scores in this process.

    A target that fails gives a result with `error` and missing scores; a scorer that fails, or gives a value outside its
    range, a missing score with the reason.
    """

    target: Target
    scorers: Sequence[LoadedScorer]

    async def carry_out(self, job: Job) -> Done:
        """Ask, score, and never fail because of one case; ExtraMissing where an optional library is not installed."""
        with metered() as meter:
            reply = await _attempt(self._reply(job))
            if isinstance(reply, Exception):
                failure = reply if isinstance(reply, LlmopsError) else None
                return Done(_failed(job, reply, self.scorers, meter.total), failure)
            return Done(await self._scored(job, reply, meter))

    async def _reply(self, job: Job) -> Reply:
        if _answers_cases(self.target):
            return await self.target.answer_case(job.case, repeat=job.repeat)
        return await self.target.answer(job.case.inputs, repeat=job.repeat)

    async def _scored(self, job: Job, reply: Reply, meter: Meter) -> CaseResult:
        case = job.case
        sample = Sample(
            output=reply.text,
            inputs=case.inputs,
            expectations=case.expectations,
            contexts=reply.contexts,
            metadata=case.metadata,
            reply=reply,
            repeat=job.repeat,
        )
        scores = {}
        for loaded in self.scorers:
            own = loaded.of_case(case)
            score = NOT_OWN if own is None else await _attempt(_ask(own, sample))
            if isinstance(score, Exception):
                score = Score.missing(_reason(score))
            scores[loaded.label] = score
        return CaseResult(
            **_about(job),
            output=reply.text,
            contexts=reply.contexts,
            tool_calls=reply.tool_calls,
            logprobs=reply.logprobs if any(_reads_logprobs(loaded) for loaded in self.scorers) else (),
            usage=reply.usage,
            model=reply.model,
            cached=reply.cached,
            at=reply.at,
            fallback=reply.fallback,
            fingerprint=reply.fingerprint,
            scores=scores,
            spent=meter.total,
            generation=reply.refs.get("generation", ""),
            sequence=_whole(reply.refs.get("sequence", "")),
        )


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0  # a target of somebody's own may call anything a sequence


def _answers_cases(target: Target | CaseTarget) -> TypeGuard[CaseTarget]:
    return hasattr(target, "answer_case")  # isinstance on a protocol takes fifty times as long


def _reads_logprobs(loaded: LoadedScorer) -> bool:
    return isinstance(loaded.scorer, Definition) and loaded.scorer.reads_logprobs  # of one label all are alike


async def _attempt(work: Awaitable[T]) -> T | Exception:
    """Await work of a target or a scorer; its failure is a value."""
    try:
        return await work
    except (ExtraMissing, JudgeLost):
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


def _failed(job: Job, error: Exception, scorers: Sequence[LoadedScorer], spent: Spending) -> CaseResult:
    reason = _reason(error)
    missing = Score.missing(f"no answer: {reason}")
    scores = {loaded.label: missing if loaded.of_case(job.case) else NOT_OWN for loaded in scorers}
    return CaseResult(**_about(job), error=reason, scores=scores, spent=spent)


def _about(job: Job) -> dict[str, Json]:
    """What a result repeats of its case."""
    case = job.case
    return {
        "case_id": case.id,
        "repeat": job.repeat,
        "cluster": case.cluster,
        "inputs": case.inputs,
        "expectations": case.expectations,
        "metadata": case.metadata,
    }


def _reason(error: Exception) -> str:
    """What went wrong, in one short text."""
    text = error.message if isinstance(error, LlmopsError) else f"{type(error).__name__}: {error}".rstrip(": ")
    return text[:LONGEST_REASON]

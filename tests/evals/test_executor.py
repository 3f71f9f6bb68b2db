"""One job: what a result keeps, and that a failing target or scorer is data."""

import asyncio
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llmops.core.errors import ExtraMissing, ModelError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.interaction import Reply, ToolCall
from llmops.domain.ports import Embedder, Sample
from llmops.domain.suite import ScorerSpec
from llmops.evals.case_scorers import load_case_scorers
from llmops.evals.course import Job
from llmops.evals.executor import Done, LocalExecutor
from llmops.evals.loading import LoadedScorer, Services
from llmops.evals.scorers.operational import Latency, Perplexity
from tests.support.eval_runs import GivenScorer, GivenTarget, cases, reply

ECHO = GivenTarget(lambda inputs: reply(str(inputs["question"])))


def carry_out(target: GivenTarget, scorer: GivenScorer | None = None, at: int = 0, **bounds: float) -> Done:
    executor = LocalExecutor(target, [LoadedScorer("given", scorer or GivenScorer(), **bounds)])
    return asyncio.run(executor.carry_out(Job(cases(at + 1)[at])))


def test_a_result_keeps_when_and_by_which_model_it_was_answered() -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    kept = reply("x").model_copy(update={"at": at, "fallback": True, "fingerprint": "fp_1"})
    result = carry_out(GivenTarget(lambda inputs: kept)).result
    assert (result.at, result.fallback, result.fingerprint, result.usage) == (at, True, "fp_1", kept.usage)


def test_a_failing_answer_is_a_missing_score_and_never_a_zero() -> None:
    failure = ModelError("503 from the model server", hint="Try again.")

    def answer(inputs: Mapping[str, Json]) -> Reply:
        raise failure

    done = carry_out(GivenTarget(answer))
    assert done.failure is failure
    assert (done.result.error, done.result.output) == ("503 from the model server", None)
    assert done.result.scores["given"] == Score.missing("no answer: 503 from the model server")


def test_a_failing_scorer_is_a_missing_score_with_its_reason() -> None:
    def give(sample: Sample) -> Score:
        raise ValueError("no vector")

    done = carry_out(ECHO, GivenScorer(give))
    assert done.result.scores["given"] == Score.missing("ValueError: no vector")
    assert (done.result.output, done.result.error, done.failure) == ("question 0", None, None)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (math.nan, "given gave nan, which is no number"),
        (math.inf, "given gave inf, which is no number"),
        (1.7, "given gave 1.7, outside its range 0 to 1"),
    ],
)
def test_a_value_that_is_no_score_is_missing(value: float, reason: str) -> None:
    done = carry_out(ECHO, GivenScorer(lambda sample: Score(value=value)))
    assert done.result.scores["given"] == Score.missing(reason)


@pytest.mark.parametrize(("at", "passed"), [(2, False), (3, True), (5, True), (6, False)])
def test_the_bounds_of_the_suite_say_what_passes(at: int, passed: bool) -> None:
    graded = GivenScorer(lambda sample: Score(value=int(sample.output[-1]) / 10))
    assert carry_out(ECHO, graded, at, min=0.3, max=0.5).result.scores["given"].passed is passed


def test_without_bounds_the_scorer_says_what_passes() -> None:
    done = carry_out(ECHO, GivenScorer(lambda sample: Score(value=1.0, passed=True)))
    assert done.result.scores["given"].passed is True


def test_a_scorer_may_be_async_and_sees_the_whole_sample() -> None:
    async def give(sample: Sample) -> Score:
        await asyncio.sleep(0)
        assert sample.reply is not None
        return Score(value=float(sample.inputs["question"] == sample.output), reason=sample.reply.model)

    assert carry_out(ECHO, GivenScorer(give)).result.scores["given"] == Score(value=1.0, reason="offline/echo")


def test_a_bug_in_a_users_target_is_data() -> None:
    def answer(inputs: Mapping[str, Json]) -> Reply:
        return reply(str(inputs["nothing"]))

    done = carry_out(GivenTarget(answer))
    assert (done.result.error, done.failure) == ("KeyError: 'nothing'", None)


def test_a_missing_library_is_no_data() -> None:
    def give(sample: Sample) -> Score:
        raise ExtraMissing("sacrebleu", "scorers", needed_for="the scorer bleu")

    with pytest.raises(ExtraMissing, match="the scorer bleu needs sacrebleu"):
        carry_out(ECHO, GivenScorer(give))


@pytest.mark.parametrize(("scorer", "kept"), [(Perplexity(), (-0.5, -1.0)), (Latency(), ())])
def test_log_probabilities_are_kept_only_for_a_scorer_that_reads_them(
    scorer: Perplexity | Latency, kept: tuple[float, ...]
) -> None:
    answered = reply("x").model_copy(update={"logprobs": (-0.5, -1.0), "tool_calls": (ToolCall(name="search"),)})
    executor = LocalExecutor(GivenTarget(lambda inputs: answered), [LoadedScorer("given", scorer)])
    result = asyncio.run(executor.carry_out(Job(cases(1)[0]))).result
    assert result.logprobs == kept
    assert result.tool_calls == (ToolCall(name="search"),)


def test_a_case_without_a_scorer_of_its_own_is_not_applicable_also_when_nothing_was_answered() -> None:
    own = case_scorer("own", value="x")
    first, second = cases(2)
    with_own = first.model_copy(update={"scorers": (own,)})
    rows = load_case_scorers([with_own, second], Services(embedder=refuse_embedder, root=Path()))

    def fail(inputs: Mapping[str, Json]) -> Reply:
        raise ModelError("503 from the model server", hint="Try again.")

    for target, status in ((GivenTarget(fail), "missing"), (ECHO, "scored")):
        executor = LocalExecutor(target, rows)
        done = [asyncio.run(executor.carry_out(Job(case))).result.scores["own"] for case in (with_own, second)]
        assert [score.status for score in done] == [status, "not_applicable"]


def case_scorer(label: str, **arguments: Json) -> ScorerSpec:
    return ScorerSpec(scorer="contains", label=label, arguments=arguments)


def refuse_embedder() -> Embedder:
    raise AssertionError("nobody asked for the embedder")

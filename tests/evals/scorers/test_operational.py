"""latency, cost, time_to_first_token, tokens and perplexity."""

import math

import pytest

from llmops.domain.evaluation import Score
from llmops.domain.interaction import Reply, Usage
from llmops.domain.ports import Sample
from llmops.evals.scorers.operational import Cost, Latency, Perplexity, TimeToFirstToken, Tokens


def sample(cost: float | None) -> Sample:
    reply = Reply(id="r", text="x", model="openai/gpt-4o-mini", usage=Usage(cost=cost, latency=0.25))
    return Sample(output="x", reply=reply)


def test_latency_is_that_of_the_reply_in_seconds() -> None:
    assert Latency().score(sample(None)) == Score(value=0.25)
    assert (Latency().unit, Latency().direction, Latency().range) == ("s", "lower", None)


def test_cost_is_that_of_the_reply_in_dollars() -> None:
    assert Cost().score(sample(0.0125)) == Score(value=0.0125)
    assert (Cost().unit, Cost().direction, Cost().range) == ("$", "lower", None)


def test_an_unknown_price_is_missing_and_not_free() -> None:
    assert Cost().score(sample(None)) == Score.missing("no price is known for openai/gpt-4o-mini")


@pytest.mark.parametrize("scorer", [Latency(), Cost(), TimeToFirstToken(), Tokens(), Perplexity()])
def test_without_a_reply_there_is_nothing_to_read(
    scorer: Latency | Cost | TimeToFirstToken | Tokens | Perplexity,
) -> None:
    assert scorer.score(Sample(output="x")).status == "missing"


def taken(**usage: float) -> Sample:
    return Sample(output="x", reply=Reply(id="r", text="x", usage=Usage.model_validate(usage)))


def test_the_first_token_has_a_time_only_where_answers_are_streamed() -> None:
    assert TimeToFirstToken().score(taken(first_token=0.125, latency=2.0)) == Score(value=0.125)
    missing = TimeToFirstToken().score(taken(latency=2.0))
    assert missing == Score.missing("the answer was not streamed; set `stream: true` in the target's parameters")


def test_tokens_are_those_asked_for() -> None:
    asked = taken(prompt_tokens=40, completion_tokens=2)
    assert [Tokens(of=of).score(asked).value for of in ("completion", "prompt", "total")] == [2.0, 40.0, 42.0]
    assert Tokens().score(taken()) == Score.missing("nobody counted the tokens")


def test_perplexity_is_that_of_a_fair_choice() -> None:
    """A token that is one of k equally likely ones has the log-probability -log k, and the perplexity is k."""
    reply = Reply(id="r", text="x", logprobs=(-math.log(4), -math.log(4)))
    found = Perplexity().score(Sample(output="x", reply=reply))
    assert found.value == pytest.approx(4.0)
    assert found.reason == "2 tokens"
    certain = Reply(id="r", text="x", logprobs=(0.0,))
    assert Perplexity().score(Sample(output="x", reply=certain)).value == 1.0
    assert Perplexity().score(taken()).status == "missing"

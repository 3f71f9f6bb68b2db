"""latency and cost."""

import pytest

from llmops.domain.evaluation import Score
from llmops.domain.interaction import Reply, Usage
from llmops.domain.ports import Sample
from llmops.evals.scorers.operational import Cost, Latency


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


@pytest.mark.parametrize("scorer", [Latency(), Cost()])
def test_without_a_reply_there_is_nothing_to_read(scorer: Latency | Cost) -> None:
    assert scorer.score(Sample(output="x")).status == "missing"

"""Scorers of what an answer took: time and money. They have no upper limit, so `max` says what passes."""

from dataclasses import dataclass

from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.definition import Definition


@dataclass(frozen=True)
class Latency(Definition):
    """Report how long the model took.

    Definition: seconds from the request to the whole reply, over all attempts of the call; of the original call where the
    reply came from the cache.
    Range: 0 and up, in seconds; lower is better. Empty input: an answer without a reply, as in scoring texts alone, is
    missing.
    Source: `usage.latency` of the reply.
    """

    name = "latency"
    reads_output = False
    direction = "lower"
    range = None
    unit = "s"

    def score(self, sample: Sample) -> Score:
        """Read the reply's latency."""
        if sample.reply is None:
            return Score.missing("no reply to take the time from")
        return Score(value=sample.reply.usage.latency)


@dataclass(frozen=True)
class Cost(Definition):
    """Report what the answer cost.

    Definition: US dollars by the provider's prices for prompt and completion tokens; of the original call where the reply
    came from the cache.
    Range: 0 and up, in US dollars; lower is better. Empty input: an answer without a reply, or of a model whose price is
    not known, is missing.
    Source: `usage.cost` of the reply.
    """

    name = "cost"
    reads_output = False
    direction = "lower"
    range = None
    unit = "$"

    def score(self, sample: Sample) -> Score:
        """Read the reply's cost."""
        if sample.reply is None:
            return Score.missing("no reply to take the cost from")
        if sample.reply.usage.cost is None:
            return Score.missing(f"no price is known for {sample.reply.model or 'the model'}")
        return Score(value=sample.reply.usage.cost)

"""Scorers of what an answer took: time, money and tokens. They have no upper limit, so `max` says what passes."""

import math
from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True)
class TimeToFirstToken(Definition):
    """Report how long it took until the answer began.

    Definition: seconds from the request to the first piece of an answer that was streamed; of the original call where the
    reply came from the cache.
    Range: 0 and up, in seconds; lower is better. Empty input: an answer without a reply, or one that did not come in pieces,
    is missing.
    Source: `usage.first_token` of the reply.
    """

    name = "time_to_first_token"
    direction = "lower"
    range = None
    unit = "s"

    def score(self, sample: Sample) -> Score:
        """Read the time of the reply's first piece."""
        if sample.reply is None:
            return Score.missing("no reply to take the time from")
        if sample.reply.usage.first_token is None:
            return Score.missing("the answer was not streamed; set `stream: true` in the target's parameters")
        return Score(value=sample.reply.usage.first_token)


@dataclass(frozen=True)
class Tokens(Definition):
    """Count the tokens that the answer took.

    Definition: the number of tokens as the provider counted them. `of` says which: those of the answer (`completion`), of
    the request (`prompt`), or both (`total`).
    Range: 0 and up; lower is better. Empty input: an answer without a reply, or one whose tokens nobody counted, is missing.
    Source: `usage` of the reply.
    """

    of: Literal["completion", "prompt", "total"] = "completion"
    name = "tokens"
    direction = "lower"
    range = None

    def score(self, sample: Sample) -> Score:
        """Read the reply's usage."""
        if sample.reply is None or not sample.reply.usage.tokens:
            return Score.missing("nobody counted the tokens")
        usage = sample.reply.usage
        counted = {"completion": usage.completion_tokens, "prompt": usage.prompt_tokens, "total": usage.tokens}
        return Score(value=float(counted[self.of]))


@dataclass(frozen=True)
class Perplexity(Definition):
    """Measure how surprised the model was by its own answer.

    Definition: exp of the mean negative log-probability of the answer's tokens.
    Range: 1 and up; lower is better. Empty input: an answer without a reply, or whose tokens came without probabilities, is
    missing; servers give them where the target's parameters have `logprobs: true`.
    Source: Jelinek et al. (1977, doi:10.1121/1.2016299); the log-probabilities are the model's own.
    """

    name = "perplexity"
    direction = "lower"
    range = None
    reads_logprobs = True

    def score(self, sample: Sample) -> Score:
        """Read the reply's log-probabilities."""
        logprobs = sample.reply.logprobs if sample.reply else ()
        if not logprobs:
            return Score.missing("no log-probabilities; set `logprobs: true` in the target's parameters")
        mean = -math.fsum(logprobs) / len(logprobs)
        return Score(value=math.exp(min(mean, 700.0)), reason=f"{len(logprobs)} tokens")

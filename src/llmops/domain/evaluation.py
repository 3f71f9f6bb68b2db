"""Cases, scores and results.

A score that could not be computed is *missing* and says why; it is never 0. A case that lacks what a scorer compares with
(no `expectations.answer` for `contains`) is *not applicable* to it, which is no defect of the answer and counts nowhere.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field

from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import ToolCall, Usage
from llmops.domain.noun import Noun
from llmops.domain.spending import Spending
from llmops.domain.suite import ScorerSpec

Direction = Literal["higher", "lower"]
ScoreStatus = Literal["scored", "missing", "not_applicable"]


class Case(Noun):
    """One question to a target. `metadata` carries segments, and `cluster` where cases depend on each other; `scorers` are
    added to the suite's for this case."""

    id: str
    inputs: dict[str, Json]
    expectations: dict[str, Json] = Field(default_factory=dict)
    metadata: dict[str, Json] = Field(default_factory=dict)
    scorers: tuple[ScorerSpec, ...] = ()

    @property
    def cluster(self) -> str:
        """The unit that errors are counted by: `metadata.cluster`, or the case itself."""
        return str(self.metadata.get("cluster", self.id))


class Judging(Noun):
    """What the judge of a score took: its calls, those answered from the reply cache among them, tokens and US dollars.
    `unpriced` counts the calls whose price is not known; cost leaves them out."""

    calls: int = 0
    cached: int = 0
    tokens: int = 0
    cost: float = 0.0
    unpriced: int = 0


class Score(Noun):
    """One case, one scorer. `value` is None when missing or not applicable; `reason` says why, or how it came about.

    `passed` is None where the scorer has no bound that makes a number pass or fail. `draws` are the values of a judge that was
    asked several times, `value` their mean; empty for every other scorer. `details` are numbers beside the value, which
    reports average.
    """

    value: float | None = None
    label: str | None = None
    reason: str = ""
    status: ScoreStatus = "scored"
    passed: bool | None = None
    draws: tuple[float, ...] = ()
    details: dict[str, float] = Field(default_factory=dict)
    judging: Judging | None = None

    @classmethod
    def missing(cls, reason: str) -> "Score":
        """A score that could not be computed."""
        return cls(status="missing", reason=reason)

    @classmethod
    def not_applicable(cls, reason: str) -> "Score":
        """A case that lacks what the scorer compares with."""
        return cls(status="not_applicable", reason=reason)


class CaseResult(Noun):
    """One answer to one case, with its scores by label. `error` says why there is no output. `at` is when the model answered
    (UTC), also when the reply came from the cache; `fallback` says that another model than the target's first did; `logprobs`
    are there only where a scorer read them. `spent` is what target and judges were paid for it, now: nothing for what came
    from the cache. `generation` and `sequence` say from which contents of an index the contexts came."""

    case_id: str
    repeat: int = 0
    cluster: str
    inputs: dict[str, Json]
    expectations: dict[str, Json] = Field(default_factory=dict)
    metadata: dict[str, Json] = Field(default_factory=dict)
    output: str | None = None
    contexts: tuple[Context, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[float, ...] = ()
    usage: Usage = Usage()
    model: str = ""
    cached: bool = False
    at: datetime | None = None
    fallback: bool = False
    fingerprint: str = ""
    error: str | None = None
    scores: dict[str, Score] = Field(default_factory=dict)
    spent: Spending = Spending()
    generation: str = ""
    sequence: int = 0

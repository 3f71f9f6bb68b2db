"""Suites, cases, scores, gates and reports.

A score that could not be computed is *missing* and says why; it is never 0. A case that lacks what a scorer compares with
(no `expectations.answer` for `contains`) is *not applicable* to it, which is no defect of the answer and counts nowhere.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from llmops.core.hashing import Json
from llmops.domain.artifact import Pin
from llmops.domain.corpus import Context
from llmops.domain.interaction import Usage
from llmops.domain.noun import Noun

Direction = Literal["higher", "lower"]
ScoreStatus = Literal["scored", "missing", "not_applicable"]
Outcome = Literal["pass", "fail", "unknown"]
Conclusion = Literal["better", "worse", "equivalent", "not yet known"]


class ScorerSpec(Noun):
    """A scorer as a suite names it: catalog name or `module:function`, its arguments, and the bounds that make it pass.

    `label` is what tables call it: the `name` argument if one is given, else the scorer's own name.
    """

    scorer: str
    label: str
    arguments: dict[str, Json] = Field(default_factory=dict)
    min: float | None = None
    max: float | None = None


class Case(Noun):
    """One question to a target. `metadata` carries segments, and `cluster` where cases depend on each other."""

    id: str
    inputs: dict[str, Json]
    expectations: dict[str, Json] = Field(default_factory=dict)
    metadata: dict[str, Json] = Field(default_factory=dict)

    @property
    def cluster(self) -> str:
        """The unit that errors are counted by: `metadata.cluster`, or the case itself."""
        return str(self.metadata.get("cluster", self.id))


class TargetSpec(Noun):
    """What is evaluated: an app, or a prompt with a model. Values are refs."""

    app: str | None = None
    prompt: str | None = None
    model: str | None = None
    parameters: dict[str, Json] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_target(self) -> "TargetSpec":
        if (self.app is None) == (self.prompt is None):
            raise ValueError("a target is either {app: NAME} or {prompt: NAME, model: MODEL}")
        return self


class GateSpec(Noun):
    """One condition on a report. Exactly one form: a scorer with `min`, `max` or `no_worse_than` (with `margin`), or one of
    `latency_p50`, `latency_p95`, `latency_p99` (seconds), `cost_per_case` (US dollars), `error_rate` (share of cases)."""

    scorer: str | None = None
    min: float | None = None
    max: float | None = None
    no_worse_than: str | None = None
    margin: float | None = Field(default=None, ge=0)
    latency_p50: float | None = Field(default=None, gt=0)
    latency_p95: float | None = Field(default=None, gt=0)
    latency_p99: float | None = Field(default=None, gt=0)
    cost_per_case: float | None = Field(default=None, ge=0)
    error_rate: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _one_form(self) -> "GateSpec":
        given = {name for name, value in self if value is not None}
        bounds = given & {"min", "max", "no_worse_than"}
        limits = given - {"scorer", "margin"} - bounds
        if "scorer" in given:
            if len(bounds) != 1 or limits:
                raise ValueError("a scorer gate takes exactly one of min, max, no_worse_than")
        elif bounds or len(limits) != 1:
            raise ValueError("a gate is {scorer: …, min|max|no_worse_than: …} or one limit such as {latency_p95: 2.0}")
        if "margin" in given and "no_worse_than" not in given:
            raise ValueError("margin goes with no_worse_than")
        return self


class SuiteFile(Noun):
    """A suite as written: the dataset by path or ref. `max_missing` is the share of missing scores that a gate tolerates."""

    description: str = ""
    target: TargetSpec
    dataset: str
    repeats: int = Field(default=1, ge=1, le=1000)
    scorers: tuple[ScorerSpec, ...] = Field(min_length=1)
    gates: tuple[GateSpec, ...] = ()
    max_missing: float = Field(default=0.02, ge=0, le=1)


class SuiteSpec(SuiteFile):
    """A suite as registered: the dataset pinned."""

    dataset: Pin  # type: ignore[assignment]  # the written form holds its path or ref


class DatasetSpec(Noun):
    """A dataset: its cases as canonical JSON lines in a blob, and how many they are."""

    cases: int
    blob: str
    columns: tuple[str, ...] = ()


class Score(Noun):
    """One case, one scorer. `value` is None when missing or not applicable; `reason` says why, or how it came about.

    `passed` is None where the scorer has no bound that makes a number pass or fail.
    """

    value: float | None = None
    label: str | None = None
    reason: str = ""
    status: ScoreStatus = "scored"
    passed: bool | None = None

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
    (UTC), also when the reply came from the cache; `fallback` says that another model than the target's first did."""

    case_id: str
    repeat: int = 0
    cluster: str
    inputs: dict[str, Json]
    expectations: dict[str, Json] = Field(default_factory=dict)
    metadata: dict[str, Json] = Field(default_factory=dict)
    output: str | None = None
    contexts: tuple[Context, ...] = ()
    usage: Usage = Usage()
    model: str = ""
    cached: bool = False
    at: datetime | None = None
    fallback: bool = False
    fingerprint: str = ""
    error: str | None = None
    scores: dict[str, Score] = Field(default_factory=dict)


class Interval(Noun):
    """A 95 % interval and the method that gave it."""

    low: float
    high: float
    method: str


class SegmentSummary(Noun):
    """A scorer over the cases of one segment, such as `metadata.topic` = `index`."""

    segment: str
    value: str
    n: int
    mean: float
    interval: Interval | None


class ScoreSummary(Noun):
    """A scorer over a run. `bounds` is the mean if all missing scores were the worst or best value of the range;
    `detectable` is the smallest difference that this n can see (80 % power, two-sided 5 %)."""

    label: str
    identity: str
    direction: Direction = "higher"
    range: tuple[float, float] | None = (0.0, 1.0)
    unit: str = ""
    n: int
    clusters: int
    missing: int = 0
    not_applicable: int = 0
    mean: float | None
    interval: Interval | None = None
    bounds: tuple[float, float] | None = None
    detectable: float | None = None
    pass_rate: float | None = None
    segments: tuple[SegmentSummary, ...] = ()


class Difference(Noun):
    """A scorer on two runs paired by case: candidate minus baseline, and how many cases were won, lost and tied."""

    label: str
    n: int
    mean: float
    interval: Interval | None
    p: float | None
    wins: int
    losses: int
    ties: int
    conclusion: Conclusion
    required_n: int | None = None


class Comparison(Noun):
    """A run against a baseline run. `notes` says what stands in the way of comparing, such as changed scorers."""

    baseline: str
    baseline_run: str
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()


class Decision(Noun):
    """A gate's decision. `value` is what was measured, `bound` the confidence bound that decided where there is one;
    `required_n` is how many cases would decide when it is unknown."""

    gate: str
    outcome: Outcome
    reason: str
    value: float | None = None
    bound: float | None = None
    required_n: int | None = None


class Fingerprint(Noun):
    """A hosted model's own mark of what ran, and when an answer last bore it (UTC)."""

    model: str
    mark: str
    seen_at: datetime


class Report(Noun):
    """What a run found: scores with intervals, gate decisions, cost and time. Case results are kept beside it.

    `oldest_reply` is when the oldest of its replies was made (UTC), cached ones included; None where one of them does not
    tell. `fallbacks` counts the replies of other models than the target's first.
    """

    run_id: str
    suite: str
    target: str
    started_at: datetime
    seconds: float
    refs: dict[str, str]
    cases: int
    clusters: int
    repeats: int
    errors: int
    cached: int = 0
    fallbacks: int = 0
    oldest_reply: datetime | None = None
    fingerprints: tuple[Fingerprint, ...] = ()
    cost: float | None = None
    tokens: int = 0
    latency: dict[str, float] = Field(default_factory=dict)
    scores: tuple[ScoreSummary, ...]
    decisions: tuple[Decision, ...] = ()
    comparison: Comparison | None = None
    notes: tuple[str, ...] = ()
    complete: bool = True

    @property
    def outcome(self) -> Outcome:
        """All gates together: fail if one fails, else unknown if one is unknown, else pass."""
        outcomes = {decision.outcome for decision in self.decisions}
        return "fail" if "fail" in outcomes else "unknown" if "unknown" in outcomes else "pass"

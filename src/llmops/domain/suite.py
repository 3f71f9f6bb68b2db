"""Suites as written and as registered: what is asked, which scorers score it, which gates decide."""

from pydantic import Field, model_validator

from llmops.core.hashing import Json
from llmops.domain.artifact import Pin
from llmops.domain.noun import Noun


class ScorerSpec(Noun):
    """A scorer as a suite names it: catalog name or `module:function`, its arguments, and the bounds that make it pass.

    `label` is what tables call it: the `name` argument if one is given, else the scorer's own name.
    """

    scorer: str
    label: str
    arguments: dict[str, Json] = Field(default_factory=dict)
    min: float | None = None
    max: float | None = None


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

"""A Run: one execution, of a training or an evaluation, with what it ran on, what it measured and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple, get_args

from pydantic import Field

from llmops.core.hashing import Json
from llmops.domain.noun import Noun

RunType = Literal["eval", "training"]
RunStatus = Literal["running", "finished", "failed", "interrupted", "stopped"]
RUN_TYPES: Final[tuple[RunType, ...]] = get_args(RunType)
RUN_STATUSES: Final[tuple[RunStatus, ...]] = get_args(RunStatus)


class Run(Noun):
    """One execution. `refs` maps what it ran on (`suite`, `dataset`, `app`, `prompt`, `rag`, `generation`, `commit`,
    `environment` …) to digests; `parameters` are the settings of an evaluation.

    `summary` is the Report as JSON once an evaluation has ended, of what was done if that was early (`failed`, `interrupted`,
    or `stopped` by its budget); a training has none, and the tag `error` where it failed. `parent` is the run it is nested
    in. `holder` is the process that records it, and `seen_at` when that last gave a sign of life.
    """

    id: str
    type: RunType = "eval"
    name: str
    experiment: str = ""
    parent: str = ""
    status: RunStatus = "running"
    started_at: datetime
    ended_at: datetime | None = None
    refs: dict[str, str] = Field(default_factory=dict)
    parameters: dict[str, Json] = Field(default_factory=dict)
    summary: Json = None
    holder: str = ""
    seen_at: datetime | None = None


class Metric(Noun):
    """A number over time in a run: the value logged last with its step, the lowest and highest one, and how many there are.

    Values that are not a number are kept as None in `value` and count in neither `lowest` nor `highest`.
    """

    key: str
    value: float | None
    step: int
    at: datetime
    lowest: float | None
    highest: float | None
    count: int


class MetricPoint(NamedTuple):
    """One value of a metric; `at` in seconds since 1970, None for what is not a number."""

    step: int
    at: float
    value: float | None


class RunFile(Noun):
    """A file of a run, by its path there; the digest of its bytes, and how many there are."""

    path: str
    digest: str
    size: int


class RunEnding(NamedTuple):
    """How a run ended, when, and which process says so: one that has been taken up by another process meanwhile goes on."""

    status: RunStatus
    at: datetime
    holder: str


@dataclass(frozen=True, slots=True)
class RunBatch:
    """What is to be added to a run at once: values by their keys, the points of each metric in the order they were logged,
    and its end."""

    run_id: str
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, Sequence[MetricPoint]] = field(default_factory=dict)
    files: Sequence[RunFile] = ()
    ending: RunEnding | None = None


class RunRecord(Noun):
    """All that is known of a run but the histories of its metrics."""

    run: Run
    params: dict[str, str] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)
    metrics: dict[str, Metric] = Field(default_factory=dict)
    files: tuple[RunFile, ...] = ()

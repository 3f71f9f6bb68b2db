"""A Run: one execution, of an evaluation here, with what it ran on and how it ended."""

from datetime import datetime
from typing import Final, Literal, get_args

from pydantic import Field

from llmops.core.hashing import Json
from llmops.domain.noun import Noun

RunType = Literal["eval"]
RunStatus = Literal["running", "finished", "failed", "interrupted", "stopped"]
RUN_TYPES: Final[tuple[RunType, ...]] = get_args(RunType)
RUN_STATUSES: Final[tuple[RunStatus, ...]] = get_args(RunStatus)


class Run(Noun):
    """One execution. `refs` maps what it ran on (`suite`, `dataset`, `app`, `prompt`, `rag`, `generation`, …) to digests;
    `parameters` are its settings; `summary` is the Report as JSON once it has ended, of what was done if that was early
    (`failed`, `interrupted`, or `stopped` by its budget)."""

    id: str
    type: RunType = "eval"
    name: str
    status: RunStatus = "running"
    started_at: datetime
    ended_at: datetime | None = None
    refs: dict[str, str] = Field(default_factory=dict)
    parameters: dict[str, Json] = Field(default_factory=dict)
    summary: Json = None

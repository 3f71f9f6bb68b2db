"""Guardrail policies as they are stored: which checks look at what goes in and at what comes out, and what follows."""

from typing import Literal

from pydantic import Field

from llmops.core.hashing import Json
from llmops.domain.noun import Noun

CheckAction = Literal["flag", "redact", "block"]
OnError = Literal["allow", "block"]


class CheckSpec(Noun):
    """One check of a policy, written out. `name` is what verdicts call it."""

    check: str
    name: str
    action: CheckAction
    on_error: OnError
    timeout_ms: int = Field(default=200, ge=1, le=600_000)
    arguments: dict[str, Json] = Field(default_factory=dict)


class PolicySpec(Noun):
    """A policy. A text longer than `max_characters` is not looked at: each check's `on_error` decides."""

    description: str = ""
    input: tuple[CheckSpec, ...] = ()
    output: tuple[CheckSpec, ...] = ()
    block_message: str = ""
    max_characters: int = Field(default=200_000, ge=1, le=10_000_000)

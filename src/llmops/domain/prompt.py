"""What a prompt holds."""

from typing import Literal

from pydantic import Field

from llmops.core.hashing import Json
from llmops.domain.noun import Noun


class InputSpec(Noun):
    """One declared input of a prompt, JSON-Schema-like. Without a default it must be given."""

    type: Literal["string", "integer", "number", "boolean", "array", "object", "any"] = "any"
    description: str = ""
    default: Json = None
    optional: bool = False
    enum: tuple[Json, ...] = ()


class PromptSpec(Noun):
    """A prompt template. `body` is Jinja2 with lines `system:`, `user:`, `assistant:`, `history:` opening messages.

    `includes` pins the digest of every prompt that the body pulls in, by name.
    """

    description: str = ""
    body: str
    model: str | None = None
    parameters: dict[str, Json] = Field(default_factory=dict)
    inputs: dict[str, InputSpec] = Field(default_factory=dict)
    output: dict[str, Json] | None = None
    tools: tuple[dict[str, Json], ...] = ()
    includes: dict[str, str] = Field(default_factory=dict)

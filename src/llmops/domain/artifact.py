"""Artifacts, versions, aliases and their history; and what prompts and apps hold.

A `*File` is what people write in the workspace; a `*Spec` is what is stored, with every part pinned by digest.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field

from llmops.core.hashing import Json
from llmops.core.names import Kind
from llmops.domain.corpus import RagSpec
from llmops.domain.noun import Noun

Action = Literal["move", "rollback"]


class Origin(Noun):
    """Where a version came from: who wrote it, with what message, at which git commit."""

    message: str = ""
    author: str = ""
    git_commit: str = ""
    git_dirty: bool = False


class Version(Noun):
    """One immutable version of an artifact. `content` is the spec as canonical JSON; `digest` is over kind and content."""

    kind: Kind
    name: str
    number: int = Field(ge=1)
    digest: str
    content: Json
    origin: Origin = Origin()
    created_at: datetime


class Artifact(Noun):
    """An artifact as it is listed: its latest version and where its aliases point (alias to version number)."""

    kind: Kind
    name: str
    latest: int
    digest: str
    updated_at: datetime
    aliases: dict[str, int] = Field(default_factory=dict)


class Alias(Noun):
    """A movable name for a version. `epoch` grows by one with each move."""

    kind: Kind
    name: str
    alias: str
    number: int
    digest: str
    epoch: int
    moved_at: datetime


class Actor(Noun):
    """Who did it, as claimed, and what the claim rests on: `LLMOPS_ACTOR`, `git e-mail`, `OS user` or `argument`."""

    name: str
    source: str


class Move(Noun):
    """One row of the hash-chained history of alias moves; `hash` covers the row and `previous`."""

    sequence: int
    kind: Kind
    name: str
    alias: str
    action: Action
    from_number: int | None
    to_number: int
    to_digest: str
    actor: Actor
    reason: str
    at: datetime
    previous: str
    hash: str


class Pin(Noun):
    """A part of another artifact, by name (for people) and digest (for machines)."""

    name: str
    digest: str


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


class AppFile(Noun):
    """An app as written: parts by ref or inline."""

    description: str = ""
    prompt: str | PromptSpec
    rag: str | RagSpec | None = None
    model: str | None = None
    parameters: dict[str, Json] = Field(default_factory=dict)
    fallbacks: tuple[str, ...] = ()


class AppSpec(Noun):
    """An app as registered: every part pinned, model and parameters resolved."""

    description: str = ""
    prompt: Pin
    rag: Pin | None = None
    model: str
    parameters: dict[str, Json] = Field(default_factory=dict)
    fallbacks: tuple[str, ...] = ()

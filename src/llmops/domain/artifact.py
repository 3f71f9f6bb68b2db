"""Artifacts, versions, aliases and their history; and what prompts and apps hold.

A `*File` is what people write in the workspace; a `*Spec` is what is stored, with every part pinned by digest.
"""

from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import Field, model_validator

from llmops.core.hashing import Json
from llmops.core.names import Kind
from llmops.domain.corpus import RagSpec
from llmops.domain.noun import Noun
from llmops.domain.policy import PolicySpec
from llmops.domain.prompt import InputSpec as InputSpec
from llmops.domain.prompt import PromptSpec as PromptSpec

Action = Literal["move", "rollback", "canary", "shadow", "abandon", "approve", "propose", "rule", "erase"]


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


class Artifact(NamedTuple):
    """An artifact as it is listed: its latest version and where its aliases point (alias to version number).

    A tuple, because lists of ten thousand are made.
    """

    kind: Kind
    name: str
    latest: int
    digest: str
    updated_at: datetime
    aliases: dict[str, int]


class Candidate(Noun):
    """A second version that an alias tries out: for a share of traffic in place of its own (canary) or beside it (shadow)."""

    number: int
    digest: str
    weight: float = Field(gt=0, le=1)
    mode: Literal["canary", "shadow"]

    def __str__(self) -> str:
        return f"version {self.number} as {self.mode} for {self.weight * 100:g} %"


class Alias(Noun):
    """A movable name for a version. `epoch` grows by one with each change of version or candidate."""

    kind: Kind
    name: str
    alias: str
    number: int
    digest: str
    epoch: int
    moved_at: datetime
    candidate: Candidate | None = None


class Actor(Noun):
    """Who did it, as claimed, and what the claim rests on: `LLMOPS_ACTOR`, `git e-mail`, `OS user` or `argument`."""

    name: str
    source: str


class MoveRecord(Noun):
    """What the history keeps of a move beside who, when and why.

    `evidence` are the ids of the runs that it rests on; `forced` says that requirements were not met; `details` are the
    requirements as they stood and what of an index it pins, as JSON.
    """

    evidence: tuple[str, ...] = ()
    forced: bool = False
    details: Json = None


class Move(Noun):
    """One row of the hash-chained history; `hash` covers the row and `previous`.

    | action | from → to | says |
    |---|---|---|
    | `move`, `rollback` | holder before → holder now | a move to the candidate completes its trial |
    | `canary`, `shadow` | holder → candidate | a trial begins, or its `weight` changes |
    | `abandon` | candidate → holder | a trial ends |
    | `approve` | – → version | somebody approves a version for the alias, or proposed rules by `to_digest` |
    | `propose`, `rule` | – | rules wait, or take effect: `details` has `before` and `after` |
    | `erase` | – | interactions were deleted: `details` has the counts; `alias` is `log` |

    In rows about rules `kind` and `name` are empty, and `alias` names the aliases whose rules change.
    """

    sequence: int
    kind: Kind | Literal[""]
    name: str
    alias: str
    action: Action
    from_number: int | None
    to_number: int | None
    to_digest: str | None
    actor: Actor
    reason: str
    at: datetime
    weight: float | None = None
    evidence: tuple[str, ...] = ()
    forced: bool = False
    details: Json = None
    previous: str
    hash: str


def same_person(one: str, other: str) -> bool:
    """Whether two claimed names mean one person, whatever their capitals."""
    return one.strip().casefold() == other.strip().casefold()


class Pin(Noun):
    """A part of another artifact, by name (for people) and digest (for machines)."""

    name: str
    digest: str


class AppFile(Noun):
    """An app as written: parts by ref or inline."""

    description: str = ""
    prompt: str | PromptSpec
    rag: str | RagSpec | None = None
    policy: str | PolicySpec | None = None
    model: str | None = None
    parameters: dict[str, Json] = Field(default_factory=dict)
    fallbacks: tuple[str, ...] = ()
    block_message: str = ""
    snapshot: bool = False

    @model_validator(mode="after")
    def _has_contents_to_pin(self) -> "AppFile":
        if self.snapshot and self.rag is None:
            raise ValueError("snapshot pins the contents of an index, and the app has no rag; leave snapshot out")
        return self


class AppSpec(Noun):
    """An app as registered: every part pinned, model and parameters resolved. With `snapshot` an alias also pins what its index
    holds; it is None where that is not so, because empty values are no part of a digest."""

    description: str = ""
    prompt: Pin
    rag: Pin | None = None
    policy: Pin | None = None
    model: str
    parameters: dict[str, Json] = Field(default_factory=dict)
    fallbacks: tuple[str, ...] = ()
    block_message: str = ""
    snapshot: bool | None = None

"""What a span says, whatever its dialect."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import ToolCall

What = Literal["answer", "retrieval", "other"]


@dataclass(slots=True)
class Reading:
    """What a span says: that a model answered, that something was looked up, or only who asked.

    Messages have the OpenAI shape.
    """

    what: What = "other"
    messages: list[dict[str, Json]] = field(default_factory=list)
    output: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    contexts: tuple[Context, ...] = ()
    model: str = ""
    fingerprint: str = ""
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    first_token: float | None = None
    user: str = ""
    session: str = ""
    metadata: dict[str, Json] = field(default_factory=dict)

    def fill(self, other: "Reading") -> None:
        """Take from another reading of the same span what this one does not know."""
        for name in ("messages", "output", "tool_calls", "contexts", "model", "fingerprint", "finish_reason", "cost",
                     "prompt_tokens", "completion_tokens", "first_token", "user", "session"):  # fmt: skip
            if not getattr(self, name):
                setattr(self, name, getattr(other, name))
        self.metadata = {**other.metadata, **self.metadata}


def message(role: Json, content: Json, calls: Iterable[ToolCall] = ()) -> dict[str, Json]:
    """A turn in the OpenAI shape."""
    made: dict[str, Json] = {"role": str(role or "user"), "content": as_text(content)}
    told = [{"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}} for c in calls]
    return {**made, "tool_calls": told} if told else made


def as_text(content: Json) -> str:
    """The text of a content: a text, or a list of parts of which some have one."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, (list, tuple)):
        return "\n".join(text for part in content if (text := as_text(part)))
    if isinstance(content, Mapping):
        inner = next((content[key] for key in ("text", "content") if content.get(key) is not None), None)
        if inner is not None:
            return as_text(inner)
    return json.dumps(content, ensure_ascii=False, default=str)

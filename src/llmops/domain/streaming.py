"""An answer while it is being given: the events of an app, and the models that give theirs in pieces."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from llmops.domain.interaction import ChatReply, ChatRequest, Reply, ToolCall
from llmops.domain.verdict import Verdict

EventType = Literal["text", "tool_call", "verdict", "reply"]


@dataclass(frozen=True, slots=True)
class Event:
    """One step of an answer that is being given; the field called like its `type` is set.

    `text` is the next piece of the answer, and may be shown: a guard has let it through. `tool_call` is a whole call. `verdict`
    is what a guard says of the input or of the whole answer. `reply` is the last event, with everything, as `ask` gives it.
    """

    type: EventType
    text: str = ""
    tool_call: ToolCall | None = None
    verdict: Verdict | None = None
    reply: Reply | None = None


@runtime_checkable
class StreamingModel(Protocol):
    """A chat model that can give its answer in pieces."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[str | ChatReply, None]:
        """Pieces of the text as they come, and the whole reply last. Closing it ends the request.

        Raises:
            ModelError: there is no usable answer, after its own retries, or it broke off.
        """
        ...

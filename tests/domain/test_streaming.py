"""Events of an answer that is being given."""

from collections.abc import AsyncGenerator

from llmops.domain.interaction import ChatReply, ChatRequest
from llmops.domain.streaming import Event, StreamingModel


class Whole:
    async def chat(self, request: ChatRequest) -> ChatReply:
        return ChatReply(text="x", model=request.model)


class Piecewise(Whole):
    async def stream(self, request: ChatRequest) -> AsyncGenerator[str | ChatReply, None]:
        yield "x"
        yield await self.chat(request)


def test_a_model_that_streams_says_so_by_its_method() -> None:
    assert isinstance(Piecewise(), StreamingModel)
    assert not isinstance(Whole(), StreamingModel)


def test_an_event_has_the_field_that_its_type_names() -> None:
    event = Event("text", text="Hello")
    assert getattr(event, event.type) == "Hello"
    assert (event.tool_call, event.verdict, event.reply) == (None, None, None)

"""Short ways to write chat requests in tests."""

from llmops.core.bridge import each
from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import ChatReply, ChatRequest, Message
from llmops.domain.streaming import StreamingModel


def ask(text: str, model: str = "house/m", **fields: Json) -> ChatRequest:
    """A request of one user message."""
    return ChatRequest(model=model, messages=(Message(role="user", content=text),), **fields)


def ask_about(question: str, *texts: str, model: str = "offline/extractive", **fields: Json) -> ChatRequest:
    """A request whose rendered message holds a question and the texts of its contexts."""
    contexts = tuple(Context(id=f"c{number}", text=text) for number, text in enumerate(texts, start=1))
    content = "\n\n".join(["Answer from these passages.", *texts, f"Question: {question}"])
    return ChatRequest(
        model=model,
        messages=(Message(role="user", content=content),),
        question=question,
        contexts=contexts,
        **fields,
    )


def streamed(model: object, request: ChatRequest) -> tuple[list[str], ChatReply]:
    """The pieces of a streamed answer, and the reply at its end."""
    assert isinstance(model, StreamingModel)
    *pieces, reply = each(model.stream(request))
    assert isinstance(reply, ChatReply)
    return [piece for piece in pieces if isinstance(piece, str)], reply

"""Ask OpenAI-compatible servers for chat completions and embeddings, directly over HTTP."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from llmops.backends.endpoints import Endpoint, find_endpoint
from llmops.backends.json_client import Answer, JsonClient
from llmops.backends.prices import find_price
from llmops.backends.retries import Retries
from llmops.backends.wire import chat_payload, encode, read_reply
from llmops.core.hashing import Json
from llmops.core.settings import Settings
from llmops.domain.interaction import ChatReply, ChatRequest

if TYPE_CHECKING:
    from llmops.backends.hosted_embedder import HostedEmbedder


class OpenAIChat:
    """A chat model behind `POST …/chat/completions`."""

    def __init__(self, endpoint: Endpoint, retries: Retries | None = None) -> None:
        self.endpoint = endpoint
        self._client = JsonClient(endpoint, "/chat/completions", retries)

    @property
    def address(self) -> str:
        """The server, for cache keys: the same connection name may lead elsewhere tomorrow."""
        return self.endpoint.address

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Answer one request; ModelError when there is no usable answer."""
        return self._read(await self._client.post(encode(chat_payload(request, self.endpoint.name, streams=True))))

    async def stream(self, request: ChatRequest) -> AsyncGenerator[str | ChatReply, None]:
        """Pieces of the text as they come, and the whole reply last; ModelError when there is no usable answer."""
        asked = request.model_copy(update={"parameters": {**request.parameters, "stream": True}})
        whole, has_begun = None, False
        async with aclosing(
            self._client.stream(encode(chat_payload(asked, self.endpoint.name, streams=True)))
        ) as pieces:
            async for piece in pieces:
                if isinstance(piece, Answer):
                    whole = self._read(piece)
                else:
                    has_begun = True
                    yield piece
        assert whole is not None
        if whole.text and not has_begun:
            yield whole.text
        yield whole

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _read(self, answer: Answer) -> ChatReply:
        endpoint = self.endpoint
        price = find_price(endpoint.model) if endpoint.priced else None
        reply = read_reply(
            answer.data, model=endpoint.model, where=endpoint.address, latency=answer.latency, price=price
        )
        if answer.first_piece is None:
            return reply
        return reply.model_copy(update={"usage": reply.usage.model_copy(update={"first_token": answer.first_piece})})


class OpenAIEmbeddings:
    """Asks `POST …/embeddings`."""

    def __init__(self, endpoint: Endpoint, retries: Retries | None = None) -> None:
        self._endpoint = endpoint
        self._client = JsonClient(endpoint, "/embeddings", retries)

    async def ask(self, texts: list[str]) -> Json:
        """The decoded reply for some texts."""
        payload: dict[str, Json] = {"model": self._endpoint.name, "input": texts}
        if self._endpoint.provider == "openai":
            payload["encoding_format"] = "base64"  # a fifth of the bytes, and no number to parse
        return (await self._client.post(encode(payload))).data

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def open_chat(model: str, settings: Settings) -> OpenAIChat:
    """Open a chat model of a connection or a known provider."""
    return OpenAIChat(find_endpoint(model, settings))


def open_embedder(model: str, settings: Settings) -> "HostedEmbedder":
    """Open an embedding model of a connection or a known provider."""
    from llmops.backends.hosted_embedder import HostedEmbedder

    endpoint = find_endpoint(model, settings)
    return HostedEmbedder(model, endpoint.address, lambda: OpenAIEmbeddings(endpoint))

"""Ask OpenAI-compatible servers for chat completions and embeddings, directly over HTTP."""

import base64
import binascii
import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from llmops.backends.endpoints import Endpoint, find_endpoint
from llmops.backends.json_client import JsonClient
from llmops.backends.prices import find_embedding_size, find_price
from llmops.backends.retries import Retries
from llmops.backends.wire import chat_payload, encode, read_reply
from llmops.core.errors import ModelError
from llmops.core.hashing import Json
from llmops.core.settings import Settings
from llmops.domain.interaction import ChatReply, ChatRequest
from llmops.domain.ports import TextRole

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

BATCH: Final = 128  # texts a request
_PIECE: Final = re.compile(r"[A-Za-z]{1,5}|\d{1,3}|[^\sA-Za-z\d]")


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
        endpoint = self.endpoint
        answer = await self._client.post(encode(chat_payload(request, endpoint.name)))
        price = find_price(endpoint.model) if endpoint.priced else None
        return read_reply(
            answer.data, model=endpoint.model, where=endpoint.address, latency=answer.latency, price=price
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


class OpenAIEmbedder:
    """An embedding model behind `POST …/embeddings`.

    Hosted models publish no tokenizer here, so `token_spans` estimates: pieces of at most five letters or three digits,
    and every other sign by itself. That counts more tokens than such models do, never noticeably fewer.
    """

    def __init__(self, endpoint: Endpoint, retries: Retries | None = None) -> None:
        self.endpoint = endpoint
        self._client = JsonClient(endpoint, "/embeddings", retries)
        self._retries = retries
        self._size = find_embedding_size(endpoint.model)
        self._dimension = self._size.dimension
        self._asking = threading.Lock()

    @property
    def identity(self) -> str:
        """The model string; neither address nor key, so that it is the same on every machine."""
        return f"{self.endpoint.model};normalised"

    @property
    def dimension(self) -> int:
        """The length of a vector; for a model that is in no list, asked of the server once."""
        if self._dimension is None:
            with self._asking:
                if self._dimension is None:
                    self._dimension = _measure_dimension(self.endpoint, self._retries)
        return self._dimension

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text the model reads; 512 where no list says."""
        return self._size.max_tokens or 512

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Estimated tokens (see the class)."""
        return [found.span() for found in _PIECE.finditer(text)]

    async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
        """Embed texts in requests of at most 128; shape (len(texts), dimension), float32, unit length."""
        import numpy as np

        parts = [await self._embed_batch(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
        if not parts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = np.concatenate(parts)
        self._dimension = int(vectors.shape[1])
        return vectors

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _embed_batch(self, texts: Sequence[str]) -> "Vectors":
        # An empty text is an error for most servers; a space is embedded as nothing.
        payload: dict[str, Json] = {"model": self.endpoint.name, "input": [text or " " for text in texts]}
        if self.endpoint.provider == "openai":
            payload["encoding_format"] = "base64"  # a fifth of the bytes, and no number to parse
        answer = await self._client.post(encode(payload))
        return read_vectors(answer.data, len(texts), f"{self.endpoint.address} ({self.endpoint.model})")


def read_vectors(data: Json, count: int, where: str) -> "Vectors":
    """Read the vectors of an embeddings reply in the order of its `index`; normalised.

    Raises:
        ModelError: not as many as asked for, of different lengths, not finite, or all zero.
    """
    import numpy as np

    rows = data.get("data") if isinstance(data, dict) else None
    hint = "Is this an embedding model behind an OpenAI-compatible API?"
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ModelError(f"{where} answered with JSON that holds no embeddings", hint=hint)
    if len(rows) != count:
        raise ModelError(f"{where} answered with {len(rows)} embeddings for {count} texts", hint=hint)
    rows = sorted(rows, key=lambda row: int(row.get("index") or 0))
    try:
        vectors = np.stack([_row(row.get("embedding")) for row in rows])
    except (ValueError, TypeError, binascii.Error) as error:
        raise ModelError(f"{where} answered with embeddings that cannot be read: {error}", hint=hint) from error
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if vectors.ndim != 2 or not np.isfinite(lengths).all() or not (lengths > 0).all():
        raise ModelError(f"{where} answered with embeddings that are zero or not finite", hint=hint)
    normalised: Vectors = (vectors / lengths).astype(np.float32)
    return normalised


def open_chat(model: str, settings: Settings) -> OpenAIChat:
    """Open a chat model of a connection or a known provider."""
    return OpenAIChat(find_endpoint(model, settings))


def open_embedder(model: str, settings: Settings) -> OpenAIEmbedder:
    """Open an embedding model of a connection or a known provider."""
    return OpenAIEmbedder(find_endpoint(model, settings))


def _row(written: Json) -> "Vectors":
    import numpy as np

    if isinstance(written, str):
        return np.frombuffer(base64.b64decode(written, validate=True), dtype="<f4")
    return np.asarray(written, dtype=np.float32)


def _measure_dimension(endpoint: Endpoint, retries: Retries | None) -> int:
    """Embed one word on a loop and thread of its own: the property may be read on the background loop itself."""
    import asyncio

    found: list[int] = []
    failed: list[ModelError] = []

    async def ask() -> None:
        embedder = OpenAIEmbedder(endpoint, retries)
        try:
            found.append(int((await embedder.embed(["dimension"])).shape[1]))
        except ModelError as error:
            failed.append(error)
        finally:
            await embedder.close()

    thread = threading.Thread(target=lambda: asyncio.run(ask()), name="llmops-dimension")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]

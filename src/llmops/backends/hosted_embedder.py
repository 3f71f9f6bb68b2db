"""What embedding models behind a server have in common, whichever way the server is asked."""

import asyncio
import base64
import binascii
import re
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from llmops.backends.prices import find_embedding_size
from llmops.core.errors import LlmopsError, ModelError
from llmops.core.hashing import Json
from llmops.domain.ports import TextRole

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

BATCH: Final = 128  # texts a request
_PIECE: Final = re.compile(r"[A-Za-z]{1,5}|\d{1,3}|[^\sA-Za-z\d]")
_HINT: Final = "Is this an embedding model behind an OpenAI-compatible API?"


class EmbeddingClient(Protocol):
    """Asks for the vectors of some texts."""

    async def ask(self, texts: list[str]) -> Json:
        """The decoded body of an OpenAI embeddings reply."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class HostedEmbedder:
    """An embedding model behind a server.

    Such models publish no tokenizer here, so `token_spans` estimates: pieces of at most five letters or three digits, and
    every other sign by itself. That counts more tokens than the models do, and so errs on the side of not cutting off.

    Args:
        model: the model string; `identity` is made of it and of no address, so that it is the same on every machine.
        where: the server, for messages.
        connect: makes a client.
    """

    def __init__(self, model: str, where: str, connect: Callable[[], EmbeddingClient]) -> None:
        self.model = model
        self.where = where
        self._connect = connect
        self._client = connect()
        self._size = find_embedding_size(model)
        self._dimension = self._size.dimension
        self._asking = threading.Lock()

    @property
    def identity(self) -> str:
        """The model string and what is done to its vectors."""
        return f"{self.model};normalised"

    @property
    def dimension(self) -> int:
        """The length of a vector; of a model that no list has, the server is asked once."""
        if self._dimension is None:
            with self._asking:
                if self._dimension is None:
                    self._dimension = self._measure_dimension()
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

        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        parts = []
        for start in range(0, len(texts), BATCH):
            # An empty text is an error for most servers; a space is embedded as nothing.
            batch = [text or " " for text in texts[start : start + BATCH]]
            parts.append(read_vectors(await self._client.ask(batch), len(batch), f"{self.where} ({self.model})"))
        if len({part.shape[1] for part in parts} | {self._dimension or parts[0].shape[1]}) > 1:
            raise ModelError(
                f"{self.where} answered {self.model} with vectors of length {parts[-1].shape[1]}, not {self._dimension}",
                hint="Does the connection lead to another model than before?",
            )
        self._dimension = int(parts[0].shape[1])
        return np.concatenate(parts)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _measure_dimension(self) -> int:
        """Embed one word on a loop and thread of its own: the property may be read on the background loop itself."""
        found: list[int] = []
        failed: list[LlmopsError] = []

        async def ask() -> None:
            client = self._connect()
            try:
                found.append(int(read_vectors(await client.ask(["dimension"]), 1, self.where).shape[1]))
            except LlmopsError as error:
                failed.append(error)
            finally:
                await client.close()

        thread = threading.Thread(target=lambda: asyncio.run(ask()), name="llmops-dimension")
        thread.start()
        thread.join()
        if failed:
            raise failed[0]
        return found[0]


def read_vectors(data: Json, count: int, where: str) -> "Vectors":
    """Read the vectors of an embeddings reply in the order of its `index`; normalised.

    Raises:
        ModelError: not as many as asked for, of different lengths, not finite, or all zero.
    """
    import numpy as np

    rows = data.get("data") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ModelError(f"{where} answered with JSON that holds no embeddings", hint=_HINT)
    if len(rows) != count:
        raise ModelError(f"{where} answered with {len(rows)} embeddings for {count} texts", hint=_HINT)
    try:
        rows = sorted(rows, key=lambda row: int(row.get("index") or 0))
        vectors = np.stack([_row(row.get("embedding")) for row in rows])
    except (ValueError, TypeError, binascii.Error) as error:
        raise ModelError(f"{where} answered with embeddings that cannot be read: {error}", hint=_HINT) from error
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    if vectors.ndim != 2 or not np.isfinite(lengths).all() or not (lengths > 0).all():
        raise ModelError(f"{where} answered with embeddings that are zero or not finite", hint=_HINT)
    unit: Vectors = (vectors / lengths).astype(np.float32)
    return unit


def _row(written: Json) -> "Vectors":
    import numpy as np

    if isinstance(written, str):
        return np.frombuffer(base64.b64decode(written, validate=True), dtype="<f4")
    return np.asarray(written, dtype=np.float32)

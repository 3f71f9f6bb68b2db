"""An embedder whose vectors a test writes by hand, and which remembers what it was asked."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from llmops.domain.ports import TextRole

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors


class HandEmbedder:
    """Gives each text the direction written for it; `max_tokens` words are read, and every word is a token."""

    identity = "hand;1"
    dimension = 2
    max_tokens = 8

    def __init__(self, directions: Mapping[str, tuple[float, float]]) -> None:
        self.directions = directions
        self.calls: list[list[str]] = []

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """One span a word."""
        spans, start = [], 0
        for word in text.split():
            start = text.index(word, start)
            spans.append((start, start + len(word)))
            start += len(word)
        return spans

    async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
        """The written directions, at unit length."""
        import numpy as np

        self.calls.append(list(texts))
        vectors: Vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = np.asarray(self.directions[text]) / np.hypot(*self.directions[text])
        return vectors

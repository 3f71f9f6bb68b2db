"""`offline/hash`: a deterministic bag of words, hashed into a vector. For tests and benchmarks; it knows no meaning.

Two texts are near when they share words. Each word falls on one place with one sign, taken from its BLAKE2 digest, so
that vectors are the same on every machine and in every process; counts are damped by a square root.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from llmops.core.errors import NotFound
from llmops.core.settings import Settings
from llmops.domain.ports import TextRole

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

DIMENSION: Final = 256
_WORD: Final = re.compile(r"\w+")
_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_REMEMBERED: Final = 200_000  # words
_NAME: Final = re.compile(r"hash(?:-([1-9]\d{0,4}))?")


class HashEmbedder:
    """Hashed bags of words of one dimension."""

    def __init__(self, dimension: int = DIMENSION) -> None:
        self._dimension = dimension
        self._places = _Places(2 * dimension)

    @property
    def identity(self) -> str:
        """Name, definition version and dimension."""
        return f"offline/hash-{self._dimension};1"

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._dimension

    @property
    def max_tokens(self) -> int:
        """All of a text is read; this is the largest chunk size."""
        return 8192

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Words and single signs."""
        return list(map(re.Match.span, _TOKEN.finditer(text)))

    async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
        """Embed texts; a text without words gets the first unit vector."""
        import numpy as np

        places: list[int] = []
        lengths: list[int] = []
        for text in texts:
            words = _WORD.findall(text.lower())
            lengths.append(len(words))
            places.extend(map(self._places.__getitem__, words))
        width = 2 * self._dimension
        rows = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
        flat = rows * width + np.asarray(places, dtype=np.int64)
        counts = np.sqrt(np.bincount(flat, minlength=len(texts) * width)).astype(np.float32)
        signed = counts.reshape(len(texts), 2, self._dimension)
        vectors: Vectors = signed[:, 0] - signed[:, 1]
        empty = ~vectors.any(axis=1)
        vectors[empty, 0] = 1.0
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


class _Places(dict[str, int]):
    """Where each word counts: below the dimension positively, from it on negatively. It fills itself."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self._width = width

    def __missing__(self, word: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        code = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big")
        place = self[word] = code % self._width
        return place


def open_embedder(model: str, settings: Settings) -> HashEmbedder:
    """Open `offline/hash` or `offline/hash-N`, N being the dimension."""
    found = _NAME.fullmatch(model.partition("/")[2])
    if found is None or int(found[1] or DIMENSION) > 4096:
        raise NotFound(
            f"there is no embedding model called {model!r}",
            hint="Offline there are offline/hash and offline/hash-N (dimension up to 4096); for meaning, local/all-MiniLM-L6-v2.",
        )
    return HashEmbedder(int(found[1] or DIMENSION))

"""Cut between sentences where the subject changes: where what was said is least like what comes.

Every sentence is embedded once (through the cache of vectors, so that an edit costs its own sentences only). At each gap
the mean of the three sentences before is compared with that of the three after. A gap is a cut if it is wider than every
other within half a chunk on either side; a stretch between cuts that is too big for a chunk is cut at its widest gap until
all fit. A cut depends on nothing farther away than that, and the same text is always cut the same way.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from llmops.core.bridge import run_sync
from llmops.domain.corpus import ChunkingSpec, Document
from llmops.domain.ports import Embedder, Span
from llmops.index.chunking.anchors import minima
from llmops.index.chunking.packing import Stretch, phrases, split, trim, words
from llmops.index.chunking.tokens import Tokens

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

ROUND: Final = 3  # sentences before and after a gap that are compared
DIGITS: Final = 5  # of a likeness; what is left depends on how vectors were batched
BATCH: Final = 512  # sentences embedded at once


class SemanticChunker:
    """Chunks of sentences about one thing. Opened by `methods`; `spans` runs in a thread, never on the loop."""

    def __init__(self, spec: ChunkingSpec, embedder: Embedder) -> None:
        self._size = spec.size
        self._embedder = embedder

    def spans(self, document: Document) -> list[Span]:
        """The spans of a document."""
        text = document.text
        tokens = Tokens(text, self._embedder.token_spans)
        start, end = trim(text, 0, len(text))
        if start == end:
            return []
        if tokens.count(start, end) <= self._size:
            return [Span(start, end)]
        sentences = [
            fit for part in phrases(text, start, end) for fit in split(tokens, part, self._size, (words,))
        ]  # of at least two, since they are too big together
        likeness = _likeness(self._vectors([text[first:last] for first, last in sentences]))
        places = [tokens.count(0, first) for first, _ in sentences[1:]]
        least = tokens.count(0, start) + self._size // 4
        most = tokens.count(0, end) - self._size // 4
        cuts = [gap + 1 for gap in minima(places, likeness, self._size // 2) if least <= places[gap] <= most]
        found: list[Stretch] = []
        for first, last in pairwise([0, *cuts, len(sentences)]):
            found += self._fitting(tokens, sentences, likeness, first, last)
        return [Span(*stretch) for stretch in found]

    def _fitting(
        self, tokens: Tokens, sentences: Sequence[Stretch], likeness: Sequence[float], first: int, last: int
    ) -> Iterator[Stretch]:
        """Sentences from `first` to before `last`, in stretches that fit."""
        start, end = sentences[first][0], sentences[last - 1][1]
        if last - first == 1 or tokens.count(start, end) <= self._size:
            yield start, end
            return
        quarter = self._size // 4
        gaps = range(first + 1, last)
        wide = [
            gap
            for gap in gaps
            if tokens.count(start, sentences[gap][0]) >= quarter and tokens.count(sentences[gap][0], end) >= quarter
        ]
        middle = (first + last) / 2  # where all gaps are alike
        cut = min(wide or gaps, key=lambda gap: (likeness[gap - 1], abs(gap - middle)))
        yield from self._fitting(tokens, sentences, likeness, first, cut)
        yield from self._fitting(tokens, sentences, likeness, cut, last)

    def _vectors(self, sentences: list[str]) -> "Vectors":
        import numpy as np

        parts = [sentences[start : start + BATCH] for start in range(0, len(sentences), BATCH)]
        vectors: Vectors = np.concatenate([run_sync(self._embed(part)) for part in parts])
        return vectors

    async def _embed(self, sentences: list[str]) -> "Vectors":
        return await self._embedder.embed(sentences)


def _likeness(vectors: "Vectors") -> list[float]:
    """The cosine similarity across each gap between neighbours, rounded."""
    import numpy as np

    count = len(vectors)
    sums = np.concatenate([np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0, dtype=np.float64)])
    gaps = np.arange(1, count)
    before = sums[gaps] - sums[np.maximum(gaps - ROUND, 0)]
    after = sums[np.minimum(gaps + ROUND, count)] - sums[gaps]
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    cosines = (before * after).sum(axis=1) / np.where(lengths > 0, lengths, 1)
    likeness: list[float] = cosines.round(DIGITS).tolist()
    return likeness

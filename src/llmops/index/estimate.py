"""What embedding would take, before anything is embedded: documents, chunks, tokens, dollars, seconds.

A sample of the documents is read and cut; the rest is taken to be like it, by size. Tokens are counted by the letters, since the
embedding model is not loaded for an estimate. Texts whose vectors are in the cache cost nothing and are not counted.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from llmops.core.errors import InputError, ModelError, OutsideError
from llmops.core.hashing import Json
from llmops.domain.corpus import RagSpec
from llmops.domain.noun import Noun
from llmops.domain.ports import Source, SourceItem, TextRole
from llmops.index.chunking.headers import open_header
from llmops.index.chunking.methods import open_chunker
from llmops.index.prepare import Preparation
from llmops.presentation.figures import count, dollars
from llmops.presentation.figures import seconds as in_seconds
from llmops.storage.store import Store

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

SAMPLE: Final = 40  # documents that are read
MOST_DRAWN: Final = 10_000  # documents that are kept to take them from
ASSUMED_RATE: Final[dict[str, float]] = {"local": 100.0, "offline": 10_000.0}
"""Chunks a second, where no sync has measured it; of models behind a server nothing is assumed."""

_PIECE: Final = re.compile(r"\w{1,6}|[^\w\s]")


class Estimate(Noun):
    """What would be embedded. `cost` is in US dollars, None where nobody knows the price; `seconds` is None where nothing tells.
    `sampled` documents were read for it."""

    documents: int = 0
    chunks: int = 0
    tokens: int = 0
    cost: float | None = None
    seconds: float | None = None
    sampled: int = 0

    def in_words(self) -> str:
        """The estimate in one line."""
        if not self.documents:
            return "nothing to embed"
        cost = "at a price that is not known" if self.cost is None else f"for {dollars(self.cost)}"
        time = "" if self.seconds is None or self.seconds < 1 else f", in about {in_seconds(self.seconds)}"
        told = f"about {count(self.chunks, 'chunk')} of {count(self.documents, 'document')}"
        return f"{told} to embed, {count(self.tokens, 'token')} {cost}{time}"

    def as_json(self) -> Json:
        """The estimate as plain values."""
        return self.model_dump(mode="json")


class Drawn:
    """Documents to embed, of which a part is kept that stands for all: every one of the first 10,000, then every second, every
    fourth, and so on."""

    def __init__(self, documents: Iterable[tuple[Source, SourceItem]] = ()) -> None:
        self.kept: list[tuple[Source, SourceItem]] = []
        self.count = 0
        self.size = 0
        self._step = 1
        for source, listed in documents:
            self.add(source, listed)

    def add(self, source: Source, listed: SourceItem) -> None:
        """Count a document, and keep it if it is its turn."""
        if self.count % self._step == 0:
            self.kept.append((source, listed))
            if len(self.kept) > MOST_DRAWN:
                self.kept = self.kept[::2]
                self._step *= 2
        self.count += 1
        self.size += listed.size


class CountingEmbedder:
    """Counts tokens as they are estimated, at most six letters or one sign, and embeds nothing."""

    identity = ""
    dimension = 1
    max_tokens = 8192

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Where the tokens are."""
        return [found.span() for found in _PIECE.finditer(text)]

    async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
        """Refuse: an estimate costs nothing."""
        raise ModelError("this is an estimate, nothing is embedded")


def count_tokens(texts: Sequence[str]) -> int:
    """The estimated tokens of some texts."""
    return sum(len(_PIECE.findall(text)) for text in texts)


def estimate(
    store: Store,
    spec: RagSpec,
    documents: Drawn,
    embedder: str,
    price: Callable[[], float | None],
) -> Estimate:
    """Estimate what embedding documents takes.

    Args:
        store: where vectors are that need not be made again, and what earlier syncs measured.
        spec: how they are cut, and for which model.
        documents: what is new or has changed.
        embedder: the identity of the embedder, empty if it is not known.
        price: US dollars a token, None if nobody knows.
    """
    if not documents.count:
        return Estimate(cost=0.0, seconds=0.0)
    step = max(1, len(documents.kept) // SAMPLE)
    sample = documents.kept[::step][:SAMPLE]
    texts: dict[str, str] = {}
    for source, listed in sample:
        texts |= _texts(spec, source, listed, embedder)
    known = store.embeddings.known(list(texts)) if embedder else set()
    fresh = [text for key, text in texts.items() if key not in known]
    share = documents.size / max(1, sum(listed.size for _, listed in sample))
    chunks, tokens = round(len(fresh) * share), round(count_tokens(fresh) * share)
    each = price()
    rate = store.corpus.past.embedding_rate(embedder) or ASSUMED_RATE.get(spec.embedding.partition("/")[0])
    return Estimate(
        documents=documents.count,
        chunks=chunks,
        tokens=tokens,
        cost=None if each is None else each * tokens,
        seconds=None if rate is None else chunks / rate,
        sampled=len(sample),
    )


def _texts(spec: RagSpec, source: Source, listed: SourceItem, embedder: str) -> Mapping[str, str]:
    """The texts of a document by the keys of their vectors; one that cannot be read has none."""
    counting, chunking = CountingEmbedder(), spec.chunking
    if chunking.method == "semantic":  # it embeds sentences to find where to cut
        chunking = chunking.model_copy(update={"method": "recursive"})
    preparation = Preparation(source, open_chunker(chunking, counting), embedder, open_header(chunking, counting))
    try:
        chunks = preparation.prepare(listed, None).chunks
    except (InputError, OutsideError):
        return {}
    return {indexed.embedding_key: indexed.header + indexed.chunk.text for indexed in chunks or ()}


def check_budget(index: str, estimate: Estimate, budget: float | None) -> None:
    """Refuse to begin what would cost more than was said.

    Raises:
        InputError: it would, or nobody knows what it costs.
    """
    if budget is None:
        return
    if estimate.cost is None:
        raise InputError(
            f"nobody knows what embedding {index!r} costs, so a budget of {dollars(budget)} cannot be kept",
            hint="Leave --budget out, and look at your provider's prices.",
        )
    if estimate.cost > budget:
        raise InputError(
            f"syncing {index!r} would go over the budget of {dollars(budget)}: {estimate.in_words()}",
            hint=f"See what there is to do with: llmops index plan {index}",
        )


class BuildNeeded(InputError):
    """A sync would build a new generation beside those that there are, and was not asked to; `estimate` says what it takes."""

    def __init__(self, index: str, reason: str, estimate: Estimate) -> None:
        super().__init__(
            f"index {index!r} needs a new generation: {reason}; {estimate.in_words()}",
            hint=f"Build it beside the old one, which goes on answering: llmops index sync {index} --build",
        )
        self.estimate = estimate

    def beside(self, kept: Sequence[str]) -> "BuildNeeded":
        """The same error, saying which other generations are in step meanwhile."""
        if kept:
            self.message = f"{self.message}; in step meanwhile: {'; '.join(kept)}"
        return self

"""The protocols through which rooms meet, and the value types that both sides speak.

A protocol carries the bare noun; an implementation carries its speciality (`Embedder`, `LocalEmbedder`).
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

from llmops.core.hashing import Json
from llmops.domain.corpus import Context, Document, Hits
from llmops.domain.documents import Parser as Parser
from llmops.domain.documents import Source as Source
from llmops.domain.documents import SourceItem as SourceItem
from llmops.domain.evaluation import Case, CaseResult, Direction, Score
from llmops.domain.filters import Filters as Filters
from llmops.domain.interaction import ChatReply, ChatRequest, Message, Reply, Usage
from llmops.domain.vector_store import VectorShelf as VectorShelf
from llmops.domain.vector_store import VectorStore as VectorStore

if TYPE_CHECKING:
    from llmops.domain.vector_store import Vectors as Vectors

TextRole = Literal["document", "query"]
Progress: TypeAlias = Callable[[int, int | None, str], None]
"""Called with how much is done, of how much (None: unknown), and what is being done."""


def no_progress(done: int, total: int | None, what: str) -> None:
    """Report nothing."""


@runtime_checkable
class ChatModel(Protocol):
    """A chat model. `chat` raises ModelError (exit 3) when there is no usable answer, after its own retries."""

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Answer one request."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into unit vectors and counts tokens as the model does."""

    @property
    def identity(self) -> str:
        """What the vectors depend on: model, revision or weights digest, dimension, prefixes, normalisation."""
        ...

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text the model reads; the rest would be cut off."""
        ...

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Character offsets (start, end) of each token of the text, in order."""
        ...

    async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
        """Embed texts; shape (len(texts), dimension), float32, unit length."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a document's text that becomes a chunk, with what the chunker knows about it (`headings`)."""

    start: int
    end: int
    metadata: dict[str, Json] = field(default_factory=dict)


class Chunker(Protocol):
    """Cuts a document into spans of at most `size` tokens. Deterministic; spans are in order and cover all of the text
    but white space."""

    def spans(self, document: Document) -> list[Span]:
        """The spans of a document."""
        ...


class Retriever(Protocol):
    """Finds contexts for a question."""

    async def retrieve(
        self,
        question: str,
        *,
        k: int | None = None,
        filters: Filters | None = None,
        history: Sequence[Message] = (),
        repeat: int = 0,
    ) -> Hits:
        """The best contexts that pass the filters, at most k of them (the configured number by default). `history` is what was
        said before the question; `repeat` keeps what models are asked on the way apart in the reply cache."""
        ...


class Reranker(Protocol):
    """Scores texts by how well they answer a question."""

    async def rerank(self, question: str, texts: Sequence[str], *, repeat: int = 0) -> tuple[list[float], Usage]:
        """One score for each text, higher is better, and what the models behind it took."""
        ...


@dataclass(frozen=True, slots=True)
class Sample:
    """What a scorer may look at. The field names are the parameter names of user-written scorers, except `repeat`, which
    keeps the judgements of a case's repeats apart."""

    output: str
    inputs: Mapping[str, Json] = field(default_factory=dict)
    expectations: Mapping[str, Json] = field(default_factory=dict)
    contexts: Sequence[Context] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict)
    reply: Reply | None = None
    repeat: int = 0


@runtime_checkable
class Scorer(Protocol):
    """Scores one sample. `range` is None where a score has no bounds (seconds, dollars)."""

    @property
    def direction(self) -> Direction:
        """Whether higher or lower is better."""
        ...

    @property
    def range(self) -> tuple[float, float] | None:
        """The lowest and highest possible value."""
        ...

    @property
    def unit(self) -> str:
        """`""` for shares, else `s`, `$` …, for tables."""
        ...

    @property
    def identity(self) -> Json:
        """Name, definition version, arguments and models: what makes two scores comparable."""
        ...

    def score(self, sample: Sample) -> Score | Awaitable[Score]:
        """Score a sample. Raising means a missing score with the exception's text as its reason."""
        ...


class LabelledScorer(Protocol):
    """A scorer and what tables call it."""

    @property
    def label(self) -> str:
        """Its name in a suite."""
        ...

    @property
    def scorer(self) -> Scorer:
        """The scorer."""
        ...


@runtime_checkable
class ResultWatch(Protocol):
    """A Progress that also looks at the results of an evaluation as they are stored, in a thread of its own."""

    def see(self, results: Sequence[CaseResult], scorers: Sequence[LabelledScorer]) -> None:
        """Look at results that were just stored."""
        ...


class Target(Protocol):
    """What an evaluation asks."""

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        """Answer the inputs of one case. `repeat` keeps the replies of repeats apart in the reply cache."""
        ...


class Asked(Target, Protocol):
    """A target that knows what it is: `refs` make two runs comparable."""

    @property
    def refs(self) -> Mapping[str, str]:
        """Digests or names by `app`, `prompt`, `rag`, `model`, `parameters`, `target`."""
        ...


@runtime_checkable
class CaseTarget(Protocol):
    """A target that must know which case it is asked, because it looks up what it answers."""

    async def answer_case(self, case: Case, *, repeat: int = 0) -> Reply:
        """Answer one case."""
        ...


class StoredBlob(NamedTuple):
    """What stands for bytes that are stored: their digest, and how many they are."""

    digest: str
    size: int


class Blobs(Protocol):
    """Content-addressed bytes. Files of any size go through a few megabytes of memory."""

    def put(self, data: bytes) -> str:
        """Store bytes and return their digest; the same bytes again are stored once."""
        ...

    def put_blocks(self, blocks: Iterable[bytes]) -> StoredBlob:
        """Store what comes in blocks."""
        ...

    def put_file(self, path: Path) -> StoredBlob:
        """Store a file. Raises OSError where the file itself cannot be read."""
        ...

    def keep(self, digest: str) -> int | None:
        """Say that something is about to refer to a blob, so that no collection removes it; its size, or None where there is
        no such blob."""
        ...

    def get(self, digest: str) -> bytes:
        """The bytes of a digest, verified. Raises NotFound, or StoreError when they are not what was stored."""
        ...

    def blocks(self, digest: str) -> Iterator[bytes]:
        """The bytes in blocks; what `get` raises comes at the latest after the last one."""
        ...

    def copy_to(self, digest: str, path: Path) -> None:
        """Write the bytes to a file, which appears under its name when all of them are verified."""
        ...

    def __contains__(self, digest: object) -> bool: ...

    def __iter__(self) -> Iterator[str]:
        """The digests of all that is stored, in order."""
        ...


class ReplyCache(Protocol):
    """Replies by the digest of everything that matters for them."""

    def get(self, key: str) -> ChatReply | None:
        """The reply stored under a key."""
        ...

    def put(self, key: str, reply: ChatReply) -> None:
        """Store a reply; a second one under the same key is ignored."""
        ...


class EmbeddingCache(Protocol):
    """Vectors by the digest of embedder identity and text."""

    def get_many(self, keys: Sequence[str]) -> "dict[str, Vectors]":
        """Those of the keys that are stored."""
        ...

    def put_many(self, vectors: "Mapping[str, Vectors]") -> None:
        """Store vectors of shape (dimension,)."""
        ...

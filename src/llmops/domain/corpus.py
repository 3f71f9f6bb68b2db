"""Sources, documents, chunks and the RAG configuration that turns the first into the last."""

from typing import Final, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from llmops.core.hashing import Json, digest
from llmops.domain.noun import Noun
from llmops.domain.retrieval import RetrievalSpec as RetrievalSpec
from llmops.domain.retrieval import RetrieverSpec
from llmops.domain.source_specs import SourceSpec as SourceSpec
from llmops.domain.usage import Usage

CHUNKING_METHODS: Final = ("markdown", "recursive", "sentence", "fixed", "code", "semantic")
"""The chunking methods that come with llmops; packages add others as entry points of the group `llmops.chunkers`."""


class ChunkingSpec(Noun):
    """How documents are cut. Sizes are in the embedder's own tokens.

    With `parent`, documents are first cut into parents of that many tokens, and those into the chunks that are searched.
    The metadata of each chunk then says where its parent lies in the document's text: `parent` is `[start, end]`, the
    same two numbers for all chunks of one parent; `llmops.domain.parents` puts the parent's text together from them.

    With `context`, the headings above a chunk or the title of its document stand before the text that is embedded, not
    before the text that is cited; so they are part of the key under which its vector is kept.
    """

    method: str = Field(default="markdown", pattern=r"^[a-z][a-z0-9_.-]*$")
    size: int = Field(default=200, ge=8, le=8192)
    overlap: int = Field(default=20, ge=0)
    parent: int | None = Field(default=None, ge=16, le=8192)
    context: Literal["headings", "title"] | None = None

    @model_validator(mode="after")
    def _sizes_fit(self) -> "ChunkingSpec":
        if self.overlap * 2 > self.size:
            raise ValueError(f"overlap {self.overlap} must be at most half of size {self.size}")
        if self.parent is not None and self.parent < self.size * 2:
            raise ValueError(f"parent {self.parent} must be at least twice size {self.size}")
        return self

    @model_serializer(mode="wrap")
    def _without_what_came_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Json]:
        """Leave out later fields that say nothing, so that fingerprints made before them stay what they are."""
        written: dict[str, Json] = write(self)
        return {name: value for name, value in written.items() if value is not None}


class RagSpec(Noun):
    """A RAG configuration: sources, chunking, embedding, retrieval; or a team's own retriever in place of the first three."""

    description: str = ""
    sources: tuple[SourceSpec, ...] = ()
    retriever: RetrieverSpec | None = None
    chunking: ChunkingSpec = ChunkingSpec()
    embedding: str = "local/all-MiniLM-L6-v2"
    retrieval: RetrievalSpec = RetrievalSpec()

    @model_validator(mode="after")
    def _either_is_there(self) -> "RagSpec":
        if self.retriever is None and not self.sources:
            raise ValueError("it has no sources, and no retriever either; write one of them")
        if self.retriever is not None and (self.sources or self.chunking != ChunkingSpec()):
            raise ValueError("with a retriever of its own it has no index; leave out sources and chunking")
        if self.retriever is not None and self.retrieval.mode != "dense":
            raise ValueError("a retriever of one's own has no mode; leave out retrieval.mode")
        return self

    @property
    def fingerprint(self) -> str:
        """What a generation is built from: sources, chunking and embedding. Retrieval settings change no generation."""
        return digest("generation", self.model_dump(include={"sources", "chunking", "embedding"}, mode="json"))


class Anchor(Noun):
    """Where in the original a stretch of the parsed text came from: `line` (from 1), `page` (from 1) where it has pages."""

    offset: int
    line: int
    page: int | None = None


class Document(Noun):
    """A parsed source item: its plain text, anchors sorted by offset for citations, and what it says of itself."""

    source: str
    key: str
    text: str
    title: str = ""
    anchors: tuple[Anchor, ...] = ()
    metadata: dict[str, Json] = Field(default_factory=dict)


class Chunk(Noun):
    """A stretch of a document. `start` and `end` are character offsets into its text; lines count from 1.

    `cid` is content-addressed: the same text in the same document keeps its id when its neighbours change. What a chunker
    says in `metadata`: `headings`, the path above it; `parent` and `lead`, what `llmops.domain.parents` reads.
    """

    cid: str
    source: str
    key: str
    ordinal: int
    start: int
    end: int
    text: str
    line: int
    end_line: int
    page: int | None = None
    metadata: dict[str, Json] = Field(default_factory=dict)


class Context(Noun):
    """A piece of text handed to the model. `score` is higher for better; metadata has `key`, `line`, `end_line`, `page`."""

    id: str
    text: str
    score: float = 0.0
    metadata: dict[str, Json] = Field(default_factory=dict)


class Hits(Noun):
    """What a search found, best first, and in which generation at which manifest sequence. `usage` is what models took that
    rewrote the question or reordered what was found; `is_stale` is only ever true where a staleness was asked about."""

    contexts: tuple[Context, ...]
    generation: str
    sequence: int
    usage: Usage = Usage()
    is_stale: bool = False

"""Sources, documents, chunks and the RAG configuration that turns the first into the last."""

from typing import Literal

from pydantic import Field, model_validator

from llmops.core.hashing import Json, digest
from llmops.domain.noun import Noun


class SourceSpec(Noun):
    """Where documents come from: a file glob below the workspace, and globs left out of it."""

    files: str
    exclude: tuple[str, ...] = ()


class ChunkingSpec(Noun):
    """How documents are cut. Sizes are in the embedder's own tokens."""

    method: Literal["markdown", "recursive", "sentence", "fixed"] = "markdown"
    size: int = Field(default=200, ge=8, le=8192)
    overlap: int = Field(default=20, ge=0)

    @model_validator(mode="after")
    def _overlap_is_smaller(self) -> "ChunkingSpec":
        if self.overlap * 2 > self.size:
            raise ValueError(f"overlap {self.overlap} must be at most half of size {self.size}")
        return self


class RetrievalSpec(Noun):
    """How chunks are found. `min_score` is a cosine similarity; chunks below it are not returned."""

    mode: Literal["dense"] = "dense"
    k: int = Field(default=5, ge=1, le=1000)
    min_score: float | None = Field(default=None, ge=-1, le=1)


class RagSpec(Noun):
    """A RAG configuration: sources, chunking, embedding, retrieval."""

    description: str = ""
    sources: tuple[SourceSpec, ...] = Field(min_length=1)
    chunking: ChunkingSpec = ChunkingSpec()
    embedding: str = "local/all-MiniLM-L6-v2"
    retrieval: RetrievalSpec = RetrievalSpec()

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
    """A parsed source item: its plain text, and anchors sorted by offset for citations."""

    source: str
    key: str
    text: str
    title: str = ""
    anchors: tuple[Anchor, ...] = ()


class Chunk(Noun):
    """A stretch of a document. `start` and `end` are character offsets into its text; lines count from 1.

    `cid` is content-addressed: the same text in the same document keeps its id when its neighbours change.
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
    """What a search found, best first, and in which generation at which manifest sequence."""

    contexts: tuple[Context, ...]
    generation: str
    sequence: int

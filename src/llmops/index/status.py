"""What an index holds, which generations it has, and how far behind its vector store is."""

from datetime import datetime

from llmops.core.hashing import Json
from llmops.domain.corpus import RagSpec
from llmops.domain.manifest import Generation
from llmops.domain.noun import Noun
from llmops.index.freshness import Freshness, read_freshness
from llmops.index.generations import find_generation
from llmops.index.reports import Failure, read_failures
from llmops.index.vectors import VectorPlace
from llmops.storage.corpus import CorpusRepository


class GenerationStatus(Noun):
    """One generation. `current` is the one that the configuration in the workspace selects. `pending` vectors are committed
    but not yet in the vector store; `waiting_seconds` is how long ago the oldest of those changed. `distrust` says why
    searches do without the vector store."""

    uid: str
    current: bool
    state: str
    documents: int
    chunks: int
    failed: tuple[Failure, ...] = ()
    pending: int = 0
    waiting_seconds: float | None = None
    distrust: str = ""
    sequence: int = 0
    embedder: str
    created_at: datetime
    synced_at: datetime | None = None
    verified_at: datetime | None = None


class Status(Noun):
    """An index: its generations, newest first, who is changing it now (empty: nobody), and how far the generation of the
    configuration is behind its sources, where it is built."""

    index: str
    holder: str = ""
    freshness: Freshness | None = None
    generations: tuple[GenerationStatus, ...] = ()

    @property
    def current(self) -> GenerationStatus | None:
        """The generation that the configuration selects, or None if it has not been built."""
        return next((generation for generation in self.generations if generation.current), None)

    @property
    def columns(self) -> list[str]:
        """What `rows` holds."""
        return ["generation", "state", "documents", "chunks", "pending", "failed", "synced", "notes"]

    def rows(self) -> list[list[str]]:
        """The generations as a table."""
        return [
            [
                generation.uid,
                generation.state,
                str(generation.documents),
                str(generation.chunks),
                str(generation.pending),
                str(len(generation.failed)),
                f"{generation.synced_at:%Y-%m-%d %H:%M}" if generation.synced_at else "never",
                ", ".join(self._notes(generation)),
            ]
            for generation in self.generations
        ]

    def as_json(self) -> Json:
        """The status as plain values."""
        return self.model_dump(mode="json")

    def _notes(self, generation: GenerationStatus) -> list[str]:
        notes = ["" if generation.current else "other configuration", generation.distrust]
        notes.append(f"being synced by {self.holder}" if generation.current and self.holder else "")
        return [note for note in notes if note]


def read_status(index: str, spec: RagSpec, corpus: CorpusRepository, place: VectorPlace, now: datetime) -> Status:
    """Read the status of an index; an index that was never built has no generations."""
    generations = corpus.generations(index)
    current = find_generation(generations, spec)
    lease = corpus.leases.held(index, now)
    fresh = None if current is None else read_freshness(corpus, current, corpus.counts(current.id), now)
    return Status(
        index=index,
        holder=lease.holder if lease else "",
        freshness=fresh,
        generations=tuple(_one(generation, current, corpus, place, now) for generation in generations),
    )


def _one(
    generation: Generation, current: Generation | None, corpus: CorpusRepository, place: VectorPlace, now: datetime
) -> GenerationStatus:
    counts = corpus.counts(generation.id)
    waiting = None if counts.waiting_since is None else max(0.0, now.timestamp() - counts.waiting_since)
    return GenerationStatus(
        uid=generation.uid,
        current=current is not None and generation.id == current.id,
        state=generation.state,
        documents=counts.documents,
        chunks=counts.chunks,
        failed=read_failures(corpus, generation.id) if counts.failed else (),
        pending=counts.pending,
        waiting_seconds=waiting,
        distrust=place.distrust(generation),
        sequence=generation.sequence,
        embedder=generation.embedder,
        created_at=generation.created_at,
        synced_at=generation.synced_at,
        verified_at=generation.verified_at,
    )

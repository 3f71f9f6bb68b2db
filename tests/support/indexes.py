"""A folder of documents with an index over it, on real parts, that counts what is asked of embedder and vector store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from llmops.backends.catalogs import open_vector_shelf
from llmops.backends.hashed import HashEmbedder
from llmops.core.bridge import run_sync
from llmops.core.hashing import Json
from llmops.core.settings import load_settings
from llmops.domain.corpus import ChunkingSpec, RagSpec, SourceSpec
from llmops.domain.crew import OpenCrew
from llmops.domain.manifest import Generation, ManifestItem
from llmops.domain.ports import Embedder, TextRole, VectorShelf, VectorStore
from llmops.index.history import read_history
from llmops.index.index import Index, Plan, SyncOptions, SyncReport, VectorPlace, Verification, utc_now
from llmops.index.workshop import no_fault
from llmops.storage.store import Store
from llmops.storage.tables.caches import EMBEDDINGS
from llmops.storage.tables.corpus import CHUNKS, GENERATIONS, ITEMS, LEASES, OUTBOX, TEXTS

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors


SPEC = RagSpec(
    sources=(SourceSpec(files="docs/**/*"),), chunking=ChunkingSpec(size=16, overlap=0), embedding="offline/hash-64"
)


class Interrupted(Exception):
    """A sync that ends in the middle."""


class CountingEmbedder(HashEmbedder):
    """Remembers every document text it was asked for; fails with `failure` while there is one."""

    def __init__(self, dimension: int = 64) -> None:
        super().__init__(dimension)
        self.asked: list[str] = []
        self.failure: Exception | None = None

    async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
        """Embed texts."""
        if self.failure is not None:
            raise self.failure
        if role == "document":
            self.asked += texts
        return await super().embed(texts, role)


@dataclass
class Library:
    """A workspace folder with documents, and its index `docs`. Every call makes a new Index, as a new process would."""

    root: Path
    store: Store
    kind: str = "exact"
    vectors_path: str = "vectors"
    spec: RagSpec = SPEC
    embedder: Embedder = field(default_factory=CountingEmbedder)
    clock: Callable[[], datetime] = utc_now
    fault: Callable[[str], None] | None = None
    shelf: VectorShelf | None = None
    exact_below: int = 0
    open_crew: OpenCrew | None = None
    opened: int = 0
    loaded: int = 0

    def write(self, documents: Mapping[str, str | bytes]) -> "Library":
        """Write documents below `docs`."""
        for key, text in documents.items():
            path = self.root / "docs" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def remove(self, *keys: str) -> None:
        """Remove documents."""
        for key in keys:
            (self.root / "docs" / key).unlink()

    @property
    def place(self) -> VectorPlace:
        """Where the vectors are."""
        arguments: dict[str, Json] = {"vectors.kind": self.kind, "vectors.path": self.vectors_path}
        shelf = self.shelf or open_vector_shelf(load_settings(self.root, {}, arguments))
        return VectorPlace(_Counting(shelf, self))

    @property
    def index(self) -> Index:
        """The index, as a process that has just begun has it."""
        return Index(
            "docs",
            self.spec,
            store=self.store,
            root=self.root,
            embedder=self._load,
            place=self.place,
            clock=self.clock,
            exact_below=self.exact_below,
            fault=self.fault or no_fault,
        )

    def plan(self) -> Plan:
        """Plan."""
        return self.index.plan()

    def sync(self, *, confirm_deletes: bool = False, build: bool = False, resume: bool = False) -> SyncReport:
        """Sync."""
        options = SyncOptions(confirm_deletes=confirm_deletes, build=build, resume=resume)
        return run_sync(self.index.sync(options=options, open_crew=self.open_crew))

    def sync_until(self, step: str) -> None:
        """Change a document, remove another, and sync until a step of the protocol, where it ends."""
        self.write({"1.md": "# T1\n\nchanged text 1"}).remove("2.md")

        def interrupt(reached: str) -> None:
            if reached == step:
                raise Interrupted(step)

        self.fault = interrupt
        try:
            self.sync(confirm_deletes=True)
        except Interrupted:
            self.fault = None
            return
        raise AssertionError(f"no sync reached {step!r}")

    def verify(self, *, repair: bool = False, full: bool = True, sources: bool = False) -> Verification:
        """Verify, or repair."""
        return run_sync(self.index.verify(repair=repair, full=full, sources=sources))

    def search(self, text: str, k: int = 3) -> list[tuple[str, str]]:
        """Key and text of what a search finds."""
        index = self.index
        hits = run_sync(index.search(text, k=k))
        index.close()
        return [(str(context.metadata["key"]), context.text) for context in hits.contexts]

    @property
    def generation(self) -> Generation:
        """The newest generation."""
        return self.store.corpus.generations("docs")[0]

    @property
    def folder(self) -> Path:
        """Where the vectors of the newest generation are."""
        return self.root / self.vectors_path / self.generation.index / self.generation.uid

    @property
    def asked(self) -> list[str]:
        """The texts that were embedded so far."""
        assert isinstance(self.embedder, CountingEmbedder)
        return self.embedder.asked

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of the index's tables, but for when sources were last listed, which every sync notes."""
        found = {}
        with self.store.database.read() as connection:
            for table in (GENERATIONS, ITEMS, CHUNKS, TEXTS, OUTBOX, LEASES):
                columns = [column for column in table.columns if column is not GENERATIONS.c.synced_at]
                found[table.name] = sorted((tuple(row) for row in connection.execute(select(*columns))), key=repr)
        return found

    def truth(self) -> dict[str, object]:
        """All that is kept, bit by bit: rows, history, embeddings, and the vectors of the newest generation."""
        with self.store.database.read() as connection:
            cached = {row.key: row.vector for row in connection.execute(select(EMBEDDINGS))}
        store = self.place.open_for(self.generation)
        vectors = {cid: vector.tobytes() for cid, vector in store.fetch(list(store.ids())).items()}
        store.close()
        commits = read_history(self.store.corpus, self.generation).changes
        changes = [replace(commit, seconds=0.0) for commit in commits]
        return {**self.rows(), "embeddings": cached, "vectors": vectors, "history": changes}

    def holds(self) -> dict[str, object]:
        """What the newest generation holds, bit by bit, whenever and by whomever it was made."""
        corpus, kept = self.store.corpus, self.truth()
        columns = [ITEMS.c[name] for name in ManifestItem._fields]
        with self.store.database.read() as connection:
            items = sorted(map(tuple, connection.execute(select(*columns))))
        chunks = corpus.chunks(self.generation.id, list(self.content()))
        return {"items": items, "chunks": chunks, "embeddings": kept["embeddings"], "vectors": kept["vectors"]}

    def content(self) -> dict[str, tuple[object, ...]]:
        """What the manifest holds: place and text of each chunk, by id."""
        corpus, generation = self.store.corpus, self.generation.id
        cids = [cid for page in corpus.embedding_keys(generation) for cid, _ in page]
        chunks = corpus.chunks(generation, cids)
        return {cid: (chunk.key, chunk.ordinal, chunk.line, chunk.text) for cid, chunk in chunks.items()}

    def vectors(self) -> "dict[str, list[float]]":
        """What the vector store holds."""
        store = self.place.open_for(self.generation)
        try:
            return {cid: vector.round(5).tolist() for cid, vector in store.fetch(list(store.ids())).items()}
        finally:
            store.close()

    def _load(self) -> Embedder:
        self.loaded += 1
        return self.embedder


@dataclass(frozen=True)
class _Counting:
    """A shelf that tells its library when something is opened."""

    shelf: VectorShelf
    library: Library

    @property
    def kind(self) -> str:
        return self.shelf.kind

    @property
    def place(self) -> str:
        return self.shelf.place

    @property
    def is_served(self) -> bool:
        return self.shelf.is_served

    def open(self, name: str, dimension: int) -> VectorStore:
        self.library.opened += 1
        return self.shelf.open(name, dimension)

    def discard(self, name: str) -> None:
        self.shelf.discard(name)

    def stamp(self, name: str, mark: str) -> None:
        self.shelf.stamp(name, mark)

    def doubt(self, name: str, mark: str) -> str:
        return self.shelf.doubt(name, mark)

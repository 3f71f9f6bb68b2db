"""Manifests made up for tests of the store."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from llmops.domain.corpus import Chunk, RagSpec, SourceSpec
from llmops.domain.manifest import Generation, IndexedChunk, ItemWrite, Lease, ManifestItem, Written, short_hash
from llmops.storage.store import Store

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
SPEC = RagSpec(sources=(SourceSpec(files="**/*.md"),))


def new_index(store: Store, name: str = "docs", uid: str = "g1", now: datetime = NOW) -> tuple[Generation, Lease]:
    """A generation that holds nothing, and the lease to change it."""
    lease = store.corpus.leases.acquire(name, "process 1 on elsewhere", now)
    generation = Generation(
        index=name,
        uid=uid,
        fingerprint=SPEC.fingerprint,
        pipeline="1",
        embedder="hash",
        dimension=2,
        spec=SPEC,
        vectors="exact",
        created_at=now,
    )
    return store.corpus.create(generation, lease, now), lease


def item(key: str, version: int = 1) -> ManifestItem:
    """An item as a source would have listed it."""
    return ManifestItem(
        short_hash("files", key), "files", key, str(version), 4, 1000.0, f"hash of {key}", f"Title {key}"
    )


def indexed(key: str, ordinal: int, text: str) -> IndexedChunk:
    """A chunk of an item."""
    text_hash = short_hash(text)
    chunk = Chunk(
        cid=short_hash("files", key, text_hash, "0"),
        source="files",
        key=key,
        ordinal=ordinal,
        start=0,
        end=len(text),
        text=text,
        line=ordinal + 1,
        end_line=ordinal + 1,
        metadata={"headings": ["H"]},
    )
    return IndexedChunk(chunk, text_hash, f"vector of {text}")


def add_documents(
    store: Store,
    generation: Generation,
    lease: Lease,
    documents: Mapping[str, Sequence[str]],
    gone: Sequence[str] = (),
    now: datetime = NOW,
) -> Written:
    """Commit documents as lists of chunk texts, and remove others."""
    writes = [
        ItemWrite(item(key), tuple(indexed(key, ordinal, text) for ordinal, text in enumerate(texts)))
        for key, texts in documents.items()
    ]
    return store.corpus.commit(generation.id, lease, writes, [item(key) for key in gone], now)

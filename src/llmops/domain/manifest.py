"""What the store knows about an index: its generations, the manifest of items and chunks, and what is still to be applied."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

from llmops.core.hashing import digest_bytes
from llmops.domain.corpus import Chunk, RagSpec
from llmops.domain.noun import Noun

GenerationState = Literal["building", "ready", "retired", "broken"]


class Generation(Noun):
    """One build of an index under one configuration, which never changes.

    `fingerprint` is RagSpec.fingerprint, `pipeline` the version of parsers and chunkers, `embedder` the embedder's identity;
    `uid` is short for the three. `sequence` counts what was committed to the manifest, `applied` what of it is in the vector
    store. While `dirty`, the vector store may hold anything and is not read. `stored` is how many vectors it held when it
    was last clean. What the manifest held is known from sequence `oldest` on. `verified_at` is when its vectors were last
    found right, after they were made.

    | state | means |
    |---|---|
    | `building` | its first sync has not ended, or what it built was not verified yet; nothing is answered from it |
    | `ready` | it answers, and syncs keep it in step as long as somebody needs it |
    | `retired` | nobody needs it any more: it answers as it is, and syncs pass it by |
    | `broken` | a verification found its vectors damaged: searches read the store until it is mended, and a build is not served |

    Who needs it is told by aliases and files and not noted here, so that nothing can say something else than they do: what
    an alias holder needs is called `active` where generations are listed.
    """

    id: int = 0
    index: str
    uid: str
    fingerprint: str
    pipeline: str
    embedder: str
    dimension: int
    spec: RagSpec
    vectors: str
    state: GenerationState = "building"
    dirty: bool = False
    sequence: int = 0
    applied: int = 0
    stored: int = 0
    created_at: datetime
    synced_at: datetime | None = None
    oldest: int = 0
    verified_at: datetime | None = None

    @property
    def answers(self) -> bool:
        """Whether it was built completely and found right then, so that it can be searched."""
        return self.state in ("ready", "retired") or (self.state == "broken" and self.synced_at is not None)


class ManifestItem(NamedTuple):
    """One document as the manifest has it. `content_hash` is empty while no version of it could be parsed; `error` says why
    the last one could not, and its chunks are those of the last good one. `metadata` is what source and document say of it, as
    canonical JSON."""

    id: str
    source: str
    key: str
    token: str
    size: int
    changed_at: float
    content_hash: str = ""
    title: str = ""
    error: str = ""
    metadata: str = "{}"


class KnownToken(NamedTuple):
    """What of a manifest's item says whether the document is as it was."""

    key: str
    token: str


class IndexedChunk(NamedTuple):
    """A chunk with the digest of its text, the key of its vector in the embedding cache, and what is embedded before its
    text."""

    chunk: Chunk
    text_hash: str
    embedding_key: str
    header: str = ""


class ItemWrite(NamedTuple):
    """The new state of an item. `chunks` None leaves those that are there."""

    item: ManifestItem
    chunks: tuple[IndexedChunk, ...] | None = None


class Written(NamedTuple):
    """What a commit did: chunks to be put into, updated without new vectors in, and removed from the vector store."""

    added: int
    updated: int
    removed: int


class CommitNote(NamedTuple):
    """What is noted beside a change of the manifest: why it was made (empty: a sync), and how many texts were embedded for it
    in how many seconds."""

    text: str = ""
    embedded: int = 0
    seconds: float = 0.0


A_SYNC: Final = CommitNote()


@dataclass(frozen=True, slots=True)
class Commit:
    """One change of a manifest, as its history has it: chunks that came, changed and went, texts that were embedded for it in
    how many seconds, and why it was made (empty: a sync)."""

    sequence: int
    at: datetime
    added: int
    updated: int
    removed: int
    embedded: int
    seconds: float
    note: str


class Pause(NamedTuple):
    """Why no sync changes an index, and since when."""

    note: str
    at: datetime


class ItemThen(NamedTuple):
    """An item that is otherwise than it was: as it is `now`, and as it was `then`, None where it is or was not there."""

    id: str
    now: ManifestItem | None
    then: ManifestItem | None


class Pending(NamedTuple):
    """A chunk whose vector is to be put in place, or removed where `embedding_key` is None."""

    sequence: int
    cid: str
    embedding_key: str | None


class Counts(NamedTuple):
    """How many documents and chunks a generation has, how many documents could not be read, and how many vectors are still
    to be applied; `waiting_since` is when the oldest of those changed, in seconds since 1970."""

    documents: int
    chunks: int
    failed: int
    pending: int
    waiting_since: float | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to change an index, or to carry out a run, until `expires_at`. `token` grows with every holder: a write with
    an old one fails."""

    index: str
    holder: str
    token: int
    expires_at: datetime


def short_hash(*parts: str) -> str:
    """Hash texts to 128 bits, 32 hex digits. Parts are kept apart: ("ab", "c") is not ("a", "bc")."""
    whole = b"".join(len(data).to_bytes(8, "big") + data for data in (part.encode() for part in parts))
    return digest_bytes(whole)[7:39]

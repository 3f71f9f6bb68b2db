"""A Chroma collection as a vector store, whether it is a folder of ours or on a server: vectors, ids and tokens only.

No text is stored, which would triple the disk; batches are small; calls run in a thread of the store and have a time-out;
and every error of Chroma becomes a VectorStoreError.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from llmops.backends.matrix import Matrix
from llmops.core.errors import VectorStoreError
from llmops.core.hashing import Json
from llmops.domain.filters import Filters, wanted
from llmops.domain.vector_batches import check_query, last_of_each

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

T = TypeVar("T")

TOKENS: Final = "tokens"
BATCH: Final = 1000
PAGE: Final = 10_000
OR: Final = 200  # tokens in one condition
SETTINGS: Final[Json] = {"hnsw": {"space": "cosine", "ef_search": 300}}
"""A wider search of the graph that Chroma builds by default finds more than one of a denser graph, which costs more to build."""


class Collection(Protocol):
    """What is used of a Chroma collection."""

    metadata: Json

    def upsert(self, ids: list[str], embeddings: "Vectors", metadatas: list[Json]) -> None: ...
    def delete(self, ids: list[str]) -> None: ...
    def count(self) -> int: ...
    def query(self, *, query_embeddings: "Vectors", n_results: int, where: Json, include: list[str]) -> Json: ...
    def get(self, ids: list[str] | None = None, **options: Json) -> Json: ...


class Client(Protocol):
    """What is used of a Chroma client."""

    def get_max_batch_size(self) -> int: ...
    def close(self) -> None: ...


class Lock(Protocol):
    """Keeps other processes out while this one reads or writes."""

    def read(self) -> None: ...
    def write(self) -> None: ...
    def release(self) -> None: ...


class ChromaCollection:
    """Vectors of one generation in an HNSW index.

    Args:
        where: what messages call the place.
        dimension: the length of a vector.
        connect: opens Chroma and the collection.
        lock: keeps other processes out.
        timeout: seconds for each call.
        hint: what to type when a call fails.
    """

    def __init__(
        self,
        where: str,
        dimension: int,
        connect: Callable[[], tuple[Client, Collection]],
        lock: Lock,
        timeout: float,
        hint: str,
    ) -> None:
        self._where = where
        self._dimension = dimension
        self._timeout = timeout
        self._hint = hint
        self._lock = lock
        self._thread: ThreadPoolExecutor | None = ThreadPoolExecutor(1, thread_name_prefix="llmops-chroma")
        self._lock.read()
        try:
            self._client, self._collection = self._call("opened", connect)
            self._batch = min(BATCH, self._call("opened", self._client.get_max_batch_size))
            built_for = int((self._collection.metadata or {}).get("dimension", dimension))
        except VectorStoreError:
            self._stop()
            raise
        if built_for != dimension:
            self.close()
            raise VectorStoreError(
                f"the vectors in {where} have dimension {built_for}, not {dimension}",
                hint="Was the index built with another embedding model? Sync it to build a generation for this one.",
            )

    def upsert(
        self, ids: Sequence[str], vectors: "Vectors", metadata: Sequence[Mapping[str, Json]] | None = None
    ) -> None:
        """Put vectors in place, in batches."""
        batch = last_of_each(ids, vectors, metadata, self._dimension)
        if batch.ids:
            self._lock.write()
        for part in batch.parts(self._batch):
            # One key for all: Chroma keeps old keys that an upsert does not name. None removes it.
            held: list[Json] = [{TOKENS: tokens or None} for tokens in part.tokens]
            self._call(
                "written",
                lambda part=part, held=held: self._collection.upsert(part.ids, part.vectors, held),  # type: ignore[misc]
            )

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors, in batches."""
        unique = list(dict.fromkeys(ids))
        if unique:
            self._lock.write()
        for start in range(0, len(unique), self._batch):
            part = unique[start : start + self._batch]
            self._call("written", lambda part=part: self._collection.delete(ids=part))  # type: ignore[misc]

    def search(self, vector: "Vectors", k: int, filters: Filters | None = None) -> list[tuple[str, float]]:
        """The k nearest by cosine similarity of those that match, best first."""
        query, any_of = check_query(vector, self._dimension), wanted(filters)
        if k < 1:
            return []
        found: dict[str, float] = {}
        for where in _wheres(any_of):
            found.update(self._nearest(query, k, where))
        return sorted(found.items(), key=lambda hit: (-hit[1], hit[0]))[:k]

    def ids(self) -> Iterator[str]:
        """All ids, read a page at a time."""
        offset = 0
        while page := self._page(offset):
            yield from page
            offset += len(page)

    def fetch(self, ids: Sequence[str]) -> "dict[str, Vectors]":
        """The stored vectors of those ids that are there."""
        import numpy as np

        unique, found = list(dict.fromkeys(ids)), dict[str, "Vectors"]()
        for start in range(0, len(unique), self._batch):
            part = unique[start : start + self._batch]
            got = self._call(
                "read",
                lambda part=part: self._collection.get(part, include=["embeddings"], limit=len(part)),  # type: ignore[misc]
            )
            found.update(zip(got["ids"], np.asarray(got["embeddings"], dtype=np.float32), strict=True))
        return found

    def count(self) -> int:
        """How many vectors there are."""
        return self._call("read", self._collection.count)

    def close(self) -> None:
        """Let go of Chroma and of the lock."""
        if self._thread is not None:
            try:
                self._call("closed", self._client.close)
            finally:
                self._stop()

    def _nearest(self, query: "Vectors", k: int, where: Json) -> list[tuple[str, float]]:
        found = self._call(
            "searched",
            lambda: self._collection.query(
                query_embeddings=query.reshape(1, -1), n_results=k, where=where, include=["distances"]
            ),
        )
        ids = [str(i) for i in found["ids"][0]]
        if where and len(ids) < k:
            return self._compare_all(query, k, where)
        if not ids:
            return []  # Chroma has no list of distances then
        return [(i, 1.0 - float(distance)) for i, distance in zip(ids, found["distances"][0], strict=True)]

    def _compare_all(self, query: "Vectors", k: int, where: Json) -> list[tuple[str, float]]:
        """Compare with each that matches: a graph that is walked for near ones may miss some of few."""
        import numpy as np

        found = self._call("searched", lambda: self._collection.get(where=where, include=["embeddings"]))
        ids = [str(i) for i in found["ids"]]
        vectors = np.asarray(found["embeddings"], dtype=np.float32).reshape(len(ids), self._dimension)
        return Matrix(ids, vectors, [[] for _ in ids]).nearest(query, k)

    def _page(self, offset: int) -> list[str]:
        page = self._call("read", lambda: self._collection.get(include=[], limit=PAGE, offset=offset))
        return [str(i) for i in page["ids"]]

    def _stop(self) -> None:
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = None
        self._lock.release()

    def _call(self, done: str, function: Callable[[], T]) -> T:
        """Run a call of Chroma in the store's thread; whatever goes wrong becomes a VectorStoreError."""
        if self._thread is None:
            raise VectorStoreError(f"the vectors in {self._where} were closed", hint="Open the index again.")
        future = self._thread.submit(function)
        try:
            error = future.exception(self._timeout)
        except (TimeoutError, CancelledError) as late:
            self._stop()
            raise self._failure(
                f"the vectors in {self._where} were not {done} within {self._timeout:g} s", late
            ) from late
        if error is None:
            return future.result()
        raise self._failure(f"the vectors in {self._where} cannot be {done}: {error}", error) from error

    def _failure(self, message: str, error: BaseException) -> VectorStoreError:
        """What to raise for an error of Chroma."""
        return VectorStoreError(message, hint=self._hint)


def _wheres(wanted: Sequence[frozenset[str]]) -> Iterator[Json]:
    """A filter as Chroma writes it: for each key one of its tokens; several where a list is longer than SQL may be."""
    if not wanted:
        yield None
        return
    lists = [sorted(any_of) for any_of in wanted]
    cut = [[tokens[start : start + OR] for start in range(0, len(tokens), OR)] for tokens in lists]
    for parts in itertools.product(*cut):
        yield _joined("$and", [_joined("$or", [{TOKENS: {"$contains": token}} for token in part]) for part in parts])


def _joined(operator: str, parts: list[Json]) -> Json:
    return parts[0] if len(parts) == 1 else {operator: parts}

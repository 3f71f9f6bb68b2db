"""Keep a vector store open between searches, without standing in the way of a sync.

Embedded stores let many processes read or one write. So a reader closes its store when the generation is dirty (a sync sets
that before it asks for the lock), when the store has moved on, and after two seconds without a search.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

from llmops.core.errors import VectorStoreDown, VectorStoreError
from llmops.domain.manifest import Generation
from llmops.domain.ports import Filters, VectorStore
from llmops.index.vectors import VectorPlace

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

LINGER: Final = 2.0  # seconds; less than a writer waits for the lock
PATIENCE: Final = 30.0  # seconds in which a server that did not answer is not asked again

_readers: "WeakSet[VectorReader]" = WeakSet()


class VectorReader:
    """The vector store of an index as searches see it. Threads may share it."""

    def __init__(self, place: VectorPlace, clock: Callable[[], float] = monotonic) -> None:
        self._place = place
        self._clock = clock
        self._lock = threading.Lock()
        self._store: VectorStore | None = None
        self._state: tuple[str, int] | None = None
        self._address: tuple[str, str] | None = None
        self._down_until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        _readers.add(self)

    def search(
        self, generation: Generation, vector: "Vectors", k: int, filters: Filters | None = None
    ) -> list[tuple[str, float]]:
        """The k nearest, of those that match, of a generation that is not dirty.

        Raises:
            VectorStoreError: it cannot be read, or does not hold what the last sync left.
        """
        with self._lock:
            if self._clock() < self._down_until:
                raise VectorStoreDown(
                    f"the server of the vectors of index {generation.index!r} did not answer just now"
                )
            try:
                return self._search(generation, vector, k, filters)
            except VectorStoreError as error:
                if isinstance(error, VectorStoreDown):
                    self._down_until = self._clock() + PATIENCE
                self._store, broken = None, self._store
                if broken is not None:
                    with suppress(VectorStoreError):
                        broken.close()
                raise

    def rest(self) -> None:
        """Close the store after a while without a search; called on an event loop."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(LINGER, self._let_go)

    def close(self) -> None:
        """Let go of the vector store."""
        with self._lock:
            self._close()

    def reads(self, address: tuple[str, str]) -> bool:
        """Whether this reader may have the vectors there open."""
        return self._address == address

    def _search(
        self, generation: Generation, vector: "Vectors", k: int, filters: Filters | None
    ) -> list[tuple[str, float]]:
        found = self._opened(generation).search(vector, min(k, generation.stored), filters)
        if not filters and len(found) < min(k, generation.stored):
            raise VectorStoreError(
                f"the vector store of index {generation.index!r} finds {len(found)} of {min(k, generation.stored)} chunks",
                hint=f"llmops index verify {generation.index} --repair",
            )
        return found

    def _opened(self, generation: Generation) -> VectorStore:
        state = (generation.uid, generation.applied)
        if self._store is not None and self._state == state:
            return self._store
        self._close()
        self._address = self._place.address(generation)
        store = self._place.open_for(generation)
        try:
            held = store.count()
            if held != generation.stored:
                raise VectorStoreError(
                    f"the vector store of index {generation.index!r} holds {held} vectors, not {generation.stored}",
                    hint=f"llmops index verify {generation.index} --repair",
                )
        except VectorStoreError:
            store.close()
            raise
        self._store, self._state = store, state
        return store

    def _let_go(self) -> None:
        if self._lock.acquire(blocking=False):  # a search under way starts the clock anew
            try:
                self._close()
            finally:
                self._lock.release()

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = self._state = None


def let_go_of(address: tuple[str, str]) -> None:
    """Close all stores that this process has open at an address of VectorPlace; what is there is about to go."""
    for reader in list(_readers):
        if reader.reads(address):
            reader.close()

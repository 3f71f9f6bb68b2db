"""The store of a workspace: opened when it is first needed, and anew when its file has appeared or was replaced."""

import threading
from functools import cached_property
from pathlib import Path
from typing import Final

from llmops.core.errors import StoreError
from llmops.core.settings import Settings
from llmops.storage.store import Store, open_store
from llmops.storage.urls import parse_url, show_url, sqlite_path

CLOSE_SECONDS: Final = 1.0


class LazyStore:
    """Opens the store of a workspace. Threads may share it."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self._root = root
        self._settings = settings
        self._store: Store | None = None
        self._file: tuple[int, int] | None = None
        self._lock = threading.RLock()

    @property
    def place(self) -> str:
        """Which store it is, without the password; known also while it does not answer."""
        return show_url(parse_url(self._settings.store.url))

    def get(self) -> Store:
        """The store; a SQLite one that is not there is an empty one in memory.

        Raises:
            StoreError: it cannot be opened.
        """
        with self._lock:
            return self._store or self._open(create=False)

    def look(self) -> Store:
        """The same, after a look at the file of a SQLite store, which may have appeared or been replaced since.

        Raises:
            StoreError: it cannot be opened, or its file is gone. (SQLite itself would go on reading the removed file.)
        """
        with self._lock:
            store = self.get()
            path = self._path
            if path is None:
                return store
            found = _identity(path)
            if found is None and not store.is_temporary:
                raise StoreError(f"{path} is gone", hint="Restore it from a copy.")
            if found is not None and found != self._file:
                store.close()
                return self._open(create=False)
            return store

    def create(self) -> Store:
        """The store, made where it is not there yet."""
        with self._lock:
            self.close()
            return self._open(create=True)

    def close(self) -> None:
        """Let go of connections and files; a thread that waits for a dead server to open keeps its own."""
        if not self._lock.acquire(timeout=CLOSE_SECONDS):
            return
        try:
            if self._store is not None:
                self._store.close()
            self._store = None
        finally:
            self._lock.release()

    def _open(self, *, create: bool) -> Store:
        path = self._path
        url, blobs = self._settings.store.url, self._settings.blobs.url
        self._file = _identity(path) if path is not None else None
        self._store = None
        self._store = open_store(url, root=self._root, blobs_url=blobs, create=create)
        if path is not None and self._file is None and not self._store.is_temporary:
            self._file = _identity(path)
        return self._store

    @cached_property
    def _path(self) -> Path | None:
        url = parse_url(self._settings.store.url)
        return sqlite_path(url, self._root) if url.drivername == "sqlite" else None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino

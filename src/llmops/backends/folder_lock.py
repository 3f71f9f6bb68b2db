"""Keep processes out of each other's vector folders: many may read, one may write, and never both.

An OS lock (it vanishes with its process) on a file in the folder. Within a process all stores on one folder share it,
because the OS would otherwise have them wait for each other.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from llmops.core.errors import VectorStoreError

LOCK_FILE: Final = ".lock"
PATIENCE: Final = 5.0  # seconds to wait for another process

_held: dict[tuple[int, str], "_Held"] = {}
_registry = threading.Lock()


class _Held:
    """This process's lock on one folder, and how many of its stores use it how.

    Two files, because an OS lock cannot be raised from shared to exclusive without a moment of having none: who wants to
    write first holds `writer`, so that nobody else can be writing when a failed attempt takes its shared lock back.
    """

    def __init__(self, folder: Path) -> None:
        self.all = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
        self.writer = os.open(folder / f"{LOCK_FILE}-writer", os.O_RDWR | os.O_CREAT, 0o644)
        self.readers = 0
        self.writers = 0

    def try_read(self) -> bool:
        """Count one reader more, if no other process writes."""
        if not self.readers and not self.writers and not _lock(self.all, fcntl.LOCK_SH):
            return False
        self.readers += 1
        return True

    def try_write(self) -> bool:
        """Count one writer more, if no other process reads or writes."""
        if not self.writers:
            if not _lock(self.writer, fcntl.LOCK_EX):
                return False
            if not _lock(self.all, fcntl.LOCK_EX):
                _lock(self.all, fcntl.LOCK_SH if self.readers else fcntl.LOCK_UN)
                _lock(self.writer, fcntl.LOCK_UN)
                return False
        self.writers += 1
        return True

    def leave(self, readers: int, writers: int) -> None:
        """Count down; give up what nobody needs any more."""
        self.readers -= readers
        self.writers -= writers
        if writers and not self.writers:
            _lock(self.all, fcntl.LOCK_SH if self.readers else fcntl.LOCK_UN)
            _lock(self.writer, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the files, and so of all locks."""
        os.close(self.all)
        os.close(self.writer)


class FolderLock:
    """A lock on a folder for the life of a store.

    Args:
        folder: must exist.
        patience: seconds to wait for other processes.
    """

    def __init__(self, folder: Path, patience: float = PATIENCE) -> None:
        self._folder = folder
        self._patience = patience
        self._reads = self._writes = False

    def read(self) -> None:
        """Keep writers of other processes out. Raises VectorStoreError when one is in."""
        if not (self._reads or self._writes):
            self._wait_for(_Held.try_read, "is writing to")
            self._reads = True

    def write(self) -> None:
        """Keep all other processes out. Raises VectorStoreError when one is in."""
        if not self._writes:
            self._wait_for(_Held.try_write, "is using")
            self._writes = True

    def release(self) -> None:
        """Let others in; a second time to no effect."""
        with _registry:
            key = self._key()
            held = _held.get(key)
            if held is not None and (self._reads or self._writes):
                held.leave(int(self._reads), int(self._writes))
                if not held.readers and not held.writers:
                    held.close()
                    del _held[key]
            self._reads = self._writes = False

    def _key(self) -> tuple[int, str]:
        return os.getpid(), str(self._folder.resolve())

    def _wait_for(self, attempt: Callable[[_Held], bool], doing: str) -> None:
        until = time.monotonic() + self._patience
        while not self._try(attempt):
            if time.monotonic() >= until:
                raise VectorStoreError(
                    f"another process {doing} the vectors in {self._folder}",
                    hint='Wait until it ends, or let several processes share an index: [vectors] kind = "exact".',
                )
            time.sleep(0.02)

    def _try(self, attempt: Callable[[_Held], bool]) -> bool:
        with _registry:
            key = self._key()
            held = _held.get(key) or _Held(self._folder)
            if attempt(held):
                _held[key] = held
                return True
            if key not in _held:
                held.close()
            return False


def _lock(file: int, how: int) -> bool:
    """Lock or unlock an open file without waiting; tells whether it worked."""
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

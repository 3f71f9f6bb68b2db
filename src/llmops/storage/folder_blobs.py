"""Blobs in a local folder: written beside their place and renamed into it, so that a killed writer leaves no half blob."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from llmops.core.errors import StoreError
from llmops.core.hashing import PREFIX
from llmops.domain.ports import StoredBlob
from llmops.storage.addressed import (
    PARTS,
    SIGNED,
    AddressedBlobs,
    Swept,
    blocks_of,
    changed,
    expecting,
    is_left_behind,
    part_name,
    relative,
    unknown,
    whole,
    write_beside,
)
from llmops.storage.leases import this_process


class FolderBlobs(AddressedBlobs):
    """Blobs in a local folder, which is made by the first `put`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.place = str(folder)

    def put_blocks(self, blocks: Iterable[bytes]) -> StoredBlob:
        """Store what comes in blocks, in one pass: they are hashed while they are written."""
        state, size = hashlib.sha256(), 0

        def hashed() -> Iterator[bytes]:
            nonlocal size
            for block in blocks:
                state.update(block)
                size += len(block)
                yield block

        def place() -> Path:
            digest = PREFIX + state.hexdigest()
            self._note(digest)
            return self._made_place(digest)

        part = self.folder / PARTS / part_name(this_process())
        with self._writing():
            self._sweep_parts(lambda path: is_left_behind(path.name))
            part.parent.mkdir(parents=True, exist_ok=True)
            write_beside(part, hashed(), place)
        return StoredBlob(PREFIX + state.hexdigest(), size)

    def put_file(self, path: Path) -> StoredBlob:
        """Store a file, read once.

        Raises:
            OSError: the file itself cannot be read.
            Conflict: it changed meanwhile.
        """
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            stored = self.put_blocks(blocks_of(file))
            after = os.fstat(file.fileno())
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, stored.size):
            raise changed(path)
        return stored

    def __iter__(self) -> Iterator[str]:
        return whole(path.name for path in self.folder.glob("sha256/??/*"))

    def size(self, digest: str) -> int | None:
        """How many bytes a blob has; None where there is none."""
        path = self.folder / relative(digest)
        return path.stat().st_size if path.is_file() else None

    def remove(self, digest: str) -> None:
        """Remove a blob; one that is not there is no error."""
        with self._writing():
            (self.folder / relative(digest)).unlink(missing_ok=True)

    def sweep(self, before: datetime, *, dry_run: bool = False) -> Swept:
        """Remove what writers that were killed left: those of processes that are gone, and what is older than `before`."""
        return self._sweep_parts(lambda path: is_left_behind(path.name) or _is_older(path, before), dry_run=dry_run)

    def signatures(self) -> set[str]:
        """The ids of the stores that have written here."""
        return {path.name for path in (self.folder / SIGNED).glob("*")}

    def _read(self, digest: str) -> Iterator[bytes]:
        try:
            with (self.folder / relative(digest)).open("rb") as file:
                yield from blocks_of(file)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise unknown(digest, self.place) from error
        except OSError as error:
            raise StoreError(
                f"blob {digest} in {self.place} cannot be read: {error.strerror}", hint="Make it readable."
            ) from error

    def _write(self, digest: str, file: IO[bytes], size: int) -> None:
        part = self.folder / PARTS / part_name(this_process())
        with self._writing():
            part.parent.mkdir(parents=True, exist_ok=True)
            write_beside(part, expecting(digest, blocks_of(file)), lambda: self._made_place(digest))

    def _holds(self, digest: str, data: bytes) -> bool:
        """Whether these very bytes are there: a damaged file is written again."""
        with self._writing():
            path = self.folder / relative(digest)
            return path.is_file() and path.read_bytes() == data

    def _sign(self, store_id: str) -> None:
        with self._writing():
            (self.folder / SIGNED).mkdir(parents=True, exist_ok=True)
            (self.folder / SIGNED / store_id).touch()

    def _made_place(self, digest: str) -> Path:
        path = self.folder / relative(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _sweep_parts(self, is_garbage: Callable[[Path], bool], *, dry_run: bool = False) -> Swept:
        count = size = 0
        for pattern in (f"{PARTS}/*.part", "sha256/??/*.part"):
            for path in self.folder.glob(pattern):
                with suppress(FileNotFoundError):  # its writer has just finished
                    if not is_garbage(path):
                        continue
                    size += path.stat().st_size
                    if not dry_run:
                        path.unlink()
                    count += 1
        return Swept(count, size)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"a blob could not be written to {self.folder}: {error.strerror}",
                hint="Free some space or make the folder writable, or set LLMOPS_BLOBS_URL to another place.",
            ) from error


def _is_older(path: Path, moment: datetime) -> bool:
    return path.stat().st_mtime < moment.timestamp()

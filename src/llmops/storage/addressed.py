"""What all blobs have in common: bytes are named by their digest, stored once, and hashed again whenever they are read.

A blob is noted before anything refers to it, also one that is there already: a collection, which looks for blobs that nothing
refers to, leaves alone what was noted lately (see `collecting`). A place notes as well which stores write to it, so that no
store ever removes what another one needs.
"""

import hashlib
import io
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Final, NamedTuple

from llmops.core.errors import Conflict, NotFound, StoreError
from llmops.core.hashing import PREFIX, digest_bytes, is_digest
from llmops.domain.ports import StoredBlob
from llmops.storage.leases import is_dead

BLOCK: Final = 1 << 20
AT_ONCE: Final = 8 << 20  # what is held in memory, and sent in one request
PARTS: Final = "parts"
SIGNED: Final = "stores"
_WHOLE: Final = len(PREFIX) + 64


class Uses(NamedTuple):
    """How a store notes the blobs that it uses, and what it is called itself."""

    note: Callable[[str], None]
    store_id: Callable[[], str]


class Swept(NamedTuple):
    """What writers that were killed had left behind."""

    parts: int
    size: int


class AddressedBlobs(ABC):
    """Blobs at one place."""

    place: str

    def __init__(self) -> None:
        self._uses: Uses | None = None
        self._has_signed = False

    def noted_by(self, uses: Uses) -> None:
        """Have a store note what is put here from now on."""
        self._uses = uses

    def put(self, data: bytes) -> str:
        """Store bytes and return their digest; the same bytes again are stored once."""
        digest = digest_bytes(data)
        self._note(digest)
        if not self._holds(digest, data):
            self._write(digest, io.BytesIO(data), len(data))
        return digest

    def put_blocks(self, blocks: Iterable[bytes]) -> StoredBlob:
        """Store what comes in blocks; many of them wait in a temporary file until their digest is known."""
        import tempfile

        source, held, size = iter(blocks), [], 0
        for block in source:
            held.append(block)
            size += len(block)
            if size > AT_ONCE:
                break
        else:
            data = b"".join(held)
            return StoredBlob(self.put(data), len(data))
        with tempfile.NamedTemporaryFile(prefix="llmops-") as file:
            file.writelines(held)
            held.clear()
            file.writelines(source)
            file.flush()
            return self._put_open(file)

    def put_file(self, path: Path) -> StoredBlob:
        """Store a file, which is read twice: to know its digest, and to write it where it is not there.

        Raises:
            OSError: the file itself cannot be read.
            Conflict: it changed meanwhile.
        """
        with path.open("rb") as file:
            try:
                return self._put_open(file)
            except Changed as error:
                raise changed(path) from error

    def keep(self, digest: str) -> int | None:
        """Say that something is about to refer to a blob; its size, or None where there is no such blob."""
        if not is_whole(digest):
            return None
        self._note(digest)
        return self.size(digest)

    def get(self, digest: str) -> bytes:
        """The bytes of a digest, verified.

        Raises:
            NotFound: they are not here.
            StoreError: they cannot be read, or are not what was stored.
        """
        return b"".join(self.blocks(digest))

    def blocks(self, digest: str) -> Iterator[bytes]:
        """The bytes of a digest in blocks; damage is told at the latest after the last one."""
        relative(digest)
        state = hashlib.sha256()
        for block in self._read(digest):
            state.update(block)
            yield block
        if PREFIX + state.hexdigest() != digest:
            raise StoreError(
                f"blob {digest} in {self.place} is damaged: its bytes have another digest",
                hint="Restore it from a copy, or register the file it came from again.",
            )

    def copy_to(self, digest: str, path: Path) -> None:
        """Write the bytes to a file, which appears under its name when all of them are verified.

        Raises:
            NotFound: they are not here.
            StoreError: they are not what was stored, or the file cannot be written.
        """
        blocks = self.blocks(digest)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_beside(path.with_name(f"{path.name}.{os.urandom(6).hex()}.part"), blocks, lambda: path)
        except OSError as error:
            raise StoreError(
                f"{path} cannot be written: {error.strerror or error}", hint="Make room there, or make it writable."
            ) from error

    def __contains__(self, digest: object) -> bool:
        return is_whole(digest) and self.size(str(digest)) is not None

    @abstractmethod
    def __iter__(self) -> Iterator[str]:
        """The digests of all that is stored, in order."""

    @abstractmethod
    def size(self, digest: str) -> int | None:
        """How many bytes a blob has; None where there is none."""

    @abstractmethod
    def remove(self, digest: str) -> None:
        """Remove a blob; one that is not there is no error."""

    @abstractmethod
    def sweep(self, before: datetime, *, dry_run: bool = False) -> Swept:
        """Remove what writers that were killed left: those of processes that are gone, and what is older than `before`."""

    def unfinished(self) -> Mapping[str, int]:
        """The bytes of uploads that were interrupted and may go on, by the digest of what they would be."""
        return {}

    @abstractmethod
    def signatures(self) -> set[str]:
        """The ids of the stores that have written here; empty where none but the store itself can."""

    @abstractmethod
    def _read(self, digest: str) -> Iterator[bytes]:
        """The bytes as they are."""

    @abstractmethod
    def _write(self, digest: str, file: IO[bytes], size: int) -> None:
        """Write a file, from its beginning, that has a digest, so that it appears at once and whole; Changed where it turns
        out to be another one."""

    @abstractmethod
    def _sign(self, store_id: str) -> None:
        """Note which store writes here."""

    def _holds(self, digest: str, data: bytes) -> bool:
        return self.size(digest) == len(data)

    def _note(self, digest: str) -> None:
        if self._uses is None:
            return
        if not self._has_signed and (store_id := self._uses.store_id()):
            self._sign(store_id)
            self._has_signed = True
        self._uses.note(digest)

    def _put_open(self, file: IO[bytes]) -> StoredBlob:
        digest, size = digest_of(file)
        self._note(digest)
        if self.size(digest) != size:
            file.seek(0)
            self._write(digest, file, size)
        return StoredBlob(digest, size)


class Changed(Exception):  # told as a Conflict by whoever knows the file
    """A file is not what it was a moment ago."""


def changed(path: Path) -> Conflict:
    """What is said of a file that somebody writes while it is stored."""
    return Conflict(f"{path} changed while it was stored", hint="Store it when it is written to its end.")


def expecting(digest: str, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks, and an error after the last one where they are other bytes than they should be."""
    state = hashlib.sha256()
    for block in blocks:
        state.update(block)
        yield block
    if PREFIX + state.hexdigest() != digest:
        raise Changed(digest)


def digest_of(file: IO[bytes]) -> StoredBlob:
    """The digest of a file from its beginning, and its size."""
    file.seek(0)
    state, size = hashlib.sha256(), 0
    for block in blocks_of(file):
        state.update(block)
        size += len(block)
    return StoredBlob(PREFIX + state.hexdigest(), size)


def blocks_of(file: IO[bytes]) -> Iterator[bytes]:
    """What is left of a file, a megabyte at a time."""
    while block := file.read(BLOCK):
        yield block


def write_beside(beside: Path, blocks: Iterable[bytes], place: Callable[[], Path]) -> None:
    """Write blocks to a file, and rename it to its place when it is on the disk; nothing is left if that fails."""
    try:
        with beside.open("xb") as file:
            for block in blocks:
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place())
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def is_whole(digest: object) -> bool:
    """Whether it is a digest, and not a shortened one."""
    return isinstance(digest, str) and is_digest(digest) and len(digest) == _WHOLE


def whole(names: Iterable[str]) -> Iterator[str]:
    """The digests that file names stand for, in order; half-written files are none."""
    return iter(sorted(PREFIX + name for name in names if is_whole(PREFIX + name)))


def relative(digest: str) -> str:
    """Where a blob lies below its place. Only a whole digest has one, so no text can name a path outside."""
    if not is_whole(digest):
        raise NotFound(f"{digest!r} is no blob digest", hint="A blob is named by sha256: and 64 hex digits.")
    body = digest.removeprefix(PREFIX)
    return f"sha256/{body[:2]}/{body}"


def part_name(writer: str) -> str:
    """The name of a file that a process writes: `process PID on HOST` stands in it, so that whoever comes later knows."""
    _, pid, _, host = writer.split()
    return f"{host}~{pid}~{os.urandom(6).hex()}.part"


def is_left_behind(name: str) -> bool:
    """Whether the writer of a part is known to be gone."""
    host, _, rest = name.partition("~")
    pid, _, rest = rest.partition("~")
    return bool(rest) and is_dead(f"process {pid} on {host}")


def unknown(digest: str, place: str) -> NotFound:
    """What is said of a blob that is not there."""
    return NotFound(
        f"there is no blob {digest} in {place}",
        hint="Restore it from a copy; llmops db check lists all that are missing.",
    )

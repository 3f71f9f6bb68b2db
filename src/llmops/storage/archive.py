"""Backup files: a tar of what a store holds, whose last member says what the others must be.

`store.db` is a SQLite file, `tables/NAME.copy` what PostgreSQL's COPY writes, `blobs/HEX` a blob, `backup.json` the
manifest. It comes last, so a file that was cut off has none and is never taken for a backup. Nothing is ever extracted
under a name that the file chooses.
"""

import hashlib
import io
import os
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Literal

from pydantic import Field, ValidationError

from llmops.core.errors import CheckFailed, InputError, OutsideError
from llmops.core.hashing import PREFIX, Json
from llmops.domain.noun import Noun

FORMAT: Final = 1
DATABASE: Final = "store.db"
TABLES: Final = "tables/"
BLOBS: Final = "blobs/"

_MANIFEST: Final = "backup.json"
_MANIFEST_CAP: Final = 1 << 20
_NAME: Final = re.compile(r"store\.db|tables/[a-z_]{1,60}\.copy|blobs/[0-9a-f]{64}|backup\.json")
_COMPRESSED: Final = (".gz", ".tgz")
_BLOCK: Final = 1 << 20


class Member(Noun):
    """A file of a backup. `columns` are those of a table, in the order of its rows' fields."""

    size: int
    sha256: str
    columns: tuple[str, ...] = ()


class Manifest(Noun):
    """What a backup holds: of which store, as it was when, with which head of the history after how many rows."""

    format: int = FORMAT
    database: Literal["sqlite", "postgresql"]
    revision: str
    head: str
    rows: int
    blobs: int
    created_at: datetime
    llmops: str
    members: dict[str, Member]
    sequences: dict[str, int] = Field(default_factory=dict)


class ArchiveWriter:
    """Writes a backup; `finish` makes it one."""

    def __init__(self, path: Path, now: datetime) -> None:
        self.members: dict[str, Member] = {}
        self.blobs = 0
        self._now = now
        self._tar = tarfile.open(path, "x:gz" if path.suffix in _COMPRESSED else "x")  # noqa: SIM115  # closed by close
        os.chmod(path, 0o600)

    def close(self) -> None:
        """Let go of the file."""
        self._tar.close()

    def add_file(self, name: str, path: Path, columns: tuple[str, ...] = ()) -> None:
        """Add a file under a name."""
        with path.open("rb") as file:
            part = Part(file, path)
            self._tar.addfile(self._entry(name, path.stat().st_size), part)
        self.members[name] = Member(size=part.size, sha256=part.sha256, columns=columns)

    def add_blob(self, digest: str, blocks: Iterable[bytes], size: int) -> None:
        """Add a blob of so many bytes; its name is its sum."""
        self._tar.addfile(self._entry(BLOBS + digest.removeprefix(PREFIX), size), io.BufferedReader(_Blocks(blocks)))
        self.blobs += 1

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest, the last member."""
        data = manifest.model_dump_json(indent=1).encode()
        self._tar.addfile(self._entry(_MANIFEST, len(data)), io.BytesIO(data))

    def _entry(self, name: str, size: int) -> tarfile.TarInfo:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime, entry.mode = size, int(self._now.timestamp()), 0o600
        return entry


class _Blocks(io.RawIOBase):
    """Blocks of bytes as a file to read."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Json) -> int:
        if not self._rest:
            self._rest = next(self._blocks, b"")
        some = self._rest[: len(buffer)]
        buffer[: len(some)] = some
        self._rest = self._rest[len(some) :]
        return len(some)


class Part:
    """A file of a backup, hashed while it is read."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self.size = 0
        self._file = file
        self._path = path
        self._state = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, or all.

        Raises:
            CheckFailed: the backup is damaged here.
            OutsideError: it cannot be read.
        """
        with _reading(self._path):
            block = self._file.read(size)
        self._state.update(block)
        self.size += len(block)
        return block

    def blocks(self) -> Iterator[bytes]:
        """All of it, a megabyte at a time."""
        while block := self.read(_BLOCK):
            yield block

    @property
    def sha256(self) -> str:
        """The digest of what was read."""
        return PREFIX + self._state.hexdigest()


def verify_archive(path: Path) -> Manifest:
    """Read a backup from end to end and compare every byte with its sum.

    Raises:
        InputError: it is not there, no backup, or made by a newer program.
        CheckFailed: it is damaged or cut off.
        OutsideError: it cannot be read.
    """
    found: dict[str, Member] = {}
    blobs = 0
    manifest: Manifest | None = None
    for name, part in read_parts(path):
        if manifest is not None:
            raise _damaged(path, f"{name} comes after its end")
        if name == _MANIFEST:
            manifest = _read_manifest(path, part.read(_MANIFEST_CAP))
            continue
        for _ in part.blocks():
            continue
        if name.startswith(BLOBS):
            blobs += 1
            if part.sha256 != PREFIX + name.removeprefix(BLOBS):
                raise _damaged(path, f"{name} has other bytes than its name says")
        elif name in found:
            raise _damaged(path, f"{name} is there twice")
        else:
            found[name] = Member(size=part.size, sha256=part.sha256)
    if manifest is None:
        raise _damaged(path, "it was cut off: its last part is missing")
    _compare(path, manifest, found, blobs)
    return manifest


def read_parts(path: Path) -> Iterator[tuple[str, Part]]:
    """The files of a backup in order, each by its name, to be read before the next is asked for.

    Raises:
        InputError: it is not there or no backup.
        CheckFailed: it is damaged.
        OutsideError: it cannot be read.
    """
    with _reading(path), tarfile.open(path, "r:*") as tar:
        while (entry := tar.next()) is not None:
            file = tar.extractfile(entry) if entry.isreg() else None
            if file is None or not _NAME.fullmatch(entry.name):
                raise InputError(
                    f"{path} is no backup of a store: it holds {entry.name[:80]!r}",
                    hint="Name a file that llmops db backup wrote.",
                )
            with file:
                yield entry.name, Part(file, path)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError) as error:
        raise InputError(f"there is no file {path}", hint="Name a file that llmops db backup wrote.") from error
    except (EOFError, zlib.error) as error:
        raise _damaged(path, "it was cut off or changed") from error
    except tarfile.ReadError as error:
        if "unexpected end of data" in str(error):
            raise _damaged(path, "it was cut off") from error
        raise InputError(
            f"{path} is no backup of a store: {error}", hint="Name a file that llmops db backup wrote."
        ) from error
    except (OSError, tarfile.TarError) as error:
        raise OutsideError(f"{path} cannot be read: {error}", hint="Check the file and its disk.") from error


def _read_manifest(path: Path, data: bytes) -> Manifest:
    made_by = re.search(rb'"format":\s*(\d+)', data)
    if made_by and int(made_by[1]) > FORMAT:
        raise InputError(f"{path} was written by a newer llmops", hint="pip install --upgrade llmops")
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        raise _damaged(path, "its manifest cannot be read") from error


def _compare(path: Path, manifest: Manifest, found: dict[str, Member], blobs: int) -> None:
    if blobs != manifest.blobs:
        raise _damaged(path, f"it holds {blobs} blobs instead of {manifest.blobs}")
    other = found.keys() ^ manifest.members.keys()
    if other:
        raise _damaged(path, f"its manifest and its files disagree about {', '.join(sorted(other))}")
    for name, member in found.items():
        told = manifest.members[name]
        if (member.size, member.sha256) != (told.size, told.sha256):
            raise _damaged(path, f"{name} has other bytes than were written")


def _damaged(path: Path, problem: str) -> CheckFailed:
    return CheckFailed(f"the backup {path} is damaged: {problem}", hint="Use another backup; nothing was restored.")

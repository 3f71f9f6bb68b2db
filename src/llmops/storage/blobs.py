"""Content-addressed bytes, in a folder, on anything fsspec reaches, or in the database.

Bytes are written beside their place and renamed into it, so that a killed writer leaves no half blob; what is read is
hashed again, so that a damaged one is an error and never data.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select

from llmops.core.errors import NotFound, SettingsError, StoreError
from llmops.core.hashing import PREFIX, digest_bytes, is_digest
from llmops.domain.ports import Blobs
from llmops.storage.engine import Database
from llmops.storage.tables.blobs import BLOBS
from llmops.storage.upserts import insert_new

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_WHOLE: Final = len(PREFIX) + 64
_ONE: Final = select(BLOBS.c.content).where(BLOBS.c.digest == bindparam("wanted"))
_ANY: Final = select(BLOBS.c.digest).where(BLOBS.c.digest == bindparam("wanted"))


def open_blobs(url: str, *, root: Path) -> Blobs:
    """Blobs at a URL: a folder (relative ones below root, `file://` too) or what fsspec calls so (`s3://bucket/prefix`).

    Raises:
        SettingsError: fsspec does not know the protocol, or its driver is not installed.
    """
    if url.startswith("file://"):
        url = url.removeprefix("file://")
    if "://" not in url:
        return FolderBlobs(root / url)
    return FileBlobs(url)


class FolderBlobs:
    """Blobs in a local folder, which is made by the first `put`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        """Store bytes and return their digest; the same bytes again are stored once."""
        digest = digest_bytes(data)
        path = self.folder / _relative(digest)
        try:
            if not (path.is_file() and path.read_bytes() == data):
                _write(path, data)
        except OSError as error:
            raise StoreError(
                f"a blob could not be written to {self.folder}: {error.strerror}",
                hint="Free some space or make the folder writable, or set LLMOPS_BLOBS_URL to another place.",
            ) from error
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a digest, verified.

        Raises:
            NotFound: they are not here.
            StoreError: they cannot be read, or are not what was stored.
        """
        try:
            return _verified((self.folder / _relative(digest)).read_bytes(), digest, str(self.folder))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise _unknown(digest, str(self.folder)) from error
        except OSError as error:
            raise StoreError(
                f"blob {digest} in {self.folder} cannot be read: {error.strerror}", hint="Make it readable."
            ) from error

    def __contains__(self, digest: object) -> bool:
        return _is_whole(digest) and (self.folder / _relative(str(digest))).is_file()

    def __iter__(self) -> Iterator[str]:
        return _whole(path.name for path in self.folder.glob("sha256/??/*"))


class FileBlobs:
    """Blobs on a filesystem of fsspec."""

    def __init__(self, url: str) -> None:
        import fsspec

        try:
            filesystem, self._folder = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise SettingsError(
                f"blobs.url {_place(url)!r}: {error}", hint="Install the driver named there."
            ) from error
        self._filesystem: AbstractFileSystem = filesystem
        self.place = _place(url)

    def put(self, data: bytes) -> str:
        """Store bytes and return their digest; the same bytes again are stored once."""
        digest = digest_bytes(data)
        if digest in self:
            return digest
        path = self._path(digest)
        beside = _beside(path)
        try:
            self._filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._filesystem.pipe_file(beside, data)
            self._filesystem.mv(beside, path)
        except OSError as error:
            raise StoreError(
                f"a blob could not be written to {self.place}: {error}", hint="Check [blobs] url."
            ) from error
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a digest, verified.

        Raises:
            NotFound: they are not here.
            StoreError: they cannot be read, or are not what was stored.
        """
        try:
            data: bytes = self._filesystem.cat_file(self._path(digest))
        except FileNotFoundError as error:
            raise _unknown(digest, self.place) from error
        except OSError as error:
            raise StoreError(
                f"blob {digest} in {self.place} cannot be read: {error}", hint="Check [blobs] url."
            ) from error
        return _verified(data, digest, self.place)

    def __contains__(self, digest: object) -> bool:
        return _is_whole(digest) and bool(self._filesystem.isfile(self._path(str(digest))))

    def __iter__(self) -> Iterator[str]:
        try:
            found = self._filesystem.find(f"{self._folder.rstrip('/')}/sha256")
        except FileNotFoundError:
            return iter(())
        except OSError as error:
            raise StoreError(f"{self.place} cannot be listed: {error}", hint="Check [blobs] url.") from error
        return _whole(str(path).rpartition("/")[2] for path in found)

    def _path(self, digest: str) -> str:
        return f"{self._folder.rstrip('/')}/{_relative(digest)}"


class DatabaseBlobs:
    """Blobs in a table of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, data: bytes) -> str:
        """Store bytes and return their digest; the same bytes again are stored once."""
        digest = digest_bytes(data)
        if digest in self:
            return digest
        with self._database.transaction() as connection:
            insert_new(connection, BLOBS, [{"digest": digest, "content": data}])
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a digest, verified.

        Raises:
            NotFound: they are not here.
            StoreError: they are not what was stored.
        """
        with self._database.read() as connection:
            data = connection.execute(_ONE, {"wanted": digest}).scalar()
        if data is None:
            raise _unknown(digest, self._database.place)
        return _verified(bytes(data), digest, self._database.place)

    def __contains__(self, digest: object) -> bool:
        if not _is_whole(digest):
            return False
        with self._database.read() as connection:
            return connection.execute(_ANY, {"wanted": digest}).first() is not None

    def __iter__(self) -> Iterator[str]:
        with self._database.read() as connection:
            return iter(connection.execute(select(BLOBS.c.digest).order_by(BLOBS.c.digest)).scalars().all())


def _is_whole(digest: object) -> bool:
    return isinstance(digest, str) and is_digest(digest) and len(digest) == _WHOLE


def _whole(names: Iterable[str]) -> Iterator[str]:
    """The digests that file names stand for, in order; half-written files are none."""
    return iter(sorted(PREFIX + name for name in names if _is_whole(PREFIX + name)))


def _relative(digest: str) -> str:
    """Where a blob lies below its folder. Only a whole digest has a place, so no text can name a path outside."""
    if not _is_whole(digest):
        raise NotFound(f"{digest!r} is no blob digest", hint="A blob is named by sha256: and 64 hex digits.")
    body = digest.removeprefix(PREFIX)
    return f"sha256/{body[:2]}/{body}"


def _beside(path: str) -> str:
    return f"{path}.{os.urandom(6).hex()}.part"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(str(path))
    try:
        with open(beside, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _verified(data: bytes, digest: str, place: str) -> bytes:
    if digest_bytes(data) != digest:
        raise StoreError(
            f"blob {digest} in {place} is damaged: its bytes have another digest",
            hint="Restore it from a copy, or register the file it came from again.",
        )
    return data


def _unknown(digest: str, place: str) -> NotFound:
    return NotFound(
        f"there is no blob {digest} in {place}",
        hint="Restore it from a copy; llmops db check lists all that are missing.",
    )


def _place(url: str) -> str:
    """The URL without what stands before `@`, which may be a password."""
    protocol, _, rest = url.partition("://")
    return f"{protocol}://{rest.rpartition('@')[2]}"

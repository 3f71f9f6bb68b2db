"""Blobs on a filesystem of fsspec: small ones are uploaded under a name that says who does it, and moved to their place when
they are whole; large ones lie in pieces, so that an upload that was interrupted goes on (`object_pieces`)."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Final

from llmops.core.errors import SettingsError, StoreError
from llmops.core.hashing import PREFIX, Json
from llmops.storage.addressed import (
    AT_ONCE,
    PARTS,
    SIGNED,
    AddressedBlobs,
    Swept,
    blocks_of,
    expecting,
    is_left_behind,
    part_name,
    relative,
    unknown,
    whole,
)
from llmops.storage.leases import this_process
from llmops.storage.object_pieces import Pieces

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_TIMES: Final = ("LastModified", "last_modified", "updated", "mtime", "created")
_CHECK: Final = "Check [blobs] url."
_AGAIN: Final = "Do the same again, and the upload goes on where it stopped; or check [blobs] url."


class FileBlobs(AddressedBlobs):
    """Blobs at a URL that fsspec knows."""

    def __init__(self, url: str) -> None:
        import fsspec

        super().__init__()
        self.place = _place(url)
        try:
            filesystem, self._folder = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise SettingsError(f"blobs.url {self.place!r}: {error}", hint="Install the driver named there.") from error
        self._filesystem: AbstractFileSystem = filesystem
        self._pieces = Pieces(filesystem, self._folder)

    def __iter__(self) -> Iterator[str]:
        small = (path.rpartition("/")[2] for path in self._found("sha256"))
        with self._reached(f"{self.place} cannot be listed"):
            large, _ = self._pieces.stored()
        return whole({*small, *(digest.removeprefix(PREFIX) for digest in large)})

    def size(self, digest: str) -> int | None:
        """How many bytes a blob has; None where there is none."""
        path = self._path(digest)
        with self._reached(f"{self.place} cannot be read"):
            try:
                self._filesystem.invalidate_cache(path.rpartition("/")[0])
                told = self._filesystem.info(path)
            except FileNotFoundError:
                found = self._pieces.whole(digest)
                return found.size if found else None
        return int(told["size"]) if told.get("type") == "file" else None

    def remove(self, digest: str) -> None:
        """Remove a blob; one that is not there is no error."""
        self._remove(self._path(digest))
        with self._reached(f"{self.place} cannot be written"):
            self._pieces.remove(digest)

    def unfinished(self) -> Mapping[str, int]:
        """The bytes of uploads that were interrupted and may go on, by the digest of what they would be."""
        with self._reached(f"{self.place} cannot be listed"):
            _, found = self._pieces.stored()
        return {digest: size for digest, size in found.items() if digest not in self}

    def sweep(self, before: datetime, *, dry_run: bool = False) -> Swept:
        """Remove what writers that were killed left: those of processes that are gone, and what is older than `before`."""
        count = size = 0
        found = {**self._found(PARTS), **{path: told for path, told in self._found("sha256").items() if _is_part(path)}}
        for path, told in found.items():
            if not (is_left_behind(path.rpartition("/")[2]) or _changed_at(told) < before):
                continue
            count, size = count + 1, size + int(told.get("size") or 0)
            if not dry_run:
                self._remove(path)
        return Swept(count, size)

    def signatures(self) -> set[str]:
        """The ids of the stores that have written here."""
        return {path.rpartition("/")[2] for path in self._found(SIGNED)}

    def _read(self, digest: str) -> Iterator[bytes]:
        with self._reached(f"blob {digest} in {self.place} cannot be read"):
            try:
                with self._filesystem.open(self._path(digest), "rb") as file:
                    yield from blocks_of(file)
            except FileNotFoundError as error:
                found = self._pieces.whole(digest)
                if found is None:
                    raise unknown(digest, self.place) from error
                yield from self._pieces.read(digest, found)

    def _write(self, digest: str, file: IO[bytes], size: int) -> None:
        with self._reached(f"a blob could not be written to {self.place}", _AGAIN if size > AT_ONCE else _CHECK):
            if size <= AT_ONCE:
                self._put(self._path(digest), b"".join(expecting(digest, blocks_of(file))))
            else:
                self._pieces.write(digest, file, size, going_on=lambda: self._note(digest), place=self._put)

    def _put(self, path: str, data: bytes) -> None:
        """Put a small file to its path, so that it appears there whole."""
        beside = self._below(f"{PARTS}/{part_name(this_process())}")
        try:
            self._filesystem.makedirs(self._below(PARTS), exist_ok=True)
            self._filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._filesystem.pipe_file(beside, data)
            self._filesystem.mv(beside, path)
        except BaseException:
            with suppress(*_failures()):
                self._filesystem.rm_file(beside)
            raise

    def _sign(self, store_id: str) -> None:
        path = self._below(f"{SIGNED}/{store_id}")
        with self._reached(f"{self.place} cannot be written"):
            if not self._filesystem.isfile(path):
                self._filesystem.makedirs(self._below(SIGNED), exist_ok=True)
                self._filesystem.pipe_file(path, b"a store of llmops keeps its blobs here\n")

    def _remove(self, path: str) -> None:
        with self._reached(f"{self.place} cannot be written"), suppress(FileNotFoundError):
            self._filesystem.rm_file(path)

    def _found(self, folder: str) -> dict[str, Json]:
        """What lies in a folder, with what the driver tells of it."""
        with self._reached(f"{self.place} cannot be listed"):
            try:
                self._filesystem.invalidate_cache()
                found: dict[str, Json] = self._filesystem.find(self._below(folder), detail=True)
                return found
            except FileNotFoundError:
                return {}

    def _path(self, digest: str) -> str:
        return self._below(relative(digest))

    def _below(self, path: str) -> str:
        return f"{self._folder.rstrip('/')}/{path}"

    @contextmanager
    def _reached(self, problem: str, hint: str = _CHECK) -> Iterator[None]:
        """Tell what the driver cannot do."""
        try:
            yield
        except _failures() as error:
            said = str(error) or type(error).__name__
            raise StoreError(f"{problem}: {said}", hint=hint) from error


def _failures() -> tuple[type[Exception], ...]:
    """What drivers raise: those of object stores let errors of their libraries through."""
    found: list[type[Exception]] = [OSError]
    for module, name in (
        ("botocore.exceptions", "BotoCoreError"),
        ("aiohttp", "ClientError"),
        ("gcsfs.retry", "HttpError"),
    ):
        if module in sys.modules:
            found.append(getattr(sys.modules[module], name))
    return tuple(found)


def _is_part(path: str) -> bool:
    return path.endswith(".part")


def _changed_at(told: Json) -> datetime:
    """When a file was written; one that does not tell is taken for new."""
    moment = next((told[name] for name in _TIMES if told.get(name)), None)
    if isinstance(moment, int | float):
        return datetime.fromtimestamp(moment, UTC)
    if isinstance(moment, str):
        with suppress(ValueError):
            moment = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    if isinstance(moment, datetime):
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.max.replace(tzinfo=UTC)


def _place(url: str) -> str:
    """The URL without what stands before `@`, which may be a password."""
    protocol, _, rest = url.partition("://")
    return f"{protocol}://{rest.rpartition('@')[2]}"

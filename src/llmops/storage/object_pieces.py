"""Large blobs on a filesystem of fsspec: pieces that are uploaded one by one, so that an upload that was interrupted goes on.

    pieces/ab/HEX/000000-0123…    a piece: its place and the beginning of its own digest
    pieces/ab/HEX/whole.json      what says that all of them are there; it is written last

A piece that is there with its size is not sent again, whichever process, machine or driver sent it. Without `whole.json` there
is no blob, only an upload that may go on.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from llmops.core.errors import StoreError
from llmops.core.hashing import PREFIX, Json
from llmops.storage.addressed import AT_ONCE, Changed, is_whole, relative

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

PIECES: Final = "pieces"
_WHOLE: Final = "whole.json"


class Whole(NamedTuple):
    """A blob that lies in pieces: its size, and their names in order."""

    size: int
    names: tuple[str, ...]


class Pieces:
    """The pieces below a folder of a filesystem. What a driver raises passes."""

    def __init__(self, filesystem: "AbstractFileSystem", folder: str) -> None:
        self._filesystem = filesystem
        self._folder = folder.rstrip("/")

    def whole(self, digest: str) -> Whole | None:
        """What there is of a blob, if all of it is."""
        try:
            self._filesystem.invalidate_cache(self._below(digest))
            told: Json = json.loads(self._filesystem.cat_file(f"{self._below(digest)}/{_WHOLE}"))
            return Whole(int(told["size"]), tuple(map(str, told["pieces"])))
        except FileNotFoundError:
            return None
        except (ValueError, LookupError, TypeError) as error:
            raise self._damaged(digest, f"its {_WHOLE} cannot be read") from error

    def read(self, digest: str, whole: Whole) -> Iterator[bytes]:
        """The bytes, a piece at a time; whoever reads them checks them."""
        for name in whole.names:
            if "/" in name:
                raise self._damaged(digest, f"{name!r} is no piece")
            try:
                yield self._filesystem.cat_file(f"{self._below(digest)}/{name}")
            except FileNotFoundError as error:
                raise self._damaged(digest, f"its piece {name} is missing") from error

    def write(
        self,
        digest: str,
        file: IO[bytes],
        size: int,
        *,
        going_on: Callable[[], None],
        place: Callable[[str, bytes], None],
    ) -> None:
        """Upload what is not there yet.

        Args:
            digest: what it is.
            file: read from where it stands.
            size: how many bytes it has.
            going_on: called before each piece, so that nobody takes a long upload for one that was given up.
            place: puts a small file to its path at once and whole.

        Raises:
            Changed: the file is not what it was; nothing says then that there is such a blob.
        """
        folder, state = self._below(digest), hashlib.sha256()
        names: list[str] = []
        there = self._sizes(folder)
        self._filesystem.makedirs(folder, exist_ok=True)
        while piece := file.read(AT_ONCE):
            state.update(piece)
            names.append(f"{len(names):06d}-{hashlib.sha256(piece).hexdigest()[:32]}")
            if there.get(names[-1]) != len(piece):
                going_on()
                self._filesystem.pipe_file(f"{folder}/{names[-1]}", piece)
        if PREFIX + state.hexdigest() != digest:
            raise Changed(digest)
        going_on()
        place(f"{folder}/{_WHOLE}", json.dumps({"size": size, "pieces": names}).encode())

    def remove(self, digest: str) -> None:
        """Remove a blob or what was uploaded of it, that which says that it is whole first."""
        folder = self._below(digest)
        for path in sorted(self._found(folder), key=lambda path: not path.endswith(f"/{_WHOLE}")):
            try:
                self._filesystem.rm_file(path)
            except FileNotFoundError:
                continue

    def stored(self) -> tuple[set[str], Mapping[str, int]]:
        """The digests of the blobs that are whole, and the bytes of uploads that are not, by the digest that they will have."""
        whole: set[str] = set()
        sizes: dict[str, int] = {}
        for path, told in self._found(f"{self._folder}/{PIECES}").items():
            digest, name = PREFIX + path.split("/")[-2], path.rpartition("/")[2]
            if not is_whole(digest):
                continue
            if name == _WHOLE:
                whole.add(digest)
            sizes[digest] = sizes.get(digest, 0) + int(told.get("size") or 0)
        return whole, {digest: size for digest, size in sizes.items() if digest not in whole}

    def _sizes(self, folder: str) -> dict[str, int]:
        return {path.rpartition("/")[2]: int(told.get("size") or 0) for path, told in self._found(folder).items()}

    def _found(self, folder: str) -> dict[str, Json]:
        self._filesystem.invalidate_cache()
        try:
            found: dict[str, Json] = self._filesystem.find(folder, detail=True)
        except FileNotFoundError:
            return {}
        return found

    def _below(self, digest: str) -> str:
        return f"{self._folder}/{relative(digest).replace('sha256', PIECES, 1)}"

    def _damaged(self, digest: str, problem: str) -> StoreError:
        return StoreError(
            f"blob {digest} is damaged: {problem}",
            hint="Restore it from a copy, or register the file it came from again.",
        )

"""Unpack a tar archive that somebody else made: plain files below one folder, and no more of them than there is room for.

`filter="data"` of tarfile refuses absolute names, `..`, links that leave and devices. Here links of any kind, names that
another system reads differently, second files of one name, and sizes beyond the caps are refused too, before they are
written; and what is unpacked is counted as it comes, so that neither a small archive nor a huge header can fill memory or disk.
"""

import gzip
import io
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from llmops.core.errors import InvalidFile, StoreError

_PIECE: Final = 1 << 20
_HEADER_BYTES: Final = 1 << 16
_HEADERS: Final = (
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
)  # fmt: skip
_GZIP_MAGIC: Final = b"\x1f\x8b"
_HINT: Final = "Only plain files that llmops exported are read."


@dataclass(frozen=True, slots=True)
class Caps:
    """How much may come out of an archive: files, bytes of one, bytes of all, and bytes for each byte that went in."""

    files: int = 1_000_000
    file_bytes: int = 16 << 30
    bytes: int = 16 << 30
    ratio: int = 200
    ratio_from: int = 64 << 20


def unpack(archive: Path, folder: Path, caps: Caps | None = None) -> None:
    """Unpack a `.tar` or `.tar.gz` into an empty folder.

    Raises:
        InvalidFile: it is no such archive, is damaged, or holds what is refused; the message names the entry.
        StoreError: it cannot be read, or the folder cannot be written.
    """
    caps = caps or Caps()
    try:
        with archive.open("rb") as file:
            magic = file.read(2)
            file.seek(0)
            stream = gzip.GzipFile(fileobj=file, mode="rb") if magic == _GZIP_MAGIC else file
            _unpack(_Capped(stream, archive, caps), archive, folder, caps)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, UnicodeError, OverflowError, ValueError) as error:
        raise InvalidFile(archive, f"this is no whole tar archive: {error}", hint="Copy it again.") from error
    except OSError as error:
        raise StoreError(
            f"{archive} cannot be unpacked: {error.strerror or error}", hint="Check the file and the space for it."
        ) from error


def _unpack(stream: "_Capped", archive: Path, folder: Path, caps: Caps) -> None:
    seen: set[str] = set()
    total = 0
    with tarfile.open(fileobj=io.BufferedReader(stream), mode="r|", tarinfo=_Entry) as entries:
        for entry in entries:
            name = entry.name.removeprefix("./")
            problem = _problem(entry, name, seen, caps)
            total += entry.size
            if problem is None and (len(seen) >= caps.files or total > caps.bytes):
                problem = "the archive holds too much"
            if problem:
                raise InvalidFile(archive, f"{_shown(entry.name)}: {problem}", hint=_HINT)
            if entry.isreg():
                seen.add(name.casefold())
                entry.name, entry.mode = name, 0o600
                entries.extract(entry, folder, set_attrs=False, filter="data")


def _problem(entry: tarfile.TarInfo, name: str, seen: set[str], caps: Caps) -> str | None:
    parts = name.rstrip("/").split("/") if entry.isdir() else name.split("/")
    if entry.issym() or entry.islnk():
        return "links are refused"
    if not entry.isreg() and not entry.isdir():
        return "this is no plain file"
    if entry.issparse():
        return "files with holes are refused"
    if entry.isdir() and name in ("", "."):
        return None
    if any(part in ("", ".", "..") for part in parts):
        return "this name leaves the folder"
    if any(character in '\\:%"<>|?*' or ord(character) < 32 or ord(character) > 126 for character in name):
        return "this name is refused"
    if name.casefold() in seen:
        return "this name stands in the archive twice"
    if entry.size > caps.file_bytes:
        return "this file is too large"
    return None


class _Entry(tarfile.TarInfo):
    """An entry whose own headers, which tarfile reads into memory whole, are short."""

    def _proc_member(self, tarfile_: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _HEADERS and self.size > _HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {self.size:,} bytes")
        found: tarfile.TarInfo = super()._proc_member(tarfile_)  # type: ignore[misc]  # open to subclasses, says tarfile
        return found


class _Capped(io.RawIOBase):
    """The bytes that come out of an archive, counted."""

    def __init__(self, stream: BinaryIO | gzip.GzipFile, archive: Path, caps: Caps) -> None:
        self._stream = stream
        self._archive = archive
        self._caps = caps
        self._limit = min(caps.bytes, max(caps.ratio_from, caps.ratio * archive.stat().st_size))
        self._count = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Read some, unless that is too much."""
        data = self._stream.read(min(len(buffer), _PIECE))
        self._count += len(data)
        if self._count > self._limit:
            raise InvalidFile(
                self._archive,
                f"it unpacks to more than {self._limit:,} bytes",
                hint="An export is never packed so tightly.",
            )
        buffer[: len(data)] = data
        return len(data)


def _shown(name: str) -> str:
    return ascii(name)[1:-1][:120]

"""An export as it is read: a folder, or an archive unpacked into one. Every byte is checked against the manifest's digests."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from llmops.core.errors import InvalidFile, NotFound, StoreError
from llmops.core.hashing import PREFIX, digest_bytes
from llmops.registry.exchange.layout import FORMAT, MANIFEST, ListedPath, Manifest, read_path
from llmops.registry.exchange.records import CHANGED, as_noun, read_json
from llmops.registry.exchange.unpacking import unpack

MAX_MANIFEST: Final = 256 << 20
MAX_FILE: Final = 1 << 30
MAX_BLOB: Final = 16 << 30  # files of models, which are never held as a whole
MAX_LINE: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Archive:
    """An opened export. `shown` is what messages call it, `digest` the manifest's."""

    root: Path
    shown: str
    digest: str
    manifest: Manifest
    paths: dict[str, ListedPath]

    def of(self, what: str) -> list[str]:
        """The paths of one kind, in order."""
        return sorted(path for path, listed in self.paths.items() if listed.what == what)

    def read(self, path: str) -> bytes:
        """The bytes of a file, verified.

        Raises:
            InvalidFile: they are not what the manifest says.
        """
        with _open(self.root, path, self.shown) as file:
            data = file.read(self.manifest.files[path].size + 1)
        if digest_bytes(data) != self.manifest.files[path].digest:
            raise self.changed(path)
        return data

    def blocks(self, path: str) -> Iterator[bytes]:
        """The bytes of a file of any size, a megabyte at a time. It is verified at their end, as `lines` is."""
        state = hashlib.sha256()
        with _open(self.root, path, self.shown, most=MAX_BLOB) as file:
            while block := file.read(1 << 20):
                state.update(block)
                yield block
        if PREFIX + state.hexdigest() != self.manifest.files[path].digest:
            raise self.changed(path)

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of a file. It is verified at their end: undo what was done with them if that raises.

        Raises:
            InvalidFile: they are not what the manifest says.
        """
        state = hashlib.sha256()
        with _open(self.root, path, self.shown) as file:
            while line := file.readline(MAX_LINE):
                if not line.endswith(b"\n"):
                    raise InvalidFile(self.name(path), "a line has no end", hint=CHANGED)
                state.update(line)
                yield line
        if PREFIX + state.hexdigest() != self.manifest.files[path].digest:
            raise self.changed(path)

    def name(self, path: str) -> str:
        """What messages call a file."""
        return f"{self.shown}/{path}"

    def changed(self, path: str) -> InvalidFile:
        """What to say of a file that is not what was exported."""
        return InvalidFile(self.name(path), "its bytes are not those that were exported", hint=CHANGED)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an export: a folder, a `.tar` or a `.tar.gz`, whatever its name.

    Raises:
        NotFound: nothing is there.
        InvalidFile: it is no export, holds files that an export cannot have, or lacks some.
    """
    if path.is_dir():
        yield _open_folder(path, str(path))
        return
    if not path.is_file():
        raise NotFound(f"there is no export at {path}", hint="Name a folder, .tar or .tar.gz that llmops export wrote.")
    with TemporaryDirectory(prefix="llmops-import-") as temporary:
        folder = Path(temporary)
        unpack(path, folder)
        inside = list(folder.iterdir())
        if len(inside) == 1 and inside[0].is_dir():
            folder = inside[0]  # somebody packed an exported folder as it stands
        yield _open_folder(folder, str(path))


def _open_folder(root: Path, shown: str) -> Archive:
    root = Path(os.path.realpath(root))
    if not (root / MANIFEST).is_file():
        raise InvalidFile(
            shown, f"this is no export: it has no {MANIFEST}",
            hint="For files of another tool, say which: --from promptfoo|langfuse|mlflow|prompty|dotprompt",
        )  # fmt: skip
    with _open(root, MANIFEST, shown) as file:
        data = file.read(MAX_MANIFEST + 1)
    if len(data) > MAX_MANIFEST:
        raise InvalidFile(f"{shown}/{MANIFEST}", "this file is too large", hint=CHANGED)
    manifest = _read_manifest(data, f"{shown}/{MANIFEST}")
    paths: dict[str, ListedPath] = {}
    for path in manifest.files:
        listed = read_path(path)
        if listed is None:
            raise InvalidFile(f"{shown}/{MANIFEST}", f"{path!r} is no path of an export", hint=CHANGED)
        paths[path] = listed
    found = set(_walk(root, shown))
    for path in sorted(manifest.files.keys() - found):
        raise InvalidFile(f"{shown}/{path}", "this file is missing", hint=CHANGED)
    for path in sorted(found - manifest.files.keys() - {MANIFEST}):
        raise InvalidFile(f"{shown}/{path}", f"this file is not listed in {MANIFEST}", hint="Remove it.")
    return Archive(root, shown, digest_bytes(data), manifest, paths)


def _read_manifest(data: bytes, shown: str) -> Manifest:
    value = read_json(data, shown)
    written = value.get("format") if isinstance(value, dict) else None
    if written != FORMAT:
        raise InvalidFile(
            shown, f"its format is {written!r}, and this version of llmops reads {FORMAT!r}", hint="Upgrade llmops."
        )
    return as_noun(Manifest, value, shown)


def _walk(root: Path, shown: str) -> Iterator[str]:
    """All files below a folder, but for hidden ones at its top such as `.git`; links are refused."""
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        if here == root:
            folders[:] = [name for name in folders if not name.startswith(".")]
            files = [name for name in files if not name.startswith(".")]
        for name in [*folders, *files]:
            if (here / name).is_symlink():
                raise InvalidFile(
                    f"{shown}/{(here / name).relative_to(root).as_posix()}", "links are refused", hint=CHANGED
                )
        yield from ((here / name).relative_to(root).as_posix() for name in files)


@contextmanager
def _open(root: Path, path: str, shown: str, *, most: int = MAX_FILE) -> Iterator[BinaryIO]:
    """Open a plain file below a folder, through no link."""
    place = root / path
    problem = "this is no plain file"
    try:
        if os.path.realpath(place) == str(place) and stat.S_ISREG(os.lstat(place).st_mode):
            with os.fdopen(os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
                if os.fstat(file.fileno()).st_size > most:
                    raise InvalidFile(f"{shown}/{path}", "this file is too large", hint=CHANGED)
                yield file
                return
    except FileNotFoundError:
        problem = "this file is missing"
    except OSError as error:
        raise StoreError(f"{shown}/{path} cannot be read: {error.strerror}", hint="Make it readable.") from error
    raise InvalidFile(f"{shown}/{path}", problem, hint=CHANGED)

"""An export on its way to disk: collected in a folder beside its place, and put there whole or not at all."""

import gzip
import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from llmops.core.errors import InputError, StoreError
from llmops.core.hashing import PREFIX
from llmops.registry.exchange.layout import MANIFEST, ListedFile

_GZIPPED: Final = (".tar.gz", ".tgz")
_OTHER: Final = (".zip", ".7z", ".bz2", ".xz", ".zst", ".gz", ".json")


@dataclass(slots=True)
class Draft:
    """The folder that an export is collected in; `files` is what the manifest will list."""

    folder: Path
    files: dict[str, ListedFile] = field(default_factory=dict)

    def add(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write a file of the export.

        Raises:
            InputError: the file system takes two of its names for one.
        """
        place = self.folder / path
        state, size = hashlib.sha256(), 0
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            with place.open("xb") as file:
                for chunk in chunks:
                    state.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
        except FileExistsError as error:
            raise InputError(
                f"{path} differs from another file only in capitals, which this folder cannot hold",
                hint="Export to a .tar.gz on another disk.",
            ) from error
        self.files[path] = ListedFile(digest=PREFIX + state.hexdigest(), size=size)


@contextmanager
def writing(target: Path) -> Iterator[Draft]:
    """Collect an export and put it at its place when the block ends well: a folder, `.tar` or `.tar.gz` by its name.

    Raises:
        InputError: something is there already, or the ending means another kind of archive.
        StoreError: the place cannot be written.
    """
    target = Path(os.path.abspath(target))
    if target.name.lower().endswith(_OTHER) and not target.name.lower().endswith(_GZIPPED):
        raise InputError(f"{target.name}: exports are folders, .tar or .tar.gz", hint="Write -o export.tar.gz")
    if target.exists() or target.is_symlink():
        raise InputError(f"{target} is there already", hint="Choose another name, or remove it.")
    folder = target.with_name(f".{target.name}.{os.urandom(6).hex()}.part")
    packed = folder.with_name(folder.name + ".tar")
    try:
        try:
            folder.mkdir(parents=True)
            yield Draft(folder)
            if target.name.lower().endswith((".tar", *_GZIPPED)):
                _pack(folder, packed, zipped=target.name.lower().endswith(_GZIPPED))
                os.replace(packed, target)
            else:
                os.rename(folder, target)
        finally:
            packed.unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise StoreError(
            f"{target} cannot be written: {error.strerror}", hint="Choose a folder with space that you may write to."
        ) from error


def _pack(folder: Path, packed: Path, *, zipped: bool) -> None:
    """Make an archive that depends on nothing but the files: sorted, the manifest first, without times and owners."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    paths.sort(key=lambda path: path.name != MANIFEST)
    with packed.open("xb") as file:
        stream = gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) if zipped else file
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path in paths:
                entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
                entry.size, entry.mode = path.stat().st_size, 0o644
                with path.open("rb") as content:
                    archive.addfile(entry, content)
        if zipped:
            stream.close()
        file.flush()
        os.fsync(file.fileno())

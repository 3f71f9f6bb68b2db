"""Documents that are files below the workspace root, listed in the order of their paths.

The listing is what a sync that finds nothing new costs, so it is one walk with `os.scandir` and one `stat` a file: the
token is modification time, size and inode, and no file is opened. Folders sort as `name/`, so that the order is that of
the whole paths and two sorted streams can be compared without holding either.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from llmops.core.errors import InputError, OutsideError
from llmops.domain.corpus import SourceSpec
from llmops.domain.ports import SourceItem
from llmops.index.sources.globs import compile_glob
from llmops.index.sources.ignore_files import NAME, Ignored, find_ignored, is_ignored, nearer, read_ignored
from llmops.index.sources.surroundings import Surroundings


class FileSource:
    """The files that a glob finds. Names with a leading dot are never looked at, nor what `.gitignore` leaves out; links may
    not leave the root.

    Args:
        spec: the glob and what it leaves out.
        root: the workspace folder.
        earlier: sources listed before this one; a file that several of them find belongs to the first.
    """

    def __init__(self, spec: SourceSpec, root: Path, earlier: Sequence[SourceSpec] = ()) -> None:
        self._glob = compile_glob(spec.files or "")
        self._follows_git = spec.gitignore is not False
        self._metadata = spec.metadata or {}
        self._exclude = [compile_glob(pattern) for pattern in spec.exclude]
        self._earlier = [FileSource(before, root) for before in earlier if before.files is not None]
        self._reads_ignored = self._follows_git or any(source._follows_git for source in self._earlier)
        self._root = root
        self._inside = os.path.join(os.path.realpath(root), "")
        self._folders_inside: set[str] = set()  # that were looked at since the last listing
        self._spec = spec

    @property
    def name(self) -> str:
        """The glob, with what it leaves out."""
        kept = "" if self._follows_git else " +ignored"
        return f"files:{self._spec.files}" + "".join(f" !{pattern}" for pattern in self._spec.exclude) + kept

    def items(self) -> Iterator[SourceItem]:
        """List the files, sorted by path.

        Raises:
            InputError: the folder is not there, a link leaves the workspace, or a name is not UTF-8.
            OutsideError: a folder cannot be listed; a listing with holes would look like deleted files.
        """
        base = self._glob.base
        start = os.path.join(self._root, base) if base else str(self._root)
        if not os.path.isdir(start):
            raise InputError(
                f"source {self._spec.files!r}: there is no folder {base or '.'!r} below {self._root}",
                hint="Create it, or correct `files` in the RAG configuration.",
            )
        self._folders_inside.clear()
        self._refuse_outside(start, base)
        ignored = find_ignored(self._root, base) if self._reads_ignored else ()
        yield from self._walk(start, f"{base}/" if base else "", 1, ignored)

    def read(self, key: str) -> bytes:
        """The bytes of a file.

        Raises:
            OutsideError: it cannot be read (any more).
        """
        path = os.path.join(self._root, key)
        folder, _, _ = path.rpartition(os.sep)
        if folder not in self._folders_inside or os.path.islink(path):
            self._refuse_outside(path, key)
            self._folders_inside.add(folder)
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError as error:
            raise OutsideError(
                f"{key} cannot be read: {error.strerror}", hint="Check its permissions, or add it to `exclude`."
            ) from error

    def covers(self, key: str) -> bool:
        """Tell whether a path is one of this source's."""
        return self._glob.matches(key) and not (self._exclude and self._excluded(key))

    def _walk(
        self, folder: str, prefix: str, depth: int, ignored: Ignored, *, left_out_above: bool = False
    ) -> Iterator[SourceItem]:
        deeper = self._glob.depth is None or depth < self._glob.depth
        metadata, matches = self._metadata, self._glob.regex.fullmatch
        entries, has_rules = self._entries(folder, prefix)
        if has_rules and self._reads_ignored:
            ignored = nearer(read_ignored(folder, skip=len(prefix)), ignored)
        for name, entry in entries:
            key = prefix + entry.name
            is_folder = name[-1] == "/"
            left_out = left_out_above or (bool(ignored) and is_ignored(ignored, key, folder=is_folder))
            if left_out and self._follows_git:
                continue
            if is_folder:
                if deeper and not self._excluded(key, folder=True):
                    yield from self._walk(entry.path, prefix + name, depth + 1, ignored, left_out_above=left_out)
            elif (
                matches(key)
                and not (self._exclude and self._excluded(key))
                and not (self._earlier and self._is_of_earlier(key, left_out=left_out))
            ):
                found = self._stat(entry, key)
                if stat.S_ISREG(found.st_mode):
                    token = f"{found.st_mtime_ns}:{found.st_size}:{found.st_ino}"
                    yield SourceItem(key, token, found.st_size, found.st_mtime, metadata)

    def _is_of_earlier(self, key: str, *, left_out: bool) -> bool:
        return any(source.covers(key) and not (left_out and source._follows_git) for source in self._earlier)

    def _entries(self, folder: str, prefix: str) -> tuple[list[tuple[str, os.DirEntry[str]]], bool]:
        """What a folder holds, sorted, without hidden names; and whether it has a `.gitignore`."""
        has_rules = False
        named = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name[0] != ".":
                        named.append((entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name, entry))
                    elif entry.name == NAME:
                        has_rules = True
        except OSError as error:
            raise OutsideError(
                f"folder {prefix or '.'} cannot be listed: {error.strerror}",
                hint="Check its permissions, or leave it out with `exclude`.",
            ) from error
        named.sort(key=_by_name)
        return named, has_rules

    def _stat(self, entry: os.DirEntry[str], key: str) -> os.stat_result:
        if not key.isascii():
            _check_name(key)
        if entry.is_symlink():
            self._refuse_outside(entry.path, key)
        try:
            return entry.stat()
        except OSError as error:
            raise OutsideError(
                f"{key} cannot be looked at: {error.strerror}", hint="Remove it, or add it to `exclude`."
            ) from error

    def _excluded(self, key: str, *, folder: bool = False) -> bool:
        return any(glob.matches(key) or (folder and glob.matches(key + "/")) for glob in self._exclude)

    def _refuse_outside(self, path: str, key: str) -> None:
        real = os.path.realpath(path)
        if not real.startswith(self._inside) and real + os.sep != self._inside:
            raise InputError(
                f"{key} is a link that leaves the workspace (to {real})",
                hint="Copy the file into the workspace, or add the link to `exclude`.",
            )


def open_files(spec: SourceSpec, where: Surroundings) -> FileSource:
    """Make the source of a spec with `files`."""
    return FileSource(spec, where.root, where.earlier)


def _by_name(named: tuple[str, os.DirEntry[str]]) -> str:
    return named[0]


def _check_name(key: str) -> None:
    try:
        key.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"the name of {os.fsencode(key)!r} is not UTF-8", hint="Rename the file, or leave it out with `exclude`."
        ) from error

"""Files of a git repository as a ref has them, read by the git program; there need be no work tree, so bare ones serve too.

The token of a file is the id of its blob, so that a commit which leaves a file alone leaves its document alone. Submodules
and links are not followed; the report names them.
"""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from llmops.core.errors import InputError, OutsideError
from llmops.core.hashing import digest
from llmops.core.settings import STATE, Connection
from llmops.domain.corpus import SourceSpec
from llmops.domain.ports import SourceItem
from llmops.index.sources.git_commands import Git
from llmops.index.sources.globs import compile_glob
from llmops.index.sources.surroundings import Surroundings

_LFS: Final = b"version https://git-lfs.github.com/spec/v1\n"
_NOT_FOLLOWED: Final = {"160000": "submodule", "120000": "link"}
_REMOTE: Final = re.compile(r"[a-z]+://|[\w.-]+@[\w.-]+:")


class GitSource:
    """The files of a ref that a glob finds. Keys are paths from the top of the repository.

    Args:
        spec: the source's lines.
        git: the repository.
        url: where it is fetched from before each listing; empty for one that is here.
    """

    def __init__(self, spec: SourceSpec, git: Git, *, url: str = "") -> None:
        assert spec.git is not None
        self._spec = spec.git
        self._git = git
        self._url = url
        self._glob = compile_glob(spec.git.files)
        self._exclude = [compile_glob(pattern) for pattern in spec.exclude]
        self._shown = "".join(f" !{pattern}" for pattern in spec.exclude)
        self._metadata = spec.metadata or {}
        self._commit = ""
        self.notes: list[str] = []

    @property
    def name(self) -> str:
        """Repository, ref and glob."""
        place = self._spec.connection or self._spec.repository or "."
        return f"git:{place}@{self._spec.ref}:{self._spec.files}{self._shown}"

    def items(self) -> Iterator[SourceItem]:
        """List the files, sorted by path.

        Raises:
            InputError: there is no such repository or ref, or git is not installed.
            OutsideError: git fails.
        """
        self._commit = self._commit or self._resolve()
        changed_at = float(self._git.ask("log", "-1", "--no-show-signature", "--format=%ct", self._commit))
        notes = []
        for record in self._git.records("ls-tree", "-r", "-z", "--long", "--full-tree", self._commit):
            told, _, path = record.partition(b"\t")
            mode, _, blob, size = told.decode().split()
            key = _decoded(path)
            if not self._covers(key):
                continue
            if mode in _NOT_FOLLOWED:
                notes.append(f"{key} is a {_NOT_FOLLOWED[mode]} in git and is not followed")
                continue
            yield SourceItem(key, blob, int(size), changed_at, self._metadata)
        self.notes = notes

    def read(self, key: str) -> bytes:
        """The bytes of a file, as the ref had it when it was listed.

        Raises:
            OutsideError: git cannot give them.
            InputError: the content is kept elsewhere, by Git LFS.
        """
        self._commit = self._commit or self._resolve()
        data = self._git.read(f"{self._commit}:{key}")
        if data is None:
            raise OutsideError(f"{key} is not in {self._spec.ref} of {self._git.folder}", hint="Sync again.")
        if data.startswith(_LFS):
            raise InputError(f"{key} is kept by Git LFS; the repository has its pointer only", hint="Exclude it.")
        return data

    def _covers(self, key: str) -> bool:
        is_hidden = key[0] == "." or "/." in key
        return not is_hidden and self._glob.matches(key) and not any(glob.matches(key) for glob in self._exclude)

    def _resolve(self) -> str:
        """The commit of the ref."""
        git, ref = self._git, self._spec.ref
        if self._url:
            return git.fetch(self._url, ref)
        if not git.folder.is_dir():
            raise InputError(f"git source: there is no folder {git.folder}", hint="Correct git.repository.")
        if not git.try_to_ask("rev-parse", "--git-dir"):
            raise InputError(
                f"git source: {git.folder} is no git repository, or one that git does not trust",
                hint=f"Try: git -C {git.folder} status",
            )
        commit = git.try_to_ask("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        if not commit:
            raise InputError(
                f"git source: {git.folder} has no commit {ref!r}", hint="Write a branch, tag or commit as git.ref."
            )
        return commit


def open_git(spec: SourceSpec, where: Surroundings) -> GitSource:
    """Make the source of a spec with `git`.

    Raises:
        SettingsError: the connection is not there, or names no place.
    """
    assert spec.git is not None
    name = spec.git.connection
    if name is None:
        return GitSource(spec, Git(where.root / (spec.git.repository or ".")))
    url, connection = where.address(name, "git")
    if not _REMOTE.match(url):
        return GitSource(spec, Git(where.root / os.path.expanduser(url)))
    if re.search(r"[~^{]", spec.git.ref):
        raise InputError(
            f"git source: {spec.git.ref!r} cannot be fetched from connection {name}",
            hint="Write a branch, a tag or a whole commit id as git.ref.",
        )
    folder = copy_of(url, where.root)
    token = where.secret(name, connection)
    return GitSource(spec, Git(folder, token=token), url=url)


def copy_of(url: str, root: Path) -> Path:
    """Where the copy of a remote repository is kept: below the state of the workspace, and only what refs need of it."""
    return root / STATE / "git" / f"{digest('git', url)[7:23]}.git"


def remove_copies(root: Path, connections: Mapping[str, Connection]) -> list[Path]:
    """Remove the copies of remote repositories that no connection leads to any more, and return where they were."""
    urls = [connection.url or os.environ.get(connection.url_env, "") for connection in connections.values()]
    used = {copy_of(url, root) for url in urls if url}
    gone = [folder for folder in sorted((root / STATE / "git").glob("*.git")) if folder not in used]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return gone


def _decoded(path: bytes) -> str:
    try:
        key = path.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"the name {path!r} in git is not UTF-8", hint="Rename it there, or exclude it.") from error
    if "\n" in key:
        raise InputError(f"the name {key!r} in git holds a line end", hint="Rename it there.")
    return key

"""The files of models on this machine: copied out of the blobs when they are first needed, verified, and kept.

A version has a folder of its own, named by its digest. What was verified is not hashed again while size and time of the file
are what they were then; the copies are read-only. The folder can be removed at any time.
"""

import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from llmops.core.hashing import PREFIX
from llmops.domain.model import ModelFile
from llmops.domain.ports import Blobs

FOLDER: Final = "models"
_STAMPS: Final = ".verified.json"


class ModelCache:
    """Models below the state folder of a workspace. Threads and processes may share it."""

    def __init__(self, state: Path) -> None:
        self.folder = state / FOLDER

    def place(self, digest: str) -> Path:
        """The folder of a version."""
        return self.folder / digest.removeprefix(PREFIX)[:32]

    def fetch(self, blobs: Blobs, digest: str, files: Sequence[ModelFile]) -> Path:
        """Have the files of a version in its folder, and return that.

        Raises:
            NotFound: a file is not in the blobs.
            StoreError: it is damaged there, or the folder cannot be written.
        """
        folder = self.place(digest)
        stamps = _read(folder / _STAMPS)
        now: dict[str, list[int]] = {}
        for file in files:
            path = folder / file.path
            if stamps.get(file.path) is None or stamps[file.path] != _stamp(path):
                blobs.copy_to(file.digest, path)
                path.chmod(0o444)
            now[file.path] = _stamp(path) or []
        if now != stamps:
            with contextlib.suppress(OSError):  # they are only verified once more then
                beside = folder / f"{_STAMPS}.{os.urandom(6).hex()}"
                beside.write_text(json.dumps(now))
                beside.replace(folder / _STAMPS)
        return folder


def _stamp(path: Path) -> list[int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ino]


def _read(path: Path) -> dict[str, list[int]]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

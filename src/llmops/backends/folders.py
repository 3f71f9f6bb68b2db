"""Vector stores in folders: one for each generation, with a note of whose it is and what the last sync left in it.

The note tells a folder of ours from a foreign one, which is set aside and never deleted, and today's from one that somebody
restored from an old copy, which would answer with what documents said then.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from llmops.backends.folder_lock import LOCK_FILE
from llmops.core.errors import VectorStoreError
from llmops.domain.ports import VectorStore
from llmops.domain.vector_batches import check_name

NOTE: Final = ".llmops.json"
REBUILD: Final = "Delete that folder and sync the index again: it is rebuilt from the store, without embedding anew."


@dataclass(frozen=True, slots=True)
class FolderShelf:
    """Folders below `path`, and what opens one of them."""

    kind: str
    path: Path
    opener: Callable[[Path, int], VectorStore]
    is_served: bool = False

    @property
    def place(self) -> str:
        """The folder that all are in."""
        return str(self.path)

    def open(self, name: str, dimension: int) -> VectorStore:
        """Open the vectors in the folder of a name, which is made if it is not there.

        Raises:
            VectorStoreError: the folder holds what somebody else wrote, or cannot be made or read.
        """
        folder = self.path / check_name(name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not any(folder.iterdir()):
                _write_note(folder, name, "")
        except OSError as error:
            raise VectorStoreError(
                f"{folder} cannot be created: {error.strerror}",
                hint="Check [vectors] path and the folder's permissions.",
            ) from error
        if foreign := _is_foreign(folder, name):
            raise VectorStoreError(f"{folder} {foreign}", hint="Sync the index: what is there is set aside.")
        return self.opener(folder, dimension)

    def discard(self, name: str) -> None:
        """Remove a folder. Renamed first, so that a kill leaves no half of it in place; a foreign one stays renamed."""
        folder = self.path / check_name(name)
        aside = folder.with_name(f"{folder.name}.discarded-{os.getpid()}")
        try:
            if folder.exists() and _is_foreign(folder, name):
                folder.rename(_free(folder))
            elif folder.exists():
                folder.rename(aside)
            for left in folder.parent.glob(f"{folder.name}.discarded-*"):
                shutil.rmtree(left)
        except OSError as error:
            raise VectorStoreError(
                f"the vectors in {folder} cannot be removed: {error.strerror}",
                hint="Remove the folder yourself and repeat; it is rebuilt without embedding anything.",
            ) from error

    def stamp(self, name: str, mark: str) -> None:
        """Note what the folder holds, if there is one."""
        folder = self.path / check_name(name)
        if folder.is_dir():
            try:
                _write_note(folder, name, mark)
            except OSError as error:
                raise VectorStoreError(
                    f"the vectors in {folder} cannot be written: {error.strerror}", hint="Is the disk full?"
                ) from error

    def doubt(self, name: str, mark: str) -> str:
        """Say why the folder cannot be what was stamped."""
        folder = self.path / check_name(name)
        if not folder.is_dir():
            return "the folder of vectors is gone"
        if foreign := _is_foreign(folder, name):
            return f"the folder of vectors {foreign}"
        if _read_note(folder).get("mark") != mark:
            return "the folder of vectors is not as the last sync left it: an old copy, or half of one"
        return ""


def _is_foreign(folder: Path, name: str) -> str:
    """Say why a folder is none that llmops wrote for that name; empty if it may be."""
    if (folder / NOTE).exists():
        owner = _read_note(folder).get("name", "")
        return f"belongs to {owner}" if owner not in ("", name) else ""
    ours = (folder / LOCK_FILE).exists() or not any(folder.iterdir())
    return "" if ours else "holds files that llmops did not write"


def _read_note(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / NOTE).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_note(folder: Path, name: str, mark: str) -> None:
    """Write whose folder this is: whole or not at all."""
    temporary = folder / f"{NOTE}.new"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump({"name": name, "mark": mark}, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / NOTE)


def _free(folder: Path) -> Path:
    """A name beside a folder that nothing has yet."""
    number = 1
    while (aside := folder.with_name(f"{folder.name}.set-aside-{number}")).exists():
        number += 1
    return aside

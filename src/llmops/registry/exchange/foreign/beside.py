"""Files that another tool's file names: read only where they lie in its own folder."""

import os
from pathlib import Path
from typing import Final

from llmops.core.errors import InvalidFile
from llmops.text.yaml import read_text

MAX_BYTES: Final = 8_000_000


class Beside:
    """The folder of a file, and what messages call it."""

    def __init__(self, folder: Path, shown: str) -> None:
        self.folder = Path(os.path.realpath(folder))
        self.shown = shown

    def find(self, text: str) -> list[Path]:
        """The files that a path or pattern means, with or without `file://`.

        Raises:
            InvalidFile: it leaves the folder, or nothing is there.
        """
        name = text.removeprefix("file://")
        if not name or "\x00" in name or os.path.isabs(name) or ".." in Path(name).parts:
            raise InvalidFile(self.shown, f"{text} leaves the folder of this file", hint="Copy it into that folder.")
        try:
            found = sorted(self.folder.glob(name)) if any(sign in name for sign in "*?[") else [self.folder / name]
        except (ValueError, NotImplementedError, OSError):
            found = []
        for path in found:
            if not Path(os.path.realpath(path)).is_relative_to(self.folder):
                raise InvalidFile(
                    self.shown, f"{text} leaves the folder of this file", hint="Copy it into that folder."
                )
        files = [path for path in found if path.is_file()]
        if not files:
            raise InvalidFile(self.shown, f"{text} is not there", hint="Check the path.")
        return files

    def name(self, path: Path) -> str:
        """What messages call a file of the folder."""
        return str(Path(self.shown).parent / path.relative_to(self.folder))

    def read(self, path: Path) -> str:
        """The text of a file that `find` found; InvalidFile where it is none, or too large."""
        if path.stat().st_size > MAX_BYTES:
            raise InvalidFile(self.name(path), "this file is too large", hint="Split it.")
        return read_text(path, self.name(path))

"""Files that a file of the workspace names: text, or bytes by their digest, below one folder and nowhere else."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from llmops.core.errors import InvalidFile
from llmops.core.hashing import digest_bytes

MOST_BYTES: Final = 64_000_000


@dataclass(frozen=True, slots=True)
class FilesBelow:
    """Reads files below a folder, and notes in `seen` which."""

    root: Path
    seen: set[Path] = field(default_factory=set)

    def __call__(self, name: str) -> str:
        """The text of a file.

        Raises:
            InvalidFile: it lies elsewhere, is not there, or is no text.
        """
        from llmops.text.yaml import read_text

        return read_text(self._path(name), name)

    def read_bytes(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            InvalidFile: it lies elsewhere, is not there, or is larger than MOST_BYTES.
        """
        path = self._path(name)
        try:
            with path.open("rb") as stream:
                found = stream.read(MOST_BYTES + 1)
        except FileNotFoundError as error:
            hint = f"It is looked for below {self.root.resolve()}."
            raise InvalidFile(name, "there is no such file", hint=hint) from error
        except OSError as error:
            hint = "Check the path and its permissions."
            raise InvalidFile(name, f"cannot be read: {error.strerror}", hint=hint) from error
        if len(found) > MOST_BYTES:
            raise InvalidFile(name, f"this is larger than {MOST_BYTES:,} bytes", hint="Name a smaller file.")
        return found

    def digest(self, name: str) -> str:
        """The digest of a file's bytes, as `sha256sum` gives it."""
        return digest_bytes(self.read_bytes(name))

    def _path(self, name: str) -> Path:
        path = self.root / name
        if "\0" in name or not path.resolve().is_relative_to(self.root.resolve()):
            raise InvalidFile(
                name, "this lies outside of the workspace", hint=f"The workspace is {self.root.resolve()}."
            )
        self.seen.add(path)
        return path

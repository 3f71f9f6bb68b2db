"""What comes out of a conversion: new files of the workspace, and remarks on what could not be carried over."""

import re
from dataclasses import dataclass, field
from typing import Final

from llmops.core.names import Kind
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

_FOLDERS: Final[dict[Kind, str]] = {
    "prompt": "prompts/{}.md",
    "suite": "evals/{}.yaml",
    "dataset": "evals/data/{}.jsonl",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was not converted, or not exactly, and where it stands."""

    file: str
    line: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line is not None else f"{self.file}: {self.text}"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of the workspace that a conversion wants to write; `source` is the file that it was made from."""

    kind: Kind
    name: str
    text: str
    source: str

    @property
    def path(self) -> str:
        """Where, relative to the workspace."""
        return _FOLDERS[self.kind].format(self.name)


@dataclass(slots=True)
class Conversion:
    """Collects files and remarks; `inputs` are the names that a converted prompt takes, for those that include it."""

    files: list[NewFile] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    inputs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _names: set[tuple[str, str]] = field(default_factory=set)

    def note(self, document: YamlDocument, at: Place, text: str) -> None:
        """Remark on a place of a document."""
        self.note_line(str(document.path), document.line(at), text)

    def note_line(self, file: str, line: int | None, text: str) -> None:
        """Remark on a line of a file; the same remark once."""
        remark = Remark(file, line, text)
        if remark not in self.remarks:
            self.remarks.append(remark)

    def add(self, kind: Kind, name: str, text: str, source: str) -> str:
        """Add a file under a name that artifacts may have and no other file of this conversion has; returns that name."""
        free = self.free_name(kind, name)
        self._names.add((kind, free.casefold()))
        self.files.append(NewFile(kind, free, text, source))
        return free

    def free_name(self, kind: Kind, name: str) -> str:
        """The name that `add` would take."""
        wanted = as_name(name)
        free, count = wanted, 2
        while (kind, free.casefold()) in self._names:
            free, count = f"{wanted}-{count}", count + 1
        return free


def as_name(text: str) -> str:
    """The nearest name that an artifact may have: letters, digits, `-`, `_`, `.`, with `/` between parts."""
    parts = (re.sub(r"[^A-Za-z0-9_.-]+", "-", part).strip("-_.") for part in text.split("/"))
    name = "/".join(re.sub(r"\.{2,}", ".", part) for part in parts if part)
    return name[:150].rstrip("-_./") or "imported"

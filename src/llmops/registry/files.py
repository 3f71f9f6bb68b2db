"""Where the artifacts of a workspace live: which file holds what, and what a file is called.

The folder says the kind and the path below it the name: `prompts/support/answer.md` is `prompt/support/answer`. A dataset may
be a folder too, one that the library `datasets` saved. Models live in no file of the workspace: they come out of runs.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from llmops.core.errors import InputError, InvalidFile, InvalidRef
from llmops.core.names import Kind, check_name, nearest
from llmops.text.arrow import is_saved_dataset

_YAML: Final = (".yaml", ".yml")
_PLACES: Final[dict[Kind, tuple[str, tuple[str, ...]]]] = {
    "dataset": ("evals/data", (".jsonl", ".csv", *_YAML, ".parquet")),
    "prompt": ("prompts", (".md", *_YAML)),
    "rag": ("rag", _YAML),
    "app": ("apps", _YAML),
    "suite": ("evals", _YAML),
    "policy": ("policies", _YAML),
    "monitor": ("monitors", _YAML),
}
SUPPORTED: Final[tuple[Kind, ...]] = ("prompt", "rag", "policy", "dataset", "app", "suite", "monitor", "model")


def check_supported(kind: Kind) -> Kind:
    """Return the kind if this version of llmops can register it, else raise InputError."""
    if kind not in SUPPORTED:
        raise InputError(
            f"{kind} is no kind of artifact that this version knows",
            hint=f"This version knows: {', '.join(sorted(SUPPORTED))}.",
        )
    return kind


@dataclass(frozen=True, slots=True)
class WorkspaceFile:
    """One file that holds an artifact."""

    kind: Kind
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class WorkspaceFiles:
    """The artifact files below a workspace's root. Hidden files and READMEs hold none."""

    root: Path

    def shown(self, path: Path) -> str:
        """How messages call a file: relative to the workspace, with forward slashes."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def files(self, kind: Kind) -> Iterator[tuple[str, Path]]:
        """Names and paths of all files of a kind, by name."""
        if kind not in _PLACES:
            return
        yield from sorted(
            (file.name, file.path) for file in self._below(self.root / _PLACES[kind][0]) if file.kind == kind
        )

    def names(self, kind: Kind) -> list[str]:
        """The names of all files of a kind."""
        return [name for name, _ in self.files(kind)]

    def path(self, kind: Kind, name: str) -> Path | None:
        """The file that holds an artifact.

        Raises:
            InvalidFile: two files do.
        """
        if kind not in _PLACES:
            return None
        folder, endings = _PLACES[kind]
        stem = self.root / folder / name
        found = [path for ending in endings if (path := stem.with_name(stem.name + ending)).is_file()]
        if kind == "dataset" and is_saved_dataset(stem):
            found.append(stem)
        if len(found) > 1:
            raise InvalidFile(
                self.shown(found[1]),
                f"{self.shown(found[0])} is {kind}/{name} too",
                hint="Rename or remove one of them.",
            )
        return self._inside(found[0]) if found else None

    def place(self, kind: Kind, name: str) -> str:
        """Where the file of an artifact would be written; of a model, the command that makes one."""
        if kind not in _PLACES:
            return f"llmops {kind} register FILE {name}"
        folder, endings = _PLACES[kind]
        return f"{folder}/{name}{endings[0]}"

    def making(self, kind: Kind, name: str) -> str:
        """What to do to have an artifact."""
        return f"{'write' if kind in _PLACES else 'type'} {self.place(kind, name)}"

    def classify(self, path: Path) -> tuple[Kind, str]:
        """What the file holds. Relative paths are relative to the workspace, or else to the current folder.

        Raises:
            InvalidFile: it is not there, or lies in no folder of a kind, or its name or ending is none.
        """
        whole = self._find(path)
        relative = Path(os.path.normpath(whole)).relative_to(self.root)
        for kind, (folder, endings) in _PLACES.items():
            if relative.is_relative_to(folder):
                below = relative.relative_to(folder)
                is_folder = kind == "dataset" and is_saved_dataset(whole)
                if not is_folder and below.suffix.lower() not in endings:
                    raise InvalidFile(
                        self.shown(whole), f"no {kind} is read from {below.suffix or 'a file without ending'}",
                        hint=f"Use one of {', '.join(endings)}.",
                    )  # fmt: skip
                name = (below if is_folder else below.with_suffix("")).as_posix()
                try:
                    return kind, check_name(name)
                except InvalidRef as error:
                    raise InvalidFile(self.shown(whole), f"{name!r} is no name", hint=error.hint) from error
        raise InvalidFile(
            self.shown(whole),
            "this folder holds no artifacts",
            hint=f"Put it into {', '.join(f for f, _ in _PLACES.values())}.",
        )

    def expand(self, paths: Iterable[Path] | None) -> list[WorkspaceFile]:
        """All artifact files, or those named, with folders standing for the files below them; each once.

        Raises:
            InvalidFile: a path that is not there, or holds no artifact, or one of a kind that is not supported.
        """
        if paths is None:
            found = [
                file
                for folder in {f.split("/")[0] for f, _ in _PLACES.values()}
                for file in self._below(self.root / folder)
            ]
        else:
            found = [file for path in paths for file in self._named(path)]
        for file in found:
            try:
                check_supported(file.kind)
            except InputError as error:
                raise InvalidFile(self.shown(file.path), error.message, hint=error.hint) from error
        return sorted(set(found), key=lambda file: (SUPPORTED.index(file.kind), file.name, str(file.path)))

    def _named(self, path: Path) -> Iterator[WorkspaceFile]:
        whole = self._find(path)
        if whole.is_dir() and not is_saved_dataset(whole):
            yield from self._below(whole)
        else:
            yield WorkspaceFile(*self.classify(whole), whole)

    def _below(self, folder: Path) -> Iterator[WorkspaceFile]:
        for path in sorted(folder.rglob("*")):
            below = path.relative_to(self.root)
            hidden = any(part.startswith(".") for part in below.parts) or path.stem.upper() == "README"
            if hidden or not self._holds_one(path, below):
                continue
            self._inside(path)
            yield WorkspaceFile(*self.classify(path), path)

    def _holds_one(self, path: Path, below: Path) -> bool:
        for kind, (folder, endings) in _PLACES.items():
            if below.is_relative_to(folder):
                if path.is_dir():
                    return kind == "dataset" and is_saved_dataset(path)
                return below.suffix.lower() in endings and path.is_file()
        return False

    def _find(self, path: Path) -> Path:
        here = self.root / path
        whole = here if here.exists() or path.is_absolute() else Path.cwd() / path
        if not whole.exists():
            near = nearest(self.shown(here), self._candidates())
            raise InvalidFile(
                self.shown(here), "there is no such file", hint=f"Did you mean {near!r}?" if near else "Check the path."
            )
        return self._inside(Path(os.path.normpath(whole)))

    def _candidates(self) -> list[str]:
        folders = [self.root / folder for folder, _ in _PLACES.values()]
        return sorted({self.shown(path) for folder in folders for path in folder.rglob("*") if path.is_file()})

    def _inside(self, path: Path) -> Path:
        """Refuse what lies outside of the workspace, also through links."""
        if not path.is_relative_to(self.root) or not path.resolve().is_relative_to(self.root.resolve()):
            raise InvalidFile(
                self.shown(path), "this lies outside of the workspace", hint=f"The workspace is {self.root}."
            )
        return path

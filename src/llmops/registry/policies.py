"""Guardrail policies as artifacts. What a check is and takes only the guard knows; its reader is handed in."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from llmops.core.errors import InvalidFile
from llmops.domain.policy import PolicySpec
from llmops.registry.files import WorkspaceFiles
from llmops.text.yaml import YamlDocument, read_text
from llmops.text.yaml_builder import Place

PolicyReader: TypeAlias = Callable[[YamlDocument, Place, Callable[[str], str]], PolicySpec]
"""Reads a policy from the part of a document at a place; the callable reads files that it names."""


def no_policies(document: YamlDocument, at: Place, read_file: Callable[[str], str]) -> PolicySpec:
    """Refuse every policy, where nobody handed in a reader."""
    raise document.error(at, "policies cannot be read here", hint="Open the workspace with llmops.open().")


def file_reader(files: WorkspaceFiles, seen: set[Path]) -> Callable[[str], str]:
    """Reads files of the workspace and notes them in `seen`."""

    def read(name: str) -> str:
        path = files.root / name
        if not path.resolve().is_relative_to(files.root.resolve()):
            raise InvalidFile(name, "this lies outside of the workspace", hint=f"The workspace is {files.root}.")
        seen.add(path)
        return read_text(path, name)

    return read

"""Guardrail policies as artifacts. What a check is and takes only the guard knows; its reader is handed in."""

from collections.abc import Callable
from typing import TypeAlias

from llmops.domain.policy import PolicySpec
from llmops.text.beside import FilesBelow
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

PolicyReader: TypeAlias = Callable[[YamlDocument, Place, FilesBelow], PolicySpec]
"""Reads a policy from the part of a document at a place, and files that it names."""


def no_policies(document: YamlDocument, at: Place, files: FilesBelow) -> PolicySpec:
    """Refuse every policy, where nobody handed in a reader."""
    raise document.error(at, "policies cannot be read here", hint="Open the workspace with llmops.open().")

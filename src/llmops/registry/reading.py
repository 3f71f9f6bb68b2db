"""A file of the workspace as text, YAML and body, before anybody knows what it means; and what every kind does with it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel

from llmops.core.errors import InvalidFile
from llmops.registry.secrets import refuse_secrets
from llmops.text.yaml import YamlDocument, parse_yaml, read_text

T = TypeVar("T", bound=BaseModel)

_FENCE: Final = re.compile(r"^---[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """A file: its YAML (of a Markdown file, the front matter), and the body of a Markdown file with its first line."""

    path: Path
    shown: str
    document: YamlDocument
    body: str | None = None
    body_line: int = 1


def read_source(path: Path, shown: str) -> Source:
    """Read a YAML or Markdown file, refusing literal credentials.

    Raises:
        InvalidFile: it cannot be read, is no YAML, holds a credential, or its front matter never ends.
    """
    text = read_text(path, shown)
    body, body_line = None, 1
    if path.suffix.lower() == ".md":
        front, body, body_line = _split_front_matter(text, shown)
        document = parse_yaml(front, shown, first_line=2)
        if document.data is None:
            document = document.with_data({})
    else:
        document = parse_yaml(text, shown)
    refuse_secrets(text, shown, document)
    return Source(path, shown, document, body, body_line)


def _split_front_matter(text: str, shown: str) -> tuple[str, str, int]:
    opening = _FENCE.match(text)
    if not opening:
        return "", text, 1
    closing = _FENCE.search(text, opening.end())
    if not closing:
        raise InvalidFile(
            shown, "the front matter has no end", line=1, hint="Close it with a line `---` before the body."
        )
    front = text[opening.end() + 1 : closing.start()]
    return front, text[closing.end() + 1 :], text.count("\n", 0, closing.end()) + 2

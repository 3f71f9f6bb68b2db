"""What stands before the text of a chunk when it is embedded: the headings above it, or the title of its document.

The text that is stored, searched by words and cited is the chunk's own. A header that is too long loses its beginning, so
that header and chunk together are within what the model reads.
"""

from collections.abc import Callable, Mapping
from typing import Final

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.corpus import ChunkingSpec
from llmops.domain.ports import Embedder

LEAST_ROOM: Final = 16  # tokens
MOST_ROOM: Final = 64

Header = Callable[[Mapping[str, Json], str], str]
"""From the metadata of a chunk and the title of its document to what is embedded before its text."""


def no_header(metadata: Mapping[str, Json], title: str) -> str:
    """Nothing."""
    return ""


def open_header(spec: ChunkingSpec, embedder: Embedder) -> Header:
    """Make what writes the headers of a configuration."""
    if spec.context is None:
        return no_header
    room = min(MOST_ROOM, embedder.max_tokens - spec.size)

    def header(metadata: Mapping[str, Json], title: str) -> str:
        headings = metadata.get("headings") if spec.context == "headings" else None
        path = [" ".join(str(part).split()) for part in (headings or [title]) if part]
        while path and len(embedder.token_spans(" > ".join(path))) > room:
            path.pop(0)
        return " > ".join(path) + "\n\n" if path else ""

    return header


def check_sizes(spec: ChunkingSpec, model: str, embedder: Embedder) -> None:
    """Refuse chunks of which the model would not read the end.

    Raises:
        InputError: `size` is more than the model reads, or leaves no room for headers.
    """
    most = embedder.max_tokens
    if spec.size > most:
        raise InputError(
            f"chunking.size is {spec.size}, but {model} reads only the first {most} tokens of a chunk",
            hint=f"Set chunking.size to at most {most}.",
        )
    if spec.context is not None and spec.size > most - LEAST_ROOM:
        raise InputError(
            f"chunking.size is {spec.size}, and {model} reads {most} tokens: no room is left for the header that "
            f"chunking.context: {spec.context} asks for",
            hint=f"Set chunking.size to at most {most - LEAST_ROOM}.",
        )

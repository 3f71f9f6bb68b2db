"""A package of one's own with an embedder and a chunker; `install` puts it where a process with that folder on its path finds it.

The embedder notes each batch in `embedded.log` of the workspace. While there is a file `hold`, it does not finish one.
"""

import asyncio
import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from llmops.backends.hashed import HashEmbedder
from llmops.core.settings import Settings
from llmops.domain.corpus import ChunkingSpec, Document
from llmops.domain.ports import Embedder, Span, TextRole

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

ENTRY_POINTS = """[llmops.embedders]
house = house_plugin:open_embedder

[llmops.chunkers]
stanzas = house_plugin:Stanzas
"""


class HouseEmbedder(HashEmbedder):
    """Hashed words, with a log."""

    def __init__(self, root: Path) -> None:
        super().__init__(64)
        self._root = root

    @property
    def identity(self) -> str:
        """Its own."""
        return "house;1"

    async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
        """Embed texts."""
        said = json.dumps([os.getpid(), [hashlib.sha256(text.encode()).hexdigest() for text in texts]])
        with (self._root / "embedded.log").open("a") as log:
            log.write(said + "\n")
        while (self._root / "hold").exists():
            await asyncio.sleep(0.02)  # waits for the test, not for a clock
        return await super().embed(texts, role)


class Stanzas:
    """A chunk for each stanza, which knows its number."""

    def __init__(self, spec: ChunkingSpec, embedder: Embedder) -> None:
        """Sizes say nothing here."""

    def spans(self, document: Document) -> list[Span]:
        """The spans of a document."""
        found, start = [], 0
        for number, stanza in enumerate(document.text.split("\n\n")):
            if stanza.strip():
                found.append(Span(start, start + len(stanza), {"stanza": number}))
            start += len(stanza) + 2
        return found


def open_embedder(model: str, settings: Settings) -> HouseEmbedder:
    """`house/hash`."""
    return HouseEmbedder(settings.root)


def install(folder: Path) -> str:
    """Install this as a package into a folder; returns a PYTHONPATH for it."""
    about = folder / "house_plugin-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: house-plugin\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRY_POINTS)
    (folder / "house_plugin.py").write_text(Path(__file__).read_text())
    return os.pathsep.join(part for part in (str(folder), os.environ.get("PYTHONPATH", "")) if part)


def embedded(root: Path) -> tuple[Counter[str], dict[int, int]]:
    """How often each text was given to the embedder, and how many batches by process."""
    log = root / "embedded.log"
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return Counter(text for _, texts in lines for text in texts), dict(Counter(pid for pid, _ in lines))

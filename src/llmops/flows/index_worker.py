"""Prepares documents and embeds texts for a sync in another process.

A worker opens neither the store nor the vector store. What it does depends on the piece of work, the configuration and the code,
which it compares with those of the driver before it begins. It does one piece at a time, so one that dies costs one piece.
"""

import asyncio
import base64
import json
import socket
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from llmops.backends.catalogs import open_embedder
from llmops.backends.executors import written_error
from llmops.core.bridge import on_loop, to_thread
from llmops.core.errors import InputError, LlmopsError
from llmops.core.hashing import Json
from llmops.core.settings import load_settings
from llmops.domain.corpus import ChunkingSpec
from llmops.domain.crew import Reading, read_readings, written_writes
from llmops.domain.manifest import ItemWrite
from llmops.domain.ports import Chunker, Embedder
from llmops.index.chunking.headers import Header, open_header
from llmops.index.chunking.methods import open_chunker
from llmops.index.prepare import chunked

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

INDEX: Final = "index"
"""What a recipe says that it is for."""


class _Bench(NamedTuple):
    """What a worker works with."""

    embedder: Embedder
    chunker: Chunker
    header: Header
    pipeline: str

    def prepare(self, readings: Sequence[Reading]) -> list[ItemWrite]:
        identity = self.embedder.identity
        return [chunked(reading, self.chunker, identity, self.header, self.pipeline) for reading in readings]


class IndexWorker:
    """Prepares documents and embeds texts in a process of its own, one piece of work at a time; `recipe` is what
    `index_crew.recipe_of` wrote."""

    def __init__(self, recipe: str) -> None:
        self._recipe = json.loads(recipe)
        self._turn = asyncio.Lock()
        self._bench: _Bench | None = None

    async def do(self, work: str) -> str:
        """Do a piece of work; an error is part of what is said."""
        return await on_loop(self._do(json.loads(work)))

    async def close(self) -> None:
        """Let the embedder go."""
        close = getattr(self._bench and self._bench.embedder, "close", None)
        if close is not None:
            await on_loop(close())

    async def _do(self, work: Json) -> str:
        async with self._turn:
            try:
                if self._bench is None:
                    self._bench = await to_thread(self._open)
                if "texts" in work:
                    return _written_vectors(await self._bench.embedder.embed(work["texts"]))
                writes = await to_thread(self._bench.prepare, read_readings(work["readings"]))
            except LlmopsError as error:
                return json.dumps({"broken": written_error(error)})
        return json.dumps({"writes": written_writes(writes)})

    def _open(self) -> _Bench:
        told, root = self._recipe, Path(self._recipe["root"])
        self._check("runs llmops", told["version"], version("llmops"), "Install the same version on all machines")
        if not root.is_dir():
            raise InputError(
                f"a worker on {socket.gethostname()} does not find the workspace {root}",
                hint="Workers need the same folder at the same path; see docs/executors.md.",
            )
        embedder = open_embedder(told["embedding"], load_settings(root, arguments=told["settings"]))
        self._check("embeds with", told["embedder"], embedder.identity, "Install the same models and packages there")
        chunking = ChunkingSpec.model_validate(told["chunking"])
        chunker = open_chunker(chunking, embedder, pipeline=told["pipeline"])
        return _Bench(embedder, chunker, open_header(chunking, embedder), told["pipeline"])

    def _check(self, does: str, asked: str, here: str, remedy: str) -> None:
        if asked != here:
            raise InputError(
                f"a worker on {socket.gethostname()} {does} {here}, the sync with {asked}",
                hint=f"{remedy}; see docs/executors.md.",
            )


def _written_vectors(vectors: "Vectors") -> str:
    import numpy as np

    plain = np.ascontiguousarray(vectors, dtype="<f4")
    return json.dumps({"shape": plain.shape, "vectors": base64.b64encode(plain.tobytes()).decode("ascii")})

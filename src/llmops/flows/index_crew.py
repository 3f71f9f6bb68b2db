"""Documents prepared and texts embedded in other processes: the driver sends a piece of work and gets what came of it.

A worker opens neither the store nor the vector store. What it does depends on the piece, the configuration and the code, which it
compares with those of the driver before it begins. It does one piece at a time, so one that dies costs one piece. A model
behind a server is asked by the driver: there is nothing to compute, and one process keeps to the server's limits best.
"""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from llmops.backends.catalogs import embeds_on_a_server, open_embedder
from llmops.backends.executors import OpenWorkers, Worker, find_executor, read_error, written_error
from llmops.core.bridge import on_loop, to_thread
from llmops.core.errors import InputError, LlmopsError
from llmops.core.hashing import Json
from llmops.core.settings import load_settings
from llmops.domain.corpus import ChunkingSpec
from llmops.domain.crew import (
    Crew,
    OpenCrew,
    Reading,
    read_readings,
    read_writes,
    written_readings,
    written_writes,
)
from llmops.domain.manifest import Generation, ItemWrite
from llmops.domain.ports import Chunker, Embedder
from llmops.flows.services import Services
from llmops.index.chunking.headers import Header, open_header
from llmops.index.chunking.methods import open_chunker
from llmops.index.options import SyncOptions
from llmops.index.prepare import chunked

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

INDEX: Final = "index"
"""What a recipe says that it is for."""


def recipe_of(services: Services, generation: Generation) -> str:
    """What a worker needs to prepare and embed as this process would: settings, configuration, and what both must agree on."""
    recipe = {
        "work": INDEX,
        "root": str(services.root),
        "settings": {one.key: one.value for one in services.settings if one.source not in ("default", "llmops.toml")},
        "chunking": generation.spec.chunking.model_dump(mode="json"),
        "embedding": generation.spec.embedding,
        "pipeline": generation.pipeline,
        "embedder": generation.embedder,
        "version": version("llmops"),
    }
    return json.dumps(recipe)


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
    """Prepares documents and embeds texts in a process of its own, one piece of work at a time; `recipe` is what `recipe_of`
    wrote."""

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


class RemoteCrew:
    """Has workers prepare and embed.

    Args:
        workers: they.
        width: how many pieces of work are under way at once.
        embedder: what embeds in this process instead, if anything does.
    """

    def __init__(self, workers: Worker, width: int, embedder: Embedder | None = None) -> None:
        self._workers = workers
        self._width = width
        self._embedder = embedder

    @property
    def width(self) -> int:
        """How many pieces of work are under way at once."""
        return self._width

    async def prepare(self, readings: Sequence[Reading]) -> list[ItemWrite]:
        """Send documents and read what they became."""
        work = await to_thread(lambda: json.dumps({"readings": written_readings(readings)}))
        said = await self._asked(work)
        return await to_thread(read_writes, said["writes"])

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        """Send texts and read their vectors."""
        if self._embedder is not None:
            return await self._embedder.embed(texts)
        return _read_vectors(await self._asked(json.dumps({"texts": list(texts)})))

    async def _asked(self, work: str) -> Json:
        said = json.loads(await self._workers.do(work))
        if "broken" in said:
            raise read_error(said["broken"])
        return said


def crew_opener(services: Services, options: SyncOptions) -> OpenCrew | None:
    """What has a crew for a generation, as the options of a sync say; None where this process does everything.

    Raises:
        NotFound: there is no such executor.
    """
    open_workers = find_executor(options.executor)
    if open_workers is None:
        return None
    return lambda generation: _crew(services, open_workers, generation, options.concurrency)


@asynccontextmanager
async def _crew(
    services: Services, open_workers: OpenWorkers, generation: Generation, concurrency: int
) -> AsyncIterator[Crew]:
    """A crew, let go at the end. It starts with its first piece of work.

    Raises:
        ExtraMissing: the executor needs a library that is not installed.
    """
    recipe, model = recipe_of(services, generation), generation.spec.embedding
    own = services.embedder(model) if embeds_on_a_server(model, services.settings) else None
    workers = open_workers(services.settings, opener=services.opener, recipe=recipe, concurrency=concurrency)
    try:
        yield RemoteCrew(workers, concurrency, own)
    finally:
        await workers.close()


def _written_vectors(vectors: "Vectors") -> str:
    import numpy as np

    plain = np.ascontiguousarray(vectors, dtype="<f4")
    return json.dumps({"shape": plain.shape, "vectors": base64.b64encode(plain.tobytes()).decode("ascii")})


def _read_vectors(said: Json) -> "Vectors":
    import numpy as np

    vectors: Vectors = np.frombuffer(base64.b64decode(said["vectors"]), dtype="<f4").reshape(said["shape"])
    return vectors

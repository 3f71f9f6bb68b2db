"""Documents prepared and texts embedded in other processes: the driver sends a piece of work and gets what came of it.

The driver reads, plans and writes. A model behind a server is asked by it, too: there is nothing to compute, and one process
keeps to the server's limits best.
"""

import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from llmops.backends.catalogs import embeds_on_a_server
from llmops.backends.executors import OpenWorkers, Worker, find_executor, read_error
from llmops.core.bridge import to_thread
from llmops.core.hashing import Json
from llmops.domain.crew import Crew, OpenCrew, Reading, read_writes, written_readings
from llmops.domain.manifest import Generation, ItemWrite
from llmops.domain.ports import Embedder
from llmops.flows.index_worker import INDEX
from llmops.flows.services import Services
from llmops.index.options import SyncOptions

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors


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


def _read_vectors(said: Json) -> "Vectors":
    import numpy as np

    vectors: Vectors = np.frombuffer(base64.b64decode(said["vectors"]), dtype="<f4").reshape(said["shape"])
    return vectors

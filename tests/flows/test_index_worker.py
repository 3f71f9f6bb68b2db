"""A worker of a sync: what it is asked, what it answers, and what it refuses."""

import asyncio
import base64
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from llmops.backends.catalogs import EMBEDDERS
from llmops.backends.hashed import HashEmbedder
from llmops.core.bridge import run_sync
from llmops.core.hashing import Json, digest_bytes
from llmops.domain.corpus import ChunkingSpec
from llmops.domain.crew import Reading, read_writes, written_readings
from llmops.domain.manifest import ManifestItem
from llmops.domain.ports import SourceItem
from llmops.flows.index_worker import INDEX, IndexWorker
from llmops.index.chunking.methods import open_chunker
from llmops.index.prepare import PIPELINE, chunked


def recipe(folder: Path, **otherwise: str) -> str:
    told = {
        "work": INDEX,
        "root": str(folder),
        "settings": {},
        "chunking": {"size": 16, "overlap": 2},
        "embedding": "offline/hash-64",
        "pipeline": PIPELINE,
        "embedder": "offline/hash-64;1",
        "version": version("llmops"),
    }
    return json.dumps({**told, **otherwise})


def ask(worker: IndexWorker, **work: Json) -> Json:
    return json.loads(run_sync(worker.do(json.dumps(work))))


def reading(key: str, data: bytes) -> Reading:
    item = ManifestItem("i" + key, "files", key, "token", len(data), 1.5)
    return Reading(item, SourceItem(key, "token", len(data), 1.5, {"tenant": "a"}), data, digest_bytes(data))


def test_documents_become_what_they_become_here(tmp_path: Path) -> None:
    readings = [
        reading("a.md", b"---\nlang: de\n---\n# A\n\nfirst text\n\n## B\n\nsecond text"),
        reading("b.csv", b"\x80"),
    ]
    said = ask(IndexWorker(recipe(tmp_path)), readings=written_readings(readings))
    embedder = HashEmbedder(64)
    chunker = open_chunker(ChunkingSpec(size=16, overlap=2), embedder)
    assert read_writes(said["writes"]) == [chunked(each, chunker, embedder.identity) for each in readings]
    first, torn = read_writes(said["writes"])
    assert [indexed.chunk.metadata["tenant"] for indexed in first.chunks or ()] == ["a", "a"]
    assert torn.chunks is None
    assert "b.csv" in torn.item.error


def test_texts_become_the_vectors_that_they_have_here(tmp_path: Path) -> None:
    said = ask(IndexWorker(recipe(tmp_path)), texts=["one", "two words"])
    here = run_sync(HashEmbedder(64).embed(["one", "two words"]))
    assert said["shape"] == [2, 64]
    assert np.frombuffer(base64.b64decode(said["vectors"]), "<f4").tobytes() == here.tobytes()


@pytest.mark.parametrize(
    ("otherwise", "message", "hint"),
    [
        (
            {"version": "0.0.1"},
            "the sync with 0.0.1",
            "Install the same version on all machines; see docs/executors.md.",
        ),
        ({"embedder": "other;1"}, "embeds with offline/hash-64;1, the sync with other;1", "Install the same models"),
        ({"root": "/nowhere"}, "does not find the workspace /nowhere", "the same folder at the same path"),
        ({"embedding": "nobody/e"}, "no embedding provider or connection called 'nobody'", "[connections.nobody]"),
    ],
)
def test_a_worker_that_would_make_something_else_refuses(
    tmp_path: Path, otherwise: dict[str, str], message: str, hint: str
) -> None:
    said = ask(IndexWorker(recipe(tmp_path, **otherwise)), texts=["one"])["broken"]
    assert message in said["message"]
    assert hint in said["hint"]
    assert said["exit_code"] == 2


class OneByOne(HashEmbedder):
    """Counts how many batches are under way at once, and whether it was closed."""

    under_way = widest = closed = 0

    async def embed(self, texts: Sequence[str], role: str = "document") -> "object":  # type: ignore[override]
        OneByOne.under_way += 1
        OneByOne.widest = max(OneByOne.widest, OneByOne.under_way)
        await asyncio.sleep(0)
        OneByOne.under_way -= 1
        return await super().embed(texts, "document")

    async def close(self) -> None:
        OneByOne.closed += 1


def test_a_worker_does_one_thing_at_a_time_and_lets_its_embedder_go(tmp_path: Path) -> None:
    if "one-by-one" not in EMBEDDERS:
        EMBEDDERS.register("one-by-one")(lambda model, settings: OneByOne(64))
    worker = IndexWorker(recipe(tmp_path, embedding="one-by-one/hash"))

    async def ask_all() -> list[str]:
        found = await asyncio.gather(*(worker.do(json.dumps({"texts": [f"text {n}"]})) for n in range(4)))
        await worker.close()
        return found

    assert [json.loads(said)["shape"] for said in run_sync(ask_all())] == [[1, 64]] * 4
    assert (OneByOne.widest, OneByOne.closed) == (1, 1)


def test_a_worker_that_did_nothing_has_nothing_to_let_go(tmp_path: Path) -> None:
    assert run_sync(IndexWorker(recipe(tmp_path)).close()) is None

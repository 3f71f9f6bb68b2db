"""How well and how fast each mode of retrieval finds: dense, lexical, hybrid.

    python benchmarks/retrieval.py quality [PostgreSQL URL]      xquad: 240 paragraphs, 1,190 questions (../shared/data/ir)
    python benchmarks/retrieval.py latency [CHUNKS]              made-up texts, hashed vectors of 384 numbers; warm, 50 questions

Quality is measured over whole paragraphs, top 100, with the measures of `llmops.measures.ranking`, which equal trec_eval's.
"""

import json
import math
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from llmops.backends.catalogs import open_embedder, open_vector_shelf
from llmops.backends.hashed import HashEmbedder
from llmops.core.bridge import run_sync
from llmops.core.hashing import Json
from llmops.core.settings import load_settings
from llmops.domain.corpus import Chunk, RagSpec, SourceSpec
from llmops.domain.manifest import Generation, IndexedChunk, ItemWrite, ManifestItem, short_hash
from llmops.domain.retrieval import Mode
from llmops.index.search import Query, Searcher
from llmops.index.vectors import VectorPlace
from llmops.measures.fusion import reciprocal_rank_fusion
from llmops.measures.ranking import ndcg, recall_at_k, reciprocal_rank
from llmops.storage.store import Store, open_store
from llmops.storage.upgrade import upgrade

XQUAD = Path(__file__).resolve().parents[2] / "shared" / "data" / "ir" / "xquad"
SPEC = RagSpec(sources=(SourceSpec(files="**/*"),), embedding="offline/hash-384")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def filled(
    store: Store, texts: dict[str, str], vectors: "np.ndarray[tuple[int, int], np.dtype[np.float32]]"
) -> Generation:
    """A generation with one chunk a text, its vectors in the cache."""
    lease = store.corpus.leases.acquire("bench", "benchmark", NOW)
    made = Generation(
        index="bench", uid="g", fingerprint=SPEC.fingerprint, pipeline="1", embedder=HashEmbedder(384).identity,
        dimension=vectors.shape[1], spec=SPEC, vectors="none", created_at=NOW,
    )  # fmt: skip
    generation = store.corpus.create(made, lease, NOW)
    keys = list(texts)
    for start in range(0, len(keys), 1000):
        writes, known = [], {}
        for row, key in enumerate(keys[start : start + 1000], start):
            text = texts[key]
            chunk = Chunk(
                cid=key, source="s", key=key, ordinal=0, start=0, end=len(text), text=text, line=1, end_line=1,
                metadata={"tenant": f"t{row % 100}"},
            )  # fmt: skip
            item = ManifestItem(short_hash(key), "s", key, "1", len(text), 0.0, key)
            writes.append(ItemWrite(item, (IndexedChunk(chunk, short_hash(text), key),)))
            known[key] = vectors[row]
        store.embeddings.put_many(known)
        store.corpus.commit(generation.id, lease, writes, [], NOW)
    ready = generation.model_copy(update={"state": "ready", "stored": len(keys)})
    store.corpus.save(ready, lease, NOW)
    store.corpus.acknowledge(generation.id, lease, 10**9, NOW)
    return ready


def quality(url: str) -> None:
    """Print nDCG@10, recall@10 and MRR of each mode."""
    documents = [json.loads(line) for line in (XQUAD / "documents.jsonl").open()]
    questions = [json.loads(line) for line in (XQUAD / "questions.jsonl").open()]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        embedder = open_embedder("local/all-MiniLM-L6-v2", load_settings(root, {}))
        vectors = run_sync(embedder.embed([document["text"] for document in documents]))
        asked = run_sync(embedder.embed([question["question"] for question in questions], role="query"))
        upgrade(url, root=root)
        store = open_store(url, root=root)
        generation = filled(store, {d["id"]: d["text"] for d in documents}, vectors)
        found: dict[str, list[tuple[float, float, float]]] = {"dense": [], "lexical": [], "hybrid": []}
        for question, row in zip(questions, asked @ vectors.T, strict=True):
            dense = [str(documents[i]["id"]) for i in (-row).argsort(kind="stable")[:100]]
            lexical = [cid for cid, _ in store.lexical.search(generation.id, question["question"], 100)]
            ranked = {"dense": dense, "lexical": lexical, "hybrid": list(reciprocal_rank_fusion([lexical, dense]))}
            relevant = dict.fromkeys(question["relevant"], 1.0)
            for mode, ids in ranked.items():
                found[mode].append(
                    (ndcg(ids, relevant, 10), recall_at_k(ids, relevant, 10), reciprocal_rank(ids, relevant))
                )
        for mode, rows in found.items():
            print(mode, *(f"{math.fsum(column) / len(rows):.4f}" for column in zip(*rows, strict=True)))
        store.close()


def latency(count: int) -> None:
    """Print the median and the 95th percentile of each mode in milliseconds, and what it takes to begin."""
    random.seed(0)
    weights = [1 / (rank + 2.7) for rank in range(50_000)]  # Zipf and Mandelbrot, as words of a language are spread
    words = [f"w{rank}" for rank in random.choices(range(50_000), weights, k=400_000)]
    texts = {}
    for number in range(count):
        at = random.randrange(len(words) - 80)
        texts[f"c{number:07}"] = " ".join(words[at : at + 80]) + f" {number}"
    vectors = np.random.default_rng(0).standard_normal((count, 384), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = open_store("sqlite:///store.db", root=root)
        began = time.perf_counter()
        filled(store, texts, vectors)
        print(f"{count} chunks written in {time.perf_counter() - began:.1f} s")
        place = VectorPlace(open_vector_shelf(load_settings(root, {}, {"vectors.kind": "memory"})))
        searcher = Searcher("bench", SPEC, store, place, exact_below=count)
        embedder = HashEmbedder(384)
        modes: tuple[Mode, ...] = ("dense", "lexical", "hybrid")
        under: tuple[dict[str, Json], ...] = ({}, {"tenant": "t7"})
        for mode in modes:
            for filters in under:
                took = []
                for _ in range(51):
                    at = random.randrange(len(words) - 8)
                    question = " ".join(words[at : at + 8])
                    began = time.perf_counter()
                    query = Query(mode, 100 if mode == "hybrid" else 5, None, filters)
                    run_sync(searcher.search(lambda: embedder, question, query))
                    took.append((time.perf_counter() - began) * 1000)
                first, rest = took[0], sorted(took[1:])
                middle = statistics.median(rest)
                print(
                    f"{mode:8} {'1 % filter' if filters else '':10} first {first:.0f} p50 {middle:.1f} p95 {rest[47]:.1f} ms"
                )
        store.close()


if __name__ == "__main__":
    if sys.argv[1] == "quality":
        quality(sys.argv[2] if len(sys.argv) > 2 else "sqlite:///store.db")
    else:
        latency(int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)

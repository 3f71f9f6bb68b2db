"""Measure a sync with the real embedder against sentence-transformers' own `encode` of the same texts.

    python benchmarks/embedding.py [--chunks 1500] [--rounds 3] [--vectors exact|chroma]

Documents are paragraphs of very unequal length, so that padding costs what it costs in practice. `encode` gets all texts at
once and may sort them all by length; the sync lists, reads, cuts, embeds in batches, commits and writes vectors. Both run
in turn in this process with the model loaded; the figure is the median of the ratios. CPU counts all threads.
"""

import argparse
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from llmops.backends.catalogs import open_embedder, open_vector_shelf
from llmops.backends.weights import find_model_files, verify_model
from llmops.core.bridge import run_sync
from llmops.core.settings import load_settings
from llmops.domain.corpus import ChunkingSpec, RagSpec, SourceSpec
from llmops.domain.ports import Embedder, TextRole
from llmops.index.embedding import EMBED_BATCH
from llmops.index.index import Index, VectorPlace
from llmops.storage.store import open_store

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

MODEL = "local/all-MiniLM-L6-v2"
SPEC = RagSpec(
    sources=(SourceSpec(files="docs/**/*.txt"),),
    chunking=ChunkingSpec(method="recursive", size=200, overlap=0),
    embedding=MODEL,
)


class Recording:
    """Hands everything on to an embedder and keeps the texts."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.identity, self.dimension = embedder.identity, embedder.dimension
        self.max_tokens, self.token_spans = embedder.max_tokens, embedder.token_spans
        self.texts: list[str] = []

    async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
        """Embed texts."""
        self.texts += texts
        return await self._embedder.embed(texts, role)


def write_documents(folder: Path, chunks: int, seed: int = 0) -> None:
    """Write documents that are cut into about as many chunks, of 5 to 200 words."""
    rng = random.Random(seed)
    words = ("the", "of", "and", "to", "index", "vector", "document", "answer", "question", "model", "length", "batch")
    for number in range(max(1, chunks // 12)):
        path = folder / f"{number % 50:02d}" / f"{number:05d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        paragraphs = [" ".join(rng.choices(words, k=int(5 * 40 ** rng.random()))) + f" {number}." for _ in range(30)]
        path.write_text("\n\n".join(paragraphs), encoding="utf-8")


def sync(root: Path, embedder: Embedder, vectors: str) -> None:
    """Build an index in a store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/store.db", root=root)
        settings = load_settings(Path(folder), {}, {"vectors.kind": vectors})
        place = VectorPlace(open_vector_shelf(settings))
        index = Index("docs", SPEC, store=store, root=root, embedder=lambda: embedder, place=place)
        run_sync(index.sync())
        index.close()
        store.close()


def embed(embedder: Embedder, texts: Sequence[str]) -> None:
    """Embed texts in calls of as many as a sync makes, the longest first."""
    ordered = sorted(texts, key=len, reverse=True)
    for start in range(0, len(ordered), EMBED_BATCH):
        run_sync(embedder.embed(ordered[start : start + EMBED_BATCH]))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Print a line a round and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--vectors", choices=("exact", "chroma"), default="chroma")
    asked = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    embedder = Recording(open_embedder(MODEL, load_settings(Path.cwd(), {})))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_documents(root / "docs", asked.chunks)
        sync(root, embedder, asked.vectors)  # loads what there is to load
        texts = list(dict.fromkeys(embedder.texts))
        import torch
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(verify_model(find_model_files())), device="cpu", local_files_only=True)
        torch.set_num_threads(os.cpu_count() or 1)  # PyTorch's own choice, which holds for each thread
        model.encode(texts[:64], show_progress_bar=False)
        print(f"{len(texts)} chunks of {sum(map(len, texts)) / len(texts):.0f} characters, vectors in {asked.vectors}")
        ratios = []
        for _ in range(asked.rounds):
            theirs = timed(lambda: model.encode(texts, show_progress_bar=False, normalize_embeddings=True))
            alone = timed(lambda: embed(embedder, texts))
            ours = timed(lambda: sync(root, embedder, asked.vectors))
            ratios.append((theirs[0] / alone[0], theirs[0] / ours[0], theirs[1] / ours[1]))
            print(
                f"encode {theirs[0]:6.1f} s ({len(texts) / theirs[0]:4.0f}/s), CPU {theirs[1]:6.1f} s   "
                f"embedder {alone[0]:6.1f} s ({len(texts) / alone[0]:4.0f}/s), CPU {alone[1]:6.1f} s   "
                f"sync {ours[0]:6.1f} s ({len(texts) / ours[0]:4.0f}/s), CPU {ours[1]:6.1f} s   "
                f"throughput {ratios[-1][0]:.2f} and {ratios[-1][1]:.2f} x, by CPU {ratios[-1][2]:.2f} x",
                flush=True,
            )
        alone, wall, cpu = (statistics.median(column) for column in zip(*ratios, strict=True))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"median throughput of encode: the embedder {alone:.2f} x, a sync {wall:.2f} x, by CPU {cpu:.2f} x; "
            f"peak {peak:.0f} MB"
        )


if __name__ == "__main__":
    main()

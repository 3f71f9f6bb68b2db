"""Measure what keeping an index in step costs, beside Chroma's own bulk add of the same vectors.

    python benchmarks/index.py [--documents 10000] [--vectors chroma|exact]

Documents of 500 characters, the embedder `offline/hash`, so that only llmops's own work is measured. Every line is a process
of its own; CPU is user and system time of that process beyond its imports (and beyond the sync before it, where it is warm), peak
is its whole memory.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

CHILD: Final = """
import gc, json, resource, sys, time
from pathlib import Path
from llmops.backends.catalogs import open_vector_shelf
from llmops.backends.hashed import HashEmbedder
from llmops.core.bridge import run_sync
from llmops.core.settings import load_settings
from llmops.domain.corpus import RagSpec, SourceSpec
from llmops.index.index import Index, VectorPlace
from llmops.storage.store import open_store

def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

class Counting(HashEmbedder):
    asked = 0

    async def embed(self, texts, role="document"):
        Counting.asked += len(texts)
        return await super().embed(texts, role)

root, vectors, then = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
gc.set_threshold(30_000, 20, 20)  # as the command does
if then != "idle" and vectors == "chroma":
    import chromadb
before, began = cpu(), time.monotonic()
store = open_store("sqlite:///.llmops/store.db", root=root)
spec = RagSpec(sources=(SourceSpec(files="docs/**/*.md"),), embedding="offline/hash")
place = VectorPlace(open_vector_shelf(load_settings(root, {}, {"vectors.kind": vectors})))

def sync():
    index = Index("docs", spec, store=store, root=root, embedder=Counting, place=place)
    report = run_sync(index.sync())
    index.close()
    return report

def change():
    paths = sorted((root / "docs").rglob("*.md"))
    for path in paths[7::100]:
        path.write_text(path.read_text()[:480] + f" again {time.monotonic_ns()}"[-19:] + chr(10))
    for path in paths[8::200]:
        path.unlink()

if then == "warm":
    change()
    sync()
    change()
    Counting.asked = 0
    before, began = cpu(), time.monotonic()
report = sync()
print(json.dumps({
    "imports": before, "cpu": cpu() - before, "seconds": time.monotonic() - began, "embedded": Counting.asked,
    "upserted": report.upserted, "removed": report.removed,
    "chroma": "chromadb" in sys.modules, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""

BULK_ADD: Final = """
import asyncio, json, resource, sys, time, warnings
from pathlib import Path
import numpy as np
from llmops.backends.hashed import HashEmbedder
warnings.simplefilter("ignore")
import chromadb
from chromadb.config import Settings

def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

paths = sorted((Path(sys.argv[1]) / "docs").rglob("*.md"))
vectors = asyncio.run(HashEmbedder().embed([path.read_text() for path in paths]))
ids = [path.stem.rjust(32, "0") for path in paths]
before, began = cpu(), time.monotonic()
client = chromadb.PersistentClient(sys.argv[2], settings=Settings(anonymized_telemetry=False))
settings = {"hnsw": {"space": "cosine"}}
collection = client.get_or_create_collection("chunks", embedding_function=None, configuration=settings)
for start in range(0, len(ids), 1000):
    collection.add(ids[start : start + 1000], vectors[start : start + 1000])
client.close()
print(json.dumps({
    "imports": before, "cpu": cpu() - before, "seconds": time.monotonic() - began, "embedded": 0, "upserted": len(ids),
    "removed": 0, "chroma": True, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def write_documents(folder: Path, count: int, seed: int = 0) -> None:
    """Write Markdown files of 500 characters, a hundred to a folder."""
    drawn = random.Random(seed)
    words = ["".join(drawn.choices("abcdefghijklmnopqrstuvwxyz", k=drawn.randint(2, 9))) for _ in range(5000)]
    for number in range(count):
        path = folder / f"{number // 100:04d}" / f"{number:07d}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"# Document {number}\n\n{' '.join(drawn.choices(words, k=120))}"
        path.write_text(text[:499] + "\n", encoding="utf-8")


def run(code: str, *arguments: str) -> dict[str, float]:
    """Measure in a process of its own."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def show(name: str, got: dict[str, float]) -> None:
    """Print a line."""
    print(
        f"{name:<34} {got['cpu']:>7.2f} {got['seconds']:>7.2f} {got['imports']:>8.2f} {got['megabytes']:>8.0f} "
        f"{got['embedded']:>9.0f} {got['upserted']:>9.0f} {got['removed']:>8.0f} {'yes' if got['chroma'] else 'no':>7}",
        flush=True,
    )


def main() -> None:
    """Print one line for each sync."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--vectors", choices=("exact", "chroma"), default="chroma")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_documents(root / "docs", asked.documents)
        print(f"{asked.documents} documents of 500 characters, vectors in {asked.vectors}")
        print(
            f"{'':<34} {'CPU s':>7} {'wall s':>7} {'imports':>8} {'peak MB':>8} {'embedded':>9} {'upserted':>9} "
            f"{'removed':>8} {'chroma':>7}"
        )
        if asked.vectors == "chroma":
            show("Chroma's own add", run(BULK_ADD, str(root), str(root / "bulk")))
        show("first sync", run(CHILD, str(root), asked.vectors, "cold"))
        for _ in range(2):
            show("nothing new", run(CHILD, str(root), asked.vectors, "idle"))
        show("1 % changed, 0.5 % gone, warm", run(CHILD, str(root), asked.vectors, "warm"))
        change(root / "docs")
        show("1 % changed, 0.5 % gone, cold", run(CHILD, str(root), asked.vectors, "cold"))
        shutil.rmtree(root / ".llmops" / "vectors")
        show("vectors gone, made anew", run(CHILD, str(root), asked.vectors, "cold"))


def change(folder: Path) -> None:
    """Change one document of a hundred and remove one of two hundred."""
    paths = sorted(folder.rglob("*.md"))
    for path in paths[3::100]:
        path.write_text(path.read_text()[:480] + " something else\n")
    for path in paths[4::200]:
        path.unlink()


if __name__ == "__main__":
    main()

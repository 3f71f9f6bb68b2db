"""Measure what a sync costs that finds nothing new, and the first sync before it.

    python benchmarks/index_noop.py [--documents 10000] [--vectors exact|chroma]

Documents of 500 characters, the embedder `offline/hash`, so that only llmops's own work is measured. Each sync runs in a
process of its own; CPU is user and system time of that process, beyond its imports.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

CHILD = """
import asyncio, json, resource, sys
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

root, vectors = Path(sys.argv[1]), sys.argv[2]
loaded = []
def embedder():
    loaded.append(1)
    return HashEmbedder()

imports = cpu()
store = open_store("sqlite:///.llmops/store.db", root=root)
spec = RagSpec(sources=(SourceSpec(files="docs/**/*.md"),), embedding="offline/hash")
place = VectorPlace(open_vector_shelf(load_settings(root, {}, {"vectors.kind": vectors})))
index = Index("docs", spec, store=store, root=root, embedder=embedder, place=place)
report = run_sync(index.sync())
index.close()
store.close()
print(json.dumps({
    "imports": imports, "cpu": cpu() - imports, "seconds": report.seconds, "documents": report.documents,
    "unchanged": report.unchanged, "embedded": report.embedded, "embedder": len(loaded),
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def write_documents(folder: Path, count: int, seed: int = 0) -> None:
    """Write Markdown files of 500 characters, a hundred to a folder."""
    random_words = random.Random(seed)
    words = [
        "".join(random_words.choices("abcdefghijklmnopqrstuvwxyz", k=random_words.randint(2, 9))) for _ in range(5000)
    ]
    for number in range(count):
        path = folder / f"{number // 100:04d}" / f"{number:07d}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"# Document {number}\n\n{' '.join(random_words.choices(words, k=120))}"
        path.write_text(text[:499] + "\n", encoding="utf-8")


def run(root: Path, vectors: str) -> dict[str, float]:
    """Sync in a process of its own."""
    done = subprocess.run([sys.executable, "-c", CHILD, str(root), vectors], capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


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
            f"{'sync':<8} {'CPU s':>7} {'wall s':>7} {'import CPU s':>13} {'embedded':>9} {'unchanged':>10} {'peak MB':>8}"
        )
        for name in ("first", "no-op", "no-op"):
            got = run(root, asked.vectors)
            print(
                f"{name:<8} {got['cpu']:>7.2f} {got['seconds']:>7.2f} {got['imports']:>13.2f} {got['embedded']:>9.0f} "
                f"{got['unchanged']:>10.0f} {got['megabytes']:>8.0f}"
            )


if __name__ == "__main__":
    main()

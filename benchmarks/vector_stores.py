"""What each vector store costs to fill and to search, and how much it finds: the same vectors in all, in groups as texts are.

    python benchmarks/vector_stores.py [--sizes 1000 10000 30000] [--chroma-server URL] [--postgres URL]

Every store and size is a process of its own. Its CPU is that of the process (with its threads), which says nothing of a server's.
The graphs are approximate; what they find is compared with all vectors, one by one. Tenants are fifty; a filter admits one.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping

from support.measure import measure, show

CHILD = """
import json, resource, sys, time, uuid
from pathlib import Path
import numpy as np
from llmops.backends.catalogs import open_vector_shelf
from llmops.core.settings import load_settings

def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

folder, size, settings = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
drawn = np.random.default_rng(7)
centres = drawn.standard_normal((max(20, size // 50), 384)).astype(np.float32)
def near(count):
    vectors = centres[drawn.integers(len(centres), size=count)] + 0.5 * drawn.standard_normal((count, 384)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
vectors, questions = near(size), near(100)
ids = [f"{number:032x}" for number in range(size)]
metadata = [{"tenant": f"t{number % 50}"} for number in range(size)]
shelf = open_vector_shelf(load_settings(folder, {}, settings))
name = f"bench/{uuid.uuid4().hex[:12]}"
try:
    store = shelf.open(name, 384)
    store.upsert(ids[:1], vectors[:1], metadata[:1])  # what is loaded on first use is loaded
    before, began = cpu(), time.perf_counter()
    for start in range(0, size, 1000):
        part = slice(start, start + 1000)
        store.upsert(ids[part], vectors[part], metadata[part])
    store.close()
    shelf.stamp(name, "bench")
    filled = {"cpu": cpu() - before, "wall": time.perf_counter() - began}
    store = shelf.open(name, 384)
    store.search(questions[0], 10)
    def ask(filters, rows):
        took, found = [], 0.0
        for question in questions:
            began = time.perf_counter()
            hits = store.search(question, 10, filters)
            took.append((time.perf_counter() - began) * 1e3)
            nearest = rows[np.argsort(-(vectors[rows] @ question), kind="stable")[:10]]
            found += len({ids[row] for row in nearest} & {hit for hit, _ in hits}) / len(nearest)
        return {"p50": float(np.percentile(took, 50)), "p95": float(np.percentile(took, 95)), "recall": found / len(questions)}
    every = np.arange(size)
    told = {"filled": filled, "all": ask(None, every), "tenant": ask({"tenant": "t3"}, every[3::50])}
    store.close()
finally:
    shelf.discard(name)
print(json.dumps(told))
"""


def main() -> None:
    """Print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 30_000])
    parser.add_argument("--chroma-server", help="its address; left out without one")
    parser.add_argument("--postgres", help="a database with pgvector, as postgresql+psycopg://…; left out without one")
    asked = parser.parse_args()
    stores: dict[str, Mapping[str, str]] = {name: {"vectors.kind": name} for name in ("memory", "exact", "chroma")}
    if asked.chroma_server:
        stores["chroma-server"] = {"vectors.kind": "chroma-server", "vectors.url": asked.chroma_server}
    if asked.postgres:
        stores["pgvector"] = {"vectors.kind": "pgvector", "store.url": asked.postgres}
    for size in asked.sizes:
        rows = []
        for name, settings in stores.items():
            with tempfile.TemporaryDirectory() as folder:
                run = measure([sys.executable, "-W", "ignore", "-c", CHILD, folder, str(size), json.dumps(settings)])
            told = json.loads(run.output.splitlines()[-1])
            filled, plain, tenant = told["filled"], told["all"], told["tenant"]
            rows += [
                (f"{name}: fill", f"{filled['cpu']:.2f} s CPU, {filled['wall']:.2f} s wall", f"peak {run.peak:.0f} MB"),
                (f"{name}: search", f"p50 {plain['p50']:.1f}, p95 {plain['p95']:.1f} ms", f"recall@10 {plain['recall']:.3f}"),
                (
                    f"{name}: search of a tenant",
                    f"p50 {tenant['p50']:.1f}, p95 {tenant['p95']:.1f} ms",
                    f"recall@10 {tenant['recall']:.3f}",
                ),
            ]  # fmt: skip
        show(f"{size:,} vectors of 384 numbers", rows)


if __name__ == "__main__":
    main()

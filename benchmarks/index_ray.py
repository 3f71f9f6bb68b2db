"""Measure a first sync by one process beside the same on a Ray cluster of two workers, with an embedder that computes.

    python benchmarks/index_ray.py [--documents 1000 4000] [--milliseconds 5]

Documents of 500 characters with one chunk each; every text costs its embedder so much CPU, on one core, as a model does that
uses no more. Every line is a process of its own, the cluster one of two nodes with a processor each that is started once. Seconds
are wall time beyond imports; with two sizes, the difference between them tells the pace without the start of the workers. Peak is
the memory of the process that writes, workers not counted. At work is how many embedders had something to do on average, from the
first text to the last, which is the same on a machine that others use. `equal` compares chunks, embeddings and vectors by bits.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from index import write_documents

PLUGIN: Final = """
import hashlib, json, os, time
from llmops.backends.hashed import HashEmbedder

class Costly(HashEmbedder):
    def __init__(self, milliseconds, log):
        super().__init__(384)
        self.identity_, self.seconds, self.log = f"costly;{milliseconds}", milliseconds / 1000, log

    @property
    def identity(self):
        return self.identity_

    async def embed(self, texts, role="document"):
        began, until = time.time(), time.process_time() + self.seconds * len(texts)
        while time.process_time() < until:
            hashlib.pbkdf2_hmac("sha256", b"text", b"", 500)
        vectors = await super().embed(texts, role)
        with self.log.open("a") as log:
            log.write(json.dumps([os.getpid(), began, time.time()]) + "\\n")
        return vectors

def open_embedder(model, settings):
    return Costly(float(model.partition("/")[2]), settings.root / "busy.log")
"""

CHILD: Final = """
import json, resource, sys, time
import numpy, llmops.flows.index_sync
import llmops
if sys.argv[2] == "ray":
    import ray
from pathlib import Path
root, executor = Path(sys.argv[1]), sys.argv[2]
with llmops.open(root, store__url=f"sqlite:///{executor}.db", vectors__path=executor, vectors__kind="exact") as ws:
    began = time.monotonic()
    report = ws.index("docs").sync(executor=executor, concurrency=8)
    seconds = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "megabytes": used.ru_maxrss / 1024, "chunks": report.chunks,
    "embedded": report.embedded,
}))
"""

CLUSTER: Final = """
import sys
from ray.cluster_utils import Cluster
size = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False, "node_ip_address": "127.0.0.2"}
cluster = Cluster(initialize_head=True, head_node_args=size)
cluster.add_node(num_cpus=1, object_store_memory=80_000_000, node_ip_address="127.0.0.3")
print("address", cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""

KEPT: Final = """
import json, sys
from pathlib import Path
from llmops.domain.manifest import ManifestItem
from llmops.storage.store import open_store
from sqlalchemy import text
import hashlib, numpy
root, name = Path(sys.argv[1]), sys.argv[2]
store = open_store(f"sqlite:///{name}.db", root=root)
whole = hashlib.sha256()
with store.database.read() as connection:
    for query in (
        "select source, key, token, content_hash, title, error, metadata from items order by key",
        "select cid, item_id, ordinal, text_hash, embedding_key from chunks order by cid",
        "select key, vector from embeddings order by key",
    ):
        for row in connection.execute(text(query)):
            whole.update(repr(tuple(row)).encode())
for path in sorted((root / name).rglob("*.npy")):
    whole.update(str(sorted(map(bytes, numpy.load(path)))).encode())
print(json.dumps({"digest": whole.hexdigest()}))
"""


def run(code: str, *arguments: str, **environment: str) -> dict[str, float]:
    """Measure in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def install(folder: Path) -> str:
    """Put the embedder where processes find it as a package; returns a PYTHONPATH for it."""
    about = folder / "costly-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: costly\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[llmops.embedders]\ncostly = costly:open_embedder\n")
    (folder / "costly.py").write_text(PLUGIN)
    return os.pathsep.join(part for part in (str(folder), os.environ.get("PYTHONPATH", "")) if part)


def main() -> None:
    """Print a line for each sync, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, nargs="+", default=[1000, 4000])
    parser.add_argument("--milliseconds", type=float, default=5.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = install(Path(folder) / "packages")
        cluster = subprocess.Popen(
            [sys.executable, "-c", CLUSTER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": path, "RAY_USAGE_STATS_ENABLED": "0"},
        )
        assert cluster.stdin is not None
        assert cluster.stdout is not None
        address = next(line.split()[1] for line in cluster.stdout if line.startswith("address "))
        try:
            measure(Path(folder), asked.documents, asked.milliseconds, {"PYTHONPATH": path, "RAY_ADDRESS": address})
        finally:
            cluster.stdin.close()
            cluster.wait(60)


def at_work(log: Path) -> float:
    """How many embedders were at work on average, as this log says, which is removed."""
    spans: list[tuple[int, float, float]] = [json.loads(line) for line in log.read_text().splitlines()]
    log.unlink()
    whole = max(end for _, _, end in spans) - min(began for _, began, _ in spans)
    return sum(end - began for _, began, end in spans) / whole


def measure(folder: Path, sizes: list[int], milliseconds: float, environment: dict[str, str]) -> None:
    """Sync folders of these sizes both ways."""
    print(f"{milliseconds:g} ms CPU a text; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(
        f"{'documents':>9} {'executor':<8} {'wall s':>7} {'CPU s':>7} {'peak MB':>8} {'embedded':>9} {'at work':>8}  equal"
    )
    seconds: dict[tuple[int, str], float] = {}
    for size in sizes:
        root = folder / str(size)
        write_documents(root / "docs", size)
        (root / "rag").mkdir()
        (root / "llmops.toml").write_text("")
        (root / "rag/docs.yaml").write_text(
            f"sources: [{{files: 'docs/**/*.md'}}]\nembedding: costly/{milliseconds:g}\n"
        )
        kept = []
        for executor in ("local", "ray"):
            got = run(CHILD, str(root), executor, **environment)
            kept.append(run(KEPT, str(root), executor, **environment)["digest"])
            seconds[size, executor] = got["seconds"]
            equal = "" if len(kept) == 1 else "yes" if kept[0] == kept[1] else "NO"
            print(
                f"{size:>9} {executor:<8} {got['seconds']:>7.1f} {got['cpu']:>7.1f} {got['megabytes']:>8.0f} "
                f"{got['embedded']:>9.0f} {at_work(root / 'busy.log'):>8.2f}  {equal}",
                flush=True,
            )
        shutil.rmtree(root)
    first, last = sizes[0], sizes[-1]
    if first != last:
        pace = {name: (last - first) / (seconds[last, name] - seconds[first, name]) for name in ("local", "ray")}
        print(
            f"documents a second between the sizes: local {pace['local']:.0f}, ray {pace['ray']:.0f}: "
            f"{pace['ray'] / pace['local']:.2f} times"
        )


if __name__ == "__main__":
    main()

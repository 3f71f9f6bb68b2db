"""Measure whole syncs of very many chunks: CPU, and memory that does not grow with them.

    python benchmarks/index_scale.py [--chunks 10000 100000 1000000] [--vectors file|chroma|exact]

Documents of 500 characters, one chunk each, from a function (`python:` source), and the embedder `offline/hash`, so that only
llmops's own work is measured. `file` keeps vectors in an SQLite file that this benchmark brings along: a vector store that holds
nothing in memory, as one on a server does. Every line is a process of its own; CPU is user and system time of that process
beyond its imports, peak is its whole memory:

- the first sync; a sync that finds nothing new;
- all vectors compared with the store (L0 to L2, and 10 searches);
- a sync after one that was killed when everything was committed and nothing was in the vector store: all is in the outbox;
- vectors made anew from the cache.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from index_plan import MODULE

STORE: Final = """
import sqlite3, time
from pathlib import Path
from dataclasses import dataclass
import numpy as np

class FileStore:
    def __init__(self, path, dimension):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file, self.dimension = sqlite3.connect(path, check_same_thread=False, isolation_level=None), dimension
        self.file.execute("PRAGMA synchronous = OFF")
        self.file.execute("PRAGMA journal_mode = WAL")
        self.file.execute("CREATE TABLE IF NOT EXISTS vectors (id TEXT PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    def upsert(self, ids, vectors, metadata=None):
        rows = [(id_, vector.tobytes()) for id_, vector in sorted(zip(ids, vectors), key=lambda pair: pair[0])]
        self.file.execute("BEGIN")
        self.file.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        self.file.execute("COMMIT")

    def delete(self, ids):
        self.file.execute("BEGIN")
        self.file.executemany("DELETE FROM vectors WHERE id = ?", [(id_,) for id_ in ids])
        self.file.execute("COMMIT")

    def search(self, vector, k, filters=None):
        best, rows = [], self.file.execute("SELECT id, vector FROM vectors")
        while page := rows.fetchmany(5000):
            scores = np.frombuffer(b"".join(row[1] for row in page), dtype="<f4").reshape(-1, self.dimension) @ vector
            best = sorted([*best, *zip((-scores).tolist(), (row[0] for row in page))])[:k]
        return [(id_, -far) for far, id_ in best]

    def ids(self):
        rows = self.file.execute("SELECT id FROM vectors")
        while page := rows.fetchmany(5000):
            yield from (id_ for (id_,) in page)

    def fetch(self, ids):
        marks = ", ".join("?" * len(ids))
        rows = self.file.execute(f"SELECT id, vector FROM vectors WHERE id IN ({marks})", list(ids))
        return {id_: np.frombuffer(vector, dtype="<f4") for id_, vector in rows}

    def count(self):
        return self.file.execute("SELECT count(*) FROM vectors").fetchone()[0]

    def close(self):
        self.file.close()

@dataclass
class FileShelf:
    folder: Path
    kind: str = "file"
    is_served: bool = True

    @property
    def place(self):
        return str(self.folder)

    def path(self, name):
        return self.folder / (name.replace("/", "-") + ".db")

    def open(self, name, dimension):
        return FileStore(self.path(name), dimension)

    def discard(self, name):
        for path in self.folder.glob(self.path(name).name + "*"):
            path.unlink()

    def stamp(self, name, mark):
        pass

    def doubt(self, name, mark):
        return "" if self.path(name).exists() else "the file of vectors is gone"
"""
CHILD: Final = """
import gc, json, resource, sys
from llmops.backends.catalogs import open_vector_shelf
from llmops.backends.hashed import HashEmbedder
from llmops.core.bridge import run_sync
from llmops.core.settings import load_settings
from llmops.domain.corpus import RagSpec, SourceSpec
from llmops.index.index import Index, VectorPlace, utc_now
from llmops.index.verify import Depth, Verifier
from llmops.index.workshop import Workshop
from llmops.storage.store import open_store
from sqlalchemy import text

def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

class Timed:
    seconds = 0.0

    def __init__(self, store):
        self.store = store

    def __getattr__(self, name):
        function = getattr(self.store, name)

        def call(*arguments):
            began = time.thread_time()
            try:
                return function(*arguments)
            finally:
                Timed.seconds += time.thread_time() - began
        return call

class TimedShelf:
    def __init__(self, shelf):
        self.shelf = shelf

    def __getattr__(self, name):
        return getattr(self.shelf, name)

    def open(self, name, dimension):
        return Timed(self.shelf.open(name, dimension))

root, vectors, step = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
gc.set_threshold(30_000, 20, 20)  # as the command does
if vectors == "chroma":
    import chromadb
    shelf = open_vector_shelf(load_settings(root, {}, {"vectors.kind": vectors}))
elif vectors == "file":
    shelf = FileShelf(root / "vectors")
else:
    shelf = open_vector_shelf(load_settings(root, {}, {"vectors.kind": vectors}))
place = VectorPlace(TimedShelf(shelf))
store = open_store("sqlite:///.llmops/store.db", root=root)
if step == "outbox":
    with store.database.transaction() as connection:
        put = "INSERT INTO outbox (generation_id, cid, changed_at) SELECT generation_id, cid, 0 FROM chunks"
        connection.execute(text(put))
        connection.execute(text("UPDATE generations SET dirty = true"))
    shelf.discard(place._name(store.corpus.generations("docs")[0]))
before, began = cpu(), time.monotonic()
spec = RagSpec(sources=(SourceSpec(python="many:documents"),), embedding="offline/hash")
index = Index("docs", spec, store=store, root=root, embedder=HashEmbedder, place=place)
if step == "verify":
    shop = Workshop(store, place, HashEmbedder, utc_now)
    found = run_sync(Verifier(shop, store.corpus.generations("docs")[0], Depth(probes=10, recall=False)).verify(lambda *_: None))
    told = f"{found.chunks} chunks, {found.vectors} vectors, sound: {found.sound}"
else:
    done = run_sync(index.sync())
    told = f"{done.embedded} embedded, {done.upserted} upserted" + (f", rebuilt: {done.rebuilt}" if done.rebuilt else "")
index.close()
store.close()
print(json.dumps({
    "told": told, "cpu": cpu() - before, "vectors": Timed.seconds, "seconds": time.monotonic() - began,
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""
STEPS: Final = {
    "first sync": "sync",
    "nothing new": "sync",
    "compared": "verify",
    "all in the outbox": "outbox",
    "vectors gone": "sync",
}


def main() -> None:
    """Print one line for each step of each number of chunks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--vectors", choices=("file", "chroma", "exact"), default="file")
    asked = parser.parse_args()
    print(f"{'chunks':>9} {'':<18} {'CPU s':>8} {'of that, vectors':>17} {'wall s':>8} {'peak MB':>8}")
    for count in asked.chunks:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "many.py").write_text(MODULE.replace("COUNT", str(count)), encoding="utf-8")
            for name, step in STEPS.items():
                if name == "vectors gone":
                    for path in (Path(folder) / "vectors", Path(folder) / ".llmops" / "vectors"):
                        shutil.rmtree(path, ignore_errors=True)
                code = [sys.executable, "-c", STORE + CHILD, folder, asked.vectors, step]
                done = subprocess.run(code, stdout=subprocess.PIPE, text=True, check=True)
                got = json.loads(done.stdout.splitlines()[-1])
                print(
                    f"{count:>9} {name:<18} {got['cpu']:>8.1f} {got['vectors']:>17.1f} {got['seconds']:>8.1f} "
                    f"{got['megabytes']:>8.0f}   {got['told']}",
                    flush=True,
                )


if __name__ == "__main__":
    main()

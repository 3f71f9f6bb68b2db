"""What keeping files costs: MB/s and memory by size, with a plain copy that hashes on the way as the floor, in turn.

    python benchmarks/artifacts.py [--sizes 16 256 1024] [--postgres URL]

Sizes are in MB (10^6 bytes) of random bytes. Each figure is the median of three rounds, each in a process of its own, and memory
is by how much the peak of that process grew. Everything is synced to the disk, as the store does. With --postgres blobs in rows
are measured too.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 3
CHILD = """
import hashlib, json, os, sys, time
from pathlib import Path
what, source, place, url = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
from llmops.storage.blobs import open_blobs
from llmops.storage.store import open_store

def floor(target):
    state = hashlib.sha256()
    with source.open("rb") as read, target.open("xb") as write:
        while block := read.read(1 << 20):
            state.update(block)
            write.write(block)
        write.flush()
        os.fsync(write.fileno())

# Not ru_maxrss: a child begins with its parent's.
def peak():
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024

if what == "rows":
    blobs = open_store(url, root=place).blobs
elif what in ("fsspec", "get fsspec"):
    blobs = open_blobs(f"local://{place}/fsspec", root=place)
else:
    blobs = open_blobs(str(place / "blobs"), root=place)
if what.startswith("get"):
    (digest,) = list(blobs)
before, began = peak(), time.perf_counter()
if what == "floor":
    floor(place / "copy")
elif what.startswith("get"):
    blobs.copy_to(digest, place / "copy")
else:
    blobs.put_file(source)
took = time.perf_counter() - began
print(json.dumps([took, peak() - before]))
"""
NAMES = {
    "floor": "floor: copy and SHA-256",
    "put": "put into a folder",
    "again": "put once more what is there",
    "get": "copy out of a folder, verified",
    "fsspec": "put over fsspec, local disk",
    "get fsspec": "copy out over fsspec, verified",
    "rows": "put into PostgreSQL",
}


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[16, 256, 1024])
    parser.add_argument("--postgres", default="")
    arguments = parser.parse_args()
    for size in arguments.sizes:
        print(f"{size} MB")
        found: dict[str, list[tuple[float, float]]] = {}
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory(prefix="llmops-artifacts-") as folder:
                for what, figures in _round(Path(folder), size, arguments.postgres).items():
                    found.setdefault(what, []).append(figures)
        for what, rounds in found.items():
            seconds, memory = (statistics.median(column) for column in zip(*rounds, strict=True))
            print(f"  {NAMES[what]:34} {size / seconds:7.0f} MB/s  {memory:6.1f} MB of memory")


def _round(folder: Path, size: int, postgres: str) -> dict[str, tuple[float, float]]:
    source = folder / "source"
    with source.open("wb") as file:
        for _ in range(size):
            file.write(os.urandom(1_000_000))
    done: dict[str, tuple[float, float]] = {}
    for what in NAMES:
        if what == "rows" and not postgres:
            continue
        command = [sys.executable, "-c", CHILD, what, str(source), str(folder), postgres]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        took, memory = json.loads(printed)
        done[what] = took, memory
        (folder / "copy").unlink(missing_ok=True)
    return done


if __name__ == "__main__":
    main()

"""Measure what planning the first sync of very many documents takes: CPU, and memory that does not grow with them.

    python benchmarks/index_plan.py [--documents 10000 100000 1000000]

Documents of 500 characters, one chunk each, from a function (`python:` source), so that no files need to be made. Every line is a
process of its own; CPU is user and system time of that process beyond its imports, peak is its whole memory.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

MODULE: Final = """
import random

def documents():
    drawn = random.Random(0)
    words = ["".join(drawn.choices("abcdefghijklmnopqrstuvwxyz", k=drawn.randint(2, 9))) for _ in range(5000)]
    text = " ".join(drawn.choices(words, k=20_000))
    for number in range(COUNT):
        start = number * 37 % (len(text) - 500)
        yield {"id": f"{number:09d}", "text": f"{number} {text[start : start + 490]}"}
"""
CHILD: Final = """
import json, resource, sys, time
from pathlib import Path
from llmops.backends.catalogs import open_vector_shelf
from llmops.backends.hashed import HashEmbedder
from llmops.core.settings import load_settings
from llmops.domain.corpus import RagSpec, SourceSpec
from llmops.index.index import Index, VectorPlace
from llmops.storage.store import open_store

def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

root = Path(sys.argv[1])
before, began = cpu(), time.monotonic()
store = open_store("sqlite:///.llmops/store.db", root=root)
spec = RagSpec(sources=(SourceSpec(python="many:documents"),), embedding="offline/hash")
place = VectorPlace(open_vector_shelf(load_settings(root, {}, {"vectors.kind": "exact"})))
index = Index("docs", spec, store=store, root=root, embedder=HashEmbedder, place=place)
plan = index.plan()
index.close()
store.close()
print(json.dumps({
    "words": plan.in_words().splitlines()[:3], "cpu": cpu() - before, "seconds": time.monotonic() - began,
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def main() -> None:
    """Print one line for each number of documents, and what the plan says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    asked = parser.parse_args()
    print(f"{'documents':>10} {'CPU s':>7} {'wall s':>7} {'peak MB':>8}")
    for count in asked.documents:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "many.py").write_text(MODULE.replace("COUNT", str(count)), encoding="utf-8")
            done = subprocess.run([sys.executable, "-c", CHILD, folder], capture_output=True, text=True, check=True)
        got = json.loads(done.stdout.splitlines()[-1])
        print(
            f"{count:>10} {got['cpu']:>7.1f} {got['seconds']:>7.1f} {got['megabytes']:>8.0f}   {'; '.join(got['words'])}"
        )


if __name__ == "__main__":
    main()

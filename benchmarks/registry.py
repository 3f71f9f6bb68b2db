"""The registry as it grows: reading an alias, registering files that did not change, listing, searching.

    python benchmarks/registry.py [--sizes 1000,3000,10000] [--versions 20]

A SQLite store with so many prompts of so many versions each, half of them held by `production`, every tenth tagged. Reads
are uncached: each asks the store. Listing and searching are as `llmops list` does them, without printing. Registering is
measured with files in a workspace of its own, in a store that holds the largest number of artifacts besides.
"""

import argparse
import gc
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from support.measure import measure, show

from llmops.__main__ import COLLECT_AFTER
from llmops.core.hashing import digest
from llmops.core.names import parse_ref
from llmops.core.settings import load_settings
from llmops.domain.artifact import Actor, Origin
from llmops.registry.artifacts import Registry
from llmops.storage.store import Store, open_store

URL = "sqlite:///.llmops/store.db"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ACTOR = Actor(name="benchmark", source="argument")
WORDS = [
    "".join(random.Random(i).choices("abcdefghijklmnopqrstuvwxyz", k=random.Random(-i).randint(3, 9)))
    for i in range(4000)
]


def fill(store: Store, first: int, last: int, versions: int) -> None:
    """Add prompts number `first` to `last`, each with so many versions of about 600 characters."""
    words = random.Random(first)
    for start in range(first, last, 250):
        with store.transaction():
            for number in range(start, min(start + 250, last)):
                name = f"team-{number % 40}/prompt-{number:05d}"
                for _ in range(versions):
                    content = {"body": " ".join(words.choices(WORDS, k=90)), "inputs": {"question": {"type": "string"}}}
                    origin = Origin(message=" ".join(words.choices(WORDS, k=6)), author="ada@example.com")
                    version, _new = store.versions.add("prompt", name, digest("prompt", content), content, origin, NOW)
                if number % 2 == 0:
                    store.aliases.move(version, "production", expected=None, actor=ACTOR, reason="", now=NOW)
                if number % 10 == 0:
                    store.tags.set(version, "team", f"t{number % 40}")


def milliseconds(work: Callable[[], object], times: int) -> list[float]:
    """How long each of so many calls takes."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)


def middle(values: Sequence[float]) -> float:
    """The median of sorted values."""
    return values[len(values) // 2]


def read_times(root: Path, store: Store, count: int) -> dict[str, list[float]]:
    """The reads that are measured, each with its sorted times."""
    registry = Registry(store, root, load_settings(root, {}))
    held = random.Random(0)

    def name() -> str:
        number = held.randrange(0, count, 2)
        return f"team-{number % 40}/prompt-{number:05d}"

    def search() -> object:
        return registry.list_artifacts("prompt", text=f"{held.choice(WORDS)} {held.choice(WORDS)[:3]}")

    return {
        "alias": milliseconds(lambda: store.aliases.get("prompt", name(), "production"), 2000),
        "resolve": milliseconds(lambda: registry.resolve(parse_ref(f"prompt/{name()}@production")), 500),
        "list": milliseconds(lambda: registry.list_artifacts(), 9),
        "search": milliseconds(search, 15),
        "tag": milliseconds(lambda: registry.list_artifacts(tags={"team": "t10"}), 15),
    }


def write_files(root: Path, files: int) -> None:
    """Write prompts of 2 kB."""
    words = random.Random(7)
    (root / "prompts").mkdir(parents=True)
    for number in range(files):
        body = "\n".join(" ".join(words.choices(WORDS, k=12)) for _ in range(24))
        front = f"---\ndescription: Prompt {number}.\ninputs:\n  question: string\n---\n"
        text = f"{front}system:\n{body}\n\nuser:\n{{{{ question }}}}\n"
        (root / "prompts" / f"file-{number:04d}.md").write_text(text)


def main() -> None:
    """Print growth, and the figures that have an aim."""
    gc.set_threshold(*COLLECT_AFTER)  # as commands do
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,3000,10000")
    parser.add_argument("--versions", type=int, default=20)
    parser.add_argument("--files", type=int, default=500)
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_files(root, asked.files)
        store = open_store(URL, root=root)
        print("artifacts     MB | alias p50    p99 | resolve |   list | search |   tag   (ms)")
        before, found = 0, {}
        for size in sizes:
            fill(store, before, size, asked.versions)
            before = size
            found = read_times(root, store, size)
            alias = found["alias"]
            megabytes = (root / ".llmops" / "store.db").stat().st_size / 1e6
            print(
                f"{size:>9} {megabytes:>6.0f} | {middle(alias):>9.3f} {alias[int(len(alias) * 0.99)]:>6.3f} | "
                f"{middle(found['resolve']):>7.3f} | {middle(found['list']):>6.1f} | {middle(found['search']):>6.1f} | "
                f"{middle(found['tag']):>5.1f}"
            )
        registry = Registry(store, root, load_settings(root, {}))
        started = time.perf_counter()
        registry.register(now=NOW)
        first = time.perf_counter() - started
        again = milliseconds(lambda: Registry(store, root, load_settings(root, {})).register(now=NOW), 3)
        store.close()
        command = [measure([sys.executable, "-m", "llmops", "register"], cwd=root).wall for _ in range(3)]
    largest = f"{sizes[-1]} artifacts of {asked.versions} versions"
    show(
        "Registry",
        [
            (f"alias read, uncached, p50, {largest}", f"{middle(found['alias']):.3f} ms", "aim <= 1 ms"),
            (f"list of {sizes[-1]} artifacts", f"{middle(found['list']):.0f} ms", "aim <= 100 ms"),
            (f"search in {sizes[-1]} artifacts, two words", f"{middle(found['search']):.0f} ms", "aim <= 100 ms"),
            (f"register {asked.files} new files", f"{first:.2f} s", ""),
            (f"register {asked.files} unchanged files", f"{middle(again) / 1000:.2f} s", "aim <= 1 s"),
            ("the same as a command, with its start", f"{sorted(command)[1]:.2f} s", ""),
        ],
    )


if __name__ == "__main__":
    main()

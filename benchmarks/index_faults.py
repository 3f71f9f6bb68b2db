"""Kill syncs at random points, sync once more, and compare the index with a fresh build.

    python benchmarks/index_faults.py [--points 200] [--vectors exact chroma] [--documents 100] [--seed 0]

Three syncs are killed (SIGKILL) so many times each, with the vectors in each kind of store: the first one, one after a tenth
of the documents changed and a twentieth went, and one that builds a generation for another chunker. Every fifth is killed
twice. Of those that write to Chroma every second one is killed while Chroma writes its own files. Batches are small, and
Chroma persists often, so that there is much to fall into.

After one more sync and `verify`, contents and vectors are those of a fresh build, the generation that was there before is as
it was, and each kill has cost one batch of embeddings at most. Exits with 1 where that does not hold.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

import llmops.index.apply
import llmops.index.batches
import llmops.index.embedding
from llmops.backends import chroma_collection
from llmops.backends.catalogs import open_vector_shelf
from llmops.backends.hashed import HashEmbedder
from llmops.core.bridge import run_sync
from llmops.core.hashing import Json
from llmops.core.settings import load_settings
from llmops.domain.corpus import ChunkingSpec, RagSpec, SourceSpec
from llmops.domain.ports import TextRole, VectorShelf
from llmops.index.index import Index, SyncOptions, VectorPlace
from llmops.storage.store import Store, open_store
from llmops.storage.tables.caches import EMBEDDINGS

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

BATCH: Final = 16
STORE: Final = "sqlite:///.llmops/store.db"
ASKED: Final = "asked.log"
SOURCES: Final = (SourceSpec(files="docs/**/*.md"),)
SPEC: Final = RagSpec(sources=SOURCES, chunking=ChunkingSpec(size=64, overlap=0), embedding="offline/hash-64")
OTHER: Final = SPEC.model_copy(update={"chunking": ChunkingSpec(size=48, overlap=8)})


class ListedEmbedder(HashEmbedder):
    """Writes down every document text that it is asked for, before it answers."""

    def __init__(self, log: Path) -> None:
        super().__init__(64)
        self._log = log

    async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
        """Embed texts."""
        if role == "document":
            lines = "".join(hashlib.sha256(text.encode()).hexdigest() + "\n" for text in texts)
            with self._log.open("a") as file:
                file.write(lines)
        return await super().embed(texts, role)


def make_small() -> None:
    """Have every batch small and Chroma persist often."""
    for module, name, value in (
        (llmops.index.batches, "BATCH_CHUNKS", 32),
        (llmops.index.batches, "BATCH_DOCUMENTS", 32),
        (llmops.index.embedding, "EMBED_BATCH", BATCH),
        (llmops.index.apply, "WRITE_BATCH", 20),
    ):
        setattr(module, name, value)
    chroma_collection.SETTINGS["hnsw"] |= {"sync_threshold": 40, "batch_size": 20}


@dataclass(frozen=True)
class Scenario:
    """A sync to be killed: what it is called, where it begins, and the configuration it is for."""

    name: str
    template: Path
    kind: str
    spec: RagSpec
    build: bool = False


def open_shelf(root: Path, scenario: Scenario) -> VectorShelf:
    """Where a workspace keeps its vectors."""
    return open_vector_shelf(load_settings(root, {}, {"vectors.kind": scenario.kind, "vectors.path": "vectors"}))


def opened(root: Path, scenario: Scenario, spec: RagSpec) -> tuple[Store, Index]:
    """The store and the index of a workspace."""
    store = open_store(STORE, root=root)
    place = VectorPlace(open_shelf(root, scenario))
    index = Index("docs", spec, store=store, root=root, embedder=lambda: ListedEmbedder(root / ASKED), place=place)
    return store, index


def sync(root: Path, scenario: Scenario, spec: RagSpec | None = None) -> Json:
    """Sync, and say how much was embedded and whether the vectors were made anew."""
    store, index = opened(root, scenario, spec or scenario.spec)
    done = run_sync(index.sync(options=SyncOptions(confirm_deletes=True, build=scenario.build)))
    index.close()
    store.close()
    return {"embedded": done.embedded, "rebuilt": done.rebuilt}


def look(root: Path, scenario: Scenario, *, verify: bool = True) -> Json:
    """What the index holds, by digest, generation by generation; how many vectors are cached; whether it is sound."""
    store, index = opened(root, scenario, scenario.spec)
    found: dict[str, Json] = {"generations": {}}
    if verify:
        verified = run_sync(index.verify())
        found["sound"] = "" if verified.sound else verified.in_words()
    place = VectorPlace(open_shelf(root, scenario))
    for generation in store.corpus.generations("docs"):
        pages = list(store.corpus.embedding_keys(generation.id))
        chunks = store.corpus.chunks(generation.id, [cid for page in pages for cid, _ in page])
        texts = sorted((cid, c.key, c.ordinal, c.start, c.line, c.text) for cid, c in chunks.items())
        vectors = place.open_for(generation)
        held = vectors.fetch(list(vectors.ids()))
        vectors.close()
        digest = hashlib.sha256(json.dumps(texts).encode())
        for cid in sorted(held):
            digest.update(cid.encode() + held[cid].round(4).tobytes())
        found["generations"][generation.uid] = digest.hexdigest()
    with store.database.read() as connection:
        found["cached"] = connection.scalar(select(func.count()).select_from(EMBEDDINGS)) or 0
    index.close()
    store.close()
    return found


def in_child(work: Callable[[], Json]) -> Json:
    """Do something in a process of its own, which may open what must not be open in this one."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        with suppress(BaseException):
            os.write(writing, json.dumps(_told(work)).encode())
            code = 0
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        said = file.read()
    os.waitpid(pid, 0)
    answer: Json = json.loads(said) if said else {"failed": "the process died"}
    if "failed" in answer:
        raise RuntimeError(answer["failed"])
    return answer


def _told(work: Callable[[], Json]) -> Json:
    try:
        return work()
    except Exception as error:  # noqa: BLE001  # wall: whatever fails in the child is told by the parent
        return {"failed": f"{type(error).__name__}: {error}"}


def killed(root: Path, scenario: Scenario, wait: Callable[[], None]) -> bool:
    """Kill a sync after a wait; False if it had ended by then."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # as long as the process
            os.write(writing, b"!")
            sync(root, scenario)
        os._exit(0)
    os.read(reading, 1)
    os.close(reading)
    os.close(writing)
    wait()
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def writes_of_chroma(root: Path, until: float) -> Callable[[], None]:
    """A wait for the next moment at which Chroma writes one of its own index files."""

    def state() -> list[tuple[str, int, int]]:
        found = []
        for path in (root / "vectors").glob("docs/*/*/*"):
            with suppress(OSError):
                stat = path.stat()
                found.append((str(path), stat.st_mtime_ns, stat.st_size))
        return sorted(found)

    def wait() -> None:
        end, before = time.monotonic() + until, state()
        while time.monotonic() < end and state() == before:
            time.sleep(0.0002)

    return wait


def copied(scenario: Scenario, root: Path) -> Path:
    """A workspace like the template; its documents are the same files, so that nothing looks touched."""
    shutil.copytree(scenario.template, root, copy_function=shutil.copy2, ignore=shutil.ignore_patterns("docs", ASKED))
    shutil.copytree(scenario.template / "docs", root / "docs", copy_function=os.link)
    return root


def write_documents(folder: Path, count: int, seed: int = 0) -> None:
    """Write Markdown files of some chunks each."""
    drawn = random.Random(seed)
    words = ["".join(drawn.choices("abcdefghijklmnopqrstuvwxyz", k=drawn.randint(2, 9))) for _ in range(2000)]
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        parts = (f"# Part {n}\n\n{' '.join(drawn.choices(words, k=40))}\n" for n in range(drawn.randint(1, 3)))
        (folder / f"{number:05d}.md").write_text("\n".join(parts))


def scenarios(folder: Path, kind: str, documents: int) -> Iterator[Scenario]:
    """The three syncs, each with the workspace it begins in."""
    first = Scenario("first", folder / f"{kind}-first", kind, SPEC)
    write_documents(first.template / "docs", documents)
    in_child(lambda: _created(first.template))
    yield first
    grown = Scenario("generation", folder / f"{kind}-generation", kind, OTHER, build=True)
    copied(first, grown.template)
    in_child(lambda: sync(grown.template, grown, SPEC))
    yield grown
    later = Scenario("later", folder / f"{kind}-later", kind, SPEC)
    copied(grown, later.template)
    write_changes(later.template / "docs", documents)
    yield later


def write_changes(folder: Path, documents: int) -> None:
    """Change a tenth of the documents, remove a twentieth, and add some."""
    for number in range(0, documents, 10):
        path = folder / f"{number:05d}.md"
        text = path.read_text()
        path.unlink()  # a hard link of another workspace's document
        path.write_text(f"{text}\n# New\n\nchanged {number}\n")
    for number in range(5, documents, 20):
        (folder / f"{number:05d}.md").unlink()
    write_documents(folder / "new", documents // 20, seed=1)


def _created(root: Path) -> Json:
    open_store(STORE, root=root).close()
    return {}


@dataclass
class Outcome:
    """What came of the kills of one scenario."""

    scenario: Scenario
    points: int = 0
    rebuilt: int = 0
    most_extra: int = 0
    wrong: list[str] = field(default_factory=list)


def try_out(scenario: Scenario, points: int, folder: Path, drawn: random.Random) -> Outcome:
    """Kill a sync so many times, each time from the beginning."""
    outcome = Outcome(scenario)
    fresh_root = copied(scenario, folder / "fresh")
    before = in_child(lambda: look(fresh_root, scenario, verify=False))
    began = time.monotonic()
    in_child(lambda: sync(fresh_root, scenario))
    lasts = time.monotonic() - began
    fresh = in_child(lambda: look(fresh_root, scenario))
    if fresh["generations"].keys() == before["generations"].keys():  # the later sync: against one from nothing
        shutil.rmtree(fresh_root / ".llmops")
        shutil.rmtree(fresh_root / "vectors")
        in_child(lambda: sync(fresh_root, scenario))
        fresh |= {"generations": in_child(lambda: look(fresh_root, scenario))["generations"]}
    while outcome.points < points:
        root = copied(scenario, folder / "tried")
        in_chroma = scenario.kind == "chroma" and drawn.random() < 0.5
        waits = [_wait(root, lasts, drawn, in_chroma=in_chroma) for _ in range(1 if drawn.random() < 0.8 else 2)]
        kills = sum(killed(root, scenario, wait) for wait in waits)
        if kills:
            outcome.points += 1
            _check(outcome, root, before, fresh, kills)
        shutil.rmtree(root)
    shutil.rmtree(fresh_root)
    return outcome


def _wait(root: Path, lasts: float, drawn: random.Random, *, in_chroma: bool) -> Callable[[], None]:
    if not in_chroma:
        seconds = drawn.uniform(0, lasts)
        return lambda: time.sleep(seconds)
    lead, lag = drawn.uniform(0, lasts * 0.8), drawn.uniform(0, 0.004)

    def wait() -> None:
        time.sleep(lead)
        writes_of_chroma(root, lasts)()
        time.sleep(lag)

    return wait


def _check(outcome: Outcome, root: Path, before: Json, fresh: Json, kills: int) -> None:
    """Sync once more, and compare."""
    scenario, name = outcome.scenario, f"{outcome.scenario.kind} {outcome.scenario.name} #{outcome.points}"
    try:
        again = in_child(lambda: sync(root, scenario))
        found = in_child(lambda: look(root, scenario))
        idle = in_child(lambda: sync(root, scenario))
    except RuntimeError as error:
        outcome.wrong.append(f"{name}: {error}")
        return
    log = root / ASKED
    asked = log.read_text().splitlines() if log.exists() else []
    extra = len(asked) - (found["cached"] - before["cached"])
    outcome.rebuilt += bool(again["rebuilt"])
    outcome.most_extra = max(outcome.most_extra, extra)
    said = {
        found["sound"]: bool(found["sound"]),
        "its contents or vectors are not those of a fresh build": found["generations"] != fresh["generations"],
        f"{extra} texts were embedded twice after {kills} kills": extra > BATCH * kills,
        f"a further sync found something to do: {idle}": idle != {"embedded": 0, "rebuilt": ""},
    }
    outcome.wrong += [f"{name}: {what}" for what, holds in said.items() if holds]


def main() -> int:
    """Print a line for each scenario, and what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--vectors", nargs="+", choices=("exact", "chroma"), default=["exact", "chroma"])
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    make_small()
    drawn, wrong = random.Random(asked.seed), list[str]()
    print(f"{'vectors':<8} {'sync':<11} {'kills at':>9} {'rebuilt':>8} {'embedded twice at most':>23} {'wrong':>6}")
    with tempfile.TemporaryDirectory() as name:
        for kind in asked.vectors:
            for scenario in scenarios(Path(name), kind, asked.documents):
                got = try_out(scenario, asked.points, Path(name), drawn)
                print(
                    f"{kind:<8} {scenario.name:<11} {got.points:>9} {got.rebuilt:>8} {got.most_extra:>23} {len(got.wrong):>6}",
                    flush=True,
                )
                wrong += got.wrong
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())

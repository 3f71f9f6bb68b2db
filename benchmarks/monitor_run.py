"""What a nightly evaluation of a monitor costs: 12 signals in 20 segments over many interactions.

    python benchmarks/monitor_run.py [ROWS]

The first evaluation takes 5,000 interactions as its reference; the second reads a tenth of ROWS new ones, and a third ROWS, in
processes of their own, so that growth and peak memory can be told. Contexts are chunks of a corpus of 3,000.
"""

import gc
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from llmops.__main__ import COLLECT_AFTER
from llmops.core.names import parse_ref
from llmops.domain.corpus import Context
from llmops.domain.interaction import Interaction, Usage
from llmops.flows.scaffold import scaffold
from llmops.flows.watching.evaluate import evaluate
from llmops.workspace.workspace import open_workspace

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
REFERENCE = 5_000
BATCH = 1_000
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
NIGHT = datetime(2026, 1, 10, tzinfo=UTC)
MONITOR = """\
target: {app: docs}
signals: [length, length: {name: words, unit: words}, refusal, errors, latency, first_token, cost, tokens, hits, retrieval_score,
  support, hit_source]
segments: [metadata.team]
reference: {until: "2026-01-05"}
"""


def chunks(count: int = 3_000) -> list[str]:
    """The texts of a corpus."""
    draw = random.Random(0)
    return [" ".join(f"word{draw.randrange(500)}" for _ in range(draw.randint(20, 40))) + "." for _ in range(count)]


CORPUS = chunks()


def row(number: int, at: datetime, draw: random.Random) -> Interaction:
    """An interaction by rule; one of nineteen teams, which with all of the traffic makes twenty segments."""
    words = " ".join(f"word{draw.randrange(500)}" for _ in range(draw.randint(20, 60)))
    contexts = tuple(
        Context(id=str(n), text=draw.choice(CORPUS), score=draw.random(), metadata={"key": f"{draw.randrange(30)}.md"})
        for n in range(3)
    )
    return Interaction(
        id=f"reply-{number}",
        at=at,
        source="ask",
        app="docs",
        refs={"app": "sha256:1"},
        inputs={"question": words[:80]},
        output=f"{words}.",
        contexts=contexts,
        metadata={"team": f"t{draw.randrange(19)}"},
        usage=Usage(
            prompt_tokens=draw.randint(200, 900), completion_tokens=len(words) // 5, cost=draw.random() / 1000,
            latency=draw.lognormvariate(0, 0.5), first_token=draw.lognormvariate(-2, 0.5),
        ),
    )  # fmt: skip


def fill(root: Path, first: int, count: int, since: datetime) -> float:
    """Append interactions; seconds."""
    draw, began = random.Random(first), time.perf_counter()
    with open_workspace(root) as ws:
        for start in range(0, count, BATCH):
            rows = [
                row(first + n, since + timedelta(seconds=n / 10), draw) for n in range(start, min(count, start + BATCH))
            ]
            ws.store.interactions.add(rows)
    return time.perf_counter() - began


def night(root: Path, queue: "multiprocessing.Queue[tuple[int, float, float, int]]") -> None:
    """Evaluate once, as `llmops monitor run` does; interactions read, CPU seconds, peak MB, streams."""
    gc.set_threshold(*COLLECT_AFTER)
    with open_workspace(root) as ws:
        began = time.process_time()
        done = evaluate(ws.services, parse_ref("monitor/docs"), now=NIGHT)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    queue.put((done.read, time.process_time() - began, peak, len(done.statuses)))


def measure(root: Path) -> tuple[int, float, float, int]:
    """One evaluation in a process of its own."""
    spawned = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[tuple[int, float, float, int]] = spawned.Queue()
    child = spawned.Process(target=night, args=(root, queue))
    child.start()
    found = queue.get()
    child.join()
    return found


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        scaffold(root, "rag")
        (root / "monitors").mkdir()
        (root / "monitors" / "docs.yaml").write_text(MONITOR)
        with open_workspace(root) as ws:
            ws.register()
        fill(root, 0, REFERENCE, BEGAN)
        for first, count in ((0, 0), (REFERENCE, ROWS // 10), (REFERENCE + ROWS // 10, ROWS)):
            filled = fill(root, first, count, BEGAN + timedelta(days=5)) if count else 0.0
            read, seconds, peak, streams = measure(root)
            each, size = seconds / read * 1e6, (root / ".llmops" / "store.db").stat().st_size / 2**20
            print(
                f"{read:>9,} interactions, {streams} streams: {seconds:7.1f} s CPU, {each:.0f} us each, {each / 24:.1f} a value, "
                f"peak {peak:.0f} MB (appending them: {filled:.1f} s; the database: {size:,.0f} MB)",
                flush=True,
            )


if __name__ == "__main__":
    main()

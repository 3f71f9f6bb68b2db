"""What the log costs: microseconds on the caller, rows a second in the background, and a page of a search in a large log.

    python benchmarks/log.py [ROWS]

Rows are made by rule (a hundred frequent and fifty thousand rare words, ten apps, five languages, 1 % blocked), so that
a search can be asked for what is frequent, what is rare, and for combinations. Each search is measured cold once and then
five times; the median counts.
"""

import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import llmops
from llmops.domain.corpus import Context
from llmops.domain.interaction import Feedback, Interaction, Reply, Usage, Wanted
from llmops.flows.interactions.entries import Entry
from llmops.storage.interactions import InteractionRepository

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
BATCH = 1_000
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(days=60) / ROWS


def row(number: int, draw: random.Random) -> Interaction:
    """A row by rule."""
    frequent = " ".join(f"frequent{draw.randrange(100)}" for _ in range(20))
    rare = " ".join(f"rare{draw.randrange(50_000)}" for _ in range(4))
    return Interaction(
        id=f"reply-{number}",
        at=BEGAN + number * STEP,
        source="ask",
        app=f"app{number % 10}",
        refs={"app": f"sha256:{number * 20 // ROWS}", "prompt": "sha256:1"},
        model="offline/extractive",
        inputs={"question": f"{frequent} {rare}?"},
        output=f"{frequent} and so on.",
        contexts=(Context(id="c", text=frequent, score=0.5),),
        action="block" if number % 100 == 0 else "allow",
        user=f"user{number % 5000}",
        metadata={"lang": ("de", "en", "fr", "es", "it")[draw.randrange(5)], "plan": "pro" if number % 7 else "free"},
        usage=Usage(prompt_tokens=100, completion_tokens=30, cost=0.001, latency=0.5),
    )


def median_ms(log: InteractionRepository, wanted: Wanted) -> tuple[float, float, int]:
    """Milliseconds of the first page, cold and as the median of five, and how many rows it has."""
    took, found = [], 0
    for _ in range(6):
        began = time.perf_counter()
        found = len(log.find(wanted))
        took.append(1000 * (time.perf_counter() - began))
    return took[0], statistics.median(took[1:]), found


def searches() -> dict[str, Wanted]:
    """What is asked for."""
    last = BEGAN + timedelta(days=59)
    return {
        "newest": Wanted(),
        "a frequent word": Wanted(text="frequent7"),
        "a rare word": Wanted(text="rare777"),
        "three frequent words": Wanted(text="frequent1 frequent2 frequent3"),
        "no such words together": Wanted(text="rare1 rare2 rare3"),
        "an app": Wanted(app="app3"),
        "an old version": Wanted(version="sha256:0"),
        "blocked": Wanted(action="block"),
        "a segment": Wanted(segments={"lang": "de"}),
        "the last day": Wanted(since=last),
        "a word in an old week": Wanted(text="frequent7", since=BEGAN, until=BEGAN + timedelta(days=7)),
        "score at most 0": Wanted(max_score=0.0),
        "all together": Wanted(
            text="frequent7",
            app="app0",
            version="sha256:1",
            action="block",
            segments={"lang": "de"},
            since=BEGAN,
            max_score=1.0,
        ),
        "a user": Wanted(user="user42"),
    }


def on_the_caller(root: Path) -> None:
    """Print what handing over an interaction costs who answers."""
    with llmops.open(root) as ws:
        reply = Reply(id="reply-x", text="Three days. " * 20, contexts=(Context(id="c", text="x " * 500),) * 5)
        ws.log_interaction(inputs={"question": "warm"}, output="x")
        took = []
        for number in range(5_000):
            given = reply.model_copy(update={"id": f"reply-c{number}"})
            began = time.perf_counter()
            ws.log.put(Entry("ask", "docs", BEGAN, given, {"question": "How long?"}))
            took.append(1e6 * (time.perf_counter() - began))
        took.sort()
        print(f"on the caller: p50 {took[2_500]:.1f} µs, p99 {took[4_950]:.1f} µs, longest {took[-1]:.0f} µs")
        began = time.perf_counter()
        ws.log.flush()
        print(
            f"written down by the thread: {ws.store.interactions.count():,} by {time.perf_counter() - began:.1f} s after"
        )


def main() -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        on_the_caller(Path(folder))
    with tempfile.TemporaryDirectory() as folder, llmops.open(folder, store__url=f"sqlite:///{folder}/log.db") as ws:
        ws.log_interaction(inputs={}, output="x")
        ws.log.flush()
        log, draw = ws.store.interactions, random.Random(1)
        began = time.perf_counter()
        for start in range(0, ROWS, BATCH):
            log.add([row(number, draw) for number in range(start, min(start + BATCH, ROWS))])
        seconds = time.perf_counter() - began
        for number in range(0, ROWS, max(1, ROWS // 1_000)):
            log.add_feedback(Feedback(interaction_id=f"reply-{number}", at=BEGAN, score=float(number % 2)))
        size = (Path(folder) / "log.db").stat().st_size / 2**20
        print(f"{ROWS:,} rows appended in {seconds:.0f} s ({ROWS / seconds:,.0f} a second), {size:,.0f} MiB")
        for name, wanted in searches().items():
            cold, warm, found = median_ms(log, wanted)
            print(f"  {name:24} {cold:8.1f} ms first, {warm:8.1f} ms then, {found} rows")


if __name__ == "__main__":
    main()

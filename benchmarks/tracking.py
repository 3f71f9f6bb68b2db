"""What recording runs costs, and how long it takes to find them; plain sqlite3 on the same disk, in turn, as the floor.

    python benchmarks/tracking.py [--runs 5000 20000 50000]
    python benchmarks/tracking.py --store postgresql+psycopg://USER:PASSWORD@HOST/DATABASE     recording only, to that store

Each figure is the median of three rounds. The floor writes the same rows into tables with the same keys, one transaction a
run (or a second), and commits as the store does (WAL, synchronous = NORMAL). MLflow is measured in the same rounds where it is
installed.
"""

import argparse
import importlib
import importlib.util
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from support.measure import measure, show

import llmops
from llmops.cli.recorded_runs import MOST_RUNS
from llmops.domain.run import MetricPoint, Run, RunBatch
from llmops.domain.run_query import RunQuery
from llmops.storage.store import Store
from llmops.tracking.compare import contrast
from llmops.tracking.comparison_page import comparison_page
from llmops.tracking.filters import parse_filter, parse_order
from llmops.workspace.workspace import Workspace

ROUNDS = 3
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
FLOOR = """
PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
CREATE TABLE runs (id TEXT PRIMARY KEY, name, status, started, ended);
CREATE TABLE run_values (run, noun, key, value, PRIMARY KEY (run, noun, key));
CREATE TABLE metrics (id INTEGER PRIMARY KEY, run, key, last, step, UNIQUE (run, key));
CREATE TABLE points (metric, ordinal, step, at, value, PRIMARY KEY (metric, ordinal)) WITHOUT ROWID;
"""
MEMORY = """
import sys
from pathlib import Path
if sys.argv[1] == "recording":
    import llmops
    with llmops.open(sys.argv[2]) as ws, ws.run("memory") as run:
        for step in range(int(sys.argv[3])):
            run.log_metric("loss", 1.0, step)
# Not ru_maxrss: a child begins with its parent's.
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


def rate(count: int, work: Callable[[], None]) -> float:
    """How many a second."""
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def floor_runs(connection: sqlite3.Connection, count: int, prefix: str) -> None:
    """Runs with 5 parameters, 5 metrics and 3 tags, in two transactions each, as a recorded run has."""
    for number in range(count):
        run = f"{prefix}-{number}"
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO runs VALUES (?, 'many', 'running', 1.0, NULL)", (run,))
        connection.execute("COMMIT")
        connection.execute("BEGIN IMMEDIATE")
        values = [(run, "param", f"p{i}", str(i)) for i in range(5)] + [(run, "tag", f"t{i}", str(i)) for i in range(3)]
        connection.executemany("INSERT INTO run_values VALUES (?, ?, ?, ?)", values)
        for i in range(5):
            row = (run, f"m{i}", float(number))
            metric = connection.execute("INSERT INTO metrics (run, key, last, step) VALUES (?, ?, ?, 0)", row).lastrowid
            connection.execute("INSERT INTO points VALUES (?, 0, 0, 1.0, ?)", (metric, float(number)))
        connection.execute("UPDATE runs SET status = 'finished', ended = 2.0 WHERE id = ?", (run,))
        connection.execute("COMMIT")


def recorded_runs(ws: Workspace, count: int) -> None:
    """The same, recorded."""
    for number in range(count):
        with ws.run("many") as run:
            run.log_params({f"p{i}": i for i in range(5)})
            run.log_metrics({f"m{i}": number for i in range(5)})
            run.log_tags({f"t{i}": i for i in range(3)})


def points(ws: Workspace, count: int) -> None:
    """Points of one metric, one call each, all of them in the store at the end."""
    with ws.run("points") as run:
        for step in range(count):
            run.log_metric("loss", 1 / (step + 1), step)


def batched(store: Store, count: int) -> None:
    """Points handed over in batches of 10,000."""
    run = Run(id=f"run-{time.perf_counter_ns()}", type="training", name="batched", started_at=BEGAN)
    store.runs.start(run)
    for first in range(0, count, 10_000):
        new = [MetricPoint(step, 1.0, 0.5) for step in range(first, first + 10_000)]
        store.tracking.record([RunBatch(run.id, points={"loss": new})], BEGAN)


def fill(store: Store, first: int, last: int) -> None:
    """Runs with 5 parameters, 5 metrics and 3 tags, by rule."""
    draw = random.Random(first)
    with store.transaction():
        for number in range(first, last):
            run = Run(
                id=f"run-{number:08}",
                type="training",
                name="filled",
                experiment=f"e{number % 20}",
                status="finished",
                started_at=BEGAN + timedelta(seconds=number),
            )
            store.runs.start(run)
            params = {"lr": draw.choice(["0.1", "0.01", "0.001"]), **{f"p{i}": str(draw.random()) for i in range(4)}}
            metrics = {f"m{i}": [MetricPoint(0, 1.0, draw.random())] for i in range(4)}
            metrics["auc"] = [MetricPoint(0, 1.0, draw.random())]
            tags = {"team": draw.choice("xyz"), "a": "1", "b": "2"}
            store.tracking.record([RunBatch(run.id, params, tags, metrics)], BEGAN)


def median_ms(work: Callable[[], object], times: int = 7) -> float:
    """The median of some times, in milliseconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def mlflow_runs(folder: Path, count: int) -> float:
    """Runs a second of MLflow on SQLite."""
    mlflow: Any = importlib.import_module("mlflow")
    client = mlflow.MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.create_experiment(f"e{time.perf_counter_ns()}")

    def work() -> None:
        for number in range(count):
            run = client.create_run(experiment).info.run_id
            client.log_batch(
                run,
                [mlflow.entities.Metric(f"m{i}", float(number), 0, 0) for i in range(5)],
                [mlflow.entities.Param(f"p{i}", str(i)) for i in range(5)],
                [mlflow.entities.RunTag(f"t{i}", str(i)) for i in range(3)],
            )
            client.set_terminated(run)

    return rate(count, work)


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, nargs="*", default=[5_000, 20_000, 50_000])
    options.add_argument("--store")
    given = options.parse_args()
    sizes = given.runs
    if given.store:
        with llmops.open(given.store) as ws:
            recorded_runs(ws, 20)
            runs = statistics.median(rate(200, partial(recorded_runs, ws, 200)) for _ in range(ROUNDS))
            logged = statistics.median(rate(50_000, partial(points, ws, 50_000)) for _ in range(ROUNDS))
        show("Recording there", [("runs", f"{runs:,.0f} / s", ""), ("log_metric", f"{logged:,.0f} / s", "")])
        return
    with tempfile.TemporaryDirectory() as name, llmops.open(name) as ws:
        root = Path(name)
        recorded_runs(ws, 20)
        floor = sqlite3.connect(root / "floor.db", isolation_level=None)
        floor.executescript(FLOOR)
        store = ws.store
        found: dict[str, list[float]] = {"runs": [], "floor": [], "points": [], "batched": [], "mlflow": []}
        with ws.run("caller") as run:
            began = time.perf_counter()
            for step in range(20_000):
                run.log_metric("loss", 1.0, step)
            caller = (time.perf_counter() - began) / 20_000 * 1e6
        for number in range(ROUNDS):
            found["runs"].append(rate(300, lambda: recorded_runs(ws, 300)))
            found["floor"].append(rate(300, partial(floor_runs, floor, 300, f"r{number}")))
            found["points"].append(rate(100_000, lambda: points(ws, 100_000)))
            found["batched"].append(rate(200_000, lambda: batched(store, 200_000)))
            if importlib.util.find_spec("mlflow") is not None:
                found["mlflow"].append(mlflow_runs(root, 30))
        middle = {key: statistics.median(values) for key, values in found.items() if values}
        with ws.run("history") as run:
            for step in range(10_000):
                run.log_metric("loss", 1.0, step)
            history = run.id
        rows = [
            ("log_metric on the caller", f"{caller:.2f} us", "<= 5 us"),
            ("log_metric, in the store at the end", f"{middle['points']:,.0f} / s", ">= 50,000 / s"),
            ("batched metrics", f"{middle['batched']:,.0f} / s", ">= 150,000 / s"),
            ("runs with 5 params + 5 metrics + 3 tags", f"{middle['runs']:,.0f} / s", ">= 800 / s"),
            ("the same rows, plain sqlite3", f"{middle['floor']:,.0f} / s", "the floor"),
            (
                "history of 10,000 points",
                f"{median_ms(lambda: store.tracking.history(history, 'loss')):.1f} ms",
                "<= 15 ms",
            ),
        ]
        if "mlflow" in middle:
            rows.append(("the same runs, MLflow", f"{middle['mlflow']:,.0f} / s", ""))
        for count in (1_000, 200_000, 1_000_000):
            bare, recording = (
                float(measure([sys.executable, "-c", MEMORY, kind, name, str(count)]).output)
                for kind in ("bare", "recording")
            )
            rows.append(
                (f"memory above the bare interpreter, {count:,} points", f"{recording - bare:.0f} MB", "<= 40 MB")
            )
        show("Recording", rows)
    with tempfile.TemporaryDirectory() as name, llmops.open(name) as ws:
        with ws.run("first"):
            pass
        store, have, rows = ws.store, 0, []
        condition = parse_filter("metrics.auc > 0.9 and params.lr = '0.1' and tags.team = 'x'")
        for size, aim in zip(sizes, ("<= 15 ms", "<= 30 ms", "<= 60 ms"), strict=False):
            fill(store, have, size)
            have = size
            by_metric = RunQuery(condition, (parse_order("metrics.auc desc"),), 100)
            took = median_ms(partial(store.run_search.find, by_metric))
            newest = RunQuery(condition, (), 100)
            rows.append((f"filter, by a metric, first 100 of {size:,}", f"{took:.1f} ms", aim))
            took = median_ms(partial(store.run_search.find, newest))
            rows.append((f"filter, newest first, first 100 of {size:,}", f"{took:.1f} ms", ""))
            began = time.process_time()
            everything = store.tracking.records(store.run_search.find(RunQuery(None, (), MOST_RUNS)))
            text = comparison_page(contrast(everything), {}, title="filled")
            told = f"{time.process_time() - began:.1f} s, {len(text) / 1e6:.1f} MB"
            rows.append((f"a page that compares {len(everything):,} runs", told, ""))
        show("Finding runs", rows)
        print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()

"""What comparing two windows costs, beside evidently and alibi-detect where they are installed.

    python benchmarks/window_peers.py [ROWS]

Each in a process of its own, one after the other, over the same ROWS + ROWS rows (5,000) of eight numbers, two words and an
embedding of 384 numbers. evidently does its drift preset and its drift of embeddings, alibi-detect only its maximum mean
discrepancy (with torch, 100 permutations), llmops every window test it has.
"""

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Table = "dict[str, NDArray[np.float64] | list[str]]"
WIDTH, COLUMNS = 384, 10


def windows(rows: int) -> "tuple[list[Table], list[NDArray[np.float32]]]":  # type: ignore[valid-type]
    """Two tables of columns and two clouds of embeddings, alike."""
    import numpy as np

    rng = np.random.default_rng(1)
    tables = [{f"c{i}": rng.lognormal(size=rows) for i in range(COLUMNS - 2)} for _ in range(2)]
    for table in tables:
        table.update({f"k{i}": rng.choice(["de", "en", "fr", "it"], size=rows).tolist() for i in range(2)})
    return tables, [rng.normal(size=(rows, WIDTH)).astype(np.float32) for _ in range(2)]


def llmops(rows: int) -> float:
    """Columns, discrepancy, centroid, witnesses and a classifier; seconds."""
    from llmops.measures.clouds import centroid_shift, find_witnesses, mean_discrepancy
    from llmops.measures.domain_classifier import separate
    from llmops.measures.shifts import compare_columns

    tables, clouds = windows(rows)
    began = time.perf_counter()
    compare_columns(tables[0], tables[1])
    for compare in (mean_discrepancy, centroid_shift, find_witnesses, separate):
        compare(clouds[0], clouds[1])
    return time.perf_counter() - began


def evidently(rows: int) -> float:
    """The drift preset over columns, and the drift of embeddings; seconds."""
    os.environ["DO_NOT_TRACK"] = "1"
    import pandas
    from evidently.legacy.metric_preset import DataDriftPreset  # type: ignore[import-not-found,unused-ignore]
    from evidently.legacy.metrics import EmbeddingsDriftMetric  # type: ignore[import-not-found,unused-ignore]
    from evidently.legacy.pipeline.column_mapping import ColumnMapping  # type: ignore[import-not-found,unused-ignore]
    from evidently.legacy.report import Report  # type: ignore[import-not-found,unused-ignore]

    tables, clouds = windows(rows)
    numbers, places = [f"c{i}" for i in range(COLUMNS - 2)], [f"e{i}" for i in range(WIDTH)]
    frames = [
        pandas.concat([pandas.DataFrame(table), pandas.DataFrame(cloud, columns=places)], axis=1)
        for table, cloud in zip(tables, clouds, strict=True)
    ]
    mapping = ColumnMapping(numerical_features=numbers, categorical_features=["k0", "k1"], embeddings={"e": places})
    began = time.perf_counter()
    report = Report([DataDriftPreset(columns=[*numbers, "k0", "k1"]), EmbeddingsDriftMetric("e")])
    report.run(reference_data=frames[0], current_data=frames[1], column_mapping=mapping)
    report.as_dict()
    return time.perf_counter() - began


def alibi_detect(rows: int) -> float:
    """The maximum mean discrepancy of the embeddings; seconds."""
    from alibi_detect.cd import MMDDrift  # type: ignore[import-not-found,unused-ignore]

    _, clouds = windows(rows)
    began = time.perf_counter()
    MMDDrift(clouds[0], backend="pytorch", n_permutations=100).predict(clouds[1])
    return time.perf_counter() - began


CONTENDERS: dict[str, Callable[[int], float]] = {"llmops": llmops, "alibi_detect": alibi_detect, "evidently": evidently}


def run(name: str, rows: int, queue: "multiprocessing.Queue[tuple[float, float, float]]") -> None:
    """Measure one; seconds, seconds of CPU and peak MB of the process."""
    before = time.process_time()
    seconds = CONTENDERS[name](rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    queue.put((seconds, time.process_time() - before, peak))


def main(rows: int) -> None:
    """Print a line for each."""
    from importlib.metadata import version

    spawned = multiprocessing.get_context("spawn")
    for name in CONTENDERS:
        package = name.replace("_", "-")
        if find_spec(name) is None:
            print(f"{package} is not installed: pip install {package}")
            continue
        queue: multiprocessing.Queue[tuple[float, float, float]] = spawned.Queue()
        child = spawned.Process(target=run, args=(name, rows, queue))
        child.start()
        while child.is_alive() and queue.empty():
            child.join(0.2)
        if queue.empty():
            print(f"{package} failed with exit code {child.exitcode}")
            continue
        seconds, cpu, peak = queue.get()
        child.join()
        told = "" if name == "llmops" else f" {version(package)}"
        print(f"{package}{told}: {seconds:.1f} s, {cpu:.1f} s of CPU with its imports, peak {peak:.0f} MB", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)

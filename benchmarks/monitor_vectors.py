"""Which numbers of a vector find which changes, and how soon: simulated embeddings of topics, watched as monitors watch them.

`python benchmarks/monitor_vectors.py RUNS` (20 by default): 100 vectors fix what is watched, 500 are the reference, then 800 come
in which something changed. Printed is in how many runs the evidence reached 10,000, and the median of vectors until then.
"""

import sys
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from llmops.measures.streams import observe, start
from llmops.monitor.projections import DIRECTIONS, FIRST, Projection

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.float64]

C, SIZE, STEP, LENGTH = 10_000, 384, 20, 800
EVEN = (0.2, 0.2, 0.2, 0.2, 0.2, 0.0)
UNEVEN = (0.4, 0.25, 0.2, 0.1, 0.05, 0.0)
CHANGES = {
    "nothing": (EVEN, EVEN),
    "a fifth are of a new topic": (EVEN, (0.16, 0.16, 0.16, 0.16, 0.16, 0.2)),
    "other shares of five even topics": (EVEN, (0.4, 0.25, 0.15, 0.1, 0.1, 0.0)),
    "other shares of five uneven topics": (UNEVEN, (0.25, 0.2, 0.2, 0.2, 0.15, 0.0)),
}


def draw(rng: np.random.Generator, topics: "Rows", shares: tuple[float, ...], count: int) -> "Rows":
    """Vectors of length 1 around topics."""
    chosen = rng.choice(len(shares), size=count, p=shares)
    rows = 0.75 * topics[chosen] + 0.6 * rng.normal(size=(count, SIZE)) / np.sqrt(SIZE)
    drawn: Rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return drawn


def scores(projection: Projection, rows: "Rows", seed: int) -> "Rows":
    """By column: the distance, places along the directions, and as many random Fourier features."""
    listed = rows.tolist()
    distances = [projection.put(row) or 0.0 for row in listed]
    along = projection.along_axes(listed, distances)
    waves = np.random.default_rng(seed).normal(size=(SIZE, DIRECTIONS))  # distances between vectors are about 1
    return np.column_stack([distances, np.array(along, dtype=float).T, np.cos(rows @ waves)])


def run(name: str, seed: int) -> dict[str, int | None]:
    """After how many vectors the evidence of each set of numbers reaches C; None where it never does."""
    rng = np.random.default_rng(seed)
    topics = rng.normal(size=(6, SIZE))
    topics /= np.linalg.norm(topics, axis=1, keepdims=True)
    before, after = CHANGES[name]
    projection = Projection()
    for row in draw(rng, topics, before, FIRST).tolist():
        projection.put(row)
    reference = scores(projection, draw(rng, topics, before, 500), seed)
    current = scores(projection, draw(rng, topics, after, LENGTH), seed)
    paths = []
    for column in range(reference.shape[1]):
        stream, path = start(reference[:, column].tolist(), seed=column), []
        for first in range(0, LENGTH, STEP):
            stream = observe(stream, current[first : first + STEP, column].tolist())
            path.append(stream.statistic)
        paths.append(path)
    held, count = np.array(paths), len(projection.axes)
    sets = {
        "distance": held[:1],
        "distance and directions": held[: 1 + count],
        "distance and random Fourier features": held[[0, *range(1 + count, len(held))]],
    }
    reached = {kind: np.flatnonzero(rows.mean(axis=0) >= C) for kind, rows in sets.items()}
    return {kind: int(found[0] + 1) * STEP if len(found) else None for kind, found in reached.items()}


def main(runs: int) -> None:
    """Print the table."""
    for name in CHANGES:
        found = [run(name, seed) for seed in range(runs)]
        for kind in found[0]:
            delays = [one[kind] for one in found if one[kind] is not None]
            told = f"median {median(delays):.0f}" if delays else "never"  # type: ignore[type-var]
            print(f"{name:36} {kind:38} found in {len(delays)} of {runs}, {told}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)

"""Registering and reading 100,000 cases: seconds of CPU and peak memory, in each format."""

import json
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from support.measure import measure, show

from llmops.core.hashing import Json

CASES = 100_000
READ = """
import llmops
from llmops.core.names import parse_ref
with llmops.open(".") as ws:
    registry = ws.services.registry
    print(sum(1 for case in registry.cases(registry.resolve(parse_ref("dataset/big@latest")))))
"""


def cases() -> Iterator[dict[str, Json]]:
    """Cases of about 390 bytes."""
    for i in range(CASES):
        yield {
            "id": f"case-{i}",
            "inputs": {"question": f"What is the answer to question number {i} about returns and refunds of books?"},
            "expectations": {"answer": f"answer {i} " * 12, "relevant": [f"docs/page-{i % 50}.md"]},
            "metadata": {"topic": f"t{i % 20}", "cluster": f"c{i % 1000}"},
        }


def write(folder: Path, ending: str) -> float:
    """Write the file and return its size in MB."""
    path = folder / "evals" / "data" / f"big{ending}"
    path.parent.mkdir(parents=True)
    (folder / "llmops.toml").touch()
    if ending == ".parquet":  # in batches, as a child counts the memory that its parent had when it was forked
        import pyarrow as pa
        from pyarrow import parquet

        rows = cases()
        first = pa.Table.from_pylist(list(islice(rows, 1000)))
        with parquet.ParquetWriter(path, first.schema) as writer:
            writer.write_table(first)
            while batch := list(islice(rows, 1000)):
                writer.write_table(pa.Table.from_pylist(batch))
    else:
        with path.open("w") as file:
            file.writelines(json.dumps(case) + "\n" for case in cases())
    return path.stat().st_size / 2**20


def main() -> None:
    """Measure a whole process each."""
    rows = []
    for ending in (".jsonl", ".parquet"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            size = write(folder, ending)
            registered = measure([sys.executable, "-m", "llmops", "register"], cwd=folder)
            read = measure([sys.executable, "-c", READ], cwd=folder)
            rows += [
                (
                    f"register {CASES:,} cases, {ending} of {size:.0f} MB",
                    f"{registered.cpu:.1f} s, {registered.peak:.0f} MB",
                    "",
                ),
                (
                    f"read them back ({read.output.strip()} cases)",
                    f"{read.cpu:.1f} s, {read.peak:.0f} MB",
                    "aim <= 500 MB",
                ),
            ]
    show("Datasets", rows)


if __name__ == "__main__":
    main()

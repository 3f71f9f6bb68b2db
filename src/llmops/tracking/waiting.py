"""What runs have recorded while the store did not take it, as lines of a file; it is brought in when the store is back."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, get_args

from llmops.core.backlog import Backlog, Lines
from llmops.core.errors import NotFound
from llmops.domain.run import MetricPoint, RunBatch, RunEnding, RunFile, RunStatus

FOLDER: Final = "run-spool"


def as_line(batch: RunBatch) -> str:
    """A batch as a line of JSON, in which `Infinity` and `-Infinity` are numbers."""
    ending = batch.ending
    return json.dumps(
        {
            "run": batch.run_id,
            "params": dict(batch.params),
            "tags": dict(batch.tags),
            "points": dict(batch.points),
            "files": [(file.path, file.digest, file.size) for file in batch.files],
            "ending": None if ending is None else (ending.status, ending.at.isoformat(), ending.holder),
        },
        separators=(",", ":"),
    )


def of_line(line: bytes) -> RunBatch:
    """The batch of a line.

    Raises:
        ValueError: it is none.
    """
    try:
        read = json.loads(line)
        ending = read["ending"]
        status: RunStatus | None = ending and ending[0]
        if status is not None and status not in get_args(RunStatus):
            raise ValueError(f"{status!r} is no status")
        return RunBatch(
            str(read["run"]),
            dict(read["params"]),
            dict(read["tags"]),
            {key: [MetricPoint(*point) for point in points] for key, points in read["points"].items()},
            [RunFile(path=path, digest=digest, size=size) for path, digest, size in read["files"]],
            None if status is None else RunEnding(status, datetime.fromisoformat(ending[1]), ending[2]),
        )
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"this is no batch of a run: {error!r}") from error


LINES: Final = Lines("batches of runs", as_line, of_line)


class WaitingRuns:
    """A backlog of batches, and what writes them when the store is back.

    `write` adds one that may be there already, and `on_unknown` is told of one whose run was deleted meanwhile.
    """

    def __init__(self, folder: Path, write: Callable[[RunBatch], None], on_unknown: Callable[[RunBatch], None]) -> None:
        self._backlog = Backlog(folder, LINES)
        self._write = write
        self._on_unknown = on_unknown

    @property
    def place(self) -> Path:
        """Where it waits."""
        return self._backlog.folder

    def count(self) -> int:
        """How many files may be brought in."""
        return len(self._backlog.files())

    def keep(self, batches: Sequence[RunBatch]) -> bool:
        """Write batches down; False where there is no room for them."""
        return self._backlog.keep(batches) == 0

    def bring_in(self) -> int:
        """Write to the store what waits, and return how many batches that were.

        Raises:
            StoreError: the store does not take it; it goes on waiting.
        """
        brought = 0

        def add(batches: Sequence[RunBatch]) -> None:
            nonlocal brought
            for batch in batches:
                try:
                    self._write(batch)
                    brought += 1
                except NotFound:
                    self._on_unknown(batch)

        self._backlog.take_up(add)
        return brought

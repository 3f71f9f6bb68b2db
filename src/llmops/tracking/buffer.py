"""What one run has recorded and the store does not have yet.

A point takes 28 bytes there; as a tuple it would take 150, and a loop that logs 200,000 of them in a second 30 MB.
"""

import math
import threading
import time
from collections.abc import Mapping, Sequence
from struct import Struct
from typing import Final

from llmops.domain.run import MetricPoint, RunBatch, RunEnding, RunFile

MOST_POINTS: Final = 1_000_000
BATCH_POINTS: Final = 5_000
ALIVE_SECONDS: Final = 60.0  # how long a run that records nothing waits before it says that it is alive

_POINT: Final = Struct("=Iqdd")  # the number of the key, step, time, value
_pack = _POINT.pack


class RunBuffer:
    """Threads may add to it; one at a time takes out."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.dropped = 0  # points that there was no room for, because the store did not take those before
        self.written_at = time.monotonic()
        self._points = bytearray()
        self._keys: dict[str, int] = {}
        self._params: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self._files: list[RunFile] = []
        self._ending: RunEnding | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many points it holds."""
        return len(self._points) // _POINT.size

    def add_point(self, key: str, step: int, at: float, value: float) -> None:
        """Add one value of a metric; `at` in seconds since 1970."""
        number = self._keys.get(key)
        if number is None:
            number = self._number(key)
        if len(self._points) >= MOST_POINTS * _POINT.size:
            self.dropped += 1
        else:
            self._points.extend(_pack(number, step, at, value))  # one step, whatever other threads do

    def add(
        self,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        files: Sequence[RunFile] = (),
    ) -> None:
        """Add values and files."""
        with self._lock:
            self._params |= params or {}
            self._tags |= tags or {}
            self._files += files

    def end(self, ending: RunEnding | None) -> None:
        """Say how the run ended."""
        self._ending = ending

    def take(self) -> RunBatch | None:
        """Take out what there is: some thousand points at once, and the end with the last of them.

        None where there is nothing, and the store knows that the run is alive.
        """
        chunk = self._points[: BATCH_POINTS * _POINT.size]
        del self._points[: len(chunk)]
        keys = list(self._keys)
        points: dict[str, list[MetricPoint]] = {}
        for number, step, at, value in _POINT.iter_unpack(chunk):
            # NaN is the one number that is not itself.
            points.setdefault(keys[number], []).append(MetricPoint(step, at, value if value == value else None))
        with self._lock:
            params, self._params = self._params, {}
            tags, self._tags = self._tags, {}
            files, self._files = self._files, []
            ending = None
            if not self._points:
                ending, self._ending = self._ending, None
        if not (points or params or tags or files or ending) and time.monotonic() - self.written_at < ALIVE_SECONDS:
            return None
        return RunBatch(self.run_id, params, tags, points, files, ending)

    def put_back(self, batch: RunBatch) -> None:
        """Put back what could not be written, before what came since."""
        with self._lock:
            self._params = {**batch.params, **self._params}
            self._tags = {**batch.tags, **self._tags}
            self._files = [*batch.files, *self._files]
            self._ending = self._ending or batch.ending
        back = bytearray()
        for key, points in batch.points.items():
            for step, at, value in points:
                back += _pack(self._keys[key], step, at, math.nan if value is None else value)
        self._points[0:0] = back

    def _number(self, key: str) -> int:
        """A number for a key, in the order in which keys come."""
        with self._lock:
            return self._keys.setdefault(key, len(self._keys))

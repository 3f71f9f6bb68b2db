"""Writes what the open runs of this process record, from one thread, a batch every second.

Whoever records only appends to a buffer. A kill loses at most what came since the last batch. What the store does not take
waits in a file and is tried again; where that is full, in the buffer, which holds a million points and counts what it has to drop
beyond that.
"""

import atexit
import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol

from llmops.core.errors import LlmopsError, NotFound, OutsideError
from llmops.domain.run import RunBatch
from llmops.tracking.buffer import BATCH_POINTS, RunBuffer

INTERVAL: Final = 1.0
IDLE_ROUNDS: Final = 5  # after so many rounds without an open run the thread ends

Write = Callable[[Sequence[RunBatch]], None]


class Waiting(Protocol):
    """Where batches wait that the store does not take."""

    def keep(self, batches: Sequence[RunBatch]) -> bool:
        """Write batches down; False where there is no room for them."""
        ...

    def bring_in(self) -> int:
        """Write to the store what waits. Raises what the store raises; then it goes on waiting."""
        ...


class Journal:
    """The open runs of this process and the thread that writes them down.

    `on_failure` is told when the store begins to fail, and when a run ends meanwhile; with whether what it did not take waits in
    the file.
    """

    def __init__(
        self,
        write: Write,
        interval: float = INTERVAL,
        on_failure: Callable[[LlmopsError, bool], None] | None = None,
        waiting: Waiting | None = None,
    ):
        self._write = write
        self._interval = interval
        self._on_failure = on_failure
        self._waiting = waiting
        self._failing = False
        self._said = ""
        self._open: dict[str, RunBuffer] = {}
        self._rounds: list[Callable[[], None]] = []
        self._lock = threading.Lock()  # of the open runs and the thread
        self._writing = threading.RLock()  # one batch at a time, in order
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        _journals.add(self)

    def open(self, buffer: RunBuffer) -> None:
        """Begin to write what a run records."""
        with self._lock:
            self._open[buffer.run_id] = buffer
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="llmops-journal", daemon=True)
                self._thread.start()

    def close(self, buffer: RunBuffer) -> None:
        """Write what a run still has, and be done with it.

        Raises:
            LlmopsError: neither the store nor the file takes it; it is kept then.
        """
        self.flush(buffer)
        with self._lock:
            self._open.pop(buffer.run_id, None)

    def each_round(self, act: Callable[[], None]) -> Callable[[], None]:
        """Call something before every batch, as reading the system's load; returns what ends that."""
        self._rounds.append(act)
        return lambda: self._rounds.remove(act)

    def flush(self, *buffers: RunBuffer) -> None:
        """Write what runs have recorded so far, of all open ones without an argument; what the store does not take waits.

        Raises:
            LlmopsError: a run was deleted, or neither the store nor the file takes it; it is kept, and tried again with the
                next batch.
        """
        with self._writing:
            flushed = buffers or tuple(self._opened())
            # As often as there are full batches now, not for as long as others go on logging.
            for _ in range(max((len(buffer) for buffer in flushed), default=0) // BATCH_POINTS + 1):
                self._flush_batch(flushed)

    def _flush_batch(self, buffers: Sequence[RunBuffer]) -> None:
        taken = [(buffer, batch) for buffer in buffers if (batch := buffer.take()) is not None]
        if not (taken or self._failing):
            return
        try:
            self._write_down([batch for _, batch in taken])
        except BaseException as error:
            for buffer, batch in taken:
                buffer.put_back(batch)
            if not isinstance(error, NotFound) or len(taken) == 1:
                raise
            self._flush_each([buffer for buffer, _ in taken])
        for buffer, _ in taken:
            buffer.written_at = time.monotonic()

    def _flush_each(self, buffers: Sequence[RunBuffer]) -> None:
        """Write run by run, because one of them was deleted, which is no reason to keep the others waiting."""
        unknown: NotFound | None = None
        for buffer in buffers:
            try:
                self.flush(buffer)
            except NotFound as error:
                unknown = error
        if unknown is not None:
            raise unknown

    def _write_down(self, batches: list[RunBatch]) -> None:
        """Write to the store, what waits first, else to the file."""
        try:
            if self._failing and self._waiting is not None:
                self._waiting.bring_in()
            if batches:
                self._write(batches)
            self._failing = False
        except OutsideError as error:
            if batches and (self._waiting is None or not self._waiting.keep(batches)):
                raise
            if not self._failing or any(batch.ending for batch in batches):
                self._say(error, waits=True)
            self._failing = True

    def forget(self) -> None:
        """Drop all that is open, in a child after a fork: the parent writes that."""
        self._open, self._thread, self._rounds, self._failing = {}, None, [], False
        self._lock, self._writing, self._wake = threading.Lock(), threading.RLock(), threading.Event()

    def _say(self, error: LlmopsError, *, waits: bool) -> None:
        self._said = error.message
        if self._on_failure is not None:
            self._on_failure(error, waits)

    def _opened(self) -> list[RunBuffer]:
        with self._lock:
            return list(self._open.values())

    def _run(self) -> None:
        idle = 0
        while idle < IDLE_ROUNDS:
            self._wake.wait(self._interval)
            for act in list(self._rounds):
                act()
            try:
                self.flush()
            except LlmopsError as error:
                if error.message != self._said:  # not every second
                    self._say(error, waits=False)
            with self._lock:
                idle = 0 if self._open or self._failing else idle + 1
                if idle == IDLE_ROUNDS:
                    self._thread = None


_journals: "weakref.WeakSet[Journal]" = weakref.WeakSet()


def _forget_in_child() -> None:
    for journal in list(_journals):
        journal.forget()


@atexit.register
def _write_at_exit() -> None:
    """Write what runs still have that nobody ended; they never ended, but what they logged is there."""
    for journal in list(_journals):
        with suppress(LlmopsError):
            journal.flush()


os.register_at_fork(after_in_child=_forget_in_child)

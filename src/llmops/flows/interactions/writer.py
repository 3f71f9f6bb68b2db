"""Writes interactions down in the background, so that no answer waits for it or fails by it.

Who answers appends to a bounded queue and goes on (some microseconds). A thread wakes once a second, or when a batch is full,
makes interactions of what is there and appends them in one transaction. A kill loses at most what came since; what did not fit
into the queue is counted, and the count is written down. While the store is down everything goes to a spool file, redacted, and
from there to the store when it is back. After a fork the child has a queue and a thread of its own.
"""

import atexit
import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol

from llmops.core.backlog import Backlog, Lines
from llmops.core.errors import LlmopsError
from llmops.domain.interaction import Interaction
from llmops.flows.interactions.entries import Entry
from llmops.guard.aside import giving_way
from llmops.storage.interactions import InteractionRepository

MAX_QUEUED: Final = 10_000
BATCH: Final = 200
FLUSH_SECONDS: Final = 1.0
LINES: Final = Lines(
    "interactions", lambda one: one.model_dump_json(exclude_defaults=True), Interaction.model_validate_json
)
"""Interactions as lines of the backlog, which are redacted already; ids are kept once."""

_LOG = logging.getLogger("llmops.log")


class Maker(Protocol):
    """Makes interactions of entries, and knows where they go."""

    def interactions(self) -> InteractionRepository | None:
        """The log of the store; None where there is none to write to. Raises where it is down."""
        ...

    def make(self, entry: Entry) -> Interaction:
        """What is kept of an entry."""
        ...


class LogWriter:
    """A queue with the thread that empties it."""

    def __init__(self, maker: Maker, spool: Backlog[Interaction]) -> None:
        self._maker = maker
        self._spool = spool
        self._begin()
        ended = weakref.WeakMethod(self.close)
        atexit.register(_close, ended)

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._queue: deque[Entry] = deque()
        self._dropped = 0
        self._wake = threading.Event()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = False

    @property
    def dropped(self) -> int:
        """How many were dropped and not written down as such yet."""
        return self._dropped

    def put(self, entry: Entry) -> None:
        """Have an entry written down soon."""
        if self._pid != os.getpid():
            self._begin()
        if len(self._queue) >= MAX_QUEUED:
            self._dropped += 1
            return
        self._queue.append(entry)
        if self._thread is None:
            self._closing = False
            self._thread = threading.Thread(target=_run, args=[weakref.ref(self)], name="llmops-log", daemon=True)
            self._thread.start()
        elif len(self._queue) >= BATCH:
            self._wake.set()

    def flush(self) -> None:
        """Write down what is there, and wait for it. Raises nothing: what the store does not take is spooled."""
        if self._pid == os.getpid():
            with self._writing:
                while self._queue:
                    self._write([self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))])
                self._tell_drops()

    def gather(self) -> None:
        """Write down what is there, and what waits in the spool."""
        self.flush()
        with self._writing:
            self._write([])

    def close(self) -> None:
        """Write down what is there and let the thread end; the writer may be used again."""
        if self._pid != os.getpid():
            return
        self._closing = True
        self._wake.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        self.flush()

    def _write(self, entries: list[Entry]) -> None:
        made = []
        for entry in entries:
            try:
                made.append(self._maker.make(entry))
            except Exception as error:  # noqa: BLE001  # wall: one that cannot be kept costs no other
                self._dropped += 1
                _LOG.warning("an interaction cannot be kept: %s: %s", type(error).__name__, error)
        try:
            log = self._maker.interactions()
            if log is None:
                return
            self._spool.take_up(log.add)
            log.add(made)
        except (LlmopsError, OSError) as error:
            _LOG.warning("the log does not reach the store, %d interactions are spooled: %s", len(made), error)
            self._dropped += self._spool.keep(made)

    def _tell_drops(self) -> None:
        if not self._dropped:
            return
        dropped, self._dropped = self._dropped, 0
        try:
            log = self._maker.interactions()
            if log is not None:
                log.lose(dropped, "they did not fit or could not be kept", datetime.now(UTC))
        except (LlmopsError, OSError):
            self._dropped += dropped


def _run(which: "weakref.ref[LogWriter]") -> None:
    while (writer := which()) is not None and not writer._closing:
        wake = writer._wake
        del writer
        wake.wait(FLUSH_SECONDS)
        wake.clear()
        if (writer := which()) is not None and not writer._closing:
            try:
                with giving_way():  # a batch computes for tens of milliseconds, and answers are being given meanwhile
                    writer.flush()
            except Exception as error:  # noqa: BLE001  # wall: the thread outlives whatever happens to a batch
                _LOG.warning("the log failed: %s: %s", type(error).__name__, error)
                time.sleep(FLUSH_SECONDS)
        del writer


def _close(which: "weakref.WeakMethod[Callable[[], None]]") -> None:
    close = which()
    if close is not None:
        close()

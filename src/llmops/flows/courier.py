"""Deliver what waits for hooks, in the background: a thread for each hook, one delivery at a time, oldest first.

Threads and not tasks of the background loop, because deliveries go on for a moment while the interpreter exits, when a
loop can no longer look up a host or reach the store. A hook that cannot be reached keeps no other one waiting, and its own
deliveries wait for the time that the failed one is put off to. Each attempt ends as a row in the store; a process that is
killed leaves its delivery to whoever comes next.
"""

import atexit
import logging
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from llmops.core.errors import LlmopsError
from llmops.core.hook_settings import HookSettings
from llmops.core.settings import seconds
from llmops.domain.hook import Attempt, Delivery, Sender
from llmops.storage.deliveries import DeliveryRepository

MOST_ATTEMPTS: Final = 10
FIRST_WAIT: Final = 5.0  # seconds after the first failure; three times as many after each further one
LONGEST_WAIT: Final = 6 * 3600.0
LEASE_MARGIN: Final = 30.0  # seconds beyond the time-out after which whoever tries is thought dead
LAST_GASP: Final = 1.0  # seconds in which a broken-off attempt says so to the store

_LOG: Final = logging.getLogger("llmops.hooks")


def backoff(failed: int, share: float) -> float:
    """Seconds to wait after so many failed attempts: 5, 15, 45 … at most six hours, and half of it left to chance."""
    return min(LONGEST_WAIT, FIRST_WAIT * 3.0 ** min(failed - 1, 20)) * (0.5 + share)


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, for those who want others."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    draw: Callable[[], float] = random.random


def open_sender(hook: HookSettings, root: Path, environ: Mapping[str, str]) -> Sender:
    """What takes deliveries to a hook whose environment variables are set."""
    if hook.command:
        from llmops.backends.local_command import LocalCommand

        return LocalCommand(hook.command, root, seconds(hook.timeout))
    from llmops.backends.webhook import Webhook

    url = environ[hook.url_env].strip() if hook.url_env else hook.url
    return Webhook(url, environ[hook.secret_env].strip(), seconds(hook.timeout), hook.allow_private)


@dataclass(slots=True)
class Round:
    """One receiver's turn: everything due is tried once, up to the first time that nobody is there.

    `resting` is how long to leave the receiver alone after that, in seconds.
    """

    name: str
    sender: Sender
    timeout: float
    deliveries: DeliveryRepository
    clock: Clock
    cut: Callable[[], bool] = lambda: False
    resting: float = 0.0

    def run(self) -> list[Delivery]:
        """Deliver; returns what was tried, as it ended."""
        tried: list[Delivery] = []
        self.resting = 0.0
        while not self.cut():
            claimed = self.deliveries.claim(
                self.name, lease=self.timeout + LEASE_MARGIN, most=MOST_ATTEMPTS, now=self.clock.now()
            )
            if claimed is None:
                break
            attempt = self.sender.send(claimed, self.clock.now())
            tried.append(self._settle(claimed, attempt))
            if not attempt.reached:
                self.resting = backoff(claimed.attempts, self.clock.draw())
                break
        return tried

    def _settle(self, delivery: Delivery, attempt: Attempt) -> Delivery:
        now = self.clock.now()
        changes: dict[str, object] = {"error": attempt.error}
        if not attempt.error:
            changes |= {"state": "delivered", "ended_at": now}
        elif not attempt.again or delivery.attempts >= MOST_ATTEMPTS:
            changes |= {"state": "failed", "ended_at": now}
        else:
            wait = 0.0 if self.cut() else backoff(delivery.attempts, self.clock.draw())
            changes["due_at"] = now + timedelta(seconds=max(wait, min(attempt.wait or 0.0, LONGEST_WAIT)))
        settled = delivery.model_copy(update=changes)
        self.deliveries.settle(settled)
        if attempt.error:
            then = "given up" if settled.state == "failed" else "to be tried again"
            _LOG.warning(f"hook {self.name}, event {delivery.event}: {attempt.error}; {then}: llmops hooks retry")
        return settled


@dataclass
class Worker:
    """The thread of one hook. It ends by itself when nothing waits."""

    name: str
    hook: HookSettings
    root: Path
    deliveries: DeliveryRepository
    clock: Clock
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _signal: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _sender: Sender | None = None
    _ending: bool = False
    _cut: bool = False

    def wake(self) -> None:
        """Look for what is due, now."""
        if self.deliveries.next_due(self.name) is None:
            return
        missing = self.hook.missing(os.environ)
        if missing:
            _LOG.warning(f"hook {self.name} waits: the environment variable {missing} is not set")
            return
        with self._lock:
            self._signal.set()
            if self._thread is None or not self._thread.is_alive():  # threads do not survive a fork
                self._ending = self._cut = False
                self._sender = open_sender(self.hook, self.root, os.environ)
                self._thread = threading.Thread(target=self._work, name=f"llmops-hook-{self.name}", daemon=True)
                self._thread.start()

    def finish(self) -> None:
        """Try no more after what is due now."""
        with self._lock:
            self._ending = True
            self._signal.set()

    def join(self, patience: float) -> None:
        """Wait for the thread; with the time over, break off what it does."""
        thread, sender = self._thread, self._sender
        if thread is None or sender is None:
            return
        thread.join(max(0.0, patience))
        if thread.is_alive():
            self._cut = True
            sender.cancel()
            thread.join(LAST_GASP)

    def _work(self) -> None:
        assert self._sender is not None
        turn = Round(
            self.name, self._sender, seconds(self.hook.timeout), self.deliveries, self.clock, lambda: self._cut
        )
        try:
            while True:
                self._signal.clear()
                turn.run()
                pause = self._pause(turn.resting)
                with self._lock:  # what was queued since the last look has set the signal, also when this is the end
                    if not self._signal.is_set() and (self._ending or pause is None):
                        self._thread = None
                        return
                self._signal.wait(pause)
        except LlmopsError as error:
            self._thread = None
            _LOG.warning("hook %s: %s", self.name, error.message)

    def _pause(self, resting: float) -> float | None:
        """Seconds until something may be tried; None if nothing waits."""
        if self._ending:
            return None
        due = self.deliveries.next_due(self.name)
        return None if due is None else max(resting, (due - self.clock.now()).total_seconds())


class Courier:
    """The workers of all hooks of a workspace."""

    def __init__(
        self, hooks: Mapping[str, HookSettings], root: Path, deliveries: DeliveryRepository, clock: Clock | None = None
    ) -> None:
        clock = clock or Clock()
        self._workers = [Worker(name, hook, root, deliveries, clock) for name, hook in hooks.items()]
        self._registered = False

    def wake(self) -> None:
        """Deliver what waits, in the background."""
        if not self._registered:
            self._registered = True
            atexit.register(self.close)
        for worker in self._workers:
            worker.wake()

    def close(self) -> None:
        """Let attempts that are due end, each hook within its `wait`; what is left stays in the store."""
        atexit.unregister(self.close)
        self._registered = False
        started = time.monotonic()
        for worker in self._workers:
            worker.finish()
        for worker in self._workers:
            worker.join(seconds(worker.hook.wait) - (time.monotonic() - started))

"""Follows a ref for as long as a program runs: always some version to answer with, never a mixture of two.

| the store | what answers |
|---|---|
| answers | what the ref stands for; an alias is looked up again once `ttl` is over, between answers |
| is slow | what answered last; the look-up goes on in the background, and answers wait for it at most `WAIT_SECONDS` |
| fails | what answered last, or in a fresh process what was kept on disk; it is tried again every `ttl` |

Looking up happens in a thread of its own, one at a time for each ref, because nothing can interrupt a database driver that
waits for a dead server. All who ask meanwhile share it.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from typing import Final, Generic, Literal, TypeAlias, TypeVar

from llmops.core.errors import InputError, LlmopsError, NotFound, StoreError
from llmops.core.names import Ref
from llmops.domain.snapshot import Snapshot
from llmops.flows.services import Services
from llmops.flows.serving.canary import is_chosen
from llmops.flows.serving.last_known_good import LastKnownGood
from llmops.flows.serving.standing import Standing, find_standing
from llmops.registry.bundles import Bundle

T = TypeVar("T")
ServedFrom: TypeAlias = Literal["store", "working file", "last known good"]

WAIT_SECONDS: Final = 0.2  # for a look-up, by those who could be served without it
FIRST_WAIT_SECONDS: Final = 2.0  # for the first look-up of a process, where something was kept on disk
RETRY_SECONDS: Final = 1.0  # at least, between two look-ups in a store that fails
CLOSE_SECONDS: Final = 1.0

# What a failing store brings about: its own errors, and what reading half a row or a damaged content ends in.
_FAILURES: Final = (LlmopsError, OSError, ValueError, LookupError)

_LOG = logging.getLogger("llmops.serving")


@dataclass(frozen=True, slots=True)
class Shop:
    """Where followers look things up. `services` opens the store or raises; `offline` always gives some to open models with."""

    services: Callable[[], Services]
    offline: Callable[[], Services]
    kept: LastKnownGood
    ttl: float
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Served(Generic[T]):
    """What answers: what a ref stands for, opened. `candidate` is what it tries out, where it does."""

    standing: Standing
    current: T
    candidate: T | None
    served_from: ServedFrom

    @property
    def is_fallback(self) -> bool:
        """Whether the store could not be asked, so that the alias may have moved meanwhile."""
        return self.served_from == "last known good"

    def side(self, user: str | None = None, session: str | None = None) -> T:
        """What answers this user: the candidate of a canary for its share of users, else of sessions, else of calls."""
        return self.candidate if self.candidate is not None and self._tries("canary", user or session) else self.current

    def shadow(self, user: str | None = None, session: str | None = None) -> T | None:
        """What answers this user in the background."""
        return self.candidate if self.candidate is not None and self._tries("shadow", user or session) else None

    def _tries(self, mode: str, key: str | None) -> bool:
        trial = self.standing.trial
        return trial is not None and trial.candidate.mode == mode and is_chosen(self.standing.ref, trial.candidate, key)


class Follower(Generic[T]):
    """What a ref stands for, opened by `opener`, and looked up again when it is time. Threads and loops may share it."""

    def __init__(self, ref: Ref, shop: Shop, opener: Callable[[Services, Bundle], T]) -> None:
        self.ref = ref
        self._shop = shop
        self._opener = opener
        self._opened: dict[tuple[str, Snapshot | None], T] = {}
        self._with: Services | None = None
        self._served: Served[T] | None = None
        self._error: BaseException | None = None
        self._trouble = ""
        self._due = 0.0
        self._began = 0.0
        self._pending: Future[None] | None = None
        self._lock = threading.RLock()
        self._pid = os.getpid()

    @property
    def held(self) -> Served[T]:
        """What answered last, without looking anything up; at first it is looked up."""
        return self._served or self.now()

    def now(self, *, patient: bool = True) -> Served[T]:
        """What answers now.

        Args:
            patient: whether to wait on for a store that is slow, when nothing else could answer.

        Raises:
            NotFound: nothing answers to the ref.
            StoreError: the store does not answer, and nothing was kept.
        """
        pending = self._begin()
        if pending is not None:
            wait([pending], timeout=self._patience())
            if not self._can_do_without(pending):
                if not patient:
                    raise StoreError(f"{self.ref} was not found within {FIRST_WAIT_SECONDS:.0f} s")
                pending.result()
        return self._settled(pending)

    async def anow(self) -> Served[T]:
        """`now`, for any event loop, which goes on meanwhile."""
        pending = self._begin()
        if pending is not None:
            ended = asyncio.wrap_future(pending)
            await asyncio.wait([ended], timeout=self._patience())
            if not self._can_do_without(pending):
                await ended
        return self._settled(pending)

    def rest(self) -> None:
        """Let go of what is open, and look up anew when asked again."""
        pending = self._pending
        if pending is not None:
            wait([pending], timeout=CLOSE_SECONDS)
        with self._lock:
            self._due, self._opened, self._with = 0.0, {}, None

    def _begin(self) -> "Future[None] | None":
        """The look-up that is under way, or one that is due and begins now; None where none is needed."""
        if self._pid != os.getpid():  # after a fork: the thread that looked something up is not here
            self._pid, self._lock, self._pending = os.getpid(), threading.RLock(), None
        with self._lock:
            if self._pending is not None and not self._pending.done():
                return self._pending
            if self._served is not None and self._shop.clock() < self._due:
                return None
            pending: Future[None] = Future()
            pending.set_running_or_notify_cancel()  # nobody who stops waiting can cancel it for the others
            self._pending, self._began = pending, self._shop.clock()
        threading.Thread(target=self._run, args=[pending], name="llmops-look-up", daemon=True).start()
        return pending

    def _patience(self) -> float:
        most = FIRST_WAIT_SECONDS if self._served is None else WAIT_SECONDS
        return max(0.0, self._began + most - self._shop.clock())

    def _can_do_without(self, pending: "Future[None]") -> bool:
        """Whether somebody can be served now, if need be by what answered last."""
        with self._lock:
            if pending.done():
                return True
            if self._served is None:
                self._recall()
            if self._served is None:
                return False
            self._served = replace(self._served, served_from="last known good")
            waited = self._shop.clock() - self._began
            if waited >= FIRST_WAIT_SECONDS:
                self._warn(f"the store has not answered for {waited:.0f} s")
            return True

    def _settled(self, pending: "Future[None] | None") -> Served[T]:
        with self._lock:
            if pending is not None and pending.done() and self._error is not None:
                raise self._error
            assert self._served is not None
            return self._served

    def _run(self, pending: "Future[None]") -> None:
        try:
            self._look_up()
        except BaseException as error:
            self._error = error
            raise
        finally:
            pending.set_result(None)

    def _look_up(self) -> None:
        try:
            services = self._shop.services()
            known = self._served.standing.bundles if self._served is not None else {}
            standing = self._found(services, known)
            served = self._open(services, standing, "working file" if standing.is_working else "store")
        except _FAILURES as error:
            self._fall_back(error)
            return
        with self._lock:
            if self._trouble:
                _LOG.warning("%s comes from the store again: version %s", self.ref, standing.bundle.main.number)
            self._served, self._error, self._trouble = served, None, ""
            self._due = float("inf") if _is_pinned(self.ref) else self._shop.clock() + self._shop.ttl
        if not standing.is_working:
            self._shop.kept.keep(standing)

    def _found(self, services: Services, known: dict[str, Bundle]) -> Standing:
        try:
            return find_standing(services.registry, self.ref, known)
        except NotFound as error:
            if services.store.is_temporary or not services.store.versions.artifacts():
                raise _NothingThere(error.message, hint=error.hint) from error
            raise

    def _fall_back(self, error: BaseException) -> None:
        """Serve what answered last, or what was kept; where there is neither, the error is the answer."""
        with self._lock:
            if self._served is None and not (isinstance(error, InputError) and not isinstance(error, _NothingThere)):
                self._recall()
            if self._served is None or self._served.standing.is_working:
                self._error, self._due = error, 0.0
                return
            self._error = None
            self._served = replace(self._served, served_from="last known good")
            self._due = self._shop.clock() + max(self._shop.ttl, RETRY_SECONDS)
            self._warn(error.message if isinstance(error, LlmopsError) else str(error))

    def _recall(self) -> None:
        standing = self._shop.kept.recall(self.ref)
        if standing is not None:
            self._served = self._open(self._shop.offline(), standing, "last known good")

    def _warn(self, why: str) -> None:
        """Say it once for each trouble."""
        if not self._trouble and self._served is not None:
            number = self._served.standing.bundle.main.number
            _LOG.warning("%s is served from the last known good, version %s: %s", self.ref, number, why)
        self._trouble = why

    def _open(self, services: Services, standing: Standing, served_from: ServedFrom) -> Served[T]:
        with self._lock:
            if services is not self._with:
                self._opened, self._with = {}, services
            before, self._opened = self._opened, {}
        opened = {}
        for bundle in standing.bundles.values():
            try:
                opened[bundle.key] = before[bundle.key] if bundle.key in before else self._opener(services, bundle)
            except LlmopsError as error:
                if bundle.key == standing.bundle.key:
                    raise
                _LOG.warning("the candidate of %s cannot be opened here and is not served: %s", self.ref, error.message)
        self._opened = opened
        tried = opened.get(standing.trial.bundle.key) if standing.trial is not None else None
        return Served(standing, opened[standing.bundle.key], tried, served_from)


class _NothingThere(NotFound):
    """A store without any version: one that was lost, or is not there yet."""


def _is_pinned(ref: Ref) -> bool:
    """Whether a ref always stands for the same version."""
    return ref.number is not None or ref.digest is not None

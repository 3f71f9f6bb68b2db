"""Runs checks of long texts in a thread of their own, so that an event loop goes on meanwhile.

A thread that computes gives the interpreter's lock up only every 5 ms when it is asked to, and a request that others send
needs the lock a dozen times. So while such a check runs it is asked fifty times as often; the interval is put back when the last
one has ended.

One thing defeats that: a search of re2 lets the lock go for a microsecond, which begins the waiting of all others anew, and takes
it again before any of them has woken. Who searches again and again in a loop would shut them out for tens of milliseconds, so
such loops call `give_way` now and then, which sleeps long enough for somebody to wake.

What a long text leaves behind for a moment, a place for each of its characters, would also have Python look through all objects
for garbage, again and again, and that cannot be interrupted. So garbage waits until the check has ended, or for a second.
"""

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")

INLINE: Final = 4_096
"""Texts with more characters are checked aside where the caller is async."""

_INTERVAL: Final = 0.0001  # seconds
_ROUNDING: Final = 5e-7  # the interpreter cuts what it is given down to whole microseconds
_UNCOLLECTED: Final = 1.0  # seconds without a garbage collection, at most, however many checks follow one another
_PAUSE: Final = 0.00002  # seconds; the system makes more of them
OFTEN: Final = 32
"""Searches after which a loop gives way."""

_lock = threading.Lock()
_running = 0
_before = 0.0
_checking = 0
_since = 0.0
_collects = True


async def run_aside(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a check in a thread that gives way."""
    from llmops.core.bridge import to_thread

    return await to_thread(_giving_way, lambda: function(*args, **kwargs))


def give_way() -> None:
    """Sleep for a moment, if something large is being looked at beside others."""
    if _running:
        time.sleep(_PAUSE)


def _giving_way(call: Callable[[], T]) -> T:
    with giving_way():
        return call()


@contextmanager
def letting_in() -> Iterator[None]:
    """Let other threads in more often."""
    global _running, _before
    with _lock:
        _running += 1
        if _running == 1:
            _before = sys.getswitchinterval()
            sys.setswitchinterval(min(_INTERVAL, _before) + _ROUNDING)
    try:
        yield
    finally:
        with _lock:
            _running -= 1
            if _running == 0:
                sys.setswitchinterval(_before + _ROUNDING)


@contextmanager
def giving_way(clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Let other threads in more often, and collect no garbage, for as long as a check takes."""
    global _checking, _since, _collects
    with _lock:
        _checking += 1
        if _checking == 1:
            _since, _collects = clock(), gc.isenabled()
            gc.disable()
        elif _collects and clock() - _since > _UNCOLLECTED:
            gc.enable()
    try:
        with letting_in():
            yield
    finally:
        with _lock:
            _checking -= 1
            if _checking == 0 and _collects:
                gc.enable()

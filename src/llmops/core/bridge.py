"""The only crossing between synchronous and asynchronous code.

One background event loop runs all async work: model calls, embeddings, user-written async scorers. Synchronous callers
wait for it with `run_sync`; async callers (an application's own loop) await it with `on_loop`. So connection pools belong
to one loop, and a public `ask` and `aask` share every line below them. After a fork the child makes a loop of its own.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

from llmops.core.errors import WrongLoop

T = TypeVar("T")
P = ParamSpec("P")

CLEANUP_SECONDS = 10.0  # how long Ctrl-C waits for cancelled work to save what is done


class _Loop:
    """The background loop of this process and the thread that runs it."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, name="llmops-loop", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()


_lock = threading.Lock()
_current: _Loop | None = None


def _forget_in_child() -> None:
    global _current, _lock
    _current, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget_in_child)


def _background() -> _Loop:
    global _current
    with _lock:
        if _current is None or not _current.thread.is_alive():
            _current = _Loop()
        return _current


def run_sync(work: Coroutine[None, None, T]) -> T:
    """Run a coroutine on the background loop and wait for its value.

    Ctrl-C cancels the coroutine, waits for it to clean up, and is then raised here, with the notes that the coroutine has
    added to its cancellation, such as how to go on.

    Raises:
        WrongLoop: called on that loop itself (an async scorer using a synchronous method); it would wait for ever.
    """
    background = _background()
    if threading.current_thread() is background.thread:
        name = getattr(work, "__name__", "this call")
        work.close()
        raise WrongLoop(
            f"{name} was called synchronously inside async code that llmops itself runs",
            hint="Await the async form there: aask, aeval, asearch …",
        )
    ended = threading.Event()
    notes: list[str] = []

    async def tracked() -> T:
        try:
            return await work
        except asyncio.CancelledError as error:
            notes.extend(getattr(error, "__notes__", ()))
            raise
        finally:
            ended.set()

    future = asyncio.run_coroutine_threadsafe(tracked(), background.loop)
    try:
        return future.result()
    except KeyboardInterrupt as interrupt:
        future.cancel()
        ended.wait(CLEANUP_SECONDS)
        for note in notes:
            interrupt.add_note(note)
        raise


def start(work: Coroutine[None, None, T]) -> Future[T]:
    """Start a coroutine on the background loop and go on; the future has its value, and cancels it."""
    return asyncio.run_coroutine_threadsafe(work, _background().loop)


async def on_loop(work: Coroutine[None, None, T]) -> T:
    """Await a coroutine that runs on the background loop, from any loop."""
    background = _background()
    if threading.current_thread() is background.thread:
        return await work
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, background.loop))


async def to_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking work in a worker thread."""
    return await asyncio.to_thread(function, *args, **kwargs)

"""The only crossing between synchronous and asynchronous code.

One background event loop runs all async work: model calls, embeddings, user-written async scorers. Synchronous callers
wait for it with `run_sync`; async callers (an application's own loop) await it with `on_loop`. So connection pools belong
to one loop, and a public `ask` and `aask` share every line below them. After a fork the child makes a loop of its own.
"""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from concurrent.futures import Future
from typing import Final, Generic, ParamSpec, TypeVar

from llmops.core.errors import WrongLoop

T = TypeVar("T")
P = ParamSpec("P")

CLEANUP_SECONDS = 10.0  # how long Ctrl-C waits for cancelled work to save what is done
AHEAD: Final = 64  # items of a stream that are made before they are asked for


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
    handed = _Handed(work)
    try:
        return asyncio.run_coroutine_threadsafe(handed.run(), background.loop).result()
    except KeyboardInterrupt as interrupt:
        background.loop.call_soon_threadsafe(handed.call_off)
        handed.ended.wait(CLEANUP_SECONDS)
        for note in handed.notes:
            interrupt.add_note(note)
        raise


class _Handed(Generic[T]):
    """A coroutine that is handed to the background loop, and can be called off wherever it is: Ctrl-C may come before there
    is a future to cancel."""

    def __init__(self, work: Coroutine[None, None, T]) -> None:
        self.ended = threading.Event()
        self.notes: list[str] = []
        self._work = work
        self._task: asyncio.Task[T] | None = None
        self._is_off = False

    async def run(self) -> T:
        """The coroutine's value."""
        if self._is_off:
            raise asyncio.CancelledError
        self._task = asyncio.current_task()
        try:
            return await self._work
        except asyncio.CancelledError as error:
            self.notes.extend(getattr(error, "__notes__", ()))
            raise
        finally:
            self.ended.set()

    def call_off(self) -> None:
        """Cancel it, or let it not begin; on the loop. What was handed over before this is there before this."""
        self._is_off = True
        if self._task is not None:
            self._task.cancel()
        else:
            self._work.close()
            self.ended.set()


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


def each(items: AsyncGenerator[T, None]) -> Generator[T, None, None]:
    """The items of an async generator that runs on the background loop. Whoever stops reading, by Ctrl-C too, ends it there.

    Raises:
        WrongLoop: read on that loop itself.
    """
    stream = _Stream(items)
    try:
        while taken := run_sync(stream.take()):
            yield from taken
    finally:
        if threading.current_thread() is _background().thread:  # dropped there, by the garbage collection
            stream.cancel()
        else:
            run_sync(stream.close())


async def aeach(items: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """The same, for async code on any loop."""
    stream = _Stream(items)
    try:
        while taken := await on_loop(stream.take()):
            for item in taken:
                yield item
    finally:
        await on_loop(stream.close())


class _Stream(Generic[T]):
    """An async generator that one task reads ahead, so that whatever it holds open is let go by cancelling that task."""

    def __init__(self, items: AsyncGenerator[T, None]) -> None:
        self._items = items
        self._made: asyncio.Queue[T | _End] = asyncio.Queue(AHEAD)
        self._task: asyncio.Task[None] | None = None
        self._end: _End | None = None

    async def take(self) -> list[T]:
        """The items that are there, at least one; none when there are no more. Raises what the generator raised."""
        if self._task is None:
            self._task = asyncio.create_task(self._read())
        taken: list[T] = []
        while self._end is None and (not taken or not self._made.empty()):
            item = await self._made.get()
            if isinstance(item, _End):
                self._end = item
            else:
                taken.append(item)
        if not taken and self._end is not None and self._end.error is not None:
            error, self._end = self._end.error, _End()
            raise error
        return taken

    async def close(self) -> None:
        """End the generator and wait for what it has to clean up."""
        self.cancel()
        if self._task is not None and self._task.get_loop() is asyncio.get_running_loop():  # not in a forked child
            await asyncio.gather(self._task, return_exceptions=True)

    def cancel(self) -> None:
        """End the generator."""
        if self._task is not None:
            self._task.cancel()

    async def _read(self) -> None:
        end = _End()
        try:
            async for item in self._items:
                await self._made.put(item)
        except Exception as error:  # noqa: BLE001  # wall: it is raised where the items are read
            end = _End(error)
        finally:
            await self._items.aclose()
        await self._made.put(end)


class _End:
    """After the last item; the error that it ended with."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

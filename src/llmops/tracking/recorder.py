"""Recording a run: what it was given, what it measured, what it made. Logging appends to a buffer; a journal writes it."""

import math
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, SupportsFloat

from llmops.core.errors import Conflict, InputError, LlmopsError
from llmops.core.hashing import Json
from llmops.domain.ports import Blobs
from llmops.domain.run import Run, RunFile, RunStatus
from llmops.tracking import contents
from llmops.tracking.begin import Beginning
from llmops.tracking.buffer import RunBuffer
from llmops.tracking.journal import Journal
from llmops.tracking.seeds import set_seeds

MOST_KEY: Final = 250
MOST_VALUE: Final = 8000
MOST_STEP: Final = 2**62


class Recorder:
    """One run that is being recorded. Use it as a context manager, or call `start` and `end`.

    Threads may share it. In a child process open the run anew by its id: it is joined there, and ended by whoever began it.
    An exception that leaves the block marks the run failed (Ctrl-C: interrupted) and goes on.
    """

    def __init__(self, beginning: Beginning, journal: Journal, blobs: Blobs) -> None:
        self._beginning = beginning
        self._journal = journal
        self._blobs = blobs
        self._steps: dict[str, int] = {}
        self._params: dict[str, str] = {}
        self._buffer = RunBuffer("")
        self._run: Run | None = None
        self._ended = ""
        self._stop_watching = _nothing
        self._pid = os.getpid()

    @property
    def id(self) -> str:
        """The id of the run, also when it has ended."""
        return self._ended if self._run is None and self._ended else self._started().id

    def start(self) -> Self:
        """Begin the run; a context manager does it."""
        if self._run is not None:
            raise Conflict(f"run {self._run.id} has begun already", hint="Use another ws.run(…) for another run.")
        begun = self._beginning.begin()
        self._run, self._params, self._steps = begun.run, dict(begun.params), dict(begun.steps)
        self._buffer = RunBuffer(begun.run.id)
        self._journal.open(self._buffer)
        self._buffer.add(tags=self._beginning.tags, files=begun.files)
        self._stop_watching = self._watched()
        return self

    def end(self, status: RunStatus = "finished", *, error: str = "") -> None:
        """End the run, with all it recorded in the store; a run that was joined is left to go on.

        Where the store does not take it, what is left waits in a file for the next run or `llmops runs recover`.

        Raises:
            StoreError: the disk does not take it either; calling it again tries again.
        """
        run = self._started()
        self._stop_watching()
        self._stop_watching = _nothing
        if self._buffer.dropped:
            self._buffer.add(tags={"llmops.dropped_points": str(self._buffer.dropped)})
        if error:
            self._buffer.add(tags=as_texts({"error": error[:MOST_VALUE]}))
        self._buffer.end(self._beginning.ending(status))
        self._journal.close(self._buffer)
        self._run, self._ended = None, run.id

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._run is None:
            return
        if error is None:
            self.end()
            return
        status: RunStatus = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        try:
            self.end(status, error=f"{type(error).__name__}: {error}".rstrip(": "))
        except LlmopsError as failure:  # what the training raised matters more
            error.add_note(f"llmops: run {self.id} could not be ended: {failure.message}")

    def log_param(self, key: str, value: Json) -> None:
        """Record a parameter. It keeps its value: another one is a Conflict."""
        self.log_params({key: value})

    def log_params(self, params: Mapping[str, Json]) -> None:
        """Record parameters; values become texts."""
        texts = as_texts(params)
        for key, text in texts.items():
            known = self._params.get(key, text)
            if known != text:
                raise Conflict(
                    f"parameter {key!r} of run {self.id} is {known!r} and cannot become {text!r}",
                    hint="Record what changes as a metric or a tag.",
                )
        self._params |= texts
        self._open().add(params=texts)

    def log_tags(self, tags: Mapping[str, Json]) -> None:
        """Record tags; one that is there is replaced."""
        self._open().add(tags=as_texts(tags))

    def log_metric(self, key: str, value: SupportsFloat, step: int | None = None, *, at: float | None = None) -> None:
        """Record one value of a metric.

        Args:
            key: the name, such as `train/loss`.
            value: a number; also one of numpy, or an array or tensor of one element. NaN is kept as such.
            step: the place on the axis of the metric, a whole number, also one of numpy; by default one after the last one.
            at: when it was measured, in seconds since 1970; now by default.
        """
        steps = self._steps
        if step is None:
            step = steps.get(key, -1) + 1
        elif type(step) is not int or not -MOST_STEP <= step <= MOST_STEP:
            step = _whole(key, step)
        at = time.time() if at is None else _moment(key, at)
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = _only_number(key, value)
        if key not in steps:
            _checked(key)
        steps[key] = step
        buffer = self._buffer if self._run is not None and self._pid == os.getpid() else self._open()
        buffer.add_point(key, step, at, number)

    def log_metrics(self, metrics: Mapping[str, SupportsFloat], step: int | None = None) -> None:
        """Record one value of several metrics."""
        for key, value in metrics.items():
            self.log_metric(key, value, step)

    def log_file(self, path: str | Path, name: str = "") -> str:
        """Keep a file with the run, under its own name or another one; returns the digest of its bytes."""
        return self._keep(contents.of_file(self._blobs, Path(path), name))

    def log_folder(self, path: str | Path, name: str = "") -> None:
        """Keep all files of a folder with the run, below the folder's name or another one."""
        for file in contents.of_folder(self._blobs, Path(path), name):
            self._keep(file)

    def log_text(self, text: str, name: str) -> str:
        """Keep a text as a file of the run; returns its digest."""
        return self._keep(contents.of_bytes(self._blobs, text.encode(), name))

    def log_table(self, rows: Json, name: str) -> str:
        """Keep a table as a file of the run: a list of mappings, a mapping of columns, or a data frame; `.csv`, `.json` or
        `.jsonl`."""
        return self._keep(contents.of_table(self._blobs, rows, name))

    def log_figure(self, figure: Json, name: str) -> str:
        """Keep a figure of matplotlib (`.png`, `.svg`, `.pdf`) or plotly (`.html`, `.json`) as a file of the run."""
        return self._keep(contents.of_figure(self._blobs, figure, name))

    def seed(self, seed: int) -> None:
        """Seed `random`, and numpy and torch where they are loaded, and record the seed as parameter `seed`."""
        self.log_params({"seed": seed})
        set_seeds(seed)

    def flush(self) -> None:
        """Have all that was recorded so far written, to a file where the store does not take it. Of a run that has ended
        everything is."""
        if self._run is not None or not self._ended:
            self._journal.flush(self._open())

    def _keep(self, file: RunFile) -> str:
        self._open().add(files=[file])
        return file.digest

    def _open(self) -> RunBuffer:
        run = self._started()
        if self._pid != os.getpid():
            raise Conflict(
                f"run {run.id} was begun by process {self._pid} and is used in a fork of it, {os.getpid()}",
                hint=f"Join it there: with ws.run({run.name!r}, run_id={run.id!r}) as run: …",
            )
        return self._buffer

    def _started(self) -> Run:
        if self._run is None:
            raise InputError("the run has not begun, or has ended", hint="Use it inside: with ws.run(…) as run: …")
        return self._run

    def _watched(self) -> Callable[[], None]:
        watch = self._beginning.watch
        if watch is None:
            return _nothing

        def read() -> None:
            moment = datetime.now(UTC).timestamp()
            for key, value in watch.read().items():
                step = self._steps[key] = self._steps.get(key, -1) + 1
                self._buffer.add_point(key, step, moment, value)

        return self._journal.each_round(read)


def as_texts(values: Mapping[str, Json]) -> dict[str, str]:
    """Keys and values as they are kept.

    Raises:
        InputError: one cannot be kept; the message names it.
    """
    return {_checked(key): _text(key, value) for key, value in values.items()}


def _only_number(key: str, value: Json) -> float:
    """The number of an array that has one."""
    if getattr(value, "size", 0) == 1 and hasattr(value, "item"):
        return float(value.item())
    raise InputError(
        f"{value!r:.60} cannot be a value of metric {key!r}",
        hint="A metric takes one number at a time; keep texts by run.log_tags, and arrays by run.log_table or run.log_file.",
    )


def _whole(key: str, step: SupportsFloat) -> int:
    """The step as one that every database keeps."""
    number = float(step)
    if not number.is_integer() or not -MOST_STEP <= number <= MOST_STEP:
        raise InputError(f"{step!r} cannot be a step of {key!r}", hint="A step is a whole number, such as the epoch.")
    return int(number)


def _moment(key: str, at: SupportsFloat) -> float:
    seconds = float(at)
    if not math.isfinite(seconds):
        raise InputError(f"{at!r} cannot be the time of {key!r}", hint="Give seconds since 1970, such as time.time().")
    return seconds


def _checked(key: str) -> str:
    if not key.strip() or len(key) > MOST_KEY or not key.isprintable():
        raise InputError(
            f"{key[:60]!r} cannot be a key", hint=f"A key is a printable text of 1 to {MOST_KEY} characters."
        )
    return key


def _text(key: str, value: Json) -> str:
    text = str(value)
    if len(text) > MOST_VALUE:
        raise InputError(
            f"the value of {key!r} has {len(text)} characters, more than {MOST_VALUE}",
            hint="Keep long texts as files: run.log_text(text, 'name.txt').",
        )
    # No database keeps NUL or half an emoji in a text.
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _nothing() -> None:
    """End nothing."""

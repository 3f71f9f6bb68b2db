"""Progress on stderr: a line that is drawn anew on a terminal, a line every ten seconds elsewhere.

It is called once a case, so it looks at the clock and mostly does nothing; a library with a drawing thread would cost more
than the evaluation it reports on.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from llmops.presentation.cleaning import one_line
from llmops.presentation.figures import seconds
from llmops.presentation.tables import fit

REDRAW = 0.1  # seconds between two drawings on a terminal
REPORT = 10.0  # seconds between two lines elsewhere
BAR = 24


class ProgressLine:
    """A `ports.Progress`: call it with what is done; `close` it, or use it in a `with`, to leave the line clean."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._what = ""
        self._started = 0.0
        self._last = 0.0
        self._drawn = False
        self._lines = 0

    def __call__(self, done: int, total: int | None, what: str) -> None:
        """Show that `done` of `total` (None: nobody knows) is done."""
        now = self._clock()
        if what != self._what:
            self.close()
            self._what, self._started, self._last = what, now, now - 2 * REDRAW if self._terminal else now
        finished = total is not None and done >= total
        if now - self._last >= (REDRAW if self._terminal else REPORT) or (finished and self._drawn):
            self._last = now
            self._draw(done, total, now - self._started)
        if finished:
            self.close()
            self._what = ""

    def close(self) -> None:
        """Leave the cursor at the beginning of a line, with nothing drawn below."""
        if self._lines and self._terminal:
            self._stream.write(self._start() + "\x1b[J")
            self._stream.flush()
        self._lines = 0
        self._drawn = False

    def below(self, width: int) -> list[str]:
        """Lines to draw below the bar on a terminal of this width."""
        return []

    def aside(self) -> str:
        """What else the line says, such as `, 3 failed`."""
        return ""

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _draw(self, done: int, total: int | None, elapsed: float) -> None:
        what = one_line(self._what)
        if total is None:
            text = f"{what}: {done:,} in {seconds(elapsed)}{self.aside()}"
        else:
            left = f", {seconds(elapsed / done * (total - done))} left" if 0 < done < total else ""
            text = f"{what}: {done:,} of {total:,}{self.aside()}{left}"
        if not self._terminal:
            self._stream.write(text + "\n")
        else:
            size = shutil.get_terminal_size()
            bar = _bar(done, total, min(BAR, size.columns // 4)) + " " if total else ""
            lines = [bar + text, *self.below(size.columns - 1)][: max(1, size.lines - 1)]
            drawn = "\x1b[K\n".join(fit(line, size.columns - 1) for line in lines)
            self._stream.write(f"{self._start()}{drawn}\x1b[J")
            self._lines = len(lines)
        self._stream.flush()
        self._drawn = True

    def _start(self) -> str:
        """Go back to where drawing began."""
        return "\r" + (f"\x1b[{self._lines - 1}A" if self._lines > 1 else "")


def progress_on_stderr() -> ProgressLine:
    """A progress line on stderr."""
    return ProgressLine(sys.stderr)


def _bar(done: int, total: int, width: int) -> str:
    full = min(width, width * done // total)
    return "━" * full + "─" * (width - full)

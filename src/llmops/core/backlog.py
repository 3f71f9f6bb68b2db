"""What waits for a store that is down: one file of lines a process, taken up by whoever finds the store again.

A file is locked while something is added to it or it is taken up, so that nothing is added to a file that is going to be
removed. Who is killed between handing lines over and removing their file leaves them to be handed over once more.
"""

import fcntl
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final, Generic, TypeVar

MAX_BYTES: Final = 64 * 2**20
"""What one process leaves there; there is no room for more."""

_STALE_SECONDS: Final = 600
_TOKEN: Final = secrets.token_hex(4)  # processes of several containers may have the same number
_BATCH: Final = 500
_LOG = logging.getLogger("llmops.backlog")

T = TypeVar("T")


@dataclass(frozen=True)
class Lines(Generic[T]):
    """How things are called, and written as lines; `read` raises ValueError for a line that is none."""

    plural: str
    write: Callable[[T], str]
    read: Callable[[bytes], T]


class Backlog(Generic[T]):
    """A folder of such files."""

    def __init__(self, folder: Path, lines: Lines[T]) -> None:
        self.folder = folder
        self._lines = lines

    @property
    def _path(self) -> Path:
        return self.folder / f"{os.getpid()}-{_TOKEN}.jsonl"

    def keep(self, items: Sequence[T]) -> int:
        """Write things down, all or none, and return how many had no room."""
        lines = "".join(self._lines.write(one) + "\n" for one in items).encode()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _locked(self._path) as file:
                size = file.seek(0, os.SEEK_END)
                if size + len(lines) > MAX_BYTES:
                    return len(items)
                try:
                    file.write(lines)
                    os.fsync(file.fileno())
                except OSError:
                    with suppress(OSError):
                        file.truncate(size)  # half a line would spoil the next one
                    raise
        except OSError as error:
            _LOG.warning("%d %s cannot be spooled: %s", len(items), self._lines.plural, error)
            return len(items)
        return 0

    def files(self) -> list[Path]:
        """The files that may be taken up: not those of other processes that still run."""
        if not self.folder.is_dir():
            return []
        mine = self._path
        return [path for path in sorted(self.folder.glob("*.jsonl")) if path == mine or not _is_in_use(path)]

    def take_up(self, add: Callable[[Sequence[T]], object]) -> None:
        """Hand everything that waits to `add`, some hundred at once; what it raises leaves the rest waiting."""
        for path in self.files():
            with _to_be_read(path) as file:
                if file is None:
                    continue
                found = self._read(file, path)
                while some := list(islice(found, _BATCH)):
                    add(some)
                path.unlink(missing_ok=True)

    def _read(self, file: IO[bytes], path: Path) -> Iterator[T]:
        """What can be read; of a line that was cut off by a crash nothing."""
        for line in file:
            try:
                yield self._lines.read(line)
            except ValueError:
                _LOG.warning("a line of %s is damaged and is left out", path)


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """A file to add to, which nobody takes up meanwhile."""
    while True:
        with open(path, "ab", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink:  # none: it was taken up just now
                yield file
                return


@contextmanager
def _to_be_read(path: Path) -> Iterator[IO[bytes] | None]:
    """A file to take up; None where another one has done so or does it now."""
    try:
        file = open(path, "rb")  # noqa: SIM115  # closed below
    except FileNotFoundError:
        yield None
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield file if os.fstat(file.fileno()).st_nlink else None


def _is_in_use(path: Path) -> bool:
    """Whether the process that wrote a file may go on with it: it runs, and wrote lately (numbers of processes come again)."""
    try:
        os.kill(int(path.stem.partition("-")[0]), 0)
        return time.time() - path.stat().st_mtime < _STALE_SECONDS
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False

"""Where interactions wait while the store is down: one file a process, taken up by whoever finds the store again."""

import logging
import os
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from llmops.domain.interaction import Interaction

MAX_BYTES: Final = 64 * 2**20
"""What one process leaves there; further interactions are lost, and counted."""

_STALE_SECONDS: Final = 600
_TOKEN: Final = secrets.token_hex(4)  # processes of several containers may have the same number
_BATCH: Final = 500
_LOG = logging.getLogger("llmops.log")


class Spool:
    """A folder of files of JSON lines, which are redacted already."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def _path(self) -> Path:
        return self._folder / f"{os.getpid()}-{_TOKEN}.jsonl"

    def keep(self, interactions: Sequence[Interaction]) -> int:
        """Write interactions down and return how many had no room."""
        lines = "".join(one.model_dump_json(exclude_defaults=True) + "\n" for one in interactions).encode()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._path.exists() and self._path.stat().st_size + len(lines) > MAX_BYTES:
                return len(interactions)
            with open(self._path, "ab") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            _LOG.warning("%d interactions cannot be spooled: %s", len(interactions), error)
            return len(interactions)
        return 0

    def take_up(self, add: Callable[[Sequence[Interaction]], object]) -> None:
        """Hand everything that waits to `add`; what it raises leaves the rest waiting.

        Files of other processes that still run are theirs. Two may take up the same one: ids are kept once.
        """
        if not self._folder.is_dir():
            return
        for path in sorted(self._folder.glob("*.jsonl")):
            if path != self._path and _is_in_use(path):
                continue
            found = _read(path)
            for start in range(0, len(found), _BATCH):
                add(found[start : start + _BATCH])
            path.unlink(missing_ok=True)


def _is_in_use(path: Path) -> bool:
    """Whether the process that wrote a file may go on with it: it runs, and wrote lately (numbers of processes come again)."""
    try:
        os.kill(int(path.stem.partition("-")[0]), 0)
        return time.time() - path.stat().st_mtime < _STALE_SECONDS
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False


def _read(path: Path) -> list[Interaction]:
    """What can be read; of a line that was cut off by a crash nothing, and nothing of a file that is gone."""
    found: list[Interaction] = []
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return found
    for line in lines:
        try:
            found.append(Interaction.model_validate_json(line))
        except ValueError:
            _LOG.warning("a line of %s is damaged and is left out", path)
    return found

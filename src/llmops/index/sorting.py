"""Put more strings in order than memory should hold: sorted runs go to temporary files, and are merged while they are read."""

import heapq
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import IO, Final

from llmops.core.errors import StoreError

RUN: Final = 100_000
"""Strings that are sorted at once; 10 MB of chunk ids. No file is needed for fewer."""


def in_order(values: Iterable[str], run: int = RUN) -> Iterator[str]:
    """The same strings sorted by code point, each as often as it came. All are read before the first is given.

    Raises:
        StoreError: the disk with temporary files is full.
    """
    rest = iter(values)
    part = sorted(islice(rest, run))
    if len(part) < run:
        yield from part
        return
    with ExitStack() as files:
        runs: list[IO[str]] = []
        while part:
            try:
                runs.append(files.enter_context(tempfile.TemporaryFile("w+", encoding="ascii")))
                _write(part, runs[-1])
            except OSError as error:
                raise StoreError(
                    f"{len(part):,} ids cannot be put in order on the disk with temporary files: {error.strerror}",
                    hint="Make room there, or set TMPDIR to another one.",
                ) from error
            part = sorted(islice(rest, run))
        yield from heapq.merge(*map(_read, runs))


def _write(part: list[str], file: IO[str]) -> None:
    file.writelines(f"{json.dumps(value)}\n" for value in part)
    file.seek(0)


def _read(file: IO[str]) -> Iterator[str]:
    return map(json.loads, file)

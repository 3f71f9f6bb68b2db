"""Judged scorers are tried with a model server that plays the judge."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.judges import Bench, judging


@pytest.fixture(scope="module")
def running_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One for the tests of a module."""
    root: Path = tmp_path_factory.mktemp("bench")
    with judging(root) as bench:
        yield bench


@pytest.fixture
def bench(running_bench: Bench) -> Bench:
    """The bench as if it had just been opened."""
    running_bench.server.reset()
    return running_bench

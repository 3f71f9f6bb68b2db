"""Executors by name."""

import pytest

from llmops.backends.executors import EXECUTORS, find_executor
from llmops.core.errors import NotFound


def test_this_process_needs_no_workers() -> None:
    assert find_executor("local") is None


def test_ray_is_there_without_being_imported() -> None:
    assert "ray" in EXECUTORS
    assert find_executor("ray") is not None


def test_an_unknown_executor_names_the_nearest() -> None:
    with pytest.raises(NotFound, match="there is no executor called 'lokal'") as unknown:
        find_executor("lokal")
    assert "local" in unknown.value.hint

"""Filters among the inputs of a question."""

import pytest

from llmops.core.errors import InputError
from llmops.flows.serving.filters import read_filters


def test_they_are_a_map_or_there_are_none() -> None:
    assert read_filters({"question": "x"}) is None
    assert read_filters({"filters": {"tenant": "a"}}) == {"tenant": "a"}
    with pytest.raises(InputError, match="the filters of a question are a map, not str"):
        read_filters({"filters": "tenant=a"})

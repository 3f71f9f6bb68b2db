"""The text that a signal of the input looks at."""

import pytest

from llmops.core.hashing import Json
from llmops.monitor.protocol import text_of
from tests.support.interactions import interaction


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"question": "why?", "a": "x"}, "why?"),
        ({"messages": [{"role": "user", "content": "first"}, {"role": "user", "content": "last"}]}, "last"),
        ({"n": 3, "topic": "rain"}, "rain"),
        ({}, ""),
    ],
)
def test_the_input_as_text(inputs: Json, text: str) -> None:
    assert text_of(interaction(inputs=inputs), "input") == text
    assert text_of(interaction(output="so"), "output") == "so"

"""Files with front matter."""

import pytest

from llmops.core.errors import InvalidFile
from llmops.registry.exchange.foreign.front_matter import split


def test_yaml_and_body_know_their_lines() -> None:
    found = split("\n---\na: 1\nb: 2\n---\nBody\n---\nmore\n", "x.prompt")
    assert found.document.data == {"a": 1, "b": 2}
    assert found.document.line(("b",)) == 4
    assert (found.body, found.body_line) == ("Body\n---\nmore\n", 6)


def test_front_matter_may_be_empty_or_absent() -> None:
    assert split("---\n---\nBody", "x").body == "Body"
    found = split("Body\n---\n", "x")
    assert (found.document.data, found.body, found.body_line) == ({}, "Body\n---\n", 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\na: 1\n", "x:1: the front matter has no end"),
        ("---\n- a\n---\n", "x:2: the front matter is no map"),
        ("---\na: [\n---\n", "x:3: this is no YAML"),
    ],
)
def test_broken_front_matter_is_told(text: str, message: str) -> None:
    with pytest.raises(InvalidFile, match=message):
        split(text, "x")

"""Names and remarks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.names import check_name
from llmops.registry.exchange.foreign.conversion import Conversion, as_name
from llmops.text.yaml import parse_yaml
from tests.support.conversions import told


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_becomes_a_name(text: str) -> None:
    assert check_name(as_name(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("movie-critic", "movie-critic"), ("Movie Critic!", "Movie-Critic"), ("a/b c/d", "a/b-c/d"), ("../../etc", "etc"),
        ("v1..2", "v1.2"), ("", "imported"), ("größe", "gr-e"), ("_private", "private"),
    ],
)  # fmt: skip
def test_names_stay_as_near_as_they_can(text: str, name: str) -> None:
    assert as_name(text) == name


def test_two_files_never_get_one_name() -> None:
    conversion = Conversion()
    assert [conversion.add("prompt", name, "x", "s") for name in ("a b", "a-b", "A-B", "a-b-2")] == [
        "a-b", "a-b-2", "A-B-3", "a-b-2-2",
    ]  # fmt: skip
    assert conversion.add("suite", "a b", "x", "s") == "a-b"
    assert [file.path for file in conversion.files][-1] == "evals/a-b.yaml"


def test_a_remark_names_the_line_and_comes_once() -> None:
    conversion = Conversion()
    document = parse_yaml("a: 1\nb:\n  c: 2\n", "x.yaml")
    for _ in range(2):
        conversion.note(document, ("b", "c"), "left out")
    conversion.note(document, ("b", "d"), "also")
    assert told(conversion) == ["x.yaml:3: left out", "x.yaml:2: also"]

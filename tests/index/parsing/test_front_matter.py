"""Front matter is what a document says of itself, and no text of it."""

import pytest

from llmops.index.parsing.anchors import Places
from llmops.index.parsing.front_matter import parse_marked

PAGE = "---\ntitle: Returns\ntags: [a, b]\ntenant: acme\nnested: {x: 1}\n---\n# Head\n\nText.\n"


def test_values_become_metadata_and_lines_stay_those_of_the_file() -> None:
    page = parse_marked("files:*", "a.md", PAGE.encode())
    assert (page.title, page.text) == ("Returns", "# Head\n\nText.\n")
    assert page.metadata == {"title": "Returns", "tags": ["a", "b"], "tenant": "acme"}
    places = Places(page)
    assert [places.at(page.text.index(word))[0] for word in ("# Head", "Text")] == [7, 9]


def test_windows_line_ends_and_a_closing_line_of_dots() -> None:
    page = parse_marked("files:*", "a.md", b"---\r\nlang: de\r\n...\r\nText")
    assert (page.text, page.metadata, page.title) == ("Text", {"lang": "de"}, "")


@pytest.mark.parametrize(
    "text",
    [
        "---\nonly words\n---\nText",
        "---\n[broken\n---\nText",
        "---\nopen: true\n",
        "text\n---\na: b\n---\n",
        "---\n---\nText",
    ],
)
def test_what_is_no_map_is_text_like_any_other(text: str) -> None:
    page = parse_marked("files:*", "a.md", text.encode())
    assert (page.text, page.metadata) == (text, {})

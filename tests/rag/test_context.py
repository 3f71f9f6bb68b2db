"""Contexts packed and numbered, and the marks in answers that point back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.domain.corpus import Context
from llmops.domain.interaction import Citation
from llmops.rag.context import find_citations, place_of

CONTEXTS = tuple(
    Context(id=f"c{n}", text=f"text {n}", metadata={"key": f"docs/{n}.md", "line": n, "end_line": n + 2})
    for n in (1, 2, 3)
)


def test_a_place_is_as_exact_as_what_is_known() -> None:
    page = Context(id="p", text="on a page", metadata={"key": "r.pdf", "line": 4, "page": 3})
    assert [place_of(context) for context in (CONTEXTS[0], page)] == ["docs/1.md:1", "r.pdf, page 3"]
    assert place_of(Context(id="mine", text="x")) == "mine"
    assert place_of(Context(id="mine", text="x", metadata={"key": "note"})) == "note"


def marks(text: str) -> list[int]:
    return [citation.marker for citation in find_citations(text, CONTEXTS)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It rolls back [2].", [2]),
        ("First [1], then [3][2].", [1, 3, 2]),
        ("Both [1, 3] and [1;2].", [1, 3, 2]),
        ("All [1-3], all [1–3].", [1, 2, 3]),
        ("Twice [1] and [1].", [1]),
        ("Unknown [0], [4], [9999], [2-7].", [2, 3]),
        ("A link [1](https://example.org) and ![2](image.png).", []),
        ("An index list[1] and [x], [1a], [ 1 ].", []),
        ("[1] at the start", [1]),
        ("**bold**[2]", [2]),
        ("no marks", []),
    ],
)
def test_marks_that_point_to_contexts(text: str, found: list[int]) -> None:
    assert marks(text) == found


def test_a_citation_names_file_and_lines() -> None:
    assert find_citations("See [2].", CONTEXTS) == (
        Citation(marker=2, context_id="c2", key="docs/2.md", line=2, end_line=4),
    )
    assert find_citations("See [1].", [Context(id="own", text="x")]) == (
        Citation(marker=1, context_id="own", key="own"),
    )


@settings(max_examples=100, deadline=None)
@given(text=st.text("[]()1239,-; a!", max_size=30))
def test_whatever_the_answer_marks_stay_in_range(text: str) -> None:
    found = marks(text)
    assert set(found) <= {1, 2, 3}
    assert len(found) == len(set(found))

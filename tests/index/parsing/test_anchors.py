"""From offsets back to lines and pages."""

from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.domain.corpus import Anchor, Document
from llmops.index.parsing.anchors import Places


def document(text: str, *anchors: Anchor) -> Document:
    return Document(source="files", key="a", text=text, anchors=anchors)


@settings(max_examples=50, deadline=None)
@given(text=st.text("ab\n", max_size=40), offset=st.integers(0, 39))
def test_lines_of_plain_text_are_counted(text: str, offset: int) -> None:
    places = Places(document(text, Anchor(offset=0, line=1)))
    assert places.at(min(offset, len(text))) == (text.count("\n", 0, min(offset, len(text))) + 1, None)


def test_each_anchor_counts_anew() -> None:
    text = "one\ntwo\n\nthree\nfour"
    places = Places(document(text, Anchor(offset=0, line=1, page=1), Anchor(offset=9, line=1, page=2)))
    assert places.at(text.index("two")) == (2, 1)
    assert places.at(text.index("three")) == (1, 2)
    assert places.at(text.index("four")) == (2, 2)


def test_a_line_end_belongs_to_the_line_it_ends() -> None:
    places = Places(document("a\nb", Anchor(offset=0, line=1)))
    assert [places.at(offset)[0] for offset in range(3)] == [1, 1, 2]


def test_a_document_without_anchors_is_all_line_one() -> None:
    assert Places(document("a\nb")).at(2) == (1, None)

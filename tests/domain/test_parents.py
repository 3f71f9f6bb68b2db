"""A parent's text, put together from its chunks."""

from llmops.core.hashing import Json
from llmops.domain.corpus import Chunk
from llmops.domain.parents import parent_of, parent_text


def chunk(start: int, text: str, **metadata: Json) -> Chunk:
    return Chunk(
        cid=str(start),
        source="files",
        key="a",
        ordinal=0,
        start=start,
        end=start + len(text),
        text=text,
        line=1,
        end_line=1,
        metadata=metadata,
    )


def test_chunks_in_any_order_with_what_lies_between_them() -> None:
    chunks = [chunk(13, "three", lead="\n \t"), chunk(0, "one"), chunk(5, "two"), chunk(9, "X")]
    assert parent_text(chunks) == "one\n\ntwo X\n \tthree"


def test_what_overlaps_is_taken_once() -> None:
    assert parent_text([chunk(0, "a b c"), chunk(2, "b c d"), chunk(4, "c")]) == "a b c d"
    assert parent_text([]) == ""


def test_where_the_parent_lies() -> None:
    assert parent_of(chunk(0, "x", parent=[3, 9])) == (3, 9)
    assert parent_of(chunk(0, "x")) is None
    assert parent_of(chunk(0, "x", parent="docs/a")) is None

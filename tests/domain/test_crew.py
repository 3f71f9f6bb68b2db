"""Documents on their way to another process and back."""

import json

from hypothesis import given
from hypothesis import strategies as st

from llmops.core.hashing import Json
from llmops.domain.corpus import Chunk
from llmops.domain.crew import Reading, read_readings, read_writes, written_readings, written_writes
from llmops.domain.documents import SourceItem
from llmops.domain.manifest import IndexedChunk, ItemWrite, ManifestItem

TEXTS = st.text(max_size=8)
METADATA = st.dictionaries(
    TEXTS, st.none() | st.booleans() | st.integers() | TEXTS | st.lists(TEXTS, max_size=2), max_size=2
)
ITEMS = st.builds(
    ManifestItem, TEXTS, TEXTS, TEXTS, TEXTS, st.integers(0), st.floats(0, 1e12), TEXTS, TEXTS, TEXTS, TEXTS
)
LISTED = st.builds(SourceItem, TEXTS, TEXTS, st.integers(0), st.floats(0, 1e12), METADATA, TEXTS)
CHUNKS = st.builds(
    Chunk,
    cid=TEXTS,
    source=TEXTS,
    key=TEXTS,
    ordinal=st.integers(0, 9),
    start=st.integers(0, 9),
    end=st.integers(10, 20),
    text=TEXTS,
    line=st.integers(1, 9),
    end_line=st.integers(1, 9),
    page=st.none() | st.integers(1, 9),
    metadata=METADATA,
)
WRITES = st.builds(
    ItemWrite,
    ITEMS,
    st.none() | st.lists(st.builds(IndexedChunk, CHUNKS, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple),
)


def sent(written: Json) -> Json:
    """What comes out at the other end."""
    return json.loads(json.dumps(written))


@given(st.lists(st.builds(Reading, ITEMS, LISTED, st.binary(max_size=9), TEXTS), max_size=2))
def test_documents_arrive_as_they_were_read(readings: list[Reading]) -> None:
    assert read_readings(sent(written_readings(readings))) == readings


@given(st.lists(WRITES, max_size=2))
def test_what_documents_became_comes_back_as_it_was_made(writes: list[ItemWrite]) -> None:
    assert read_writes(sent(written_writes(writes))) == writes

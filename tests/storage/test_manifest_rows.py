"""Rows of the manifest and what they stand for."""

from sqlalchemy import select

from llmops.domain.manifest import IndexedChunk
from llmops.storage.manifest_rows import CHUNK, chunk_values, indexed_of, parts
from llmops.storage.store import Store
from llmops.storage.tables.corpus import CHUNKS, ITEMS, TEXTS
from tests.support.corpora import add_documents, indexed, new_index


def test_a_chunk_comes_back_as_it_was_written(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one"]})
    with store.database.read() as connection:
        joined = CHUNKS.join(TEXTS, TEXTS.c.hash == CHUNKS.c.text_hash).join(ITEMS, ITEMS.c.id == CHUNKS.c.item_id)
        columns = (*CHUNK, ITEMS.c.source, ITEMS.c.key, ITEMS.c.title, TEXTS.c.content)
        row = connection.execute(select(*columns).select_from(joined)).one()
    found = indexed_of(row)
    assert isinstance(found, IndexedChunk)
    assert found == indexed("a.md", 0, "one")


def test_metadata_are_written_so_that_equal_ones_are_equal_text() -> None:
    chunk = indexed("a.md", 0, "one")
    other = chunk._replace(chunk=chunk.chunk.model_copy(update={"metadata": {"ä": 1, "b": 2}}))
    same = chunk._replace(chunk=chunk.chunk.model_copy(update={"metadata": {"b": 2, "ä": 1}}))
    written = [chunk_values(1, "item", each, 5) for each in (other, same)]
    assert written[0] == written[1]
    assert (written[0]["metadata"], written[0]["since"]) == ('{"b": 2, "ä": 1}', 5)


def test_many_values_are_asked_for_in_parts() -> None:
    assert [len(part) for part in parts([str(number) for number in range(1001)])] == [500, 500, 1]

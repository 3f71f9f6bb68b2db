"""A vector store that is kept open between searches, and never in the way."""

import asyncio

import pytest

import llmops.index.reader
from llmops.core.errors import VectorStoreError
from llmops.domain.ports import VectorStore
from llmops.index.reader import VectorReader, let_go_of
from tests.support.indexes import Library


def search(reader: VectorReader, library: Library, k: int = 2) -> list[tuple[str, float]]:
    return reader.search(library.generation, asyncio.run(library.embedder.embed(["one"], "query"))[0], k)


@pytest.fixture
def built(library: Library) -> Library:
    library.write({"a.txt": "one", "b.txt": "two"}).sync()
    library.opened = 0
    return library


def test_searches_share_one_open_store(built: Library) -> None:
    reader = VectorReader(built.place)
    assert len(search(reader, built)) == 2
    assert search(reader, built, 1)[0][1] == pytest.approx(1)
    assert built.opened == 1
    reader.close()
    assert len(search(reader, built)) == 2
    assert built.opened == 2
    reader.close()


def test_a_store_that_moved_on_is_opened_anew(built: Library) -> None:
    reader = VectorReader(built.place)
    search(reader, built)
    built.write({"c.txt": "three"}).sync()
    built.opened = 0
    assert len(search(reader, built, 9)) == 3
    assert built.opened == 1
    reader.close()


def test_a_store_that_does_not_hold_what_it_should_is_an_error(built: Library) -> None:
    store: VectorStore = built.place.open_for(built.generation)
    store.delete(list(store.ids())[:1])
    store.close()
    with pytest.raises(VectorStoreError, match="holds 1 vectors, not 2") as caught:
        search(VectorReader(built.place), built)
    assert caught.value.hint == "llmops index verify docs --repair"


def test_after_a_rest_it_lets_go(built: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llmops.index.reader, "LINGER", 0.0)
    reader = VectorReader(built.place)
    search(reader, built)

    async def rest() -> None:
        reader.rest()
        reader.rest()
        await asyncio.sleep(0.01)

    asyncio.run(rest())
    search(reader, built)
    assert built.opened == 2
    reader.close()


def test_whoever_throws_a_folder_away_closes_it_first(built: Library) -> None:
    reader, other = VectorReader(built.place), VectorReader(built.place)
    search(reader, built)
    let_go_of((built.place.shelf.place, "docs/other"))
    search(reader, built)
    assert built.opened == 1
    let_go_of(built.place.address(built.generation))
    search(reader, built)
    assert built.opened == 2
    reader.close()
    other.close()

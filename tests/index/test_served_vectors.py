"""An index whose vectors are on a Chroma server: one that is down loses nothing, and searches go around it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.backends.chroma_server import ChromaServer
from llmops.core.errors import VectorStoreDown
from llmops.index.reader import PATIENCE, VectorReader
from llmops.storage.store import open_store
from tests.support.chroma_server import RunningChroma, running_chroma
from tests.support.indexes import Library


@pytest.fixture(scope="module")
def server() -> Iterator[RunningChroma]:
    with running_chroma() as running:
        yield running


@pytest.fixture
def library(tmp_path: Path, server: RunningChroma) -> Library:
    store = open_store("sqlite:///.llmops/store.db", root=tmp_path)
    made = Library(tmp_path, store, kind="chroma-server", shelf=ChromaServer(server.url, timeout=10.0))
    return made.write({f"{n}.md": f"# T{n}\n\nfirst text {n}" for n in range(6)})


def test_an_interrupted_write_to_a_server_is_finished_without_a_rebuild(library: Library) -> None:
    library.sync()
    library.sync_until("upsert")
    assert library.generation.dirty
    asked = len(library.asked)

    report = library.sync(confirm_deletes=True)

    assert "rebuilt" not in report.in_words()
    assert not library.generation.dirty
    assert len(library.asked) == asked
    assert set(library.vectors()) == set(library.content())
    assert library.search("changed text 1", k=1) == [("docs/1.md", "# T1\n\nchanged text 1")]


def test_a_server_that_is_down_fails_the_sync_and_not_the_search(library: Library, server: RunningChroma) -> None:
    library.sync()
    before = library.search("first text 3", k=1)
    now = 1000.0
    reader = VectorReader(library.place, clock=lambda: now)
    generation = library.generation
    store = library.place.open_for(generation)
    [vector] = store.fetch([next(store.ids())]).values()
    store.close()
    server.stop()
    try:
        with pytest.raises(VectorStoreDown, match=r"127\.0\.0\.1"):
            reader.search(generation, vector, 3)
        assert library.search("first text 3", k=1) == before
        library.write({"1.md": "# T1\n\nchanged text 1"})
        with pytest.raises(VectorStoreDown, match=r"127\.0\.0\.1") as caught:
            library.sync()
        assert caught.value.exit_code == 3
        assert "chroma run --path DIR --port" in caught.value.hint
    finally:
        server.start()
    with pytest.raises(VectorStoreDown, match="did not answer just now"):
        reader.search(generation, vector, 3)
    now += PATIENCE
    assert len(reader.search(generation, vector, 3)) == 3
    reader.close()
    asked = len(library.asked)
    library.sync()
    assert len(library.asked) == asked
    assert set(library.vectors()) == set(library.content())
    assert library.search("changed text 1", k=1) == [("docs/1.md", "# T1\n\nchanged text 1")]

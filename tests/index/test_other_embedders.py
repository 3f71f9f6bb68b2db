"""I8: a generation's configuration never changes, and it is never asked with another embedder than its own."""

import pytest

from llmops.core.bridge import run_sync
from llmops.core.errors import InputError
from tests.support.indexes import CountingEmbedder, Library


def test_i8_asking_with_another_embedder_is_an_error_before_the_store_is_asked(library: Library) -> None:
    library.write({"a.md": "one text"}).sync()
    before, opened, other = library.generation, library.opened, CountingEmbedder(32)
    other.failure = AssertionError("nothing may be embedded for the generation of another embedder")
    library.embedder = other
    index, then = library.index, library.index.at(before.uid, 1)
    for search in (index.search("one"), index.search_at("one", 1), then.search("one")):
        with pytest.raises(InputError, match="was built with offline/hash-64;1, and is asked with offline/hash-32;1"):
            run_sync(search)
    assert (library.opened, library.generation) == (opened, before)
    index.close()

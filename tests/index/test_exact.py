"""Comparing with every vector in memory."""

import pytest

from llmops.backends.hashed import HashEmbedder
from llmops.core.bridge import run_sync
from llmops.domain.filters import wanted
from llmops.index.exact import ExactSearch
from tests.support.indexes import Library

DOCUMENTS = {f"{n}.txt": f"a text of topic {n % 3} and number {n}" for n in range(20)}


def test_it_finds_what_the_vector_store_finds_without_opening_it(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    stored = library.search("topic 2 number 5", k=6)
    opened = library.opened
    library.exact_below = 20
    assert library.search("topic 2 number 5", k=6) == stored
    assert library.opened == opened
    library.exact_below = 19
    assert library.search("topic 2 number 5", k=6) == stored
    assert library.opened == opened + 1


def test_each_commit_is_seen_and_no_filter_is_answered_from_anothers_rows(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    exact = ExactSearch(library.store)
    vector = run_sync(HashEmbedder(64).embed(["topic 2"]))[0]

    def keys(filters: dict[str, object]) -> set[str]:
        generation = library.generation
        found = exact.search(generation, vector, 30, wanted(filters))
        assert found is not None
        return {library.content()[cid][0] for cid, _ in found}  # type: ignore[misc]

    assert keys({"key": "docs/1.txt"}) == {"docs/1.txt"}
    assert keys({"key": ["docs/2.txt", "docs/3.txt"]}) == {"docs/2.txt", "docs/3.txt"}
    assert keys({"key": "docs/1.txt", "source": "elsewhere"}) == set()
    assert keys({"key": "docs/new.txt"}) == set()
    assert len(keys({})) == 20
    library.write({"new.txt": "a new text"}).sync()
    assert keys({"key": "docs/new.txt"}) == {"docs/new.txt"}
    library.remove("1.txt")
    library.sync()
    assert keys({"key": "docs/1.txt"}) == set()
    exact.close()
    assert len(keys({})) == 20


def test_a_lost_vector_leaves_it_to_the_vector_store(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    library.store.embeddings.prune()
    vector = run_sync(HashEmbedder(64).embed(["topic 2"]))[0]
    assert ExactSearch(library.store).search(library.generation, vector, 3, []) is None
    library.exact_below = 100
    assert len(library.search("topic 2", k=3)) == 3


@pytest.mark.parametrize("k", [1, 3, 50])
def test_equal_scores_come_in_the_order_of_ids(library: Library, k: int) -> None:
    library.write({f"{n}.txt": "the same text" for n in range(9)}).sync()
    vector = run_sync(HashEmbedder(64).embed(["the same text"]))[0]
    found = ExactSearch(library.store).search(library.generation, vector, k, [])
    assert found is not None
    assert [cid for cid, _ in found] == sorted(library.content())[:k]

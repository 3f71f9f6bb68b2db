"""Searches as of a sequence or a time answer as they did then."""

from datetime import UTC, datetime, timedelta

import pytest

from llmops.core.bridge import run_sync
from llmops.core.errors import InputError
from llmops.domain.corpus import Hits, RetrievalSpec
from llmops.index.past import Moment
from tests.support.indexes import SPEC, Library

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def search_at(library: Library, text: str, moment: Moment, k: int = 9) -> Hits:
    return run_sync(library.index.search_at(text, moment, k=k))


def test_a_search_answers_as_it_did_then(any_library: Library) -> None:
    library = any_library
    now: list[datetime] = [NOON]
    library.clock = lambda: now[0]
    answers = []
    for hour, documents in enumerate(
        [{"a.md": "one word", "b.md": "two words"}, {"a.md": "another text"}, {"c.md": "one more word"}]
    ):
        now[0] = NOON + timedelta(hours=hour)
        library.write(documents).sync()
        answers.append(run_sync(library.index.search("one word", k=9)))
    library.remove("b.md")
    library.sync()
    for sequence, wanted in enumerate(answers, 1):
        found = search_at(library, "one word", sequence)
        assert (found.sequence, found.generation) == (sequence, wanted.generation)
        assert [c.text for c in found.contexts] == [c.text for c in wanted.contexts]
        assert [c.score for c in found.contexts] == pytest.approx([c.score for c in wanted.contexts], abs=1e-5)
    assert search_at(library, "one word", NOON + timedelta(minutes=30)).sequence == 1
    with pytest.raises(InputError, match="held at 2026-03-01 11:59:00 UTC is not known"):
        search_at(library, "one word", NOON - timedelta(minutes=1))


def test_the_matrix_of_a_moment_is_read_once(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.write({f"{n}.md": f"text {n}" for n in range(5)}).sync()
    index = library.index
    first = run_sync(index.search_at("text 3", 1, k=2))
    monkeypatch.setattr(library.store.embeddings, "get_many", lambda keys: pytest.fail("read again"))
    assert run_sync(index.search_at("text 3", 1, k=2)) == first


def test_vectors_that_the_cache_has_lost_are_embedded_again(library: Library) -> None:
    library.write({"a.md": "one"}).sync()
    library.write({"a.md": "two"}).sync()
    library.store.embeddings.prune()
    library.asked.clear()
    assert [c.text for c in search_at(library, "one", 1).contexts] == ["one"]
    assert library.asked == ["one"]
    assert [c.text for c in search_at(library, "one", 1).contexts] == ["one"]
    assert library.asked == ["one"]


def test_no_chunk_of_then_comes_past_a_filter(library: Library) -> None:
    library.spec = SPEC.model_copy(update={"retrieval": RetrievalSpec(required_filters=("key",))})
    library.write({f"{n}.md": f"one text {n % 2}" for n in range(6)}).sync()
    library.write({"1.md": "another text"}).sync()
    with pytest.raises(InputError, match="key"):
        search_at(library, "one text", 1)
    for sequence, wanted in ((1, "one text 1"), (2, "another text")):
        hits = run_sync(library.index.search_at("one text", sequence, k=9, filters={"key": "docs/1.md"}))
        assert [context.text for context in hits.contexts] == [wanted]
    assert run_sync(library.index.search_at("one text", 1, filters={"key": "docs/9.md"})).contexts == ()


def test_scores_below_the_floor_are_left_out(library: Library) -> None:
    library.write({"a.md": "apples", "b.md": "engines"}).sync()
    hits = run_sync(library.index.search_at("apples", 1, min_score=0.9))
    assert [c.text for c in hits.contexts] == ["apples"]

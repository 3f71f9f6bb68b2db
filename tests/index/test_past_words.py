"""Words of then: the ranking of the full-text index at that moment, and no other one later."""

import random

import pytest

from llmops.core.bridge import run_sync
from llmops.domain.corpus import Hits, RetrievalSpec
from llmops.index.past_words import PastWords
from tests.support.indexes import SPEC, Library

WORDS = ["apple", "bread", "cheese", "dates", "eggs", "figs", "grapes", "honey", "ice", "jam", "the"]
QUESTIONS = ["apple the bread", "honey", "ice jam figs grapes", "the", "nothing of that", "cheese cheese dates"]


def write(library: Library, count: int, seed: int, first: int = 0) -> None:
    draw = random.Random(seed)
    texts = {f"{first + n:03}.md": " ".join(draw.choices(WORDS, k=draw.randint(2, 9))) for n in range(count)}
    library.write(texts).sync()


def ranked(hits: Hits) -> list[tuple[str, float]]:
    return [(context.id, context.score) for context in hits.contexts]


@pytest.mark.parametrize("mode", ["lexical", "hybrid"])
def test_then_is_ranked_as_it_was_then_and_stays_so(library: Library, mode: str) -> None:
    library.spec = SPEC.model_copy(update={"retrieval": RetrievalSpec.model_validate({"mode": mode, "k": 10})})
    write(library, 80, seed=1)
    then = {question: ranked(run_sync(library.index.search(question))) for question in QUESTIONS}
    for later in range(2):
        for question, wanted in then.items():
            found = ranked(run_sync(library.index.search_at(question, 1)))
            assert [cid for cid, _ in found] == [cid for cid, _ in wanted], (question, later)
            assert [score for _, score in found] == pytest.approx([score for _, score in wanted], rel=1e-6)
        write(library, 60, seed=2, first=60)
    assert any(ranked(run_sync(library.index.search(question))) != wanted for question, wanted in then.items())


def test_both_databases_answer_by_words_of_then(any_library: Library) -> None:
    library = any_library
    library.spec = SPEC.model_copy(update={"retrieval": RetrievalSpec(mode="lexical")})
    library.write({"a.md": "quokkas eat leaves", "b.md": "wombats dig", "c.md": "quokkas"}).sync()
    library.write({"a.md": "nothing any more"})
    library.remove("c.md")
    library.sync()
    assert run_sync(library.index.search("quokkas")).contexts == ()
    found = run_sync(library.index.search_at("quokkas", 1))
    assert [context.metadata["key"] for context in found.contexts] == ["docs/c.md", "docs/a.md"]
    filtered = run_sync(library.index.search_at("quokkas", 1, filters={"key": "docs/a.md"}))
    assert [context.text for context in filtered.contexts] == ["quokkas eat leaves"]
    assert run_sync(library.index.search_at("?!", 1)).contexts == ()
    assert library.asked == library.asked[: len(library.content()) + 3]  # nothing was embedded to search by words


def test_words_that_are_not_asked_for_need_not_be_kept() -> None:
    pages = [[("a", "1", "one two"), ("b", "2", "two three"), ("c", "1", "one two")], [("d", "3", "four")]]
    whole, some = PastWords(pages), PastWords(pages, {"one", "three"})
    assert some.search(["one", "three"]) == whole.search(["one", "three"])
    assert [cid for cid, _ in whole.search(["one"])] == ["a", "c"]
    assert PastWords([]).search(["one"]) == []


def test_more_chunks_than_are_kept_are_searched_all_the_same(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.spec = SPEC.model_copy(update={"retrieval": RetrievalSpec(mode="lexical")})
    write(library, 20, seed=3)
    wanted = ranked(run_sync(library.index.search_at("apple jam", 1)))
    monkeypatch.setattr("llmops.index.past.KEPT", 5)
    assert ranked(run_sync(library.index.search_at("apple jam", 1))) == wanted

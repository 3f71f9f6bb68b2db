"""Searching: what is found, with which place, in which order, and by which way."""

import asyncio
import logging
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from llmops.core.bridge import run_sync
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.corpus import ChunkingSpec, Document, RetrievalSpec
from llmops.domain.ports import Chunker, Span
from llmops.index.chunking.methods import open_chunker
from llmops.index.index import Index
from tests.support.documents import make_pdf
from tests.support.indexes import SPEC, CountingEmbedder, Library

DOCUMENTS = {
    "guide.md": "# Guide\n\nRoll back an alias.\n\n## Promote\n\nMove the alias\nto a candidate.\n",
    "note.txt": "unrelated words about weather",
}


def test_hits_carry_their_place(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    hits = run_sync(library.index.search("move the alias to a candidate", k=1))
    (best,) = hits.contexts
    assert best.text == "## Promote\n\nMove the alias\nto a candidate."
    assert best.metadata == {
        "source": "files:docs/**/*",
        "key": "docs/guide.md",
        "line": 5,
        "end_line": 8,
        "headings": ["Guide", "Promote"],
        "title": "Guide",
        "ordinal": 1,
    }
    assert 0.8 < best.score <= 1
    assert (hits.generation, hits.sequence) == (library.generation.uid, 1)
    lines = (library.root / "docs/guide.md").read_text().splitlines()
    assert "\n".join(lines[4:8]) == best.text


def test_pages_of_a_pdf_are_cited(library: Library) -> None:
    library.write({"report.pdf": make_pdf(["introduction " * 16, "revenue of the quarter\nrose"])}).sync()
    (best,) = run_sync(library.index.search("revenue of the quarter rose", k=1)).contexts
    assert {name: best.metadata[name] for name in ("key", "page", "line", "end_line")} == {
        "key": "docs/report.pdf",
        "page": 2,
        "line": 1,
        "end_line": 2,
    }


def test_k_and_the_smallest_score_come_from_the_configuration(library: Library) -> None:
    library.spec = SPEC.model_copy(update={"retrieval": RetrievalSpec(k=2, min_score=0.2)})
    library.write(DOCUMENTS).sync()
    assert [c.metadata["key"] for c in run_sync(library.index.search("alias")).contexts] == ["docs/guide.md"] * 2
    assert run_sync(library.index.search("zebra", min_score=0.9)).contexts == ()
    assert len(run_sync(library.index.search("alias", k=3, min_score=-1)).contexts) == 3


def test_best_comes_first_and_equal_scores_in_the_order_of_documents(library: Library) -> None:
    library.write({f"{name}.txt": "the same text" for name in "cab"}).sync()
    found = [key for key, _ in library.search("the same text")]
    assert found == ["docs/a.txt", "docs/b.txt", "docs/c.txt"]


def test_an_index_that_was_not_built_says_how_to_build_it(library: Library) -> None:
    with pytest.raises(InputError, match=r"index 'docs' has not been built\n") as caught:
        library.search("x")
    assert caught.value.hint == "llmops index sync docs"
    library.write(DOCUMENTS).sync()
    library.spec = SPEC.model_copy(update={"chunking": ChunkingSpec(size=32, overlap=0)})
    with pytest.raises(InputError, match="index 'docs' has not been built for this configuration"):
        library.search("x")


def test_another_embedder_is_refused_before_the_vectors_are_asked(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    library.embedder, opened = CountingEmbedder(32), library.opened
    with pytest.raises(
        InputError, match="was built with offline/hash-64;1, and is asked with offline/hash-32;1"
    ) as caught:
        library.search("x")
    assert caught.value.hint == "llmops index sync docs --build"
    assert library.opened == opened


def test_a_first_sync_under_way_is_no_index_yet(library: Library) -> None:
    said: list[str] = []

    def search(step: str) -> None:
        if step == "T1":
            with pytest.raises(InputError, match="has not been built completely yet"):
                run_in_loop(library)
            said.append(step)

    library.fault = search
    library.write(DOCUMENTS).sync()
    assert said == ["T1"]


def run_in_loop(library: Library) -> list[tuple[str, str]]:
    """Search from inside a sync, on a loop of its own, as another process would."""

    async def search() -> list[tuple[str, str]]:
        hits = await library.index.search("weather", k=9)
        return sorted((str(c.metadata["key"]), c.text) for c in hits.contexts)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(search())).result()


def test_while_a_sync_runs_searches_see_whole_commits(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    seen: dict[str, list[str]] = {}

    def search(step: str) -> None:
        seen[step] = [text for key, text in run_in_loop(library) if key == "docs/note.txt"]

    library.fault = search
    library.write({"note.txt": "new words about weather"}).sync()
    assert seen["E"] == ["unrelated words about weather"]
    for step in ("T1", "dirty", "upsert", "delete", "T2", "closed"):
        assert seen[step] == ["new words about weather"]


def test_without_its_vectors_an_index_is_searched_exactly(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    library.write(DOCUMENTS).sync()
    wanted = library.search("alias of a candidate")
    shutil.rmtree(library.folder)
    assert library.search("alias of a candidate") == wanted
    library.sync()
    store = library.place.open_for(library.generation)
    store.delete(list(store.ids())[:1])
    store.close()
    with caplog.at_level(logging.WARNING, "llmops.index"):
        assert library.search("alias of a candidate") == wanted
    assert "searching docs exactly from the store" in caplog.text
    assert "holds 2 vectors, not 3" in caplog.text


@pytest.mark.parametrize("kind", ["exact", "chroma"])
def test_both_ways_find_the_same(library: Library, kind: str) -> None:
    library.kind = kind
    library.write({f"{n}.txt": f"text number {n} about topic {n % 7} and word{n % 5}" for n in range(40)}).sync()
    index = library.index
    by_vectors = run_sync(index.search("topic 3 word2", k=40))
    index.close()
    shutil.rmtree(library.folder)
    exactly = run_sync(library.index.search("topic 3 word2", k=40))
    assert [c.id for c in by_vectors.contexts] == [c.id for c in exactly.contexts]
    assert [c.score for c in by_vectors.contexts] == pytest.approx([c.score for c in exactly.contexts], abs=1e-5)


@pytest.mark.parametrize("kind", ["exact", "chroma"])
def test_filters_hold_whichever_way_is_searched(library: Library, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tag_chunks(monkeypatch, lambda text: {"topic": int(text[-1]), "even": int(text[-1]) % 2 == 0})
    library.kind = kind
    library.write({f"{n}.txt": f"a text of topic {n % 4}" for n in range(12)}).sync()

    def found(filters: dict[str, Json]) -> list[str]:
        index = library.index
        hits = run_sync(index.search("topic 2", k=9, filters=filters))
        index.close()
        assert all(context.metadata["topic"] == int(context.text[-1]) for context in hits.contexts)
        return sorted(str(context.metadata["key"]) for context in hits.contexts)

    asked: list[dict[str, Json]] = [
        {"topic": [2, 3], "even": True},
        {"key": "docs/7.txt"},
        {"source": "files:docs/**/*", "topic": 9},
        {"topic": 1},
    ]
    answers = [
        ["docs/10.txt", "docs/2.txt", "docs/6.txt"],
        ["docs/7.txt"],
        [],
        ["docs/1.txt", "docs/5.txt", "docs/9.txt"],
    ]
    assert [found(filters) for filters in asked] == answers
    shutil.rmtree(library.folder)
    assert [found(filters) for filters in asked] == answers
    with pytest.raises(InputError, match="the filter 'topic' is None"):
        found({"topic": None})


def test_a_change_of_metadata_reaches_the_vectors_without_embedding(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = "a"
    tag_chunks(monkeypatch, lambda text: {"tenant": tenant})
    library.write({"one.txt": "one text", "two.txt": "two texts"}).sync()
    tenant = "b"
    report = library.write({"one.txt": "one text\n\n"}).sync()
    assert (report.updated, report.embedded, report.upserted) == (1, 0, 1)
    store = library.place.open_for(library.generation)
    vector = next(iter(store.fetch(list(store.ids())).values()))
    assert [len(store.search(vector, 9, {"tenant": name})) for name in ("a", "b")] == [1, 1]
    store.upsert(
        [name for name, _ in store.search(vector, 9, {"tenant": "b"})], vector.reshape(1, -1), [{"tenant": "a"}]
    )
    store.close()
    assert not library.verify().sound
    assert library.verify(repair=True).sound


def tag_chunks(monkeypatch: pytest.MonkeyPatch, metadata: Callable[[str], dict[str, Json]]) -> None:
    """Have chunkers say something about each chunk."""

    class Tagging:
        def __init__(self, chunker: Chunker) -> None:
            self._chunker = chunker

        def spans(self, document: Document) -> list[Span]:
            spans = self._chunker.spans(document)
            return [Span(s.start, s.end, metadata(document.text[s.start : s.end])) for s in spans]

    monkeypatch.setattr(
        "llmops.index.sync.open_chunker", lambda *arguments, **named: Tagging(open_chunker(*arguments, **named))
    )


def test_words_find_what_vectors_do_not_and_both_are_fused(library: Library) -> None:
    documents = {f"{n}.txt": f"an article about the weather of day {n}" for n in range(30)}
    library.write({**documents, "code.txt": "error E4711 occurs in Straßburg"}).sync()

    def found(mode: str, question: str, **more: Json) -> list[str]:
        retrieval = RetrievalSpec.model_validate({"mode": mode, "k": 3, **more})
        library.spec = SPEC.model_copy(update={"retrieval": retrieval})
        loaded = library.loaded
        keys = [key for key, _ in library.search(question)]
        assert (library.loaded == loaded) == (mode == "lexical")  # words need no embedder
        return keys

    assert found("lexical", "e4711 strassburg") == ["docs/code.txt"]
    assert found("hybrid", "e4711 strassburg")[0] == "docs/code.txt"
    assert len(found("hybrid", "the weather")) == 3
    assert found("hybrid", "e4711", min_score=1.0) == []
    assert found("lexical", "e4711", filters={"key": "docs/1.txt"}) == []
    assert found("lexical", "weather", filters={"key": ["docs/1.txt", "docs/code.txt"]}) == ["docs/1.txt"]


def test_searching_an_empty_index_finds_nothing(library: Library) -> None:
    library.sync()
    assert library.search("anything") == []


def test_one_index_sees_what_another_one_synced(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    index: Index = library.index
    assert len(run_sync(index.search("weather", k=9)).contexts) == 3
    library.write({"more.txt": "weather again"}).sync()
    hits = run_sync(index.search("weather again", k=9))
    assert (len(hits.contexts), hits.sequence) == (4, 2)
    index.close()

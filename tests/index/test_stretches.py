"""From what was found to what is read."""

from llmops.core.bridge import run_sync
from llmops.domain.corpus import ChunkingSpec
from tests.support.indexes import SPEC, Library

WORDS = " ".join(f"word{n}" for n in range(60))


def test_chunks_that_overlap_are_read_as_one(library: Library) -> None:
    library.spec = SPEC.model_copy(update={"chunking": ChunkingSpec(method="fixed", size=16, overlap=8)})
    library.write({"long.txt": WORDS, "other.txt": "nothing of the kind"}).sync()
    index = library.index
    hits = run_sync(index.search("word20 word21 word22", k=20))
    read = run_sync(index.read(hits))
    texts = [context.text for context in read.contexts if context.metadata["key"] == "docs/long.txt"]
    assert texts == [WORDS]
    assert len(read.contexts) == 2
    assert read.contexts[0].id == next(c.id for c in hits.contexts if c.metadata["key"] == "docs/long.txt")


def test_a_parent_is_read_in_place_of_its_children(library: Library) -> None:
    library.spec = SPEC.model_copy(update={"chunking": ChunkingSpec(method="fixed", size=8, overlap=0, parent=24)})
    library.write({"long.txt": WORDS}).sync()
    index = library.index
    hits = run_sync(index.search("word20", k=2))
    (first, *_) = run_sync(index.read(hits)).contexts
    assert first.text in WORDS
    assert len(first.text.split()) > len(hits.contexts[0].text.split())
    assert hits.contexts[0].text in first.text
    assert "parent" not in first.metadata


def test_what_is_gone_meanwhile_stays_as_it_was_found(library: Library) -> None:
    library.write({"a.txt": "first text", "b.txt": "second text"}).sync()
    index = library.index
    hits = run_sync(index.search("text", k=2))
    library.remove("a.txt")
    library.sync()
    assert sorted(c.text for c in run_sync(index.read(hits)).contexts) == ["first text", "second text"]

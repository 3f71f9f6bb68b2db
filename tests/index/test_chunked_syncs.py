"""What chunking settings do to an index that is kept in step."""

import random

import pytest
from sqlalchemy import delete

from llmops.core.errors import InputError
from llmops.domain.corpus import ChunkingSpec
from llmops.domain.parents import parent_of, parent_text
from llmops.storage.tables.caches import EMBEDDINGS
from tests.support.indexes import SPEC, Library


@pytest.fixture
def headed(library: Library) -> Library:
    library.spec = SPEC.model_copy(update={"chunking": ChunkingSpec(size=16, overlap=0, context="headings")})
    return library


TWO = "# Guide\n\n## Install\n\n" + " ".join(f"Word{n} comes here now." for n in range(5))


def test_an_edit_in_the_middle_of_a_long_document_embeds_what_changed_and_not_the_tail(library: Library) -> None:
    rng = random.Random(5)
    words = [f"w{rng.randrange(5000)}" for _ in range(8000)]
    library.write({"book.txt": " ".join(words)}).sync()
    chunks, asked = library.sync().chunks, len(library.asked)
    assert chunks > 490
    words[4000:4000] = ["a", "few", "new", "words"]
    library.write({"book.txt": " ".join(words)})
    report = library.sync()
    assert report.embedded == len(library.asked) - asked < 40


def test_a_renamed_heading_embeds_what_stands_below_it_under_the_same_ids(headed: Library) -> None:
    headed.write({"a.md": TWO}).sync()
    assert [text[:23] for text in sorted(headed.asked)][:2] == [
        "Guide > Install\n\n# Guid",
        "Guide > Install\n\nWord2 ",
    ]
    before, vectors = headed.content(), headed.vectors()
    assert not any(str(text).startswith("Guide >") for *_, text in before.values())
    headed.write({"a.md": TWO.replace("Install", "Set up")})
    report = headed.sync()
    same = before.keys() & headed.content().keys()
    assert same
    assert report.embedded == len(before)
    assert all(headed.vectors()[cid] != vectors[cid] for cid in same)
    assert headed.verify().in_words() == headed.verify(repair=True).in_words()


def test_what_the_cache_has_lost_is_embedded_again_with_its_header(headed: Library) -> None:
    headed.write({"a.md": TWO, "b.txt": "no heading"}).sync()
    asked, vectors = list(headed.asked), headed.vectors()
    with headed.store.database.transaction() as connection:
        connection.execute(delete(EMBEDDINGS))
    headed.verify(repair=True)
    assert sorted(headed.asked[len(asked) :]) == sorted(asked)
    assert headed.vectors() == vectors


def test_parents_are_found_from_the_chunks_of_the_index(library: Library) -> None:
    library.spec = SPEC.model_copy(update={"chunking": ChunkingSpec(size=8, overlap=2, parent=60)})
    library.write({"a.md": TWO}).sync()
    corpus, generation = library.store.corpus, library.generation.id
    chunks = corpus.chunks(generation, library.content()).values()
    assert {parent_of(chunk) for chunk in chunks} == {(0, len(TWO))}
    assert parent_text(chunks) == TWO


def test_a_chunk_that_leaves_no_room_for_its_header_is_refused(library: Library) -> None:
    library.spec = SPEC.model_copy(update={"chunking": ChunkingSpec(size=8192, context="title")})
    library.write({"a.md": "x"})
    with pytest.raises(InputError, match="no room is left for the header"):
        library.sync()


def test_a_generation_of_the_first_chunkers_is_kept_in_step_as_it_was_built(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(6)
    words = [f"w{rng.randrange(5000)}" for _ in range(2000)]
    monkeypatch.setattr("llmops.index.generations.PIPELINE", "1")
    library.write({"book.txt": " ".join(words)}).sync()
    monkeypatch.undo()
    uid = library.generation.uid
    words[-1] = "last"
    library.write({"book.txt": " ".join(words)})
    report = library.sync()
    assert (report.generation, report.embedded, report.reason) == (uid, 1, "")

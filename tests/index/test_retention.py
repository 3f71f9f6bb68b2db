"""What an index forgets when that is asked for: generations that nobody needs, and history with texts and vectors."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from llmops.core.bridge import run_sync
from llmops.core.errors import Conflict, InputError
from llmops.domain.corpus import ChunkingSpec
from llmops.domain.needs import Needs
from llmops.index.index import utc_now
from llmops.storage.tables.caches import EMBEDDINGS
from llmops.storage.tables.corpus import TEXTS
from llmops.storage.tables.lexical import LEXICAL
from tests.support.indexes import SPEC, Library

WHO = {SPEC.fingerprint: ("rag/docs.yaml", "app/docs@production")}
NEEDS = Needs(WHO)


def held(library: Library) -> tuple[set[str], int, int]:
    """All texts of the store, and how many of them have words and how many vectors there are."""
    with library.store.database.read() as connection:
        counts = [connection.scalar(select(func.count()).select_from(table)) or 0 for table in (LEXICAL, EMBEDDINGS)]
        return set(connection.scalars(select(TEXTS.c.content))), counts[0], counts[1]


def test_what_is_forgotten_is_gone_with_texts_words_and_vectors(any_library: Library) -> None:
    library = any_library
    library.write({"a.md": "public", "b.md": "a secret of Ada"}).sync()
    library.remove("b.md")
    library.sync()
    content, vectors = library.content(), library.vectors()
    assert held(library) == ({"public", "a secret of Ada"}, 2, 2)
    dry = library.index.prune(NEEDS, 2, dry_run=True)
    assert (dry.dry, dry.forgotten, dry.oldest) == (True, 2, {library.generation.uid: 2})
    assert "2 former documents and chunks would be forgotten" in dry.in_words()
    assert held(library)[1:] == (2, 2)
    done = library.index.prune(NEEDS, 2)
    assert (done.forgotten, done.texts, done.vectors) == (2, 1, 1)
    assert "2 former documents and chunks forgotten, 1 texts and 1 vectors removed" in done.in_words()
    assert held(library) == ({"public"}, 1, 1)
    assert (library.content(), library.vectors()) == (content, vectors)
    assert library.verify().sound
    with pytest.raises(InputError, match="what index 'docs' held at sequence 1 is not known"):
        run_sync(library.index.roll_back(1))
    assert library.index.prune(NEEDS, utc_now() + timedelta(hours=1)).forgotten == 0


def test_no_word_of_what_is_forgotten_stays_in_the_database_file(library: Library) -> None:
    library.write({"a.md": "public", "b.md": "zanzibarian quokkas"}).sync()
    library.remove("b.md")
    library.sync()
    library.index.prune(NEEDS, 2)
    path = library.store.database.path
    assert path is not None
    library.store.close()
    files = b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
    assert (b"public" in files, b"zanzibar" in files, b"quokka" in files) == (True, False, False)


def test_generations_go_that_nobody_needs(any_library: Library) -> None:
    library = any_library
    library.write({"a.md": "one two three four five six seven eight nine ten"}).sync()
    old, folder = library.generation.uid, library.folder
    library.spec = SPEC.model_copy(update={"chunking": ChunkingSpec(size=8, overlap=0)})
    library.sync(build=True)
    needs = {**WHO, library.spec.fingerprint: ("rag/docs.yaml",)}
    listed = library.index.generations(Needs(needs))
    assert [(g.uid == old, g.of, g.needed_by) for g in listed.generations] == [
        (False, "files:docs/**/*; markdown 8/0; offline/hash-64", ("rag/docs.yaml",)),
        (True, "files:docs/**/*; markdown 16/0; offline/hash-64", ("rag/docs.yaml", "app/docs@production")),
    ]
    kept = library.index.prune(Needs(needs))
    assert (kept.removed, f"{old} stays for rag/docs.yaml, app/docs@production" in kept.in_words()) == ((), True)
    assert folder.exists()
    del needs[SPEC.fingerprint]
    assert library.index.prune(Needs(needs), dry_run=True).removed == (old,)
    content = library.content()
    assert library.index.prune(Needs(needs)).removed == (old,)
    assert [g.uid for g in library.store.corpus.generations("docs")] == [library.generation.uid]
    assert (folder.exists(), library.content()) == (False, content)
    assert held(library)[0] == {text for *_, text in content.values()}
    assert library.verify().sound


def test_a_prune_that_is_interrupted_is_finished_by_the_next(library: Library) -> None:
    library.write({"a.md": "one"}).sync()
    library.write({"a.md": "two"}).sync()

    def fail(step: str) -> None:
        if step == wanted:
            raise RuntimeError(step)

    library.fault = fail
    for wanted, needs in (("forgotten", NEEDS), ("discarded", Needs({})), ("removed", Needs({}))):
        with pytest.raises(RuntimeError, match=wanted):
            library.index.prune(needs, 2)
        if wanted == "forgotten":
            assert held(library)[0] == {"one", "two"}
        elif wanted == "discarded":
            assert library.search("two") == [("docs/a.md", "two")]
    library.fault = None
    assert (library.index.prune(Needs({})).texts, library.rows()["generations"]) == (2, [])
    assert held(library) == (set(), 0, 0)


def test_a_sequence_that_is_not_reached_is_refused_and_a_sync_is_waited_for(library: Library) -> None:
    library.write({"a.md": "one"}).sync()
    with pytest.raises(InputError, match="index 'docs' has not reached sequence 7, it is at 1") as caught:
        library.index.prune(NEEDS, 7)
    assert caught.value.hint == "llmops index history docs"
    library.store.corpus.leases.acquire("docs", "process 2 on elsewhere", utc_now())
    with pytest.raises(Conflict, match="process 2 on elsewhere"):
        library.index.prune(NEEDS)

"""An index as it was, as retrieval asks it: vectors, stretches and staleness of then."""

from datetime import UTC, datetime, timedelta

import pytest

from llmops.core.bridge import run_sync
from llmops.core.errors import InputError
from llmops.domain.corpus import ChunkingSpec, RetrievalSpec
from llmops.domain.needs import Needs
from tests.support.indexes import SPEC, CountingEmbedder, Library

LONG = "\n\n".join(f"Sentence number {n} about quokkas." for n in range(12))


def test_what_is_read_is_of_then(library: Library) -> None:
    cut = ChunkingSpec(method="recursive", size=8, overlap=0, parent=32)
    library.spec = SPEC.model_copy(update={"chunking": cut, "retrieval": RetrievalSpec(mode="hybrid")})
    library.write({"a.md": LONG}).sync()
    now = library.index
    hits = run_sync(now.search("number 7", k=2))
    wanted, vectors = run_sync(now.read(hits)), run_sync(now.vectors(hits))
    library.write({"a.md": LONG.replace("quokkas", "wombats")}).sync()
    then = library.index.at(library.generation.uid, 1)
    found = run_sync(then.search("number 7", k=2))
    assert found == hits
    assert run_sync(then.read(found)) == wanted
    held = run_sync(then.vectors(found))
    assert {cid: vector.tolist() for cid, vector in held.items()} == {cid: v.tolist() for cid, v in vectors.items()}


def test_then_lacks_what_came_later(library: Library) -> None:
    now = [datetime(2026, 3, 1, 12, tzinfo=UTC)]
    library.clock = lambda: now[0]
    library.write({"a.md": "one"}).sync()
    then = library.index.at(library.generation.uid, 1)
    hits = run_sync(then.search("one"))
    assert not run_sync(then.is_stale(hits, 60))
    now[0] += timedelta(minutes=5)
    library.write({"a.md": "two"}).sync()
    assert not run_sync(then.is_stale(hits, 60))
    now[0] += timedelta(minutes=5)
    library.sync()
    assert run_sync(then.is_stale(hits, 60))


def test_what_is_not_there_is_an_error_that_says_what_to_type(library: Library) -> None:
    library.write({"a.md": "one"}).sync()
    library.write({"a.md": "two"}).sync()
    uid = library.generation.uid
    with pytest.raises(InputError, match=r"generation 123 of index 'docs'.* is not there") as gone:
        run_sync(library.index.at("123", 1).search("one"))
    assert gone.value.hint == "See what there is: llmops index generations docs; then promote the app again."
    library.index.prune(Needs({SPEC.fingerprint: ("rag/docs.yaml",)}), 2)
    with pytest.raises(
        InputError, match=f"what generation {uid} of index 'docs' held at sequence 1 is not known any more"
    ):
        run_sync(library.index.at(uid, 1).search("one"))
    library.embedder = CountingEmbedder(32)
    with pytest.raises(InputError, match="was built with offline/hash-64;1, and is asked with offline/hash-32;1"):
        run_sync(library.index.at(uid, 2).search("one"))

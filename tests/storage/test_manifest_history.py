"""The past of manifests: as it was, from any sequence that is known, and forgotten when that is asked for."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from llmops.core.errors import Conflict, InputError
from llmops.domain.manifest import Commit, CommitNote, Generation, ItemWrite, Lease
from llmops.storage import manifest_history
from llmops.storage.store import Store, open_store
from llmops.storage.tables.corpus import TEXTS
from tests.support.corpora import NOW, add_documents, indexed, item, new_index


def then(store: Store, generation: Generation, sequence: int) -> dict[str, list[str]]:
    """The texts of each document as they were, in their order."""
    past = store.corpus.past
    cids = [cid for page in past.keys_at(generation.id, sequence) for cid, _ in page]
    assert len(cids) == len(set(cids))
    chunks = past.chunks_at(generation.id, sequence, cids)
    assert chunks.keys() == set(cids)
    found: dict[str, list[str]] = {}
    for chunk in sorted(chunks.values(), key=lambda chunk: (chunk.key, chunk.ordinal)):
        found.setdefault(chunk.key, []).append(chunk.text)
    return found


STATES: list[dict[str, list[str]]] = [
    {"a.md": ["one", "two"], "b.md": ["three"]},
    {"a.md": ["one", "new"], "b.md": ["three"]},
    {"a.md": ["zero", "one", "new"]},
    {"b.md": ["three"], "c.md": ["one"]},
]


def go_through(store: Store, generation: Generation, lease: Lease, states: Sequence[dict[str, list[str]]]) -> None:
    before: dict[str, list[str]] = {}
    for number, state in enumerate(states):
        changed = {key: texts for key, texts in state.items() if before.get(key) != texts}
        gone = [key for key in before if key not in state]
        add_documents(store, generation, lease, changed, gone, NOW + timedelta(minutes=number))
        before = state


def test_a_manifest_is_read_as_it_was_at_every_sequence(store: Store) -> None:
    generation, lease = new_index(store)
    go_through(store, generation, lease, STATES)
    assert [then(store, generation, sequence) for sequence in range(5)] == [{}, *STATES]


def test_titles_and_places_are_those_of_then(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one"]})
    renamed = item("a.md")._replace(title="Another title", content_hash="another")
    moved = indexed("a.md", 0, "one")
    moved = moved._replace(chunk=moved.chunk.model_copy(update={"line": 7}))
    store.corpus.commit(generation.id, lease, [ItemWrite(renamed, (moved,))], [], NOW)
    cid = moved.chunk.cid
    was, now = (store.corpus.past.chunks_at(generation.id, sequence, [cid])[cid] for sequence in (1, 2))
    assert [(chunk.line, chunk.metadata["title"]) for chunk in (was, now)] == [(1, "Title a.md"), (7, "Another title")]
    assert store.corpus.past.indexed_at(generation.id, 1, [renamed.id])[renamed.id] == [indexed("a.md", 0, "one")]


def test_a_title_alone_makes_a_sequence_and_a_touch_makes_none(store: Store) -> None:
    generation, lease = new_index(store)
    chunks = (indexed("a.md", 0, "one"),)
    add_documents(store, generation, lease, {"a.md": ["one"]})
    store.corpus.commit(generation.id, lease, [ItemWrite(item("a.md")._replace(token="newer"))], [], NOW)
    store.corpus.commit(generation.id, lease, [ItemWrite(item("a.md")._replace(token="newest"), chunks)], [], NOW)
    assert len(store.corpus.past.commits(generation.id)) == 1
    store.corpus.commit(generation.id, lease, [ItemWrite(item("a.md")._replace(title="New"), chunks)], [], NOW)
    assert [commit.sequence for commit in store.corpus.past.commits(generation.id)] == [2, 1]


def test_commits_say_what_they_did_and_are_found_by_time(store: Store) -> None:
    generation, lease = new_index(store)
    go_through(store, generation, lease, STATES)
    past = store.corpus.past
    store.corpus.commit(generation.id, lease, [], [item("c.md")], NOW, CommitNote("a rollback", 3, 1.5))
    # The clock was set back; the history goes on.
    last = NOW + timedelta(minutes=3)
    assert past.commits(generation.id, limit=2) == [
        Commit(5, last, 0, 0, 1, 3, 1.5, "a rollback"),
        Commit(4, last, 2, 0, 3, 0, 0.0, ""),
    ]
    assert past.sequence_at(generation, NOW) == 1
    assert past.sequence_at(generation, NOW + timedelta(minutes=2, seconds=59)) == 3
    assert past.sequence_at(generation, NOW + timedelta(days=1)) == 5
    with pytest.raises(InputError, match="what index 'docs' held at 2026-03-01 12:29:59 UTC is not known") as caught:
        past.sequence_at(generation, NOW - timedelta(seconds=1))
    assert caught.value.hint == "What is known: llmops index history docs"


@pytest.mark.parametrize("size", [1, 2, 500])
def test_what_differs_from_then_is_found_by_item(store: Store, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest_history, "_ITEMS", size)
    generation, lease = new_index(store)
    go_through(store, generation, lease, STATES)
    pages = list(store.corpus.past.items_since(generation.id, 2))
    assert [len(page) for page in pages] == {1: [1, 1, 1], 2: [2, 1], 500: [3]}[size]
    found = {each.id: each for page in pages for each in page}
    seen = {(each.now and each.now.key, each.then and each.then.key) for each in found.values()}
    assert seen == {(None, "a.md"), ("b.md", "b.md"), ("c.md", None)}
    assert list(store.corpus.past.items_since(generation.id, 4)) == []


def test_what_is_forgotten_takes_its_texts_along(store: Store) -> None:
    generation, lease = new_index(store)
    go_through(store, generation, lease, STATES)
    assert store.corpus.past.count_before(generation.id, 3) == 7
    store.corpus.past.forget(generation, 3, lease, NOW)
    assert store.corpus.past.count_before(generation.id, 3) == 0
    assert store.corpus.past.drop_texts() == 1
    assert store.corpus.generations("docs")[0].oldest == 3
    assert [then(store, generation, sequence) for sequence in (3, 4)] == STATES[2:]
    assert [commit.sequence for commit in store.corpus.past.commits(generation.id)] == [4, 3]
    with store.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(TEXTS)) == 4
    stale = lease
    store.corpus.leases.acquire("docs", "process 2 on elsewhere", NOW + timedelta(hours=1))
    with pytest.raises(Conflict, match="taken over"):
        store.corpus.past.forget(generation, 4, stale, NOW)


def test_an_index_is_paused_until_it_is_resumed(store: Store) -> None:
    _, lease = new_index(store)
    past = store.corpus.past
    assert past.paused("docs") is None
    past.pause("docs", "rolled back to 2", lease, NOW)
    past.pause("docs", "rolled back to 1", lease, NOW)
    assert past.paused("docs") == ("rolled back to 1", NOW)
    assert past.paused("other") is None
    past.resume("docs")
    assert past.paused("docs") is None


DOCUMENTS = st.dictionaries(
    st.sampled_from(["a.md", "b.md", "c.md"]), st.lists(st.sampled_from(["1", "2", "3"]), unique=True, max_size=3)
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(DOCUMENTS, min_size=2, max_size=6))
def test_any_history_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, states: list[dict[str, list[str]]]
) -> None:
    store = open_store("sqlite:///store.db", root=tmp_path_factory.mktemp("history"))
    generation, lease = new_index(store)
    known: dict[int, dict[str, list[str]]] = {0: {}}
    before: dict[str, list[str]] = {}
    for state in states:
        changed = {key: texts for key, texts in state.items() if before.get(key) != texts}
        add_documents(store, generation, lease, changed, [key for key in before if key not in state])
        before = state
        known[store.corpus.generations("docs")[0].sequence] = {key: texts for key, texts in state.items() if texts}
    for sequence, state in known.items():
        assert then(store, generation, sequence) == state
    store.close()

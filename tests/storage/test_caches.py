"""The caches of replies and embeddings."""

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops.domain.interaction import ChatReply, ToolCall, Usage
from llmops.domain.ports import EmbeddingCache, ReplyCache
from llmops.storage.store import Store
from tests.storage.test_versions import JSON, TEXT

REPLIES = st.builds(
    ChatReply,
    text=TEXT,
    model=TEXT,
    tool_calls=st.lists(st.builds(ToolCall, name=TEXT, arguments=JSON), max_size=2).map(tuple),
    usage=st.builds(Usage, prompt_tokens=st.integers(0, 10**9), cost=st.none() | st.floats(0, 1e6)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reply=REPLIES)
def test_any_reply_comes_back_as_it_was(store: Store, reply: ChatReply) -> None:
    store.replies.prune()
    store.replies.put("key", reply)
    assert store.replies.get("key") == reply


def test_the_first_reply_under_a_key_stays(store: Store) -> None:
    cache: ReplyCache = store.replies
    cache.put("key", ChatReply(text="first", model="m"))
    cache.put("key", ChatReply(text="second", model="m"))
    store.replies.put_many({"key": ChatReply(text="third", model="m"), "other": ChatReply(text="new", model="m")})
    store.replies.put_many({})
    assert [reply.text for key in ("key", "other") if (reply := cache.get(key))] == ["first", "new"]
    assert cache.get("no such key") is None


def test_pruning_says_how_many_went(store: Store) -> None:
    store.replies.put_many({f"k{number}": ChatReply(text="t", model="m") for number in range(3)})
    assert store.replies.prune() == 3
    assert store.replies.prune() == 0
    assert store.replies.get("k1") is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=16))
def test_any_vector_comes_back_bit_for_bit(store: Store, values: list[float]) -> None:
    import numpy as np

    store.embeddings.prune()
    vector = np.array(values, dtype=np.float32)
    store.embeddings.put_many({"key": vector})
    found = store.embeddings.get_many(["key"])["key"]
    assert found.dtype == np.float32
    assert found.tobytes() == vector.tobytes()


def test_many_vectors_are_found_at_once(store: Store) -> None:
    import numpy as np

    cache: EmbeddingCache = store.embeddings
    cache.put_many({f"k{number}": np.full(4, number, dtype=np.float32) for number in range(1200)})
    cache.put_many({"k7": np.zeros(4, dtype=np.float32)})
    wanted = [f"k{number}" for number in range(0, 1300)]
    found = cache.get_many([*wanted, *wanted])
    assert len(found) == 1200
    assert found["k7"].tolist() == [7.0, 7.0, 7.0, 7.0]
    assert cache.get_many([]) == {}
    assert store.embeddings.prune() == 1200


@pytest.mark.parametrize("reverse", [False, True])
def test_threads_may_write_the_same_keys_in_any_order(store: Store, reverse: bool) -> None:
    def write(worker: int) -> None:
        keys = [f"k{number}" for number in range(50)]
        ordered = reversed(keys) if reverse and worker % 2 else keys
        store.replies.put_many({key: ChatReply(text=str(worker), model="m") for key in ordered})

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.replies.prune() == 50

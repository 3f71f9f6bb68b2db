"""Caches: equal questions are asked once, everything that matters is part of the key, no secret is."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.backends.cached import CachedChat, CachedEmbedder
from llmops.backends.hashed import HashEmbedder
from llmops.backends.wire import chat_payload, encode
from llmops.core.bridge import run_sync
from llmops.core.errors import InputError, ModelError, StoreError
from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import ChatReply, ChatRequest, Message, ToolCall, Usage
from llmops.domain.ports import TextRole
from tests.support.caches import DictEmbeddings, DictReplies
from tests.support.chat import ask

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors


class Counting:
    """A chat model that counts, waits for a gate, and fails when told to."""

    def __init__(self, address: str = "http://h/v1", *, reads_contexts: bool = False) -> None:
        self.address = address
        self.reads_contexts = reads_contexts
        self.asked = 0
        self.cancelled = 0
        self.failing = False
        self.gate: asyncio.Event | None = None

    async def chat(self, request: ChatRequest) -> ChatReply:
        self.asked += 1
        try:
            if self.gate is not None:
                await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.failing:
            raise ModelError("no")
        return ChatReply(text=f"answer {self.asked}", model=request.model, usage=Usage(cost=0.5, latency=2.0))


def chat(cached: CachedChat, *requests: ChatRequest) -> list[ChatReply]:
    async def all_of_them() -> list[ChatReply]:
        return list(await asyncio.gather(*(cached.chat(request) for request in requests)))

    return run_sync(all_of_them())


def test_the_second_time_comes_from_the_cache_with_its_first_cost_and_time() -> None:
    model, cache = Counting(), DictReplies()
    [first] = chat(CachedChat(model, cache), ask("hi"))
    [second] = chat(CachedChat(model, cache), ask("hi"))
    assert (first.cached, second.cached) == (False, True)
    assert second == first.model_copy(update={"cached": True})
    assert first.at is not None
    assert second.usage == Usage(cost=0.5, latency=2.0)
    assert model.asked == 1
    assert not next(iter(cache.stored.values())).cached


def test_a_cached_reply_keeps_the_time_of_the_original_call() -> None:
    times = iter([datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)])
    cache = DictReplies()
    for _ in range(2):
        [found] = chat(CachedChat(Counting(), cache, clock=lambda: next(times)), ask("hi"))
        assert found.at == datetime(2026, 1, 1, tzinfo=UTC)


def test_equal_requests_under_way_are_asked_once() -> None:
    model = Counting()
    replies = chat(CachedChat(model, DictReplies()), *[ask("hi")] * 10)
    assert model.asked == 1
    assert {reply.text for reply in replies} == {"answer 1"}


VARIANTS: list[Json] = [
    {"text": "other"},
    {"model": "house/n"},
    {"parameters": {"temperature": 0}},
    {"parameters": {"temperature": 0.0, "seed": 1}},
    {"tools": ({"name": "f"},)},
    {"output": {"type": "object"}},
    {"repeat": 1},
]


def test_everything_that_matters_is_part_of_the_key() -> None:
    cached = CachedChat(Counting(), DictReplies())
    requests = [ask("hi"), *(ask(**{"text": "hi", **variant}) for variant in VARIANTS)]
    requests += [
        ChatRequest(model="house/m", messages=(Message(role="system", content="hi"),)),
        ChatRequest(model="house/m", messages=(Message(role="user", content="hi", name="n"),)),
        ChatRequest(model="house/m", messages=(Message(role="user", content="hi", tool_calls=(ToolCall(name="f"),)),)),
    ]
    keys = {cached.key(request) for request in requests}
    keys.add(CachedChat(Counting("http://elsewhere/v1"), DictReplies()).key(ask("hi")))
    assert len(keys) == len(requests) + 1
    assert all(key.startswith("sha256:") for key in keys)


def test_contexts_matter_only_to_models_that_read_them() -> None:
    one, other = (ask("hi", question="q", contexts=(Context(id="a", text=text),)) for text in "ab")
    language, extractive = Counting(), Counting(reads_contexts=True)
    assert CachedChat(language, DictReplies()).key(one) == CachedChat(language, DictReplies()).key(other)
    assert CachedChat(extractive, DictReplies()).key(one) != CachedChat(extractive, DictReplies()).key(other)


def test_a_score_or_id_of_a_context_does_not_matter() -> None:
    one, other = (ask("hi", contexts=(Context(id=i, text="t", score=s),)) for i, s in (("a", 0.5), ("b", 0.6)))
    cached = CachedChat(Counting(reads_contexts=True), DictReplies())
    assert cached.key(one) == cached.key(other)


def test_a_parameter_without_json_form() -> None:
    with pytest.raises(InputError, match="cannot be written as JSON"):
        CachedChat(Counting(), DictReplies()).key(ask("hi", parameters={"temperature": float("nan")}))


def test_failures_are_not_remembered() -> None:
    model, cache = Counting(), DictReplies()
    cached = CachedChat(model, cache)
    model.failing = True
    with pytest.raises(ModelError, match="no"):
        chat(cached, ask("hi"))
    model.failing = False
    assert chat(cached, ask("hi"))[0].text == "answer 2"


def test_replies_that_end_together_are_written_together() -> None:
    class Batches(DictReplies):
        def put_many(self, replies: dict[str, ChatReply]) -> None:
            self.stored.update(replies)
            self.writes.append(len(replies))

    cache = Batches()
    chat(CachedChat(Counting(), cache), *(ask(f"q{number}") for number in range(40)))
    assert len(cache.stored) == sum(cache.writes) == 40
    assert len(cache.writes) < 40


def test_a_reply_that_cannot_be_stored_is_an_error() -> None:
    class Full(DictReplies):
        def put(self, key: str, reply: ChatReply) -> None:
            raise StoreError("the disk is full")

    with pytest.raises(StoreError, match="the disk is full"):
        chat(CachedChat(Counting(), Full()), ask("hi"))


def test_a_request_goes_on_while_anyone_waits_and_is_cancelled_after() -> None:
    model = Counting()

    async def scene() -> tuple[str, int, int]:
        model.gate = asyncio.Event()
        cached = CachedChat(model, DictReplies())
        leaving, staying = (asyncio.ensure_future(cached.chat(ask("hi"))) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        cancelled_early = model.cancelled
        model.gate.set()
        answer = (await staying).text
        model.gate = asyncio.Event()
        alone = asyncio.ensure_future(cached.chat(ask("other")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        alone.cancel()
        await asyncio.gather(alone, return_exceptions=True)
        await asyncio.sleep(0)
        return answer, cancelled_early, model.cancelled

    assert run_sync(scene()) == ("answer 1", 0, 1)


class CountingEmbedder(HashEmbedder):
    """Remembers what it was asked to embed."""

    def __init__(self) -> None:
        super().__init__(16)
        self.asked: list[list[str]] = []

    async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
        self.asked.append(list(texts))
        return await super().embed(texts, role)


def test_only_absent_texts_are_embedded_each_once() -> None:
    import numpy as np

    plain, cache = CountingEmbedder(), DictEmbeddings()
    embedder = CachedEmbedder(plain, cache)
    first = run_sync(embedder.embed(["a", "b", "a"]))
    second = run_sync(embedder.embed(["c", "b", "a"]))
    assert plain.asked == [["a", "b"], ["c"]]
    np.testing.assert_array_equal(first[0], first[2])
    np.testing.assert_array_equal(second[1:], first[[1, 0]])
    assert run_sync(embedder.embed([])).shape == (0, 16)


def test_roles_and_embedders_do_not_share_vectors() -> None:
    plain, cache = CountingEmbedder(), DictEmbeddings()
    run_sync(CachedEmbedder(plain, cache).embed(["a"], "document"))
    run_sync(CachedEmbedder(plain, cache).embed(["a"], "query"))
    run_sync(CachedEmbedder(HashEmbedder(32), cache).embed(["a"]))
    assert len(cache.stored) == 3


def test_a_cached_embedder_describes_the_one_behind() -> None:
    embedder = CachedEmbedder(CountingEmbedder(), DictEmbeddings())
    assert (embedder.identity, embedder.dimension, embedder.max_tokens) == ("offline/hash-16;1", 16, 8192)
    assert embedder.token_spans("a b") == [(0, 1), (2, 3)]


REQUESTS = st.builds(
    ChatRequest,
    model=st.sampled_from(["p/a", "p/b"]),
    messages=st.lists(
        st.builds(Message, role=st.sampled_from(["system", "user"]), content=st.sampled_from(["", "a", "b"])),
        max_size=2,
    ).map(tuple),
    parameters=st.dictionaries(st.sampled_from(["temperature", "top_p"]), st.sampled_from([0.5, 1.0]), max_size=1),
    tools=st.sampled_from([(), ({"name": "look_up", "parameters": {}},)]),
    output=st.sampled_from([None, {"type": "object", "properties": {"a": {"type": "string"}}}]),
    question=st.sampled_from(["", "why?"]),
    contexts=st.sampled_from([(), (Context(id="c", text="t", score=1.0),)]),
    prompt=st.sampled_from(["", "judge/faithfulness"]),
    values=st.sampled_from([{}, {"answer": "a"}]),
    repeat=st.integers(0, 1),
)


@given(REQUESTS, REQUESTS, st.sampled_from(["http://one", "http://two"]))
@settings(max_examples=300)
def test_two_keys_are_equal_just_where_the_same_is_sent_to_the_same_server(
    one: ChatRequest, other: ChatRequest, address: str
) -> None:
    def sent(request: ChatRequest, to: str) -> tuple[Json, ...]:
        return encode(chat_payload(request, request.model)), request.repeat, to

    first = CachedChat(Counting("http://one"), DictReplies()).key(one)
    second = CachedChat(Counting(address), DictReplies()).key(other)
    assert (first == second) == (sent(one, "http://one") == sent(other, address))

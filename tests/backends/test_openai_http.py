"""Chat and embeddings through an OpenAI-compatible server, as a user configures them."""

import asyncio
import json
from collections.abc import Callable

import pytest

from llmops.backends.catalogs import open_chat_model, open_embedder
from llmops.backends.endpoints import Endpoint, find_endpoint
from llmops.backends.openai_http import OpenAIChat
from llmops.backends.retries import Retries
from llmops.core.bridge import each, run_sync
from llmops.core.errors import ModelError
from llmops.core.hashing import Json
from llmops.core.settings import Settings
from llmops.domain.interaction import ChatRequest, ToolCall
from llmops.domain.ports import ChatModel
from llmops.domain.streaming import StreamingModel
from tests.support.chat import ask, streamed
from tests.support.model_server import DIMENSION, Behaviour, ModelServer, letters

SettingsWith = Callable[[str], Settings]


def house(server: ModelServer, more: str = "") -> str:
    return f'[connections.house]\napi_base = "{server.api_base}"\n{more}'


def test_a_chat(server: ModelServer, settings_with: SettingsWith) -> None:
    model = open_chat_model("house/org/m", settings_with(house(server)))
    assert isinstance(model, ChatModel)
    reply = run_sync(model.chat(ask("hello there", "house/org/m", parameters={"temperature": 0.5, "seed": 3})))
    assert (reply.text, reply.model, reply.finish_reason, reply.fingerprint) == (
        "hello there",
        "house/org/m",
        "stop",
        "fp_test",
    )
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.cost) == (2, 2, None)
    assert reply.usage.latency > 0
    assert not reply.cached
    [received] = server.requests
    assert received.path == "/v1/chat/completions"
    assert received.body == {
        "model": "org/m",
        "messages": [{"role": "user", "content": "hello there"}],
        "temperature": 0.5,
        "seed": 3,
    }


def test_question_contexts_and_repeat_are_never_sent(server: ModelServer, settings_with: SettingsWith) -> None:
    model = open_chat_model("house/m", settings_with(house(server)))
    run_sync(model.chat(ask("hi", question="q", repeat=4)))
    assert server.requests[0].body.keys() == {"model", "messages"}


def test_a_listed_model_costs_what_the_list_says(server: ModelServer, settings_with: SettingsWith) -> None:
    settings = settings_with(f'[connections.openai]\napi_base = "{server.api_base}"')
    reply = run_sync(open_chat_model("openai/gpt-4o-mini", settings).chat(ask("one two", "openai/gpt-4o-mini")))
    assert reply.usage.cost == pytest.approx(2 * 1.5e-07 + 2 * 6e-07)


def test_headers_of_a_connection_are_sent(
    server: ModelServer, settings_with: SettingsWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOUSE_KEY", "k-123")
    settings = settings_with(house(server, 'key_env = "HOUSE_KEY"\nheaders = {X-Team = "blue"}'))
    run_sync(open_chat_model("house/m", settings).chat(ask("hi")))
    assert server.requests[0].headers["Authorization"] == "Bearer k-123"
    assert server.requests[0].headers["X-Team"] == "blue"


def test_a_model_that_says_nothing(server: ModelServer, settings_with: SettingsWith) -> None:
    server.behaviour = Behaviour(text="", finish_reason="length")
    with pytest.raises(ModelError, match=r"house/m answered with empty content \(finish_reason length\)"):
        run_sync(open_chat_model("house/m", settings_with(house(server))).chat(ask("hi")))


def test_json_without_choices(server: ModelServer, settings_with: SettingsWith) -> None:
    server.behaviour = Behaviour(body={"status": "ok"})
    with pytest.raises(ModelError, match="JSON that is no chat completion"):
        run_sync(open_chat_model("house/m", settings_with(house(server))).chat(ask("hi")))


def test_many_calls_run_at_once(server: ModelServer) -> None:
    server.behaviour = Behaviour(delay=0.05)
    model = OpenAIChat(Endpoint(model="house/m", provider="house", name="m", api_base=server.api_base))

    async def all_calls() -> list[str]:
        replies = await asyncio.gather(*(model.chat(ask(f"say {number}")) for number in range(50)))
        await model.close()
        return [reply.text for reply in replies]

    assert run_sync(all_calls()) == [f"say {number}" for number in range(50)]
    assert server.most_at_once >= 10


def test_embeddings_come_in_order_and_normalised(server: ModelServer, settings_with: SettingsWith) -> None:
    import numpy as np

    embedder = open_embedder("house/e", settings_with(house(server)))
    texts = [f"text number {number}" * (1 + number % 3) for number in range(300)]
    vectors = run_sync(embedder.embed(texts))
    expected = np.array([letters(text) for text in texts], dtype=np.float32)
    np.testing.assert_allclose(vectors, expected / np.linalg.norm(expected, axis=1, keepdims=True), rtol=1e-5)
    assert vectors.dtype == np.float32
    assert [len(request.body["input"]) for request in server.requests] == [128, 128, 44]


def test_openai_is_asked_for_the_short_form(server: ModelServer, settings_with: SettingsWith) -> None:
    settings = settings_with(f'[connections.openai]\napi_base = "{server.api_base}"')
    run_sync(open_embedder("openai/own-embedding", settings).embed(["a"]))
    assert server.requests[0].body["encoding_format"] == "base64"


def test_a_request_object_is_not_changed(server: ModelServer, settings_with: SettingsWith) -> None:
    request: ChatRequest = ask("hi", parameters={"seed": 1})
    run_sync(open_chat_model("house/m", settings_with(house(server))).chat(request))
    assert request.parameters == {"seed": 1}


def test_the_dimension_of_an_unlisted_model_is_asked_once(server: ModelServer, settings_with: SettingsWith) -> None:
    embedder = open_embedder("house/e", settings_with(house(server)))

    async def on_the_loop_itself() -> int:
        return embedder.dimension

    assert run_sync(on_the_loop_itself()) == DIMENSION
    assert embedder.dimension == DIMENSION
    assert len(server.requests) == 1


def test_an_answer_in_pieces_is_the_same_and_has_a_time_of_its_first(
    server: ModelServer, settings_with: SettingsWith
) -> None:
    model = open_chat_model("house/org/m", settings_with(house(server)))
    whole = run_sync(model.chat(ask("hello there, Ada", "house/org/m")))
    pieces = run_sync(model.chat(ask("hello there, Ada", "house/org/m", parameters={"stream": True})))
    assert (pieces.text, pieces.finish_reason, pieces.fingerprint) == (
        whole.text,
        whole.finish_reason,
        whole.fingerprint,
    )
    assert (pieces.usage.prompt_tokens, pieces.usage.completion_tokens) == (3, 3)
    assert whole.usage.first_token is None
    assert pieces.usage.first_token is not None
    assert 0 < pieces.usage.first_token <= pieces.usage.latency
    assert server.requests[-1].body["stream_options"] == {"include_usage": True}


def test_a_stream_that_breaks_off_is_no_answer(server: ModelServer, settings_with: SettingsWith) -> None:
    event = b'data: {"choices": [{"index": 0, "delta": {"content": "half"}}]}\n\n'
    server.behaviour = Behaviour(body=event, headers={"Retry-After": "0"}, content_type="text/event-stream")
    model = OpenAIChat(find_endpoint("house/m", settings_with(house(server))), Retries(attempts=1))
    with pytest.raises(
        ModelError, match="broke off while answering house/m: the stream ended before the answer did"
    ) as caught:
        run_sync(model.chat(ask("x", "house/m", parameters={"stream": True})))
    assert caught.value.hint == "Try again; look at the server's log if it goes on."


def events(*said: Json) -> Behaviour:
    text = "".join(f"data: {json.dumps(event)}\n\n" for event in said)
    return Behaviour(body=text.encode(), content_type="text/event-stream")


def delta(finish: str | None = None, **fields: Json) -> Json:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def test_a_streamed_reply_is_the_one_that_comes_at_once(server: ModelServer, settings_with: SettingsWith) -> None:
    model = open_chat_model("house/m", settings_with(house(server)))
    pieces, reply = streamed(model, ask("one two three"))
    assert pieces == ["one ", "two ", "three"]
    assert reply.usage.first_token is not None
    assert 0 < reply.usage.first_token <= reply.usage.latency
    assert server.requests[0].body["stream_options"] == {"include_usage": True}
    same = {"latency": 0.0, "first_token": None}
    at_once = run_sync(model.chat(ask("one two three")))
    assert reply.model_copy(update={"usage": reply.usage.model_copy(update=same)}) == at_once.model_copy(
        update={"usage": at_once.usage.model_copy(update=same)}
    )


def test_tool_calls_of_a_stream_are_put_together(server: ModelServer, settings_with: SettingsWith) -> None:
    call = {"index": 0, "id": "c1", "function": {"name": "search", "arguments": ""}}
    parts = [{"index": 0, "function": {"arguments": text}} for text in ('{"q": "roll', 'back"}')]
    server.script(events(delta(tool_calls=[call]), *(delta(tool_calls=[part]) for part in parts), delta("tool_calls")))
    pieces, reply = streamed(open_chat_model("house/m", settings_with(house(server))), ask("hi"))
    assert pieces == []
    assert reply.tool_calls == (ToolCall(id="c1", name="search", arguments={"q": "rollback"}),)


def test_a_server_that_does_not_stream_and_one_that_refuses(server: ModelServer, settings_with: SettingsWith) -> None:
    model = open_chat_model("house/m", settings_with(house(server)))
    server.script(Behaviour(body={"choices": [{"message": {"content": "all at once"}}]}))
    assert streamed(model, ask("hi"))[0] == ["all at once"]
    server.script(events(delta(refusal="I will "), delta("stop", refusal="not.")))
    pieces, reply = streamed(model, ask("hi"))
    assert (pieces, reply.finish_reason) == (["I will not."], "content_filter")


def test_a_stream_is_tried_again_until_its_first_piece(server: ModelServer, settings_with: SettingsWith) -> None:
    endpoint = find_endpoint("house/m", settings_with(house(server)))
    model = OpenAIChat(endpoint, Retries(attempts=2, first=0))
    server.script(Behaviour(status=503), events(delta(content="Hello "), delta("stop", content="there")))
    assert streamed(model, ask("hi"))[0] == ["Hello ", "there"]
    server.script(events(delta(role="assistant"), {"error": {"message": "overloaded"}}))
    assert streamed(model, ask("again"))[0] == ["again"]
    server.script(events(delta(content="Hello "), {"error": {"message": "gone"}}))
    pieces = each(model.stream(ask("hi")))
    assert next(pieces) == "Hello "
    with pytest.raises(ModelError, match="broke off while answering house/m: gone") as caught:
        next(pieces)
    assert caught.value.hint == "Try again; look at the server's log if it goes on."
    assert len(server.requests) == 5


def test_who_stops_reading_ends_the_request(server: ModelServer, settings_with: SettingsWith) -> None:
    server.behaviour = Behaviour(pause_after=2)
    model = open_chat_model("house/m", settings_with(house(server)))
    assert isinstance(model, StreamingModel)
    pieces = each(model.stream(ask("one two three four")))
    assert [next(pieces), next(pieces)] == ["one ", "two "]
    pieces.close()
    assert server.broken_off.wait(10)
    server.behaviour = Behaviour()
    assert streamed(model, ask("and on"))[0] == ["and ", "on"]

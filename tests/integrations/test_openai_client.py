"""OpenAI's client behind a policy: the official one, asked as its users ask it, against a server."""

import asyncio
import json
from collections.abc import Iterator

import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from llmops.core.hashing import Json
from llmops.guard.noting import Happening
from llmops.guard.once import looking
from llmops.guard.policy import Policy
from llmops.integrations.openai_client import guard_client
from tests.support.model_server import Behaviour, ModelServer, model_server

CHECKS = [{"pii": {"action": "redact"}}, {"phrases": {"phrases": ["launch codes"], "action": "block"}}]
POLICY = Policy.from_mapping({"input": CHECKS, "output": CHECKS, "block_message": "I cannot talk about that."})
LEAK = "Call Jane at jane.doe@example.org, she knows."
REDACTED = "Call Jane at [EMAIL], she knows."
WAYS = pytest.mark.parametrize("way", ["create", "stream", "async create", "async stream"])


@pytest.fixture(scope="module")
def running() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def server(running: ModelServer) -> ModelServer:
    running.reset()
    return running


@pytest.fixture
def client(server: ModelServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.api_base, api_key="none", max_retries=0) as bare:
        yield guard_client(bare, POLICY)


def said(server: ModelServer, message: str, way: str, shown: list[str] | None = None) -> str:
    """What the client has at the end; what it had before an error is in `shown`."""
    shown = [] if shown is None else shown
    turns: Json = [{"role": "user", "content": message}]

    async def ask() -> None:
        async with openai.AsyncOpenAI(base_url=server.api_base, api_key="none", max_retries=0) as bare:
            client = guard_client(bare, POLICY)
            if way.endswith("create"):
                done = await client.chat.completions.create(model="m", messages=turns)
                shown.append(done.choices[0].message.content or "")
                return
            async for chunk in await client.chat.completions.create(model="m", messages=turns, stream=True):
                shown.extend(choice.delta.content or "" for choice in chunk.choices)

    if way.startswith("async"):
        asyncio.run(ask())
        return "".join(shown)
    with openai.OpenAI(base_url=server.api_base, api_key="none", max_retries=0) as bare:
        client = guard_client(bare, POLICY)
        if way == "create":
            done = client.chat.completions.create(model="m", messages=turns)
            return done.choices[0].message.content or ""
        for chunk in client.chat.completions.create(model="m", messages=turns, stream=True):
            shown.extend(choice.delta.content or "" for choice in chunk.choices)
    return "".join(shown)


@WAYS
def test_texts_are_redacted_on_their_way_in_and_out(server: ModelServer, way: str) -> None:
    server.behaviour = Behaviour(text=LEAK)
    assert said(server, "I am ann@mail.example.", way) == REDACTED
    assert server.requests[0].body["messages"][0]["content"] == "I am [EMAIL]."


@WAYS
def test_what_is_blocked_is_the_clients_error_and_is_not_sent(server: ModelServer, way: str) -> None:
    with pytest.raises(openai.BadRequestError, match="I cannot talk about that") as raised:
        said(server, "The launch codes!", way)
    assert server.requests == []
    assert (raised.value.code, raised.value.param) == ("content_filter", "input")


@WAYS
def test_a_blocked_answer_is_the_clients_error(server: ModelServer, way: str) -> None:
    server.behaviour = Behaviour(text="It is easy. The launch codes are 1234.")
    shown: list[str] = []
    with pytest.raises(openai.APIError, match="I cannot talk about that"):
        said(server, "Hi", way, shown)
    assert "".join(shown) == ("It is easy. The " if way.endswith("stream") else "")


@pytest.mark.parametrize("stream", [False, True])
def test_every_choice_and_tool_argument_is_guarded(server: ModelServer, client: openai.OpenAI, stream: bool) -> None:
    call = {"index": 0, "id": "t", "type": "function", "function": {"name": "mail", "arguments": '{"to": "a@b.com"}'}}
    key = "delta" if stream else "message"
    choices = [
        {"index": 0, key: {"role": "assistant", "content": LEAK}, "finish_reason": "stop"},
        {"index": 1, key: {"role": "assistant", "content": None, "tool_calls": [call]}, "finish_reason": "tool_calls"},
    ]
    body: Json = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}
    if stream:
        events = f"data: {json.dumps(body)}\n\ndata: [DONE]\n\n".encode()
        server.behaviour = Behaviour(body=events, content_type="text/event-stream")
        texts = {0: "", 1: ""}
        for chunk in client.chat.completions.create(model="m", messages=[], stream=True):
            for choice in chunk.choices:
                calls = choice.delta.tool_calls or []
                arguments = [part.function.arguments or "" for part in calls if part.function is not None]
                texts[choice.index] += (choice.delta.content or "") + "".join(arguments)
        assert texts == {0: REDACTED, 1: '{"to": "[EMAIL]"}'}
    else:
        server.behaviour = Behaviour(body=body)
        done = client.chat.completions.create(model="m", messages=[])
        assert done.choices[0].message.content == REDACTED
        assert '{"to": "[EMAIL]"}' in done.model_dump_json().replace('\\"', '"')


def test_other_endpoints_and_copies_of_the_client_are_guarded_too(server: ModelServer, client: openai.OpenAI) -> None:
    client.with_options(timeout=30).embeddings.create(model="m", input="I am a@b.com")
    assert server.requests[0].body["input"] == "I am [EMAIL]"


def test_a_failure_of_the_server_comes_through(server: ModelServer, client: openai.OpenAI) -> None:
    server.behaviour = Behaviour(status=429)
    with pytest.raises(openai.RateLimitError, match="programmed to fail"):
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])


def test_what_cannot_be_read_is_refused(server: ModelServer, client: openai.OpenAI) -> None:
    with pytest.raises(
        openai.UnprocessableEntityError, match=r"is no JSON\. Send files and audio with a client that is not"
    ):
        client.files.create(file=b"abc", purpose="assistants")
    assert server.requests == []
    server.behaviour = Behaviour(body=b"RIFF", content_type="audio/wav")
    with pytest.raises(openai.UnprocessableEntityError, match=r"the answer is no JSON\. Ask for files and audio with"):
        client.audio.speech.create(model="m", voice="alloy", input="Hi")


def test_what_is_guarded_further_out_is_not_guarded_again(server: ModelServer, client: openai.OpenAI) -> None:
    seen: list[ChatCompletionChunk] = []
    with looking(POLICY.digest):
        seen.extend(
            client.chat.completions.create(model="m", messages=[{"role": "user", "content": LEAK}], stream=True)
        )
    assert server.requests[0].body["messages"][0]["content"] == LEAK
    assert "".join(chunk.choices[0].delta.content or "" for chunk in seen if chunk.choices) == LEAK


class Kept:
    """A holder of the policy with a log."""

    def __init__(self) -> None:
        self.policy = POLICY
        self.log = self
        self.told: list[Happening] = []

    def write_down(self, happening: Happening) -> None:
        self.told.append(happening)


def test_every_request_is_written_down_once(server: ModelServer) -> None:
    kept = Kept()
    turns: Json = {"messages": [{"role": "user", "content": "Hi a@b.com"}], "model": "m"}

    async def ask() -> None:
        async with openai.AsyncOpenAI(base_url=server.api_base, api_key="none", max_retries=0) as bare:
            async for _ in await guard_client(bare, kept).chat.completions.create(**turns, stream=True):
                pass

    with openai.OpenAI(base_url=server.api_base, api_key="none", max_retries=0) as bare:
        client = guard_client(bare, kept)
        client.chat.completions.create(**turns)
        for _ in client.chat.completions.create(**turns, stream=True):
            pass
        asyncio.run(ask())
        server.script(Behaviour(status=500))
        with pytest.raises(openai.InternalServerError, match="programmed"):
            client.chat.completions.create(**turns)
    whole, streamed, astreamed, failed = kept.told
    assert (whole.asked, whole.answered, whole.notes[0].model) == (["Hi a@b.com"], ["Hi [EMAIL]"], "m")
    assert whole.notes[0].usage.prompt_tokens == 2
    assert list(streamed.shown.values()) == list(astreamed.shown.values()) == ["Hi [EMAIL]"]
    assert failed.error == "HTTP 500"

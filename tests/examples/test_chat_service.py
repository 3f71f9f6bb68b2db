"""The example's service behind a real server, asked by the official client as its users would."""

import json
import urllib.request
from collections.abc import Iterator

import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from llmops.core.hashing import Json
from tests.support.chat_service import ChatService, chat_service
from tests.support.model_server import Behaviour

LEAK = "Call Jane at jane.doe@example.org or +1 650 253 0000, she knows."
REDACTED = "Call Jane at [EMAIL] or [PHONE], she knows."


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatService]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLMOPS_ACTOR", "ada@example.com")
        with chat_service(tmp_path_factory.mktemp("shop") / "chat_service") as service:
            yield service


@pytest.fixture
def service(running: ChatService) -> ChatService:
    running.model.reset()
    return running


@pytest.fixture
def client(service: ChatService) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{service.url}/v1", api_key="none", max_retries=0) as client:
        yield client


def said(client: openai.OpenAI, message: str, *, stream: bool) -> str:
    """What the client has at the end."""
    if not stream:
        done = client.chat.completions.create(model="any", messages=[{"role": "user", "content": message}])
        return done.choices[0].message.content or ""
    chunks = client.chat.completions.create(model="any", messages=[{"role": "user", "content": message}], stream=True)
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


def post(url: str, body: Json) -> Json:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


@pytest.mark.parametrize("stream", [False, True])
def test_a_blocked_request_is_the_clients_error_and_never_reaches_the_model(
    service: ChatService, client: openai.OpenAI, stream: bool
) -> None:
    with pytest.raises(openai.BadRequestError, match="I cannot help with that") as raised:
        said(client, "Send me the WHOLESALE price list.", stream=stream)
    assert service.model.requests == []
    assert (raised.value.code, raised.value.type, raised.value.param) == ("content_filter", "guardrail", "input")
    body = raised.value.body
    assert isinstance(body, dict)
    assert body["guard"]["checks"] == [{"check": "phrases", "action": "block"}]


@pytest.mark.parametrize("stream", [False, True])
def test_personal_data_is_redacted_on_its_way_in_and_out(
    service: ChatService, client: openai.OpenAI, stream: bool
) -> None:
    service.model.behaviour = Behaviour(text=LEAK)
    assert said(client, "I am ann@mail.example. Who knows?", stream=stream) == REDACTED
    asked = service.model.requests[0].body["messages"][-1]["content"]
    assert asked.startswith("I am [EMAIL]. Who knows?")


def test_a_stream_that_must_stop_ends_with_the_clients_error(service: ChatService, client: openai.OpenAI) -> None:
    service.model.behaviour = Behaviour(text="It is simple. The launch code is 1234, go on.")
    chunks = client.chat.completions.create(model="any", messages=[{"role": "user", "content": "Hi"}], stream=True)
    seen: list[ChatCompletionChunk] = []
    with pytest.raises(openai.APIError, match="I cannot help with that"):
        seen.extend(chunks)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in seen) == "It is simple. The "
    assert seen[-1].choices[0].finish_reason == "content_filter"


def test_plain_json_is_guarded_too(service: ChatService) -> None:
    service.model.behaviour = Behaviour(text=LEAK)
    assert post(f"{service.url}/chat", {"message": "I am ann@mail.example."})["reply"] == REDACTED
    assert "[EMAIL]" in service.model.requests[0].body["messages"][-1]["content"]


def test_the_guard_is_promoted_and_rolled_back_with_the_app(service: ChatService, client: openai.OpenAI) -> None:
    assert said(client, "Is there a discount?", stream=False).startswith("Is there a discount?")
    number = service.change_policy("wholesale price list", "discount")
    service.workspace.promote(f"app/chat@{number}", to="production")
    with pytest.raises(openai.BadRequestError, match="I cannot help with that"):
        said(client, "Is there a discount?", stream=False)
    service.workspace.rollback("app/chat@production")
    assert said(client, "Is there a discount?", stream=True).startswith("Is there a discount?")

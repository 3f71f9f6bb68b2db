"""litellm against a server of our own: the same replies, the same errors, no network of its own."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from llmops.backends.catalogs import open_chat_model, open_embedder
from llmops.backends.litellm import LitellmChat, find_litellm_endpoint, load_litellm
from llmops.backends.retries import Retries
from llmops.core.bridge import each, run_sync
from llmops.core.errors import ModelError
from llmops.core.settings import Settings
from llmops.domain.streaming import StreamingModel
from tests.support.chat import ask, streamed
from tests.support.model_server import Behaviour, ModelServer, letters

SettingsWith = Callable[[str], Settings]
SECRET = "sk-planted-0123456789"
pytestmark = pytest.mark.filterwarnings("ignore")  # litellm's own, about itself
pytest.importorskip("openai", reason="litellm is in the extra llmops[litellm]")


@pytest.fixture
def settings(server: ModelServer, settings_with: SettingsWith, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("HOUSE_KEY", SECRET)
    return settings_with(f'[connections.openai]\napi_base = "{server.api_base}"\nkey_env = "HOUSE_KEY"')


def test_a_model_string_with_the_prefix(settings: Settings) -> None:
    endpoint = find_litellm_endpoint("litellm/openai/gpt-4o-mini", settings)
    assert (endpoint.model, endpoint.name, endpoint.provider) == (
        "litellm/openai/gpt-4o-mini",
        "openai/gpt-4o-mini",
        "openai",
    )
    assert endpoint.key() == SECRET


def test_without_a_connection_the_address_is_the_providers_name(settings_with: SettingsWith) -> None:
    endpoint = find_litellm_endpoint("anthropic/claude-sonnet-4-5", settings_with(""))
    assert (endpoint.address, endpoint.key_env) == ("anthropic", ())


@pytest.mark.slow
def test_chat_and_embeddings(server: ModelServer, settings: Settings) -> None:
    import numpy as np

    server.key = SECRET
    model = "litellm/openai/gpt-4o-mini"
    reply = run_sync(open_chat_model(model, settings).chat(ask("one two", model, parameters={"temperature": 0})))
    assert (reply.text, reply.model, reply.finish_reason) == ("one two", model, "stop")
    assert reply.usage.cost == pytest.approx(2 * 1.5e-07 + 2 * 6e-07)
    assert reply.usage.latency > 0
    assert server.requests[0].body["messages"] == [{"role": "user", "content": "one two"}]

    embedder = open_embedder("litellm/openai/own-embedding", settings)
    vectors = run_sync(embedder.embed(["text"]))
    expected = np.array(letters("text"))
    np.testing.assert_allclose(vectors[0], expected / np.linalg.norm(expected), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("behaviour", "text"),
    [
        (Behaviour(status=401), r"(?s)refused the key \(HTTP 401.*Check HOUSE_KEY"),
        (Behaviour(status=404), r"does not know the model"),
        (Behaviour(status=429), r"limits the rate \(HTTP 429.*after 8 attempts"),
        (Behaviour(status=500), r"failed \(HTTP 500.*after 2 attempts"),
        (Behaviour(text=""), r"answered with empty content"),
    ],
    ids=["key", "model", "rate", "broken", "empty"],
)
def test_errors_read_as_those_of_direct_calls(
    behaviour: Behaviour, text: str, server: ModelServer, settings: Settings
) -> None:
    server.behaviour = behaviour
    endpoint = find_litellm_endpoint("litellm/openai/gpt-4o-mini", settings)
    model = LitellmChat(endpoint, Retries(attempts=2, first=0.001))
    with pytest.raises(ModelError, match=text) as caught:
        run_sync(model.chat(ask("hi")))
    assert SECRET not in str(caught.value)


@pytest.mark.slow
def test_a_time_out_and_an_unreachable_server(server: ModelServer, settings_with: SettingsWith) -> None:
    server.behaviour = Behaviour(hang=True)
    text = '[connections.openai]\napi_base = "{}"\nkey_env = "PATH"\ntimeout = "200ms"'
    slow = find_litellm_endpoint("litellm/openai/m", settings_with(text.format(server.api_base)))
    with pytest.raises(ModelError, match=r"litellm/openai/m did not answer within 0\.2 s"):
        run_sync(LitellmChat(slow, Retries(attempts=1)).chat(ask("hi")))
    gone = find_litellm_endpoint("litellm/openai/m", settings_with(text.format("http://127.0.0.1:9/v1")))
    with pytest.raises(ModelError, match=r"http://127\.0\.0\.1:9/v1 was not reached"):
        run_sync(LitellmChat(gone, Retries(attempts=1)).chat(ask("hi")))


@pytest.mark.slow
def test_loading_it_asks_no_network_and_says_nothing() -> None:
    code = """
import socket
def refuse(*_args, **_kwargs):
    raise SystemExit("network")
socket.getaddrinfo = refuse
socket.socket.connect = refuse
from llmops.backends.litellm import load_litellm
load_litellm()
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("", "")


@pytest.mark.slow
def test_it_is_told_before_its_import() -> None:
    load_litellm()
    assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"


@pytest.mark.slow
def test_a_stream(server: ModelServer, settings: Settings) -> None:
    name = "litellm/openai/gpt-4o-mini"
    model = open_chat_model(name, settings)
    pieces, reply = streamed(model, ask("one two three", name))
    assert (pieces, reply.text, reply.model) == (["one ", "two ", "three"], "one two three", name)
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (3, 3)
    assert reply.usage.first_token is not None
    server.script(Behaviour(status=401))
    with pytest.raises(ModelError, match=r"refused the key \(HTTP 401"):
        streamed(model, ask("hi", name))
    server.behaviour = Behaviour(pause_after=2)
    assert isinstance(model, StreamingModel)
    broken = each(model.stream(ask("one two three four", name)))
    assert next(broken) == "one "
    broken.close()
    assert server.broken_off.wait(10)

"""What a server, or the lack of one, can do to a call: each ends in a reply or in a clear error, and in no leak."""

import asyncio
import gc
import socket
import subprocess
import sys
import time
import warnings

import pytest

from llmops.backends.endpoints import Endpoint
from llmops.backends.json_client import MAX_BODY, Answer, JsonClient
from llmops.backends.retries import Retries
from llmops.core.bridge import run_sync
from llmops.core.errors import ModelError
from tests.support.model_server import Behaviour, ModelServer

QUICK = Retries(attempts=3, first=0.001, total=5)
BODY = b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}'
SECRET = "sk-planted-0123456789"


def post(api_base: str, *, timeout: float = 5.0, key_env: tuple[str, ...] = (), rpm: int | None = None) -> Answer:
    endpoint = Endpoint(
        model="house/m", provider="house", name="m", api_base=api_base, key_env=key_env, timeout=timeout, rpm=rpm
    )

    async def once() -> Answer:
        client = JsonClient(endpoint, "/chat/completions", QUICK)
        try:
            return await client.post(BODY)
        finally:
            await client.close()

    return run_sync(once())


def test_a_good_answer(server: ModelServer) -> None:
    answer = post(server.api_base)
    assert answer.data["choices"][0]["message"]["content"] == "hi"
    assert 0 < answer.latency < 5


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(
            ModelError, match=rf"(?s)http://127\.0\.0\.1:{port}/v1 was not reached: .*Is the server of house/m"
        ):
            post(f"http://127.0.0.1:{port}/v1")


def test_an_unknown_host() -> None:
    with pytest.raises(ModelError, match=r"http://no-such-host\.invalid/v1 was not reached"):
        post("http://no-such-host.invalid/v1")


def test_the_wrong_key_is_named_but_not_shown(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.key = "the-right-one"
    monkeypatch.setenv("HOUSE_KEY", SECRET)
    with pytest.raises(
        ModelError, match=r"(?s)refused the key \(HTTP 401.*Incorrect API key.*Check HOUSE_KEY"
    ) as caught:
        post(server.api_base, key_env=("HOUSE_KEY",))
    assert SECRET not in str(caught.value) + repr(caught.value)
    assert caught.value.status == 401
    assert len(server.requests) == 1


def test_the_right_key_opens(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.key = SECRET
    monkeypatch.setenv("HOUSE_KEY", SECRET)
    assert post(server.api_base, key_env=("HOUSE_KEY",)).data["choices"]


def test_a_missing_key_is_said_before_anything_is_sent(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOUSE_KEY", raising=False)
    with pytest.raises(ModelError, match="HOUSE_KEY is not set"):
        post(server.api_base, key_env=("HOUSE_KEY",))
    assert server.requests == []


@pytest.mark.parametrize(
    "first",
    [
        Behaviour(status=429, headers={"Retry-After": "0"}),
        Behaviour(status=500),
        Behaviour(status=503, headers={"Retry-After": "0.01"}),
        Behaviour(reset=True),
    ],
    ids=["limited", "broken", "busy", "reset"],
)
def test_what_may_get_better_is_tried_again(first: Behaviour, server: ModelServer) -> None:
    server.script(first)
    assert post(server.api_base).data["choices"]
    assert len(server.requests) == 2


def test_retry_after_is_waited_for(server: ModelServer) -> None:
    server.script(Behaviour(status=429, headers={"Retry-After": "0.2"}))
    started = time.monotonic()
    post(server.api_base)
    assert time.monotonic() - started >= 0.2


def test_a_rate_limit_that_stays(server: ModelServer) -> None:
    server.behaviour = Behaviour(status=429)
    with pytest.raises(ModelError, match=r"limits the rate \(HTTP 429.*\(after 12 attempts\)"):
        post(server.api_base)
    assert len(server.requests) == 12  # each counts as a quarter of a failure


def test_a_wait_that_is_too_long_is_not_begun(server: ModelServer) -> None:
    server.behaviour = Behaviour(status=429, headers={"Retry-After": "3600"})
    with pytest.raises(ModelError, match="limits the rate") as caught:
        post(server.api_base)
    assert caught.value.retry_after == 3600
    assert len(server.requests) == 1


def test_an_unknown_model(server: ModelServer) -> None:
    server.behaviour = Behaviour(status=404, body={"error": {"message": "model `m` not found"}})
    with pytest.raises(
        ModelError, match=r"does not know the model 'm' \(HTTP 404, model house/m\): model `m` not found"
    ):
        post(server.api_base)
    assert len(server.requests) == 1


def test_a_server_that_hangs(server: ModelServer) -> None:
    server.behaviour = Behaviour(hang=True)
    with pytest.raises(
        ModelError, match=r"(?s)house/m did not answer within 0\.05 s \(after 3 attempts\).*Raise timeout"
    ):
        post(server.api_base, timeout=0.05)


@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"", b'{"choices": [', b"[" * 100_000, b"\xff\xfe\x00"])
def test_a_body_that_is_no_json(body: bytes, server: ModelServer) -> None:
    server.behaviour = Behaviour(body=body)
    with pytest.raises(ModelError, match=r"(?s)answered house/m with something that is no JSON: .*usually ends in /v1"):
        post(server.api_base)
    assert len(server.requests) == 1


def test_a_redirect_is_not_followed(server: ModelServer) -> None:
    server.behaviour = Behaviour(status=307, headers={"Location": f"{server.api_base}/elsewhere"}, body=b"")
    with pytest.raises(ModelError, match="redirects, which llmops does not follow"):
        post(server.api_base)
    assert len(server.requests) == 1


def test_a_body_without_end(server: ModelServer) -> None:
    server.behaviour = Behaviour(body=b" " * (MAX_BODY + 1))
    with pytest.raises(ModelError, match="with more than 64 MiB"):
        post(server.api_base)


def test_a_connections_rate_limit_is_kept(server: ModelServer) -> None:
    endpoint = Endpoint(model="slow/m", provider="slow", name="m", api_base=server.api_base, rpm=600)

    async def twice_the_burst() -> float:
        client = JsonClient(endpoint, "/chat/completions", QUICK)
        started = time.monotonic()
        await asyncio.gather(*(client.post(BODY) for _ in range(64)))
        await client.close()
        return time.monotonic() - started

    assert run_sync(twice_the_burst()) >= 0.25  # 61 at once, then one every 0.1 s


def test_one_session_serves_all_calls_and_a_closed_client_opens_another(server: ModelServer) -> None:
    client = JsonClient(
        Endpoint(model="house/m", provider="house", name="m", api_base=server.api_base), "/chat/completions"
    )

    async def calls() -> None:
        await asyncio.gather(*(client.post(BODY) for _ in range(20)))
        await client.close()
        await client.post(BODY)
        await client.close()
        await client.close()

    run_sync(calls())
    assert len(server.requests) == 21


def test_a_client_works_on_a_second_loop(server: ModelServer) -> None:
    client = JsonClient(
        Endpoint(model="house/m", provider="house", name="m", api_base=server.api_base), "/chat/completions"
    )

    async def call_and_close() -> None:
        await client.post(BODY)
        await client.close()

    run_sync(client.post(BODY))
    asyncio.run(call_and_close())
    assert len(server.requests) == 2


def test_a_forgotten_client_makes_no_noise(server: ModelServer) -> None:
    endpoint = Endpoint(model="house/m", provider="house", name="m", api_base=server.api_base)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        run_sync(JsonClient(endpoint, "/chat/completions").post(BODY))
        gc.collect()
        run_sync(asyncio.sleep(0))
        gc.collect()
    assert [str(warning.message) for warning in seen] == []


def test_a_program_that_just_ends_makes_no_noise(server: ModelServer) -> None:
    code = f"""
from llmops.backends.endpoints import Endpoint
from llmops.backends.json_client import JsonClient
from llmops.core.bridge import run_sync
client = JsonClient(Endpoint(model="h/m", provider="h", name="m", api_base={server.api_base!r}), "/chat/completions")
print(run_sync(client.post({BODY!r})).data["choices"][0]["message"]["content"])
"""
    run = subprocess.run([sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("hi\n", "")

"""litellm itself behind a policy, against a server."""

import asyncio
from collections.abc import Iterator

import pytest

from llmops.backends.litellm import load_litellm
from llmops.core.hashing import Json
from llmops.guard.noting import Happening
from llmops.guard.policy import Policy
from llmops.integrations.litellm_callback import LitellmGuard, litellm_callback
from tests.support.model_server import Behaviour, ModelServer, model_server

CHECKS = [{"pii": {"action": "redact"}}, {"phrases": {"phrases": ["launch codes"], "action": "block"}}]
POLICY = Policy.from_mapping({"input": CHECKS, "output": CHECKS, "block_message": "I cannot talk about that."})
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]  # litellm's own, about itself
pytest.importorskip("openai", reason="litellm is in the extra llmops[litellm]")


class Kept:
    """A holder of the policy with a log."""

    def __init__(self) -> None:
        self.policy = POLICY
        self.log = self
        self.told: list[Happening] = []

    def write_down(self, happening: Happening) -> None:
        self.told.append(happening)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


def ask(server: ModelServer, message: str, **more: Json) -> Json:
    return {
        "model": "openai/m",
        "messages": [{"role": "user", "content": message}],
        "api_base": server.api_base,
        "api_key": "none",
        "max_retries": 0,
        **more,
    }


def test_the_sdk_sends_and_gives_what_the_policy_lets_through(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    litellm: Json = load_litellm()
    kept = Kept()
    monkeypatch.setattr(litellm, "callbacks", [litellm_callback(kept)])
    server.script(Behaviour(text="Write to jane@example.org."), Behaviour(text="The launch codes are 1234."))

    async def run() -> None:
        done = await litellm.acompletion(**ask(server, "I am bob@example.com"))
        assert done.choices[0].message.content == "Write to [EMAIL]."
        assert server.requests[0].body["messages"] == [{"role": "user", "content": "I am [EMAIL]"}]
        with pytest.raises(litellm.BadRequestError, match="I cannot talk about that"):
            await litellm.acompletion(**ask(server, "Hi"))
        with pytest.raises(litellm.BadRequestError, match="I cannot talk about that"):
            await litellm.acompletion(**ask(server, "The launch codes!"))
        assert len(server.requests) == 2

    asyncio.run(run())
    assert [[v.action for v in one.verdicts] for one in kept.told] == [["redact"], ["block"], ["block"]]


def test_streams_of_litellm_are_held_back_and_stopped(server: ModelServer) -> None:
    litellm: Json = load_litellm()
    guard = litellm_callback(POLICY)
    server.script(
        Behaviour(text="Write to jane@example.org now."), Behaviour(text="It is easy. The launch codes are 1234.")
    )

    async def shown(request: Json) -> list[str]:
        response = await litellm.acompletion(**request, stream=True)
        chunks = guard.async_post_call_streaming_iterator_hook(None, response, request)
        return [chunk.choices[0].delta.content or "" async for chunk in chunks]

    async def without_the_proxy(request: Json) -> list[str]:
        response = await litellm.acompletion(**request, stream=True)
        chunks = LitellmGuard(POLICY).streamed(response, request)
        return [chunk.model_dump()["choices"][0]["delta"]["content"] or "" async for chunk in chunks]

    assert "".join(asyncio.run(shown(ask(server, "Hi")))) == "Write to [EMAIL] now."
    with pytest.raises(litellm.BadRequestError, match="I cannot talk about that"):
        asyncio.run(shown(ask(server, "Hi")))
    server.script(Behaviour(text="Ask bob@example.com."))
    assert "".join(asyncio.run(without_the_proxy(ask(server, "Hi")))) == "Ask [EMAIL]."


def test_the_proxys_hooks_check_a_request_once() -> None:
    load_litellm()
    callback = litellm_callback(POLICY)

    async def run() -> Json:
        data = {"model": "m", "messages": [{"role": "user", "content": "a@b.com"}]}
        checked = await callback.async_pre_call_hook(None, None, data, "completion")
        assert data["messages"][0]["content"] == "a@b.com"  # type: ignore[index]
        assert await callback.async_pre_call_deployment_hook(checked, None) is None
        return checked

    assert asyncio.run(run())["messages"][0]["content"] == "[EMAIL]"

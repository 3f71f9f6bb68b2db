"""Async code asks who holds a policy, and its event loop goes on."""

import asyncio
import threading
from collections.abc import MutableMapping

import pytest

from llmops.core.hashing import Json
from llmops.guard.holding import acurrent, current
from llmops.guard.middleware import GuardMiddleware
from llmops.guard.policy import Policy
from tests.support.asgi import Receive, Send, call, send_json

POLICY = Policy.from_mapping({"input": [{"phrases": {"phrases": ["launch codes"]}}]})


class Slow:
    """A holder whose look-up ends when somebody on the event loop says so."""

    def __init__(self) -> None:
        self.may_end = threading.Event()

    @property
    def policy(self) -> Policy:
        if not self.may_end.wait(10):
            raise TimeoutError("the event loop stood still")
        return POLICY


class Asked:
    """A holder that can be asked on a loop, and should be."""

    @property
    def policy(self) -> Policy:
        raise AssertionError("asked in the wrong way")

    async def apolicy(self) -> Policy:
        return POLICY


async def let_go(holder: Slow) -> None:
    holder.may_end.set()


def test_the_loop_goes_on_while_a_holder_looks_something_up() -> None:
    async def both() -> Policy:
        holder = Slow()
        found, _ = await asyncio.gather(acurrent(holder), let_go(holder))
        return found

    assert asyncio.run(both()) is POLICY


def test_what_can_be_asked_on_a_loop_is() -> None:
    assert asyncio.run(acurrent(Asked())) is POLICY
    with pytest.raises(AssertionError, match="asked in the wrong way"):
        current(Asked())


def test_a_policy_holds_itself() -> None:
    assert current(POLICY) is asyncio.run(acurrent(POLICY)) is POLICY


def test_the_middleware_asks_on_the_loop() -> None:
    async def service(scope: MutableMapping[str, Json], receive: Receive, send: Send) -> None:
        await send_json(send, {"choices": []})

    guarded = GuardMiddleware(service, policy=Asked())
    assert call(guarded, "/chat", {"messages": [{"role": "user", "content": "launch codes"}]}).status == 400

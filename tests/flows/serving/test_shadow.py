"""Shadow traffic: bounded, counted, and unable to break anything."""

import asyncio
import logging

import pytest

from llmops.core.bridge import run_sync
from llmops.domain.interaction import Reply
from llmops.flows.serving import shadow
from llmops.flows.serving.shadow import MAX_IN_FLIGHT, Shadows

SERVED = Reply(id="reply-1", text="served", refs={"app": "sha256:1"})


async def answer() -> Reply:
    return Reply(id="reply-2", text="shadow", refs={"app": "sha256:2"})


async def fail() -> Reply:
    raise RuntimeError("the candidate is broken")


async def settle(shadows: Shadows) -> None:
    while shadows.in_flight:
        await asyncio.sleep(0)


def test_answers_and_failures_are_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "llmops.serving")

    async def run() -> Shadows:
        shadows = Shadows()
        shadows.start(SERVED, answer)
        shadows.start(SERVED, fail)
        await settle(shadows)
        return shadows

    tally = run_sync(run()).tally
    assert (tally.started, tally.answered, tally.failed, tally.dropped) == (2, 1, 1, 0)
    assert "shadow of reply-1: app sha256:2 in 0.000 s, served app sha256:1" in caplog.text
    assert "shadow of reply-1 failed: RuntimeError: the candidate is broken" in caplog.text


def test_what_comes_on_top_of_a_few_is_dropped() -> None:
    async def run() -> Shadows:
        shadows, gate = Shadows(), asyncio.Event()

        async def wait() -> Reply:
            await gate.wait()
            return await answer()

        for _ in range(MAX_IN_FLIGHT + 3):
            shadows.start(SERVED, wait)
        assert shadows.in_flight == MAX_IN_FLIGHT
        gate.set()
        await settle(shadows)
        shadows.start(SERVED, answer)
        await settle(shadows)
        return shadows

    tally = run_sync(run()).tally
    assert (tally.started, tally.answered, tally.dropped) == (MAX_IN_FLIGHT + 1, MAX_IN_FLIGHT + 1, 3)


def test_a_candidate_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow, "SECONDS", 0.01)

    async def run() -> Shadows:
        shadows = Shadows()
        shadows.start(SERVED, lambda: asyncio.Event().wait())  # type: ignore[arg-type, return-value]
        await settle(shadows)
        return shadows

    assert run_sync(run()).tally.failed == 1


def test_closing_gives_up_what_is_in_flight() -> None:
    async def run() -> Shadows:
        shadows = Shadows()
        shadows.start(SERVED, lambda: asyncio.Event().wait())  # type: ignore[arg-type, return-value]
        await shadows.close()
        return shadows

    shadows = run_sync(run())
    assert shadows.in_flight == 0
    assert shadows.tally.answered == 0

"""An app as a program holds it."""

import asyncio
import inspect
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import llmops
from llmops.core.bridge import run_sync
from llmops.core.errors import WrongLoop
from llmops.domain.corpus import Context
from llmops.domain.streaming import Event
from llmops.workspace.app import App
from tests.support.model_server import Behaviour, model_server
from tests.support.served import move, try_out
from tests.support.served import plain as plain


def test_an_app_answers_with_digests_and_citations(ready: Path) -> None:
    with llmops.open(ready) as ws:
        app = ws.app("docs@1")
        reply = app.ask("How long are gift cards valid?")
        assert "three years" in reply.text
        assert reply.citations[0].key == "docs/gift-cards.md"
        assert reply.refs["app"] == ws.store.versions.get("app", "docs", 1).digest  # type: ignore[union-attr]
        assert app.model == "offline/extractive"
        assert set(app.refs) <= set(reply.refs)


def test_the_async_form_gives_the_same_answer(ready: Path) -> None:
    with llmops.open(ready) as ws:
        app = ws.app("docs")

        async def ask() -> str:
            return (await app.aask("How long are gift cards valid?")).text

        assert asyncio.run(ask()) == app.ask("How long are gift cards valid?").text


def test_given_contexts_replace_retrieval(ready: Path) -> None:
    with llmops.open(ready) as ws:
        context = Context(id="x", text="The moon is made of green cheese.")
        reply = ws.app("docs").ask("What is the moon made of?", contexts=[context])
        assert reply.contexts == (context,)
        assert "green cheese" in reply.text


def test_a_sync_call_on_the_loop_names_the_async_form(ready: Path) -> None:
    with llmops.open(ready) as ws:
        app = ws.app("docs")

        async def wrong() -> None:
            app.ask("x")

        with pytest.raises(WrongLoop, match="called synchronously"):
            run_sync(wrong())


def test_a_handle_follows_its_alias(plain: Path) -> None:
    with llmops.open(plain, cache__alias_ttl="0s") as ws:
        app = ws.app("plain@production")
        assert app.ask("hi").text == "Tone 1. Version 1 says hi."
        move(ws, 2)
        reply = app.ask("hi")
        assert reply.text == "Tone 2. Version 2 says hi."
        assert reply.refs["served_from"] == "store"
        assert reply.refs["app"] == app.refs["app"] == ws.store.versions.get("app", "plain", 2).digest  # type: ignore[union-attr]
        assert (app.parameters, app.prompt.number, app.is_fallback) == ({"version": 2}, 2, False)
        assert ws.app("plain@production") is app


def test_a_pinned_handle_follows_nothing(plain: Path) -> None:
    with llmops.open(plain, cache__alias_ttl="0s") as ws:
        app = ws.app("plain@production")
        pinned = app.pin()
        move(ws, 2)
        assert app.ask("x").refs["app"] != pinned.ask("x").refs["app"]
        assert (pinned.prompt.number, pinned.parameters["version"]) == (1, 1)


def test_a_canary_keeps_its_users(plain: Path) -> None:
    users = [f"user-{number}" for number in range(40)]
    with llmops.open(plain, cache__alias_ttl="0s") as ws:
        first, second = (ws.store.versions.get("app", "plain", number).digest for number in (1, 2))  # type: ignore[union-attr]
        try_out(ws, 2, 0.3, "canary")
        app = ws.app("plain@production")
        sides = {user: app.ask("x", user=user).refs["app"] for user in users}
        assert set(sides.values()) == {first, second}
        assert sides == {user: app.ask("y", session=user).refs["app"] for user in users}
        assert sides == {user: app.pin(user=user).refs["app"] for user in users}
        try_out(ws, 2, 0.9, "canary")
        wider = {user: app.ask("x", user=user).refs["app"] for user in users}
        assert {user for user, side in sides.items() if side == second} < {
            user for user, side in wider.items() if side == second
        }
        move(ws, 2)
        assert {app.ask("x", user=user).refs["app"] for user in users} == {second}


def test_a_shadow_answers_unseen(plain: Path) -> None:
    with llmops.open(plain, cache__alias_ttl="0s") as ws:
        try_out(ws, 2, 1.0, "shadow")
        app = ws.app("plain@production")
        assert app.ask("hi").text == "Tone 1. Version 1 says hi."
        while not app.shadowed.answered:
            pass
        assert (app.shadowed.started, app.shadowed.failed, app.shadowed.dropped) == (1, 0, 0)


def test_shadows_in_flight_end_with_the_workspace(plain: Path) -> None:
    with llmops.open(plain, cache__alias_ttl="0s") as ws:
        try_out(ws, 2, 1.0, "shadow")
        app = ws.app("plain@production")
        for _ in range(20):
            app.ask("hi")
    tally = app.shadowed
    assert tally.started + tally.dropped == 20


def test_the_ways_to_ask_take_the_same_and_end_with_the_same_reply(ready: Path) -> None:
    ways = [inspect.signature(way) for way in (App.ask, App.aask, App.stream, App.astream)]
    assert all(way.parameters == ways[0].parameters for way in ways)
    with llmops.open(ready) as ws:
        app, question = ws.app("docs"), "How long are gift cards valid?"

        async def streamed() -> list[Event]:
            return [event async for event in app.astream(question)]

        events, again, reply = list(app.stream(question)), asyncio.run(streamed()), app.ask(question)
        assert "".join(event.text for event in events) == reply.text
        assert [event.type for event in events] == [event.type for event in again]
        for last in (events[-1].reply, again[-1].reply):
            assert last is not None
            own = {"id": reply.id, "at": reply.at, "usage": reply.usage}
            assert last.model_copy(update=own) == reply


def test_a_stream_is_of_one_version_whatever_moves_meanwhile(plain: Path) -> None:
    with llmops.open(plain, cache__alias_ttl="0s") as ws:
        app = ws.app("plain@production")
        events = app.stream("hi")
        first = next(events)
        move(ws, 2)
        rest = list(events)
        reply = rest[-1].reply
        assert reply is not None
        assert first.text + "".join(event.text for event in rest) == reply.text == "Tone 1. Version 1 says hi."
        assert reply.refs["app"] == ws.store.versions.get("app", "plain", 1).digest  # type: ignore[union-attr]
        try_out(ws, 1, 1.0, "shadow")
        assert list(app.stream("hi"))[-1].reply is not None
        while not app.shadowed.answered:
            pass


@pytest.mark.parametrize("way", ["close", "drop", "aclose"])
def test_who_stops_reading_a_stream_ends_the_request(plain: Path, way: str) -> None:
    with model_server() as server:
        server.behaviour = Behaviour(text="one two three four", pause_after=2)
        (plain / "apps" / "plain.yaml").write_text("prompt: say\nmodel: house/m\n")
        (plain / "llmops.toml").write_text(f'[connections.house]\napi_base = "{server.api_base}"\n')
        with llmops.open(plain) as ws:
            app = ws.app("plain@working")

            async def read() -> None:
                events = app.astream("hi")
                assert (await anext(events)).text == "one "
                await events.aclose()

            if way == "aclose":
                asyncio.run(read())
            else:
                events = app.stream("hi")
                assert next(events).text == "one "
                if way == "close":
                    events.close()
                del events
            assert server.broken_off.wait(10)


def test_ctrl_c_ends_the_request_of_a_stream(plain: Path) -> None:
    script = "import llmops\nfor event in llmops.open().app('plain@working').stream('hi'):\n    print(event.text, flush=True)\n"
    with model_server() as server:
        server.behaviour = Behaviour(text="one two three four", pause_after=2)
        (plain / "apps" / "plain.yaml").write_text("prompt: say\nmodel: house/m\n")
        (plain / "llmops.toml").write_text(f'[connections.house]\napi_base = "{server.api_base}"\n')
        with subprocess.Popen(
            [sys.executable, "-c", script], cwd=plain, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "one \n"
            child.send_signal(signal.SIGINT)
            assert server.broken_off.wait(10)
            _, said = child.communicate(timeout=20)
    assert said.rstrip().endswith("KeyboardInterrupt")

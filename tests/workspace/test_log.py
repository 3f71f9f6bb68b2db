"""Answers are written down, and people say what they think of them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import llmops
from llmops.core.backlog import Backlog
from llmops.core.errors import ModelError, NotFound
from llmops.core.hashing import Json
from llmops.domain.interaction import Interaction, Wanted
from llmops.flows.interactions.writer import LINES
from llmops.guard.functions import Refused, guarded
from llmops.guard.middleware import GuardMiddleware
from llmops.workspace.workspace import Workspace
from tests.support.asgi import call
from tests.support.served import ADA
from tests.support.served import plain as plain

HOUSE = "prompt: say\nmodel: house/m\n"


def logged(ws: Workspace) -> list[Interaction]:
    ws.log.flush()
    return list(ws.store.interactions.texts(Wanted()))


def test_every_answer_is_written_down_with_what_produced_it(plain: Path) -> None:
    with llmops.open(plain) as ws:
        app = ws.app("plain@production")
        asked = app.ask("I am a@example.com", user="ada", session="s", metadata={"plan": "pro"})
        [*_, last] = app.stream("hi", user="ada")
        streamed, first = logged(ws)
        assert last.reply is not None
        assert (first.id, streamed.id) == (asked.id, last.reply.id)
        assert (first.source, first.app, first.version) == ("ask", "plain", asked.refs["app"])
        assert (first.inputs, first.output) == (
            {"question": "I am [EMAIL]"},
            "Tone 1. Version 1 says I am [EMAIL].",
        )
        assert (first.metadata, first.usage.latency > 0) == ({"plan": "pro"}, True)
        assert (streamed.source, streamed.usage.first_token is not None) == ("stream", True)
        assert first.user == streamed.user == ws.log.hashed("ada") != ""
    with llmops.open(plain) as ws:
        assert len(logged(ws)) == 2


def test_a_failed_answer_and_one_that_nobody_read_are_written_down_too(plain: Path) -> None:
    (plain / "apps" / "plain.yaml").write_text(HOUSE)
    (plain / "llmops.toml").write_text('[connections.house]\napi_base = "http://127.0.0.1:9/v1"\n')
    with llmops.open(plain) as ws:
        with pytest.raises(ModelError, match="was not reached"):
            ws.app("plain@working").ask("hi")
        events = ws.app("plain@1").stream("one two " * 200)
        next(events)
        events.close()
        broken, failed = logged(ws)
    assert "was not reached" in failed.error
    assert (failed.model, broken.error) == ("house/m", "the reader went away")


def test_an_application_writes_down_its_own_answers(plain: Path) -> None:
    with llmops.open(plain) as ws:
        id_ = ws.log_interaction(
            app="plain@production", inputs={"q": "hi"}, output="AKIAIOSFODNN7EXAMPLE", contexts=["x"]
        )
        ws.feedback(id_, score=0, correction="Write to a@example.com", comment="wrong", user="bob")
        [one] = logged(ws)
        [said] = ws.store.interactions.feedback([id_])[id_]
        assert (one.source, one.output, one.version, one.score) == (
            "log",
            "[AWS_KEY]",
            ws.app("plain@1").refs["app"],
            0,
        )
        assert (said.correction, said.comment, said.who) == ("Write to [EMAIL]", "wrong", ws.log.hashed("bob"))
        with pytest.raises(NotFound, match="no interaction 'reply-none'"):
            ws.feedback("reply-none", score=1)


def test_evaluations_write_nothing_and_texts_can_be_left_out(plain: Path) -> None:
    (plain / "llmops.toml").write_text('[log]\ntext = "none"\n')
    (plain / "evals" / "data").mkdir(parents=True)
    (plain / "evals" / "data" / "c.jsonl").write_text('{"id": "a", "inputs": {"question": "hi"}}\n')
    (plain / "evals" / "s.yaml").write_text("target: {app: plain}\ndataset: evals/data/c.jsonl\nscorers: [latency]\n")
    with llmops.open(plain) as ws:
        ws.eval("s")
        assert logged(ws) == []
        ws.app("plain@1").ask("hi")
        [one] = logged(ws)
    assert (one.inputs, one.output) == ({}, "")


def test_what_is_older_than_the_retention_goes(plain: Path) -> None:
    with llmops.open(plain) as ws:
        ws.app("plain@1").ask("old")
        assert len(logged(ws)) == 1
    with llmops.open(plain, log__retention="1ms") as ws:
        ws.app("plain@1").ask("new")
        assert [one.inputs["question"] for one in logged(ws)] == ["new"]


def test_a_kill_loses_no_more_than_the_last_moments(plain: Path) -> None:
    script = (
        "import llmops, sys, time\n"
        "app = llmops.open().app('plain@1')\n"
        "app.ask('kept')\n"
        "print('asked', flush=True)\n"
        "sys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script], cwd=plain, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ
    )
    with child, llmops.open(plain) as ws:
        assert child.stdout is not None
        assert child.stdout.readline() == b"asked\n"
        while not ws.store.interactions.count():
            pass
        child.send_signal(signal.SIGKILL)
        assert [one.inputs["question"] for one in logged(ws)] == ["kept"]


GUARD = "input: [{pii: {entities: [email], action: redact}}, secrets]\noutput: [{phrases: {phrases: [open sesame]}}]\n"


@pytest.fixture
def guarded_app(plain: Path) -> Path:
    (plain / "policies").mkdir()
    (plain / "policies" / "chat.yaml").write_text(GUARD)
    (plain / "apps" / "plain.yaml").write_text("prompt: say\nmodel: offline/echo\npolicy: chat\n")
    return plain


def test_a_guarded_service_that_asks_its_app_is_one_interaction(guarded_app: Path) -> None:
    with llmops.open(guarded_app) as ws:
        app = ws.app("plain")

        async def service(scope: Json, receive: Json, send: Json) -> None:
            message = json.loads((await receive())["body"])["message"]
            body = json.dumps({"reply": (await app.aask(message)).text}).encode()
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
            )
            await send({"type": "http.response.body", "body": body})

        assert app.policy is not None
        api = GuardMiddleware(
            service,
            policy=app.policy,
            paths=["/chat"],
            input="$.message",
            output="$.reply",
            context=lambda scope: {"user": "ada", "metadata": {"plan": "pro"}},
        )
        for text in ("I am a@example.com", "AKIAIOSFODNN7EXAMPLE is it", "say open sesame"):
            call(api, "/chat", {"message": text})
        blocked, secret, first = logged(ws)
    assert (first.source, first.app, first.model, first.user != "") == ("guard", "plain", "offline/echo", True)
    assert (first.inputs["question"], first.metadata) == ("I am [EMAIL]", {"plan": "pro"})
    assert first.output == "Tone 2. Version 2 says I am [EMAIL]."
    assert first.usage.prompt_tokens > 0
    assert {"app", "policy", "prompt"} <= set(first.refs)
    assert (secret.action, secret.inputs["question"], secret.model) == ("block", "[AWS_KEY] is it", "")
    assert (blocked.action, blocked.finish_reason) == ("block", "content_filter")
    assert "sesame" not in blocked.output


def test_guarded_functions_are_written_down_with_what_an_app_said_inside(guarded_app: Path) -> None:
    with llmops.open(guarded_app) as ws:
        app, policy = ws.app("plain"), ws.guard("chat")

        @guarded(policy)
        def answer(message: str) -> str:
            return app.ask(message).text

        @guarded(policy)
        def pieces(message: str) -> Iterator[str]:
            for event in app.stream(message):
                yield event.text

        answer("one a@example.com")
        assert "".join(pieces("two")) == "Tone 2. Version 2 says two."
        with pytest.raises(Refused, match="phrases"):
            answer("open sesame")
        stopped, second, first = logged(ws)
    assert [one.source for one in (first, second, stopped)] == ["guard"] * 3
    assert (first.inputs["question"], first.model) == ("one [EMAIL]", "offline/echo")
    assert (second.output, second.model) == ("Tone 2. Version 2 says two.", "offline/echo")
    assert (stopped.action, stopped.error) == ("block", "Refused")


def test_what_is_spooled_of_a_user_is_forgotten_too(plain: Path) -> None:
    with llmops.open(plain) as ws:
        ws.app("plain@1").ask("first", user="ada")
        [one] = logged(ws)
        waiting = one.model_copy(update={"id": "reply-waiting"})
        Backlog(plain / ".llmops" / "log-spool", LINES).keep([waiting])
        gone = ws.forget(user="ada", actor=ADA)
        assert gone is not None
        assert (gone.details["interactions"], logged(ws)) == (2, [])

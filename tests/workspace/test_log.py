"""Answers are written down, and people say what they think of them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import ModelError, NotFound
from llmops.domain.interaction import Interaction, Wanted
from llmops.workspace.workspace import Workspace
from tests.support.served import plain as plain

HOUSE = "prompt: say\nmodel: house/m\n"


def logged(ws: Workspace) -> list[Interaction]:
    ws._log.flush()
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
        assert first.user == streamed.user == ws._log.hashed("ada") != ""
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
        assert (said.correction, said.comment, said.who) == ("Write to [EMAIL]", "wrong", ws._log.hashed("bob"))
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

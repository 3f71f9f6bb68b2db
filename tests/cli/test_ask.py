"""ask: one answer with citations."""

import io
import json
import sys
from pathlib import Path

import pytest

from llmops.cli.ask import ask
from llmops.workspace.workspace import open_workspace
from tests.support.served import plain as plain
from tests.support.served import try_out
from tests.support.workspaces import llmops


def test_the_answer_is_on_stdout_and_its_citation_on_stderr(ready: Path) -> None:
    said = llmops("ask", "app/docs", "How long are gift cards valid?")
    assert said.code == 0
    assert "three years" in said.out
    assert "docs/gift-cards.md:" in said.err


def test_json_gives_the_whole_reply(ready: Path) -> None:
    reply = json.loads(llmops("ask", "docs", "How long are gift cards valid?", "--json").out)
    assert set(reply["refs"]) >= {"app", "prompt", "rag", "model", "generation", "sequence"}
    assert reply["contexts"][0]["metadata"]["key"] == "docs/gift-cards.md"


def test_a_conversation_comes_from_a_file(ready: Path) -> None:
    turns = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi."}]
    (ready / "turns.json").write_text(
        json.dumps([*turns, {"role": "user", "content": "How long are gift cards valid?"}])
    )
    assert "three years" in llmops("ask", "app/docs", "--messages", "turns.json").out


def test_a_question_is_needed(ready: Path) -> None:
    said = llmops("ask", "app/docs")
    assert said.code == 2
    assert "give a question or --messages" in said.err


def test_an_unknown_input_is_named(ready: Path) -> None:
    said = llmops("ask", "app/docs", "Hello?", "-v", "tone=polite")
    assert said.code == 2
    assert "tone" in said.err


def test_a_session_meets_one_side_of_a_canary(plain: Path) -> None:
    with open_workspace(plain) as ws:
        try_out(ws, 2, 0.5, "canary")
    said = {session: {llmops("ask", "plain@production", "hi", "--session", session, cwd=plain).out for _ in range(2)}
            for session in ("s1", "s2", "s3", "s4", "s5", "s6")}  # fmt: skip
    assert {len(answers) for answers in said.values()} == {1}
    assert len(set.union(*said.values())) == 2


class Terminal(io.StringIO):
    """A terminal that keeps each thing that was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.written.append(text)
        return super().write(text)


def test_a_terminal_shows_the_text_as_it_comes(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.chdir(plain)
    monkeypatch.setattr(sys, "stdout", terminal)
    ask("app/plain@production", "hi \x1b[31mred\nagain")
    assert terminal.getvalue() == "Tone 1. Version 1 says hi red\nagain.\n"
    assert "1. " in terminal.written
    assert terminal.getvalue() == llmops("ask", "plain@production", "hi red\nagain", cwd=plain).out


def test_a_terminal_shows_the_message_in_place_of_a_blocked_answer(
    plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    (plain / "apps" / "plain.yaml").write_text(
        "prompt: say\nmodel: offline/echo\nblock_message: Not for me.\n"
        "policy: {output: [{phrases: {phrases: [open sesame]}}]}\n"
    )
    monkeypatch.chdir(plain)
    monkeypatch.setattr(sys, "stdout", terminal)
    ask("app/plain@working", "it is open sesame indeed")
    assert terminal.getvalue() == "Tone 2. Version 2 says it is \nNot for me.\n"

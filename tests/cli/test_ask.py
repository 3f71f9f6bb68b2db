"""ask: one answer with citations."""

import json
from pathlib import Path

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

"""promote, rollback, history."""

import json
from pathlib import Path

from tests.support.workspaces import llmops


def change_prompt(root: Path) -> None:
    prompt = root / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text().replace("bookshop", "library"))
    assert llmops("register").code == 0


def test_promote_break_roll_back(ready: Path) -> None:
    assert llmops("promote", "app/docs@1", "--to", "production").code == 0
    change_prompt(ready)
    moved = llmops("promote", "app/docs@2", "--to", "production", "--reason", "new name")
    assert "now holds version 2 (before: version 1)" in moved.err
    back = llmops("rollback", "app/docs@production", "--reason", "customers complained")
    assert back.code == 0
    assert "back at version 1 (was 2)" in back.err
    assert "10s" in back.err
    moves = json.loads(llmops("history", "app/docs", "--json").out)["moves"]
    assert [(m["action"], m["from_number"], m["to_number"]) for m in moves] == [
        ("move", None, 1),
        ("move", 1, 2),
        ("rollback", 2, 1),
    ]
    assert {m["actor"]["name"] for m in moves} == {"ada@example.com"}


def test_rolling_back_what_never_moved_says_so(ready: Path) -> None:
    said = llmops("rollback", "app/docs@production")
    assert said.code == 2
    assert "production" in said.err


def test_a_reserved_word_is_no_alias(ready: Path) -> None:
    said = llmops("promote", "app/docs@1", "--to", "latest")
    assert said.code == 2
    assert "'latest' cannot be an alias" in said.err


def test_an_unregistered_file_cannot_be_promoted(workspace: Path) -> None:
    said = llmops("promote", "app/docs", "--to", "production")
    assert said.code == 2
    assert "llmops register" in said.err


def test_the_history_is_a_table_for_people(ready: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "staging", "--reason", "try it")
    said = llmops("history", "app/docs")
    assert "try it" in said.out
    assert "ada@example.com" in said.out

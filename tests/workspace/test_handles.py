"""Prompts and apps as a workspace gives them out."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InputError, InvalidFile, InvalidRef, NotFound
from tests.support.served import move, try_out, write_version
from tests.support.served import plain as plain


def test_a_prompt_follows_its_alias(plain: Path) -> None:
    with llmops.open(plain, cache__alias_ttl="0s") as ws:
        move(ws, 1, "prompt")
        prompt = ws.prompt("say@production")
        move(ws, 2, "prompt")
        assert (prompt.number, prompt.served_from, prompt.is_fallback) == (1, "store", False)
        assert ws.prompt("say@production").number == 2
    with llmops.open(plain) as ws:
        assert ws.prompt("say@production") is not prompt
        move(ws, 1, "prompt")
        assert ws.prompt("say@production").number == 2  # within cache.alias_ttl


def test_a_working_prompt_is_read_each_time(plain: Path) -> None:
    with llmops.open(plain) as ws:
        assert ws.prompt("say").served_from == "working file"
        write_version(plain, 3)
        assert ws.prompt("say").render(question="hi")[0].content == "Tone 3. Version 3 says hi."


def test_a_prompts_canary_keeps_its_users(plain: Path) -> None:
    with llmops.open(plain, cache__alias_ttl="0s") as ws:
        move(ws, 1, "prompt")
        try_out(ws, 2, 0.5, "canary", "prompt")
        users = [f"user-{number}" for number in range(40)]
        sides = {user: ws.prompt("say@production", user=user).number for user in users}
        assert set(sides.values()) == {1, 2}
        assert sides == {user: ws.prompt("say@production", session=user).number for user in users}
        try_out(ws, 2, 1.0, "shadow", "prompt")  # a prompt answers nothing, so nothing answers beside it
        assert {ws.prompt("say@production", user=user).number for user in users} == {1}


def test_a_fallback_stands_in_for_what_is_not_there(plain: Path) -> None:
    with llmops.open(plain) as ws:
        prompt = ws.prompt("say@staging", fallback="prompts/say.md")
        assert (prompt.served_from, prompt.is_fallback) == ("fallback file", True)
        assert prompt.render(question="hi")[0].content == "Tone 2. Version 2 says hi."
        assert not ws.prompt("say@1", fallback="prompts/say.md").is_fallback


def test_a_fallback_for_a_store_that_fails(plain: Path) -> None:
    (plain / ".llmops" / "store.db").write_bytes(b"no database at all" * 1000)
    with llmops.open(plain) as ws:
        assert ws.prompt("say@production", fallback=plain / "prompts" / "say.md").is_fallback


def test_what_is_written_wrongly_has_no_fallback(plain: Path) -> None:
    with llmops.open(plain) as ws:
        with pytest.raises(InvalidRef, match="is no selector"):
            ws.prompt("say@!", fallback="prompts/say.md")
        with pytest.raises(NotFound, match="has no alias 'staging'"):
            ws.prompt("say@staging")
        with pytest.raises(InvalidFile, match="there is no such file"):
            ws.prompt("say@staging", fallback="prompts/sya.md")
        with pytest.raises(InputError, match=r"apps/plain\.yaml is of kind app, and here stands a prompt"):
            ws.prompt("say@staging", fallback="apps/plain.yaml")


def test_a_handle_outlives_a_close(plain: Path) -> None:
    with llmops.open(plain) as ws:
        app = ws.app("plain@production")
        app.ask("x")
    move(ws, 2)
    assert app.ask("hi").text == "Tone 2. Version 2 says hi."
    ws.close()

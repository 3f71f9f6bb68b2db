"""A store that fails, for real: its file removed, replaced, damaged; its server stopped, frozen and started again."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import StoreError
from llmops.domain.corpus import Context
from llmops.flows.serving import shop as serving
from llmops.storage.upgrade import upgrade
from tests.support.children import finish_child, start_child
from tests.support.postgres import PostgresServer, running_server
from tests.support.served import move, register_versions
from tests.support.served import plain as plain
from tests.support.workspaces import llmops as command

FRESH = """
import sys
import llmops
with llmops.open(sys.argv[1]) as ws:
    for ref in ("plain@production", "plain@2"):
        reply = ws.app(ref).ask("hi")
        print(reply.text, "|", reply.refs["served_from"])
    prompt = ws.prompt("say@2")
    print(prompt.number, "|", prompt.is_fallback)
"""
KEPT = [
    "Tone 1. Version 1 says hi. | last known good",
    "Tone 2. Version 2 says hi. | last known good",
    "2 | True",
]


def database(root: Path) -> Path:
    return root / ".llmops" / "store.db"


def remove(root: Path) -> None:
    for path in (root / ".llmops").glob("store.db*"):
        path.unlink()


def overwrite(root: Path) -> None:
    remove(root)
    database(root).write_bytes(b"This is no database, and never was one. " * 500)


def cut(root: Path) -> None:
    """Leave the first page, which says that there are more."""
    with database(root).open("r+b") as file:
        file.truncate(4096)


def scramble(root: Path) -> None:
    """Zero everything but the header."""
    size = database(root).stat().st_size
    with database(root).open("r+b") as file:
        file.seek(100)
        file.write(b"\0" * (size - 100))


def block(root: Path) -> None:
    remove(root)
    database(root).mkdir()


def empty(root: Path) -> None:
    remove(root)
    with llmops.open(root) as ws:
        ws.store.close()
    database(root).touch()


DAMAGES = [remove, overwrite, cut, scramble, block, empty]


@pytest.fixture
def known(plain: Path) -> Path:
    """The workspace after a process has used it."""
    finish_child(start_child(FRESH, str(plain)))
    return plain


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_fresh_process_without_its_sqlite_file(known: Path, damage: Callable[[Path], None]) -> None:
    damage(known)
    child = start_child(FRESH, str(known))
    output, errors = child.communicate(timeout=120)
    assert output.splitlines() == KEPT, errors
    assert "app/plain@production is served from the last known good, version 1: " in errors


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_running_program_outlives_its_sqlite_file(plain: Path, damage: Callable[[Path], None]) -> None:
    with llmops.open(plain, cache__alias_ttl="0s") as ws:
        app, prompt = ws.app("plain@production"), ws.prompt("say@2")
        app.ask("x")
        damage(plain)
        for _ in range(3):
            assert app.ask("hi").text == "Tone 1. Version 1 says hi."
            assert ws.app("plain@production") is app
            assert ws.prompt("say@2").number == prompt.number


def test_a_removed_file_is_noticed_and_a_restored_one_used(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "RETRY_SECONDS", 0.0)
    shutil.copyfile(database(plain), plain / "copy.db")
    with llmops.open(plain, cache__alias_ttl="0s") as ws:
        app = ws.app("plain@production")
        move(ws, 2)
        assert app.ask("hi").text == "Tone 2. Version 2 says hi."
        remove(plain)
        reply = app.ask("hi")
        assert (reply.text, reply.refs["served_from"]) == ("Tone 2. Version 2 says hi.", "last known good")
        assert app.is_fallback
        assert not database(plain).exists()
        shutil.copyfile(plain / "copy.db", database(plain))
        reply = app.ask("hi")
        assert (reply.text, reply.refs["served_from"]) == ("Tone 1. Version 1 says hi.", "store")
        assert not app.is_fallback


def test_a_program_that_started_without_a_store_goes_over_to_it(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "RETRY_SECONDS", 0.0)
    shutil.move(database(known), known / "away.db")
    with llmops.open(known, cache__alias_ttl="0s") as ws:
        app = ws.app("plain@production")
        assert app.ask("hi").refs["served_from"] == "last known good"
        shutil.move(known / "away.db", database(known))
        assert app.ask("hi").refs["served_from"] == "store"


def test_a_damaged_copy_is_not_served_either(known: Path) -> None:
    overwrite(known)
    for path in (known / ".llmops" / "last-known-good").rglob("*.json"):
        path.write_bytes(path.read_bytes().replace(b"Version 1", b"Version 7"))
    with llmops.open(known) as ws, pytest.raises(StoreError, match="is no SQLite database"):
        ws.app("plain@production")


def test_an_index_needs_its_store_and_says_so(ready: Path) -> None:
    with llmops.open(ready) as ws:
        ws.app("docs@1")
    remove(ready)
    with llmops.open(ready) as ws:
        app = ws.app("docs@1")
        assert app.is_fallback
        with pytest.raises(StoreError, match="the index 'docs' cannot be searched while the store does not answer"):
            app.ask("How long are gift cards valid?")
        context = Context(id="x", text="Gift cards are valid for three years.")
        assert "three years" in app.ask("How long are gift cards valid?", contexts=[context]).text


def test_the_command_line_says_where_the_answer_came_from(known: Path, caplog: pytest.LogCaptureFixture) -> None:
    remove(known)
    said = command("ask", "app/plain@production", "hi", cwd=known)
    assert (said.code, said.out) == (0, "Tone 1. Version 1 says hi.\n")
    assert "served from the last known good" in caplog.text


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


def test_a_postgresql_server_that_freezes_and_stops(
    server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.run("CREATE DATABASE shop")
    monkeypatch.setenv("LLMOPS_STORE_URL", server.url("shop"))
    monkeypatch.setattr(serving, "RETRY_SECONDS", 0.0)
    upgrade(server.url("shop"), root=tmp_path)
    (tmp_path / "llmops.toml").write_text("")
    with llmops.open(tmp_path, cache__alias_ttl="0s") as ws:
        register_versions(ws, 2)
        app, pinned = ws.app("plain@production"), ws.app("plain@2")
        assert app.ask("hi").refs["served_from"] == "store"
        ws.prompt("say@2")
        monkeypatch.setattr(serving, "WAIT_SECONDS", 0.2)
        with server.frozen():
            for _ in range(3):
                began = time.monotonic()
                reply = app.ask("hi")
                assert time.monotonic() - began < 15  # the server itself says nothing for ever
                assert (reply.text, reply.refs["served_from"]) == ("Tone 1. Version 1 says hi.", "last known good")
        while app.ask("hi").refs["served_from"] != "store":
            pass
        move(ws, 2)
        while "Version 2" not in app.ask("hi").text:
            pass
        move(ws, 1)
        while "Version 1" not in app.ask("hi").text:
            pass
        server.stop()
        while not app.is_fallback:
            app.ask("hi")
        assert app.ask("hi").text == "Tone 1. Version 1 says hi."
        assert pinned.ask("hi").text == "Tone 2. Version 2 says hi."
    began = time.monotonic()
    assert finish_child(start_child(FRESH, str(tmp_path))).splitlines() == KEPT
    assert time.monotonic() - began < 15

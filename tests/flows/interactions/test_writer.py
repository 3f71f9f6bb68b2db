"""The writer: in the background, in order, and whatever happens counted."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from llmops.core.backlog import Backlog
from llmops.core.errors import StoreError
from llmops.core.sections import LogSettings
from llmops.domain.interaction import Interaction, Reply
from llmops.flows.interactions import writer as writing
from llmops.flows.interactions.entries import Entry, make_interaction
from llmops.flows.interactions.redaction import Redaction
from llmops.flows.interactions.writer import LINES, LogWriter
from llmops.storage.interactions import InteractionRepository
from llmops.storage.store import Store
from tests.support.interactions import BEGAN


@dataclass
class Desk:
    """Makes interactions for a store that can be down."""

    store: Store
    is_down: bool = False
    redaction: Redaction = field(default_factory=Redaction)

    def interactions(self) -> InteractionRepository:
        if self.is_down:
            raise StoreError("the store is down")
        return self.store.interactions

    def make(self, entry: Entry) -> Interaction:
        if entry.app == "bad":
            raise ValueError("cannot be made")
        return make_interaction(entry, LogSettings(), lambda policy: self.redaction, "salt")


def entry(number: int, app: str = "docs") -> Entry:
    return Entry(source="ask", app=app, at=BEGAN, reply=Reply(id=f"reply-{number}", text="Hello."))


def test_entries_arrive_without_anybody_waiting(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "FLUSH_SECONDS", 0.01)
    writer = LogWriter(Desk(sqlite_store), Backlog(tmp_path / "spool", LINES))
    for number in range(500):
        writer.put(entry(number))
    while sqlite_store.interactions.count() < 500:
        pass
    writer.close()
    writer.put(entry(500))
    writer.close()
    assert sqlite_store.interactions.count() == 501


def test_what_does_not_fit_or_cannot_be_made_is_counted(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "FLUSH_SECONDS", 100.0)
    monkeypatch.setattr(writing, "MAX_QUEUED", 3)
    writer = LogWriter(Desk(sqlite_store), Backlog(tmp_path / "spool", LINES))
    for number in range(5):
        writer.put(entry(number, "bad" if number == 1 else "docs"))
    assert writer.dropped == 2
    writer.close()
    assert sqlite_store.interactions.count() == 2
    assert [count for _, count, _ in sqlite_store.interactions.losses()] == [3]


def test_a_store_that_is_down_gets_everything_when_it_is_back(sqlite_store: Store, tmp_path: Path) -> None:
    desk = Desk(sqlite_store, is_down=True)
    writer = LogWriter(desk, Backlog(tmp_path / "spool", LINES))
    writer.put(entry(1))
    writer.flush()
    assert sqlite_store.interactions.count() == 0
    assert "Hello" in next((tmp_path / "spool").iterdir()).read_text()
    desk.is_down = False
    LogWriter(desk, Backlog(tmp_path / "spool", LINES)).flush()
    writer.put(entry(2))
    writer.close()
    assert sqlite_store.interactions.count() == 2
    assert not list((tmp_path / "spool").iterdir())


def test_a_forked_child_writes_its_own(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "FLUSH_SECONDS", 100.0)
    writer = LogWriter(Desk(sqlite_store), Backlog(tmp_path / "spool", LINES))
    writer.put(entry(1))
    child = os.fork()
    if not child:
        writer.put(entry(2))
        writer.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert sqlite_store.interactions.count() == 1
    writer.close()
    assert sqlite_store.interactions.count() == 2

"""Interactions wait for the store in files."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from llmops.core.errors import StoreError
from llmops.domain.interaction import Interaction
from llmops.flows.interactions import spool as spooling
from llmops.flows.interactions.spool import Spool
from tests.support.interactions import interaction


def test_what_waits_is_taken_up_once_and_a_torn_line_is_left_out(tmp_path: Path) -> None:
    spool, taken = Spool(tmp_path / "spool"), list[Interaction]()
    assert spool.keep([interaction(1), interaction(2)]) == 0
    [path] = (tmp_path / "spool").iterdir()
    path.write_bytes(path.read_bytes()[:-30])
    spool.take_up(taken.extend)
    spool.take_up(taken.extend)
    assert taken == [interaction(1)]


def test_a_store_that_fails_again_leaves_everything_waiting(tmp_path: Path) -> None:
    spool, taken = Spool(tmp_path), list[Interaction]()
    spool.keep([interaction(1)])

    def fail(interactions: Sequence[Interaction]) -> None:
        raise StoreError("down")

    with pytest.raises(StoreError, match="down"):
        spool.take_up(fail)
    spool.take_up(taken.extend)
    assert taken == [interaction(1)]


def test_what_a_running_process_spools_is_left_to_it(tmp_path: Path) -> None:
    spool, taken = Spool(tmp_path), list[Interaction]()
    line = interaction(1).model_dump_json() + "\n"
    running, ended = tmp_path / f"{os.getppid()}-aa.jsonl", tmp_path / "4194304-bb.jsonl"  # more than Linux numbers
    running.write_text(line)
    ended.write_text(line.replace("reply-1", "reply-2"))
    spool.take_up(taken.extend)
    assert [one.id for one in taken] == ["reply-2"]
    os.utime(running, (0, 0))
    spool.take_up(taken.extend)
    assert [one.id for one in taken] == ["reply-2", "reply-1"]
    assert not list(tmp_path.iterdir())


def test_there_is_not_room_for_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooling, "MAX_BYTES", 1000)
    spool = Spool(tmp_path)
    assert spool.keep([interaction(1)]) == 0
    assert spool.keep([interaction(2), interaction(3)]) == 2
    (tmp_path / "file").write_text("")
    assert Spool(tmp_path / "file").keep([interaction(1)]) == 1

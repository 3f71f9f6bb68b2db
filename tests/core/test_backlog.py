"""Things wait for the store in files."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from llmops.core import backlog as backlogs
from llmops.core.backlog import Backlog, Lines
from llmops.core.errors import StoreError
from tests.support.children import finish_child, start_child

NUMBERS = Lines("numbers", str, int)
KEEP = """
import sys
from pathlib import Path
from llmops.core.backlog import Backlog, Lines
for start in range(0, 200, 2):
    assert Backlog(Path(sys.argv[1]), Lines("numbers", str, int)).keep([start, start + 1]) == 0
"""


def make(folder: Path) -> Backlog[int]:
    return Backlog(folder, NUMBERS)


def test_what_waits_is_taken_up_once_and_a_torn_line_is_left_out(tmp_path: Path) -> None:
    backlog, taken = make(tmp_path / "spool"), list[int]()
    assert backlog.keep([1, 22]) == 0
    [path] = backlog.files()
    path.write_bytes(path.read_bytes() + b"3x")
    backlog.take_up(taken.extend)
    backlog.take_up(taken.extend)
    assert taken == [1, 22]
    assert backlog.keep([3]) == 0
    backlog.take_up(taken.extend)
    assert taken == [1, 22, 3]


def test_a_store_that_fails_again_leaves_everything_waiting(tmp_path: Path) -> None:
    backlog, taken = make(tmp_path), list[int]()
    backlog.keep([1])

    def fail(numbers: Sequence[int]) -> None:
        raise StoreError("down")

    with pytest.raises(StoreError, match="down"):
        backlog.take_up(fail)
    backlog.take_up(taken.extend)
    assert taken == [1]


def test_what_a_running_process_wrote_is_left_to_it(tmp_path: Path) -> None:
    backlog, taken = make(tmp_path), list[int]()
    running, ended = tmp_path / f"{os.getppid()}-aa.jsonl", tmp_path / "4194304-bb.jsonl"  # more than Linux numbers
    running.write_text("1\n")
    ended.write_text("2\n")
    backlog.take_up(taken.extend)
    assert taken == [2]
    os.utime(running, (0, 0))
    backlog.take_up(taken.extend)
    assert taken == [2, 1]
    assert not list(tmp_path.iterdir())


def test_there_is_not_room_for_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlogs, "MAX_BYTES", 5)
    backlog = make(tmp_path)
    assert backlog.keep([1]) == 0
    assert backlog.keep([22, 33]) == 2
    (tmp_path / "file").write_text("")
    assert make(tmp_path / "file").keep([1]) == 1


def test_a_disk_that_is_full_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backlog, taken = make(tmp_path), list[int]()
    backlog.keep([1])

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", fail)
        assert backlog.keep([22]) == 1
    backlog.keep([3])
    backlog.take_up(taken.extend)
    assert taken == [1, 3]


def test_what_one_adds_while_another_takes_up_is_neither_lost_nor_doubled(tmp_path: Path) -> None:
    mine, taken, ended = make(tmp_path), list[int](), threading.Event()

    def keep() -> None:
        for number in range(1000, 1400):
            assert make(tmp_path).keep([number]) == 0
        ended.set()

    children = [start_child(KEEP, str(tmp_path)) for _ in range(2)]
    thread = threading.Thread(target=keep)
    thread.start()
    while not ended.is_set():
        mine.take_up(taken.extend)
    thread.join()
    for child in children:
        finish_child(child)
    mine.take_up(taken.extend)
    assert sorted(taken) == sorted([*range(200), *range(200), *range(1000, 1400)])

"""The journal: nothing twice, nothing lost, in order; also when the store does not answer."""

import math
import os
import threading
from collections.abc import Sequence

import pytest

from llmops.core.errors import LlmopsError, NotFound, StoreError
from llmops.domain.run import MetricPoint, RunBatch, RunEnding
from llmops.tracking import buffer as buffers
from llmops.tracking.buffer import RunBuffer
from llmops.tracking.journal import Journal
from tests.support.examples import NOW


class Shelf:
    """Takes batches, or refuses them while it is `down`."""

    def __init__(self) -> None:
        self.batches: list[RunBatch] = []
        self.down = False
        self.taken = threading.Event()
        self.refused = threading.Event()

    def write(self, batches: Sequence[RunBatch]) -> None:
        if self.down:
            self.refused.set()
            raise StoreError("the disk is full", hint="Free some space.")
        self.batches += batches
        self.taken.set()

    def steps(self) -> list[int]:
        return [point.step for batch in self.batches for point in batch.points.get("loss", ())]


def test_a_thread_writes_what_is_recorded() -> None:
    shelf = Shelf()
    journal, buffer = Journal(shelf.write, interval=0.001), RunBuffer("run-1")
    journal.open(buffer)
    buffer.add_point("loss", 0, 1.0, math.nan)
    buffer.add(params={"lr": "0.1"})
    assert shelf.taken.wait(30)
    buffer.add_point("loss", 1, 2.0, 0.5)
    journal.close(buffer)
    points = [point for batch in shelf.batches for point in batch.points.get("loss", ())]
    assert points == [MetricPoint(0, 1.0, None), MetricPoint(1, 2.0, 0.5)]
    assert [batch.params for batch in shelf.batches if batch.params] == [{"lr": "0.1"}]


def test_what_the_store_refuses_is_kept_in_order_and_said() -> None:
    shelf, said = Shelf(), list[tuple[LlmopsError, bool]]()
    journal = Journal(shelf.write, interval=0.001, on_failure=lambda error, waits: said.append((error, waits)))
    buffer = RunBuffer("run-1")
    shelf.down = True
    journal.open(buffer)
    for step in range(50):
        buffer.add_point("loss", step, 0.0, 0.0)
    buffer.add(params={"a": "1"}, tags={"t": "old"})
    assert shelf.refused.wait(30)
    buffer.add(tags={"t": "new"})
    with pytest.raises(StoreError, match="the disk is full"):
        journal.close(buffer)
    shelf.down = False
    journal.close(buffer)
    assert shelf.steps() == list(range(50))
    assert shelf.batches[-1].tags == {"t": "new"}
    assert [(error.message, waits) for error, waits in said] == [("the disk is full", False)]  # once, not every round


class Drawer:
    """Keeps batches in memory, while there is room."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.batches: list[RunBatch] = []
        self.is_full = False

    def keep(self, batches: Sequence[RunBatch]) -> bool:
        if not self.is_full:
            self.batches += batches
        return not self.is_full

    def bring_in(self) -> int:
        self.shelf.write(self.batches)
        self.batches = []
        return 0


def test_what_the_store_refuses_waits_elsewhere_and_comes_in_before_what_is_new() -> None:
    shelf, said = Shelf(), list[bool]()
    drawer = Drawer(shelf)
    journal = Journal(shelf.write, 3600, lambda error, waits: said.append(waits), drawer)
    buffer, other = RunBuffer("run-1"), RunBuffer("run-2")
    for one in (buffer, other):
        journal.open(one)
    shelf.down = True
    for step in range(3):
        buffer.add_point("loss", step, 0.0, 0.0)
        journal.flush()
    assert [batch.points["loss"][0].step for batch in drawer.batches] == [0, 1, 2]
    assert said == [True]
    other.end(RunEnding("finished", NOW, "me"))
    journal.close(other)
    assert said == [True, True]  # whoever looks at the end of the run reads it there
    drawer.is_full = True
    buffer.add_point("loss", 3, 0.0, 0.0)
    with pytest.raises(StoreError, match="the disk is full"):
        journal.flush()
    shelf.down = False
    journal.flush()
    assert shelf.steps() == [0, 1, 2, 3]
    assert drawer.batches == []
    journal.close(buffer)


def test_a_run_that_was_deleted_keeps_no_other_waiting() -> None:
    written: list[str] = []

    def write(batches: Sequence[RunBatch]) -> None:
        if any(batch.run_id == "run-1" for batch in batches):
            raise NotFound("there is no run 'run-1'")
        written.extend(batch.run_id for batch in batches)

    journal = Journal(write, 3600)
    for buffer in (RunBuffer("run-1"), RunBuffer("run-2"), RunBuffer("run-3")):
        journal.open(buffer)
        buffer.add(tags={"a": "1"})
    with pytest.raises(NotFound, match="there is no run 'run-1'"):
        journal.flush()
    assert written == ["run-2", "run-3"]


def test_nothing_is_written_where_there_is_nothing_unless_to_say_that_the_run_is_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shelf = Shelf()
    journal, buffer = Journal(shelf.write, interval=3600), RunBuffer("run-1")
    journal.open(buffer)
    journal.flush()
    assert shelf.batches == []
    monkeypatch.setattr(buffers, "ALIVE_SECONDS", 0)
    journal.flush()
    assert [batch.run_id for batch in shelf.batches] == ["run-1"]


def test_threads_lose_nothing() -> None:
    shelf = Shelf()
    journal, buffer = Journal(shelf.write, interval=0.0005), RunBuffer("run-1")
    journal.open(buffer)

    def record(first: int) -> None:
        for step in range(first, first + 2000):
            buffer.add_point("loss", step, 0.0, 0.0)

    threads = [threading.Thread(target=record, args=(start,)) for start in range(0, 8000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close(buffer)
    assert sorted(shelf.steps()) == list(range(8000))


def test_a_fork_leaves_to_its_parent_what_the_parent_recorded() -> None:
    shelf = Shelf()
    journal, buffer = Journal(shelf.write, interval=3600), RunBuffer("run-1")
    journal.open(buffer)
    buffer.add_point("loss", 0, 0.0, 0.0)
    child = os.fork()
    if child == 0:
        journal.flush()
        os._exit(len(shelf.batches))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    journal.close(buffer)
    assert shelf.steps() == [0]
